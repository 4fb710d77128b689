/** @file
 *  Which dead letters wait, and for a change of which policies. */
#ifndef ACT_WAITING_LETTERS_H
#define ACT_WAITING_LETTERS_H

#include "core/policy_set.h"

/** A table by sequence; some 24 bytes a letter. One thread. */
typedef struct act_waiting_letters act_waiting_letters;
int act_waiting_letters_new(act_waiting_letters **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_waiting_letters_free(act_waiting_letters *w); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_waiting_letters)

/** Letter @sequence waits; policies for (@kind, @group, @resource_kind) with another
 *  fingerprint than @policies would change its lot. Replaces what was known of it.
 *  ACT_ENOMEM. */
int act_waiting_letters_put(act_waiting_letters *w, uint64_t sequence,
                            enum act_rule_kind kind, act_str group, act_str resource_kind,
                            uint64_t policies) ACT_NONNULL(1) ACT_MUST_CHECK;
/** It waits no more; unknown ones are fine. */
void act_waiting_letters_drop(act_waiting_letters *w, uint64_t sequence) ACT_NONNULL(1);
size_t act_waiting_letters_count(const act_waiting_letters *w) ACT_NONNULL(1);

/** Take out every letter that @set has other policies for (NULL: every one), and pass it to
 *  @fn. A return other than 0 ends it and is passed on. */
int act_waiting_letters_release(act_waiting_letters *w, const act_policy_set *set,
                                int (*fn)(void *ctx, uint64_t sequence), void *ctx)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;

#endif
