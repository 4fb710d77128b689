/** @file
 *  Permission as a kube-apiserver sees it (authorization.k8s.io/v1 SubjectAccessReview). */
#ifndef ACT_KUBE_ACCESS_REVIEW_H
#define ACT_KUBE_ACCESS_REVIEW_H

#include "kube/access.h"
#include "kube/reviewer.h"

/** Asks @client, which outlives it; answers hold for ACT_REVIEW_KEPT_S. Internally locked.
 */
typedef struct act_reviewer act_access_review;
int act_access_review_new(act_kube_client *client, act_clock clock, act_access_review **ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;
void act_access_review_free(act_access_review *r); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_access_review)

/** 0: allowed. ACT_EDENIED: not; *ret_reason, in @a, is why, or empty. What
 *  act_kube_client_call() gives when it cannot be asked; that is not kept. */
int act_access_review_ask(act_access_review *r, const act_authz_attributes *what,
                          act_arena *a, act_str *ret_reason, act_err *reterr)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

#endif
