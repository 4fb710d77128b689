/** @file
 *  What translation makes of a batch of records: activities and dead letters, published
 *  together before the records are acknowledged. */
#ifndef ACT_TRANSLATED_H
#define ACT_TRANSLATED_H

#include "broker/broker.h"
#include "pipeline/dead_letter.h"

/** One thread. */
typedef struct act_translated act_translated;

typedef struct {
    act_broker *broker;
    const act_rule_env *env;
    size_t most; /**< records between two calls of clear */
    act_retry_schedule retry;
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
} act_translated_options;

int act_translated_new(const act_translated_options *o, act_translated **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_translated_free(act_translated *t); /**< NULL is a no-op. */

/** Forget what was gathered. */
void act_translated_clear(act_translated *t) ACT_NONNULL(1);

/** One record to translate. Views. */
typedef struct {
    enum act_rule_kind kind;
    act_str id; /**< of its message; may be empty */
    act_str record;
    size_t padded_bytes;           /**< as in act_json_parse() */
    const act_dead_letter *before; /**< it failed before; NULL: it comes from the log */
} act_translated_input;

/** Translate by @set and gather the activity, or the dead letter of a failure (with one
 * more retry than the one before). ACT_ENOMEM: nothing of it was gathered. */
int act_translated_add(act_translated *t, act_policy_set *set,
                       const act_translated_input *in, enum act_outcome *ret)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;
/** True when enough is gathered that it should be published before more is added. */
bool act_translated_is_full(const act_translated *t) ACT_NONNULL(1);
/** Publish what was gathered; durable on return. Errors as act_broker_publish(): the caller
 *  may call again. */
int act_translated_publish(act_translated *t, act_err *reterr)
    ACT_NONNULL(1) ACT_MUST_CHECK;

#endif
