/** @file
 *  What a rule's expression may use: the CEL environments of audit and event rules, and
 *  the links that link() collects. */
#ifndef ACT_RULE_ENV_H
#define ACT_RULE_ENV_H

#include "cel/cel.h"

enum act_rule_kind { ACT_RULE_AUDIT, ACT_RULE_EVENT };
enum { ACT_RULE_KINDS = ACT_RULE_EVENT + 1 };

/** Variables by their CEL index, the same in both environments; audit rules also have KIND.
 */
enum act_rule_var {
    ACT_RULE_VAR_RECORD, /**< `audit` or `event`: map(string, dyn) */
    ACT_RULE_VAR_ACTOR,  /**< `actor`: string */
    ACT_RULE_VAR_REF,    /**< `actorRef`: map(string, dyn) */
    ACT_RULE_VAR_KIND,   /**< `kind`: string, the plural resource name */
};

/** Both environments. Immutable: shared by threads. */
typedef struct act_rule_env act_rule_env;
int act_rule_env_new(act_rule_env **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_rule_env_free(act_rule_env *e); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_rule_env)
const cel_env *act_rule_env_cel(const act_rule_env *e, enum act_rule_kind kind)
    ACT_NONNULL(1);

/** Names of the variables of @kind for messages: "audit, actor, actorRef, kind". */
const char *act_rule_env_names(enum act_rule_kind kind);

/** One link(text, ref) that an evaluation ran. Views as of a cel_value. */
typedef struct {
    act_str marker;
    cel_value ref; /**< always a map */
} act_link;

enum { ACT_LINKS_MAX = 64 };

/** Links of one summary in call order; what cel_ctx_set_user() gets. Plain data. */
typedef struct {
    size_t n;
    act_link items[ACT_LINKS_MAX];
} act_links;

#endif
