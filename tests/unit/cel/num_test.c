/* Numbers: compared with libc in the C locale, and at the edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cel/num.h"

#include <math.h>

static uint64_t next_random(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407u;
    return *state ^ *state >> 29;
}

static double any_double(uint64_t *state)
{
    double d;
    uint64_t bits = next_random(state);
    memcpy(&d, &bits, sizeof d);
    return d;
}

static void integers_read_digits_only(void **state)
{
    (void)state;
    int64_t i = 7;
    uint64_t u = 7;
    assert_int_equal(cel_num_parse_int(ACT_STR("-9223372036854775808"), &i), 0);
    assert_true(i == INT64_MIN);
    assert_int_equal(cel_num_parse_int(ACT_STR("+007"), &i), 0);
    assert_int_equal(i, 7);
    assert_int_equal(cel_num_parse_int(ACT_STR("9223372036854775808"), &i), ACT_ELIMIT);
    assert_int_equal(cel_num_parse_int(ACT_STR("99999999999999999999"), &i), ACT_ELIMIT);
    static const char *const bad[] = {
        "", "-", "+", " 1", "1 ", "1_0", "0x1", "1.0", "--1"
    };
    for (size_t n = 0; n < ACT_COUNT(bad); n++)
        assert_int_equal(cel_num_parse_int(act_str_cstr(bad[n]), &i), ACT_EINVAL);
    assert_int_equal(cel_num_parse_uint(ACT_STR("18446744073709551615"), &u), 0);
    assert_true(u == UINT64_MAX);
    assert_int_equal(cel_num_parse_uint(ACT_STR("18446744073709551616"), &u), ACT_ELIMIT);
    assert_int_equal(cel_num_parse_uint(ACT_STR("+1"), &u), ACT_EINVAL);
    assert_int_equal(i, 7);
}

static void doubles_read_as_libc_does(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "0",
        "-0",
        ".5",
        "5.",
        "+1.5",
        "1e5",
        "1E-5",
        "123456789012345678901234567890",
        "0.1",
        "9007199254740993",
        "9007199254740992.999999999999999999999999999999",
        "2.2250738585072011e-308",
        "2.2250738585072014e-308",
        "4.9406564584124654e-324",
        "2.4703282292062327e-324",
        "2.4703282292062328e-324",
        "1e-400",
        "1e308",
        "1.7976931348623157e308",
        "1.7976931348623158e308",
        "0x1p-1074",
        "0x1.8p3",
        "0X.8P1",
        "0x1.fffffffffffff8p0",
        "0x1.00000000000008p0",
        "0x1.00000000000008000000001p0",
        "0x123456789abcdef01p-4",
        "00001.5",
        "1e0000000000000000005",
    };
    for (size_t n = 0; n < ACT_COUNT(texts); n++) {
        double d = 0;
        assert_int_equal(cel_num_parse_double(act_str_cstr(texts[n]), &d), 0);
        double want = strtod(texts[n], NULL);
        if (memcmp(&d, &want, sizeof d) != 0)
            fail_msg("%s: %a, not %a", texts[n], d, want);
    }
    double d = 7;
    static const char *const bad[] = { "",    ".",     "e5",      "1e",  "1e+",
                                       "1 ",  " 1",    "0x",      "0x1", "0xp1",
                                       "1_0", "1.2.3", "infinit", "--1", "1d" };
    for (size_t n = 0; n < ACT_COUNT(bad); n++)
        if (cel_num_parse_double(act_str_cstr(bad[n]), &d) != ACT_EINVAL)
            fail_msg("%s was read", bad[n]);
    assert_int_equal(cel_num_parse_double(ACT_STR("1e309"), &d), ACT_ELIMIT);
    assert_int_equal(cel_num_parse_double(ACT_STR("1e99999999999"), &d), ACT_ELIMIT);
    assert_int_equal(cel_num_parse_double(ACT_STR("0x1p1024"), &d), ACT_ELIMIT);
    assert_true(d == 7);
    assert_int_equal(cel_num_parse_double(ACT_STR("-InFinity"), &d), 0);
    assert_true(isinf(d) && d < 0);
    assert_int_equal(cel_num_parse_double(ACT_STR("NaN"), &d), 0);
    assert_true(isnan(d));
}

static void very_long_texts_round_once(void **state)
{
    (void)state;
    /* 1 + half a unit in the last place, then zeros, then a digit that breaks the tie. */
    static char text[2048];
    const char *half = "1.00000000000000011102230246251565404236316680908203125";
    memset(text, '0', sizeof text);
    memcpy(text, half, strlen(half));
    text[2046] = '1';
    double d;
    assert_int_equal(cel_num_parse_double(act_str_from(text, 2047), &d), 0);
    assert_true(d == 1.0 + 0x1p-52);
    assert_int_equal(cel_num_parse_double(act_str_from(text, 2046), &d), 0);
    assert_true(d == 1.0);
}

static void shortest_text_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    char text[CEL_NUM_MAX], plain[CEL_NUM_FIXED_MAX];
    for (int n = 0; n < 200000; n++) {
        double d = n % 3 == 0 ? (double)(int64_t)(next_random(&seed) >> 40) / 100
                              : any_double(&seed);
        double back;
        if (isnan(d) || isinf(d))
            continue;
        size_t len = cel_num_print_double(d, text);
        assert_true(len <= CEL_NUM_MAX);
        assert_int_equal(cel_num_parse_double(act_str_from(text, len), &back), 0);
        assert_true(back == d);
        len = cel_num_print_plain(d, plain);
        assert_true(len <= CEL_NUM_FIXED_MAX);
        assert_int_equal(cel_num_parse_double(act_str_from(plain, len), &back), 0);
        assert_true(back == d);
    }
}

static void text_of_doubles_is_that_of_cel_go(void **state)
{
    (void)state;
    static const struct {
        double v;
        const char *general, *plain;
    } rows[] = {
        { 200.0, "200", "200" },
        { 123456.0, "123456", "123456" },
        { 123456.789, "123456.789", "123456.789" },
        { 1e6, "1e+06", "1000000" },
        { 1234567.0, "1.234567e+06", "1234567" },
        { 12345678.0, "1.2345678e+07", "12345678" },
        { 9007199254740992.0, "9.007199254740992e+15", "9007199254740992" },
        { 1e-4, "0.0001", "0.0001" },
        { 0.00012345, "0.00012345", "0.00012345" },
        { 1e-5, "1e-05", "0.00001" },
        { -0.0, "-0", "-0" },
        { 0.1, "0.1", "0.1" },
        { 1e21, "1e+21", "1000000000000000000000" },
        { 1.5e300, "1.5e+300", NULL },
        { 1e100, "1e+100", NULL },
        { 5e-324, "5e-324", NULL },
        { NAN, "NaN", "NaN" },
        { HUGE_VAL, "+Inf", "Infinity" },
        { -HUGE_VAL, "-Inf", "-Infinity" },
    };
    for (size_t n = 0; n < ACT_COUNT(rows); n++) {
        char text[CEL_NUM_FIXED_MAX + 1];
        text[cel_num_print_double(rows[n].v, text)] = '\0';
        assert_string_equal(text, rows[n].general);
        text[cel_num_print_plain(rows[n].v, text)] = '\0';
        if (rows[n].plain)
            assert_string_equal(text, rows[n].plain);
    }
}

static void fixed_and_exponent_agree_with_libc(void **state)
{
    (void)state;
    uint64_t seed = 2;
    char got[CEL_NUM_FIXED_MAX + 1], want[512];
    static const double picked[] = { 0,        -0.0,       0.5,   1.5,           2.5,
                                     0.125,    0.375,      1e308, 5e-324,        9.995,
                                     999999.5, 0.00099995, 1e23,  123456789.0625 };
    for (int n = 0; n < 30000; n++) {
        size_t i = (size_t)n;
        double d = i < ACT_COUNT(picked) * 8 ? picked[i / 8] : any_double(&seed);
        static const unsigned precisions[] = { 0, 1, 2, 3, 6, 17, 50, 100 };
        unsigned precision = precisions[n % 8];
        if (isnan(d) || isinf(d))
            continue;
        if (n % 5 == 0)
            d = (double)(int64_t)(next_random(&seed) >> 44) / 1024; /* many ties */
        got[cel_num_print_fixed(d, precision, got)] = '\0';
        snprintf(want, sizeof want, "%.*f", (int)precision, d);
        assert_string_equal(got, want);
        got[cel_num_print_exponent(d, precision, got)] = '\0';
        snprintf(want, sizeof want, "%.*e", (int)precision, d);
        assert_string_equal(got, want);
    }
}

static void kinds_share_one_line(void **state)
{
    (void)state;
    assert_true(cel_num_cmp_int_double(INT64_MAX, 0x1p63) == 0);
    assert_true(cel_num_cmp_int_double(INT64_MAX, 0x1.0000000000001p63) < 0);
    assert_true(cel_num_cmp_int_double(INT64_MIN, -HUGE_VAL) > 0);
    assert_true(cel_num_cmp_int_double(3, 2.5) > 0);
    assert_true(cel_num_cmp_uint_double(0, -0.5) > 0);
    assert_true(cel_num_cmp_uint_double(UINT64_MAX, HUGE_VAL) < 0);
    assert_true(cel_num_cmp_int_uint(-1, 0) < 0);
    assert_true(cel_num_cmp_int_uint(INT64_MAX, UINT64_MAX) < 0);
    int64_t i;
    uint64_t u;
    assert_int_equal(cel_num_double_to_int(-0x1p63, &i), ACT_ELIMIT);
    assert_int_equal(cel_num_double_to_int(0x1p63, &i), ACT_ELIMIT);
    assert_int_equal(cel_num_double_to_int(NAN, &i), ACT_ELIMIT);
    assert_int_equal(cel_num_double_to_int(-1.9, &i), 0);
    assert_int_equal(i, -1);
    assert_int_equal(cel_num_double_to_uint(-0.5, &u), ACT_ELIMIT);
    assert_int_equal(cel_num_double_to_uint(0x1p64, &u), ACT_ELIMIT);
    assert_int_equal(cel_num_double_to_uint(0x1.fffffffffffffp63, &u), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(integers_read_digits_only),
        cmocka_unit_test(doubles_read_as_libc_does),
        cmocka_unit_test(very_long_texts_round_once),
        cmocka_unit_test(shortest_text_reads_back),
        cmocka_unit_test(text_of_doubles_is_that_of_cel_go),
        cmocka_unit_test(fixed_and_exponent_agree_with_libc),
        cmocka_unit_test(kinds_share_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
