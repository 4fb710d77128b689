#include "store/store_backend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void expect(act_store_param p, act_str want)
{
    act_buf b = ACT_BUF_INIT;
    act_store_param_text(&p, &b);
    if (!act_str_eq(act_buf_str(&b), want))
        fail_msg("%.*s is not %.*s", ACT_STR_ARG(act_buf_str(&b)), ACT_STR_ARG(want));
    act_buf_done(&b);
}

static void text_is_escaped_once(void **state)
{
    (void)state;
    expect(
        (act_store_param){ .type = ACT_STORE_STRING, .as.str = ACT_STR("a\\b\t\n\r\0'\"") },
        ACT_STR("a\\\\b\\t\\n\\r\\0'\""));
    expect((act_store_param){ .type = ACT_STORE_STRING }, ACT_STR(""));
}

static void elements_are_quoted_too(void **state)
{
    (void)state;
    const act_str items[] = { ACT_STR("a'b"), ACT_STR(""), ACT_STR("\\\n"), ACT_STR("'") };
    expect((act_store_param){ .type = ACT_STORE_STRINGS, .as.strs = { items, 4 } },
           ACT_STR("['a\\'b','','\\\\\\n','\\'']"));
    expect((act_store_param){ .type = ACT_STORE_STRINGS }, ACT_STR("[]"));
}

static void times_keep_their_fraction_and_their_side_of_1970(void **state)
{
    (void)state;
    expect((act_store_param){ .type = ACT_STORE_TIME_MS, .as.i64 = 1234 },
           ACT_STR("0000000001.234"));
    expect((act_store_param){ .type = ACT_STORE_TIME_US, .as.i64 = 1000001 },
           ACT_STR("0000000001.000001"));
    expect((act_store_param){ .type = ACT_STORE_TIME_MS, .as.i64 = -1500 },
           ACT_STR("1969-12-31 23:59:58.500"));
    expect((act_store_param){ .type = ACT_STORE_TIME_US, .as.i64 = -1 },
           ACT_STR("1969-12-31 23:59:59.999999"));
}

static void numbers_are_decimal(void **state)
{
    (void)state;
    expect((act_store_param){ .type = ACT_STORE_U64, .as.u64 = UINT64_MAX },
           ACT_STR("18446744073709551615"));
    expect((act_store_param){ .type = ACT_STORE_I64, .as.i64 = INT64_MIN },
           ACT_STR("-9223372036854775808"));
    expect((act_store_param){ .type = ACT_STORE_F64, .as.f64 = 0.1 },
           ACT_STR("0.10000000000000001"));
}

static void exceptions_become_our_errors(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int err;
    } cases[] = {
        { "Code: 62. DB::Exception: Syntax error", ACT_EINVAL },
        { "Code: 159. DB::Exception: Timeout exceeded", ACT_ELIMIT },
        { "Code: 241. DB::Exception: Code: 241. DB::Exception: memory", ACT_ELIMIT },
        { "Code: 158. DB::Exception: Limit for rows", ACT_ELIMIT },
        { "Code: 243. DB::Exception: Cannot reserve", ACT_EIO },
        { "Code: 60. DB::Exception: Unknown table", ACT_ENOTFOUND },
        { "Code: 497. DB::Exception: Not enough privileges", ACT_EDENIED },
        { "Code: 1001. DB::Exception: std::exception", ACT_EIO },
        { "Code: x. what", ACT_EIO },
        { "Invalid or closed connection", ACT_EIO },
        { "", ACT_EIO },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        assert_int_equal(act_store_error_of(act_str_cstr(cases[i].text)), cases[i].err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_escaped_once),
        cmocka_unit_test(elements_are_quoted_too),
        cmocka_unit_test(times_keep_their_fraction_and_their_side_of_1970),
        cmocka_unit_test(numbers_are_decimal),
        cmocka_unit_test(exceptions_become_our_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
