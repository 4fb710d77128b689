#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cel/time.h"

#include <time.h>

static void timestamps_read_and_print(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out;
    } rows[] = {
        { "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z" },
        { "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z" },
        { "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:59:59.999999999Z" },
        { "2024-02-29T12:00:00.100+02:30", "2024-02-29T09:30:00.1Z" },
        { "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z" },
        { "2024-01-01T00:00:00.1234567899Z", "2024-01-01T00:00:00.123456789Z" },
        { "2000-01-01T00:00:00-23:59", "2000-01-01T23:59:00Z" },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        cel_time t;
        char out[CEL_TIME_PRINT_MAX + 1];
        assert_int_equal(cel_time_parse(act_str_cstr(rows[i].in), &t), 0);
        out[cel_time_print(t, out)] = '\0';
        assert_string_equal(out, rows[i].out);
    }
}

static void loose_timestamps_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "2024-01-01",
        "2024-01-01T00:00:00",
        "2024-01-01t00:00:00Z",
        "2024-01-01T00:00:00z",
        "2024-13-01T00:00:00Z",
        "2024-00-01T00:00:00Z",
        "2023-02-29T00:00:00Z",
        "2024-01-32T00:00:00Z",
        "2024-01-01T24:00:00Z",
        "2024-01-01T00:60:00Z",
        "2024-01-01T00:00:60Z",
        "2024-01-01T00:00:00,5Z",
        "2024-01-01T0:00:00Z",
        "2024-01-01T00:00:00.Z",
        "2024-01-01T00:00:00+24:00",
        "2024-01-01T00:00:00+0100",
        "2024-01-01T00:00:00Z ",
        "+024-01-01T00:00:00Z",
    };
    cel_time t = { 42, 42 };
    for (size_t i = 0; i < ACT_COUNT(bad); i++)
        if (cel_time_parse(act_str_cstr(bad[i]), &t) != ACT_EPARSE)
            fail_msg("%s was read", bad[i]);
    assert_int_equal(cel_time_parse(ACT_STR("0001-01-01T00:00:00+00:01"), &t), ACT_ELIMIT);
    assert_int_equal(cel_time_parse(ACT_STR("9999-12-31T23:59:59-00:01"), &t), ACT_ELIMIT);
    char longer[CEL_TIME_TEXT_MAX + 1];
    memset(longer, '1', sizeof longer);
    assert_int_equal(cel_time_parse(act_str_from(longer, sizeof longer), &t), ACT_ELIMIT);
    assert_int_equal(t.seconds, 42);
}

static void calendar_agrees_with_libc(void **state)
{
    (void)state;
    for (int64_t s = CEL_TIME_MIN_S; s <= CEL_TIME_MAX_S; s += 86400 * 37 + 12345) {
        time_t t = s;
        struct tm tm;
        assert_non_null(gmtime_r(&t, &tm));
        cel_civil c = cel_civil_at(s);
        assert_int_equal(c.year, tm.tm_year + 1900);
        assert_int_equal(c.month, tm.tm_mon + 1);
        assert_int_equal(c.day, tm.tm_mday);
        assert_int_equal(c.hour, tm.tm_hour);
        assert_int_equal(c.minute, tm.tm_min);
        assert_int_equal(c.second, tm.tm_sec);
        assert_int_equal(c.weekday, tm.tm_wday);
        assert_int_equal(c.year_day, tm.tm_yday);
        assert_int_equal(cel_days_from_civil(c.year, c.month, c.day),
                         (s - (c.hour * 3600 + c.minute * 60 + c.second)) / 86400);
    }
}

static void durations_read_and_print(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        int64_t ns;
        const char *out;
    } rows[] = {
        { "0", 0, "0s" },
        { "1.5h", 5400000000000, "5400s" },
        { ".5s", 500000000, "0.5s" },
        { "-1h2m3s4ms5us6ns", -3723004005006, "-3723.004005006s" },
        { "+1\xc2\xb5s1\xce\xbcs", 2000, "0.000002s" },
        { "1ns", 1, "0.000000001s" },
        { "9223372036854775807ns", INT64_MAX, "9223372036.854775807s" },
        { "-9223372036854775808ns", INT64_MIN, "-9223372036.854775808s" },
        { "1.0000000000000000000000000000001s", 1000000000, "1s" },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        int64_t ns;
        char out[CEL_TIME_PRINT_MAX + 1];
        assert_int_equal(cel_duration_parse(act_str_cstr(rows[i].in), &ns), 0);
        assert_true(ns == rows[i].ns);
        out[cel_duration_print(ns, out)] = '\0';
        assert_string_equal(out, rows[i].out);
    }
    static const char *const bad[] = { "",   "-",   "1", "1h30", "1d",
                                       ".s", "1 s", "s", "1s ",  "--1s" };
    int64_t ns;
    for (size_t i = 0; i < ACT_COUNT(bad); i++)
        if (cel_duration_parse(act_str_cstr(bad[i]), &ns) != ACT_EPARSE)
            fail_msg("%s was read", bad[i]);
    assert_int_equal(cel_duration_parse(ACT_STR("9223372036854775808ns"), &ns), ACT_ELIMIT);
    assert_int_equal(cel_duration_parse(ACT_STR("-9223372036854775809ns"), &ns),
                     ACT_ELIMIT);
    assert_int_equal(cel_duration_parse(ACT_STR("99999999999999999999h"), &ns), ACT_ELIMIT);
}

static void arithmetic_keeps_the_range(void **state)
{
    (void)state;
    cel_time last = { CEL_TIME_MAX_S, 999999999 };
    cel_time first = { CEL_TIME_MIN_S, 0 };
    cel_time t;
    int64_t ns;
    assert_int_equal(cel_time_add(last, 1, &t), ACT_ELIMIT);
    assert_int_equal(cel_time_sub(first, 1, &t), ACT_ELIMIT);
    assert_int_equal(cel_time_sub(first, INT64_MIN, &t), 0);
    assert_int_equal(cel_time_add(first, INT64_MIN, &t), ACT_ELIMIT);
    assert_int_equal(cel_time_diff(last, first, &ns), ACT_ELIMIT);
    assert_int_equal(cel_time_add((cel_time){ 5, 999999999 }, 2, &t), 0);
    assert_int_equal(t.seconds, 6);
    assert_int_equal(t.nanos, 1);
    assert_int_equal(cel_time_sub((cel_time){ 5, 1 }, 2, &t), 0);
    assert_int_equal(t.seconds, 4);
    assert_int_equal(t.nanos, 999999999);
    assert_int_equal(cel_time_diff((cel_time){ 4, 999999999 }, (cel_time){ 5, 1 }, &ns), 0);
    assert_int_equal(ns, -2);

    /* Whatever was added comes back, to the ends of the range. */
    static const int64_t all[] = { INT64_MIN, INT64_MIN + 1, -1, 0, 1, INT64_MAX };
    for (size_t i = 0; i < ACT_COUNT(all); i++) {
        cel_time from = { 0, 123456789 };
        assert_int_equal(cel_time_add(from, all[i], &t), 0);
        assert_int_equal(cel_time_diff(t, from, &ns), 0);
        assert_int_equal(ns, all[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(timestamps_read_and_print),
        cmocka_unit_test(loose_timestamps_are_refused),
        cmocka_unit_test(calendar_agrees_with_libc),
        cmocka_unit_test(durations_read_and_print),
        cmocka_unit_test(arithmetic_keeps_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
