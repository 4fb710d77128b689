/* List and write options: what is read, and which combinations are refused how. */
#include "kube/options.h"

#include "base/clock.h"
#include "support.h"

static int list(const char *query, act_list_query *ret, size_t *ret_problems)
{
    act_url_param *params;
    size_t n;
    act_err e = ACT_ERR_INIT;
    act_problems problems = act_problems_in(test_arena);
    assert_int_equal(act_url_query(test_arena, act_str_cstr(query), &params, &n), 0);
    int r = act_list_query_read(params, n, &problems, ret, &e);
    *ret_problems = problems.count;
    return r;
}

static void list_options_are_read(void **state)
{
    (void)state;
    act_list_query q;
    size_t problems;
    assert_int_equal(list("watch=true&allowWatchBookmarks=1&limit=7&timeoutSeconds=30&"
                          "resourceVersion=12&labelSelector=a%3Db&continue=",
                          &q, &problems),
                     0);
    assert_true(q.watch && q.bookmarks && !q.send_initial_events);
    assert_true(q.limit == 7 && q.timeout_s == 30 && q.rv == 12);
    assert_true(act_str_eq_cstr(q.label_selector, "a=b"));
    assert_int_equal(list("", &q, &problems), 0);
    assert_true(!q.watch && q.rv == 0 && q.limit == 0);
    assert_int_equal(list("watch=true&sendInitialEvents=true&resourceVersionMatch="
                          "NotOlderThan&allowWatchBookmarks=true",
                          &q, &problems),
                     0);
    assert_true(q.send_initial_events);
    assert_int_equal(list("watch=no&limit=-3&allowWatchBookmarks=FALSE", &q, &problems), 0);
    assert_true(q.watch && q.limit == 0 && !q.bookmarks);
}

static void bad_list_options_are_refused(void **state)
{
    (void)state;
    act_list_query q;
    size_t problems;
    static const char *const unreadable[] = {
        "limit=x",
        "limit=",
        "resourceVersion=abc",
        "resourceVersion=-1",
        "timeoutSeconds=1s",
        "limit=1&resourceVersion=5&continue=x",
    };
    for (size_t i = 0; i < ACT_COUNT(unreadable); i++)
        assert_int_equal(list(unreadable[i], &q, &problems), ACT_EPARSE);
    static const char *const senseless[] = {
        "resourceVersionMatch=Exact",
        "resourceVersionMatch=Sometimes&resourceVersion=1",
        "resourceVersionMatch=Exact&resourceVersion=0",
        "resourceVersionMatch=Exact&resourceVersion=1&continue=x",
        "watch=1&resourceVersionMatch=NotOlderThan&resourceVersion=1",
        "watch=1&sendInitialEvents=true",
        "sendInitialEvents=true&resourceVersionMatch=NotOlderThan",
        "watch=1&continue=x",
    };
    for (size_t i = 0; i < ACT_COUNT(senseless); i++) {
        if (list(senseless[i], &q, &problems) != ACT_EINVAL || problems == 0)
            fail_msg("accepted: %s", senseless[i]);
    }
}

static int write_options(const char *query, bool apply, act_write_query *ret)
{
    act_url_param *params;
    size_t n;
    act_problems problems = act_problems_in(test_arena);
    assert_int_equal(act_url_query(test_arena, act_str_cstr(query), &params, &n), 0);
    return act_write_query_read(params, n, apply, &problems, ret);
}

static void write_options_are_read(void **state)
{
    (void)state;
    act_write_query q;
    assert_int_equal(
        write_options("dryRun=All&fieldManager=me&fieldValidation=Strict", false, &q), 0);
    assert_true(q.dry_run && q.validation == ACT_VALIDATE_STRICT && !q.force);
    assert_int_equal(write_options("force=true", true, &q), 0);
    assert_true(q.force && !q.dry_run && q.validation == ACT_VALIDATE_WARN);
    assert_int_equal(write_options("dryRun=None", false, &q), ACT_EINVAL);
    assert_int_equal(write_options("fieldValidation=Maybe", false, &q), ACT_EINVAL);
    assert_int_equal(write_options("dryRun=All&dryRun=None", false, &q), ACT_EINVAL);
    assert_int_equal(write_options("force=true", false, &q), ACT_EINVAL);
    assert_int_equal(write_options("force=false", false, &q), 0);
    assert_int_equal(write_options("fieldManager=a%01b", false, &q), ACT_EINVAL);
}

static void durations_are_those_of_go(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns; /* -1: none */
    } cases[] = {
        { "0", 0 },
        { "34s", 34 * ACT_NS_PER_S },
        { "1m30s", 90 * ACT_NS_PER_S },
        { "500ms", 500 * ACT_NS_PER_MS },
        { "1.5s", 1500 * ACT_NS_PER_MS },
        { "2us", 2000 },
        { "7ns", 7 },
        { "24h", 24 * 3600 * ACT_NS_PER_S },
        { "24h1ns", -1 },
        { "", -1 },
        { "s", -1 },
        { "5", -1 },
        { "-5s", -1 },
        { "5 s", -1 },
        { "5d", -1 },
        { ".s", -1 },
        { "1..5s", -1 },
        { "5sx", -1 },
        { "99999999999999999999999999h", -1 },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        int64_t ns = -1;
        int r = act_go_duration_parse(act_str_cstr(cases[i].text), &ns);
        assert_int_equal(r, cases[i].ns < 0 ? ACT_EPARSE : 0);
        assert_true(ns == cases[i].ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(list_options_are_read),
        cmocka_unit_test(bad_list_options_are_refused),
        cmocka_unit_test(write_options_are_read),
        cmocka_unit_test(durations_are_those_of_go),
    };
    return cmocka_run_group_tests(tests, test_arena_setup, test_arena_teardown);
}
