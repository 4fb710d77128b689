#include "kube/openapi_proto.h"

#include "kube/openapi_parts.h"

/* Field numbers of openapi_v2.proto. */
enum {
    DOCUMENT_SWAGGER = 1,
    DOCUMENT_INFO = 2,
    DOCUMENT_DEFINITIONS = 9,
    INFO_TITLE = 1,
    INFO_VERSION = 2,
    NAMED_NAME = 1,
    NAMED_VALUE = 2,
    ENTRIES = 1, /* of Definitions, Properties, ItemsItem, TypeItem */
    SCHEMA_REF = 1,
    SCHEMA_FORMAT = 2,
    SCHEMA_DESCRIPTION = 4,
    SCHEMA_REQUIRED = 19,
    SCHEMA_ADDITIONAL = 21,
    SCHEMA_TYPE = 22,
    SCHEMA_ITEMS = 23,
    SCHEMA_PROPERTIES = 25,
    SCHEMA_EXTENSION = 31,
    ADDITIONAL_SCHEMA = 1,
    ANY_YAML = 2,
};

static void put_varint(act_buf *out, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        act_buf_add_byte(out, (char)(unsigned char)(v | 0x80));
    act_buf_add_byte(out, (char)v);
}

/* A length-delimited field: text, or a message that was written to a buffer. */
static void put_field(act_buf *out, unsigned number, act_str bytes)
{
    put_varint(out, (uint64_t)number << 3 | 2);
    put_varint(out, bytes.len);
    act_buf_add(out, bytes);
}

static void put_text(act_buf *out, unsigned number, const char *text)
{
    put_field(out, number, act_str_cstr(text));
}

/* Message @number with what is in @inner, which is freed. */
static void put_message(act_buf *out, unsigned number, act_buf *inner)
{
    if (act_buf_err(inner) && !out->err)
        out->err = act_buf_err(inner);
    put_field(out, number, act_buf_str(inner));
    act_buf_done(inner);
}

static void put_schema(const act_schema *s, const char *doc, bool by_reference,
                       act_buf *out);

static void put_named_schema(const char *name, const act_schema *s, const char *doc,
                             bool by_reference, unsigned number, act_buf *out)
{
    act_buf named = ACT_BUF_INIT, schema = ACT_BUF_INIT;
    put_text(&named, NAMED_NAME, name);
    put_schema(s, doc, by_reference, &schema);
    put_message(&named, NAMED_VALUE, &schema);
    put_message(out, number, &named);
}

static void put_type(const char *type, const char *format, act_buf *out)
{
    act_buf item = ACT_BUF_INIT;
    put_text(&item, ENTRIES, type);
    put_message(out, SCHEMA_TYPE, &item);
    if (format)
        put_text(out, SCHEMA_FORMAT, format);
}

static void put_items(const act_schema *s, unsigned number, act_buf *out)
{
    act_buf item = ACT_BUF_INIT, schema = ACT_BUF_INIT;
    put_schema(s, NULL, true, &schema);
    put_message(&item, ENTRIES, &schema);
    put_message(out, number, &item);
}

/* JSON is YAML too. */
static void put_extension(void *schema, const char *name, const char *yaml)
{
    act_buf named = ACT_BUF_INIT, any = ACT_BUF_INIT;
    put_text(&named, NAMED_NAME, name);
    put_text(&any, ANY_YAML, yaml);
    put_message(&named, NAMED_VALUE, &any);
    put_message(schema, SCHEMA_EXTENSION, &named);
}

static void put_object(const act_schema *s, act_buf *out)
{
    act_buf properties = ACT_BUF_INIT;
    for (size_t i = 0; i < s->n_fields; i++) {
        put_named_schema(s->fields[i].name, s->fields[i].type, s->fields[i].doc, true,
                         ENTRIES, &properties);
        if (s->fields[i].required)
            put_text(out, SCHEMA_REQUIRED, s->fields[i].name);
    }
    put_type("object", NULL, out);
    put_message(out, SCHEMA_PROPERTIES, &properties);
}

static void put_schema(const act_schema *s, const char *doc, bool by_reference,
                       act_buf *out)
{
    if (doc)
        put_text(out, SCHEMA_DESCRIPTION, doc);
    if (by_reference && s->name) {
        char ref[256];
        (void)snprintf(ref, sizeof ref, "#/definitions/%s", s->name);
        put_text(out, SCHEMA_REF, ref);
        return;
    }
    switch (s->type) {
    case ACT_SCHEMA_OBJECT:
        put_object(s, out);
        break;
    case ACT_SCHEMA_LIST:
        put_type("array", NULL, out);
        put_items(s->items, SCHEMA_ITEMS, out);
        break;
    case ACT_SCHEMA_MAP:
        put_type("object", NULL, out);
        put_items(s->items, SCHEMA_ADDITIONAL, out);
        break;
    case ACT_SCHEMA_STRING:
        put_type("string", NULL, out);
        break;
    case ACT_SCHEMA_TIME:
        put_type("string", "date-time", out);
        break;
    case ACT_SCHEMA_INT32:
        put_type("integer", "int32", out);
        break;
    case ACT_SCHEMA_INT64:
        put_type("integer", "int64", out);
        break;
    case ACT_SCHEMA_BOOL:
        put_type("boolean", NULL, out);
        break;
    case ACT_SCHEMA_ANY:
        put_type("object", NULL, out);
        break;
    }
    act_openapi_extensions(s, put_extension, out);
}

/* Which kind the definition is, as the extension that kubectl looks for. */
static void put_kind(const act_kube_resource *r, act_buf *schema)
{
    char yaml[512];
    (void)snprintf(yaml, sizeof yaml, "- group: \"%s\"\n  kind: %s\n  version: %s\n",
                   r->group, r->kind, r->version);
    put_extension(schema, "x-kubernetes-group-version-kind", yaml);
}

typedef struct {
    const act_openapi *api;
    const act_schema *done[ACT_OPENAPI_SCHEMAS_MAX];
    size_t n_done;
} definitions;

static void put_definition(definitions *d, const act_schema *s, act_buf *out)
{
    act_buf named = ACT_BUF_INIT, schema = ACT_BUF_INIT;
    put_text(&named, NAMED_NAME, s->name);
    put_schema(s, s->doc, false, &schema);
    for (size_t i = 0; i < d->api->n; i++)
        if (d->api->kinds[i].schema == s && !d->api->kinds[i].resource->subresource)
            put_kind(d->api->kinds[i].resource, &schema);
    put_message(&named, NAMED_VALUE, &schema);
    put_message(out, ENTRIES, &named);
}

/* @s and all named schemas below it, each once. */
static void put_definitions(definitions *d, const act_schema *s, act_buf *out)
{
    for (size_t i = 0; s->name && i < d->n_done; i++)
        if (d->done[i] == s)
            return;
    if (s->name) {
        assert(d->n_done < ACT_OPENAPI_SCHEMAS_MAX);
        d->done[d->n_done++] = s;
        put_definition(d, s, out);
    }
    for (size_t i = 0; i < s->n_fields; i++)
        put_definitions(d, s->fields[i].type, out);
    if (s->items)
        put_definitions(d, s->items, out);
}

void act_openapi_v2_proto(const act_openapi *api, act_buf *out)
{
    act_buf info = ACT_BUF_INIT, all = ACT_BUF_INIT;
    definitions d = { .api = api };
    put_text(out, DOCUMENT_SWAGGER, "2.0");
    put_text(&info, INFO_TITLE, api->title);
    put_text(&info, INFO_VERSION, api->version);
    put_message(out, DOCUMENT_INFO, &info);
    for (size_t i = 0; i < api->n; i++)
        put_definitions(&d, api->kinds[i].schema, &all);
    put_message(out, DOCUMENT_DEFINITIONS, &all);
}
