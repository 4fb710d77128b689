/* ctest: labels=chdb timeout=300 */
/* Events, states of records, search and facets over a real engine. */
#include "unit/api/query_help.h"

static void append(char *text, size_t size, const char *more)
{
    size_t len = strlen(text);
    (void)snprintf(text + len, size - len, "%s", more);
}

/* A refusal of family A or B, about @field alone. */
static void assert_refused(const char *kind, const char *spec, const char *field,
                           const char *cause)
{
    if (ask(kind, spec) != 422)
        fail_msg("%s {%s} is not refused: %s", kind, spec, api_text(&api));
    assert_at("reason", "Invalid");
    assert_at("details.causes.0.field", field);
    assert_at("details.causes.0.reason", cause);
    assert_int_equal(api_count(&api, "details.causes"), 1);
}

/* ---- records ------------------------------------------------------------------------ */

/* One state of an Event. @minute of an hour of 2026-02-03. */
static void take_event(const char *uid, int version, int minute, const char *members)
{
    char body[2048];
    (void)snprintf(
        body, sizeof body,
        "{'apiVersion':'events.k8s.io/v1','kind':'Event','metadata':{'name':'%s',"
        "'namespace':'shop','uid':'%s','resourceVersion':'%d'},"
        "'eventTime':'2026-02-03T04:00:00.000000Z',"
        "'series':{'count':%d,'lastObservedTime':'2026-02-03T04:%02d:00.000000Z'},"
        "'reportingController':'kubelet','reportingInstance':'node-1',"
        "'regarding':{'apiVersion':'v1','kind':'Pod','namespace':'shop',"
        "'name':'web','uid':'pod-1','fieldPath':'spec.containers{a}'},%s}",
        uid, uid, version, version, minute, members);
    questions_take(body);
}

static void take_activity(const char *name, int version, const char *summary,
                          const char *extra_metadata)
{
    char body[2048];
    (void)snprintf(
        body, sizeof body,
        "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':'Activity',"
        "'metadata':{'name':'%s','namespace':'shop','creationTimestamp':"
        "'2026-02-03T04:05:06Z','annotations':{"
        "'activity.miloapis.com/reindex-version':'%d'}%s},"
        "'spec':{'summary':'%s','changeSource':'human','actor':{'type':'user',"
        "'name':'ann','uid':'u-ann'},'resource':{'apiGroup':'','apiVersion':'v1',"
        "'kind':'Pod','name':'web'},'tenant':{'type':'platform','name':''},"
        "'origin':{'type':'audit','id':'a'}}}",
        name, version, extra_metadata, summary);
    questions_take_activity(body);
}

/* ---- Events ------------------------------------------------------------------------- */

static void events_are_shown_in_their_newest_state(void **state)
{
    (void)state;
    take_event("a", 1, 1, "'reason':'Pulling','type':'Normal','note':'first'");
    take_event("b", 2, 2, "'reason':'Failed','type':'Warning','note':'other'");
    take_event("a", 3, 3, "'reason':'Pulled','type':'Normal','note':'last'");
    assert_int_equal(ask_count("EventQuery", EVER), 2);
    assert_string_equal(results("metadata.name"), "a b");
    assert_string_equal(results("event.note"), "last other");
    assert_at("status.results.0.kind", "EventRecord");
    assert_at("status.results.0.apiVersion", "activity.miloapis.com/v1alpha1");
    assert_at("status.results.0.event.apiVersion", "events.k8s.io/v1");
    assert_at("status.results.0.metadata.resourceVersion", "3");
    /* What only an older state says selects nothing. */
    assert_int_equal(ask_count("EventQuery", EVER ",'filter':'note == \\'first\\''"), 0);
    assert_int_equal(ask_count("EventQuery", EVER ",'fieldSelector':'reason=Pulling'"), 0);
    assert_int_equal(ask_count("EventQuery", EVER ",'fieldSelector':'reason=Pulled'"), 1);
    /* The range is part of the question: at minute 3 the Event was in its first state. */
    assert_int_equal(ask_count("EventQuery", "'startTime':'2026-02-03T04:00:00Z',"
                                             "'endTime':'2026-02-03T04:03:00Z'"),
                     2);
    assert_string_equal(results("event.note"), "other first");
}

/* The newest of equal times is the one of the highest version. */
static void events_of_one_time_are_told_apart_by_version(void **state)
{
    (void)state;
    take_event("a", 9, 1, "'note':'nine'");
    take_event("a", 10, 1, "'note':'ten'");
    take_event("a", 8, 1, "'note':'eight'");
    assert_int_equal(ask_count("EventQuery", EVER), 1);
    assert_string_equal(results("event.note"), "ten");
    assert_int_equal(ask("EventFacetQuery", "'timeRange':{'start':'2020-01-01T00:00:00Z'},"
                                            "'facets':[{'field':'regarding.kind'}]"),
                     201);
    assert_string_equal(facet(0), "Pod=1");
}

static void pages_hold_every_event_once(void **state)
{
    (void)state;
    questions_take_file("events-k8sio.json");
    for (int i = 0; i < 60; i += 3) /* an Event that repeats */
        take_event("again", i + 1, i, "'reason':'BackOff','type':'Warning'");
    char spec[8192], seen[20000] = "", token[4096] = "";
    size_t total = 0, pages = 0;
    do {
        (void)snprintf(spec, sizeof spec, EVER ",'limit':7,'continue':'%s'", token);
        total += ask_count("EventQuery", spec);
        pages++;
        for (size_t i = 0; i < api_count(&api, "status.results"); i++) {
            char path[64], uid[64];
            (void)snprintf(path, sizeof path, "status.results.%zu.metadata.uid", i);
            (void)snprintf(uid, sizeof uid, "%s ", api_at(&api, path));
            assert_null(strstr(seen, uid));
            append(seen, sizeof seen, uid);
        }
        (void)snprintf(token, sizeof token, "%s", api_at(&api, "status.continue"));
        /* What arrives meanwhile moves nothing. */
        if (pages == 3)
            take_event("late", 1, 59, "'reason':'Late'");
    } while (token[0]);
    assert_in_range(total, 251, 252);
    assert_int_equal(pages, (total + 6) / 7);
    /* The cursor is good for this question only. */
    (void)snprintf(spec, sizeof spec, EVER ",'limit':7");
    assert_int_equal(ask_count("EventQuery", spec), 7);
    (void)snprintf(spec, sizeof spec,
                   EVER ",'limit':7,'fieldSelector':'type=Normal','continue':'%s'",
                   strdup(api_at(&api, "status.continue")));
    assert_refused("EventQuery", spec, "spec.continue", "FieldValueInvalid");
}

static void event_selectors_have_all_keys(void **state)
{
    (void)state;
    static const char *const yes[] = {
        "name=e",
        "namespace=shop",
        "uid=e",
        "metadata.name=e",
        "metadata.namespace=shop",
        "metadata.uid=e",
        "regarding.apiVersion=v1",
        "regarding.kind=Pod",
        "regarding.namespace=shop",
        "regarding.name=web",
        "regarding.uid=pod-1",
        "regarding.fieldPath=spec.containers{a}",
        "involvedObject.apiVersion=v1",
        "involvedObject.kind=Pod",
        "involvedObject.namespace=shop",
        "involvedObject.name=web",
        "involvedObject.uid=pod-1",
        "involvedObject.fieldPath=spec.containers{a}",
        "related.apiVersion=v1",
        "related.kind=Node",
        "related.namespace=",
        "related.name=n1",
        "related.uid=node-uid",
        "related.fieldPath=x",
        "related.resourceVersion=12",
        "reason=Killing",
        "type=Normal",
        "action=Kill",
        "source=kubelet",
        "source.component=kubelet",
        "source.host=node-1",
        "reportingController=kubelet",
        "reportingComponent=kubelet",
        "reportingInstance=node-1",
        "reason==Killing",
        "reason!=Other",
        "",
        " reason = Killing , type!=Warning ",
    };
    take_event("e", 1, 1,
               "'reason':'Killing','type':'Normal','action':'Kill','related':{"
               "'apiVersion':'v1','kind':'Node','name':'n1','uid':'node-uid',"
               "'fieldPath':'x','resourceVersion':'12'}");
    for (size_t i = 0; i < ACT_COUNT(yes); i++) {
        char spec[512];
        (void)snprintf(spec, sizeof spec, EVER ",'fieldSelector':'%s'", yes[i]);
        if (ask_count("EventQuery", spec) != 1)
            fail_msg("nothing for %s", yes[i]);
        char *equal = strchr(spec + strlen(EVER) + 18, '=');
        if (!equal || strchr(yes[i], ',') || strchr(yes[i], '!') || strstr(yes[i], "=="))
            continue;
        (void)snprintf(spec, sizeof spec, EVER ",'fieldSelector':'%.*s!=%s'",
                       (int)strcspn(yes[i], "="), yes[i], strchr(yes[i], '=') + 1);
        if (ask_count("EventQuery", spec) != 0)
            fail_msg("something for %s", spec);
    }
    assert_int_equal(ask_count("EventQuery", EVER ",'namespace':'shop'"), 1);
    assert_int_equal(ask_count("EventQuery", EVER ",'namespace':'other'"), 0);
    static const char *const no[] = { "nothing=x", "reason", "reason=a=b", "spec.x!=1",
                                      "reason in (a)" };
    for (size_t i = 0; i < ACT_COUNT(no); i++) {
        char spec[512];
        (void)snprintf(spec, sizeof spec, EVER ",'fieldSelector':'%s'", no[i]);
        assert_refused("EventQuery", spec, "spec.fieldSelector", "FieldValueInvalid");
    }
}

static void event_queries_are_checked(void **state)
{
    (void)state;
    api.accept = NULL;
    assert_refused("EventQuery", "'endTime':'now','startTime':''", "spec.startTime",
                   "FieldValueRequired");
    assert_refused("EventQuery", "'startTime':'now-1x','endTime':'now'", "spec.startTime",
                   "FieldValueInvalid");
    assert_refused("EventQuery", "'startTime':'now','endTime':'now-1h'", "spec.endTime",
                   "FieldValueInvalid");
    assert_refused("EventQuery", EVER ",'limit':-1", "spec.limit", "FieldValueInvalid");
    assert_refused("EventQuery", EVER ",'limit':1001", "spec.limit", "FieldValueInvalid");
    assert_refused("EventQuery", EVER ",'continue':'x'", "spec.continue",
                   "FieldValueInvalid");
    assert_refused("EventQuery", EVER ",'filter':'nothing == 1'", "spec.filter",
                   "FieldValueInvalid");
    /* Family A: the object is named. */
    assert_at("details.name", "q");
    assert_at("details.kind", "EventQuery");
}

/* ---- states of activities ----------------------------------------------------------- */

static void activities_are_shown_in_their_newest_version(void **state)
{
    (void)state;
    take_activity("act-1", 0, "an old sentence", "");
    take_activity("act-2", 0, "an old sentence too", "");
    take_activity("act-1", 1, "a new sentence", "");
    take_activity("act-2", 1, "gone", ",'deletionTimestamp':'2026-02-04T00:00:00Z'");
    assert_int_equal(ask_count("ActivityQuery", EVER), 1);
    assert_string_equal(results("spec.summary"), "a new sentence");
    assert_int_equal(
        ask_count("ActivityQuery", EVER ",'filter':'spec.summary.contains(\\'old\\')'"), 0);
    assert_int_equal(ask_count("ActivityQuery", EVER ",'search':'old'"), 0);
    assert_int_equal(ask_count("ActivityQuery", EVER ",'search':'sentence'"), 1);
    assert_string_equal(results("spec.summary"), "a new sentence");
    assert_int_equal(api_get(&api, GROUP "activities?filter=spec.summary.contains('old')"),
                     200);
    assert_int_equal(api_count(&api, "items"), 0);
    assert_int_equal(api_get(&api, GROUP "activities?fieldSelector=spec.actor.name%3Dann"),
                     200);
    assert_int_equal(api_count(&api, "items"), 1);
    assert_int_equal(api_get(&api, GROUP "namespaces/shop/activities/act-1"), 200);
    assert_at("spec.summary", "a new sentence");
    assert_int_equal(api_get(&api, GROUP "namespaces/shop/activities/act-2"), 404);
    assert_int_equal(ask("ActivityFacetQuery",
                         "'timeRange':{'start':'2020-01-01T00:00:00Z'},"
                         "'facets':[{'field':'spec.actor.name'}]"),
                     201);
    assert_string_equal(facet(0), "ann=1");
}

/* A page full of older versions that a filter selects is not the end. */
static void stale_states_do_not_shorten_pages(void **state)
{
    (void)state;
    char name[32];
    for (int i = 0; i < 12; i++) {
        (void)snprintf(name, sizeof name, "act-%02d", i);
        take_activity(name, 0, "red", "");
        if (i >= 3)
            take_activity(name, 1, "green", "");
    }
    assert_int_equal(ask_count("ActivityQuery", EVER ",'search':'red','limit':3"), 3);
    assert_string_equal(results("metadata.name"), "act-02 act-01 act-00");
    assert_at("status.continue", "");
}

/* ---- search ------------------------------------------------------------------------- */

static void search_has_words_phrases_and_prefixes(void **state)
{
    (void)state;
    static const struct {
        const char *search, *names;
    } cases[] = {
        { "deploy", "act-2 act-1" },
        { "DEPLOYMENT", "act-1" },
        { "scaled", "act-1" },
        { "scaled pod", "act-3 act-1" },
        { "\\\"deployment web\\\"", "act-1" },
        { "\\\"web deployment\\\"", "" },
        { "\\\"deployment web", "act-1" },
        { "web*", "act-1" },
        { "eb*", "" },
        { "eb", "act-1" },
        { "dep*", "act-2 act-1" },
        { "100%*", "act-2" },
        { "100.*", "" },
        { "%", "act-2" },
        { "_", "" },
        { "\\\"*\\\"", "act-3" },
        { "b\\u00fcro*", "act-3" },
        { "roo*", "act-3" },
        { "*", "act-3" },
        { "   ", "act-3 act-2 act-1" },
    };
    take_activity("act-1", 0, "ann scaled deployment web", "");
    take_activity("act-2", 0, "bob Deployed 100% of api-server", "");
    take_activity("act-3", 0, "ann deleted a Pod * of b\\u00fcro/root", "");
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char spec[256];
        (void)snprintf(spec, sizeof spec, EVER ",'search':'%s'", cases[i].search);
        (void)ask_count("ActivityQuery", spec);
        if (strcmp(results("metadata.name"), cases[i].names) != 0)
            fail_msg("%s: '%s', not '%s'", cases[i].search, results("metadata.name"),
                     cases[i].names);
    }
    char many[512] = EVER ",'search':'";
    for (int i = 0; i < 33; i++)
        append(many, sizeof many, "a ");
    append(many, sizeof many, "'");
    assert_refused("ActivityQuery", many, "spec.search", "FieldValueTooMany");
}

/* ---- facets ------------------------------------------------------------------------- */

#define SINCE "'timeRange':{'start':'2020-01-01T00:00:00Z'},"

static void facets_count_records(void **state)
{
    (void)state;
    questions_take_file("audit.jsonl");
    questions_take_file("events-k8sio.json");
    /* Rows that an insert repeated after a crash has doubled. */
    act_err e = ACT_ERR_INIT;
    if (act_store_exec(api.store,
                       ACT_STR("INSERT INTO audit.audit_logs (event_json) "
                               "SELECT event_json FROM audit.audit_logs LIMIT 50"),
                       NULL, 0, &e))
        fail_msg("%s", e.text);
    assert_int_equal(ask("AuditLogFacetsQuery",
                         SINCE "'facets':[{'field':'verb'},{'field':'responseStatus.code',"
                               "'limit':2},{'field':'objectRef.apiGroup','limit':1000}]"),
                     201);
    char first[4096];
    (void)snprintf(first, sizeof first, "%s", facet(0));
    assert_non_null(strstr(first, "delete="));
    size_t total = 0;
    for (char *p = strchr(first, '='); p; p = strchr(p + 1, '='))
        total += strtoul(p + 1, NULL, 10);
    assert_int_equal(ask_count("AuditLogQuery", EVER ",'limit':1000"), total);
    assert_int_equal(ask_count("AuditLogQuery", EVER ",'filter':'verb == \\'delete\\''"),
                     strtoul(strstr(first, "delete=") + 7, NULL, 10));
    /* Descending, and equal counts by value. */
    assert_int_equal(ask("EventFacetQuery", SINCE
                         "'facets':[{'field':'type'},{'field':'regarding.kind',"
                         "'limit':3},{'field':'related.kind'},{'field':'namespace'}]"),
                     201);
    assert_string_equal(facet(0), "Warning=146 Normal=104");
    assert_string_equal(facet(1), "Pod=137 HorizontalPodAutoscaler=38 ReplicaSet=35");
    assert_string_equal(facet(2), "");
    assert_at("status.facets.3.field", "namespace");
    assert_int_equal(ask("EventFacetQuery",
                         SINCE "'filter':'type == \\'Normal\\' && regarding.kind != "
                               "\\'Pod\\'','facets':[{'field':'regarding.kind'}]"),
                     201);
    assert_string_equal(facet(0), "ReplicaSet=35 Deployment=26 Job=14");
}

static void facets_look_at_seven_days(void **state)
{
    (void)state;
    act_clock clock = act_clock_system();
    for (int days = 0; days <= 8; days += 8) {
        char body[512], time[ACT_RFC3339_MAX];
        int64_t at = act_wall_ns(clock) - days * INT64_C(86400) * ACT_NS_PER_S;
        (void)act_rfc3339_format(at - ACT_NS_PER_S, 6, time);
        (void)snprintf(body, sizeof body,
                       "{'kind':'Event','apiVersion':'audit.k8s.io/v1','auditID':'id-%d',"
                       "'stage':'ResponseComplete','verb':'get','user':{'username':'u%d'},"
                       "'requestReceivedTimestamp':'%s'}",
                       days, days, time);
        questions_take(body);
    }
    assert_int_equal(ask("AuditLogFacetsQuery", "'facets':[{'field':'user.username'}]"),
                     201);
    assert_string_equal(facet(0), "u0=1");
    assert_int_equal(ask("AuditLogFacetsQuery",
                         "'timeRange':{'start':'now-2w'},'facets':[{'field':"
                         "'user.username'},{'field':'objectRef.namespace'}]"),
                     201);
    assert_string_equal(facet(0), "u0=1 u8=1");
    assert_string_equal(facet(1), "=2"); /* nothing is a value too */
    assert_int_equal(ask("AuditLogFacetsQuery",
                         "'timeRange':{'end':'now-1d','start':'now-9d'},"
                         "'facets':[{'field':'user.username'}]"),
                     201);
    assert_string_equal(facet(0), "u8=1");
}

static void facets_are_checked_in_friendly_words(void **state)
{
    (void)state;
    static const char *const kinds[] = { "AuditLogFacetsQuery", "ActivityFacetQuery",
                                         "EventFacetQuery" };
    static const char *const good[] = { "verb", "spec.actor.name", "type" };
    for (size_t i = 0; i < ACT_COUNT(kinds); i++) {
        char spec[2048];
        assert_refused(kinds[i], "'facets':[]", "spec.facets", "FieldValueRequired");
        assert_refused(kinds[i], "'facets':[{'field':''}]", "spec.facets[0].field",
                       "FieldValueRequired");
        assert_refused(kinds[i], "'facets':[{'field':'wrong'}]", "spec.facets[0].field",
                       "FieldValueNotSupported");
        assert_non_null(strstr(api_at(&api, "details.causes.0.message"), good[i]));
        (void)snprintf(spec, sizeof spec, "'facets':[{'field':'%s','limit':-1}]", good[i]);
        assert_refused(kinds[i], spec, "spec.facets[0].limit", "FieldValueInvalid");
        (void)snprintf(spec, sizeof spec, "'facets':[");
        for (int k = 0; k < 11; k++)
            (void)snprintf(spec + strlen(spec), sizeof spec - strlen(spec),
                           "%s{'field':'%s'}", k ? "," : "", good[i]);
        append(spec, sizeof spec, "]");
        assert_refused(kinds[i], spec, "spec.facets", "FieldValueTooMany");
        (void)snprintf(spec, sizeof spec,
                       "'timeRange':{'start':'now-7xd'},'facets':[{'field':'%s'}]",
                       good[i]);
        assert_refused(kinds[i], spec, "spec.timeRange.start", "FieldValueInvalid");
        (void)snprintf(spec, sizeof spec,
                       "'timeRange':{'start':'now-1h','end':'now-2h'},'facets':"
                       "[{'field':'%s'}]",
                       good[i]);
        assert_refused(kinds[i], spec, "spec.timeRange.end", "FieldValueInvalid");
        (void)snprintf(spec, sizeof spec, "'filter':'size(','facets':[{'field':'%s'}]",
                       good[i]);
        assert_refused(kinds[i], spec, "spec.filter", "FieldValueInvalid");
        assert_at("details.name", "");
        assert_at("details.kind", kinds[i]);
        /* All that is wrong is said at once. */
        assert_int_equal(ask(kinds[i], "'timeRange':{'start':'x','end':'y'},'filter':'1',"
                                       "'facets':[{'field':'z'}]"),
                         422);
        assert_int_equal(api_count(&api, "details.causes"), 4);
    }
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, questions_setup, questions_teardown)
    const struct CMUnitTest tests[] = {
        CASE(events_are_shown_in_their_newest_state),
        CASE(events_of_one_time_are_told_apart_by_version),
        CASE(pages_hold_every_event_once),
        CASE(event_selectors_have_all_keys),
        CASE(event_queries_are_checked),
        CASE(activities_are_shown_in_their_newest_version),
        CASE(stale_states_do_not_shorten_pages),
        CASE(search_has_words_phrases_and_prefixes),
        CASE(facets_count_records),
        CASE(facets_look_at_seven_days),
        CASE(facets_are_checked_in_friendly_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
