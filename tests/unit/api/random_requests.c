#include "unit/api/random_requests.h"

/* Decides, and says what was decided of a list. */
static uint64_t roll(const random_source *s, uint64_t below)
{
    return s->roll(s->ctx, below);
}

#define ONE_OF(s, list) ((list)[roll(s, ACT_COUNT(list))])

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
static void make_url(const random_source *s, const char *base, const char *path,
                     char out[RANDOM_URL_MAX])
{
    int n = path ? snprintf(out, RANDOM_URL_MAX, "%s%s", base, path)
                 : snprintf(out, RANDOM_URL_MAX, "%s%s%s", base, ONE_OF(s, roots),
                            ONE_OF(s, plurals));
    if (!path && roll(s, 3) > 0)
        n += snprintf(out + n, RANDOM_URL_MAX - (size_t)n, "%s", ONE_OF(s, names));
    for (uint64_t i = 0, params = path ? roll(s, 2) : roll(s, 4); i < params; i++)
        n += snprintf(out + n, RANDOM_URL_MAX - (size_t)n, "%c%s=%s", i == 0 ? '?' : '&',
                      ONE_OF(s, keys), ONE_OF(s, values));
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

/* One change of @text, which has room for RANDOM_BODY_MAX bytes. */
static size_t mutate(const random_source *s, char *text, size_t len)
{
    const char *token = ONE_OF(s, tokens);
    size_t at = roll(s, len + 1), n = strlen(token);
    switch (roll(s, 5)) {
    case 0: /* another byte */
        if (at < len)
            text[at] = (char)roll(s, 256);
        return len;
    case 1: /* without a part */
        n = roll(s, len - at + 1);
        memmove(text + at, text + at + n, len - at - n);
        return len - n;
    case 2: /* cut off */
        return at;
    case 3: /* a part twice */
        n = roll(s, len - at + 1);
        if (len + n > RANDOM_BODY_MAX)
            return len;
        memmove(text + at + n, text + at, len - at);
        return len + n;
    default: /* a token in between */
        if (len + n > RANDOM_BODY_MAX)
            return len;
        memmove(text + at + n, text + at, len - at);
        memcpy(text + at, token, n);
        return len + n;
    }
}

static act_str make_body(const random_source *s, const char *body, char *room)
{
    size_t len = strlen(body);
    memcpy(room, body, len);
    for (uint64_t i = 0, n = roll(s, 3); i < n; i++)
        len = mutate(s, room, len);
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
} request_form;
static const request_form sensible[] = {
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

static request_form choose_form(const random_source *s)
{
    if (roll(s, 3) > 0)
        return ONE_OF(s, sensible);
    const char *method = ONE_OF(s, methods), *type = ONE_OF(s, types);
    return (request_form){ method, NULL, type, roll(s, ACT_COUNT(bodies)) };
}

void random_request_draw(random_source source, const test_api *t, random_request *ret)
{
    static const char *const users[] = { TOKEN_ADMIN, TOKEN_JOE, TOKEN_ODD,
                                         "token-of-nobody", NULL };
    const random_source *s = &source;
    request_form form = choose_form(s);
    ret->method = form.method;
    ret->token = roll(s, 16) ? TOKEN_ADMIN : ONE_OF(s, users);
    make_url(s, t->base, form.path, ret->url);
    const char *accept = roll(s, 3) ? "application/json" : ONE_OF(s, accepts);
    ret->headers[0] = (act_http_header){ ACT_STR("Accept"), act_str_cstr(accept) };
    ret->headers[1] = (act_http_header){ ACT_STR("Content-Type"), act_str_cstr(form.type) };
    ret->headers[2] = ONE_OF(s, extras);
    ret->n_headers = roll(s, 8) == 0 ? 3 : 2;
    ret->has_body = strcmp(form.method, "GET") != 0 || roll(s, 8) == 0;
    ret->body = ret->has_body ? make_body(s, bodies[form.body], ret->room) : (act_str){ 0 };
}

/* ---- answers ----------------------------------------------------------------------- */

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

const char *random_request_send(test_api *t, const random_request *r)
{
    act_http_call call = ACT_HTTP_CALL_INIT;
    call.method = r->method;
    call.url = r->url;
    call.headers = r->headers;
    call.header_count = r->n_headers;
    call.has_body = r->has_body;
    call.body = r->body;
    if (r->token)
        call.bearer = act_str_cstr(r->token);
    if (act_http_client_call(t->client, &call, &t->reply, NULL))
        return "no answer";
    if (t->reply.status >= 500)
        return "a server error";
    if (t->reply.status >= 400 && !is_status(act_buf_str(&t->reply.body)))
        return "an error that is no Status";
    return NULL;
}
