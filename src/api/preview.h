/** @file
 *  PolicyPreview: what a policy would say about records, by the evaluation that is live. */
#ifndef ACT_API_PREVIEW_H
#define ACT_API_PREVIEW_H

#include "api/call.h"
#include "core/policy.h"
#include "core/translate.h"

/** A record to try. Lives in the call's arena. */
typedef struct {
    enum act_rule_kind kind;
    act_str text;    /**< the record, complete */
    act_str problem; /**< why it is no record; empty: it is one */
} act_preview_input;

/** Where to look for records. */
typedef struct {
    bool audit, events;
    int64_t limit; /**< of each */
    int64_t start_us, end_us;
} act_preview_fetch;

/** Stored records of the policy's kind in the caller's scope, newest first; of many those
 *  that the policy speaks about go before others. ACT_EIO, ACT_ELIMIT, ACT_ENOMEM. */
int act_preview_find(act_call *c, const act_preview_fetch *fetch, const act_policy *policy,
                     act_translator *translator, const act_preview_input **ret,
                     size_t *ret_n, act_err *reterr)
    ACT_NONNULL(1, 2, 3, 4, 5, 6, 7) ACT_MUST_CHECK;

/** The record @given as far as a preview can complete it: an id, a time and a kind are
 *  filled in where they are missing, Events take the form events.k8s.io/v1. ACT_ENOMEM. */
int act_preview_complete(act_call *c, enum act_rule_kind kind, const act_json *given,
                         size_t index, const act_policy *policy, act_preview_input *ret)
    ACT_NONNULL(1, 3, 5, 6) ACT_MUST_CHECK;

/** The whole handler. */
void act_api_previews(act_call *c) ACT_NONNULL(1);

#endif
