/* ctest: labels=threads timeout=180 */
#include "base/alloc.h"
#include "base/thread.h"
#include "net/gzip.h"
#include "unit/net/web.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static bool has(const act_http_reply *r, const char *text)
{
    return act_str_find(act_buf_str(&r->body), act_str_cstr(text)) != SIZE_MAX;
}

static void request_parts_reach_the_handler_decoded(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_http_call call = ACT_HTTP_CALL_INIT;
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, web_echoes);
    call.bearer = ACT_STR("s3cret");
    assert_int_equal(web_call(&w, call, "/apis/a%2Fb//c?x=1&x=2%26&y=a+b&z", &r), 200);
    assert_true(has(&r, "GET /apis/a%2Fb//c\nsegment apis\nsegment a/b\nsegment c\n"));
    assert_true(has(&r, "param x=1\nparam x=2&\nparam y=a b\nparam z=\n"));
    assert_true(has(&r, "bearer s3cret\nbody 0\n"));
    assert_true(
        act_str_eq_cstr(act_http_reply_header(&r, ACT_STR("content-type")), "text/plain"));
    assert_int_equal(web_get(&w, "/bad%zz", &r), 400);
    assert_int_equal(web_get(&w, "/bad%00", &r), 400);
    assert_int_equal(web_get(&w, "/ok?bad=%f", &r), 400);
    act_http_reply_done(&r);
    web_stop(&w);
}

static void connections_are_kept_alive(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, web_echoes);
    int fd = web_connect(&w);
    act_buf got = ACT_BUF_INIT;
    for (int i = 0; i < 3; i++) {
        act_buf_clear(&got);
        web_send(fd, ACT_STR("POST /p HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"));
        assert_true(web_receive(fd, "body 2", &got));
    }
    /* Two at once: the second waits for the first. */
    web_send(
        fd,
        ACT_STR("GET /1 HTTP/1.1\r\nHost: x\r\n\r\nGET /2 HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(web_receive(fd, "GET /2", &got));
    close(fd);
    assert_true(web_metric_reaches(&w, "activity_http_requests_total", "code=\"200\"", 3));
    act_buf_done(&got);
    act_http_reply_done(&r);
    web_stop(&w);
}

static void answers_without_a_body_and_to_head(void **state)
{
    (void)state;
    web w;
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, web_echoes);
    act_http_call call = ACT_HTTP_CALL_INIT;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    call.method = "HEAD";
    assert_int_equal(web_call(&w, call, "/x", &r), 200);
    assert_int_equal(r.body.len, 0);
    call.method = "PATCH";
    assert_int_equal(web_call(&w, call, "/x", &r), 200);
    assert_true(has(&r, "PATCH /x"));
    act_http_reply_done(&r);
    web_stop(&w);
}

/* --- bad handlers -------------------------------------------------------------------- */

static void misbehave(void *ctx, act_http_request *req, act_http_response *res)
{
    (void)ctx;
    act_str path = act_http_request_path(req);
    act_buf body = ACT_BUF_INIT;
    if (act_str_eq_cstr(path, "/silent"))
        return;
    act_http_response_status(res, act_str_eq_cstr(path, "/status") ? 99 : 200);
    if (act_str_eq_cstr(path, "/split"))
        act_http_response_header(res, "X-A", ACT_STR("a\r\nSet-Cookie: b"));
    if (act_str_eq_cstr(path, "/length"))
        act_http_response_header(res, "Content-Length", ACT_STR("1"));
    if (act_str_eq_cstr(path, "/buffer"))
        body.err = ACT_ENOMEM;
    act_http_response_header(res, "X-Empty", ACT_STR(""));
    act_http_response_body(res, "text/plain", &body);
}

static void failures_of_handlers_become_500(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT,
              (act_http_callbacks){ .handle = misbehave });
    static const char *const bad[] = { "/silent", "/status", "/split", "/length",
                                       "/buffer" };
    for (size_t i = 0; i < ACT_COUNT(bad); i++)
        assert_int_equal(web_get(&w, bad[i], &r), 500);
    assert_null(act_http_reply_header(&r, ACT_STR("Set-Cookie")).ptr);
    assert_int_equal(web_get(&w, "/fine", &r), 200);
    act_http_reply_done(&r);
    web_stop(&w);
}

enum { LIMIT = WEB_SMALL_BODY };

/* --- bodies -------------------------------------------------------------------------- */

static void body_limit_is_exact(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    static char body[LIMIT + 1];
    web_start(&w, web_small(), web_echoes);
    assert_int_equal(web_post(&w, "/", act_str_from(body, LIMIT), NULL, &r), 200);
    assert_true(has(&r, "body 1000\n"));
    assert_int_equal(web_post(&w, "/", act_str_from(body, LIMIT + 1), NULL, &r), 413);
    assert_true(has(&r, "the request body is too large\n"));
    assert_int_equal(web_metric(&w, "activity_http_refused_total", "body_too_large"), 1);
    act_http_reply_done(&r);
    web_stop(&w);
}

static void chunked_bodies_are_counted(void **state)
{
    (void)state;
    web w;
    act_buf got = ACT_BUF_INIT, send = ACT_BUF_INIT;
    web_start(&w, web_small(), web_echoes);
    for (int extra = 0; extra < 2; extra++) {
        int fd = web_connect(&w);
        act_buf_clear(&got);
        act_buf_clear(&send);
        act_buf_printf(&send,
                       "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
        for (int i = 0; i < 10; i++)
            act_buf_printf(&send, "64\r\n%0100d\r\n", i);
        if (extra)
            act_buf_printf(&send, "1\r\nx\r\n");
        act_buf_printf(&send, "0\r\n\r\n");
        web_send(fd, act_buf_str(&send));
        assert_true(web_receive(fd, extra ? "too large\n" : "body 1000\n", &got));
        assert_true(act_str_starts(act_buf_str(&got), extra ? ACT_STR("HTTP/1.1 413")
                                                            : ACT_STR("HTTP/1.1 200")));
        close(fd);
    }
    act_buf_done(&got);
    act_buf_done(&send);
    web_stop(&w);
}

static void huge_bodies_are_refused_before_they_are_sent(void **state)
{
    (void)state;
    web w;
    act_buf got = ACT_BUF_INIT;
    web_start(&w, web_small(), web_echoes);
    static const char *const heads[] = { "Content-Length: 100001\r\n",
                                         "Content-Length: 1001\r\nExpect: 100-continue\r\n",
                                         "Content-Length: 18446744073709551615\r\n" };
    for (size_t i = 0; i < ACT_COUNT(heads); i++) {
        char head[200];
        int fd = web_connect(&w);
        act_buf_clear(&got);
        (void)snprintf(head, sizeof head, "POST / HTTP/1.1\r\nHost: x\r\n%s\r\n", heads[i]);
        web_send(fd, act_str_cstr(head));
        assert_true(web_receive(fd, NULL, &got)); /* and the connection is closed */
        assert_true(act_str_starts(act_buf_str(&got), ACT_STR("HTTP/1.1 413")));
        close(fd);
    }
    act_buf_done(&got);
    web_stop(&w);
}

static void endless_chunked_body_is_cut_off(void **state)
{
    (void)state;
    web w;
    act_buf got = ACT_BUF_INIT;
    web_start(&w, web_small(), web_echoes);
    int fd = web_connect(&w);
    static char chunk[4096 + 8];
    int head = snprintf(chunk, sizeof chunk, "1000\r\n");
    memset(chunk + head, 'x', 4096);
    memcpy(chunk + head + 4096, "\r\n", 2);
    web_send(fd,
             ACT_STR("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"));
    for (int i = 0; i < 100; i++)
        web_send(fd, act_str_from(chunk, (size_t)head + 4096 + 2));
    assert_true(web_receive(fd, NULL, &got));
    assert_int_equal(web_metric(&w, "activity_http_requests_total", "code=\"200\""), -1);
    close(fd);
    act_buf_done(&got);
    web_stop(&w);
}

static void bodies_held_at_once_are_limited(void **state)
{
    (void)state;
    web w;
    act_http_server_options o = web_small();
    o.max_buffered_bytes = 1500;
    web_start(&w, o, web_echoes);
    static char body[LIMIT];
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    int fd = web_connect(&w); /* holds 900 bytes and does not finish */
    web_send(fd, ACT_STR("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"));
    web_send(fd, act_str_from(body, 900));
    assert_true(web_metric_reaches(&w, "activity_http_received_bytes_total", "test", 900));
    assert_int_equal(web_post(&w, "/", act_str_from(body, LIMIT), NULL, &r), 429);
    assert_non_null(act_http_reply_header(&r, ACT_STR("Retry-After")).ptr);
    assert_int_equal(web_metric(&w, "activity_http_refused_total", "reason=\"memory\""), 1);
    close(fd);
    int64_t end = web_now_ms() + WEB_PATIENCE_MS; /* given back when it is gone */
    while (r.status != 200 && web_now_ms() < end) {
        web_sleep_ms(20);
        (void)web_post(&w, "/", act_str_from(body, LIMIT), NULL, &r);
    }
    assert_int_equal(r.status, 200);
    act_http_reply_done(&r);
    web_stop(&w);
}

static void gzip_bodies_are_decoded_within_the_limit(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_buf plain = ACT_BUF_INIT, packed = ACT_BUF_INIT;
    web_start(&w, web_small(), web_echoes);
    act_buf_printf(&plain, "%01000d", 7);
    assert_int_equal(act_gzip_deflate(act_buf_str(&plain), 6, &packed), ACT_OK);
    assert_true(packed.len < 100);
    assert_int_equal(web_post(&w, "/", act_buf_str(&packed), "gzip", &r), 200);
    assert_true(has(&r, "body 1000\n"));
    assert_int_equal(
        web_post(&w, "/", act_str_head(act_buf_str(&packed), packed.len - 3), "gzip", &r),
        400);
    assert_int_equal(web_post(&w, "/", ACT_STR("not gzip"), "gzip", &r), 400);
    assert_int_equal(web_post(&w, "/", ACT_STR("x"), "br", &r), 415);
    assert_true(
        act_str_eq_cstr(act_http_reply_header(&r, ACT_STR("Accept-Encoding")), "gzip"));
    assert_int_equal(web_post(&w, "/", ACT_STR("x"), "gzip, gzip", &r), 415);
    assert_int_equal(web_metric(&w, "activity_http_refused_total", "encoding"), 2);
    assert_int_equal(web_post(&w, "/", ACT_STR("x"), "identity", &r), 200);

    act_buf_add_byte(&plain, 'x'); /* one too many */
    act_buf_clear(&packed);
    assert_int_equal(act_gzip_deflate(act_buf_str(&plain), 6, &packed), ACT_OK);
    assert_int_equal(web_post(&w, "/", act_buf_str(&packed), "gzip", &r), 413);
    for (int i = 0; i < 20; i++) /* 800 KiB out of less than 1 KB */
        act_buf_printf(&plain, "%040000d", 7);
    act_buf_clear(&packed);
    assert_int_equal(act_gzip_deflate(act_buf_str(&plain), 9, &packed), ACT_OK);
    assert_true(packed.len <= LIMIT);
    assert_int_equal(web_post(&w, "/", act_buf_str(&packed), "gzip", &r), 413);
    act_buf_done(&plain);
    act_buf_done(&packed);
    act_http_reply_done(&r);
    web_stop(&w);
}

/* --- headers, routes, refusals ------------------------------------------------------- */

static void by_route(void *ctx, const act_http_request *req, act_http_route *route)
{
    (void)ctx;
    if (act_str_eq_cstr(act_http_request_path(req), "/big"))
        route->max_body_bytes = 5000;
    route->urgent = act_str_eq_cstr(act_http_request_path(req), "/livez");
}

static void worded(void *ctx, const act_http_request *req, int status, act_str text,
                   act_http_response *res)
{
    (void)ctx;
    act_buf out = ACT_BUF_INIT;
    act_buf_printf(&out, "{\"code\":%d,\"path\":\"%.*s\",\"text\":\"%.*s\"}", status,
                   ACT_STR_ARG(act_http_request_path(req)), ACT_STR_ARG(text));
    act_http_response_body(res, "application/json", &out);
}

static void routes_have_their_own_limit_and_refusals_their_own_words(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    static char body[5001];
    web_start(&w, web_small(),
              (act_http_callbacks){
                  .handle = web_echoes.handle, .route = by_route, .refuse = worded });
    assert_int_equal(web_post(&w, "/big", act_str_from(body, 5000), NULL, &r), 200);
    assert_int_equal(web_post(&w, "/big", act_str_from(body, 5001), NULL, &r), 413);
    assert_true(has(&r, "{\"code\":413,\"path\":\"/big\""));
    assert_true(act_str_eq_cstr(act_http_reply_header(&r, ACT_STR("Content-Type")),
                                "application/json"));
    act_http_reply_done(&r);
    web_stop(&w);
}

static void large_headers_get_431(void **state)
{
    (void)state;
    web w;
    act_http_server_options o = web_small();
    o.max_header_bytes = 4096;
    act_http_call call = ACT_HTTP_CALL_INIT;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    static char long_value[300000];
    memset(long_value, 'v', sizeof long_value);
    web_start(&w, o, (act_http_callbacks){ .handle = web_echoes.handle, .refuse = worded });
    act_http_header header = { ACT_STR("X-Long"), act_str_from(long_value, 3900) };
    call.headers = &header;
    call.header_count = 1;
    assert_int_equal(web_call(&w, call, "/", &r), 200);
    header.value.len = 4096;
    assert_int_equal(web_call(&w, call, "/", &r), 431);
    assert_true(has(&r, "{\"code\":431"));
    assert_int_equal(web_metric(&w, "activity_http_refused_total", "headers_too_large"), 1);
    header.value.len = sizeof long_value; /* more than the connection can hold */
    int got = web_call(&w, call, "/", &r);
    assert_true(got == 431 || got == ACT_EIO);
    assert_int_equal(web_get(&w, "/", &r), 200);
    act_http_reply_done(&r);
    web_stop(&w);
}

/* --- workers ------------------------------------------------------------------------- */

typedef struct {
    pthread_mutex_t lock;
    pthread_cond_t cond;
    bool open;
    int inside;
} gate;

static void at_gate(void *ctx, act_http_request *req, act_http_response *res)
{
    gate *g = ctx;
    if (act_str_starts(act_http_request_path(req), ACT_STR("/wait"))) {
        pthread_mutex_lock(&g->lock);
        g->inside++;
        while (!g->open)
            pthread_cond_wait(&g->cond, &g->lock);
        pthread_mutex_unlock(&g->lock);
    }
    act_http_response_status(res, 200);
    act_http_response_text(res, "text/plain", ACT_STR("done"));
}

static void open_gate(gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->open = true;
    pthread_cond_broadcast(&g->cond);
    pthread_mutex_unlock(&g->lock);
}

static void full_queue_gets_429_but_health_is_answered(void **state)
{
    (void)state;
    web w;
    gate g = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0 };
    act_http_server_options o = web_small();
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_buf got = ACT_BUF_INIT;
    o.workers = 2;
    o.queue_limit = 3;
    o.retry_after_s = 7;
    web_start(&w, o,
              (act_http_callbacks){
                  .handle = at_gate, .route = by_route, .refuse = worded, .ctx = &g });
    int fds[5];
    for (int i = 0; i < 2; i++)
        fds[i] = web_ask(&w, "/wait");
    assert_true(web_metric_reaches(&w, "activity_http_running_handlers", "test", 2));
    for (int i = 2; i < 5; i++)
        fds[i] = web_ask(&w, "/wait");
    assert_true(web_metric_reaches(&w, "activity_http_queued_requests", "test", 3));

    assert_int_equal(web_get(&w, "/wait", &r), 429);
    assert_true(has(&r, "{\"code\":429"));
    assert_true(act_str_eq_cstr(act_http_reply_header(&r, ACT_STR("Retry-After")), "7"));
    assert_int_equal(web_get(&w, "/livez", &r), 200);
    assert_int_equal(web_metric(&w, "activity_http_refused_total", "queue_full"), 1);

    open_gate(&g);
    for (int i = 0; i < 5; i++) {
        act_buf_clear(&got);
        assert_true(web_receive(fds[i], "done", &got));
        close(fds[i]);
    }
    assert_int_equal(g.inside, 5);
    act_buf_done(&got);
    act_http_reply_done(&r);
    web_stop(&w);
}

static void stopping_answers_what_waits_with_503(void **state)
{
    (void)state;
    web w;
    gate g = { PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, 0 };
    act_http_server_options o = web_small();
    act_buf got = ACT_BUF_INIT;
    o.workers = 1;
    web_start(&w, o, (act_http_callbacks){ .handle = at_gate, .ctx = &g });
    int running = web_ask(&w, "/wait");
    assert_true(web_metric_reaches(&w, "activity_http_running_handlers", "test", 1));
    int waiting = web_ask(&w, "/wait");
    assert_true(web_metric_reaches(&w, "activity_http_queued_requests", "test", 1));
    assert_int_equal(act_http_server_drain(w.server, 100 * ACT_NS_PER_MS), ACT_EAGAIN);
    open_gate(&g);
    assert_true(web_receive(running, "done", &got)); /* finished, not cut */
    assert_true(act_str_find(act_buf_str(&got), ACT_STR("Connection: close")) != SIZE_MAX);
    act_buf_clear(&got);
    assert_true(web_receive(waiting, "done", &got));
    assert_int_equal(act_http_server_drain(w.server, WEB_PATIENCE_NS), ACT_OK);
    close(running);
    close(waiting);
    act_buf_done(&got);
    web_stop(&w);
}

static void drain_closes_idle_connections_and_refuses_new_ones(void **state)
{
    (void)state;
    web w;
    act_buf got = ACT_BUF_INIT;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    web_start(&w, web_small(), web_echoes);
    int idle = web_ask(&w, "/x");
    int fresh = web_connect(&w);
    assert_true(web_receive(idle, "GET /x", &got));
    assert_int_equal(act_http_server_drain(w.server, WEB_PATIENCE_NS), ACT_OK);
    assert_true(web_receive(idle, NULL, &got));
    assert_true(web_receive(fresh, NULL, &got));
    assert_int_equal(web_get(&w, "/", &r), ACT_EIO);
    close(idle);
    close(fresh);
    act_buf_done(&got);
    act_http_reply_done(&r);
    web_stop(&w);
}

static void drain_waits_for_a_request_that_is_arriving(void **state)
{
    (void)state;
    web w;
    act_buf got = ACT_BUF_INIT;
    web_start(&w, web_small(), web_echoes);
    int fd = web_connect(&w);
    web_send(fd, ACT_STR("POST /half HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nab"));
    assert_true(web_metric_reaches(&w, "activity_http_received_bytes_total", "test", 2));
    assert_int_equal(act_http_server_drain(w.server, 100 * ACT_NS_PER_MS), ACT_EAGAIN);
    web_send(fd, ACT_STR("cd"));
    assert_true(web_receive(fd, NULL, &got)); /* answered, then closed */
    assert_true(act_str_find(act_buf_str(&got), ACT_STR("body 4\n")) != SIZE_MAX);
    assert_int_equal(act_http_server_drain(w.server, WEB_PATIENCE_NS), ACT_OK);
    close(fd);
    act_buf_done(&got);
    web_stop(&w);
}

/* --- start --------------------------------------------------------------------------- */

static void start_refuses_what_cannot_work(void **state)
{
    (void)state;
    web w;
    act_err e = ACT_ERR_INIT;
    act_http_server *s = NULL;
    web_start(&w, web_small(), web_echoes);
    act_http_server_options o = web_small();
    o.address = *act_http_server_address(w.server); /* taken */
    assert_int_equal(act_http_server_start(&o, &web_echoes, &s, &e), ACT_EIO);
    assert_non_null(strstr(e.text, "cannot listen on 127.0.0.1:"));
    o.workers = 0;
    assert_int_equal(act_http_server_start(&o, &web_echoes, &s, &e), ACT_EINVAL);
    assert_int_equal(act_http_server_start(&o, &(act_http_callbacks){ 0 }, &s, &e),
                     ACT_EINVAL);
    o = web_small();
    act_tls_pair bad = ACT_TLS_PAIR_INIT;
    o.tls = &bad;
    assert_int_equal(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL), ACT_OK);
    assert_int_equal(act_http_server_start(&o, &web_echoes, &s, &e), ACT_EPARSE);
    assert_null(s);
    web_stop(&w);
}

static void start_survives_running_out_of_memory(void **state)
{
    (void)state;
    act_tls_pair ca = ACT_TLS_PAIR_INIT;
    act_tls_subject subject = { .common_name = ACT_STR("x"),
                                .now_wall_ns = act_wall_ns(act_clock_system()),
                                .days = 1 };
    act_http_server_options o = web_small();
    assert_int_equal(act_tls_make_ca(&subject, &ca, NULL), ACT_OK);
    assert_int_equal(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL), ACT_OK);
    o.tls = &ca;
    for (size_t n = 0;; n++) {
        act_http_server *s = NULL;
        act_fail_after(n);
        int err = act_http_server_start(&o, &web_echoes, &s, NULL);
        act_fail_after(SIZE_MAX);
        act_http_server_free(s);
        if (!err)
            break;
        assert_true(err == ACT_ENOMEM || err == ACT_EIO);
        assert_null(s);
    }
    act_tls_pair_done(&ca);
}

/* --- log ----------------------------------------------------------------------------- */

static void access_log_has_the_request_but_no_secrets(void **state)
{
    (void)state;
    web w;
    act_log *log;
    act_buf got = ACT_BUF_INIT;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_http_call call = ACT_HTTP_CALL_INIT;
    act_http_server_options o = web_small();
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(act_log_new(fileno(file), ACT_LOG_INFO, act_clock_system(), &log), 0);
    o.log = log;
    web_start(&w, o, web_echoes);
    call.bearer = ACT_STR("hush-header");
    assert_int_equal(web_call(&w, call, "/some/path?token=hush-query", &r), 200);
    web_stop(&w); /* the line is written by now */
    act_log_free(log);
    rewind(file);
    char *room = act_buf_reserve(&got, 4096);
    got.len = fread(room, 1, 4096, file);
    act_str text = act_buf_str(&got);
    static const char *const want[] = { "\"method\":\"GET\"", "\"path\":\"/some/path\"",
                                        "\"status\":200",     "\"peer\":\"127.0.0.1\"",
                                        "\"bytes\":",         "\"seconds\":" };
    for (size_t i = 0; i < ACT_COUNT(want); i++)
        if (act_str_find(text, act_str_cstr(want[i])) == SIZE_MAX)
            fail_msg("no %s in %.*s", want[i], ACT_STR_ARG(text));
    assert_true(act_str_find(text, ACT_STR("hush")) == SIZE_MAX);
    (void)fclose(file);
    act_buf_done(&got);
    act_http_reply_done(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_parts_reach_the_handler_decoded),
        cmocka_unit_test(connections_are_kept_alive),
        cmocka_unit_test(answers_without_a_body_and_to_head),
        cmocka_unit_test(failures_of_handlers_become_500),
        cmocka_unit_test(body_limit_is_exact),
        cmocka_unit_test(chunked_bodies_are_counted),
        cmocka_unit_test(huge_bodies_are_refused_before_they_are_sent),
        cmocka_unit_test(endless_chunked_body_is_cut_off),
        cmocka_unit_test(bodies_held_at_once_are_limited),
        cmocka_unit_test(gzip_bodies_are_decoded_within_the_limit),
        cmocka_unit_test(routes_have_their_own_limit_and_refusals_their_own_words),
        cmocka_unit_test(large_headers_get_431),
        cmocka_unit_test(full_queue_gets_429_but_health_is_answered),
        cmocka_unit_test(stopping_answers_what_waits_with_503),
        cmocka_unit_test(drain_closes_idle_connections_and_refuses_new_ones),
        cmocka_unit_test(drain_waits_for_a_request_that_is_arriving),
        cmocka_unit_test(start_refuses_what_cannot_work),
        cmocka_unit_test(start_survives_running_out_of_memory),
        cmocka_unit_test(access_log_has_the_request_but_no_secrets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
