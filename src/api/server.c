#include "api/server.h"

#include "api/access_log.h"
#include "api/activities.h"
#include "api/answer.h"
#include "api/deadline.h"
#include "api/event_tail.h"
#include "api/events.h"
#include "api/health.h"
#include "api/permission.h"
#include "api/persisted_watches.h"
#include "api/shares.h"
#include "base/alloc.h"
#include "base/json_write.h"
#include "kube/discovery.h"
#include "kube/impersonate.h"
#include "kube/openapi_proto.h"
#include "kube/refuse.h"

#include <sys/utsname.h>

enum { WORKERS = 16, KINDS_MAX = 32 };
#define PRIVATE "no-cache, private" /* answers are of one user, at one time */

struct act_api_server {
    act_api_services api;
    act_authn *authn;
    const char *version;
    act_http_server *http;
    act_shares *shares;
    act_kube_resource resources[KINDS_MAX];
    act_kube_resources all;
    act_openapi_kind openapi_kinds[KINDS_MAX];
    act_openapi openapi;
    atomic_bool stopping;
};

/* ---- answers without a resource ---------------------------------------------------- */

static void answer_buf(act_http_response *res, const char *type, act_buf *body)
{
    act_http_response_status(res, 200);
    act_http_response_body(res, type, body);
}

/* A document that clients ask for again and again: with an ETag, and nothing for who has it
 * already. Who names it by its hash may keep it. */
static void answer_document(act_http_request *req, act_http_response *res, const char *type,
                            act_buf *body)
{
    char tag[24];
    int len = snprintf(tag, sizeof tag, "\"%016lX\"",
                       (unsigned long)act_str_hash(act_buf_str(body)));
    act_str etag = act_str_from(tag, (size_t)len);
    act_str asked = act_http_request_param(req, ACT_STR("hash"));
    act_http_response_header(res, "ETag", etag);
    act_http_response_header(res, "Vary", ACT_STR("Accept"));
    bool named = act_str_eq(asked, act_str_from(tag + 1, etag.len - 2));
    act_http_response_header(res, "Cache-Control",
                             named ? ACT_STR("public, max-age=31536000, immutable")
                                   : ACT_STR(PRIVATE));
    if (act_str_find(act_http_request_header(req, "If-None-Match"), etag) != SIZE_MAX) {
        act_buf_done(body);
        act_http_response_status(res, 304);
        return;
    }
    answer_buf(res, type, body);
}

static void answer_version(const act_api_server *s, act_http_response *res)
{
    struct utsname name = { .machine = "unknown" };
    (void)uname(&name);
    act_buf body = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&body);
    act_jw_object(&w);
    act_jw_kv_string(&w, "major", ACT_STR("1"));
    act_jw_kv_string(&w, "minor", ACT_STR("34"));
    act_jw_kv_string(&w, "gitVersion", act_str_cstr(s->version));
    act_jw_kv_string(&w, "platform", act_str_cstr(name.machine));
    act_jw_kv_string(&w, "compiler", ACT_STR(__VERSION__));
    act_jw_object_end(&w);
    answer_buf(res, "application/json", &body);
}

static void answer_metrics(const act_api_server *s, act_http_response *res)
{
    act_buf body = ACT_BUF_INIT;
    if (s->api.metrics)
        act_metrics_text(s->api.metrics, &body);
    answer_buf(res, "text/plain; version=0.0.4", &body);
}

static void answer_index(act_http_response *res)
{
    act_http_response_status(res, 200);
    act_http_response_text(
        res, "application/json",
        ACT_STR("{\"paths\":[\"/api\",\"/apis\",\"/healthz\",\"/livez\",\"/metrics\","
                "\"/openapi/v2\",\"/openapi/v3\",\"/readyz\",\"/version\"]}"));
}

static bool has_version(const act_api_server *s, act_str group, act_str version)
{
    for (size_t i = 0; i < s->all.n; i++)
        if (act_str_eq_cstr(group, s->all.items[i].group) &&
            act_str_eq_cstr(version, s->all.items[i].version))
            return true;
    return false;
}

static bool has_group(const act_api_server *s, act_str group)
{
    for (size_t i = 0; i < s->all.n; i++)
        if (act_str_eq_cstr(group, s->all.items[i].group))
            return true;
    return false;
}

static void answer_not_acceptable(act_call *c, const char *types)
{
    act_answer_error(c, ACT_KUBE_NOT_ACCEPTABLE,
                     "only the following media types are accepted: %s", types);
}

/* Of the forms that a document has, the one that is asked for. False: answered. */
static bool choose_type(act_call *c, const act_str *types, size_t n, const char *all,
                        size_t *ret)
{
    if (!act_kube_choose_type(act_http_request_header(c->req, "Accept"), types, n, ret))
        return true;
    act_http_response_header(c->res, "Vary", ACT_STR("Accept"));
    answer_not_acceptable(c, all);
    return false;
}

static void answer_openapi_v2(const act_api_server *s, act_call *c)
{
    const act_str types[] = { ACT_STR("application/json"), ACT_STR(ACT_OPENAPI_PROTO_TYPE),
                              ACT_STR(ACT_OPENAPI_PROTO_TYPE_OLD) };
    act_buf body = ACT_BUF_INIT;
    size_t type;
    if (!choose_type(c, types, ACT_COUNT(types),
                     "application/json, " ACT_OPENAPI_PROTO_TYPE, &type))
        return;
    if (type > 0)
        act_openapi_v2_proto(&s->openapi, &body);
    else
        act_openapi_v2(&s->openapi, &body);
    answer_document(c->req, c->res, type > 0 ? ACT_OPENAPI_PROTO_TYPE : "application/json",
                    &body);
}

/* /openapi/v2, /openapi/v3, /openapi/v3/api(s)/...; false: there is no such document. The
 * index is JSON, whatever is asked for, as that of a kube-apiserver. */
static bool answer_openapi(const act_api_server *s, act_call *c, const act_str *segments,
                           size_t n)
{
    const act_str json = ACT_STR("application/json");
    act_buf body = ACT_BUF_INIT;
    size_t type;
    bool v3 = n >= 2 && act_str_eq_cstr(segments[1], "v3");
    if (n == 2 && act_str_eq_cstr(segments[1], "v2")) {
        answer_openapi_v2(s, c);
        return true;
    }
    if (n == 2 && v3)
        act_openapi_v3_index(&s->openapi, &body);
    else if (n == 5 && v3 && act_str_eq_cstr(segments[2], "apis") &&
             has_version(s, segments[3], segments[4]))
        act_openapi_v3(&s->openapi, segments[3], segments[4], &body);
    else if (n == 4 && v3 && act_str_eq_cstr(segments[2], "api") &&
             has_version(s, ACT_STR(""), segments[3]))
        act_openapi_v3(&s->openapi, ACT_STR(""), segments[3], &body);
    else
        return false;
    if (n == 2 || choose_type(c, &json, 1, json.ptr, &type))
        answer_document(c->req, c->res, "application/json", &body);
    else
        act_buf_done(&body);
    return true;
}

static bool answer_other(act_api_server *s, act_call *c, const act_str *segments, size_t n)
{
    if (n == 0)
        answer_index(c->res);
    else if (n == 1 && act_str_eq_cstr(segments[0], "version"))
        answer_version(s, c->res);
    else if (n == 1 && act_str_eq_cstr(segments[0], "metrics"))
        answer_metrics(s, c->res);
    else if (act_str_eq_cstr(segments[0], "openapi"))
        return answer_openapi(s, c, segments, n);
    else
        return false;
    return true;
}

/* /api, /apis, /apis/GROUP, .../VERSION; false: there is none. */
static bool answer_discovery(act_api_server *s, act_call *c)
{
    act_buf body = ACT_BUF_INIT;
    bool core = c->target.path == ACT_KUBE_PATH_API;
    bool found = true;
    if ((core || c->target.path == ACT_KUBE_PATH_APIS) && c->accept.as_version.len > 0) {
        act_str v = c->accept.as_version;
        char type[128];
        act_discovery_aggregated(&s->all, core, v, &body);
        (void)snprintf(type, sizeof type,
                       "application/json;g=apidiscovery.k8s.io;v=%.*s;as="
                       "APIGroupDiscoveryList",
                       ACT_STR_ARG(v));
        answer_document(c->req, c->res, type, &body);
        return true;
    }
    if (core)
        act_discovery_api(&s->all, &body);
    else if (c->target.path == ACT_KUBE_PATH_APIS)
        act_discovery_groups(&s->all, &body);
    else if (c->target.path == ACT_KUBE_PATH_GROUP)
        found = act_discovery_group(&s->all, c->target.group, &body);
    else
        found = act_discovery_resources(&s->all, c->target.group, c->target.version, &body);
    if (found)
        act_answer_json(c, 200, &body);
    else
        act_buf_done(&body);
    return found;
}

/* ---- who ---------------------------------------------------------------------------- */

/* Whose records it is about. False: answered. */
static bool derive_scope(act_call *c)
{
    size_t n_types, n_names;
    const act_str *types =
        act_user_extra_values(&c->user, ACT_STR(ACT_EXTRA_PARENT_TYPE), &n_types);
    const act_str *names =
        act_user_extra_values(&c->user, ACT_STR(ACT_EXTRA_PARENT_NAME), &n_names);
    act_err e = ACT_ERR_INIT;
    if (act_scope_of_request(types, n_types, names, n_names, &c->scope, &e)) {
        act_answer_error(c, ACT_KUBE_FORBIDDEN,
                         "the tenant of the request is not usable: %s", e.text);
        return false;
    }
    return true;
}

/* The user is another than the one who was authenticated. A tenant's may not change: the
 * next user would have to be of the same tenant, and nobody here knows who is. False:
 * answered. */
static bool change_user(act_call *c)
{
    act_user as;
    act_kube_status status = { .reason = ACT_KUBE_INTERNAL };
    act_err e = ACT_ERR_INIT;
    if (c->scope.type != ACT_SCOPE_PLATFORM) {
        act_answer_error(c, ACT_KUBE_FORBIDDEN, "who is of a tenant may not impersonate");
        return false;
    }
    int r = act_impersonate(c->api->authz, c->req, &c->user, &as, &status, &e);
    if (r == ACT_EDENIED || r == ACT_EINVAL)
        act_answer_status(c, &status);
    else if (r)
        act_answer_failure(c, r, "authorization");
    if (r)
        return false;
    c->impersonator = c->user.name;
    c->user = as;
    return derive_scope(c);
}

/* Authenticate and derive the scope. False: answered. */
static bool identify(act_api_server *s, act_call *c)
{
    int r = act_authn_user(s->authn, c->req, &c->user);
    if (r == ACT_EDENIED) {
        act_http_response_header(c->res, "WWW-Authenticate", ACT_STR("Bearer"));
        act_answer_error(c, ACT_KUBE_UNAUTHORIZED, "Unauthorized");
        return false;
    }
    if (r) {
        act_answer_failure(c, r, "authentication");
        return false;
    }
    return derive_scope(c) && (!act_impersonation_asked(c->req) || change_user(c));
}

/* ---- resources --------------------------------------------------------------------- */

static const act_api_kind *find_kind(const act_api_server *s, const act_kube_target *t)
{
    const act_kube_resource *r =
        act_kube_resource_find(&s->all, t->group, t->version, t->plural, t->subresource);
    return r ? &act_api_kinds[r - s->resources] : NULL;
}

static void answer_no_such_path(act_call *c)
{
    act_answer_error(c, ACT_KUBE_NOT_FOUND,
                     "the server could not find the requested resource");
}

static bool is_write(enum act_kube_verb verb)
{
    return verb != ACT_KUBE_VERB_GET && verb != ACT_KUBE_VERB_LIST &&
           verb != ACT_KUBE_VERB_WATCH;
}

/* Is it about all namespaces? */
static bool is_everywhere(const act_call *c)
{
    return c->kind->resource.namespaced && c->target.ns.len == 0;
}

static bool wants_watch(const act_call *c)
{
    act_str watch = act_http_request_param(c->req, ACT_STR("watch"));
    return c->target.watch_prefix || (watch.ptr && act_query_bool(watch));
}

/* Objects are created in their collection, and changed at their name. What is in namespaces
 * is listed over all of them, but not written. */
static bool is_offered(const act_call *c)
{
    bool named = c->target.name.len > 0;
    bool misplaced =
        (c->verb == ACT_KUBE_VERB_CREATE && named) ||
        ((c->verb == ACT_KUBE_VERB_UPDATE || c->verb == ACT_KUBE_VERB_PATCH) && !named) ||
        (is_everywhere(c) && !named && is_write(c->verb));
    return (c->kind->resource.verbs & (1u << c->verb)) && !misplaced;
}

/* False: answered. */
static bool check_verb(act_call *c, bool known_method)
{
    if (known_method && is_offered(c))
        return true;
    act_str verb = known_method ? act_str_cstr(act_kube_verb_name(c->verb))
                                : act_http_request_method(c->req);
    act_kube_status status =
        act_kube_method_not_allowed(c->arena, c->target.group, c->target.plural, verb);
    act_answer_status(c, &status);
    return false;
}

/* Metadata of one object, or of a list of them: as the verb has it. */
static bool fits_verb(const act_call *c)
{
    bool list = c->verb == ACT_KUBE_VERB_LIST || c->verb == ACT_KUBE_VERB_DELETECOLLECTION;
    return c->accept.transform == ACT_KUBE_AS_PARTIAL        ? !list
           : c->accept.transform == ACT_KUBE_AS_PARTIAL_LIST ? list
                                                             : true;
}

/* False: answered. */
static bool check_table_options(act_call *c)
{
    static const char *const known[] = { "", "Metadata", "Object", "None" };
    act_str include = act_http_request_param(c->req, ACT_STR("includeObject"));
    for (size_t i = 0; i < ACT_COUNT(known); i++)
        if (act_str_eq_cstr(include, known[i]))
            return true;
    act_answer_error(
        c, ACT_KUBE_BAD_REQUEST,
        "Unable to convert to Table as requested: includeObject: Invalid value: "
        "\"%.*s\": must be 'Metadata', 'Object', 'None', or empty",
        ACT_STR_ARG(include));
    return false;
}

/* Is the verb there, and the form that is asked for? False: answered. */
static bool understand(act_call *c, bool known_method)
{
    if (!check_verb(c, known_method))
        return false;
    const act_kube_offer offer = { .tables = c->kind->columns.n > 0,
                                   .stream = c->verb == ACT_KUBE_VERB_WATCH };
    if (act_kube_negotiate(act_http_request_header(c->req, "Accept"), offer, &c->accept)) {
        answer_not_acceptable(c, offer.stream ? "application/json;stream=watch"
                                              : "application/json, application/yaml");
        return false;
    }
    if (!fits_verb(c)) {
        act_answer_error(c, ACT_KUBE_NOT_ACCEPTABLE,
                         c->accept.transform == ACT_KUBE_AS_PARTIAL
                             ? "you requested PartialObjectMetadata, but the requested "
                               "object is a list"
                             : "you requested PartialObjectMetadataList, but the requested "
                               "object is not a list");
        return false;
    }
    return c->accept.transform != ACT_KUBE_AS_TABLE || check_table_options(c);
}

static void note_request(act_api_server *s, const act_call *c, int64_t start_ns)
{
    char code[8];
    (void)snprintf(code, sizeof code, "%d", act_http_response_get_status(c->res));
    const char *verb = act_kube_verb_name(c->verb);
    const char *plural = c->kind->resource.plural;
    act_counter_add(act_metrics_counter(s->api.metrics, "apiserver_request_total",
                                        "Requests to resources.",
                                        (const char *[]){ "verb", verb, "resource", plural,
                                                          "code", code, NULL }),
                    1);
    if (c->verb == ACT_KUBE_VERB_WATCH)
        return;
    act_histogram_observe(
        act_metrics_histogram(
            s->api.metrics, "apiserver_request_duration_seconds",
            "Time of requests to resources.", act_buckets_seconds,
            ACT_COUNT(act_buckets_seconds),
            (const char *[]){ "verb", verb, "resource", plural, "code", code, NULL }),
        (double)(act_mono_ns(s->api.clock) - start_ns) / 1e9);
}

/* A namespace is where there are none, or is missing where there is one. */
static bool is_lost(const act_call *c, bool known_method)
{
    bool writes_one = known_method && is_write(c->verb) && c->target.name.len > 0;
    return (c->target.ns.len > 0 && !c->kind->resource.namespaced) ||
           (is_everywhere(c) && writes_one);
}

static void serve_kind(act_call *c, bool known_method)
{
    if (!c->kind || is_lost(c, known_method))
        answer_no_such_path(c);
    else if (understand(c, known_method))
        c->kind->handle(c);
}

/* Is it one of the paths without a resource? */
static bool is_path(const act_api_server *s, const act_call *c, const act_str *segments,
                    size_t n)
{
    switch (c->target.path) {
    case ACT_KUBE_PATH_API:
    case ACT_KUBE_PATH_APIS:
        return true;
    case ACT_KUBE_PATH_GROUP:
        return has_group(s, c->target.group);
    case ACT_KUBE_PATH_VERSION:
        return has_version(s, c->target.group, c->target.version);
    case ACT_KUBE_PATH_RESOURCE:
    case ACT_KUBE_PATH_OTHER:
        break;
    }
    return n == 0 || act_str_eq_cstr(segments[0], "openapi") ||
           (n == 1 && (act_str_eq_cstr(segments[0], "version") ||
                       act_str_eq_cstr(segments[0], "metrics")));
}

static bool only_reads(const act_call *c)
{
    act_str method = act_http_request_method(c->req);
    return act_str_eq_cstr(method, "GET") || act_str_eq_cstr(method, "HEAD");
}

/* Who may not ask does not learn what there is. */
static void serve_path(act_api_server *s, act_call *c, const act_str *segments, size_t n)
{
    if (!act_permission_check(c))
        return;
    if (!only_reads(c) && is_path(s, c, segments, n)) {
        act_answer_error(c, ACT_KUBE_METHOD_NOT_ALLOWED,
                         "%.*s is not supported on this path",
                         ACT_STR_ARG(act_http_request_method(c->req)));
        return;
    }
    bool discovery = c->target.path != ACT_KUBE_PATH_OTHER;
    if (act_kube_negotiate(act_http_request_header(c->req, "Accept"),
                           (act_kube_offer){ .discovery = discovery }, &c->accept) &&
        discovery) {
        answer_not_acceptable(c, "application/json, application/yaml");
        return;
    }
    bool found = discovery ? answer_discovery(s, c) : answer_other(s, c, segments, n);
    if (!found)
        answer_no_such_path(c);
}

static void answer_too_many(act_call *c)
{
    act_counter_add(act_metrics_counter(c->api->metrics, "activity_api_refused_total",
                                        "Requests refused because a limit of the API is "
                                        "reached.",
                                        (const char *[]){ "reason", "user", NULL }),
                    1);
    act_answer_error(c, ACT_KUBE_TOO_MANY_REQUESTS,
                     "too many requests of this user, please try again later");
}

/* The user is known. */
static void serve_user(act_api_server *s, act_call *c, bool known_method,
                       const act_str *segments, size_t n)
{
    bool counted = !act_user_in_group(&c->user, ACT_STR(ACT_GROUP_MASTERS));
    if (counted && !act_shares_take(s->shares, c->user.name)) {
        answer_too_many(c);
        return;
    }
    if (counted)
        act_http_request_owner(c->req, c->user.name);
    if (c->target.path != ACT_KUBE_PATH_RESOURCE)
        serve_path(s, c, segments, n);
    else if (act_permission_check(c))
        serve_kind(c, known_method);
    if (counted)
        act_shares_leave(s->shares, c->user.name);
}

static void serve(act_api_server *s, act_call *c, const act_str *segments, size_t n)
{
    bool on_resource = c->target.path == ACT_KUBE_PATH_RESOURCE;
    bool known_method =
        on_resource && act_kube_verb_of(act_http_request_method(c->req), &c->target,
                                        wants_watch(c), &c->verb);
    if (on_resource && !c->target.too_deep)
        c->kind = find_kind(s, &c->target);
    if (act_deadline_set(c, known_method && is_write(c->verb)))
        act_answer_error(c, ACT_KUBE_BAD_REQUEST,
                         "invalid timeout specified in the request URL");
    else if (act_deadline_is_over(c))
        act_deadline_answer(c, "queue");
    else if (identify(s, c))
        serve_user(s, c, known_method, segments, n);
    if (c->kind)
        note_request(s, c, act_http_request_start_mono_ns(c->req));
}

/* ---- callbacks of the HTTP server -------------------------------------------------- */

static void handle(void *ctx, act_http_request *req, act_http_response *res)
{
    act_api_server *s = ctx;
    size_t n;
    const act_str *segments = act_http_request_segments(req, &n);
    if (n > 0 && act_health_is_path(segments[0])) {
        act_health_answer(&s->api, atomic_load(&s->stopping), req, segments, n, res);
        return;
    }
    act_call c = { .api = &s->api,
                   .req = req,
                   .res = res,
                   .arena = act_http_request_arena(req),
                   .target = act_kube_target_of(segments, n),
                   .now_ns = act_wall_ns(s->api.clock) };
    act_access_log_begin(&c);
    serve(s, &c, segments, n);
    bool document = n > 0 && act_str_eq_cstr(segments[0], "openapi");
    if (!document && c.accept.as_version.len == 0)
        act_http_response_header(res, "Cache-Control", ACT_STR(PRIVATE));
    act_access_log_end(&c);
}

static void route(void *ctx, const act_http_request *req, act_http_route *r)
{
    (void)ctx;
    size_t n;
    const act_str *segments = act_http_request_segments(req, &n);
    r->urgent = n > 0 && (act_health_is_path(segments[0]) ||
                          act_str_eq_cstr(segments[0], "metrics"));
}

static void refuse(void *ctx, const act_http_request *req, int code, act_str text,
                   act_http_response *res)
{
    const act_api_server *s = ctx;
    act_kube_refuse(NULL, req, code, text, res);
    act_access_log_refused(s->api.log, req, code);
}

/* ---- life -------------------------------------------------------------------------- */

static void make_tables(act_api_server *s)
{
    size_t n = act_api_kind_count();
    assert(n <= KINDS_MAX);
    for (size_t i = 0; i < n; i++) {
        s->resources[i] = act_api_kinds[i].resource;
        s->openapi_kinds[i] =
            (act_openapi_kind){ &s->resources[i], act_api_kinds[i].schema };
    }
    s->all = (act_kube_resources){ s->resources, n };
    s->openapi = (act_openapi){ s->openapi_kinds, n, "Activity", s->version };
}

static unsigned workers_of(const act_api_server_options *o)
{
    return o->workers ? o->workers : WORKERS;
}

static int start_http(act_api_server *s, const act_api_server_options *o, act_err *reterr)
{
    act_http_server_options http = ACT_HTTP_SERVER_OPTIONS_INIT;
    http.address = o->address;
    http.tls = o->tls;
    http.ask_client_cert = o->ask_client_cert;
    http.workers = workers_of(o);
    http.clock = s->api.clock;
    http.retry_after_s = ACT_KUBE_RETRY_AFTER_S;
    http.max_streams_per_owner = o->services.limits.max_watches_per_user;
    if (o->queue_limit)
        http.queue_limit = o->queue_limit;
    http.metrics = s->api.metrics;
    http.name = "api";
    act_http_callbacks callbacks = { handle, route, refuse, s };
    return act_http_server_start(&http, &callbacks, &s->http, reterr);
}

static uint64_t events_floor(void *ctx)
{
    return act_ingester_events_floor(ctx);
}

/* Without an ingester there are no rows to lay it over. */
static int start_event_tail(act_api_server *s)
{
    const act_event_tail_options o = { .broker = s->api.broker,
                                       .floor = events_floor,
                                       .ctx = s->api.ingester,
                                       .clock = s->api.clock,
                                       .log = s->api.log,
                                       .metrics = s->api.metrics };
    return o.ctx ? act_event_tail_start(&o, &s->api.event_tail) : 0;
}

int act_api_server_start(const act_api_server_options *o, act_api_server **ret,
                         act_err *reterr)
{
    ACT_AUTO(act_api_server) s = act_zalloc(1, sizeof *s);
    if (!s)
        return ACT_ENOMEM;
    s->api = o->services;
    s->authn = o->authn;
    s->api.authz = o->authz;
    s->version = o->version;
    make_tables(s);
    int r = act_turns_new(&s->api.turns);
    if (!r)
        r = act_shares_new(o->services.limits.max_requests_per_user, workers_of(o),
                           &s->shares);
    if (!r)
        r = act_shares_new(o->services.limits.queries_per_scope, workers_of(o),
                           &s->api.queries);
    if (!r)
        r = act_hub_start(&act_activities_hub, s->api.broker, s->api.clock, s->api.log,
                          s->api.metrics, &s->api.activities);
    if (!r)
        r = act_hub_start(&act_events_hub, s->api.broker, s->api.clock, s->api.log,
                          s->api.metrics, &s->api.events);
    if (!r)
        r = start_event_tail(s);
    if (!r)
        r = act_persisted_watches_start(s->api.registry, s->api.clock, s->api.metrics,
                                        s->api.limits.max_persisted_watches,
                                        &s->api.persisted);
    if (!r)
        r = start_http(s, o, reterr);
    if (r)
        return r;
    *ret = s;
    s = NULL;
    return 0;
}

const act_address *act_api_server_address(const act_api_server *s)
{
    return act_http_server_address(s->http);
}

int act_api_server_set_tls(act_api_server *s, const act_tls_pair *pair, act_err *reterr)
{
    return act_http_server_set_tls(s->http, pair, reterr);
}

void act_api_server_unready(act_api_server *s)
{
    atomic_store(&s->stopping, true);
}

int act_api_server_drain(act_api_server *s, int64_t wait_ns)
{
    act_api_server_unready(s);
    return act_http_server_drain(s->http, wait_ns);
}

void act_api_server_free(act_api_server *s)
{
    if (!s)
        return;
    /* First the server: its streams then have closed, and nobody comes any more. */
    act_http_server_free(s->http);
    act_hub_free(s->api.activities);
    act_hub_free(s->api.events);
    act_event_tail_free(s->api.event_tail);
    act_persisted_watches_free(s->api.persisted);
    act_turns_free(s->api.turns);
    act_shares_free(s->shares);
    act_shares_free(s->api.queries);
    act_dealloc(s);
}
