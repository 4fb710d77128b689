#include "net/bytes.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void bytes_live_until_the_last_reference(void **state)
{
    (void)state;
    act_bytes *b;
    assert_int_equal(act_bytes_new(ACT_STR("a\0b"), &b), ACT_OK);
    act_bytes *second = act_bytes_ref(b);
    assert_null(act_bytes_unref(b));
    assert_true(act_str_eq(act_bytes_str(second), ACT_STR("a\0b")));
    act_bytes_unref(second);
    assert_null(act_bytes_ref(NULL));
    act_bytes_unref(NULL);
}

static void memory_may_end(void **state)
{
    (void)state;
    act_bytes *b = NULL;
    int err = ACT_ENOMEM;
    for (size_t n = 0; err; n++) {
        act_fail_after(n);
        err = act_bytes_new(ACT_STR("x"), &b);
        act_fail_after(SIZE_MAX);
        assert_true(err == 0 || err == ACT_ENOMEM);
    }
    act_bytes_unref(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bytes_live_until_the_last_reference),
        cmocka_unit_test(memory_may_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
