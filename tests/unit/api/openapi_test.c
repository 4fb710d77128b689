/* ctest: labels=threads timeout=180 */
/* Discovery and OpenAPI, as the server gives them out: each document is whole in itself,
 * and all of them say what the schemas say. */
#include "unit/api/api_help.h"

#include "api/schemas.h"
#include "kube/openapi.h"

#define GV "activity.miloapis.com/v1alpha1"
#define PREFIX "com.miloapis.go.activity.pkg.apis.activity.v1alpha1."
#define META "io.k8s.apimachinery.pkg.apis.meta.v1."

enum { NAMES_MAX = 256 };

static const act_json *get(const act_json *v, const char *key)
{
    return act_json_get(v, act_str_cstr(key));
}

static bool is(const act_json *v, const char *text)
{
    return act_json_is(v, act_str_cstr(text));
}

/* The schemas of the last document. */
static const act_json *definitions(void)
{
    const act_json *v2 = get(api.answer, "definitions");
    return v2 ? v2 : get(get(api.answer, "components"), "schemas");
}

/* ---- every reference leads somewhere ----------------------------------------------- */

static size_t check_refs(const act_json *v, const char *prefix)
{
    size_t n, found = 0;
    const act_json *items = act_json_items(v, &n);
    for (size_t i = 0; i < n; i++)
        found += check_refs(&items[i], prefix);
    const act_json_member *members = act_json_members(v, &n);
    for (size_t i = 0; i < n; i++) {
        found += check_refs(&members[i].value, prefix);
        act_str ref = act_json_string(&members[i].value);
        if (!act_str_eq_cstr(members[i].key, "$ref"))
            continue;
        found++;
        if (!act_str_starts(ref, act_str_cstr(prefix)) ||
            !act_json_get(definitions(), act_str_cut(ref, strlen(prefix))))
            fail_msg("leads nowhere: %.*s", ACT_STR_ARG(ref));
    }
    return found;
}

static void references_resolve(void **state)
{
    (void)state;
    assert_int_equal(api_get(&api, "/openapi/v2"), 200);
    assert_true(check_refs(api.answer, "#/definitions/") > 100);
    assert_int_equal(api_get(&api, "/openapi/v3/apis/" GV), 200);
    assert_true(check_refs(api.answer, "#/components/schemas/") > 100);
}

/* ---- the documents say what the schemas say ---------------------------------------- */

static const char *type_name(enum act_schema_type type)
{
    switch (type) {
    case ACT_SCHEMA_OBJECT:
    case ACT_SCHEMA_MAP:
    case ACT_SCHEMA_ANY:
        return "object";
    case ACT_SCHEMA_LIST:
        return "array";
    case ACT_SCHEMA_STRING:
    case ACT_SCHEMA_TIME:
        return "string";
    case ACT_SCHEMA_INT32:
    case ACT_SCHEMA_INT64:
        return "integer";
    case ACT_SCHEMA_BOOL:
        return "boolean";
    }
    return NULL;
}

/* What stands where @s is used: a reference's target for named ones. */
static const act_json *target_of(const act_schema *s, const act_json *use)
{
    if (!s->name)
        return use;
    size_t n;
    const act_json *all = act_json_items(get(use, "allOf"), &n);
    act_str ref = act_json_string(get(n == 1 ? all : use, "$ref"));
    size_t slash = ref.len;
    while (slash > 0 && ref.ptr[slash - 1] != '/')
        slash--;
    assert_true(act_str_eq_cstr(act_str_cut(ref, slash), s->name));
    return get(definitions(), s->name);
}

static bool in_list(const act_json *list, const char *name)
{
    size_t n;
    const act_json *items = act_json_items(list, &n);
    for (size_t i = 0; i < n; i++)
        if (is(&items[i], name))
            return true;
    return false;
}

static void compare_extensions(const act_schema *s, const act_json *doc)
{
    if (s->type == ACT_SCHEMA_LIST) {
        assert_true(is(get(doc, "x-kubernetes-list-type"), s->list_key ? "map"
                                                           : s->is_set ? "set"
                                                                       : "atomic"));
        assert_int_equal(s->list_key != NULL,
                         in_list(get(doc, "x-kubernetes-list-map-keys"),
                                 s->list_key ? s->list_key : ""));
    }
    assert_int_equal(s->is_atomic, is(get(doc, "x-kubernetes-map-type"), "atomic"));
    assert_int_equal(s->patch_merges, is(get(doc, "x-kubernetes-patch-strategy"), "merge"));
    assert_int_equal(s->values != NULL, get(doc, "enum") != NULL);
    assert_int_equal(s->default_text != NULL, get(doc, "default") != NULL);
}

static void compare(const act_schema *s, const act_json *use)
{
    const act_json *doc = target_of(s, use);
    size_t n;
    assert_non_null(doc);
    assert_true(is(get(doc, "type"), type_name(s->type)));
    compare_extensions(s, doc);
    const act_json *properties = get(doc, "properties");
    (void)act_json_members(properties, &n);
    assert_int_equal(n, s->n_fields);
    for (size_t i = 0; i < s->n_fields; i++) {
        const act_schema_field *f = &s->fields[i];
        const act_json *property = get(properties, f->name);
        if (!property)
            fail_msg("%s.%s is not there", s->name, f->name);
        assert_true(is(get(property, "description"), f->doc));
        if (f->type->doc && strcmp(f->doc, f->type->doc) == 0)
            fail_msg("kubectl explain says twice: %s", f->doc); /* field, then type */
        assert_int_equal(f->required, in_list(get(doc, "required"), f->name));
        compare(f->type, property);
    }
    if (s->type == ACT_SCHEMA_LIST)
        compare(s->items, get(doc, "items"));
    if (s->type == ACT_SCHEMA_MAP)
        compare(s->items, get(doc, "additionalProperties"));
}

/* The kind that the definition of @s says to be. */
static void compare_kind(const act_api_kind *k)
{
    const act_json *doc = get(definitions(), k->schema->name);
    size_t n;
    const act_json *gvk = act_json_items(get(doc, "x-kubernetes-group-version-kind"), &n);
    assert_int_equal(n, 1);
    assert_true(is(get(gvk, "group"), k->resource.group));
    assert_true(is(get(gvk, "version"), k->resource.version));
    assert_true(is(get(gvk, "kind"), k->resource.kind));
    assert_non_null(get(doc, "description"));
}

static void both_documents_are_the_schemas(void **state)
{
    (void)state;
    for (int v3 = 0; v3 <= 1; v3++)
        for (size_t i = 0; i < act_api_kind_count(); i++) {
            const act_api_kind *k = &act_api_kinds[i];
            char path[160], use[320];
            (void)snprintf(path, sizeof path, "/openapi/v3/%s%s%s/%s",
                           k->resource.group[0] ? "apis/" : "api", k->resource.group, "",
                           k->resource.version);
            assert_int_equal(api_get(&api, v3 ? path : "/openapi/v2"), 200);
            const act_json *ref = NULL;
            act_json_parser *parser = NULL;
            int len = snprintf(use, sizeof use, "{\"$ref\":\"/%s\"}", k->schema->name);
            assert_ok(act_json_parser_new((act_json_limits){ 0 }, &parser));
            assert_ok(act_json_parse(parser, api.arena, act_str_from(use, (size_t)len), 0,
                                     &ref, NULL));
            act_json_parser_free(parser);
            compare(k->schema, ref);
            compare_kind(k);
        }
}

/* ---- paths ------------------------------------------------------------------------- */

static size_t count_members(const act_json *v)
{
    size_t n;
    (void)act_json_members(v, &n);
    return n;
}

static void each_path_is_once_and_offers_what_there_is(void **state)
{
    (void)state;
    static const struct {
        const char *path, *methods; /* and "parameters" */
    } wanted[] = {
        { "/apis/" GV "/activitypolicies", "parameters get post delete" },
        { "/apis/" GV "/activitypolicies/{name}", "parameters get put patch delete" },
        { "/apis/" GV "/activitypolicies/{name}/status", "parameters get put patch" },
        { "/apis/" GV "/auditlogqueries", "parameters post" },
        { "/apis/" GV "/activities", "parameters get" },
        { "/apis/" GV "/namespaces/{namespace}/activities", "parameters get" },
        { "/apis/" GV "/namespaces/{namespace}/activities/{name}", "parameters get" },
    };
    for (int v3 = 0; v3 <= 1; v3++) {
        assert_int_equal(api_get(&api, v3 ? "/openapi/v3/apis/" GV : "/openapi/v2"), 200);
        const act_json *paths = get(api.answer, "paths");
        for (size_t i = 0; i < ACT_COUNT(wanted); i++) {
            const act_json *path = get(paths, wanted[i].path);
            if (!path)
                fail_msg("not there: %s", wanted[i].path);
            act_str rest = act_str_cstr(wanted[i].methods), method;
            size_t n = 0;
            for (; rest.len > 0; n++) {
                rest = act_str_split(rest, ' ', &method);
                assert_non_null(act_json_get(path, method));
            }
            assert_int_equal(count_members(path), n);
        }
        assert_null(get(paths, "/apis/" GV "/auditlogqueries/{name}"));
    }
}

static void operations_have_ids_and_bodies(void **state)
{
    (void)state;
    act_str ids[NAMES_MAX];
    size_t n_ids = 0, n;
    assert_int_equal(api_get(&api, "/openapi/v3/apis/" GV), 200);
    const act_json_member *paths = act_json_members(get(api.answer, "paths"), &n);
    for (size_t i = 0; i < n; i++) {
        size_t n_methods;
        const act_json_member *methods = act_json_members(&paths[i].value, &n_methods);
        for (size_t k = 0; k < n_methods; k++) {
            act_str id = act_json_string(get(&methods[k].value, "operationId"));
            if (act_str_eq_cstr(methods[k].key, "parameters"))
                continue;
            for (size_t o = 0; o < n_ids; o++)
                assert_false(act_str_eq(ids[o], id));
            assert_true(n_ids < NAMES_MAX && id.len > 0);
            ids[n_ids++] = id;
            assert_non_null(get(&methods[k].value, "responses"));
        }
    }
    const act_json *policies =
        get(get(api.answer, "paths"), "/apis/" GV "/activitypolicies/{name}");
    const act_json *patch = get(policies, "patch");
    assert_true(is(get(patch, "operationId"), "patchActivityMiloapisComV1alpha1Activity"
                                              "Policy"));
    /* What kubectl looks for before it sends fieldValidation. */
    assert_true(is(act_json_path(patch, "x-kubernetes-group-version-kind", "kind", NULL),
                   "ActivityPolicy"));
    const act_json *content = get(get(patch, "requestBody"), "content");
    assert_int_equal(count_members(content), 4);
    assert_non_null(get(content, "application/apply-patch+yaml"));
    const act_json *list =
        act_json_path(get(get(api.answer, "paths"), "/apis/" GV "/activitypolicies"), "get",
                      "responses", "200", "content", "application/json", "schema", NULL);
    const act_json *all = act_json_items(get(list, "allOf"), &n);
    assert_true(is(get(all, "$ref"), "#/components/schemas/" PREFIX "ActivityPolicyList"));
}

/* ---- what kubectl explain and clients of apply look up ----------------------------- */

static void well_known_parts_are_as_expected(void **state)
{
    (void)state;
    static const struct {
        const char *schema, *property, *extension, *value;
    } cases[] = {
        { PREFIX "ActivityPolicySpec", "auditRules", "x-kubernetes-list-type", "map" },
        { PREFIX "ActivityPolicySpec", "eventRules", "x-kubernetes-list-type", "map" },
        { PREFIX "ActivityPolicyStatus", "conditions", "x-kubernetes-list-type", "map" },
        { PREFIX "AuditLogQueryStatus", "results", "x-kubernetes-list-type", "atomic" },
        { META "ObjectMeta", "finalizers", "x-kubernetes-list-type", "set" },
        { META "ObjectMeta", "finalizers", "x-kubernetes-patch-strategy", "merge" },
        { META "ObjectMeta", "ownerReferences", "x-kubernetes-list-type", "map" },
        { META "ObjectMeta", "ownerReferences", "x-kubernetes-patch-merge-key", "uid" },
        { META "ObjectMeta", "creationTimestamp", "format", "date-time" },
        { PREFIX "ReindexTimeRange", "endTime", "default", "now" },
    };
    assert_int_equal(api_get(&api, "/openapi/v3/apis/" GV), 200);
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        const act_json *p =
            get(get(get(definitions(), cases[i].schema), "properties"), cases[i].property);
        if (!is(get(p, cases[i].extension), cases[i].value))
            fail_msg("%s.%s: %s is not %s", cases[i].schema, cases[i].property,
                     cases[i].extension, cases[i].value);
    }
    const act_json *owner = get(definitions(), META "OwnerReference");
    assert_true(is(get(owner, "x-kubernetes-map-type"), "atomic"));
    const act_json *batch = act_json_path(definitions(), PREFIX "ReindexConfig",
                                          "properties", "batchSize", "default", NULL);
    assert_int_equal(batch->as.i64, 1000);
    assert_non_null(get(definitions(), META "Status"));
    assert_non_null(get(definitions(), META "DeleteOptions"));
}

/* Its hash changes with the document, which clients keep by it. */
static void the_index_names_documents(void **state)
{
    (void)state;
    assert_int_equal(api_get(&api, "/openapi/v3"), 200);
    const act_json *entry = get(get(api.answer, "paths"), "apis/" GV);
    act_str url = act_json_string(get(entry, "serverRelativeURL"));
    char path[256];
    (void)snprintf(path, sizeof path, "%.*s", ACT_STR_ARG(url));
    assert_non_null(strstr(path, "/openapi/v3/apis/" GV "?hash="));
    assert_int_equal(api_get(&api, path), 200);
    assert_non_null(strstr(api_header(&api, "Cache-Control"), "immutable"));
    assert_string_equal(api_at(&api, "openapi"), "3.0.0");
    assert_string_equal(api_at(&api, "info.title"), "Activity");
    assert_string_equal(api_at(&api, "info.version"), "v0.0.0-test");
}

static int get_unless(const char *path, const char *accept, const char *tag)
{
    char url[256];
    act_http_call call = ACT_HTTP_CALL_INIT;
    const act_http_header headers[] = { { ACT_STR("Accept"), act_str_cstr(accept) },
                                        { ACT_STR("If-None-Match"), act_str_cstr(tag) } };
    (void)snprintf(url, sizeof url, "%s%s", api.base, path);
    call.url = url;
    call.headers = headers;
    call.header_count = ACT_COUNT(headers);
    call.bearer = ACT_STR(TOKEN_ADMIN);
    assert_ok(act_http_client_call(api.client, &call, &api.reply, NULL));
    return api.reply.status;
}

/* As the aggregator asks for them, every minute. */
static void documents_are_not_sent_twice(void **state)
{
    (void)state;
    static const struct {
        const char *path, *accept;
    } cases[] = {
        { "/openapi/v2", "application/json" },
        { "/openapi/v2", "application/com.github.proto-openapi.spec.v2@v1.0+protobuf" },
        { "/openapi/v3", "application/json" },
        { "/openapi/v3/apis/" GV, "application/json" },
        { "/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char tag[64];
        assert_int_equal(get_unless(cases[i].path, cases[i].accept, "\"other\""), 200);
        assert_true(api.reply.body.len > 0);
        (void)snprintf(tag, sizeof tag, "%s", api_header(&api, "ETag"));
        assert_int_equal(strlen(tag), 18);
        assert_int_equal(get_unless(cases[i].path, cases[i].accept, tag), 304);
        assert_int_equal(api.reply.body.len, 0);
        assert_string_equal(api_header(&api, "ETag"), tag);
    }
}

/* ---- the protobuf form ------------------------------------------------------------- */

static uint64_t take_varint(act_str *s)
{
    uint64_t v = 0;
    for (int shift = 0; s->len > 0; shift += 7) {
        unsigned char byte = (unsigned char)s->ptr[0];
        *s = act_str_cut(*s, 1);
        v |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return v;
    }
    fail_msg("a number is cut off");
    return 0;
}

/* The next field of a message; all of ours are texts and messages. */
static bool take_field(act_str *message, unsigned *ret_number, act_str *ret)
{
    if (message->len == 0)
        return false;
    uint64_t tag = take_varint(message), len = take_varint(message);
    assert_int_equal(tag & 7, 2);
    assert_true(len <= message->len);
    *ret_number = (unsigned)(tag >> 3);
    *ret = act_str_head(*message, len);
    *message = act_str_cut(*message, len);
    return true;
}

/* Every "$ref" (field 1) of a schema and of those below it names a definition of v2. */
static size_t check_proto_schema(act_str schema, const act_json *v2)
{
    enum { REF = 1, ADDITIONAL = 21, ITEMS = 23, PROPERTIES = 25 };
    static const char prefix[] = "#/definitions/";
    unsigned number, inner;
    act_str value, named, part;
    size_t found = 0;
    while (take_field(&schema, &number, &value)) {
        if (number == REF) {
            found++;
            assert_non_null(act_json_get(v2, act_str_cut(value, sizeof prefix - 1)));
        }
        while (number == PROPERTIES && take_field(&value, &inner, &named)) {
            assert_true(take_field(&named, &inner, &part)); /* its name */
            assert_true(take_field(&named, &inner, &part));
            found += check_proto_schema(part, v2);
        }
        if (number == ITEMS || number == ADDITIONAL) {
            assert_true(take_field(&value, &inner, &part));
            found += check_proto_schema(part, v2);
        }
    }
    return found;
}

static void the_protobuf_form_has_the_same_definitions(void **state)
{
    (void)state;
    assert_int_equal(api_get(&api, "/openapi/v2"), 200);
    act_arena *kept = NULL;
    act_json_parser *parser = NULL;
    const act_json *document = NULL;
    assert_ok(act_arena_new(64 << 20, 0, &kept));
    assert_ok(act_json_parser_new((act_json_limits){ .max_bytes = 64 << 20 }, &parser));
    act_str text; /* strings of the document are views of it */
    assert_ok(act_arena_str(kept, act_buf_str(&api.reply.body), &text));
    assert_ok(act_json_parse(parser, kept, text, 0, &document, NULL));
    const act_json *v2 = get(document, "definitions");
    api.accept = "application/com.github.proto-openapi.spec.v2@v1.0+protobuf";
    assert_int_equal(api_get(&api, "/openapi/v2"), 200);
    api.accept = NULL;
    act_str message = act_buf_str(&api.reply.body), field, named, part;
    unsigned number, inner;
    size_t definitions_found = 0, refs = 0;
    while (take_field(&message, &number, &field))
        while (number == 9 && take_field(&field, &inner, &named)) {
            assert_true(take_field(&named, &inner, &part));
            assert_non_null(act_json_get(v2, part));
            assert_true(take_field(&named, &inner, &part));
            refs += check_proto_schema(part, v2);
            definitions_found++;
        }
    assert_true(definitions_found > 30 && refs > 50);
    act_json_parser_free(parser);
    act_arena_free(kept);
}

/* ---- discovery --------------------------------------------------------------------- */

/* Plain and aggregated discovery and the table of kinds say the same. */
static void discovery_is_the_table(void **state)
{
    (void)state;
    size_t n_ours = 0;
    assert_int_equal(api_get(&api, "/apis/" GV), 200);
    for (size_t i = 0; i < act_api_kind_count(); i++) {
        const act_kube_resource *r = &act_api_kinds[i].resource;
        char name[128], path[64];
        bool found = false;
        if (strcmp(r->group, "activity.miloapis.com") != 0)
            continue;
        n_ours++;
        (void)snprintf(name, sizeof name, "%s%s%s", r->plural, r->subresource ? "/" : "",
                       r->subresource ? r->subresource : "");
        for (size_t k = 0; k < api_count(&api, "resources"); k++) {
            (void)snprintf(path, sizeof path, "resources.%zu.name", k);
            if (strcmp(api_at(&api, path), name) != 0)
                continue;
            found = true;
            (void)snprintf(path, sizeof path, "resources.%zu.kind", k);
            assert_string_equal(api_at(&api, path), r->kind);
            (void)snprintf(path, sizeof path, "resources.%zu.singularName", k);
            assert_string_equal(api_at(&api, path), r->singular);
            (void)snprintf(path, sizeof path, "resources.%zu.namespaced", k);
            assert_string_equal(api_at(&api, path), r->namespaced ? "true" : "false");
            (void)snprintf(path, sizeof path, "resources.%zu.verbs", k);
            assert_int_equal(api_count(&api, path), __builtin_popcount(r->verbs));
        }
        assert_true(found);
    }
    assert_int_equal(api_count(&api, "resources"), n_ours);
}

static void aggregated_discovery_has_subresources(void **state)
{
    (void)state;
    api.accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    assert_int_equal(api_get(&api, "/apis"), 200);
    api.accept = NULL;
    assert_string_equal(api_at(&api, "apiVersion"), "apidiscovery.k8s.io/v2");
    assert_string_equal(api_at(&api, "items.0.versions.0.freshness"), "Current");
    size_t n = api_count(&api, "items.0.versions.0.resources"), found = 0;
    for (size_t i = 0; i < n; i++) {
        char path[96];
        (void)snprintf(path, sizeof path, "items.0.versions.0.resources.%zu.resource", i);
        if (strcmp(api_at(&api, path), "reindexjobs") != 0)
            continue;
        found++;
        (void)snprintf(path, sizeof path, "items.0.versions.0.resources.%zu.subresources",
                       i);
        assert_string_equal(api_at(&api, path),
                            "[{\"subresource\":\"status\",\"responseKind\":{\"group\":"
                            "\"activity.miloapis.com\",\"version\":\"v1alpha1\",\"kind\":"
                            "\"ReindexJob\"},\"verbs\":[\"get\",\"patch\",\"update\"]}]");
        (void)snprintf(path, sizeof path, "items.0.versions.0.resources.%zu.scope", i);
        assert_string_equal(api_at(&api, path), "Cluster");
    }
    assert_int_equal(found, 1);
    /* Who asks for another form too gets what we have. */
    api.accept = "application/json;g=apidiscovery.k8s.io;v=v9;as=APIGroupDiscoveryList,"
                 "application/json";
    assert_int_equal(api_get(&api, "/apis"), 200);
    api.accept = NULL;
    assert_string_equal(api_at(&api, "kind"), "APIGroupList");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_resolve),
        cmocka_unit_test(both_documents_are_the_schemas),
        cmocka_unit_test(each_path_is_once_and_offers_what_there_is),
        cmocka_unit_test(operations_have_ids_and_bodies),
        cmocka_unit_test(well_known_parts_are_as_expected),
        cmocka_unit_test(the_index_names_documents),
        cmocka_unit_test(documents_are_not_sent_twice),
        cmocka_unit_test(the_protobuf_form_has_the_same_definitions),
        cmocka_unit_test(discovery_is_the_table),
        cmocka_unit_test(aggregated_discovery_has_subresources),
    };
    return cmocka_run_group_tests(tests, api_setup, api_teardown);
}
