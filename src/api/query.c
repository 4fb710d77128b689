#include "api/query.h"

#include "api/budget.h"
#include "api/filter_params.h"

/* Rows are read in the order of the keys, newest first. The keys together are unique per
 * record, so "less than the last row's keys" is where the next page begins, whatever has
 * arrived meanwhile. A record that is in the table twice (an insert repeated after a crash,
 * and not merged yet) has the same keys twice, one after the other, and is shown once.
 *
 * Of a record with several states only the newest counts: a state that a filter selects is
 * shown if no newer one is in the range, whether or not the filter selects that one. So
 * each row comes with a flag (stale, or a deletion) that the page is made without. */

const act_query_table act_query_audit = {
    .table = "audit.audit_logs",
    .json = "event_json",
    .time = "timestamp",
    .keys = { { "timestamp", false }, { "audit_id", true }, { "stage", true } },
    .n_keys = 3,
    .tenant_type = "scope_type",
    .tenant_name = "scope_name",
    .performer = "user_uid",
    .filter = ACT_FILTER_AUDIT,
    .cursor = ACT_CURSOR_AUDIT_QUERY,
};

enum {
    LIST_CAP = 5000,
    ROWS_MAX = 10000, /* of one statement */
};

/* One table, asked by queries and by lists, which have cursors of their own. */
#define ACTIVITIES(cursor_kind, most)                                                      \
    {                                                                                      \
        .table = "audit.activities", .json = "activity_json", .time = "timestamp",         \
        .keys = { { "timestamp", false }, { "name", true } }, .n_keys = 2,                 \
        .version = "version", .identity = "timestamp, name",                               \
        .state = "timestamp, name, version", .gone = "deleted", .labels = "labels",        \
        .tenant_type = "tenant_type", .tenant_name = "tenant_name",                        \
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
    .version = "resource_version",
    .identity = "uid",
    .state = "last_timestamp, uid, resource_version",
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

static act_store_param time_param(const char *name, int64_t us)
{
    return (act_store_param){ .name = name, .type = ACT_STORE_TIME_US, .as.i64 = us };
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
        return;
    case ACT_SCOPE_USER:
        if (t->performer) {
            where_equal(q, t->performer, "scope_name", scope.name);
            return;
        }
        break; /* nobody performs an Event: users see those that are tagged with them */
    case ACT_SCOPE_ORGANIZATION:
    case ACT_SCOPE_PROJECT:
        break;
    }
    where_equal(q, t->tenant_type, "scope_type", act_scope_type_name(scope.type));
    where_equal(q, t->tenant_name, "scope_name", scope.name);
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
    size_t n_keys = q->table->n_keys + (q->table->cap > 0);
    if (!r && q->position.n_keys != n_keys)
        r = ACT_EPARSE;
    if (r) {
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, act_str_cstr(field), token,
                               "%s", e.text[0] ? e.text : "not a cursor of this query");
        return r == ACT_EGONE ? r : ACT_EINVAL;
    }
    if (q->table->cap > 0)
        q->seen = q->position.keys[n_keys - 1].number;
    q->has_position = true;
    return 0;
}

/* ---- SQL --------------------------------------------------------------------------- */

static const char *const key_params[ACT_QUERY_KEYS_MAX] = { "k0", "k1", "k2", "k3" };

/* " AND (a, b) < ({k0}, {k1})", and the first key alone, which the table is sorted by. */
static void where_after(const act_query *q, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_buf_printf(sql, " AND %s <= {k0:DateTime64(6,'UTC')} AND (", t->keys[0].column);
    for (size_t i = 0; i < t->n_keys; i++)
        act_buf_printf(sql, "%s%s", i > 0 ? ", " : "", t->keys[i].column);
    act_buf_add(sql, ACT_STR(") < ("));
    for (size_t i = 0; i < t->n_keys; i++)
        act_buf_printf(sql, "%s{%s:%s}", i > 0 ? ", " : "", key_params[i],
                       t->keys[i].is_text ? "String" : "DateTime64(6,'UTC')");
    act_buf_add_byte(sql, ')');
}

/* " FROM t WHERE ..." for the range and @conditions. */
static void write_from(const act_query *q, act_str conditions, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_buf_printf(sql,
                   " FROM %s WHERE %s >= {start:DateTime64(6,'UTC')} AND %s < "
                   "{end:DateTime64(6,'UTC')}",
                   t->table, t->time, t->time);
    act_buf_add(sql, conditions);
}

static void write_order(const act_query *q, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_buf_add(sql, ACT_STR(" ORDER BY "));
    for (size_t i = 0; i < t->n_keys; i++)
        act_buf_printf(sql, "%s%s DESC", i > 0 ? ", " : "", t->keys[i].column);
    if (t->version)
        act_buf_printf(sql, ", %s DESC", t->version);
}

/* " FROM ... LIMIT n": the states that the query selects, from the cursor on. */
static void write_page(const act_query *q, size_t limit, act_buf *sql)
{
    write_from(q, act_buf_str(&q->where), sql);
    if (q->has_position)
        where_after(q, sql);
    write_order(q, sql);
    act_buf_printf(sql, " LIMIT %zu", limit);
}

/* Must states be compared with newer ones? Where all states of a record have the same keys
 * and the query selects all of them, the newest comes first. */
static bool may_be_stale(const act_query *q)
{
    return q->table->version && (q->table->moves || q->where.len > q->scope_len);
}

/* "(a, b) NOT IN (the newest states of the records of the page)" */
static void write_is_stale(const act_query *q, size_t limit, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_buf_printf(sql, "(%s) NOT IN (SELECT %s", t->state, t->state);
    write_from(q, act_str_head(act_buf_str(&q->where), q->scope_len), sql);
    act_buf_printf(sql, " AND (%s) IN (SELECT %s", t->identity, t->identity);
    write_page(q, limit, sql);
    act_buf_printf(sql, ") ORDER BY %s DESC, %s DESC LIMIT 1 BY %s)", t->time, t->version,
                   t->identity);
}

/* Columns: the record, its keys, whether it is not to be shown. */
static void write_sql(const act_query *q, size_t limit, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_buf_printf(sql, "SELECT %s", t->json);
    for (size_t i = 0; i < t->n_keys; i++)
        act_buf_printf(sql, ", %s", t->keys[i].column);
    act_buf_printf(sql, ", toUInt8(%s", t->gone ? t->gone : "0");
    if (!may_be_stale(q)) {
        act_buf_add_byte(sql, ')');
        write_page(q, limit, sql);
        return;
    }
    act_buf_add(sql, ACT_STR(" OR "));
    write_is_stale(q, limit, sql);
    act_buf_printf(sql, ") FROM (SELECT %s, %s%s%s", t->json, t->state, t->gone ? ", " : "",
                   t->gone ? t->gone : "");
    write_page(q, limit, sql);
    act_buf_add_byte(sql, ')');
    write_order(q, sql);
}

static size_t write_params(const act_query *q, act_store_param *params)
{
    size_t n = q->n_params;
    memcpy(params, q->params, n * sizeof *params);
    params[n++] = time_param("start", q->start_us);
    params[n++] = time_param("end", q->end_us);
    for (size_t i = 0; q->has_position && i < q->table->n_keys; i++)
        params[n++] = q->table->keys[i].is_text
                          ? text_param(key_params[i], q->position.keys[i].text)
                          : time_param(key_params[i], q->position.keys[i].number);
    return n;
}

/* ---- rows -------------------------------------------------------------------------- */

/* The keys of the current row. Text is copied. */
static int read_position(act_call *c, const act_query_table *t, act_rows *rows,
                         act_cursor *ret)
{
    act_cursor cursor = { .kind = t->cursor, .n_keys = (uint32_t)t->n_keys };
    for (size_t i = 0; i < t->n_keys; i++) {
        cursor.keys[i].is_text = t->keys[i].is_text;
        if (!t->keys[i].is_text) {
            cursor.keys[i].number = act_rows_i64(rows, i + 1);
            continue;
        }
        int r = act_arena_str(c->arena, act_rows_str(rows, i + 1), &cursor.keys[i].text);
        if (r)
            return r;
    }
    *ret = cursor;
    return 0;
}

static bool is_at(const act_query_table *t, act_rows *rows, const act_cursor *at)
{
    for (size_t i = 0; i < t->n_keys; i++) {
        bool same = t->keys[i].is_text
                        ? act_str_eq(act_rows_str(rows, i + 1), at->keys[i].text)
                        : act_rows_i64(rows, i + 1) == at->keys[i].number;
        if (!same)
            return false;
    }
    return true;
}

/* A page being read, perhaps by several statements. */
typedef struct {
    act_str *json;
    size_t n, want;
    bool more;
    size_t rows; /* of the last statement */
} reading;

static int read_rows(act_call *c, act_query *q, act_rows *rows, reading *rd,
                     act_err *reterr)
{
    int r;
    while ((r = act_rows_next(rows, reterr)) > 0) {
        rd->rows++;
        if (q->has_position && is_at(q->table, rows, &q->position))
            continue; /* the same record once more */
        bool gone = act_rows_u64(rows, q->table->n_keys + 1) != 0;
        rd->more = rd->more || (!gone && rd->n == rd->want);
        if (rd->more)
            continue; /* a statement that is read to its end costs no connection */
        r = read_position(c, q->table, rows, &q->position);
        if (!r && !gone)
            r = act_arena_str(c->arena, act_rows_str(rows, 0), &rd->json[rd->n++]);
        if (r)
            return r;
        q->has_position = true;
    }
    return r;
}

static int run_once(act_call *c, act_query *q, reading *rd, size_t limit, act_err *reterr)
{
    act_store_param params[ACT_QUERY_PARAMS_MAX + ACT_QUERY_KEYS_MAX + 2];
    act_buf sql = ACT_BUF_INIT;
    act_rows *rows = NULL;
    rd->rows = 0;
    write_sql(q, limit, &sql);
    size_t n = write_params(q, params);
    act_store_limits limits = act_budget_store(c);
    act_store_cost cost;
    int r = act_buf_err(&q->where) ? act_buf_err(&q->where) : act_buf_err(&sql);
    if (!r)
        r = act_store_query(c->api->store, act_buf_str(&sql), params, n, &limits, &rows,
                            reterr);
    if (!r) {
        r = read_rows(c, q, rows, rd, reterr);
        act_rows_close(rows, &cost);
    }
    if (!r)
        r = act_explain_add(q->explain, act_buf_str(&sql), params, n, &cost);
    act_buf_done(&sql);
    return r;
}

static int seal(act_call *c, act_query *q, act_str *ret)
{
    act_cursor_binding binding = { c->scope, q->bound, q->n_bound };
    act_buf text = ACT_BUF_INIT;
    q->position.kind = q->table->cursor;
    q->position.start_us = q->start_us;
    q->position.end_us = q->end_us;
    if (q->table->cap > 0)
        q->position.keys[q->position.n_keys++] = (act_cursor_key){ .number = q->seen };
    int r = act_cursor_seal(c->api->cursors, &q->position, &binding, c->now_ns, &text);
    if (!r)
        r = act_arena_str(c->arena, act_buf_str(&text), ret);
    act_buf_done(&text);
    return r;
}

int act_query_run(act_call *c, act_query *q, act_query_page *ret, act_err *reterr)
{
    q->start_us = q->has_position ? q->position.start_us : q->range.start_us;
    q->end_us = q->has_position ? q->position.end_us : q->range.end_us;
    if (q->table->cap > 0 && q->limit > q->table->cap - q->seen)
        q->limit = q->table->cap - q->seen;
    reading rd = { .want = (size_t)q->limit };
    rd.json = act_arena_make_n(c->arena, act_str, rd.want + 1);
    if (!rd.json)
        return ACT_ENOMEM;
    size_t limit = rd.want + 1;
    int r = run_once(c, q, &rd, limit, reterr);
    while (!r && !rd.more && rd.rows == limit) { /* it was full of what is not shown */
        limit = limit * 2 < ROWS_MAX ? limit * 2 : ROWS_MAX;
        r = run_once(c, q, &rd, limit, reterr);
    }
    act_query_page page = { .json = rd.json, .n = rd.n };
    q->seen += (int64_t)rd.n;
    bool capped = q->table->cap > 0 && q->seen >= q->table->cap;
    if (!r && rd.more && !capped)
        r = seal(c, q, &page.continue_token);
    if (!r)
        *ret = page;
    return r;
}
