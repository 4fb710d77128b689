#include "api/facets.h"

#include "api/budget.h"
#include "api/ephemeral.h"
#include "api/query.h"

/* Records are counted, not rows. What has not merged yet is seen as if it had:
 *
 *   audit events, activities   FINAL: the rows of one key are one (the newest version)
 *   Events                     their states have keys of their own; the newest of the
 *                              range stands for the Event, if that was not deleted
 *
 * The filter comes after that. */

enum { FACETS_MAX = 10, VALUES_DEFAULT = 20, VALUES_MAX = 100 };

#define DAY_NS (INT64_C(24) * 3600 * ACT_NS_PER_S)

typedef struct {
    const char *field;
    const char *column;
    bool skip_empty; /* where absent means: this record is not about it */
} facet_field;

/** One kind of facet query. Fields are in order of their names. */
typedef struct {
    const act_query_table *table;
    const facet_field *fields;
    size_t n;
    int64_t window_ns; /* longest range; 0: that of the limits */
} facet_kind;

static const facet_field audit_fields[] = {
    { "objectRef.apiGroup", "api_group", false },
    { "objectRef.namespace", "namespace", false },
    { "objectRef.resource", "resource", false },
    { "responseStatus.code", "status_code", false },
    { "user.uid", "user_uid", false },
    { "user.username", "user", false },
    { "verb", "verb", false },
};

static const facet_field activity_fields[] = {
    { "spec.actor.name", "actor_name", false },
    { "spec.actor.type", "actor_type", false },
    { "spec.changeSource", "change_source", false },
    { "spec.resource.apiGroup", "api_group", false },
    { "spec.resource.kind", "resource_kind", false },
    { "spec.resource.namespace", "resource_namespace", false },
};

static const facet_field event_fields[] = {
    { "namespace", "namespace", false },
    { "reason", "reason", false },
    { "regarding.kind", "regarding_kind", false },
    { "regarding.namespace", "regarding_namespace", false },
    { "related.kind", "related_kind", true },
    { "related.namespace", "related_namespace", true },
    { "source.component", "source_component", false },
    { "type", "type", false },
};

/* ---- what was asked ---------------------------------------------------------------- */

typedef struct {
    const facet_field *field;
    int64_t limit;
} facet;

static const facet_field *find_field(const facet_kind *kind, act_str name)
{
    for (size_t i = 0; i < kind->n; i++)
        if (act_str_eq_cstr(name, kind->fields[i].field))
            return &kind->fields[i];
    return NULL;
}

static int add_unsupported(const facet_kind *kind, act_str path, act_str name,
                           act_problems *problems)
{
    act_buf list = ACT_BUF_INIT;
    for (size_t i = 0; i < kind->n; i++)
        act_buf_printf(&list, "%s%s", i > 0 ? ", " : "", kind->fields[i].field);
    int r = act_buf_err(&list);
    if (!r)
        (void)act_problems_add(problems, ACT_PROBLEM_NOT_SUPPORTED, path, name,
                               "field \"%.*s\" cannot be counted; supported fields: %.*s",
                               ACT_STR_ARG(act_str_head(name, 128)),
                               ACT_STR_ARG(act_buf_str(&list)));
    act_buf_done(&list);
    return r;
}

static int read_facet(act_call *c, const facet_kind *kind, const act_json *item, size_t i,
                      facet *ret, act_problems *problems)
{
    act_str name = act_json_string(act_json_get(item, ACT_STR("field")));
    const act_json *limit = act_json_get(item, ACT_STR("limit"));
    facet f = { find_field(kind, name),
                limit && limit->type == ACT_JSON_INT ? limit->as.i64 : 0 };
    act_str path;
    int r = act_arena_printf(c->arena, &path, "spec.facets[%zu].field", i);
    if (!r && name.len == 0)
        (void)act_problems_add(problems, ACT_PROBLEM_REQUIRED, path, name,
                               "a facet needs a field");
    else if (!r && !f.field)
        r = add_unsupported(kind, path, name, problems);
    if (!r && f.limit < 0) {
        r = act_arena_printf(c->arena, &path, "spec.facets[%zu].limit", i);
        if (!r)
            (void)act_problems_add(problems, ACT_PROBLEM_INVALID, path, (act_str){ 0 },
                                   "limit must not be negative");
    }
    f.limit = f.limit == 0 ? VALUES_DEFAULT : f.limit < VALUES_MAX ? f.limit : VALUES_MAX;
    *ret = f;
    return r;
}

static int read_facets(act_call *c, const facet_kind *kind, const act_json *spec,
                       facet *facets, size_t *ret_n, act_problems *problems)
{
    size_t n;
    int r = 0;
    const act_json *items = act_json_items(act_json_get(spec, ACT_STR("facets")), &n);
    if (n == 0)
        (void)act_problems_add(problems, ACT_PROBLEM_REQUIRED, ACT_STR("spec.facets"),
                               (act_str){ 0 }, "at least one facet is required");
    if (n > FACETS_MAX) {
        (void)act_problems_add(problems, ACT_PROBLEM_TOO_MANY, ACT_STR("spec.facets"),
                               (act_str){ 0 }, "at most %d facets can be asked for at once",
                               FACETS_MAX);
        n = FACETS_MAX;
    }
    for (size_t i = 0; !r && i < n; i++)
        r = read_facet(c, kind, &items[i], i, &facets[i], problems);
    *ret_n = n;
    return r;
}

/* Everything that may be wrong goes to @problems. ACT_ENOMEM. */
static int plan(act_call *c, const facet_kind *kind, const act_json *spec, act_query *q,
                act_problems *problems)
{
    const act_json *range = act_json_get(spec, ACT_STR("timeRange"));
    int64_t usual = c->api->limits.max_query_window_ns;
    act_timerange_options o = { .now_ns = c->now_ns,
                                .max_window_ns = usual > 0 && kind->window_ns > 0
                                                     ? kind->window_ns
                                                     : usual,
                                .default_start = ACT_STR("now-7d"),
                                .default_end = ACT_STR("now"),
                                .start_field = ACT_STR("spec.timeRange.start"),
                                .end_field = ACT_STR("spec.timeRange.end"),
                                .window_field = ACT_STR("spec.timeRange") };
    int r = act_timerange_resolve(act_json_string(act_json_get(range, ACT_STR("start"))),
                                  act_json_string(act_json_get(range, ACT_STR("end"))), &o,
                                  &q->range, problems);
    if (r != ACT_ENOMEM)
        r = act_query_filter(c, q, act_json_string(act_json_get(spec, ACT_STR("filter"))),
                             "spec.filter", problems);
    return r == ACT_ENOMEM ? r : problems->err;
}

/* ---- counting ---------------------------------------------------------------------- */

static void write_group(const facet *f, act_buf *sql)
{
    act_buf_printf(sql, " GROUP BY value ORDER BY n DESC, value ASC LIMIT %lld",
                   (long long)f->limit);
}

/* Rows of one key are one. */
static void write_merged(const act_query *q, const facet *f, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_buf_printf(sql, "SELECT toString(%s) AS value, count() AS n FROM %s FINAL WHERE ",
                   f->field->column, t->table);
    act_query_write_range(t, sql);
    act_buf_add(sql, act_buf_str(&q->where));
    if (t->gone)
        act_buf_printf(sql, " AND NOT %s", t->gone);
    if (f->field->skip_empty)
        act_buf_printf(sql, " AND %s != ''", f->field->column);
    write_group(f, sql);
    act_buf_add(sql, ACT_STR(" SETTINGS do_not_merge_across_partitions_select_final = 1"));
}

/* Columns of a state: its record, its place among the states, what it says and whether it
 * counts. */
static void write_states(const act_query_table *t, act_buf *sql)
{
    act_buf_printf(sql, "SELECT %s, %s, %s, %s, ", t->identity, t->version[0],
                   t->version[1], t->time);
}

/* Of each record the newest state of the range. One that says "deleted" is the newest
 * whatever its time is, if none came after it. */
static void write_newest(const act_query *q, const facet *f, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_str where = act_buf_str(&q->where);
    act_str scope = act_str_head(where, q->scope_len);
    act_buf_add(sql,
                ACT_STR("SELECT value, count() AS n FROM (SELECT value, counts FROM ("));
    write_states(t, sql);
    act_buf_printf(sql, "toString(%s) AS value, toUInt8(ifNull(NOT %s", f->field->column,
                   t->gone);
    act_buf_add(sql, act_str_cut(where, q->scope_len));
    if (f->field->skip_empty)
        act_buf_printf(sql, " AND %s != ''", f->field->column);
    act_buf_printf(sql, ", 0)) AS counts FROM %s WHERE ", t->table);
    act_query_write_range(t, sql);
    act_buf_add(sql, scope);
    act_buf_add(sql, ACT_STR(" UNION ALL "));
    write_states(t, sql);
    act_buf_printf(sql, "'', toUInt8(0) FROM %s WHERE %s", t->table, t->gone);
    act_buf_add(sql, scope);
    act_buf_add(sql, ACT_STR(" AND NOT ("));
    act_query_write_range(t, sql);
    act_buf_printf(sql, ")) ORDER BY %s DESC, %s DESC, %s DESC LIMIT 1 BY %s) WHERE counts",
                   t->version[0], t->version[1], t->time, t->identity);
    write_group(f, sql);
    /* What the filter reads is not sorted with the states. */
    act_buf_add(sql, ACT_STR(" SETTINGS query_plan_execute_functions_after_sorting = 0"));
}

static void write_sql(const act_query *q, const facet *f, act_buf *sql)
{
    if (q->table->moves)
        write_newest(q, f, sql);
    else
        write_merged(q, f, sql);
}

static int write_values(act_rows *rows, act_json_writer *w, act_err *reterr)
{
    int r;
    while ((r = act_rows_next(rows, reterr)) > 0) {
        act_jw_object(w);
        act_jw_kv_string(w, "value", act_rows_str(rows, 0));
        act_jw_kv_i64(w, "count", (int64_t)act_rows_u64(rows, 1));
        act_jw_object_end(w);
    }
    return r;
}

static int write_facet(const facet *f, act_rows *rows, act_json_writer *w, act_err *reterr)
{
    act_jw_object(w);
    act_jw_kv_string(w, "field", act_str_cstr(f->field->field));
    act_jw_key(w, ACT_STR("values"));
    act_jw_array(w);
    int r = write_values(rows, w, reterr);
    act_jw_array_end(w);
    act_jw_object_end(w);
    return r;
}

static int count_values(act_call *c, const act_query *q, const facet *f, act_json_writer *w,
                        act_err *reterr)
{
    act_store_param params[ACT_QUERY_PARAMS_MAX + 2];
    size_t n = q->n_params;
    memcpy(params, q->params, n * sizeof *params);
    params[n++] = (act_store_param){ .name = "start",
                                     .type = ACT_STORE_TIME_US,
                                     .as.i64 = q->range.start_us };
    params[n++] = (act_store_param){ .name = "end",
                                     .type = ACT_STORE_TIME_US,
                                     .as.i64 = q->range.end_us };
    act_buf sql = ACT_BUF_INIT;
    act_rows *rows = NULL;
    write_sql(q, f, &sql);
    act_store_limits limits = act_budget_store(c);
    act_store_cost cost;
    int r = act_buf_err(&q->where) ? act_buf_err(&q->where) : act_buf_err(&sql);
    if (!r)
        r = act_store_query(c->api->store, act_buf_str(&sql), params, n, &limits, &rows,
                            reterr);
    if (!r) {
        r = write_facet(f, rows, w, reterr);
        act_rows_close(rows, &cost);
    }
    if (!r)
        r = act_explain_add(q->explain, act_buf_str(&sql), params, n, &cost);
    act_buf_done(&sql);
    return r;
}

static int write_status(act_call *c, const act_query *q, const facet *facets, size_t n,
                        act_buf *out, act_err *reterr)
{
    act_json_writer w = act_json_writer_on(out);
    int r = 0;
    act_jw_object(&w);
    act_jw_key(&w, ACT_STR("facets"));
    act_jw_array(&w);
    for (size_t i = 0; !r && i < n; i++)
        r = count_values(c, q, &facets[i], &w, reterr);
    act_jw_array_end(&w);
    act_explain_write(q->explain, &w);
    act_jw_object_end(&w);
    return r ? r : act_buf_err(out);
}

/* ---- the handlers ------------------------------------------------------------------ */

static void answer(act_call *c, const facet_kind *kind, const act_json *object,
                   act_query *q)
{
    const act_json *spec = act_json_get(object, ACT_STR("spec"));
    act_problems problems = act_problems_in(c->arena);
    act_err e = ACT_ERR_INIT;
    act_buf status = ACT_BUF_INIT;
    facet facets[FACETS_MAX];
    size_t n;
    int r = read_facets(c, kind, spec, facets, &n, &problems);
    if (!r && n > 0) /* without facets that alone is said */
        r = plan(c, kind, spec, q, &problems);
    if (!r && problems.count > 0) {
        act_ephemeral_refuse(c, &problems);
        return;
    }
    if (!r)
        r = act_explain_begin(c, &q->explain);
    if (!r)
        r = write_status(c, q, facets, n, &status, &e);
    if (r)
        act_query_answer_failure(c, r, &e);
    else
        act_ephemeral_answer(c, object, act_buf_str(&status));
    act_buf_done(&status);
}

static void handle(act_call *c, const facet_kind *kind)
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

void act_api_audit_facets(act_call *c)
{
    static const facet_kind kind = { &act_query_audit, audit_fields,
                                     ACT_COUNT(audit_fields), 0 };
    handle(c, &kind);
}

void act_api_activity_facets(act_call *c)
{
    static const facet_kind kind = { &act_query_activities, activity_fields,
                                     ACT_COUNT(activity_fields), 0 };
    handle(c, &kind);
}

void act_api_event_facets(act_call *c)
{
    static const facet_kind kind = { &act_query_events, event_fields,
                                     ACT_COUNT(event_fields), 60 * DAY_NS };
    handle(c, &kind);
}
