/* ctest: labels=threads timeout=180 */
/* The Ready condition of policies, as clients see it. */
#include "api/policy_controller.h"

#include "pipeline/policy_source.h"
#include "unit/api/api_help.h"

static act_policy_controller *controller;
static act_served_kinds *kinds; /* NULL: the controller asks the table */

static void start_controller(void)
{
    act_policy_controller_options o = { .registry = api.registry,
                                        .env = api.rules,
                                        .kinds = kinds,
                                        .clock = act_clock_system(),
                                        .metrics = api.metrics };
    assert_ok(act_policy_controller_start(&o, &controller));
}

static int setup(void **state)
{
    (void)state;
    api_start(&api, NULL);
    start_controller();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    act_policy_controller_free(controller);
    api_stop(&api);
    return 0;
}

/* ---- a fake kube-apiserver that serves discovery alone ----------------------------- */

static struct {
    act_http_server *server;
    act_kube_client *client;
    atomic_int widgets; /* kind Widget of example.org: 0 not there, 1 there, -1 no answer */
} discovery;

static void serve_discovery(void *ctx, act_http_request *req, act_http_response *res)
{
    (void)ctx;
    int widgets = atomic_load(&discovery.widgets);
    bool core = act_str_eq_cstr(act_http_request_path(req), "/api");
    act_http_response_status(res, widgets < 0 ? 503 : 200);
    act_http_response_text(
        res, "application/json",
        core || widgets <= 0
            ? ACT_STR("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[]}")
            : ACT_STR("{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{"
                      "\"name\":\"example.org\"},\"versions\":[{\"version\":\"v1\","
                      "\"resources\":[{\"resource\":\"widgets\",\"responseKind\":{"
                      "\"kind\":\"Widget\"}}]}]}]}"));
}

static int setup_connected(void **state)
{
    (void)state;
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    act_http_callbacks callbacks = { .handle = serve_discovery };
    atomic_store(&discovery.widgets, 0);
    o.workers = 1;
    assert_ok(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL));
    assert_ok(act_http_server_start(&o, &callbacks, &discovery.server, NULL));
    char url[64];
    int len = snprintf(url, sizeof url, "http://127.0.0.1:%u",
                       act_address_port(act_http_server_address(discovery.server)));
    act_kubeconfig config = { .server = act_str_from(url, (size_t)len) };
    assert_ok(act_kube_client_new(&config, &discovery.client));
    act_served_kinds_options follow = { .client = discovery.client,
                                        .first_wait_ns = 20 * ACT_NS_PER_MS,
                                        .most_wait_ns = 200 * ACT_NS_PER_MS };
    assert_ok(act_served_kinds_start(&follow, &kinds));
    return setup(state);
}

static int teardown_connected(void **state)
{
    (void)teardown(state);
    act_served_kinds_free(kinds);
    kinds = NULL;
    act_kube_client_free(discovery.client);
    act_http_server_free(discovery.server);
    return 0;
}

/* ---- what clients see -------------------------------------------------------------- */

static bool has(const char *name, const char *path, const char *wanted)
{
    char url[256];
    (void)snprintf(url, sizeof url, POLICIES "/%s", name);
    return api_get(&api, url) == 200 && strcmp(api_at(&api, path), wanted) == 0;
}

static uint64_t writes(void)
{
    return act_counter_value(
        act_metrics_counter(api.metrics, "activity_policy_status_writes_total", "", NULL));
}

static void valid_policies_become_ready(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, POLICIES, policy_text("a", "", "true")), 201);
    assert_soon(has("a", "status.conditions.0.status", "True"));
    assert_string_equal(api_at(&api, "status.conditions.0.type"), "Ready");
    assert_string_equal(api_at(&api, "status.conditions.0.reason"), "Valid");
    assert_string_equal(api_at(&api, "status.observedGeneration"), "1");
    assert_string_equal(api_at(&api, "metadata.generation"), "1");
    assert_int_equal(strlen(api_at(&api, "status.conditions.0.lastTransitionTime")), 20);
    /* A change of the spec is observed; the time of the transition stays. */
    char since[32];
    (void)snprintf(since, sizeof since, "%s",
                   api_at(&api, "status.conditions.0.lastTransitionTime"));
    assert_int_equal(api_merge(&api, POLICIES "/a",
                               "{'spec':{'eventRules':[{'name':'e',"
                               "'match':'true','summary':'s'}]}}"),
                     200);
    assert_soon(has("a", "status.observedGeneration", "2"));
    assert_string_equal(api_at(&api, "status.conditions.0.lastTransitionTime"), since);
}

/* What is as it should be is not written again: no endless answer to its own change. */
static void it_writes_once_a_generation(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, POLICIES, policy_text("a", "", "true")), 201);
    assert_soon(writes() == 1);
    assert_int_equal(api_merge(&api, POLICIES "/a", "{'metadata':{'labels':{'x':'y'}}}"),
                     200);
    act_sleep_ns(500 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    assert_int_equal(writes(), 1);
    act_policy_controller_free(controller);
    start_controller();
    act_sleep_ns(500 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    assert_int_equal(writes(), 1);
}

/* An older program may have let something through. */
static void stored_nonsense_is_not_ready(void **state)
{
    (void)state;
    int64_t revision;
    assert_ok(act_registry_create(
        api.registry, ACT_STR(ACT_REGISTRY_POLICIES "bad"),
        ACT_STR("{\"metadata\":{\"name\":\"bad\",\"generation\":3},\"spec\":{\"resource\":{"
                "\"kind\":\"Pod\"},\"auditRules\":[{\"name\":\"x\",\"match\":\"what?\","
                "\"summary\":\"s\"}]}}"),
        &revision));
    assert_soon(has("bad", "status.conditions.0.status", "False"));
    assert_string_equal(api_at(&api, "status.conditions.0.reason"), "ValidationFailed");
    assert_non_null(
        strstr(api_at(&api, "status.conditions.0.message"), "spec.auditRules[0].match"));
    assert_string_equal(api_at(&api, "status.observedGeneration"), "3");
    /* Mended, it is. */
    assert_int_equal(api_merge(&api, POLICIES "/bad", "{'spec':{'auditRules':null}}"), 200);
    assert_soon(has("bad", "status.conditions.0.status", "True"));
    assert_string_equal(api_at(&api, "status.observedGeneration"), "4");
}

static void other_conditions_are_left_alone(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, POLICIES, policy_text("a", "", "true")), 201);
    assert_soon(has("a", "status.conditions.0.status", "True"));
    assert_int_equal(
        api_merge(&api, POLICIES "/a/status",
                  "{'status':{'conditions':[{'type':'Mine','status':'True','reason':'R',"
                  "'message':'','lastTransitionTime':'2026-01-01T00:00:00Z'}]}}"),
        200);
    assert_soon(has("a", "status.conditions.1.type", "Ready"));
    assert_string_equal(api_at(&api, "status.conditions.0.type"), "Mine");
}

/* Compaction behind its back makes it list again. */
static void it_survives_compaction(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        char name[16];
        int64_t now;
        (void)snprintf(name, sizeof name, "p%d", i);
        assert_int_equal(api_post(&api, POLICIES, policy_text(name, "", "true")), 201);
        assert_ok(act_registry_revision(api.registry, &now));
        assert_ok(act_registry_compact(api.registry, now));
    }
    assert_soon(has("p0", "status.observedGeneration", "1"));
    assert_soon(has("p19", "status.observedGeneration", "1"));
}

/* A policy for @kind of @group, as text with single quotes. */
static const char *policy_for(const char *name, const char *group, const char *kind)
{
    static char text[1024];
    (void)snprintf(text, sizeof text,
                   "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':'ActivityPolicy',"
                   "'metadata':{'name':'%s'},'spec':{'resource':{'apiGroup':'%s','kind':"
                   "'%s'},'auditRules':[{'name':'r','match':'true','summary':'s'}]}}",
                   name, group, kind);
    return text;
}

static bool says(const char *name, const char *status, const char *reason)
{
    return has(name, "status.conditions.0.reason", reason) &&
           strcmp(api_at(&api, "status.conditions.0.status"), status) == 0;
}

/* Without a kube-apiserver the table of Kubernetes' own kinds decides; of other groups
 * nothing is known. */
static void kinds_that_are_not_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *name, *group, *kind, *status, *reason;
    } cases[] = {
        { "pods", "", "Pod", "True", "Valid" },
        { "jobs", "batch", "Job", "True", "Valid" },
        { "typo", "apps", "Deploymnet", "False", "ResourceNotFound" },
        { "case", "apps", "deployment", "False", "ResourceNotFound" },
        { "group", "", "Deployment", "False", "ResourceNotFound" },
        { "custom", "example.org", "Widget", "True", "Valid" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        assert_int_equal(api_post(&api, POLICIES,
                                  policy_for(cases[i].name, cases[i].group, cases[i].kind)),
                         201);
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        assert_soon(says(cases[i].name, cases[i].status, cases[i].reason));
    assert_true(has("typo", "status.conditions.0.message",
                    "there is no kind Deploymnet in API group apps"));
    assert_string_equal(api_at(&api, "status.observedGeneration"), "1");
    assert_true(has("group", "status.conditions.0.message",
                    "there is no kind Deployment in API group core"));
}

/* G8: a kind that comes later is found without anybody touching the policy. */
static void a_kind_that_comes_makes_ready(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, POLICIES, policy_for("w", "example.org", "Widget")),
                     201);
    assert_soon(says("w", "False", "ResourceNotFound"));
    char since[32];
    (void)snprintf(since, sizeof since, "%s",
                   api_at(&api, "status.conditions.0.lastTransitionTime"));
    atomic_store(&discovery.widgets, 1);
    assert_soon(says("w", "True", "Valid"));
    assert_string_equal(api_at(&api, "metadata.generation"), "1");
    assert_string_equal(api_at(&api, "status.observedGeneration"), "1");
    assert_true(strcmp(api_at(&api, "status.conditions.0.lastTransitionTime"), since) >= 0);
    atomic_store(&discovery.widgets, 0);
    assert_soon(says("w", "False", "ResourceNotFound"));
}

/* G8: lastTransitionTime is that of the status; another reason does not move it. */
static void another_reason_is_no_transition(void **state)
{
    (void)state;
    int64_t revision;
    char since[32];
    assert_ok(act_registry_create(
        api.registry, ACT_STR(ACT_REGISTRY_POLICIES "bad"),
        ACT_STR("{\"metadata\":{\"name\":\"bad\",\"generation\":1},\"spec\":{\"resource\":{"
                "\"apiGroup\":\"apps\",\"kind\":\"Nothing\"},\"auditRules\":[{"
                "\"name\":\"x\",\"match\":\"?\",\"summary\":\"s\"}]}}"),
        &revision));
    assert_soon(says("bad", "False", "ValidationFailed"));
    (void)snprintf(since, sizeof since, "%s",
                   api_at(&api, "status.conditions.0.lastTransitionTime"));
    act_sleep_ns(1100 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    assert_int_equal(api_merge(&api, POLICIES "/bad", "{'spec':{'auditRules':null}}"), 200);
    assert_soon(says("bad", "False", "ResourceNotFound"));
    assert_string_equal(api_at(&api, "status.conditions.0.lastTransitionTime"), since);
    assert_string_equal(api_at(&api, "status.observedGeneration"), "2");
}

/* Nobody to ask is no refusal; and what was known stays when the answer fails. */
static void unknown_is_not_missing(void **state)
{
    (void)state;
    act_policy_controller_free(controller);
    act_served_kinds_free(kinds);
    atomic_store(&discovery.widgets, -1);
    act_served_kinds_options follow = { .client = discovery.client,
                                        .first_wait_ns = 20 * ACT_NS_PER_MS,
                                        .most_wait_ns = 200 * ACT_NS_PER_MS };
    assert_ok(act_served_kinds_start(&follow, &kinds));
    start_controller();
    assert_int_equal(api_post(&api, POLICIES, policy_for("w", "example.org", "Widget")),
                     201);
    assert_soon(says("w", "Unknown", "DiscoveryUnavailable"));
    atomic_store(&discovery.widgets, 1);
    assert_soon(says("w", "True", "Valid"));
    /* A new controller that knows nothing yet leaves the verdict. */
    act_policy_controller_free(controller);
    act_served_kinds_free(kinds);
    atomic_store(&discovery.widgets, -1);
    assert_ok(act_served_kinds_start(&follow, &kinds));
    uint64_t before = writes();
    start_controller();
    act_sleep_ns(300 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    assert_true(says("w", "True", "Valid"));
    assert_int_equal(writes(), before);
    /* A rule that does not compile needs no discovery. */
    int64_t revision;
    assert_ok(act_registry_create(
        api.registry, ACT_STR(ACT_REGISTRY_POLICIES "bad"),
        ACT_STR("{\"metadata\":{\"name\":\"bad\",\"generation\":1},\"spec\":{\"resource\":{"
                "\"apiGroup\":\"example.org\",\"kind\":\"Widget\"},\"auditRules\":[{"
                "\"name\":\"x\",\"match\":\"?\",\"summary\":\"s\"}]}}"),
        &revision));
    assert_soon(says("bad", "False", "ValidationFailed"));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
#define CONNECTED(name)                                                                    \
    cmocka_unit_test_setup_teardown(name, setup_connected, teardown_connected)
    const struct CMUnitTest tests[] = {
        TEST(valid_policies_become_ready),     TEST(it_writes_once_a_generation),
        TEST(stored_nonsense_is_not_ready),    TEST(other_conditions_are_left_alone),
        TEST(it_survives_compaction),          TEST(kinds_that_are_not_are_told),
        TEST(another_reason_is_no_transition), CONNECTED(a_kind_that_comes_makes_ready),
        CONNECTED(unknown_is_not_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
