/** @file
 *  A temporary data directory for the embedded store, and the library from the build. */
#ifndef CHDB_HOME_H
#define CHDB_HOME_H

#include "store/store_chdb.h"

#define TEST_LIBCHDB ACT_SOURCE_DIR "/build/libchdb.so"

typedef struct {
    char path[64];
    act_store *store; /* NULL while closed */
} chdb_home;

/* Assertions end the test when anything fails. */
void chdb_home_make(chdb_home *h);
void chdb_home_open(chdb_home *h);
void chdb_home_close(chdb_home *h);
void chdb_home_drop(chdb_home *h);

#endif
