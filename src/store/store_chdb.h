/** @file
 *  The embedded store: chDB, the ClickHouse engine as a library opened at run time. */
#ifndef ACT_STORE_CHDB_H
#define ACT_STORE_CHDB_H

#include "store/store.h"

/** Tables that rows may be inserted into: the directory of each is kept open and synced. */
enum { ACT_STORE_CHDB_TABLES_MAX = 16 };

typedef struct {
    act_str library; /**< path of libchdb.so; empty: found as act_store_chdb_find() does */
    act_str directory; /**< database files; made when missing; one process at a time */
    uint64_t max_memory_bytes; /**< see below; 0: half of the machine's, 4 GiB at most */
    act_log *log;
    act_metrics *metrics;
} act_store_chdb_options;

/** The engine holds no more than max_memory_bytes: a query that would need more ends with
 *  ACT_ELIMIT, an insert with ACT_EIO (to be tried again). An insert into one table more
 * than ACT_STORE_CHDB_TABLES_MAX ends with ACT_ELIMIT. Caches of marks, keys and text
 *  indexes get a sixteenth of it each, of which little is used before tables are large.
 *  ACT_ENOTFOUND: no library. ACT_EUNSUPPORTED: it lacks a function. ACT_EIO. */
int act_store_chdb_open(const act_store_chdb_options *options, act_store **ret,
                        act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
