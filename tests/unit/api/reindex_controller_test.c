/* ctest: labels=threads,chdb timeout=180 */
/* ReindexJobs as clients see them, over a real registry, log and engine: who runs when,
 * what the status says, and what becomes of jobs whose process, or whose object, goes. */
#include "api/reindex_controller.h"

#include "api/policy_controller.h"
#include "unit/api/query_help.h"

/* Over records of their own, of which the first 1000 are done at once, and the others after
 * a hundred seconds: not while a test looks on. */
#define SLOW                                                                               \
    "'timeRange':{'startTime':'2026-02-01T00:00:00Z','endTime':'2026-02-02T00:00:00Z'},"   \
    "'config':{'batchSize':1000,'rateLimit':10}"
enum { SLOW_RECORDS = 1500, RECORDS = 150 };
#define FAST "'config':{'rateLimit':1000}"

static act_policy_controller *policies;
static act_reindex_controller *controller;
static int day; /* of January 2026, one a test, with RECORDS of its own */
static char range[128];

static act_reindex_controller *start_controller_by(unsigned most, bool alone,
                                                   int64_t lease_ns, act_clock clock)
{
    act_reindex_controller *c;
    const act_reindex_controller_options o = { .broker = api.broker,
                                               .store = api.store,
                                               .registry = api.registry,
                                               .env = api.rules,
                                               .most = most,
                                               .alone = alone,
                                               .lease_ns = lease_ns,
                                               .patience_ns = PATIENCE_NS,
                                               .clock = clock,
                                               .random = act_random_system(),
                                               .metrics = api.metrics };
    assert_ok(act_reindex_controller_start(&o, &c));
    return c;
}

static act_reindex_controller *start_controller(unsigned most)
{
    return start_controller_by(most, true, PATIENCE_NS, act_clock_system());
}

static void restart(unsigned most)
{
    act_reindex_controller_free(controller);
    controller = start_controller(most);
}

static void take_records(int month, int day_of_month, int count)
{
    char sql[800];
    (void)snprintf(
        sql, sizeof sql,
        "INSERT INTO audit.audit_logs (event_json) SELECT concat('{\"auditID\":"
        "\"x%d-%d-',toString(number),'\",\"stage\":\"ResponseComplete\",\"verb\":"
        "\"create\",\"user\":{\"username\":\"ann\"},\"objectRef\":{\"resource\":"
        "\"configmaps\",\"name\":\"m\",\"apiVersion\":\"v1\"},"
        "\"requestReceivedTimestamp\":\"',formatDateTime(toDateTime('2026-%02d-%02d "
        "00:00:00', 'UTC') + number, '%%Y-%%m-%%dT%%H:%%i:%%SZ'),'\"}') FROM "
        "numbers(%d)",
        month, day_of_month, month, day_of_month, count);
    assert_ok(act_store_exec(api.store, act_str_cstr(sql), NULL, 0, NULL));
}

static bool has(const char *name, const char *path, const char *wanted)
{
    char url[256];
    (void)snprintf(url, sizeof url, JOBS "/%s", name);
    return api_get(&api, url) == 200 && strcmp(api_at(&api, path), wanted) == 0;
}

static bool is_gone(const char *name)
{
    char url[256];
    (void)snprintf(url, sizeof url, JOBS "/%s", name);
    return api_get(&api, url) == 404;
}

static bool policy_is(const char *status)
{
    return api_get(&api, POLICIES "/maps") == 200 &&
           strcmp(api_at(&api, "status.conditions.0.status"), status) == 0;
}

static int open_house(void **state)
{
    (void)state;
    questions_start(NULL);
    const act_policy_controller_options o = { .registry = api.registry,
                                              .env = api.rules,
                                              .clock = act_clock_system() };
    assert_ok(act_policy_controller_start(&o, &policies));
    assert_int_equal(
        api_post(&api, POLICIES,
                 "{'metadata':{'name':'maps'},'spec':{'resource':{'apiGroup':'','kind':"
                 "'ConfigMap'},'auditRules':[{'name':'a','match':'true','summary':"
                 "'{{ actor }} made a map'}]}}"),
        201);
    assert_soon(policy_is("True"));
    take_records(2, 1, SLOW_RECORDS);
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    act_policy_controller_free(policies);
    questions_stop();
    return 0;
}

static int setup(void **state)
{
    (void)state;
    day++;
    (void)snprintf(range, sizeof range,
                   "'timeRange':{'startTime':'2026-01-%02dT00:00:00Z','endTime':"
                   "'2026-01-%02dT00:00:00Z'},",
                   day, day + 1);
    take_records(1, day, RECORDS);
    controller = start_controller(1);
    return 0;
}

static bool no_jobs(void)
{
    return api_get(&api, JOBS) == 200 && api_count(&api, "items") == 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(api_delete(&api, JOBS), 200);
    assert_soon(no_jobs());
    act_reindex_controller_free(controller);
    return 0;
}

static void create(const char *name, const char *spec)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "{'metadata':{'name':'%s'},'spec':{%s%s}}", name,
                   strstr(spec, "timeRange") ? "" : range, spec);
    assert_int_equal(api_post(&api, JOBS, text), 201);
}

static int remove_job(const char *name)
{
    char url[256];
    (void)snprintf(url, sizeof url, JOBS "/%s", name);
    return api_delete(&api, url);
}

static uint64_t counter(const char *name, const char *result)
{
    const char *labels[] = { "result", result, NULL };
    return act_counter_value(
        act_metrics_counter(api.metrics, name, "", result ? labels : NULL));
}

static uint64_t begun(void)
{
    return counter("activity_reindex_jobs_started_total", NULL);
}

/* Activities of the test's day. */
static size_t activities(void)
{
    char spec[256];
    (void)snprintf(spec, sizeof spec,
                   "'startTime':'2026-01-%02dT00:00:00Z','endTime':'2026-01-%02dT00:00:00Z'"
                   ",'limit':1000",
                   day, day + 1);
    return ask_count("ActivityQuery", spec);
}

static int64_t running(void)
{
    return act_gauge_value(
        act_metrics_gauge(api.metrics, "activity_reindex_jobs_running", "", NULL));
}

static size_t runs(void)
{
    act_arena *a;
    act_list_result list;
    act_list_options o = { .prefix = ACT_STR(ACT_REGISTRY_REINDEX_RUNS) };
    assert_ok(act_arena_new(1 << 20, 0, &a));
    assert_ok(act_registry_list(api.registry, &o, a, &list));
    size_t n = list.n;
    act_arena_free(a);
    return n;
}

/* ---- the way of a job --------------------------------------------------------------- */

/* P-40: the progress is filled, also the total. */
static void jobs_run_to_their_end(void **state)
{
    (void)state;
    const char *name = "activity_reindex_jobs_completed_total";
    uint64_t before = counter(name, "succeeded");
    create("a", FAST);
    assert_soon(has("a", "status.phase", "Succeeded"));
    assert_string_equal(api_at(&api, "status.progress"),
                        "{\"totalEvents\":150,\"processedEvents\":150,"
                        "\"activitiesGenerated\":150,\"errors\":0,\"currentBatch\":1,"
                        "\"totalBatches\":1}");
    assert_string_equal(api_at(&api, "status.message"),
                        "Completed: 150 activities generated, 150 of them new or changed; "
                        "0 removed");
    assert_string_equal(api_at(&api, "status.conditions.0.type"), "Ready");
    assert_string_equal(api_at(&api, "status.conditions.0.status"), "True");
    assert_string_equal(api_at(&api, "status.conditions.0.reason"), "Succeeded");
    assert_string_equal(api_at(&api, "status.conditions.0.observedGeneration"), "1");
    assert_int_equal(strlen(api_at(&api, "status.startedAt")), 20);
    assert_int_equal(strlen(api_at(&api, "status.completedAt")), 20);
    assert_string_equal(api_at(&api, "metadata.finalizers"), "");
    assert_string_equal(api_at(&api, "metadata.generation"), "1");
    assert_soon(activities() == RECORDS);
    assert_soon(running() == 0 && runs() == 0);
    assert_int_equal(counter(name, "succeeded"), before + 1);
    assert_int_equal(remove_job("a"), 200);
    assert_true(is_gone("a"));
}

static void dry_runs_make_nothing(void **state)
{
    (void)state;
    create("a", "'config':{'rateLimit':1000,'dryRun':true}");
    assert_soon(has("a", "status.phase", "Succeeded"));
    assert_string_equal(api_at(&api, "status.message"),
                        "Dry-run complete: 150 activities would be generated, 150 of them "
                        "new or changed; 0 would be removed");
    assert_string_equal(api_at(&api, "status.progress.activitiesGenerated"), "150");
    assert_int_equal(activities(), 0);
}

/* G9: a job that failed holds nobody up, and stays failed. */
static void failed_jobs_are_final_and_block_nobody(void **state)
{
    (void)state;
    create("a", FAST ",'policySelector':{'names':['nobody']}");
    create("b", FAST);
    assert_soon(has("b", "status.phase", "Succeeded"));
    assert_true(has("a", "status.phase", "Failed"));
    assert_string_equal(api_at(&api, "status.message"),
                        "there is no ActivityPolicy nobody");
    assert_string_equal(api_at(&api, "status.conditions.0.status"), "False");
    assert_string_equal(api_at(&api, "status.conditions.0.reason"), "Failed");
    assert_int_equal(strlen(api_at(&api, "status.completedAt")), 20);
    char version[32];
    (void)snprintf(version, sizeof version, "%s", api_at(&api, "metadata.resourceVersion"));
    assert_int_equal(api_merge(&api, JOBS "/a/status", "{'status':{'phase':'Running'}}"),
                     422);
    restart(1);
    create("c", FAST);
    assert_soon(has("c", "status.phase", "Succeeded"));
    assert_true(has("a", "metadata.resourceVersion", version));
}

/* G12: what is not Ready is not used, and the status says so. */
static void policies_that_are_not_ready_are_named(void **state)
{
    (void)state;
    assert_int_equal(
        api_post(&api, POLICIES,
                 "{'metadata':{'name':'nothings'},'spec':{'resource':{'apiGroup':'apps',"
                 "'kind':'Nothing'},'auditRules':[{'name':'a','match':'true','summary':"
                 "'x'}]}}"),
        201);
    create("a", FAST);
    assert_soon(has("a", "status.phase", "Succeeded"));
    assert_non_null(strstr(api_at(&api, "status.message"),
                           "; not used, as they are not Ready: nothings"));
    create("b", FAST ",'policySelector':{'names':['nothings']}");
    assert_soon(has("b", "status.phase", "Failed"));
    assert_string_equal(api_at(&api, "status.message"),
                        "none of these ActivityPolicies is Ready: nothings");
    assert_int_equal(api_delete(&api, POLICIES "/nothings"), 200);
}

/* G11: the largest batch, over years. */
static void the_largest_batches_over_years_work(void **state)
{
    (void)state;
    create("a", "'timeRange':{'startTime':'2011-01-01T00:00:00Z'},'config':{'batchSize':"
                "10000,'rateLimit':1000}");
    assert_soon(has("a", "status.phase", "Succeeded"));
    assert_int_equal(atoi(api_at(&api, "status.progress.processedEvents")),
                     day * RECORDS + SLOW_RECORDS);
}

/* ---- several ------------------------------------------------------------------------ */

static void jobs_wait_for_their_turn(void **state)
{
    (void)state;
    create("z", SLOW);
    create("b", FAST);
    create("a", FAST);
    assert_soon(has("z", "status.progress.processedEvents", "1000"));
    assert_soon(has("a", "status.phase", "Pending"));
    assert_true(has("b", "status.phase", "Pending"));
    assert_string_equal(api_at(&api, "status.message"),
                        "Pending: at most 1 job runs at once");
    assert_string_equal(api_at(&api, "status.conditions.0.reason"), "Pending");
    assert_int_equal(remove_job("z"), 200);
    assert_soon(has("a", "status.phase", "Succeeded"));
    char a[32];
    (void)snprintf(a, sizeof a, "%s", api_at(&api, "metadata.resourceVersion"));
    assert_true(has("b", "status.phase", "Succeeded"));
    /* In order of creation, not of names. */
    assert_true(atoll(api_at(&api, "metadata.resourceVersion")) < atoll(a));
}

static void with_no_places_all_wait(void **state)
{
    (void)state;
    restart(0);
    create("a", FAST);
    assert_soon(has("a", "status.phase", "Pending"));
    assert_int_equal(remove_job("a"), 200);
    assert_soon(is_gone("a"));
}

/* ---- ends --------------------------------------------------------------------------- */

/* G10: the finalizer holds the object until its worker has ended. */
static void a_deleted_job_ends_its_worker(void **state)
{
    (void)state;
    create("a", SLOW);
    assert_soon(has("a", "status.progress.processedEvents", "1000"));
    assert_string_equal(api_at(&api, "metadata.finalizers"),
                        "[\"" ACT_REINDEX_FINALIZER "\"]");
    assert_soon(running() == 1);
    assert_int_equal(remove_job("a"), 200);
    assert_string_equal(api_at(&api, "metadata.deletionGracePeriodSeconds"), "0");
    assert_soon(is_gone("a"));
    assert_soon(running() == 0 && runs() == 0);
    /* Its name is free, and the next one begins anew. */
    create("a", FAST);
    assert_soon(has("a", "status.phase", "Succeeded"));
    assert_string_equal(api_at(&api, "status.progress.processedEvents"), "150");
}

/* Finalizers of others hold it longer, but not its worker. */
static void other_finalizers_stay(void **state)
{
    (void)state;
    char text[512];
    (void)snprintf(text, sizeof text,
                   "{'metadata':{'name':'a','finalizers':['x.org/mine']},'spec':{" SLOW
                   "}}");
    assert_int_equal(api_post(&api, JOBS, text), 201);
    assert_soon(has("a", "status.progress.processedEvents", "1000"));
    assert_int_equal(remove_job("a"), 200);
    assert_soon(has("a", "metadata.finalizers", "[\"x.org/mine\"]"));
    assert_soon(running() == 0);
    assert_int_equal(api_merge(&api, JOBS "/a", "{'metadata':{'finalizers':null}}"), 200);
    assert_true(is_gone("a"));
}

/* Somebody else says that it has ended: that is final, too. */
static void a_final_phase_ends_the_worker(void **state)
{
    (void)state;
    create("a", SLOW);
    assert_soon(has("a", "status.progress.processedEvents", "1000"));
    assert_int_equal(api_merge(&api, JOBS "/a/status", "{'status':{'phase':'Failed'}}"),
                     200);
    assert_soon(running() == 0 && runs() == 0);
    assert_soon(has("a", "metadata.finalizers", ""));
    assert_true(has("a", "status.phase", "Failed"));
}

/* A finalizer that somebody took away comes back while the job is not done. */
static void the_finalizer_comes_back(void **state)
{
    (void)state;
    create("a", SLOW);
    assert_soon(has("a", "status.progress.processedEvents", "1000"));
    assert_int_equal(api_merge(&api, JOBS "/a", "{'metadata':{'finalizers':null}}"), 200);
    assert_soon(has("a", "metadata.finalizers", "[\"" ACT_REINDEX_FINALIZER "\"]"));
}

static void ended_jobs_go_when_their_time_is_over(void **state)
{
    (void)state;
    create("now", FAST ",'ttlSecondsAfterFinished':0");
    create("soon", FAST ",'ttlSecondsAfterFinished':1");
    create("late", FAST ",'ttlSecondsAfterFinished':3600");
    create("never", FAST);
    assert_soon(has("never", "status.phase", "Succeeded"));
    assert_soon(is_gone("now"));
    assert_soon(is_gone("soon"));
    assert_true(has("late", "status.phase", "Succeeded"));
    assert_soon(counter("activity_reindex_jobs_ttl_deleted_total", NULL) == 2);
    /* The time may be changed after the end. */
    assert_int_equal(
        api_merge(&api, JOBS "/late", "{'spec':{'ttlSecondsAfterFinished':0}}"), 200);
    assert_soon(is_gone("late"));
}

/* ---- processes ---------------------------------------------------------------------- */

/* P-39: a job goes on behind its last batch, and is not begun anew. */
static void the_next_process_goes_on(void **state)
{
    char since[32];
    uint64_t before = begun();
    (void)state;
    create("a", SLOW);
    assert_soon(has("a", "status.progress.processedEvents", "1000"));
    (void)snprintf(since, sizeof since, "%s", api_at(&api, "status.startedAt"));
    act_reindex_controller_free(controller);
    controller = NULL;
    assert_true(has("a", "status.phase", "Running"));
    assert_int_equal(runs(), 1);
    controller = start_controller(1);
    assert_soon(has("a", "status.phase", "Succeeded"));
    assert_string_equal(api_at(&api, "status.startedAt"), since);
    assert_string_equal(api_at(&api, "status.progress.processedEvents"), "1500");
    assert_string_equal(api_at(&api, "status.progress.activitiesGenerated"), "1500");
    assert_int_equal(begun(), before + 1);
}

/* ---- a steady clock that tests move ------------------------------------------------- */

static atomic_llong steady_ns;

static int64_t read_steady(void *ctx)
{
    (void)ctx;
    return atomic_load(&steady_ns);
}

enum { LEASE_S = 2 };

static act_reindex_controller *start_replica(void)
{
    act_clock clock = act_clock_system();
    clock.mono_ns = read_steady;
    return start_controller_by(1, false, LEASE_S * ACT_NS_PER_S, clock);
}

static int64_t lease_revision(void)
{
    act_arena *a;
    act_entry lease;
    assert_ok(act_arena_new(1 << 20, 0, &a));
    assert_ok(
        act_registry_get(api.registry, ACT_STR(ACT_REGISTRY_REINDEX_LEASE), a, &lease));
    act_arena_free(a);
    return lease.mod_revision;
}

/* Let half a lease pass, and see that its holder renews it. */
static void let_time_pass(void)
{
    int64_t before = lease_revision();
    atomic_fetch_add(&steady_ns, LEASE_S * ACT_NS_PER_S / 2);
    assert_soon(lease_revision() != before);
}

/* Of two replicas one runs the job; the other goes on when the first gives the lease back.
 */
static void of_two_replicas_one_runs_a_job(void **state)
{
    uint64_t before = begun();
    (void)state;
    act_reindex_controller_free(controller);
    controller = start_replica();
    create("a", SLOW);
    assert_soon(has("a", "status.progress.processedEvents", "1000"));
    act_reindex_controller *other = start_replica();
    for (int i = 0; i < 6; i++)
        let_time_pass();
    assert_true(has("a", "status.progress.processedEvents", "1000"));
    act_reindex_controller_free(controller);
    controller = other;
    assert_soon(has("a", "status.phase", "Succeeded"));
    assert_string_equal(api_at(&api, "status.progress.processedEvents"), "1500");
    assert_int_equal(begun(), before + 1);
}

/* As another process does; false when the run is over already. */
static bool take_run_over(void)
{
    act_arena *a;
    act_entry run;
    int64_t revision;
    assert_ok(act_arena_new(1 << 20, 0, &a));
    int r = act_registry_get(api.registry, ACT_STR(ACT_REGISTRY_REINDEX_RUNS "a"), a, &run);
    if (!r)
        r = act_registry_update(api.registry, run.key, run.value, run.mod_revision,
                                &revision);
    act_arena_free(a);
    assert_true(r == 0 || r == ACT_ENOTFOUND || r == ACT_ECONFLICT);
    return r == 0;
}

/* A worker whose run another process has taken over ends, and leaves the job alone. */
static void a_run_that_was_taken_over_is_left(void **state)
{
    (void)state;
    for (int tries = 0;; tries++) {
        create("a", "'config':{'batchSize':100,'rateLimit':25}"); /* a batch in 4 s */
        assert_soon(has("a", "status.progress.processedEvents", "100") ||
                    has("a", "status.phase", "Succeeded"));
        if (take_run_over())
            break;
        assert_true(tries < 10); /* were we so slow? */
        assert_int_equal(remove_job("a"), 200);
        assert_soon(is_gone("a"));
    }
    /* This process has the lease, so it takes it over once more and comes to the end. */
    assert_soon(has("a", "status.phase", "Succeeded"));
    assert_string_equal(api_at(&api, "status.progress.processedEvents"), "150");
}

static void a_watch_sees_the_phases(void **state)
{
    static const char *const phases[] = { "Pending", "Running", "Succeeded" };
    size_t next = 0;
    test_watch w;
    (void)state;
    watch_start(&w, &api, JOBS "?watch=1", NULL);
    create("a", FAST);
    while (next < ACT_COUNT(phases)) {
        assert_true(watch_next(&w));
        if (strcmp(watch_at(&w, "object.status.phase"), phases[next]) == 0)
            next++;
    }
    watch_stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(jobs_run_to_their_end),
        TEST(dry_runs_make_nothing),
        TEST(failed_jobs_are_final_and_block_nobody),
        TEST(policies_that_are_not_ready_are_named),
        TEST(the_largest_batches_over_years_work),
        TEST(jobs_wait_for_their_turn),
        TEST(with_no_places_all_wait),
        TEST(a_deleted_job_ends_its_worker),
        TEST(other_finalizers_stay),
        TEST(a_final_phase_ends_the_worker),
        TEST(the_finalizer_comes_back),
        TEST(ended_jobs_go_when_their_time_is_over),
        TEST(the_next_process_goes_on),
        TEST(of_two_replicas_one_runs_a_job),
        TEST(a_run_that_was_taken_over_is_left),
        TEST(a_watch_sees_the_phases),
#undef TEST
    };
    return cmocka_run_group_tests(tests, open_house, close_house);
}
