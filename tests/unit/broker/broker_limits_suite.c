/* What limits of age and bytes remove, and what they leave. */
#include "broker_fixture.h"

#include "base/thread.h"

#include <stdatomic.h>

static void make_kind(fixture *f, int64_t max_age_ns, uint64_t max_bytes, bool work_queue)
{
    act_stream_config config = {
        .name = ACT_STR("S"),
        .subjects = ACT_STR("a.>"),
        .max_age_ns = max_age_ns,
        .max_bytes = max_bytes,
        .duplicate_window_ns = SECONDS(60),
        .work_queue = work_queue,
    };
    assert_ok(act_broker_stream_ensure(f->b, &config, NULL));
}

static void make_limited(fixture *f, int64_t max_age_ns, uint64_t max_bytes)
{
    make_kind(f, max_age_ns, max_bytes, false);
}

static int try_publish(fixture *f, const char *id, const char *payload)
{
    act_message m = { ACT_STR("a.b"), act_str_cstr(id), act_str_cstr(payload) };
    return act_broker_publish(f->b, ACT_STR("S"), &m, 1, NULL, NULL);
}

static void bytes_above_the_limit_push_out_the_oldest(void **state)
{
    fixture *f = *state;
    make_limited(f, 0, 20);
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    act_reader *r, *too_old;
    assert_int_equal(publish_one(f->b, "S", "a.b", "first", "0123456789"), 1);
    assert_ok(act_reader_open(f->b, ACT_STR("S"), 1, ACT_STR(""), &r));
    expect_sequences(c, 10, 1);
    ack_sequences(c, 1);
    assert_int_equal(publish_one(f->b, "S", "a.b", "", "0123456789"), 2);
    await_messages(f, "S", 2);
    assert_int_equal(publish_one(f->b, "S", "a.b", "", "0"), 3);
    await_messages(f, "S", 2);
    act_stream_info info = info_of(f, "S");
    assert_int_equal(info.first_sequence, 2);
    assert_int_equal(info.bytes, 11);

    const act_delivery *got;
    size_t n;
    assert_int_equal(act_reader_next(r, 10, 0, f->arena, &got, &n, NULL), ACT_EGONE);
    assert_int_equal(act_reader_open(f->b, ACT_STR("S"), 1, ACT_STR(""), &too_old),
                     ACT_EGONE);
    act_reader_close(r);
    expect_sequences(c, 10, 2, 3);
    assert_int_equal(f->backend->metric(f->state, "activity_broker_messages_removed_total"),
                     1);
    act_consumer_close(c);
    /* Its id is remembered all the same, for what is left of the window; and a new durable
     * starts at the first message that is kept. */
    assert_int_equal(publish_one(f->b, "S", "a.b", "first", "0123456789"), 1);
    c = open_consumer(f->b, "S", "new", "", SECONDS(30), 100);
    expect_sequences(c, 10, 2, 3);
    act_consumer_close(c);
}

static void limits_keep_what_a_consumer_has_not_acknowledged(void **state)
{
    fixture *f = *state;
    make_limited(f, SECONDS(100), 30);
    act_consumer *fast = open_consumer(f->b, "S", "fast", "", SECONDS(3600), 100);
    act_consumer *slow = open_consumer(f->b, "S", "slow", "", SECONDS(3600), 100);
    for (const char *id = "123"; *id; id++)
        assert_ok(try_publish(f, (const char[]){ *id, 0 }, "0123456789"));
    expect_sequences(fast, 10, 1, 2, 3);
    ack_sequences(fast, 1, 2, 3);
    expect_sequences(slow, 2, 1, 2);
    ack_sequences(slow, 2); /* 1 is out, 3 not even delivered */

    /* No room, and nothing is gone; what is there already needs none. */
    assert_int_equal(try_publish(f, "4", "x"), ACT_EFULL);
    assert_ok(try_publish(f, "2", "0123456789"));
    f->backend->advance(f->state, SECONDS(101));
    act_sleep_ns(100 * ACT_NS_PER_MS, NULL); /* sweeps have their chance */
    assert_int_equal(info_of(f, "S").first_sequence, 1);
    assert_int_equal(info_of(f, "S").messages, 3);
    assert_int_equal(f->backend->metric(f->state, "activity_broker_full_total"), 1);

    /* A restart does not change that: to be handed out is not to be acknowledged. */
    act_consumer_close(fast);
    act_consumer_close(slow);
    reopen(f);
    assert_int_equal(try_publish(f, "4", "x"), ACT_EFULL);
    slow = open_consumer(f->b, "S", "slow", "", SECONDS(3600), 100);
    expect_sequences(slow, 10, 1, 3);

    /* The oldest goes as soon as all have acknowledged it, with those behind it. */
    ack_sequences(slow, 1);
    await_messages(f, "S", 1);
    assert_int_equal(info_of(f, "S").first_sequence, 3);
    assert_ok(try_publish(f, "4", "x"));
    expect_sequences(slow, 10, 4);
    ack_sequences(slow, 3, 4);
    await_messages(f, "S", 1); /* 4 is young */
    assert_int_equal(
        f->backend->metric(f->state, "activity_broker_removed_unacknowledged_total"), 0);
    act_consumer_close(slow);
}

static void a_message_above_the_limit_enters_when_nobody_waits(void **state)
{
    fixture *f = *state;
    make_limited(f, 0, 5);
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    assert_ok(try_publish(f, "1", "0123456789"));
    assert_int_equal(try_publish(f, "2", "0123456789"), ACT_EFULL);
    expect_sequences(c, 10, 1);
    ack_sequences(c, 1);
    assert_ok(try_publish(f, "2", "0123456789"));
    assert_int_equal(info_of(f, "S").first_sequence, 2);
    act_consumer_close(c);
}

static void a_full_work_queue_loses_its_oldest_and_counts_them(void **state)
{
    fixture *f = *state;
    make_kind(f, SECONDS(100), 0, true);
    act_consumer *all = open_consumer(f->b, "S", "all", "", SECONDS(30), 100);
    act_consumer *some = open_consumer(f->b, "S", "some", "a.x", SECONDS(30), 100);
    for (int i = 0; i < 10; i++)
        publish_one(f->b, "S", i % 2 ? "a.x" : "a.y", "", "0123456789");
    expect_sequences(all, 2, 1, 2);
    make_kind(f, SECONDS(100), 40, true);
    await_messages(f, "S", 4);
    publish_one(f->b, "S", "a.x", "", "");
    act_consumer_info info;
    assert_ok(act_consumer_get_info(all, &info));
    assert_int_equal(info.ack_floor, 6);
    assert_int_equal(info.pending, 5);
    assert_int_equal(info.ack_pending, 0);
    assert_ok(act_consumer_get_info(some, &info));
    assert_int_equal(info.pending, 3);
    assert_int_equal(
        f->backend->metric(f->state, "activity_broker_removed_unacknowledged_total"),
        6 + 3);
    expect_sequences(all, 10, 7, 8, 9, 10, 11);
    expect_sequences(some, 10, 8, 10, 11);
    f->backend->advance(f->state, SECONDS(101));
    await_messages(f, "S", 0);
    expect_nothing(all);
    act_consumer_close(all);
    act_consumer_close(some);
}

static void old_messages_go_and_sequences_are_never_used_again(void **state)
{
    fixture *f = *state;
    make_limited(f, SECONDS(100), 0);
    publish_n(f->b, "S", "a.b", 3);
    f->backend->advance(f->state, SECONDS(60));
    publish_n(f->b, "S", "a.b", 2);
    f->backend->advance(f->state, SECONDS(41));
    await_messages(f, "S", 2);
    assert_int_equal(info_of(f, "S").first_sequence, 4);
    f->backend->advance(f->state, SECONDS(100));
    await_messages(f, "S", 0);
    for (int round = 0; round < 2; round++, reopen(f)) {
        act_stream_info info = info_of(f, "S");
        assert_int_equal(info.last_sequence, 5);
        assert_int_equal(info.first_sequence, 6);
        assert_int_equal(info.bytes, 0);
    }
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    expect_nothing(c);
    assert_int_equal(publish_one(f->b, "S", "a.b", "", "x"), 6);
    expect_sequences(c, 10, 6);
    act_consumer_close(c);
}

/* Publishers that repeat each other, consumers that share a durable, and so little room
 * that everybody waits for everybody. */
enum { CROWD = 3, CROWD_MESSAGES = 300, CROWD_TOTAL = CROWD * CROWD_MESSAGES };

typedef struct {
    act_broker *b;
    int number;
    int err;
    _Atomic int *left;     /* messages nobody has acknowledged yet */
    _Atomic uint8_t *seen; /* by message: deliveries */
} member;

/* Its own messages, and then once more those of its neighbour. */
static void *publish_twice(void *arg)
{
    member *m = arg;
    for (int i = 0; i < 2 * CROWD_MESSAGES && !m->err; i++) {
        int whose = (m->number + i / CROWD_MESSAGES) % CROWD;
        char id[16];
        (void)snprintf(id, sizeof id, "%d", whose * CROWD_MESSAGES + i % CROWD_MESSAGES);
        act_message one = { ACT_STR("a.b"), act_str_cstr(id), act_str_cstr(id) };
        while ((m->err = act_broker_publish(m->b, ACT_STR("S"), &one, 1, NULL, NULL)) ==
               ACT_EFULL)
            act_sleep_ns(ACT_NS_PER_MS, NULL);
    }
    return NULL;
}

static void *consume_all(void *arg)
{
    member *m = arg;
    ACT_AUTO(act_arena) a = NULL;
    m->err = act_arena_new(1 << 20, 0, &a);
    act_consumer *c = open_consumer(m->b, "S", "d", "", SECONDS(30), 50);
    while (!m->err && atomic_load(m->left) > 0) {
        const act_delivery *got;
        size_t n;
        act_arena_reset(a);
        int err = act_consumer_fetch(c, 7, 10 * ACT_NS_PER_MS, a, &got, &n);
        if (err == ACT_EAGAIN)
            continue;
        m->err = err;
        for (size_t i = 0; i < n && !m->err; i++) {
            uint64_t number;
            m->err = act_str_to_u64(got[i].payload, &number);
            if (!m->err && number < CROWD_TOTAL)
                atomic_fetch_add(&m->seen[number], 1);
            if (!m->err)
                m->err = act_consumer_ack(c, &got[i].sequence, 1);
        }
        atomic_fetch_sub(m->left, m->err ? 0 : (int)n);
    }
    act_consumer_close(c);
    return NULL;
}

static void a_crowd_in_a_narrow_stream_loses_and_doubles_nothing(void **state)
{
    fixture *f = *state;
    static _Atomic uint8_t seen[CROWD_TOTAL];
    _Atomic int left = CROWD_TOTAL;
    member members[2 * CROWD];
    pthread_t threads[2 * CROWD];
    memset((void *)seen, 0, sizeof seen);
    make_limited(f, 0, 200);
    act_consumer_close(open_consumer(f->b, "S", "d", "", SECONDS(30), 50));
    for (int i = 0; i < 2 * CROWD; i++) {
        members[i] = (member){ .b = f->b, .number = i, .left = &left, .seen = seen };
        assert_ok(act_thread_start(&threads[i], "crowd",
                                   i < CROWD ? publish_twice : consume_all, &members[i]));
    }
    for (int i = 0; i < 2 * CROWD; i++) {
        pthread_join(threads[i], NULL);
        assert_ok(members[i].err);
    }
    for (int i = 0; i < CROWD_TOTAL; i++)
        assert_int_equal(seen[i], 1);
    act_stream_info info = info_of(f, "S");
    assert_int_equal(info.last_sequence, CROWD_TOTAL);
    assert_true(info.bytes <= 200);
    assert_int_equal(info.messages, info.last_sequence + 1 - info.first_sequence);
}

int broker_limits_suite_run(const broker_backend *backend)
{
    const struct CMUnitTest tests[] = {
        SUITE(bytes_above_the_limit_push_out_the_oldest),
        SUITE(limits_keep_what_a_consumer_has_not_acknowledged),
        SUITE(a_message_above_the_limit_enters_when_nobody_waits),
        SUITE(a_full_work_queue_loses_its_oldest_and_counts_them),
        SUITE(old_messages_go_and_sequences_are_never_used_again),
        SUITE(a_crowd_in_a_narrow_stream_loses_and_doubles_nothing),
    };
    return _cmocka_run_group_tests(backend->name, tests, ACT_COUNT(tests), NULL, NULL);
}
