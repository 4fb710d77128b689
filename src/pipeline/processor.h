/** @file
 *  The processor: records from the log through the policies to activities in the log. */
#ifndef ACT_PROCESSOR_H
#define ACT_PROCESSOR_H

#include "broker/broker.h"
#include "pipeline/dead_letter.h"
#include "pipeline/policy_source.h"

/* Workers share the durable consumers of both record streams:
 *
 *   fetch -> translate each -> publish activities and dead letters -> acknowledge
 *
 * A worker that is killed before the acknowledgement does it all again: activities have the
 * names they had, so the broker and the store recognise them. One more thread tries the
 * dead letters again (letter_retry.h). Policies speak about what comes after them: records
 * that are through are not translated again. */
typedef struct act_processor act_processor;

typedef struct {
    act_broker *broker; /**< has the streams of streams.h */
    act_policy_source *policies;
    const act_rule_env *env;
    unsigned workers;         /**< for each stream; 0: 1 */
    act_retry_schedule retry; /**< of dead letters; all zero: ACT_RETRY_SCHEDULE_INIT */
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
} act_processor_options;

/** Everything in @options outlives it. ACT_EIO, ACT_ENOMEM. */
int act_processor_start(const act_processor_options *options, act_processor **ret,
                        act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Wait until all records are through (dead letters are not waited for). ACT_EAGAIN: not
 *  within @wait_ns. */
int act_processor_drain(act_processor *p, int64_t wait_ns) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Finish the batches at hand, end the threads, free. NULL is a no-op. */
void act_processor_free(act_processor *p);
ACT_DEFINE_AUTO(act_processor)

#endif
