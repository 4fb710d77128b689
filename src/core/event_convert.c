#include "core/event_convert.h"

#include "base/json_builder.h"
#include "base/json_write.h"

typedef struct {
    act_str name[2]; /* by enum act_event_form */
    bool text;       /* left out when empty */
} member_pair;

#define PAIR(v1, core, text)                                                               \
    {                                                                                      \
        { { "" v1, sizeof(v1) - 1 }, { "" core, sizeof(core) - 1 } }, text                 \
    }

static_assert(ACT_EVENT_V1 == 0 && ACT_EVENT_CORE == 1, "member_pair.name is indexed so");

static const member_pair pairs[] = {
    PAIR("regarding", "involvedObject", false),
    PAIR("note", "message", true),
    PAIR("deprecatedSource", "source", false),
    PAIR("deprecatedFirstTimestamp", "firstTimestamp", false),
    PAIR("deprecatedLastTimestamp", "lastTimestamp", false),
    PAIR("deprecatedCount", "count", false),
    PAIR("reportingController", "reportingComponent", true),
    PAIR("reportingInstance", "reportingInstance", true),
};

static const act_str api_versions[] = {
    [ACT_EVENT_V1] = { "events.k8s.io/v1", 16 },
    [ACT_EVENT_CORE] = { "v1", 2 },
};

static const member_pair *find(enum act_event_form form, act_str key)
{
    for (size_t i = 0; i < ACT_COUNT(pairs); i++)
        if (act_str_eq(key, pairs[i].name[form]))
            return &pairs[i];
    return NULL;
}

/* Name of @m in form @to; false when it is to be left out. */
static bool target_name(enum act_event_form from, enum act_event_form to,
                        const act_json_member *m, act_str *ret)
{
    const member_pair *pair = find(from, m->key);
    if (pair) {
        *ret = pair->name[to];
        return !(pair->text && act_json_is(&m->value, (act_str){ 0 }));
    }
    /* A name of the other form means nothing in this one (the API server prunes it). Kept,
     * it would begin to mean something, and might come twice. */
    *ret = m->key;
    return !find(to, m->key);
}

/* False for what is written anew, or has no place in form @to. */
static bool is_kept(enum act_event_form from, enum act_event_form to,
                    const act_json_member *m, act_str *ret_name)
{
    *ret_name = m->key;
    if (act_str_eq(m->key, ACT_STR("kind")) || act_str_eq(m->key, ACT_STR("apiVersion")))
        return false;
    return from == to || target_name(from, to, m, ret_name);
}

static void write_members(act_json_writer *w, const act_json *root,
                          enum act_event_form from, enum act_event_form to)
{
    size_t n;
    const act_json_member *members = act_json_members(root, &n);
    for (size_t i = 0; i < n; i++) {
        act_str name;
        if (!is_kept(from, to, &members[i], &name))
            continue;
        act_jw_key(w, name);
        act_jw_value(w, &members[i].value);
    }
}

static int convert(const act_json *root, enum act_event_form to, act_buf *out,
                   act_err *reterr)
{
    enum act_event_form from;
    int err = act_event_detect(root, &from, reterr);
    if (err)
        return err;
    size_t before = out->len;
    act_json_writer w = act_json_writer_on(out);
    bool complete =
        act_json_get(root, ACT_STR("kind")) &&
        act_json_is(act_json_get(root, ACT_STR("apiVersion")), api_versions[to]);
    if (from == to && complete) {
        act_jw_value(&w, root);
    } else {
        act_jw_object(&w);
        act_jw_kv_string(&w, "kind", ACT_STR("Event"));
        act_jw_kv_string(&w, "apiVersion", api_versions[to]);
        write_members(&w, root, from, to);
        act_jw_object_end(&w);
    }
    if (act_buf_err(out)) {
        out->len = before;
        return act_fail(reterr, act_buf_err(out), "the Event does not fit into memory");
    }
    return ACT_OK;
}

int act_event_to_v1(const act_json *root, act_buf *out, act_err *reterr)
{
    return convert(root, ACT_EVENT_V1, out, reterr);
}

int act_event_to_core(const act_json *root, act_buf *out, act_err *reterr)
{
    return convert(root, ACT_EVENT_CORE, out, reterr);
}

int act_event_as(act_arena *a, const act_json *root, enum act_event_form to,
                 const act_json **ret, act_err *reterr)
{
    enum act_event_form from;
    int err = act_event_detect(root, &from, reterr);
    if (err)
        return err;
    act_json_object_builder b = act_json_object_in(a);
    act_json_object_add(&b, ACT_STR("kind"), act_json_of_cstr("Event"));
    act_json_object_add(&b, ACT_STR("apiVersion"), act_json_of_string(api_versions[to]));
    size_t n;
    const act_json_member *members = act_json_members(root, &n);
    for (size_t i = 0; i < n; i++) {
        act_str name;
        if (is_kept(from, to, &members[i], &name))
            act_json_object_add(&b, name, members[i].value);
    }
    act_json *v = act_arena_make(a, act_json);
    err = v ? act_json_object_built(&b, v) : ACT_ENOMEM;
    if (err)
        return act_fail(reterr, err, "the Event does not fit into memory");
    *ret = v;
    return ACT_OK;
}

/* ---- managedFields ------------------------------------------------------------------ */

/* Fields "f:NAME" of form @from under the names that they have in @to. */
static int rename_fields(act_arena *a, const act_json *fields, enum act_event_form from,
                         enum act_event_form to, act_json *ret)
{
    act_json_object_builder b = act_json_object_in(a);
    size_t n;
    const act_json_member *members = act_json_members(fields, &n);
    for (size_t i = 0; i < n; i++) {
        act_str key = members[i].key;
        bool names = act_str_starts(key, ACT_STR("f:"));
        const member_pair *pair = names ? find(from, act_str_cut(key, 2)) : NULL;
        int err =
            pair ? act_arena_printf(a, &key, "f:%.*s", ACT_STR_ARG(pair->name[to])) : 0;
        if (err)
            return err;
        act_json_object_add(&b, key, members[i].value);
    }
    return act_json_object_built(&b, ret);
}

static int rename_entry(act_arena *a, const act_json *entry, enum act_event_form to,
                        act_json *ret)
{
    enum act_event_form from = to == ACT_EVENT_V1 ? ACT_EVENT_CORE : ACT_EVENT_V1;
    const act_json *fields = act_json_get(entry, ACT_STR("fieldsV1"));
    act_json renamed, with;
    *ret = *entry;
    if (!fields ||
        !act_json_is(act_json_get(entry, ACT_STR("apiVersion")), api_versions[from]))
        return ACT_OK;
    int err = rename_fields(a, fields, from, to, &renamed);
    if (!err)
        err = act_json_with(a, entry, ACT_STR("fieldsV1"), renamed, &with);
    if (!err)
        err = act_json_with(a, &with, ACT_STR("apiVersion"),
                            act_json_of_string(api_versions[to]), ret);
    return err;
}

int act_event_managers_as(act_arena *a, const act_json *object, enum act_event_form form,
                          const act_json **ret)
{
    const act_str path[] = { ACT_STR("metadata"), ACT_STR("managedFields") };
    size_t n;
    const act_json *entries =
        act_json_items(act_json_path(object, "metadata", "managedFields", NULL), &n);
    act_json_array_builder b = act_json_array_in(a);
    act_json list, entry;
    act_json *with = n > 0 ? act_arena_make(a, act_json) : NULL;
    if (n == 0) {
        *ret = object;
        return ACT_OK;
    }
    int err = with ? ACT_OK : ACT_ENOMEM;
    for (size_t i = 0; i < n && !err; i++) {
        err = rename_entry(a, &entries[i], form, &entry);
        act_json_array_add(&b, entry);
    }
    if (!err)
        err = act_json_array_built(&b, &list);
    if (!err)
        err = act_json_with_path(a, object, path, 2, list, with);
    if (!err)
        *ret = with;
    return err;
}
