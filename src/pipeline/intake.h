/** @file
 *  From a body of records to the log: what the collector's port and the file tail share. */
#ifndef ACT_INTAKE_H
#define ACT_INTAKE_H

#include "broker/broker.h"
#include "core/batch.h"

/** Parser, arena and buffers of one thread. */
typedef struct act_intake act_intake;
int act_intake_new(act_broker *broker, act_clock clock, act_metrics *metrics,
                   act_intake **ret) ACT_NONNULL(1, 4) ACT_MUST_CHECK;
void act_intake_free(act_intake *in); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_intake)

/** What became of a body. Views are valid until the next call. */
typedef struct {
    uint64_t accepted; /**< in the log, now or since an earlier delivery */
    uint64_t skipped;  /**< audit events of other stages than the final ones */
    uint64_t refused;  /**< no records, see @errors */
    const act_batch_error *errors;
    size_t n_errors;
} act_intake_result;

/** Take @body apart (act_batch_read(), @allow as there) and publish its records; they are
 *  durable on return. Items that are no records do not stop the others: they become dead
 *  letters of type "refused", so that even they are not lost, unless *all* are refused,
 * when the body is the sender's to mend: ACT_EINVAL with @ret filled. ACT_EPARSE,
 * ACT_EINVAL, ACT_ELIMIT, ACT_ENOMEM as act_batch_read(); ACT_EAGAIN: the log cannot take
 * them now
 *  (@reterr says why), send again. */
int act_intake_take(act_intake *in, act_str body, unsigned allow, act_intake_result *ret,
                    act_err *reterr) ACT_NONNULL(1, 4) ACT_MUST_CHECK;

#endif
