/** @file
 *  How far a reindexing is: all that a process needs to go on with what another began. */
#ifndef ACT_REINDEX_STATE_H
#define ACT_REINDEX_STATE_H

#include "base/buf.h"
#include "base/json.h"
#include "core/rule_env.h"

/** Records are taken by source (audit events first), in each the newest first. Plain data
 *  apart from at_id; a zero value is a job that has not begun. */
typedef struct {
    /* Settled when it begins, the same to its end. */
    int64_t start_us, end_us;  /**< the range; the end is outside */
    uint64_t version;          /**< of the activities that it writes; 0: not begun */
    int64_t policies_revision; /**< of the registry: the policies as they were then */

    /* Where it is: everything up to and including this record is done. */
    unsigned source; /**< enum act_rule_kind; ACT_RULE_KINDS: all are done */
    bool placed;     /**< there is a record of this source that is done */
    int64_t at_us;
    act_buf at_id; /**< auditID, or the Event's uid */

    /* What came of it. */
    uint64_t total;      /**< records to take */
    uint64_t processed;  /**< records taken */
    uint64_t generated;  /**< activities that the policies make of them */
    uint64_t written;    /**< of these, those that were not there in these words */
    uint64_t removed;    /**< activities that no policy makes any more */
    uint64_t errors;     /**< records on which rules failed */
    act_err first_error; /**< of these; its text only */
    act_err note;        /**< what people should know besides; its text only */
} act_reindex_state;

void act_reindex_state_done(act_reindex_state *s) ACT_NONNULL(1);
/** Back to the beginning of what @from has done: a copy. ACT_ENOMEM. */
int act_reindex_state_copy(const act_reindex_state *from, act_reindex_state *ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** Append it as a JSON object; failures stick in @out. */
void act_reindex_state_write(const act_reindex_state *s, act_buf *out) ACT_NONNULL(1, 2);
/** Read what the function above wrote. ACT_EPARSE: it was not; ACT_ENOMEM. */
int act_reindex_state_read(const act_json *object, act_reindex_state *ret)
    ACT_NONNULL(2) ACT_MUST_CHECK;

#endif
