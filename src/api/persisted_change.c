/* Changes of persisted kinds: PUT, PATCH, DELETE, on the object or its status. */
#include "api/change.h"
#include "api/persisted_parts.h"

enum { ATTEMPTS = 8 }; /* of a change without resourceVersion, when others are faster */

/* ---- the new object ---------------------------------------------------------------- */

static bool member_equal(const act_json *a, const act_json *b, const char *key)
{
    const act_json *x = act_json_get(a, act_str_cstr(key));
    const act_json *y = act_json_get(b, act_str_cstr(key));
    return x && y ? act_json_equal(x, y) : x == y;
}

/* What of @wanted counts: on /status the status alone, else all but the status. */
static int settle_object(act_call *c, const act_json *before, const act_json *wanted,
                         const act_json **ret)
{
    bool on_status = c->target.subresource.len > 0;
    const act_json *status = act_json_get(on_status ? wanted : before, ACT_STR("status"));
    const act_json *after = NULL;
    int r =
        act_object_with(c->arena, on_status ? before : wanted, "status", status, &after);
    if (r || on_status) {
        if (!r)
            *ret = after;
        return r;
    }
    return act_object_prepare_update(c->arena, before, after,
                                     !member_equal(before, after, "spec"), ret);
}

/* ---- checks ------------------------------------------------------------------------ */

static const act_json *finalizers_of(const act_json *object)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    return act_json_get(meta, ACT_STR("finalizers"));
}

static bool has_finalizers(const act_json *object)
{
    size_t n;
    (void)act_json_items(finalizers_of(object), &n);
    return n > 0;
}

/* An object that is being deleted gets no new finalizers. */
static void check_new_finalizers(const act_json *before, const act_json *after,
                                 act_problems *problems)
{
    size_t n, n_old;
    const act_json *items = act_json_items(finalizers_of(after), &n);
    const act_json *old = act_json_items(finalizers_of(before), &n_old);
    if (act_object_meta(before, "deletionTimestamp").len == 0)
        return;
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < n_old && !act_json_equal(&old[k], &items[i]))
            k++;
        if (k == n_old)
            (void)act_problems_add(problems, ACT_PROBLEM_FORBIDDEN,
                                   ACT_STR("metadata.finalizers"),
                                   act_json_string(&items[i]),
                                   "no new finalizers can be added if the object is being "
                                   "deleted");
    }
}

bool act_persisted_valid(act_call *c, const act_persisted_kind *kind,
                         const act_json *before, const act_json *after)
{
    act_problems problems = act_problems_in(c->arena);
    int r = 0;
    if (c->target.subresource.len == 0) {
        act_object_check_meta(after, &problems);
        check_new_finalizers(before, after, &problems);
        r = kind->validate(c, after, before, &problems);
    } else if (kind->validate_status) {
        r = kind->validate_status(c, after, before, &problems);
    }
    if (r)
        act_answer_failure(c, r, "memory");
    else if (problems.count > 0)
        act_answer_invalid(c, c->target.name, &problems);
    return !r && problems.count == 0;
}

/* ---- storing ----------------------------------------------------------------------- */

int act_persisted_store(act_call *c, const act_entry *entry, const act_json *after,
                        int64_t *ret_revision)
{
    bool gone =
        act_object_meta(after, "deletionTimestamp").len > 0 && !has_finalizers(after);
    if (gone)
        return act_registry_delete(c->api->registry, entry->key, entry->mod_revision,
                                   ret_revision);
    act_str text;
    int r = act_persisted_text(c->arena, after, &text);
    return r ? r
             : act_registry_update(c->api->registry, entry->key, text, entry->mod_revision,
                                   ret_revision);
}

/* One try. ACT_ECONFLICT: try again; else it is answered. */
static int change_once(act_call *c, const act_persisted_kind *kind, const act_change *ch)
{
    act_entry entry;
    const act_json *before, *wanted, *after = NULL;
    if (!act_persisted_find(c, kind, c->target.name, &entry, &before) ||
        !act_change_wanted(c, ch, before, &wanted) || !act_change_names(c, before, wanted))
        return 0;
    act_str version = act_object_version(wanted);
    bool pinned = version.len > 0 && ch->content == ACT_KUBE_CONTENT_OTHER;
    if (version.len > 0 &&
        !act_str_eq(version, act_object_meta(before, "resourceVersion"))) {
        act_change_conflict(c, (act_str){ 0 });
        return 0;
    }
    int r = settle_object(c, before, wanted, &after);
    if (r) {
        act_answer_failure(c, r, "memory");
        return 0;
    }
    if (!act_persisted_valid(c, kind, before, after))
        return 0;
    act_persisted_warn(c, kind, after);
    int64_t revision = entry.mod_revision;
    const act_json *stored_before = NULL;
    r = act_persisted_note_writer(c, &ch->q, before, after, &after);
    if (!r)
        r = act_object_with_meta(
            c->arena, after, "resourceVersion",
            act_json_of_string(act_object_meta(before, "resourceVersion")), &stored_before);
    bool same = !r && act_json_equal(before, stored_before);
    if (!r && !same && !ch->q.dry_run)
        r = act_persisted_store(c, &entry, after, &revision);
    if (r == ACT_ECONFLICT && !pinned)
        return r;
    if (r == ACT_ECONFLICT)
        act_change_conflict(c, (act_str){ 0 });
    else if (r == ACT_ELIMIT)
        act_answer_error(c, ACT_KUBE_TOO_LARGE, "the object is too large to be stored");
    else if (r)
        act_answer_failure(c, r, "the registry");
    else
        act_persisted_answer(c, 200, after, revision);
    return 0;
}

void act_persisted_change(act_call *c, const act_persisted_kind *kind)
{
    act_change ch;
    if (act_call_applies(c)) {
        act_persisted_apply(c, kind);
        return;
    }
    if (!act_change_read(c, &ch))
        return;
    for (int i = 0; i < ATTEMPTS; i++)
        if (change_once(c, kind, &ch) != ACT_ECONFLICT)
            return;
    act_change_conflict(c, (act_str){ 0 });
}

/* ---- delete ------------------------------------------------------------------------ */

/* @object, which its finalizers hold, as one that waits for its end. */
static int mark_deleted(act_call *c, const act_json *object, const act_json **ret)
{
    if (act_object_meta(object, "deletionTimestamp").len > 0) {
        *ret = object;
        return 0;
    }
    char now[ACT_RFC3339_MAX];
    act_str text;
    size_t len = act_rfc3339_format(c->now_ns, 0, now);
    int r = act_arena_str(c->arena, act_str_from(now, len), &text);
    if (!r)
        r = act_object_with_meta(c->arena, object, "deletionTimestamp",
                                 act_json_of_string(text), &object);
    if (!r)
        r = act_object_with_meta(c->arena, object, "deletionGracePeriodSeconds",
                                 act_json_of_i64(0), &object);
    if (!r)
        r = act_object_with_meta(c->arena, object, "generation",
                                 act_json_of_i64(act_object_generation(object) + 1), ret);
    return r;
}

/* Delete, or mark for deletion while finalizers wait. Without a garbage collector nobody
 * would take its finalizers away, so none are set. */
static int delete_entry(act_call *c, const act_entry *entry, const act_deletion *d,
                        const act_json *object, bool *ret_marked,
                        const act_json **ret_object)
{
    int64_t revision;
    act_str text;
    const act_json *after = object;
    int r = c->api->garbage_collected
                ? act_propagation_ask(c->arena, object, d->propagation, &after)
                : 0;
    if (r)
        return r;
    *ret_marked = has_finalizers(after);
    *ret_object = object;
    if (!*ret_marked)
        return act_registry_delete(c->api->registry, entry->key, entry->mod_revision,
                                   &revision);
    r = mark_deleted(c, after, &after);
    if (!r && after == object)
        return 0;
    if (!r)
        r = act_persisted_text(c->arena, after, &text);
    if (!r)
        r = act_registry_update(c->api->registry, entry->key, text, entry->mod_revision,
                                &revision);
    *ret_object = after;
    return r;
}

void act_persisted_delete(act_call *c, const act_persisted_kind *kind)
{
    act_deletion d;
    const act_json *object;
    act_entry entry;
    bool marked = false;
    if (!act_deletion_read(c, &d))
        return;
    int r = ACT_ECONFLICT;
    for (int i = 0; i < ATTEMPTS && r == ACT_ECONFLICT; i++) {
        if (!act_persisted_find(c, kind, c->target.name, &entry, &object) ||
            !act_deletion_allows(c, &d, object))
            return;
        r = d.dry_run ? 0 : delete_entry(c, &entry, &d, object, &marked, &object);
        r = r == ACT_ENOTFOUND ? ACT_ECONFLICT : r;
    }
    if (r == ACT_ECONFLICT)
        act_change_conflict(c, (act_str){ 0 });
    else if (r)
        act_answer_failure(c, r, "the registry");
    else if (marked)
        act_answer_object(c, 200, object);
    else
        act_deletion_answer(c, object);
}

/* One of many: who was faster has it. */
static int delete_one(act_call *c, const act_deletion *d, const act_entry *entry,
                      const act_json **object)
{
    bool marked;
    int r = d->dry_run ? 0 : delete_entry(c, entry, d, *object, &marked, object);
    return r == ACT_ENOTFOUND || r == ACT_ECONFLICT ? 0 : r;
}

void act_persisted_delete_all(act_call *c, const act_persisted_kind *kind)
{
    act_list_query q;
    act_deletion d;
    act_persisted_page page;
    int r = 0;
    if (!act_call_list_query(c, &q) || !act_deletion_read(c, &d) ||
        !act_persisted_page_read(c, kind, &q, &page))
        return;
    for (size_t i = 0; !r && i < page.n; i++)
        r = delete_one(c, &d, page.entries[i], &page.items[i]);
    if (r)
        act_answer_failure(c, r, "the registry");
    else
        act_answer_list(c, page.items, page.n, &page.meta);
}
