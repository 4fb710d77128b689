/** @file
 *  A store for tests that takes nothing and knows nothing: what is written stays in the
 *  log. */
#ifndef ACT_TEST_BLANK_STORE_H
#define ACT_TEST_BLANK_STORE_H

#include "store/store_backend.h"

typedef struct {
    act_store base;
} blank_store;

/** Caller's storage; act_store_free() ends it. */
int blank_store_init(blank_store *s);

#endif
