/** @file
 *  Dead letters tried again, until each is an activity or has nothing to say. */
#ifndef ACT_LETTER_RETRY_H
#define ACT_LETTER_RETRY_H

#include "broker/broker.h"
#include "pipeline/dead_letter.h"
#include "pipeline/policy_source.h"

/* A thread with the durable consumer of the dead letters:
 *
 *              due, or the policies for its kind have changed since it failed?
 *   letter ──┬─ yes ─► translate ──┬─ activity, or nothing to say ─► publish, acknowledge
 *            │                     └─ fails again ─► publish as a new letter with one more
 *            │                                       retry, acknowledge the old
 *            └─ no ──► handed back until it is due, and remembered by its kind, so that
 *                      a change of policies fetches it at once
 *
 * Everything that matters is in the letters themselves (retries, schedule, the policies'
 * fingerprint): a restart forgets nothing and doubles nothing. Letters that no policy can
 * mend (refused records, refused rows) stay for people to look at. */
typedef struct act_letter_retry act_letter_retry;

typedef struct {
    act_broker *broker;
    act_policy_source *policies;
    const act_rule_env *env;
    act_retry_schedule schedule;
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
} act_letter_retry_options;

/** Everything in @options outlives it. ACT_EIO, ACT_ENOMEM. */
int act_letter_retry_start(const act_letter_retry_options *options, act_letter_retry **ret,
                           act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Finish the batch at hand, end the thread, free. NULL is a no-op. */
void act_letter_retry_free(act_letter_retry *r);
ACT_DEFINE_AUTO(act_letter_retry)

#endif
