/** @file
 *  A kube-apiserver that answers reviews of one kind, and its answers of the last seconds.
 */
#ifndef ACT_KUBE_REVIEWER_H
#define ACT_KUBE_REVIEWER_H

#include "base/clock.h"
#include "kube/client.h"

enum { ACT_REVIEW_TIMEOUT_S = 10, ACT_REVIEW_KEPT_S = 10 };

/** Internally locked. */
typedef struct act_reviewer act_reviewer;

/** Reviews are posted to @path, a constant. The client outlives it. ACT_ENOMEM. */
int act_reviewer_new(act_kube_client *client, const char *path, act_clock clock,
                     act_reviewer **ret) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;
void act_reviewer_free(act_reviewer *r); /**< NULL is a no-op. */

/** What is kept of a review's status, in @a. */
typedef int act_reviewer_keep(act_arena *a, const act_json *status, act_str *ret);

/** What @keep makes of the answer to @question, the JSON of a review: from an answer that
 *  still holds, or by asking. What act_kube_client_call() gives when nobody can be asked,
 *  which is not kept; being refused to ask is ACT_EIO. Blocks up to ACT_REVIEW_TIMEOUT_S.
 */
int act_reviewer_ask(act_reviewer *r, act_str question, act_reviewer_keep *keep,
                     act_arena *a, act_str *ret, act_err *reterr)
    ACT_NONNULL(1, 3, 4, 5) ACT_MUST_CHECK;

#endif
