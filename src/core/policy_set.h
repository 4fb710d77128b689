/** @file
 *  The policies in force: an immutable snapshot, found by what a record is about. */
#ifndef ACT_POLICY_SET_H
#define ACT_POLICY_SET_H

#include "core/policy.h"

/** Immutable, reference counted: shared by threads, swapped as a whole when a policy
 *  changes. All programs of one kind share their attribute slots. */
typedef struct act_policy_set act_policy_set;

/** Compile @n ActivityPolicy objects. Those that are not valid are left out and counted in
 *  *@ret_invalid (may be NULL). @version is a number other than 0 that tells snapshots
 * apart. */
int act_policy_set_new(const act_rule_env *env, const act_json *const *objects, size_t n,
                       uint64_t version, act_policy_set **ret, size_t *ret_invalid)
    ACT_NONNULL(1, 5) ACT_MUST_CHECK;
act_policy_set *act_policy_set_ref(act_policy_set *s) ACT_NONNULL(1);
/** NULL is a no-op; returns NULL. The environment outlives the last reference. */
act_policy_set *act_policy_set_unref(act_policy_set *s);

uint64_t act_policy_set_version(const act_policy_set *s) ACT_NONNULL(1);
size_t act_policy_set_count(const act_policy_set *s) ACT_NONNULL(1);
/** The policy of that name, or NULL. */
const act_policy *act_policy_set_find(const act_policy_set *s, act_str name) ACT_NONNULL(1);

/** Policies with rules of @rules for resources of (@group, @name), in order of their names;
 *  *ret_n is 0 when there are none. @name is the plural for audit rules and the kind for
 *  event rules. */
const act_policy *const *act_policy_set_lookup(const act_policy_set *s,
                                               enum act_rule_kind rules, act_str group,
                                               act_str name, size_t *ret_n)
    ACT_NONNULL(1, 5);
/** The same for audit rules by kind, for plurals that no policy goes by. */
const act_policy *const *act_policy_set_lookup_kind(const act_policy_set *s, act_str group,
                                                    act_str kind, size_t *ret_n)
    ACT_NONNULL(1, 4);
/** A number for the policies that speak about (@group, @kind) and what they say, the same
 * in every process: another one means that a record which they failed may fare better. */
uint64_t act_policy_set_fingerprint(const act_policy_set *s, enum act_rule_kind rules,
                                    act_str group, act_str kind) ACT_NONNULL(1);
/** True when some policy is about @group: a quick way to be done with a record. */
bool act_policy_set_has_group(const act_policy_set *s, act_str group) ACT_NONNULL(1);

#endif
