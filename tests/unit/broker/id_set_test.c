#include "broker/id_set.h"

#include "base/alloc.h"
#include "broker_help.h"

static act_str id_of(uint64_t n, char room[32])
{
    return act_str_from(room, (size_t)snprintf(room, 32, "id-%llu", (unsigned long long)n));
}

static bool has(const act_id_set *s, act_str id, uint64_t sequence)
{
    act_id_cursor at = act_id_set_find(s, id);
    uint64_t got;
    while (act_id_set_next(s, &at, &got))
        if (got == sequence)
            return true;
    return false;
}

static void every_added_id_is_found_and_forgotten_ones_are_not(void **state)
{
    (void)state;
    enum { N = 50000 };
    ACT_AUTO(act_id_set) s = NULL;
    char room[32];
    assert_ok(act_id_set_new(&s));
    for (uint64_t i = 1; i <= N; i++)
        assert_ok(act_id_set_add(s, id_of(i, room), i));
    for (uint64_t i = 1; i <= N; i++)
        assert_true(has(s, id_of(i, room), i));
    size_t full = act_id_set_bytes(s);
    act_id_set_forget(s, N - 99);
    for (uint64_t i = 1; i <= N; i++)
        assert_int_equal(has(s, id_of(i, room), i), i >= N - 99);
    assert_true(act_id_set_bytes(s) < full / 16);
}

static void an_unknown_id_meets_few_sequences(void **state)
{
    (void)state;
    enum { N = 20000 };
    ACT_AUTO(act_id_set) s = NULL;
    char room[32];
    assert_ok(act_id_set_new(&s));
    for (uint64_t i = 1; i <= N; i++)
        assert_ok(act_id_set_add(s, id_of(i, room), i));
    size_t offered = 0;
    uint64_t got;
    for (uint64_t i = N + 1; i <= 2 * N; i++) {
        act_id_cursor at = act_id_set_find(s, id_of(i, room));
        while (act_id_set_next(s, &at, &got))
            offered++;
    }
    assert_true(offered < 10); /* expected: N * N / 2^32 = 0.1 */
}

static void sequences_far_from_the_first_are_kept(void **state)
{
    (void)state;
    ACT_AUTO(act_id_set) s = NULL;
    assert_ok(act_id_set_new(&s));
    uint64_t far = UINT64_C(1) << 40;
    assert_ok(act_id_set_add(s, ACT_STR("a"), 1));
    assert_int_equal(act_id_set_add(s, ACT_STR("b"), far), ACT_ELIMIT);
    act_id_set_forget(s, far - 1);
    assert_ok(act_id_set_add(s, ACT_STR("b"), far));
    assert_true(has(s, ACT_STR("b"), far));
    assert_false(has(s, ACT_STR("a"), 1));
}

static void memory_running_out_leaves_the_set_as_it_was(void **state)
{
    (void)state;
    ACT_AUTO(act_id_set) s = NULL;
    char room[32];
    for (size_t n = 0; !s; n++) {
        act_fail_after(n);
        int err = act_id_set_new(&s);
        assert_true(err == ACT_OK || err == ACT_ENOMEM);
    }
    uint64_t i = 0;
    int err = ACT_OK;
    act_fail_after(0);
    while (!err) {
        i++;
        err = act_id_set_add(s, id_of(i, room), i);
    }
    act_fail_after(SIZE_MAX);
    assert_int_equal(err, ACT_ENOMEM);
    for (uint64_t k = 1; k < i; k++)
        assert_true(has(s, id_of(k, room), k));
    assert_ok(act_id_set_add(s, id_of(i, room), i));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_added_id_is_found_and_forgotten_ones_are_not),
        cmocka_unit_test(an_unknown_id_meets_few_sequences),
        cmocka_unit_test(sequences_far_from_the_first_are_kept),
        cmocka_unit_test(memory_running_out_leaves_the_set_as_it_was),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
