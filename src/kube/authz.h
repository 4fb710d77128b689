/** @file
 *  Authorization at the small size: which groups and users may do what, from a role file.
 */
#ifndef ACT_KUBE_AUTHZ_H
#define ACT_KUBE_AUTHZ_H

#include "base/err.h"
#include "kube/user.h"

/* The file is YAML (lists add up):
 *
 *   roles:
 *   - groups: [web-team]          # or users: [alice]
 *     rules:
 *     - apiGroups: [activity.miloapis.com]
 *       resources: [activities, activityqueries]   # "activitypolicies/status", "*"
 *       verbs: [get, list, watch, create]          # "*"
 *     - nonResourceURLs: [/metrics]                # a last * matches the rest
 *       verbs: [get]
 *
 * Nothing is ever taken away. system:masters may do everything, with or without a
 * file. Without a file:
 *   system:authenticated   discovery, /openapi, /version
 *   activity:viewers       get, list, watch activities and policies; create the query kinds
 *   activity:editors       what viewers may; everything with policies */
typedef struct act_authz act_authz;

/** What somebody wants to do. Views. */
typedef struct {
    const act_user *user;
    act_str verb; /**< "get", "list", ...; of a path its method in lower case */
    act_str group, resource, subresource;
    act_str path; /**< of a request that is about no resource; else empty */
} act_authz_attributes;

/** Read @path, or take the defaults for NULL. ACT_EPARSE (with the place), ACT_EIO,
 *  ACT_ENOTFOUND, ACT_ENOMEM. Immutable: any thread. */
int act_authz_new(const char *path, act_authz **ret, act_err *reterr)
    ACT_NONNULL(2) ACT_MUST_CHECK;
void act_authz_free(act_authz *a); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_authz)

bool act_authz_allows(const act_authz *a, const act_authz_attributes *what)
    ACT_NONNULL(1, 2);

#endif
