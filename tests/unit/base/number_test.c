#include "base/number.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static void doubles_are_written_as_javascript_writes_them(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *text;
    } cases[] = {
        { 0, "0" },
        { -0.0, "-0" },
        { 1, "1" },
        { -1.5, "-1.5" },
        { 0.1, "0.1" },
        { 100000, "100000" },
        { 123456789012345680000.0, "123456789012345680000" },
        { 1e20, "100000000000000000000" },
        { -1.2e19, "-12000000000000000000" },
        { 9007199254740991, "9007199254740991" },
        { 9007199254740992, "9007199254740992" },
        { 999999999999999900000.0, "999999999999999900000" },
        { 1e21, "1e+21" },
        { 1e-6, "0.000001" },
        { 1e-7, "1e-7" },
        { 1.5e-9, "1.5e-9" },
        { -2.5e-10, "-2.5e-10" },
        { 1e100, "1e+100" },
        { 5e-324, "5e-324" },
        { 1.7976931348623157e308, "1.7976931348623157e+308" },
        { 0.3333333333333333, "0.3333333333333333" },
        { NAN, "NaN" },
        { INFINITY, "+Inf" },
        { -INFINITY, "-Inf" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char out[ACT_F64_TEXT_MAX];
        act_str got = act_str_from(out, act_f64_format(cases[i].v, out));
        if (!act_str_eq_cstr(got, cases[i].text))
            fail_msg("%s came out as %.*s", cases[i].text, ACT_STR_ARG(got));
    }
}

static void any_double_reads_back_the_same(void **state)
{
    (void)state;
    uint64_t bits = 1;
    for (int i = 0; i < 200000; i++) {
        double v, back;
        char out[ACT_F64_TEXT_MAX];
        bits = bits * 6364136223846793005u + 1442695040888963407u;
        memcpy(&v, &bits, sizeof v);
        if (!isfinite(v))
            continue;
        size_t n = act_f64_format(v, out);
        assert_int_equal(act_f64_parse(act_str_from(out, n), &back), ACT_OK);
        assert_memory_equal(&back, &v, sizeof v);
    }
}

static void range_and_form_are_checked(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int err;
    } cases[] = {
        { "1e309", ACT_ELIMIT },
        { "-1e309", ACT_ELIMIT },
        { "1e99999999999999999999999", ACT_ELIMIT },
        { "1e-99999999999999999999999", ACT_OK },
        { "0.00000000000000000001e400", ACT_ELIMIT },
        { "0.0000000000000000000001e-400", ACT_OK },
        { "100000000000000000000e-500", ACT_OK },
        { "100000000000000000000e300", ACT_ELIMIT },
        { "", ACT_EPARSE },
        { "x", ACT_EPARSE },
        { "1x", ACT_EPARSE },
        { "inf", ACT_EPARSE },
        { "nan", ACT_EPARSE },
        { "+1", ACT_EPARSE },
        { "0x1", ACT_EPARSE },
        { " 1", ACT_EPARSE },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        double v = 42;
        if (act_f64_parse(act_str_cstr(cases[i].text), &v) != cases[i].err)
            fail_msg("%s", cases[i].text);
        assert_true(v == (cases[i].err ? 42 : 0));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(doubles_are_written_as_javascript_writes_them),
        cmocka_unit_test(any_double_reads_back_the_same),
        cmocka_unit_test(range_and_form_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
