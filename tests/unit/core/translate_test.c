/* Translation: which policy and rule speak, what the activity says, what is skipped and
 * what fails. */
#include "core/translate.h"

#include "base/clock.h"
#include "base/json.h"
#include "core/identity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static act_rule_env *env;
static act_arena *arena;
static act_json_parser *parser;
static act_translator *translator;
static uint64_t versions;

static int setup(void **state)
{
    (void)state;
    act_json_limits limits = { 0 };
    return act_rule_env_new(&env) || act_arena_new(64 << 20, 0, &arena) ||
           act_json_parser_new(limits, &parser) || act_translator_new(env, &translator);
}

static int teardown(void **state)
{
    (void)state;
    act_translator_free(translator);
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

/* A set of @n policies given as JSON texts. */
static act_policy_set *make_set(const char *const *texts, size_t n)
{
    const act_json *objects[8];
    assert_true(n <= ACT_COUNT(objects));
    for (size_t i = 0; i < n; i++)
        objects[i] = parse(texts[i]);
    act_policy_set *set = NULL;
    size_t invalid = 99;
    assert_int_equal(act_policy_set_new(env, objects, n, ++versions, &set, &invalid), 0);
    assert_int_equal(invalid, 0);
    return set;
}

#define POLICY(name, group, kind, audit, event)                                            \
    "{\"metadata\":{\"name\":\"" name "\"},\"spec\":{\"resource\":{\"apiGroup\":\"" group  \
    "\",\"kind\":\"" kind "\"},\"auditRules\":[" audit "],\"eventRules\":[" event "]}}"
#define RULE(name, match, summary)                                                         \
    "{\"name\":\"" name "\",\"match\":\"" match "\",\"summary\":\"" summary "\"}"

#define DEPLOYMENT                                                                         \
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/"                                   \
    "v1\",\"level\":\"RequestResponse\","                                                  \
    "\"auditID\":\"a-1\",\"stage\":\"ResponseComplete\",\"requestURI\":\"/apis/apps/v1/"   \
    "x\","                                                                                 \
    "\"verb\":\"create\",\"user\":{\"username\":\"ann@example.com\",\"uid\":\"u-1\","      \
    "\"extra\":{\"iam.miloapis.com/parent-type\":[\"Project\"],"                           \
    "\"iam.miloapis.com/parent-name\":[\"web\"]}},"                                        \
    "\"objectRef\":{\"resource\":\"deployments\",\"namespace\":\"shop\",\"name\":\"api\"," \
    "\"apiGroup\":\"apps\",\"apiVersion\":\"v1\"},\"responseStatus\":{\"code\":201},"      \
    "\"responseObject\":{\"kind\":\"Deployment\",\"metadata\":{\"uid\":\"o-1\"}},"         \
    "\"requestReceivedTimestamp\":\"2026-01-02T03:04:05.678901Z\","                        \
    "\"stageTimestamp\":\"2026-01-02T03:04:06.000000Z\"}"

static act_translation translate(act_policy_set *set, enum act_rule_kind kind,
                                 const char *record)
{
    act_translation r;
    assert_int_equal(act_translate(translator, set, kind, act_str_cstr(record), 0, &r), 0);
    return r;
}

static void matching_rule_makes_the_whole_activity(void **state)
{
    (void)state;
    static const char *const texts[] = { POLICY(
        "p", "apps", "Deployment",
        RULE("other", "audit.verb == 'delete'", "no") "," RULE(
            "created", "audit.verb == 'create'",
            "{{ link(actor, actorRef) }} created {{ link(audit.objectRef.name, "
            "audit.objectRef) }}"),
        "") };
    act_policy_set *set = make_set(texts, 1);
    act_translation r = translate(set, ACT_RULE_AUDIT, DEPLOYMENT);
    assert_int_equal(r.outcome, ACT_OUTCOME_ACTIVITY);
    assert_int_equal(r.rule, 1);
    assert_true(act_str_eq(act_policy_name(r.policy), ACT_STR("p")));
    static const char want[] =
        "{\"apiVersion\":\"activity.miloapis.com/v1alpha1\",\"kind\":\"Activity\","
        "\"metadata\":{\"name\":\"%.*s\",\"namespace\":\"shop\","
        "\"creationTimestamp\":\"2026-01-02T03:04:05Z\",\"labels\":{"
        "\"activity.miloapis.com/origin-type\":\"audit\","
        "\"activity.miloapis.com/change-source\":\"human\","
        "\"activity.miloapis.com/api-group\":\"apps\","
        "\"activity.miloapis.com/resource-kind\":\"Deployment\"}},"
        "\"spec\":{\"summary\":\"ann@example.com created api\",\"changeSource\":\"human\","
        "\"actor\":{\"type\":\"user\",\"name\":\"ann@example.com\",\"uid\":\"u-1\","
        "\"email\":\"ann@example.com\"},"
        "\"resource\":{\"apiGroup\":\"apps\",\"apiVersion\":\"v1\",\"kind\":\"Deployment\","
        "\"name\":\"api\",\"namespace\":\"shop\",\"uid\":\"o-1\"},"
        "\"links\":[{\"marker\":\"ann@example.com\",\"resource\":{\"apiVersion\":\"\","
        "\"kind\":\"user\",\"name\":\"ann@example.com\"}},"
        "{\"marker\":\"api\",\"resource\":{\"apiGroup\":\"apps\",\"apiVersion\":\"v1\","
        "\"kind\":\"Deployment\",\"name\":\"api\",\"namespace\":\"shop\"}}],"
        "\"tenant\":{\"type\":\"project\",\"name\":\"web\"},"
        "\"origin\":{\"type\":\"audit\",\"id\":\"a-1\"}}}";
    char text[4096];
    (void)snprintf(text, sizeof text, want, ACT_STR_ARG(r.activity.name));
    char got[4096];
    (void)snprintf(got, sizeof got, "%.*s", ACT_STR_ARG(r.json));
    assert_string_equal(got, text);
    assert_true(act_str_starts(r.activity.name, ACT_STR("act-")));

    act_buf subject = ACT_BUF_INIT;
    act_translation_subject(&r, &subject);
    (void)snprintf(text, sizeof text,
                   "activities.project.web.apps.audit.Deployment.shop.%.*s",
                   ACT_STR_ARG(r.activity.name));
    assert_true(act_str_eq_cstr(act_buf_str(&subject), text));
    act_buf_done(&subject);
    (void)act_policy_set_unref(set);
}

static void records_without_a_say_are_skipped_for_a_reason(void **state)
{
    (void)state;
    static const char *const texts[] = { POLICY(
        "p", "apps", "Deployment", RULE("r", "audit.verb == 'delete'", "x"), "") };
    act_policy_set *set = make_set(texts, 1);
#define REST                                                                               \
    "\"auditID\":\"a\",\"stage\":\"ResponseComplete\",\"verb\":\"create\","                \
    "\"requestReceivedTimestamp\":\"2026-01-02T03:04:05Z\"}"
    static const struct {
        const char *record;
        enum act_skip want;
    } cases[] = {
        { "{" REST, ACT_SKIP_NO_OBJECT },
        { "{\"objectRef\":{\"resource\":\"pods\"}," REST, ACT_SKIP_NO_POLICY },
        { "{\"objectRef\":{\"resource\":\"widgets\",\"apiGroup\":\"apps\"}," REST,
          ACT_SKIP_NO_POLICY },
        { "{\"objectRef\":{\"resource\":\"deployments\",\"apiGroup\":\"apps\"}," REST,
          ACT_SKIP_NO_RULE },
        { "{\"objectRef\":{\"resource\":\"deployments\",\"apiGroup\":\"apps\"},"
          "\"requestURI\":\"/x?dryRun=All\"," REST,
          ACT_SKIP_DRY_RUN },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_translation r = translate(set, ACT_RULE_AUDIT, cases[i].record);
        assert_int_equal(r.outcome, ACT_OUTCOME_SKIPPED);
        assert_string_equal(act_skip_name(r.skip), act_skip_name(cases[i].want));
        assert_int_equal(r.n_failures, 0);
    }
    (void)act_policy_set_unref(set);
}

static void policies_are_tried_in_name_order(void **state)
{
    (void)state;
    static const char *const texts[] = {
        POLICY("c", "apps", "Deployment", RULE("r", "true", "third"), ""),
        POLICY("a", "apps", "Deployment", RULE("r", "audit.verb == 'none'", "first"), ""),
        POLICY("b", "apps", "Deployment", RULE("r", "true", "second"), ""),
        POLICY("0", "apps", "ReplicaSet", RULE("r", "true", "another kind"), ""),
    };
    act_policy_set *set = make_set(texts, ACT_COUNT(texts));
    act_translation r = translate(set, ACT_RULE_AUDIT, DEPLOYMENT);
    assert_int_equal(r.outcome, ACT_OUTCOME_ACTIVITY);
    assert_true(act_str_eq(r.activity.summary, ACT_STR("second")));
    (void)act_policy_set_unref(set);
}

static void missing_fields_of_the_record_do_not_match(void **state)
{
    (void)state;
    static const char *const texts[] = { POLICY(
        "p", "apps", "Deployment",
        RULE("sub", "audit.objectRef.subresource == 'scale'",
             "scaled") "," RULE("deep", "audit.requestObject.spec.replicas > 1.0",
                                "deep") "," RULE("all", "true", "changed"),
        "") };
    act_policy_set *set = make_set(texts, 1);
    act_translation r = translate(set, ACT_RULE_AUDIT, DEPLOYMENT);
    assert_int_equal(r.outcome, ACT_OUTCOME_ACTIVITY);
    assert_true(act_str_eq(r.activity.summary, ACT_STR("changed")));
    assert_int_equal(r.n_failures, 0);
    (void)act_policy_set_unref(set);
}

static void failures_are_noted_and_the_next_policy_speaks(void **state)
{
    (void)state;
    static const char *const texts[] = {
        POLICY("a", "apps", "Deployment",
               RULE("bad",
                    "1 / int(audit.responseStatus.code - "
                    "201.0) > 0",
                    "x"),
               ""),
        POLICY("b", "apps", "Deployment", RULE("bad", "true", "{{ audit.nothing }}"), ""),
        POLICY("c", "apps", "Deployment", RULE("good", "true", "good"), ""),
    };
    act_policy_set *set = make_set(texts, 3);
    act_translation r = translate(set, ACT_RULE_AUDIT, DEPLOYMENT);
    assert_int_equal(r.outcome, ACT_OUTCOME_ACTIVITY);
    assert_int_equal(r.n_failures, 2);
    assert_string_equal(act_failure_name(r.failures[0].kind), "cel_match");
    assert_non_null(memmem(r.failures[0].error.ptr, r.failures[0].error.len, "zero", 4));
    assert_int_equal(r.failures[0].rule, 0);
    assert_string_equal(act_failure_name(r.failures[1].kind), "cel_summary");
    (void)act_policy_set_unref(set);

    set = make_set(texts, 2);
    r = translate(set, ACT_RULE_AUDIT, DEPLOYMENT);
    assert_int_equal(r.outcome, ACT_OUTCOME_FAILED);
    assert_int_equal(r.n_failures, 2);
    (void)act_policy_set_unref(set);
}

static void what_is_no_record_fails_as_such(void **state)
{
    (void)state;
    static const char *const texts[] = { POLICY("p", "apps", "Deployment",
                                                RULE("r", "true", "x"), "") };
    act_policy_set *set = make_set(texts, 1);
    static const char *const records[] = { "", "nonsense", "{\"auditID\":7}", "[]", "{" };
    for (size_t i = 0; i < ACT_COUNT(records); i++) {
        act_translation r = translate(set, ACT_RULE_AUDIT, records[i]);
        assert_int_equal(r.outcome, ACT_OUTCOME_FAILED);
        assert_int_equal(r.n_failures, 1);
        assert_string_equal(act_failure_name(r.failures[0].kind), "unmarshal");
    }
    (void)act_policy_set_unref(set);
}

static void unknown_plurals_are_found_by_the_kind_of_the_answer(void **state)
{
    (void)state;
    static const char *const texts[] = { POLICY("p", "x.example", "Octopus",
                                                RULE("r", "true", "an octopus"), "") };
    act_policy_set *set = make_set(texts, 1);
    act_translation r = translate(
        set, ACT_RULE_AUDIT,
        "{\"auditID\":\"a\",\"stage\":\"ResponseComplete\",\"verb\":\"create\","
        "\"requestReceivedTimestamp\":\"2026-01-02T03:04:05Z\",\"objectRef\":{\"resource\":"
        "\"octopodes\",\"apiGroup\":\"x.example\",\"apiVersion\":\"v1\",\"name\":\"o\"},"
        "\"responseObject\":{\"kind\":\"Octopus\",\"apiVersion\":\"x.example/v1\"}}");
    assert_int_equal(r.outcome, ACT_OUTCOME_ACTIVITY);
    assert_true(act_str_eq(r.activity.resource.kind, ACT_STR("Octopus")));
    (void)act_policy_set_unref(set);
}

static void events_become_activities_of_their_last_observation(void **state)
{
    (void)state;
    static const char *const texts[] = { POLICY(
        "p", "", "Pod", "",
        RULE("r", "event.reason == 'BackOff'",
             "{{ link(event.regarding.name, event.regarding) }}: {{ event.note }}")) };
    act_policy_set *set = make_set(texts, 1);
#define EVENT(count, last)                                                                 \
    "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/"                                  \
    "v1\",\"metadata\":{\"name\":\"e\","                                                   \
    "\"namespace\":\"shop\",\"uid\":\"u-9\",\"resourceVersion\":\"5\","                    \
    "\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"annotations\":{"                     \
    "\"platform.miloapis.com/scope.type\":\"Organization\","                               \
    "\"platform.miloapis.com/scope.name\":\"acme\"}},\"eventTime\":null,"                  \
    "\"deprecatedFirstTimestamp\":\"2026-01-01T00:00:00Z\",\"deprecatedLastTimestamp\":"   \
    "\"" last "\",\"deprecatedCount\":" count                                              \
    ",\"reason\":\"BackOff\",\"note\":\"again\","                                          \
    "\"type\":\"Warning\",\"deprecatedSource\":{\"component\":\"kubelet\"},"               \
    "\"regarding\":{\"kind\":\"Pod\",\"namespace\":\"shop\",\"name\":\"web\","             \
    "\"uid\":\"p-1\",\"apiVersion\":\"v1\"}}"
    act_translation r = translate(set, ACT_RULE_EVENT, EVENT("1", "2026-01-01T00:00:00Z"));
    assert_int_equal(r.outcome, ACT_OUTCOME_ACTIVITY);
    assert_true(act_str_eq(r.activity.summary, ACT_STR("web: again")));
    assert_true(act_str_eq(r.activity.actor.name, ACT_STR("kubelet")));
    assert_int_equal(r.activity.tenant.type, ACT_SCOPE_ORGANIZATION);
    assert_non_null(memmem(r.json.ptr, r.json.len, "event-reason\":\"BackOff\"", 23));
    char first[ACT_ACTIVITY_NAME_LEN + 1];
    (void)snprintf(first, sizeof first, "%.*s", ACT_STR_ARG(r.activity.name));

    r = translate(set, ACT_RULE_EVENT, EVENT("7", "2026-01-01T00:10:00Z"));
    assert_int_equal(r.activity.time_ns, INT64_C(1767226200) * ACT_NS_PER_S);
    assert_false(
        act_str_eq_cstr(r.activity.name, first)); /* a repeat is its own activity */
    r = translate(set, ACT_RULE_EVENT, EVENT("1", "2026-01-01T00:00:00Z"));
    assert_true(act_str_eq_cstr(r.activity.name, first)); /* a retry is not */
    r = translate(
        set, ACT_RULE_EVENT,
        "{\"regarding\":{\"kind\":\"Pod\"},\"reason\":\"BackOff\",\"metadata\":{\"name\":"
        "\"e\",\"uid\":\"u-9\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\","
        "\"deletionTimestamp\":\"2026-01-01T01:00:00Z\"}}");
    assert_int_equal(r.outcome, ACT_OUTCOME_SKIPPED);
    assert_int_equal(r.skip, ACT_SKIP_DELETED);
    (void)act_policy_set_unref(set);
}

static void sets_may_change_under_one_translator(void **state)
{
    (void)state;
    static const char *const one[] = { POLICY(
        "p", "apps", "Deployment", RULE("r", "audit.verb == 'create'", "one"), "") };
    static const char *const two[] = { POLICY(
        "p", "apps", "Deployment",
        RULE("r", "audit.user.uid == 'u-1' && audit.verb == 'create'", "two"), "") };
    for (int i = 0; i < 4; i++) {
        act_policy_set *set = make_set(i % 2 ? one : two, 1);
        act_translation r = translate(set, ACT_RULE_AUDIT, DEPLOYMENT);
        assert_int_equal(r.outcome, ACT_OUTCOME_ACTIVITY);
        assert_true(act_str_eq_cstr(r.activity.summary, i % 2 ? "one" : "two"));
        (void)act_policy_set_unref(set);
    }
}

static void sets_find_policies_and_leave_out_bad_ones(void **state)
{
    (void)state;
    const act_json *objects[] = {
        parse(POLICY("b", "apps", "Deployment", RULE("r", "true", "x"), "")),
        parse(POLICY("bad", "apps", "Deployment", RULE("r", "(", "x"), "")),
        parse(POLICY("a", "", "Pod", "", RULE("r", "true", "x"))),
    };
    act_policy_set *set = NULL;
    size_t invalid = 0, n;
    assert_int_equal(act_policy_set_new(env, objects, 3, ++versions, &set, &invalid), 0);
    assert_int_equal(invalid, 1);
    assert_int_equal(act_policy_set_count(set), 2);
    assert_non_null(act_policy_set_find(set, ACT_STR("a")));
    assert_non_null(act_policy_set_find(set, ACT_STR("b")));
    assert_null(act_policy_set_find(set, ACT_STR("bad")));
    (void)act_policy_set_lookup(set, ACT_RULE_AUDIT, ACT_STR("apps"),
                                ACT_STR("deployments"), &n);
    assert_int_equal(n, 1);
    (void)act_policy_set_lookup(set, ACT_RULE_EVENT, ACT_STR(""), ACT_STR("Pod"), &n);
    assert_int_equal(n, 1);
    (void)act_policy_set_lookup(set, ACT_RULE_AUDIT, ACT_STR(""), ACT_STR("pods"), &n);
    assert_int_equal(n, 0); /* it has event rules only */
    assert_true(act_policy_set_has_group(set, ACT_STR("")));
    assert_false(act_policy_set_has_group(set, ACT_STR("batch")));
    (void)act_policy_set_unref(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(matching_rule_makes_the_whole_activity),
        cmocka_unit_test(records_without_a_say_are_skipped_for_a_reason),
        cmocka_unit_test(policies_are_tried_in_name_order),
        cmocka_unit_test(missing_fields_of_the_record_do_not_match),
        cmocka_unit_test(failures_are_noted_and_the_next_policy_speaks),
        cmocka_unit_test(what_is_no_record_fails_as_such),
        cmocka_unit_test(unknown_plurals_are_found_by_the_kind_of_the_answer),
        cmocka_unit_test(events_become_activities_of_their_last_observation),
        cmocka_unit_test(sets_may_change_under_one_translator),
        cmocka_unit_test(sets_find_policies_and_leave_out_bad_ones),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
