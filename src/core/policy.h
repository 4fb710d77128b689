/** @file
 *  ActivityPolicy: what an object says, whether it is valid, and its rules compiled. */
#ifndef ACT_POLICY_H
#define ACT_POLICY_H

#include "base/json.h"
#include "base/problems.h"
#include "core/rule_dispatch.h"
#include "core/template.h"

enum {
    ACT_POLICY_RULES_MAX = 100, /**< of one list */
    ACT_POLICY_TEXT_MAX = 1024, /**< bytes of a description or resource field */
};

/** One rule, compiled. */
typedef struct {
    act_str name;
    const cel_program *match;
    const act_template *summary;
} act_rule;

/** A valid policy with all its rules compiled. Immutable: shared by threads. Owns its text.
 */
typedef struct act_policy act_policy;

/** Check @object (an ActivityPolicy, or anything with `metadata` and `spec`) and compile
 * it. Everything wrong is added to @problems with paths below @prefix ("spec"); ACT_EINVAL
 * when there was something, with @ret untouched. @ret may be NULL to only check. @slots may
 * be NULL (see cel_compile()); the policy must then be freed before them. The rules: kind
 *  required; rule names RFC 1123 subdomains, unique in their list; match a bool; summary a
 *  template of act_template_new(). */
int act_policy_new(const act_rule_env *env, cel_slots *const slots[ACT_RULE_KINDS],
                   const act_json *object, const char *prefix, act_problems *problems,
                   act_policy **ret) ACT_NONNULL(1, 3, 4, 5) ACT_MUST_CHECK;
void act_policy_free(act_policy *p); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_policy)

act_str act_policy_name(const act_policy *p) ACT_NONNULL(1);  /**< metadata.name */
act_str act_policy_group(const act_policy *p) ACT_NONNULL(1); /**< "" for core */
act_str act_policy_kind(const act_policy *p) ACT_NONNULL(1);
int64_t act_policy_generation(const act_policy *p) ACT_NONNULL(1); /**< 0 when absent */
/** A number for what the policy says, the same in every process: of its name and spec. */
uint64_t act_policy_fingerprint(const act_policy *p) ACT_NONNULL(1);
/** Plural of the kind: of the table of known kinds, else guessed as Kubernetes does. */
act_str act_policy_plural(const act_policy *p) ACT_NONNULL(1);
const act_rule *act_policy_rules(const act_policy *p, enum act_rule_kind kind,
                                 size_t *ret_n) ACT_NONNULL(1, 3);
/** Rules of @kind that may match a record with the verb (Events: reason) @text, or, when
 * its ptr is NULL, with none; all others do not match it. See rule_dispatch.h. */
act_rule_bits act_policy_candidates(const act_policy *p, enum act_rule_kind kind,
                                    act_str text) ACT_NONNULL(1);

/** Problems of changing @before into @after that each alone does not have: the resource of
 * a policy is immutable. */
void act_policy_check_update(const act_json *before, const act_json *after,
                             act_problems *problems) ACT_NONNULL(1, 2, 3);

#endif
