#include "kube/access_review.h"

#include "kube/user_json.h"

/* What is kept: one of these bytes, then the reason. */
enum { ALLOWED = '+', DENIED = '-' };

int act_access_review_new(act_kube_client *client, act_clock clock, act_access_review **ret)
{
    return act_reviewer_new(client, "/apis/authorization.k8s.io/v1/subjectaccessreviews",
                            clock, ret);
}

void act_access_review_free(act_access_review *t)
{
    act_reviewer_free(t);
}

static void write_resource(act_json_writer *w, const act_authz_attributes *what)
{
    act_jw_key(w, ACT_STR("resourceAttributes"));
    act_jw_object(w);
    act_jw_kv_string_opt(w, "namespace", what->ns);
    act_jw_kv_string(w, "verb", what->verb);
    act_jw_kv_string_opt(w, "group", what->group);
    act_jw_kv_string_opt(w, "version", what->version);
    act_jw_kv_string(w, "resource", what->resource);
    act_jw_kv_string_opt(w, "subresource", what->subresource);
    act_jw_kv_string_opt(w, "name", what->name);
    act_jw_object_end(w);
}

static void write_path(act_json_writer *w, const act_authz_attributes *what)
{
    act_jw_key(w, ACT_STR("nonResourceAttributes"));
    act_jw_object(w);
    act_jw_kv_string(w, "path", what->path);
    act_jw_kv_string(w, "verb", what->verb);
    act_jw_object_end(w);
}

static int write_question(const act_authz_attributes *what, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_kv_string(&w, "apiVersion", ACT_STR("authorization.k8s.io/v1"));
    act_jw_kv_string(&w, "kind", ACT_STR("SubjectAccessReview"));
    act_jw_key(&w, ACT_STR("spec"));
    act_jw_object(&w);
    if (what->path.len > 0)
        write_path(&w, what);
    else
        write_resource(&w, what);
    act_jw_kv_string(&w, "user", what->user->name);
    act_user_write(&w, what->user);
    act_jw_object_end(&w);
    act_jw_object_end(&w);
    return act_buf_err(out);
}

static int keep(act_arena *a, const act_json *status, act_str *ret)
{
    const act_json *allowed = act_json_get(status, ACT_STR("allowed"));
    bool yes = allowed && allowed->type == ACT_JSON_BOOL && allowed->as.boolean;
    act_str reason = act_json_string(act_json_get(status, ACT_STR("reason")));
    return act_arena_printf(a, ret, "%c%.*s", yes ? ALLOWED : DENIED, ACT_STR_ARG(reason));
}

int act_access_review_ask(act_access_review *t, const act_authz_attributes *what,
                          act_arena *a, act_str *ret_reason, act_err *reterr)
{
    act_buf question = ACT_BUF_INIT;
    act_str answer = { 0 };
    int r = write_question(what, &question);
    if (!r)
        r = act_reviewer_ask(t, act_buf_str(&question), keep, a, &answer, reterr);
    act_buf_done(&question);
    if (r || answer.ptr[0] == ALLOWED)
        return r;
    *ret_reason = act_str_cut(answer, 1);
    return ACT_EDENIED;
}
