/* ctest: labels=threads timeout=180 */
/* The tail of the stream of Events, with a floor that the test moves. */
#include "api/event_tail.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "broker/broker_sqlite.h"
#include "pipeline/streams.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
#include <cmocka.h>

#define assert_ok(call) assert_int_equal((call), ACT_OK)
#define WAIT_NS (60 * ACT_NS_PER_S)

static char directory[40];
static act_broker *broker;
static act_event_tail *tail;
static act_arena *arena;
static atomic_ullong the_floor;

static const act_scope platform = { .type = ACT_SCOPE_PLATFORM };
static const act_scope acme = { .type = ACT_SCOPE_ORGANIZATION, .name = { "acme", 4 } };

static uint64_t get_floor(void *ctx)
{
    (void)ctx;
    return atomic_load(&the_floor);
}

static void start_tail(size_t max_bytes)
{
    act_event_tail_options o = { .broker = broker,
                                 .floor = get_floor,
                                 .clock = act_clock_system(),
                                 .max_bytes = max_bytes };
    assert_ok(act_event_tail_start(&o, &tail));
}

static int setup(void **state)
{
    (void)state;
    char path[64];
    act_streams_limits limits = ACT_STREAMS_LIMITS_INIT;
    (void)snprintf(directory, sizeof directory, "/tmp/act-tail-XXXXXX");
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/log", directory);
    act_broker_sqlite_options o = { .directory = act_str_cstr(path),
                                    .clock = act_clock_system() };
    assert_ok(act_broker_sqlite_open(&o, &broker, NULL));
    assert_ok(act_streams_ensure(broker, &limits, NULL));
    assert_ok(act_arena_new(64 << 20, 0, &arena));
    atomic_store(&the_floor, 0);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static int teardown(void **state)
{
    (void)state;
    act_event_tail_free(tail);
    tail = NULL;
    act_broker_free(broker);
    act_arena_free(arena);
    (void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return 0;
}

/* An Event of acme's namespace "shop"; @more are members of its metadata. */
static uint64_t publish(const char *name, const char *reason, const char *more)
{
    char text[1024];
    uint64_t sequence;
    (void)snprintf(text, sizeof text,
                   "{\"apiVersion\":\"events.k8s.io/v1\",\"metadata\":{\"name\":\"%s\","
                   "\"namespace\":\"shop\",\"uid\":\"u-%s\",\"creationTimestamp\":"
                   "\"2026-01-02T03:04:05Z\",\"annotations\":{"
                   "\"platform.miloapis.com/scope.type\":\"Organization\","
                   "\"platform.miloapis.com/scope.name\":\"acme\"}%s},"
                   "\"regarding\":{\"kind\":\"Pod\"},\"reason\":\"%s\"}",
                   name, name, more, reason);
    act_message m = { .subject = ACT_STR("events.x"), .payload = act_str_cstr(text) };
    assert_ok(
        act_broker_publish(broker, ACT_STR(ACT_STREAM_EVENTS), &m, 1, &sequence, NULL));
    return sequence;
}

static act_event_row *read_rows(act_scope viewer, const char *name, size_t *n)
{
    act_event_row *rows;
    uint64_t last;
    act_arena_reset(arena);
    assert_ok(act_event_tail_catch_up(tail, WAIT_NS, &last));
    assert_ok(act_event_tail_read(tail, viewer, ACT_STR("shop"), act_str_cstr(name), arena,
                                  &rows, n));
    return rows;
}

static size_t count(act_scope viewer, const char *name)
{
    size_t n;
    (void)read_rows(viewer, name, &n);
    return n;
}

static void soon_holds(size_t n)
{
    for (int i = 0; i < 6000 && count(platform, "") != n; i++)
        act_sleep_ns(10 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    assert_int_equal(count(platform, ""), n);
}

static void the_newest_state_counts_until_the_store_has_it(void **state)
{
    (void)state;
    start_tail(0);
    uint64_t b1 = publish("b", "one", "");
    (void)publish("a", "one", "");
    uint64_t b2 = publish("b", "two", "");
    size_t n;
    act_event_row *rows = read_rows(platform, "", &n);
    assert_int_equal(n, 2);
    assert_true(act_str_eq(rows[0].name, ACT_STR("a")));
    assert_true(act_str_eq(rows[1].name, ACT_STR("b")));
    assert_int_equal(rows[1].sequence, b2);
    assert_non_null(memmem(rows[1].json.ptr, rows[1].json.len, "two", 3));
    assert_int_equal(count(acme, "b"), 1);
    assert_int_equal(count(platform, "none"), 0);
    atomic_store(&the_floor, b1); /* of a state that is not held any more */
    soon_holds(2);
    atomic_store(&the_floor, b1 + 1);
    soon_holds(1);
    atomic_store(&the_floor, b2);
    soon_holds(0);
}

static void deletions_are_states(void **state)
{
    (void)state;
    start_tail(0);
    (void)publish("a", "one", "");
    (void)publish("a", "one", ",\"deletionTimestamp\":\"2026-01-02T03:05:05Z\"");
    size_t n;
    act_event_row *rows = read_rows(platform, "a", &n);
    assert_int_equal(n, 1);
    assert_true(rows[0].deleted);
}

static void tenants_see_their_own(void **state)
{
    (void)state;
    static const act_scope others[] = {
        { .type = ACT_SCOPE_ORGANIZATION, .name = { "globex", 6 } },
        { .type = ACT_SCOPE_PROJECT, .name = { "acme", 4 } },
        { .type = ACT_SCOPE_USER, .name = { "acme", 4 } },
    };
    start_tail(0);
    (void)publish("a", "one", "");
    assert_int_equal(count(acme, "a"), 1);
    for (size_t i = 0; i < ACT_COUNT(others); i++) {
        assert_int_equal(count(others[i], "a"), 0);
        assert_int_equal(count(others[i], ""), 0);
    }
}

static void what_is_no_event_is_passed_over(void **state)
{
    (void)state;
    start_tail(0);
    act_message m = { .subject = ACT_STR("events.x"), .payload = ACT_STR("{}") };
    assert_ok(act_broker_publish(broker, ACT_STR(ACT_STREAM_EVENTS), &m, 1, NULL, NULL));
    m.payload = ACT_STR("no JSON");
    assert_ok(act_broker_publish(broker, ACT_STR(ACT_STREAM_EVENTS), &m, 1, NULL, NULL));
    assert_int_equal(count(platform, ""), 0);
}

static void it_starts_behind_the_floor(void **state)
{
    (void)state;
    (void)publish("a", "one", "");
    atomic_store(&the_floor, publish("b", "one", ""));
    (void)publish("c", "one", "");
    start_tail(0);
    assert_int_equal(count(platform, ""), 1);
    assert_int_equal(count(platform, "c"), 1);
}

static void a_full_tail_waits_for_the_store(void **state)
{
    (void)state;
    uint64_t last = 0, seen;
    start_tail(4096);
    assert_ok(act_event_tail_catch_up(tail, WAIT_NS, &seen));
    for (int i = 0; i < 1500; i++) { /* several batches of the reader */
        char name[16];
        (void)snprintf(name, sizeof name, "e%d", i);
        last = publish(name, "many", "");
    }
    assert_int_equal(act_event_tail_catch_up(tail, 300 * ACT_NS_PER_MS, &seen), ACT_EAGAIN);
    atomic_store(&the_floor, last);
    assert_ok(act_event_tail_catch_up(tail, WAIT_NS, &seen));
    assert_int_equal(seen, last);
    soon_holds(0);
}

static void want_of_memory_leaves_the_answer_alone(void **state)
{
    (void)state;
    start_tail(0);
    (void)publish("a", "one", "");
    assert_int_equal(count(platform, ""), 1);
    for (size_t fail = 0;; fail++) {
        act_event_row *rows = NULL;
        size_t n = 77;
        ACT_AUTO(act_arena) small = NULL;
        assert_ok(act_arena_new(64 << 20, 0, &small));
        act_fail_after(fail);
        int r = act_event_tail_read(tail, platform, ACT_STR("shop"), ACT_STR(""), small,
                                    &rows, &n);
        act_fail_after(SIZE_MAX);
        if (r == ACT_OK) {
            assert_int_equal(n, 1);
            assert_true(fail > 0);
            break;
        }
        assert_int_equal(r, ACT_ENOMEM);
        assert_int_equal(n, 77);
        assert_null(rows);
    }
}

/* ---- threads ------------------------------------------------------------------------ */

enum { READERS = 3, STATES = 300 };
static atomic_ullong published;
static atomic_bool bad, finished;

/* What was published before a look began is seen by it, and nothing goes back. */
static void *look(void *arg)
{
    uint64_t before = 0;
    act_arena *a = arg;
    while (!atomic_load(&finished) && !atomic_load(&bad)) {
        uint64_t least = atomic_load(&published), last;
        act_event_row *rows;
        size_t n = 0;
        act_arena_reset(a);
        int r = act_event_tail_catch_up(tail, WAIT_NS, &last);
        if (!r)
            r = act_event_tail_read(tail, platform, ACT_STR("shop"), ACT_STR("one"), a,
                                    &rows, &n);
        if (r || last < least || n != 1 || rows[0].sequence < least ||
            rows[0].sequence < before)
            atomic_store(&bad, true);
        else
            before = rows[0].sequence;
    }
    return NULL;
}

static void readers_see_all_that_was_before(void **state)
{
    (void)state;
    pthread_t threads[READERS];
    act_arena *arenas[READERS];
    start_tail(0);
    atomic_store(&bad, false);
    atomic_store(&finished, false);
    atomic_store(&published, publish("one", "first", ""));
    for (size_t i = 0; i < READERS; i++) {
        assert_ok(act_arena_new(16 << 20, 0, &arenas[i]));
        assert_ok(act_thread_start(&threads[i], "look", look, arenas[i]));
    }
    for (int i = 0; i < STATES; i++)
        atomic_store(&published, publish("one", "next", ""));
    atomic_store(&finished, true);
    for (size_t i = 0; i < READERS; i++) {
        (void)pthread_join(threads[i], NULL);
        act_arena_free(arenas[i]);
    }
    assert_false(atomic_load(&bad));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_newest_state_counts_until_the_store_has_it),
        TEST(deletions_are_states),
        TEST(tenants_see_their_own),
        TEST(what_is_no_event_is_passed_over),
        TEST(it_starts_behind_the_floor),
        TEST(a_full_tail_waits_for_the_store),
        TEST(want_of_memory_leaves_the_answer_alone),
        TEST(readers_see_all_that_was_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
