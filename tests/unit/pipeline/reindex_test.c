/* ctest: labels=threads,chdb timeout=240 */
/* Reindexing over a real log, a real registry and a real engine; merges are stopped, so
 * that every version of an activity stays a row. */
#include "pipeline/reindex.h"

#include "base/json_build.h"
#include "base/thread.h"
#include "pipeline/ingester.h"
#include "pipeline/intake.h"
#include "pipeline/processor.h"
#include "pipeline/streams.h"
#include "store/store_chdb.h"
#include "unit/pipeline/faulty_store.h"
#include "unit/pipeline/policy_help.h"

#include <stdlib.h>
#include <unistd.h>

#define WAIT_NS (60 * ACT_NS_PER_S)
#define READY                                                                              \
    ", status: {conditions: [{type: Ready, status: \"True\", observedGeneration: 0}]}}"
#define UNREADY                                                                            \
    ", status: {conditions: [{type: Ready, status: \"False\", observedGeneration: 0}]}}"
/* A policy about ConfigMaps with one rule of each list. */
#define MAPS(name, match, summary)                                                         \
    "{metadata: {name: " name ", labels: {of: " name "}}, spec: {resource: {kind: "        \
    "ConfigMap}, auditRules: [{name: a, match: \"" match "\", summary: \"" summary "\"}]}"
#define PODS(name, summary)                                                                \
    "{metadata: {name: " name "}, spec: {resource: {kind: Pod}, eventRules: [{name: e, "   \
    "match: \"true\", summary: \"" summary "\"}]}"
#define HOUR_US INT64_C(3600000000)

static test_policies t;
static struct {
    char directory[40];
    act_store *real;
    faulty_store store;
    act_ingester *ingester;
    act_processor *processor;
    int hour; /* of the test: of 2 January 2026 */
} h;

/* ---- the house --------------------------------------------------------------------- */

static void open_store(void)
{
    act_err e = ACT_ERR_INIT;
    const act_store_chdb_options options = {
        .library = ACT_STR(ACT_SOURCE_DIR "/build/libchdb.so"),
        .directory = act_str_cstr(h.directory),
    };
    if (act_store_chdb_open(&options, &h.real, &e) || act_store_migrate(h.real, NULL, &e) ||
        act_store_exec(h.real, ACT_STR("SYSTEM STOP MERGES"), NULL, 0, &e))
        fail_msg("%s", e.text);
}

static void start_pipeline(void)
{
    const act_ingester_options ingester = { .broker = t.log.broker,
                                            .store = h.real,
                                            .linger_ns = 10 * ACT_NS_PER_MS,
                                            .clock = act_clock_system(),
                                            .metrics = t.log.metrics };
    assert_ok(act_ingester_start(&ingester, &h.ingester, NULL));
    const act_processor_options processor = { .broker = t.log.broker,
                                              .policies = t.source,
                                              .env = t.env,
                                              .workers = 1,
                                              .clock = act_clock_system(),
                                              .metrics = t.log.metrics };
    assert_ok(act_processor_start(&processor, &h.processor, NULL));
}

static int open_house(void **state)
{
    (void)state;
    (void)snprintf(h.directory, sizeof h.directory, "/tmp/act-reindex-XXXXXX");
    assert_non_null(mkdtemp(h.directory));
    open_store();
    policies_start(&t);
    assert_ok(faulty_store_init(&h.store, h.real));
    start_pipeline();
    return 0;
}

static int close_house(void **state)
{
    char command[80];
    (void)state;
    act_processor_free(h.processor);
    act_ingester_free(h.ingester);
    act_store_free(&h.store.base);
    policies_stop(&t);
    act_store_free(h.real);
    (void)snprintf(command, sizeof command, "rm -rf %s", h.directory);
    return system(command);
}

/* Each test has an hour of its own, and no policies at first. */
static int setup(void **state)
{
    static const char *const names[] = { "maps", "pods", "creates", "updates" };
    (void)state;
    h.hour++;
    for (size_t i = 0; i < ACT_COUNT(names); i++) {
        char key[64];
        int64_t revision;
        (void)snprintf(key, sizeof key, ACT_REGISTRY_POLICIES "%s", names[i]);
        int r = act_registry_delete(t.registry, act_str_cstr(key), 0, &revision);
        assert_true(r == 0 || r == ACT_ENOTFOUND);
    }
    policies_settle(&t);
    return 0;
}

static void drain(void)
{
    assert_ok(act_processor_drain(h.processor, WAIT_NS));
    assert_ok(act_ingester_drain(h.ingester, WAIT_NS));
}

static void take(const char *text)
{
    act_intake *in;
    act_intake_result got;
    act_intake_options o = { .broker = t.log.broker, .clock = act_clock_system() };
    act_err e = ACT_ERR_INIT;
    assert_ok(act_intake_new(&o, &in));
    if (act_intake_take(in, act_str_cstr(text), ACT_BATCH_ANY, &got, &e))
        fail_msg("%s", e.text);
    assert_int_equal(got.refused, 0);
    act_intake_free(in);
}

/* @n requests about ConfigMaps: ids m0-HOUR, m1-HOUR ..., one each second of the hour. */
static void take_maps(int from, int n)
{
    for (int i = from; i < from + n; i++) {
        char text[600];
        (void)snprintf(
            text, sizeof text,
            "{\"auditID\":\"m%d-%d\",\"stage\":\"ResponseComplete\",\"verb\":\"%s\","
            "\"user\":{\"username\":\"ann\",\"extra\":{\"project\":[\"p%d\"]}},"
            "\"objectRef\":{\"resource\":\"configmaps\",\"namespace\":\"shop\",\"name\":"
            "\"m\",\"apiVersion\":\"v1\"},"
            "\"requestReceivedTimestamp\":\"2026-01-02T%02d:%02d:%02d.368386Z\"}",
            i, h.hour, i % 2 ? "update" : "create", i % 3, h.hour, i / 60, i % 60);
        take(text);
    }
}

static void put_ready(const char *policy)
{
    char text[1024];
    (void)snprintf(text, sizeof text, "%s%s", policy, READY);
    policies_put(&t, text);
    policies_settle(&t);
}

/* ---- what is there ----------------------------------------------------------------- */

static uint64_t number(const char *sql)
{
    const act_store_param hour = { "hour", ACT_STORE_U64, .as.u64 = (uint64_t)h.hour };
    act_rows *rows;
    act_err e = ACT_ERR_INIT;
    uint64_t n = UINT64_MAX;
    if (act_store_query(h.real, act_str_cstr(sql), &hour, 1, NULL, &rows, &e))
        fail_msg("%s: %s", sql, e.text);
    if (act_rows_next(rows, &e) > 0)
        n = act_rows_u64(rows, 0);
    act_rows_close(rows, NULL);
    return n;
}

#define OF_THE_HOUR                                                                        \
    "timestamp >= toDateTime('2026-01-02 00:00:00', 'UTC') + {hour:UInt64} * 3600 AND "    \
    "timestamp < toDateTime('2026-01-02 00:00:00', 'UTC') + ({hour:UInt64} + 1) * 3600"
/* As readers see them: of each the newest version, without those that are gone. */
#define SHOWN                                                                              \
    "(SELECT * FROM (SELECT * FROM audit.activities WHERE " OF_THE_HOUR                    \
    " ORDER BY timestamp, name, version DESC LIMIT 1 BY timestamp, name) WHERE NOT "       \
    "deleted)"

static uint64_t shown(const char *where)
{
    char sql[800];
    (void)snprintf(sql, sizeof sql, "SELECT count() FROM " SHOWN " WHERE %s", where);
    return number(sql);
}

static uint64_t rows_there(void)
{
    return number("SELECT count() FROM audit.activities WHERE " OF_THE_HOUR);
}

/* The engine's own word, once it has merged. */
static uint64_t merged(void)
{
    return number("SELECT count() FROM audit.activities FINAL WHERE NOT deleted "
                  "AND " OF_THE_HOUR);
}

/* A number of all keys that are shown: names, times and tenants. */
static uint64_t keys_shown(void)
{
    return number("SELECT sum(cityHash64(name, timestamp, tenant_type, tenant_name, "
                  "origin_id, namespace)) FROM " SHOWN);
}

/* ---- jobs -------------------------------------------------------------------------- */

typedef struct {
    act_reindex_options o;
    act_reindex_state state, saved;
    int saves;
    int stop_after; /* saves; 0: never */
    int fail_saves; /* so many fail with ACT_EIO */
    int lost_after; /* saves after which somebody else does it; 0: never */
    atomic_bool stop;
    act_err e;
} test_job;

static int save(void *ctx, const act_reindex_state *state)
{
    test_job *j = ctx;
    act_buf text = ACT_BUF_INIT;
    if (j->fail_saves > 0) {
        j->fail_saves--;
        return ACT_EIO;
    }
    if (j->lost_after && j->saves == j->lost_after)
        return ACT_ECLOSED;
    j->saves++;
    if (j->saves == j->stop_after)
        atomic_store(&j->stop, true);
    /* Through its text, as a process that is started anew gets it. */
    act_json_parser *parser;
    const act_json *object;
    act_reindex_state_write(state, &text);
    assert_ok(act_buf_err(&text));
    act_arena *a;
    assert_ok(act_arena_new(1 << 20, 0, &a));
    assert_ok(act_json_parser_new((act_json_limits){ 0 }, &parser));
    assert_ok(act_json_parse(parser, a, act_buf_str(&text), 0, &object, NULL));
    act_reindex_state_done(&j->saved);
    assert_ok(act_reindex_state_read(object, &j->saved));
    act_json_parser_free(parser);
    act_arena_free(a);
    act_buf_done(&text);
    return 0;
}

static int64_t at_us(const char *time)
{
    int64_t ns;
    assert_ok(act_rfc3339_parse(act_str_cstr(time), &ns));
    return ns / ACT_NS_PER_US;
}

/* Seconds into the test's hour. */
static int64_t in_hour(double seconds)
{
    return at_us("2026-01-02T00:00:00Z") + h.hour * HOUR_US + (int64_t)(seconds * 1e6);
}

/* Of the hour, at any speed. */
static void job_init(test_job *j)
{
    *j = (test_job){
        .o = { .broker = t.log.broker,
               .store = &h.store.base,
               .registry = t.registry,
               .env = t.env,
               .batch = 1000,
               .patience_ns = 20 * ACT_NS_PER_S,
               .save = save,
               .ctx = j,
               .stop = &j->stop,
               .clock = act_clock_system(),
               .metrics = t.log.metrics },
        .state = { .start_us = in_hour(0), .end_us = in_hour(3600) },
    };
}

static void job_done(test_job *j)
{
    act_reindex_state_done(&j->state);
    act_reindex_state_done(&j->saved);
}

static int job_run(test_job *j)
{
    j->e = ACT_ERR_INIT;
    int r = act_reindex_run(&j->o, &j->state, &j->e);
    drain();
    return r;
}

static void run_ok(test_job *j)
{
    if (job_run(j))
        fail_msg("%s", j->e.text);
}

/* A whole job of the hour; its state at the end. */
static act_reindex_state run_hour(void)
{
    test_job j;
    job_init(&j);
    run_ok(&j);
    act_reindex_state s = j.state;
    s.at_id = ACT_BUF_INIT;
    job_done(&j);
    return s;
}

/* ---- sentences --------------------------------------------------------------------- */

/* No second activity: the same names, times and tenants as before. */
static void changed_sentences_replace_the_old_ones(void **state)
{
    (void)state;
    put_ready(MAPS("maps", "true", "{{ actor }} made a map"));
    take_maps(0, 50);
    drain();
    assert_int_equal(shown("summary = 'ann made a map'"), 50);
    uint64_t keys = keys_shown();
    put_ready(MAPS("maps", "true", "{{ actor }} touched {{ audit.objectRef.name }}"));
    act_reindex_state s = run_hour();
    assert_int_equal(shown("summary = 'ann touched m'"), 50);
    assert_int_equal(shown("1"), 50);
    assert_int_equal(keys_shown(), keys);
    assert_int_equal(s.total, 50);
    assert_int_equal(s.processed, 50);
    assert_int_equal(s.generated, 50);
    assert_int_equal(s.written, 50);
    assert_int_equal(s.removed, 0);
    assert_int_equal(s.errors, 0);
    assert_int_equal(merged(), 50);
}

static void what_says_the_same_is_not_written_again(void **state)
{
    (void)state;
    put_ready(MAPS("maps", "true", "{{ actor }} made a map"));
    take_maps(0, 20);
    drain();
    act_reindex_state s = run_hour();
    assert_int_equal(s.generated, 20);
    assert_int_equal(s.written, 0);
    assert_int_equal(rows_there(), 20);
    put_ready(MAPS("maps", "true", "other words"));
    assert_int_equal(run_hour().written, 20);
    assert_int_equal(run_hour().written, 0);
    assert_int_equal(rows_there(), 40);
    /* And back: the newest counts, though it is an old sentence. */
    put_ready(MAPS("maps", "true", "{{ actor }} made a map"));
    assert_int_equal(run_hour().written, 20);
    assert_int_equal(shown("summary = 'ann made a map'"), 20);
}

static void records_from_before_the_policy_get_activities(void **state)
{
    (void)state;
    take_maps(0, 30);
    drain();
    assert_int_equal(rows_there(), 0);
    put_ready(MAPS("maps", "audit.verb == 'create'", "{{ actor }} made a map"));
    act_reindex_state s = run_hour();
    assert_int_equal(s.processed, 30);
    assert_int_equal(s.generated, 15);
    assert_int_equal(shown("tenant_type = 'project'"), 15);
}

/* Activities that the policies no longer make are gone; they come back when one does. */
static void obsolete_activities_go(void **state)
{
    (void)state;
    put_ready(MAPS("maps", "true", "{{ actor }} made a map"));
    take_maps(0, 40);
    drain();
    put_ready(MAPS("maps", "audit.verb == 'create'", "{{ actor }} made a map"));
    act_reindex_state s = run_hour();
    assert_int_equal(s.removed, 20);
    assert_int_equal(s.written, 0);
    assert_int_equal(shown("1"), 20);
    assert_int_equal(merged(), 20);
    assert_int_equal(run_hour().removed, 0);
    put_ready(MAPS("maps", "true", "{{ actor }} made a map"));
    s = run_hour();
    assert_int_equal(s.written, 20);
    assert_int_equal(shown("1"), 40);
}

static void activities_of_deleted_policies_go(void **state)
{
    (void)state;
    put_ready(MAPS("maps", "true", "{{ actor }} made a map"));
    put_ready(PODS("pods", "x"));
    take_maps(0, 10);
    drain();
    policies_remove(&t, "maps");
    policies_settle(&t);
    assert_int_equal(run_hour().removed, 10);
    assert_int_equal(shown("1"), 0);
}

/* A rule that fails says nothing: what was said before stays. */
static void failing_rules_are_counted_and_keep_what_was(void **state)
{
    (void)state;
    put_ready(MAPS("maps", "true", "{{ actor }} made a map"));
    take_maps(0, 10);
    drain();
    put_ready(MAPS("maps", "true",
                   "{{ audit.verb == 'create' ? 'made' : "
                   "string(audit.no.such) }}"));
    act_reindex_state s = run_hour();
    assert_int_equal(s.errors, 5);
    assert_int_equal(s.generated, 5);
    assert_int_equal(s.removed, 0);
    assert_non_null(strstr(s.first_error.text, "maps of audit event m9-"));
    assert_int_equal(shown("summary = 'made'"), 5);
    assert_int_equal(shown("summary = 'ann made a map'"), 5);
}

/* ---- Events ------------------------------------------------------------------------ */

/* An Event of the hour; @observed is minute, second and fraction of its last repetition. */
static void take_pod_event(const char *uid, const char *annotations, int count,
                           const char *observed)
{
    char text[900], series[120] = "";
    if (count > 1)
        (void)snprintf(series, sizeof series,
                       ",\"series\":{\"count\":%d,\"lastObservedTime\":"
                       "\"2026-01-02T%02d:%sZ\"}",
                       count, h.hour, observed);
    (void)snprintf(
        text, sizeof text,
        "{\"apiVersion\":\"events.k8s.io/v1\",\"kind\":\"Event\",\"metadata\":{"
        "\"name\":\"e-%s\",\"namespace\":\"shop\",\"uid\":\"%s\","
        "\"creationTimestamp\":\"2026-01-02T%02d:00:00Z\"%s},\"reason\":"
        "\"Started\",\"reportingController\":\"kubelet\",\"regarding\":{\"kind\":"
        "\"Pod\",\"apiVersion\":\"v1\",\"namespace\":\"shop\",\"name\":\"web\"},"
        "\"eventTime\":\"2026-01-02T%02d:04:05.123456Z\"%s}",
        uid, uid, h.hour, annotations, h.hour, series);
    take(text);
}

/* P-30, P-31: an Event's activity keeps its time and its tenant, so there is one of it. */
static void events_keep_time_and_tenant(void **state)
{
    (void)state;
    put_ready(PODS("pods", "started"));
    take_pod_event("u1",
                   ",\"annotations\":{\"platform.miloapis.com/scope.type\":\"project\","
                   "\"platform.miloapis.com/scope.name\":\"shop-1\"}",
                   1, "");
    take_pod_event("u2", "", 1, "");
    /* Repeats are activities of their own. */
    take_pod_event("u3", "", 2, "10:00.000000");
    take_pod_event("u3", "", 3, "10:00.500000");
    drain();
    uint64_t before = shown("1"), keys = keys_shown();
    assert_int_equal(before, 4);
    put_ready(PODS("pods", "{{ event.reason }} of {{ event.regarding.name }}"));
    act_reindex_state s = run_hour();
    assert_int_equal(s.written, before);
    assert_int_equal(s.removed, 0);
    assert_int_equal(shown("summary = 'Started of web'"), before);
    assert_int_equal(shown("1"), before);
    assert_int_equal(keys_shown(), keys);
    assert_int_equal(shown("tenant_type = 'project' AND tenant_name = 'shop-1' AND "
                           "toMinute(timestamp) = 4"),
                     1);
}

/* ---- what a job is about ------------------------------------------------------------ */

static void selected(test_job *j, act_json *list, const char *name)
{
    static act_json names;
    *list = act_json_of_array();
    assert_ok(act_json_insert(t.log.arena, list, 0, act_json_of_cstr(name), &names));
    j->o.selector.names = &names;
}

/* Two policies speak about one kind; only what the one asked for says is written. */
static void policies_not_asked_for_are_left_alone(void **state)
{
    (void)state;
    put_ready(MAPS("creates", "audit.verb == 'create'", "old create"));
    put_ready(MAPS("updates", "audit.verb == 'update'", "old update"));
    take_maps(0, 10);
    drain();
    put_ready(MAPS("creates", "audit.verb == 'create'", "new create"));
    put_ready(MAPS("updates", "audit.verb == 'update'", "new update"));
    test_job j;
    act_json list;
    job_init(&j);
    selected(&j, &list, "creates");
    run_ok(&j);
    assert_int_equal(j.state.generated, 5);
    assert_int_equal(shown("summary = 'new create'"), 5);
    assert_int_equal(shown("summary = 'old update'"), 5);
    job_done(&j);
    /* By labels. */
    act_json labels = act_json_of_object(), with;
    assert_ok(act_json_with(t.log.arena, &labels, ACT_STR("of"),
                            act_json_of_cstr("updates"), &with));
    job_init(&j);
    j.o.selector.labels = &with;
    run_ok(&j);
    assert_int_equal(j.state.generated, 5);
    assert_int_equal(shown("summary = 'new update'"), 5);
    job_done(&j);
}

/* G12: what a job asks for and is not there fails it. */
static void unknown_policies_fail_the_job(void **state)
{
    (void)state;
    test_job j;
    act_json list;
    job_init(&j);
    assert_int_equal(job_run(&j), ACT_EINVAL);
    assert_string_equal(j.e.text, "there are no ActivityPolicies");
    put_ready(MAPS("maps", "true", "x"));
    selected(&j, &list, "mops");
    assert_int_equal(job_run(&j), ACT_EINVAL);
    assert_string_equal(j.e.text, "there is no ActivityPolicy mops");
    assert_int_equal(j.saves, 0);
    job_done(&j);
}

/* G12: policies that are not Ready are not used, and what they once said stays. */
static void policies_that_are_not_ready_are_not_used(void **state)
{
    (void)state;
    put_ready(MAPS("maps", "true", "{{ actor }} made a map"));
    take_maps(0, 10);
    drain();
    policies_put(&t, MAPS("maps", "false", "x") UNREADY);
    policies_settle(&t);
    test_job j;
    job_init(&j);
    assert_int_equal(job_run(&j), ACT_EINVAL);
    assert_string_equal(j.e.text, "none of these ActivityPolicies is Ready: maps");
    put_ready(PODS("pods", "x"));
    run_ok(&j);
    assert_string_equal(j.state.note.text, "not used, as they are not Ready: maps");
    assert_int_equal(j.state.removed, 0);
    assert_int_equal(shown("1"), 10);
    job_done(&j);
}

/* G11: any batch size, any range. */
static void large_batches_and_long_ranges_work(void **state)
{
    (void)state;
    put_ready(MAPS("maps", "audit.auditID.endsWith('7')", "{{ actor }} made a map"));
    put_ready(PODS("pods", "started"));
    assert_ok(act_store_exec(
        h.real,
        ACT_STR(
            "INSERT INTO audit.audit_logs (event_json) SELECT concat('{\"auditID\":\"x',"
            "toString(number),'\",\"stage\":\"ResponseComplete\",\"verb\":\"create\","
            "\"user\":{\"username\":\"ann\"},\"objectRef\":{\"resource\":\"configmaps\","
            "\"name\":\"m\",\"apiVersion\":\"v1\"},\"requestReceivedTimestamp\":\"',"
            "formatDateTime(toDateTime('2018-01-01 00:00:00', 'UTC') + number * 60, "
            "'%Y-%m-%dT%H:%i:%SZ'),'\"}') FROM numbers(12000)"),
        NULL, 0, NULL));
    test_job j;
    job_init(&j);
    j.o.batch = 10000;
    j.state.start_us = at_us("2015-01-01T00:00:00Z");
    j.state.end_us = at_us("2026-01-01T00:00:00Z");
    run_ok(&j);
    assert_int_equal(j.state.total, 12000);
    assert_int_equal(j.state.processed, 12000);
    assert_int_equal(j.saves, 3);
    assert_int_equal(number("SELECT count() FROM audit.activities WHERE "
                            "toYear(timestamp) = 2018"),
                     1200);
    job_done(&j);
}

static void dry_runs_count_and_write_nothing(void **state)
{
    (void)state;
    put_ready(MAPS("maps", "true", "{{ actor }} made a map"));
    take_maps(0, 20);
    drain();
    put_ready(MAPS("maps", "audit.verb == 'create'", "other words"));
    size_t published = log_count(&t.log, ACT_STREAM_ACTIVITIES);
    test_job j;
    job_init(&j);
    j.o.dry_run = true;
    run_ok(&j);
    assert_int_equal(j.state.generated, 10);
    assert_int_equal(j.state.written, 10);
    assert_int_equal(j.state.removed, 10);
    assert_int_equal(log_count(&t.log, ACT_STREAM_ACTIVITIES), published);
    assert_int_equal(rows_there(), 20);
    job_done(&j);
}

static void the_end_of_the_range_is_outside(void **state)
{
    (void)state;
    take_maps(0, 10);
    drain();
    put_ready(MAPS("maps", "true", "x"));
    test_job j;
    job_init(&j);
    j.state.start_us = in_hour(2.368386);
    j.state.end_us = in_hour(6.368386);
    run_ok(&j);
    assert_int_equal(j.state.processed, 4);
    assert_int_equal(shown("substring(origin_id, 1, 2) IN ('m2', 'm3', 'm4', 'm5')"), 4);
    assert_int_equal(shown("1"), 4);
    job_done(&j);
}

/* ---- interruptions ------------------------------------------------------------------ */

/* P-39: it goes on where it was, over the same range, with the policies of its beginning.
 */
static void a_stopped_job_goes_on_where_it_was(void **state)
{
    (void)state;
    put_ready(MAPS("maps", "true", "{{ actor }} made a map"));
    take_maps(0, 30);
    drain();
    put_ready(MAPS("maps", "true", "second words"));
    test_job j;
    job_init(&j);
    j.o.batch = 7;
    j.stop_after = 3; /* the beginning, and two batches */
    assert_int_equal(job_run(&j), ACT_ECLOSED);
    assert_int_equal(shown("summary = 'second words'"), 14);
    assert_int_equal(j.saved.processed, 14);
    put_ready(MAPS("maps", "true", "third words"));
    test_job next;
    job_init(&next);
    next.o.batch = 7;
    assert_ok(act_reindex_state_copy(&j.saved, &next.state));
    run_ok(&next);
    assert_int_equal(next.state.version, j.saved.version);
    assert_int_equal(next.state.processed, 30);
    assert_int_equal(next.state.written, 30);
    assert_int_equal(next.saves, 1 + 3);
    assert_int_equal(shown("summary = 'second words'"), 30);
    assert_int_equal(rows_there(), 60);
    job_done(&j);
    job_done(&next);
}

/* A batch whose state was not saved is done again, and nothing is there twice. */
static void a_batch_done_twice_changes_nothing(void **state)
{
    (void)state;
    put_ready(MAPS("maps", "true", "{{ actor }} made a map"));
    take_maps(0, 30);
    drain();
    put_ready(MAPS("maps", "audit.verb == 'create'", "second words"));
    test_job j;
    job_init(&j);
    j.o.batch = 10;
    j.lost_after = 2; /* after the second batch is in the log */
    assert_int_equal(job_run(&j), ACT_ECLOSED);
    assert_int_equal(j.saved.processed, 10);
    assert_int_equal(rows_there(), 30 + 20);
    test_job next;
    job_init(&next);
    next.o.batch = 10;
    assert_ok(act_reindex_state_copy(&j.saved, &next.state));
    run_ok(&next);
    assert_int_equal(next.state.processed, 30);
    assert_int_equal(next.state.generated, 15);
    assert_int_equal(rows_there(), 30 + 30);
    assert_int_equal(shown("1"), 15);
    assert_int_equal(shown("summary = 'second words'"), 15);
    job_done(&j);
    job_done(&next);
}

/* Policies of the beginning may be compacted by then. */
static void compacted_policies_are_those_of_now(void **state)
{
    (void)state;
    put_ready(MAPS("maps", "true", "first"));
    take_maps(0, 20);
    drain();
    put_ready(MAPS("maps", "true", "second"));
    test_job j;
    job_init(&j);
    j.o.batch = 10;
    j.stop_after = 2;
    assert_int_equal(job_run(&j), ACT_ECLOSED);
    put_ready(MAPS("maps", "true", "third"));
    int64_t now;
    assert_ok(act_registry_revision(t.registry, &now));
    assert_ok(act_registry_compact(t.registry, now));
    test_job next;
    job_init(&next);
    assert_ok(act_reindex_state_copy(&j.saved, &next.state));
    run_ok(&next);
    assert_int_equal(shown("summary = 'second'"), 10);
    assert_int_equal(shown("summary = 'third'"), 10);
    job_done(&j);
    job_done(&next);
}

static void failures_of_backends_are_waited_out(void **state)
{
    (void)state;
    take_maps(0, 10);
    drain();
    put_ready(MAPS("maps", "true", "x"));
    test_job j;
    job_init(&j);
    atomic_store(&h.store.query_down, 3);
    j.fail_saves = 2;
    run_ok(&j);
    assert_int_equal(j.state.processed, 10);
    assert_int_equal(shown("1"), 10);
    job_done(&j);
    /* But not for ever. */
    job_init(&j);
    j.o.patience_ns = ACT_NS_PER_S / 2;
    atomic_store(&h.store.query_down, 1000);
    assert_int_equal(job_run(&j), ACT_EIO);
    assert_true(j.e.text[0] != 0);
    atomic_store(&h.store.query_down, 0);
    job_done(&j);
}

/* Two jobs over one range: the younger one's word counts, whoever comes last. */
static void the_younger_job_wins(void **state)
{
    (void)state;
    take_maps(0, 20);
    drain();
    put_ready(MAPS("maps", "true", "old"));
    test_job old;
    job_init(&old);
    old.o.batch = 10;
    old.stop_after = 1;
    assert_int_equal(job_run(&old), ACT_ECLOSED);
    put_ready(MAPS("maps", "true", "young"));
    assert_int_equal(run_hour().written, 20);
    test_job next;
    job_init(&next);
    assert_ok(act_reindex_state_copy(&old.saved, &next.state));
    run_ok(&next);
    assert_int_equal(next.state.written, 0);
    assert_int_equal(shown("summary = 'young'"), 20);
    job_done(&old);
    job_done(&next);
}

static void the_rate_is_kept(void **state)
{
    (void)state;
    take_maps(0, 60);
    drain();
    put_ready(MAPS("maps", "true", "x"));
    test_job j;
    job_init(&j);
    j.o.batch = 20;
    j.o.rate = 60;
    int64_t start = act_mono_ns(act_clock_system());
    run_ok(&j);
    int64_t took = act_mono_ns(act_clock_system()) - start;
    assert_true(took >= ACT_NS_PER_S * 9 / 10);
    job_done(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup(name, setup)
        TEST(changed_sentences_replace_the_old_ones),
        TEST(what_says_the_same_is_not_written_again),
        TEST(records_from_before_the_policy_get_activities),
        TEST(obsolete_activities_go),
        TEST(activities_of_deleted_policies_go),
        TEST(failing_rules_are_counted_and_keep_what_was),
        TEST(events_keep_time_and_tenant),
        TEST(policies_not_asked_for_are_left_alone),
        TEST(unknown_policies_fail_the_job),
        TEST(policies_that_are_not_ready_are_not_used),
        TEST(large_batches_and_long_ranges_work),
        TEST(dry_runs_count_and_write_nothing),
        TEST(the_end_of_the_range_is_outside),
        TEST(a_stopped_job_goes_on_where_it_was),
        TEST(a_batch_done_twice_changes_nothing),
        TEST(compacted_policies_are_those_of_now),
        TEST(failures_of_backends_are_waited_out),
        TEST(the_younger_job_wins),
        TEST(the_rate_is_kept),
#undef TEST
    };
    return cmocka_run_group_tests(tests, open_house, close_house);
}
