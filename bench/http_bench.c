/* Requests per second of a tiny handler over 32 keep-alive TLS connections, and the memory
 * of an idle TLS watcher. Clients run in a process of their own, so that the resident
 * memory is the server's. Usage: http [seconds] [watchers] */
#include "load.h"
#include "net/http_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS = 32 };

/* --- server -------------------------------------------------------------------------- */

static void handle(void *ctx, act_http_request *req, act_http_response *res)
{
    (void)ctx;
    act_http_response_status(res, 200);
    if (act_str_eq_cstr(act_http_request_path(req), "/watch")) {
        act_http_stream_options o = ACT_HTTP_STREAM_OPTIONS_INIT;
        act_http_stream *s;
        if (act_http_response_stream(res, "application/json", &o, &s))
            act_http_response_status(res, 429);
        else
            act_http_stream_unref(s); /* it stays open and asleep */
        return;
    }
    act_http_response_text(res, "application/json", ACT_STR("{\"status\":\"ok\"}"));
}

/* --- client -------------------------------------------------------------------------- */

static int client(uint16_t port, int seconds, int watchers, int from_parent, int to_parent)
{
    load_options o = { .port = port,
                       .request = "GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n",
                       .connections = CONNECTIONS,
                       .seconds = seconds };
    load_result result;
    char byte = 0;
    if (!load_run(&o, &result))
        return 1;
    load_print("http", &o, &result);

    /* "Measure now"; the parent answers when it has. */
    if (write(to_parent, &byte, 1) != 1 || read(from_parent, &byte, 1) != 1)
        return 1;
    for (int i = 0; i < watchers; i++) {
        gnutls_session_t s = load_dial(port);
        if (!s ||
            load_exchange(s, ACT_STR("GET /watch HTTP/1.1\r\nHost: localhost\r\n\r\n")) !=
                200) {
            (void)fprintf(stderr, "watcher %d failed\n", i);
            return 1;
        }
    }
    return write(to_parent, &byte, 1) == 1 && read(from_parent, &byte, 1) == 1 ? 0 : 1;
}

/* --- main ---------------------------------------------------------------------------- */

static void raise_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r); /* else fewer watchers: the run tells */
    }
}

static int serve(const act_tls_pair *tls, int watchers, int port_fd, int from_child,
                 int to_child)
{
    act_http_server *s = NULL;
    act_err e = ACT_ERR_INIT;
    act_http_callbacks c = { .handle = handle };
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    char byte = 0;
    o.tls = tls;
    if (act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, &e) ||
        act_http_server_start(&o, &c, &s, &e)) {
        (void)fprintf(stderr, "%s\n", e.text);
        return 1;
    }
    uint16_t port = act_address_port(act_http_server_address(s));
    if (write(port_fd, &port, sizeof port) != sizeof port ||
        read(from_child, &byte, 1) != 1)
        return 1;
    double before = load_resident_kib();
    printf("http: RSS %.1f MiB after the load\n", before / 1024);
    (void)fflush(stdout);
    if (write(to_child, &byte, 1) != 1 || read(from_child, &byte, 1) != 1)
        return 1;
    double after = load_resident_kib();
    printf("http: %.1f KiB for each of %d idle TLS watchers (target: 40)\n",
           (after - before) / watchers, watchers);
    if (write(to_child, &byte, 1) != 1)
        return 1;
    act_http_server_free(s);
    return 0;
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 5;
    int watchers = argc > 2 ? atoi(argv[2]) : 1000;
    int down[2], up[2], status = 1;
    act_tls_pair ca = ACT_TLS_PAIR_INIT, tls = ACT_TLS_PAIR_INIT;
    act_tls_subject subject = { .common_name = ACT_STR("bench"),
                                .now_wall_ns = act_wall_ns(act_clock_system()),
                                .days = 1 };
    act_err e = ACT_ERR_INIT;
    raise_descriptors();
    if (watchers < 1 || act_tls_make_ca(&subject, &ca, &e) ||
        act_tls_make_server(&ca, &subject, &tls, &e) || pipe(down) || pipe(up)) {
        (void)fprintf(stderr, "usage: http [seconds] [watchers] %s\n", e.text);
        return 1;
    }
    pid_t child = fork();
    if (child == 0) {
        uint16_t port;
        if (read(down[0], &port, sizeof port) != sizeof port)
            return 1;
        return client(port, seconds, watchers, down[0], up[1]);
    }
    close(up[1]); /* so that a dead client ends the wait */
    int failed = serve(&tls, watchers, down[1], up[0], down[1]);
    close(down[1]);
    if (child > 0)
        (void)waitpid(child, &status, 0);
    act_tls_pair_done(&ca);
    act_tls_pair_done(&tls);
    return failed || status;
}
