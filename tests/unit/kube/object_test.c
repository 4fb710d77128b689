/* Metadata: what the server sets on create and keeps on update, and what it refuses. */
#include "kube/object.h"

#include "kube/status.h"
#include "support.h"

static void fill_sevens(void *ctx, void *out, size_t n)
{
    (void)ctx;
    memset(out, 7, n);
}

static const act_random sevens = { fill_sevens, NULL };
#define NOW (INT64_C(1769846400) * ACT_NS_PER_S) /* 2026-01-31T08:00:00Z */

static void create_sets_what_is_the_servers(void **state)
{
    (void)state;
    const act_json *o = NULL;
    assert_int_equal(
        act_object_prepare_create(
            test_arena,
            json_of(
                "{'metadata':{'generateName':'p-','uid':'mine','resourceVersion':'9',"
                "'generation':5,'deletionTimestamp':'x','labels':{'a':'b'}},'spec':{}}"),
            NOW, sevens, &o),
        0);
    assert_string_equal(text_of(o),
                        "{'metadata':{'generateName':'p-',"
                        "'uid':'07070707-0707-4707-8707-070707070707','generation':1,"
                        "'labels':{'a':'b'},'name':'p-kkkkk',"
                        "'creationTimestamp':'2026-01-31T08:00:00Z'},'spec':{}}");
    assert_int_equal(act_object_prepare_create(
                         test_arena, json_of("{'metadata':{'name':'n'}}"), NOW, sevens, &o),
                     0);
    assert_true(act_str_eq_cstr(act_object_meta(o, "name"), "n"));
}

static void update_keeps_what_was_set(void **state)
{
    (void)state;
    const act_json *before = json_of("{'metadata':{'name':'n','uid':'u','generation':3,"
                                     "'creationTimestamp':'t'},'spec':1}");
    const act_json *after = json_of("{'metadata':{'name':'n','uid':'x','generation':99,"
                                    "'labels':{'a':'b'}},'spec':2}");
    const act_json *o = NULL;
    assert_int_equal(act_object_prepare_update(test_arena, before, after, true, &o), 0);
    assert_true(act_str_eq_cstr(act_object_meta(o, "uid"), "u"));
    assert_true(act_str_eq_cstr(act_object_meta(o, "creationTimestamp"), "t"));
    assert_int_equal(act_object_generation(o), 4);
    assert_int_equal(act_object_prepare_update(test_arena, before, after, false, &o), 0);
    assert_int_equal(act_object_generation(o), 3);
}

static size_t changes_of(const char *after)
{
    const act_json *before =
        json_of("{'metadata':{'name':'n','uid':'u','creationTimestamp':'t'}}");
    act_problems p = act_problems_in(test_arena);
    act_object_check_kept(before, json_of(after), &p);
    return p.count;
}

static void some_of_metadata_never_changes(void **state)
{
    (void)state;
    assert_int_equal(changes_of("{'metadata':{'uid':'u','creationTimestamp':'t'}}"), 0);
    assert_int_equal(changes_of("{'metadata':{'uid':'','resourceVersion':'7'}}"), 0);
    assert_int_equal(changes_of("{}"), 0);
    assert_int_equal(changes_of("{'metadata':{'uid':'x','creationTimestamp':'y',"
                                "'deletionTimestamp':'z','deletionGracePeriodSeconds':1,"
                                "'resourceVersion':'v'}}"),
                     5);
}

/* What is wrong with this metadata: "field: text" of each problem, ';' between them. */
static const char *problems_of(const char *metadata)
{
    char text[4096];
    static char all[8192];
    act_buf out = ACT_BUF_INIT;
    (void)snprintf(text, sizeof text, "{'metadata':%s}", metadata);
    act_problems p = act_problems_in(test_arena);
    act_object_check_meta(json_of(text), &p);
    for (const act_problem *one = p.first; one; one = one->next) {
        act_kube_problem_text(one, &out);
        act_buf_add(&out, one->next ? ACT_STR(";") : ACT_STR(""));
    }
    (void)snprintf(all, sizeof all, "%.*s", ACT_STR_ARG(act_buf_str(&out)));
    act_buf_done(&out);
    return all;
}

static void good_metadata_is_taken(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{'name':'a.b-c'}",
        "{'name':'A_b:c'}",
        "{'name':'a','labels':{'x.y/z':'V_1.a','x':''}}",
        "{'name':'a','annotations':{'xy':'any \\u00e4','Example.ORG/Key':''}}",
        "{'name':'a','finalizers':['example.org/x','orphan']}",
        "{'name':'a','ownerReferences':[{'apiVersion':'v1','kind':'Pod','name':'p',"
        "'uid':'u','controller':true},{'apiVersion':'apps/v1','kind':'ReplicaSet',"
        "'name':'r','uid':'v','controller':false},{'apiVersion':'events.k8s.io/v1',"
        "'kind':'Event','name':'e','uid':'w'}]}",
    };
    for (size_t i = 0; i < ACT_COUNT(good); i++)
        assert_string_equal(problems_of(good[i]), "");
}

#define WORD "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
#define WORD_RULE                                                                          \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end "    \
    "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex "  \
    "used for validation is '" WORD "')"
#define VALUE_RULE                                                                         \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', "   \
    "'_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  " \
    "or 'my_value',  or '12345', regex used for validation is '(" WORD ")?')"
#define SUBDOMAIN_RULE                                                                     \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "  \
    "'-' or '.', and must start and end with an alphanumeric character (e.g. "             \
    "'example.com', regex used for validation is "                                         \
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define LETTERS_64 "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
#define OWNER(version, kind, name, uid)                                                    \
    "{'apiVersion':'" version "','kind':'" kind "','name':'" name "','uid':'" uid "'}"
#define CONTROLLER(name)                                                                   \
    "{'apiVersion':'v1','kind':'Pod','name':'" name "','uid':'u','controller':true}"

/* With the words of Kubernetes, which people look up. */
static void bad_metadata_is_told_in_words(void **state)
{
    (void)state;
    static const struct {
        const char *metadata, *problems;
    } cases[] = {
        { "{}", "metadata.name: Required value: name or generateName is required" },
        { "{'name':'..'}", "metadata.name: Invalid value: \"..\": may not be '..'" },
        { "{'name':'a/b%'}",
          "metadata.name: Invalid value: \"a/b%\": may not contain '/';"
          "metadata.name: Invalid value: \"a/b%\": may not contain '%'" },
        { "{'name':'a','namespace':'n'}",
          "metadata.namespace: Forbidden: not allowed on this type" },
        { "{'name':'a','labels':{'-x':'v '}}",
          "metadata.labels: Invalid value: \"-x\": name part " WORD_RULE
          ";metadata.labels: Invalid value: \"v \": " VALUE_RULE },
        { "{'name':'a','labels':{'X.y/z':''}}",
          "metadata.labels: Invalid value: \"X.y/z\": prefix part " SUBDOMAIN_RULE },
        { "{'name':'a','labels':{'/':''}}",
          "metadata.labels: Invalid value: \"/\": prefix part must be non-empty;"
          "metadata.labels: Invalid value: \"/\": name part must be non-empty;"
          "metadata.labels: Invalid value: \"/\": name part " WORD_RULE },
        { "{'name':'a','labels':{'a/b/c':''}}",
          "metadata.labels: Invalid value: \"a/b/c\": a qualified name " WORD_RULE
          " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')" },
        { "{'name':'a','labels':{'" LETTERS_64 "':'" LETTERS_64 "'}}",
          "metadata.labels: Invalid value: \"" LETTERS_64
          "\": name part must be no more than 63 bytes;metadata.labels: Invalid value: "
          "\"" LETTERS_64 "\": must be no more than 63 bytes" },
        { "{'name':'a','annotations':{'X y':''}}",
          "metadata.annotations: Invalid value: \"X y\": name part " WORD_RULE },
        { "{'name':'a','finalizers':['orphan','foregroundDeletion']}",
          "metadata.finalizers: Invalid value: finalizer orphan and foregroundDeletion "
          "cannot be both set" },
        { "{'name':'a','finalizers':['x y']}",
          "metadata.finalizers: Invalid value: \"x y\": name part " WORD_RULE },
        { "{'name':'a','ownerReferences':[" OWNER("a/b/c", "", "", "") "]}",
          "metadata.ownerReferences.apiVersion: Invalid value: \"a/b/c\": version must not "
          "be empty;metadata.ownerReferences.kind: Invalid value: \"\": must not be empty;"
          "metadata.ownerReferences.name: Invalid value: \"\": must not be empty;"
          "metadata.ownerReferences.uid: Invalid value: \"\": must not be empty" },
        { "{'name':'a','ownerReferences':[" OWNER("g/", "Pod", "p", "u") "]}",
          "metadata.ownerReferences.apiVersion: Invalid value: \"g/\": version must not be "
          "empty" },
        { "{'name':'a','ownerReferences':[" OWNER("v1", "Event", "e", "u") "]}",
          "metadata.ownerReferences: Invalid value: \"e\": /v1, Kind=Event is disallowed "
          "from being an owner" },
        { "{'name':'a','ownerReferences':[" CONTROLLER("p") "," CONTROLLER("q") "]}",
          "metadata.ownerReferences: Invalid value: Only one reference can have Controller "
          "set to true. Found \"true\" in references for Pod/p and Pod/q" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        assert_string_equal(problems_of(cases[i].metadata), cases[i].problems);
}

/* 262144 bytes of keys and values together, no more. */
static void annotations_have_a_limit(void **state)
{
    (void)state;
    enum { LIMIT = 256 << 10 };
    for (int extra = 0; extra <= 1; extra++) {
        act_buf text = ACT_BUF_INIT;
        act_buf_add(&text, ACT_STR("{'metadata':{'name':'a','annotations':{'k':'"));
        for (int i = 0; i < LIMIT - 1 + extra; i++)
            act_buf_add_byte(&text, 'v');
        act_buf_add(&text, ACT_STR("'}}}"));
        act_buf_add_byte(&text, 0);
        act_problems p = act_problems_in(test_arena);
        act_object_check_meta(json_of(text.ptr), &p);
        act_buf_done(&text);
        assert_int_equal(p.count, extra);
        if (extra)
            assert_true(
                act_str_eq_cstr(p.first->detail, "may not be more than 262144 bytes"));
    }
}

static void long_names_are_refused(void **state)
{
    (void)state;
    char metadata[512], name[255];
    memset(name, 'n', 254);
    name[254] = 0;
    (void)snprintf(metadata, sizeof metadata, "{'name':'%s'}", name);
    assert_string_equal(problems_of(metadata),
                        "metadata.name: Too long: may not be more than 253 bytes");
    (void)snprintf(metadata, sizeof metadata, "{'name':'%s'}", name + 1);
    assert_string_equal(problems_of(metadata), "");
}

/* A prefix may be too long for a label; a name that is made of it is not. */
static void made_names_are_labels(void **state)
{
    (void)state;
    char text[256], prefix[101];
    const act_json *made;
    memset(prefix, 'p', 100);
    prefix[100] = '\0';
    (void)snprintf(text, sizeof text, "{'metadata':{'generateName':'%s'}}", prefix);
    assert_int_equal(
        act_object_prepare_create(test_arena, json_of(text), 0, act_random_system(), &made),
        0);
    assert_int_equal(act_object_meta(made, "name").len, 63);
    assert_true(act_str_starts(act_object_meta(made, "name"), act_str_from(prefix, 58)));
}

static void version_zero_is_none(void **state)
{
    (void)state;
    assert_int_equal(act_object_version(json_of("{}")).len, 0);
    assert_int_equal(
        act_object_version(json_of("{'metadata':{'resourceVersion':'0'}}")).len, 0);
    assert_int_equal(
        act_object_version(json_of("{'metadata':{'resourceVersion':'10'}}")).len, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(made_names_are_labels),
        cmocka_unit_test(version_zero_is_none),
        cmocka_unit_test(create_sets_what_is_the_servers),
        cmocka_unit_test(update_keeps_what_was_set),
        cmocka_unit_test(some_of_metadata_never_changes),
        cmocka_unit_test(good_metadata_is_taken),
        cmocka_unit_test(bad_metadata_is_told_in_words),
        cmocka_unit_test(annotations_have_a_limit),
        cmocka_unit_test(long_names_are_refused),
    };
    return cmocka_run_group_tests(tests, test_arena_setup, test_arena_teardown);
}
