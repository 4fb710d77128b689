/** @file
 *  What every backend of the store must do; each backend's test runs it on its own store.
 */
#ifndef STORE_SUITE_H
#define STORE_SUITE_H

#include "store/store.h"

/** How the suite reaches the backend. */
typedef struct {
    act_store *(*store)(void);  /**< the open store */
    act_store *(*reopen)(void); /**< closed and opened again, with what it holds */
} store_suite_backend;

/** Runs all tests; returns the number that failed. The store has a database `suite`. */
int store_suite_run(const store_suite_backend *backend);

#endif
