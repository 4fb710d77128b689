/* The paths of an OpenAPI document: what each resource may be asked, and what comes. */
#include "kube/openapi_parts.h"

typedef act_openapi_document document;

enum { PARAMETERS_MAX = 10 };

/* What is sent, and what comes back. */
enum body { SENDS_NOTHING, SENDS_OBJECT, SENDS_PATCH, SENDS_OPTIONS };
enum answer { GETS_OBJECT, GETS_LIST, GETS_STATUS };

typedef struct {
    const char *method, *action, *id;
    enum act_kube_verb verb;
    bool item; /* below a name */
    enum body body;
    enum answer answer;
    bool creates; /* 201 is good too */
    const char *parameters[PARAMETERS_MAX];
} operation;

#define WRITE_PARAMETERS "dryRun", "fieldManager", "fieldValidation"
#define LIST_PARAMETERS                                                                    \
    "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit",          \
        "resourceVersion", "resourceVersionMatch", "sendInitialEvents", "timeoutSeconds"

static const operation operations[] = {
    { .method = "get",
      .action = "list",
      .id = "list",
      .verb = ACT_KUBE_VERB_LIST,
      .answer = GETS_LIST,
      .parameters = { LIST_PARAMETERS, "watch" } },
    { .method = "post",
      .action = "post",
      .id = "create",
      .verb = ACT_KUBE_VERB_CREATE,
      .body = SENDS_OBJECT,
      .creates = true,
      .parameters = { WRITE_PARAMETERS } },
    { .method = "delete",
      .action = "deletecollection",
      .id = "deleteCollection",
      .verb = ACT_KUBE_VERB_DELETECOLLECTION,
      .body = SENDS_OPTIONS,
      .answer = GETS_LIST,
      .parameters = { "dryRun", "fieldSelector", "labelSelector", "propagationPolicy" } },
    { .method = "get",
      .action = "get",
      .id = "read",
      .verb = ACT_KUBE_VERB_GET,
      .item = true },
    { .method = "put",
      .action = "put",
      .id = "replace",
      .verb = ACT_KUBE_VERB_UPDATE,
      .item = true,
      .body = SENDS_OBJECT,
      .parameters = { WRITE_PARAMETERS } },
    { .method = "patch",
      .action = "patch",
      .id = "patch",
      .verb = ACT_KUBE_VERB_PATCH,
      .item = true,
      .body = SENDS_PATCH,
      .creates = true,
      .parameters = { WRITE_PARAMETERS, "force" } },
    { .method = "delete",
      .action = "delete",
      .id = "delete",
      .verb = ACT_KUBE_VERB_DELETE,
      .item = true,
      .body = SENDS_OPTIONS,
      .answer = GETS_STATUS,
      .parameters = { "dryRun", "propagationPolicy" } },
};

/* ---- parameters -------------------------------------------------------------------- */

typedef struct {
    const char *name, *type, *doc;
} parameter;

static const parameter known[] = {
    { "allowWatchBookmarks", "boolean", "Send bookmarks in a watch." },
    { "continue", "string", "Token of the page to get." },
    { "dryRun", "string", "All: check, and store nothing." },
    { "fieldManager", "string", "Who writes, for managedFields." },
    { "fieldSelector", "string", "Only objects whose fields are like this." },
    { "fieldValidation", "string",
      "What to do about unknown fields: Ignore, Warn or Strict." },
    { "force", "boolean", "An apply takes fields over from others." },
    { "labelSelector", "string", "Only objects whose labels are like this." },
    { "limit", "integer", "Most objects of a page." },
    { "name", "string", "Name of the object." },
    { "namespace", "string", "Namespace of the objects." },
    { "propagationPolicy", "string", "What becomes of objects that this one owns." },
    { "resourceVersion", "string", "Version of a list, or to watch from." },
    { "resourceVersionMatch", "string", "How resourceVersion is meant." },
    { "sendInitialEvents", "boolean", "Begin a watch with what there is." },
    { "timeoutSeconds", "integer", "How long a watch lasts." },
    { "watch", "boolean", "Send changes as they happen instead of a list." },
};

static const parameter *find_parameter(const char *name)
{
    for (size_t i = 0; i < ACT_COUNT(known); i++)
        if (strcmp(known[i].name, name) == 0)
            return &known[i];
    assert(!"a parameter of the table");
    return NULL;
}

static void write_parameter(document *d, const char *name, const char *in)
{
    const parameter *p = find_parameter(name);
    act_jw_object(&d->w);
    act_openapi_kv(d, "name", name);
    act_openapi_kv(d, "in", in);
    act_openapi_kv(d, "description", p->doc);
    if (strcmp(in, "path") == 0)
        act_jw_kv_bool(&d->w, "required", true);
    if (d->v3) {
        act_jw_key(&d->w, ACT_STR("schema"));
        act_jw_object(&d->w);
        act_openapi_kv(d, "type", p->type);
        act_jw_object_end(&d->w);
    } else {
        act_openapi_kv(d, "type", p->type);
    }
    act_jw_object_end(&d->w);
}

/* ---- bodies and answers ------------------------------------------------------------ */

static const char *const object_types[] = { "application/json", "application/yaml", NULL };
static const char *const patch_types[] = { "application/apply-patch+yaml",
                                           "application/json-patch+json",
                                           "application/merge-patch+json",
                                           "application/strategic-merge-patch+json", NULL };

static const act_schema *body_schema(const act_openapi_kind *k, enum body body)
{
    switch (body) {
    case SENDS_NOTHING:
        break;
    case SENDS_OBJECT:
        return k->schema;
    case SENDS_PATCH:
        return &act_schema_patch;
    case SENDS_OPTIONS:
        return &act_schema_delete_options;
    }
    return NULL;
}

/* v3: {media type: {schema: reference}} */
static void write_content(document *d, const char *const *types, const char *name,
                          const char *suffix)
{
    act_jw_key(&d->w, ACT_STR("content"));
    act_jw_object(&d->w);
    for (; *types; types++) {
        act_jw_key(&d->w, act_str_cstr(*types));
        act_jw_object(&d->w);
        act_jw_key(&d->w, ACT_STR("schema"));
        act_openapi_use_name(d, name, suffix);
        act_jw_object_end(&d->w);
    }
    act_jw_object_end(&d->w);
}

/* v3 only; in v2 the body is a parameter. */
static void write_request_body(document *d, const act_openapi_kind *k, const operation *op)
{
    const act_schema *s = body_schema(k, op->body);
    if (!s || !d->v3)
        return;
    act_jw_key(&d->w, ACT_STR("requestBody"));
    act_jw_object(&d->w);
    write_content(d, op->body == SENDS_PATCH ? patch_types : object_types, s->name, "");
    if (op->body != SENDS_OPTIONS)
        act_jw_kv_bool(&d->w, "required", true);
    act_jw_object_end(&d->w);
}

static void write_body_parameter(document *d, const act_openapi_kind *k,
                                 const operation *op)
{
    const act_schema *s = body_schema(k, op->body);
    if (!s || d->v3)
        return;
    act_jw_object(&d->w);
    act_openapi_kv(d, "name", "body");
    act_openapi_kv(d, "in", "body");
    if (op->body != SENDS_OPTIONS)
        act_jw_kv_bool(&d->w, "required", true);
    act_jw_key(&d->w, ACT_STR("schema"));
    act_openapi_use(d, s, NULL);
    act_jw_object_end(&d->w);
}

static void write_answer(document *d, const act_openapi_kind *k, const operation *op,
                         const char *code, const char *text)
{
    bool list = op->answer == GETS_LIST && (k->resource->verbs & ACT_KUBE_CAN(LIST));
    const char *name = op->answer == GETS_STATUS ? act_schema_status.name : k->schema->name;
    act_jw_key(&d->w, act_str_cstr(code));
    act_jw_object(&d->w);
    act_openapi_kv(d, "description", text);
    if (d->v3) {
        write_content(d, object_types, name, list ? "List" : "");
    } else {
        act_jw_key(&d->w, ACT_STR("schema"));
        act_openapi_use_name(d, name, list ? "List" : "");
    }
    act_jw_object_end(&d->w);
}

static void write_answers(document *d, const act_openapi_kind *k, const operation *op)
{
    bool only_creates = op->verb == ACT_KUBE_VERB_CREATE;
    act_jw_key(&d->w, ACT_STR("responses"));
    act_jw_object(&d->w);
    if (!only_creates)
        write_answer(d, k, op, "200", "OK");
    if (op->creates)
        write_answer(d, k, op, "201", "Created");
    act_jw_key(&d->w, ACT_STR("401"));
    act_jw_object(&d->w);
    act_openapi_kv(d, "description", "Unauthorized");
    act_jw_object_end(&d->w);
    act_jw_object_end(&d->w);
}

/* ---- operations -------------------------------------------------------------------- */

/* "activity.miloapis.com" as "ActivityMiloapisCom", "" as "Core". */
static void add_camel(act_buf *out, const char *text)
{
    bool up = true;
    for (const char *p = text[0] ? text : "core"; *p; p++) {
        bool letter = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
                      (*p >= '0' && *p <= '9');
        if (letter)
            act_buf_add_byte(out,
                             (char)(up && *p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p));
        up = !letter;
    }
}

/* As client generators know it: "listActivityMiloapisComV1alpha1ActivityPolicy". */
static void write_id(document *d, const act_kube_resource *r, const operation *op,
                     bool everywhere)
{
    act_buf id = ACT_BUF_INIT;
    act_buf_add(&id, act_str_cstr(op->id));
    add_camel(&id, r->group);
    add_camel(&id, r->version);
    if (r->namespaced && !everywhere)
        act_buf_add(&id, ACT_STR("Namespaced"));
    act_buf_add(&id, act_str_cstr(r->kind));
    if (r->subresource)
        add_camel(&id, r->subresource);
    if (everywhere)
        act_buf_add(&id, ACT_STR("ForAllNamespaces"));
    act_jw_kv_string(&d->w, "operationId", act_buf_str(&id));
    act_buf_done(&id);
}

static void write_types(document *d, const char *key, const char *const *types)
{
    act_jw_key(&d->w, act_str_cstr(key));
    act_jw_array(&d->w);
    for (; *types; types++)
        act_jw_string(&d->w, act_str_cstr(*types));
    act_jw_array_end(&d->w);
}

static void write_operation(document *d, const act_openapi_kind *k, const operation *op,
                            bool everywhere)
{
    act_jw_key(&d->w, act_str_cstr(op->method));
    act_jw_object(&d->w);
    write_id(d, k->resource, op, everywhere);
    if (!d->v3 && op->body != SENDS_NOTHING)
        write_types(d, "consumes", op->body == SENDS_PATCH ? patch_types : object_types);
    if (!d->v3)
        write_types(d, "produces", object_types);
    act_jw_key(&d->w, ACT_STR("parameters"));
    act_jw_array(&d->w);
    for (size_t i = 0; i < PARAMETERS_MAX && op->parameters[i]; i++)
        write_parameter(d, op->parameters[i], "query");
    write_body_parameter(d, k, op);
    act_jw_array_end(&d->w);
    write_request_body(d, k, op);
    write_answers(d, k, op);
    act_openapi_kv(d, "x-kubernetes-action", op->action);
    act_jw_key(&d->w, ACT_STR("x-kubernetes-group-version-kind"));
    act_openapi_gvk(d, k->resource, "");
    act_jw_object_end(&d->w);
}

/* ---- paths ------------------------------------------------------------------------- */

/* Where: a collection, the collection of all namespaces, or below a name. */
typedef struct {
    bool item, everywhere;
} place;

static bool has_operation(const act_openapi_kind *k, const operation *op, place at)
{
    /* A subresource is always below a name. */
    bool below = op->item || k->resource->subresource;
    return below == at.item && (!at.everywhere || op->verb == ACT_KUBE_VERB_LIST) &&
           (k->resource->verbs & (1u << op->verb)) != 0;
}

static void write_path(document *d, const act_openapi_kind *k, place at)
{
    const act_kube_resource *r = k->resource;
    bool any = false;
    for (size_t i = 0; i < ACT_COUNT(operations); i++)
        any = any || has_operation(k, &operations[i], at);
    if (!any)
        return;
    bool in_namespace = r->namespaced && !at.everywhere;
    char path[512];
    (void)snprintf(path, sizeof path, "%s%s/%s/%s%s%s%s%s", r->group[0] ? "/apis/" : "/api",
                   r->group, r->version, in_namespace ? "namespaces/{namespace}/" : "",
                   r->plural, at.item ? "/{name}" : "", r->subresource ? "/" : "",
                   r->subresource ? r->subresource : "");
    act_jw_key(&d->w, act_str_cstr(path));
    act_jw_object(&d->w);
    act_jw_key(&d->w, ACT_STR("parameters"));
    act_jw_array(&d->w);
    if (in_namespace)
        write_parameter(d, "namespace", "path");
    if (at.item)
        write_parameter(d, "name", "path");
    act_jw_array_end(&d->w);
    for (size_t i = 0; i < ACT_COUNT(operations); i++)
        if (has_operation(k, &operations[i], at))
            write_operation(d, k, &operations[i], at.everywhere);
    act_jw_object_end(&d->w);
}

void act_openapi_paths(document *d)
{
    act_jw_key(&d->w, ACT_STR("paths"));
    act_jw_object(&d->w);
    for (size_t i = 0; i < d->api->n; i++) {
        const act_kube_resource *r = d->api->kinds[i].resource;
        if (!act_openapi_serves(d, r))
            continue;
        write_path(d, &d->api->kinds[i], (place){ .item = false });
        if (r->namespaced)
            write_path(d, &d->api->kinds[i], (place){ .everywhere = true });
        write_path(d, &d->api->kinds[i], (place){ .item = true });
    }
    act_jw_object_end(&d->w);
}
