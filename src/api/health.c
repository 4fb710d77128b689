#include "api/health.h"

enum { EXCLUDE_MAX_BYTES = 128 };

typedef struct {
    const char *name;
    bool ready_only; /* no reason to restart the process */
    bool (*ok)(const act_api_services *api, bool stopping);
} check;

static bool ping_ok(const act_api_services *api, bool stopping)
{
    (void)api;
    (void)stopping;
    return true;
}

static bool store_ok(const act_api_services *api, bool stopping)
{
    (void)stopping;
    return act_store_ping(api->store) == 0;
}

static bool broker_ok(const act_api_services *api, bool stopping)
{
    (void)stopping;
    return act_broker_ping(api->broker) == 0;
}

static bool registry_ok(const act_api_services *api, bool stopping)
{
    (void)stopping;
    return act_registry_ping(api->registry) == 0;
}

static bool not_stopping(const act_api_services *api, bool stopping)
{
    (void)api;
    return !stopping;
}

static const check checks[] = {
    { "ping", false, ping_ok },         { "store", true, store_ok },
    { "broker", true, broker_ok },      { "registry", true, registry_ok },
    { "shutdown", true, not_stopping },
};

bool act_health_is_path(act_str segment)
{
    return act_str_eq_cstr(segment, "livez") || act_str_eq_cstr(segment, "readyz") ||
           act_str_eq_cstr(segment, "healthz");
}

static bool is_excluded(const act_http_request *req, const char *name)
{
    size_t n;
    const act_url_param *params = act_http_request_params(req, &n);
    for (size_t i = 0; i < n; i++)
        if (act_str_eq_cstr(params[i].name, "exclude") &&
            act_str_eq_cstr(params[i].value, name))
            return true;
    return false;
}

/* As Kubernetes tells about ?exclude=NAME that excludes nothing. */
static void write_unknown_excludes(const act_http_request *req, act_buf *out)
{
    size_t n;
    const act_url_param *params = act_http_request_params(req, &n);
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        if (!act_str_eq_cstr(params[i].name, "exclude"))
            continue;
        while (k < ACT_COUNT(checks) && !act_str_eq_cstr(params[i].value, checks[k].name))
            k++;
        if (k == ACT_COUNT(checks))
            act_buf_printf(out,
                           "warn: some health checks cannot be excluded: no matches for "
                           "\"%.*s\"\n",
                           ACT_STR_ARG(act_str_head(params[i].value, EXCLUDE_MAX_BYTES)));
    }
}

/* A check that fails is told to operators; who asks learns its name alone. */
static bool passes(const act_api_services *api, const check *c, bool stopping)
{
    bool ok = c->ok(api, stopping);
    if (!ok)
        act_warn(api->log, "a health check fails", ACT_F_CSTR("check", c->name));
    return ok;
}

static void answer_one(const act_api_services *api, bool stopping, act_str name,
                       act_http_response *res)
{
    for (size_t i = 0; i < ACT_COUNT(checks); i++) {
        if (!act_str_eq_cstr(name, checks[i].name))
            continue;
        bool ok = passes(api, &checks[i], stopping);
        act_http_response_status(res, ok ? 200 : 500);
        act_http_response_text(res, "text/plain", ok ? ACT_STR("ok") : ACT_STR("failed"));
        return;
    }
    act_http_response_status(res, 404);
    act_http_response_text(res, "text/plain", ACT_STR("404 page not found\n"));
}

void act_health_answer(const act_api_services *api, bool stopping, act_http_request *req,
                       const act_str *segments, size_t n, act_http_response *res)
{
    if (n > 1) {
        answer_one(api, stopping, segments[1], res);
        return;
    }
    bool live = act_str_eq_cstr(segments[0], "livez");
    bool all_ok = true;
    act_buf body = ACT_BUF_INIT;
    for (size_t i = 0; i < ACT_COUNT(checks); i++) {
        if (live && checks[i].ready_only)
            continue;
        bool excluded = is_excluded(req, checks[i].name);
        bool ok = excluded || passes(api, &checks[i], stopping);
        act_buf_printf(&body, "[%c]%s %s\n", ok ? '+' : '-', checks[i].name,
                       excluded ? "excluded: ok"
                       : ok     ? "ok"
                                : "failed: reason withheld");
        all_ok = all_ok && ok;
    }
    act_http_response_status(res, all_ok ? 200 : 500);
    if (all_ok && !act_http_request_param(req, ACT_STR("verbose")).ptr) {
        act_buf_done(&body);
        act_http_response_text(res, "text/plain", ACT_STR("ok"));
        return;
    }
    write_unknown_excludes(req, &body);
    act_buf_printf(&body, "%.*s check %s\n", ACT_STR_ARG(segments[0]),
                   all_ok ? "passed" : "failed");
    act_http_response_body(res, "text/plain", &body);
}
