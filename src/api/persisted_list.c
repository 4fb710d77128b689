/* Lists of persisted kinds: selectors, pages, continue tokens. */
#include "api/persisted_parts.h"
#include "api/query_selector.h"
#include "core/base64url.h"

/* ---- selectors --------------------------------------------------------------------- */

static bool answer_bad_selector(act_call *c, const act_err *e)
{
    act_answer_error(c, ACT_KUBE_BAD_REQUEST, "%s", e->text);
    return false;
}

bool act_persisted_selection_read(act_call *c, const act_list_query *q, act_arena *a,
                                  act_persisted_selection *ret)
{
    act_persisted_selection s = { .labels = { 0 } };
    act_err e = ACT_ERR_INIT;
    act_str labels, fields;
    int r = act_arena_str(a, q->label_selector, &labels);
    if (!r)
        r = act_arena_str(a, q->field_selector, &fields);
    if (!r)
        r = act_arena_str(a, c->target.name, &s.name);
    if (!r)
        r = act_selector_parse_labels(a, labels, &s.labels, &e);
    if (!r)
        r = act_selector_parse_fields(a, fields, &s.fields, &e);
    if (r == ACT_ENOMEM) {
        act_answer_failure(c, r, "memory");
        return false;
    }
    if (r)
        return answer_bad_selector(c, &e);
    for (size_t i = 0; i < s.fields.n; i++) {
        act_str key = s.fields.items[i].key;
        if (act_str_eq_cstr(key, "metadata.name") ||
            act_str_eq_cstr(key, "metadata.namespace"))
            continue;
        (void)act_fail(&e, ACT_EINVAL, "field label not supported: %.*s", ACT_STR_ARG(key));
        return answer_bad_selector(c, &e);
    }
    *ret = s;
    return true;
}

static bool field_of(void *ctx, act_str key, act_str *ret)
{
    bool name = act_str_eq_cstr(key, "metadata.name");
    *ret = name ? act_object_meta(ctx, "name") : (act_str){ 0 };
    return true;
}

bool act_persisted_selected(const act_persisted_selection *s, const act_json *object)
{
    void *ctx = (void *)(uintptr_t)object;
    bool named = s->name.len == 0 || act_str_eq(s->name, act_object_meta(object, "name"));
    return named && act_selector_matches(&s->labels, act_label_lookup, ctx) &&
           act_selector_matches(&s->fields, field_of, ctx);
}

/* ---- continue tokens --------------------------------------------------------------- */

/* "REVISION/LASTKEY" as base64url: where the next page begins, and in which state; 0 for
 * the state that there is then. */
static int write_token(act_call *c, int64_t revision, act_str last_key, act_str *ret)
{
    act_str plain;
    int r = act_arena_printf(c->arena, &plain, "%lld/%.*s", (long long)revision,
                             ACT_STR_ARG(last_key));
    if (r)
        return r;
    act_buf text = ACT_BUF_INIT;
    act_base64url_encode(plain, &text);
    r = act_buf_err(&text);
    if (!r)
        r = act_arena_str(c->arena, act_buf_str(&text), ret);
    act_buf_done(&text);
    return r;
}

static bool read_token(act_call *c, const act_persisted_kind *kind, act_str token,
                       act_list_options *o)
{
    act_buf plain = ACT_BUF_INIT;
    act_str copy = { 0 }, revision;
    int64_t number = 0;
    bool ok = act_base64url_decode(token, &plain) == 0 && !act_buf_err(&plain) &&
              act_arena_str(c->arena, act_buf_str(&plain), &copy) == 0;
    act_buf_done(&plain);
    act_str key = act_str_split(copy, '/', &revision);
    ok = ok && act_str_to_i64(revision, &number) == 0 && number >= 0 &&
         act_str_starts(key, act_str_cstr(kind->prefix));
    if (!ok) {
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "continue key is not valid: it is not one that this server gave");
        return false;
    }
    o->after = key;
    o->at_revision = number;
    return true;
}

/* ---- list -------------------------------------------------------------------------- */

/* Entries that are selected, up to the limit. */
typedef struct {
    act_persisted_page page;
    act_str last_key;
    bool more;
} selected;

static int select_page(act_call *c, const act_list_result *list,
                       const act_persisted_selection *s, size_t limit, selected *ret)
{
    selected p = { .more = false };
    p.page.items = act_arena_alloc(c->arena, (list->n + 1) * sizeof(*p.page.items));
    p.page.entries = act_arena_alloc(c->arena, (list->n + 1) * sizeof(*p.page.entries));
    if (!p.page.items || !p.page.entries)
        return ACT_ENOMEM;
    for (size_t i = 0; i < list->n; i++) {
        const act_json *object;
        int r = act_persisted_object(c->arena, &list->entries[i], &object);
        if (r)
            return r;
        if (!act_persisted_selected(s, object))
            continue;
        if (limit > 0 && p.page.n == limit) {
            p.more = true;
            break;
        }
        p.page.entries[p.page.n] = &list->entries[i];
        p.page.items[p.page.n++] = object;
        p.last_key = list->entries[i].key;
    }
    *ret = p;
    return 0;
}

/* What the query means for the registry. False: answered. */
static bool list_options(act_call *c, const act_persisted_kind *kind,
                         const act_list_query *q, bool selective, act_list_options *ret)
{
    act_list_options o = { .prefix = act_str_cstr(kind->prefix) };
    if (q->continue_token.len > 0 && !read_token(c, kind, q->continue_token, &o))
        return false;
    /* A page of a version, without a word on how old it may be, is of exactly that one. */
    bool page_of = q->match == ACT_RV_MATCH_UNSET && q->limit > 0;
    if (q->match == ACT_RV_MATCH_EXACT || (page_of && q->rv > 0))
        o.at_revision = q->rv;
    /* With selectors it is not known how many entries a page takes. */
    if (!selective)
        o.limit = (size_t)q->limit;
    *ret = o;
    return true;
}

/* The state that a continue token names is gone: 410 with a token that goes on behind the
 * same key in the state of now. */
static void answer_expired_token(act_call *c, act_str after)
{
    act_kube_status status = act_kube_error(
        c->arena, ACT_KUBE_EXPIRED,
        "The provided continue parameter is too old to display a consistent list result. "
        "You can start a new list without the continue parameter, or use the continue "
        "token in this response to retrieve the remainder of the results. Continuing with "
        "the provided token results in an inconsistent list - objects that were created, "
        "modified, or deleted between the time the first chunk was returned and now may "
        "show up in the list.");
    int r = write_token(c, 0, after, &status.continue_token);
    if (r)
        act_answer_failure(c, r, "memory");
    else
        act_answer_status(c, &status);
}

void act_persisted_answer_too_large(act_call *c, int64_t asked)
{
    int64_t revision = 0;
    int r = act_registry_revision(c->api->registry, &revision);
    if (r)
        act_answer_failure(c, r, "the registry");
    else
        act_answer_version_too_large(c, (uint64_t)asked, (uint64_t)revision);
}

static void answer_list_failure(act_call *c, int r, const act_list_query *q,
                                const act_list_options *o)
{
    if (r == ACT_EGONE && o->after.len > 0)
        answer_expired_token(c, o->after);
    else if (r == ACT_EGONE)
        act_answer_error(c, ACT_KUBE_EXPIRED,
                         "The resourceVersion for the provided list is too old.");
    else if (r == ACT_EINVAL)
        act_persisted_answer_too_large(c, o->after.len > 0 ? o->at_revision : q->rv);
    else
        act_answer_failure(c, r, "the registry");
}

bool act_persisted_page_read(act_call *c, const act_persisted_kind *kind,
                             const act_list_query *q, act_persisted_page *ret)
{
    act_persisted_selection s;
    act_list_options o;
    act_list_result list;
    if (!act_persisted_selection_read(c, q, c->arena, &s))
        return false;
    bool selective = s.labels.n > 0 || s.fields.n > 0;
    if (!list_options(c, kind, q, selective, &o))
        return false;
    selected p = { .more = false };
    int r = act_registry_list(c->api->registry, &o, c->arena, &list);
    if (!r && q->rv > list.revision)
        r = ACT_EINVAL;
    if (r) {
        answer_list_failure(c, r, q, &o);
        return false;
    }
    r = select_page(c, &list, &s, (size_t)q->limit, &p);
    act_list_meta *meta = &p.page.meta;
    if (!r)
        r = act_arena_printf(c->arena, &meta->resource_version, "%lld",
                             (long long)list.revision);
    if (!r && (p.more || list.more)) {
        r = write_token(c, list.revision, p.last_key, &meta->continue_token);
        meta->remaining = selective ? 0 : (int64_t)list.remaining;
    }
    if (r)
        act_answer_failure(c, r, "the registry");
    else
        *ret = p.page;
    return !r;
}

void act_persisted_list(act_call *c, const act_persisted_kind *kind,
                        const act_list_query *q)
{
    act_persisted_page page;
    if (act_persisted_page_read(c, kind, q, &page))
        act_answer_list(c, page.items, page.n, &page.meta);
}
