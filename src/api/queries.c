/* AuditLogQuery and ActivityQuery: a spec in, a page of records out. */
#include "api/query.h"
#include "base/json_write.h"

enum { SEARCH_TERMS_MAX = 32 };

/* The text members of a spec that a query reads, and that its cursor is bound to. */
typedef struct {
    act_str start, end, filter, search, token;
    int64_t limit;
    char limit_text[24];
} spec;

static spec read_spec(const act_json *object)
{
    const act_json *s = act_json_get(object, ACT_STR("spec"));
    const act_json *limit = act_json_get(s, ACT_STR("limit"));
    spec ret = { .start = act_json_string(act_json_get(s, ACT_STR("startTime"))),
                 .end = act_json_string(act_json_get(s, ACT_STR("endTime"))),
                 .filter = act_json_string(act_json_get(s, ACT_STR("filter"))),
                 .search = act_json_string(act_json_get(s, ACT_STR("search"))),
                 .token = act_json_string(act_json_get(s, ACT_STR("continue"))),
                 .limit = limit && limit->type == ACT_JSON_INT ? limit->as.i64 : 0 };
    (void)snprintf(ret.limit_text, sizeof ret.limit_text, "%lld", (long long)ret.limit);
    return ret;
}

static void check_limit(act_call *c, const spec *s, act_query *q, act_problems *problems)
{
    char text[24];
    (void)snprintf(text, sizeof text, "%lld", (long long)s->limit);
    q->limit = s->limit > 0 ? s->limit : ACT_QUERY_LIMIT_DEFAULT;
    if (s->limit < 0)
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, ACT_STR("spec.limit"),
                               act_str_cstr(text), "must not be negative");
    else if (q->limit > c->api->limits.max_page_size)
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, ACT_STR("spec.limit"),
                               act_str_cstr(text), "must not be more than %lld",
                               (long long)c->api->limits.max_page_size);
}

/* ASCII letters to lower case, in place of the arena's copy. */
static int lower(act_arena *a, act_str text, act_str *ret)
{
    char *out = act_arena_bytes(a, text.len + 1);
    if (!out)
        return ACT_ENOMEM;
    for (size_t i = 0; i < text.len; i++)
        out[i] = (char)(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] + 32
                                                                 : text.ptr[i]);
    *ret = act_str_from(out, text.len);
    return 0;
}

/* The next term of *rest: a word, or what stands in double quotes. */
static act_str next_term(act_str *rest)
{
    *rest = act_str_trim(*rest);
    size_t end = 0;
    bool quoted = rest->len > 0 && rest->ptr[0] == '"';
    if (quoted)
        *rest = act_str_cut(*rest, 1);
    while (end < rest->len && (quoted ? rest->ptr[end] != '"'
                                      : rest->ptr[end] != ' ' && rest->ptr[end] != '\t' &&
                                            rest->ptr[end] != '\n'))
        end++;
    act_str term = act_str_head(*rest, end);
    *rest = act_str_cut(*rest, end + quoted);
    return term;
}

/* Any of the terms occurs in the summary, upper and lower case alike. */
static int add_search(act_call *c, act_query *q, act_str search, act_problems *problems)
{
    act_str *terms = act_arena_make_n(c->arena, act_str, SEARCH_TERMS_MAX);
    act_str rest;
    size_t n = 0;
    int r = terms ? lower(c->arena, search, &rest) : ACT_ENOMEM;
    while (!r && rest.len > 0) {
        act_str term = next_term(&rest);
        if (term.len == 0)
            continue;
        if (n == SEARCH_TERMS_MAX) {
            (void)act_problems_add(problems, ACT_PROBLEM_TOO_MANY, ACT_STR("spec.search"),
                                   (act_str){ 0 }, "must have at most %d terms",
                                   SEARCH_TERMS_MAX);
            return ACT_EINVAL;
        }
        terms[n++] = term;
    }
    if (r || n == 0)
        return r;
    act_store_param p = { .name = "terms", .type = ACT_STORE_STRINGS };
    p.as.strs.ptr = terms;
    p.as.strs.n = n;
    act_query_where(
        q, " AND arrayExists(t -> position(lower(summary), t) > 0, {terms:Array(String)})",
        &p);
    return 0;
}

/* Everything that may be wrong goes to @problems. ACT_ENOMEM. */
static int plan(act_call *c, const spec *s, const act_str *bound, size_t n_bound,
                act_query *q, act_problems *problems)
{
    act_timerange_options o = { .now_ns = c->now_ns,
                                .max_window_ns = c->api->limits.max_query_window_ns,
                                .start_field = ACT_STR("spec.startTime"),
                                .end_field = ACT_STR("spec.endTime"),
                                .window_field = ACT_STR("spec") };
    int r = act_timerange_resolve(s->start, s->end, &o, &q->range, problems);
    if (r != ACT_ENOMEM) {
        check_limit(c, s, q, problems);
        r = act_query_filter(c, q, s->filter, "spec.filter", problems);
    }
    if (r != ACT_ENOMEM && s->search.len > 0)
        r = add_search(c, q, s->search, problems);
    if (r != ACT_ENOMEM)
        r = act_query_continue(c, q, s->token, bound, n_bound, "spec.continue", problems);
    return r == ACT_ENOMEM ? r : 0;
}

/* The range of a later page is that of the first. */
static void keep_range(act_query *q)
{
    (void)act_rfc3339_format(q->start_us * ACT_NS_PER_US, 0, q->range.start_text);
    (void)act_rfc3339_format(q->end_us * ACT_NS_PER_US, 0, q->range.end_text);
}

static void write_status(const act_query *q, const act_query_page *page, act_json_writer *w)
{
    act_jw_key(w, ACT_STR("status"));
    act_jw_object(w);
    if (page->n > 0) {
        act_jw_key(w, ACT_STR("results"));
        act_jw_array(w);
        for (size_t i = 0; i < page->n; i++)
            act_jw_raw(w, page->json[i]);
        act_jw_array_end(w);
    }
    act_jw_kv_string_opt(w, "continue", page->continue_token);
    act_jw_kv_string(w, "effectiveStartTime", act_str_cstr(q->range.start_text));
    act_jw_kv_string(w, "effectiveEndTime", act_str_cstr(q->range.end_text));
    act_jw_object_end(w);
}

/* The request's object with its status. */
static void answer_page(act_call *c, const act_json *object, const act_query *q,
                        const act_query_page *page)
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
    write_status(q, page, &w);
    act_jw_object_end(&w);
    act_answer_json(c, 201, &body);
}

static void answer_query(act_call *c, const act_json *object, act_query *q)
{
    spec s = read_spec(object);
    const act_str bound[] = { s.start, s.end, s.filter, s.search,
                              act_str_cstr(s.limit_text) };
    act_problems problems = act_problems_in(c->arena);
    act_query_page page;
    act_err e = ACT_ERR_INIT;
    int r = plan(c, &s, bound, ACT_COUNT(bound), q, &problems);
    if (!r && problems.count > 0) {
        act_answer_invalid(c, act_object_meta(object, "name"), &problems);
        return;
    }
    if (!r)
        r = act_query_run(c, q, &page, &e);
    if (r == ACT_ELIMIT)
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "the query takes more than its limits allow (%s); make its time "
                         "range shorter or its filter narrower",
                         e.text);
    else if (r)
        act_answer_failure(c, r, "the store");
    if (r)
        return;
    if (s.token.len > 0)
        keep_range(q);
    answer_page(c, object, q, &page);
}

/* Metadata of an object that is not kept: what only the server may say is removed. */
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

static void handle(act_call *c, const act_query_table *table)
{
    act_write_query wq;
    act_body body;
    const act_json *object;
    if (!act_call_write_query(c, &wq) || !act_call_body(c, wq.validation, &body))
        return;
    int r = clean_meta(c, body.object, &object);
    if (r) {
        act_answer_failure(c, r, "memory");
        return;
    }
    act_query q;
    act_query_begin(c, table, &q);
    answer_query(c, object, &q);
    act_query_done(&q);
}

void act_api_audit_queries(act_call *c)
{
    handle(c, &act_query_audit);
}

void act_api_activity_queries(act_call *c)
{
    handle(c, &act_query_activities);
}
