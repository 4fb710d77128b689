#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <time.h>
#include <cmocka.h>

static void known_instants_are_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {
        { "1970-01-01T00:00:00Z", 0 },
        { "1970-01-01T00:00:00.000000001Z", 1 },
        { "1969-12-31T23:59:59.999999999Z", -1 },
        { "1969-12-31T23:59:59Z", -ACT_NS_PER_S },
        { "2000-02-29T12:30:45.5Z", 951827445500000000 },
        { "2024-02-29T00:00:00+00:00", 1709164800000000000 },
        { "2024-03-01T00:00:00-00:00", 1709251200000000000 },
        { "2024-01-01T01:30:00+01:30", 1704067200000000000 },
        { "2023-12-31T19:00:00-05:00", 1704067200000000000 },
        { "2023-12-31T00:01:00-23:59", 1704067200000000000 },
        { "2024-01-01T00:00:00.123456789987654321Z", 1704067200123456789 },
        { "2024-01-01T00:00:00.1Z", 1704067200100000000 },
        { "1677-09-21T00:12:43.145224192Z", INT64_MIN },
        { "2262-04-11T23:47:16.854775807Z", INT64_MAX },
        { "1900-03-01T00:00:00Z", -2203891200000000000 },
        { "2100-03-01T00:00:00Z", 4107542400000000000 },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        int64_t ns = 42;
        if (act_rfc3339_parse(act_str_cstr(cases[i].text), &ns) != ACT_OK ||
            ns != cases[i].ns)
            fail_msg("%s: %lld", cases[i].text, (long long)ns);
    }
}

static void what_is_no_instant_is_refused(void **state)
{
    (void)state;
    static const char *const malformed[] = {
        "",
        "2024",
        "2024-01-01",
        "2024-01-01T00:00:00",
        "2024-01-01 00:00:00Z",
        "2024-01-01t00:00:00Z",
        "2024-01-01T00:00:00z",
        "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2024-01-00T00:00:00Z",
        "2024-01-32T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "1900-02-29T00:00:00Z",
        "2100-02-29T00:00:00Z",
        "2024-04-31T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:60Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00,5Z",
        "2024-01-01T00:00:00+0000",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+00:60",
        "2024-01-01T00:00:00+1:00",
        "2024-01-01T00:00:00Zx",
        "2024-01-01T00:00:00+00:00Z",
        "2024-01-01T00:00:00.5",
        "24-01-01T00:00:00Z",
        "-024-01-01T00:00:00Z",
        "2024-01-01T00:00:-1Z",
        " 2024-01-01T00:00:00Z",
        "2024-1-01T00:00:000Z",
    };
    static const char *const far_away[] = {
        "1677-09-21T00:12:43.145224191Z", "2262-04-11T23:47:16.854775808Z",
        "0000-01-01T00:00:00Z",           "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
    };
    int64_t ns = 42;
    for (size_t i = 0; i < ACT_COUNT(malformed); i++)
        if (act_rfc3339_parse(act_str_cstr(malformed[i]), &ns) != ACT_EPARSE)
            fail_msg("%s was taken", malformed[i]);
    for (size_t i = 0; i < ACT_COUNT(far_away); i++)
        if (act_rfc3339_parse(act_str_cstr(far_away[i]), &ns) != ACT_ELIMIT)
            fail_msg("%s was not out of range", far_away[i]);
    assert_int_equal(ns, 42);
}

static void fractions_have_the_digits_asked_for_and_are_cut(void **state)
{
    (void)state;
    char out[ACT_RFC3339_MAX];
    const int64_t ns = 1704067200123456789;
    assert_int_equal(act_rfc3339_format(ns, 0, out), 20);
    assert_string_equal(out, "2024-01-01T00:00:00Z");
    assert_int_equal(act_rfc3339_format(ns, 6, out), 27);
    assert_string_equal(out, "2024-01-01T00:00:00.123456Z");
    (void)act_rfc3339_format(ns, 9, out);
    assert_string_equal(out, "2024-01-01T00:00:00.123456789Z");
    (void)act_rfc3339_format(ns, 99, out);
    assert_string_equal(out, "2024-01-01T00:00:00.123456789Z");
    (void)act_rfc3339_format(-1, 3, out);
    assert_string_equal(out, "1969-12-31T23:59:59.999Z");
    (void)act_rfc3339_format(INT64_MIN, 9, out);
    assert_string_equal(out, "1677-09-21T00:12:43.145224192Z");
    (void)act_rfc3339_format(INT64_MAX, 9, out);
    assert_string_equal(out, "2262-04-11T23:47:16.854775807Z");
}

/* Against the C library's calendar, a prime number of seconds apart. */
static void every_formatted_instant_is_right_and_reads_back(void **state)
{
    (void)state;
    for (int64_t s = INT64_MIN / ACT_NS_PER_S; s <= INT64_MAX / ACT_NS_PER_S;
         s += 1299709) {
        char out[ACT_RFC3339_MAX], want[ACT_RFC3339_MAX];
        time_t t = s;
        struct tm tm;
        int64_t back;
        size_t len = act_rfc3339_format(s * ACT_NS_PER_S, 0, out);
        assert_non_null(gmtime_r(&t, &tm));
        assert_true(strftime(want, sizeof want, "%Y-%m-%dT%H:%M:%SZ", &tm) > 0);
        assert_string_equal(out, want);
        assert_int_equal(act_rfc3339_parse(act_str_from(out, len), &back), ACT_OK);
        assert_int_equal(back, s * ACT_NS_PER_S);
    }
}

static void system_clocks_run(void **state)
{
    (void)state;
    act_clock clock = act_clock_system();
    assert_true(act_wall_ns(clock) > 1704067200 * ACT_NS_PER_S);
    int64_t first = act_mono_ns(clock);
    assert_true(act_mono_ns(clock) >= first);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_instants_are_read),
        cmocka_unit_test(what_is_no_instant_is_refused),
        cmocka_unit_test(fractions_have_the_digits_asked_for_and_are_cut),
        cmocka_unit_test(every_formatted_instant_is_right_and_reads_back),
        cmocka_unit_test(system_clocks_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
