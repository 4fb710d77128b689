#include "pipeline/reindex_source.h"

#include "core/kinds.h"
#include "pipeline/rows.h"

enum { PAGE_BYTES_MAX = 32 << 20 };

#define TIME "DateTime64(6, 'UTC')"

/* How records of one kind are asked for. */
static const struct {
    const char *table, *json, *time, *id;
    const char *day; /* the first of the table's key, if that is not @time */
    const char *group, *resource;
    const char *usable; /* condition: the pipeline makes activities of these */
    const char *newest; /* among rows of one time and id */
    const char *count;  /* of records: Events may have several rows of one time and id */
    const char *origin;
} tables[ACT_RULE_KINDS] = {
    [ACT_RULE_AUDIT] = { .table = ACT_TABLE_AUDIT,
                         .json = "event_json",
                         .time = "timestamp",
                         .day = "toDate32(timestamp)",
                         .id = "audit_id",
                         .group = "api_group",
                         .resource = "resource",
                         .usable = " AND stage IN ('ResponseComplete', 'Panic')",
                         .newest = "stage",
                         .count = "count()",
                         .origin = "audit" },
    [ACT_RULE_EVENT] = { .table = ACT_TABLE_EVENTS,
                         .json = "event_json",
                         .time = "last_timestamp",
                         .id = "uid",
                         .group = "regarding_api_group",
                         .resource = "regarding_kind",
                         .usable = "",
                         .newest = "sequence DESC, resource_version",
                         .count = "uniqExact(last_timestamp, uid)",
                         .origin = "event" },
};

/* ---- conditions -------------------------------------------------------------------- */

enum { PARAMS_MAX = 8 };

/* A statement being put together. */
typedef struct {
    act_buf sql;
    act_store_param params[PARAMS_MAX];
    size_t n;
} statement;

static void bind_time(statement *st, const char *name, int64_t us)
{
    st->params[st->n++] = (act_store_param){ name, ACT_STORE_TIME_US, .as.i64 = us };
}

static void bind_text(statement *st, const char *name, act_str text)
{
    st->params[st->n++] = (act_store_param){ name, ACT_STORE_STRING, .as.str = text };
}

static void bind_texts(statement *st, const char *name, const act_str *texts, size_t n)
{
    st->params[st->n++] =
        (act_store_param){ name, ACT_STORE_STRINGS, .as.strs = { texts, n } };
}

/* Records name resources by their plural and Events by their kind. The plural of a kind
 * that Kubernetes does not serve itself is not known for sure: then all of its group. */
static int write_kinds(const act_reindex_range *range, act_arena *a, statement *st)
{
    act_str *pairs = act_arena_make_n(a, act_str, range->n_kinds + 1);
    act_str *groups = act_arena_make_n(a, act_str, range->n_kinds + 1);
    size_t n_pairs = 0, n_groups = 0;
    if (!pairs || !groups)
        return ACT_ENOMEM;
    for (size_t i = 0; i < range->n_kinds; i++) {
        const act_reindex_kind *k = &range->kinds[i];
        act_str name =
            range->source == ACT_RULE_EVENT ? k->kind : act_plural_of(k->group, k->kind);
        if (name.len == 0) {
            groups[n_groups++] = k->group;
            continue;
        }
        int r = act_arena_printf(a, &pairs[n_pairs++], "%.*s/%.*s", ACT_STR_ARG(k->group),
                                 ACT_STR_ARG(name));
        if (r)
            return r;
    }
    const char *group = tables[range->source].group;
    act_buf_printf(&st->sql,
                   " AND (concat(%s, '/', %s) IN {pairs:Array(String)} OR %s IN "
                   "{groups:Array(String)})",
                   group, tables[range->source].resource, group);
    bind_texts(st, "pairs", pairs, n_pairs);
    bind_texts(st, "groups", groups, n_groups);
    return 0;
}

/* " FROM t WHERE ..." of the range. */
static int write_range(const act_reindex_range *range, act_arena *a, statement *st)
{
    const char *time = tables[range->source].time;
    act_buf_printf(&st->sql,
                   " FROM %s WHERE %s >= {start:" TIME "} AND %s < {end:" TIME "}%s",
                   tables[range->source].table, time, time, tables[range->source].usable);
    if (tables[range->source].day)
        act_buf_printf(&st->sql,
                       " AND %s >= toDate32({start:" TIME "}) AND %s <= toDate32({end:" TIME
                       "})",
                       tables[range->source].day, tables[range->source].day);
    bind_time(st, "start", range->start_us);
    bind_time(st, "end", range->end_us);
    return write_kinds(range, a, st);
}

/* Run it; the statement is done with, whatever comes of it. */
static int run(act_store *s, statement *st, act_rows **ret, act_err *reterr)
{
    int r = act_buf_err(&st->sql);
    if (!r)
        r = act_store_query(s, act_buf_str(&st->sql), st->params, st->n, NULL, ret, reterr);
    act_buf_done(&st->sql);
    return r;
}

/* Run it for one number. */
static int run_number(act_store *s, statement *st, uint64_t *ret, act_err *reterr)
{
    act_rows *rows = NULL;
    uint64_t n = 0;
    int r = run(s, st, &rows, reterr);
    if (r)
        return r;
    while ((r = act_rows_next(rows, reterr)) > 0)
        n = act_rows_u64(rows, 0);
    act_rows_close(rows, NULL);
    if (!r)
        *ret = n;
    return r;
}

/* ---- the whole --------------------------------------------------------------------- */

int act_reindex_count(act_store *s, const act_reindex_range *range, uint64_t *ret,
                      act_err *reterr)
{
    statement st = { .sql = ACT_BUF_INIT };
    ACT_AUTO(act_arena) a = NULL;
    int r = act_arena_new(16 << 20, 0, &a);
    if (r)
        return r;
    act_buf_printf(&st.sql, "SELECT %s", tables[range->source].count);
    r = write_range(range, a, &st);
    if (!r)
        return run_number(s, &st, ret, reterr);
    act_buf_done(&st.sql);
    return r;
}

static void write_activities(int64_t start_us, int64_t end_us, statement *st)
{
    act_buf_add(
        &st->sql,
        ACT_STR(" FROM " ACT_TABLE_ACTIVITIES " WHERE toDate32(timestamp) >= "
                "toDate32({start:" TIME "}) AND toDate32(timestamp) <= toDate32({end:" TIME
                "}) AND timestamp >= {start:" TIME "} AND timestamp < {end:" TIME "}"));
    /* Activities have whole seconds, records microseconds. */
    bind_time(st, "start", start_us - start_us % INT64_C(1000000));
    bind_time(st, "end", end_us);
}

int act_reindex_version_there(act_store *s, int64_t start_us, int64_t end_us, uint64_t *ret,
                              act_err *reterr)
{
    statement st = { .sql = ACT_BUF_INIT };
    act_buf_add(&st.sql, ACT_STR("SELECT max(version)"));
    write_activities(start_us, end_us, &st);
    return run_number(s, &st, ret, reterr);
}

/* Up to @max kinds; *ret_n may be fewer than were counted before. */
static int read_kinds(act_rows *rows, act_arena *a, act_reindex_kind *kinds, size_t max,
                      size_t *ret_n, act_err *reterr)
{
    size_t n = 0;
    int r;
    while ((r = act_rows_next(rows, reterr)) > 0 && n < max) {
        r = act_arena_str(a, act_rows_str(rows, 0), &kinds[n].group);
        if (!r)
            r = act_arena_str(a, act_rows_str(rows, 1), &kinds[n].kind);
        if (r)
            return r;
        n++;
    }
    if (r < 0)
        return r;
    *ret_n = n;
    return 0;
}

int act_reindex_kinds_there(act_store *s, const act_reindex_range *range, act_arena *a,
                            size_t more, act_reindex_kind **ret, size_t *ret_n,
                            act_err *reterr)
{
    statement count = { .sql = ACT_BUF_INIT }, list = { .sql = ACT_BUF_INIT };
    const act_str origin = act_str_cstr(tables[range->source].origin);
    uint64_t n;
    act_buf_add(&count.sql, ACT_STR("SELECT uniqExact(api_group, resource_kind)"));
    write_activities(range->start_us, range->end_us, &count);
    act_buf_add(&count.sql, ACT_STR(" AND origin_type = {origin:String}"));
    bind_text(&count, "origin", origin);
    int r = run_number(s, &count, &n, reterr);
    if (r)
        return r;
    act_reindex_kind *kinds = act_arena_make_n(a, act_reindex_kind, (size_t)n + more);
    if (!kinds)
        return ACT_ENOMEM;
    act_buf_add(&list.sql, ACT_STR("SELECT DISTINCT api_group, resource_kind"));
    write_activities(range->start_us, range->end_us, &list);
    act_buf_add(&list.sql, ACT_STR(" AND origin_type = {origin:String} LIMIT {n:UInt64}"));
    bind_text(&list, "origin", origin);
    list.params[list.n++] = (act_store_param){ "n", ACT_STORE_U64, .as.u64 = n };
    act_rows *rows = NULL;
    r = run(s, &list, &rows, reterr);
    if (!r) {
        r = read_kinds(rows, a, kinds, (size_t)n, ret_n, reterr);
        act_rows_close(rows, NULL);
    }
    if (!r)
        *ret = kinds;
    return r;
}

/* ---- a page of records ------------------------------------------------------------- */

static int take_text(act_arena *a, act_str text, size_t padding, act_str *ret)
{
    char *copy = act_arena_bytes(a, text.len + padding);
    if (!copy)
        return ACT_ENOMEM;
    if (text.len > 0)
        memcpy(copy, text.ptr, text.len);
    memset(copy + text.len, 0, padding);
    *ret = act_str_from(copy, text.len);
    return 0;
}

static int take_record(act_rows *rows, act_arena *a, act_reindex_record *ret)
{
    act_reindex_record rec = { .time_us = act_rows_i64(rows, 1) };
    int r = take_text(a, act_rows_str(rows, 0), ACT_REINDEX_PADDING, &rec.json);
    if (!r)
        r = act_arena_str(a, act_rows_str(rows, 2), &rec.id);
    if (!r)
        *ret = rec;
    return r;
}

static int write_page(const act_reindex_range *range, const act_reindex_place *after,
                      size_t limit, act_arena *a, statement *st)
{
    const char *time = tables[range->source].time, *id = tables[range->source].id;
    const char *day = tables[range->source].day;
    act_buf_printf(&st->sql, "SELECT %s, %s, %s", tables[range->source].json, time, id);
    int r = write_range(range, a, st);
    if (r)
        return r;
    if (after) {
        act_buf_printf(&st->sql,
                       " AND %s <= {time:" TIME "} AND (%s, %s) < ({time:" TIME
                       "}, {id:String})",
                       time, time, id);
        if (day)
            act_buf_printf(&st->sql, " AND %s <= toDate32({time:" TIME "})", day);
        bind_time(st, "time", after->time_us);
        bind_text(st, "id", after->id);
    }
    act_buf_printf(&st->sql,
                   " ORDER BY %s%s%s DESC, %s DESC, %s DESC LIMIT 1 BY %s, %s LIMIT %zu",
                   day ? day : "", day ? " DESC, " : "", time, id,
                   tables[range->source].newest, time, id, limit);
    return 0;
}

static int read_page(act_rows *rows, size_t limit, act_arena *a,
                     act_reindex_record *records, size_t *ret_n, act_err *reterr)
{
    size_t n = 0, bytes = 0;
    int r;
    while ((r = act_rows_next(rows, reterr)) > 0 && n < limit && bytes < PAGE_BYTES_MAX) {
        r = take_record(rows, a, &records[n]);
        if (r)
            return r;
        bytes += records[n++].json.len;
    }
    if (r < 0)
        return r;
    *ret_n = n;
    return 0;
}

int act_reindex_page(act_store *s, const act_reindex_range *range,
                     const act_reindex_place *after, size_t limit, act_arena *a,
                     act_reindex_record **ret, size_t *ret_n, act_err *reterr)
{
    statement st = { .sql = ACT_BUF_INIT };
    act_rows *rows = NULL;
    act_reindex_record *records = act_arena_make_n(a, act_reindex_record, limit);
    if (!records)
        return ACT_ENOMEM;
    int r = write_page(range, after, limit, a, &st);
    if (r)
        act_buf_done(&st.sql);
    else
        r = run(s, &st, &rows, reterr);
    if (!r) {
        r = read_page(rows, limit, a, records, ret_n, reterr);
        act_rows_close(rows, NULL);
    }
    if (!r)
        *ret = records;
    return r;
}

/* ---- the activities of a page ------------------------------------------------------ */

static int take_there(act_rows *rows, act_arena *a, act_reindex_there *ret)
{
    act_reindex_there t = { .time_us = act_rows_i64(rows, 1),
                            .version = act_rows_u64(rows, 2),
                            .deleted = act_rows_u64(rows, 3) != 0 };
    act_str *const texts[] = { &t.origin_id, &t.kind.group, &t.kind.kind };
    int r = act_arena_str(a, act_rows_str(rows, 0), &t.name);
    for (size_t i = 0; i < ACT_COUNT(texts) && !r; i++)
        r = act_arena_str(a, act_rows_str(rows, 4 + i), texts[i]);
    if (!r)
        r = take_text(a, act_rows_str(rows, 7), ACT_REINDEX_PADDING, &t.json);
    if (!r)
        *ret = t;
    return r;
}

/* The rows in a list that grows in the arena. */
static int read_there(act_rows *rows, act_arena *a, act_reindex_there **ret, size_t *ret_n,
                      act_err *reterr)
{
    act_reindex_there *list = NULL;
    size_t n = 0, size = 0;
    int r;
    while ((r = act_rows_next(rows, reterr)) > 0) {
        if (n == size) {
            size = size > 0 ? size * 2 : 64;
            act_reindex_there *more = act_arena_make_n(a, act_reindex_there, size);
            if (!more)
                return ACT_ENOMEM;
            if (n > 0)
                memcpy(more, list, n * sizeof *more);
            list = more;
        }
        r = take_there(rows, a, &list[n]);
        if (r)
            return r;
        n++;
    }
    if (r)
        return r;
    *ret = list;
    *ret_n = n;
    return 0;
}

int act_reindex_there_read(act_store *s, enum act_rule_kind source,
                           const act_reindex_record *records, size_t n, act_arena *a,
                           act_reindex_there **ret, size_t *ret_n, act_err *reterr)
{
    statement st = { .sql = ACT_BUF_INIT };
    act_rows *rows = NULL;
    int64_t from = INT64_MAX, to = 0;
    act_str *ids = act_arena_make_n(a, act_str, n);
    if (!ids)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        ids[i] = records[i].id;
        from = records[i].time_us < from ? records[i].time_us : from;
        to = records[i].time_us > to ? records[i].time_us : to;
    }
    act_buf_add(&st.sql,
                ACT_STR("SELECT name, timestamp, version, deleted, origin_id, api_group, "
                        "resource_kind, activity_json"));
    write_activities(from, to + 1, &st);
    act_buf_add(&st.sql,
                ACT_STR(" AND origin_type = {origin:String} AND origin_id IN "
                        "{ids:Array(String)} ORDER BY name, timestamp, version DESC "
                        "LIMIT 1 BY name, timestamp"));
    bind_text(&st, "origin", act_str_cstr(tables[source].origin));
    bind_texts(&st, "ids", ids, n);
    int r = run(s, &st, &rows, reterr);
    if (r)
        return r;
    r = read_there(rows, a, ret, ret_n, reterr);
    act_rows_close(rows, NULL);
    return r;
}
