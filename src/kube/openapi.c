#include "kube/openapi.h"

#include "kube/openapi_parts.h"

typedef act_openapi_document document;

void act_openapi_kv(document *d, const char *key, const char *value)
{
    act_jw_kv_string(&d->w, key, act_str_cstr(value));
}

bool act_openapi_serves(const document *d, const act_kube_resource *r)
{
    return !d->v3 ||
           (act_str_eq_cstr(d->group, r->group) && act_str_eq_cstr(d->version, r->version));
}

/* True for the first entry of its group version. */
static bool is_first(const act_openapi *api, size_t i)
{
    const act_kube_resource *r = api->kinds[i].resource;
    for (size_t k = 0; k < i; k++)
        if (strcmp(api->kinds[k].resource->group, r->group) == 0 &&
            strcmp(api->kinds[k].resource->version, r->version) == 0)
            return false;
    return true;
}

/* ---- schemas ----------------------------------------------------------------------- */

static void write_ref(document *d, const char *name, const char *suffix)
{
    char ref[256];
    (void)snprintf(ref, sizeof ref, "%s%s%s",
                   d->v3 ? "#/components/schemas/" : "#/definitions/", name, suffix);
    /* In v3 a reference has no siblings: it is wrapped, so that a description may stand
     * beside it. */
    if (d->v3) {
        act_jw_key(&d->w, ACT_STR("allOf"));
        act_jw_array(&d->w);
        act_jw_object(&d->w);
        act_openapi_kv(d, "$ref", ref);
        act_jw_object_end(&d->w);
        act_jw_array_end(&d->w);
    } else {
        act_openapi_kv(d, "$ref", ref);
    }
}

static void write_schema_body(document *d, const act_schema *s);

void act_openapi_use(document *d, const act_schema *s, const char *doc)
{
    act_jw_object(&d->w);
    if (doc)
        act_openapi_kv(d, "description", doc);
    if (s->name)
        write_ref(d, s->name, "");
    else
        write_schema_body(d, s);
    act_jw_object_end(&d->w);
}

void act_openapi_use_name(document *d, const char *name, const char *suffix)
{
    act_jw_object(&d->w);
    write_ref(d, name, suffix);
    act_jw_object_end(&d->w);
}

static void write_fields(document *d, const act_schema *s)
{
    act_jw_key(&d->w, ACT_STR("properties"));
    act_jw_object(&d->w);
    bool required = false;
    for (size_t i = 0; i < s->n_fields; i++) {
        act_jw_key(&d->w, act_str_cstr(s->fields[i].name));
        act_openapi_use(d, s->fields[i].type, s->fields[i].doc);
        required = required || s->fields[i].required;
    }
    act_jw_object_end(&d->w);
    if (!required)
        return;
    act_jw_key(&d->w, ACT_STR("required"));
    act_jw_array(&d->w);
    for (size_t i = 0; i < s->n_fields; i++)
        if (s->fields[i].required)
            act_jw_string(&d->w, act_str_cstr(s->fields[i].name));
    act_jw_array_end(&d->w);
}

void act_openapi_extensions(const act_schema *s,
                            void (*each)(void *ctx, const char *name, const char *json),
                            void *ctx)
{
    char key[128];
    if (s->type == ACT_SCHEMA_LIST) {
        each(ctx, "x-kubernetes-list-type",
             s->list_key ? "\"map\""
             : s->is_set ? "\"set\""
                         : "\"atomic\"");
        (void)snprintf(key, sizeof key, "[\"%s\"]", s->list_key ? s->list_key : "");
        if (s->list_key)
            each(ctx, "x-kubernetes-list-map-keys", key);
        (void)snprintf(key, sizeof key, "\"%s\"", s->list_key ? s->list_key : "");
        if (s->patch_merges && s->list_key)
            each(ctx, "x-kubernetes-patch-merge-key", key);
        if (s->patch_merges)
            each(ctx, "x-kubernetes-patch-strategy", "\"merge\"");
    }
    if (s->is_atomic)
        each(ctx, "x-kubernetes-map-type", "\"atomic\"");
    if (s->type == ACT_SCHEMA_ANY)
        each(ctx, "x-kubernetes-preserve-unknown-fields", "true");
}

static void write_extension(void *ctx, const char *name, const char *json)
{
    document *d = ctx;
    act_jw_kv_raw(&d->w, name, act_str_cstr(json));
}

static void write_default(document *d, const act_schema *s)
{
    if (s->type == ACT_SCHEMA_STRING)
        act_openapi_kv(d, "default", s->default_text);
    else
        act_jw_kv_raw(&d->w, "default", act_str_cstr(s->default_text));
}

static void write_values(document *d, const char *const *values)
{
    act_jw_key(&d->w, ACT_STR("enum"));
    act_jw_array(&d->w);
    for (; *values; values++)
        act_jw_string(&d->w, act_str_cstr(*values));
    act_jw_array_end(&d->w);
}

static void write_schema_body(document *d, const act_schema *s)
{
    switch (s->type) {
    case ACT_SCHEMA_OBJECT:
        act_openapi_kv(d, "type", "object");
        write_fields(d, s);
        break;
    case ACT_SCHEMA_LIST:
        act_openapi_kv(d, "type", "array");
        act_jw_key(&d->w, ACT_STR("items"));
        act_openapi_use(d, s->items, NULL);
        break;
    case ACT_SCHEMA_MAP:
        act_openapi_kv(d, "type", "object");
        act_jw_key(&d->w, ACT_STR("additionalProperties"));
        act_openapi_use(d, s->items, NULL);
        break;
    case ACT_SCHEMA_STRING:
        act_openapi_kv(d, "type", "string");
        break;
    case ACT_SCHEMA_INT32:
    case ACT_SCHEMA_INT64:
        act_openapi_kv(d, "type", "integer");
        act_openapi_kv(d, "format", s->type == ACT_SCHEMA_INT32 ? "int32" : "int64");
        break;
    case ACT_SCHEMA_BOOL:
        act_openapi_kv(d, "type", "boolean");
        break;
    case ACT_SCHEMA_TIME:
        act_openapi_kv(d, "type", "string");
        act_openapi_kv(d, "format", "date-time");
        break;
    case ACT_SCHEMA_ANY:
        act_openapi_kv(d, "type", "object");
        break;
    }
    if (s->values)
        write_values(d, s->values);
    if (s->default_text)
        write_default(d, s);
    act_openapi_extensions(s, write_extension, d);
}

void act_openapi_gvk(document *d, const act_kube_resource *r, const char *suffix)
{
    char kind[128];
    (void)snprintf(kind, sizeof kind, "%s%s", r->kind, suffix);
    act_jw_object(&d->w);
    act_openapi_kv(d, "group", r->group);
    act_openapi_kv(d, "kind", kind);
    act_openapi_kv(d, "version", r->version);
    act_jw_object_end(&d->w);
}

/* The kind whose objects @s describes, NULL for parts of objects. */
static const act_kube_resource *kind_of(const document *d, const act_schema *s)
{
    for (size_t i = 0; i < d->api->n; i++)
        if (d->api->kinds[i].schema == s && !d->api->kinds[i].resource->subresource)
            return d->api->kinds[i].resource;
    return NULL;
}

/* As what kinds the objects of @s are sent. */
static void write_kinds(document *d, const act_schema *s)
{
    static const act_kube_resource status = { .group = "",
                                              .version = "v1",
                                              .kind = "Status" };
    const act_kube_resource *kind = kind_of(d, s);
    bool options = s == &act_schema_delete_options;
    if (!kind && !options && s != &act_schema_status)
        return;
    act_jw_key(&d->w, ACT_STR("x-kubernetes-group-version-kind"));
    act_jw_array(&d->w);
    if (kind)
        act_openapi_gvk(d, kind, "");
    else if (s == &act_schema_status)
        act_openapi_gvk(d, &status, "");
    for (size_t i = 0; options && i < d->api->n; i++) {
        act_kube_resource of = *d->api->kinds[i].resource;
        if (!act_openapi_serves(d, &of) || !is_first(d->api, i))
            continue;
        of.kind = "DeleteOptions";
        act_openapi_gvk(d, &of, "");
    }
    act_jw_array_end(&d->w);
}

/* @s and all named schemas that it uses, each once. */
static void write_named(document *d, const act_schema *s)
{
    if (s->name) {
        for (size_t i = 0; i < d->n_done; i++)
            if (d->done[i] == s)
                return;
        assert(d->n_done < ACT_COUNT(d->done));
        d->done[d->n_done++] = s;
        act_jw_key(&d->w, act_str_cstr(s->name));
        act_jw_object(&d->w);
        if (s->doc)
            act_openapi_kv(d, "description", s->doc);
        write_schema_body(d, s);
        write_kinds(d, s);
        act_jw_object_end(&d->w);
    }
    for (size_t i = 0; i < s->n_fields; i++)
        write_named(d, s->fields[i].type);
    if (s->items)
        write_named(d, s->items);
}

static void write_list_schema(document *d, const act_openapi_kind *k)
{
    char name[256];
    (void)snprintf(name, sizeof name, "%sList", k->schema->name);
    act_jw_key(&d->w, act_str_cstr(name));
    act_jw_object(&d->w);
    act_openapi_kv(d, "description", "A list of objects.");
    act_openapi_kv(d, "type", "object");
    act_jw_key(&d->w, ACT_STR("properties"));
    act_jw_object(&d->w);
    act_jw_key(&d->w, ACT_STR("apiVersion"));
    act_openapi_use(d, &act_schema_string, "Version of this form of the list.");
    act_jw_key(&d->w, ACT_STR("kind"));
    act_openapi_use(d, &act_schema_string, "What the list is.");
    act_jw_key(&d->w, ACT_STR("metadata"));
    act_openapi_use(d, &act_schema_list_meta, "Version and next page.");
    act_jw_key(&d->w, ACT_STR("items"));
    act_jw_object(&d->w);
    act_openapi_kv(d, "type", "array");
    act_jw_key(&d->w, ACT_STR("items"));
    act_openapi_use(d, k->schema, NULL);
    act_jw_object_end(&d->w);
    act_jw_object_end(&d->w);
    act_jw_key(&d->w, ACT_STR("required"));
    act_jw_array(&d->w);
    act_jw_string(&d->w, ACT_STR("items"));
    act_jw_array_end(&d->w);
    act_jw_key(&d->w, ACT_STR("x-kubernetes-group-version-kind"));
    act_jw_array(&d->w);
    act_openapi_gvk(d, k->resource, "List");
    act_jw_array_end(&d->w);
    act_jw_object_end(&d->w);
}

static void write_schemas(document *d)
{
    act_jw_object(&d->w);
    write_named(d, &act_schema_status);
    write_named(d, &act_schema_delete_options);
    write_named(d, &act_schema_patch);
    for (size_t i = 0; i < d->api->n; i++) {
        const act_openapi_kind *k = &d->api->kinds[i];
        if (!act_openapi_serves(d, k->resource) || k->resource->subresource)
            continue;
        write_named(d, k->schema);
        if (k->resource->verbs & ACT_KUBE_CAN(LIST)) {
            write_named(d, &act_schema_list_meta);
            write_list_schema(d, k);
        }
    }
    act_jw_object_end(&d->w);
}

/* ---- documents --------------------------------------------------------------------- */

static void write_info(document *d)
{
    act_jw_key(&d->w, ACT_STR("info"));
    act_jw_object(&d->w);
    act_openapi_kv(d, "title", d->api->title);
    act_openapi_kv(d, "version", d->api->version);
    act_jw_object_end(&d->w);
}

void act_openapi_v3(const act_openapi *api, act_str group, act_str version, act_buf *out)
{
    document d = { .api = api,
                   .v3 = true,
                   .group = group,
                   .version = version,
                   .w = act_json_writer_on(out) };
    act_jw_object(&d.w);
    act_openapi_kv(&d, "openapi", "3.0.0");
    write_info(&d);
    act_openapi_paths(&d);
    act_jw_key(&d.w, ACT_STR("components"));
    act_jw_object(&d.w);
    act_jw_key(&d.w, ACT_STR("schemas"));
    write_schemas(&d);
    act_jw_object_end(&d.w);
    act_jw_object_end(&d.w);
}

void act_openapi_v2(const act_openapi *api, act_buf *out)
{
    document d = { .api = api, .w = act_json_writer_on(out) };
    act_jw_object(&d.w);
    act_openapi_kv(&d, "swagger", "2.0");
    write_info(&d);
    act_openapi_paths(&d);
    act_jw_key(&d.w, ACT_STR("definitions"));
    write_schemas(&d);
    act_jw_object_end(&d.w);
}

void act_openapi_v3_index(const act_openapi *api, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    act_jw_key(&w, ACT_STR("paths"));
    act_jw_object(&w);
    act_buf text = ACT_BUF_INIT;
    for (size_t i = 0; i < api->n; i++) {
        const act_kube_resource *r = api->kinds[i].resource;
        if (!is_first(api, i))
            continue;
        char path[256], url[320];
        (void)snprintf(path, sizeof path, "%s%s/%s", r->group[0] ? "apis/" : "api",
                       r->group, r->version);
        act_buf_clear(&text);
        act_openapi_v3(api, act_str_cstr(r->group), act_str_cstr(r->version), &text);
        (void)snprintf(url, sizeof url, "/openapi/v3/%s?hash=%016lX", path,
                       (unsigned long)act_str_hash(act_buf_str(&text)));
        act_jw_key(&w, act_str_cstr(path));
        act_jw_object(&w);
        act_jw_kv_string(&w, "serverRelativeURL", act_str_cstr(url));
        act_jw_object_end(&w);
    }
    act_buf_done(&text);
    act_jw_object_end(&w);
    act_jw_object_end(&w);
}
