/** @file
 *  What a reindexing reads of the store: records by keyset, and the activities that were
 * made of them. */
#ifndef ACT_REINDEX_SOURCE_H
#define ACT_REINDEX_SOURCE_H

#include "pipeline/reindex_policies.h"
#include "store/store.h"

/** Which records of one kind: of a range of time, about some kinds of objects. Views. */
typedef struct {
    enum act_rule_kind source;
    int64_t start_us, end_us; /**< the end is outside */
    act_reindex_kind *kinds;
    size_t n_kinds;
} act_reindex_range;

/** The kinds of all activities of @source in [start, end), with room for @more behind them.
 *  Errors as act_store_query(). */
int act_reindex_kinds_there(act_store *s, const act_reindex_range *range, act_arena *a,
                            size_t more, act_reindex_kind **ret, size_t *ret_n,
                            act_err *reterr) ACT_NONNULL(1, 2, 3, 5, 6) ACT_MUST_CHECK;
/** The highest version of activities in [start, end); 0: none is above it. */
int act_reindex_version_there(act_store *s, int64_t start_us, int64_t end_us, uint64_t *ret,
                              act_err *reterr) ACT_NONNULL(1, 4) ACT_MUST_CHECK;
/** How many records there are. Errors as act_store_query(). */
int act_reindex_count(act_store *s, const act_reindex_range *range, uint64_t *ret,
                      act_err *reterr) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

enum { ACT_REINDEX_PADDING = 64 }; /**< readable bytes behind a record */

typedef struct {
    act_str json; /**< with padding behind */
    int64_t time_us;
    act_str id; /**< auditID, or the Event's uid */
} act_reindex_record;

/** Where the last page ended; the next one goes on behind it. */
typedef struct {
    int64_t time_us;
    act_str id;
} act_reindex_place;

/** The newest @limit records before @after (NULL: of all), newest first, fewer when they
 * are more than 32 MiB; none: that was all. One state of a record is one: of an audit event
 * the end of the request, of an Event the newest of that time. In @a. Errors as
 *  act_store_query(), ACT_ENOMEM. */
int act_reindex_page(act_store *s, const act_reindex_range *range,
                     const act_reindex_place *after, size_t limit, act_arena *a,
                     act_reindex_record **ret, size_t *ret_n, act_err *reterr)
    ACT_NONNULL(1, 2, 5, 6, 7) ACT_MUST_CHECK;

/** An activity that is there: its newest version. */
typedef struct {
    act_str name;
    int64_t time_us;
    uint64_t version;
    bool deleted;
    act_str origin_id;
    act_reindex_kind kind;
    act_str json;
    bool made; /**< the caller's: a record makes it */
} act_reindex_there;

/** All activities of these records, ordered by name and time. In @a; errors as above. */
int act_reindex_there_read(act_store *s, enum act_rule_kind source,
                           const act_reindex_record *records, size_t n, act_arena *a,
                           act_reindex_there **ret, size_t *ret_n, act_err *reterr)
    ACT_NONNULL(1, 3, 5, 6, 7) ACT_MUST_CHECK;

#endif
