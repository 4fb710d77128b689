/* Bodies: JSON and YAML, wrong kinds, wrong types, unknown fields by fieldValidation. */
#include "kube/body.h"

#include "support.h"

static const act_schema_field part_fields[] = {
    { "size", &act_schema_int32, "How large.", false },
    { "on", &act_schema_bool, "Whether.", false },
};
static const act_schema part = { .type = ACT_SCHEMA_OBJECT,
                                 .fields = part_fields,
                                 .n_fields = ACT_COUNT(part_fields) };
static const act_schema parts = { .type = ACT_SCHEMA_LIST, .items = &part };
static const act_schema_field fields[] = {
    { "apiVersion", &act_schema_string, "", false },
    { "kind", &act_schema_string, "", false },
    { "metadata", &act_schema_object_meta, "", false },
    { "parts", &parts, "", false },
    { "free", &act_schema_any, "", false },
};
static const act_schema schema = { .type = ACT_SCHEMA_OBJECT,
                                   .fields = fields,
                                   .n_fields = ACT_COUNT(fields) };
static const act_kube_resource resource = { "example.org", "v1",    "things", NULL,
                                            "thing",       "Thing", false,    0 };

static act_body_source source_of(const char *text)
{
    return (act_body_source){ .object = json_of(text), .content = ACT_KUBE_CONTENT_JSON };
}

#define AS_THING "Thing in version \"v1\" cannot be handled as a Thing: "

/* "" when the body is good, else the message; warnings behind " W ". */
static const char *check_source(const act_body_source *source,
                                enum act_field_validation validation)
{
    static char said[1024];
    act_body body;
    act_kube_status status;
    if (!act_body_check(test_arena, source, &resource, &schema, validation, &body,
                        &status)) {
        assert_int_equal(act_kube_status_code(status.reason), 400);
        (void)snprintf(said, sizeof said, "%.*s", ACT_STR_ARG(status.message));
        return said;
    }
    said[0] = '\0';
    for (size_t i = 0; i < body.n_warnings; i++)
        (void)snprintf(said + strlen(said), sizeof said - strlen(said), "W %.*s;",
                       ACT_STR_ARG(body.warnings[i]));
    assert_true(act_json_is(act_json_get(body.object, ACT_STR("kind")), ACT_STR("Thing")));
    return said;
}

static const char *check(const char *text, enum act_field_validation validation)
{
    act_body_source source = source_of(text);
    return check_source(&source, validation);
}

static const char *check_yaml(const char *text, enum act_kube_content content,
                              enum act_field_validation validation)
{
    act_body_source source;
    act_kube_status status;
    assert_true(act_body_parse(test_arena, act_str_cstr(text), content, &source, &status));
    return check_source(&source, validation);
}

/* The object that the server goes on with. */
static const char *settled(const char *text)
{
    act_body body;
    act_kube_status status;
    act_body_source source = source_of(text);
    assert_true(act_body_check(test_arena, &source, &resource, &schema, ACT_VALIDATE_STRICT,
                               &body, &status));
    return text_of(body.object);
}

static void null_says_what_leaving_out_says(void **state)
{
    (void)state;
    assert_string_equal(
        settled("{'kind':'Thing','apiVersion':'example.org/v1','parts':null,"
                "'metadata':{'labels':{'a':null},'annotations':null},'free':{'x':null}}"),
        "{'kind':'Thing','apiVersion':'example.org/v1','metadata':{'labels':{'a':''}},"
        "'free':{'x':null}}");
}

static void what_is_of_the_cluster_is_in_no_namespace(void **state)
{
    (void)state;
    assert_string_equal(settled("{'kind':'Thing','apiVersion':'example.org/v1',"
                                "'metadata':{'name':'a','namespace':'n'}}"),
                        "{'kind':'Thing','apiVersion':'example.org/v1',"
                        "'metadata':{'name':'a'}}");
}

static void kinds_are_settled(void **state)
{
    (void)state;
    assert_string_equal(check("{}", ACT_VALIDATE_STRICT), "");
    assert_string_equal(
        check("{'kind':'Thing','apiVersion':'example.org/v1'}", ACT_VALIDATE_STRICT), "");
    assert_non_null(strstr(check("{'kind':'Other'}", ACT_VALIDATE_STRICT), "(Other)"));
    assert_non_null(strstr(check("{'apiVersion':'v1'}", ACT_VALIDATE_STRICT), "(v1)"));
}

static void owners_are_there_once(void **state)
{
    (void)state;
    const char *text = "{'metadata':{'ownerReferences':[{'uid':'u','name':'a'},{'uid':'u',"
                       "'name':'b'},{'uid':'u','name':'a'},{'uid':'v'},{'uid':'v'}]}}";
    const char *warning = "W .metadata.ownerReferences contains duplicate entries, each is "
                          "kept once; duplicate UID(s) observed: u, v;";
    assert_string_equal(check(text, ACT_VALIDATE_STRICT), warning);
    assert_string_equal(check(text, ACT_VALIDATE_IGNORE), warning);
    assert_string_equal(settled(text),
                        "{'metadata':{'ownerReferences':[{'uid':'u','name':'a'},{'uid':'u',"
                        "'name':'b'},{'uid':'v'}]},'apiVersion':'example.org/v1','kind':"
                        "'Thing'}");
    assert_string_equal(check_yaml("metadata: {ownerReferences: [{uid: u}, {uid: u}]}",
                                   ACT_KUBE_CONTENT_APPLY_PATCH, ACT_VALIDATE_STRICT),
                        "");
}

static void types_are_checked_with_their_path(void **state)
{
    (void)state;
    assert_non_null(strstr(check("{'parts':[{'size':1},{'size':'x'}]}", ACT_VALIDATE_WARN),
                           "parts[1].size: must be an integer"));
    assert_non_null(strstr(check("{'parts':[{'size':2147483648}]}", ACT_VALIDATE_IGNORE),
                           "parts[0].size"));
    assert_non_null(
        strstr(check("{'parts':{}}", ACT_VALIDATE_WARN), "parts: must be a list"));
    assert_non_null(strstr(check("{'metadata':{'labels':{'a':1}}}", ACT_VALIDATE_WARN),
                           "metadata.labels.a: must be a string"));
    assert_string_equal(check("{'parts':null,'free':[{'x':1}]}", ACT_VALIDATE_STRICT), "");
}

static void unknown_fields_are_refused_told_or_ignored(void **state)
{
    (void)state;
    const char *text = "{'parts':[{'sise':1}],'more':{}}";
    assert_string_equal(check(text, ACT_VALIDATE_STRICT), AS_THING
                        "strict decoding error: unknown field \"parts[0].sise\", unknown "
                        "field \"more\"");
    assert_string_equal(check(text, ACT_VALIDATE_WARN),
                        "W unknown field \"parts[0].sise\";W unknown field \"more\";");
    assert_string_equal(check(text, ACT_VALIDATE_IGNORE), "");
}

static void duplicates_are_refused_told_or_ignored(void **state)
{
    (void)state;
    const char *text = "{ 'parts' : [ { 'size' : 1 , 'on' : true, 'size':2 } ],\n"
                       " 'free':{'a':[1,{}],'\\u0061':{'x':1,'x':2},'b':'\\'}' } ,"
                       "'metadata':{'labels':{'l':'1','l':'2'}},'free':{'c':[],'c':-1.5}}";
    assert_string_equal(check(text, ACT_VALIDATE_STRICT), AS_THING
                        "strict decoding error: duplicate field \"parts[0].size\", "
                        "duplicate field \"metadata.labels.l\", duplicate field \"free\", "
                        "duplicate field \"free.c\"");
    assert_string_equal(check("{'free':{'a\\'':1,'a\\\\':2,'a\\'':3}}", ACT_VALIDATE_WARN),
                        "W duplicate field \"free.a\"\";");
    assert_string_equal(check(text, ACT_VALIDATE_IGNORE), "");
}

/* As a kube-apiserver words them, whose reader stops at nothing but tells it all. */
static void yaml_duplicates_are_refused_told_or_ignored(void **state)
{
    (void)state;
    const char *text = "kind: Thing\nmetadata:\n  labels:\n    l: a\n    l: b\n"
                       "parts:\n- size: 1\n  size: 2\n  sise: 3\n";
    enum act_kube_content yaml = ACT_KUBE_CONTENT_YAML,
                          apply = ACT_KUBE_CONTENT_APPLY_PATCH;
    assert_string_equal(check_yaml(text, yaml, ACT_VALIDATE_STRICT),
                        AS_THING "strict decoding error: yaml: unmarshal errors:\n"
                                 "  line 5: key \"l\" already set in map\n"
                                 "  line 8: key \"size\" already set in map, "
                                 "unknown field \"parts[0].sise\"");
    assert_string_equal(check_yaml(text, yaml, ACT_VALIDATE_WARN),
                        "W line 5: key \"l\" already set in map;"
                        "W line 8: key \"size\" already set in map;"
                        "W unknown field \"parts[0].sise\";");
    assert_string_equal(check_yaml(text, yaml, ACT_VALIDATE_IGNORE), "");
    assert_string_equal(check_yaml("parts: []\nparts: []\n", apply, ACT_VALIDATE_STRICT),
                        "error strict decoding YAML: error converting YAML to JSON: yaml: "
                        "unmarshal errors:\n  line 2: key \"parts\" already set in map");
    assert_string_equal(check_yaml("parts: []\nparts: []\n", apply, ACT_VALIDATE_WARN),
                        "W line 2: key \"parts\" already set in map;");
}

static void unknown_fields_do_not_stay(void **state)
{
    (void)state;
    act_body body;
    act_kube_status status;
    act_body_source source = source_of("{'parts':[{'sise':1,'on':true}],'more':{},"
                                       "'free':{'x':[{}]},'metadata':{'x':1}}");
    assert_true(act_body_check(test_arena, &source, &resource, &schema, ACT_VALIDATE_IGNORE,
                               &body, &status));
    assert_string_equal(text_of(body.object),
                        "{'parts':[{'on':true}],'free':{'x':[{}]},'metadata':{},"
                        "'apiVersion':'example.org/v1','kind':'Thing'}");
}

static int code_of(const char *text, enum act_kube_content content)
{
    act_body_source source;
    act_kube_status status;
    return act_body_parse(test_arena, act_str_cstr(text), content, &source, &status)
               ? 0
               : act_kube_status_code(status.reason);
}

static void texts_are_one_object(void **state)
{
    (void)state;
    assert_int_equal(code_of("{\"a\":1}", ACT_KUBE_CONTENT_JSON), 0);
    assert_int_equal(code_of("a: 1", ACT_KUBE_CONTENT_YAML), 0);
    assert_int_equal(code_of("{\"a\":1", ACT_KUBE_CONTENT_JSON), 400);
    assert_int_equal(code_of("[]", ACT_KUBE_CONTENT_JSON), 400);
    assert_int_equal(code_of("", ACT_KUBE_CONTENT_JSON), 400);
    assert_int_equal(code_of("", ACT_KUBE_CONTENT_YAML), 400);
    assert_int_equal(code_of("a: 1\n---\nb: 2\n", ACT_KUBE_CONTENT_YAML), 400);
    assert_int_equal(code_of("a: [", ACT_KUBE_CONTENT_YAML), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(kinds_are_settled),
        cmocka_unit_test(null_says_what_leaving_out_says),
        cmocka_unit_test(what_is_of_the_cluster_is_in_no_namespace),
        cmocka_unit_test(owners_are_there_once),
        cmocka_unit_test(types_are_checked_with_their_path),
        cmocka_unit_test(unknown_fields_are_refused_told_or_ignored),
        cmocka_unit_test(duplicates_are_refused_told_or_ignored),
        cmocka_unit_test(yaml_duplicates_are_refused_told_or_ignored),
        cmocka_unit_test(unknown_fields_do_not_stay),
        cmocka_unit_test(texts_are_one_object),
    };
    return cmocka_run_group_tests(tests, test_arena_setup, test_arena_teardown);
}
