/** @file
 *  What is between the files of a query: its statements, and what runs them. */
#ifndef ACT_API_QUERY_PARTS_H
#define ACT_API_QUERY_PARTS_H

#include "api/query.h"

/** Parameters of a statement beyond those of the query's conditions. */
enum { ACT_QUERY_OWN_PARAMS = ACT_QUERY_KEYS_MAX + ACT_QUERY_VERSIONS + 4 };

/** The part of the range that a statement is about, as {start} and {end}: of what is from
 *  @start_us on and before @end_us. */
typedef struct {
    int64_t start_us, end_us;
} act_query_slice;

/** Whose newest states are looked for, as {ids}, and what they are no older than, as {v0}
 *  and {v1}. */
typedef struct {
    const act_str *ids;
    size_t n;
    uint64_t version[ACT_QUERY_VERSIONS];
} act_query_wanted;

/** The first @limit states that the query selects, from the cursor on. Columns: the
 *  record, its keys, whether it says "deleted" (UInt8), its versions (UInt64). */
void act_query_write_page(const act_query *q, size_t limit, act_buf *sql) ACT_NONNULL(1, 3);
/** The time of the row of the caller's scope, from the cursor on, that has @rows newer ones
 *  before it; none when there are fewer. */
void act_query_write_border(const act_query *q, size_t rows, act_buf *sql)
    ACT_NONNULL(1, 3);
/** The newest state of each record whose last key is in {ids}. Columns: the keys, its
 *  versions, whether the query selects it (UInt8). */
void act_query_write_newest(const act_query *q, act_buf *sql) ACT_NONNULL(1, 2);
/** The place in the log up to which there are states, of any time and tenant. */
void act_query_write_upto(const act_query *q, act_buf *sql) ACT_NONNULL(1, 2);

/** Bind the parameters of one of them; @wanted may be NULL. The number of them. */
size_t act_query_bind(const act_query *q, const act_query_slice *s,
                      const act_query_wanted *wanted, act_store_param *params)
    ACT_NONNULL(1, 2, 4);

#endif
