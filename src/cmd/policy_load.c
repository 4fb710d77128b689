#include "cmd/policy_load.h"

#include "api/persisted.h"
#include "cmd/policy_files.h"
#include "core/policy.h"
#include "kube/body.h"
#include "pipeline/policy_source.h"

enum { ARENA_BYTES = 256 << 20 };

typedef struct {
    const act_policy_load_options *o;
    act_arena *arena;
    size_t created, updated, same;
} loading;

/* Policies are of the cluster. A namespace that a tool has written into one is left out, as
 * an API server does when it is applied. */
static int leave_namespace(loading *l, act_policy_file_doc *doc)
{
    act_str ns = act_object_meta(doc->object, "namespace");
    if (ns.len > 0)
        act_warn(l->o->log,
                 "a policy is in no namespace, its metadata.namespace is left out",
                 ACT_F_CSTR("file", doc->file), ACT_F_I64("line", doc->line),
                 ACT_F_STR("namespace", ns));
    return act_object_without_namespace(l->arena, doc->object, &doc->object);
}

static int is_valid(loading *l, const act_policy_file_doc *doc, act_err *e)
{
    act_problems problems = act_problems_in(l->arena);
    int r = act_policy_file_check(l->arena, doc->object, &problems);
    if (!r || r == ACT_EINVAL)
        r = act_policy_new(l->o->env, NULL, doc->object, "spec", &problems, NULL);
    if (r && r != ACT_EINVAL)
        return r;
    if (problems.count == 0)
        return 0;
    act_buf text = ACT_BUF_INIT;
    act_kube_problem_text(problems.first, &text);
    r = act_fail(e, ACT_EINVAL, "%s:%u: %.*s", doc->file, doc->line,
                 ACT_STR_ARG(act_buf_str(&text)));
    act_buf_done(&text);
    return r;
}

static int create(loading *l, act_str key, const act_json *object)
{
    act_str text;
    int64_t revision;
    int r = act_object_with(l->arena, object, "status", NULL, &object);
    if (!r)
        r = act_object_prepare_create(l->arena, object, act_wall_ns(l->o->clock),
                                      l->o->random, &object);
    if (!r)
        r = act_persisted_text(l->arena, object, &text);
    return r ? r : act_registry_create(l->o->registry, key, text, &revision);
}

static const char *const taken_metadata[] = { "labels", "annotations" };

/* The stored object with what the file says. */
static int merge(loading *l, const act_json *stored, const act_json *object,
                 const act_json **ret)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    const act_json *spec = act_json_get(object, ACT_STR("spec"));
    const act_json *before = act_json_get(stored, ACT_STR("spec"));
    const act_json *after = NULL;
    int r = act_object_with(l->arena, stored, "spec", spec, &after);
    for (size_t i = 0; !r && i < ACT_COUNT(taken_metadata); i++) {
        const act_json *v = act_json_get(meta, act_str_cstr(taken_metadata[i]));
        if (v)
            r = act_object_with_meta(l->arena, after, taken_metadata[i], *v, &after);
    }
    bool changed = !before || !spec || !act_json_equal(before, spec);
    return r ? r : act_object_prepare_update(l->arena, stored, after, changed, ret);
}

/* In all that is taken from files. */
static bool is_same(const act_json *a, const act_json *b)
{
    const act_json *x = act_json_get(a, ACT_STR("metadata"));
    const act_json *y = act_json_get(b, ACT_STR("metadata"));
    bool same =
        act_json_equal(act_json_get(a, ACT_STR("spec")), act_json_get(b, ACT_STR("spec")));
    for (size_t i = 0; same && i < ACT_COUNT(taken_metadata); i++) {
        act_str key = act_str_cstr(taken_metadata[i]);
        same = act_json_equal(act_json_get(x, key), act_json_get(y, key));
    }
    return same;
}

static int update(loading *l, const act_entry *entry, const act_json *object,
                  bool *ret_same)
{
    const act_json *stored, *after;
    act_str text;
    int64_t revision;
    int r = act_persisted_object(l->arena, entry, &stored);
    if (!r)
        r = merge(l, stored, object, &after);
    if (!r)
        r = act_persisted_text(l->arena, after, &text);
    if (r)
        return r;
    *ret_same = is_same(stored, after);
    return *ret_same ? 0
                     : act_registry_update(l->o->registry, entry->key, text,
                                           entry->mod_revision, &revision);
}

static int load_document(void *ctx, const act_policy_file_doc *given, act_err *e)
{
    loading *l = ctx;
    act_policy_file_doc own = *given, *doc = &own;
    act_str key;
    act_entry entry;
    bool same = false;
    if (!act_policy_file_is_policy(doc->object))
        return act_fail(e, ACT_EINVAL, "%s:%u: not an ActivityPolicy", doc->file,
                        doc->line);
    int r = leave_namespace(l, doc);
    if (!r)
        r = is_valid(l, doc, e);
    if (!r)
        r = act_arena_printf(l->arena, &key, "%s%.*s", ACT_REGISTRY_POLICIES,
                             ACT_STR_ARG(act_object_meta(doc->object, "name")));
    if (!r)
        r = act_registry_get(l->o->registry, key, l->arena, &entry);
    if (r == ACT_ENOTFOUND) {
        r = create(l, key, doc->object);
        l->created += !r;
        return r;
    }
    if (!r)
        r = update(l, &entry, doc->object, &same);
    l->updated += !r && !same;
    l->same += !r && same;
    return r;
}

int act_policy_load(const act_policy_load_options *o, const char *path, act_err *reterr)
{
    loading l = { .o = o };
    int r = act_arena_new(ARENA_BYTES, 64 << 10, &l.arena);
    if (!r)
        r = act_policy_files_read(path, l.arena, load_document, &l, reterr);
    if (!r)
        act_info(o->log, "policies loaded from files", ACT_F_CSTR("path", path),
                 ACT_F_I64("created", l.created), ACT_F_I64("updated", l.updated),
                 ACT_F_I64("unchanged", l.same));
    act_arena_free(l.arena);
    return r;
}
