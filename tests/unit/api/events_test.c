/* ctest: labels=chdb timeout=300 */
/* The Events APIs over real sockets: what is written can be read at once, in both forms,
 * and again after it went from the log into the store. */
#include "pipeline/streams.h"
#include "unit/api/query_help.h"

#define CORE "/api/v1/namespaces/shop/events"
#define V1 "/apis/events.k8s.io/v1/namespaces/shop/events"

/* An Event of core/v1 as the older recorder makes it. */
static const char *core_event(const char *name, const char *more)
{
    static char text[2048];
    (void)snprintf(text, sizeof text,
                   "{'apiVersion':'v1','kind':'Event','metadata':{'name':'%s','namespace':"
                   "'shop'},'involvedObject':{'kind':'Pod','namespace':'shop','name':'web',"
                   "'uid':'p-1','apiVersion':'v1','fieldPath':'spec.containers{c}'},"
                   "'reason':'BackOff','message':'again','source':{'component':'kubelet',"
                   "'host':'n1'},'firstTimestamp':'2026-01-02T03:04:05Z','lastTimestamp':"
                   "'2026-01-02T03:04:05Z','count':1,'type':'Warning'%s}",
                   name, more);
    return text;
}

/* An Event of events.k8s.io/v1 as the newer recorder makes it. */
static const char *v1_event(const char *name, const char *more)
{
    static char text[2048];
    (void)snprintf(
        text, sizeof text,
        "{'apiVersion':'events.k8s.io/v1','kind':'Event','metadata':{'name':'%s',"
        "'namespace':'shop'},'eventTime':'2026-01-02T03:04:05.000006Z','regarding'"
        ":{'kind':'Deployment','namespace':'shop','name':'api','apiVersion':"
        "'apps/v1'},'reason':'Scaled','action':'Scale','note':'up','type':"
        "'Normal','reportingController':'example.com/scaler',"
        "'reportingInstance':'scaler-1'%s}",
        name, more);
    return text;
}

/* ---- create and get ----------------------------------------------------------------- */

static void what_is_created_is_read_at_once_in_both_forms(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, CORE, core_event("one", "")), 201);
    assert_string_equal(api_at(&api, "apiVersion"), "v1");
    assert_string_equal(api_at(&api, "message"), "again");
    char version[32], uid[64];
    (void)snprintf(version, sizeof version, "%s", api_at(&api, "metadata.resourceVersion"));
    (void)snprintf(uid, sizeof uid, "%s", api_at(&api, "metadata.uid"));
    assert_int_equal(strlen(uid), 36);
    assert_int_not_equal(strtoull(version, NULL, 10), 0);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(api_get(&api, CORE "/one"), 200);
        assert_string_equal(api_at(&api, "metadata.resourceVersion"), version);
        assert_string_equal(api_at(&api, "metadata.uid"), uid);
        assert_string_equal(api_at(&api, "involvedObject.fieldPath"), "spec.containers{c}");
        assert_string_equal(api_at(&api, "source.component"), "kubelet");
        assert_int_equal(api_get(&api, V1 "/one"), 200);
        assert_string_equal(api_at(&api, "apiVersion"), "events.k8s.io/v1");
        assert_string_equal(api_at(&api, "metadata.resourceVersion"), version);
        assert_string_equal(api_at(&api, "note"), "again");
        assert_string_equal(api_at(&api, "regarding.name"), "web");
        assert_string_equal(api_at(&api, "deprecatedSource.host"), "n1");
        assert_string_equal(api_at(&api, "deprecatedCount"), "1");
        questions_settle();
    }
    assert_int_equal(api_get(&api, CORE "/none"), 404);
    assert_string_equal(api_at(&api, "details.kind"), "events");
    assert_int_equal(api_get(&api, "/api/v1/namespaces/other/events/one"), 404);
}

static void names_are_taken_once(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, CORE, core_event("twice", "")), 201);
    assert_int_equal(api_post(&api, CORE, core_event("twice", "")), 409);
    assert_string_equal(api_at(&api, "reason"), "AlreadyExists");
    questions_settle();
    assert_int_equal(api_post(&api, V1, v1_event("twice", "")), 409);
    assert_string_equal(api_at(&api, "reason"), "AlreadyExists");
}

static void names_are_generated(void **state)
{
    (void)state;
    const char *body =
        "{'metadata':{'generateName':'pre.'},'involvedObject':{'kind':'Pod','namespace':"
        "'shop'},'firstTimestamp':'2026-01-02T03:04:05Z','type':'Normal'}";
    assert_int_equal(api_post(&api, CORE, body), 201);
    assert_int_equal(strncmp(api_at(&api, "metadata.name"), "pre.", 4), 0);
    assert_int_equal(strlen(api_at(&api, "metadata.name")), 9);
    assert_string_equal(api_at(&api, "metadata.namespace"), "shop");
}

static void bad_events_are_refused(void **state)
{
    (void)state;
    static const struct {
        bool v1;
        const char *body;
        int code;
        const char *field;
    } cases[] = {
        { false, "{'metadata':{'name':'x','namespace':'other'}}", 400, "" },
        { false, "{'metadata':{'name':'x'},'involvedObject':{'namespace':'shop'}}", 422,
          "involvedObject.kind" },
        { false, "{'metadata':{'name':'x'},'involvedObject':{'kind':'Pod'}}", 422,
          "involvedObject.namespace" },
        { false, "{'metadata':{},'involvedObject':{'kind':'Pod','namespace':'shop'}}", 422,
          "metadata.name" },
        { true, "{'metadata':{'name':'x'},'regarding':{'kind':'Pod','namespace':'shop'}}",
          422, "eventTime" },
        { true,
          "{'metadata':{'name':'x'},'eventTime':'2026-01-02T03:04:05Z','regarding':{'kind':"
          "'Pod','namespace':'shop'},'type':'Normal','reason':'r','action':'a',"
          "'reportingInstance':'i'}",
          422, "reportingController" },
        { true,
          "{'metadata':{'name':'x'},'eventTime':'2026-01-02T03:04:05Z','regarding':{'kind':"
          "'Pod','namespace':'shop'},'type':'Odd','reason':'r','action':'a',"
          "'reportingInstance':'i','reportingController':'c'}",
          422, "type" },
        { true,
          "{'metadata':{'name':'x'},'eventTime':'2026-01-02T03:04:05Z','regarding':{'kind':"
          "'Pod','namespace':'shop'},'type':'Normal','reason':'r','action':'a',"
          "'reportingInstance':'i','reportingController':'c','series':{'count':1,"
          "'lastObservedTime':'2026-01-02T03:04:05Z'}}",
          422, "series.count" },
        { true, "{'apiVersion':'v1','kind':'Event','metadata':{'name':'x'}}", 400, "" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        if (api_post(&api, cases[i].v1 ? V1 : CORE, cases[i].body) != cases[i].code)
            fail_msg("case %zu: %s", i, api_text(&api));
        if (strcmp(api_at(&api, "details.causes.0.field"), cases[i].field) != 0)
            fail_msg("case %zu: %s", i, api_text(&api));
    }
    assert_int_equal(api_post(&api, "/api/v1/events", core_event("x", "")), 405);
}

static void times_are_written_as_clients_read_them(void **state)
{
    (void)state;
    assert_int_equal(
        api_post(&api, CORE,
                 core_event("times", ",'eventTime':'2026-01-02T05:04:05.5+02:00'"
                                     ",'reportingComponent':'c',"
                                     "'reportingInstance':'i','action':'a'")),
        201);
    assert_string_equal(api_at(&api, "eventTime"), "2026-01-02T03:04:05.500000Z");
    assert_string_equal(api_at(&api, "lastTimestamp"), "2026-01-02T03:04:05Z");
}

static void a_dry_run_keeps_nothing(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, CORE "?dryRun=All", core_event("dry", "")), 201);
    assert_int_equal(api_get(&api, CORE "/dry"), 404);
}

/* ---- lists -------------------------------------------------------------------------- */

static size_t count(const char *path)
{
    if (api_get(&api, path) != 200)
        fail_msg("%s: %s", path, api_text(&api));
    return api_count(&api, "items");
}

#define LIST_NS "/api/v1/namespaces/list/events"
#define LIST_V1 "/apis/events.k8s.io/v1/namespaces/list/events"

static void make_listed(const char *name, const char *reason, const char *labels)
{
    char body[1024];
    (void)snprintf(body, sizeof body,
                   "{'metadata':{'name':'%s','labels':{%s}},'involvedObject':{'kind':'Pod',"
                   "'namespace':'list','name':'of-%s','uid':'u-%s'},'reason':'%s','type':"
                   "'Normal','source':{'component':'kubelet'},'lastTimestamp':"
                   "'2026-01-02T03:04:05Z'}",
                   name, labels, name, name, reason);
    assert_int_equal(api_post(&api, LIST_NS, body), 201);
}

static void lists_know_selectors_and_pages(void **state)
{
    (void)state;
    make_listed("b", "Pulled", "'app':'web','tier':''");
    make_listed("d", "Started", "'app':'api'");
    questions_settle();
    make_listed("a", "Pulled", "'app':'web'");
    make_listed("c", "Started", "");
    for (int round = 0; round < 2; round++) {
        assert_int_equal(count(LIST_NS), 4);
        assert_string_equal(api_at(&api, "kind"), "EventList");
        assert_string_equal(api_at(&api, "items.0.metadata.name"), "a");
        assert_string_equal(api_at(&api, "items.3.metadata.name"), "d");
        assert_int_equal(count(LIST_V1), 4);
        assert_string_equal(api_at(&api, "items.1.regarding.name"), "of-b");
        static const struct {
            const char *query;
            size_t n;
        } cases[] = {
            { "fieldSelector=reason=Pulled", 2 },
            { "fieldSelector=reason!=Pulled", 2 },
            { "fieldSelector=involvedObject.name=of-c", 1 },
            { "fieldSelector=regarding.uid=u-d,type=Normal", 1 },
            { "fieldSelector=source=kubelet", 4 },
            { "fieldSelector=reportingComponent=kubelet", 4 },
            { "fieldSelector=metadata.name=a", 1 },
            { "fieldSelector=metadata.namespace=other", 0 },
            { "fieldSelector=involvedObject.kind=Pod,involvedObject.namespace=list", 4 },
            { "labelSelector=app", 3 },
            { "labelSelector=app=web", 2 },
            { "labelSelector=app!=web", 2 },
            { "labelSelector=app+in+(web,api),!tier", 2 },
        };
        for (size_t i = 0; i < ACT_COUNT(cases); i++) {
            char path[256];
            (void)snprintf(path, sizeof path, LIST_NS "?%s", cases[i].query);
            if (count(path) != cases[i].n)
                fail_msg("%s: %s", cases[i].query, api_text(&api));
        }
        assert_int_equal(count(LIST_NS "?limit=3"), 3);
        char version[32], path[2048];
        (void)snprintf(version, sizeof version, "%s",
                       api_at(&api, "metadata.resourceVersion"));
        (void)snprintf(path, sizeof path, LIST_NS "?limit=3&continue=%s",
                       api_at(&api, "metadata.continue"));
        assert_int_equal(count(path), 1);
        assert_string_equal(api_at(&api, "items.0.metadata.name"), "d");
        assert_string_equal(api_at(&api, "metadata.resourceVersion"), version);
        assert_string_equal(api_at(&api, "metadata.continue"), "");
        questions_settle();
    }
    assert_int_equal(api_get(&api, LIST_NS "?fieldSelector=nothing=x"), 400);
    assert_int_equal(api_get(&api, LIST_NS "?continue=bm9uc2Vuc2U"), 400);
    assert_int_equal(api_get(&api, LIST_NS "?resourceVersion=1000000"), 504);
    assert_int_equal(api_get(&api, LIST_NS "?resourceVersion=1&resourceVersionMatch=Exact"),
                     410);
    assert_string_equal(api_at(&api, "reason"), "Expired");
    assert_int_equal(count(LIST_NS "?resourceVersion=1&resourceVersionMatch=NotOlderThan"),
                     4);
    assert_true(count("/api/v1/events") > 4);
    assert_true(count("/apis/events.k8s.io/v1/events?fieldSelector=reason=Pulled") >= 2);
}

#define BIG_NS "/api/v1/namespaces/big/events"
enum { BIG = 100, BIG_BYTES = 60000 };

static void make_big(int i)
{
    static char body[BIG_BYTES + 1024];
    int len = snprintf(body, sizeof body,
                       "{'metadata':{'name':'big-%03d'},'involvedObject':{'kind':'Pod',"
                       "'namespace':'big'},'message':'",
                       i);
    memset(body + len, 'x', BIG_BYTES);
    (void)snprintf(body + len + BIG_BYTES, 1024 - (size_t)len, "'}");
    assert_int_equal(api_post(&api, BIG_NS, body), 201);
}

/* Without a limit of the client, bytes limit a page; none is lost at its border. */
static void large_events_come_in_several_pages(void **state)
{
    (void)state;
    for (int i = 0; i < BIG; i++) {
        make_big(i);
        if (i == BIG * 3 / 4)
            questions_settle(); /* the rest may be in the tail still */
    }
    int seen = 0, pages = 0;
    char token[2048] = "";
    do {
        char path[4096], name[16];
        (void)snprintf(path, sizeof path, BIG_NS "?continue=%s", token);
        size_t n = count(path);
        assert_true(n > 0);
        for (size_t k = 0; k < n; k++) {
            (void)snprintf(path, sizeof path, "items.%zu.metadata.name", k);
            (void)snprintf(name, sizeof name, "big-%03d", seen++);
            assert_string_equal(api_at(&api, path), name);
        }
        (void)snprintf(token, sizeof token, "%s", api_at(&api, "metadata.continue"));
        pages++;
    } while (token[0]);
    assert_int_equal(seen, BIG);
    assert_in_range(pages, 2, 3);
}

/* A watch begins with all of them, however many pages that takes. */
static void watches_begin_with_more_than_a_page(void **state)
{
    (void)state;
    char name[16];
    test_watch w;
    watch_start(&w, &api,
                BIG_NS "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&"
                       "allowWatchBookmarks=true",
                NULL);
    for (int i = 0; i < BIG; i++) {
        (void)snprintf(name, sizeof name, "big-%03d", i);
        assert_true(watch_next(&w));
        assert_string_equal(watch_at(&w, "type"), "ADDED");
        assert_string_equal(watch_at(&w, "object.metadata.name"), name);
    }
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "type"), "BOOKMARK");
    make_big(BIG);
    assert_true(watch_next(&w));
    (void)snprintf(name, sizeof name, "big-%03d", BIG);
    assert_string_equal(watch_at(&w, "object.metadata.name"), name);
    watch_stop(&w);
}

/* A token that is ours and right, but from the day before yesterday. */
static void old_tokens_are_gone(void **state)
{
    (void)state;
    const act_str bound[] = { { 0 }, { 0 }, ACT_STR("list") };
    const act_cursor_binding binding = { { .type = ACT_SCOPE_PLATFORM }, bound, 3 };
    act_cursor at = { .kind = ACT_CURSOR_EVENT_LIST, .n_keys = 5 };
    const char *const keys[] = { "list", "b", "platform", "" };
    for (size_t i = 0; i < ACT_COUNT(keys); i++)
        at.keys[i] = (act_cursor_key){ .is_text = true, .text = act_str_cstr(keys[i]) };
    at.keys[4].number = 1;
    int64_t now = act_wall_ns(act_clock_system());
    static const struct {
        int64_t age_s;
        int code;
    } cases[] = { { 60, 200 }, { 48 * 3600, 410 } };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char path[2048];
        act_buf token = ACT_BUF_INIT;
        assert_ok(act_cursor_seal(api.cursors, &at, &binding,
                                  now - cases[i].age_s * ACT_NS_PER_S, &token));
        (void)snprintf(path, sizeof path, LIST_NS "?continue=%.*s",
                       ACT_STR_ARG(act_buf_str(&token)));
        act_buf_done(&token);
        if (api_get(&api, path) != cases[i].code)
            fail_msg("%s", api_text(&api));
    }
    assert_string_equal(api_at(&api, "reason"), "Expired");
}

static void tables_are_those_of_kubectl(void **state)
{
    (void)state;
    api.accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
    for (int i = 0; i < 2; i++) {
        assert_int_equal(api_get(&api, i ? LIST_V1 : LIST_NS), 200);
        assert_string_equal(api_at(&api, "kind"), "Table");
        assert_string_equal(api_at(&api, "columnDefinitions.0.name"), "Last Seen");
        assert_string_equal(api_at(&api, "columnDefinitions.9.priority"), "1");
        assert_string_equal(api_at(&api, "rows.0.cells.1"), "Normal");
        assert_string_equal(api_at(&api, "rows.0.cells.2"), "Pulled");
        assert_string_equal(api_at(&api, "rows.0.cells.3"), "pod/of-a");
        assert_string_equal(api_at(&api, "rows.0.cells.5"), "kubelet");
        assert_string_equal(api_at(&api, "rows.0.cells.8"), "1");
        assert_string_equal(api_at(&api, "rows.0.cells.9"), "a");
    }
    api.accept = NULL;
}

/* ---- watches ------------------------------------------------------------------------ */

static void watches_go_on_where_lists_end(void **state)
{
    (void)state;
    char path[256];
    assert_int_equal(api_get(&api, CORE), 200);
    (void)snprintf(path, sizeof path, CORE "?watch=1&resourceVersion=%s",
                   api_at(&api, "metadata.resourceVersion"));
    assert_int_equal(api_post(&api, V1, v1_event("watched", "")), 201);
    test_watch core, v1;
    watch_start(&core, &api, path, NULL);
    (void)snprintf(path, sizeof path,
                   V1 "?watch=1&resourceVersion=0&fieldSelector=reason=Scaled,"
                      "metadata.name=watched");
    watch_start(&v1, &api, path, NULL);
    assert_true(watch_next(&core));
    assert_string_equal(watch_at(&core, "type"), "ADDED");
    assert_string_equal(watch_at(&core, "object.apiVersion"), "v1");
    assert_string_equal(watch_at(&core, "object.involvedObject.name"), "api");
    assert_true(watch_next(&v1));
    assert_string_equal(watch_at(&v1, "type"), "ADDED");
    assert_string_equal(watch_at(&v1, "object.regarding.name"), "api");
    assert_string_equal(watch_at(&v1, "object.metadata.resourceVersion"),
                        watch_at(&core, "object.metadata.resourceVersion"));
    watch_cancel(&core);
    watch_stop(&core);
    watch_stop(&v1);
}

static void initial_events_end_with_a_bookmark(void **state)
{
    (void)state;
    test_watch w;
    watch_start(&w, &api,
                LIST_NS "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&"
                        "allowWatchBookmarks=true",
                NULL);
    for (int i = 0; i < 4; i++) {
        assert_true(watch_next(&w));
        assert_string_equal(watch_at(&w, "type"), "ADDED");
    }
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "type"), "BOOKMARK");
    assert_non_null(strstr(watch_at(&w, "object"), "k8s.io/initial-events-end"));
    make_listed("e", "Pulled", "");
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "object.metadata.name"), "e");
    watch_stop(&w);
}

static uint64_t first_kept(void)
{
    act_stream_info info;
    assert_int_equal(api_post(&api, LIST_NS,
                              "{'metadata':{'generateName':'filler-'},"
                              "'involvedObject':{'kind':'Pod','namespace':"
                              "'list'}}"),
                     201);
    assert_ok(act_broker_stream_info(api.broker, ACT_STR(ACT_STREAM_EVENTS), &info));
    return info.first_sequence;
}

/* What the log keeps no more cannot be watched, and is still listed. */
static void watches_of_long_ago_are_gone(void **state)
{
    (void)state;
    const act_stream_config tiny = { .name = ACT_STR(ACT_STREAM_EVENTS),
                                     .subjects = ACT_STR("events.>"),
                                     .max_bytes = 4096,
                                     .duplicate_window_ns = 60 * ACT_NS_PER_S };
    test_watch w;
    assert_ok(act_broker_stream_ensure(api.broker, &tiny, NULL));
    questions_settle();
    questions_process(); /* what its consumers have not read would stay */
    assert_true(first_kept() > 2);
    watch_start(&w, &api, V1 "?watch=1&resourceVersion=1", NULL);
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "type"), "ERROR");
    assert_string_equal(watch_at(&w, "object.code"), "410");
    assert_string_equal(watch_at(&w, "object.reason"), "Expired");
    assert_false(watch_next(&w));
    watch_stop(&w);
    assert_int_equal(api_get(&api, CORE "/one"), 200);
}

/* ---- discovery ---------------------------------------------------------------------- */

static void both_groups_are_discovered(void **state)
{
    (void)state;
    assert_int_equal(api_get(&api, "/api/v1"), 200);
    assert_string_equal(api_at(&api, "resources.0.name"), "events");
    assert_int_equal(api_get(&api, "/apis/events.k8s.io/v1"), 200);
    assert_string_equal(api_at(&api, "resources.0.kind"), "Event");
    assert_int_equal(api_get(&api, "/openapi/v3/api/v1"), 200);
    assert_int_equal(api_get(&api, "/openapi/v3/apis/events.k8s.io/v1"), 200);
    assert_non_null(strstr(api_text(&api), "io.k8s.api.events.v1.Event"));
    assert_int_equal(api_get(&api, "/openapi/v2"), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_created_is_read_at_once_in_both_forms),
        cmocka_unit_test(names_are_taken_once),
        cmocka_unit_test(names_are_generated),
        cmocka_unit_test(bad_events_are_refused),
        cmocka_unit_test(times_are_written_as_clients_read_them),
        cmocka_unit_test(a_dry_run_keeps_nothing),
        cmocka_unit_test(lists_know_selectors_and_pages),
        cmocka_unit_test(large_events_come_in_several_pages),
        cmocka_unit_test(watches_begin_with_more_than_a_page),
        cmocka_unit_test(old_tokens_are_gone),
        cmocka_unit_test(tables_are_those_of_kubectl),
        cmocka_unit_test(watches_go_on_where_lists_end),
        cmocka_unit_test(initial_events_end_with_a_bookmark),
        cmocka_unit_test(watches_of_long_ago_are_gone),
        cmocka_unit_test(both_groups_are_discovered),
    };
    return cmocka_run_group_tests(tests, questions_setup, questions_teardown);
}
