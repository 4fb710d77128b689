/* ctest: labels=chdb timeout=180 */
/* Namespaces and names in paths are text, whatever they would mean in a selector: lists and
 * watches of one show what is in it and nothing else. */
#include "unit/api/query_help.h"

static const struct {
    const char *ns, *in_path;
} odd[] = {
    { "a", "a" },
    { "a,b", "a%2Cb" },
    { "a,metadata.name=n1", "a%2Cmetadata.name%3Dn1" },
    { "a\\", "a%5C" },
    { "a=b", "a%3Db" },
    { " a", "%20a" },
    { "a ", "a%20" },
    { "%", "%25" },
    { "\xc3\xbc", "%C3%BC" },
};

static void take_events(void)
{
    char body[1024];
    for (int i = 0; i < (int)ACT_COUNT(odd); i++) {
        (void)snprintf(
            body, sizeof body,
            "{'kind':'Event','apiVersion':'events.k8s.io/v1','metadata':{'name':'n%d',"
            "'namespace':'%s%s','uid':'u%d'},'eventTime':'2026-02-03T04:05:06.000000Z',"
            "'regarding':{'kind':'Pod'}}",
            i, odd[i].ns, strcmp(odd[i].ns, "a\\") == 0 ? "\\" : "", i);
        questions_take(body);
    }
}

static void take_activities(void)
{
    char body[1024], time[ACT_RFC3339_MAX];
    (void)act_rfc3339_format(act_wall_ns(act_clock_system()), 0, time);
    for (int i = 0; i < (int)ACT_COUNT(odd); i++) {
        (void)snprintf(body, sizeof body,
                       "{'kind':'Activity','apiVersion':'activity.miloapis.com/v1alpha1',"
                       "'metadata':{'name':'n%d','namespace':'%s%s','creationTimestamp':"
                       "'%s'},'spec':{'summary':'s','tenant':{'type':'platform'}}}",
                       i, odd[i].ns, strcmp(odd[i].ns, "a\\") == 0 ? "\\" : "", time);
        questions_take_activity(body);
    }
}

enum { ODD = ACT_COUNT(odd) };

static void assert_lists(const char *base, const char *resource)
{
    char path[256], name[8];
    for (int i = 0; i < ODD; i++) {
        (void)snprintf(name, sizeof name, "n%d", i);
        (void)snprintf(path, sizeof path, "%s/namespaces/%s/%s", base, odd[i].in_path,
                       resource);
        if (api_get(&api, path) != 200)
            fail_msg("%s: %s", path, api_text(&api));
        assert_int_equal(api_count(&api, "items"), 1);
        assert_at("items.0.metadata.name", name);
    }
}

/* From the log, which has one record of each namespace; the first is before that version,
 * and its watch, which ends by itself, shows nothing. */
static void assert_watches(const char *base, const char *resource)
{
    static test_watch watches[ODD];
    char path[256], name[8];
    for (int i = 0; i < ODD; i++) {
        (void)snprintf(path, sizeof path,
                       "%s/namespaces/%s/%s?watch=1&resourceVersion=1&timeoutSeconds=%d",
                       base, odd[i].in_path, resource, i == 0 ? 1 : 300);
        watch_begin(&watches[i], &api, path, NULL);
    }
    for (int i = 0; i < ODD; i++) {
        watch_await(&watches[i]);
        (void)snprintf(name, sizeof name, "n%d", i);
        assert_int_equal(watch_next(&watches[i]), i > 0);
        if (i > 0)
            assert_string_equal(watch_at(&watches[i], "object.metadata.name"), name);
    }
    for (int i = 0; i < ODD; i++)
        watch_cancel(&watches[i]);
    for (int i = 0; i < ODD; i++)
        watch_stop(&watches[i]);
}

static void namespaces_are_text(void **state)
{
    (void)state;
    take_events();
    take_activities();
    assert_lists("/api/v1", "events");
    assert_lists("/apis/events.k8s.io/v1", "events");
    assert_lists("/apis/activity.miloapis.com/v1alpha1", "activities");
    assert_watches("/api/v1", "events");
    assert_watches("/apis/activity.miloapis.com/v1alpha1", "activities");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(namespaces_are_text, questions_setup,
                                        questions_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
