/* ctest: labels=threads timeout=180 */
/* Clients of the HTTP server that are too many, too slow, or no clients of HTTP at all. */
#include "unit/net/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* --- connections --------------------------------------------------------------------- */

static bool is_closed(int fd, int wait_ms)
{
    act_buf got = ACT_BUF_INIT;
    bool closed = web_receive_within(fd, wait_ms, NULL, &got);
    act_buf_done(&got);
    return closed;
}

static void connections_past_the_limit_are_closed(void **state)
{
    (void)state;
    web w;
    act_http_server_options o = web_small();
    act_buf got = ACT_BUF_INIT;
    o.max_connections = 3;
    web_start(&w, o, web_echoes);
    int fds[4];
    for (int i = 0; i < 4; i++) {
        fds[i] = web_connect(&w);
        assert_true(i == 3 ||
                    web_metric_reaches(&w, "activity_http_connections", "test", i + 1));
    }
    assert_true(is_closed(fds[3], WEB_PATIENCE_MS));
    assert_int_equal(
        web_metric(&w, "activity_http_refused_total", "reason=\"connections\""), 1);
    web_send(fds[0], ACT_STR("GET /0 HTTP/1.1\r\nHost: x\r\n\r\n"));
    assert_true(web_receive(fds[0], "GET /0", &got));
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    act_buf_done(&got);
    web_stop(&w);
}

static void connections_of_one_address_are_limited(void **state)
{
    (void)state;
    web w;
    act_http_server_options o = web_small();
    o.max_connections_per_ip = 2;
    web_start(&w, o, web_echoes);
    int a = web_connect(&w), b = web_connect(&w);
    assert_true(web_metric_reaches(&w, "activity_http_connections", "test", 2));
    int c = web_connect(&w);
    assert_true(is_closed(c, WEB_PATIENCE_MS));
    assert_int_equal(web_metric(&w, "activity_http_refused_total", "connections_per_ip"),
                     1);
    close(a); /* makes room */
    close(c);
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    int64_t end = web_now_ms() + WEB_PATIENCE_MS;
    while (web_get(&w, "/", &r) != 200 && web_now_ms() < end)
        web_sleep_ms(20);
    assert_int_equal(r.status, 200);
    close(b);
    act_http_reply_done(&r);
    web_stop(&w);
}

/* --- slow clients -------------------------------------------------------------------- */

enum { HASTE_MS = 300 };

/* Phases of a connection have HASTE_MS, those that are not wanted as long as usual. */
static act_http_server_options hasty(bool headers, bool body, bool idle, bool send)
{
    act_http_server_options o = web_small();
    int64_t haste_ns = HASTE_MS * ACT_NS_PER_MS;
    o.header_timeout_ns = headers ? haste_ns : WEB_PATIENCE_NS;
    o.body_timeout_ns = body ? haste_ns : WEB_PATIENCE_NS;
    o.idle_timeout_ns = idle ? haste_ns : WEB_PATIENCE_NS;
    o.send_timeout_ns = send ? haste_ns : WEB_PATIENCE_NS;
    return o;
}

/* Sends @head at once and then a byte of @text every 50 ms until the server hangs up; how
 * long that took, in ms, from the connecting on. Were it the single byte that is timed, it
 * would take 45 s. */
static int64_t drip(web *w, act_str head, act_str text)
{
    int64_t start = web_now_ms();
    int fd = web_connect(w);
    web_send(fd, head);
    for (size_t i = 0; i < 900; i++) {
        web_send(fd, act_str_from(text.ptr + i % text.len, 1));
        if (is_closed(fd, 50))
            break;
    }
    close(fd);
    return web_now_ms() - start;
}

static void dripping_headers_and_bodies_are_cut_off(void **state)
{
    (void)state;
    web w;
    web_start(&w, hasty(true, false, false, false), web_echoes);
    assert_true(drip(&w, ACT_STR("GET / HTTP/1.1\r\nX: "), ACT_STR("a")) >= HASTE_MS);
    assert_true(
        web_metric_becomes(&w, "activity_http_timeouts_total", "phase=\"headers\"", 1));
    web_stop(&w);

    web_start(&w, hasty(false, true, false, false), web_echoes);
    assert_true(drip(&w,
                     ACT_STR("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"),
                     ACT_STR("b")) >= HASTE_MS);
    assert_true(
        web_metric_becomes(&w, "activity_http_timeouts_total", "phase=\"body\"", 1));
    web_stop(&w);
}

static void idle_connections_are_closed(void **state)
{
    (void)state;
    web w;
    act_buf got = ACT_BUF_INIT;
    web_start(&w, hasty(false, false, true, false), web_echoes);
    int fd = web_ask(&w, "/x");
    assert_true(web_receive(fd, "GET /x", &got));
    assert_true(is_closed(fd, WEB_PATIENCE_MS));
    assert_true(
        web_metric_becomes(&w, "activity_http_timeouts_total", "phase=\"idle\"", 1));
    close(fd);
    act_buf_done(&got);
    web_stop(&w);
}

static void large(void *ctx, act_http_request *req, act_http_response *res)
{
    (void)ctx, (void)req;
    act_buf body = ACT_BUF_INIT;
    char *room = act_buf_reserve(&body, 64 << 20);
    memset(room, 'x', 64 << 20);
    body.len = 64 << 20;
    act_http_response_status(res, 200);
    act_http_response_body(res, "text/plain", &body);
}

/* Read 64 MiB with pauses that take longer than the time-out, together; true when all of it
 * came. */
static bool read_slowly(web *w)
{
    int fd = web_ask(w, "/");
    char *room = malloc(1 << 20);
    size_t total = 0;
    for (ssize_t n; total < 64 << 20 && (n = recv(fd, room, 1 << 20, 0)) > 0;) {
        total += (size_t)n;
        if (total >> 23 != (total - (size_t)n) >> 23)
            web_sleep_ms(HASTE_MS / 3);
    }
    free(room);
    close(fd);
    return total >= 64 << 20;
}

static void client_that_does_not_read_its_answer_is_cut_off(void **state)
{
    (void)state;
    web w;
    web_start(&w, hasty(false, false, false, true),
              (act_http_callbacks){ .handle = large });
    int fd = web_ask(&w, "/");
    assert_true(
        web_metric_reaches(&w, "activity_http_timeouts_total", "phase=\"send\"", 1));
    close(fd);
    /* Slow but steady is no reason, when the machine lets it be steady. */
    int64_t end = web_now_ms() + WEB_PATIENCE_MS;
    while (!read_slowly(&w))
        assert_true(web_now_ms() < end);
    web_stop(&w);
}

/* --- hostile bytes ------------------------------------------------------------------- */

static void malformed_http_never_reaches_a_handler_or_crashes(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_buf got = ACT_BUF_INIT;
    static const act_str bad[] = {
        ACT_STR("\r\n\r\n\r\n"),
        ACT_STR("\0\0\0\0\0"),
        ACT_STR("GET\r\n\r\n"),
        ACT_STR("GET / HTTP/1.1\r\n\r\n"),
        ACT_STR("GET / HTTP/9.9\r\nHost: x\r\n\r\n"),
        ACT_STR("GET / HTTP/1.1\r\nHost x\r\n\r\n"),
        ACT_STR("GET nothing HTTP/1.1\r\nHost: x\r\n\r\n"),
        ACT_STR("GET * HTTP/1.1\r\nHost: x\r\n\r\n"),
        ACT_STR("GET /%\xff HTTP/1.1\r\nHost: x\r\n\r\n"),
        ACT_STR("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n"),
        ACT_STR("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1x\r\n\r\n"),
        ACT_STR("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"),
        ACT_STR("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
                "ffffffffffffffffff\r\n"),
        ACT_STR("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
        ACT_STR("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    };
    web_start(&w, hasty(true, true, true, true), web_echoes);
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        int fd = web_connect(&w);
        act_buf_clear(&got);
        web_send(fd, bad[i]);
        assert_true(web_receive(fd, NULL, &got)); /* answered or not: closed */
        if (act_str_starts(act_buf_str(&got), ACT_STR("HTTP/1.1 200")))
            fail_msg("request %zu was served", i);
        close(fd);
    }
    uint32_t seed = 1; /* noise, cut anywhere */
    static const act_str start =
        ACT_STR("POST /a?b=c HTTP/1.1\r\nHost: x\r\nContent-Length: "
                "5\r\nContent-Encoding: gzip\r\n\r\nhello");
    for (int i = 0; i < 200; i++) {
        char text[256];
        memcpy(text, start.ptr, start.len);
        for (int k = 0; k < 4; k++) {
            seed = seed * 1664525 + 1013904223;
            text[(seed >> 8) % start.len] = (char)(seed >> 24);
        }
        int fd = web_connect(&w);
        web_send(fd, act_str_from(text, (seed >> 4) % start.len + 1));
        close(fd);
    }
    int64_t end = web_now_ms() + WEB_PATIENCE_MS;
    while (web_get(&w, "/still-there", &r) != 200) /* when it is not too hasty for us */
        assert_true(web_now_ms() < end);
    act_buf_done(&got);
    act_http_reply_done(&r);
    web_stop(&w);
}

/* The library answers what is malformed itself, and is not to do so while it stops. */
static void malformed_http_does_no_harm_to_a_server_that_stops(void **state)
{
    enum { CLIENTS = 100, ROUNDS = 10 };
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        web w;
        int fds[CLIENTS];
        web_start(&w, web_small(), web_echoes);
        for (int i = 0; i < CLIENTS; i++)
            fds[i] = web_connect(&w);
        for (int i = 0; i < CLIENTS; i++)
            web_send(fds[i], ACT_STR("GET / HTTP/9.9\r\nHost x\r\n\r\n"));
        web_stop(&w);
        for (int i = 0; i < CLIENTS; i++)
            close(fds[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(connections_past_the_limit_are_closed),
        cmocka_unit_test(connections_of_one_address_are_limited),
        cmocka_unit_test(dripping_headers_and_bodies_are_cut_off),
        cmocka_unit_test(idle_connections_are_closed),
        cmocka_unit_test(client_that_does_not_read_its_answer_is_cut_off),
        cmocka_unit_test(malformed_http_never_reaches_a_handler_or_crashes),
        cmocka_unit_test(malformed_http_does_no_harm_to_a_server_that_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
