/* ctest: labels=threads timeout=180 */
/* Controllers, workers and clients of ReindexJobs beside one another, over a store that has
 * nothing, so that sanitizers see all of it. */
#include "api/reindex_controller.h"

#include "pipeline/policy_source.h"
#include "pipeline/streams.h"
#include "unit/api/api_help.h"
#include "unit/api/slow_store.h"

enum { MANY = 24 };

static slow_store store;

static int setup(void **state)
{
    int64_t revision;
    (void)state;
    slow_store_start(&store);
    api_start(&api, NULL);
    assert_ok(act_streams_ensure(api.broker, &ACT_STREAMS_LIMITS_INIT, NULL));
    assert_ok(act_registry_create(
        api.registry, ACT_STR(ACT_REGISTRY_POLICIES "maps"),
        ACT_STR(
            "{\"metadata\":{\"name\":\"maps\",\"generation\":1},\"spec\":{\"resource\":{"
            "\"kind\":\"ConfigMap\"},\"auditRules\":[{\"name\":\"a\",\"match\":\"true\","
            "\"summary\":\"s\"}]},\"status\":{\"conditions\":[{\"type\":\"Ready\","
            "\"status\":\"True\",\"observedGeneration\":1}]}}"),
        &revision));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    api_stop(&api);
    slow_store_stop(&store);
    return 0;
}

static act_reindex_controller *start_controller(unsigned most)
{
    act_reindex_controller *c;
    const act_reindex_controller_options o = { .broker = api.broker,
                                               .store = &store.base,
                                               .registry = api.registry,
                                               .env = api.rules,
                                               .most = most,
                                               .lease_ns = 2 * ACT_NS_PER_S,
                                               .patience_ns = PATIENCE_NS,
                                               .clock = act_clock_system(),
                                               .random = act_random_system(),
                                               .metrics = api.metrics };
    assert_ok(act_reindex_controller_start(&o, &c));
    return c;
}

static void create(const char *name)
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "{'metadata':{'name':'%s'},'spec':{'timeRange':{'startTime':'now-1d'}}}",
                   name);
    assert_int_equal(api_post(&api, JOBS, text), 201);
}

static bool is_gone(const char *name)
{
    char url[128];
    (void)snprintf(url, sizeof url, JOBS "/%s", name);
    return api_get(&api, url) == 404;
}

static size_t with_phase(const char *phase)
{
    size_t n = 0;
    char path[64];
    if (api_get(&api, JOBS) != 200)
        return 0;
    for (size_t i = 0; i < api_count(&api, "items"); i++) {
        (void)snprintf(path, sizeof path, "items.%zu.status.phase", i);
        n += strcmp(api_at(&api, path), phase) == 0;
    }
    return n;
}

/* Two controllers that take turns, many jobs, some deleted on their way. */
static void many_jobs_come_to_their_end(void **state)
{
    char name[16], url[128];
    (void)state;
    act_reindex_controller *one = start_controller(4), *two = start_controller(4);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(name, sizeof name, "j%d", i);
        create(name);
        if (i % 4 == 3) {
            (void)snprintf(url, sizeof url, JOBS "/%s", name);
            assert_int_equal(api_delete(&api, url), 200);
        }
        if (i == MANY / 2) {
            act_reindex_controller_free(one);
            one = start_controller(4);
        }
    }
    assert_soon(with_phase("Succeeded") == MANY / 4 * 3 &&
                api_count(&api, "items") == MANY / 4 * 3);
    act_reindex_controller_free(two);
    assert_int_equal(api_delete(&api, JOBS), 200);
    assert_soon(api_get(&api, JOBS) == 200 && api_count(&api, "items") == 0);
    act_reindex_controller_free(one);
}

/* G10: a worker that waits for the store holds its job until it has ended. */
static void a_job_is_held_until_its_worker_has_ended(void **state)
{
    (void)state;
    slow_store_hold(&store, true);
    act_reindex_controller *c = start_controller(1);
    create("a");
    assert_soon(slow_store_waiting(&store) > 0);
    assert_int_equal(api_delete(&api, JOBS "/a"), 200);
    act_sleep_ns(500 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    assert_int_equal(api_get(&api, JOBS "/a"), 200);
    assert_true(strlen(api_at(&api, "metadata.deletionTimestamp")) > 0);
    slow_store_hold(&store, false);
    assert_soon(is_gone("a"));
    act_reindex_controller_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(many_jobs_come_to_their_end),
        TEST(a_job_is_held_until_its_worker_has_ended),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
