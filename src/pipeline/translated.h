/** @file
 *  What translation makes of a batch of records: activities and dead letters, published
 *  together before the records are acknowledged. */
#ifndef ACT_TRANSLATED_H
#define ACT_TRANSLATED_H

#include "broker/broker.h"
#include "core/translate.h"

/** One thread. */
typedef struct act_translated act_translated;
int act_translated_new(act_broker *broker, const act_rule_env *env, size_t most,
                       act_clock clock, act_metrics *metrics, act_translated **ret)
    ACT_NONNULL(1, 2, 6) ACT_MUST_CHECK;
void act_translated_free(act_translated *t); /**< NULL is a no-op. */

/** Forget what was gathered. */
void act_translated_clear(act_translated *t) ACT_NONNULL(1);
/** Translate one record by @set and gather its activity. Failures make a dead letter when
 *  @bury; without it the outcome alone is told. *ret_outcome may be NULL. ACT_ENOMEM. */
int act_translated_add(act_translated *t, act_policy_set *set, enum act_rule_kind kind,
                       act_str record, size_t padded_bytes, bool bury,
                       enum act_outcome *ret_outcome) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Publish what was gathered; durable on return. ACT_EIO, ACT_ECLOSED, ACT_ELIMIT. */
int act_translated_publish(act_translated *t, act_err *reterr)
    ACT_NONNULL(1) ACT_MUST_CHECK;

#endif
