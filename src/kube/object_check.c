/* Which metadata a server takes: the rules and words of Kubernetes'
 * api/validation.ValidateObjectMeta. */
#include "kube/object.h"

#include "kube/names.h"

enum { NAME_MAX_BYTES = 253, ANNOTATIONS_MAX = 256 << 10 };

static const act_json *items_of(const act_json *meta, const char *key, size_t *ret_n)
{
    return act_json_items(act_json_get(meta, act_str_cstr(key)), ret_n);
}

static void check_name(const act_json *meta, act_problems *p)
{
    act_str field = ACT_STR("metadata.name");
    act_str name = act_json_string(act_json_get(meta, ACT_STR("name")));
    if (name.len == 0)
        (void)act_problems_add(p, ACT_PROBLEM_REQUIRED, field, (act_str){ 0 },
                               "name or generateName is required");
    act_check_path_segment(name, field, p);
    if (name.len > NAME_MAX_BYTES)
        (void)act_problems_add(p, ACT_PROBLEM_TOO_LONG, field, (act_str){ 0 },
                               "may not be more than %d bytes", NAME_MAX_BYTES);
}

static void check_labels(const act_json *meta, act_problems *p)
{
    act_str field = ACT_STR("metadata.labels");
    size_t n;
    const act_json_member *m = act_json_members(act_json_get(meta, ACT_STR("labels")), &n);
    for (size_t i = 0; i < n; i++) {
        act_check_qualified_name(m[i].key, field, p);
        act_check_label_value(act_json_string(&m[i].value), field, p);
    }
}

static void check_annotations(const act_json *meta, act_problems *p)
{
    act_str field = ACT_STR("metadata.annotations");
    size_t n, bytes = 0;
    const act_json_member *m =
        act_json_members(act_json_get(meta, ACT_STR("annotations")), &n);
    for (size_t i = 0; i < n; i++) {
        bytes += m[i].key.len + act_json_string(&m[i].value).len;
        act_check_annotation_key(m[i].key, field, p);
    }
    if (bytes > ANNOTATIONS_MAX)
        (void)act_problems_add(p, ACT_PROBLEM_TOO_LONG, field, (act_str){ 0 },
                               "may not be more than %d bytes", ANNOTATIONS_MAX);
}

static void check_finalizers(const act_json *meta, act_problems *p)
{
    act_str field = ACT_STR("metadata.finalizers");
    size_t n;
    const act_json *items = items_of(meta, "finalizers", &n);
    bool orphan = false, foreground = false;
    for (size_t i = 0; i < n; i++) {
        act_str name = act_json_string(&items[i]);
        act_check_qualified_name(name, field, p);
        orphan = orphan || act_str_eq_cstr(name, ACT_FINALIZER_ORPHAN);
        foreground = foreground || act_str_eq_cstr(name, ACT_FINALIZER_FOREGROUND);
    }
    if (orphan && foreground)
        (void)act_problems_add(p, ACT_PROBLEM_INVALID, field, (act_str){ 0 },
                               "finalizer " ACT_FINALIZER_ORPHAN
                               " and " ACT_FINALIZER_FOREGROUND " cannot be both set");
}

/* ---- owners ------------------------------------------------------------------------ */

/* The version of "v1" or "group/v1"; empty when there is none. */
static act_str version_of(act_str api_version)
{
    size_t slash = act_str_find_byte(api_version, '/');
    if (slash == SIZE_MAX)
        return api_version;
    act_str version = act_str_cut(api_version, slash + 1);
    return act_str_find_byte(version, '/') == SIZE_MAX ? version : (act_str){ 0 };
}

static bool is_true(const act_json *v)
{
    return v && v->type == ACT_JSON_BOOL && v->as.boolean;
}

static void check_owner(const act_json *owner, act_problems *p)
{
    static const char *const wanted[] = { "kind", "name", "uid" };
    act_str version = act_json_string(act_json_get(owner, ACT_STR("apiVersion")));
    if (version_of(version).len == 0)
        (void)act_problems_add(p, ACT_PROBLEM_INVALID,
                               ACT_STR("metadata.ownerReferences.apiVersion"), version,
                               "version must not be empty");
    for (size_t i = 0; i < ACT_COUNT(wanted); i++) {
        char field[64];
        int len = snprintf(field, sizeof field, "metadata.ownerReferences.%s", wanted[i]);
        if (act_json_string(act_json_get(owner, act_str_cstr(wanted[i]))).len == 0)
            (void)act_problems_add(p, ACT_PROBLEM_INVALID, act_str_from(field, (size_t)len),
                                   ACT_STR(""), "must not be empty");
    }
    if (act_str_eq_cstr(version, "v1") &&
        act_json_is(act_json_get(owner, ACT_STR("kind")), ACT_STR("Event")))
        (void)act_problems_add(p, ACT_PROBLEM_INVALID, ACT_STR("metadata.ownerReferences"),
                               act_json_string(act_json_get(owner, ACT_STR("name"))),
                               "/v1, Kind=Event is disallowed from being an owner");
}

static void check_owners(const act_json *meta, act_problems *p)
{
    size_t n;
    const act_json *items = items_of(meta, "ownerReferences", &n);
    const act_json *first = NULL; /* that says to be the controller */
    for (size_t i = 0; i < n; i++) {
        check_owner(&items[i], p);
        if (!is_true(act_json_get(&items[i], ACT_STR("controller"))))
            continue;
        if (first)
            (void)act_problems_add(
                p, ACT_PROBLEM_INVALID, ACT_STR("metadata.ownerReferences"), (act_str){ 0 },
                "Only one reference can have Controller set to true. Found \"true\" in "
                "references for %.*s/%.*s and %.*s/%.*s",
                ACT_STR_ARG(act_json_string(act_json_get(first, ACT_STR("kind")))),
                ACT_STR_ARG(act_json_string(act_json_get(first, ACT_STR("name")))),
                ACT_STR_ARG(act_json_string(act_json_get(&items[i], ACT_STR("kind")))),
                ACT_STR_ARG(act_json_string(act_json_get(&items[i], ACT_STR("name")))));
        else
            first = &items[i];
    }
}

void act_object_check_meta(const act_json *object, act_problems *problems)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    act_str ns = act_json_string(act_json_get(meta, ACT_STR("namespace")));
    check_name(meta, problems);
    if (ns.len > 0)
        (void)act_problems_add(problems, ACT_PROBLEM_FORBIDDEN,
                               ACT_STR("metadata.namespace"), (act_str){ 0 },
                               "not allowed on this type");
    check_labels(meta, problems);
    check_annotations(meta, problems);
    check_owners(meta, problems);
    check_finalizers(meta, problems);
}

void act_object_check_kept(const act_json *before, const act_json *after,
                           act_problems *problems)
{
    static const char *const kept[] = { "uid", "creationTimestamp", "deletionTimestamp",
                                        "deletionGracePeriodSeconds" };
    const act_json *old = act_json_get(before, ACT_STR("metadata"));
    const act_json *new = act_json_get(after, ACT_STR("metadata"));
    for (size_t i = 0; old && i < ACT_COUNT(kept); i++) {
        const act_json *is = act_json_get(old, act_str_cstr(kept[i]));
        const act_json *wanted = act_json_get(new, act_str_cstr(kept[i]));
        act_str field, text = act_json_string(wanted);
        bool empty = !wanted || (wanted->type == ACT_JSON_STRING && text.len == 0);
        if (empty || (is && act_json_equal(is, wanted)))
            continue;
        if (act_arena_printf(problems->arena, &field, "metadata.%s", kept[i]))
            field = ACT_STR("metadata");
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, field, text,
                               "field is immutable");
    }
    act_str version = act_object_meta(after, "resourceVersion");
    uint64_t number;
    if (version.len > 0 && act_str_to_u64(version, &number))
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID,
                               ACT_STR("metadata.resourceVersion"), version,
                               "must be a version that the server gave");
}
