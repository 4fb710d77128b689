/* Watches of activities: many TLS watchers in many tenants, a steady stream of records,
 * each for the watchers of one tenant. Prints how long a record takes from the broker to
 * its watchers, what an idle watcher costs, and who used the processors: the server, the
 * clients (a process of their own, so that memory is the server's), and other programs of
 * the machine. A figure past its target ends the program with 1, unless others kept the
 * processors busy. Usage: watch [watchers] [tenants] [records a second] [seconds] */
#include "base/thread.h"
#include "home.h"
#include "load.h"
#include "machine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RECORDS_MAX = 1 << 20, DIALERS = 4, LAST_WAIT_S = 20, DIGITS = 8 };

#define MARK "act-bench-" /* of a record's name; DIGITS follow */
#define TARGET_MS 50
#define TARGET_KIB 40
/* Of the cores: what others may take before a figure says more about them than about us. */
#define OTHERS_PERCENT 20

typedef struct {
    int watchers, tenants, rate, seconds;
} plan;

/* What both processes see. */
typedef struct {
    atomic_int port, connected, received, ended;
    _Atomic double client_cpu; /* seconds, so far */
    _Atomic double p99_ms;     /* durable in the broker -> at the watcher */
    /* Of each record: when it was given to the broker, and when the broker had it. */
    _Atomic int64_t given_ns[RECORDS_MAX], there_ns[RECORDS_MAX];
} shared;

static void nap(int ms)
{
    act_sleep_ns(ms * ACT_NS_PER_MS, &(const atomic_bool){ false });
}

/* --- clients ------------------------------------------------------------------------- */

typedef struct {
    gnutls_session_t tls;
    char tail[sizeof MARK + DIGITS]; /* of what was read: a mark may be cut in two */
    size_t tail_len;
} watcher;

typedef struct {
    const plan *p;
    shared *sh;
    watcher *all;
    int first; /* of the dialer */
} dialer;

static void *dial(void *arg)
{
    dialer *d = arg;
    for (int i = d->first; i < d->p->watchers; i += DIALERS) {
        char request[256];
        int n =
            snprintf(request, sizeof request,
                     "GET " HOME_API "activities?watch=1&timeoutSeconds=3600 HTTP/1.1\r\n"
                     "Host: localhost\r\nAuthorization: Bearer token%d\r\n\r\n",
                     i % d->p->tenants);
        d->all[i].tls = load_dial((uint16_t)atomic_load(&d->sh->port));
        int status = d->all[i].tls
                         ? load_exchange(d->all[i].tls, act_str_from(request, (size_t)n))
                         : 0;
        if (status != 200) {
            (void)fprintf(stderr, "watcher %d: status %d\n", i, status);
            exit(1);
        }
        atomic_fetch_add(&d->sh->connected, 1);
    }
    return NULL;
}

static int open_watchers(const plan *p, shared *sh, watcher *all)
{
    dialer dialers[DIALERS];
    pthread_t threads[DIALERS];
    int ep = epoll_create1(EPOLL_CLOEXEC);
    for (int i = 0; i < DIALERS; i++) {
        dialers[i] = (dialer){ p, sh, all, i };
        home_check(act_thread_start(&threads[i], "dial", dial, &dialers[i]), "thread");
    }
    for (int i = 0; i < DIALERS; i++)
        (void)pthread_join(threads[i], NULL);
    for (int i = 0; i < p->watchers; i++) {
        struct epoll_event e = { .events = EPOLLIN, .data.ptr = &all[i] };
        int fd = gnutls_transport_get_int(all[i].tls);
        if (fcntl(fd, F_SETFL, O_NONBLOCK) != 0 ||
            epoll_ctl(ep, EPOLL_CTL_ADD, fd, &e) != 0)
            home_check(ACT_EIO, "epoll");
    }
    return ep;
}

typedef struct {
    shared *sh;
    int64_t *from_given, *from_there; /* ns, one for each record that arrived */
    size_t n, most;
} arrivals;

static void note(arrivals *a, long index, int64_t now)
{
    if (a->n == a->most || index < 0 || index >= RECORDS_MAX)
        home_check(ACT_ELIMIT, "a record that was not sent");
    int64_t there = atomic_load(&a->sh->there_ns[index]);
    a->from_given[a->n] = now - atomic_load(&a->sh->given_ns[index]);
    a->from_there[a->n++] = there && now > there ? now - there : 0; /* may come first */
    atomic_store(&a->sh->received, (int)a->n);
}

/* Note the records whose marks are in @text; the length up to which it was looked at. */
static size_t find_marks(arrivals *a, act_str text, int64_t now)
{
    size_t seen = 0;
    for (size_t at;
         (at = act_str_find(act_str_cut(text, seen), ACT_STR(MARK))) != SIZE_MAX;) {
        size_t digits = seen + at + sizeof MARK - 1;
        if (digits + DIGITS > text.len)
            return seen + at;
        note(a, strtol(text.ptr + digits, NULL, 10), now);
        seen = digits + DIGITS;
    }
    return text.len - seen > sizeof MARK ? text.len - sizeof MARK : seen;
}

static void read_watcher(arrivals *a, watcher *w)
{
    char buf[(16 << 10) + sizeof w->tail + 1];
    for (;;) {
        memcpy(buf, w->tail, w->tail_len);
        ssize_t got = gnutls_record_recv(w->tls, buf + w->tail_len, 16 << 10);
        if (got == GNUTLS_E_AGAIN || got == GNUTLS_E_INTERRUPTED)
            return;
        if (got <= 0)
            home_check(ACT_ECLOSED, "a watch ended");
        size_t len = w->tail_len + (size_t)got;
        buf[len] = '\0';
        size_t seen = find_marks(a, act_str_from(buf, len), load_now_ns());
        w->tail_len = len - seen;
        memcpy(w->tail, buf + seen, w->tail_len);
    }
}

static int by_value(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Prints how long it took; the p99, in milliseconds. */
static double print_latency(const char *what, int64_t *ns, size_t n)
{
    qsort(ns, n, sizeof *ns, by_value);
    double p99 = (double)ns[n * 99 / 100] / 1e6;
    printf("watch: %s p50 %.1f ms, p90 %.1f ms, p99 %.1f ms, most %.1f ms\n", what,
           (double)ns[n / 2] / 1e6, (double)ns[n * 9 / 10] / 1e6, p99,
           (double)ns[n - 1] / 1e6);
    return p99;
}

static int client(const plan *p, shared *sh)
{
    size_t most = (size_t)p->rate * (size_t)p->seconds *
                  (size_t)((p->watchers + p->tenants - 1) / p->tenants);
    watcher *all = calloc((size_t)p->watchers, sizeof *all);
    arrivals a = { .sh = sh,
                   .from_given = calloc(most, sizeof(int64_t)),
                   .from_there = calloc(most, sizeof(int64_t)),
                   .most = most };
    if (!all || !a.from_given || !a.from_there)
        return 1;
    while (!atomic_load(&sh->port))
        nap(5);
    int ep = open_watchers(p, sh, all);
    struct epoll_event events[256];
    while (!atomic_load(&sh->ended)) {
        int n = epoll_wait(ep, events, ACT_COUNT(events), 100);
        if (n < 0 && errno != EINTR)
            return 1;
        for (int i = 0; i < n; i++)
            read_watcher(&a, events[i].data.ptr);
        atomic_store(&sh->client_cpu, machine_cpu_self());
    }
    if (a.n == 0)
        return 1;
    (void)print_latency("given to the broker -> at the watcher:", a.from_given, a.n);
    atomic_store(&sh->p99_ms, print_latency("durable in the broker -> at the watcher:",
                                            a.from_there, a.n));
    (void)fflush(stdout);
    return 0;
}

/* --- server -------------------------------------------------------------------------- */

static void write_tokens(const plan *p, act_buf *out)
{
    for (int i = 0; i < p->tenants; i++)
        act_buf_printf(out,
                       "token%d,user%d,%d,system:masters,iam.miloapis.com/parent-type="
                       "project;iam.miloapis.com/parent-name=tenant-%d\n",
                       i, i, i, i);
    act_buf_add_byte(out, '\0');
    home_check(act_buf_err(out), "tokens");
}

static void publish_one(home *h, const plan *p, shared *sh, int index)
{
    char text[2048], subject[128];
    int tenant = index % p->tenants;
    int n = snprintf(
        text, sizeof text,
        "{\"apiVersion\":\"activity.miloapis.com/v1alpha1\",\"kind\":\"Activity\","
        "\"metadata\":{\"name\":\"" MARK "%08d\",\"namespace\":\"shop\","
        "\"creationTimestamp\":\"2026-01-01T00:00:00Z\",\"labels\":{"
        "\"activity.miloapis.com/origin-type\":\"audit\","
        "\"activity.miloapis.com/change-source\":\"human\","
        "\"activity.miloapis.com/api-group\":\"apps\","
        "\"activity.miloapis.com/resource-kind\":\"Deployment\"}},\"spec\":{"
        "\"summary\":\"alice@example.com scaled deployment frontend to 5 replicas\","
        "\"changeSource\":\"human\",\"actor\":{\"type\":\"user\","
        "\"name\":\"alice@example.com\",\"uid\":\"3b0f4ad2-6a0c-4a3c-b7ae-5a2d6f7c8e90\","
        "\"email\":\"alice@example.com\"},\"resource\":{\"apiGroup\":\"apps\","
        "\"apiVersion\":\"v1\",\"kind\":\"Deployment\",\"name\":\"frontend\","
        "\"namespace\":\"shop\",\"uid\":\"7d1c2b3a-4f5e-6a7b-8c9d-0e1f2a3b4c5d\"},"
        "\"links\":[{\"marker\":\"frontend\",\"resource\":{\"apiGroup\":\"apps\","
        "\"apiVersion\":\"v1\",\"kind\":\"Deployment\",\"name\":\"frontend\","
        "\"namespace\":\"shop\"}}],\"tenant\":{\"type\":\"project\","
        "\"name\":\"tenant-%d\"},\"origin\":{\"type\":\"audit\","
        "\"id\":\"0c5b8e2e-7f5d-4a52-9f8d-%012d\"}}}",
        index, tenant, index);
    int s = snprintf(subject, sizeof subject,
                     "activities.project.tenant-%d.apps.audit.Deployment.shop.x", tenant);
    act_message m = { .subject = act_str_from(subject, (size_t)s),
                      .payload = act_str_from(text, (size_t)n) };
    atomic_store(&sh->given_ns[index], load_now_ns());
    home_check(act_broker_publish(h->broker, ACT_STR("ACTIVITIES"), &m, 1, NULL, NULL),
               "publish");
    atomic_store(&sh->there_ns[index], load_now_ns());
}

/* CPU seconds, taken together. */
typedef struct {
    double server, clients, all;
} used;

static used used_so_far(shared *sh)
{
    return (used){ machine_cpu_self(), atomic_load(&sh->client_cpu), machine_cpu_all() };
}

/* Prints who used the cores since @before; the others' share of all, in percent. */
static double print_used(used before, shared *sh, double seconds)
{
    used now = used_so_far(sh);
    double server = now.server - before.server, clients = now.clients - before.clients;
    double others = now.all - before.all - server - clients;
    others = others > 0 ? others : 0;
    printf("watch: CPU of the server %.0f %%, of the clients %.0f %%, of other programs "
           "%.0f %% of a core, of %d\n",
           100 * server / seconds, 100 * clients / seconds, 100 * others / seconds,
           machine_cores());
    return 100 * others / seconds / machine_cores();
}

static int expected(const plan *p, int records)
{
    int n = 0;
    for (int i = 0; i < records; i++)
        n += p->watchers / p->tenants + (i % p->tenants < p->watchers % p->tenants);
    return n;
}

static bool connect_all(const plan *p, shared *sh, pid_t child)
{
    while (atomic_load(&sh->connected) < p->watchers) {
        if (waitpid(child, NULL, WNOHANG) == child)
            return false;
        nap(20);
    }
    nap(1000); /* the last handshakes' memory is given back */
    return true;
}

/* The records one by one at their times; false when watchers did not get all. */
static bool run(home *h, const plan *p, shared *sh, double *ret_others)
{
    int records = p->rate * p->seconds;
    int64_t start = load_now_ns();
    used before = used_so_far(sh);
    for (int i = 0; i < records; i++) {
        int64_t due = start + i * (ACT_NS_PER_S / p->rate);
        int64_t left = due - load_now_ns();
        if (left > 0)
            act_sleep_ns(left, &(const atomic_bool){ false });
        publish_one(h, p, sh, i);
    }
    int wanted = expected(p, records);
    for (int i = 0; i < LAST_WAIT_S * 100 && atomic_load(&sh->received) < wanted; i++)
        nap(10);
    double seconds = (double)(load_now_ns() - start) / 1e9;
    printf("watch: %d records in %.1f s, %d of %d frames arrived (%.0f/s)\n", records,
           seconds, atomic_load(&sh->received), wanted,
           atomic_load(&sh->received) / seconds);
    *ret_others = print_used(before, sh, seconds);
    return atomic_load(&sh->received) == wanted;
}

/* One figure beside its target; false when it is past it, and nobody else is to blame. */
static bool judge(const char *what, double figure, double target, double others)
{
    bool reached = figure <= target, busy = others > OTHERS_PERCENT;
    printf("watch: %s %.1f, target %.0f: %s%s\n", what, figure, target,
           reached ? "reached" : "missed",
           !reached && busy ? " (other programs kept the processors busy: repeat it alone)"
                            : "");
    return reached || busy;
}

static void raise_descriptors(void)
{
    struct rlimit r;
    if (getrlimit(RLIMIT_NOFILE, &r) == 0) {
        r.rlim_cur = r.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &r); /* else fewer watchers: the run tells */
    }
}

static int serve(const plan *p, shared *sh, pid_t child)
{
    home h;
    act_buf tokens = ACT_BUF_INIT;
    int status = 1;
    double others = 0;
    machine_print();
    write_tokens(p, &tokens);
    home_open(&h, tokens.ptr);
    act_buf_done(&tokens);
    atomic_store(&sh->port, home_serve(&h, NULL, NULL));
    double before = load_resident_kib();
    bool ok = connect_all(p, sh, child);
    double idle = load_resident_kib();
    printf("watch: %d idle TLS watchers, RSS %.1f MiB\n", p->watchers, idle / 1024);
    ok = ok && run(&h, p, sh, &others);
    printf("watch: RSS %.1f MiB after the records\n", load_resident_kib() / 1024);
    (void)fflush(stdout);
    atomic_store(&sh->ended, 1);
    (void)waitpid(child, &status, 0);
    home_close(&h);
    if (!ok || status != 0)
        return 1;
    ok = judge("KiB for an idle watcher:", (idle - before) / p->watchers, TARGET_KIB, 0);
    ok = judge("p99 added, ms:", atomic_load(&sh->p99_ms), TARGET_MS, others) && ok;
    return !ok;
}

int main(int argc, char **argv)
{
    plan p = { argc > 1 ? atoi(argv[1]) : 10000, argc > 2 ? atoi(argv[2]) : 100,
               argc > 3 ? atoi(argv[3]) : 100, argc > 4 ? atoi(argv[4]) : 10 };
    shared *sh =
        mmap(NULL, sizeof *sh, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p.watchers < 1 || p.tenants < 1 || p.rate < 1 || p.seconds < 1 ||
        (int64_t)p.rate * p.seconds > RECORDS_MAX || sh == MAP_FAILED) {
        (void)fprintf(stderr, "usage: watch [watchers] [tenants] [records/s] [seconds]\n");
        return 1;
    }
    raise_descriptors();
    pid_t child = fork();
    if (child == 0)
        return client(&p, sh);
    return child < 0 ? 1 : serve(&p, sh, child);
}
