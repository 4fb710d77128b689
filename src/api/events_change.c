/* Changes of Events: PUT, PATCH, DELETE. */
#include "api/apply.h"
#include "api/change.h"
#include "api/deadline.h"
#include "api/events_parts.h"
#include "api/permission.h"
#include "core/event_convert.h"

enum { ATTEMPTS = 8 }; /* of a change without resourceVersion, when others are faster */

/* ---- the new state ----------------------------------------------------------------- */

/* Whose an Event is does not change. */
static int keep_tenant(act_arena *a, const act_json *before, const act_json *after,
                       const act_json **ret)
{
    static const char *const keys[] = { ACT_ANNOTATION_SCOPE_TYPE,
                                        ACT_ANNOTATION_SCOPE_NAME };
    const act_json *old = act_json_path(before, "metadata", "annotations", NULL);
    const act_json *given = act_json_path(after, "metadata", "annotations", NULL);
    act_json notes =
        given && given->type == ACT_JSON_OBJECT ? *given : act_json_of_object();
    int r = 0;
    for (size_t i = 0; !r && i < ACT_COUNT(keys); i++) {
        const act_json *v = act_json_get(old, act_str_cstr(keys[i]));
        act_json next;
        r = v ? act_json_with(a, &notes, act_str_cstr(keys[i]), *v, &next)
              : act_json_without(a, &notes, act_str_cstr(keys[i]), &next);
        if (!r)
            notes = next;
    }
    if (!r && (given || notes.count > 0))
        r = act_object_with_meta(a, after, "annotations", notes, &after);
    if (!r)
        *ret = after;
    return r;
}

static int without_generation(act_arena *a, const act_json *object, const act_json **ret)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    act_json less;
    int r = act_json_without(a, meta, ACT_STR("generation"), &less);
    return r ? r : act_object_with(a, object, "metadata", &less, ret);
}

/* What is stored when the client wants @wanted, in its form, in place of @before. */
static int settle(act_call *c, const act_json *before, const act_json *wanted,
                  const act_json **ret)
{
    const act_json *after = NULL;
    int r = act_event_normalize(c->arena, wanted, act_event_form_of(c), &after);
    if (!r)
        r = act_event_as(c->arena, after, ACT_EVENT_V1, &after, NULL);
    if (!r)
        r = act_object_prepare_update(c->arena, before, after, false, &after);
    if (!r)
        r = without_generation(c->arena, after, &after);
    if (!r)
        r = act_object_with_meta(c->arena, after, "namespace",
                                 act_json_of_string(c->target.ns), &after);
    if (!r)
        r = keep_tenant(c->arena, before, after, &after);
    if (!r)
        *ret = after;
    return r;
}

/* Why there is nothing to change. */
static void answer_absent(act_call *c, int err)
{
    if (err == ACT_ENOTFOUND)
        act_event_answer_not_found(c);
    else
        act_event_answer_failure(c, err);
}

/* False: answered. */
static bool is_valid(act_call *c, const act_json *before, const act_json *after)
{
    act_problems problems = act_problems_in(c->arena);
    int r = act_event_valid(c, after, before, &problems);
    if (r)
        act_event_answer_failure(c, r);
    else if (problems.count > 0)
        act_answer_invalid(c, c->target.name, &problems);
    return !r && problems.count == 0;
}

static int without_meta(act_call *c, const act_json *object, const char *key,
                        const act_json **ret)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    act_json less;
    int r = act_json_without(c->arena, meta, act_str_cstr(key), &less);
    return r ? r : act_object_with(c->arena, object, "metadata", &less, ret);
}

/* Nothing differs but the version of the message and, unless they count, managers. */
static bool is_same(act_call *c, const act_json *before, const act_json *after,
                    bool managers_count)
{
    int r = without_meta(c, before, "resourceVersion", &before);
    if (!r && !managers_count)
        r = without_meta(c, before, "managedFields", &before);
    if (!r && !managers_count)
        r = without_meta(c, after, "managedFields", &after);
    return !r && act_json_equal(before, after);
}

int act_event_replace(act_call *c, const act_event_state *before, const act_json *wanted,
                      bool managers_count, bool dry_run)
{
    act_event_state state = *before;
    const act_json *after = NULL;
    int r = settle(c, before->object, wanted, &after);
    if (!r && !is_valid(c, before->object, after))
        return 0;
    if (!r && dry_run)
        state.object = after;
    else if (!r && !is_same(c, before->object, after, managers_count))
        r = act_event_publish_next(c, before, after, &state);
    if (r == ACT_ECONFLICT)
        return r;
    if (r)
        act_event_answer_failure(c, r);
    else
        act_event_answer(c, 200, &state);
    return 0;
}

/* Managers are kept of Events that have been applied, or came with them: recorders would
 * pay for what nobody asks. */
static int note_writer(act_call *c, const act_write_query *q, const act_json *before,
                       const act_json **after)
{
    return act_json_path(before, "metadata", "managedFields", NULL)
               ? act_apply_note_writer(c, q, before, *after, after)
               : 0;
}

bool act_event_version_holds(act_call *c, const act_json *wanted, const act_json *before)
{
    act_str version = act_object_version(wanted);
    if (version.len == 0 || act_str_eq(version, act_object_meta(before, "resourceVersion")))
        return true;
    act_change_conflict(c, (act_str){ 0 });
    return false;
}

/* A PUT of what is not there makes it, as Kubernetes has it for Events. ACT_ECONFLICT:
 * somebody was faster; all else is answered. */
static int put_new(act_call *c, const act_change *ch)
{
    const act_json none = act_json_of_object();
    const act_json *object = NULL;
    if (!act_change_names(c, &none, ch->body) || !act_event_is_here(c, ch->body) ||
        !act_permission_check_create(c))
        return 0;
    int r = act_event_prepare(c, ch->body, &object);
    if (!r)
        r = act_event_store_new(c, object, ch->q.dry_run);
    if (r == ACT_EEXISTS)
        return ACT_ECONFLICT;
    if (r)
        act_event_answer_failure(c, r);
    return 0;
}

/* One try. ACT_ECONFLICT: try again; else it is answered. */
static int change_once(act_call *c, const act_change *ch)
{
    act_event_state before;
    const act_json *shown = NULL, *wanted;
    int r = act_event_find(c, c->target.ns, c->target.name, NULL, &before);
    if (r == ACT_ENOTFOUND && ch->content == ACT_KUBE_CONTENT_OTHER)
        return put_new(c, ch);
    if (r) {
        answer_absent(c, r);
        return 0;
    }
    r = act_event_shown(c, &before, &shown);
    if (r) {
        act_event_answer_failure(c, r);
        return 0;
    }
    if (!act_change_wanted(c, ch, shown, &wanted) || !act_change_names(c, shown, wanted) ||
        !act_event_version_holds(c, wanted, shown))
        return 0;
    bool pinned =
        ch->content == ACT_KUBE_CONTENT_OTHER && act_object_version(wanted).len > 0;
    r = note_writer(c, &ch->q, shown, &wanted);
    if (r) {
        act_event_answer_failure(c, r);
        return 0;
    }
    r = act_event_replace(c, &before, wanted, false, ch->q.dry_run);
    if (r != ACT_ECONFLICT || !pinned)
        return r;
    act_change_conflict(c, (act_str){ 0 });
    return 0;
}

/* ---- turns ------------------------------------------------------------------------- */

/* Writers of one Event in this process wait for one another. */
bool act_event_take_turn(act_call *c, size_t *ret)
{
    act_str key;
    int r = act_arena_printf(c->arena, &key, "events/%.*s/%.*s", ACT_STR_ARG(c->target.ns),
                             ACT_STR_ARG(c->target.name));
    if (r) {
        act_event_answer_failure(c, r);
        return false;
    }
    r = act_turns_take(c->api->turns, key, c->deadline_ns, ret);
    if (r)
        act_deadline_answer(c, "turn");
    return !r;
}

void act_event_change(act_call *c)
{
    act_change ch;
    size_t turn;
    int r = ACT_ECONFLICT;
    act_str type = act_http_request_header(c->req, "Content-Type");
    if (c->verb == ACT_KUBE_VERB_PATCH &&
        act_kube_content_of(type) == ACT_KUBE_CONTENT_APPLY_PATCH) {
        act_event_apply(c);
        return;
    }
    if (!act_change_read(c, &ch) || !act_event_take_turn(c, &turn))
        return;
    for (int i = 0; i < ATTEMPTS && r == ACT_ECONFLICT; i++)
        r = change_once(c, &ch);
    act_turns_leave(c->api->turns, turn);
    if (r == ACT_ECONFLICT)
        act_change_conflict(c, (act_str){ 0 });
}

/* ---- delete ------------------------------------------------------------------------ */

/* The last state of the Event: what it was, and that it is gone. */
static int publish_end(act_call *c, const act_event_state *before)
{
    char now[ACT_RFC3339_MAX];
    act_event_state end;
    const act_json *object = NULL;
    act_str text = act_str_from(now, act_rfc3339_format(c->now_ns, 0, now));
    int r = act_object_with_meta(c->arena, before->object, "deletionTimestamp",
                                 act_json_of_string(text), &object);
    return r ? r : act_event_publish_next(c, before, object, &end);
}

/* As change_once(). */
static int delete_once(act_call *c, const act_deletion *d)
{
    act_event_state before;
    const act_json *shown = NULL;
    int r = act_event_find(c, c->target.ns, c->target.name, NULL, &before);
    if (r) {
        answer_absent(c, r);
        return 0;
    }
    r = act_event_shown(c, &before, &shown);
    if (!r && !act_deletion_allows(c, d, shown))
        return 0;
    if (!r && !d->dry_run)
        r = publish_end(c, &before);
    if (r == ACT_ECONFLICT)
        return r;
    if (r)
        act_event_answer_failure(c, r);
    else
        act_deletion_answer(c, shown);
    return 0;
}

void act_event_delete(act_call *c)
{
    act_deletion d;
    size_t turn;
    int r = ACT_ECONFLICT;
    if (!act_deletion_read(c, &d) || !act_event_take_turn(c, &turn))
        return;
    for (int i = 0; i < ATTEMPTS && r == ACT_ECONFLICT; i++)
        r = delete_once(c, &d);
    act_turns_leave(c->api->turns, turn);
    if (r == ACT_ECONFLICT)
        act_change_conflict(c, (act_str){ 0 });
}

/* Delete an Event of a list, also when it has changed since. */
static int delete_listed(act_call *c, const act_event_state *listed)
{
    act_event_state now = *listed;
    int r = publish_end(c, &now);
    for (int i = 1; i < ATTEMPTS && r == ACT_ECONFLICT; i++) {
        r = act_event_find(c, listed->ns, listed->name, &listed->tenant, &now);
        if (r == ACT_ENOTFOUND)
            return 0;
        if (!r)
            r = publish_end(c, &now);
    }
    return r;
}

/* All that is selected goes, page by page; the answer has the first page. */
void act_event_delete_all(act_call *c)
{
    act_selection s;
    act_event_page first, page;
    act_deletion d;
    if (!act_event_selection_read(c, &s) || !act_deletion_read(c, &d) ||
        !act_event_page_read(c, &s, s.query.limit, &first))
        return;
    page = first;
    int r = 0;
    while (!d.dry_run) {
        for (size_t i = 0; !r && i < page.n; i++)
            r = delete_listed(c, &page.items[i]);
        s.query.continue_token = page.continue_token;
        if (r || s.query.limit > 0 || page.continue_token.len == 0)
            break;
        if (!act_event_page_read(c, &s, 0, &page))
            return;
    }
    if (s.query.limit == 0)
        first.continue_token = (act_str){ 0 };
    if (r)
        act_event_answer_failure(c, r);
    else
        act_event_answer_page(c, &first);
}
