/* AuditLogQuery, ActivityQuery and EventQuery: a spec in, a page of records out. */
#include "api/budget.h"
#include "api/ephemeral.h"
#include "api/query.h"

/* Members of a spec that make the question, apart from limit and continue: a cursor is good
 * for the same question only. Those that a kind does not have are empty. */
static const char *const question[] = { "startTime", "endTime",   "filter",
                                        "search",    "namespace", "fieldSelector" };
enum { BOUND = ACT_COUNT(question) + 1 };

static act_str text_of(const act_json *spec, const char *key)
{
    return act_json_string(act_json_get(spec, act_str_cstr(key)));
}

/* The question and the limit as the client wrote them. */
static int read_bound(act_arena *a, const act_json *spec, act_str bound[BOUND],
                      int64_t *ret_limit)
{
    const act_json *limit = act_json_get(spec, ACT_STR("limit"));
    *ret_limit = limit && limit->type == ACT_JSON_INT ? limit->as.i64 : 0;
    for (size_t i = 0; i < ACT_COUNT(question); i++)
        bound[i] = text_of(spec, question[i]);
    return act_arena_printf(a, &bound[ACT_COUNT(question)], "%lld", (long long)*ret_limit);
}

static void check_limit(act_call *c, int64_t limit, act_query *q, act_problems *problems)
{
    char text[24];
    int64_t max = c->api->limits.max_page_size;
    (void)snprintf(text, sizeof text, "%lld", (long long)limit);
    q->limit = limit > 0 ? limit : ACT_QUERY_LIMIT_DEFAULT;
    if (limit < 0)
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, ACT_STR("spec.limit"),
                               act_str_cstr(text), "must not be negative");
    else if (q->limit > max)
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, ACT_STR("spec.limit"),
                               act_str_cstr(text), "must not be more than %lld",
                               (long long)max);
}

/* Without a limit for the others there is none for this kind. */
static int64_t longest_range(const act_call *c, const act_query_kind *kind)
{
    int64_t usual = c->api->limits.max_query_window_ns;
    return usual > 0 && kind->window_ns > 0 ? kind->window_ns : usual;
}

/* Everything that may be wrong goes to @problems. ACT_ENOMEM. */
static int plan(act_call *c, const act_query_kind *kind, const act_json *spec,
                const act_str *bound, int64_t limit, act_query *q, act_problems *problems)
{
    act_timerange_options o = { .now_ns = c->now_ns,
                                .max_window_ns = longest_range(c, kind),
                                .start_field = ACT_STR("spec.startTime"),
                                .end_field = ACT_STR("spec.endTime"),
                                .window_field = ACT_STR("spec") };
    int r = act_timerange_resolve(text_of(spec, "startTime"), text_of(spec, "endTime"), &o,
                                  &q->range, problems);
    if (r != ACT_ENOMEM) {
        check_limit(c, limit, q, problems);
        r = act_query_filter(c, q, text_of(spec, "filter"), "spec.filter", problems);
    }
    if (r != ACT_ENOMEM && kind->plan)
        r = kind->plan(c, spec, q, problems);
    if (r != ACT_ENOMEM)
        r = act_query_continue(c, q, text_of(spec, "continue"), bound, BOUND,
                               "spec.continue", problems);
    return r == ACT_ENOMEM ? r : problems->err;
}

/* The range of a later page is that of the first. */
static void keep_range(act_query *q)
{
    (void)act_rfc3339_format(q->start_us * ACT_NS_PER_US, 0, q->range.start_text);
    (void)act_rfc3339_format(q->end_us * ACT_NS_PER_US, 0, q->range.end_text);
}

static int write_results(act_call *c, const act_query_kind *kind,
                         const act_query_page *page, act_json_writer *w)
{
    int r = 0;
    act_jw_key(w, ACT_STR("results"));
    act_jw_array(w);
    for (size_t i = 0; !r && i < page->n; i++) {
        if (kind->write)
            r = kind->write(c, page->json[i], w);
        else
            act_jw_raw(w, page->json[i]);
    }
    act_jw_array_end(w);
    return r;
}

static int write_status(act_call *c, const act_query_kind *kind, const act_query *q,
                        const act_query_page *page, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    int r = page->n > 0 ? write_results(c, kind, page, &w) : 0;
    act_jw_kv_string_opt(&w, "continue", page->continue_token);
    act_jw_kv_string(&w, "effectiveStartTime", act_str_cstr(q->range.start_text));
    act_jw_kv_string(&w, "effectiveEndTime", act_str_cstr(q->range.end_text));
    act_explain_write(q->explain, &w);
    act_jw_object_end(&w);
    return r ? r : act_buf_err(out);
}

void act_query_answer_failure(act_call *c, int err, const act_err *e)
{
    if (err == ACT_ELIMIT)
        act_budget_answer(c, e);
    else
        act_answer_failure(c, err, "the store");
}

static void answer(act_call *c, const act_query_kind *kind, const act_json *object,
                   act_query *q)
{
    const act_json *spec = act_json_get(object, ACT_STR("spec"));
    act_problems problems = act_problems_in(c->arena);
    act_query_page page;
    act_buf status = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    act_str bound[BOUND];
    int64_t limit;
    int r = read_bound(c->arena, spec, bound, &limit);
    if (!r)
        r = plan(c, kind, spec, bound, limit, q, &problems);
    if (!r && problems.count > 0) {
        act_answer_invalid(c, act_object_meta(object, "name"), &problems);
        return;
    }
    if (!r)
        r = act_explain_begin(c, &q->explain);
    if (!r)
        r = act_query_run(c, q, &page, &e);
    if (!r && text_of(spec, "continue").len > 0)
        keep_range(q);
    if (!r)
        r = write_status(c, kind, q, &page, &status);
    if (r)
        act_query_answer_failure(c, r, &e);
    else
        act_ephemeral_answer(c, object, act_buf_str(&status));
    act_buf_done(&status);
}

void act_query_answer(act_call *c, const act_query_kind *kind)
{
    const act_json *object;
    if (!act_budget_enter(c))
        return;
    if (act_ephemeral_read(c, &object)) {
        act_query q;
        act_query_begin(c, kind->table, &q);
        answer(c, kind, object, &q);
        act_query_done(&q);
    }
    act_budget_leave(c);
}

void act_api_audit_queries(act_call *c)
{
    static const act_query_kind kind = { .table = &act_query_audit };
    act_query_answer(c, &kind);
}

static int plan_search(act_call *c, const act_json *spec, act_query *q,
                       act_problems *problems)
{
    return act_query_search(c, q, text_of(spec, "search"), problems);
}

void act_api_activity_queries(act_call *c)
{
    static const act_query_kind kind = { .table = &act_query_activities,
                                         .plan = plan_search };
    act_query_answer(c, &kind);
}
