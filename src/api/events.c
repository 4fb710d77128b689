#include "api/events.h"

#include "api/budget.h"
#include "api/deadline.h"
#include "api/event_fields.h"
#include "api/events_parts.h"
#include "api/hub_initial.h"
#include "pipeline/streams.h"

/* ---- answers ----------------------------------------------------------------------- */

void act_event_answer_failure(act_call *c, int err)
{
    if (act_deadline_is_over(c))
        act_deadline_answer(c, "store");
    else if (err == ACT_ELIMIT)
        act_answer_error(c, ACT_KUBE_TOO_LARGE, "the Event is too large to be stored");
    else
        act_answer_failure(c, err,
                           err == ACT_EAGAIN ? "the ingester" : "the log or the store");
}

void act_event_answer_not_found(act_call *c)
{
    act_kube_status status =
        act_kube_not_found(c->arena, act_str_cstr(c->kind->resource.group),
                           act_str_cstr(c->kind->resource.plural), c->target.name);
    act_answer_status(c, &status);
}

void act_event_answer(act_call *c, int code, const act_event_state *state)
{
    const act_json *shown;
    int r = act_event_shown(c, state, &shown);
    if (r)
        act_event_answer_failure(c, r);
    else
        act_answer_object(c, code, shown);
}

/* ---- hub --------------------------------------------------------------------------- */

static bool is_visible(act_scope viewer, const act_json *object)
{
    act_scope tenant;
    (void)act_scope_of_event(object, &tenant);
    return act_scope_allows_event(viewer, tenant);
}

static bool field_of(const act_json *object, act_str key, act_str *ret)
{
    const act_event_field *f = act_event_field_find(key);
    if (f)
        *ret = act_event_field_text(f, object);
    return f != NULL;
}

/* Writers of this API say in the id whether the Event is new (events_write.c); of other
 * senders a repetition is a change. */
static const char *change_of(const act_delivery *m, const act_json *object)
{
    act_event_record record;
    if (act_event_record_read(object, &record, NULL))
        return "ADDED";
    if (record.deleted)
        return "DELETED";
    if (act_str_starts(m->id, ACT_STR("new/")))
        return "ADDED";
    bool changed = act_str_ends(m->id, ACT_STR("/api")) || record.series.repeated;
    return changed ? "MODIFIED" : "ADDED";
}

static int shape_of(act_arena *a, const act_json *object, unsigned form,
                    const act_json **ret)
{
    /* The hub has put the sequence in. */
    return act_event_shape(a, object, 0, (enum act_event_form)form, ret);
}

const act_hub_kind act_events_hub = {
    .stream = ACT_STREAM_EVENTS,
    .visible = is_visible,
    .field = field_of,
    .change = change_of,
    .remembered = true,
    .shape = shape_of,
};

/* ---- reading ----------------------------------------------------------------------- */

static void get(act_call *c)
{
    act_event_state state;
    if (!act_event_version_is_there(c))
        return;
    if (c->target.ns.len == 0) { /* one name may be in several */
        act_event_answer_not_found(c);
        return;
    }
    int r = act_event_find(c, c->target.ns, c->target.name, NULL, &state);
    if (r == ACT_ENOTFOUND)
        act_event_answer_not_found(c);
    else if (r)
        act_event_answer_failure(c, r);
    else
        act_event_answer(c, 200, &state);
}

static int page_shown(act_call *c, const act_event_page *page, const act_json ***ret)
{
    const act_json **items = act_arena_alloc(c->arena, (page->n + 1) * sizeof(*items));
    int r = items ? 0 : ACT_ENOMEM;
    for (size_t i = 0; !r && i < page->n; i++)
        r = act_event_shown(c, &page->items[i], &items[i]);
    if (!r)
        *ret = items;
    return r;
}

void act_event_answer_page(act_call *c, const act_event_page *page)
{
    const act_json **items = NULL;
    act_list_meta meta = { .continue_token = page->continue_token };
    int r = page_shown(c, page, &items);
    if (!r)
        r = act_arena_printf(c->arena, &meta.resource_version, "%llu",
                             (unsigned long long)page->version);
    if (r)
        act_event_answer_failure(c, r);
    else
        act_answer_list(c, items, page->n, &meta);
}

static void list(act_call *c, const act_selection *s)
{
    act_event_page page;
    if (!act_budget_enter(c))
        return;
    if (act_event_page_read(c, s, s->query.limit, &page))
        act_event_answer_page(c, &page);
    act_budget_leave(c);
}

/* From a version on; else the Events of now go first. */
static bool begins_with_state(const act_list_query *q)
{
    return q->has_send_initial_events ? q->send_initial_events : q->rv == 0;
}

static int add_initial(act_call *c, const act_event_page *page, act_hub_initial *initial)
{
    const act_json **items;
    int r = page_shown(c, page, &items);
    return r ? r : act_hub_initial_add(initial, c, items, page->n);
}

/* What is after @token, a page after the other, each in the same memory. False: answered.
 */
static bool read_initial_pages(act_call *c, act_selection s, act_buf *token,
                               act_hub_initial *initial, uint64_t *ret_version)
{
    act_event_page page;
    act_arena_mark mark = act_arena_save(c->arena);
    int r;
    do {
        act_arena_restore(c->arena, mark);
        s.query.continue_token = act_buf_str(token);
        if (!act_event_page_read(c, &s, 0, &page))
            return false;
        act_buf_clear(token);
        act_buf_add(token, page.continue_token);
        r = add_initial(c, &page, initial);
        if (!r)
            r = act_buf_err(token);
    } while (!r && token->len > 0);
    *ret_version = page.version;            /* the later ones have that of the first */
    if (r == ACT_ELIMIT || r == ACT_ENOMEM) /* clients then list in pages, and watch on */
        act_answer_error(c, ACT_KUBE_TOO_LARGE,
                         "there are more Events than a watch can begin with");
    else if (r)
        act_event_answer_failure(c, r);
    return !r;
}

/* The Events of now. False: answered. */
static bool read_initial(act_call *c, const act_selection *s, act_hub_initial *initial,
                         act_hub_watch *w)
{
    act_buf token = ACT_BUF_INIT;
    if (!act_budget_enter(c))
        return false;
    bool read = read_initial_pages(c, *s, &token, initial, &w->after);
    act_budget_leave(c);
    act_buf_done(&token);
    w->initial = initial;
    return read;
}

static void watch(act_call *c, const act_selection *s)
{
    act_hub_watch w = { .after = s->query.rv > 0 ? (uint64_t)s->query.rv : UINT64_MAX,
                        .query = &s->query,
                        .label_text = s->query.label_selector,
                        .field_text = s->query.field_selector,
                        .ns = s->ns,
                        .name = s->name,
                        .form = act_event_form_of(c) };
    act_hub_initial initial = act_hub_initial_begin(&act_events_hub, c, w.form);
    if (!begins_with_state(&s->query) || read_initial(c, s, &initial, &w))
        act_hub_answer(c->api->events, c, &w);
    act_hub_initial_done(&initial);
}

/* ---- verbs ------------------------------------------------------------------------- */

void act_api_events(act_call *c)
{
    act_selection s;
    switch (c->verb) {
    case ACT_KUBE_VERB_CREATE:
        act_event_create(c);
        break;
    case ACT_KUBE_VERB_GET:
        get(c);
        break;
    case ACT_KUBE_VERB_LIST:
    case ACT_KUBE_VERB_WATCH:
        if (!act_event_selection_read(c, &s))
            break;
        if (s.query.watch)
            watch(c, &s);
        else
            list(c, &s);
        break;
    case ACT_KUBE_VERB_UPDATE:
    case ACT_KUBE_VERB_PATCH:
        act_event_change(c);
        break;
    case ACT_KUBE_VERB_DELETE:
        act_event_delete(c);
        break;
    case ACT_KUBE_VERB_DELETECOLLECTION:
        act_event_delete_all(c);
        break;
    case ACT_KUBE_VERB_COUNT:
        break;
    }
}
