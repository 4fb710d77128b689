/* ctest: labels=threads timeout=180 */
/* Writers of one object wait for one another, but not for ever. */
#include "api/turns.h"

#include "base/clock.h"
#include "base/thread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static act_turns *turns;

static int64_t in_ms(int64_t ms)
{
    return act_mono_ns(act_clock_system()) + ms * ACT_NS_PER_MS;
}

static void *take_late(void *arg)
{
    size_t turn;
    *(int *)arg = act_turns_take(turns, ACT_STR("key"), in_ms(50), &turn);
    return NULL;
}

static void *take_in_time(void *arg)
{
    size_t turn;
    int r = act_turns_take(turns, ACT_STR("key"), in_ms(60000), &turn);
    if (!r)
        act_turns_leave(turns, turn);
    *(int *)arg = r;
    return NULL;
}

static void a_turn_is_waited_for_until_it_is_too_late(void **state)
{
    (void)state;
    pthread_t late, patient;
    int late_result = 1, patient_result = 1;
    size_t turn, again;
    assert_int_equal(act_turns_new(&turns), 0);
    assert_int_equal(act_turns_take(turns, ACT_STR("key"), in_ms(60000), &turn), 0);
    assert_int_equal(act_thread_start(&patient, "test", take_in_time, &patient_result), 0);
    assert_int_equal(act_thread_start(&late, "test", take_late, &late_result), 0);
    (void)pthread_join(late, NULL);
    assert_int_equal(late_result, ACT_EAGAIN);
    act_turns_leave(turns, turn);
    (void)pthread_join(patient, NULL);
    assert_int_equal(patient_result, 0);
    assert_int_equal(act_turns_take(turns, ACT_STR("key"), in_ms(0), &again), 0);
    act_turns_leave(turns, again);
    act_turns_free(turns);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_turn_is_waited_for_until_it_is_too_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
