/* ctest: labels=chdb timeout=300 */
/* Every way to read × every scope: of the canaries (records that each tenant has of every
 * kind) a request sees its own tenant's and not one more. */
#include "unit/api/query_help.h"

/* ---- who asks ----------------------------------------------------------------------- */

#define PARENT(type, name)                                                                 \
    "iam.miloapis.com/parent-type=" type ";iam.miloapis.com/parent-name=" name

/* Canaries by the tenant that may see them; each record has the word in several fields. */
enum { ACME = 1 << 0, GLOBEX = 1 << 1, ANN = 1 << 2, NOBODY = 1 << 3 };
static const struct {
    unsigned bit;
    const char *word, *type, *name, *uid;
} canaries[] = {
    { ACME, "canaryacme", "Organization", "acme", "uid-x" },
    { GLOBEX, "canaryglobex", "Project", "globex", "uid-y" },
    { ANN, "canaryann", "User", "uid-ann", "uid-ann" },
    { NOBODY, "canarynobody", "", "", "uid-z" },
};
enum { ALL = ACME | GLOBEX | ANN | NOBODY, REFUSED = 1 << 8 };

/* Scopes: the token, the extras behind it, and whose canaries it sees. */
static const struct {
    const char *token, *extras;
    unsigned sees;
} scopes[] = {
    { "t-platform", "", ALL },
    { "t-acme", PARENT("organization", "acme"), ACME },
    { "t-acme-mixed", PARENT("OrGaNiZaTiOn", "acme"), ACME },
    { "t-acme-upper", PARENT("Organization", "ACME"), 0 },
    { "t-globex", PARENT("Project", "globex"), GLOBEX },
    { "t-acme-project", PARENT("project", "acme"), 0 },
    { "t-user", PARENT("User", "uid-ann"), ANN },
    { "t-unknown", PARENT("galaxy", "acme"), REFUSED },
    { "t-no-name", "iam.miloapis.com/parent-type=organization", REFUSED },
    { "t-no-type", "iam.miloapis.com/parent-name=acme", REFUSED },
    { "t-empty", PARENT("organization", ""), REFUSED },
    { "t-two", PARENT("organization", "acme;iam.miloapis.com/parent-name=globex"),
      REFUSED },
};

/* ---- records ------------------------------------------------------------------------ */

static void write_annotations(size_t i, char *out, size_t size)
{
    out[0] = '\0';
    if (canaries[i].type[0])
        (void)snprintf(out, size,
                       ",'annotations':{'platform.miloapis.com/scope.type':'%s',"
                       "'platform.miloapis.com/scope.name':'%s'}",
                       canaries[i].type, canaries[i].name);
}

static void take_canary(size_t i)
{
    char body[2048], notes[256];
    const char *w = canaries[i].word;
    char time[ACT_RFC3339_MAX];
    (void)act_rfc3339_format(act_wall_ns(act_clock_system()) - 5 * ACT_NS_PER_S, 6, time);
    write_annotations(i, notes, sizeof notes);
    (void)snprintf(body, sizeof body,
                   "{'kind':'Event','apiVersion':'audit.k8s.io/v1','auditID':'%s','stage':"
                   "'ResponseComplete','verb':'create','user':{'username':'%s','uid':'%s'},"
                   "'objectRef':{'apiGroup':'apps','apiVersion':'v1','resource':"
                   "'deployments','namespace':'%s','name':'%s'},'responseStatus':{'code':"
                   "201},'requestReceivedTimestamp':'%s'%s}",
                   w, w, canaries[i].uid, w, w, time, notes);
    questions_take(body);
    (void)snprintf(
        body, sizeof body,
        "{'kind':'Event','apiVersion':'events.k8s.io/v1','metadata':{'name':'%s',"
        "'namespace':'%s','uid':'%s'%s},'eventTime':'%s','reason':'%s','note':"
        "'%s','type':'Normal','reportingController':'%s','regarding':{"
        "'apiVersion':'apps/v1','kind':'Deployment','namespace':'%s','name':"
        "'%s'}}",
        w, w, w, notes, time, w, w, w, w, w);
    questions_take(body);
}

static const char policy[] =
    "{'metadata':{'name':'deployments'},'spec':{'resource':{'apiGroup':'apps','kind':"
    "'Deployment'},'auditRules':[{'name':'all','match':'true','summary':"
    "'{{ actor }} created {{ audit.objectRef.name }}'}]}}";

static int setup(void **state)
{
    (void)state;
    static char tokens[4096];
    size_t len = 0;
    for (size_t i = 0; i < ACT_COUNT(scopes); i++)
        len += (size_t)snprintf(tokens + len, sizeof tokens - len,
                                "%s,%s,%zu,system:masters,%s\n", scopes[i].token,
                                scopes[i].token, i, scopes[i].extras);
    questions_start(tokens);
    assert_int_equal(api_post(&api, POLICIES, policy), 201);
    for (size_t i = 0; i < ACT_COUNT(canaries); i++)
        take_canary(i);
    questions_process();
    return 0;
}

/* ---- ways to read ------------------------------------------------------------------- */

#define WIDE "'startTime':'now-7d','endTime':'now'"
#define PREVIEW                                                                            \
    "'policy':{'resource':{'apiGroup':'apps','kind':'Deployment'},'auditRules':["          \
    "{'name':'a','match':'true','summary':'x'}],'eventRules':[{'name':'a','match':"        \
    "'true','summary':'x'}]}"
#define PREVIEW_AUDIT PREVIEW ",'autoFetch':{'sources':'audit'}"
#define PREVIEW_EVENTS PREVIEW ",'autoFetch':{'sources':'events'}"

/* Creations, by kind and spec; reads, by path. What asks for all must show what is the
 * scope's own. */
static const struct {
    const char *kind, *spec;
} ways[] = {
    { "AuditLogQuery", WIDE },
    { "AuditLogQuery", WIDE ",'filter':'true || verb == \\'x\\''" },
    { "AuditLogQuery", WIDE ",'filter':'user.username != \\'x\\''" },
    { "ActivityQuery", WIDE },
    { "ActivityQuery", WIDE ",'filter':'spec.tenant.name != \\'x\\' || true'" },
    { "ActivityQuery", WIDE ",'search':'created'" },
    { "ActivityQuery", WIDE ",'search':'canary* created'" },
    { "EventQuery", WIDE },
    { "EventQuery", WIDE ",'fieldSelector':'reason!=x'" },
    { "EventQuery", WIDE ",'filter':'type == \\'Normal\\' || true'" },
    { "AuditLogFacetsQuery",
      "'facets':[{'field':'user.username'},{'field':'objectRef.namespace'}]" },
    { "AuditLogFacetsQuery", "'filter':'true','facets':[{'field':'objectRef.namespace'}]" },
    { "ActivityFacetQuery",
      "'facets':[{'field':'spec.actor.name'},{'field':'spec.resource.namespace'}]" },
    { "ActivityFacetQuery", "'filter':'true','facets':[{'field':'spec.actor.name'}]" },
    { "EventFacetQuery", "'facets':[{'field':'reason'},{'field':'namespace'},"
                         "{'field':'source.component'},{'field':'regarding.namespace'}]" },
    { "EventFacetQuery", "'filter':'true','facets':[{'field':'reason'}]" },
    { "PolicyPreview", PREVIEW_AUDIT },
    { "PolicyPreview", PREVIEW_EVENTS },
    { NULL, "activities" },
    { NULL, "activities?filter=true" },
    { NULL, "activities?fieldSelector=spec.changeSource%3Dhuman" },
    { NULL, "activities?labelSelector=activity.miloapis.com/origin-type%3Daudit" },
    { NULL, "/api/v1/events" },
    { NULL, "/api/v1/events?fieldSelector=type%3DNormal&labelSelector=!x" },
    { NULL, "/apis/events.k8s.io/v1/events" },
    { NULL, "/apis/events.k8s.io/v1/events?limit=100&fieldSelector=reason!%3Dx" },
};

static void assert_sees(const char *token, const char *what, unsigned sees)
{
    const char *text = api_text(&api);
    for (size_t i = 0; i < ACT_COUNT(canaries); i++) {
        bool seen = strstr(text, canaries[i].word) != NULL;
        if (seen != ((sees & canaries[i].bit) != 0))
            fail_msg("%s %s %s by %s: %s", canaries[i].word, seen ? "seen" : "not seen",
                     token, what, text);
    }
}

static int go(size_t way)
{
    char path[512];
    if (ways[way].kind)
        return ask(ways[way].kind, ways[way].spec);
    (void)snprintf(path, sizeof path, "%s%s", ways[way].spec[0] == '/' ? "" : GROUP,
                   ways[way].spec);
    return api_get(&api, path);
}

static void every_way_shows_the_scopes_own(void **state)
{
    (void)state;
    for (size_t s = 0; s < ACT_COUNT(scopes); s++) {
        api.token = scopes[s].token;
        for (size_t w = 0; w < ACT_COUNT(ways); w++) {
            int status = go(w);
            bool refused = scopes[s].sees == REFUSED;
            int wanted = refused ? 403 : ways[w].kind ? 201 : 200;
            if (status != wanted)
                fail_msg("%s gets %d by %s: %s", scopes[s].token, status, ways[w].spec,
                         api_text(&api));
            assert_sees(scopes[s].token, ways[w].spec, refused ? 0 : scopes[s].sees);
        }
    }
}

/* @form with @name for each @. */
static void put_name(char *out, size_t size, const char *form, const char *name)
{
    size_t len = 0;
    for (; *form; form++)
        len += (size_t)snprintf(out + len, size - len, "%.*s", *form == '@' ? 64 : 1,
                                *form == '@' ? name : form);
}

/* One who knows what to look for. Answers repeat what was asked, so only the status counts.
 */
static void knowing_the_name_does_not_help(void **state)
{
    (void)state;
    static const char *const aimed[][3] = {
        { "AuditLogQuery", "filter", "auditID == \\'@\\'" },
        { "AuditLogQuery", "filter", "user.username == \\'@\\' || user.uid == \\'@\\'" },
        { "ActivityQuery", "filter", "spec.origin.id == \\'@\\'" },
        { "ActivityQuery", "search", "@" },
        { "EventQuery", "filter", "metadata.uid == \\'@\\'" },
        { "EventQuery", "fieldSelector", "metadata.uid=@" },
        { "EventQuery", "namespace", "@" },
    };
    for (size_t s = 0; s < ACT_COUNT(scopes); s++) {
        if (scopes[s].sees == REFUSED)
            continue;
        api.token = scopes[s].token;
        for (size_t a = 0; a < ACT_COUNT(aimed); a++) {
            for (size_t i = 0; i < ACT_COUNT(canaries); i++) {
                char spec[512], value[256];
                const char *w = canaries[i].word;
                put_name(value, sizeof value, aimed[a][2], w);
                (void)snprintf(spec, sizeof spec, WIDE ",'%s':'%s'", aimed[a][1], value);
                size_t wanted = (scopes[s].sees & canaries[i].bit) != 0;
                if (ask_count(aimed[a][0], spec) != wanted)
                    fail_msg("%s by %s: %s", scopes[s].token, spec, api_text(&api));
            }
        }
    }
}

/* An activity by its name and namespace: another tenant's is as absent as none. */
static void getting_others_activities_is_404(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(canaries); i++) {
        char spec[256], path[256];
        api.token = "t-platform";
        (void)snprintf(spec, sizeof spec, WIDE ",'search':'%s'", canaries[i].word);
        assert_int_equal(ask_count("ActivityQuery", spec), 1);
        (void)snprintf(path, sizeof path, GROUP "namespaces/%s/activities/%s",
                       canaries[i].word, api_at(&api, "status.results.0.metadata.name"));
        for (size_t s = 0; s < ACT_COUNT(scopes); s++) {
            api.token = scopes[s].token;
            int wanted = scopes[s].sees == REFUSED          ? 403
                         : scopes[s].sees & canaries[i].bit ? 200
                                                            : 404;
            assert_int_equal(api_get(&api, path), wanted);
        }
    }
}

/* Another tenant's Event is as absent as none, whatever is done to it. */
static void touching_others_events_is_404(void **state)
{
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(canaries); i++) {
        char path[256];
        (void)snprintf(path, sizeof path, "/apis/events.k8s.io/v1/namespaces/%s/events/%s",
                       canaries[i].word, canaries[i].word);
        for (size_t s = 0; s < ACT_COUNT(scopes); s++) {
            api.token = scopes[s].token;
            bool own = scopes[s].sees != REFUSED && scopes[s].sees & canaries[i].bit;
            int wanted = scopes[s].sees == REFUSED ? 403 : own ? 200 : 404;
            assert_int_equal(api_get(&api, path), wanted);
            if (own)
                continue;
            assert_int_equal(api_merge(&api, path, "{'metadata':{'labels':{'a':'b'}}}"),
                             wanted);
            assert_int_equal(api_delete(&api, path), wanted);
        }
    }
}

#define SHOP "/api/v1/namespaces/shop/events"

static int create_event(const char *token, const char *name, const char *tenant)
{
    char body[1024];
    api.token = token;
    (void)snprintf(body, sizeof body,
                   "{'metadata':{'name':'%s','annotations':{"
                   "'platform.miloapis.com/scope.type':'Organization',"
                   "'platform.miloapis.com/scope.name':'%s'}},'involvedObject':{'kind':"
                   "'Pod','namespace':'shop'},'reason':'by-%s'}",
                   name, tenant, token);
    return api_post(&api, SHOP, body);
}

/* Whose an Event is, the caller's scope says, and no change of it; names are a tenant's. */
static void nobody_speaks_for_another_tenant(void **state)
{
    (void)state;
    assert_int_equal(create_event("t-globex", "mine", "acme"), 201);
    assert_int_equal(create_event("t-user", "mine", "acme"), 201);
    assert_int_equal(create_event("t-platform", "mine", "acme"), 201);
    assert_int_equal(create_event("t-acme", "mine", "globex"), 409);
    assert_int_equal(create_event("t-acme-upper", "mine", "acme"), 201);
    static const char *const tokens[][2] = { { "t-globex", "by-t-globex" },
                                             { "t-user", "by-t-user" },
                                             { "t-acme", "by-t-platform" },
                                             { "t-acme-mixed", "by-t-platform" },
                                             { "t-acme-upper", "by-t-acme-upper" } };
    for (int round = 0; round < 2; round++) {
        for (size_t i = 0; i < ACT_COUNT(tokens); i++) {
            api.token = tokens[i][0];
            assert_int_equal(api_get(&api, SHOP "/mine"), 200);
            assert_string_equal(api_at(&api, "reason"), tokens[i][1]);
            assert_int_equal(api_get(&api, SHOP), 200);
            assert_int_equal(api_count(&api, "items"), 1);
        }
        api.token = "t-globex";
        assert_int_equal(api_merge(&api, SHOP "/mine",
                                   "{'metadata':{'annotations':{"
                                   "'platform.miloapis.com/scope.type':'organization',"
                                   "'platform.miloapis.com/scope.name':'acme'}}}"),
                         200);
        assert_int_equal(api_merge(&api, SHOP "/mine", "{'metadata':{'annotations':null}}"),
                         200);
        assert_ok(act_ingester_drain(api.ingester, PATIENCE_NS));
    }
    api.token = "t-platform";
    assert_int_equal(api_get(&api, SHOP), 200);
    assert_int_equal(api_count(&api, "items"), 4);
    api.token = "t-globex";
    assert_int_equal(api_delete(&api, SHOP), 200);
    api.token = "t-platform";
    assert_int_equal(api_get(&api, SHOP), 200);
    assert_int_equal(api_count(&api, "items"), 3);
}

/* A cursor of one scope opens for no other. */
static void cursors_stay_in_their_scope(void **state)
{
    (void)state;
    static const char *const kinds[] = { "AuditLogQuery", "ActivityQuery", "EventQuery" };
    for (size_t k = 0; k < ACT_COUNT(kinds); k++) {
        char spec[4096];
        api.token = "t-platform";
        assert_int_equal(ask_count(kinds[k], WIDE ",'limit':1"), 1);
        (void)snprintf(spec, sizeof spec, WIDE ",'limit':1,'continue':'%s'",
                       api_at(&api, "status.continue"));
        assert_int_equal(ask_count(kinds[k], spec), 1);
        for (size_t s = 1; s < ACT_COUNT(scopes); s++) {
            api.token = scopes[s].token;
            assert_int_equal(ask(kinds[k], spec), scopes[s].sees == REFUSED ? 403 : 422);
            if (scopes[s].sees != REFUSED)
                assert_string_equal(api_at(&api, "details.causes.0.field"),
                                    "spec.continue");
            assert_sees(scopes[s].token, "a cursor", 0);
        }
    }
    static const char *const lists[] = { GROUP "activities", "/api/v1/events",
                                         "/apis/events.k8s.io/v1/events" };
    for (size_t i = 0; i < ACT_COUNT(lists); i++) {
        char path[4096];
        api.token = "t-platform";
        (void)snprintf(path, sizeof path, "%s?limit=1", lists[i]);
        assert_int_equal(api_get(&api, path), 200);
        (void)snprintf(path, sizeof path, "%s?limit=1&continue=%s", lists[i],
                       api_at(&api, "metadata.continue"));
        assert_int_equal(api_get(&api, path), 200);
        api.token = "t-acme";
        assert_int_equal(api_get(&api, path), 400);
        assert_sees("t-acme", path, 0);
    }
}

static unsigned canaries_in(const char *text)
{
    unsigned seen = 0;
    for (size_t i = 0; i < ACT_COUNT(canaries); i++)
        if (strstr(text, canaries[i].word))
            seen |= canaries[i].bit;
    return seen;
}

/* A watch after version 1 does not show the first record. */
static unsigned not_shown(const char *path)
{
    return strstr(path, "resourceVersion=1") ? canaries[0].bit : 0;
}

/* Watches from the beginning and from the list: what is to come comes, and then nothing. */
static void watches_show_the_scopes_own(void **state)
{
    (void)state;
    static const char *const paths[] = {
        GROUP "activities?watch=1&resourceVersion=1",
        GROUP "activities?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"
              "&allowWatchBookmarks=true",
        "/api/v1/events?watch=1",
        "/apis/events.k8s.io/v1/events?watch=1&resourceVersion=1",
        "/apis/events.k8s.io/v1/events?watch=1&sendInitialEvents=true&"
        "resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true",
    };
    for (size_t s = 0; s < ACT_COUNT(scopes); s++) {
        test_watch w[ACT_COUNT(paths)];
        unsigned seen[ACT_COUNT(paths)] = { 0 };
        api.token = scopes[s].token;
        if (scopes[s].sees == REFUSED) {
            for (size_t p = 0; p < ACT_COUNT(paths); p++)
                assert_int_equal(api_get(&api, paths[p]), 403);
            continue;
        }
        for (size_t p = 0; p < ACT_COUNT(paths); p++)
            watch_start(&w[p], &api, paths[p], NULL);
        for (size_t p = 0; p < ACT_COUNT(paths); p++) {
            unsigned wanted = scopes[s].sees & ~not_shown(paths[p]);
            while ((seen[p] & wanted) != wanted && watch_next(&w[p]))
                seen[p] |= canaries_in(watch_at(&w[p], "object"));
        }
        for (size_t p = 0; p < ACT_COUNT(paths); p++) {
            while (!watch_is_silent(&w[p], p == 0 ? 300 : 10) && watch_next(&w[p]))
                seen[p] |= canaries_in(watch_at(&w[p], "object"));
            watch_cancel(&w[p]);
        }
        for (size_t p = 0; p < ACT_COUNT(paths); p++) {
            watch_stop(&w[p]);
            unsigned either = not_shown(paths[p]);
            assert_int_equal(seen[p] | either, scopes[s].sees | either);
            assert_int_equal(seen[p] & ~scopes[s].sees, 0);
        }
    }
}

/* What is for operators names no tenant. */
static void metrics_name_no_tenant(void **state)
{
    (void)state;
    api.token = "t-platform";
    assert_int_equal(api_get(&api, "/metrics"), 200);
    assert_sees("t-platform", "/metrics", 0);
    assert_null(strstr(api_text(&api), "acme"));
    assert_null(strstr(api_text(&api), "globex"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_shows_the_scopes_own),
        cmocka_unit_test(knowing_the_name_does_not_help),
        cmocka_unit_test(getting_others_activities_is_404),
        cmocka_unit_test(cursors_stay_in_their_scope),
        cmocka_unit_test(watches_show_the_scopes_own),
        cmocka_unit_test(touching_others_events_is_404),
        cmocka_unit_test(nobody_speaks_for_another_tenant),
        cmocka_unit_test(metrics_name_no_tenant),
    };
    return cmocka_run_group_tests(tests, setup, questions_teardown);
}
