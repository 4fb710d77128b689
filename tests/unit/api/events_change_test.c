/* ctest: labels=chdb timeout=300 */
/* Changes of Events: what recorders send, what watchers are told; with a second
 * server over the same log, as another replica is. */
#include "unit/api/query_help.h"

#define CORE "/api/v1/namespaces/shop/events"
#define V1 "/apis/events.k8s.io/v1/namespaces/shop/events"
#define STRATEGIC "application/strategic-merge-patch+json"

static act_api_server *replica;
static char replica_base[96];

static int setup(void **state)
{
    (void)state;
    questions_start(NULL);
    replica = questions_start_replica(replica_base);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    act_api_server_free(replica);
    questions_stop();
    return 0;
}

/* Ask the other server. */
static int at_replica(const char *method, const char *path, const char *type,
                      const char *body)
{
    char own[96];
    (void)snprintf(own, sizeof own, "%s", api.base);
    (void)snprintf(api.base, sizeof api.base, "%s", replica_base);
    int code = api_call(&api, method, path, type, body);
    (void)snprintf(api.base, sizeof api.base, "%s", own);
    return code;
}

static void make_core(const char *name)
{
    char body[1024];
    (void)snprintf(
        body, sizeof body,
        "{'metadata':{'name':'%s'},'involvedObject':{'kind':'Pod','namespace':"
        "'shop','name':'web','apiVersion':'v1'},'reason':'BackOff','message':"
        "'again','source':{'component':'kubelet','host':'n1'},'firstTimestamp':"
        "'2026-01-02T03:04:05Z','lastTimestamp':'2026-01-02T03:04:05Z','count':1,"
        "'type':'Warning'}",
        name);
    if (api_post(&api, CORE, body) != 201)
        fail_msg("%s", api_text(&api));
}

static void make_v1(const char *name)
{
    char body[1024];
    (void)snprintf(body, sizeof body,
                   "{'metadata':{'name':'%s'},'eventTime':'2026-01-02T03:04:05.000006Z',"
                   "'regarding':{'kind':'Deployment','namespace':'shop','name':'api'},"
                   "'reason':'Scaled','action':'Scale','note':'up','type':'Normal',"
                   "'reportingController':'example.com/scaler','reportingInstance':'s-1'}",
                   name);
    if (api_post(&api, V1, body) != 201)
        fail_msg("%s", api_text(&api));
}

/* ---- recorders ---------------------------------------------------------------------- */

static void the_older_recorder_counts_by_patches(void **state)
{
    (void)state;
    make_core("rec1");
    test_watch w;
    char path[256];
    (void)snprintf(path, sizeof path,
                   CORE "?watch=1&fieldSelector=metadata.name=rec1&resourceVersion=%s",
                   api_at(&api, "metadata.resourceVersion"));
    watch_start(&w, &api, path, NULL);
    for (int count = 2; count <= 4; count++) {
        char patch[256], text[16];
        (void)snprintf(patch, sizeof patch,
                       "{'count':%d,'lastTimestamp':'2026-01-02T03:1%d:05Z','message':"
                       "'again %d'}",
                       count, count, count);
        (void)snprintf(text, sizeof text, "%d", count);
        if (count == 3)
            questions_settle();
        assert_int_equal(api_call(&api, "PATCH", CORE "/rec1", STRATEGIC, patch), 200);
        assert_string_equal(api_at(&api, "count"), text);
        assert_string_equal(api_at(&api, "reason"), "BackOff");
        assert_true(watch_next(&w));
        assert_string_equal(watch_at(&w, "type"), "MODIFIED");
        assert_string_equal(watch_at(&w, "object.count"), text);
        assert_string_equal(watch_at(&w, "object.metadata.resourceVersion"),
                            api_at(&api, "metadata.resourceVersion"));
        assert_int_equal(api_get(&api, V1 "/rec1"), 200);
        assert_string_equal(api_at(&api, "deprecatedCount"), text);
    }
    questions_settle();
    assert_int_equal(api_get(&api, CORE "/rec1"), 200);
    assert_string_equal(api_at(&api, "message"), "again 4");
    assert_string_equal(api_at(&api, "lastTimestamp"), "2026-01-02T03:14:05Z");
    assert_int_equal(api_call(&api, "PATCH", CORE "/gone", STRATEGIC, "{'count':2}"), 404);
    watch_stop(&w);
}

static void the_newer_recorder_moves_the_series(void **state)
{
    (void)state;
    make_v1("rec2");
    assert_int_equal(
        api_call(&api, "PATCH", V1 "/rec2", STRATEGIC,
                 "{'series':{'count':2,'lastObservedTime':'2026-01-02T03:05:05.1Z'}}"),
        200);
    assert_string_equal(api_at(&api, "series.count"), "2");
    assert_string_equal(api_at(&api, "series.lastObservedTime"),
                        "2026-01-02T03:05:05.100000Z");
    assert_int_equal(api_merge(&api, V1 "/rec2", "{'series':{'count':1}}"), 422);
    assert_string_equal(api_at(&api, "details.causes.0.field"), "series.count");
    assert_int_equal(api_merge(&api, V1 "/rec2", "{'note':'down'}"), 422);
    assert_string_equal(api_at(&api, "details.causes.0.field"), "message");
    assert_int_equal(api_merge(&api, V1 "/rec2", "{'metadata':{'labels':{'a':'b'}}}"), 200);
    questions_settle();
    assert_int_equal(api_get(&api, CORE "/rec2"), 200);
    assert_string_equal(api_at(&api, "series.count"), "2");
    assert_string_equal(api_at(&api, "metadata.labels.a"), "b");
    assert_int_equal(
        api_call(&api, "PATCH", V1 "/rec2", "application/json-patch+json",
                 "[{'op':'test','path':'/series/count','value':2},{'op':'replace','path':"
                 "'/series/count','value':3}]"),
        200);
    assert_string_equal(api_at(&api, "series.count"), "3");
    assert_int_equal(api_call(&api, "PATCH", V1 "/rec2", "application/json-patch+json",
                              "[{'op':'test','path':'/series/count','value':2}]"),
                     422);
}

/* ---- versions ----------------------------------------------------------------------- */

static void put_honours_the_version(void **state)
{
    (void)state;
    char body[2048], version[32];
    make_core("put");
    (void)snprintf(version, sizeof version, "%s", api_at(&api, "metadata.resourceVersion"));
    (void)snprintf(body, sizeof body,
                   "{'metadata':{'name':'put','resourceVersion':'%s','labels':{'a':'1'}},"
                   "'involvedObject':{'kind':'Pod','namespace':'shop','name':'web'},"
                   "'reason':'Other','lastTimestamp':'2026-01-02T03:04:09Z','type':"
                   "'Normal'}",
                   version);
    assert_int_equal(api_put(&api, CORE "/put", body), 200);
    assert_string_equal(api_at(&api, "reason"), "Other");
    assert_string_equal(api_at(&api, "message"), "");
    assert_string_not_equal(api_at(&api, "metadata.resourceVersion"), version);
    assert_string_not_equal(api_at(&api, "metadata.creationTimestamp"), "");
    assert_int_equal(api_put(&api, CORE "/put", body), 409);
    assert_string_equal(api_at(&api, "reason"), "Conflict");
    questions_settle();
    assert_int_equal(api_put(&api, CORE "/put", body), 409);
    assert_int_equal(api_merge(&api, CORE "/put", "{'metadata':{'resourceVersion':'1'}}"),
                     409);
    assert_int_equal(api_put(&api, CORE "/other", body), 400); /* another name */
    /* "0" is no version. */
    assert_int_equal(api_merge(&api, CORE "/put", "{'metadata':{'resourceVersion':'0'}}"),
                     200);
    /* Nothing changes: nothing is written. */
    assert_int_equal(api_get(&api, CORE "/put"), 200);
    (void)snprintf(version, sizeof version, "%s", api_at(&api, "metadata.resourceVersion"));
    assert_int_equal(api_merge(&api, CORE "/put", "{'reason':'Other'}"), 200);
    assert_string_equal(api_at(&api, "metadata.resourceVersion"), version);
    assert_int_equal(api_merge(&api, CORE "/put?dryRun=All", "{'reason':'Dry'}"), 200);
    assert_string_equal(api_at(&api, "reason"), "Dry");
    assert_int_equal(api_get(&api, CORE "/put"), 200);
    assert_string_equal(api_at(&api, "reason"), "Other");
}

/* Kubernetes' Events may be created by an update; its older recorder does it. */
static void a_put_of_nothing_creates(void **state)
{
    (void)state;
    const char *body = "{'metadata':{'name':'by-put'},'involvedObject':{'kind':'Pod',"
                       "'namespace':'shop','name':'web'},'reason':'Put','type':'Normal'}";
    assert_int_equal(api_put(&api, CORE "/by-put?dryRun=All", body), 201);
    assert_int_equal(api_get(&api, CORE "/by-put"), 404);
    assert_int_equal(api_put(&api, CORE "/by-put", body), 201);
    assert_string_equal(api_at(&api, "reason"), "Put");
    assert_string_not_equal(api_at(&api, "metadata.uid"), "");
    assert_int_equal(api_get(&api, V1 "/by-put"), 200);
    assert_int_equal(api_put(&api, CORE "/by-put", body), 200);
    assert_int_equal(api_put(&api, CORE "/put-bad",
                             "{'metadata':{'name':'put-bad'},'involvedObject':{'kind':"
                             "'Pod','namespace':'other','name':'web'}}"),
                     422);
    /* It was meant for one that was there. */
    assert_int_equal(api_put(&api, CORE "/put-gone",
                             "{'metadata':{'name':'put-gone','uid':'u-1'},"
                             "'involvedObject':{'kind':'Pod','namespace':'shop'}}"),
                     409);
    assert_int_equal(api_get(&api, CORE "/put-gone"), 404);
    assert_int_equal(api_call(&api, "DELETE", CORE "/by-put", NULL, NULL), 200);
    assert_int_equal(api_put(&api, CORE "/by-put", body), 201); /* and again */
}

/* ---- apply -------------------------------------------------------------------------- */

static int apply(const char *path, const char *body)
{
    return api_call(&api, "PATCH", path, "application/apply-patch+yaml", body);
}

#define APPLIED_CORE                                                                       \
    "{'apiVersion':'v1','kind':'Event','metadata':{'name':'ssa'},'involvedObject':{"       \
    "'kind':'Pod','namespace':'shop'},'reason':'Applied','message':'%s'}"

static const char *applied(const char *message)
{
    static char text[512];
    (void)snprintf(text, sizeof text, APPLIED_CORE, message);
    return text;
}

/* Managers are one for both APIs, each of which names fields in its own way. */
static void applied_fields_have_managers_in_both_forms(void **state)
{
    (void)state;
    assert_int_equal(apply(CORE "/ssa", applied("one")), 422); /* no fieldManager */
    assert_int_equal(apply(CORE "/ssa?fieldManager=a", applied("one")), 201);
    assert_string_equal(api_at(&api, "metadata.managedFields.0.operation"), "Apply");
    assert_non_null(strstr(api_text(&api), "f:message"));
    questions_settle();
    assert_int_equal(api_get(&api, V1 "/ssa"), 200);
    assert_string_equal(api_at(&api, "metadata.managedFields.0.apiVersion"),
                        "events.k8s.io/v1");
    assert_non_null(strstr(api_text(&api), "f:note"));
    assert_null(strstr(api_text(&api), "f:message"));
    /* Another manager, the other form: whose field is it? */
    const char *other =
        "{'apiVersion':'events.k8s.io/v1','kind':'Event','metadata':{'name':"
        "'ssa','labels':{'b':'1'}},'eventTime':null,'note':'two'}";
    assert_int_equal(apply(V1 "/ssa?fieldManager=b", other), 409);
    assert_string_equal(api_at(&api, "details.causes.0.field"), ".note");
    assert_int_equal(apply(CORE "/ssa?fieldManager=a", applied("one")), 200);
    /* What the manager mentions no more goes. */
    assert_int_equal(apply(CORE "/ssa?fieldManager=a",
                           "{'apiVersion':'v1','kind':'Event','metadata':{'name':'ssa'},"
                           "'involvedObject':{'kind':'Pod','namespace':'shop'}}"),
                     200);
    assert_string_equal(api_at(&api, "message"), "");
    assert_string_equal(api_at(&api, "reason"), "");
    /* An ordinary write takes its fields over. */
    assert_int_equal(api_merge(&api, CORE "/ssa?fieldManager=c", "{'message':'three'}"),
                     200);
    assert_int_equal(apply(CORE "/ssa?fieldManager=a", applied("four")), 409);
    assert_int_equal(apply(CORE "/ssa?fieldManager=a&force=true", applied("four")), 200);
    assert_string_equal(api_at(&api, "message"), "four");
    char version[32];
    (void)snprintf(version, sizeof version, "%s", api_at(&api, "metadata.resourceVersion"));
    assert_int_equal(apply(CORE "/ssa?fieldManager=a&force=true", applied("four")), 200);
    assert_string_equal(api_at(&api, "metadata.resourceVersion"), version);
    /* Recorders do not pay for it. */
    make_core("plain");
    assert_int_equal(api_merge(&api, CORE "/plain", "{'message':'x'}"), 200);
    assert_null(strstr(api_text(&api), "managedFields"));
}

/* ---- delete ------------------------------------------------------------------------- */

static void deleted_events_are_gone_and_watchers_know(void **state)
{
    (void)state;
    make_core("del");
    char path[256], uid[64];
    (void)snprintf(uid, sizeof uid, "%s", api_at(&api, "metadata.uid"));
    (void)snprintf(path, sizeof path,
                   V1 "?watch=1&fieldSelector=metadata.name=del&resourceVersion=%s",
                   api_at(&api, "metadata.resourceVersion"));
    test_watch w;
    watch_start(&w, &api, path, NULL);
    assert_int_equal(
        api_call(&api, "DELETE", CORE "/del", NULL, "{'preconditions':{'uid':'other'}}"),
        409);
    assert_int_equal(api_delete(&api, CORE "/del?dryRun=All"), 200);
    assert_int_equal(api_get(&api, CORE "/del"), 200);
    assert_int_equal(api_delete(&api, CORE "/del"), 200);
    assert_string_equal(api_at(&api, "status"), "Success");
    assert_string_equal(api_at(&api, "details.uid"), uid);
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "type"), "DELETED");
    assert_string_equal(watch_at(&w, "object.note"), "again");
    assert_string_equal(watch_at(&w, "object.metadata.deletionTimestamp"), "");
    for (int round = 0; round < 2; round++) {
        assert_int_equal(api_get(&api, CORE "/del"), 404);
        assert_int_equal(api_delete(&api, CORE "/del"), 404);
        assert_int_equal(api_get(&api, CORE "?fieldSelector=metadata.name=del"), 200);
        assert_int_equal(api_count(&api, "items"), 0);
        questions_settle();
    }
    assert_int_equal(ask("EventQuery", EVER ",'fieldSelector':'metadata.name=del'"), 201);
    assert_int_equal(api_count(&api, "status.results"), 0);
    /* The name is free again, and its owner another one. */
    make_core("del");
    assert_string_not_equal(api_at(&api, "metadata.uid"), uid);
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "type"), "ADDED");
    questions_settle();
    assert_int_equal(api_get(&api, V1 "/del"), 200);
    assert_string_not_equal(api_at(&api, "metadata.uid"), uid);
    watch_stop(&w);
}

static void collections_are_deleted_by_selector(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "many%d", i);
        make_core(name);
        if (i == 2)
            questions_settle();
    }
    assert_int_equal(api_merge(&api, CORE "/many1", "{'metadata':{'labels':{'keep':'1'}}}"),
                     200);
    assert_int_equal(api_delete(&api, CORE "?labelSelector=!keep&fieldSelector="
                                           "involvedObject.name=web&dryRun=All"),
                     200);
    assert_true(api_count(&api, "items") >= 4);
    assert_int_equal(api_delete(&api, CORE "?labelSelector=!keep&fieldSelector="
                                           "involvedObject.name=web"),
                     200);
    assert_string_equal(api_at(&api, "kind"), "EventList");
    for (int round = 0; round < 2; round++) {
        assert_int_equal(api_get(&api, CORE "?fieldSelector=involvedObject.name=web"), 200);
        for (size_t i = 0; i < api_count(&api, "items"); i++) {
            char path[64];
            (void)snprintf(path, sizeof path, "items.%zu.metadata.labels.keep", i);
            assert_string_equal(api_at(&api, path), "1");
        }
        questions_settle();
    }
}

/* ---- what becomes of them ----------------------------------------------------------- */

static size_t activities(void)
{
    questions_process();
    return ask_count("ActivityQuery",
                     EVER ",'filter':'spec.resource.kind == \\'Octopus\\''");
}

/* The processor reads what is written here as it reads what is collected. A repetition is
 * an activity of its own; a label, and the end of the Event, say nothing new. */
static void written_events_become_activities(void **state)
{
    (void)state;
    assert_int_equal(
        api_post(&api, POLICIES,
                 "{'metadata':{'name':'octopus'},'spec':{'resource':{'apiGroup':'','kind':"
                 "'Octopus'},'eventRules':[{'name':'all','match':'true','summary':"
                 "'{{ event.note }}'}]}}"),
        201);
    assert_int_equal(api_post(&api, CORE,
                              "{'metadata':{'name':'arms'},'involvedObject':{'kind':"
                              "'Octopus','apiVersion':'v1','namespace':'shop','name':'o'},"
                              "'message':'eight arms','count':1,'lastTimestamp':"
                              "'2026-01-02T03:04:05Z','source':{'component':'sea'}}"),
                     201);
    assert_int_equal(activities(), 1);
    assert_string_equal(api_at(&api, "status.results.0.spec.summary"), "eight arms");
    assert_string_equal(api_at(&api, "status.results.0.spec.actor.name"), "sea");
    assert_int_equal(api_merge(&api, CORE "/arms", "{'metadata':{'labels':{'a':'b'}}}"),
                     200);
    assert_int_equal(activities(), 1);
    assert_int_equal(
        api_merge(&api, CORE "/arms", "{'count':2,'lastTimestamp':'2026-01-02T03:05:05Z'}"),
        200);
    assert_int_equal(activities(), 2);
    assert_int_equal(api_delete(&api, CORE "/arms"), 200);
    assert_int_equal(activities(), 2);
    assert_int_equal(ask("EventFacetQuery",
                         "'timeRange':{'start':'2020-01-01T00:00:00Z'},'facets':[{'field':"
                         "'regarding.kind'}]"),
                     201);
    assert_null(strstr(api_text(&api), "Octopus"));
}

/* ---- several writers ---------------------------------------------------------------- */

static void replicas_see_each_other_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 10; i++) {
        char name[32], path[64], patch[64], text[8];
        (void)snprintf(name, sizeof name, "both%d", i);
        (void)snprintf(path, sizeof path, CORE "/%s", name);
        make_core(name);
        assert_int_equal(at_replica("GET", path, NULL, NULL), 200);
        (void)snprintf(patch, sizeof patch, "{'count':%d}", i + 2);
        (void)snprintf(text, sizeof text, "%d", i + 2);
        assert_int_equal(at_replica("PATCH", path, STRATEGIC, patch), 200);
        assert_int_equal(api_get(&api, path), 200);
        assert_string_equal(api_at(&api, "count"), text);
        assert_int_equal(api_delete(&api, path), 200);
        assert_int_equal(at_replica("GET", path, NULL, NULL), 404);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_older_recorder_counts_by_patches),
        cmocka_unit_test(the_newer_recorder_moves_the_series),
        cmocka_unit_test(put_honours_the_version),
        cmocka_unit_test(a_put_of_nothing_creates),
        cmocka_unit_test(applied_fields_have_managers_in_both_forms),
        cmocka_unit_test(deleted_events_are_gone_and_watchers_know),
        cmocka_unit_test(collections_are_deleted_by_selector),
        cmocka_unit_test(written_events_become_activities),
        cmocka_unit_test(replicas_see_each_other_at_once),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
