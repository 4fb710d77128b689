/* ctest: labels=threads timeout=180 */
/* Watches of persisted kinds: no change missed or doubled, selections, bookmarks, 410. */
#include "unit/api/api_help.h"

static void make(const char *name, const char *labels)
{
    char meta[128];
    (void)snprintf(meta, sizeof meta, ",'labels':{%s}", labels);
    if (api_post(&api, POLICIES, policy_text(name, meta, "true")) != 201)
        fail_msg("%s", api_text(&api));
}

static void set_labels(const char *name, const char *labels)
{
    char path[128], patch[128];
    (void)snprintf(path, sizeof path, POLICIES "/%s", name);
    (void)snprintf(patch, sizeof patch, "{'metadata':{'labels':{%s}}}", labels);
    assert_int_equal(api_merge(&api, path, patch), 200);
}

static void assert_frame(test_watch *w, const char *type, const char *name)
{
    assert_true(watch_next(w));
    assert_string_equal(watch_at(w, "type"), type);
    assert_string_equal(watch_at(w, "object.metadata.name"), name);
}

/* "?watch=1&resourceVersion=" and the newest version. */
static const char *from_now(const char *more)
{
    static char path[512];
    assert_int_equal(api_get(&api, POLICIES), 200);
    (void)snprintf(path, sizeof path, POLICIES "?watch=1&resourceVersion=%s%s",
                   api_at(&api, "metadata.resourceVersion"), more);
    return path;
}

static void changes_come_in_order(void **state)
{
    (void)state;
    test_watch w;
    make("before", "");
    watch_start(&w, &api, from_now(""), NULL);
    make("a", "");
    set_labels("a", "'x':'y'");
    assert_int_equal(api_put(&api, POLICIES "/a", policy_text("a", "", "false")), 200);
    char version[32];
    (void)snprintf(version, sizeof version, "%s", api_at(&api, "metadata.resourceVersion"));
    assert_int_equal(api_delete(&api, POLICIES "/a"), 200);
    assert_frame(&w, "ADDED", "a");
    assert_frame(&w, "MODIFIED", "a");
    assert_string_equal(watch_at(&w, "object.metadata.labels.x"), "y");
    assert_frame(&w, "MODIFIED", "a");
    assert_string_equal(watch_at(&w, "object.metadata.generation"), "2");
    assert_string_equal(watch_at(&w, "object.metadata.resourceVersion"), version);
    /* The last state, with the version of the deletion. */
    assert_frame(&w, "DELETED", "a");
    assert_string_equal(watch_at(&w, "object.spec.auditRules.0.match"), "false");
    assert_true(atoll(watch_at(&w, "object.metadata.resourceVersion")) > atoll(version));
    assert_true(watch_is_silent(&w, 300));
    watch_stop(&w);
}

static void without_a_version_the_state_comes_first(void **state)
{
    (void)state;
    test_watch w;
    make("a", "");
    make("b", "");
    watch_start(&w, &api, POLICIES "?watch=true", NULL);
    assert_frame(&w, "ADDED", "a");
    assert_frame(&w, "ADDED", "b");
    make("c", "");
    assert_frame(&w, "ADDED", "c");
    watch_stop(&w);
    /* The older form of the path. */
    watch_start(&w, &api, "/apis/activity.miloapis.com/v1alpha1/watch/activitypolicies",
                NULL);
    assert_frame(&w, "ADDED", "a");
    watch_stop(&w);
    watch_start(&w, &api, "/apis/activity.miloapis.com/v1alpha1/watch/activitypolicies/b",
                NULL);
    assert_frame(&w, "ADDED", "b");
    set_labels("a", "'x':'y'");
    set_labels("b", "'x':'y'");
    assert_frame(&w, "MODIFIED", "b");
    watch_stop(&w);
    /* One object is read, not watched. */
    assert_int_equal(api_get(&api, POLICIES "/a?watch=1"), 200);
    assert_string_equal(api_at(&api, "metadata.name"), "a");
}

static void initial_events_end_with_a_bookmark(void **state)
{
    (void)state;
    test_watch w;
    make("a", "");
    watch_start(&w, &api,
                POLICIES "?watch=1&sendInitialEvents=true&allowWatchBookmarks=true"
                         "&resourceVersionMatch=NotOlderThan",
                NULL);
    assert_frame(&w, "ADDED", "a");
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "type"), "BOOKMARK");
    assert_string_equal(watch_at(&w, "object.kind"), "ActivityPolicy");
    assert_non_null(strstr(watch_at(&w, "object.metadata.annotations"),
                           "\"k8s.io/initial-events-end\":\"true\""));
    char path[256];
    (void)snprintf(path, sizeof path, POLICIES "?watch=1&resourceVersion=%s",
                   watch_at(&w, "object.metadata.resourceVersion"));
    watch_stop(&w);
    watch_start(&w, &api, path, NULL);
    assert_true(watch_is_silent(&w, 300));
    make("b", "");
    assert_frame(&w, "ADDED", "b");
    watch_stop(&w);
    /* Without the match it makes no sense. */
    assert_int_equal(api_get(&api, POLICIES "?watch=1&sendInitialEvents=true"), 422);
    assert_string_equal(api_at(&api, "details.kind"), "ListOptions");
}

/* An object that enters or leaves the selection is added or deleted to this watcher. */
static void selection_sees_objects_come_and_go(void **state)
{
    (void)state;
    test_watch w, named;
    char path[512];
    (void)snprintf(path, sizeof path, "%s", from_now("&labelSelector=team%3Dweb"));
    watch_start(&w, &api, path, NULL);
    watch_start(&named, &api, from_now("&fieldSelector=metadata.name%3Db"), NULL);
    make("a", "'team':'core'");
    set_labels("a", "'team':'web'");
    set_labels("a", "'more':'x'");
    set_labels("a", "'team':null");
    set_labels("a", "'more':null");
    make("b", "");
    assert_frame(&w, "ADDED", "a");
    assert_frame(&w, "MODIFIED", "a");
    assert_frame(&w, "DELETED", "a");
    assert_true(watch_is_silent(&w, 300));
    assert_frame(&named, "ADDED", "b");
    watch_stop(&w);
    watch_stop(&named);
}

static void time_ends_a_watch(void **state)
{
    (void)state;
    test_watch w;
    watch_start(&w, &api, from_now("&timeoutSeconds=1"), NULL);
    assert_false(watch_next(&w));
    assert_int_equal(w.result, ACT_OK);
    assert_int_equal(w.status, 200);
    watch_stop(&w);
}

static void versions_that_are_gone_or_not_there(void **state)
{
    (void)state;
    test_watch w;
    int64_t now;
    make("a", "");
    make("b", "");
    assert_ok(act_registry_revision(api.registry, &now));
    assert_ok(act_registry_compact(api.registry, now));
    watch_start(&w, &api, POLICIES "?watch=1&resourceVersion=1", NULL);
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "type"), "ERROR");
    assert_string_equal(watch_at(&w, "object.code"), "410");
    assert_string_equal(watch_at(&w, "object.reason"), "Expired");
    assert_false(watch_next(&w));
    watch_stop(&w);
    assert_int_equal(api_get(&api, POLICIES "?watch=1&resourceVersion=999999"), 504);
    assert_int_equal(api_get(&api, POLICIES "?watch=1&resourceVersion=x"), 400);
    /* The server's own following survives the compaction. */
    watch_start(&w, &api, from_now(""), NULL);
    make("c", "");
    assert_frame(&w, "ADDED", "c");
    watch_stop(&w);
}

static void tables_and_metadata_can_be_watched(void **state)
{
    (void)state;
    test_watch w;
    make("a", "");
    watch_start(&w, &api, POLICIES "?watch=1",
                "application/json;as=Table;g=meta.k8s.io;v=v1,application/json");
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "object.kind"), "Table");
    assert_string_equal(watch_at(&w, "object.columnDefinitions.0.name"), "Name");
    assert_string_equal(watch_at(&w, "object.rows.0.cells.0"), "a");
    make("b", "");
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "object.columnDefinitions.0.name"), "");
    assert_string_equal(watch_at(&w, "object.rows.0.cells.0"), "b");
    watch_stop(&w);
    watch_start(&w, &api, POLICIES "?watch=1",
                "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1");
    assert_frame(&w, "ADDED", "a");
    assert_string_equal(watch_at(&w, "object.kind"), "PartialObjectMetadata");
    assert_string_equal(watch_at(&w, "object.spec"), "");
    watch_stop(&w);
}

/* Many watchers, many changes: each sees each, in order. */
enum { WATCHERS = 50, CHANGES = 40 };

static void many_watchers_each_see_everything(void **state)
{
    (void)state;
    static test_watch all[WATCHERS];
    char path[512];
    make("a", "");
    (void)snprintf(path, sizeof path, "%s", from_now(""));
    for (int i = 0; i < WATCHERS; i++)
        watch_begin(&all[i], &api, path, NULL);
    for (int i = 0; i < CHANGES; i++) {
        char label[32];
        (void)snprintf(label, sizeof label, "'i':'%d'", i);
        set_labels("a", label);
    }
    for (int i = 0; i < WATCHERS; i++)
        for (int k = 0; k < CHANGES; k++) {
            assert_frame(&all[i], "MODIFIED", "a");
            assert_int_equal(atoi(watch_at(&all[i], "object.metadata.labels.i")), k);
        }
    for (int i = 0; i < WATCHERS; i++)
        watch_cancel(&all[i]);
    for (int i = 0; i < WATCHERS; i++)
        watch_stop(&all[i]);
    /* They leave nothing behind. */
    assert_soon(act_gauge_value(act_metrics_gauge(
                    api.metrics, "activity_apiserver_persisted_watches", "", NULL)) == 0);
    assert_ok(act_api_server_drain(api.server, PATIENCE_NS));
}

static void draining_ends_watches(void **state)
{
    (void)state;
    test_watch w;
    make("a", "");
    watch_start(&w, &api, POLICIES "?watch=1", NULL);
    assert_frame(&w, "ADDED", "a");
    assert_ok(act_api_server_drain(api.server, PATIENCE_NS));
    assert_false(watch_next(&w));
    assert_int_equal(w.result, ACT_OK);
    watch_stop(&w);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, api_setup, api_teardown)
    const struct CMUnitTest tests[] = {
        TEST(changes_come_in_order),
        TEST(without_a_version_the_state_comes_first),
        TEST(initial_events_end_with_a_bookmark),
        TEST(selection_sees_objects_come_and_go),
        TEST(time_ends_a_watch),
        TEST(versions_that_are_gone_or_not_there),
        TEST(tables_and_metadata_can_be_watched),
        TEST(many_watchers_each_see_everything),
        TEST(draining_ends_watches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
