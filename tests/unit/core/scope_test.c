/* Tenants of requests and records, and who may see what. */
#include "core/scope.h"

#include "support.h"

static act_scope scope_of(enum act_scope_type type, const char *name)
{
    return (act_scope){ .type = type, .name = act_str_cstr(name) };
}

static void names_are_lower_case_and_read_without_case(void **state)
{
    (void)state;
    enum act_scope_type t = ACT_SCOPE_PLATFORM;
    assert_true(act_scope_type_parse(ACT_STR("Organization"), &t));
    assert_int_equal(t, ACT_SCOPE_ORGANIZATION);
    assert_true(act_scope_type_parse(ACT_STR("PROJECT"), &t));
    assert_int_equal(t, ACT_SCOPE_PROJECT);
    assert_false(act_scope_type_parse(ACT_STR("projects"), &t));
    assert_false(act_scope_type_parse(ACT_STR(""), &t));
    assert_int_equal(t, ACT_SCOPE_PROJECT); /* untouched */
    for (int i = 0; i < ACT_SCOPE_TYPES; i++) {
        act_str name = act_scope_type_name((enum act_scope_type)i);
        assert_true(act_scope_type_parse(name, &t));
        assert_int_equal(t, i);
        for (size_t k = 0; k < name.len; k++)
            assert_in_range(name.ptr[k], 'a', 'z');
    }
}

static void requests_get_the_tenant_they_name(void **state)
{
    (void)state;
    act_scope s = scope_of(ACT_SCOPE_USER, "before");
    assert_int_equal(act_scope_of_request(NULL, 0, NULL, 0, &s, NULL), ACT_OK);
    assert_true(act_scope_eq(s, scope_of(ACT_SCOPE_PLATFORM, "")));

    act_str type[] = { ACT_STR("Project"), ACT_STR("Project") };
    act_str name[] = { ACT_STR("prod"), ACT_STR("prod") };
    assert_int_equal(act_scope_of_request(type, 1, name, 1, &s, NULL), ACT_OK);
    assert_true(act_scope_eq(s, scope_of(ACT_SCOPE_PROJECT, "prod")));
    assert_int_equal(act_scope_of_request(type, 2, name, 2, &s, NULL), ACT_OK);

    act_str platform = ACT_STR("platform");
    assert_int_equal(act_scope_of_request(&platform, 1, NULL, 0, &s, NULL), ACT_OK);
    assert_int_equal(s.type, ACT_SCOPE_PLATFORM);
}

static void doubtful_requests_are_denied(void **state)
{
    (void)state;
    char long_name[ACT_SCOPE_NAME_MAX + 2];
    memset(long_name, 'a', sizeof long_name);
    const struct {
        act_str types[2];
        size_t n_types;
        act_str names[2];
        size_t n_names;
    } cases[] = {
        { { ACT_STR("Folder") }, 1, { ACT_STR("x") }, 1 },
        { { ACT_STR("Project") }, 1, { { 0 } }, 0 },
        { { ACT_STR("Project") }, 1, { ACT_STR("") }, 1 },
        { { { 0 } }, 0, { ACT_STR("prod") }, 1 },
        { { ACT_STR("") }, 1, { ACT_STR("prod") }, 1 },
        { { ACT_STR("") }, 1, { ACT_STR("") }, 1 },
        { { ACT_STR("platform") }, 1, { ACT_STR("prod") }, 1 },
        { { ACT_STR("Project"), ACT_STR("User") }, 2, { ACT_STR("x") }, 1 },
        { { ACT_STR("Project") }, 1, { ACT_STR("x"), ACT_STR("y") }, 2 },
        { { ACT_STR("Project ") }, 1, { ACT_STR("x") }, 1 },
        { { ACT_STR("Project") }, 1, { { long_name, ACT_SCOPE_NAME_MAX + 1 } }, 1 },
        { { ACT_STR("Project") }, 1, { ACT_STR("a\xff") }, 1 },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_scope s = scope_of(ACT_SCOPE_USER, "before");
        act_err e = ACT_ERR_INIT;
        int err = act_scope_of_request(cases[i].types, cases[i].n_types, cases[i].names,
                                       cases[i].n_names, &s, &e);
        if (err != ACT_EDENIED)
            fail_msg("case %zu gave %d", i, err);
        assert_true(act_scope_eq(s, scope_of(ACT_SCOPE_USER, "before")));
        assert_true(e.text[0] != '\0');
    }
    act_str type = ACT_STR("Project"), longest = { long_name, ACT_SCOPE_NAME_MAX };
    act_scope s;
    assert_int_equal(act_scope_of_request(&type, 1, &longest, 1, &s, NULL), ACT_OK);
}

#define TAGS(type, name)                                                                   \
    "\"annotations\":{\"platform.miloapis.com/scope.type\":" type                          \
    ",\"platform.miloapis.com/scope.name\":" name "}"
#define PARENT(type, name)                                                                 \
    "\"iam.miloapis.com/parent-type\":[" type "],\"iam.miloapis.com/parent-name\":[" name  \
    "]"

static void records_have_one_tenant_by_one_rule(void **state)
{
    (void)state;
    const struct {
        const char *json;
        enum act_scope_type type;
        const char *name;
        bool usable;
    } cases[] = {
        { "{}", ACT_SCOPE_PLATFORM, "", true },
        { "{\"annotations\":null,\"user\":{\"extra\":null}}", ACT_SCOPE_PLATFORM, "",
          true },
        { "{" TAGS("\"Project\"", "\"a\"") "}", ACT_SCOPE_PROJECT, "a", true },
        { "{" TAGS("\"platform\"", "\"\"") "}", ACT_SCOPE_PLATFORM, "", true },
        /* annotations before extras */
        { "{" TAGS("\"project\"", "\"a\"") ",\"user\":{\"extra\":{" PARENT(
              "\"Organization\"", "\"b\"") "}}}",
          ACT_SCOPE_PROJECT, "a", true },
        { "{\"user\":{\"extra\":{" PARENT("\"Organization\"", "\"b\"") "}}}",
          ACT_SCOPE_ORGANIZATION, "b", true },
        { "{\"user\":{\"extra\":{" PARENT("\"user\"", "\"u-1\"") "}}}", ACT_SCOPE_USER,
          "u-1", true },
        /* older extras; project before organization, parent before both */
        { "{\"user\":{\"extra\":{\"organization\":[\"o\"]}}}", ACT_SCOPE_ORGANIZATION, "o",
          true },
        { "{\"user\":{\"extra\":{\"organization\":[\"o\"],\"project\":[\"p\"]}}}",
          ACT_SCOPE_PROJECT, "p", true },
        { "{\"user\":{\"extra\":{\"project\":[\"p\"]," PARENT("\"User\"", "\"u\"") "}}}",
          ACT_SCOPE_USER, "u", true },
        /* of an impersonated request that of the user as whom it ran, or nobody's */
        { "{\"user\":{\"extra\":{" PARENT(
              "\"Project\"", "\"a\"") "}},\"impersonatedUser\":{"
                                      "\"username\":\"bob\",\"extra\":{" PARENT(
                                          "\"Project\"", "\"b\"") "}}}",
          ACT_SCOPE_PROJECT, "b", true },
        { "{\"user\":{\"extra\":{" PARENT("\"Project\"",
                                          "\"a\"") "}},\"impersonatedUser\":{"
                                                   "\"username\":\"bob\"}}",
          ACT_SCOPE_PLATFORM, "", true },
        { "{\"user\":{\"extra\":{" PARENT("\"Project\"",
                                          "\"a\"") "}},\"impersonatedUser\":null}",
          ACT_SCOPE_PROJECT, "a", true },
        { "{\"user\":{},\"impersonatedUser\":{\"extra\":{\"organization\":[\"o\"]}}}",
          ACT_SCOPE_ORGANIZATION, "o", true },
        { "{\"user\":{\"extra\":{\"project\":[\"p\"]}},\"impersonatedUser\":{\"extra\":{"
          "\"project\":[\"p\",\"q\"]}}}",
          ACT_SCOPE_PLATFORM, "", false },
        { "{" TAGS("\"project\"", "\"a\"") ",\"impersonatedUser\":{\"extra\":{" PARENT(
              "\"Project\"", "\"b\"") "}}}",
          ACT_SCOPE_PROJECT, "a", true },
        /* a tag that makes no sense is nobody's, and no other source is asked */
        { "{" TAGS("\"Folder\"", "\"a\"") ",\"user\":{\"extra\":{" PARENT(
              "\"Organization\"", "\"b\"") "}}}",
          ACT_SCOPE_PLATFORM, "", false },
        { "{" TAGS("\"project\"", "\"\"") "}", ACT_SCOPE_PLATFORM, "", false },
        { "{" TAGS("\"project\"", "7") "}", ACT_SCOPE_PLATFORM, "", false },
        { "{" TAGS("null", "\"a\"") "}", ACT_SCOPE_PLATFORM, "", false },
        { "{\"user\":{\"extra\":{" PARENT("", "\"b\"") "}}}", ACT_SCOPE_PLATFORM, "",
          false },
        { "{\"user\":{\"extra\":{" PARENT("\"Project\"", "\"b\",\"c\"") "}}}",
          ACT_SCOPE_PLATFORM, "", false },
        { "{\"user\":{\"extra\":{\"project\":\"p\"}}}", ACT_SCOPE_PLATFORM, "", false },
        { "{\"user\":{\"extra\":[1]},\"annotations\":\"x\"}", ACT_SCOPE_PLATFORM, "",
          true },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_scope s = scope_of(ACT_SCOPE_USER, "before");
        bool usable = act_scope_of_audit(test_json(a, cases[i].json), &s);
        if (usable != cases[i].usable ||
            !act_scope_eq(s, scope_of(cases[i].type, cases[i].name)))
            fail_msg("%s gave %s %.*s", cases[i].json, act_scope_type_name(s.type).ptr,
                     ACT_STR_ARG(s.name));
    }
    act_scope s;
    assert_true(act_scope_of_event(
        test_json(a, "{\"metadata\":{" TAGS("\"Project\"", "\"a\"") "}}"), &s));
    assert_true(act_scope_eq(s, scope_of(ACT_SCOPE_PROJECT, "a")));
    assert_true(act_scope_of_event(test_json(a, "{" TAGS("\"Project\"", "\"a\"") "}"), &s));
    assert_true(act_scope_eq(s, scope_of(ACT_SCOPE_PLATFORM, "")));
}

static void tenants_see_their_own_and_users_what_they_did(void **state)
{
    (void)state;
    act_scope platform = { 0 };
    act_scope org = scope_of(ACT_SCOPE_ORGANIZATION, "a");
    act_scope project = scope_of(ACT_SCOPE_PROJECT, "a");
    act_scope user = scope_of(ACT_SCOPE_USER, "u1");
    assert_true(act_scope_allows(platform, project, ACT_STR("u9")));
    assert_true(act_scope_allows(project, project, ACT_STR("u9")));
    assert_false(act_scope_allows(project, platform, ACT_STR("u9")));
    assert_false(act_scope_allows(org, project, ACT_STR("u9")));
    assert_false(act_scope_allows(project, scope_of(ACT_SCOPE_PROJECT, "A"), ACT_STR("")));
    assert_true(act_scope_allows(user, project, ACT_STR("u1")));
    assert_false(act_scope_allows(user, user, ACT_STR("u2")));
    assert_false(act_scope_allows(scope_of(ACT_SCOPE_USER, ""), project, ACT_STR("")));

    assert_true(act_scope_allows_event(platform, user));
    assert_true(act_scope_allows_event(user, user));
    assert_false(act_scope_allows_event(user, project));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_lower_case_and_read_without_case),
        cmocka_unit_test(requests_get_the_tenant_they_name),
        cmocka_unit_test(doubtful_requests_are_denied),
        cmocka_unit_test(records_have_one_tenant_by_one_rule),
        cmocka_unit_test(tenants_see_their_own_and_users_what_they_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
