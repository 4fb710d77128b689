/** @file
 *  Authorization: may this user do this? */
#ifndef ACT_KUBE_AUTHZ_H
#define ACT_KUBE_AUTHZ_H

#include "kube/access_review.h"
#include "kube/roles.h"
#include "kube/status.h"

/* In this order; the first that says yes decides:
 *   1. group system:masters
 *   2. paths that are always allowed (/healthz, /livez, /readyz and what is below)
 *   3. roles (roles.h)
 *   4. a SubjectAccessReview, when there is a kube-apiserver to ask */
typedef struct act_authz act_authz;

/** Everything named outlives the object; NULL: not there. */
typedef struct {
    act_roles *roles;
    act_access_review *review;
    const act_str *always_allow_paths; /**< a last * matches the rest */
    size_t n_always_allow_paths;       /**< 0: the usual three */
} act_authz_options;

/** ACT_ENOMEM. Any thread may ask. */
int act_authz_new(const act_authz_options *o, act_authz **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_authz_free(act_authz *a); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_authz)

/** 0: allowed. ACT_EDENIED: not; *ret_reason, in @arena, says why or is empty. Others: the
 *  kube-apiserver could not be asked (503 or 500), with detail in @reterr. May block. */
int act_authz_ask(const act_authz *a, const act_authz_attributes *what, act_arena *arena,
                  act_str *ret_reason, act_err *reterr)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/** The 403 of what was denied, in the words of k8s.io/apiserver. */
act_kube_status act_authz_forbidden(act_arena *arena, const act_authz_attributes *what,
                                    act_str reason) ACT_NONNULL(1, 2);

#endif
