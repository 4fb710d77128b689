/* The time grammar of queries, strictly. */
#include "core/timerange.h"

#include "base/alloc.h"
#include "support.h"

/* 2026-01-31T12:00:00.5Z */
#define NOW (INT64_C(1769860800) * ACT_NS_PER_S + 500 * ACT_NS_PER_MS)

static void good_times_have_one_meaning(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int64_t back_ns; /* before NOW */
    } cases[] = {
        { "now", 0 },
        { "now-0s", 0 },
        { "now-7s", 7 * ACT_NS_PER_S },
        { "now-007s", 7 * ACT_NS_PER_S },
        { "now-90m", 5400 * ACT_NS_PER_S },
        { "now-36h", 129600 * ACT_NS_PER_S },
        { "now-7d", 7 * 86400 * ACT_NS_PER_S },
        { "now-2w", 14 * 86400 * ACT_NS_PER_S },
        { "2026-01-31T12:00:00Z", 500 * ACT_NS_PER_MS },
        { "2026-01-31T13:00:00.25+01:00", 250 * ACT_NS_PER_MS },
        { "2026-01-31T12:00:00.500000000Z", 0 },
        { "2026-01-31T00:00:00-11:59", 60 * ACT_NS_PER_S + 500 * ACT_NS_PER_MS },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        int64_t ns = 0;
        act_err e = ACT_ERR_INIT;
        if (act_time_parse(act_str_cstr(cases[i].text), NOW, &ns, &e))
            fail_msg("%s: %s", cases[i].text, e.text);
        if (ns != NOW - cases[i].back_ns)
            fail_msg("%s is %lld before now", cases[i].text, (long long)(NOW - ns));
    }
}

static void everything_else_is_refused(void **state)
{
    (void)state;
    const struct {
        const char *text;
        int err;
    } cases[] = {
        { "", ACT_EINVAL },
        { "now-1h30m", ACT_EPARSE },
        { "now-1.5h", ACT_EPARSE },
        { "now-7xd", ACT_EPARSE },
        { "now--7d", ACT_EPARSE },
        { "now-+7d", ACT_EPARSE },
        { "now+1d", ACT_EPARSE },
        { "now-", ACT_EPARSE },
        { "now-d", ACT_EPARSE },
        { "now-7", ACT_EPARSE },
        { "now-7M", ACT_EPARSE },
        { "now-7y", ACT_EPARSE },
        { "now- 7d", ACT_EPARSE },
        { "now -7d", ACT_EPARSE },
        { " now", ACT_EPARSE },
        { "now ", ACT_EPARSE },
        { "Now", ACT_EPARSE },
        { "nowish", ACT_EPARSE },
        { "7d", ACT_EPARSE },
        { "now-abc", ACT_EPARSE },
        { "now-99999999999999999999d", ACT_ELIMIT },
        { "now-9223372036854775807w", ACT_ELIMIT },
        { "now-15000w", ACT_OK }, /* 1738 */
        { "now-100000w", ACT_ELIMIT },
        { "2026-01-31", ACT_EPARSE },
        { "2026-01-31T12:00:00", ACT_EPARSE },
        { "2026-02-30T12:00:00Z", ACT_EPARSE },
        { "2026-01-31T12:00:00.501Z", ACT_ELIMIT },
        { "2026-01-31T12:00:01Z", ACT_ELIMIT },
        { "9999-01-01T00:00:00Z", ACT_ELIMIT },
        { "0001-01-01T00:00:00Z", ACT_ELIMIT },
        { "1769860800", ACT_EPARSE },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        int64_t ns = 42;
        act_err e = ACT_ERR_INIT;
        int err = act_time_parse(act_str_cstr(cases[i].text), NOW, &ns, &e);
        if (err != cases[i].err)
            fail_msg("\"%s\" gave %d %s", cases[i].text, err, e.text);
        if (err) {
            assert_true(ns == 42);
            assert_true(e.text[0]);
        }
    }
    int64_t ns;
    assert_int_equal(act_time_parse(ACT_STR("now-7d\0"), NOW, &ns, NULL), ACT_EPARSE);
}

static const act_timerange_options options = {
    .now_ns = NOW,
    .max_window_ns = 30 * 86400 * ACT_NS_PER_S,
    .start_field = { "spec.startTime", 14 },
    .end_field = { "spec.endTime", 12 },
    .window_field = { "spec", 4 },
};

static void ranges_are_resolved_once_to_the_millisecond(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    act_problems problems = act_problems_in(a);
    act_timerange r;
    assert_int_equal(act_timerange_resolve(ACT_STR("2026-01-31T10:00:00.0000001+02:00"),
                                           ACT_STR("2026-01-31T08:00:00.0000005Z"),
                                           &options, &r, &problems),
                     ACT_OK);
    /* both bounds lie inside microsecond 0, so no row's microsecond is between them */
    assert_true(r.start_us == INT64_C(1769846400000001) && r.end_us == r.start_us);
    assert_true(r.end_ns - r.start_ns == 400);
    assert_string_equal(r.start_text, "2026-01-31T10:00:00+02:00");
    assert_string_equal(r.end_text, "2026-01-31T08:00:00Z");

    assert_int_equal(
        act_timerange_resolve(ACT_STR("now-1h"), ACT_STR("now"), &options, &r, &problems),
        ACT_OK);
    assert_true(r.end_ns == NOW && r.start_ns == NOW - 3600 * ACT_NS_PER_S);
    assert_true(r.end_us == NOW / ACT_NS_PER_US);
    assert_string_equal(r.start_text, "2026-01-31T11:00:00Z");
    assert_string_equal(r.end_text, "2026-01-31T12:00:00Z");
    assert_int_equal(problems.count, 0);

    act_timerange_options early = options;
    early.max_window_ns = 0;
    assert_int_equal(act_timerange_resolve(ACT_STR("1969-12-31T23:59:59.9999985Z"),
                                           ACT_STR("1969-12-31T23:59:59.999999Z"), &early,
                                           &r, &problems),
                     ACT_OK);
    assert_true(r.start_us == -1 && r.end_us == -1);
}

static void defaults_stand_in_for_what_is_absent(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    act_problems problems = act_problems_in(a);
    act_timerange_options with = options;
    with.default_start = ACT_STR("now-7d");
    with.default_end = ACT_STR("now");
    act_timerange r;
    assert_int_equal(act_timerange_resolve(ACT_STR(""), ACT_STR(""), &with, &r, &problems),
                     ACT_OK);
    assert_true(r.end_ns - r.start_ns == 7 * 86400 * ACT_NS_PER_S);
}

static void every_problem_is_reported_where_it_is(void **state)
{
    (void)state;
    const struct {
        const char *start, *end;
        size_t n;
        const char *field;
        enum act_problem_kind kind;
        const char *detail; /* start */
    } cases[] = {
        { "", "now", 1, "spec.startTime", ACT_PROBLEM_REQUIRED, "a time is required" },
        { "now-1h", "", 1, "spec.endTime", ACT_PROBLEM_REQUIRED, "a time is required" },
        { "7d", "tomorrow", 2, "spec.startTime", ACT_PROBLEM_INVALID, "\"7d\" is neither" },
        { "now-1h", "2027-01-01T00:00:00Z", 1, "spec.endTime", ACT_PROBLEM_INVALID,
          "\"2027-01-01T00:00:00Z\" is in the future" },
        { "now", "now-1h", 1, "spec.endTime", ACT_PROBLEM_INVALID,
          "must be after the start" },
        { "now", "now", 1, "spec.endTime", ACT_PROBLEM_INVALID, "must be after the start" },
        { "now-31d", "now", 1, "spec", ACT_PROBLEM_INVALID, "spans more than 30 days" },
        { "1700-01-01T00:00:00Z", "now", 1, "spec", ACT_PROBLEM_INVALID,
          "spans more than" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        ACT_AUTO(act_arena) a = test_arena();
        act_problems problems = act_problems_in(a);
        act_timerange r = { .start_ns = 42 };
        assert_int_equal(act_timerange_resolve(act_str_cstr(cases[i].start),
                                               act_str_cstr(cases[i].end), &options, &r,
                                               &problems),
                         ACT_EINVAL);
        assert_true(r.start_ns == 42);
        assert_int_equal(problems.count, cases[i].n);
        assert_str(problems.first->field, cases[i].field);
        assert_int_equal(problems.first->kind, cases[i].kind);
        if (!act_str_starts(problems.first->detail, act_str_cstr(cases[i].detail)))
            fail_msg("%.*s", ACT_STR_ARG(problems.first->detail));
        if (cases[i].n == 2)
            assert_str(problems.last->field, "spec.endTime");
    }
    ACT_AUTO(act_arena) a = test_arena();
    act_problems problems = act_problems_in(a);
    act_timerange r;
    assert_int_equal(
        act_timerange_resolve(ACT_STR("now-30d"), ACT_STR("now"), &options, &r, &problems),
        ACT_OK); /* exactly the window */
}

static void a_problem_that_cannot_be_kept_is_still_one(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = test_arena();
    act_problems problems = act_problems_in(a);
    act_timerange r;
    act_fail_after(0);
    assert_int_equal(
        act_timerange_resolve(ACT_STR("x"), ACT_STR("now"), &options, &r, &problems),
        ACT_EINVAL);
    act_fail_after(SIZE_MAX);
    assert_int_equal(problems.err, ACT_ENOMEM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_times_have_one_meaning),
        cmocka_unit_test(everything_else_is_refused),
        cmocka_unit_test(ranges_are_resolved_once_to_the_millisecond),
        cmocka_unit_test(defaults_stand_in_for_what_is_absent),
        cmocka_unit_test(every_problem_is_reported_where_it_is),
        cmocka_unit_test(a_problem_that_cannot_be_kept_is_still_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
