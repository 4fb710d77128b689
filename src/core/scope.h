/** @file
 *  Tenants: who a request speaks for, whose a record is, and which records it may see. */
#ifndef ACT_SCOPE_H
#define ACT_SCOPE_H

#include "base/json.h"

/** Kinds of tenant. Written lower case everywhere, read without regard to case. */
enum act_scope_type {
    ACT_SCOPE_PLATFORM, /**< the operator: sees everything; also "no tenant" of a record */
    ACT_SCOPE_ORGANIZATION,
    ACT_SCOPE_PROJECT,
    ACT_SCOPE_USER, /**< name is the user's uid; means "performed by" */
};
enum { ACT_SCOPE_TYPES = ACT_SCOPE_USER + 1 };

/** A tenant. The name is empty for the platform and never empty for the others; it is a
 *  view of whatever it was read from. Plain data; a zero value is the platform. */
typedef struct {
    enum act_scope_type type;
    act_str name;
} act_scope;

/** Longest name of a tenant, in bytes (that of a Kubernetes object). */
enum { ACT_SCOPE_NAME_MAX = 253 };

/* Keys of the user's extra map (set by the front proxy) and of annotations. */
#define ACT_EXTRA_PARENT_TYPE "iam.miloapis.com/parent-type"
#define ACT_EXTRA_PARENT_NAME "iam.miloapis.com/parent-name"
#define ACT_ANNOTATION_SCOPE_TYPE "platform.miloapis.com/scope.type"
#define ACT_ANNOTATION_SCOPE_NAME "platform.miloapis.com/scope.name"

/** "platform", "organization", "project", "user"; static text. */
act_str act_scope_type_name(enum act_scope_type type);
/** False (and *ret untouched) for any other word. ASCII case is ignored. */
bool act_scope_type_parse(act_str text, enum act_scope_type *ret) ACT_NONNULL(2);

bool act_scope_eq(act_scope a, act_scope b);

/** Scope of a request, from all values of the user's extras ACT_EXTRA_PARENT_TYPE and
 *  ACT_EXTRA_PARENT_NAME as authenticated. Neither present: the platform. Fails closed with
 *  ACT_EDENIED, to be answered 403: unknown type, one without the other, an empty value, a
 *  platform with a name, a name above ACT_SCOPE_NAME_MAX or not UTF-8, several values that
 *  differ. Authorization proper (may this user act there?) is not decided here. */
int act_scope_of_request(const act_str *types, size_t n_types, const act_str *names,
                         size_t n_names, act_scope *ret, act_err *reterr)
    ACT_NONNULL(5) ACT_MUST_CHECK;

/** Tenant of an audit event (@event is its JSON object): ONE rule for the stored row and
 *  for the activities made from it (docs/decisions/tenant-of-a-record.md). The first
 *  source present decides:
 *    1. annotations ACT_ANNOTATION_SCOPE_TYPE / _NAME
 *    2. user.extra ACT_EXTRA_PARENT_TYPE / _NAME
 *    3. user.extra "project", else "organization" (older control planes)
 *    4. the platform
 *  Of an impersonated request, 2 and 3 are the extras of impersonatedUser, as whom it ran,
 *  alone. A source that is present but unusable (see act_scope_of_request) makes the record
 * the platform's, where no tenant sees it; the result is then false, for a counter. @ret is
 *  always set; its name is a view of @event. */
bool act_scope_of_audit(const act_json *event, act_scope *ret) ACT_NONNULL(2);
/** The same from the event's annotations, user.extra and impersonatedUser (each an object,
 *  or NULL). */
bool act_scope_of_audit_parts(const act_json *annotations, const act_json *extra,
                              const act_json *impersonated, act_scope *ret) ACT_NONNULL(4);

/** Tenant of an Event in either API form, from its metadata.annotations, else the platform.
 *  As act_scope_of_audit(). */
bool act_scope_of_event(const act_json *event, act_scope *ret) ACT_NONNULL(2);

/** True when a request of scope @viewer may see an audit event or activity of @tenant that
 *  the user @performer_uid performed. A user scope looks at the uid alone, others at the
 *  tenant alone; scopes are not hierarchical. */
bool act_scope_allows(act_scope viewer, act_scope tenant, act_str performer_uid);
/** The same for Events, which nobody performs: a user scope sees those tagged with it. */
bool act_scope_allows_event(act_scope viewer, act_scope tenant);

#endif
