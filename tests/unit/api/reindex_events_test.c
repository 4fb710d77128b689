/* ctest: labels=threads,chdb timeout=180 */
/* Events about ReindexJobs: what is told of a job, once each, and that no job depends on
 * it. */
#include "api/reindex_events.h"

#include "api/policy_controller.h"
#include "api/reindex_controller.h"
#include "api/reindex_jobs.h"
#include "broker/broker_sqlite.h"
#include "core/event_record.h"
#include "pipeline/streams.h"
#include "unit/api/query_help.h"

#include <stdlib.h>

#define RANGE                                                                              \
    "'timeRange':{'startTime':'2026-01-01T00:00:00Z','endTime':'2026-01-02T00:00:00Z'}"

static act_policy_controller *policies;
static char uid[40]; /* of the job that was created last */

static act_reindex_controller *start_controller(unsigned most, act_broker *broker)
{
    act_reindex_controller *c;
    const act_reindex_controller_options o = { .broker = broker,
                                               .store = api.store,
                                               .registry = api.registry,
                                               .env = api.rules,
                                               .most = most,
                                               .alone = true,
                                               .patience_ns = 20 * ACT_NS_PER_S,
                                               .clock = act_clock_system(),
                                               .random = act_random_system(),
                                               .metrics = api.metrics };
    assert_ok(act_reindex_controller_start(&o, &c));
    return c;
}

static bool policy_is_ready(void)
{
    return api_get(&api, POLICIES "/maps") == 200 &&
           strcmp(api_at(&api, "status.conditions.0.status"), "True") == 0;
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
                 "'ConfigMap'},'auditRules':[{'name':'a','match':'true','summary':'x'}]}}"),
        201);
    assert_soon(policy_is_ready());
    return 0;
}

static int close_house(void **state)
{
    (void)state;
    act_policy_controller_free(policies);
    questions_stop();
    return 0;
}

static bool job_is(const char *name, const char *phase)
{
    char url[256];
    (void)snprintf(url, sizeof url, JOBS "/%s", name);
    int code = api_get(&api, url);
    return *phase ? code == 200 && strcmp(api_at(&api, "status.phase"), phase) == 0
                  : code == 404;
}

static void create(const char *name, const char *more)
{
    char text[512];
    (void)snprintf(text, sizeof text, "{'metadata':{'name':'%s'},'spec':{" RANGE "%s}}",
                   name, more);
    assert_int_equal(api_post(&api, JOBS, text), 201);
    (void)snprintf(uid, sizeof uid, "%s", api_at(&api, "metadata.uid"));
}

/* Answer with the Events of the job, as kubectl describe asks for them. */
static void ask_events(const char *path)
{
    char url[256];
    (void)snprintf(url, sizeof url,
                   "%s/events?fieldSelector=involvedObject.kind%%3DReindexJob,"
                   "involvedObject.namespace%%3D,involvedObject.uid%%3D%s",
                   path, uid);
    assert_int_equal(api_get(&api, url), 200);
}

/* Their reasons, in the order of the list. */
static bool told(const char *wanted)
{
    char got[256] = "", path[40];
    ask_events("/api/v1");
    size_t n = api_count(&api, "items");
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(path, sizeof path, "items.%zu.reason", i);
        (void)snprintf(got + strlen(got), sizeof got - strlen(got), "%s%s", i ? " " : "",
                       api_at(&api, path));
    }
    return strcmp(got, wanted) == 0;
}

/* Messages of the log about the job. */
static size_t messages(void)
{
    act_reader *reader;
    act_arena *a;
    const act_delivery *got;
    size_t n, found = 0;
    act_stream_info info;
    assert_ok(act_broker_stream_info(api.broker, ACT_STR(ACT_STREAM_EVENTS), &info));
    assert_ok(act_arena_new(16 << 20, 0, &a));
    assert_ok(act_reader_open(api.broker, ACT_STR(ACT_STREAM_EVENTS), info.first_sequence,
                              (act_str){ 0 }, &reader));
    while (act_reader_next(reader, 100, 0, a, &got, &n, NULL) == 0)
        for (size_t i = 0; i < n; i++)
            found += act_str_find(got[i].payload, act_str_cstr(uid)) != SIZE_MAX;
    act_reader_close(reader);
    act_arena_free(a);
    return found;
}

static bool no_jobs(void)
{
    return api_get(&api, JOBS) == 200 && api_count(&api, "items") == 0;
}

static void finish(act_reindex_controller *c)
{
    assert_int_equal(api_delete(&api, JOBS), 200);
    assert_soon(no_jobs());
    act_reindex_controller_free(c);
}

/* ---- the way of a job --------------------------------------------------------------- */

static void waiting_starting_and_ending_is_told(void **state)
{
    (void)state;
    act_reindex_controller *c = start_controller(0, api.broker);
    create("a", "");
    assert_soon(told("Queued"));
    act_reindex_controller_free(c);
    c = start_controller(1, api.broker);
    assert_soon(job_is("a", "Succeeded"));
    assert_soon(told("Queued Started Succeeded"));
    assert_string_equal(api_at(&api, "items.0.message"),
                        "Queued: at most 0 jobs run at once");
    assert_string_equal(
        api_at(&api, "items.1.message"),
        "Started: records from 2026-01-01T00:00:00Z to 2026-01-02T00:00:00Z");
    assert_non_null(strstr(api_at(&api, "items.2.message"), "Completed: 0 activities"));
    assert_string_equal(api_at(&api, "items.2.type"), "Normal");
    assert_string_equal(api_at(&api, "items.2.metadata.namespace"), "default");
    assert_string_equal(api_at(&api, "items.2.source.component"), "reindexjob-controller");
    assert_string_equal(api_at(&api, "items.2.reportingComponent"),
                        "reindexjob-controller");
    assert_string_equal(api_at(&api, "items.2.count"), "1");
    assert_int_equal(strlen(api_at(&api, "items.2.lastTimestamp")), 20);
    assert_string_equal(api_at(&api, "items.2.involvedObject.name"), "a");
    assert_string_equal(api_at(&api, "items.2.involvedObject.apiVersion"),
                        "activity.miloapis.com/v1alpha1");
    assert_string_equal(api_at(&api, "items.2.involvedObject.uid"), uid);
    char version[32];
    (void)snprintf(version, sizeof version, "%s",
                   api_at(&api, "items.2.involvedObject.resourceVersion"));
    ask_events("/apis/events.k8s.io/v1");
    assert_string_equal(api_at(&api, "items.2.regarding.kind"), "ReindexJob");
    assert_string_equal(api_at(&api, "items.2.reportingController"),
                        "reindexjob-controller");
    assert_true(job_is("a", "Succeeded"));
    assert_string_equal(api_at(&api, "metadata.resourceVersion"), version);
    finish(c);
}

static void who_starts_at_once_was_not_queued(void **state)
{
    (void)state;
    act_reindex_controller *c = start_controller(1, api.broker);
    create("a", ",'config':{'dryRun':true}");
    assert_soon(told("Started Succeeded"));
    assert_non_null(
        strstr(api_at(&api, "items.0.message"), "; a dry run, which writes nothing"));
    finish(c);
}

static void failures_are_warnings(void **state)
{
    (void)state;
    act_reindex_controller *c = start_controller(1, api.broker);
    create("a", ",'policySelector':{'names':['nobody']}");
    assert_soon(told("Started Failed"));
    assert_string_equal(api_at(&api, "items.0.type"), "Normal");
    assert_string_equal(api_at(&api, "items.1.type"), "Warning");
    assert_string_equal(api_at(&api, "items.1.message"),
                        "there is no ActivityPolicy nobody");
    finish(c);
}

static void the_end_of_its_time_is_told(void **state)
{
    (void)state;
    act_reindex_controller *c = start_controller(1, api.broker);
    create("a", ",'ttlSecondsAfterFinished':0");
    assert_soon(job_is("a", ""));
    assert_soon(told("Started Succeeded TTLExpired"));
    assert_string_equal(api_at(&api, "items.2.message"),
                        "Deleted 0 s after its end, as ttlSecondsAfterFinished says");
    finish(c);
}

/* ---- processes ---------------------------------------------------------------------- */

static void a_restart_tells_nothing_again(void **state)
{
    (void)state;
    act_reindex_controller *c = start_controller(0, api.broker);
    create("a", "");
    assert_soon(told("Queued"));
    act_reindex_controller_free(c);
    c = start_controller(0, api.broker); /* it still waits */
    act_reindex_controller_free(c);
    c = start_controller(1, api.broker);
    assert_soon(told("Queued Started Succeeded"));
    act_reindex_controller_free(c);
    c = start_controller(1, api.broker);
    char first[40];
    (void)snprintf(first, sizeof first, "%s", uid);
    create("b", "");
    assert_soon(told("Started Succeeded")); /* so it has looked at all jobs */
    (void)snprintf(uid, sizeof uid, "%s", first);
    assert_int_equal(messages(), 3);
    finish(c);
}

/* A process may die when the job says how it ended and nobody has been told. */
static void what_was_not_told_is_told_by_the_next(void **state)
{
    int64_t revision;
    (void)state;
    create("a", "");
    assert_int_equal(
        api_merge(&api, JOBS "/a/status",
                  "{'status':{'phase':'Failed','message':'it was so','completedAt':"
                  "'2026-01-03T04:05:06Z'}}"),
        200);
    assert_ok(act_registry_create(api.registry, ACT_STR(ACT_REGISTRY_REINDEX_RUNS "a"),
                                  ACT_STR("{\"uid\":\"of no importance\"}"), &revision));
    act_reindex_controller *c = start_controller(1, api.broker);
    assert_soon(told("Failed"));
    assert_string_equal(api_at(&api, "items.0.message"), "it was so");
    assert_string_equal(api_at(&api, "items.0.lastTimestamp"), "2026-01-03T04:05:06Z");
    finish(c);
}

/* ---- trouble ------------------------------------------------------------------------ */

static uint64_t failed(void)
{
    return act_counter_value(
        act_metrics_counter(api.metrics, "activity_reindex_events_failed_total", "", NULL));
}

/* A log without the stream of Events: nothing can be told, and the job goes its way. */
static void no_job_depends_on_being_told(void **state)
{
    char directory[] = "/tmp/act-log-XXXXXX";
    act_broker *broker;
    uint64_t before = failed();
    (void)state;
    assert_non_null(mkdtemp(directory));
    const act_broker_sqlite_options o = { .directory = act_str_cstr(directory),
                                          .clock = act_clock_system() };
    assert_ok(act_broker_sqlite_open(&o, &broker, NULL));
    act_reindex_controller *c = start_controller(1, broker);
    create("a", ",'policySelector':{'names':['nobody']},'ttlSecondsAfterFinished':3600");
    assert_soon(job_is("a", "Failed"));
    assert_soon(failed() == before + 2); /* Started, Failed */
    assert_true(told(""));
    finish(c);
    act_broker_free(broker);
    api_remove(directory);
}

/* ---- what is written ---------------------------------------------------------------- */

/* The newest message of the log, as an Event. */
static act_event_record newest(act_arena *a, act_str *ret_id)
{
    act_reader *reader;
    act_json_parser *parser;
    const act_delivery *got;
    const act_json *v;
    size_t n;
    act_stream_info info;
    act_event_record record;
    act_err e = ACT_ERR_INIT;
    assert_ok(act_broker_stream_info(api.broker, ACT_STR(ACT_STREAM_EVENTS), &info));
    assert_ok(act_reader_open(api.broker, ACT_STR(ACT_STREAM_EVENTS), info.last_sequence,
                              (act_str){ 0 }, &reader));
    assert_ok(act_reader_next(reader, 1, ACT_NS_PER_S, a, &got, &n, NULL));
    assert_ok(act_json_parser_new((act_json_limits){ 0 }, &parser));
    assert_ok(act_json_parse(parser, a, got[0].payload, ACT_BROKER_PADDING, &v, NULL));
    if (act_event_record_read(v, &record, &e))
        fail_msg("%s", e.text);
    *ret_id = got[0].id;
    act_json_parser_free(parser);
    act_reader_close(reader);
    return record;
}

/* A job may have a name that no Event can have. */
static void names_are_those_of_events(void **state)
{
    const act_reindex_teller teller = { api.broker, NULL, api.metrics };
    char deep[254];
    act_arena *a;
    act_str id;
    (void)state;
    memset(deep, 'a', sizeof deep - 1);
    deep[sizeof deep - 1] = '\0';
    const struct {
        const char *job, *name;
    } rows[] = {
        { "plain", "plain.0badcafe2" },
        { "a.b", "a.b.0badcafe2" },
        { "Some Job", "0badcafe-0000-4000-8000-000000000001.0badcafe2" },
        { deep, "0badcafe-0000-4000-8000-000000000002.0badcafe2" },
    };
    assert_ok(act_arena_new(16 << 20, 0, &a));
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        char of[40], wanted[320];
        (void)snprintf(of, sizeof of, "0badcafe-0000-4000-8000-00000000000%zu",
                       i < 2 ? i + 5 : i - 1);
        const act_reindex_subject job = { act_str_cstr(rows[i].job), act_str_cstr(of), 7 };
        act_reindex_tell(&teller, ACT_REINDEX_EVENT_STARTED, &job, ACT_STR("note"), 0);
        act_event_record e = newest(a, &id);
        assert_true(act_str_eq_cstr(e.name, rows[i].name));
        assert_int_equal(e.uid.len, 36);
        assert_true(act_str_eq_cstr(e.regarding.name, rows[i].job));
        assert_true(act_str_eq_cstr(e.regarding.resource_version, "7"));
        assert_int_equal(e.tenant.type, ACT_SCOPE_PLATFORM);
        assert_false(e.series.repeated);
        (void)snprintf(wanted, sizeof wanted, "new/platform//default/%s/0", rows[i].name);
        assert_true(act_str_eq_cstr(id, wanted));
    }
    act_arena_free(a);
}

/* A note has at most 1024 bytes, and ends with a whole character. */
static void long_notes_are_cut(void **state)
{
    const act_reindex_teller teller = { api.broker, NULL, api.metrics };
    const act_reindex_subject job = { ACT_STR("long"), ACT_STR("0badcafe-long"), 7 };
    char note[2048];
    act_arena *a;
    act_str id;
    (void)state;
    assert_ok(act_arena_new(16 << 20, 0, &a));
    memset(note, 'x', sizeof note);
    memcpy(note + 1023, "\xc3\xa9", 2);
    act_reindex_tell(&teller, ACT_REINDEX_EVENT_FAILED, &job,
                     act_str_from(note, sizeof note), 0);
    act_event_record e = newest(a, &id);
    assert_true(act_str_eq_cstr(e.reason, "Failed"));
    assert_int_equal(e.note.len, 1023);
    act_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(waiting_starting_and_ending_is_told),
        cmocka_unit_test(who_starts_at_once_was_not_queued),
        cmocka_unit_test(failures_are_warnings),
        cmocka_unit_test(the_end_of_its_time_is_told),
        cmocka_unit_test(a_restart_tells_nothing_again),
        cmocka_unit_test(what_was_not_told_is_told_by_the_next),
        cmocka_unit_test(no_job_depends_on_being_told),
        cmocka_unit_test(names_are_those_of_events),
        cmocka_unit_test(long_notes_are_cut),
    };
    return cmocka_run_group_tests(tests, open_house, close_house);
}
