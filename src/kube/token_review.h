/** @file
 *  Bearer tokens that a kube-apiserver knows (authentication.k8s.io/v1 TokenReview). */
#ifndef ACT_KUBE_TOKEN_REVIEW_H
#define ACT_KUBE_TOKEN_REVIEW_H

#include "kube/reviewer.h"
#include "kube/user.h"

/** Asks @client, which outlives it; answers hold for ACT_REVIEW_KEPT_S. Internally locked.
 */
typedef struct act_reviewer act_token_review;
int act_token_review_new(act_kube_client *client, act_clock clock, act_token_review **ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;
void act_token_review_free(act_token_review *t); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_token_review)

/** The user of @token, in @a. ACT_EDENIED: nobody's. What act_kube_client_call() gives when
 *  it cannot be asked; that is not kept. Blocks up to ACT_REVIEW_TIMEOUT_S. */
int act_token_review_user(act_token_review *t, act_str token, act_arena *a, act_user *ret,
                          act_err *reterr) ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

#endif
