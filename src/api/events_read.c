/* Events as they are now: the store, and the tail of the stream laid over it. */
#include "api/budget.h"
#include "api/event_fields.h"
#include "api/events_parts.h"
#include "api/query_selector.h"
#include "core/event_convert.h"
#include "pipeline/streams.h"

enum {
    CATCH_UP_S = 5,
    TERMS_MAX = 16,
    PAGE_MAX = 5000,      /* of one answer, when the client sets no limit */
    PAGE_BYTES = 4 << 20, /* of JSON in one answer; at least one Event is in it */
    FIELD_KEYS = 4,       /* of a list's order, see act_event_row_cmp() */
};

/* The newest of several states of one Event. Rows of other writers have no sequence. */
#define NEWEST_FIRST "sequence DESC, resource_version DESC, last_timestamp DESC"
#define KEY "namespace, name, scope_type, scope_name"
#define ROW "event_json, namespace, name, toString(scope_type), scope_name, sequence"

enum act_event_form act_event_form_of(const act_call *c)
{
    return c->kind->resource.group[0] ? ACT_EVENT_V1 : ACT_EVENT_CORE;
}

/* ---- how a state is shown ---------------------------------------------------------- */

static int without_meta(act_arena *a, const act_json *object, const char *key,
                        const act_json **ret)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    act_json less;
    int r = act_json_without(a, meta, act_str_cstr(key), &less);
    return r ? r : act_object_with(a, object, "metadata", &less, ret);
}

int act_event_shape(act_arena *a, const act_json *object, uint64_t sequence,
                    enum act_event_form form, const act_json **ret)
{
    act_str version;
    int r = act_arena_printf(a, &version, "%llu", (unsigned long long)sequence);
    if (!r && sequence > 0)
        r = act_object_with_meta(a, object, "resourceVersion", act_json_of_string(version),
                                 &object);
    /* A deleted Event is shown as it was before. */
    if (!r && act_object_meta(object, "deletionTimestamp").len > 0)
        r = without_meta(a, object, "deletionTimestamp", &object);
    if (!r)
        r = act_event_as(a, object, form, &object, NULL);
    if (!r)
        r = act_event_managers_as(a, object, form, &object);
    if (!r)
        *ret = object;
    return r;
}

int act_event_shown(act_call *c, const act_event_state *s, const act_json **ret)
{
    return act_event_shape(c->arena, s->object, s->sequence, act_event_form_of(c), ret);
}

/* ---- rows to states ---------------------------------------------------------------- */

static int parse_state(act_call *c, const act_event_row *row, act_event_state *ret)
{
    act_json_limits limits = { .max_bytes = SIZE_MAX };
    act_json_parser *parser = NULL;
    *ret = (act_event_state){ .tenant = row->tenant,
                              .ns = row->ns,
                              .name = row->name,
                              .sequence = row->sequence,
                              .deleted = row->deleted };
    int r = act_json_parser_new(limits, &parser);
    if (!r)
        r = act_json_parse(parser, c->arena, row->json, 0, &ret->object, NULL);
    act_json_parser_free(parser);
    return r;
}

/* Columns of ROW, and whether it is deleted. */
static int read_row(act_call *c, act_rows *rows, act_event_row *ret)
{
    act_event_row row = { .sequence = act_rows_u64(rows, 5),
                          .deleted = act_rows_u64(rows, 6) != 0 };
    if (!act_scope_type_parse(act_rows_str(rows, 3), &row.tenant.type))
        row.tenant.type = ACT_SCOPE_PLATFORM;
    int r = act_arena_str(c->arena, act_rows_str(rows, 0), &row.json);
    if (!r)
        r = act_arena_str(c->arena, act_rows_str(rows, 1), &row.ns);
    if (!r)
        r = act_arena_str(c->arena, act_rows_str(rows, 2), &row.name);
    if (!r)
        r = act_arena_str(c->arena, act_rows_str(rows, 4), &row.tenant.name);
    *ret = row;
    return r;
}

/* Rows as read. */
typedef struct {
    act_event_row *items;
    size_t n;
    bool cut; /* there are more, but they have too many bytes */
} row_list;

static int read_rows(act_call *c, act_rows *rows, size_t max, row_list *ret,
                     act_err *reterr)
{
    size_t bytes = 0;
    int r = 0;
    while (ret->n < max && (r = act_rows_next(rows, reterr)) > 0) {
        ret->cut = bytes > PAGE_BYTES;
        if (ret->cut)
            return 0;
        act_event_row *row = &ret->items[ret->n];
        r = read_row(c, rows, row);
        if (r)
            return r;
        bytes += row->json.len;
        ret->n++;
    }
    return r < 0 ? r : 0;
}

/* At most @max rows of @sql. */
static int run(act_call *c, const act_query *q, const act_buf *sql, size_t max,
               row_list *ret, act_err *reterr)
{
    act_rows *rows = NULL;
    act_store_limits limits = act_budget_store(c);
    row_list list = { .items = act_arena_make_n(c->arena, act_event_row, max + 1) };
    int r = !list.items ? ACT_ENOMEM : act_buf_err(&q->where);
    if (!r)
        r = act_buf_err(sql);
    if (!r)
        r = act_store_query(c->api->store, act_buf_str(sql), q->params, q->n_params,
                            &limits, &rows, reterr);
    if (!r)
        r = read_rows(c, rows, max, &list, reterr);
    if (rows)
        act_rows_close(rows, NULL);
    if (!r)
        *ret = list;
    return r;
}

/* Events that were last observed before this are not there any more. */
static int64_t window_start(const act_call *c)
{
    int64_t window = c->api->limits.event_window_ns;
    return window > 0 ? c->now_ns - window : 0;
}

/* The conditions that every question has: scope, retention, namespace. */
static int begin(act_call *c, act_str ns, act_query *q)
{
    int64_t window = c->api->limits.event_window_ns;
    const char *start;
    act_query_begin(c, &act_query_events, q);
    act_store_param from = { .type = ACT_STORE_TIME_US,
                             .as.i64 =
                                 window > 0 ? (c->now_ns - window) / ACT_NS_PER_US : 0 };
    int r = act_query_param(c, q, from, &start);
    if (!r)
        act_buf_printf(&q->where, " AND last_timestamp >= {%s:DateTime64(6,'UTC')}", start);
    if (!r && ns.len > 0)
        r = act_query_where_text(c, q, "namespace", true, ns);
    return r;
}

static int catch_up(act_call *c, uint64_t *ret_last)
{
    if (!c->api->event_tail)
        return ACT_EAGAIN;
    return act_event_tail_catch_up(c->api->event_tail, CATCH_UP_S * ACT_NS_PER_S, ret_last);
}

/* What the tail has of them, to be read before the store: what is forgotten there meanwhile
 * is in the store then. */
static int read_recent(act_call *c, act_str ns, act_str name, act_event_row **ret,
                       size_t *ret_n)
{
    bool bounded = c->api->limits.event_window_ns > 0;
    int r =
        act_event_tail_read(c->api->event_tail, c->scope, ns, name, c->arena, ret, ret_n);
    for (size_t i = 0; !r && bounded && i < *ret_n; i++)
        if ((*ret)[i].observed_ns < window_start(c))
            (*ret)[i].deleted = true;
    return r;
}

/* ---- one Event --------------------------------------------------------------------- */

bool act_event_version_is_there(act_call *c)
{
    act_stream_info info;
    int64_t wanted;
    if (!act_call_version(c, &wanted))
        return false;
    if (wanted == 0)
        return true;
    int r = act_broker_stream_info(c->api->broker, ACT_STR(ACT_STREAM_EVENTS), &info);
    if (r)
        act_event_answer_failure(c, r);
    else if ((uint64_t)wanted > info.last_sequence)
        act_answer_version_too_large(c, (uint64_t)wanted, info.last_sequence);
    return !r && (uint64_t)wanted <= info.last_sequence;
}

/* The newest row of each tenant. */
static int read_named(act_call *c, act_str ns, act_str name, row_list *ret)
{
    enum { TENANTS_MAX = 1000 };
    act_query q;
    act_err e = ACT_ERR_INIT;
    act_buf sql = ACT_BUF_INIT;
    int r = begin(c, ns, &q);
    if (!r)
        r = act_query_where_text(c, &q, "name", true, name);
    act_buf_printf(&sql,
                   "SELECT " ROW ", deleted FROM %s WHERE 1%.*s ORDER BY " NEWEST_FIRST
                   " LIMIT 1 BY scope_type, scope_name LIMIT %d",
                   q.table->table, ACT_STR_ARG(act_buf_str(&q.where)), TENANTS_MAX);
    if (!r)
        r = run(c, &q, &sql, TENANTS_MAX, ret, &e);
    act_buf_done(&sql);
    act_query_done(&q);
    return r;
}

/* Of one name: is @a the state that counts, rather than @b? Living ones come first. */
static bool counts_before(const act_event_row *a, const act_event_row *b)
{
    return a->deleted != b->deleted ? b->deleted : a->sequence > b->sequence;
}

/* @row, if no newer state of the same tenant's Event is among @newer. */
static bool is_newest(const act_event_row *row, const act_event_row *newer, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (act_event_row_cmp(row, &newer[i]) == 0 && newer[i].sequence > row->sequence)
            return false;
    return true;
}

static void choose(const act_event_row *rows, size_t n, const act_event_row *others,
                   size_t n_others, const act_scope *tenant, const act_event_row **best)
{
    for (size_t i = 0; i < n; i++) {
        if (tenant && !act_scope_eq(*tenant, rows[i].tenant))
            continue;
        if (is_newest(&rows[i], others, n_others) &&
            (!*best || counts_before(&rows[i], *best)))
            *best = &rows[i];
    }
}

/* What the tail has is newer than what the store has. So the store need not be asked for
 * one tenant's Event of which the tail has any state, nor, of several tenants', when one
 * lives there. */
static bool is_settled(const act_event_row *best, const act_scope *tenant)
{
    return best && (tenant || !best->deleted);
}

int act_event_find(act_call *c, act_str ns, act_str name, const act_scope *tenant,
                   act_event_state *ret)
{
    act_event_row *recent = NULL;
    size_t n_recent = 0;
    row_list stored = { .n = 0 };
    uint64_t last;
    const act_event_row *best = NULL;
    *ret = (act_event_state){ .sequence = 0 };
    if (c->scope.type != ACT_SCOPE_PLATFORM)
        tenant = &c->scope; /* who sees no other's */
    int r = catch_up(c, &last);
    if (!r)
        r = read_recent(c, ns, name, &recent, &n_recent);
    if (!r)
        choose(recent, n_recent, NULL, 0, tenant, &best);
    if (!r && !is_settled(best, tenant)) {
        r = read_named(c, ns, name, &stored);
        r = r == ACT_ELIMIT ? ACT_EIO : r; /* ACT_ELIMIT is what is too large to write */
        if (!r)
            choose(stored.items, stored.n, recent, n_recent, tenant, &best);
    }
    if (r)
        return r;
    if (!best)
        return ACT_ENOTFOUND;
    r = parse_state(c, best, ret);
    return !r && best->deleted ? ACT_ENOTFOUND : r;
}

/* ---- what is selected -------------------------------------------------------------- */

static bool is_field(act_str key)
{
    return act_event_field_find(key) != NULL;
}

bool act_event_selection_read(act_call *c, act_selection *ret)
{
    return act_selection_read(c, is_field, TERMS_MAX, ret);
}

static bool field_lookup(void *ctx, act_str key, act_str *ret)
{
    const act_event_field *f = act_event_field_find(key);
    if (f)
        *ret = act_event_field_text(f, ctx);
    return f != NULL;
}

static bool is_selected(const act_selection *s, const act_event_state *e)
{
    void *ctx = (void *)(uintptr_t)e->object;
    return !e->deleted && (s->name.len == 0 || act_str_eq(s->name, e->name)) &&
           act_selector_matches(&s->labels, act_label_lookup, ctx) &&
           act_selector_matches(&s->fields, field_lookup, ctx);
}

/* The selection as conditions on a row. */
static int where_selected(act_call *c, const act_selection *s, act_query *q)
{
    int r = 0;
    if (s->name.len > 0)
        r = act_query_where_text(c, q, "name", true, s->name);
    for (size_t i = 0; !r && i < s->fields.n; i++) {
        const act_requirement *term = &s->fields.items[i];
        r = act_query_where_text(c, q, act_event_field_find(term->key)->sql,
                                 term->op == ACT_SEL_EQ, term->values[0]);
    }
    for (size_t i = 0; !r && i < s->labels.n; i++)
        r = act_query_where_label(c, q, &s->labels.items[i]);
    return r;
}

/* ---- pages ------------------------------------------------------------------------- */

/* Where a page begins: behind this key, in a list that began at that version. */
typedef struct {
    bool given;
    act_event_row after;
    uint64_t version;
} position;

static const char expired[] =
    "The provided continue parameter is too old to display a consistent list result. You "
    "must start a new list without the continue parameter.";

/* False: answered. */
static bool read_position(act_call *c, const act_selection *s, const act_str *bound,
                          size_t n_bound, position *ret)
{
    act_cursor_binding binding = { c->scope, bound, n_bound };
    act_cursor at;
    act_err e = ACT_ERR_INIT;
    *ret = (position){ .given = false };
    if (s->query.continue_token.len == 0)
        return true;
    int r = act_cursor_open(c->api->cursors, s->query.continue_token, ACT_CURSOR_EVENT_LIST,
                            &binding, c->now_ns, c->arena, &at, &e);
    if (!r && (at.n_keys != FIELD_KEYS + 1 ||
               !act_scope_type_parse(at.keys[2].text, &ret->after.tenant.type)))
        r = ACT_EPARSE;
    if (r == ACT_EGONE)
        act_answer_error(c, ACT_KUBE_EXPIRED, "%s", expired);
    else if (r)
        act_answer_error(c, ACT_KUBE_BAD_REQUEST, "continue key is not valid: %s",
                         e.text[0] ? e.text : "it is not one that this server gave");
    if (r)
        return false;
    ret->given = true;
    ret->after.ns = at.keys[0].text;
    ret->after.name = at.keys[1].text;
    ret->after.tenant.name = at.keys[3].text;
    ret->version = (uint64_t)at.keys[4].number;
    return true;
}

static act_cursor_key text_key(act_str text)
{
    return (act_cursor_key){ .is_text = true, .text = text };
}

static int write_position(act_call *c, const act_event_row *last, uint64_t version,
                          const act_str *bound, size_t n_bound, act_str *ret)
{
    act_cursor_binding binding = { c->scope, bound, n_bound };
    act_cursor at = { .kind = ACT_CURSOR_EVENT_LIST, .n_keys = FIELD_KEYS + 1 };
    at.keys[0] = text_key(last->ns);
    at.keys[1] = text_key(last->name);
    at.keys[2] = text_key(act_scope_type_name(last->tenant.type));
    at.keys[3] = text_key(last->tenant.name);
    at.keys[4] = (act_cursor_key){ .number = (int64_t)version };
    act_buf text = ACT_BUF_INIT;
    int r = act_cursor_seal(c->api->cursors, &at, &binding, c->now_ns, &text);
    if (!r)
        r = act_arena_str(c->arena, act_buf_str(&text), ret);
    act_buf_done(&text);
    return r;
}

static int where_behind(act_call *c, const position *from, act_query *q)
{
    const act_str values[FIELD_KEYS] = { from->after.ns, from->after.name,
                                         act_scope_type_name(from->after.tenant.type),
                                         from->after.tenant.name };
    const char *names[FIELD_KEYS];
    for (size_t i = 0; i < FIELD_KEYS; i++) {
        act_store_param p = { .type = ACT_STORE_STRING, .as.str = values[i] };
        int r = act_query_param(c, q, p, &names[i]);
        if (r)
            return r;
    }
    act_buf_printf(&q->where,
                   " AND namespace >= {%s:String} AND (" KEY
                   ") > ({%s:String}, {%s:String}, {%s:String}, {%s:String})",
                   names[0], names[0], names[1], names[2], names[3]);
    return 0;
}

/* Which Events those are is decided by the columns of their newest states; then these
 * states are fetched. What is selected is decided before states are sorted, so that no
 * column but the key's is sorted with them. */
static void write_page_sql(const act_query *q, size_t known, size_t limit, act_buf *sql)
{
    act_str where = act_buf_str(&q->where);
    act_str every = act_str_head(where, known), selected = act_str_cut(where, known);
    const char *table = q->table->table;
    act_buf_printf(
        sql,
        "SELECT " ROW ", deleted FROM %s WHERE 1%.*s AND (" KEY ", sequence, "
        "resource_version, last_timestamp) IN (SELECT " KEY
        ", sequence, resource_version, last_timestamp FROM (SELECT " KEY
        ", sequence, resource_version, last_timestamp, toUInt8(ifNull(NOT "
        "deleted%.*s, 0)) AS selected FROM %s WHERE 1%.*s ORDER BY " KEY ", " NEWEST_FIRST
        " LIMIT 1 BY " KEY ") WHERE selected ORDER BY " KEY " LIMIT %zu) ORDER BY " KEY
        " LIMIT 1 BY " KEY " SETTINGS query_plan_execute_functions_after_sorting = 0",
        table, ACT_STR_ARG(every), ACT_STR_ARG(selected), table, ACT_STR_ARG(every), limit);
}

static int read_stored(act_call *c, const act_selection *s, const position *from,
                       size_t limit, row_list *ret, act_err *e)
{
    act_query q;
    act_buf sql = ACT_BUF_INIT;
    int r = begin(c, s->ns, &q);
    if (!r && from->given)
        r = where_behind(c, from, &q);
    size_t known = q.where.len;
    if (!r)
        r = where_selected(c, s, &q);
    write_page_sql(&q, known, limit, &sql);
    if (!r)
        r = run(c, &q, &sql, limit, ret, e);
    act_buf_done(&sql);
    act_query_done(&q);
    return r;
}

/* A page being put together. */
typedef struct {
    act_event_state *items;
    size_t n, limit, bytes;
    act_event_row last; /* looked at, whether or not it is in the page */
    bool more;
} building;

/* What is not selected costs no memory. */
static int add(act_call *c, const act_selection *s, const act_event_row *row, building *b)
{
    act_event_state state;
    act_arena_mark mark = act_arena_save(c->arena);
    int r = parse_state(c, row, &state);
    if (r)
        return r;
    if (!is_selected(s, &state)) {
        act_arena_restore(c->arena, mark);
    } else if (b->n == b->limit || b->bytes > PAGE_BYTES) {
        b->more = true;
        return 0;
    } else {
        b->items[b->n++] = state;
        b->bytes += row->json.len;
    }
    b->last = *row;
    return 0;
}

/* Both in order; of one Event in both, the newer state. What is behind stored rows that
 * were cut short waits for the next page. */
static int merge(act_call *c, const act_selection *s, const row_list *stored,
                 const act_event_row *recent, size_t n_recent, building *b)
{
    size_t i = 0, k = 0;
    int r = 0;
    while (!r && !b->more && (i < stored->n || (!stored->cut && k < n_recent))) {
        int order = i == stored->n  ? 1
                    : k == n_recent ? -1
                                    : act_event_row_cmp(&stored->items[i], &recent[k]);
        bool take_stored =
            order < 0 || (order == 0 && stored->items[i].sequence > recent[k].sequence);
        r = add(c, s, take_stored ? &stored->items[i] : &recent[k], b);
        i += order <= 0;
        k += order >= 0;
    }
    b->more = b->more || stored->cut;
    return r;
}

/* Is @last, which is all there is, what the list may be of? False: answered. There is no
 * older state than that of now. */
static bool check_version(act_call *c, const act_list_query *q, uint64_t last)
{
    uint64_t wanted = (uint64_t)q->rv;
    if (wanted > last)
        act_answer_version_too_large(c, wanted, last);
    else if (q->match == ACT_RV_MATCH_EXACT && wanted < last)
        act_answer_error(c, ACT_KUBE_EXPIRED,
                         "The resourceVersion for the provided list is too old.");
    else
        return true;
    return false;
}

static int read_page(act_call *c, const act_selection *s, const position *from, building *b,
                     act_err *e)
{
    act_event_row *recent = NULL;
    size_t n_recent, skipped = 0;
    row_list stored;
    int r = read_recent(c, s->ns, s->name, &recent, &n_recent);
    if (r)
        return r;
    while (from->given && skipped < n_recent &&
           act_event_row_cmp(&recent[skipped], &from->after) <= 0)
        skipped++;
    recent += skipped;
    n_recent -= skipped;
    /* Each recent state may take the place of a stored one. */
    r = read_stored(c, s, from, b->limit + 1 + n_recent, &stored, e);
    b->items = r ? NULL : act_arena_make_n(c->arena, act_event_state, b->limit + 1);
    if (!r)
        r = b->items ? merge(c, s, &stored, recent, n_recent, b) : ACT_ENOMEM;
    return r;
}

bool act_event_page_read(act_call *c, const act_selection *s, int64_t limit,
                         act_event_page *ret)
{
    const act_str bound[] = { s->query.label_selector, s->query.field_selector, s->ns };
    building b = { .limit = limit > 0 && limit < PAGE_MAX ? (size_t)limit : PAGE_MAX };
    act_event_page page = { .n = 0 };
    act_err e = ACT_ERR_INIT;
    position from;
    uint64_t last;
    if (!read_position(c, s, bound, ACT_COUNT(bound), &from))
        return false;
    int r = catch_up(c, &last);
    if (!r && !from.given && !s->query.watch && !check_version(c, &s->query, last))
        return false;
    if (!r)
        r = read_page(c, s, &from, &b, &e);
    page.version = from.given ? from.version : last;
    page.items = b.items;
    page.n = b.n;
    if (!r && b.more)
        r = write_position(c, &b.last, page.version, bound, ACT_COUNT(bound),
                           &page.continue_token);
    if (r == ACT_ELIMIT)
        act_query_answer_failure(c, r, &e);
    else if (r)
        act_event_answer_failure(c, r);
    else
        *ret = page;
    return !r;
}
