/* The statements of a query.
 *
 * Rows of audit.audit_logs and audit.activities lie by day, tenant and time. One tenant's
 * are in the order of time when they are read by day, and so the engine stops at the end of
 * the page; the tenant in the order says so to the engine and changes nothing. */
#include "api/query_parts.h"

static const char *const key_params[ACT_QUERY_KEYS_MAX] = { "k0", "k1", "k2", "k3" };

#define TIME "DateTime64(6,'UTC')"

void act_query_write_range(const act_query_table *t, act_buf *sql)
{
    if (t->day)
        act_buf_printf(
            sql, "%s >= toDate32({start:" TIME "}) AND %s <= toDate32({end:" TIME "}) AND ",
            t->day, t->day);
    act_buf_printf(sql, "%s >= {start:" TIME "} AND %s < {end:" TIME "}", t->time, t->time);
}

/* " AND (a, b) < ({k0}, {k1})", and the first key alone, which the table is sorted by. */
static void write_after(const act_query *q, act_buf *sql)
{
    const act_query_table *t = q->table;
    if (t->day)
        act_buf_printf(sql, " AND %s <= toDate32({k0:" TIME "})", t->day);
    act_buf_printf(sql, " AND %s <= {k0:" TIME "} AND (", t->keys[0].column);
    for (size_t i = 0; i < t->n_keys; i++)
        act_buf_printf(sql, "%s%s", i > 0 ? ", " : "", t->keys[i].column);
    act_buf_add(sql, ACT_STR(") < ("));
    for (size_t i = 0; i < t->n_keys; i++)
        act_buf_printf(sql, "%s{%s:%s}", i > 0 ? ", " : "", key_params[i],
                       t->keys[i].is_text ? "String" : TIME);
    act_buf_add_byte(sql, ')');
}

/* No more than the table's key has: by that the engine reads in order, and stops. */
static void write_order(const act_query *q, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_buf_add(sql, ACT_STR(" ORDER BY "));
    if (t->day && q->of_tenant)
        act_buf_printf(sql, "%s DESC, %s DESC, %s DESC, ", t->day, t->tenant_type,
                       t->tenant_name);
    for (size_t i = 0; i < t->n_keys; i++)
        act_buf_printf(sql, "%s%s DESC", i > 0 ? ", " : "", t->keys[i].column);
    if (t->version[0])
        act_buf_printf(sql, ", %s DESC", t->version[0]);
}

static void write_keys(const act_query_table *t, act_buf *sql)
{
    for (size_t i = 0; i < t->n_keys; i++)
        act_buf_printf(sql, "%s, ", t->keys[i].column);
}

/* ", v0, v1"; 0 where there is none. */
static void write_versions(const act_query_table *t, act_buf *sql)
{
    for (size_t i = 0; i < ACT_QUERY_VERSIONS; i++)
        act_buf_printf(sql, ", %s", t->version[i] ? t->version[i] : "toUInt64(0)");
}

static void write_upto(const act_query_table *t, act_buf *sql)
{
    act_buf_printf(sql, " AND %s <= {upto:UInt64}", t->version[0]);
}

void act_query_write_page(const act_query *q, size_t limit, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_buf_printf(sql, "SELECT %s, ", t->json);
    write_keys(t, sql);
    act_buf_printf(sql, "toUInt8(%s)", t->gone ? t->gone : "0");
    write_versions(t, sql);
    act_buf_printf(sql, " FROM %s WHERE ", t->table);
    act_query_write_range(t, sql);
    act_buf_add(sql, act_buf_str(&q->where));
    if (t->moves)
        write_upto(t, sql);
    if (q->has_position)
        write_after(q, sql);
    write_order(q, sql);
    act_buf_printf(sql, " LIMIT %zu", limit);
    if (t->day &&
        q->of_tenant) /* none helps, and to find that takes a quarter of the time */
        act_buf_add(sql, ACT_STR(" SETTINGS optimize_use_projections = 0"));
}

void act_query_write_border(const act_query *q, size_t rows, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_buf_printf(sql,
                   "SELECT %s FROM %s WHERE %s >= {start:" TIME "} AND %s < {end:" TIME "}",
                   t->time, t->table, t->time, t->time);
    act_buf_add(sql, act_str_head(act_buf_str(&q->where), q->scope_len));
    if (q->has_position)
        act_buf_printf(sql, " AND %s <= {k0:" TIME "}", t->time);
    act_buf_printf(sql, " ORDER BY %s%s%s DESC LIMIT 1 OFFSET %zu", q->newest,
                   q->newest[0] ? " DESC, " : "", t->time, rows);
}

/* Whether the query selects a state, and it says not "deleted", as UInt8. */
static void write_selected(const act_query *q, act_buf *sql)
{
    act_buf_add(sql, ACT_STR("toUInt8(ifNull(1"));
    act_buf_add(sql, act_str_cut(act_buf_str(&q->where), q->scope_len));
    act_buf_printf(sql, "%s%s, 0))", q->table->gone ? " AND NOT " : "",
                   q->table->gone ? q->table->gone : "");
}

/* "FROM t WHERE ..." of those states of the {ids} that may be newer than what was read.
 * Where they move, these may be of any time in the range; the columns of versions have an
 * index of what is least and most in a granule, and most granules are too old. */
static void write_ids(const act_query *q, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_buf_add(sql, act_str_head(act_buf_str(&q->where), q->scope_len));
    act_buf_printf(sql, " AND %s IN {ids:Array(String)}", t->keys[t->n_keys - 1].column);
    if (t->moves)
        act_buf_printf(sql,
                       " AND (%s > {v0:UInt64} OR %s = {v0:UInt64} AND %s >= {v1:UInt64})",
                       t->version[0], t->version[0], t->version[1]);
}

/* A deletion counts whatever its time is, and whenever it came. */
static void write_moving(const act_query *q, act_buf *sql)
{
    const act_query_table *t = q->table;
    act_buf_add(sql, ACT_STR("SELECT * FROM (SELECT "));
    write_keys(t, sql);
    act_buf_printf(sql, "%s, %s, ", t->version[0], t->version[1]);
    write_selected(q, sql);
    act_buf_printf(sql, " FROM %s WHERE ", t->table);
    act_query_write_range(t, sql);
    write_upto(t, sql);
    write_ids(q, sql);
    act_buf_add(sql, ACT_STR(" UNION ALL SELECT "));
    write_keys(t, sql);
    act_buf_printf(sql, "%s, %s, toUInt8(0) FROM %s WHERE %s", t->version[0], t->version[1],
                   t->table, t->gone);
    write_ids(q, sql);
    act_buf_printf(sql, ") ORDER BY %s DESC, %s DESC, %s DESC LIMIT 1 BY %s", t->version[0],
                   t->version[1], t->time, t->identity);
}

void act_query_write_newest(const act_query *q, act_buf *sql)
{
    const act_query_table *t = q->table;
    if (t->moves) {
        write_moving(q, sql);
        return;
    }
    act_buf_add(sql, ACT_STR("SELECT "));
    write_keys(t, sql);
    act_buf_printf(sql, "%s, toUInt64(0), ", t->version[0]);
    write_selected(q, sql);
    act_buf_printf(sql, " FROM %s WHERE ", t->table);
    act_query_write_range(t, sql);
    write_ids(q, sql);
    act_buf_printf(sql, " ORDER BY %s DESC, %s DESC LIMIT 1 BY %s", t->time, t->version[0],
                   t->identity);
}

void act_query_write_upto(const act_query *q, act_buf *sql)
{
    act_buf_printf(sql, "SELECT max(%s) FROM %s", q->table->version[0], q->table->table);
}

size_t act_query_bind(const act_query *q, const act_query_slice *s,
                      const act_query_wanted *wanted, act_store_param *params)
{
    size_t n = q->n_params;
    memcpy(params, q->params, n * sizeof *params);
    params[n++] = (act_store_param){ "start", ACT_STORE_TIME_US, .as.i64 = s->start_us };
    params[n++] = (act_store_param){ "end", ACT_STORE_TIME_US, .as.i64 = s->end_us };
    if (q->table->moves)
        params[n++] = (act_store_param){ "upto", ACT_STORE_U64, .as.u64 = q->upto };
    for (size_t i = 0; q->has_position && i < q->table->n_keys; i++) {
        const act_cursor_key *key = &q->position.keys[i];
        params[n++] =
            q->table->keys[i].is_text
                ? (act_store_param){ key_params[i], ACT_STORE_STRING, .as.str = key->text }
                : (act_store_param){ key_params[i], ACT_STORE_TIME_US,
                                     .as.i64 = key->number };
    }
    if (wanted) {
        params[n++] = (act_store_param){ "ids", ACT_STORE_STRINGS,
                                         .as.strs = { wanted->ids, wanted->n } };
        params[n++] =
            (act_store_param){ "v0", ACT_STORE_U64, .as.u64 = wanted->version[0] };
        params[n++] =
            (act_store_param){ "v1", ACT_STORE_U64, .as.u64 = wanted->version[1] };
    }
    return n;
}
