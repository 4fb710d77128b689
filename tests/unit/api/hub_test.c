/* ctest: labels=threads timeout=180 */
/* The watch hub alone, without a store: tenants, shared frames, slow clients, and many who
 * begin at different versions. */
#include "pipeline/streams.h"
#include "unit/api/api_help.h"

#include <stdlib.h>

static int setup(void **state)
{
    (void)state;
    api_start_as(&api, NULL,
                 "token-of-acme,ann,u-ann,system:masters,"
                 "iam.miloapis.com/parent-type=Organization;"
                 "iam.miloapis.com/parent-name=acme\n"
                 "token-of-globex,bob,u-bob,system:masters,"
                 "iam.miloapis.com/parent-type=Organization;"
                 "iam.miloapis.com/parent-name=globex\n"
                 "token-of-user,eve,u-eve,system:masters,"
                 "iam.miloapis.com/parent-type=User;iam.miloapis.com/parent-name=u-eve\n");
    return 0;
}

/* Activity nI with a summary of @size bytes, of a tenant, by a user. */
static void publish(int i, const char *tenant, const char *uid, size_t size)
{
    char *text = malloc(size + 1024);
    assert_non_null(text);
    int n =
        snprintf(text, 1024,
                 "{\"apiVersion\":\"activity.miloapis.com/v1alpha1\",\"kind\":\"Activity\","
                 "\"metadata\":{\"name\":\"n%03d\"},\"spec\":{\"tenant\":{\"type\":"
                 "\"organization\",\"name\":\"%s\"},\"actor\":{\"uid\":\"%s\"},"
                 "\"summary\":\"",
                 i, tenant, uid);
    memset(text + n, 'x', size);
    (void)snprintf(text + n + size, 16, "\"}}");
    act_message m = { ACT_STR("activities.organization.x.core.audit.Pod._.x"),
                      { 0 },
                      act_str_cstr(text) };
    assert_ok(
        act_broker_publish(api.broker, ACT_STR(ACT_STREAM_ACTIVITIES), &m, 1, NULL, NULL));
    free(text);
}

static int64_t gauge_of(const char *name)
{
    const char *labels[] = { "stream", ACT_STREAM_ACTIVITIES, NULL };
    return act_gauge_value(act_metrics_gauge(api.metrics, name, "", labels));
}

/* Number of the activity in the next frame. */
static int next_number(test_watch *w)
{
    assert_true(watch_next(w));
    assert_string_equal(watch_at(w, "type"), "ADDED");
    return atoi(watch_at(w, "object.metadata.name") + 1);
}

static void tenants_see_what_is_theirs(void **state)
{
    (void)state;
    static const char *const tokens[] = { TOKEN_ADMIN, "token-of-acme", "token-of-globex",
                                          "token-of-user" };
    static const int wanted[][5] = {
        { 0, 1, 2, 3, 4 }, { 0, 2, 4 }, { 1, 3, 4 }, { 2, 3 }
    };
    static const size_t n_wanted[] = { 5, 3, 3, 2 };
    test_watch w[2][ACT_COUNT(tokens)];
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < ACT_COUNT(tokens); i++) {
            api.token = tokens[i];
            watch_start(&w[k][i], &api, ACTIVITIES "?watch=1", NULL);
        }
    }
    api.token = TOKEN_ADMIN;
    assert_int_equal(gauge_of("activity_watchers"), 2 * ACT_COUNT(tokens));
    publish(0, "acme", "u-ann", 10);
    publish(1, "globex", "u-bob", 10);
    publish(2, "acme", "u-eve", 10);
    publish(3, "globex", "u-eve", 10);
    publish(4, "acme", "u-ann", 10);
    publish(4, "globex", "u-bob", 10);
    for (size_t k = 0; k < 2; k++) {
        for (size_t i = 0; i < ACT_COUNT(tokens); i++) {
            for (size_t j = 0; j < n_wanted[i]; j++)
                assert_int_equal(next_number(&w[k][i]), wanted[i][j]);
            watch_cancel(&w[k][i]);
        }
    }
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < ACT_COUNT(tokens); i++)
            watch_stop(&w[k][i]);
    assert_soon(gauge_of("activity_watchers") == 0);
}

/* Watches of tables share their frames, after the first one with its headers. */
static void tables_have_their_headers_once(void **state)
{
    (void)state;
    static const char table[] = "application/json;as=Table;g=meta.k8s.io;v=v1";
    test_watch w[2];
    for (size_t i = 0; i < 2; i++)
        watch_start(&w[i], &api, ACTIVITIES "?watch=1", table);
    publish(1, "acme", "u", 10);
    publish(2, "acme", "u", 10);
    for (size_t i = 0; i < 2; i++) {
        assert_true(watch_next(&w[i]));
        assert_string_equal(watch_at(&w[i], "object.rows.0.object.metadata.name"), "n001");
        assert_string_not_equal(watch_at(&w[i], "object.columnDefinitions.0.name"), "");
        assert_true(watch_next(&w[i]));
        assert_string_equal(watch_at(&w[i], "object.rows.0.object.metadata.name"), "n002");
        assert_string_equal(watch_at(&w[i], "object.columnDefinitions.0.name"), "");
        watch_cancel(&w[i]);
    }
    for (size_t i = 0; i < 2; i++)
        watch_stop(&w[i]);
}

/* Together more than the sockets hold. */
enum { BIG = 256 << 10, BIG_COUNT = 64 };

/* A client that takes nothing holds little memory, keeps nobody waiting, and gets all. */
static void slow_clients_catch_up(void **state)
{
    (void)state;
    test_watch slow, quick;
    watch_start(&slow, &api, ACTIVITIES "?watch=1", NULL);
    watch_start(&quick, &api, ACTIVITIES "?watch=1", NULL);
    atomic_store(&slow.hold, true);
    for (int i = 0; i < BIG_COUNT; i++)
        publish(i, "acme", "u", BIG);
    assert_soon(gauge_of("activity_watchers_behind") > 0);
    assert_true(gauge_of("activity_watchers_pending_bytes") < 4 * BIG);
    for (int i = 0; i < BIG_COUNT; i++)
        assert_int_equal(next_number(&quick), i);
    atomic_store(&slow.hold, false);
    for (int i = 0; i < BIG_COUNT; i++)
        assert_int_equal(next_number(&slow), i);
    assert_soon(gauge_of("activity_watchers_behind") == 0);
    publish(BIG_COUNT, "acme", "u", 10);
    assert_int_equal(next_number(&slow), BIG_COUNT);
    watch_cancel(&slow);
    watch_stop(&quick);
    watch_stop(&slow);
}

enum { RECORDS = 600, LATE = 24 };

/* Everybody who begins at a version sees what is after it, once and in order, while more
 * comes. */
static void each_goes_on_from_its_version(void **state)
{
    (void)state;
    test_watch w[LATE];
    int from[LATE];
    for (int i = 1; i <= RECORDS; i++)
        publish(i, "acme", "u", 10);
    for (int k = 0; k < LATE; k++) {
        char path[128];
        from[k] = 1 + (k * 7919) % (RECORDS - 1);
        (void)snprintf(path, sizeof path, ACTIVITIES "?watch=1&resourceVersion=%d",
                       from[k]);
        watch_begin(&w[k], &api, path, NULL);
        publish(RECORDS + 1 + k, "acme", "u", 10);
    }
    for (int k = 0; k < LATE; k++) {
        for (int i = from[k] + 1; i <= RECORDS + LATE; i++)
            if (next_number(&w[k]) != i)
                fail_msg("watch from %d: %s instead of n%03d", from[k],
                         watch_at(&w[k], "object.metadata.name"), i);
        watch_cancel(&w[k]);
    }
    for (int k = 0; k < LATE; k++)
        watch_stop(&w[k]);
}

/* Where the next watch goes on, though what came last was not for this one: at the newest
 * record, sooner or later. */
static void watches_end_with_a_bookmark(void **state)
{
    (void)state;
    publish(0, "globex", "u", 10);
    publish(1, "globex", "u", 10);
    api.token = "token-of-acme";
    for (int version = 1, tries = 0; version < 2; tries++) {
        test_watch w;
        assert_true(tries < 60);
        watch_start(&w, &api,
                    ACTIVITIES "?watch=1&timeoutSeconds=1&resourceVersion=1"
                               "&allowWatchBookmarks=true",
                    NULL);
        assert_true(watch_next(&w));
        assert_string_equal(watch_at(&w, "type"), "BOOKMARK");
        version = atoi(watch_at(&w, "object.metadata.resourceVersion"));
        assert_in_range(version, 1, 2);
        assert_false(watch_next(&w));
        assert_int_equal(w.result, ACT_OK);
        watch_stop(&w);
    }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, api_teardown)
    const struct CMUnitTest tests[] = {
        CASE(tenants_see_what_is_theirs),  CASE(tables_have_their_headers_once),
        CASE(slow_clients_catch_up),       CASE(each_goes_on_from_its_version),
        CASE(watches_end_with_a_bookmark),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
