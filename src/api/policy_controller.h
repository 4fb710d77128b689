/** @file
 *  The policy controller: keeps the Ready condition of every policy. */
#ifndef ACT_API_POLICY_CONTROLLER_H
#define ACT_API_POLICY_CONTROLLER_H

#include "core/rule_env.h"
#include "registry/registry.h"

/* A thread follows the policies in the registry. For each it writes status.conditions and
 * status.observedGeneration when they differ from what they should be:
 *
 *   Ready=True   Valid              every rule compiles
 *   Ready=False  ValidationFailed   one does not (message: its field and why); can happen
 * to a policy that an older program has stored
 *
 * lastTransitionTime moves when the status does, not when a message does. Several
 * controllers at once agree: whoever loses a write looks again. */
typedef struct act_policy_controller act_policy_controller;

/** Registry and environment outlive it. ACT_EIO, ACT_ENOMEM. */
int act_policy_controller_start(act_registry *registry, const act_rule_env *env,
                                act_clock clock, act_log *log, act_metrics *metrics,
                                act_policy_controller **ret)
    ACT_NONNULL(1, 2, 6) ACT_MUST_CHECK;
void act_policy_controller_free(act_policy_controller *c); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_policy_controller)

#endif
