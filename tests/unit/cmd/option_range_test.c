/* Numbers and times of a command line that are larger than who uses them can hold. */
#include "cmd/options.h"

#include "base/macros.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const act_option table[] = {
    { "count", ACT_OPTION_NUMBER, "N", "3", "how many" },
    { "wait", ACT_OPTION_DURATION, "TIME", "1m", "how long" },
};
static const act_command command = {
    .name = "x", .operands = "", .options = table, .n_options = ACT_COUNT(table)
};
const act_command *const act_commands[] = { &command, NULL };

static act_args *parse(char *word)
{
    act_args *a = NULL;
    act_err e = ACT_ERR_INIT;
    if (act_args_parse(&command, &word, 1, &a, &e))
        fail_msg("%s", e.text);
    return a;
}

/* 0 means "any number" for many: 2^32 must not become 0. */
static void counts_stay_large(void **state)
{
    (void)state;
    static const struct {
        const char *word;
        unsigned wanted;
    } cases[] = { { "--count=0", 0 },
                  { "--count=7", 7 },
                  { "--count=4294967295", UINT_MAX },
                  { "--count=4294967296", UINT_MAX },
                  { "--count=18446744073709551615", UINT_MAX } };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_args *a = parse((char *)(uintptr_t)cases[i].word);
        assert_int_equal(act_args_count(a, "count"), cases[i].wanted);
        act_args_free(a);
    }
}

static void times_can_be_added_to_a_clock(void **state)
{
    (void)state;
    act_args *a = parse((char *)(uintptr_t) "--wait=106751d");
    int64_t ns = act_args_duration(a, "wait"), sum;
    assert_true(ns > 50 * 365 * INT64_C(86400) * ACT_NS_PER_S);
    assert_false(act_add_overflows(ns, act_wall_ns(act_clock_system()), &sum));
    assert_false(act_add_overflows(sum, ns, &sum));
    act_args_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_stay_large),
        cmocka_unit_test(times_can_be_added_to_a_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
