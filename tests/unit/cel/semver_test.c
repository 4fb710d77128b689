#include "cel/semver.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static cel_semver parse(const char *text, bool normalize)
{
    cel_semver v;
    if (cel_semver_parse(act_str_cstr(text), normalize, &v))
        fail_msg("%s does not parse", text);
    return v;
}

static void assert_prints(const cel_semver *v, const char *want)
{
    char out[CEL_SEMVER_PRINT_MAX + 1];
    out[cel_semver_print(v, out)] = '\0';
    assert_string_equal(out, want);
}

static void strict_versions_keep_all_their_parts(void **state)
{
    (void)state;
    cel_semver v = parse("1.2.3-rc.1.x-y+build.007", false);
    assert_true(v.major == 1 && v.minor == 2 && v.patch == 3);
    assert_true(act_str_eq(v.pre, ACT_STR("rc.1.x-y")));
    assert_true(act_str_eq(v.build, ACT_STR("build.007")));
    assert_prints(&v, "1.2.3-rc.1.x-y+build.007");
    v = parse("0.0.0+a-b", false); /* a dash behind the plus is build data */
    assert_true(v.pre.len == 0);
    assert_prints(&v, "0.0.0+a-b");
    v = parse("9223372036854775807.0.0", false);
    assert_true(v.major == INT64_MAX);
}

static void strict_grammar_refuses_everything_else(void **state)
{
    (void)state;
    static const char *bad[] = { "",           "1",        "1.2",       "v1.0.0",
                                 "01.0.0",     "1.00.0",   "1.2.3.4",   "1.2.-3",
                                 "a.b.c",      "1.2.3-",   "1.2.3+",    "1.2.3-01",
                                 "1.2.3-a..b", "1.2.3-a.", "1.2.3+a+b", "1.2.3-\xc3\xa9",
                                 " 1.2.3",     "1.2.3 ",   "-1.2.3",    "+1.2.3",
                                 "1..3",       "1.2.",     "V1.2.3" };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        cel_semver v = { .major = 7 };
        assert_int_equal(cel_semver_parse(act_str_cstr(bad[i]), false, &v), ACT_EPARSE);
        assert_int_equal(v.major, 7);
    }
}

static void normalizing_drops_prefix_and_zeros_and_pads(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "v1.0", "1.0.0" },           { "1", "1.0.0" },
        { "01.02.03", "1.2.3" },       { "v000.1", "0.1.0" },
        { "v1.2.3-a+b", "1.2.3-a+b" }, { "1.2.03-rc.1", "1.2.3-rc.1" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        cel_semver v = parse(cases[i].text, true);
        assert_prints(&v, cases[i].want);
    }
    static const char *bad[] = { "",          "v",    "vv1.0.0", "1.0-a",   "1+b",
                                 "v1.2.3-01", "V1.0", "1.0.x",   "1.2.3.4", "v-1" };
    cel_semver v;
    for (size_t i = 0; i < ACT_COUNT(bad); i++)
        assert_int_equal(cel_semver_parse(act_str_cstr(bad[i]), true, &v), ACT_EPARSE);
}

static void precedence_follows_the_specification(void **state)
{
    (void)state;
    /* The chain of semver.org section 11, and numbers longer than any integer type. */
    static const char *ascending[] = { "0.9.9",
                                       "1.0.0-0",
                                       "1.0.0-2",
                                       "1.0.0-11",
                                       "1.0.0-99999999999999999998",
                                       "1.0.0-99999999999999999999",
                                       "1.0.0-alpha",
                                       "1.0.0-alpha.1",
                                       "1.0.0-alpha.beta",
                                       "1.0.0-beta",
                                       "1.0.0-beta.2",
                                       "1.0.0-beta.11",
                                       "1.0.0-rc.1",
                                       "1.0.0",
                                       "1.0.1",
                                       "1.1.0",
                                       "2.0.0-a" };
    for (size_t i = 0; i < ACT_COUNT(ascending); i++) {
        for (size_t k = 0; k < ACT_COUNT(ascending); k++) {
            cel_semver a = parse(ascending[i], false), b = parse(ascending[k], false);
            int order = cel_semver_cmp(&a, &b);
            assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
        }
    }
    cel_semver a = parse("1.0.0+a", false), b = parse("1.0.0+b", false);
    assert_int_equal(cel_semver_cmp(&a, &b), 0);
}

static void limits_are_kept(void **state)
{
    (void)state;
    char text[CEL_SEMVER_TEXT_MAX + 1];
    memset(text, 'a', sizeof text);
    memcpy(text, "1.2.3-", 6);
    cel_semver v;
    assert_int_equal(cel_semver_parse((act_str){ text, sizeof text - 1 }, false, &v), 0);
    assert_int_equal(cel_semver_parse((act_str){ text, sizeof text }, false, &v),
                     ACT_ELIMIT);
    assert_int_equal(cel_semver_parse(ACT_STR("9223372036854775808.0.0"), false, &v),
                     ACT_ELIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(strict_versions_keep_all_their_parts),
        cmocka_unit_test(strict_grammar_refuses_everything_else),
        cmocka_unit_test(normalizing_drops_prefix_and_zeros_and_pads),
        cmocka_unit_test(precedence_follows_the_specification),
        cmocka_unit_test(limits_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
