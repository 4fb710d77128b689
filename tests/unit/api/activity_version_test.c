/* ctest: labels=threads timeout=180 */
/* Activities of a version: what a client that has seen it is told, also while the store
 * does not have it yet. The store is a fake that refuses rows as long as the test wants. */
#include "unit/api/api_help.h"
#include "unit/api/slow_store.h"

#include "api/activity_version.h"
#include "pipeline/streams.h"

static slow_store store;

static int setup(void **state)
{
    (void)state;
    slow_store_start(&store);
    api_start_with(&api, &(test_api_options){ .store = &store.base });
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    slow_store_refuse(&store, false);
    api_stop(&api);
    slow_store_stop(&store);
    return 0;
}

/* One more activity in the log; its sequence. */
static uint64_t publish(void)
{
    const act_message m = {
        .subject = ACT_STR("activities.platform._.core.audit.Pod._.x"),
        .payload = ACT_STR("{\"kind\":\"Activity\",\"apiVersion\":"
                           "\"activity.miloapis.com/v1alpha1\",\"metadata\":{\"name\":"
                           "\"act-1\",\"creationTimestamp\":\"2026-01-01T00:00:00Z\"}}")
    };
    uint64_t sequence;
    assert_ok(act_broker_publish(api.broker, ACT_STR(ACT_STREAM_ACTIVITIES), &m, 1,
                                 &sequence, NULL));
    return sequence;
}

static int list(const char *parameters, uint64_t version)
{
    char path[256];
    (void)snprintf(path, sizeof path, ACTIVITIES "?resourceVersion=%llu%s",
                   (unsigned long long)version, parameters);
    return api_get(&api, path);
}

static uint64_t listed_version(void)
{
    uint64_t version;
    const char *text = api_at(&api, "metadata.resourceVersion");
    assert_ok(act_str_to_u64(act_str_cstr(text), &version));
    return version;
}

static void assert_too_large(void)
{
    assert_string_equal(api_at(&api, "reason"), "Timeout");
    assert_string_equal(api_at(&api, "details.causes.0.reason"), "ResourceVersionTooLarge");
    assert_string_equal(api_at(&api, "details.retryAfterSeconds"), "1");
}

static void lists_are_not_older_than_asked(void **state)
{
    static const char *const ways[] = { "", "&resourceVersionMatch=NotOlderThan",
                                        "&resourceVersionMatch=Exact" };
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(ways); i++) {
        uint64_t version = publish();               /* not in the store yet, as a rule */
        assert_soon(list(ways[i], version) == 200); /* 504 while the ingester is slow */
        assert_int_equal(listed_version(), version);
    }
    assert_int_equal(list("", 1), 200);
    assert_int_equal(listed_version(), ACT_COUNT(ways));
}

static void what_was_is_not_known_any_more(void **state)
{
    (void)state;
    (void)publish();
    uint64_t version = publish();
    assert_soon(list("", version) == 200);
    assert_int_equal(list("&resourceVersionMatch=Exact", version - 1), 410);
    assert_string_equal(api_at(&api, "reason"), "Expired");
}

static void versions_that_are_not_there_yet_are_told_so(void **state)
{
    (void)state;
    uint64_t version = publish();
    assert_int_equal(list("", version + 1), 504);
    assert_too_large();
    assert_int_equal(list("&watch=1&sendInitialEvents=true&allowWatchBookmarks=true"
                          "&resourceVersionMatch=NotOlderThan",
                          version + 1),
                     504);
    assert_int_equal(api_get(&api, ACTIVITIES "/act-1?resourceVersion=9"), 504);
    assert_int_equal(api_get(&api, ACTIVITIES "/act-1?resourceVersion=x"), 400);
}

static void lists_wait_for_the_store_so_long(void **state)
{
    (void)state;
    slow_store_refuse(&store, true);
    uint64_t version = publish();
    int64_t start = act_mono_ns(act_clock_system());
    assert_int_equal(list("", version), 504);
    assert_true(act_mono_ns(act_clock_system()) - start >=
                ACT_VERSION_WAIT_S * ACT_NS_PER_S);
    assert_too_large();
    assert_int_equal(list("", 0), 200); /* whatever there is */
    slow_store_refuse(&store, false);
    assert_soon(list("", version) == 200);
    assert_int_equal(api_get(&api, ACTIVITIES "/act-1?resourceVersion=1"), 404);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(lists_are_not_older_than_asked),
        TEST(what_was_is_not_known_any_more),
        TEST(versions_that_are_not_there_yet_are_told_so),
        TEST(lists_wait_for_the_store_so_long),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
