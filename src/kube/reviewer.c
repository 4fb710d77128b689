#include "kube/reviewer.h"

#include "base/alloc.h"
#include "kube/review_cache.h"

struct act_reviewer {
    act_kube_client *client;
    const char *path;
    act_review_cache *cache;
    act_clock clock;
};

int act_reviewer_new(act_kube_client *client, const char *path, act_clock clock,
                     act_reviewer **ret)
{
    act_reviewer *n = act_zalloc(1, sizeof *n);
    if (!n)
        return ACT_ENOMEM;
    n->client = client;
    n->path = path;
    n->clock = clock;
    int r = act_review_cache_new(&n->cache);
    if (r)
        act_dealloc(n);
    else
        *ret = n;
    return r;
}

void act_reviewer_free(act_reviewer *r)
{
    if (!r)
        return;
    act_review_cache_free(r->cache);
    act_dealloc(r);
}

static int post(act_reviewer *t, act_str question, act_reviewer_keep *keep, act_arena *a,
                act_str *ret, act_err *e)
{
    act_kube_request request = { .method = "POST",
                                 .path = t->path,
                                 .body = question,
                                 .timeout_ns = ACT_REVIEW_TIMEOUT_S * ACT_NS_PER_S };
    const act_json *review = NULL;
    int r = act_kube_client_json(t->client, &request, a, &review, e);
    if (r) /* refusing us is not refusing what we ask about */
        return r == ACT_EDENIED ? ACT_EIO : r;
    return keep(a, act_json_get(review, ACT_STR("status")), ret);
}

int act_reviewer_ask(act_reviewer *t, act_str question, act_reviewer_keep *keep,
                     act_arena *a, act_str *ret, act_err *reterr)
{
    act_digest digest;
    int r = act_digest_of(question, &digest);
    if (r)
        return r;
    r = act_review_cache_get(t->cache, &digest, act_mono_ns(t->clock), a, ret);
    if (r != ACT_ENOTFOUND)
        return r;
    r = post(t, question, keep, a, ret, reterr);
    if (!r)
        act_review_cache_put(t->cache, &digest, *ret,
                             act_mono_ns(t->clock) + ACT_REVIEW_KEPT_S * ACT_NS_PER_S);
    return r;
}
