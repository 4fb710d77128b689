#include "fake_apiserver.h"

#include <stdio.h>

static act_tls_subject subject(const char *name)
{
    return (act_tls_subject){ .common_name = act_str_cstr(name),
                              .now_wall_ns = act_wall_ns(act_clock_system()),
                              .days = 1 };
}

void make_ca(const char *name, act_tls_pair *ret)
{
    act_tls_subject s = subject(name);
    assert_int_equal(act_tls_make_ca(&s, ret, NULL), 0);
}

void make_client(const act_tls_pair *ca, const char *name, const char *group,
                 act_tls_pair *ret)
{
    act_tls_subject s = subject(name);
    act_str groups[] = { act_str_cstr(group) };
    s.organizations = groups;
    s.organization_count = group ? 1 : 0;
    assert_int_equal(act_tls_make_client(ca, &s, ret, NULL), 0);
}

static int64_t read_clock(void *ctx)
{
    return *(int64_t *)ctx;
}

act_clock fake_clock(int64_t *at_ns)
{
    return (act_clock){ read_clock, read_clock, at_ns };
}

/* ---- answers ----------------------------------------------------------------------- */

static void answer(act_http_response *res, int status, const char *text)
{
    act_http_response_status(res, status);
    act_http_response_text(res, "application/json", act_str_cstr(text));
}

static bool mentions(act_str text, const char *what)
{
    return act_str_find(text, act_str_cstr(what)) != SIZE_MAX;
}

static void review(fake_apiserver *f, act_str path, act_str body, act_http_response *res)
{
    (void)snprintf(f->last_review, sizeof f->last_review, "%.*s", ACT_STR_ARG(body));
    f->reviews++;
    if (mentions(path, "subjectaccessreviews"))
        answer(res, 201,
               mentions(body, "\"verb\":\"get\"")
                   ? "{\"status\":{\"allowed\":true,\"reason\":\"RBAC\"}}"
                   : "{\"status\":{\"allowed\":false,\"reason\":\"only reading\"}}");
    else
        answer(res, 201,
               mentions(body, "\"token\":\"tok-alice\"")
                   ? "{\"status\":{\"authenticated\":true,\"user\":{\"username\":\"alice\","
                     "\"uid\":\"u1\",\"groups\":[\"web\"],"
                     "\"extra\":{\"iam/parent\":[\"p\",\"q\"]}}}}"
                   : "{\"status\":{\"authenticated\":false}}");
}

static int tell_watcher(fake_apiserver *f)
{
    return act_http_stream_push_text(f->watch, ACT_STR("{\"type\":\"MODIFIED\"}\n"));
}

static void watch(fake_apiserver *f, act_http_response *res)
{
    act_http_stream_options o = ACT_HTTP_STREAM_OPTIONS_INIT;
    act_http_stream_unref(f->watch);
    f->watch = NULL;
    act_http_response_status(res, 200);
    assert_int_equal(act_http_response_stream(res, "application/json", &o, &f->watch), 0);
    f->watches++;
    if (f->unread) /* it has changed between the reading and the watch */
        assert_int_equal(tell_watcher(f), 0);
}

static void handle(void *ctx, act_http_request *req, act_http_response *res)
{
    fake_apiserver *f = ctx;
    act_str path = act_http_request_path(req);
    (void)pthread_mutex_lock(&f->lock);
    if (f->fail_status) {
        answer(res, f->fail_status, "{\"kind\":\"Status\",\"message\":\"not today\"}");
    } else if (!act_str_eq_cstr(act_http_request_bearer(req), FAKE_OUR_TOKEN)) {
        answer(res, 401, "{\"kind\":\"Status\",\"message\":\"Unauthorized\"}");
    } else if (mentions(path, "reviews")) {
        review(f, path, act_http_request_body(req), res);
    } else if (act_http_request_param(req, ACT_STR("watch")).ptr) {
        watch(f, res);
    } else {
        answer(res, 200, f->config_map);
        f->unread = false;
    }
    (void)pthread_mutex_unlock(&f->lock);
}

/* ---- life -------------------------------------------------------------------------- */

act_kube_client *fake_client(fake_apiserver *f, const char *token, const char *token_file)
{
    act_kube_client *c = NULL;
    act_kubeconfig config = { .server = act_str_cstr(f->url),
                              .ca_pem = act_buf_str(&f->ca.cert_pem),
                              .token = act_str_cstr(token),
                              .token_file = act_str_cstr(token_file) };
    assert_int_equal(act_kube_client_new(&config, &c), 0);
    return c;
}

void fake_start(fake_apiserver *f)
{
    *f = (fake_apiserver){ .config_map = "{}" };
    (void)pthread_mutex_init(&f->lock, NULL);
    make_ca("fake", &f->ca);
    act_tls_subject s = subject("fake");
    assert_int_equal(act_tls_make_server(&f->ca, &s, &f->tls, NULL), 0);
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    o.tls = &f->tls;
    o.workers = 2;
    assert_int_equal(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL), 0);
    act_http_callbacks callbacks = { .handle = handle, .ctx = f };
    assert_int_equal(act_http_server_start(&o, &callbacks, &f->server, NULL), 0);
    (void)snprintf(f->url, sizeof f->url, "https://127.0.0.1:%u",
                   act_address_port(act_http_server_address(f->server)));
    f->client = fake_client(f, FAKE_OUR_TOKEN, NULL);
}

void fake_stop(fake_apiserver *f)
{
    act_kube_client_free(f->client);
    act_http_stream_unref(f->watch);
    act_http_server_free(f->server);
    act_tls_pair_done(&f->ca);
    act_tls_pair_done(&f->tls);
    (void)pthread_mutex_destroy(&f->lock);
}

void fake_fail(fake_apiserver *f, int status)
{
    (void)pthread_mutex_lock(&f->lock);
    f->fail_status = status;
    (void)pthread_mutex_unlock(&f->lock);
}

int fake_reviews(fake_apiserver *f)
{
    (void)pthread_mutex_lock(&f->lock);
    int n = f->reviews;
    (void)pthread_mutex_unlock(&f->lock);
    return n;
}

void fake_set_config_map(fake_apiserver *f, const char *json)
{
    (void)pthread_mutex_lock(&f->lock);
    (void)snprintf(f->config_map, sizeof f->config_map, "%s", json);
    f->unread = true;
    int r = f->watch ? tell_watcher(f) : 0;
    assert_true(r == 0 || r == ACT_ECLOSED); /* the watcher has gone: it will read again */
    (void)pthread_mutex_unlock(&f->lock);
}
