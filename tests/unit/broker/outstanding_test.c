#include "broker/outstanding.h"

#include "broker_help.h"

static void add(act_outstanding *o, uint64_t sequence, int64_t due)
{
    assert_ok(act_outstanding_reserve(o, 1));
    act_outstanding_add(o, sequence, due, 1);
}

static void due_entries_come_in_order_and_others_wait(void **state)
{
    (void)state;
    act_outstanding o = ACT_OUTSTANDING_INIT;
    uint64_t got[8];
    add(&o, 2, 50);
    add(&o, 3, 10);
    add(&o, 9, 20);
    assert_int_equal(act_outstanding_due(&o, 9, 8, got), 0);
    assert_int_equal(act_outstanding_due(&o, 20, 8, got), 2);
    assert_int_equal(got[0], 3);
    assert_int_equal(got[1], 9);
    assert_int_equal(act_outstanding_due(&o, 60, 1, got), 1);
    assert_int_equal(got[0], 2);
    act_outstanding_postpone(&o, act_outstanding_find(&o, 2), 100);
    act_outstanding_find(&o, 3)->acking = true;
    assert_int_equal(act_outstanding_due(&o, 60, 8, got), 1);
    assert_int_equal(got[0], 9);
    act_outstanding_done(&o);
}

static void what_is_removed_is_gone_and_the_rest_is_found(void **state)
{
    (void)state;
    enum { N = 1000 };
    act_outstanding o = ACT_OUTSTANDING_INIT;
    for (uint64_t i = 1; i <= N; i++)
        add(&o, i * 3, 0);
    for (uint64_t i = 1; i <= N; i += 2)
        act_outstanding_remove(&o, act_outstanding_find(&o, i * 3));
    assert_int_equal(o.live, N / 2);
    for (uint64_t i = 1; i <= N; i++)
        assert_int_equal(act_outstanding_find(&o, i * 3) != NULL, i % 2 == 0);
    assert_int_equal(act_outstanding_first(&o, 7), 6);
    assert_int_equal(act_outstanding_remove_below(&o, 600), 99);
    assert_int_equal(act_outstanding_first(&o, 7), 600);
    act_outstanding_done(&o);
}

static void saved_sequences_load_again(void **state)
{
    (void)state;
    const uint64_t sequences[] = { 1, 2, 130, 99999, UINT64_C(1) << 40, (1ull << 62) + 5 };
    act_outstanding o = ACT_OUTSTANDING_INIT, back = ACT_OUTSTANDING_INIT;
    for (size_t i = 0; i < ACT_COUNT(sequences); i++)
        add(&o, sequences[i], 5);
    act_outstanding_find(&o, 130)->acking = true;
    act_buf saved = ACT_BUF_INIT;
    act_outstanding_save(&o, &saved);
    assert_ok(act_outstanding_load(&back, act_buf_str(&saved), 2, 1ull << 63, 0));
    assert_int_equal(back.live, 4);
    assert_null(act_outstanding_find(&back, 1)); /* below the first */
    assert_null(act_outstanding_find(&back, 130));
    for (size_t i = 3; i < ACT_COUNT(sequences); i++)
        assert_non_null(act_outstanding_find(&back, sequences[i]));
    act_outstanding_done(&back);
    back = ACT_OUTSTANDING_INIT;
    assert_int_equal(act_outstanding_load(&back, act_buf_str(&saved), 1, 99999, 0),
                     ACT_ECORRUPT);
    act_outstanding_done(&back);
    act_outstanding_done(&o);
    act_buf_done(&saved);
}

static void damaged_bytes_are_refused(void **state)
{
    (void)state;
    const act_str cases[] = { ACT_STR("\x80"), ACT_STR("\x01\x00"), ACT_STR("\x05\xff\xff"),
                              ACT_STR("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01") };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_outstanding o = ACT_OUTSTANDING_INIT;
        assert_int_equal(act_outstanding_load(&o, cases[i], 1, INT64_MAX, 0), ACT_ECORRUPT);
        act_outstanding_done(&o);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_entries_come_in_order_and_others_wait),
        cmocka_unit_test(what_is_removed_is_gone_and_the_rest_is_found),
        cmocka_unit_test(saved_sequences_load_again),
        cmocka_unit_test(damaged_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
