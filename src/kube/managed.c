#include "kube/managed.h"

#include "base/json_builder.h"
#include "kube/object.h"
#include "kube/typed.h"

/* Ordinary writers with an entry of their own; the oldest beyond it become one, so that
 * clients with ever new names do not fill the object (k8s.io/apiserver does the same). */
enum { UPDATERS_MAX = 10 };
#define ANCIENT "ancient-changes"

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
    entry *entries; /* room for two more than were read */
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
        *part = act_json_of_object();
        return status ? act_json_with(m->a, NULL, ACT_STR("status"), *status, part) : 0;
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
    return r ? r : act_json_with(m->a, &rest, ACT_STR("metadata"), less, part);
}

/* @set without what nobody manages: metadata itself, which is always there. */
static int strip(const managers *m, const act_json **set)
{
    static const act_json_member metadata = { .key = { "f:metadata", 10 },
                                              .value = { .type = ACT_JSON_OBJECT } };
    act_json_member hashed = metadata;
    hashed.hash = act_str_hash(metadata.key);
    const act_json itself = { .type = ACT_JSON_OBJECT, .count = 1, .as.members = &hashed };
    return act_fields_minus(m->a, *set, &itself, set);
}

static int fields_of(const managers *m, const act_json *part, const act_json **ret)
{
    int r = act_typed_fields(m->a, m->schema, part, ret);
    return r ? r : strip(m, ret);
}

/* What changed and what went from @before (NULL: nothing was there) to @after. */
static int compare(const managers *m, const act_json *before, const act_json *after,
                   const act_json **ret_changed, const act_json **ret_removed)
{
    int r = act_typed_compare(m->a, m->schema, before, after, ret_changed, ret_removed);
    if (!r)
        r = strip(m, ret_changed);
    return r ? r : strip(m, ret_removed);
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

static const act_json *list_of(const act_json *object)
{
    return act_json_get(act_json_get(object, ACT_STR("metadata")),
                        ACT_STR("managedFields"));
}

/* @list NULL: there are none. ACT_ENOMEM. */
static int read_entries(managers *m, const act_json *list, const char *operation)
{
    size_t n = 0;
    const act_json *items = list ? act_json_items(list, &n) : NULL;
    m->entries = act_arena_make_n(m->a, entry, n + 2);
    if (!m->entries)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        entry e = { .manager = text_of(&items[i], "manager"),
                    .operation = text_of(&items[i], "operation"),
                    .api_version = text_of(&items[i], "apiVersion"),
                    .subresource = text_of(&items[i], "subresource"),
                    .time = text_of(&items[i], "time"),
                    .fields = act_json_get(&items[i], ACT_STR("fieldsV1")) };
        e.own = is_own(m, &e, act_str_cstr(operation));
        m->entries[m->n++] = e;
    }
    return 0;
}

static bool is_entry(const act_json *item)
{
    act_str operation = text_of(item, "operation");
    const act_json *fields = act_json_get(item, ACT_STR("fieldsV1"));
    return (act_str_eq_cstr(operation, "Apply") || act_str_eq_cstr(operation, "Update")) &&
           act_str_eq_cstr(text_of(item, "fieldsType"), "FieldsV1") &&
           (!fields || act_fields_are_valid(fields));
}

/* Which managedFields count in an ordinary write. Clients may change them on purpose: one
 * empty entry forgets all, valid ones replace (kubectl hands a client-side apply's fields
 * over in this way). Those that leave them out, or do not understand them, change nothing,
 * and a subresource never does. */
static const act_json *list_that_counts(const managers *m, const act_json *before,
                                        const act_json *after)
{
    const act_json *old = list_of(before), *new = list_of(after);
    size_t n = 0;
    const act_json *items = new ? act_json_items(new, &n) : NULL;
    if (m->writer->subresource.len > 0 || n == 0)
        return old;
    if (n == 1 && items[0].type == ACT_JSON_OBJECT && items[0].count == 0)
        return NULL;
    for (size_t i = 0; i < n; i++)
        if (!is_entry(&items[i]))
            return old;
    return new;
}

/* The writer's entry, made when it is not there. */
static void find_own(managers *m, const char *operation)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->entries[i].own)
            m->own = &m->entries[i];
    if (m->own)
        return;
    m->own = &m->entries[m->n++];
    *m->own = (entry){ .manager = m->writer->manager,
                       .operation = act_str_cstr(operation),
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
    act_json_object_builder b = act_json_object_in(m->a);
    for (size_t i = 0; i < ACT_COUNT(members); i++)
        if (members[i].wanted)
            act_json_object_add(&b, act_str_cstr(members[i].key), members[i].value);
    return act_json_object_built(&b, ret);
}

/* Applies first, then by time and name: the order in which people read them. */
static bool is_before(const entry *a, const entry *b)
{
    int order = act_str_cmp(a->operation, b->operation);
    if (!order)
        order = act_str_cmp(a->time, b->time);
    return order ? order < 0 : act_str_cmp(a->manager, b->manager) < 0;
}

static void sort_entries(managers *m)
{
    for (size_t i = 1; i < m->n; i++) {
        entry moving = m->entries[i];
        size_t k = i;
        for (; k > 0 && is_before(&moving, &m->entries[k - 1]); k--)
            m->entries[k] = m->entries[k - 1];
        m->entries[k] = moving;
    }
}

static void drop_empty(managers *m)
{
    size_t left = 0;
    for (size_t i = 0; i < m->n; i++)
        if (!act_fields_is_empty(m->entries[i].fields))
            m->entries[left++] = m->entries[i];
    m->n = left;
}

static bool is_update(const managers *m, const entry *e)
{
    return act_str_eq_cstr(e->operation, "Update") &&
           act_str_eq(e->subresource, m->writer->subresource);
}

/* Make one of the two oldest of the sorted Update entries. */
static int merge_oldest(managers *m)
{
    size_t first = 0;
    while (!is_update(m, &m->entries[first]))
        first++;
    size_t second = first + 1;
    while (!is_update(m, &m->entries[second]))
        second++;
    entry *into = &m->entries[second];
    int r = act_fields_union(m->a, m->entries[first].fields, into->fields, &into->fields);
    into->manager = ACT_STR(ANCIENT);
    m->entries[first].fields = NULL;
    return r;
}

static int cap_updaters(managers *m)
{
    size_t updaters = 0;
    int r = 0;
    for (size_t i = 0; i < m->n; i++)
        updaters += is_update(m, &m->entries[i]);
    for (; updaters > UPDATERS_MAX && !r; updaters--) {
        r = merge_oldest(m);
        drop_empty(m);
    }
    return r;
}

/* @object with the entries that still have fields. */
static int write_entries(managers *m, const act_json *object, const act_json **ret)
{
    act_json_array_builder list = act_json_array_in(m->a);
    act_json written, meta;
    drop_empty(m);
    sort_entries(m);
    int r = cap_updaters(m);
    for (size_t i = 0; i < m->n && !r; i++) {
        act_json item = { 0 };
        r = write_entry(m, &m->entries[i], &item);
        act_json_array_add(&list, item);
    }
    if (!r)
        r = act_json_array_built(&list, &written);
    if (r)
        return r;
    if (m->n > 0)
        return act_object_with_meta(m->a, object, "managedFields", written, ret);
    const act_json *old = act_json_get(object, ACT_STR("metadata"));
    r = act_json_without(m->a, old, ACT_STR("managedFields"), &meta);
    return r ? r : act_object_with(m->a, object, "metadata", &meta, ret);
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
    int r = read_entries(&m, list_that_counts(&m, before, after), "Update");
    if (r)
        return r;
    find_own(&m, "Update");
    if (before)
        r = managed_part(&m, before, &old_part);
    if (!r)
        r = managed_part(&m, after, &new_part);
    if (!r)
        r = compare(&m, old_part, new_part, &changed, &removed);
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
    bool update = act_str_eq_cstr(c->with->operation, "Update") && c->with->time.len > 0;
    bool part = c->with->subresource.len > 0;
    (void)act_problems_add(
        c->problems, ACT_PROBLEM_CONFLICT, path, (act_str){ 0 },
        "conflict with \"%.*s\"%s%.*s%s%s%.*s%s%.*s", ACT_STR_ARG(c->with->manager),
        part ? " with subresource \"" : "", ACT_STR_ARG(c->with->subresource),
        part ? "\"" : "", update ? " using " : "",
        ACT_STR_ARG(update ? c->with->api_version : ACT_STR("")), update ? " at " : "",
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

/* What the writer applied last time, mentions no more, and nobody else owns. A container
 * goes with its last field, unless somebody has or had it for itself. */
static int abandoned(managers *m, const act_json *applied, const act_json **ret)
{
    const act_json *gone = NULL, *kept = NULL;
    int r = act_fields_with_containers(m->a, m->own->fields, &gone);
    if (!r)
        r = act_fields_with_containers(m->a, applied, &kept);
    if (!r)
        r = act_fields_minus(m->a, gone, kept, &gone);
    for (size_t i = 0; i < m->n && !r; i++) {
        if (m->entries[i].own)
            continue;
        r = act_fields_with_containers(m->a, m->entries[i].fields, &kept);
        if (!r)
            r = act_fields_minus(m->a, gone, kept, &gone);
    }
    if (!r)
        r = strip(m, &gone);
    if (!r)
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
    return r ? r : fields_of(m, part, &e->fields);
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
    if (!r)
        r = read_entries(&m, list_of(live), "Apply");
    if (!r && live)
        r = managed_part(&m, live, &live_part);
    if (!r)
        r = add_unknown_manager(&m, live_part);
    if (r)
        return r;
    find_own(&m, "Apply");
    r = managed_part(&m, applied, &part);
    if (!r)
        r = fields_of(&m, part, &fields);
    if (!r)
        r = abandoned(&m, fields, &gone);
    if (!r)
        r = act_typed_merge(a, schema, live, live ? part : applied, &merged);
    if (!r)
        r = act_typed_remove(a, schema, &merged, gone, after);
    if (!r)
        r = managed_part(&m, after, &after_part);
    if (!r)
        r = compare(&m, live_part, after_part, &changed, &removed);
    if (!r)
        r = settle_conflicts(&m, changed, fields, force, conflicts);
    if (!r)
        r = release(&m, removed);
    if (!r)
        r = set_own(&m, fields);
    return r ? r : write_entries(&m, after, ret);
}
