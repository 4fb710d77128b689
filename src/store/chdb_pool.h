/** @file
 *  Connections to the embedded engine, lent out one statement at a time. */
#ifndef ACT_CHDB_POOL_H
#define ACT_CHDB_POOL_H

#include "store/chdb_api.h"
#include "store/store.h"

/** One connection. Whoever has it runs one statement at a time on it. */
typedef struct act_chdb_link {
    chdb_conn *conn;
    act_store_limits limits; /**< in force on this connection */
    struct act_chdb_link *next;
} act_chdb_link;

/** A bounded set of connections, opened when first needed. Internally locked. */
typedef struct act_chdb_pool act_chdb_pool;

typedef struct {
    const act_chdb_api *api; /**< lives as long as the pool */
    char *const *argv;       /**< of chdb_connect(); lives as long as the pool */
    int argc;
    size_t max;             /**< connections */
    const char *const *set; /**< statements run on each new connection, ended by NULL */
} act_chdb_pool_options;

int act_chdb_pool_new(const act_chdb_pool_options *options, act_chdb_pool **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Closes the connections; none may be out. */
void act_chdb_pool_free(act_chdb_pool *p);

/** Take a connection, waiting for one when all are out. ACT_ELIMIT: none came back for
 *  ACT_CHDB_POOL_WAIT_NS. ACT_EIO: the engine refuses. */
int act_chdb_pool_take(act_chdb_pool *p, act_chdb_link **ret, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_chdb_pool_give(act_chdb_pool *p, act_chdb_link *link) ACT_NONNULL(1, 2);

/** Give back a new connection in its place. */
void act_chdb_pool_replace(act_chdb_pool *p, act_chdb_link *link) ACT_NONNULL(1, 2);

#define ACT_CHDB_POOL_WAIT_NS INT64_C(30000000000)

/** Run a statement whose rows do not matter. Errors as act_store_exec(). */
int act_chdb_run(const act_chdb_api *api, act_chdb_link *link, act_str sql, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** act_fail() with the number that belongs to the engine's @exception, and its words. */
int act_chdb_fail(act_err *reterr, const char *exception);

#endif
