/* Server-side apply of persisted kinds, and the field managers of all writes. */
#include "api/apply.h"
#include "api/change.h"
#include "api/persisted_parts.h"
#include "kube/managed.h"

enum { ATTEMPTS = 8 };

/* ---- who writes -------------------------------------------------------------------- */

int act_persisted_note_writer(act_call *c, const act_write_query *q, const act_json *before,
                              const act_json *after, const act_json **ret)
{
    return act_apply_note_writer(c, q, before, after, ret);
}

/* ---- applying ---------------------------------------------------------------------- */

/* Nothing is there: the intent becomes the object. ACT_EEXISTS: somebody was faster. */
static int create(act_call *c, const act_persisted_kind *kind, const act_apply_intent *in,
                  act_str key)
{
    const act_json *object;
    act_problems conflicts = act_problems_in(c->arena);
    act_str text;
    int64_t revision = 0;
    if (!act_apply_may_create(c, in))
        return 0;
    int r = act_object_with(c->arena, in->object, "status", NULL, &object);
    if (!r)
        r = act_object_prepare_create(c->arena, object, c->now_ns, c->api->random, &object);
    if (!r)
        r = act_managed_apply(c->arena, c->kind->schema, NULL, object, &in->writer, false,
                              &conflicts, &object);
    if (!r) /* nobody manages defaults */
        r = act_schema_fill(c->arena, c->kind->schema, object, &object);
    if (act_apply_refuse(c, r, &conflicts) || !act_persisted_valid(c, kind, NULL, object))
        return 0;
    act_persisted_warn(c, kind, object);
    r = act_persisted_text(c->arena, object, &text);
    if (!r && !in->q.dry_run)
        r = act_registry_create(c->api->registry, key, text, &revision);
    if (r == ACT_EEXISTS)
        return r;
    if (r)
        act_answer_failure(c, r, "the registry");
    else
        act_persisted_answer(c, 201, object, revision);
    return 0;
}

static bool same_spec(const act_json *a, const act_json *b)
{
    const act_json *x = act_json_get(a, ACT_STR("spec")),
                   *y = act_json_get(b, ACT_STR("spec"));
    return x && y ? act_json_equal(x, y) : x == y;
}

/* ACT_ECONFLICT: somebody was faster. */
static int change(act_call *c, const act_persisted_kind *kind, const act_apply_intent *in,
                  const act_entry *entry)
{
    const act_json *live, *after = NULL;
    act_problems conflicts = act_problems_in(c->arena);
    int64_t revision = entry->mod_revision;
    int r = act_persisted_object(c->arena, entry, &live);
    if (r) {
        act_answer_failure(c, r, "the registry");
        return 0;
    }
    act_str version = act_object_version(in->object);
    if (!act_change_names(c, live, in->object))
        return 0;
    if (version.len > 0 && !act_str_eq(version, act_object_meta(live, "resourceVersion"))) {
        act_change_conflict(c, (act_str){ 0 });
        return 0;
    }
    r = act_managed_apply(c->arena, c->kind->schema, live, in->object, &in->writer,
                          in->q.force, &conflicts, &after);
    if (!r && c->target.subresource.len == 0)
        r = act_object_prepare_update(c->arena, live, after, !same_spec(live, after),
                                      &after);
    if (act_apply_refuse(c, r, &conflicts) || !act_persisted_valid(c, kind, live, after))
        return 0;
    act_persisted_warn(c, kind, after);
    const act_json *versioned = NULL;
    r = act_object_with_meta(c->arena, after, "resourceVersion",
                             act_json_of_string(act_object_meta(live, "resourceVersion")),
                             &versioned);
    bool same = !r && act_json_equal(live, versioned);
    if (!r && !same && !in->q.dry_run)
        r = act_persisted_store(c, entry, after, &revision);
    if (r == ACT_ECONFLICT)
        return r;
    if (r)
        act_answer_failure(c, r, "the registry");
    else
        act_persisted_answer(c, 200, after, revision);
    return 0;
}

static int apply_once(act_call *c, const act_persisted_kind *kind,
                      const act_apply_intent *in, act_str key)
{
    act_entry entry;
    int r = act_registry_get(c->api->registry, key, c->arena, &entry);
    if (!r)
        return change(c, kind, in, &entry);
    if (r == ACT_ENOTFOUND && c->target.subresource.len == 0) {
        r = create(c, kind, in, key);
        return r == ACT_EEXISTS ? ACT_ECONFLICT : r;
    }
    if (r == ACT_ENOTFOUND) {
        act_kube_status status =
            act_kube_not_found(c->arena, c->target.group, c->target.plural, c->target.name);
        act_answer_status(c, &status);
    } else {
        act_answer_failure(c, r, "the registry");
    }
    return 0;
}

void act_persisted_apply(act_call *c, const act_persisted_kind *kind)
{
    act_apply_intent in;
    act_str key;
    if (!act_apply_read(c, &in))
        return;
    int r = act_persisted_key(c, kind, c->target.name, &key);
    if (r) {
        act_answer_failure(c, r, "memory");
        return;
    }
    for (int i = 0; i < ATTEMPTS; i++)
        if (apply_once(c, kind, &in, key) != ACT_ECONFLICT)
            return;
    act_change_conflict(c, (act_str){ 0 });
}
