#include "kube/managed.h"

#include "kube/object.h"
#include "kube/typed.h"

enum { MANAGERS_MAX = 64 };

/* One entry of managedFields. */
typedef struct {
    act_str manager, operation, api_version, subresource, time;
    const act_json *fields; /* NULL: none any more */
    bool own;               /* the writer's entry of the operation at hand */
} entry;

typedef struct {
    act_arena *a;
    const act_schema *schema;
    const act_field_writer *writer;
    entry entries[MANAGERS_MAX + 2];
    size_t n;
    entry *own;
} managers;

/* ---- objects without what nobody manages ------------------------------------------- */

static int without(act_arena *a, const act_json *object, const char *key, act_json *ret)
{
    act_json less;
    int r = act_json_without(a, object, act_str_cstr(key), &less);
    *ret = less;
    return r;
}

/* The part of @object that the writer's fields are about. */
static int managed_part(const managers *m, const act_json *object, const act_json **ret)
{
    static const char *const servers[] = { "name",
                                           "namespace",
                                           "creationTimestamp",
                                           "selfLink",
                                           "uid",
                                           "generation",
                                           "managedFields",
                                           "resourceVersion",
                                           "generateName",
                                           "deletionTimestamp",
                                           "deletionGracePeriodSeconds" };
    act_json *part = act_arena_make(m->a, act_json);
    if (!part)
        return ACT_ENOMEM;
    *ret = part;
    if (m->writer->subresource.len > 0) {
        const act_json *status = act_json_get(object, ACT_STR("status"));
        act_json empty = act_json_of_object();
        return status ? act_json_with(m->a, &empty, ACT_STR("status"), *status, part)
                      : (*part = empty, 0);
    }
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    act_json rest = *object, less = meta ? *meta : act_json_of_object();
    int r = without(m->a, &rest, "apiVersion", &rest);
    if (!r)
        r = without(m->a, &rest, "kind", &rest);
    if (!r)
        r = without(m->a, &rest, "status", &rest);
    for (size_t i = 0; i < ACT_COUNT(servers) && !r; i++)
        r = without(m->a, &less, servers[i], &less);
    *part = rest;
    if (r)
        return r;
    return less.count > 0 ? act_json_with(m->a, &rest, ACT_STR("metadata"), less, part)
                          : act_json_without(m->a, &rest, ACT_STR("metadata"), part);
}

/* ---- entries ----------------------------------------------------------------------- */

static act_str text_of(const act_json *object, const char *key)
{
    return act_json_string(act_json_get(object, act_str_cstr(key)));
}

static bool is_own(const managers *m, const entry *e, act_str operation)
{
    return act_str_eq(e->manager, m->writer->manager) &&
           act_str_eq(e->operation, operation) &&
           act_str_eq(e->subresource, m->writer->subresource);
}

static void read_entries(managers *m, const act_json *object, act_str operation)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    size_t n;
    const act_json *items =
        act_json_items(act_json_get(meta, ACT_STR("managedFields")), &n);
    for (size_t i = 0; i < n && m->n < MANAGERS_MAX; i++) {
        entry e = { .manager = text_of(&items[i], "manager"),
                    .operation = text_of(&items[i], "operation"),
                    .api_version = text_of(&items[i], "apiVersion"),
                    .subresource = text_of(&items[i], "subresource"),
                    .time = text_of(&items[i], "time"),
                    .fields = act_json_get(&items[i], ACT_STR("fieldsV1")) };
        e.own = is_own(m, &e, operation);
        m->entries[m->n++] = e;
    }
}

/* The writer's entry, made when it is not there. */
static void find_own(managers *m, act_str operation)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->entries[i].own)
            m->own = &m->entries[i];
    if (m->own)
        return;
    m->own = &m->entries[m->n++];
    *m->own = (entry){ .manager = m->writer->manager,
                       .operation = operation,
                       .subresource = m->writer->subresource,
                       .own = true };
}

static int set_own(managers *m, const act_json *fields)
{
    if (act_fields_equal(m->own->fields, fields) && m->own->time.len > 0)
        return 0;
    char now[ACT_RFC3339_MAX];
    size_t len = act_rfc3339_format(m->writer->now_ns, 0, now);
    m->own->fields = fields;
    m->own->api_version = m->writer->api_version;
    return act_arena_str(m->a, act_str_from(now, len), &m->own->time);
}

static int write_entry(managers *m, const entry *e, act_json *ret)
{
    const struct {
        const char *key;
        act_json value;
        bool wanted;
    } members[] = {
        { "apiVersion", act_json_of_string(e->api_version), true },
        { "fieldsType", act_json_of_cstr("FieldsV1"), true },
        { "fieldsV1", *e->fields, true },
        { "manager", act_json_of_string(e->manager), true },
        { "operation", act_json_of_string(e->operation), true },
        { "subresource", act_json_of_string(e->subresource), e->subresource.len > 0 },
        { "time", act_json_of_string(e->time), true },
    };
    act_json object = act_json_of_object();
    int r = 0;
    for (size_t i = 0; i < ACT_COUNT(members) && !r; i++) {
        act_json next = object;
        if (members[i].wanted)
            r = act_json_with(m->a, &object, act_str_cstr(members[i].key), members[i].value,
                              &next);
        object = next;
    }
    *ret = object;
    return r;
}

/* @object with the entries that still have fields. */
static int write_entries(managers *m, const act_json *object, const act_json **ret)
{
    act_json list = act_json_of_array();
    int r = 0;
    for (size_t i = 0; i < m->n && !r; i++) {
        act_json item, next = list;
        if (act_fields_is_empty(m->entries[i].fields))
            continue;
        r = write_entry(m, &m->entries[i], &item);
        if (!r)
            r = act_json_insert(m->a, &list, list.count, item, &next);
        list = next;
    }
    return r ? r : act_object_with_meta(m->a, object, "managedFields", list, ret);
}

/* ---- update ------------------------------------------------------------------------ */

static int release(managers *m, const act_json *fields)
{
    int r = 0;
    for (size_t i = 0; i < m->n && !r; i++)
        if (!m->entries[i].own)
            r = act_fields_minus(m->a, m->entries[i].fields, fields, &m->entries[i].fields);
    return r;
}

int act_managed_update(act_arena *a, const act_schema *schema, const act_json *before,
                       const act_json *after, const act_field_writer *writer,
                       const act_json **ret)
{
    managers m = { .a = a, .schema = schema, .writer = writer };
    const act_json *old_part = NULL, *new_part, *changed, *removed, *own;
    read_entries(&m, before, ACT_STR("Update"));
    find_own(&m, ACT_STR("Update"));
    int r = before ? managed_part(&m, before, &old_part) : 0;
    if (!r)
        r = managed_part(&m, after, &new_part);
    if (!r)
        r = act_typed_compare(a, schema, old_part, new_part, &changed, &removed);
    if (!r)
        r = release(&m, changed);
    if (!r)
        r = release(&m, removed);
    if (!r)
        r = act_fields_union(a, m.own->fields, changed, &own);
    if (!r)
        r = act_fields_minus(a, own, removed, &own);
    if (!r && (!act_fields_is_empty(changed) || !act_fields_is_empty(removed)))
        r = set_own(&m, own);
    return r ? r : write_entries(&m, after, ret);
}

/* ---- apply ------------------------------------------------------------------------- */

typedef struct {
    act_problems *problems;
    const entry *with;
} conflict_note;

static int note_conflict(void *ctx, act_str path)
{
    conflict_note *c = ctx;
    bool update = act_str_eq_cstr(c->with->operation, "Update");
    (void)act_problems_add(c->problems, ACT_PROBLEM_CONFLICT, path, (act_str){ 0 },
                           "conflict with \"%.*s\"%s%.*s%s%.*s",
                           ACT_STR_ARG(c->with->manager), update ? " using " : "",
                           ACT_STR_ARG(update ? c->with->api_version : ACT_STR("")),
                           update && c->with->time.len > 0 ? " at " : "",
                           ACT_STR_ARG(update ? c->with->time : ACT_STR("")));
    return 0;
}

/* Fields that others own and this apply changes: told, or taken over. */
static int settle_conflicts(managers *m, const act_json *changed, const act_json *applied,
                            bool force, act_problems *conflicts)
{
    const act_json *mine;
    int r = act_fields_common(m->a, changed, applied, &mine);
    for (size_t i = 0; i < m->n && !r; i++) {
        entry *e = &m->entries[i];
        const act_json *both = NULL;
        if (e->own)
            continue;
        r = act_fields_common(m->a, e->fields, mine, &both);
        if (r || act_fields_is_empty(both))
            continue;
        conflict_note note = { conflicts, e };
        r = force ? act_fields_minus(m->a, e->fields, both, &e->fields)
                  : act_fields_each(both, note_conflict, &note);
    }
    return r ? r : conflicts->count > 0 ? ACT_ECONFLICT : 0;
}

/* What the writer applied last time, mentions no more, and nobody else owns. */
static int abandoned(managers *m, const act_json *applied, const act_json **ret)
{
    const act_json *gone = NULL;
    int r = act_fields_minus(m->a, m->own->fields, applied, &gone);
    for (size_t i = 0; i < m->n && !r; i++)
        if (!m->entries[i].own)
            r = act_fields_minus(m->a, gone, m->entries[i].fields, &gone);
    *ret = gone;
    return r;
}

/* An object from before anybody kept managers: all it has belongs to somebody else. */
static int add_unknown_manager(managers *m, const act_json *part)
{
    if (m->n > 0 || !part)
        return 0;
    entry *e = &m->entries[m->n++];
    *e = (entry){ .manager = ACT_STR("before-first-apply"),
                  .operation = ACT_STR("Update"),
                  .api_version = m->writer->api_version };
    char now[ACT_RFC3339_MAX];
    size_t len = act_rfc3339_format(m->writer->now_ns, 0, now);
    int r = act_arena_str(m->a, act_str_from(now, len), &e->time);
    return r ? r : act_typed_fields(m->a, m->schema, part, &e->fields);
}

int act_managed_apply(act_arena *a, const act_schema *schema, const act_json *live,
                      const act_json *applied, const act_field_writer *writer, bool force,
                      act_problems *conflicts, const act_json **ret)
{
    managers m = { .a = a, .schema = schema, .writer = writer };
    const act_json *live_part = NULL, *part, *fields, *gone, *changed, *removed,
                   *after_part;
    act_json merged;
    act_json *after = act_arena_make(a, act_json);
    int r = after ? 0 : ACT_ENOMEM;
    read_entries(&m, live, ACT_STR("Apply"));
    if (!r && live)
        r = managed_part(&m, live, &live_part);
    if (!r)
        r = add_unknown_manager(&m, live_part);
    find_own(&m, ACT_STR("Apply"));
    if (!r)
        r = managed_part(&m, applied, &part);
    if (!r)
        r = act_typed_fields(a, schema, part, &fields);
    if (!r)
        r = abandoned(&m, fields, &gone);
    if (!r)
        r = act_typed_merge(a, schema, live ? live : applied, live ? part : applied,
                            &merged);
    if (!r)
        r = act_typed_remove(a, schema, &merged, gone, after);
    if (!r)
        r = managed_part(&m, after, &after_part);
    if (!r)
        r = act_typed_compare(a, schema, live_part, after_part, &changed, &removed);
    if (!r)
        r = settle_conflicts(&m, changed, fields, force, conflicts);
    if (!r)
        r = release(&m, removed);
    if (!r)
        r = set_own(&m, fields);
    return r ? r : write_entries(&m, after, ret);
}
