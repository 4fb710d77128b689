/* Server-side apply of persisted kinds, and the field managers of all writes. */
#include "api/change.h"
#include "api/persisted_parts.h"
#include "kube/managed.h"

enum { ATTEMPTS = 8 };

/* ---- who writes -------------------------------------------------------------------- */

/* fieldManager, else the client's name: its User-Agent up to the '/'. */
static act_str manager_of(const act_call *c, const act_write_query *q)
{
    act_str agent;
    if (q->field_manager.len > 0)
        return q->field_manager;
    (void)act_str_split(act_http_request_header(c->req, "User-Agent"), '/', &agent);
    return agent.len > 0 ? act_str_head(agent, 128) : ACT_STR("unknown");
}

static int writer_of(act_call *c, const act_write_query *q, act_field_writer *ret)
{
    char version[256];
    size_t len = act_kube_group_version(&c->kind->resource, version, sizeof version);
    *ret = (act_field_writer){ .manager = manager_of(c, q),
                               .subresource = c->target.subresource,
                               .now_ns = c->now_ns };
    return act_arena_str(c->arena, act_str_from(version, len), &ret->api_version);
}

int act_persisted_note_writer(act_call *c, const act_write_query *q, const act_json *before,
                              const act_json *after, const act_json **ret)
{
    act_field_writer writer;
    int r = writer_of(c, q, &writer);
    if (!r)
        r = act_managed_update(c->arena, c->kind->schema, before, after, &writer, ret);
    if (r != ACT_EINVAL)
        return r;
    /* A keyed list has an item twice, so that nobody can say who manages it. As in
     * Kubernetes that is no reason to refuse the object. */
    const act_json *meta = act_json_get(before, ACT_STR("metadata"));
    const act_json *managers = act_json_get(meta, ACT_STR("managedFields"));
    *ret = after;
    return managers ? act_object_with_meta(c->arena, after, "managedFields", *managers, ret)
                    : 0;
}

/* ---- what is applied --------------------------------------------------------------- */

typedef struct {
    act_write_query q;
    act_field_writer writer;
    const act_json *object;
} intent;

/* False: answered. */
static bool read_intent(act_call *c, intent *ret)
{
    act_body body;
    act_kube_status status;
    const act_json *parsed;
    if (!act_call_write_query(c, &ret->q))
        return false;
    if (ret->q.field_manager.len == 0) {
        act_problems problems = act_problems_in(c->arena);
        (void)act_problems_add(&problems, ACT_PROBLEM_REQUIRED, ACT_STR("fieldManager"),
                               (act_str){ 0 }, "is required for apply patch");
        status = act_kube_invalid(c->arena, ACT_STR("meta.k8s.io"), ACT_STR("PatchOptions"),
                                  (act_str){ 0 }, &problems);
        act_answer_status(c, &status);
        return false;
    }
    if (!act_body_parse(c->arena, act_http_request_body(c->req),
                        ACT_KUBE_CONTENT_APPLY_PATCH, &parsed, &status) ||
        !act_body_check(c->arena, parsed, &c->kind->resource, c->kind->schema,
                        ret->q.validation, &body, &status)) {
        act_answer_status(c, &status);
        return false;
    }
    act_answer_warnings(c, body.warnings, body.n_warnings);
    const act_json *meta = act_json_get(body.object, ACT_STR("metadata"));
    if (act_json_get(meta, ACT_STR("managedFields"))) {
        act_answer_error(c, ACT_KUBE_BAD_REQUEST, "metadata.managedFields must be nil");
        return false;
    }
    ret->object = body.object;
    int r = writer_of(c, &ret->q, &ret->writer);
    if (r)
        act_answer_failure(c, r, "memory");
    return !r;
}

/* 409 with each field that somebody else manages. */
static void answer_field_conflicts(act_call *c, const act_problems *conflicts)
{
    act_buf text = ACT_BUF_INIT;
    act_str message = ACT_STR("Apply failed with conflicts");
    act_buf_printf(&text, "Apply failed with %zu conflict%s:", conflicts->count,
                   conflicts->count == 1 ? "" : "s");
    for (const act_problem *p = conflicts->first; p; p = p->next)
        act_buf_printf(&text, "%s %.*s: %.*s", p == conflicts->first ? "" : ",",
                       ACT_STR_ARG(p->detail), ACT_STR_ARG(p->field));
    if (!act_buf_err(&text) && act_arena_str(c->arena, act_buf_str(&text), &message))
        message = ACT_STR("Apply failed with conflicts");
    act_buf_done(&text);
    act_kube_status status =
        act_kube_error(c->arena, ACT_KUBE_CONFLICT, "%.*s", ACT_STR_ARG(message));
    status.causes = conflicts->first;
    act_answer_status(c, &status);
}

/* ---- applying ---------------------------------------------------------------------- */

static bool answer_bad_result(act_call *c, int r, const act_problems *conflicts)
{
    if (r == ACT_ECONFLICT)
        answer_field_conflicts(c, conflicts);
    else if (r == ACT_EINVAL)
        act_answer_error(c, ACT_KUBE_BAD_REQUEST, "a keyed list has an item twice");
    else if (r)
        act_answer_failure(c, r, "memory");
    return r != 0;
}

/* Nothing is there: the intent becomes the object. ACT_EEXISTS: somebody was faster. */
static int create(act_call *c, const act_persisted_kind *kind, const intent *in,
                  act_str key)
{
    const act_json *object;
    act_problems conflicts = act_problems_in(c->arena);
    act_str text;
    int64_t revision = 0;
    int r = act_object_with(c->arena, in->object, "status", NULL, &object);
    if (!r)
        r = act_object_prepare_create(c->arena, object, c->now_ns, c->api->random, &object);
    if (!r)
        r = act_managed_apply(c->arena, c->kind->schema, NULL, object, &in->writer, false,
                              &conflicts, &object);
    if (!r) /* nobody manages defaults */
        r = act_schema_fill(c->arena, c->kind->schema, object, &object);
    if (answer_bad_result(c, r, &conflicts) || !act_persisted_valid(c, kind, NULL, object))
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
static int change(act_call *c, const act_persisted_kind *kind, const intent *in,
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
    act_str version = act_object_meta(in->object, "resourceVersion");
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
    if (answer_bad_result(c, r, &conflicts) || !act_persisted_valid(c, kind, live, after))
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

static int apply_once(act_call *c, const act_persisted_kind *kind, const intent *in,
                      act_str key)
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
    intent in;
    act_str key;
    if (!read_intent(c, &in))
        return;
    if (!act_str_eq(act_object_meta(in.object, "name"), c->target.name)) {
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "metadata.name must be the name on the URL (%.*s)",
                         ACT_STR_ARG(c->target.name));
        return;
    }
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
