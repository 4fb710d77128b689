/** @file
 *  Which rules of a list can match a record at all, by the verb or reason that it has. */
#ifndef ACT_RULE_DISPATCH_H
#define ACT_RULE_DISPATCH_H

#include "base/arena.h"
#include "core/rule_env.h"

enum { ACT_DISPATCH_RULES_MAX = 128 };

/** A set of rules by their place in the list. */
typedef struct {
    uint64_t words[ACT_DISPATCH_RULES_MAX / 64];
} act_rule_bits;

static inline bool act_rule_bits_has(act_rule_bits bits, size_t i)
{
    return bits.words[i / 64] >> (i % 64) & 1;
}

/* A rule whose `match` cannot be true unless `audit.verb` (for Events `event.reason`) is
 * one of some texts is asked of records with those only. That is exact: what is left out is
 * false, whatever errors its other parts would raise, as `&&` has it. */

/** Immutable; lives in the arena it was made in. */
typedef struct act_rule_dispatch act_rule_dispatch;

/** Of @n rules (at most ACT_DISPATCH_RULES_MAX) of @kind, in order, with @sources that
 *  compile in @env. ACT_ENOMEM. */
int act_rule_dispatch_new(const act_rule_env *env, enum act_rule_kind kind,
                          const act_str *sources, size_t n, act_arena *a,
                          const act_rule_dispatch **ret)
    ACT_NONNULL(1, 5, 6) ACT_MUST_CHECK;

/** Name of the record's member that rules are found by: "verb", "reason". */
act_str act_rule_dispatch_key(enum act_rule_kind kind);

/** Rules that may match a record whose key has @text; all when @text.ptr is NULL, for a
 *  record that has no such text. */
act_rule_bits act_rule_dispatch_find(const act_rule_dispatch *d, act_str text)
    ACT_NONNULL(1);

#endif
