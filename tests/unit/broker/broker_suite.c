#include "broker_suite.h"

#include "base/thread.h"
#include "broker_fixture.h"

static void messages_are_read_in_order_with_all_they_have(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    const act_message m[] = {
        { ACT_STR("a.b"), ACT_STR("id/1"), ACT_STR("{\"n\":1}") },
        { ACT_STR("a.c"), ACT_STR(""), ACT_STR("") },
        { ACT_STR("a.b.d"), ACT_STR("id/3"), ACT_STR("\0\xff bytes") },
    };
    uint64_t sequences[3] = { 0 };
    assert_ok(act_broker_publish(f->b, ACT_STR("S"), m, 3, sequences, NULL));
    for (int round = 0; round < 2; round++, reopen(f)) {
        act_reader *r;
        const act_delivery *got;
        size_t n;
        uint64_t next;
        assert_ok(act_reader_open(f->b, ACT_STR("S"), 1, ACT_STR(""), &r));
        assert_ok(act_reader_next(r, 10, 0, f->arena, &got, &n, &next));
        assert_int_equal(n, 3);
        assert_int_equal(next, 4);
        for (size_t i = 0; i < n; i++) {
            assert_int_equal(sequences[i], i + 1);
            assert_int_equal(got[i].sequence, i + 1);
            assert_int_equal(got[i].deliveries, 1);
            assert_true(got[i].published_ns > 0);
            assert_true(act_str_eq(got[i].subject, m[i].subject));
            assert_true(act_str_eq(got[i].id, m[i].id));
            assert_true(act_str_eq(got[i].payload, m[i].payload));
            for (size_t k = 0; k < ACT_BROKER_PADDING; k++)
                assert_int_equal(got[i].payload.ptr[got[i].payload.len + k], 0);
        }
        assert_int_equal(act_reader_next(r, 10, 0, f->arena, &got, &n, &next), ACT_EAGAIN);
        assert_int_equal(next, 4);
        act_reader_close(r);
    }
    act_stream_info info = info_of(f, "S");
    assert_int_equal(info.first_sequence, 1);
    assert_int_equal(info.last_sequence, 3);
    assert_int_equal(info.messages, 3);
    assert_int_equal(info.bytes, 7 + 8);
}

static void a_batch_with_one_bad_message_stores_nothing(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    char long_id[ACT_BROKER_ID_MAX + 1];
    memset(long_id, 'i', sizeof long_id);
    const act_message bad[] = {
        { ACT_STR("b.c"), ACT_STR(""), ACT_STR("x") },
        { ACT_STR("a.*"), ACT_STR(""), ACT_STR("x") },
        { ACT_STR("a..b"), ACT_STR(""), ACT_STR("x") },
        { ACT_STR(""), ACT_STR(""), ACT_STR("x") },
        { ACT_STR("a.b"), { long_id, sizeof long_id }, ACT_STR("x") },
    };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        act_message m[] = { { ACT_STR("a.b"), ACT_STR("good"), ACT_STR("x") }, bad[i] };
        uint64_t sequences[2] = { 77, 77 };
        act_err detail = ACT_ERR_INIT;
        assert_int_equal(act_broker_publish(f->b, ACT_STR("S"), m, 2, sequences, &detail),
                         ACT_EINVAL);
        assert_non_null(strstr(detail.text, "message 1"));
        assert_int_equal(sequences[0], 77);
    }
    assert_int_equal(info_of(f, "S").messages, 0);
    assert_int_equal(publish_one(f->b, "S", "a.b", "good", "x"), 1);
}

static void unknown_streams_and_bad_names_are_refused(void **state)
{
    fixture *f = *state;
    act_message m = { ACT_STR("a"), ACT_STR(""), ACT_STR("x") };
    act_stream_info info;
    act_reader *r = NULL;
    act_consumer *c = NULL;
    act_consumer_config config = { .durable = ACT_STR("d"),
                                   .ack_wait_ns = 1,
                                   .max_ack_pending = 1 };
    act_str none = ACT_STR("NONE");
    assert_int_equal(act_broker_publish(f->b, none, &m, 1, NULL, NULL), ACT_ENOTFOUND);
    assert_int_equal(act_broker_stream_info(f->b, none, &info), ACT_ENOTFOUND);
    assert_int_equal(act_reader_open(f->b, none, 1, ACT_STR(""), &r), ACT_ENOTFOUND);
    assert_int_equal(act_consumer_open(f->b, none, &config, &c, NULL), ACT_ENOTFOUND);

    act_stream_config stream = { .name = ACT_STR("../x"), .subjects = ACT_STR("a.>") };
    assert_int_equal(act_broker_stream_ensure(f->b, &stream, NULL), ACT_EINVAL);
    stream.name = ACT_STR("");
    assert_int_equal(act_broker_stream_ensure(f->b, &stream, NULL), ACT_EINVAL);
    stream.name = ACT_STR("S");
    stream.subjects = ACT_STR("a.>.b");
    assert_int_equal(act_broker_stream_ensure(f->b, &stream, NULL), ACT_EINVAL);

    make_stream(f->b, "S", "a.>");
    act_str s = ACT_STR("S");
    config.durable = ACT_STR("d.e");
    assert_int_equal(act_consumer_open(f->b, s, &config, &c, NULL), ACT_EINVAL);
    config.durable = ACT_STR("d");
    config.filter = ACT_STR("a..b");
    assert_int_equal(act_consumer_open(f->b, s, &config, &c, NULL), ACT_EINVAL);
    assert_int_equal(act_reader_open(f->b, s, 1, ACT_STR("a."), &r), ACT_EINVAL);
    assert_int_equal(act_reader_open(f->b, s, 2, ACT_STR(""), &r), ACT_EINVAL);
    assert_null(c);
    assert_null(r);
}

static void a_duplicate_id_gets_the_first_sequence(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    assert_int_equal(publish_one(f->b, "S", "a.b", "x", "1"), 1);
    assert_int_equal(publish_one(f->b, "S", "a.b", "y", "2"), 2);
    assert_int_equal(publish_one(f->b, "S", "a.c", "x", "3"), 1);
    const act_message m[] = {
        { ACT_STR("a.b"), ACT_STR("z"), ACT_STR("4") },
        { ACT_STR("a.b"), ACT_STR("y"), ACT_STR("5") },
        { ACT_STR("a.b"), ACT_STR("z"), ACT_STR("6") },
        { ACT_STR("a.b"), ACT_STR(""), ACT_STR("7") },
        { ACT_STR("a.b"), ACT_STR(""), ACT_STR("7") },
    };
    uint64_t got[5];
    assert_ok(act_broker_publish(f->b, ACT_STR("S"), m, 5, got, NULL));
    const uint64_t expected[] = { 3, 2, 3, 4, 5 };
    assert_memory_equal(got, expected, sizeof got);
    assert_int_equal(f->backend->metric(f->state, "activity_broker_duplicates_total"), 3);
    reopen(f);
    assert_ok(act_broker_publish(f->b, ACT_STR("S"), m, 3, got, NULL));
    assert_memory_equal(got, expected, 3 * sizeof *got);
    assert_int_equal(info_of(f, "S").messages, 5);
    /* Each stream has ids of its own. */
    make_stream(f->b, "T", "t.>");
    assert_int_equal(publish_one(f->b, "T", "t.b", "x", "1"), 1);
}

static void an_id_is_forgotten_when_its_window_is_over(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    assert_int_equal(publish_one(f->b, "S", "a.b", "x", "1"), 1);
    f->backend->advance(f->state, SECONDS(59));
    assert_int_equal(publish_one(f->b, "S", "a.b", "x", "1"), 1);
    f->backend->advance(f->state, SECONDS(2));
    assert_int_equal(publish_one(f->b, "S", "a.b", "x", "1"), 2);
    assert_int_equal(publish_one(f->b, "S", "a.b", "x", "1"), 2);
    f->backend->advance(f->state, SECONDS(61));
    reopen(f);
    assert_int_equal(publish_one(f->b, "S", "a.b", "x", "1"), 3);
}

static void a_consumer_delivers_each_message_until_it_is_acknowledged(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    publish_n(f->b, "S", "a.b", 5);
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    act_consumer_info info;
    assert_ok(act_consumer_get_info(c, &info));
    assert_int_equal(info.ack_floor, 0);
    assert_int_equal(info.pending, 5);
    expect_sequences(c, 3, 1, 2, 3);
    expect_sequences(c, 10, 4, 5);
    expect_nothing(c);
    ack_sequences(c, 1, 3, 4, 999);
    assert_ok(act_consumer_get_info(c, &info));
    assert_int_equal(info.ack_floor, 1);
    assert_int_equal(info.pending, 0);
    assert_int_equal(info.ack_pending, 2);
    ack_sequences(c, 1, 2);
    assert_ok(act_consumer_get_info(c, &info));
    assert_int_equal(info.ack_floor, 4);
    f->backend->advance(f->state, SECONDS(31));
    expect_sequences(c, 10, 5);
    ack_sequences(c, 5);
    f->backend->advance(f->state, SECONDS(31));
    expect_nothing(c);
    assert_int_equal(f->backend->metric(f->state, "activity_broker_acks_total"), 5);
    assert_int_equal(f->backend->metric(f->state, "activity_broker_redeliveries_total"), 1);
    act_consumer_close(c);
}

static void a_redelivery_counts_and_comes_before_new_messages(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    publish_n(f->b, "S", "a.b", 3);
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    expect_sequences(c, 2, 1, 2);
    f->backend->advance(f->state, SECONDS(29));
    expect_sequences(c, 1, 3);
    f->backend->advance(f->state, SECONDS(2));
    publish_n(f->b, "S", "a.b", 1);
    const act_delivery *got;
    size_t n;
    assert_ok(act_consumer_fetch(c, 10, 0, f->arena, &got, &n));
    const uint64_t sequences[] = { 1, 2, 4 }, deliveries[] = { 2, 2, 1 };
    assert_int_equal(n, 3);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(got[i].sequence, sequences[i]);
        assert_int_equal(got[i].deliveries, deliveries[i]);
    }
    act_consumer_close(c);
}

static void nak_asks_for_redelivery_after_its_delay(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    publish_n(f->b, "S", "a.b", 2);
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    expect_sequences(c, 10, 1, 2);
    assert_ok(act_consumer_nak(c, 1, 0));
    expect_sequences(c, 10, 1);
    assert_ok(act_consumer_nak(c, 2, SECONDS(5)));
    assert_ok(act_consumer_nak(c, 12345, 0));
    expect_nothing(c);
    f->backend->advance(f->state, SECONDS(4));
    expect_nothing(c);
    f->backend->advance(f->state, SECONDS(2));
    expect_sequences(c, 10, 2);
    assert_ok(act_consumer_nak(c, 2, SECONDS(100)));
    f->backend->advance(f->state, SECONDS(40));
    expect_sequences(c, 10, 1); /* its ack wait; 2 waits longer than that */
    act_consumer_close(c);
}

static void in_progress_starts_the_ack_wait_anew(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    publish_n(f->b, "S", "a.b", 2);
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    expect_sequences(c, 10, 1, 2);
    f->backend->advance(f->state, SECONDS(20));
    assert_ok(act_consumer_in_progress(c, (const uint64_t[]){ 2, 50 }, 2));
    f->backend->advance(f->state, SECONDS(20));
    expect_sequences(c, 10, 1);
    f->backend->advance(f->state, SECONDS(20));
    expect_sequences(c, 10, 2);
    act_consumer_close(c);
}

static void no_more_than_max_ack_pending_are_out(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    publish_n(f->b, "S", "a.b", 10);
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 4);
    expect_sequences(c, 10, 1, 2, 3, 4);
    expect_nothing(c);
    ack_sequences(c, 2, 3);
    expect_sequences(c, 10, 5, 6);
    f->backend->advance(f->state, SECONDS(31));
    expect_sequences(c, 10, 1, 4, 5, 6); /* redeliveries need no new place */
    act_consumer_close(c);
}

static void handles_of_one_durable_share_its_messages(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    publish_n(f->b, "S", "a.b", 6);
    act_consumer *c1 = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    act_consumer *c2 = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    act_consumer *other = open_consumer(f->b, "S", "e", "", SECONDS(30), 100);
    expect_sequences(c1, 2, 1, 2);
    expect_sequences(c2, 2, 3, 4);
    expect_sequences(other, 10, 1, 2, 3, 4, 5, 6);
    expect_sequences(c1, 10, 5, 6);
    ack_sequences(c2, 1, 5); /* by whichever handle */
    act_consumer_close(c1);
    expect_nothing(c2);
    f->backend->advance(f->state, SECONDS(31));
    expect_sequences(c2, 10, 2, 3, 4, 6);
    act_consumer_close(c2);
    act_consumer_close(other);
}

static void after_a_restart_all_that_was_not_acknowledged_comes_at_once(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    publish_n(f->b, "S", "a.b", 6);
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    expect_sequences(c, 4, 1, 2, 3, 4);
    ack_sequences(c, 1, 3);
    act_consumer_close(c);
    reopen(f);
    c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    act_consumer_info info;
    assert_ok(act_consumer_get_info(c, &info));
    assert_int_equal(info.ack_floor, 1);
    expect_sequences(c, 10, 2, 4, 5, 6);
    ack_sequences(c, 2, 4, 5, 6);
    act_consumer_close(c);
    reopen(f);
    c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    expect_nothing(c);
    publish_n(f->b, "S", "a.b", 1);
    expect_sequences(c, 10, 7);
    act_consumer_close(c);
}

static void a_filter_selects_by_subject(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    for (int i = 0; i < 3; i++) {
        publish_one(f->b, "S", "a.x.1", "", "p");
        publish_one(f->b, "S", "a.y.1", "", "p");
        publish_one(f->b, "S", "a.x.2.z", "", "p");
    }
    act_consumer *star = open_consumer(f->b, "S", "star", "a.*.1", SECONDS(30), 100);
    act_consumer *rest = open_consumer(f->b, "S", "rest", "a.x.>", SECONDS(30), 100);
    act_consumer *none = open_consumer(f->b, "S", "none", "b.>", SECONDS(30), 100);
    act_consumer_info info;
    assert_ok(act_consumer_get_info(star, &info));
    assert_int_equal(info.pending, 6);
    assert_ok(act_consumer_get_info(none, &info));
    assert_int_equal(info.pending, 0);
    expect_sequences(star, 2, 1, 2);
    expect_sequences(star, 10, 4, 5, 7, 8);
    expect_sequences(rest, 10, 1, 3, 4, 6, 7, 9);
    expect_nothing(none);
    ack_sequences(rest, 1, 3, 4, 6, 7, 9);
    assert_ok(act_consumer_get_info(rest, &info));
    assert_int_equal(info.ack_floor, 9);
    publish_one(f->b, "S", "a.y.1", "", "p");
    publish_one(f->b, "S", "a.x.1", "", "p");
    assert_ok(act_consumer_get_info(rest, &info));
    assert_int_equal(info.pending, 1);
    expect_sequences(rest, 10, 11);
    act_consumer_close(star);
    act_consumer_close(rest);
    act_consumer_close(none);
}

static void a_reader_follows_its_filter_and_says_how_far_it_looked(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    const char *subjects[] = { "a.x", "a.y", "a.y", "a.x", "a.y" };
    for (size_t i = 0; i < ACT_COUNT(subjects); i++)
        publish_one(f->b, "S", subjects[i], "", "p");
    act_reader *r;
    const act_delivery *got;
    size_t n;
    uint64_t next = 0;
    assert_ok(act_reader_open(f->b, ACT_STR("S"), 2, ACT_STR("a.x"), &r));
    assert_ok(act_reader_next(r, 10, 0, f->arena, &got, &n, &next));
    assert_int_equal(n, 1);
    assert_int_equal(got[0].sequence, 4);
    assert_int_equal(next, 6);
    publish_one(f->b, "S", "a.y", "", "p");
    assert_int_equal(act_reader_next(r, 10, 0, f->arena, &got, &n, &next), ACT_EAGAIN);
    assert_int_equal(next, 7);
    act_reader_close(r);

    assert_ok(act_reader_open(f->b, ACT_STR("S"), 7, ACT_STR(""), &r)); /* what comes */
    publish_one(f->b, "S", "a.y", "", "new");
    assert_ok(act_reader_next(r, 10, 0, f->arena, &got, &n, NULL));
    assert_int_equal(n, 1);
    assert_true(act_str_eq(got[0].payload, ACT_STR("new")));
    act_reader_close(r);
}

static void a_work_queue_forgets_what_is_acknowledged_but_not_its_id(void **state)
{
    fixture *f = *state;
    act_stream_config config = {
        .name = ACT_STR("W"),
        .subjects = ACT_STR("w.>"),
        .duplicate_window_ns = SECONDS(60),
        .work_queue = true,
    };
    assert_ok(act_broker_stream_ensure(f->b, &config, NULL));
    const char *ids[] = { "1", "2", "3", "4" };
    for (size_t i = 0; i < ACT_COUNT(ids); i++)
        publish_one(f->b, "W", "w.a", ids[i], "0123456789");
    act_consumer *c = open_consumer(f->b, "W", "d", "", SECONDS(30), 100);
    expect_sequences(c, 10, 1, 2, 3, 4);
    ack_sequences(c, 1, 3);
    act_stream_info info = info_of(f, "W");
    assert_int_equal(info.messages, 2);
    assert_int_equal(info.bytes, 20);
    assert_int_equal(info.first_sequence, 2);
    assert_int_equal(publish_one(f->b, "W", "w.a", "3", "x"), 3);
    ack_sequences(c, 2, 4);
    act_consumer_close(c);
    reopen(f);
    info = info_of(f, "W");
    assert_int_equal(info.messages, 0);
    assert_int_equal(info.bytes, 0);
    assert_int_equal(info.first_sequence, 5);
    assert_int_equal(publish_one(f->b, "W", "w.a", "4", "x"), 4);
    f->backend->advance(f->state, SECONDS(61));
    assert_int_equal(publish_one(f->b, "W", "w.a", "4", "x"), 5);
    c = open_consumer(f->b, "W", "d", "", SECONDS(30), 100);
    expect_sequences(c, 10, 5);
    act_consumer_close(c);

    config.work_queue = false;
    assert_int_equal(act_broker_stream_ensure(f->b, &config, NULL), ACT_EINVAL);
}

typedef struct {
    act_broker *b;
    act_consumer *c;
    act_reader *r;
    int err;
    uint64_t sequence;
} waiter;

static void *wait_as_consumer(void *arg)
{
    waiter *w = arg;
    ACT_AUTO(act_arena) a = NULL;
    const act_delivery *got;
    size_t n;
    w->err = act_arena_new(1 << 20, 0, &a);
    if (!w->err)
        w->err = act_consumer_fetch(w->c, 1, -1, a, &got, &n);
    if (!w->err)
        w->sequence = got[0].sequence;
    return NULL;
}

static void *wait_as_reader(void *arg)
{
    waiter *w = arg;
    ACT_AUTO(act_arena) a = NULL;
    const act_delivery *got;
    size_t n;
    w->err = act_arena_new(1 << 20, 0, &a);
    if (!w->err)
        w->err = act_reader_next(w->r, 1, SECONDS(60), a, &got, &n, NULL);
    if (!w->err)
        w->sequence = got[0].sequence;
    return NULL;
}

static void those_who_wait_wake_with_the_next_message_and_with_stop(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    waiter c = { .b = f->b }, r = { .b = f->b };
    c.c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    assert_ok(act_reader_open(f->b, ACT_STR("S"), 1, ACT_STR(""), &r.r));
    for (int round = 0; round < 2; round++) {
        pthread_t threads[2];
        assert_ok(act_thread_start(&threads[0], "consumer", wait_as_consumer, &c));
        assert_ok(act_thread_start(&threads[1], "reader", wait_as_reader, &r));
        act_sleep_ns(30 * ACT_NS_PER_MS, NULL);
        if (round == 0)
            publish_one(f->b, "S", "a.b", "", "x");
        else
            act_broker_stop(f->b);
        pthread_join(threads[0], NULL);
        pthread_join(threads[1], NULL);
        assert_int_equal(c.err, round ? ACT_ECLOSED : ACT_OK);
        assert_int_equal(r.err, round ? ACT_ECLOSED : ACT_OK);
        assert_int_equal(c.sequence, 1);
        assert_int_equal(r.sequence, 1);
    }
    act_message m = { ACT_STR("a.b"), ACT_STR(""), ACT_STR("x") };
    assert_int_equal(act_broker_publish(f->b, ACT_STR("S"), &m, 1, NULL, NULL),
                     ACT_ECLOSED);
    assert_int_equal(act_consumer_ack(c.c, (const uint64_t[]){ 1 }, 1), ACT_ECLOSED);
    assert_int_equal(act_broker_ping(f->b), ACT_ECLOSED);
    act_consumer_close(c.c);
    act_reader_close(r.r);
}

static void waiting_ends_in_time(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    act_reader *r;
    const act_delivery *got;
    size_t n;
    assert_ok(act_reader_open(f->b, ACT_STR("S"), 1, ACT_STR(""), &r));
    int64_t start = act_mono_ns(act_clock_system());
    assert_int_equal(act_consumer_fetch(c, 1, SECONDS(1) / 20, f->arena, &got, &n),
                     ACT_EAGAIN);
    assert_int_equal(act_reader_next(r, 1, SECONDS(1) / 20, f->arena, &got, &n, NULL),
                     ACT_EAGAIN);
    int64_t took = act_mono_ns(act_clock_system()) - start;
    assert_true(took >= SECONDS(1) / 10 && took < SECONDS(40));
    act_consumer_close(c);
    act_reader_close(r);
}

static void a_full_arena_cuts_a_batch_short_and_loses_nothing(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    static char big[10000];
    act_message m = { ACT_STR("a.b"), ACT_STR(""), { big, sizeof big } };
    for (int i = 0; i < 5; i++)
        assert_ok(act_broker_publish(f->b, ACT_STR("S"), &m, 1, NULL, NULL));
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 100);
    act_reader *r;
    assert_ok(act_reader_open(f->b, ACT_STR("S"), 1, ACT_STR(""), &r));
    ACT_AUTO(act_arena) small = NULL;
    ACT_AUTO(act_arena) tiny = NULL;
    assert_ok(act_arena_new(25000, 0, &small));
    assert_ok(act_arena_new(5000, 0, &tiny));
    const act_delivery *got = NULL;
    size_t n = 0;
    for (uint64_t sequence = 1; sequence <= 5; sequence += n) {
        assert_int_equal(act_consumer_fetch(c, 10, 0, tiny, &got, &n), ACT_ENOMEM);
        assert_ok(act_consumer_fetch(c, 10, 0, small, &got, &n));
        assert_int_equal(got[0].sequence, sequence);
        act_arena_reset(small);
        size_t read = 0;
        assert_int_equal(act_reader_next(r, 10, 0, tiny, &got, &read, NULL), ACT_ENOMEM);
        assert_ok(act_reader_next(r, 10, 0, small, &got, &read, NULL));
        assert_int_equal(got[0].sequence, sequence);
        assert_int_equal(read, n);
        act_arena_reset(small);
        act_arena_reset(tiny);
    }
    /* The same for redeliveries. */
    f->backend->advance(f->state, SECONDS(31));
    for (uint64_t sequence = 1; sequence <= 5; sequence += n) {
        assert_ok(act_consumer_fetch(c, 10, 0, small, &got, &n));
        assert_int_equal(got[0].sequence, sequence);
        assert_int_equal(got[0].deliveries, 2);
        act_arena_reset(small);
    }
    act_consumer_close(c);
    act_reader_close(r);
}

static void a_changed_configuration_holds_from_then_on(void **state)
{
    fixture *f = *state;
    make_stream(f->b, "S", "a.>");
    publish_n(f->b, "S", "a.b", 3);
    make_stream(f->b, "S", "b.>");
    act_message m = { ACT_STR("a.b"), ACT_STR(""), ACT_STR("x") };
    for (int round = 0; round < 2; round++, reopen(f)) {
        assert_int_equal(act_broker_publish(f->b, ACT_STR("S"), &m, 1, NULL, NULL),
                         ACT_EINVAL);
        publish_one(f->b, "S", "b.c", "", "x");
    }
    act_consumer *c = open_consumer(f->b, "S", "d", "", SECONDS(30), 2);
    act_consumer *same = open_consumer(f->b, "S", "d", "a.>", SECONDS(30), 100);
    act_consumer_info info;
    assert_ok(act_consumer_get_info(c, &info));
    assert_int_equal(info.pending, 3);
    expect_sequences(c, 10, 1, 2, 3);
    act_consumer_close(c);
    act_consumer_close(same);
}

int broker_suite_run(const broker_backend *backend)
{
    const struct CMUnitTest tests[] = {
        SUITE(messages_are_read_in_order_with_all_they_have),
        SUITE(a_batch_with_one_bad_message_stores_nothing),
        SUITE(unknown_streams_and_bad_names_are_refused),
        SUITE(a_duplicate_id_gets_the_first_sequence),
        SUITE(an_id_is_forgotten_when_its_window_is_over),
        SUITE(a_consumer_delivers_each_message_until_it_is_acknowledged),
        SUITE(a_redelivery_counts_and_comes_before_new_messages),
        SUITE(nak_asks_for_redelivery_after_its_delay),
        SUITE(in_progress_starts_the_ack_wait_anew),
        SUITE(no_more_than_max_ack_pending_are_out),
        SUITE(handles_of_one_durable_share_its_messages),
        SUITE(after_a_restart_all_that_was_not_acknowledged_comes_at_once),
        SUITE(a_filter_selects_by_subject),
        SUITE(a_reader_follows_its_filter_and_says_how_far_it_looked),
        SUITE(a_work_queue_forgets_what_is_acknowledged_but_not_its_id),
        SUITE(those_who_wait_wake_with_the_next_message_and_with_stop),
        SUITE(waiting_ends_in_time),
        SUITE(a_full_arena_cuts_a_batch_short_and_loses_nothing),
        SUITE(a_changed_configuration_holds_from_then_on),
    };
    int failed =
        _cmocka_run_group_tests(backend->name, tests, ACT_COUNT(tests), NULL, NULL);
    return failed + broker_limits_suite_run(backend);
}
