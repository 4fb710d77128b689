/** @file
 *  An Activity, and its JSON as the API serves it. */
#ifndef ACT_ACTIVITY_H
#define ACT_ACTIVITY_H

#include "base/buf.h"
#include "core/actor.h"
#include "core/scope.h"

#define ACT_API_GROUP "activity.miloapis.com"
#define ACT_API_VERSION "v1alpha1"
#define ACT_GROUP_VERSION ACT_API_GROUP "/" ACT_API_VERSION

/** spec.resource, and the target of a link. Views; empty where unknown. */
typedef struct {
    act_str api_group;
    act_str api_version;
    act_str kind;
    act_str name;
    act_str ns;
    act_str uid;
} act_resource_ref;

typedef struct {
    act_str marker;
    act_resource_ref resource;
} act_activity_link;

/** All views; plain data. */
typedef struct {
    act_str name;         /**< act_activity_name() */
    act_str origin;       /**< audit, event */
    act_str origin_id;    /**< auditID, or the Event's uid */
    act_str event_reason; /**< empty for audit */
    int64_t time_ns;      /**< of the record */
    act_str summary;
    act_actor actor;
    act_resource_ref resource;
    act_scope tenant;
    const act_activity_link *links;
    size_t n_links;
} act_activity;

/** Append the object as JSON (group activity.miloapis.com, version v1alpha1): metadata with
 *  name, namespace, creationTimestamp (whole seconds, as all Kubernetes metadata) and
 * labels; spec. The namespace is the resource's. Failures stick in @out. */
void act_activity_write(const act_activity *a, act_buf *out) ACT_NONNULL(1, 2);

/** Of several activities of one name and time the one with the highest version counts. It
 *  is this annotation, in decimal; live ones carry none, which is 0. */
#define ACT_ACTIVITY_VERSION ACT_API_GROUP "/reindex-version"
/** Append @json, as act_activity_write() made it, as that version of the activity; version
 * 0 is @json itself. Failures stick in @out. */
void act_activity_write_version(act_str json, uint64_t version, act_buf *out)
    ACT_NONNULL(3);

#endif
