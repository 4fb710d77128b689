/* A timeoutSeconds that no clock can hold: what is read can still be counted in
 * nanoseconds and added to a time. */
#include "kube/options.h"

#include "base/clock.h"
#include "support.h"

static int64_t timeout_of(const char *query)
{
    act_url_param *params;
    size_t n;
    act_err e = ACT_ERR_INIT;
    act_problems problems = act_problems_in(test_arena);
    act_list_query q;
    assert_int_equal(act_url_query(test_arena, act_str_cstr(query), &params, &n), 0);
    assert_int_equal(act_list_query_read(params, n, &problems, &q, &e), 0);
    return q.timeout_s;
}

static void a_timeout_fits_a_clock(void **state)
{
    (void)state;
    static const char *const huge[] = {
        "watch=1&timeoutSeconds=9223372036854775807",
        "watch=1&timeoutSeconds=9223372037", /* one second more than nanoseconds hold */
    };
    for (size_t i = 0; i < ACT_COUNT(huge); i++) {
        int64_t s = timeout_of(huge[i]);
        assert_true(s > 24 * 3600);
        assert_true(s <= INT64_MAX / 2 / ACT_NS_PER_S);
    }
    assert_int_equal(timeout_of("watch=1&timeoutSeconds=-9223372036854775808"), 0);
    assert_int_equal(timeout_of("watch=1&timeoutSeconds=86400"), 86400);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_timeout_fits_a_clock) };
    return cmocka_run_group_tests(tests, test_arena_setup, test_arena_teardown);
}
