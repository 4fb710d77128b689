#include "cel/quantity.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static cel_quantity parse(const char *text)
{
    cel_quantity q;
    if (cel_quantity_parse(act_str_cstr(text), CEL_QUANTITY_EXPONENT_MAX, &q))
        fail_msg("%s does not parse", text);
    return q;
}

static void assert_prints(const cel_quantity *q, const char *want)
{
    char out[CEL_QUANTITY_PRINT_MAX];
    size_t n = cel_quantity_print(q, out);
    assert_true(n < sizeof out);
    out[n] = '\0';
    assert_string_equal(out, want);
}

static void suffixes_scale_by_powers_of_1000_and_1024(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "0", "0" },
        { "-0", "0" },
        { "+1", "1" },
        { "000.500", "0.5" },
        { ".5", "0.5" },
        { "1.", "1" },
        { "1n", "0.000000001" },
        { "1u", "0.000001" },
        { "200m", "0.2" },
        { "1k", "1000" },
        { "1.5M", "1500000" },
        { "2G", "2000000000" },
        { "1T", "1000000000000" },
        { "1P", "1000000000000000" },
        { "1E", "1000000000000000000" },
        { "1Ki", "1024" },
        { "0.1Ki", "102.4" },
        { "1Mi", "1048576" },
        { "1Gi", "1073741824" },
        { "1Ti", "1099511627776" },
        { "1Pi", "1125899906842624" },
        { "1Ei", "1152921504606846976" },
        { "1e3", "1000" },
        { "1E3", "1000" },
        { "12e-3", "0.012" },
        { "-1.5e+2", "-150" },
        { "9223372036854775808", "9223372036854775808" },
        { "123456789012345678901234567890E",
          "123456789012345678901234567890000000000000000000" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        cel_quantity q = parse(cases[i].text);
        assert_prints(&q, cases[i].want);
    }
}

static void finer_than_a_billionth_rounds_away_from_zero(void **state)
{
    (void)state;
    cel_quantity q = parse("0.0000000001");
    assert_prints(&q, "0.000000001");
    q = parse("-1.0000000001");
    assert_prints(&q, "-1.000000001");
    q = parse("1e-64");
    assert_prints(&q, "0.000000001");
    q = parse("0.0000000000e-64");
    assert_prints(&q, "0");
}

static void malformed_text_is_refused(void **state)
{
    (void)state;
    static const char *bad[] = { "",   "+",   "-",     ".",   "1K",  "1ki",  "1KI",   "1i",
                                 "1 ", " 1",  "1.2.3", "--1", "1e",  "1e+",  "1e1.5", "1mm",
                                 "Ki", "0x1", "1_000", "1eE", "NaN", "1Ki1", "1e 3" };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        cel_quantity q = { .count = 7 };
        assert_int_equal(
            cel_quantity_parse(act_str_cstr(bad[i]), CEL_QUANTITY_EXPONENT_MAX, &q),
            ACT_EPARSE);
        assert_int_equal(q.count, 7); /* untouched */
    }
}

static void limits_of_text_and_exponent_are_kept(void **state)
{
    (void)state;
    char text[CEL_QUANTITY_TEXT_MAX + 1];
    memset(text, '9', sizeof text);
    cel_quantity q;
    assert_int_equal(
        cel_quantity_parse((act_str){ text, sizeof text }, CEL_QUANTITY_EXPONENT_MAX, &q),
        ACT_ELIMIT);
    assert_int_equal(cel_quantity_parse((act_str){ text, sizeof text - 1 },
                                        CEL_QUANTITY_EXPONENT_MAX, &q),
                     ACT_OK);
    memcpy(text + 253, "e64", 3);
    assert_int_equal(cel_quantity_parse((act_str){ text, sizeof text - 1 },
                                        CEL_QUANTITY_EXPONENT_MAX, &q),
                     ACT_OK);
    assert_int_equal(cel_quantity_parse(ACT_STR("1e65"), CEL_QUANTITY_EXPONENT_MAX, &q),
                     ACT_ELIMIT);
    assert_int_equal(cel_quantity_parse(ACT_STR("1e-65"), CEL_QUANTITY_EXPONENT_MAX, &q),
                     ACT_ELIMIT);
    assert_int_equal(cel_quantity_parse(ACT_STR("1e99999999999999999999"),
                                        CEL_QUANTITY_EXPONENT_MAX, &q),
                     ACT_ELIMIT);
}

static void values_compare_across_notations(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        int order;
    } cases[] = {
        { "200M", "0.2G", 0 }, { "1Ki", "1024", 0 },  { "1k", "1Ki", -1 },
        { "-1", "1", -1 },     { "-2", "-1", -1 },    { "0", "-0", 0 },
        { "1E", "1e18", 0 },   { "100E", "1e20", 0 }, { "1e40", "1e39", 1 },
        { "-1e40", "1", -1 },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        cel_quantity a = parse(cases[i].a), b = parse(cases[i].b);
        assert_int_equal(cel_quantity_cmp(&a, &b), cases[i].order);
        assert_int_equal(cel_quantity_cmp(&b, &a), -cases[i].order);
    }
    cel_quantity zero = parse("0"), minus = parse("-3");
    assert_int_equal(cel_quantity_sign(&zero), 0);
    assert_int_equal(cel_quantity_sign(&minus), -1);
}

static void sums_and_differences_are_exact(void **state)
{
    (void)state;
    cel_quantity a = parse("50k"), b = parse("20"), r;
    assert_int_equal(cel_quantity_add(&a, &b, &r), ACT_OK);
    assert_prints(&r, "50020");
    assert_int_equal(cel_quantity_sub(&a, &b, &r), ACT_OK);
    assert_prints(&r, "49980");
    assert_int_equal(cel_quantity_sub(&b, &a, &r), ACT_OK);
    assert_prints(&r, "-49980");
    assert_int_equal(cel_quantity_sub(&a, &a, &r), ACT_OK);
    assert_prints(&r, "0");
    a = cel_quantity_from_int(INT64_MIN);
    b = cel_quantity_from_int(-1);
    assert_int_equal(cel_quantity_add(&a, &b, &a), ACT_OK); /* result over an operand */
    assert_prints(&a, "-9223372036854775809");
}

static void sums_past_the_widest_value_reach_the_limit(void **state)
{
    (void)state;
    cel_quantity q = { .count = CEL_QUANTITY_LIMBS }, r = { .count = 1 };
    memset(q.limb, 0xff, sizeof q.limb);
    assert_int_equal(cel_quantity_add(&q, &q, &r), ACT_ELIMIT);
    assert_int_equal(r.count, 1);
    char out[CEL_QUANTITY_PRINT_MAX];
    q.negative = true;
    assert_in_range(cel_quantity_print(&q, out), 380, sizeof out);
}

static void integers_convert_within_their_range_only(void **state)
{
    (void)state;
    int64_t v = 7;
    cel_quantity q = parse("9223372036854775807");
    assert_int_equal(cel_quantity_to_int(&q, &v), ACT_OK);
    assert_true(v == INT64_MAX);
    q = parse("-9223372036854775808");
    assert_int_equal(cel_quantity_to_int(&q, &v), ACT_OK);
    assert_true(v == INT64_MIN);
    q = parse("-0.0");
    assert_int_equal(cel_quantity_to_int(&q, &v), ACT_OK);
    assert_true(v == 0);
    q = parse("50k");
    assert_int_equal(cel_quantity_to_int(&q, &v), ACT_OK);
    static const char *bad[] = { "9223372036854775808", "-9223372036854775809", "0.5",
                                 "10E", "99999999999999999999999999999999999G" };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        q = parse(bad[i]);
        assert_int_equal(cel_quantity_to_int(&q, &v), ACT_EINVAL);
        assert_true(v == 50000);
    }
}

static void doubles_are_the_nearest(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double want;
    } cases[] = {
        { "0", 0 },
        { "50.703k", 50703 },
        { "0.1", 0.1 },
        { "-0.3", -0.3 },
        { "1n", 1e-9 },
        { "9007199254740993", 9007199254740992.0 },           /* a tie, to even */
        { "9007199254740993.000000001", 9007199254740994.0 }, /* just above it */
        { "9007199254740995", 9007199254740996.0 },
        { "1e64", 1e64 },
        { "123456789.987654321e50", 123456789.987654321e50 },
        { "4294967296", 4294967296.0 },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        cel_quantity q = parse(cases[i].text);
        double got = cel_quantity_to_double(&q);
        if (memcmp(&got, &cases[i].want, sizeof got) != 0)
            fail_msg("%s: got %.17g, want %.17g", cases[i].text, got, cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(suffixes_scale_by_powers_of_1000_and_1024),
        cmocka_unit_test(finer_than_a_billionth_rounds_away_from_zero),
        cmocka_unit_test(malformed_text_is_refused),
        cmocka_unit_test(limits_of_text_and_exponent_are_kept),
        cmocka_unit_test(values_compare_across_notations),
        cmocka_unit_test(sums_and_differences_are_exact),
        cmocka_unit_test(sums_past_the_widest_value_reach_the_limit),
        cmocka_unit_test(integers_convert_within_their_range_only),
        cmocka_unit_test(doubles_are_the_nearest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
