/* What is wrong with the document of a policy file, besides its rules. */
#include "cmd/policy_files.h"

#include "kube/status.h"
#include "kube/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define POLICY(metadata, rule)                                                             \
    "apiVersion: activity.miloapis.com/v1alpha1\nkind: ActivityPolicy\nmetadata: "         \
    "{" metadata                                                                           \
    "}\nspec:\n  resource: {apiGroup: apps, kind: Deployment}\n  auditRules:\n  - {name: " \
    "a, match: 'true', " rule "}\n"
#define GOOD "summary: made"

/* The problems of the document, each with its path, behind one another. */
static const char *problems_of(const char *yaml, int *ret)
{
    static char text[1024];
    act_arena *a = NULL;
    const act_yaml_document *docs = NULL;
    size_t n = 0;
    act_buf buf = ACT_BUF_INIT;
    assert_int_equal(act_arena_new(16 << 20, 0, &a), 0);
    assert_int_equal(act_yaml_read(a, act_str_cstr(yaml), NULL, &docs, &n, NULL), 0);
    assert_int_equal(n, 1);
    assert_true(act_policy_file_is_policy(docs[0].value));
    act_problems problems = act_problems_in(a);
    *ret = act_policy_file_check(a, docs[0].value, &problems);
    for (const act_problem *p = problems.first; p; p = p->next) {
        act_kube_problem_text(p, &buf);
        act_buf_add_byte(&buf, '\n');
    }
    assert_int_equal(act_buf_err(&buf), 0);
    (void)snprintf(text, sizeof text, "%.*s", ACT_STR_ARG(act_buf_str(&buf)));
    act_buf_done(&buf);
    act_arena_free(a);
    return text;
}

static void fields_and_metadata_are_those_of_a_policy(void **state)
{
    static const struct {
        const char *yaml, *problems;
    } rows[] = {
        { POLICY("name: a", GOOD), "" },
        { POLICY("name: a, labels: {x: y}, annotations: {any: text}", GOOD), "" },
        { POLICY("name: a", GOOD ", sumary: x"),
          "spec.auditRules[0].sumary: Forbidden: there is no such field\n" },
        { POLICY("name: a", GOOD) "  auditRule: []\nstatuss: {}\n",
          "spec.auditRule: Forbidden: there is no such field\n"
          "statuss: Forbidden: there is no such field\n" },
        { POLICY("", GOOD),
          "metadata.name: Required value: name or generateName is required\n" },
    };
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        int r = 0;
        const char *got = problems_of(rows[i].yaml, &r);
        assert_string_equal(got, rows[i].problems);
        assert_int_equal(r, rows[i].problems[0] ? ACT_EINVAL : 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_metadata_are_those_of_a_policy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
