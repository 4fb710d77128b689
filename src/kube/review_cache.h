/** @file
 *  Answers of reviews, kept for a few seconds: bounded, by the digest of the question. */
#ifndef ACT_KUBE_REVIEW_CACHE_H
#define ACT_KUBE_REVIEW_CACHE_H

#include "base/arena.h"
#include "net/digest.h"

enum {
    ACT_REVIEWS_MAX = 4096,             /**< answers kept at once */
    ACT_REVIEW_ANSWER_BYTES_MAX = 8192, /**< a longer answer is not kept */
};

/** Internally locked. */
typedef struct act_review_cache act_review_cache;
int act_review_cache_new(act_review_cache **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_review_cache_free(act_review_cache *c); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_review_cache)

/** The answer to @question that holds at @now_ns (steady), copied to @a. ACT_ENOTFOUND,
 *  ACT_ENOMEM. */
int act_review_cache_get(act_review_cache *c, const act_digest *question, int64_t now_ns,
                         act_arena *a, act_str *ret) ACT_NONNULL(1, 2, 4, 5) ACT_MUST_CHECK;
/** Keep @answer until @until_ns, in place of what ends first when there is no room. Want of
 *  memory only means that nothing is kept. */
void act_review_cache_put(act_review_cache *c, const act_digest *question, act_str answer,
                          int64_t until_ns) ACT_NONNULL(1, 2);

#endif
