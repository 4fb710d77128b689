#include "unit/net/web.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void start(web *w, act_http_server_options o, act_http_callbacks c)
{
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_metrics_new(&w->metrics), ACT_OK);
    assert_int_equal(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, &e), ACT_OK);
    o.metrics = w->metrics;
    o.name = "test";
    if (act_http_server_start(&o, &c, &w->server, &e))
        fail_msg("%s", e.text);
    (void)snprintf(w->base, sizeof w->base, "http%s://127.0.0.1:%u", o.tls ? "s" : "",
                   act_address_port(act_http_server_address(w->server)));
    act_http_client_options client = ACT_HTTP_CLIENT_OPTIONS_INIT;
    client.ca_pem = act_buf_str(&w->ca.cert_pem);
    assert_int_equal(act_http_client_new(&client, &w->client), ACT_OK);
}

void web_start(web *w, act_http_server_options o, act_http_callbacks c)
{
    *w = (web){ 0 };
    start(w, o, c);
}

void web_start_tls(web *w, act_http_server_options o, act_http_callbacks c)
{
    *w = (web){ 0 };
    act_tls_subject s = { .common_name = ACT_STR("test"),
                          .now_wall_ns = act_wall_ns(act_clock_system()),
                          .days = 1 };
    assert_int_equal(act_tls_make_ca(&s, &w->ca, NULL), ACT_OK);
    assert_int_equal(act_tls_make_server(&w->ca, &s, &w->tls, NULL), ACT_OK);
    o.tls = &w->tls;
    start(w, o, c);
}

void web_stop(web *w)
{
    act_http_client_free(w->client);
    act_http_server_free(w->server);
    act_metrics_free(w->metrics);
    act_tls_pair_done(&w->ca);
    act_tls_pair_done(&w->tls);
}

int web_call(web *w, act_http_call call, const char *path, act_http_reply *reply)
{
    char url[4096];
    act_err e = ACT_ERR_INIT;
    (void)snprintf(url, sizeof url, "%s%s", w->base, path);
    call.url = url;
    call.connect_timeout_ns = WEB_PATIENCE_NS;
    int err = act_http_client_call(w->client, &call, reply, &e);
    return err ? err : reply->status;
}

int web_get(web *w, const char *path, act_http_reply *reply)
{
    return web_call(w, ACT_HTTP_CALL_INIT, path, reply);
}

int web_post(web *w, const char *path, act_str body, const char *encoding,
             act_http_reply *reply)
{
    act_http_header header = { ACT_STR("Content-Encoding"), act_str_cstr(encoding) };
    act_http_call call = ACT_HTTP_CALL_INIT;
    call.method = "POST";
    call.body = body;
    call.has_body = true;
    call.headers = &header;
    call.header_count = encoding ? 1 : 0;
    return web_call(w, call, path, reply);
}

int64_t web_metric(web *w, const char *name, const char *label)
{
    act_buf text = ACT_BUF_INIT;
    act_metrics_text(w->metrics, &text);
    int64_t value = -1;
    for (act_str rest = act_buf_str(&text), line; rest.len;) {
        rest = act_str_split(rest, '\n', &line);
        if (!act_str_starts(line, act_str_cstr(name)) ||
            act_str_find(line, act_str_cstr(label)) == SIZE_MAX)
            continue;
        act_str number = act_str_cut(line, act_str_rfind_byte(line, ' ') + 1);
        assert_int_equal(act_str_to_i64(number, &value), ACT_OK);
    }
    act_buf_done(&text);
    return value;
}

/* Ask every 10 ms until the answer is between @least and @most. */
static bool comes_between(web *w, const char *name, const char *label, int64_t least,
                          int64_t most)
{
    int64_t end = web_now_ms() + WEB_PATIENCE_MS;
    for (;;) {
        int64_t value = web_metric(w, name, label);
        if (value >= least && value <= most)
            return true;
        if (web_now_ms() > end)
            return false;
        web_sleep_ms(10);
    }
}

bool web_metric_reaches(web *w, const char *name, const char *label, int64_t value)
{
    return comes_between(w, name, label, value, INT64_MAX);
}

bool web_metric_becomes(web *w, const char *name, const char *label, int64_t value)
{
    return comes_between(w, name, label, value, value);
}

int web_connect(web *w)
{
    const act_address *a = act_http_server_address(w->server);
    int fd = socket(a->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (const struct sockaddr *)&a->addr, a->len), 0);
    return fd;
}

void web_send(int fd, act_str s)
{
    while (s.len) {
        ssize_t n = send(fd, s.ptr, s.len, MSG_NOSIGNAL);
        if (n <= 0) /* cut off: the test looks at what came back */
            return;
        s = act_str_cut(s, (size_t)n);
    }
}

bool web_receive(int fd, const char *until, act_buf *out)
{
    return web_receive_within(fd, WEB_PATIENCE_MS, until, out);
}

bool web_receive_within(int fd, int wait_ms, const char *until, act_buf *out)
{
    for (;;) {
        if (until && act_str_find(act_buf_str(out), act_str_cstr(until)) != SIZE_MAX)
            return true;
        struct pollfd p = { .fd = fd, .events = POLLIN };
        if (poll(&p, 1, wait_ms) <= 0)
            return false;
        char *room = act_buf_reserve(out, 65536);
        assert_non_null(room);
        ssize_t n = recv(fd, room, 65536, 0);
        if (n <= 0)
            return until == NULL;
        out->len += (size_t)n;
    }
}

int64_t web_now_ms(void)
{
    return act_mono_ns(act_clock_system()) / ACT_NS_PER_MS;
}

void web_sleep_ms(int ms)
{
    struct timespec t = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };
    (void)nanosleep(&t, NULL);
}

long web_rss_kib(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    assert_non_null(f);
    assert_int_equal(fscanf(f, "%ld %ld", &pages, &resident), 2);
    (void)fclose(f);
    return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* ---- what tests share ------------------------------------------------------------- */

static bool add_header_line(void *ctx, act_str name, act_str value)
{
    act_buf_printf(ctx, "%.*s=%.*s\n", ACT_STR_ARG(name), ACT_STR_ARG(value));
    return true;
}

/* Says back what it was asked. */
static void echo(void *ctx, act_http_request *req, act_http_response *res)
{
    (void)ctx;
    size_t segments, params;
    const act_str *segment = act_http_request_segments(req, &segments);
    const act_url_param *param = act_http_request_params(req, &params);
    act_str body = act_http_request_body(req);
    act_buf out = ACT_BUF_INIT;
    act_buf_printf(&out, "%.*s %.*s\n", ACT_STR_ARG(act_http_request_method(req)),
                   ACT_STR_ARG(act_http_request_path(req)));
    for (size_t i = 0; i < segments; i++)
        act_buf_printf(&out, "segment %.*s\n", ACT_STR_ARG(segment[i]));
    for (size_t i = 0; i < params; i++)
        act_buf_printf(&out, "param %.*s=%.*s\n", ACT_STR_ARG(param[i].name),
                       ACT_STR_ARG(param[i].value));
    act_buf_printf(&out, "bearer %.*s\nbody %zu\n",
                   ACT_STR_ARG(act_http_request_bearer(req)), body.len);
    act_http_request_each_header(req, add_header_line, &out);
    act_http_response_status(res, 200);
    act_http_response_body(res, "text/plain", &out);
}

const act_http_callbacks web_echoes = { .handle = echo };

act_http_server_options web_small(void)
{
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    o.max_body_bytes = WEB_SMALL_BODY;
    o.max_discard_bytes = 100000;
    return o;
}

int web_ask(web *w, const char *path)
{
    int fd = web_connect(w);
    char text[200];
    (void)snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: x\r\n\r\n", path);
    web_send(fd, act_str_cstr(text));
    return fd;
}
