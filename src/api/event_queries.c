/* EventQuery: Events of the past, each in its newest state of the range. */
#include "api/event_fields.h"
#include "api/query_selector.h"
#include "core/activity.h"

enum { SELECTOR_TERMS_MAX = 16 };

#define DAY_NS (INT64_C(24) * 3600 * ACT_NS_PER_S)

static int where_selector(act_call *c, act_query *q, act_str text, act_problems *problems)
{
    act_str field = ACT_STR("spec.fieldSelector");
    act_selector s = { 0 };
    act_err e = ACT_ERR_INIT;
    int r = act_selector_parse_fields(c->arena, text, &s, &e);
    if (r == ACT_ENOMEM)
        return r;
    if (!r && s.n > SELECTOR_TERMS_MAX)
        r = act_fail(&e, ACT_ELIMIT, "at most %d terms are supported", SELECTOR_TERMS_MAX);
    if (r)
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, field, text, "%s", e.text);
    for (size_t i = 0; !r && i < s.n; i++) {
        const act_requirement *term = &s.items[i];
        const act_event_field *f = act_event_field_find(term->key);
        if (f)
            r = act_query_where_text(c, q, f->sql, term->op == ACT_SEL_EQ, term->values[0]);
        else
            (void)act_problems_add(problems, ACT_PROBLEM_INVALID, field, text,
                                   "no field %.*s here", ACT_STR_ARG(term->key));
    }
    return r == ACT_ENOMEM ? r : 0;
}

static int plan(act_call *c, const act_json *spec, act_query *q, act_problems *problems)
{
    act_str ns = act_json_string(act_json_get(spec, ACT_STR("namespace")));
    act_str selector = act_json_string(act_json_get(spec, ACT_STR("fieldSelector")));
    int r = ns.len > 0 ? act_query_where_text(c, q, "namespace", true, ns) : 0;
    return r ? r : where_selector(c, q, selector, problems);
}

/* The Event beside its metadata, which is where generic clients look. */
static int write_record(act_call *c, act_str record, act_json_writer *w)
{
    act_json_limits limits = { .max_bytes = SIZE_MAX };
    act_json_parser *parser = NULL;
    const act_json *event = NULL;
    act_arena_mark mark = act_arena_save(c->arena);
    int r = act_json_parser_new(limits, &parser);
    if (!r)
        r = act_json_parse(parser, c->arena, record, 0, &event, NULL);
    act_json_parser_free(parser);
    if (r)
        return r;
    const act_json *meta = act_json_get(event, ACT_STR("metadata"));
    act_json none = act_json_of_object();
    act_jw_object(w);
    act_jw_kv_string(w, "apiVersion", ACT_STR(ACT_GROUP_VERSION));
    act_jw_kv_string(w, "kind", ACT_STR("EventRecord"));
    act_jw_key(w, ACT_STR("metadata"));
    act_jw_value(w, meta ? meta : &none);
    act_jw_kv_raw(w, "event", record);
    act_jw_object_end(w);
    act_arena_restore(c->arena, mark);
    return 0;
}

void act_api_event_queries(act_call *c)
{
    static const act_query_kind kind = {
        .table = &act_query_events,
        .window_ns = 60 * DAY_NS,
        .plan = plan,
        .write = write_record,
    };
    act_query_answer(c, &kind);
}
