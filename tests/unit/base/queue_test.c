/* ctest: labels=threads timeout=60 */
#include "base/queue.h"
#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static int numbers[16];

static void items_come_out_in_order_and_a_full_queue_refuses(void **state)
{
    (void)state;
    ACT_AUTO(act_queue) q = NULL;
    void *got = NULL;
    assert_int_equal(act_queue_new(0, &q), ACT_EINVAL);
    assert_int_equal(act_queue_new(SIZE_MAX, &q), ACT_EINVAL);
    assert_int_equal(act_queue_new(3, &q), ACT_OK);
    assert_int_equal(act_queue_pop(q, 0, &got), ACT_EAGAIN);
    assert_null(got);
    for (int round = 0; round < 5; round++) { /* more than capacity: the ring wraps */
        assert_int_equal(act_queue_push(q, &numbers[0], 0), ACT_OK);
        assert_int_equal(act_queue_push(q, &numbers[1], 0), ACT_OK);
        assert_int_equal(act_queue_len(q), 2);
        assert_int_equal(act_queue_pop(q, 0, &got), ACT_OK);
        assert_ptr_equal(got, &numbers[0]);
        assert_int_equal(act_queue_pop(q, -1, &got), ACT_OK);
        assert_ptr_equal(got, &numbers[1]);
    }
    for (int i = 0; i < 3; i++)
        assert_int_equal(act_queue_push(q, &numbers[i], -1), ACT_OK);
    assert_int_equal(act_queue_push(q, &numbers[3], 0), ACT_EAGAIN);
    assert_int_equal(act_queue_len(q), 3);
}

static void waits_last_as_long_as_asked(void **state)
{
    (void)state;
    ACT_AUTO(act_queue) q = NULL;
    act_clock clock = act_clock_system();
    void *got = NULL;
    assert_int_equal(act_queue_new(1, &q), ACT_OK);
    int64_t start = act_mono_ns(clock);
    assert_int_equal(act_queue_pop(q, 20 * ACT_NS_PER_MS, &got), ACT_EAGAIN);
    assert_true(act_mono_ns(clock) - start >= 20 * ACT_NS_PER_MS);
    assert_int_equal(act_queue_push(q, &numbers[0], INT64_MAX), ACT_OK); /* no overflow */
    start = act_mono_ns(clock);
    assert_int_equal(act_queue_push(q, &numbers[1], 20 * ACT_NS_PER_MS), ACT_EAGAIN);
    assert_true(act_mono_ns(clock) - start >= 20 * ACT_NS_PER_MS);
}

static void closed_queue_hands_out_what_it_has(void **state)
{
    (void)state;
    ACT_AUTO(act_queue) q = NULL;
    void *got = NULL;
    assert_int_equal(act_queue_new(2, &q), ACT_OK);
    assert_int_equal(act_queue_push(q, &numbers[0], 0), ACT_OK);
    act_queue_close(q);
    assert_int_equal(act_queue_push(q, &numbers[1], -1), ACT_ECLOSED);
    assert_int_equal(act_queue_pop(q, -1, &got), ACT_OK);
    assert_ptr_equal(got, &numbers[0]);
    assert_int_equal(act_queue_pop(q, -1, &got), ACT_ECLOSED);
}

struct waiter {
    act_queue *q;
    bool pops;
    int err;
};

static void *wait_for_ever(void *arg)
{
    struct waiter *w = arg;
    void *got;
    w->err = w->pops ? act_queue_pop(w->q, -1, &got) : act_queue_push(w->q, w, -1);
    return NULL;
}

static void close_wakes_everybody(void **state)
{
    (void)state;
    for (int pops = 0; pops < 2; pops++) {
        ACT_AUTO(act_queue) q = NULL;
        struct waiter waiter[4];
        pthread_t thread[4];
        assert_int_equal(act_queue_new(1, &q), ACT_OK);
        if (!pops)
            assert_int_equal(act_queue_push(q, &numbers[0], 0), ACT_OK);
        for (int i = 0; i < 4; i++) {
            waiter[i] = (struct waiter){ .q = q, .pops = pops, .err = 1 };
            assert_int_equal(
                act_thread_start(&thread[i], "waiter", wait_for_ever, &waiter[i]), ACT_OK);
        }
        act_sleep_ns(20 * ACT_NS_PER_MS, NULL);
        act_queue_close(q);
        for (int i = 0; i < 4; i++) {
            assert_int_equal(pthread_join(thread[i], NULL), 0);
            assert_int_equal(waiter[i].err, ACT_ECLOSED);
        }
    }
}

enum { PRODUCERS = 4, CONSUMERS = 4, EACH = 5000 };

struct crowd {
    act_queue *q;
    atomic_uint_least32_t seen[PRODUCERS * EACH];
    atomic_uint_least32_t next_producer;
};

static void *produce(void *arg)
{
    struct crowd *c = arg;
    uintptr_t base = (uintptr_t)atomic_fetch_add(&c->next_producer, 1u) * EACH;
    for (uintptr_t i = 0; i < EACH; i++)
        if (act_queue_push(c->q, (void *)(base + i), -1) != ACT_OK)
            abort();
    return NULL;
}

static void *consume(void *arg)
{
    struct crowd *c = arg;
    void *got;
    while (act_queue_pop(c->q, -1, &got) == ACT_OK)
        atomic_fetch_add(&c->seen[(uintptr_t)got], 1u);
    return NULL;
}

static void many_threads_pass_each_item_once(void **state)
{
    (void)state;
    static struct crowd c;
    pthread_t producer[PRODUCERS], consumer[CONSUMERS];
    assert_int_equal(act_queue_new(7, &c.q), ACT_OK);
    for (int i = 0; i < CONSUMERS; i++)
        assert_int_equal(act_thread_start(&consumer[i], "consumer", consume, &c), ACT_OK);
    for (int i = 0; i < PRODUCERS; i++)
        assert_int_equal(act_thread_start(&producer[i], "producer", produce, &c), ACT_OK);
    for (int i = 0; i < PRODUCERS; i++)
        assert_int_equal(pthread_join(producer[i], NULL), 0);
    act_queue_close(c.q);
    for (int i = 0; i < CONSUMERS; i++)
        assert_int_equal(pthread_join(consumer[i], NULL), 0);
    for (size_t i = 0; i < ACT_COUNT(c.seen); i++)
        assert_int_equal(c.seen[i], 1);
    act_queue_free(c.q);
}

static void allocation_failure_is_an_error(void **state)
{
    (void)state;
    ACT_AUTO(act_queue) q = NULL;
    act_fail_after(0);
    assert_int_equal(act_queue_new(1, &q), ACT_ENOMEM);
    assert_null(q);
}

static void sleep_ends_early_when_told_to_stop(void **state)
{
    (void)state;
    atomic_bool stop = true;
    act_clock clock = act_clock_system();
    act_sleep_ns(INT64_MAX, &stop); /* else it would not come back */
    int64_t start = act_mono_ns(clock);
    act_sleep_ns(10 * ACT_NS_PER_MS, NULL);
    assert_true(act_mono_ns(clock) - start >= 10 * ACT_NS_PER_MS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(items_come_out_in_order_and_a_full_queue_refuses),
        cmocka_unit_test(waits_last_as_long_as_asked),
        cmocka_unit_test(closed_queue_hands_out_what_it_has),
        cmocka_unit_test(close_wakes_everybody),
        cmocka_unit_test(many_threads_pass_each_item_once),
        cmocka_unit_test(allocation_failure_is_an_error),
        cmocka_unit_test(sleep_ends_early_when_told_to_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
