#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cel/cel.h"
#include "cel/regex.h"

static const cel_regex_limits limits = CEL_REGEX_LIMITS_INIT;

static cel_regex *compile(const char *pattern)
{
    cel_regex *re;
    act_err e = ACT_ERR_INIT;
    if (cel_regex_compile(act_str_cstr(pattern), &limits, &re, &e))
        fail_msg("%s: %s", pattern, e.text);
    return re;
}

static bool matches(const char *pattern, const char *text)
{
    cel_regex *re = compile(pattern);
    bool found = cel_regex_matches(re, act_str_cstr(text));
    cel_regex_free(re);
    return found;
}

static void syntax_is_that_of_go(void **state)
{
    (void)state;
    assert_true(matches("", "anything"));
    assert_true(matches("b", "abc"));
    assert_false(matches("^b", "abc"));
    assert_false(matches("a.c", "a\nc"));
    assert_true(matches("(?s)a.c", "a\nc"));
    assert_false(matches("^b$", "a\nb\nc"));
    assert_true(matches("(?m)^b$", "a\nb\nc"));
    assert_true(matches("a.c", "a\xe2\x82\xac"
                               "c"));
    assert_true(matches("(?i)\xc3\xa9", "\xc3\x89"));
    assert_true(matches("\\pL\\p{Greek}[[:alpha:]]\\d", "x\xce\xb1y7"));
    assert_false(matches("^\\d$", "\xd9\xa3")); /* ASCII digits only */
    assert_true(matches("^(?P<a>x)(?<b>y)$", "xy"));
    assert_true(matches("^[(?<b>]+$", "(?<b>"));
    assert_true(matches("^[](?<b>]+$", "]("));
    assert_true(matches("^\\Q(?<b>\\E$", "(?<b>"));
    assert_true(matches("^[[:alpha:](?<b>]+$", "a(?"));
    assert_true(matches("\\bfoo\\b", "a foo b"));
    assert_false(matches("\\B", "a\303\251b")); /* nor between the bytes of a character */
    assert_true(matches("\\B", "\xc3\xa9\xc3\xa9"));
    assert_true(matches("^x{2,3}?$", "xx"));
    assert_true(matches("^\\x{20AC}$", "\xe2\x82\xac"));
}

static void bad_patterns_are_told(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "(",      "[",      "a**", "\\1",     "(?=x)",
        "(?<=x)", "(?<!x)", "\\C", "x{1001}", "(?P<a>x)(?P<a>y)",
        "\\",     "\xff"
    };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        cel_regex *re = (cel_regex *)(uintptr_t)1;
        act_err e = ACT_ERR_INIT;
        if (cel_regex_compile(act_str_cstr(bad[i]), &limits, &re, &e) == ACT_OK)
            fail_msg("%s compiled", bad[i]);
        assert_true(strlen(e.text) > 0);
        assert_true(re == (cel_regex *)(uintptr_t)1);
    }
}

static void limits_hold(void **state)
{
    (void)state;
    cel_regex *re;
    act_err e = ACT_ERR_INIT;
    char pattern[2048];
    memset(pattern, 'a', sizeof pattern);
    assert_int_equal(cel_regex_compile(act_str_from(pattern, 1000), &limits, &re, &e), 0);
    cel_regex_free(re);
    assert_int_equal(cel_regex_compile(act_str_from(pattern, 1001), &limits, &re, &e),
                     ACT_ELIMIT);
    assert_int_equal(cel_regex_compile(ACT_STR("((a{100}){100}){100}"), &limits, &re, &e),
                     ACT_EPARSE); /* RE2 itself: more than 1000 repetitions in all */
    assert_int_equal(cel_regex_compile(ACT_STR("(\\pL{50}){20}"), &limits, &re, &e),
                     ACT_ELIMIT);
    cel_regex_limits tiny = limits;
    tiny.program = 2;
    assert_int_equal(cel_regex_compile(ACT_STR("abc"), &tiny, &re, &e), ACT_ELIMIT);
}

/* A classic for backtracking engines: linear here, whatever the text. */
static void time_is_linear(void **state)
{
    (void)state;
    static char text[64 * 1024];
    memset(text, 'a', sizeof text);
    cel_regex *re = compile("(a*)*(a|aa)+b");
    assert_false(cel_regex_matches(re, act_str_from(text, sizeof text)));
    cel_regex_free(re);
}

static void groups_are_found(void **state)
{
    (void)state;
    cel_regex *re = compile("(a)|(b+)");
    act_str group[3];
    assert_int_equal(cel_regex_groups(re), 2);
    assert_true(cel_regex_find(re, ACT_STR("xxbb"), 0, group, 3));
    assert_true(act_str_eq(group[0], ACT_STR("bb")));
    assert_null(group[1].ptr);
    assert_true(act_str_eq(group[2], ACT_STR("bb")));
    assert_false(cel_regex_find(re, ACT_STR("bb"), 2, group, 3));
    cel_regex_free(re);
}

static const char *walk(const char *pattern, const char *text)
{
    static char out[256];
    cel_regex *re = compile(pattern);
    act_str group[1];
    size_t n = 0;
    cel_regex_walk w = cel_regex_walk_on(re, act_str_cstr(text));
    while (cel_regex_next(&w, group, 1))
        n += (size_t)snprintf(out + n, sizeof out - n, "[%.*s]", ACT_STR_ARG(group[0]));
    out[n] = '\0';
    cel_regex_free(re);
    return out;
}

static void walks_find_what_go_finds(void **state)
{
    (void)state;
    assert_string_equal(walk("a*", "baaac"), "[][aaa][]");
    assert_string_equal(walk("", "\xe2\x82\xac!"), "[][][]");
    assert_string_equal(walk("a", "banana"), "[a][a][a]");
    assert_string_equal(walk("x*", ""), "[]");
    assert_string_equal(walk("b*", "abb"), "[][bb]");
    assert_string_equal(walk("^a", "aaa"), "[a]");
    assert_string_equal(walk("z", "abc"), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syntax_is_that_of_go), cmocka_unit_test(bad_patterns_are_told),
        cmocka_unit_test(limits_hold),          cmocka_unit_test(time_is_linear),
        cmocka_unit_test(groups_are_found),     cmocka_unit_test(walks_find_what_go_finds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
