#include "kube/openapi.h"

#include "base/json_write.h"

/* Which document is being written: the two differ in where schemas live and how
 * parameters are said. */
typedef struct {
    const act_openapi *api;
    bool v3;
    act_str group, version; /* v3: of the document */
    act_json_writer w;
    const act_schema *done[64]; /* named schemas that are written already */
    size_t n_done;
} document;

static void kv(document *d, const char *key, const char *value)
{
    act_jw_kv_string(&d->w, key, act_str_cstr(value));
}

static bool is_served(const document *d, const act_kube_resource *r)
{
    return !d->v3 ||
           (act_str_eq_cstr(d->group, r->group) && act_str_eq_cstr(d->version, r->version));
}

/* ---- schemas ----------------------------------------------------------------------- */

static void write_ref(document *d, const act_schema *s)
{
    char ref[256];
    (void)snprintf(ref, sizeof ref, "%s%s",
                   d->v3 ? "#/components/schemas/" : "#/definitions/", s->name);
    /* In v3 a reference has no siblings: it is wrapped, so that a description may stand
     * beside it. */
    if (d->v3) {
        act_jw_key(&d->w, ACT_STR("allOf"));
        act_jw_array(&d->w);
        act_jw_object(&d->w);
        kv(d, "$ref", ref);
        act_jw_object_end(&d->w);
        act_jw_array_end(&d->w);
    } else {
        kv(d, "$ref", ref);
    }
}

static void write_schema_body(document *d, const act_schema *s);

/* A schema where it is used: named ones by reference. */
static void write_use(document *d, const act_schema *s, const char *doc)
{
    act_jw_object(&d->w);
    if (doc)
        kv(d, "description", doc);
    if (s->name)
        write_ref(d, s);
    else
        write_schema_body(d, s);
    act_jw_object_end(&d->w);
}

static void write_fields(document *d, const act_schema *s)
{
    act_jw_key(&d->w, ACT_STR("properties"));
    act_jw_object(&d->w);
    bool required = false;
    for (size_t i = 0; i < s->n_fields; i++) {
        act_jw_key(&d->w, act_str_cstr(s->fields[i].name));
        write_use(d, s->fields[i].type, s->fields[i].doc);
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

static void write_list_type(document *d, const act_schema *s)
{
    kv(d, "x-kubernetes-list-type", s->list_key ? "map" : "atomic");
    if (!s->list_key)
        return;
    act_jw_key(&d->w, ACT_STR("x-kubernetes-list-map-keys"));
    act_jw_array(&d->w);
    act_jw_string(&d->w, act_str_cstr(s->list_key));
    act_jw_array_end(&d->w);
}

static void write_schema_body(document *d, const act_schema *s)
{
    switch (s->type) {
    case ACT_SCHEMA_OBJECT:
        kv(d, "type", "object");
        write_fields(d, s);
        break;
    case ACT_SCHEMA_LIST:
        kv(d, "type", "array");
        act_jw_key(&d->w, ACT_STR("items"));
        write_use(d, s->items, NULL);
        write_list_type(d, s);
        break;
    case ACT_SCHEMA_MAP:
        kv(d, "type", "object");
        act_jw_key(&d->w, ACT_STR("additionalProperties"));
        write_use(d, s->items, NULL);
        break;
    case ACT_SCHEMA_STRING:
        kv(d, "type", "string");
        break;
    case ACT_SCHEMA_INT32:
    case ACT_SCHEMA_INT64:
        kv(d, "type", "integer");
        kv(d, "format", s->type == ACT_SCHEMA_INT32 ? "int32" : "int64");
        break;
    case ACT_SCHEMA_BOOL:
        kv(d, "type", "boolean");
        break;
    case ACT_SCHEMA_TIME:
        kv(d, "type", "string");
        kv(d, "format", "date-time");
        break;
    case ACT_SCHEMA_ANY:
        kv(d, "type", "object");
        act_jw_kv_bool(&d->w, "x-kubernetes-preserve-unknown-fields", true);
        break;
    }
}

static void write_gvk(document *d, const act_kube_resource *r, const char *suffix)
{
    char kind[128];
    (void)snprintf(kind, sizeof kind, "%s%s", r->kind, suffix);
    act_jw_object(&d->w);
    kv(d, "group", r->group);
    kv(d, "kind", kind);
    kv(d, "version", r->version);
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

/* @s and all named schemas that it uses, each once. */
static void write_named(document *d, const act_schema *s)
{
    if (s->name) {
        for (size_t i = 0; i < d->n_done; i++)
            if (d->done[i] == s)
                return;
        assert(d->n_done < ACT_COUNT(d->done));
        d->done[d->n_done++] = s;
        const act_kube_resource *kind = kind_of(d, s);
        act_jw_key(&d->w, act_str_cstr(s->name));
        act_jw_object(&d->w);
        if (s->doc)
            kv(d, "description", s->doc);
        write_schema_body(d, s);
        if (kind) {
            act_jw_key(&d->w, ACT_STR("x-kubernetes-group-version-kind"));
            act_jw_array(&d->w);
            write_gvk(d, kind, "");
            act_jw_array_end(&d->w);
        }
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
    kv(d, "description", "A list of objects.");
    kv(d, "type", "object");
    act_jw_key(&d->w, ACT_STR("properties"));
    act_jw_object(&d->w);
    act_jw_key(&d->w, ACT_STR("apiVersion"));
    write_use(d, &act_schema_string, NULL);
    act_jw_key(&d->w, ACT_STR("kind"));
    write_use(d, &act_schema_string, NULL);
    act_jw_key(&d->w, ACT_STR("metadata"));
    write_use(d, &act_schema_list_meta, NULL);
    act_jw_key(&d->w, ACT_STR("items"));
    act_jw_object(&d->w);
    kv(d, "type", "array");
    act_jw_key(&d->w, ACT_STR("items"));
    write_use(d, k->schema, NULL);
    act_jw_object_end(&d->w);
    act_jw_object_end(&d->w);
    act_jw_key(&d->w, ACT_STR("x-kubernetes-group-version-kind"));
    act_jw_array(&d->w);
    write_gvk(d, k->resource, "List");
    act_jw_array_end(&d->w);
    act_jw_object_end(&d->w);
}

static void write_schemas(document *d)
{
    act_jw_object(&d->w);
    for (size_t i = 0; i < d->api->n; i++) {
        const act_openapi_kind *k = &d->api->kinds[i];
        if (!is_served(d, k->resource) || k->resource->subresource)
            continue;
        write_named(d, k->schema);
        if (k->resource->verbs & ACT_KUBE_CAN(LIST)) {
            write_named(d, &act_schema_list_meta);
            write_list_schema(d, k);
        }
    }
    act_jw_object_end(&d->w);
}

/* ---- paths ------------------------------------------------------------------------- */

typedef struct {
    const char *method, *action;
    enum act_kube_verb verb;
    bool item;                 /* below a name */
    const char *parameters[4]; /* of the query */
} operation;

static const operation operations[] = {
    { "get",
      "list",
      ACT_KUBE_VERB_LIST,
      false,
      { "limit", "continue", "fieldSelector", "labelSelector" } },
    { "post",
      "post",
      ACT_KUBE_VERB_CREATE,
      false,
      { "dryRun", "fieldManager", "fieldValidation" } },
    { "delete",
      "deletecollection",
      ACT_KUBE_VERB_DELETECOLLECTION,
      false,
      { "fieldSelector", "labelSelector" } },
    { "get", "get", ACT_KUBE_VERB_GET, true, { NULL } },
    { "put",
      "put",
      ACT_KUBE_VERB_UPDATE,
      true,
      { "dryRun", "fieldManager", "fieldValidation" } },
    { "patch",
      "patch",
      ACT_KUBE_VERB_PATCH,
      true,
      { "dryRun", "fieldManager", "fieldValidation", "force" } },
    { "delete", "delete", ACT_KUBE_VERB_DELETE, true, { "dryRun" } },
};

static void write_parameter(document *d, const char *name, const char *in)
{
    act_jw_object(&d->w);
    kv(d, "name", name);
    kv(d, "in", in);
    if (strcmp(in, "path") == 0)
        act_jw_kv_bool(&d->w, "required", true);
    if (d->v3) {
        act_jw_key(&d->w, ACT_STR("schema"));
        act_jw_object(&d->w);
        kv(d, "type", "string");
        act_jw_object_end(&d->w);
    } else {
        kv(d, "type", "string");
    }
    act_jw_object_end(&d->w);
}

static void write_answer(document *d, const act_openapi_kind *k)
{
    act_jw_key(&d->w, ACT_STR("responses"));
    act_jw_object(&d->w);
    act_jw_key(&d->w, ACT_STR("200"));
    act_jw_object(&d->w);
    kv(d, "description", "OK");
    if (d->v3) {
        act_jw_key(&d->w, ACT_STR("content"));
        act_jw_object(&d->w);
        act_jw_key(&d->w, ACT_STR("application/json"));
        act_jw_object(&d->w);
    }
    act_jw_key(&d->w, ACT_STR("schema"));
    write_use(d, k->schema, NULL);
    if (d->v3) {
        act_jw_object_end(&d->w);
        act_jw_object_end(&d->w);
    }
    act_jw_object_end(&d->w);
    act_jw_object_end(&d->w);
}

static void write_operation(document *d, const act_openapi_kind *k, const operation *op)
{
    act_jw_key(&d->w, act_str_cstr(op->method));
    act_jw_object(&d->w);
    char id[256];
    (void)snprintf(id, sizeof id, "%s_%s_%s_%s%s%s", op->action, k->resource->group,
                   k->resource->version, k->resource->plural,
                   k->resource->subresource ? "_" : "",
                   k->resource->subresource ? k->resource->subresource : "");
    kv(d, "operationId", id);
    act_jw_key(&d->w, ACT_STR("parameters"));
    act_jw_array(&d->w);
    for (size_t i = 0; i < ACT_COUNT(op->parameters) && op->parameters[i]; i++)
        write_parameter(d, op->parameters[i], "query");
    act_jw_array_end(&d->w);
    write_answer(d, k);
    kv(d, "x-kubernetes-action", op->action);
    act_jw_key(&d->w, ACT_STR("x-kubernetes-group-version-kind"));
    write_gvk(d, k->resource, "");
    act_jw_object_end(&d->w);
}

static bool has_operation(const act_openapi_kind *k, const operation *op, bool item)
{
    /* A subresource is always below a name. */
    bool below = op->item || k->resource->subresource;
    return below == item && (k->resource->verbs & (1u << op->verb)) != 0;
}

static void write_path(document *d, const act_openapi_kind *k, bool item)
{
    const act_kube_resource *r = k->resource;
    bool any = false;
    for (size_t i = 0; i < ACT_COUNT(operations); i++)
        any = any || has_operation(k, &operations[i], item);
    if (!any)
        return;
    char path[512];
    (void)snprintf(path, sizeof path, "%s%s/%s/%s%s%s%s%s", r->group[0] ? "/apis/" : "/api",
                   r->group, r->version, r->namespaced ? "namespaces/{namespace}/" : "",
                   r->plural, item ? "/{name}" : "", r->subresource ? "/" : "",
                   r->subresource ? r->subresource : "");
    act_jw_key(&d->w, act_str_cstr(path));
    act_jw_object(&d->w);
    act_jw_key(&d->w, ACT_STR("parameters"));
    act_jw_array(&d->w);
    if (r->namespaced)
        write_parameter(d, "namespace", "path");
    if (item)
        write_parameter(d, "name", "path");
    act_jw_array_end(&d->w);
    for (size_t i = 0; i < ACT_COUNT(operations); i++)
        if (has_operation(k, &operations[i], item))
            write_operation(d, k, &operations[i]);
    act_jw_object_end(&d->w);
}

static void write_paths(document *d)
{
    act_jw_key(&d->w, ACT_STR("paths"));
    act_jw_object(&d->w);
    for (size_t i = 0; i < d->api->n; i++) {
        if (!is_served(d, d->api->kinds[i].resource))
            continue;
        write_path(d, &d->api->kinds[i], false);
        write_path(d, &d->api->kinds[i], true);
    }
    act_jw_object_end(&d->w);
}

/* ---- documents --------------------------------------------------------------------- */

static void write_info(document *d)
{
    act_jw_key(&d->w, ACT_STR("info"));
    act_jw_object(&d->w);
    kv(d, "title", d->api->title);
    kv(d, "version", d->api->version);
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
    kv(&d, "openapi", "3.0.0");
    write_info(&d);
    write_paths(&d);
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
    kv(&d, "swagger", "2.0");
    write_info(&d);
    write_paths(&d);
    act_jw_key(&d.w, ACT_STR("definitions"));
    write_schemas(&d);
    act_jw_object_end(&d.w);
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
