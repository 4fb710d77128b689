#include "api/ephemeral.h"

#include "base/json_write.h"

static int clean_meta(act_call *c, const act_json *object, const act_json **ret)
{
    static const char *const gone[] = { "uid",
                                        "creationTimestamp",
                                        "deletionTimestamp",
                                        "deletionGracePeriodSeconds",
                                        "resourceVersion",
                                        "managedFields" };
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    act_json less = meta && meta->type == ACT_JSON_OBJECT ? *meta : act_json_of_object();
    for (size_t i = 0; i < ACT_COUNT(gone); i++) {
        act_json next;
        int r = act_json_without(c->arena, &less, act_str_cstr(gone[i]), &next);
        if (r)
            return r;
        less = next;
    }
    act_str stamp = ACT_STR("creationTimestamp");
    act_json dated;
    int r = act_json_with(c->arena, &less, stamp, act_json_of_null(), &dated);
    return r ? r : act_object_with(c->arena, object, "metadata", &dated, ret);
}

bool act_ephemeral_read(act_call *c, const act_json **ret)
{
    act_write_query wq;
    act_body body;
    if (!act_call_write_query(c, &wq) || !act_call_body(c, wq.validation, &body))
        return false;
    int r = clean_meta(c, body.object, ret);
    if (r)
        act_answer_failure(c, r, "memory");
    return !r;
}

void act_ephemeral_answer(act_call *c, const act_json *object, act_str status)
{
    if (c->accept.transform != ACT_KUBE_AS_OBJECT) {
        act_answer_object(c, 201, object);
        return;
    }
    act_buf body = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&body);
    size_t n;
    const act_json_member *m = act_json_members(object, &n);
    act_jw_object(&w);
    for (size_t i = 0; i < n; i++) {
        if (act_str_eq_cstr(m[i].key, "status"))
            continue;
        act_jw_key(&w, m[i].key);
        act_jw_value(&w, &m[i].value);
    }
    act_jw_kv_raw(&w, "status", status);
    act_jw_object_end(&w);
    act_answer_json(c, 201, &body);
}

/* One problem is told as a sentence, several are counted. */
static void write_message(const act_problems *problems, act_buf *out)
{
    const act_problem *p = problems->first;
    if (!p || p->next || p->detail.len == 0) {
        act_buf_printf(out,
                       "The request has %zu problems. See the causes, correct them and "
                       "try again.",
                       problems->count);
        return;
    }
    char first = p->detail.ptr[0];
    act_buf_add_byte(out, (char)(first >= 'a' && first <= 'z' ? first - 32 : first));
    act_buf_add(out, act_str_cut(p->detail, 1));
    act_buf_add(out, ACT_STR(". Correct this and try again."));
}

void act_ephemeral_refuse(act_call *c, const act_problems *problems)
{
    act_buf message = ACT_BUF_INIT, body = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&body);
    write_message(problems, &message);
    act_jw_object(&w);
    act_jw_kv_string(&w, "kind", ACT_STR("Status"));
    act_jw_kv_string(&w, "apiVersion", ACT_STR("v1"));
    act_jw_kv_raw(&w, "metadata", ACT_STR("{}"));
    act_jw_kv_string(&w, "status", ACT_STR("Failure"));
    act_jw_kv_string(&w, "message", act_buf_str(&message));
    act_jw_kv_string(&w, "reason", ACT_STR("Invalid"));
    act_jw_key(&w, ACT_STR("details"));
    act_jw_object(&w);
    act_jw_kv_string(&w, "group", act_str_cstr(c->kind->resource.group));
    act_jw_kv_string(&w, "kind", act_str_cstr(c->kind->resource.kind));
    act_jw_key(&w, ACT_STR("causes"));
    act_jw_array(&w);
    for (const act_problem *p = problems->first; p; p = p->next) {
        act_jw_object(&w);
        act_jw_kv_string(&w, "reason", act_str_cstr(act_problem_cause(p->kind)));
        act_jw_kv_string(&w, "message", p->detail);
        act_jw_kv_string(&w, "field", p->field);
        act_jw_object_end(&w);
    }
    act_jw_array_end(&w);
    act_jw_object_end(&w);
    act_jw_kv_i64(&w, "code", 422);
    act_jw_object_end(&w);
    act_buf_done(&message);
    act_answer_json(c, 422, &body);
}
