/* From statements to a page.
 *
 * Rows are read in the order of the keys, newest first. The keys together are unique per
 * record, so "less than the last row's keys" is where the next page begins, whatever has
 * arrived meanwhile. A record that is in the table twice (an insert repeated after a crash,
 * and not merged yet) has the same keys twice, one after the other, and is shown once.
 *
 * Of a record with several states only the newest of the range counts: a state that the
 * query selects is shown if there is no newer one, whether or not the query selects that.
 * Where states move in time, the newest one may be anywhere in the range. So that pages
 * agree on which it is, all leave out what came into the log after the first one was asked
 * for; but what is deleted meanwhile is gone.
 *
 *      the range     start |----------------------------------------------| end
 *      slices              |        all the rest        |  1280 n  | 20 n |
 *
 * Where the rows of a scope lie scattered, the engine would look at all of the range for
 * the newest n. So the newest 20 n rows are asked first, whatever the filter says of them,
 * then 1280 n, then the rest. Slices meet in a time, which belongs to the newer one. */
#include "api/query_parts.h"

#include "api/budget.h"

enum {
    ROWS_MAX = 10000, /* of one statement */
    SLICE_ROWS = 20,  /* for each record wanted, in the first slice */
    SLICE_GROWTH = 64,
    SLICES = 2,        /* before the rest */
    TENANT_SHARE = 16, /* of the time, what is asked first of a tenant */
    STATEMENT_ROOM = 64 << 20,
};

/* One state, as read. */
typedef struct {
    act_str json;
    act_cursor_key keys[ACT_QUERY_KEYS_MAX];
    uint64_t version[ACT_QUERY_VERSIONS];
    bool hidden; /* deleted, or there is a newer one */
} state;

/* What one statement found. In memory that the next one takes. */
typedef struct {
    state *states;
    size_t n, max, bytes;
    bool cut;            /* there may be more, but these have enough bytes */
    const state **by_id; /* of those of one record the newest first */
    bool has_before;     /* where it began to read, but for the slice: behind these keys */
    act_cursor_key before[ACT_QUERY_KEYS_MAX];
} found;

/* A page being read by several statements. */
typedef struct {
    act_call *c;
    act_query *q;
    act_err *reterr;
    act_store_cost spent;
    act_arena *statement; /* of what a statement finds */
    act_str *json;
    size_t n, want, bytes;
    bool more;
} reading;

/* ---- statements --------------------------------------------------------------------- */

typedef int take_rows(reading *rd, act_rows *rows, void *ret);

/* Run @sql (which is done with) and take its rows. */
static int ask(reading *rd, act_buf *sql, const act_query_slice *s,
               const act_query_wanted *wanted, take_rows *take, void *ret)
{
    act_store_param params[ACT_QUERY_PARAMS_MAX + ACT_QUERY_OWN_PARAMS];
    act_rows *rows = NULL;
    size_t n = act_query_bind(rd->q, s, wanted, params);
    act_store_limits limits = act_budget_left(rd->c, &rd->spent);
    act_store_cost cost = { 0 };
    int r = act_buf_err(&rd->q->where) ? act_buf_err(&rd->q->where) : act_buf_err(sql);
    if (!r)
        r = act_store_query(rd->c->api->store, act_buf_str(sql), params, n, &limits, &rows,
                            rd->reterr);
    if (!r) {
        r = take(rd, rows, ret);
        act_rows_close(rows, &cost);
        rd->spent.rows_read += cost.rows_read;
        rd->spent.elapsed_ns += cost.elapsed_ns;
    }
    if (!r)
        r = act_explain_add(rd->q->explain, act_buf_str(sql), params, n, &cost);
    act_buf_done(sql);
    return r;
}

static int read_key(reading *rd, act_rows *rows, size_t column, bool is_text,
                    act_cursor_key *ret)
{
    act_cursor_key key = { .is_text = is_text };
    int r = 0;
    if (is_text)
        r = act_arena_str(rd->statement, act_rows_str(rows, column), &key.text);
    else
        key.number = act_rows_i64(rows, column);
    if (!r)
        *ret = key;
    return r;
}

static int read_state(reading *rd, act_rows *rows, state *ret)
{
    const act_query_table *t = rd->q->table;
    state st = { .hidden = act_rows_u64(rows, t->n_keys + 1) != 0 };
    int r = 0;
    for (size_t i = 0; i < t->n_keys && !r; i++)
        r = read_key(rd, rows, i + 1, t->keys[i].is_text, &st.keys[i]);
    if (!r && !st.hidden)
        r = act_arena_str(rd->statement, act_rows_str(rows, 0), &st.json);
    for (size_t i = 0; i < ACT_QUERY_VERSIONS; i++)
        st.version[i] = act_rows_u64(rows, t->n_keys + 2 + i);
    if (!r)
        *ret = st;
    return r;
}

/* A statement is read to its end, which costs no connection, unless it has too much. */
static int take_page(reading *rd, act_rows *rows, void *ret)
{
    found *f = ret;
    int r = 0;
    while (f->n < f->max && (r = act_rows_next(rows, rd->reterr)) > 0) {
        f->cut = f->bytes > ACT_QUERY_PAGE_BYTES;
        if (f->cut)
            return 0;
        r = read_state(rd, rows, &f->states[f->n]);
        if (r)
            return r;
        f->bytes += f->states[f->n++].json.len;
    }
    if (r > 0)
        r = act_rows_next(rows, rd->reterr);
    return r < 0 ? r : 0;
}

/* ---- newer states -------------------------------------------------------------------- */

/* Must states be compared with newer ones? Where all states of a record have the same keys
 * and the query selects all of them, the newest comes first. */
static bool may_be_stale(const act_query *q)
{
    return q->table->identity && (q->table->moves || q->where.len > q->scope_len);
}

static act_str id_of(const reading *rd, const state *st)
{
    return st->keys[rd->q->table->n_keys - 1].text;
}

/* Order of the ids' bytes, as the engine has it. */
static int compare_text(act_str a, act_str b)
{
    size_t n = a.len < b.len ? a.len : b.len;
    int order = n > 0 ? memcmp(a.ptr, b.ptr, n) : 0;
    return order ? order : (a.len > b.len) - (a.len < b.len);
}

static int compare_versions(const uint64_t *a, const uint64_t *b)
{
    int order = 0;
    for (size_t i = 0; i < ACT_QUERY_VERSIONS && order == 0; i++)
        order = (a[i] > b[i]) - (a[i] < b[i]);
    return order;
}

/* By id; those of one record as they were read, where they move the newest first. */
static int by_id(const void *a, const void *b, void *ctx)
{
    const state *x = *(const state *const *)a, *y = *(const state *const *)b;
    const reading *rd = ctx;
    int order = compare_text(id_of(rd, x), id_of(rd, y));
    if (order == 0 && rd->q->table->moves)
        order = -compare_versions(x->version, y->version);
    return order ? order : (x > y) - (x < y);
}

static int sort_by_id(reading *rd, found *f)
{
    f->by_id = act_arena_make_n(rd->statement, const state *, f->n);
    if (!f->by_id)
        return ACT_ENOMEM;
    for (size_t i = 0; i < f->n; i++)
        f->by_id[i] = &f->states[i];
    qsort_r(f->by_id, f->n, sizeof *f->by_id, by_id, rd);
    return 0;
}

/* Where the states with that id begin in by_id. */
static size_t find_id(const reading *rd, const found *f, act_str id)
{
    size_t low = 0, high = f->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (compare_text(id_of(rd, f->by_id[middle]), id) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Order of places in the list: of the first key, then of the last; negative: @a comes
 * before @b. Keys between them are not known of newest states, and there are none where it
 * matters. */
static int compare_places(const reading *rd, const act_cursor_key *a,
                          const act_cursor_key *b)
{
    size_t last = rd->q->table->n_keys - 1;
    if (a[0].number != b[0].number)
        return a[0].number > b[0].number ? -1 : 1;
    return -compare_text(a[last].text, b[last].text);
}

/* Is that state in the part of the list that was read, so that it would be in @f had it
 * been there? */
static bool is_where_it_was_read(const reading *rd, const found *f, const state *st)
{
    if (f->has_before && compare_places(rd, st->keys, f->before) <= 0)
        return false;
    return (f->n < f->max && !f->cut) ||
           compare_places(rd, st->keys, f->states[f->n - 1].keys) <= 0;
}

static bool is_same_state(const state *a, const state *b)
{
    return a->keys[0].number == b->keys[0].number &&
           compare_versions(a->version, b->version) == 0;
}

/* @newest is the newest state of its record: hide the others. But when it is selected, and
 * not among what was read although it is of that part, it came after that: the newest that
 * was read is as it was then, and stands for the record, which would be lost else. */
static void hide_older(reading *rd, found *f, const state *newest, bool selected)
{
    bool moves = rd->q->table->moves, read = false;
    size_t first = find_id(rd, f, id_of(rd, newest)), end = first;
    for (; end < f->n && act_str_eq(id_of(rd, f->by_id[end]), id_of(rd, newest)); end++)
        read = read || is_same_state(f->by_id[end], newest);
    bool came_later = selected && !read && is_where_it_was_read(rd, f, newest);
    for (size_t i = first; i < end; i++) {
        state *st = &f->states[f->by_id[i] - f->states];
        if (!moves && st->keys[0].number != newest->keys[0].number)
            continue; /* of another record */
        bool stands_for_it = came_later && (!moves || i == first);
        if (!is_same_state(st, newest) && !stands_for_it)
            st->hidden = true;
    }
}

static int take_newest(reading *rd, act_rows *rows, void *ret)
{
    const act_query_table *t = rd->q->table;
    int r;
    while ((r = act_rows_next(rows, rd->reterr)) > 0) {
        state newest = { .hidden = false };
        newest.keys[0].number = act_rows_i64(rows, 0);
        newest.keys[t->n_keys - 1].text = act_rows_str(rows, t->n_keys - 1);
        for (size_t i = 0; i < ACT_QUERY_VERSIONS; i++)
            newest.version[i] = act_rows_u64(rows, t->n_keys + i);
        hide_older(rd, ret, &newest,
                   act_rows_u64(rows, t->n_keys + ACT_QUERY_VERSIONS) != 0);
    }
    return r;
}

/* Hide the states of @f that have newer ones in the range. */
static int hide_stale(reading *rd, found *f)
{
    const act_query *q = rd->q;
    act_str *ids = act_arena_make_n(rd->statement, act_str, f->n);
    int r = ids ? sort_by_id(rd, f) : ACT_ENOMEM;
    if (r)
        return r;
    act_query_wanted wanted = { .ids = ids, .n = f->n };
    memcpy(wanted.version, f->states[0].version, sizeof wanted.version);
    for (size_t i = 0; i < f->n; i++) {
        ids[i] = id_of(rd, &f->states[i]);
        if (compare_versions(f->states[i].version, wanted.version) < 0)
            memcpy(wanted.version, f->states[i].version, sizeof wanted.version);
    }
    /* Where times move, the newest state may have any. */
    act_query_slice all = { q->start_us, q->end_us },
                    read = { f->states[f->n - 1].keys[0].number,
                             f->states[0].keys[0].number + 1 };
    act_buf sql = ACT_BUF_INIT;
    act_query_write_newest(q, &sql);
    return ask(rd, &sql, q->table->moves ? &all : &read, &wanted, take_newest, f);
}

/* ---- pages --------------------------------------------------------------------------- */

static bool is_at(const act_query *q, const state *st, const act_cursor_key *keys)
{
    for (size_t i = 0; i < q->table->n_keys; i++) {
        const act_cursor_key *a = &st->keys[i], *b = &keys[i];
        if (a->is_text ? !act_str_eq(a->text, b->text) : a->number != b->number)
            return false;
    }
    return true;
}

static bool is_at_position(const act_query *q, const state *st)
{
    return q->has_position && is_at(q, st, q->position.keys);
}

/* No more fits on the page, with this record to come. */
static bool is_full(const reading *rd, const state *st)
{
    return rd->n == rd->want ||
           (rd->n > 0 && rd->bytes + st->json.len > ACT_QUERY_PAGE_BYTES);
}

static int add(reading *rd, const state *st)
{
    int r = act_arena_str(rd->c->arena, st->json, &rd->json[rd->n]);
    rd->n += !r;
    rd->bytes += st->json.len;
    return r;
}

/* The page has been read up to that state. Its keys outlive the statement. */
static int move_to(reading *rd, const state *st)
{
    act_query *q = rd->q;
    int r = 0;
    q->position.n_keys = (uint32_t)q->table->n_keys;
    q->has_position = true;
    for (size_t i = 0; i < q->table->n_keys && !r; i++) {
        act_cursor_key key = st->keys[i];
        if (key.is_text)
            r = act_arena_str(rd->c->arena, key.text, &key.text);
        q->position.keys[i] = key;
    }
    return r;
}

/* Add what is to be shown to the page, up to its end. */
static int show(reading *rd, const found *f)
{
    const state *last = NULL;
    int r = 0;
    for (size_t i = 0; i < f->n && !rd->more && !r; i++) {
        const state *st = &f->states[i];
        if (last ? is_at(rd->q, st, last->keys) : is_at_position(rd->q, st))
            continue; /* the same record once more */
        rd->more = !st->hidden && is_full(rd, st);
        if (rd->more)
            break;
        if (!st->hidden)
            r = add(rd, st);
        last = st;
    }
    return last && !r ? move_to(rd, last) : r;
}

/* One statement of at most @limit rows, and what they are compared with. *ret_all: there
 * are no more. */
static int read_once(reading *rd, const act_query_slice *s, size_t limit, bool *ret_all)
{
    found f = { .max = limit };
    act_arena_reset(rd->statement);
    f.states = act_arena_make_n(rd->statement, state, limit);
    if (!f.states)
        return ACT_ENOMEM;
    f.has_before = rd->q->has_position;
    memcpy(f.before, rd->q->position.keys, sizeof f.before);
    act_buf sql = ACT_BUF_INIT;
    act_query_write_page(rd->q, limit, &sql);
    int r = ask(rd, &sql, s, NULL, take_page, &f);
    if (!r && f.n > 0 && may_be_stale(rd->q))
        r = hide_stale(rd, &f);
    if (!r)
        r = show(rd, &f);
    *ret_all = f.n < limit && !f.cut;
    return r;
}

/* All of a slice, or as much as the page wants. */
static int read_slice(reading *rd, const act_query_slice *s)
{
    size_t limit = rd->want + 1 - rd->n;
    bool all;
    int r = read_once(rd, s, limit, &all);
    while (!r && !rd->more && !all) { /* it was full of what is not shown */
        limit = limit * 2 < ROWS_MAX ? limit * 2 : ROWS_MAX;
        r = read_once(rd, s, limit, &all);
    }
    return r;
}

static int take_border(reading *rd, act_rows *rows, void *ret)
{
    int r;
    while ((r = act_rows_next(rows, rd->reterr)) > 0)
        *(int64_t *)ret = act_rows_i64(rows, 0);
    return r;
}

static int take_upto(reading *rd, act_rows *rows, void *ret)
{
    int r;
    while ((r = act_rows_next(rows, rd->reterr)) > 0)
        *(uint64_t *)ret = act_rows_u64(rows, 0);
    return r;
}

/* Which states count on this page and those after it. */
static int find_upto(reading *rd)
{
    act_query *q = rd->q;
    act_query_slice all = { q->start_us, q->end_us };
    act_buf sql = ACT_BUF_INIT;
    act_query_write_upto(q, &sql);
    return ask(rd, &sql, &all, NULL, take_upto, &q->upto);
}

/* Where the newest @rows of the scope begin in @s: its start when there are no more. */
static int find_border(reading *rd, const act_query_slice *s, size_t rows, int64_t *ret)
{
    act_buf sql = ACT_BUF_INIT;
    *ret = s->start_us;
    act_query_write_border(rd->q, rows, &sql);
    return ask(rd, &sql, s, NULL, take_border, ret);
}

/* Read the newest part of *rest, and leave what is older. */
static int read_newest(reading *rd, int64_t from_us, act_query_slice *rest)
{
    act_query_slice newest = { from_us, rest->end_us };
    rest->end_us = from_us;
    return read_slice(rd, &newest);
}

/* A scope whose rows lie scattered. *rest: what is left of the range. */
static int read_scattered(reading *rd, act_query_slice *rest)
{
    unsigned usual = rd->c->api->limits.query_slice_rows;
    size_t rows = (usual > 0 ? usual : SLICE_ROWS) * (rd->want + 1);
    for (int i = 0; i < SLICES && !rd->more; i++, rows *= SLICE_GROWTH) {
        int64_t border;
        int r = find_border(rd, rest, rows, &border);
        if (r || border == rest->start_us)
            return r;
        r = read_newest(rd, border, rest);
        if (r)
            return r;
    }
    return 0;
}

static int read_range(reading *rd)
{
    const act_query *q = rd->q;
    act_query_slice rest = { q->start_us, q->end_us };
    int r = 0;
    if (q->has_position && q->position.keys[0].number < rest.end_us)
        rest.end_us = q->position.keys[0].number + 1; /* those of its time may follow it */
    if (q->newest)
        r = read_scattered(rd, &rest);
    else if (q->of_tenant && q->table->day)
        r = read_newest(rd, rest.end_us - (rest.end_us - rest.start_us) / TENANT_SHARE,
                        &rest);
    return r || rd->more ? r : read_slice(rd, &rest);
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
    if (q->table->moves)
        q->position.keys[q->position.n_keys++] =
            (act_cursor_key){ .number = (int64_t)q->upto };
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
    reading rd = { .c = c, .q = q, .reterr = reterr, .want = (size_t)q->limit };
    rd.json = act_arena_make_n(c->arena, act_str, rd.want + 1);
    if (!rd.json)
        return ACT_ENOMEM;
    int r = act_arena_new(STATEMENT_ROOM, 0, &rd.statement);
    if (!r && q->table->moves && !q->has_position)
        r = find_upto(&rd);
    if (!r)
        r = read_range(&rd);
    act_arena_free(rd.statement);
    act_query_page page = { .json = rd.json, .n = rd.n };
    q->seen += (int64_t)rd.n;
    bool capped = q->table->cap > 0 && q->seen >= q->table->cap;
    if (!r && rd.more && !capped)
        r = seal(c, q, &page.continue_token);
    if (!r)
        *ret = page;
    return r;
}
