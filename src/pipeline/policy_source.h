/** @file
 *  The policies in force, followed in the registry. */
#ifndef ACT_POLICY_SOURCE_H
#define ACT_POLICY_SOURCE_H

#include "core/policy_set.h"
#include "registry/registry.h"

/** Keys of policies begin with this; the rest is the name. */
#define ACT_REGISTRY_POLICIES "activitypolicies/"

/** A thread watches the registry and compiles a new snapshot after every change. Internally
 *  locked. */
typedef struct act_policy_source act_policy_source;

typedef struct {
    act_registry *registry;
    const act_rule_env *env;
    act_log *log;
    act_metrics *metrics;
} act_policy_source_options;

/** The first snapshot is there on return. Registry and environment outlive it. ACT_EIO,
 *  ACT_ENOMEM. */
int act_policy_source_start(const act_policy_source_options *options,
                            act_policy_source **ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** The newest snapshot; the caller gets a reference. Never NULL. */
act_policy_set *act_policy_source_get(act_policy_source *s) ACT_NONNULL(1);
/** The registry revision that it shows. */
int64_t act_policy_source_revision(act_policy_source *s) ACT_NONNULL(1);
void act_policy_source_free(act_policy_source *s); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_policy_source)

#endif
