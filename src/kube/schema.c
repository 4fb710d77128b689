#include "kube/schema.h"

#include "base/json_build.h"
#include "base/json_builder.h"
#include "kube/field_path.h"

const act_schema_field *act_schema_find(const act_schema *schema, act_str name)
{
    for (size_t i = 0; i < schema->n_fields; i++)
        if (act_str_eq_cstr(name, schema->fields[i].name))
            return &schema->fields[i];
    return NULL;
}

const act_schema *act_schema_member(const act_schema *schema, act_str name)
{
    if (schema->type == ACT_SCHEMA_MAP)
        return schema->items;
    const act_schema_field *field = act_schema_find(schema, name);
    return field ? field->type : NULL;
}

/* ---- checking ---------------------------------------------------------------------- */

static act_str path_text(act_schema_findings *f, const act_field_path *p)
{
    act_str text = { 0 };
    int r = act_field_path_text(p, f->arena, &text);
    if (r)
        f->err = r;
    return text;
}

static void add_unknown(act_schema_findings *f, const act_field_path *p)
{
    if (f->n_unknown < ACT_COUNT(f->unknown))
        f->unknown[f->n_unknown] = path_text(f, p);
    f->n_unknown++;
}

static void add_mismatch(act_schema_findings *f, const act_field_path *p,
                         const char *wanted)
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

static void check(const act_schema *schema, const act_json *v, const act_field_path *at,
                  act_schema_findings *f)
{
    if (schema->type == ACT_SCHEMA_ANY)
        return;
    if (v->type == ACT_JSON_NULL) {
        f->has_null = true;
        return;
    }
    if (!has_type(schema, v)) {
        add_mismatch(f, at, wanted_text(schema->type));
        return;
    }
    size_t n;
    if (schema->type == ACT_SCHEMA_LIST) {
        const act_json *items = act_json_items(v, &n);
        for (size_t i = 0; i < n; i++)
            check(schema->items, &items[i], &(act_field_path){ .up = at, .index = i }, f);
        return;
    }
    const act_json_member *members = act_json_members(v, &n);
    for (size_t i = 0; i < n; i++) {
        act_field_path step = { .up = at, .name = members[i].key };
        const act_schema *type = act_schema_member(schema, members[i].key);
        if (type)
            check(type, &members[i].value, &step, f);
        else
            add_unknown(f, &step);
    }
}

void act_schema_check(const act_schema *schema, const act_json *v, act_schema_findings *ret)
{
    check(schema, v, NULL, ret);
}

/* ---- pruning ----------------------------------------------------------------------- */

static int prune_items(act_arena *a, const act_schema *schema, const act_json *v,
                       act_json *ret)
{
    act_json_array_builder b = act_json_array_in(a);
    size_t n;
    const act_json *items = act_json_items(v, &n);
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        act_json item = { 0 };
        r = act_schema_prune(a, schema->items, &items[i], &item);
        act_json_array_add(&b, item);
    }
    return r ? r : act_json_array_built(&b, ret);
}

static bool is_text_of_map(const act_schema *schema)
{
    return schema->type == ACT_SCHEMA_MAP && schema->items->type == ACT_SCHEMA_STRING;
}

static int prune_members(act_arena *a, const act_schema *schema, const act_json *v,
                         act_json *ret)
{
    act_json_object_builder b = act_json_object_in(a);
    size_t n;
    const act_json_member *m = act_json_members(v, &n);
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        act_json value = { 0 };
        const act_schema *type = act_schema_member(schema, m[i].key);
        bool null = m[i].value.type == ACT_JSON_NULL;
        if (!type || (null && type->type != ACT_SCHEMA_ANY && !is_text_of_map(schema)))
            continue;
        if (null && is_text_of_map(schema))
            value = act_json_of_string(ACT_STR(""));
        else
            r = act_schema_prune(a, type, &m[i].value, &value);
        act_json_object_add_as(&b, &m[i], value);
    }
    return r ? r : act_json_object_built(&b, ret);
}

int act_schema_prune(act_arena *a, const act_schema *schema, const act_json *v,
                     act_json *ret)
{
    if (schema->type == ACT_SCHEMA_LIST && v->type == ACT_JSON_ARRAY)
        return prune_items(a, schema, v, ret);
    if ((schema->type == ACT_SCHEMA_OBJECT || schema->type == ACT_SCHEMA_MAP) &&
        v->type == ACT_JSON_OBJECT)
        return prune_members(a, schema, v, ret);
    *ret = *v;
    return 0;
}

/* ---- defaults ---------------------------------------------------------------------- */

static bool is_empty(const act_json *v)
{
    return !v || v->type == ACT_JSON_NULL ||
           (v->type == ACT_JSON_STRING && v->as.string.len == 0) ||
           (v->type == ACT_JSON_INT && v->as.i64 == 0);
}

static act_json default_of(const act_schema *s)
{
    int64_t number = 0;
    if (s->type == ACT_SCHEMA_STRING)
        return act_json_of_cstr(s->default_text);
    if (s->type == ACT_SCHEMA_BOOL)
        return act_json_of_bool(strcmp(s->default_text, "true") == 0);
    int r = act_str_to_i64(act_str_cstr(s->default_text), &number);
    assert(!r); /* a constant of ours */
    (void)r;
    return act_json_of_i64(number);
}

/* What the field is to be; @v as it is, when nothing is missing. */
static int filled(act_arena *a, const act_schema *type, const act_json *v,
                  const act_json **ret)
{
    if (type->type == ACT_SCHEMA_OBJECT && !type->is_atomic) {
        act_json none = act_json_of_object();
        bool there = v && v->type == ACT_JSON_OBJECT;
        const act_json *full = NULL;
        int r = there || !v ? act_schema_fill(a, type, there ? v : &none, &full) : 0;
        if (!r)
            *ret = full && full != &none ? full : v;
        return r;
    }
    *ret = v;
    if (!type->default_text || !is_empty(v))
        return 0;
    act_json *value = act_arena_make(a, act_json);
    if (!value)
        return ACT_ENOMEM;
    *value = default_of(type);
    *ret = value;
    return 0;
}

int act_schema_fill(act_arena *a, const act_schema *schema, const act_json *v,
                    const act_json **ret)
{
    int r = 0;
    for (size_t i = 0; i < schema->n_fields && !r; i++) {
        act_str name = act_str_cstr(schema->fields[i].name);
        const act_json *before = act_json_get(v, name), *after = NULL;
        r = filled(a, schema->fields[i].type, before, &after);
        if (r || after == before)
            continue;
        act_json *with = act_arena_make(a, act_json);
        r = with ? act_json_with(a, v, name, *after, with) : ACT_ENOMEM;
        v = with;
    }
    if (!r)
        *ret = v;
    return r;
}
