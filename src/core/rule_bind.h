/** @file
 *  A record as the variables of a rule: what `audit`, `actor`, `actorRef` and `kind` are.
 */
#ifndef ACT_RULE_BIND_H
#define ACT_RULE_BIND_H

#include "base/arena.h"
#include "core/actor.h"
#include "core/rule_env.h"

/** Bind the variables of a rule about audit events: @event itself, with {} for the objects
 *  that it lacks (so that has(audit.objectRef.name) is false, no error), its @actor, and
 *  @plural, the resource of its object. @ctx is of act_rule_env_cel(). What is bound lives
 * in
 *  @a and in the event. Forgets earlier bindings. ACT_ENOMEM. */
int act_rule_bind_audit(act_arena *a, cel_ctx *ctx, const act_json *event,
                        const act_actor *actor, act_str plural)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/** Have `kind` be @kind from now on, which outlives its use. ACT_ENOMEM. */
int act_rule_bind_kind(cel_ctx *ctx, act_str kind) ACT_NONNULL(1) ACT_MUST_CHECK;

/** The same for a rule about Events. */
int act_rule_bind_event(act_arena *a, cel_ctx *ctx, const act_json *event,
                        const act_actor *actor) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

#endif
