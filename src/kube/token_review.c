#include "kube/token_review.h"

#include "base/alloc.h"
#include "kube/review_cache.h"
#include "kube/user_json.h"
#include "net/secret_file.h"

struct act_token_review {
    act_kube_client *client;
    act_review_cache *cache; /* of users' JSON; empty: the token is nobody's */
    act_clock clock;
};

int act_token_review_new(act_kube_client *client, act_clock clock, act_token_review **ret)
{
    ACT_AUTO(act_token_review) t = act_zalloc(1, sizeof *t);
    if (!t)
        return ACT_ENOMEM;
    t->client = client;
    t->clock = clock;
    int r = act_review_cache_new(&t->cache);
    if (r)
        return r;
    *ret = t;
    t = NULL;
    return 0;
}

void act_token_review_free(act_token_review *t)
{
    if (!t)
        return;
    act_review_cache_free(t->cache);
    act_dealloc(t);
}

static int write_question(act_str token, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_kv_string(&w, "apiVersion", ACT_STR("authentication.k8s.io/v1"));
    act_jw_kv_string(&w, "kind", ACT_STR("TokenReview"));
    act_jw_key(&w, ACT_STR("spec"));
    act_jw_object(&w);
    act_jw_kv_string(&w, "token", token);
    act_jw_object_end(&w);
    act_jw_object_end(&w);
    return act_buf_err(out);
}

/* Ask the kube-apiserver. *ret is the user as JSON text, empty for a token of nobody. */
static int ask(act_token_review *t, act_str token, act_arena *a, act_str *ret, act_err *e)
{
    act_buf body = ACT_BUF_INIT;
    const act_json *review = NULL;
    int r = write_question(token, &body);
    if (!r) {
        act_kube_request request = {
            .method = "POST",
            .path = "/apis/authentication.k8s.io/v1/tokenreviews",
            .body = act_buf_str(&body),
            .timeout_ns = ACT_REVIEW_TIMEOUT_S * ACT_NS_PER_S,
        };
        r = act_kube_client_json(t->client, &request, a, &review, e);
    }
    act_wipe(body.ptr, body.len);
    act_buf_done(&body);
    /* Refusing us is not refusing the token. */
    if (r)
        return r == ACT_EDENIED ? ACT_EIO : r;
    const act_json *yes = act_json_path(review, "status", "authenticated", NULL);
    const act_json *user = act_json_path(review, "status", "user", NULL);
    bool known = yes && yes->type == ACT_JSON_BOOL && yes->as.boolean && user;
    *ret = known ? user->raw : ACT_STR("");
    return 0;
}

static int read_user(act_str text, act_arena *a, act_user *ret, act_err *e)
{
    if (text.len == 0)
        return ACT_EDENIED;
    ACT_AUTO(act_json_parser) parser = NULL;
    const act_json *v = NULL;
    int r = act_json_parser_new((act_json_limits){ 0 }, &parser);
    if (!r)
        r = act_json_parse(parser, a, text, 0, &v, e);
    return r ? r : act_user_read(a, v, ret);
}

int act_token_review_user(act_token_review *t, act_str token, act_arena *a, act_user *ret,
                          act_err *reterr)
{
    act_digest digest;
    act_str answer;
    int r = act_digest_of(token, &digest);
    if (r)
        return r;
    r = act_review_cache_get(t->cache, &digest, act_mono_ns(t->clock), a, &answer);
    if (r == ACT_ENOTFOUND) {
        r = ask(t, token, a, &answer, reterr);
        if (!r)
            act_review_cache_put(t->cache, &digest, answer,
                                 act_mono_ns(t->clock) + ACT_REVIEW_KEPT_S * ACT_NS_PER_S);
    }
    return r ? r : read_user(answer, a, ret, reterr);
}
