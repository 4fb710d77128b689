/** @file
 *  Permission at the small size: which groups and users may do what, from a role file. */
#ifndef ACT_KUBE_ROLES_H
#define ACT_KUBE_ROLES_H

#include "base/err.h"
#include "kube/access.h"

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
 * Nothing is ever taken away. Without a file:
 *   system:authenticated   discovery, /openapi, /version
 *   activity:viewers       get, list, watch activities, policies and jobs; create the query
 *                          kinds
 *   activity:editors       what viewers may; everything with policies and jobs */
typedef struct act_roles act_roles;

/** Read @path, which outlives the roles, or take the defaults for NULL. ACT_EPARSE (with
 * the place), ACT_EIO, ACT_ENOTFOUND, ACT_ENOMEM. Any thread. */
int act_roles_new(const char *path, act_roles **ret, act_err *reterr)
    ACT_NONNULL(2) ACT_MUST_CHECK;
/** Read the file again. Errors as above: then what was read before stays in force. */
int act_roles_reload(act_roles *a, act_err *reterr) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_roles_free(act_roles *a); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_roles)

bool act_roles_allow(act_roles *a, const act_authz_attributes *what) ACT_NONNULL(1, 2);

#endif
