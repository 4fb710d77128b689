/* Requests per second of a tiny handler over 32 keep-alive TLS connections, and the memory
 * of an idle TLS watcher. Clients run in a process of their own, so that the resident
 * memory is the server's. Usage: http [seconds] [watchers] */
#include "base/thread.h"
#include "net/http_server.h"

#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTIONS = 32, SAMPLES_MAX = 1 << 20 };

static int64_t now_ns(void)
{
    return act_mono_ns(act_clock_system());
}

static double resident_kib(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld %ld", &pages, &resident) != 2)
        exit(1);
    (void)fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
}

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

typedef struct {
    uint16_t port;
    gnutls_certificate_credentials_t credentials;
    int64_t end_ns;
    uint32_t *samples_us;
    size_t count;
} load;

static gnutls_session_t dial(uint16_t port, gnutls_certificate_credentials_t credentials)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    gnutls_session_t s;
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        return NULL;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (gnutls_init(&s, GNUTLS_CLIENT) < 0 || gnutls_set_default_priority(s) < 0 ||
        gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, credentials) < 0)
        return NULL;
    gnutls_transport_set_int(s, fd);
    return gnutls_handshake(s) < 0 ? NULL : s;
}

/* One request; the answer ends with @end. */
static bool exchange(gnutls_session_t s, act_str request, const char *end)
{
    char in[4096];
    size_t n = 0;
    if (gnutls_record_send(s, request.ptr, request.len) != (ssize_t)request.len)
        return false;
    do {
        ssize_t got = gnutls_record_recv(s, in + n, sizeof in - n);
        if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED)
            continue;
        if (got <= 0)
            return false;
        n += (size_t)got;
    } while (!act_str_ends(act_str_from(in, n), act_str_cstr(end)));
    return true;
}

static void *run_connection(void *arg)
{
    load *l = arg;
    gnutls_session_t s = dial(l->port, l->credentials);
    while (s && l->count < SAMPLES_MAX && now_ns() < l->end_ns) {
        int64_t start = now_ns();
        if (!exchange(s, ACT_STR("GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"), "\"ok\"}"))
            break;
        l->samples_us[l->count++] = (uint32_t)((now_ns() - start) / ACT_NS_PER_US);
    }
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static int client(uint16_t port, int seconds, int watchers, int from_parent, int to_parent)
{
    static load loads[CONNECTIONS];
    pthread_t threads[CONNECTIONS];
    gnutls_certificate_credentials_t credentials;
    uint32_t *all = malloc(sizeof *all * SAMPLES_MAX * 2);
    char byte = 0;
    if (!all || gnutls_certificate_allocate_credentials(&credentials) < 0)
        return 1;
    int64_t start = now_ns();
    for (int i = 0; i < CONNECTIONS; i++) {
        loads[i] = (load){ .port = port,
                           .credentials = credentials,
                           .end_ns = start + seconds * ACT_NS_PER_S,
                           .samples_us = malloc(sizeof(uint32_t) * SAMPLES_MAX) };
        if (!loads[i].samples_us ||
            act_thread_start(&threads[i], "load", run_connection, &loads[i]))
            return 1;
    }
    size_t n = 0;
    for (int i = 0; i < CONNECTIONS; i++) {
        (void)pthread_join(threads[i], NULL);
        for (size_t k = 0; k < loads[i].count && n < SAMPLES_MAX * 2; k++)
            all[n++] = loads[i].samples_us[k];
    }
    double took = (double)(now_ns() - start) / 1e9;
    if (n == 0)
        return 1;
    qsort(all, n, sizeof *all, by_value);
    printf("http: %.0f requests/s, p50 %.2f ms, p99 %.2f ms (%d TLS connections, %.1f s)\n",
           (double)n / took, all[n / 2] / 1e3, all[n * 99 / 100] / 1e3, CONNECTIONS, took);
    (void)fflush(stdout);

    /* "Measure now"; the parent answers when it has. */
    if (write(to_parent, &byte, 1) != 1 || read(from_parent, &byte, 1) != 1)
        return 1;
    for (int i = 0; i < watchers; i++) {
        gnutls_session_t s = dial(port, credentials);
        if (!s || !exchange(s, ACT_STR("GET /watch HTTP/1.1\r\nHost: localhost\r\n\r\n"),
                            "\r\n\r\n")) {
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
    double before = resident_kib();
    printf("http: RSS %.1f MiB after the load\n", before / 1024);
    (void)fflush(stdout);
    if (write(to_child, &byte, 1) != 1 || read(from_child, &byte, 1) != 1)
        return 1;
    double after = resident_kib();
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
