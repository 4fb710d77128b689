#include "kube/token_review.h"

#include "base/secret.h"
#include "kube/user_json.h"

int act_token_review_new(act_kube_client *client, act_clock clock, act_token_review **ret)
{
    return act_reviewer_new(client, "/apis/authentication.k8s.io/v1/tokenreviews", clock,
                            ret);
}

void act_token_review_free(act_token_review *t)
{
    act_reviewer_free(t);
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

/* The user as JSON text, empty for a token of nobody. */
static int keep(act_arena *a, const act_json *status, act_str *ret)
{
    (void)a;
    const act_json *yes = act_json_get(status, ACT_STR("authenticated"));
    const act_json *user = act_json_get(status, ACT_STR("user"));
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
    act_buf question = ACT_BUF_INIT;
    act_str answer;
    int r = write_question(token, &question);
    if (!r)
        r = act_reviewer_ask(t, act_buf_str(&question), keep, a, &answer, reterr);
    act_wipe(question.ptr, question.len);
    act_buf_done(&question);
    return r ? r : read_user(answer, a, ret, reterr);
}
