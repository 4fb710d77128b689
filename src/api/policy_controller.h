/** @file
 *  The policy controller: keeps the Ready condition of every policy. */
#ifndef ACT_API_POLICY_CONTROLLER_H
#define ACT_API_POLICY_CONTROLLER_H

#include "core/rule_env.h"
#include "kube/served_kinds.h"
#include "registry/registry.h"

/* A thread follows the policies in the registry. For each it writes status.conditions and
 * status.observedGeneration when they differ from what they should be:
 *
 *   Ready=True     Valid                 every rule compiles, and the kind is there
 *   Ready=False    ValidationFailed      a rule does not compile (message: its field and
 *                                        why); can happen to what an older program stored
 *   Ready=False    ResourceNotFound      there is no such kind, in that very case
 *   Ready=Unknown  DiscoveryUnavailable  nobody says yet whether there is; a condition of
 *                                        this generation that is there already stays
 *
 * Whether a kind is there is for the kube-apiserver's discovery to say, or, without one,
 * for the table of kinds that Kubernetes serves itself; kinds of other groups are then
 * taken as given. When discovery changes, all policies are looked at again. A write that
 * fails is tried again, after 1 s and then twice the time, up to a minute.
 *
 * lastTransitionTime moves when the status does, not when a message does. Several
 * controllers at once agree: whoever loses a write looks again. */
typedef struct act_policy_controller act_policy_controller;

typedef struct {
    act_registry *registry;
    const act_rule_env *env;
    act_served_kinds *kinds; /**< NULL: the table */
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
} act_policy_controller_options;

/** All that is named outlives it. ACT_EIO, ACT_ENOMEM. */
int act_policy_controller_start(const act_policy_controller_options *options,
                                act_policy_controller **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_policy_controller_free(act_policy_controller *c); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_policy_controller)

#endif
