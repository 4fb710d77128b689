/* ctest: labels=threads timeout=60 */
/* The Ready condition of policies, as clients see it. */
#include "api/policy_controller.h"

#include "pipeline/policy_source.h"
#include "unit/api/api_help.h"

static test_api api;
static act_policy_controller *controller;

static void start_controller(void)
{
    assert_ok(act_policy_controller_start(api.registry, api.rules, act_clock_system(), NULL,
                                          api.metrics, &controller));
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

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(valid_policies_become_ready),  TEST(it_writes_once_a_generation),
        TEST(stored_nonsense_is_not_ready), TEST(other_conditions_are_left_alone),
        TEST(it_survives_compaction),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
