#include "api/activities.h"

#include "api/activity_later.h"
#include "api/activity_version.h"
#include "api/budget.h"
#include "api/hub_initial.h"
#include "api/query_selector.h"
#include "api/selection.h"
#include "core/activity.h"
#include "core/row_values.h"
#include "core/scope.h"
#include "pipeline/streams.h"

/* Fields that selectors may name: their path in the object and their column. */
static const struct {
    const char *key;
    const char *path[4];
    const char *column;
} fields[] = {
    { "metadata.name", { "metadata", "name" }, "name" },
    { "metadata.namespace", { "metadata", "namespace" }, "namespace" },
    { "spec.changeSource", { "spec", "changeSource" }, "change_source" },
    { "spec.actor.name", { "spec", "actor", "name" }, "actor_name" },
    { "spec.actor.type", { "spec", "actor", "type" }, "actor_type" },
    { "spec.actor.uid", { "spec", "actor", "uid" }, "actor_uid" },
    { "spec.actor.email", { "spec", "actor", "email" }, "actor_email" },
    { "spec.resource.apiGroup", { "spec", "resource", "apiGroup" }, "api_group" },
    { "spec.resource.kind", { "spec", "resource", "kind" }, "resource_kind" },
    { "spec.resource.name", { "spec", "resource", "name" }, "resource_name" },
    { "spec.resource.namespace",
      { "spec", "resource", "namespace" },
      "resource_namespace" },
    { "spec.resource.uid", { "spec", "resource", "uid" }, "resource_uid" },
};

static size_t find_field(act_str key)
{
    size_t i = 0;
    while (i < ACT_COUNT(fields) && !act_str_eq_cstr(key, fields[i].key))
        i++;
    return i;
}

static act_str text_at(const act_json *v, const char *const *path)
{
    for (size_t i = 0; i < 4 && path[i]; i++)
        v = act_json_get(v, act_str_cstr(path[i]));
    return act_json_string(v);
}

static bool field_of(const act_json *object, act_str key, act_str *ret)
{
    size_t i = find_field(key);
    if (i == ACT_COUNT(fields))
        return false;
    *ret = text_at(object, fields[i].path);
    return true;
}

static bool is_visible(act_scope viewer, const act_json *object)
{
    const act_json *spec = act_json_get(object, ACT_STR("spec"));
    const act_json *tenant = act_json_get(spec, ACT_STR("tenant"));
    const act_json *actor = act_json_get(spec, ACT_STR("actor"));
    act_scope of = { .name = act_json_string(act_json_get(tenant, ACT_STR("name"))) };
    if (viewer.type != ACT_SCOPE_PLATFORM && viewer.type != ACT_SCOPE_USER &&
        !act_scope_type_parse(act_json_string(act_json_get(tenant, ACT_STR("type"))),
                              &of.type))
        return false;
    return act_scope_allows(viewer, of,
                            act_json_string(act_json_get(actor, ACT_STR("uid"))));
}

/* Live activities are new; a version says that one was made anew (pipeline/reindex.h). */
static const char *change_of(const act_delivery *m, const act_json *object)
{
    const act_json *metadata = act_json_get(object, ACT_STR("metadata"));
    const act_json *annotations = act_json_get(metadata, ACT_STR("annotations"));
    (void)m;
    if (act_row_is_deleted(metadata))
        return "DELETED";
    return act_json_get(annotations, ACT_STR(ACT_ACTIVITY_VERSION)) ? "MODIFIED" : "ADDED";
}

/* Watches remember nothing: activities seldom change, and then in their words alone. */
const act_hub_kind act_activities_hub = {
    .stream = ACT_STREAM_ACTIVITIES,
    .visible = is_visible,
    .field = field_of,
    .change = change_of,
};

/* ---- selectors to SQL -------------------------------------------------------------- */

static int where_field(act_call *c, act_query *q, const act_requirement *r)
{
    return act_query_where_text(c, q, fields[find_field(r->key)].column,
                                r->op == ACT_SEL_EQ, r->values[0]);
}

/* ---- what was asked ---------------------------------------------------------------- */

enum { SELECTOR_TERMS_MAX = 8 };

static bool is_field(act_str key)
{
    return find_field(key) < ACT_COUNT(fields);
}

/* Everything of the list but position and limit. */
static int plan(act_call *c, const act_selection *a, act_query *q, act_problems *problems)
{
    int64_t window = c->api->limits.activity_list_window_ns;
    const int64_t day_us = INT64_C(86400000000);
    q->range.start_us = window > 0 ? (c->now_ns - window) / ACT_NS_PER_US : 0;
    /* Clocks of sources may be ahead of ours. */
    q->range.end_us = c->now_ns / ACT_NS_PER_US + day_us;
    int r = 0;
    if (a->ns.len > 0)
        r = act_query_where_text(c, q, "namespace", true, a->ns);
    if (!r && a->name.len > 0)
        r = act_query_where_text(c, q, "name", true, a->name);
    for (size_t i = 0; !r && i < a->fields.n; i++)
        r = where_field(c, q, &a->fields.items[i]);
    for (size_t i = 0; !r && i < a->labels.n; i++)
        r = act_query_where_label(c, q, &a->labels.items[i]);
    if (!r)
        r = act_query_filter(c, q, act_http_request_param(c->req, ACT_STR("filter")),
                             "filter", problems);
    return r;
}

static int parse_all(act_call *c, const act_query_page *page, const act_json ***ret)
{
    act_json_limits limits = { .max_bytes = SIZE_MAX };
    act_json_parser *parser = NULL;
    const act_json **items = act_arena_alloc(c->arena, (page->n + 1) * sizeof(*items));
    int r = items ? act_json_parser_new(limits, &parser) : ACT_ENOMEM;
    for (size_t i = 0; !r && i < page->n; i++)
        r = act_json_parse(parser, c->arena, page->json[i], 0, &items[i], NULL);
    act_json_parser_free(parser);
    if (!r)
        *ret = items;
    return r;
}

/* Drop the activities that a watch from @version shows. */
static int drop_later(act_call *c, uint64_t version, const act_json **items, size_t *n)
{
    act_activity_later later;
    size_t kept = 0;
    int r = act_activity_later_read(c, version, &later);
    if (r)
        return r;
    for (size_t i = 0; i < *n; i++)
        if (!act_activity_is_later(&later, items[i]))
            items[kept++] = items[i];
    *n = kept;
    return 0;
}

/* ---- verbs ------------------------------------------------------------------------- */

static void answer_problem(act_call *c, const act_problem *p)
{
    act_answer_error(c, ACT_KUBE_BAD_REQUEST, "%.*s: %.*s", ACT_STR_ARG(p->field),
                     ACT_STR_ARG(p->detail));
}

/* The pages of a list are of one version, that of the first: it stands before the tokens of
 * the later ones, which are bound to it. */
typedef struct {
    uint64_t number;
    act_str text;
    act_str token; /* what comes behind it */
} list_version;

static int read_version(act_call *c, const act_list_query *asked, list_version *ret)
{
    act_str token = asked->continue_token;
    size_t dot = act_str_find_byte(token, '.');
    list_version v = { .text = act_str_head(token, dot),
                       .token = act_str_cut(token, dot + 1) };
    if (token.len == 0) {
        bool exact = asked->match == ACT_RV_MATCH_EXACT;
        v.number =
            exact ? (uint64_t)asked->rv : act_ingester_activities_floor(c->api->ingester);
        int r = act_arena_printf(c->arena, &v.text, "%llu", (unsigned long long)v.number);
        if (r)
            return r;
    } else if (dot == token.len || act_str_to_u64(v.text, &v.number)) {
        v.number = 0;
        v.token = token; /* not one of ours, which is found when it is opened */
    }
    *ret = v;
    return 0;
}

static int write_version(act_call *c, const list_version *v, act_str *token)
{
    return token->len == 0 ? 0
                           : act_arena_printf(c->arena, token, "%.*s.%.*s",
                                              ACT_STR_ARG(v->text), ACT_STR_ARG(*token));
}

static bool ask_page(act_call *c, const act_selection *a, act_query_page *page,
                     const act_json ***ret, uint64_t *ret_version)
{
    list_version version;
    const act_query_table *table = &act_query_activity_list;
    act_problems problems = act_problems_in(c->arena);
    act_err e = ACT_ERR_INIT;
    act_query q;
    /* Read before the rows: what comes between is in them, or not, and is left to watches.
     */
    int r = read_version(c, &a->query, &version);
    if (r) {
        act_answer_failure(c, r, "memory");
        return false;
    }
    const act_str bound[] = { a->query.label_selector, a->query.field_selector,
                              act_http_request_param(c->req, ACT_STR("filter")),
                              c->target.ns, version.text };
    act_query_begin(c, table, &q);
    q.limit = a->query.limit > 0 ? a->query.limit : table->cap;
    r = plan(c, a, &q, &problems);
    if (!r)
        r = act_query_continue(c, &q, version.token, bound, ACT_COUNT(bound), "continue",
                               &problems);
    bool bad = problems.count > 0;
    if (!r && !bad)
        r = act_query_run(c, &q, page, &e);
    if (!r && !bad)
        r = parse_all(c, page, ret);
    if (!r && !bad)
        r = drop_later(c, version.number, *ret, &page->n);
    if (!r && !bad)
        r = write_version(c, &version, &page->continue_token);
    *ret_version = version.number;
    act_query_done(&q);
    if (r == ACT_EGONE)
        act_answer_error(
            c, ACT_KUBE_EXPIRED,
            "The provided continue parameter is too old to display a consistent "
            "list result. You must start a new list without the continue "
            "parameter.");
    else if (bad)
        answer_problem(c, problems.first);
    else if (r)
        act_query_answer_failure(c, r, &e);
    return !r && !bad;
}

/* A page of activities. False: answered. *ret_version: where a watch goes on. */
static bool read_page(act_call *c, const act_selection *a, act_query_page *page,
                      const act_json ***ret, uint64_t *ret_version)
{
    if (!act_budget_enter(c))
        return false;
    bool read = ask_page(c, a, page, ret, ret_version);
    act_budget_leave(c);
    return read;
}

/* False: answered. */
static bool await_version(act_call *c, const act_list_query *q)
{
    bool exact = q->match == ACT_RV_MATCH_EXACT;
    return act_activity_version_await(c, (uint64_t)q->rv, exact);
}

static void list(act_call *c, const act_selection *a)
{
    act_query_page page;
    const act_json **items;
    uint64_t version;
    act_list_meta meta = { 0 };
    if (!await_version(c, &a->query))
        return;
    if (!read_page(c, a, &page, &items, &version))
        return;
    meta.continue_token = page.continue_token;
    int r = act_arena_printf(c->arena, &meta.resource_version, "%llu",
                             (unsigned long long)version);
    if (r)
        act_answer_failure(c, r, "memory");
    else
        act_answer_list(c, items, page.n, &meta);
}

/* The parameter filter, for records. False: answered. */
static bool make_filter(act_call *c, act_filter_matcher **ret)
{
    act_str text = act_http_request_param(c->req, ACT_STR("filter"));
    act_problems problems = act_problems_in(c->arena);
    *ret = NULL;
    if (text.len == 0)
        return true;
    int r = act_filter_matcher_new(c->api->filters, act_query_activity_list.filter, text,
                                   &problems, ACT_STR("filter"), ret);
    if (problems.count > 0)
        answer_problem(c, problems.first);
    else if (r)
        act_answer_failure(c, r, "memory");
    return !r;
}

/* "0" is whatever is there, and what comes after it; a list of nothing had that version. */
static bool begins_with_state(const act_list_query *q)
{
    return q->has_send_initial_events ? q->send_initial_events
                                      : act_str_eq(q->resource_version, ACT_STR("0"));
}

/* In watches every object has a version: those that were there have that of the list. */
static int set_versions(act_call *c, uint64_t version, const act_json **items, size_t n)
{
    act_str text;
    int r = act_arena_printf(c->arena, &text, "%llu", (unsigned long long)version);
    for (size_t i = 0; !r && i < n; i++)
        r = act_object_with_meta(c->arena, items[i], "resourceVersion",
                                 act_json_of_string(text), &items[i]);
    return r;
}

/* @token, which alone is kept of what was taken since @mark. */
static int keep_token(act_call *c, act_arena_mark mark, act_str token, act_str *ret)
{
    act_buf text = ACT_BUF_INIT;
    act_buf_add(&text, token);
    int r = act_buf_err(&text);
    act_arena_restore(c->arena, mark);
    if (!r)
        r = act_arena_str(c->arena, act_buf_str(&text), ret);
    act_buf_done(&text);
    return r;
}

/* What is there now, which goes first. False: answered. */
static bool read_initial(act_call *c, const act_selection *a, act_hub_initial *initial,
                         act_hub_watch *w)
{
    act_selection rest = *a;
    act_query_page page = { 0 };
    const act_json **items;
    int r = 0;
    if (!begins_with_state(&a->query))
        return true;
    if (!await_version(c, &a->query))
        return false;
    do { /* pages of large ones end early */
        act_arena_mark mark = act_arena_save(c->arena);
        if (!read_page(c, &rest, &page, &items, &w->after))
            return false;
        r = set_versions(c, w->after, items, page.n);
        if (!r)
            r = act_hub_initial_add(initial, c, items, page.n);
        if (!r)
            r = keep_token(c, mark, page.continue_token, &rest.query.continue_token);
    } while (!r && page.continue_token.len > 0);
    if (r)
        act_answer_failure(c, r, "memory");
    w->initial = initial;
    return !r;
}

static void watch(act_call *c, const act_selection *a)
{
    act_hub_watch w = { .after = a->query.rv > 0 ? (uint64_t)a->query.rv : UINT64_MAX,
                        .query = &a->query,
                        .label_text = a->query.label_selector,
                        .field_text = a->query.field_selector,
                        .ns = a->ns,
                        .name = a->name };
    act_hub_initial initial = act_hub_initial_begin(&act_activities_hub, c, w.form);
    if (read_initial(c, a, &initial, &w) && make_filter(c, &w.filter))
        act_hub_answer(c->api->activities, c, &w);
    act_hub_initial_done(&initial);
}

static void get(act_call *c)
{
    act_query_page page = { 0 };
    const act_json **items = NULL;
    act_err e = ACT_ERR_INIT;
    act_query q;
    act_selection a = { .ns = c->target.ns, .name = c->target.name };
    int64_t wanted;
    if (!act_call_version(c, &wanted) ||
        !act_activity_version_await(c, (uint64_t)wanted, false))
        return;
    act_query_begin(c, &act_query_activity_list, &q);
    act_problems problems = act_problems_in(c->arena);
    int r = plan(c, &a, &q, &problems);
    bool bad = problems.count > 0;
    if (!r && !bad) {
        q.range.start_us = 0;
        q.limit = 1;
        q.newest = NULL; /* it may be of any age: its name finds it */
        r = act_query_run(c, &q, &page, &e);
    }
    if (!r && !bad)
        r = parse_all(c, &page, &items);
    act_query_done(&q);
    if (bad) {
        answer_problem(c, problems.first);
    } else if (r) {
        act_query_answer_failure(c, r, &e);
    } else if (page.n == 0) {
        act_kube_status status =
            act_kube_not_found(c->arena, act_str_cstr(c->kind->resource.group),
                               act_str_cstr(c->kind->resource.plural), c->target.name);
        act_answer_status(c, &status);
    } else {
        act_answer_object(c, 200, items[0]);
    }
}

void act_api_activities(act_call *c)
{
    act_selection a;
    if (c->verb == ACT_KUBE_VERB_GET) {
        get(c);
    } else if (act_selection_read(c, is_field, SELECTOR_TERMS_MAX, &a)) {
        if (a.query.watch)
            watch(c, &a);
        else
            list(c, &a);
    }
}
