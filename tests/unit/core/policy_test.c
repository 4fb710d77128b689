/* ActivityPolicy objects: every rule of validation, and what a valid one says. */
#include "core/policy.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static act_rule_env *env;
static act_arena *arena;
static act_json_parser *parser;

static int setup(void **state)
{
    (void)state;
    act_json_limits limits = { 0 };
    return act_rule_env_new(&env) || act_arena_new(64 << 20, 0, &arena) ||
           act_json_parser_new(limits, &parser);
}

static int teardown(void **state)
{
    (void)state;
    act_json_parser_free(parser);
    act_arena_free(arena);
    act_rule_env_free(env);
    return 0;
}

static const act_json *parse(const char *json)
{
    const act_json *v = NULL;
    act_err e = ACT_ERR_INIT;
    act_str text;
    assert_int_equal(act_arena_str(arena, act_str_cstr(json), &text), 0);
    if (act_json_parse(parser, arena, text, 0, &v, &e))
        fail_msg("%s in %s", e.text, json);
    return v;
}

/* A policy with these rule lists, as JSON text. */
static const act_json *policy(const char *audit_rules, const char *event_rules)
{
    act_str text;
    assert_int_equal(act_arena_printf(arena, &text,
                                      "{\"metadata\":{\"name\":\"p\",\"generation\":3},"
                                      "\"spec\":{\"resource\":{\"apiGroup\":\"apps\","
                                      "\"kind\":\"Deployment\"},\"auditRules\":[%s],"
                                      "\"eventRules\":[%s]}}",
                                      audit_rules, event_rules),
                     0);
    return parse(text.ptr);
}

/* "cause field" of every problem, joined by ';'; empty when valid. */
static const char *problems_of(const act_json *object, char out[2048])
{
    act_problems problems = act_problems_in(arena);
    int err = act_policy_new(env, NULL, object, "spec", &problems, NULL);
    assert_int_equal(err, problems.count ? ACT_EINVAL : ACT_OK);
    size_t at = 0;
    out[0] = '\0';
    for (const act_problem *p = problems.first; p; p = p->next)
        at += (size_t)snprintf(out + at, 2048 - at, "%s%s %.*s", at ? ";" : "",
                               act_problem_cause(p->kind) + strlen("FieldValue"),
                               ACT_STR_ARG(p->field));
    return out;
}

#define RULE(name, match, summary)                                                         \
    "{\"name\":\"" name "\",\"match\":\"" match "\",\"summary\":\"" summary "\"}"

static void valid_policies_are_accepted(void **state)
{
    static const char *const rules[] = {
        RULE("created", "audit.verb == 'create'", "{{ actor }} created"),
        RULE("static", "true", "no expression at all"),
        RULE("0.1-a", "has(audit.objectRef.name)", "{{ link(kind, audit.objectRef) }}"),
        RULE("dyn", "audit.verb in ['a']", "{{ audit.verb }}"),
        RULE("libs", "audit.objectRef.?name.orValue('') == ''", "{{ actor.upperAscii() }}"),
    };
    char out[2048];
    for (size_t i = 0; i < ACT_COUNT(rules); i++)
        assert_string_equal(problems_of(policy(rules[i], ""), out), "");
    assert_string_equal(
        problems_of(policy("", RULE("e", "event.reason == 'A'", "{{ event.note }}")), out),
        "");
    assert_string_equal(problems_of(policy("", ""), out), "");
    /* the same name in both lists is fine */
    assert_string_equal(
        problems_of(policy(RULE("a", "true", "x"), RULE("a", "true", "x")), out), "");
    (void)state;
}

static void every_mistake_names_its_field(void **state)
{
    static const struct {
        const char *audit, *event, *want;
    } cases[] = {
        { "{\"match\":\"true\",\"summary\":\"x\"}", "",
          "Required spec.auditRules[0].name" },
        { RULE("", "true", "x"), "", "Required spec.auditRules[0].name" },
        { RULE("A", "true", "x"), "", "Invalid spec.auditRules[0].name" },
        { RULE("a b", "true", "x"), "", "Invalid spec.auditRules[0].name" },
        { RULE("a_b", "true", "x"), "", "Invalid spec.auditRules[0].name" },
        { RULE("-a", "true", "x"), "", "Invalid spec.auditRules[0].name" },
        { RULE("a-", "true", "x"), "", "Invalid spec.auditRules[0].name" },
        { RULE("a..b", "true", "x"), "", "Invalid spec.auditRules[0].name" },
        { RULE("a.-b", "true", "x"), "", "Invalid spec.auditRules[0].name" },
        { RULE("a-.b", "true", "x"), "", "Invalid spec.auditRules[0].name" },
        { RULE("a", "true", "x") "," RULE("a", "true", "x"), "",
          "Duplicate spec.auditRules[1].name" },
        { RULE("a", "", "x"), "", "Required spec.auditRules[0].match" },
        { RULE("a", "audit.verb ==", "x"), "", "Invalid spec.auditRules[0].match" },
        { RULE("a", "nobody", "x"), "", "Invalid spec.auditRules[0].match" },
        { RULE("a", "audit.verb", "x"), "", "Invalid spec.auditRules[0].match" },
        { RULE("a", "'text'", "x"), "", "Invalid spec.auditRules[0].match" },
        { RULE("a", "true", ""), "", "Required spec.auditRules[0].summary" },
        { RULE("a", "true", "{{ actor"), "", "Invalid spec.auditRules[0].summary" },
        { RULE("a", "true", "{{ 1 }}"), "", "Invalid spec.auditRules[0].summary" },
        { RULE("a", "true", "{{ event.note }}"), "", "Invalid spec.auditRules[0].summary" },
        { "", RULE("a", "kind == 'x'", "x"), "Invalid spec.eventRules[0].match" },
        { "7", "", "Invalid spec.auditRules[0]" },
        { "{\"name\":1,\"match\":true,\"summary\":[]}", "",
          "Invalid spec.auditRules[0].name;Invalid spec.auditRules[0].match;"
          "Invalid spec.auditRules[0].summary" },
        /* all of them, not only the first */
        { RULE("A", "1", "{{"), RULE("", "", ""),
          "Invalid spec.auditRules[0].name;Invalid spec.auditRules[0].match;"
          "Invalid spec.auditRules[0].summary;Required spec.eventRules[0].name;"
          "Required spec.eventRules[0].match;Required spec.eventRules[0].summary" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char out[2048];
        assert_string_equal(problems_of(policy(cases[i].audit, cases[i].event), out),
                            cases[i].want);
    }
    (void)state;
}

static void resource_is_checked(void **state)
{
    static const struct {
        const char *json, *want;
    } cases[] = {
        { "{\"spec\":{}}", "Required spec.resource.kind" },
        { "{}", "Required spec.resource.kind" },
        { "{\"spec\":{\"resource\":3}}", "Invalid spec.resource" },
        { "{\"spec\":{\"resource\":{\"kind\":\"Pod\"}}}", "" },
        { "{\"spec\":{\"resource\":{\"kind\":\"Pod\",\"apiGroup\":\"Bad Group\"}}}",
          "Invalid spec.resource.apiGroup" },
        { "{\"spec\":{\"resource\":{\"kind\":7}}}",
          "Invalid spec.resource.kind;Required spec.resource.kind" },
        { "{\"spec\":{\"resource\":{\"kind\":\"Pod\"},\"auditRules\":{}}}",
          "Invalid spec.auditRules" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char out[2048];
        const char *got = problems_of(parse(cases[i].json), out);
        if (i == 5) /* one problem or two is a matter of taste; that it fails is not */
            assert_non_null(strstr(got, "Invalid spec.resource.kind"));
        else
            assert_string_equal(got, cases[i].want);
    }
    (void)state;
}

static void rule_names_may_have_253_bytes(void **state)
{
    char name[255], rule[600], out[2048];
    memset(name, 'a', 254);
    for (size_t n = 253; n <= 254; n++) {
        (void)snprintf(rule, sizeof rule,
                       "{\"name\":\"%.*s\",\"match\":\"true\",\"summary\":\"x\"}", (int)n,
                       name);
        assert_string_equal(problems_of(policy(rule, ""), out),
                            n == 253 ? "" : "Invalid spec.auditRules[0].name");
    }
    (void)state;
}

static void rules_are_limited_to_a_hundred(void **state)
{
    act_buf list = ACT_BUF_INIT;
    char out[2048];
    for (int i = 0; i < ACT_POLICY_RULES_MAX; i++)
        act_buf_printf(&list, "%s{\"name\":\"r%d\",\"match\":\"true\",\"summary\":\"x\"}",
                       i ? "," : "", i);
    act_buf_add_byte(&list, '\0');
    assert_string_equal(problems_of(policy(list.ptr, ""), out), "");
    list.len--;
    act_buf_add(&list, ACT_STR(",{\"name\":\"z\",\"match\":\"true\",\"summary\":\"x\"}"));
    act_buf_add_byte(&list, '\0');
    assert_string_equal(problems_of(policy(list.ptr, ""), out), "TooMany spec.auditRules");
    act_buf_done(&list);
    (void)state;
}

static void errors_of_expressions_have_line_and_column(void **state)
{
    act_problems problems = act_problems_in(arena);
    const act_json *object = policy(RULE("a", "true &&\\n  nobody", "ok\\nab {{ 1 }}"), "");
    assert_int_equal(act_policy_new(env, NULL, object, "spec", &problems, NULL),
                     ACT_EINVAL);
    assert_int_equal(problems.count, 2);
    assert_int_equal(problems.first->line, 2);
    assert_int_equal(problems.first->column, 3);
    assert_non_null(strstr(problems.first->detail.ptr, "audit, actor, actorRef, kind"));
    assert_int_equal(problems.first->next->line, 2);
    assert_int_equal(problems.first->next->column, 7);
    (void)state;
}

/* Not by what they cost today, but by what a large record would make them cost. */
static void hopeless_rules_are_refused(void **state)
{
#define CONTAINERS "audit.requestObject.spec.containers"
    static const char *const fine[] = {
        "audit.requestURI.contains(audit.objectRef.name)",
        CONTAINERS ".exists(c, c.image.contains('nginx') && c.name != actor)",
        CONTAINERS ".exists(c, c.env.exists(e, e.name == 'A' && e.value.matches('^a+$')))",
        CONTAINERS ".exists(c, c.image in ['a', 'b'] && actor in c.users)",
        "audit.requestObject.owner in audit.user.groups",
        "audit.requestObject.spec == audit.responseObject.spec",
        "audit.user.groups.exists(g, audit.user.groups.exists(h, g == h + 'x'))",
        "audit.requestObject.metadata.labels.exists(k, k.startsWith('a') && k.size() > 3)",
        "audit.requestObject.items.map(x, x.name).sort().join(', ').size() > 100",
    };
    static const char *const hopeless[] = {
        CONTAINERS ".exists(c, " CONTAINERS ".exists(d, c == d))",
        "audit.requestObject.a.contains(audit.requestObject.b)",
        "audit.requestObject.a.matches(audit.requestObject.b)",
        "audit.requestObject.items.map(x, x.name).distinct().size() > 2",
        "audit.requestObject.a.exists(x, x in audit.responseObject.a)",
        "lists.range(1000).all(i, lists.range(1000).all(j, lists.range(1000).all(k, i < "
        "j)))",
    };
#undef CONTAINERS
    char out[2048], rule[512];
    for (size_t i = 0; i < ACT_COUNT(fine); i++) {
        (void)snprintf(rule, sizeof rule, RULE("a", "%s", "x"), fine[i]);
        if (problems_of(policy(rule, ""), out)[0])
            fail_msg("%s: %s", fine[i], out);
    }
    for (size_t i = 0; i < ACT_COUNT(hopeless); i++) {
        (void)snprintf(rule, sizeof rule, RULE("a", "%s", "x"), hopeless[i]);
        if (strcmp(problems_of(policy(rule, ""), out),
                   "Invalid spec.auditRules[0].match") != 0)
            fail_msg("%s: %s", hopeless[i], out);
        (void)snprintf(rule, sizeof rule,
                       RULE("a", "true", "{{ actor }}\\n{{ string(%s) }}"), hopeless[i]);
        if (strcmp(problems_of(policy(rule, ""), out),
                   "Invalid spec.auditRules[0].summary") != 0)
            fail_msg("%s: %s", hopeless[i], out);
    }
    (void)state;
}

static void the_refusal_names_the_cost_and_the_limit(void **state)
{
    act_problems problems = act_problems_in(arena);
    const act_json *object =
        policy("", RULE("a", "true", "a\\n {{ string(event.a.contains(event.b)) }}"));
    assert_int_equal(act_policy_new(env, NULL, object, "spec", &problems, NULL),
                     ACT_EINVAL);
    assert_int_equal(problems.count, 1);
    assert_int_equal(problems.first->line, 2);
    assert_int_equal(problems.first->column, 5);
    assert_non_null(strstr(problems.first->detail.ptr,
                           "2:5: estimated cost is 687226230 units on a large record, the "
                           "limit is 10000000; "));
    (void)state;
}

static void valid_policy_tells_what_it_is(void **state)
{
    ACT_AUTO(act_policy) p = NULL;
    act_problems problems = act_problems_in(arena);
    const act_json *object = policy(RULE("a", "true", "x"), "");
    assert_int_equal(act_policy_new(env, NULL, object, "spec", &problems, &p), 0);
    size_t n;
    assert_true(act_str_eq(act_policy_name(p), ACT_STR("p")));
    assert_true(act_str_eq(act_policy_group(p), ACT_STR("apps")));
    assert_true(act_str_eq(act_policy_kind(p), ACT_STR("Deployment")));
    assert_true(act_str_eq(act_policy_plural(p), ACT_STR("deployments")));
    assert_int_equal(act_policy_generation(p), 3);
    const act_rule *rules = act_policy_rules(p, ACT_RULE_AUDIT, &n);
    assert_int_equal(n, 1);
    assert_true(act_str_eq(rules[0].name, ACT_STR("a")));
    (void)act_policy_rules(p, ACT_RULE_EVENT, &n);
    assert_int_equal(n, 0);
    (void)state;
}

static void plurals_of_unknown_kinds_are_guessed(void **state)
{
    static const struct {
        const char *kind, *plural;
    } cases[] = {
        { "HTTPProxy", "httpproxies" }, { "Network", "networks" },
        { "Mattress", "mattresses" },   { "Box", "boxes" },
        { "Widget", "widgets" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        ACT_AUTO(act_policy) p = NULL;
        act_problems problems = act_problems_in(arena);
        act_str text;
        assert_int_equal(
            act_arena_printf(arena, &text,
                             "{\"spec\":{\"resource\":{\"apiGroup\":\"x.example\","
                             "\"kind\":\"%s\"}}}",
                             cases[i].kind),
            0);
        assert_int_equal(act_policy_new(env, NULL, parse(text.ptr), "spec", &problems, &p),
                         0);
        assert_true(act_str_eq_cstr(act_policy_plural(p), cases[i].plural));
    }
    (void)state;
}

static void resource_is_immutable(void **state)
{
    const act_json *before = policy("", "");
    act_problems same = act_problems_in(arena), other = act_problems_in(arena);
    act_policy_check_update(before, before, &same);
    assert_int_equal(same.count, 0);
    act_policy_check_update(
        before,
        parse("{\"spec\":{\"resource\":{\"apiGroup\":\"apps\",\"kind\":\"DaemonSet\"}}}"),
        &other);
    assert_int_equal(other.count, 1);
    assert_true(act_str_eq(other.first->field, ACT_STR("spec.resource")));
    (void)state;
}

static void want_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    const act_json *object =
        policy(RULE("a", "audit.verb == 'x'", "{{ actor }}"), RULE("b", "true", "y"));
    for (size_t n = 0;; n++) {
        act_policy *p = NULL;
        act_problems problems = act_problems_in(arena);
        act_fail_after(n);
        int err = act_policy_new(env, NULL, object, "spec", &problems, &p);
        act_fail_after(SIZE_MAX);
        act_policy_free(p);
        if (!err)
            break;
        assert_int_equal(err, ACT_ENOMEM);
        assert_true(n < 10000);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_policies_are_accepted),
        cmocka_unit_test(hopeless_rules_are_refused),
        cmocka_unit_test(the_refusal_names_the_cost_and_the_limit),
        cmocka_unit_test(every_mistake_names_its_field),
        cmocka_unit_test(resource_is_checked),
        cmocka_unit_test(rule_names_may_have_253_bytes),
        cmocka_unit_test(rules_are_limited_to_a_hundred),
        cmocka_unit_test(errors_of_expressions_have_line_and_column),
        cmocka_unit_test(valid_policy_tells_what_it_is),
        cmocka_unit_test(plurals_of_unknown_kinds_are_guessed),
        cmocka_unit_test(resource_is_immutable),
        cmocka_unit_test(want_of_memory_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
