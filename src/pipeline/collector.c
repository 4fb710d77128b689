#include "pipeline/collector.h"

#include "base/alloc.h"
#include "base/json_write.h"
#include "kube/negotiate.h"
#include "kube/refuse.h"
#include "kube/status.h"
#include "pipeline/intake.h"
#include "pipeline/shared_token.h"

#include <pthread.h>

enum { WORKERS = 4, WORKERS_MAX = 64, BODY_MAX = 32 << 20, ERRORS_SHOWN = 20 };

struct act_collector {
    act_http_server *server;
    act_broker *broker;
    act_metrics *metrics;
    act_shared_token *token; /* NULL: none is needed */
    pthread_mutex_t lock;    /* of the idle intakes */
    act_intake *idle[WORKERS_MAX];
    size_t n_idle;
};

/* ---- answers ----------------------------------------------------------------------- */

static void answer_status(act_http_response *res, const act_kube_status *status)
{
    act_buf body = ACT_BUF_INIT;
    act_kube_status_write(status, &body);
    act_http_response_status(res, act_kube_status_code(status->reason));
    act_http_response_body(res, "application/json", &body);
}

static void answer_error(act_http_request *req, act_http_response *res,
                         enum act_kube_reason reason, const char *message)
{
    act_kube_status status =
        act_kube_error(act_http_request_arena(req), reason, "%s", message);
    answer_status(res, &status);
}

static void write_errors(act_json_writer *w, const act_intake_result *taken)
{
    act_jw_key(w, ACT_STR("errors"));
    act_jw_array(w);
    for (size_t i = 0; i < taken->n_errors && i < ERRORS_SHOWN; i++) {
        act_jw_object(w);
        act_jw_kv_i64(w, "index", taken->errors[i].index);
        act_jw_kv_string(w, "reason", taken->errors[i].reason);
        act_jw_object_end(w);
    }
    act_jw_array_end(w);
}

static void answer_taken(act_http_request *req, act_http_response *res,
                         const act_intake_result *taken)
{
    act_buf body = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&body);
    act_str message;
    act_jw_object(&w);
    act_jw_kv_string(&w, "kind", ACT_STR("Status"));
    act_jw_kv_string(&w, "apiVersion", ACT_STR("v1"));
    act_jw_kv_string(&w, "status", ACT_STR("Success"));
    if (taken->n_errors > 0 &&
        act_arena_printf(act_http_request_arena(req), &message, "%zu refused: %.*s",
                         taken->n_errors, ACT_STR_ARG(taken->errors[0].reason)) == 0)
        act_jw_kv_string(&w, "message", message);
    act_jw_kv_i64(&w, "accepted", (int64_t)taken->accepted);
    act_jw_kv_i64(&w, "skipped", (int64_t)taken->skipped);
    act_jw_kv_i64(&w, "refused", (int64_t)taken->refused);
    if (taken->n_errors > 0)
        write_errors(&w, taken);
    act_jw_object_end(&w);
    act_http_response_status(res, 200);
    act_http_response_body(res, "application/json", &body);
}

/* ---- taking records ---------------------------------------------------------------- */

static act_intake *borrow(act_collector *c)
{
    act_intake *in = NULL;
    (void)pthread_mutex_lock(&c->lock);
    if (c->n_idle > 0)
        in = c->idle[--c->n_idle];
    (void)pthread_mutex_unlock(&c->lock);
    return in;
}

static void give_back(act_collector *c, act_intake *in)
{
    (void)pthread_mutex_lock(&c->lock);
    c->idle[c->n_idle++] = in;
    (void)pthread_mutex_unlock(&c->lock);
}

static void take(act_collector *c, unsigned allow, act_http_request *req,
                 act_http_response *res)
{
    act_intake *in = borrow(c);
    if (!in) {
        act_http_response_header(res, "Retry-After", ACT_STR("1"));
        answer_error(req, res, ACT_KUBE_UNAVAILABLE, "all workers are busy");
        return;
    }
    act_err e = ACT_ERR_INIT;
    act_intake_result taken;
    int r = act_intake_take(in, act_http_request_body(req), allow, &taken, &e);
    const char *why = e.text[0] ? e.text : act_strerror(r);
    if (!r) {
        answer_taken(req, res, &taken);
    } else if (r == ACT_ELIMIT) {
        answer_error(req, res, ACT_KUBE_TOO_LARGE, why);
    } else if (r == ACT_EPARSE || r == ACT_EINVAL || r == ACT_ETYPE) {
        answer_error(req, res, ACT_KUBE_BAD_REQUEST, why);
    } else {
        act_http_response_header(res, "Retry-After", ACT_STR("1"));
        answer_error(req, res, ACT_KUBE_UNAVAILABLE, why);
    }
    give_back(c, in);
}

static void post(act_collector *c, unsigned allow, act_http_request *req,
                 act_http_response *res)
{
    act_str type = act_http_request_header(req, "Content-Type");
    if (!act_str_eq(act_http_request_method(req), ACT_STR("POST"))) {
        act_http_response_header(res, "Allow", ACT_STR("POST"));
        answer_error(req, res, ACT_KUBE_METHOD_NOT_ALLOWED, "only POST is allowed here");
    } else if (act_kube_content_of(type) != ACT_KUBE_CONTENT_JSON) {
        answer_error(req, res, ACT_KUBE_UNSUPPORTED_MEDIA_TYPE,
                     "the body must be application/json");
    } else {
        take(c, allow, req, res);
    }
}

/* ---- other paths ------------------------------------------------------------------- */

/* Alive is who answers at all; ready is who has a log. */
static void health(act_collector *c, bool only_alive, act_http_request *req,
                   act_http_response *res)
{
    if (!only_alive && act_broker_ping(c->broker)) {
        answer_error(req, res, ACT_KUBE_UNAVAILABLE, "the log does not answer");
        return;
    }
    act_http_response_status(res, 200);
    act_http_response_text(res, "text/plain", ACT_STR("ok"));
}

static void metrics(act_collector *c, act_http_response *res)
{
    act_buf body = ACT_BUF_INIT;
    if (c->metrics)
        act_metrics_text(c->metrics, &body);
    act_http_response_status(res, 200);
    act_http_response_body(res, "text/plain; version=0.0.4", &body);
}

/* What is taken at this path: ACT_BATCH_..., 0: nothing. */
static unsigned takes_records(act_str path)
{
    if (act_str_eq(path, ACT_STR("/audit")))
        return ACT_BATCH_AUDIT;
    return act_str_eq(path, ACT_STR("/events")) ? ACT_BATCH_EVENTS : 0;
}

static bool is_health(act_str path)
{
    return act_str_eq(path, ACT_STR("/livez")) || act_str_eq(path, ACT_STR("/readyz")) ||
           act_str_eq(path, ACT_STR("/healthz"));
}

static bool is_allowed(const act_collector *c, const act_http_request *req)
{
    return !c->token || act_shared_token_is(c->token, act_http_request_bearer(req));
}

/* Who has not the token is told so before a byte of his records is kept. */
static void route(void *ctx, const act_http_request *req, act_http_route *r)
{
    act_str path = act_http_request_path(req);
    r->urgent = is_health(path) || act_str_eq(path, ACT_STR("/metrics"));
    bool posts = act_str_eq(act_http_request_method(req), ACT_STR("POST"));
    if (posts && takes_records(path) && !is_allowed(ctx, req)) {
        r->status = 401;
        r->text = "Unauthorized";
    }
}

static void refuse(void *ctx, const act_http_request *req, int code, act_str text,
                   act_http_response *res)
{
    if (code == 401)
        act_http_response_header(res, "WWW-Authenticate", ACT_STR("Bearer"));
    act_kube_refuse(ctx, req, code, text, res);
}

static void handle(void *ctx, act_http_request *req, act_http_response *res)
{
    act_collector *c = ctx;
    act_str path = act_http_request_path(req);
    unsigned records = takes_records(path);
    if (records)
        post(c, records, req, res);
    else if (is_health(path))
        health(c, act_str_eq(path, ACT_STR("/livez")), req, res);
    else if (act_str_eq(path, ACT_STR("/metrics")))
        metrics(c, res);
    else
        answer_error(req, res, ACT_KUBE_NOT_FOUND,
                     "the server could not find the requested resource");
}

/* ---- life -------------------------------------------------------------------------- */

int act_collector_start(const act_collector_options *o, act_collector **ret,
                        act_err *reterr)
{
    ACT_AUTO(act_collector) c = act_zalloc(1, sizeof *c);
    if (!c)
        return ACT_ENOMEM;
    unsigned workers = o->workers ? o->workers : WORKERS;
    workers = workers < WORKERS_MAX ? workers : WORKERS_MAX;
    c->broker = o->broker;
    c->metrics = o->metrics;
    (void)pthread_mutex_init(&c->lock, NULL);
    int r = o->token_file.len
                ? act_shared_token_new(o->token_file, o->clock, o->log, &c->token, reterr)
                : ACT_OK;
    const act_intake_options intake = {
        .broker = o->broker, .clock = o->clock, .metrics = o->metrics, .stages = o->stages
    };
    for (unsigned i = 0; i < workers && !r; i++) {
        r = act_intake_new(&intake, &c->idle[c->n_idle]);
        c->n_idle += !r;
    }
    if (r)
        return r;
    act_http_server_options http = ACT_HTTP_SERVER_OPTIONS_INIT;
    http.address = o->address;
    http.tls = o->tls;
    http.workers = workers;
    http.max_connections = 2000;
    http.max_body_bytes = o->max_body_bytes ? o->max_body_bytes : BODY_MAX;
    http.clock = o->clock;
    http.log = o->log;
    http.metrics = o->metrics;
    http.name = "collector";
    act_http_callbacks callbacks = { handle, route, refuse, c };
    r = act_http_server_start(&http, &callbacks, &c->server, reterr);
    if (r)
        return r;
    *ret = c;
    c = NULL;
    return 0;
}

const act_address *act_collector_address(const act_collector *c)
{
    return act_http_server_address(c->server);
}

int act_collector_set_tls(act_collector *c, const act_tls_pair *pair, act_err *reterr)
{
    return act_http_server_set_tls(c->server, pair, reterr);
}

int act_collector_drain(act_collector *c, int64_t wait_ns)
{
    return act_http_server_drain(c->server, wait_ns);
}

void act_collector_free(act_collector *c)
{
    if (!c)
        return;
    act_http_server_free(c->server);
    while (c->n_idle > 0)
        act_intake_free(c->idle[--c->n_idle]);
    (void)pthread_mutex_destroy(&c->lock);
    act_shared_token_free(c->token);
    act_dealloc(c);
}
