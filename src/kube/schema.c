#include "kube/schema.h"

const act_schema act_schema_string = { .type = ACT_SCHEMA_STRING };
const act_schema act_schema_int32 = { .type = ACT_SCHEMA_INT32 };
const act_schema act_schema_int64 = { .type = ACT_SCHEMA_INT64 };
const act_schema act_schema_bool = { .type = ACT_SCHEMA_BOOL };
const act_schema act_schema_time = { .type = ACT_SCHEMA_TIME };
const act_schema act_schema_any = { .type = ACT_SCHEMA_ANY };
const act_schema act_schema_strings = { .type = ACT_SCHEMA_LIST,
                                        .items = &act_schema_string };
const act_schema act_schema_string_map = { .type = ACT_SCHEMA_MAP,
                                           .items = &act_schema_string };

static const act_schema_field owner_fields[] = {
    { "apiVersion", &act_schema_string, "API version of the owner.", true },
    { "blockOwnerDeletion", &act_schema_bool, "Whether the owner waits for this object.",
      false },
    { "controller", &act_schema_bool, "Whether the owner is the managing controller.",
      false },
    { "kind", &act_schema_string, "Kind of the owner.", true },
    { "name", &act_schema_string, "Name of the owner.", true },
    { "uid", &act_schema_string, "UID of the owner.", true },
};
static const act_schema owner = { .type = ACT_SCHEMA_OBJECT,
                                  .name =
                                      "io.k8s.apimachinery.pkg.apis.meta.v1.OwnerReference",
                                  .doc = "An object that this one belongs to.",
                                  .fields = owner_fields,
                                  .n_fields = ACT_COUNT(owner_fields) };
static const act_schema owners = { .type = ACT_SCHEMA_LIST,
                                   .items = &owner,
                                   .list_key = "uid" };

static const act_schema_field managed_fields[] = {
    { "apiVersion", &act_schema_string, "Version of the fields' form.", false },
    { "fieldsType", &act_schema_string, "Always FieldsV1.", false },
    { "fieldsV1", &act_schema_any, "The fields that this manager owns.", false },
    { "manager", &act_schema_string, "Who manages the fields.", false },
    { "operation", &act_schema_string, "Apply or Update.", false },
    { "subresource", &act_schema_string, "The subresource written to.", false },
    { "time", &act_schema_time, "When the entry last changed.", false },
};
static const act_schema managed = {
    .type = ACT_SCHEMA_OBJECT,
    .name = "io.k8s.apimachinery.pkg.apis.meta.v1.ManagedFieldsEntry",
    .doc = "Who manages which fields.",
    .fields = managed_fields,
    .n_fields = ACT_COUNT(managed_fields)
};
static const act_schema managed_list = { .type = ACT_SCHEMA_LIST, .items = &managed };

static const act_schema_field meta_fields[] = {
    { "annotations", &act_schema_string_map, "Free metadata of tools.", false },
    { "creationTimestamp", &act_schema_time, "When the server created the object.", false },
    { "deletionGracePeriodSeconds", &act_schema_int64, "Read only.", false },
    { "deletionTimestamp", &act_schema_time, "When deletion was asked for.", false },
    { "finalizers", &act_schema_strings, "Who must agree before the object goes.", false },
    { "generateName", &act_schema_string, "Prefix of a name that the server makes.",
      false },
    { "generation", &act_schema_int64, "Counts the changes of the spec.", false },
    { "labels", &act_schema_string_map, "What selectors select by.", false },
    { "managedFields", &managed_list, "Who manages which fields.", false },
    { "name", &act_schema_string, "The name, once for the kind (in its namespace).",
      false },
    { "namespace", &act_schema_string, "The namespace of the name.", false },
    { "ownerReferences", &owners, "Objects that this one belongs to.", false },
    { "resourceVersion", &act_schema_string, "Version of the whole object, opaque.",
      false },
    { "selfLink", &act_schema_string, "Not used any more.", false },
    { "uid", &act_schema_string, "Unique in time and space.", false },
};
const act_schema act_schema_object_meta = {
    .type = ACT_SCHEMA_OBJECT,
    .name = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta",
    .doc = "Metadata that every object has.",
    .fields = meta_fields,
    .n_fields = ACT_COUNT(meta_fields)
};

static const act_schema_field list_meta_fields[] = {
    { "continue", &act_schema_string, "Token of the next page.", false },
    { "remainingItemCount", &act_schema_int64, "Items after this page.", false },
    { "resourceVersion", &act_schema_string, "Version from which to watch.", false },
    { "selfLink", &act_schema_string, "Not used any more.", false },
};
const act_schema act_schema_list_meta = {
    .type = ACT_SCHEMA_OBJECT,
    .name = "io.k8s.apimachinery.pkg.apis.meta.v1.ListMeta",
    .doc = "Metadata of a list.",
    .fields = list_meta_fields,
    .n_fields = ACT_COUNT(list_meta_fields)
};

static const act_schema_field condition_fields[] = {
    { "lastTransitionTime", &act_schema_time, "When the status last changed.", true },
    { "message", &act_schema_string, "A sentence for people.", true },
    { "observedGeneration", &act_schema_int64, "The generation that this is about.",
      false },
    { "reason", &act_schema_string, "A word for programs.", true },
    { "status", &act_schema_string, "True, False or Unknown.", true },
    { "type", &act_schema_string, "What the condition is about.", true },
};
static const act_schema condition = { .type = ACT_SCHEMA_OBJECT,
                                      .name =
                                          "io.k8s.apimachinery.pkg.apis.meta.v1.Condition",
                                      .doc = "One aspect of the state of an object.",
                                      .fields = condition_fields,
                                      .n_fields = ACT_COUNT(condition_fields) };
const act_schema act_schema_conditions = { .type = ACT_SCHEMA_LIST,
                                           .items = &condition,
                                           .list_key = "type" };

const act_schema_field *act_schema_find(const act_schema *schema, act_str name)
{
    for (size_t i = 0; i < schema->n_fields; i++)
        if (act_str_eq_cstr(name, schema->fields[i].name))
            return &schema->fields[i];
    return NULL;
}

/* ---- checking ---------------------------------------------------------------------- */

/* Where the walk is: a chain of steps on the stack. */
typedef struct path {
    const struct path *up;
    act_str name; /* of a field or map key */
    size_t index; /* of a list item, when name.ptr is NULL */
} path;

static void write_path(const path *p, act_buf *out)
{
    if (!p)
        return;
    write_path(p->up, out);
    if (!p->name.ptr) {
        act_buf_printf(out, "[%zu]", p->index);
        return;
    }
    if (out->len > 0)
        act_buf_add_byte(out, '.');
    act_buf_add(out, p->name);
}

static act_str path_text(act_schema_findings *f, const path *p)
{
    act_buf text = ACT_BUF_INIT;
    act_str kept = { 0 };
    write_path(p, &text);
    int r = act_buf_err(&text);
    if (!r)
        r = act_arena_str(f->arena, act_buf_str(&text), &kept);
    if (r)
        f->err = r;
    act_buf_done(&text);
    return kept;
}

static void add_unknown(act_schema_findings *f, const path *p)
{
    if (f->n_unknown < ACT_COUNT(f->unknown))
        f->unknown[f->n_unknown] = path_text(f, p);
    f->n_unknown++;
}

static void add_mismatch(act_schema_findings *f, const path *p, const char *wanted)
{
    if (f->mismatch.len > 0)
        return;
    act_str where = path_text(f, p);
    int r = act_arena_printf(f->arena, &f->mismatch, "%.*s: must be %s", ACT_STR_ARG(where),
                             wanted);
    if (r)
        f->err = r;
}

static const char *wanted_text(enum act_schema_type type)
{
    switch (type) {
    case ACT_SCHEMA_OBJECT:
    case ACT_SCHEMA_MAP:
        return "an object";
    case ACT_SCHEMA_LIST:
        return "a list";
    case ACT_SCHEMA_STRING:
        return "a string";
    case ACT_SCHEMA_TIME:
        return "a time as RFC 3339 text";
    case ACT_SCHEMA_INT32:
        return "an integer of 32 bits";
    case ACT_SCHEMA_INT64:
        return "an integer of 64 bits";
    case ACT_SCHEMA_BOOL:
        return "true or false";
    case ACT_SCHEMA_ANY:
        break;
    }
    return "a value";
}

static bool has_type(const act_schema *schema, const act_json *v)
{
    switch (schema->type) {
    case ACT_SCHEMA_OBJECT:
    case ACT_SCHEMA_MAP:
        return v->type == ACT_JSON_OBJECT;
    case ACT_SCHEMA_LIST:
        return v->type == ACT_JSON_ARRAY;
    case ACT_SCHEMA_STRING:
    case ACT_SCHEMA_TIME:
        return v->type == ACT_JSON_STRING;
    case ACT_SCHEMA_INT32:
        return v->type == ACT_JSON_INT && v->as.i64 >= INT32_MIN && v->as.i64 <= INT32_MAX;
    case ACT_SCHEMA_INT64:
        return v->type == ACT_JSON_INT;
    case ACT_SCHEMA_BOOL:
        return v->type == ACT_JSON_BOOL;
    case ACT_SCHEMA_ANY:
        return true;
    }
    return false;
}

static void check(const act_schema *schema, const act_json *v, const path *at,
                  act_schema_findings *f)
{
    if (v->type == ACT_JSON_NULL || schema->type == ACT_SCHEMA_ANY)
        return;
    if (!has_type(schema, v)) {
        add_mismatch(f, at, wanted_text(schema->type));
        return;
    }
    size_t n;
    if (schema->type == ACT_SCHEMA_LIST) {
        const act_json *items = act_json_items(v, &n);
        for (size_t i = 0; i < n; i++)
            check(schema->items, &items[i], &(path){ .up = at, .index = i }, f);
        return;
    }
    const act_json_member *members = act_json_members(v, &n);
    for (size_t i = 0; i < n; i++) {
        path step = { .up = at, .name = members[i].key };
        const act_schema_field *field = schema->type == ACT_SCHEMA_OBJECT
                                            ? act_schema_find(schema, members[i].key)
                                            : NULL;
        if (schema->type == ACT_SCHEMA_MAP)
            check(schema->items, &members[i].value, &step, f);
        else if (field)
            check(field->type, &members[i].value, &step, f);
        else
            add_unknown(f, &step);
    }
}

void act_schema_check(const act_schema *schema, const act_json *v, act_schema_findings *ret)
{
    check(schema, v, NULL, ret);
}
