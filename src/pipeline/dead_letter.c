#include "pipeline/dead_letter.h"

#include "base/json_write.h"
#include "cel/base64.h"
#include "core/subject.h"

enum {
    AROUND_MAX = 64 << 10, /* bytes of a message beside its record */
    TEXT_MAX = 1 << 20,   /* of a record that is written as a string: escapes may be many */
    KEPT_MAX = 256 << 10, /* of a record that is cut */
};

int64_t act_retry_delay_ns(const act_retry_schedule *s, uint32_t retries)
{
    double ns = (double)s->first_ns;
    for (uint32_t i = 0; i < retries && ns < (double)s->most_ns; i++)
        ns *= s->factor;
    return ns < (double)s->most_ns ? (int64_t)ns : s->most_ns;
}

/* ---- writing ----------------------------------------------------------------------- */

static act_str type_name(enum act_rule_kind kind)
{
    return kind == ACT_RULE_AUDIT ? ACT_STR("audit") : ACT_STR("k8s-event");
}

static void write_time(act_json_writer *w, const char *key, int64_t ns)
{
    char text[ACT_RFC3339_MAX];
    if (ns == 0)
        return;
    size_t len = act_rfc3339_format(ns, 3, text);
    act_jw_kv_string(w, key, act_str_from(text, len));
}

/* Texts that quote what was sent may hold anything. */
static void write_text(act_json_writer *w, const char *key, act_str text)
{
    act_jw_kv_string(w, key, act_str_head(text, act_str_utf8_prefix(text)));
}

static void write_failure(act_json_writer *w, const act_dead_letter *d)
{
    act_jw_kv_string(w, "errorType", d->error_type);
    write_text(w, "error", d->error);
    act_jw_kv_string(w, "policyName", d->policy);
    act_jw_kv_i64(w, "policyVersion", d->policy_version);
    if (d->policies) {
        act_jw_key(w, ACT_STR("policiesFingerprint"));
        act_jw_u64(w, d->policies);
    }
    act_jw_kv_i64(w, "ruleIndex", d->rule);
    write_time(w, "timestamp", d->failed_ns);
}

static void write_object(act_json_writer *w, const act_dead_letter *d)
{
    if (d->resource_kind.len == 0)
        return;
    act_jw_key(w, ACT_STR("tenant"));
    act_jw_object(w);
    act_jw_kv_string(w, "type", act_scope_type_name(d->tenant.type));
    act_jw_kv_string(w, "name", d->tenant.name);
    act_jw_object_end(w);
    act_jw_key(w, ACT_STR("resource"));
    act_jw_object(w);
    act_jw_kv_string(w, "apiGroup", d->group);
    act_jw_kv_string(w, "kind", d->resource_kind);
    act_jw_kv_string_opt(w, "name", d->name);
    act_jw_kv_string_opt(w, "namespace", d->ns);
    act_jw_object_end(w);
}

static void write_base64(act_json_writer *w, act_str bytes)
{
    size_t size = cel_base64_encoded_size(bytes.len);
    act_buf text = ACT_BUF_INIT;
    char *to = act_buf_reserve(&text, size);
    if (to) {
        cel_base64_encode(bytes, to);
        act_jw_kv_string(w, "originalPayloadBase64", act_str_from(to, size));
    } else if (!w->out->err) {
        w->out->err = act_buf_err(&text);
    }
    act_buf_done(&text);
}

static void write_payload(act_json_writer *w, const act_dead_letter *d, bool is_json)
{
    act_str record = d->record;
    bool fits = record.len <= ACT_DEAD_LETTER_BYTES_MAX - AROUND_MAX;
    if (is_json && fits) {
        act_jw_kv_raw(w, "originalPayload", record);
        return;
    }
    if (!is_json)
        fits = record.len < (ACT_DEAD_LETTER_BYTES_MAX - AROUND_MAX) / 4 * 3;
    if (!fits)
        record = act_str_head(record, KEPT_MAX);
    if (!fits || d->cut)
        act_jw_kv_bool(w, "truncated", true);
    if (record.len <= TEXT_MAX && act_str_is_utf8(record))
        act_jw_kv_string(w, "originalPayload", record);
    else
        write_base64(w, record);
}

void act_dead_letter_write(const act_dead_letter *d, bool record_is_json, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_kv_string(&w, "type", type_name(d->kind));
    act_jw_kv_string_opt(&w, "id", d->id);
    write_failure(&w, d);
    write_object(&w, d);
    act_jw_kv_i64(&w, "retryCount", d->retries);
    write_time(&w, "lastRetryAt", d->retried_ns);
    write_time(&w, "nextRetryAfter", d->next_ns);
    write_payload(&w, d, record_is_json);
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

void act_dead_letter_id(const act_dead_letter *d, act_buf *out)
{
    if (d->id.len > 0)
        act_buf_printf(out, "%s/%.*s/%u", d->kind == ACT_RULE_AUDIT ? "audit" : "event",
                       ACT_STR_ARG(d->id), d->retries);
}

/* ---- reading ----------------------------------------------------------------------- */

static int64_t number_of(const act_json *object, const char *key)
{
    const act_json *v = act_json_get(object, act_str_cstr(key));
    return v && v->type == ACT_JSON_INT ? v->as.i64 : 0;
}

static uint64_t fingerprint_of(const act_json *object)
{
    const act_json *v = act_json_get(object, ACT_STR("policiesFingerprint"));
    if (v && v->type == ACT_JSON_UINT)
        return v->as.u64;
    return v && v->type == ACT_JSON_INT ? (uint64_t)v->as.i64 : 0;
}

static act_str text_of(const act_json *object, const char *key)
{
    return act_json_string(act_json_get(object, act_str_cstr(key)));
}

static int64_t time_of(const act_json *object, const char *key)
{
    int64_t ns;
    return act_rfc3339_parse(text_of(object, key), &ns) ? 0 : ns;
}

static int read_payload(const act_json *letter, act_arena *a, act_str *ret)
{
    const act_json *payload = act_json_get(letter, ACT_STR("originalPayload"));
    if (payload) {
        *ret = payload->type == ACT_JSON_STRING ? payload->as.string : payload->raw;
        return 0;
    }
    act_str coded = text_of(letter, "originalPayloadBase64");
    if (coded.len == 0)
        return ACT_EPARSE;
    char *bytes = act_arena_bytes(a, coded.len);
    if (!bytes)
        return ACT_ENOMEM;
    size_t n;
    int r = cel_base64_decode(coded, bytes, &n);
    if (!r)
        *ret = act_str_from(bytes, n);
    return r;
}

int act_dead_letter_read(act_json_parser *p, act_arena *a, act_str message,
                         act_dead_letter *ret)
{
    const act_json *v = NULL;
    int r = act_json_parse(p, a, message, 0, &v, NULL);
    if (r)
        return r == ACT_ENOMEM ? r : ACT_EPARSE;
    const act_json *resource = act_json_get(v, ACT_STR("resource"));
    const act_json *tenant = act_json_get(v, ACT_STR("tenant"));
    const act_json *truncated = act_json_get(v, ACT_STR("truncated"));
    act_dead_letter d = {
        .kind =
            act_str_eq_cstr(text_of(v, "type"), "audit") ? ACT_RULE_AUDIT : ACT_RULE_EVENT,
        .id = text_of(v, "id"),
        .error_type = text_of(v, "errorType"),
        .error = text_of(v, "error"),
        .policy = text_of(v, "policyName"),
        .policy_version = number_of(v, "policyVersion"),
        .policies = fingerprint_of(v),
        .group = text_of(resource, "apiGroup"),
        .resource_kind = text_of(resource, "kind"),
        .name = text_of(resource, "name"),
        .ns = text_of(resource, "namespace"),
        .tenant.name = text_of(tenant, "name"),
        .rule = (int32_t)number_of(v, "ruleIndex"),
        .failed_ns = time_of(v, "timestamp"),
        .retries = (uint32_t)number_of(v, "retryCount"),
        .retried_ns = time_of(v, "lastRetryAt"),
        .next_ns = time_of(v, "nextRetryAfter"),
        .cut = truncated && truncated->type == ACT_JSON_BOOL && truncated->as.boolean,
    };
    (void)act_scope_type_parse(text_of(tenant, "type"), &d.tenant.type); /* or platform */
    r = read_payload(v, a, &d.record);
    if (r)
        return r;
    *ret = d;
    return 0;
}
