#include "api/query.h"

#include "api/filter_params.h"

const act_query_table act_query_audit = {
    .table = "audit.audit_logs",
    .json = "event_json",
    .time = "timestamp",
    .day = "toDate32(timestamp)",
    .keys = { { "timestamp", false }, { "audit_id", true }, { "stage", true } },
    .n_keys = 3,
    .tenant_type = "scope_type",
    .tenant_name = "scope_name",
    .performer = "user_uid",
    .filter = ACT_FILTER_AUDIT,
    .cursor = ACT_CURSOR_AUDIT_QUERY,
};

enum { LIST_CAP = 5000 };

/* One table, asked by queries and by lists, which have cursors of their own. */
#define ACTIVITIES(cursor_kind, most)                                                      \
    {                                                                                      \
        .table = "audit.activities", .json = "activity_json", .time = "timestamp",         \
        .day = "toDate32(timestamp)",                                                      \
        .keys = { { "timestamp", false }, { "name", true } }, .n_keys = 2,                 \
        .version = { "version" }, .identity = "timestamp, name", .gone = "deleted",        \
        .labels = "labels", .tenant_type = "tenant_type", .tenant_name = "tenant_name",    \
        .performer = "actor_uid", .filter = ACT_FILTER_ACTIVITY, .cursor = (cursor_kind),  \
        .cap = (most)                                                                      \
    }
const act_query_table act_query_activities = ACTIVITIES(ACT_CURSOR_ACTIVITY_QUERY, 0);
const act_query_table act_query_activity_list =
    ACTIVITIES(ACT_CURSOR_ACTIVITY_LIST, LIST_CAP);

const act_query_table act_query_events = {
    .table = "audit.k8s_events",
    .json = "event_json",
    .time = "last_timestamp",
    .keys = { { "last_timestamp", false }, { "uid", true } },
    .n_keys = 2,
    .version = { "sequence", "resource_version" },
    .identity = "uid",
    .moves = true,
    .gone = "deleted",
    .tenant_type = "scope_type",
    .tenant_name = "scope_name",
    .filter = ACT_FILTER_EVENT,
    .cursor = ACT_CURSOR_EVENT_QUERY,
};

/* ---- conditions -------------------------------------------------------------------- */

void act_query_where(act_query *q, const char *sql, const act_store_param *p)
{
    act_buf_add(&q->where, act_str_cstr(sql));
    if (!p)
        return;
    assert(q->n_params < ACT_QUERY_PARAMS_MAX);
    q->params[q->n_params++] = *p;
}

int act_query_param(act_call *c, act_query *q, act_store_param p, const char **ret)
{
    act_str name;
    int r = act_arena_printf(c->arena, &name, "s%zu", q->n_params);
    if (r)
        return r;
    p.name = name.ptr;
    act_query_where(q, "", &p);
    *ret = name.ptr;
    return 0;
}

static act_store_param text_param(const char *name, act_str value)
{
    return (act_store_param){ .name = name, .type = ACT_STORE_STRING, .as.str = value };
}

static void where_equal(act_query *q, const char *column, const char *param, act_str value)
{
    char sql[128];
    (void)snprintf(sql, sizeof sql, " AND %s = {%s:String}", column, param);
    act_store_param p = text_param(param, value);
    act_query_where(q, sql, &p);
}

/* Whose records the caller may see: a part of every query. */
static void restrict_to_scope(act_query *q, act_scope scope)
{
    const act_query_table *t = q->table;
    switch (scope.type) {
    case ACT_SCOPE_PLATFORM:
        q->newest = t->day ? "" : NULL;
        return;
    case ACT_SCOPE_USER:
        if (t->performer) {
            where_equal(q, t->performer, "scope_name", scope.name);
            q->newest = t->day ? t->performer : NULL;
            return;
        }
        break; /* nobody performs an Event: users see those that are tagged with them */
    case ACT_SCOPE_ORGANIZATION:
    case ACT_SCOPE_PROJECT:
        break;
    }
    where_equal(q, t->tenant_type, "scope_type", act_scope_type_name(scope.type));
    where_equal(q, t->tenant_name, "scope_name", scope.name);
    q->of_tenant = true;
}

void act_query_begin(act_call *c, const act_query_table *table, act_query *ret)
{
    *ret = (act_query){ .table = table };
    restrict_to_scope(ret, c->scope);
    ret->scope_len = ret->where.len;
}

void act_query_done(act_query *q)
{
    act_buf_done(&q->where);
}

/* ---- filter and cursor ------------------------------------------------------------- */

enum { FILTER_PARAMS_MAX = 64 };

int act_query_filter(act_call *c, act_query *q, act_str text, const char *field,
                     act_problems *problems)
{
    act_filter f;
    if (text.len == 0)
        return 0;
    int r = act_filter_translate(c->api->filters, q->table->filter, text, c->arena,
                                 problems, act_str_cstr(field), &f);
    if (r)
        return r;
    if (f.n_params > FILTER_PARAMS_MAX) {
        (void)act_problems_add(problems, ACT_PROBLEM_TOO_MANY, act_str_cstr(field),
                               (act_str){ 0 }, "more than %d constants", FILTER_PARAMS_MAX);
        return ACT_EINVAL;
    }
    act_buf_add(&q->where, ACT_STR(" AND "));
    act_buf_add(&q->where, f.sql);
    for (size_t i = 0; i < f.n_params; i++)
        q->params[q->n_params++] = act_filter_store_param(&f.params[i]);
    return 0;
}

int act_query_continue(act_call *c, act_query *q, act_str token, const act_str *params,
                       size_t n, const char *field, act_problems *problems)
{
    q->bound = params;
    q->n_bound = n;
    if (token.len == 0)
        return 0;
    act_cursor_binding binding = { c->scope, params, n };
    act_err e = ACT_ERR_INIT;
    int r = act_cursor_open(c->api->cursors, token, q->table->cursor, &binding, c->now_ns,
                            c->arena, &q->position, &e);
    if (r == ACT_ENOMEM)
        return r;
    size_t n_keys = q->table->n_keys + (q->table->cap > 0) + q->table->moves;
    if (!r && q->position.n_keys != n_keys)
        r = ACT_EPARSE;
    if (r) {
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, act_str_cstr(field), token,
                               "%s", e.text[0] ? e.text : "not a cursor of this query");
        return r == ACT_EGONE ? r : ACT_EINVAL;
    }
    if (q->table->cap > 0)
        q->seen = q->position.keys[n_keys - 1].number;
    if (q->table->moves)
        q->upto = (uint64_t)q->position.keys[n_keys - 1].number;
    q->has_position = true;
    return 0;
}
