#include "base/buf.h"
#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void appended_bytes_come_back_in_order(void **state)
{
    (void)state;
    act_buf b = ACT_BUF_INIT;
    act_buf_add(&b, ACT_STR("a\0"));
    act_buf_add(&b, (act_str){ 0 });
    act_buf_add_byte(&b, '-');
    act_buf_add_u64(&b, UINT64_MAX);
    act_buf_add_byte(&b, ' ');
    act_buf_add_i64(&b, INT64_MIN);
    act_buf_add_i64(&b, 0);
    act_buf_printf(&b, "<%s:%d>", "x", 5);
    assert_true(act_str_eq(act_buf_str(&b),
                           ACT_STR("a\0-18446744073709551615 -92233720368547758080<x:5>")));
    assert_int_equal(act_buf_err(&b), ACT_OK);
    act_buf_done(&b);
    assert_null(b.ptr);
    assert_int_equal(b.len, 0);
}

static void cap_is_a_sticky_error(void **state)
{
    (void)state;
    act_buf b = { .cap = 10 };
    act_buf_add(&b, ACT_STR("12345678"));
    act_buf_add(&b, ACT_STR("9ab"));
    assert_int_equal(act_buf_err(&b), ACT_ELIMIT);
    act_buf_add_byte(&b, 'x'); /* would fit, but something before it is missing */
    assert_true(act_str_eq_cstr(act_buf_str(&b), "12345678"));
    assert_null(act_buf_reserve(&b, 1));
    act_buf_clear(&b);
    act_buf_add(&b, ACT_STR("1234567890"));
    assert_int_equal(act_buf_err(&b), ACT_OK);
    act_buf_printf(&b, "%d", 1);
    assert_int_equal(act_buf_err(&b), ACT_ELIMIT);
    act_buf_done(&b);
    assert_int_equal(b.cap, 10);
}

static void failed_allocation_is_a_sticky_error(void **state)
{
    (void)state;
    act_buf b = ACT_BUF_INIT;
    act_fail_after(0);
    act_buf_add(&b, ACT_STR("x"));
    assert_int_equal(act_buf_err(&b), ACT_ENOMEM);
    act_buf_add(&b, ACT_STR("y"));
    assert_int_equal(b.len, 0);
    act_buf_clear(&b);
    for (int i = 0; i < 100; i++)
        act_buf_add(&b, ACT_STR("0123456789"));
    act_fail_after(0);
    for (int i = 0; i < 100; i++)
        act_buf_add(&b, ACT_STR("0123456789"));
    act_fail_after(SIZE_MAX);
    assert_int_equal(act_buf_err(&b), ACT_ENOMEM);
    assert_true(b.len >= 1000 && b.len % 10 == 0); /* what was there is still there */
    act_buf_done(&b);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    act_buf b = ACT_BUF_INIT;
    act_buf_add_byte(&b, 'x');
    assert_null(act_buf_reserve(&b, SIZE_MAX));
    assert_int_equal(act_buf_err(&b), ACT_ENOMEM);
    act_buf_done(&b);
}

static void room_for_no_bytes_is_no_failure(void **state)
{
    (void)state;
    act_buf b = ACT_BUF_INIT;
    assert_non_null(act_buf_reserve(&b, 0));
    assert_int_equal(b.len, 0);
    assert_int_equal(act_buf_err(&b), ACT_OK);
    act_buf_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(appended_bytes_come_back_in_order),
        cmocka_unit_test(cap_is_a_sticky_error),
        cmocka_unit_test(failed_allocation_is_a_sticky_error),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(room_for_no_bytes_is_no_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
