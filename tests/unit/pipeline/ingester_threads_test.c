/* ctest: labels=threads timeout=240 */
/* The ingester's threads and memory, for the sanitizers, under which the engine does not
 * run: a real broker, and a store that counts rows. */
#include "broker/broker_sqlite.h"
#include "pipeline/ingester.h"
#include "pipeline/streams.h"
#include "unit/pipeline/faulty_store.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

#define OK(expr) assert_int_equal(expr, ACT_OK)

enum { RECORDS = 4000, A_CALL = 500 };

typedef struct {
    char directory[40];
    act_broker *broker;
    act_metrics *metrics;
    faulty_store store;
} home;

static int make_home(void **state)
{
    static home h;
    h = (home){ .directory = "/tmp/activity-ingester-XXXXXX" };
    assert_non_null(mkdtemp(h.directory));
    const act_broker_sqlite_options options = { .directory = act_str_cstr(h.directory),
                                                .clock = act_clock_system() };
    OK(act_broker_sqlite_open(&options, &h.broker, NULL));
    OK(act_streams_ensure(h.broker, &ACT_STREAMS_LIMITS_INIT, NULL));
    OK(act_metrics_new(&h.metrics));
    OK(faulty_store_init(&h.store, NULL));
    *state = &h;
    return 0;
}

static int drop_home(void **state)
{
    home *h = *state;
    act_store_free(&h->store.base);
    act_broker_free(h->broker);
    act_metrics_free(h->metrics);
    char command[80];
    snprintf(command, sizeof command, "rm -rf %s", h->directory);
    return system(command);
}

static void publish(home *h, const char *stream, const char *subject, const char *format)
{
    static char texts[A_CALL][128];
    static act_message messages[A_CALL];
    for (size_t i = 0; i < RECORDS;) {
        size_t n = 0;
        for (; n < A_CALL && i < RECORDS; n++, i++) {
            act_buf text = ACT_BUF_INIT;
            act_buf_add(&text, act_str_cstr(format));
            act_buf_printf(&text, "%zu\"}", i);
            memcpy(texts[n], text.ptr, text.len);
            messages[n] = (act_message){ .subject = act_str_cstr(subject),
                                         .payload = act_str_from(texts[n], text.len) };
            act_buf_done(&text);
        }
        OK(act_broker_publish(h->broker, act_str_cstr(stream), messages, n, NULL, NULL));
    }
}

static void publish_all(home *h)
{
    publish(h, ACT_STREAM_AUDIT, "audit.k8s.activity", "{\"auditID\":\"");
    publish(h, ACT_STREAM_EVENTS, "events.a", "{\"note\":\"");
    publish(h, ACT_STREAM_ACTIVITIES, "activities.a", "{\"kind\":\"");
}

static act_ingester *start(home *h)
{
    act_ingester *in = NULL;
    const act_ingester_options options = { .broker = h->broker,
                                           .store = &h->store.base,
                                           .batch_rows = 150,
                                           .linger_ns = ACT_NS_PER_MS,
                                           .clock = act_clock_system(),
                                           .metrics = h->metrics };
    OK(act_ingester_start(&options, &in, NULL));
    return in;
}

static void lanes_store_side_by_side(void **state)
{
    home *h = *state;
    act_ingester *in = start(h);
    publish_all(h);
    OK(act_ingester_drain(in, 60 * ACT_NS_PER_S));
    assert_int_equal(atomic_load(&h->store.rows), 3 * RECORDS);
    assert_int_equal(act_ingester_activities_floor(in), RECORDS);
    act_ingester_free(in);
    /* Two workers of the audit lane insert one after the other. */
    assert_in_range(atomic_load(&h->store.most_at_once), 1, 3);
}

static void failures_in_all_lanes(void **state)
{
    home *h = *state;
    atomic_store(&h->store.down, 9);
    atomic_store(&h->store.missing, 3);
    atomic_store(&h->store.query_down, 3);
    h->store.poison = "123";
    publish_all(h);
    act_ingester *in = start(h);
    OK(act_ingester_drain(in, 60 * ACT_NS_PER_S));
    act_ingester_free(in);
    size_t poisoned = 0;
    for (size_t i = 0; i < RECORDS; i++) {
        char number[24];
        snprintf(number, sizeof number, "%zu", i);
        poisoned += strstr(number, "123") != NULL;
    }
    act_stream_info dead;
    OK(act_broker_stream_info(h->broker, ACT_STR(ACT_STREAM_DEAD_LETTERS), &dead));
    assert_true(poisoned > 0);
    assert_int_equal(dead.messages, 3 * poisoned);
    assert_int_equal(atomic_load(&h->store.rows), 3 * (RECORDS - poisoned));
}

static void stopped_at_any_moment(void **state)
{
    home *h = *state;
    publish_all(h);
    for (int i = 0; i < 10; i++) {
        act_ingester *in = start(h);
        assert_in_range(-act_ingester_drain(in, i * 3 * ACT_NS_PER_MS), 0, -ACT_EAGAIN);
        act_ingester_free(in);
    }
    act_ingester *in = start(h);
    OK(act_ingester_drain(in, 60 * ACT_NS_PER_S));
    act_ingester_free(in);
    assert_int_equal(atomic_load(&h->store.rows), 3 * RECORDS);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_home, drop_home)
    const struct CMUnitTest tests[] = {
        TEST(lanes_store_side_by_side),
        TEST(failures_in_all_lanes),
        TEST(stopped_at_any_moment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
