/* ctest: labels=chdb timeout=300 */
/* The ingester over a real broker and a real engine, with failures in between. Merges are
 * stopped, so that a row stored twice is seen twice. */
#include "pipeline/ingester.h"

#include "broker/broker_sqlite.h"
#include "core/batch.h"
#include "pipeline/intake.h"
#include "pipeline/rows.h"
#include "pipeline/streams.h"
#include "store/store_chdb.h"
#include "unit/pipeline/faulty_store.h"

#include <fcntl.h>
#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

#define OK(expr)                                                                           \
    do {                                                                                   \
        int err_ = (expr);                                                                 \
        if (err_)                                                                          \
            fail_msg("%s: %s", #expr, act_strerror(err_));                                 \
    } while (0)

enum { WAIT_S = 60 };

/* ---- a broker and a store in one directory ------------------------------------------ */

typedef struct {
    char directory[40];
    act_broker *broker;
    act_store *store;
    act_metrics *metrics;
    faulty_store faulty;
    act_ingester *ingester;
} home;

static int open_broker(const char *directory, act_broker **ret)
{
    char path[64];
    snprintf(path, sizeof path, "%s/log", directory);
    const act_broker_sqlite_options options = { .directory = act_str_cstr(path),
                                                .clock = act_clock_system() };
    return act_broker_sqlite_open(&options, ret, NULL);
}

static int open_store(const char *directory, act_store **ret)
{
    char path[64];
    snprintf(path, sizeof path, "%s/store", directory);
    const act_store_chdb_options options = {
        .library = ACT_STR(ACT_SOURCE_DIR "/build/libchdb.so"),
        .directory = act_str_cstr(path),
    };
    act_err e = ACT_ERR_INIT;
    int r = act_store_chdb_open(&options, ret, &e);
    if (!r)
        r = act_store_migrate(*ret, NULL, &e);
    if (!r)
        r = act_store_exec(*ret, ACT_STR("SYSTEM STOP MERGES"), NULL, 0, &e);
    if (r)
        fprintf(stderr, "%s\n", e.text);
    return r;
}

static void open_home(home *h)
{
    OK(open_broker(h->directory, &h->broker));
    OK(act_streams_ensure(h->broker, &ACT_STREAMS_LIMITS_INIT, NULL));
    OK(open_store(h->directory, &h->store));
    OK(act_metrics_new(&h->metrics));
    OK(faulty_store_init(&h->faulty, h->store));
}

static void stop_ingester(home *h)
{
    act_ingester_free(h->ingester);
    h->ingester = NULL;
}

static void close_home(home *h)
{
    stop_ingester(h);
    act_store_free(&h->faulty.base);
    act_store_free(h->store);
    act_broker_free(h->broker);
    act_metrics_free(h->metrics);
    h->store = NULL;
    h->broker = NULL;
    h->metrics = NULL;
}

static int make_home(void **state)
{
    static home h;
    h = (home){ .directory = "/tmp/activity-ingester-XXXXXX" };
    assert_non_null(mkdtemp(h.directory));
    open_home(&h);
    *state = &h;
    return 0;
}

static int drop_home(void **state)
{
    home *h = *state;
    if (h->broker)
        close_home(h);
    char command[80];
    snprintf(command, sizeof command, "rm -rf %s", h->directory);
    return system(command);
}

static act_ingester_options options_of(home *h, size_t batch_rows)
{
    return (act_ingester_options){ .broker = h->broker,
                                   .store = &h->faulty.base,
                                   .batch_rows = batch_rows,
                                   .linger_ns = 20 * ACT_NS_PER_MS,
                                   .clock = act_clock_system(),
                                   .metrics = h->metrics };
}

static void start_ingester(home *h, size_t batch_rows)
{
    const act_ingester_options options = options_of(h, batch_rows);
    act_err e = ACT_ERR_INIT;
    if (act_ingester_start(&options, &h->ingester, &e))
        fail_msg("%s", e.text);
}

static void drain(home *h)
{
    OK(act_ingester_drain(h->ingester, WAIT_S * ACT_NS_PER_S));
}

static uint64_t number(home *h, const char *sql)
{
    act_rows *rows;
    act_err e = ACT_ERR_INIT;
    if (act_store_query(h->store, act_str_cstr(sql), NULL, 0, NULL, &rows, &e) ||
        act_rows_next(rows, &e) != 1)
        fail_msg("%s: %s", sql, e.text);
    uint64_t n = act_rows_u64(rows, 0);
    act_rows_close(rows, NULL);
    return n;
}

static void expect_audit_rows(home *h, uint64_t n)
{
    assert_int_equal(number(h, "SELECT count() FROM audit.audit_logs"), n);
    assert_int_equal(number(h, "SELECT uniqExact(audit_id) FROM audit.audit_logs"), n);
}

static uint64_t metric(home *h, const char *name, const char *lane)
{
    const char *labels[] = { "lane", lane, NULL };
    return act_counter_value(act_metrics_counter(h->metrics, name, "", labels));
}

static uint64_t dead_letters(home *h)
{
    act_stream_info info;
    OK(act_broker_stream_info(h->broker, ACT_STR(ACT_STREAM_DEAD_LETTERS), &info));
    return info.messages;
}

/* ---- records ------------------------------------------------------------------------ */

enum { PUBLISH_MAX = 1000 };

/* @n audit events, numbered from @first, of the time @age_s ago and a millisecond each. */
static void publish_audit(act_broker *broker, size_t first, size_t n, int64_t age_s,
                          bool with_ids)
{
    static char texts[PUBLISH_MAX][256], ids[PUBLISH_MAX][64];
    static act_message messages[PUBLISH_MAX];
    assert_true(n <= PUBLISH_MAX);
    int64_t start = act_wall_ns(act_clock_system()) - age_s * ACT_NS_PER_S;
    start -= start % ACT_NS_PER_S;
    for (size_t i = 0; i < n; i++) {
        char time[ACT_RFC3339_MAX];
        int64_t at = start + (int64_t)(first + i) * ACT_NS_PER_MS;
        if (age_s == 0)
            at = 1767225600 * ACT_NS_PER_S + (int64_t)(first + i) * ACT_NS_PER_MS;
        size_t time_len = act_rfc3339_format(at, 6, time);
        int id_len = snprintf(ids[i], sizeof ids[i], "id-%zu/ResponseComplete", first + i);
        int len =
            snprintf(texts[i], sizeof texts[i],
                     "{\"auditID\":\"id-%zu\",\"stage\":\"ResponseComplete\",\"verb\":"
                     "\"get\",\"requestReceivedTimestamp\":\"%.*s\"}",
                     first + i, (int)time_len, time);
        messages[i] = (act_message){ ACT_STR("audit.k8s.activity"),
                                     { 0 },
                                     act_str_from(texts[i], (size_t)len) };
        if (with_ids)
            messages[i].id = act_str_from(ids[i], (size_t)id_len);
    }
    OK(act_broker_publish(broker, ACT_STR(ACT_STREAM_AUDIT), messages, n, NULL, NULL));
}

static void publish_text(home *h, const char *stream, const char *subject, const char *text)
{
    act_message m = { act_str_cstr(subject), { 0 }, act_str_cstr(text) };
    OK(act_broker_publish(h->broker, act_str_cstr(stream), &m, 1, NULL, NULL));
}

/* ---- tests -------------------------------------------------------------------------- */

static void everything_is_stored_and_acknowledged(void **state)
{
    home *h = *state;
    publish_audit(h->broker, 0, 1000, 0, true);
    publish_text(h, ACT_STREAM_EVENTS, "events.platform._.pod.default.a",
                 "{\"metadata\":{\"uid\":\"u\",\"resourceVersion\":\"7\"},"
                 "\"eventTime\":\"2026-01-01T00:00:00Z\"}");
    publish_text(h, ACT_STREAM_ACTIVITIES, "activities.platform._.core.audit.Pod.d.n",
                 "{\"metadata\":{\"name\":\"act-1\",\"creationTimestamp\":"
                 "\"2026-01-01T00:00:00Z\"}}");
    start_ingester(h, 100);
    drain(h);
    expect_audit_rows(h, 1000);
    assert_int_equal(number(h, "SELECT count() FROM audit.k8s_events"), 1);
    assert_int_equal(number(h, "SELECT count() FROM audit.activities"), 1);
    assert_int_equal(act_ingester_activities_floor(h->ingester), 1);
    assert_int_equal(act_ingester_events_floor(h->ingester), 1);
    assert_int_equal(metric(h, "activity_ingest_rows_total", "audit"), 1000);
    assert_true(metric(h, "activity_ingest_batches_total", "audit") >= 10);
    assert_int_equal(dead_letters(h), 0);
    /* What comes later is stored too, without being asked for. */
    publish_audit(h->broker, 1000, 10, 1, true);
    drain(h);
    expect_audit_rows(h, 1010);
    assert_int_equal(atomic_load(&h->faulty.most_at_once) > 3, 0);
}

static act_buf read_file(const char *path)
{
    act_buf b = ACT_BUF_INIT;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    assert_true(fd >= 0);
    char *at;
    ssize_t n;
    while ((at = act_buf_reserve(&b, 65536)) && (n = read(fd, at, 65536)) > 0)
        b.len += (size_t)n;
    close(fd);
    OK(act_buf_err(&b));
    return b;
}

static void take_file(act_intake *in, const char *path, bool by_line, unsigned allow)
{
    act_buf file = read_file(path);
    act_str rest = act_buf_str(&file);
    while (rest.len > 0) {
        act_str body = rest;
        if (by_line)
            rest = act_str_split(rest, '\n', &body);
        else
            rest.len = 0;
        act_intake_result result;
        if (body.len > 0)
            OK(act_intake_take(in, body, allow, &result, NULL));
    }
    act_buf_done(&file);
}

static void take_samples(home *h)
{
    ACT_AUTO(act_intake) in = NULL;
    const act_intake_options options = { .broker = h->broker, .clock = act_clock_system() };
    OK(act_intake_new(&options, &in));
    take_file(in, ACT_TEST_DATA "/audit.jsonl", true, ACT_BATCH_AUDIT);
    take_file(in, ACT_TEST_DATA "/events-k8sio.json", false, ACT_BATCH_EVENTS);
}

static void real_records_twice_are_stored_once(void **state)
{
    home *h = *state;
    start_ingester(h, 0);
    take_samples(h);
    drain(h);
    uint64_t audit = number(h, "SELECT count() FROM audit.audit_logs");
    uint64_t events = number(h, "SELECT count() FROM audit.k8s_events");
    assert_true(audit > 200);
    assert_true(events > 10);
    assert_int_equal(number(h, "SELECT uniqExact(audit_id, stage) FROM audit.audit_logs"),
                     audit);
    assert_int_equal(
        number(h, "SELECT uniqExact(uid, last_timestamp) FROM audit.k8s_events"), events);
    take_samples(h);
    drain(h);
    assert_int_equal(number(h, "SELECT count() FROM audit.audit_logs"), audit);
    assert_int_equal(number(h, "SELECT count() FROM audit.k8s_events"), events);
}

/* Without ids the log takes every message: as after its duplicate window. */
static void old_records_published_again_are_stored_once(void **state)
{
    home *h = *state;
    start_ingester(h, 300);
    publish_audit(h->broker, 0, 1000, 0, false);
    drain(h);
    publish_audit(h->broker, 500, 1000, 0, false);
    publish_audit(h->broker, 0, 700, 0, false);
    drain(h);
    expect_audit_rows(h, 1500);
    assert_int_equal(metric(h, "activity_ingest_known_total", "audit"), 1200);
}

static void newer_versions_and_deletions_are_not_taken_for_known(void **state)
{
    home *h = *state;
    static const char *const texts[] = {
        "{\"metadata\":{\"name\":\"a\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"}}",
        "{\"metadata\":{\"name\":\"a\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\","
        "\"annotations\":{\"activity.miloapis.com/reindex-version\":\"5\"}}}",
        "{\"metadata\":{\"name\":\"a\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\","
        "\"annotations\":{\"activity.miloapis.com/reindex-version\":\"5\"},"
        "\"deletionTimestamp\":\"2026-01-02T00:00:00Z\"}}",
    };
    start_ingester(h, 0);
    for (size_t i = 0; i < ACT_COUNT(texts); i++) {
        publish_text(h, ACT_STREAM_ACTIVITIES, "activities.p", texts[i]);
        drain(h);
        assert_int_equal(number(h, "SELECT count() FROM audit.activities"), i + 1);
    }
    /* The first is older than what is there. */
    publish_text(h, ACT_STREAM_ACTIVITIES, "activities.p", texts[0]);
    drain(h);
    assert_int_equal(number(h, "SELECT count() FROM audit.activities"), 3);
}

static void a_store_that_is_down_loses_nothing(void **state)
{
    home *h = *state;
    /* Few: each wait is twice the one before. */
    atomic_store(&h->faulty.down, 1);
    atomic_store(&h->faulty.unsure, 2);
    atomic_store(&h->faulty.missing, 1);
    atomic_store(&h->faulty.query_down, 2);
    publish_audit(h->broker, 0, 1000, 0, true); /* a backlog, so it is asked for */
    start_ingester(h, 400);
    drain(h);
    expect_audit_rows(h, 1000);
    assert_int_equal(dead_letters(h), 0);
    assert_int_equal(metric(h, "activity_ingest_failures_total", "audit"), 6);
}

static void refused_rows_become_dead_letters_and_the_others_stay(void **state)
{
    home *h = *state;
    h->faulty.poison = "id-77\"";
    publish_audit(h->broker, 0, 500, 0, true);
    publish_text(h, ACT_STREAM_AUDIT, "audit.k8s.activity", "this is no JSON");
    start_ingester(h, 0);
    drain(h);
    expect_audit_rows(h, 499);
    assert_int_equal(number(h, "SELECT countIf(audit_id = 'id-77') FROM audit.audit_logs"),
                     0);
    assert_int_equal(dead_letters(h), 2);
    assert_int_equal(metric(h, "activity_ingest_refused_total", "audit"), 2);
}

static void stopping_gives_up_a_store_that_is_down(void **state)
{
    home *h = *state;
    atomic_store(&h->faulty.down, 1000000);
    start_ingester(h, 100);
    publish_audit(h->broker, 0, 300, 1, true);
    assert_int_equal(act_ingester_drain(h->ingester, 300 * ACT_NS_PER_MS), ACT_EAGAIN);
    stop_ingester(h); /* else it would try for ever */
    expect_audit_rows(h, 0);
    /* Another broker process would deliver them again at once; so does a new one here. */
    atomic_store(&h->faulty.down, 0);
    close_home(h);
    open_home(h);
    start_ingester(h, 70);
    drain(h);
    expect_audit_rows(h, 300);
}

static void stopping_finishes_the_batch_at_hand(void **state)
{
    home *h = *state;
    atomic_store(&h->faulty.slow_ms, 200);
    start_ingester(h, 100);
    publish_audit(h->broker, 0, 100, 1, true);
    while (atomic_load(&h->faulty.inserts) == 0)
        usleep(1000);
    stop_ingester(h);
    expect_audit_rows(h, 100);
    act_consumer *c;
    act_consumer_info info;
    OK(act_streams_consumer(h->broker, ACT_STREAM_AUDIT, ACT_DURABLE_INGEST, &c, NULL));
    OK(act_consumer_get_info(c, &info));
    act_consumer_close(c);
    assert_int_equal(info.ack_floor, 100);
}

/* ---- kill -9 ------------------------------------------------------------------------ */

/* The engine does not survive fork(), so the process that dies is this program again. */
static int victim(const char *directory, const char *rows_text)
{
    uint64_t rows;
    act_ingester_options o = { .clock = act_clock_system(),
                               .linger_ns = 5 * ACT_NS_PER_MS };
    act_ingester *in;
    if (act_str_to_u64(act_str_cstr(rows_text), &rows) ||
        open_broker(directory, &o.broker) || open_store(directory, &o.store))
        return 1;
    o.batch_rows = rows;
    if (act_ingester_start(&o, &in, NULL) || write(STDOUT_FILENO, "s", 1) != 1)
        return 1;
    for (;;)
        pause();
}

static void kill_midway(const char *directory, unsigned rows, long after_us)
{
    int ends[2];
    char number[16], byte;
    snprintf(number, sizeof number, "%u", rows);
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/proc/self/exe", "victim", "--victim", directory, number, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    nanosleep(&(struct timespec){ .tv_nsec = after_us * 1000 }, NULL);
    assert_int_equal(kill(pid, SIGKILL), 0);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    close(ends[0]);
}

static void killed_at_any_moment_each_record_is_one_row(void **state)
{
    home *h = *state;
    enum { ROUNDS = 14, A_ROUND = 600 };
    srand(20260101);
    uint64_t cut_short = 0;
    for (size_t round = 0; round < ROUNDS; round++) {
        publish_audit(h->broker, round * A_ROUND, A_ROUND, 0, true);
        close_home(h);
        kill_midway(h->directory, 20 + (unsigned)rand() % 200, rand() % 300000);
        open_home(h);
        uint64_t stored = number(h, "SELECT count() FROM audit.audit_logs");
        assert_int_equal(number(h, "SELECT uniqExact(audit_id) FROM audit.audit_logs"),
                         stored);
        cut_short += stored < (round + 1) * A_ROUND;
    }
    assert_true(cut_short > 0); /* else the test showed nothing */
    start_ingester(h, 0);
    drain(h);
    expect_audit_rows(h, ROUNDS * A_ROUND);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--victim") == 0)
        return victim(argv[2], argv[3]);
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_home, drop_home)
    const struct CMUnitTest tests[] = {
        TEST(everything_is_stored_and_acknowledged),
        TEST(real_records_twice_are_stored_once),
        TEST(old_records_published_again_are_stored_once),
        TEST(newer_versions_and_deletions_are_not_taken_for_known),
        TEST(a_store_that_is_down_loses_nothing),
        TEST(refused_rows_become_dead_letters_and_the_others_stay),
        TEST(stopping_gives_up_a_store_that_is_down),
        TEST(stopping_finishes_the_batch_at_hand),
        TEST(killed_at_any_moment_each_record_is_one_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
