/* ctest: labels=threads timeout=120 */
/* Requests put together at random, from parts that mean something and parts that do not:
 * whatever comes, the answer is no server error, and errors are Status objects. */
#include "unit/api/api_help.h"
#include "unit/api/slow_store.h"

#include <stdlib.h>

enum { REQUESTS = 6000, BODY_MAX = 96 << 10, URL_MAX = 2048 };

static slow_store store; /* that answers at once, with nothing */
static test_api api;
static uint64_t seed = 20261124;

static uint64_t roll(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

#define ONE_OF(list) ((list)[roll(ACT_COUNT(list))])

/* ---- URLs -------------------------------------------------------------------------- */

static const char *const roots[] = {
    "/apis/activity.miloapis.com/v1alpha1/", "/apis/events.k8s.io/v1/", "/api/v1/",
    "/apis/activity.miloapis.com/v9/",       "/apis/no.such/v1/",       "/",
};
static const char *const plurals[] = {
    "activitypolicies",
    "activitypolicies",
    "activitypolicies",
    "reindexjobs",
    "activities",
    "auditlogqueries",
    "activityqueries",
    "eventqueries",
    "policypreviews",
    "auditlogfacetsqueries",
    "eventfacetqueries",
    "events",
    "namespaces/a/events",
    "namespaces/a/activities",
    "namespaces",
    "openapi/v2",
    "version",
    "widgets",
    "",
    "%zz",
};
static const char *const names[] = {
    "/a",   "/b",        "/..",       "/%2F",     "/%00",           "/a%20b", "/%C3%A4",
    "/%FF", "/a/status", "/b/status", "/a/scale", "/a/status/more", "/",      "//",
};
static const char *const keys[] = {
    "limit",
    "continue",
    "labelSelector",
    "fieldSelector",
    "resourceVersion",
    "resourceVersionMatch",
    "sendInitialEvents",
    "dryRun",
    "fieldManager",
    "fieldValidation",
    "force",
    "propagationPolicy",
    "orphanDependents",
    "includeObject",
    "timeoutSeconds",
    "filter",
    "pretty",
    "",
};
static const char *const values[] = {
    "",
    "0",
    "1",
    "-1",
    "99999999999999999999",
    "a",
    "a%3Db",
    "a+in+(b,c)",
    "!a",
    "a!%3D",
    "metadata.name%3Da",
    "metadata.name",
    "All",
    "Strict",
    "Ignore",
    "Exact",
    "NotOlderThan",
    "true",
    "maybe",
    "Orphan",
    "%00",
    "%FF%FE",
    "a%2Cb%2C%2C",
    "((((",
    "eyJ2IjoxfQ",
    "reason%3DFailed",
    "x.y%2Fz%3Dv",
};

/* @path NULL: any. */
static void make_url(const char *path, char out[URL_MAX])
{
    int n =
        path ? snprintf(out, URL_MAX, "%s%s", api.base, path)
             : snprintf(out, URL_MAX, "%s%s%s", api.base, ONE_OF(roots), ONE_OF(plurals));
    if (!path && roll(3) > 0)
        n += snprintf(out + n, URL_MAX - (size_t)n, "%s", ONE_OF(names));
    for (uint64_t i = 0, params = path ? roll(2) : roll(4); i < params; i++)
        n += snprintf(out + n, URL_MAX - (size_t)n, "%c%s=%s", i == 0 ? '?' : '&',
                      ONE_OF(keys), ONE_OF(values));
}

/* ---- bodies ------------------------------------------------------------------------ */

#define V1ALPHA1 "\"apiVersion\":\"activity.miloapis.com/v1alpha1\","
static const char *const bodies[] = {
    "",
    "{}",
    "{" V1ALPHA1 "\"kind\":\"ActivityPolicy\",\"metadata\":{\"name\":\"a\",\"labels\":{"
    "\"x\":\"y\"}},\"spec\":{\"resource\":{\"apiGroup\":\"apps\",\"kind\":\"Deployment\"},"
    "\"auditRules\":[{\"name\":\"one\",\"match\":\"audit.verb == 'create'\",\"summary\":"
    "\"{{ actor }} made {{ link(audit.objectRef.name, audit.objectRef) }}\"}]}}",
    "{\"metadata\":{\"name\":\"b\",\"finalizers\":[\"x.org/y\"],\"ownerReferences\":[{"
    "\"apiVersion\":\"v1\",\"kind\":\"Pod\",\"name\":\"p\",\"uid\":\"u\"}]},\"spec\":{"
    "\"resource\":{\"kind\":\"Pod\"}}}",
    "{\"metadata\":{\"generateName\":\"j-\"},\"spec\":{\"timeRange\":{\"startTime\":"
    "\"now-1d\"},\"config\":{\"batchSize\":500}}}",
    "{\"status\":{\"phase\":\"Running\",\"conditions\":[{\"type\":\"Ready\",\"status\":"
    "\"True\",\"reason\":\"R\",\"message\":\"\",\"lastTransitionTime\":"
    "\"2026-01-01T00:00:00Z\"}]}}",
    "{\"spec\":{\"startTime\":\"now-1h\",\"endTime\":\"now\",\"filter\":\"verb == 'get'\","
    "\"limit\":5,\"fieldSelector\":\"reason=Failed\"}}",
    "{\"spec\":{\"timeRange\":{\"start\":\"now-1h\"},\"facets\":[{\"field\":\"verb\","
    "\"limit\":3},{\"field\":\"reason\"}]}}",
    "{\"spec\":{\"policy\":{\"resource\":{\"kind\":\"Pod\"},\"auditRules\":[{\"name\":"
    "\"r\",\"match\":\"true\",\"summary\":\"s\"}]},\"inputs\":[{\"type\":\"audit\","
    "\"audit\":{\"verb\":\"get\",\"user\":{\"username\":\"u\"}}}]}}",
    "[{\"op\":\"add\",\"path\":\"/metadata/labels\",\"value\":{\"a\":\"b\"}},{\"op\":"
    "\"test\",\"path\":\"/spec/resource/kind\",\"value\":\"Pod\"},{\"op\":\"remove\","
    "\"path\":\"/spec/auditRules/0\"}]",
    "{\"spec\":{\"auditRules\":[{\"name\":\"one\",\"summary\":\"t\"},{\"$patch\":"
    "\"replace\"}],\"$setElementOrder/auditRules\":[{\"name\":\"one\"}]}}",
    "apiVersion: activity.miloapis.com/v1alpha1\nkind: ActivityPolicy\nmetadata: &m\n  "
    "name: a\nspec:\n  resource: {apiGroup: '', kind: Pod}\n  auditRules:\n  - name: one\n"
    "    match: \"true\"\n    summary: |\n      text\n",
    "{\"kind\":\"DeleteOptions\",\"apiVersion\":\"v1\",\"preconditions\":{\"uid\":\"u\"},"
    "\"propagationPolicy\":\"Foreground\",\"dryRun\":[\"All\"]}",
    "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\",\"metadata\":{\"name\":\"a\","
    "\"namespace\":\"a\"},\"eventTime\":\"2026-01-01T00:00:00.000000Z\",\"action\":\"A\","
    "\"reason\":\"R\",\"regarding\":{\"kind\":\"Pod\",\"namespace\":\"a\",\"name\":\"p\"},"
    "\"reportingController\":\"c\",\"reportingInstance\":\"i\",\"type\":\"Normal\"}",
};
static const char *const tokens[] = {
    "null",
    "{}",
    "[]",
    "-1",
    "1e99",
    "\"\"",
    "\\u0000",
    "\\ud800",
    ":",
    ",",
    "- ",
    "&a ",
    "*a",
    "<<: *m",
    "!!str",
    "\xff",
    "\n",
    "\t",
    "\"$patch\":\"delete\",",
    "true",
    "}}",
    "[[[[[[[[[[[[[[[[",
    "{\"a\":{\"a\":{\"a\":",
    "\"metadata\":{\"managedFields\":[{}]},",
    "\"metadata\":1,",
    "\"spec\":null,",
};

/* One change of @text, which has room for BODY_MAX bytes. */
static size_t mutate(char *text, size_t len)
{
    const char *token = ONE_OF(tokens);
    size_t at = roll(len + 1), n = strlen(token);
    switch (roll(5)) {
    case 0: /* another byte */
        if (at < len)
            text[at] = (char)roll(256);
        return len;
    case 1: /* without a part */
        n = roll(len - at + 1);
        memmove(text + at, text + at + n, len - at - n);
        return len - n;
    case 2: /* cut off */
        return at;
    case 3: /* a part twice */
        n = roll(len - at + 1);
        if (len + n > BODY_MAX)
            return len;
        memmove(text + at + n, text + at, len - at);
        return len + n;
    default: /* a token in between */
        if (len + n > BODY_MAX)
            return len;
        memmove(text + at + n, text + at, len - at);
        memcpy(text + at, token, n);
        return len + n;
    }
}

static act_str make_body(const char *body, char *room)
{
    size_t len = strlen(body);
    memcpy(room, body, len);
    for (uint64_t i = 0, n = roll(3); i < n; i++)
        len = mutate(room, len);
    return act_str_from(room, len);
}

/* ---- requests ---------------------------------------------------------------------- */

static const char *const methods[] = { "GET",   "GET",    "POST",    "POST", "PUT",
                                       "PATCH", "DELETE", "OPTIONS", "PURGE" };
static const char *const accepts[] = {
    "application/json",
    "application/yaml",
    "*/*",
    "application/json;as=Table;g=meta.k8s.io;v=v1",
    "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1",
    "application/vnd.kubernetes.protobuf",
    "text/html;q=0.9,;;,application/json;q=nan",
    "",
};
static const char *const types[] = {
    "application/json",
    "application/json",
    "application/yaml",
    "application/merge-patch+json",
    "application/json-patch+json",
    "application/strategic-merge-patch+json",
    "application/apply-patch+yaml",
    "application/vnd.kubernetes.protobuf",
    "text/plain; charset=",
};
static const act_http_header extras[] = {
    { ACT_STR("X-Remote-User"), ACT_STR("root") },
    { ACT_STR("Impersonate-User"), ACT_STR("root") },
    { ACT_STR("Content-Encoding"), ACT_STR("gzip") },
    { ACT_STR("Content-Encoding"), ACT_STR("br") },
    { ACT_STR("Audit-ID"), ACT_STR("a b") },
    { ACT_STR("X-HTTP-Method-Override"), ACT_STR("DELETE") },
};

/* Requests that make sense, to be spoiled a little. */
#define OURS "/apis/activity.miloapis.com/v1alpha1/"
typedef struct {
    const char *method, *path, *type;
    size_t body; /* of bodies */
} request;
static const request sensible[] = {
    { "POST", OURS "activitypolicies", "application/json", 2 },
    { "POST", OURS "activitypolicies", "application/json", 3 },
    { "POST", OURS "activitypolicies", "application/yaml", 11 },
    { "POST", OURS "reindexjobs", "application/json", 4 },
    { "PUT", OURS "activitypolicies/a", "application/json", 2 },
    { "PATCH", OURS "activitypolicies/a", "application/merge-patch+json", 10 },
    { "PATCH", OURS "activitypolicies/a", "application/strategic-merge-patch+json", 10 },
    { "PATCH", OURS "activitypolicies/a", "application/json-patch+json", 9 },
    { "PATCH", OURS "activitypolicies/a", "application/apply-patch+yaml", 11 },
    { "PATCH", OURS "activitypolicies/a/status", "application/merge-patch+json", 5 },
    { "DELETE", OURS "activitypolicies/a", "application/json", 12 },
    { "DELETE", OURS "activitypolicies", "application/json", 1 },
    { "GET", OURS "activitypolicies", "application/json", 0 },
    { "GET", OURS "activitypolicies/a", "application/json", 0 },
    { "GET", OURS "activities", "application/json", 0 },
    { "POST", OURS "auditlogqueries", "application/json", 6 },
    { "POST", OURS "eventqueries", "application/json", 6 },
    { "POST", OURS "auditlogfacetsqueries", "application/json", 7 },
    { "POST", OURS "policypreviews", "application/json", 8 },
    { "POST", "/apis/events.k8s.io/v1/namespaces/a/events", "application/json", 13 },
    { "GET", "/api/v1/namespaces/a/events", "application/json", 0 },
    { "GET", "/api/v1/events", "application/json", 0 },
};

static request random_request(void)
{
    if (roll(3) > 0)
        return ONE_OF(sensible);
    return (request){ ONE_OF(methods), NULL, ONE_OF(types), roll(ACT_COUNT(bodies)) };
}

/* An error says what it is, in JSON or YAML. */
static bool is_status(act_str body)
{
    static const char *const heads[] = { "{\"kind\":\"Status\",\"apiVersion\":\"v1\"",
                                         "kind: Status\n", "kind: \"Status\"\n",
                                         "apiVersion: v1\n" };
    for (size_t i = 0; i < ACT_COUNT(heads); i++)
        if (act_str_starts(body, act_str_cstr(heads[i])))
            return true;
    return false;
}

static int status_of_random_request(char *room, int *ret_error_bodies)
{
    char url[URL_MAX];
    act_err e = ACT_ERR_INIT;
    uint64_t from = seed;
    request wanted = random_request();
    make_url(wanted.path, url);
    const act_http_header headers[] = {
        { ACT_STR("Accept"), act_str_cstr(roll(3) ? "application/json" : ONE_OF(accepts)) },
        { ACT_STR("Content-Type"), act_str_cstr(wanted.type) },
        ONE_OF(extras),
    };
    act_http_call call = ACT_HTTP_CALL_INIT;
    call.method = wanted.method;
    call.url = url;
    call.headers = headers;
    call.header_count = roll(8) == 0 ? 3 : 2;
    call.bearer = ACT_STR(TOKEN_ADMIN);
    call.has_body = strcmp(call.method, "GET") != 0 || roll(8) == 0;
    if (call.has_body)
        call.body = make_body(bodies[wanted.body], room);
    if (act_http_client_call(api.client, &call, &api.reply, &e))
        fail_msg("seed %llu: %s %s: %s", (unsigned long long)from, call.method, url,
                 e.text);
    int status = api.reply.status;
    act_str body = act_buf_str(&api.reply.body);
    if (status >= 500)
        fail_msg("seed %llu: %d: %s %s %.*s: %.*s", (unsigned long long)from, status,
                 call.method, url, ACT_STR_ARG(call.body), ACT_STR_ARG(body));
    if (status >= 400 && !is_status(body))
        fail_msg("seed %llu: %d is no Status: %s %s: %.*s", (unsigned long long)from,
                 status, call.method, url, ACT_STR_ARG(body));
    *ret_error_bodies += status >= 400;
    return status;
}

static void no_request_is_a_server_error(void **state)
{
    (void)state;
    int seen[600] = { 0 }, errors = 0;
    char *room = malloc(BODY_MAX + 64);
    assert_non_null(room);
    const char *other = getenv("ACT_TEST_SEED"); /* to look further by hand */
    if (other)
        assert_ok(act_str_to_u64(act_str_cstr(other), &seed));
    slow_store_start(&store);
    api_start_with(&api, &(test_api_options){ .store = &store.base,
                                              .limits = { .max_page_size = 1000 } });
    for (int i = 0; i < REQUESTS; i++)
        seen[status_of_random_request(room, &errors)]++;
    free(room);
    /* It has got through to all sorts of answers, and the server is well. */
    static const int wanted[] = { 200, 201, 400, 404, 405, 406, 409, 415, 422 };
    for (size_t i = 0; i < ACT_COUNT(wanted); i++)
        if (seen[wanted[i]] == 0)
            fail_msg("no request was answered %d", wanted[i]);
    assert_true(errors < REQUESTS);
    api.token = TOKEN_ADMIN;
    assert_int_equal(api_post(&api, POLICIES, policy_text("z", "", "true")), 201);
    api_stop(&api);
    slow_store_stop(&store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_request_is_a_server_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
