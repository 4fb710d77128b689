/* ctest: labels=threads,chdb timeout=180 */
/* Lists and watches of activities select the same; what a list ends with, a watch goes on
 * from; versions that are no longer kept. */
#include "pipeline/streams.h"
#include "unit/api/query_help.h"

#include <stdlib.h>

/* ---- records ------------------------------------------------------------------------ */

/* Activity @name about an object of kind @kind in @ns, by @actor, made now. */
static void take(const char *name, const char *ns, const char *kind, const char *actor,
                 const char *labels)
{
    char body[2048], now[ACT_RFC3339_MAX];
    (void)act_rfc3339_format(act_wall_ns(act_clock_system()), 0, now);
    (void)snprintf(
        body, sizeof body,
        "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':'Activity',"
        "'metadata':{'name':'%s','namespace':'%s','creationTimestamp':'%s',"
        "'labels':{%s}},'spec':{'summary':'%s made %s','changeSource':'human',"
        "'actor':{'type':'user','name':'%s','uid':'u-%s','email':'%s@x'},"
        "'resource':{'apiGroup':'g.%s','apiVersion':'v1','kind':'%s','name':'n-%s',"
        "'namespace':'%s','uid':'o-%s'},'tenant':{'type':'platform','name':''},"
        "'origin':{'type':'audit','id':'a-%s'}}}",
        name, ns, now, labels, actor, name, actor, actor, actor, kind, kind, name, ns, name,
        name);
    questions_take_activity(body);
}

/* Names of the items of the last list, sorted, joined by blanks. */
static int compare_names(const void *a, const void *b)
{
    return strcmp(a, b);
}

static const char *join(char names[][32], size_t n)
{
    static char out[1024];
    size_t len = 0;
    qsort(names, n, sizeof names[0], compare_names);
    out[0] = '\0';
    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(out + len, sizeof out - len, "%s%s", i > 0 ? " " : "",
                                names[i]);
    return out;
}

static const char *listed(const char *path)
{
    char names[32][32], at[64];
    if (api_get(&api, path) != 200)
        fail_msg("%s: %s", path, api_text(&api));
    size_t n = api_count(&api, "items");
    for (size_t i = 0; i < n; i++) {
        (void)snprintf(at, sizeof at, "items.%zu.metadata.name", i);
        (void)snprintf(names[i], sizeof names[i], "%s", api_at(&api, at));
    }
    return join(names, n);
}

/* ---- selections --------------------------------------------------------------------- */

enum { TAKEN = 4 };

static void take_three(void)
{
    take("first", "x", "None", "nobody", "");
    take("one", "shop", "Pod", "ann", "'team':'red','tier':''");
    take("two", "shop", "Node", "bob", "'team':'blue'");
    take("three", "bank", "Pod", "bob", "");
}

/* What a query selects of the records after the first, by a watch that ends with a
 * bookmark, and by others from there on until all records were looked at. */
typedef struct {
    test_watch watch;
    int version; /* looked at so far */
    char names[32][32];
    size_t n;
} watched;

static void begin_watching(watched *s, const char *query)
{
    char url[600];
    (void)snprintf(url, sizeof url,
                   GROUP "%s%swatch=1&resourceVersion=%d&timeoutSeconds=1"
                         "&allowWatchBookmarks=true",
                   query, strchr(query, '?') ? "&" : "?", s->version);
    watch_begin(&s->watch, &api, url, NULL);
}

static void end_watching(watched *s)
{
    while (watch_next(&s->watch)) {
        const char *version = watch_at(&s->watch, "object.metadata.resourceVersion");
        if (strcmp(watch_at(&s->watch, "type"), "BOOKMARK") == 0)
            s->version = atoi(version);
        else
            (void)snprintf(s->names[s->n++], sizeof s->names[0], "%s",
                           watch_at(&s->watch, "object.metadata.name"));
    }
    watch_stop(&s->watch);
}

static void lists_and_watches_select_the_same(void **state)
{
    (void)state;
    static const struct {
        const char *query, *names;
    } cases[] = {
        { "activities?fieldSelector=metadata.name%3Done", "one" },
        { "activities?fieldSelector=metadata.namespace%3Dshop", "one two" },
        { "activities?fieldSelector=metadata.namespace!%3Dshop,spec.actor.name!%3Dnobody",
          "three" },
        { "activities?fieldSelector=spec.changeSource!%3Dhuman", "" },
        { "activities?fieldSelector=spec.actor.name%3Dbob", "three two" },
        { "activities?fieldSelector=spec.actor.name!%3Dbob,metadata.name!%3Dfirst", "one" },
        { "activities?fieldSelector=spec.actor.type%3Dsystem", "" },
        { "activities?fieldSelector=spec.actor.uid%3Du-ann", "one" },
        { "activities?fieldSelector=spec.actor.uid!%3Du-bob,metadata.name!%3Dfirst",
          "one" },
        { "activities?fieldSelector=spec.actor.email%3D%3Dann@x", "one" },
        { "activities?fieldSelector=spec.resource.apiGroup%3Dg.Pod", "one three" },
        { "activities?fieldSelector=spec.resource.kind!%3DPod,metadata.name!%3Dfirst",
          "two" },
        { "activities?fieldSelector=spec.resource.name%3Dn-two", "two" },
        { "activities?fieldSelector=spec.resource.namespace%3Dbank", "three" },
        { "activities?fieldSelector=spec.resource.uid!%3Do-one,metadata.namespace%3Dshop",
          "two" },
        { "namespaces/shop/activities", "one two" },
        { "namespaces/shop/activities?fieldSelector=spec.resource.kind%3DPod", "one" },
        { "activities?labelSelector=team", "one two" },
        { "activities?labelSelector=team%3Dred", "one" },
        { "activities?labelSelector=team!%3Dred&fieldSelector=metadata.name!%3Dfirst",
          "three two" },
        { "activities?labelSelector=team%20in%20(red,blue),!tier", "two" },
        { "activities?labelSelector=team%20notin%20(red),team", "two" },
        { "activities?filter=spec.actor.name%3D%3D'bob'", "three two" },
        { "activities?filter=spec.summary.contains('one')||spec.resource.kind%3D%3D'Node'",
          "one two" },
        { "activities?filter=!(spec.actor.name%20in%20['bob','nobody'])", "one" },
        { "activities?filter=spec.resource.uid.matches('^o-t.*e$')", "three" },
        { "activities?filter=metadata.labels.team%3D%3D'red'", "one" },
        { "activities?filter=spec.actor.name%3D%3D'bob'&labelSelector=team", "two" },
        { "namespaces/bank/activities?filter=spec.actor.name!%3D'ann'", "three" },
    };
    take_three();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char path[512];
        (void)snprintf(path, sizeof path, GROUP "%s", cases[i].query);
        if (strcmp(listed(path), cases[i].names) != 0)
            fail_msg("list %s: %s", cases[i].query, listed(path));
    }
    /* The watches all at once: they end together. */
    static watched all[ACT_COUNT(cases)];
    size_t behind = ACT_COUNT(cases);
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        all[i] = (watched){ .version = 1 };
    for (int round = 0; behind > 0; round++) {
        assert_true(round < 30);
        for (size_t i = 0; i < ACT_COUNT(cases); i++)
            if (all[i].version < TAKEN)
                begin_watching(&all[i], cases[i].query);
        behind = 0;
        for (size_t i = 0; i < ACT_COUNT(cases); i++) {
            if (all[i].version < TAKEN)
                end_watching(&all[i]);
            behind += all[i].version < TAKEN;
        }
    }
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        const char *names = join(all[i].names, all[i].n);
        if (strcmp(names, cases[i].names) != 0)
            fail_msg("watch %s: %s", cases[i].query, names);
    }
}

/* ---- refusals ------------------------------------------------------------------------ */

static void selections_that_cannot_be_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *query, *text;
    } cases[] = {
        { "filter=spec.nothing%3D%3D'x'", "filter: 1:5: no field spec.nothing" },
        { "filter=spec.summary%20%3D%20'x'", "filter: 1:14: " },
        { "filter=spec.summary", "filter: " },
        { "filter=size(spec.summary)", "filter: must be true or false" },
        { "fieldSelector=spec.nothing%3Dx", "field label not supported: spec.nothing" },
        { "fieldSelector=metadata.name",
          "fieldSelector: \"metadata.name\" is not key=value or key!=value" },
        { "labelSelector=a%20in", "labelSelector: the selector ends where" },
    };
    for (int watch = 0; watch < 2; watch++) {
        for (size_t i = 0; i < ACT_COUNT(cases); i++) {
            char path[256];
            (void)snprintf(path, sizeof path, GROUP "activities?%s%s", cases[i].query,
                           watch ? "&watch=1" : "");
            assert_int_equal(api_get(&api, path), 400);
            assert_string_equal(api_at(&api, "reason"), "BadRequest");
            const char *message = api_at(&api, "message");
            if (strncmp(message, cases[i].text, strlen(cases[i].text)) != 0)
                fail_msg("%s: %s", path, message);
        }
    }
    assert_int_equal(api_get(&api, GROUP "activities?watch=1&resourceVersion=x"), 400);
    assert_int_equal(api_get(&api, GROUP "activities?watch=1&resourceVersion=99999"), 504);
    assert_int_equal(api_get(&api, GROUP "activities?watch=1&sendInitialEvents=true"), 422);
}

/* ---- lists and what goes on from them ------------------------------------------------ */

enum { STREAMED = 300 };

static void *publish_numbers(void *arg)
{
    (void)arg;
    for (int i = 0; i < STREAMED; i++) {
        char text[512], now[ACT_RFC3339_MAX];
        (void)act_rfc3339_format(act_wall_ns(act_clock_system()), 0, now);
        (void)snprintf(text, sizeof text,
                       "{\"apiVersion\":\"activity.miloapis.com/v1alpha1\",\"kind\":"
                       "\"Activity\",\"metadata\":{\"name\":\"n%03d\","
                       "\"creationTimestamp\":\"%s\"},\"spec\":{\"summary\":\"s\"}}",
                       i, now);
        act_message m = { ACT_STR("activities.platform._.core.audit.Pod._.x"),
                          { 0 },
                          act_str_cstr(text) };
        assert_ok(act_broker_publish(api.broker, ACT_STR(ACT_STREAM_ACTIVITIES), &m, 1,
                                     NULL, NULL));
        act_sleep_ns(2 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    }
    return NULL;
}

static void note(int *seen, const char *name)
{
    int i = atoi(name + 1);
    assert_in_range(i, 0, STREAMED - 1);
    seen[i]++;
}

/* A list in pages of @limit, all of which are of one version, which goes to @version. */
static void note_pages(int *seen, int limit, char version[32])
{
    char path[2048], token[1024] = "";
    version[0] = '\0';
    do {
        (void)snprintf(path, sizeof path, GROUP "activities?limit=%d&continue=%s", limit,
                       token);
        assert_int_equal(api_get(&api, path), 200);
        for (size_t i = 0; i < api_count(&api, "items"); i++) {
            (void)snprintf(path, sizeof path, "items.%zu.metadata.name", i);
            note(seen, api_at(&api, path));
        }
        if (version[0])
            assert_string_equal(api_at(&api, "metadata.resourceVersion"), version);
        (void)snprintf(version, 32, "%s", api_at(&api, "metadata.resourceVersion"));
        (void)snprintf(token, sizeof token, "%s", api_at(&api, "metadata.continue"));
        act_sleep_ns(5 * ACT_NS_PER_MS, &(const atomic_bool){ false }); /* more comes */
    } while (token[0]);
}

/* What the list has and what a watch from its version shows are together all there is, and
 * have nothing in common, whenever one lists. */
static void a_watch_goes_on_where_a_list_ends(void **state)
{
    (void)state;
    pthread_t thread;
    assert_ok(act_thread_start(&thread, "numbers", publish_numbers, NULL));
    test_watch w[8];
    int seen[ACT_COUNT(w)][STREAMED] = { { 0 } };
    for (size_t k = 0; k < ACT_COUNT(w); k++) {
        char path[128], version[32];
        /* The first list may well be empty. */
        act_sleep_ns((int64_t)k * 20 * ACT_NS_PER_MS, &(const atomic_bool){ false });
        note_pages(seen[k], k % 2 ? 40 : 0, version);
        (void)snprintf(path, sizeof path, GROUP "activities?watch=1&resourceVersion=%s",
                       version);
        watch_start(&w[k], &api, path, NULL);
    }
    (void)pthread_join(thread, NULL);
    for (size_t k = 0; k < ACT_COUNT(w); k++) {
        while (!seen[k][STREAMED - 1] && watch_next(&w[k]))
            note(seen[k], watch_at(&w[k], "object.metadata.name"));
        for (int i = 0; i < STREAMED; i++)
            if (seen[k][i] != 1)
                fail_msg("list %zu: n%03d came %d times", k, i, seen[k][i]);
        watch_stop(&w[k]);
    }
}

static void initial_events_end_with_a_bookmark(void **state)
{
    (void)state;
    take_three();
    test_watch w;
    watch_start(&w, &api,
                GROUP
                "activities?watch=1&sendInitialEvents=true&allowWatchBookmarks=true"
                "&resourceVersionMatch=NotOlderThan&filter=spec.actor.name%3D%3D'bob'",
                NULL);
    for (int i = 0; i < 2; i++) {
        assert_true(watch_next(&w));
        assert_string_equal(watch_at(&w, "type"), "ADDED");
        assert_string_equal(watch_at(&w, "object.spec.actor.name"), "bob");
        assert_string_equal(watch_at(&w, "object.metadata.resourceVersion"), "4");
    }
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "type"), "BOOKMARK");
    assert_string_equal(watch_at(&w, "object.kind"), "Activity");
    assert_string_equal(watch_at(&w, "object.metadata.resourceVersion"), "4");
    assert_non_null(
        strstr(watch_at(&w, "object.metadata.annotations"), "initial-events-end"));
    take("four", "shop", "Pod", "ann", "");
    take("five", "shop", "Pod", "bob", "");
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "object.metadata.name"), "five");
    assert_string_equal(watch_at(&w, "object.metadata.resourceVersion"), "6");
    watch_stop(&w);
}

/* ---- gone ---------------------------------------------------------------------------- */

enum { BIG = 64 << 10 };

static void publish_big(int from, int to)
{
    char *text = malloc(BIG + 512);
    int r;
    assert_non_null(text);
    for (int i = from; i < to; i++) {
        int n = snprintf(text, 512,
                         "{\"metadata\":{\"name\":\"n%03d\"},\"spec\":{\"summary\":\"", i);
        memset(text + n, 'x', BIG);
        (void)snprintf(text + n + BIG, 16, "\"}}");
        act_message m = { ACT_STR("activities.platform._.core.audit.Pod._.x"),
                          { 0 },
                          act_str_cstr(text) };
        /* Full, where the ingester has not taken what was before. */
        assert_soon((r = act_broker_publish(api.broker, ACT_STR(ACT_STREAM_ACTIVITIES), &m,
                                            1, NULL, NULL)) != ACT_EFULL);
        assert_ok(r);
    }
    free(text);
}

static void what_is_no_longer_kept_is_gone(void **state)
{
    (void)state;
    act_stream_config small = { .name = ACT_STR(ACT_STREAM_ACTIVITIES),
                                .subjects = ACT_STR("activities.>"),
                                .max_bytes = 4 * BIG,
                                .duplicate_window_ns = ACT_NS_PER_S };
    assert_ok(act_broker_stream_ensure(api.broker, &small, NULL));
    publish_big(0, 4);
    assert_ok(act_ingester_drain(api.ingester, PATIENCE_NS));
    publish_big(4, 8);
    assert_ok(act_ingester_drain(api.ingester, PATIENCE_NS));
    act_stream_info info;
    assert_soon(act_broker_stream_info(api.broker, ACT_STR(ACT_STREAM_ACTIVITIES), &info) ==
                    0 &&
                info.first_sequence > 2);
    test_watch w;
    watch_start(&w, &api, GROUP "activities?watch=1&resourceVersion=1", NULL);
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "type"), "ERROR");
    assert_string_equal(watch_at(&w, "object.code"), "410");
    assert_string_equal(watch_at(&w, "object.reason"), "Expired");
    assert_false(watch_next(&w));
    watch_stop(&w);
}

/* One state of an activity as reindexing writes it. */
static void take_version(const char *created, const char *meta, const char *summary)
{
    char body[1024];
    (void)snprintf(body, sizeof body,
                   "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':'Activity',"
                   "'metadata':{%s'name':'again','namespace':'shop','creationTimestamp':"
                   "'%s'},'spec':{'summary':'%s','changeSource':'human','actor':{'type':"
                   "'user','name':'ann'},'resource':{'apiVersion':'v1','kind':'Pod',"
                   "'name':'p'},'tenant':{'type':'platform','name':''},"
                   "'origin':{'type':'audit','id':'a'}}}",
                   meta, created, summary);
    questions_take_activity(body);
}

#define VERSION(n) "'annotations':{'activity.miloapis.com/reindex-version':'" n "'},"

/* What reindexing writes are changes of the activities that there are, and their ends. */
static void activities_made_anew_are_changes(void **state)
{
    (void)state;
    static const char *const changes[][2] = { { "ADDED", "first" },
                                              { "MODIFIED", "second" },
                                              { "DELETED", "second" } };
    test_watch w;
    char now[ACT_RFC3339_MAX], gone[128];
    take("before", "x", "None", "nobody", "");
    (void)act_rfc3339_format(act_wall_ns(act_clock_system()), 0, now);
    assert_int_equal(api_get(&api, GROUP "activities"), 200);
    char url[160];
    (void)snprintf(url, sizeof url, GROUP "activities?watch=1&resourceVersion=%s",
                   api_at(&api, "metadata.resourceVersion"));
    watch_start(&w, &api, url, NULL);
    take_version(now, "", "first");
    take_version(now, VERSION("5"), "second");
    assert_int_equal(api_get(&api, GROUP "namespaces/shop/activities/again"), 200);
    assert_string_equal(api_at(&api, "spec.summary"), "second");
    assert_string_equal(listed(GROUP "activities"), "again before");
    /* An older version that comes late changes nothing. */
    take_version(now, VERSION("4"), "late");
    assert_int_equal(api_get(&api, GROUP "namespaces/shop/activities/again"), 200);
    assert_string_equal(api_at(&api, "spec.summary"), "second");
    (void)snprintf(gone, sizeof gone, VERSION("6") "'deletionTimestamp':'%s',", now);
    take_version(now, gone, "second");
    assert_int_equal(api_get(&api, GROUP "namespaces/shop/activities/again"), 404);
    assert_string_equal(listed(GROUP "activities"), "before");
    for (size_t i = 0; i < ACT_COUNT(changes); i++) {
        assert_true(watch_next(&w));
        if (strcmp(watch_at(&w, "object.spec.summary"), "late") == 0)
            assert_true(watch_next(&w));
        assert_string_equal(watch_at(&w, "type"), changes[i][0]);
        assert_string_equal(watch_at(&w, "object.spec.summary"), changes[i][1]);
    }
    watch_stop(&w);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, questions_setup, questions_teardown)
    const struct CMUnitTest tests[] = {
        CASE(lists_and_watches_select_the_same),
        CASE(selections_that_cannot_be_are_refused),
        CASE(a_watch_goes_on_where_a_list_ends),
        CASE(initial_events_end_with_a_bookmark),
        CASE(what_is_no_longer_kept_is_gone),
        CASE(activities_made_anew_are_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
