/* ctest: labels=chdb timeout=300 */
/* PolicyPreview: records given, records found, and what is refused. */
#include "unit/api/query_help.h"

#include <stdlib.h>

static int setup(void **state)
{
    (void)state;
    questions_start("token-of-acme,ann,u-ann,system:masters,"
                    "iam.miloapis.com/parent-type=Organization;"
                    "iam.miloapis.com/parent-name=acme\n");
    return 0;
}

#define POLICY                                                                             \
    "'policy':{'resource':{'apiGroup':'apps','kind':'Deployment'},'auditRules':["          \
    "{'name':'made','match':'audit.verb == \\'create\\'','summary':"                       \
    "'{{ actor }} created {{ link(audit.objectRef.name, audit.objectRef) }}'},"            \
    "{'name':'broken','match':'audit.verb == \\'patch\\'','summary':"                      \
    "'{{ audit.objectRef.nothing }}'},"                                                    \
    "{'name':'number','match':'1 / int(audit.objectRef.name) > 0','summary':'x'}],"        \
    "'eventRules':[{'name':'scaled','match':'event.reason == \\'ScalingReplicaSet\\'',"    \
    "'summary':'{{ actor }}: {{ event.note }}'}]}"

#define AUDIT(members)                                                                     \
    "{'type':'audit','audit':{" members                                                    \
    ",'user':{'username':'bob@example.org','uid':'u-bob'},"                                \
    "'objectRef':{'apiGroup':'apps','apiVersion':'v1','resource':'deployments',"           \
    "'namespace':'shop','name':'web'}}}"

static void try(const char *spec)
{
    if (ask("PolicyPreview", spec) != 201)
        fail_msg("{%s}: %s", spec, api_text(&api));
}

static void assert_refused(const char *spec, const char *field, const char *cause)
{
    if (ask("PolicyPreview", spec) != 422)
        fail_msg("{%s} is not refused: %s", spec, api_text(&api));
    assert_at("details.causes.0.field", field);
    assert_at("details.causes.0.reason", cause);
    assert_int_equal(api_count(&api, "details.causes"), 1);
    assert_at("details.name", "");
}

static void every_input_has_its_result(void **state)
{
    (void)state;
    try(POLICY ",'kindLabel':'app','inputs':[" AUDIT("'verb':'get'") "," AUDIT(
        "'verb':'create','auditID':'id-1','requestReceivedTimestamp':"
        "'2026-01-02T03:04:05.000000Z'") "," AUDIT("'verb':'patch'") ","
                                                                     "{'type':'event','"
                                                                     "event':{'reason':'"
                                                                     "ScalingReplicaSet','"
                                                                     "note':'up to 3',"
                                                                     "'reportingController'"
                                                                     ":'deployment-"
                                                                     "controller','"
                                                                     "regarding':{'kind':'"
                                                                     "Other'}}},"
                                                                     "{'type':'event','"
                                                                     "event':{'reason':'"
                                                                     "ScalingReplicaSet','"
                                                                     "message':'down to 1',"
                                                                     "'source':{'component'"
                                                                     ":'old'},'"
                                                                     "involvedObject':{'"
                                                                     "kind':'Deployment',"
                                                                     "'name':'web'}}}]");
    assert_int_equal(api_count(&api, "status.results"), 5);
    assert_int_equal(api_count(&api, "status.activities"), 3);
    assert_int_equal(api_count(&api, "spec.inputs"), 5);
    /* 0: the third rule cannot be evaluated, and says where. */
    assert_at("status.results.0.matched", "false");
    assert_at("status.results.0.matchedRuleIndex", "-1");
    assert_non_null(strstr(api_at(&api, "status.results.0.error"), "\"number\", match"));
    assert_at("status.results.0.matchedRuleName", "");
    /* 1: the first rule speaks. */
    assert_at("status.results.1.matched", "true");
    assert_at("status.results.1.inputIndex", "1");
    assert_at("status.results.1.matchedRuleIndex", "0");
    assert_at("status.results.1.matchedRuleType", "audit");
    assert_at("status.results.1.matchedRuleName", "made");
    assert_at("status.results.1.error", "");
    assert_at("status.activities.0.spec.summary", "bob@example.org created web");
    assert_at("status.activities.0.spec.origin.id", "id-1");
    assert_at("status.activities.0.spec.links.0.resource.kind", "Deployment");
    assert_at("status.activities.0.metadata.creationTimestamp", "2026-01-02T03:04:05Z");
    assert_at("status.activities.0.metadata.namespace", "shop");
    /* 2: its summary fails. */
    assert_non_null(strstr(api_at(&api, "status.results.2.error"), "\"broken\", summary"));
    /* 3, 4: Events of either form, whatever they are about. */
    assert_at("status.results.3.matchedRuleType", "event");
    assert_at("status.activities.1.spec.summary", "deployment-controller: up to 3");
    assert_at("status.activities.1.spec.resource.kind", "Deployment");
    assert_at("status.activities.1.spec.actor.type", "controller");
    assert_at("status.activities.2.spec.summary", "old: down to 1");
    assert_at("status.fetchedInputs", "");
    /* Nothing is kept. */
    assert_int_equal(ask_count("ActivityQuery", EVER), 0);
}

static void what_is_no_record_is_told(void **state)
{
    (void)state;
    try(POLICY ",'inputs':[{'type':'audit','audit':{'stage':'x'}},"
               "{'type':'event','event':{'apiVersion':'apps/v1','kind':'Deployment'}},"
               "{'type':'audit','audit':{'verb':7}}," AUDIT("'verb':'create'") "]");
    assert_non_null(strstr(api_at(&api, "status.results.0.error"), "verb: required"));
    assert_non_null(strstr(api_at(&api, "status.results.1.error"), "kind: must be Event"));
    assert_non_null(strstr(api_at(&api, "status.results.2.error"), "verb: must be"));
    assert_at("status.results.3.matched", "true");
    assert_int_equal(api_count(&api, "status.activities"), 1);
}

static void bad_previews_are_refused(void **state)
{
    (void)state;
    assert_refused(POLICY, "spec", "FieldValueRequired");
    assert_refused(POLICY ",'inputs':[]", "spec", "FieldValueRequired");
    assert_refused(POLICY ",'autoFetch':{},'inputs':[" AUDIT("'verb':'get'") "]", "spec",
                   "FieldValueInvalid");
    assert_refused(POLICY ",'inputs':[{'type':'','audit':{}}]", "spec.inputs[0].type",
                   "FieldValueRequired");
    assert_refused(POLICY ",'inputs':[{'type':'x','audit':{}}]", "spec.inputs[0].type",
                   "FieldValueNotSupported");
    assert_refused(POLICY ",'inputs':[{'type':'audit','event':{}}]", "spec.inputs[0].audit",
                   "FieldValueRequired");
    assert_refused(POLICY ",'inputs':[{'type':'event'}]", "spec.inputs[0].event",
                   "FieldValueRequired");
    assert_refused(POLICY ",'autoFetch':{'limit':51}", "spec.autoFetch.limit",
                   "FieldValueInvalid");
    assert_refused(POLICY ",'autoFetch':{'limit':-1}", "spec.autoFetch.limit",
                   "FieldValueInvalid");
    assert_refused(POLICY ",'autoFetch':{'timeRange':'1y'}", "spec.autoFetch.timeRange",
                   "FieldValueInvalid");
    assert_non_null(strstr(api_at(&api, "details.causes.0.message"), "written 30m, 24h"));
    assert_refused(POLICY ",'autoFetch':{'sources':'logs'}", "spec.autoFetch.sources",
                   "FieldValueNotSupported");
    assert_refused("'policy':{'resource':{'apiGroup':'apps','kind':'Deployment'},"
                   "'auditRules':[{'name':'a','match':'audit.verb ==','summary':'x'}]},"
                   "'inputs':[" AUDIT("'verb':'get'") "]",
                   "spec.policy.auditRules[0].match", "FieldValueInvalid");
    assert_int_equal(ask("PolicyPreview", "'policy':{'resource':{'apiGroup':'','kind':''}},"
                                          "'autoFetch':{'limit':99,'sources':'x'}"),
                     422);
    assert_int_equal(api_count(&api, "details.causes"), 3);
}

/* A record of the last minute, of a tenant. */
static void take_stored(const char *id, const char *verb, const char *tenant)
{
    char body[1024], time[ACT_RFC3339_MAX];
    (void)act_rfc3339_format(act_wall_ns(act_clock_system()) - 10 * ACT_NS_PER_S, 6, time);
    (void)snprintf(body, sizeof body,
                   "{'kind':'Event','apiVersion':'audit.k8s.io/v1','auditID':'%s','stage':"
                   "'ResponseComplete','verb':'%s','user':{'username':'bob'},'objectRef':{"
                   "'apiGroup':'apps','apiVersion':'v1','resource':'deployments','name':"
                   "'web'},'requestReceivedTimestamp':'%s','annotations':{"
                   "'platform.miloapis.com/scope.type':'Organization',"
                   "'platform.miloapis.com/scope.name':'%s'}}",
                   id, verb, time, tenant);
    questions_take(body);
    (void)snprintf(
        body, sizeof body,
        "{'kind':'Event','apiVersion':'events.k8s.io/v1','metadata':{'name':'%s',"
        "'uid':'%s','annotations':{"
        "'platform.miloapis.com/scope.type':'Organization',"
        "'platform.miloapis.com/scope.name':'%s'}},'eventTime':'%s','reason':"
        "'ScalingReplicaSet','note':'%s','regarding':{'apiVersion':'apps/v1',"
        "'kind':'Deployment','name':'web'}}",
        id, id, tenant, time, id);
    questions_take(body);
}

static void records_are_found_in_the_callers_scope(void **state)
{
    (void)state;
    take_stored("mine-created", "create", "acme");
    for (int i = 0; i < 4; i++) {
        char id[32];
        (void)snprintf(id, sizeof id, "mine-%d", i);
        take_stored(id, "get", "acme");
    }
    take_stored("theirs", "create", "umbrella");
    try(POLICY ",'autoFetch':{}");
    assert_int_equal(api_count(&api, "status.fetchedInputs"), 12);
    assert_int_equal(api_count(&api, "status.results"), 12);
    assert_int_equal(api_count(&api, "spec.inputs"), 12);
    api.token = "token-of-acme";
    try(POLICY ",'autoFetch':{'timeRange':'1h','sources':'both'}");
    assert_int_equal(api_count(&api, "status.fetchedInputs"), 10);
    assert_null(strstr(api_text(&api), "theirs"));
    /* Of many, those that a rule speaks about. */
    try(POLICY ",'autoFetch':{'limit':1,'sources':'audit'}");
    assert_int_equal(api_count(&api, "status.fetchedInputs"), 1);
    assert_at("status.fetchedInputs.0.audit.auditID", "mine-created");
    assert_at("status.results.0.matched", "true");
    try(POLICY ",'autoFetch':{'sources':'events','limit':2}");
    assert_int_equal(api_count(&api, "status.activities"), 2);
    assert_at("status.fetchedInputs.0.type", "event");
    try(POLICY ",'autoFetch':{'timeRange':'1s'}");
    assert_at("status.fetchedInputs", "");
    assert_at("status.results", "[]");
}

/* What a rule asks of a record need not be what a filter can: samples are found by group
 * and kind, whose plural ends in -ies here, and each rule may be the one that speaks. */
static void rules_that_no_filter_can_say_find_records_too(void **state)
{
    (void)state;
    char body[1024], time[ACT_RFC3339_MAX];
    (void)act_rfc3339_format(act_wall_ns(act_clock_system()) - 10 * ACT_NS_PER_S, 6, time);
    (void)snprintf(body, sizeof body,
                   "{'kind':'Event','apiVersion':'audit.k8s.io/v1','auditID':'np','stage':"
                   "'ResponseComplete','verb':'update','user':{'username':'bob','groups':["
                   "'web']},'objectRef':{'apiGroup':'networking.k8s.io','apiVersion':'v1',"
                   "'resource':'networkpolicies','name':'wall'},"
                   "'requestReceivedTimestamp':'%s'}",
                   time);
    questions_take(body);
    try("'policy':{'resource':{'apiGroup':'networking.k8s.io','kind':'NetworkPolicy'},"
        "'auditRules':[{'name':'made','match':'audit.verb == \\'create\\'','summary':'x'},"
        "{'name':'grouped','match':'audit.user.groups.exists(g, g.startsWith(\\'w\\')) && "
        "kind != \\'\\' && actor.size() == 3 && has(audit.objectRef.name)',"
        "'summary':'{{ actor }} changed {{ audit.objectRef.name }}'}]},'autoFetch':{}");
    assert_int_equal(api_count(&api, "status.fetchedInputs"), 1);
    assert_at("status.results.0.matchedRuleName", "grouped");
    assert_at("status.activities.0.spec.summary", "bob changed wall");
}

static void policies_that_exist_are_tried_by_name(void **state)
{
    (void)state;
    assert_int_equal(
        api_post(&api, POLICIES,
                 "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':'ActivityPolicy',"
                 "'metadata':{'name':'there'},'spec':{'resource':{'apiGroup':'apps','kind':"
                 "'Deployment'},'auditRules':[{'name':'any','match':'true','summary':"
                 "'{{ actor }} touched {{ audit.objectRef.name }}'}]}}"),
        201);
    try("'policyName':'there','inputs':[" AUDIT("'verb':'get'") "]");
    assert_at("status.results.0.matchedRuleName", "any");
    assert_at("status.activities.0.spec.summary", "bob@example.org touched web");
    assert_at("spec.policyName", "there");
    assert_refused("'policyName':'nowhere','inputs':[" AUDIT("'verb':'get'") "]",
                   "spec.policyName", "FieldValueInvalid");
    assert_refused("'policyName':'a/../b','inputs':[" AUDIT("'verb':'get'") "]",
                   "spec.policyName", "FieldValueInvalid");
    assert_refused("'policyName':'there'," POLICY ",'inputs':[" AUDIT("'verb':'get'") "]",
                   "spec", "FieldValueInvalid");
}

#define ONE_RULE(match, summary)                                                           \
    "'policy':{'resource':{'apiGroup':'apps','kind':'Deployment'},'auditRules':["          \
    "{'name':'one','match':'" match "','summary':'" summary "'}]}"

static void labels_name_the_kind_in_summaries(void **state)
{
    (void)state;
#define KIND_RULE ONE_RULE("kind == \\'deployments\\'", "{{ actor }} made a {{ kind }}")
    try(KIND_RULE ",'inputs':[" AUDIT("'verb':'get'") "]");
    assert_at("status.activities.0.spec.summary", "bob@example.org made a deployments");
    try(KIND_RULE ",'kindLabelPlural':'Roll-outs','inputs':[" AUDIT("'verb':'get'") "]");
    assert_at("status.activities.0.spec.summary", "bob@example.org made a Roll-outs");
    try(KIND_RULE ",'kindLabel':'Roll-out','kindLabelPlural':'Roll-outs','inputs':[" AUDIT(
        "'verb':'get'") "," AUDIT("'verb':'list'") "]");
    assert_at("status.activities.0.spec.summary", "bob@example.org made a Roll-out");
    assert_at("status.activities.1.spec.summary", "bob@example.org made a Roll-out");
}

static void failures_say_where(void **state)
{
    (void)state;
    try(ONE_RULE("true &&\\n  1 / int(audit.auditID.size() - 9) > 0",
                 "x") ",'inputs':[" AUDIT("'verb':'get'") "]");
    assert_at("status.results.0.errorRuleName", "one");
    assert_at("status.results.0.errorField", "match");
    assert_at("status.results.0.errorLine", "2");
    assert_at("status.results.0.errorColumn", "5");
    assert_non_null(
        strstr(api_at(&api, "status.results.0.error"), "2:5: division by zero"));
    try(ONE_RULE(
        "true",
        "Ä {{ actor }}\\nand {{ audit.objectRef.nothing }}") ",'inputs':[" AUDIT("'verb':'"
                                                                                 "get'") "]");
    assert_at("status.results.0.errorField", "summary");
    assert_at("status.results.0.errorLine", "2");
    assert_string_not_equal(api_at(&api, "status.results.0.errorColumn"), "");
    assert_true(atoi(api_at(&api, "status.results.0.errorColumn")) >= 8);
}

static void rules_have_their_timings(void **state)
{
    (void)state;
    try(POLICY ",'inputs':[" AUDIT("'verb':'get'") "," AUDIT("'verb':'create'") "," AUDIT(
        "'verb':'patch'") "]");
    assert_int_equal(api_count(&api, "status.ruleTimings"), 4);
    static const char *const wanted[][5] = { { "audit", "made", "3", "1", "0" },
                                             { "audit", "broken", "2", "0", "1" },
                                             { "audit", "number", "1", "0", "1" },
                                             { "event", "scaled", "0", "0", "0" } };
    static const char *const fields[] = { "type", "name", "tried", "matched", "failed" };
    for (size_t i = 0; i < ACT_COUNT(wanted); i++) {
        char path[64];
        for (size_t k = 0; k < ACT_COUNT(fields); k++) {
            (void)snprintf(path, sizeof path, "status.ruleTimings.%zu.%s", i, fields[k]);
            assert_at(path, wanted[i][k]);
        }
        (void)snprintf(path, sizeof path, "status.ruleTimings.%zu.nanoseconds", i);
        assert_int_equal(atoi(api_at(&api, path)) > 0, wanted[i][2][0] != '0');
    }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, questions_teardown)
    const struct CMUnitTest tests[] = {
        CASE(every_input_has_its_result),
        CASE(what_is_no_record_is_told),
        CASE(bad_previews_are_refused),
        CASE(records_are_found_in_the_callers_scope),
        CASE(rules_that_no_filter_can_say_find_records_too),
        CASE(policies_that_exist_are_tried_by_name),
        CASE(labels_name_the_kind_in_summaries),
        CASE(failures_say_where),
        CASE(rules_have_their_timings),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
