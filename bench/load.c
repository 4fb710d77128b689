#include "load.h"

#include "base/clock.h"
#include "base/thread.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SAMPLES_MAX = 1 << 20, CONNECTIONS_MAX = 256, ANSWER_MAX = 4 << 20 };

int64_t load_now_ns(void)
{
    return act_mono_ns(act_clock_system());
}

double load_resident_kib(void)
{
    long pages = 0, resident = 0;
    FILE *f = fopen("/proc/self/statm", "r");
    if (!f || fscanf(f, "%ld %ld", &pages, &resident) != 2)
        exit(1);
    (void)fclose(f);
    return (double)resident * (double)sysconf(_SC_PAGESIZE) / 1024;
}

/* ---- one connection ------------------------------------------------------------------ */

gnutls_session_t load_dial(uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    gnutls_certificate_credentials_t credentials; /* as long as the process */
    gnutls_session_t s;
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        return NULL;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (gnutls_certificate_allocate_credentials(&credentials) < 0 ||
        gnutls_init(&s, GNUTLS_CLIENT) < 0 || gnutls_set_default_priority(s) < 0 ||
        gnutls_credentials_set(s, GNUTLS_CRD_CERTIFICATE, credentials) < 0)
        return NULL;
    gnutls_transport_set_int(s, fd);
    return gnutls_handshake(s) < 0 ? NULL : s;
}

/* Length of the answer with its body; 0 while the head is not complete. */
static size_t answer_len(act_str in)
{
    size_t head = act_str_find(in, ACT_STR("\r\n\r\n"));
    if (head == SIZE_MAX)
        return 0;
    static const char name[] = "\r\nContent-Length: ";
    size_t at = act_str_find(act_str_head(in, head + 2), act_str_cstr(name));
    if (at == SIZE_MAX)
        return head + 4;
    return head + 4 + strtoul(in.ptr + at + sizeof name - 1, NULL, 10);
}

void load_hang_up(gnutls_session_t s)
{
    if (!s)
        return;
    close(gnutls_transport_get_int(s));
    gnutls_deinit(s);
}

int load_exchange(gnutls_session_t s, act_str request)
{
    /* From the heap: thread-local arrays would be taken from the stacks of all threads. */
    static _Thread_local char *in;
    size_t n = 0, whole;
    if (!in && !(in = malloc(ANSWER_MAX)))
        return 0;
    if (gnutls_record_send(s, request.ptr, request.len) != (ssize_t)request.len)
        return 0;
    do {
        ssize_t got = gnutls_record_recv(s, in + n, ANSWER_MAX - n);
        if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED)
            got = 0;
        else if (got <= 0)
            return 0;
        n += (size_t)got;
        whole = answer_len(act_str_from(in, n));
    } while (whole == 0 || (n < whole && n < ANSWER_MAX));
    return n > 12 && n == whole ? (int)strtol(in + 9, NULL, 10) : 0;
}

/* ---- many ------------------------------------------------------------------------------
 */

typedef struct {
    const load_options *o;
    int64_t end_ns;
    atomic_size_t *done;
    uint32_t *samples_us;
    size_t count, failed;
} connection;

static void *run(void *arg)
{
    connection *c = arg;
    gnutls_session_t s = load_dial(c->o->port);
    act_str request = act_str_cstr(c->o->request);
    while (s && c->count < SAMPLES_MAX && load_now_ns() < c->end_ns &&
           (c->o->requests == 0 || atomic_fetch_add(c->done, 1) < c->o->requests)) {
        int64_t start = load_now_ns();
        int status = load_exchange(s, request);
        if (status == 200)
            c->samples_us[c->count++] = (uint32_t)((load_now_ns() - start) / ACT_NS_PER_US);
        else
            c->failed++;
        if (status == 0)
            break;
    }
    load_hang_up(s);
    return NULL;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a;
    uint32_t y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static void summarize(const connection *all, int n, load_result *ret)
{
    size_t count = 0;
    load_result r = { .seconds = ret->seconds };
    for (int i = 0; i < n; i++) {
        r.count += all[i].count;
        r.failed += all[i].failed;
    }
    uint32_t *samples = malloc(sizeof *samples * (r.count + 1));
    if (!samples)
        exit(1);
    for (int i = 0; i < n; i++) {
        memcpy(samples + count, all[i].samples_us, all[i].count * sizeof *samples);
        count += all[i].count;
    }
    qsort(samples, count, sizeof *samples, by_value);
    if (count > 0) {
        r.p50_ms = samples[count / 2] / 1e3;
        r.p99_ms = samples[count * 99 / 100] / 1e3;
    }
    free(samples);
    *ret = r;
}

bool load_run(const load_options *o, load_result *ret)
{
    static connection all[CONNECTIONS_MAX];
    pthread_t threads[CONNECTIONS_MAX];
    atomic_size_t done = 0;
    int64_t start = load_now_ns();
    for (int i = 0; i < o->connections; i++) {
        all[i] = (connection){ .o = o,
                               .end_ns = start + o->seconds * ACT_NS_PER_S,
                               .done = &done,
                               .samples_us = malloc(sizeof(uint32_t) * SAMPLES_MAX) };
        if (!all[i].samples_us || act_thread_start(&threads[i], "load", run, &all[i]))
            exit(1);
    }
    for (int i = 0; i < o->connections; i++)
        (void)pthread_join(threads[i], NULL);
    ret->seconds = (double)(load_now_ns() - start) / 1e9;
    summarize(all, o->connections, ret);
    for (int i = 0; i < o->connections; i++)
        free(all[i].samples_us);
    return ret->count > 0;
}

void load_print(const char *name, const load_options *o, const load_result *r)
{
    printf("%s: %.0f requests/s, p50 %.2f ms, p99 %.2f ms (%d TLS connections, %.1f s, "
           "%zu failed)\n",
           name, (double)r->count / r->seconds, r->p50_ms, r->p99_ms, o->connections,
           r->seconds, r->failed);
    (void)fflush(stdout);
}
