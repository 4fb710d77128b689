#include "pipeline/dead_letter.h"

#include "base/json_write.h"
#include "core/subject.h"

static act_str type_name(enum act_rule_kind kind)
{
    return kind == ACT_RULE_AUDIT ? ACT_STR("audit") : ACT_STR("k8s-event");
}

static void write_time(act_json_writer *w, const char *key, int64_t ns)
{
    char text[ACT_RFC3339_MAX];
    size_t len = act_rfc3339_format(ns, 3, text);
    act_jw_kv_string(w, key, act_str_from(text, len));
}

void act_dead_letter_write(const act_dead_letter *d, bool record_is_json, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_kv_string(&w, "type", type_name(d->kind));
    act_jw_kv_string(&w, "errorType", d->error_type);
    act_jw_kv_string(&w, "error", d->error);
    act_jw_kv_string(&w, "policyName", d->policy);
    act_jw_kv_i64(&w, "policyVersion", d->policy_version);
    act_jw_kv_i64(&w, "ruleIndex", d->rule);
    write_time(&w, "timestamp", d->failed_ns);
    if (d->resource_kind.len > 0) {
        act_jw_key(&w, ACT_STR("resource"));
        act_jw_object(&w);
        act_jw_kv_string(&w, "apiGroup", d->group);
        act_jw_kv_string(&w, "kind", d->resource_kind);
        act_jw_object_end(&w);
    }
    if (record_is_json)
        act_jw_kv_raw(&w, "originalPayload", d->record);
    else
        act_jw_kv_string(&w, "originalPayload", d->record);
    act_jw_object_end(&w);
}

void act_dead_letter_subject(const act_dead_letter *d, act_buf *out)
{
    act_buf_printf(out, "activity.dlq.%.*s.", ACT_STR_ARG(type_name(d->kind)));
    if (d->resource_kind.len == 0) {
        act_buf_add(out, ACT_STR("unknown.unknown"));
        return;
    }
    act_subject_group_token(out, d->group);
    act_buf_add_byte(out, '.');
    act_subject_token(out, d->resource_kind);
}

static int64_t number_of(const act_json *object, const char *key)
{
    const act_json *v = act_json_get(object, act_str_cstr(key));
    return v && v->type == ACT_JSON_INT ? v->as.i64 : 0;
}

static act_str text_of(const act_json *object, const char *key)
{
    return act_json_string(act_json_get(object, act_str_cstr(key)));
}

int act_dead_letter_read(act_json_parser *p, act_arena *a, act_str message,
                         act_dead_letter *ret)
{
    const act_json *v = NULL;
    int r = act_json_parse(p, a, message, 0, &v, NULL);
    if (r)
        return r == ACT_ENOMEM ? r : ACT_EPARSE;
    const act_json *payload = act_json_get(v, ACT_STR("originalPayload"));
    if (!payload)
        return ACT_EPARSE;
    const act_json *resource = act_json_get(v, ACT_STR("resource"));
    act_dead_letter d = {
        .kind =
            act_str_eq_cstr(text_of(v, "type"), "audit") ? ACT_RULE_AUDIT : ACT_RULE_EVENT,
        .error_type = text_of(v, "errorType"),
        .error = text_of(v, "error"),
        .policy = text_of(v, "policyName"),
        .policy_version = number_of(v, "policyVersion"),
        .group = text_of(resource, "apiGroup"),
        .resource_kind = text_of(resource, "kind"),
        .rule = (int32_t)number_of(v, "ruleIndex"),
        .record = payload->type == ACT_JSON_STRING ? payload->as.string : payload->raw,
    };
    if (act_rfc3339_parse(text_of(v, "timestamp"), &d.failed_ns))
        d.failed_ns = 0;
    *ret = d;
    return 0;
}
