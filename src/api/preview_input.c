/* The records of a preview: those given, made complete, and those found in the store. */
#include "api/preview.h"
#include "api/query.h"
#include "base/json_write.h"
#include "core/event_convert.h"

/* ---- records that are given --------------------------------------------------------- */

typedef struct {
    act_call *c;
    act_json value; /* the record so far */
    int err;
} record;

static bool is_absent(const act_json *v)
{
    return !v || v->type == ACT_JSON_NULL ||
           (v->type == ACT_JSON_STRING && v->as.string.len == 0);
}

/* Set @path ("a.b" has two names) unless something is there. */
static void set_default(record *r, const char *path, act_str value)
{
    act_str names[2], rest = act_str_cstr(path);
    size_t n = 0;
    const act_json *at = &r->value;
    while (rest.len > 0 && n < ACT_COUNT(names)) {
        rest = act_str_split(rest, '.', &names[n]);
        at = act_json_get(at, names[n++]);
    }
    if (!r->err && is_absent(at))
        r->err = act_json_with_path(r->c->arena, &r->value, names, n,
                                    act_json_of_string(value), &r->value);
}

static bool has_any(const act_json *v, const char *const *keys, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!is_absent(act_json_get(v, act_str_cstr(keys[i]))))
            return true;
    return false;
}

static act_str now_text(act_call *c)
{
    char text[ACT_RFC3339_MAX];
    act_str ret = { 0 };
    size_t n = act_rfc3339_format(c->now_ns, 6, text);
    return act_arena_str(c->arena, act_str_from(text, n), &ret) ? (act_str){ 0 } : ret;
}

static void complete_audit(record *r, act_str id)
{
    static const char *const times[] = { "requestReceivedTimestamp", "stageTimestamp" };
    set_default(r, "auditID", id);
    set_default(r, "stage", ACT_STR("ResponseComplete"));
    if (!has_any(&r->value, times, ACT_COUNT(times)))
        set_default(r, times[0], now_text(r->c));
}

static void complete_event(record *r, act_str id, const act_policy *policy)
{
    static const char *const times[] = { "eventTime",
                                         "deprecatedFirstTimestamp",
                                         "deprecatedLastTimestamp",
                                         "firstTimestamp",
                                         "lastTimestamp",
                                         "series" };
    static const char *const created[] = { "creationTimestamp" };
    enum act_event_form form = ACT_EVENT_V1;
    if (act_event_detect(&r->value, &form, NULL))
        form = ACT_EVENT_V1; /* what is wrong is told when it is converted */
    set_default(r, "metadata.name", id);
    set_default(r, "metadata.uid", id);
    set_default(r, form == ACT_EVENT_CORE ? "involvedObject.kind" : "regarding.kind",
                act_policy_kind(policy));
    const act_json *meta = act_json_get(&r->value, ACT_STR("metadata"));
    if (!has_any(&r->value, times, ACT_COUNT(times)) && !has_any(meta, created, 1))
        set_default(r, times[0], now_text(r->c));
}

static int write_record(enum act_rule_kind kind, const act_json *v, act_buf *out,
                        act_err *reterr)
{
    if (kind == ACT_RULE_EVENT)
        return act_event_to_v1(v, out, reterr);
    act_json_writer w = act_json_writer_on(out);
    act_jw_value(&w, v);
    return act_buf_err(out);
}

int act_preview_complete(act_call *c, enum act_rule_kind kind, const act_json *given,
                         size_t index, const act_policy *policy, act_preview_input *ret)
{
    record r = { .c = c, .value = *given };
    act_preview_input input = { .kind = kind };
    act_str id;
    r.err = act_arena_printf(c->arena, &id, "preview-%zu", index);
    if (!r.err && kind == ACT_RULE_AUDIT)
        complete_audit(&r, id);
    else if (!r.err)
        complete_event(&r, id, policy);
    if (r.err)
        return r.err;
    act_buf text = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    int err = write_record(kind, &r.value, &text, &e);
    if (err == ACT_EINVAL || err == ACT_ETYPE)
        err = act_arena_str(c->arena, act_str_cstr(e.text), &input.problem);
    else if (!err)
        err = act_arena_str(c->arena, act_buf_str(&text), &input.text);
    act_buf_done(&text);
    if (!err)
        *ret = input;
    return err;
}

/* ---- records that are found --------------------------------------------------------- */

enum { LOOKED_AT = 200 /* of each source */ };

static int where_is(act_call *c, act_query *q, const char *column, act_str value)
{
    act_store_param p = { .type = ACT_STORE_STRING, .as.str = value };
    const char *name;
    int r = act_query_param(c, q, p, &name);
    if (!r)
        act_buf_printf(&q->where, " AND %s = {%s:String}", column, name);
    return r;
}

/* The newest records of the policy's kind. */
static int look(act_call *c, const act_preview_fetch *fetch, enum act_rule_kind kind,
                const act_policy *policy, act_query_page *ret, act_err *reterr)
{
    bool audit = kind == ACT_RULE_AUDIT;
    act_query q;
    act_query_begin(c, audit ? &act_query_audit : &act_query_events, &q);
    q.range.start_us = fetch->start_us;
    q.range.end_us = fetch->end_us;
    q.limit = LOOKED_AT;
    int r = where_is(c, &q, audit ? "api_group" : "regarding_api_group",
                     act_policy_group(policy));
    if (!r)
        r = where_is(c, &q, audit ? "resource" : "regarding_kind",
                     audit ? act_policy_plural(policy) : act_policy_kind(policy));
    if (!r)
        r = act_query_run(c, &q, ret, reterr);
    act_query_done(&q);
    return r;
}

/* Mark up to @limit records to be taken: first those that the policy speaks about. */
static int choose(act_translator *t, const act_policy *policy, enum act_rule_kind kind,
                  const act_query_page *page, int64_t limit, bool taken[LOOKED_AT])
{
    int64_t n = 0;
    for (size_t i = 0; i < page->n && n < limit; i++) {
        act_translation made;
        int r = act_translate_by(t, policy, kind, page->json[i], 0, &made);
        if (r)
            return r;
        taken[i] = made.outcome == ACT_OUTCOME_ACTIVITY;
        n += taken[i];
    }
    for (size_t i = 0; i < page->n && n < limit; i++) {
        n += !taken[i];
        taken[i] = true;
    }
    return 0;
}

static int find_of(act_call *c, const act_preview_fetch *fetch, enum act_rule_kind kind,
                   const act_policy *policy, act_translator *translator,
                   act_preview_input *inputs, size_t *n, act_err *reterr)
{
    bool taken[LOOKED_AT] = { false };
    act_query_page page = { 0 };
    size_t rules;
    (void)act_policy_rules(policy, kind, &rules);
    if (rules == 0)
        return 0;
    int r = look(c, fetch, kind, policy, &page, reterr);
    if (!r)
        r = choose(translator, policy, kind, &page, fetch->limit, taken);
    for (size_t i = 0; !r && i < page.n; i++)
        if (taken[i])
            inputs[(*n)++] = (act_preview_input){ .kind = kind, .text = page.json[i] };
    return r;
}

int act_preview_find(act_call *c, const act_preview_fetch *fetch, const act_policy *policy,
                     act_translator *translator, const act_preview_input **ret,
                     size_t *ret_n, act_err *reterr)
{
    size_t n = 0;
    act_preview_input *inputs =
        act_arena_make_n(c->arena, act_preview_input, 2 * (size_t)fetch->limit);
    int r = inputs ? 0 : ACT_ENOMEM;
    if (!r && fetch->audit)
        r = find_of(c, fetch, ACT_RULE_AUDIT, policy, translator, inputs, &n, reterr);
    if (!r && fetch->events)
        r = find_of(c, fetch, ACT_RULE_EVENT, policy, translator, inputs, &n, reterr);
    if (!r) {
        *ret = inputs;
        *ret_n = n;
    }
    return r;
}
