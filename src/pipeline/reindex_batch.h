/** @file
 *  One batch of a reindexing: records to activities, compared with those that are there,
 * and what differs into the log. */
#ifndef ACT_REINDEX_BATCH_H
#define ACT_REINDEX_BATCH_H

#include "broker/broker.h"
#include "pipeline/reindex_source.h"

/** One thread. */
typedef struct act_reindex_batch act_reindex_batch;

typedef struct {
    act_broker *broker;
    act_store *store;
    const act_rule_env *env;
    const act_reindex_policies *policies;
    bool dry_run; /**< count, and publish nothing */
} act_reindex_batch_options;

/** What is named outlives it. ACT_ENOMEM. */
int act_reindex_batch_new(const act_reindex_batch_options *o, act_reindex_batch **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_reindex_batch_free(act_reindex_batch *b); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_reindex_batch)

/** What came of a batch. */
typedef struct {
    size_t records;         /**< 0: there are no more */
    size_t generated;       /**< activities that the policies asked for make of them */
    size_t written;         /**< of these, those that were not there in these words */
    size_t removed;         /**< activities that no policy makes of them any more */
    size_t errors;          /**< records on which rules failed; their activities stay */
    act_err first_error;    /**< of these */
    uint64_t last_sequence; /**< of what was published; 0: nothing was */
    act_reindex_place end;  /**< its last record; valid until the next batch */
} act_reindex_done;

/** Do the next batch of @range behind @after (NULL: the first), of at most @limit records.
 *  Activities are written as @version, when it is above that of what is there; durable on
 *  return. Errors as act_reindex_page() and act_broker_publish(): the same batch may be
 *  tried again, with fewer records after ACT_ENOMEM. */
int act_reindex_batch_do(act_reindex_batch *b, const act_reindex_range *range,
                         const act_reindex_place *after, size_t limit, uint64_t version,
                         act_reindex_done *ret, act_err *reterr)
    ACT_NONNULL(1, 2, 6) ACT_MUST_CHECK;

#endif
