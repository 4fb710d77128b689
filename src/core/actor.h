/** @file
 *  Who did it: the actor of a record, and whether that is a person. */
#ifndef ACT_ACTOR_H
#define ACT_ACTOR_H

#include "base/json.h"

/** What both activities (spec.actor, spec.changeSource) and rules (actor, actorRef) say of
 *  one actor. Views of the record or static text; plain data. */
typedef struct {
    act_str type;  /**< spec.actor.type: user, system, controller */
    act_str name;  /**< spec.actor.name: without a leading "system:"; never empty
                        ("unknown") */
    act_str uid;   /**< spec.actor.uid, or empty */
    act_str email; /**< a person's user name when it has an '@', else empty */
    act_str
        ref_type; /**< actorRef.type: user, serviceaccount, system, unknown, controller */
    act_str ref_name; /**< `actor` and actorRef.name: the name as recorded; may be empty */
    bool human;       /**< changeSource: human, else system */
} act_actor;

/** Actor of an audit event from its `user` object (NULL or {}: unknown). The authenticated
 *  user, not an impersonated one: who asked for it is answerable. */
act_actor act_actor_of_audit(const act_json *user);

/** Actor of an Event: its reporting controller, or the component of its (deprecated)
 *  source. Always a controller and never human. */
act_actor act_actor_of_event(act_str reporting_controller, act_str source_component);

/** "human" or "system". */
act_str act_actor_change_source(const act_actor *a) ACT_NONNULL(1);

#endif
