/** @file
 *  What a link() points at: a reference as a rule wrote it, completed. */
#ifndef ACT_LINK_TARGET_H
#define ACT_LINK_TARGET_H

#include "core/activity.h"
#include "core/policy.h"

/** Read @ref (a map) into @ret; what it lacks stays empty, views as of the value. name,
 *  namespace and uid come from the top level, else from its `metadata`; group and version
 *  from apiGroup and apiVersion ("group/version" is split when there is no apiGroup); kind
 *  from kind, else from the plural in `resource` (the policy's own resource, else the table
 *  of known kinds), else from `type` (an actorRef). */
void act_link_target(cel_value ref, const act_policy *policy, act_resource_ref *ret)
    ACT_NONNULL(2, 3);

#endif
