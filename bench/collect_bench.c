/* Collect: webhook batches of 400 real audit events over loopback until they are durable in
 * the embedded log.
 *
 *   collect [SECONDS [CLIENTS [FILE [DIRECTORY]]]]
 *           5        4        tests/data/audit.jsonl  /tmp
 *
 * The server is a process of its own, so that its resident memory is the collector's with
 * its log and nothing else; senders share the machine with it. Every event gets an id of
 * its own. Nobody consumes: what the store and the translation cost is measured elsewhere.
 */
#include "base/file.h"
#include "base/thread.h"
#include "broker/broker_sqlite.h"
#include "pipeline/collector.h"
#include "pipeline/streams.h"
#include "machine.h"

#include <inttypes.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BATCH = 400,
    ID_LEN = 36, /* of an auditID: a UUID */
    CLIENTS_MAX = 64,
    SAMPLES_MAX = 1 << 16,
    TARGET_RATE = 50000,
    TARGET_RSS_MIB = 64,
};

static void check(int err, const char *what, const act_err *detail)
{
    if (!err)
        return;
    (void)fprintf(stderr, "%s: %s (%s)\n", what, act_strerror(err),
                  detail ? detail->text : "");
    exit(1);
}

static int64_t now_ns(void)
{
    return act_mono_ns(act_clock_system());
}

/* ---- server ------------------------------------------------------------------------- */

/* What the server says when it is told to stop. */
typedef struct {
    uint64_t messages, bytes;
    long peak_rss_kib;
    double cpu_s;
} report;

static long peak_rss_kib(void)
{
    char line[256];
    long kib = 0;
    FILE *f = fopen("/proc/self/status", "r");
    while (f && fgets(line, sizeof line, f))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kib = strtol(line + 6, NULL, 10);
    if (f)
        (void)fclose(f);
    return kib;
}

static int serve(const char *directory, int port_fd, int stop_fd, int report_fd)
{
    act_err e = ACT_ERR_INIT;
    act_metrics *metrics;
    act_broker *broker;
    act_collector *collector;
    act_stream_info info;
    char byte;
    check(act_metrics_new(&metrics), "metrics", NULL);
    act_broker_sqlite_options log = { .directory = act_str_cstr(directory),
                                      .clock = act_clock_system(),
                                      .metrics = metrics };
    check(act_broker_sqlite_open(&log, &broker, &e), directory, &e);
    act_streams_limits limits = ACT_STREAMS_LIMITS_INIT;
    limits.bytes = UINT64_C(1) << 40;
    check(act_streams_ensure(broker, &limits, &e), "streams", &e);
    act_collector_options o = { .broker = broker,
                                .clock = act_clock_system(),
                                .metrics = metrics };
    check(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, &e), "address", &e);
    check(act_collector_start(&o, &collector, &e), "collector", &e);
    uint16_t port = act_address_port(act_collector_address(collector));
    if (write(port_fd, &port, sizeof port) != sizeof port || read(stop_fd, &byte, 1) != 1)
        return 1;
    report r = { .peak_rss_kib = peak_rss_kib(),
                 .cpu_s = (double)clock() / CLOCKS_PER_SEC };
    check(act_broker_stream_info(broker, ACT_STR(ACT_STREAM_AUDIT), &info), "info", NULL);
    r.messages = info.messages;
    r.bytes = info.bytes;
    act_collector_free(collector);
    act_broker_free(broker);
    act_metrics_free(metrics);
    return write(report_fd, &r, sizeof r) == sizeof r ? 0 : 1;
}

/* ---- senders ------------------------------------------------------------------------ */

/* A request that is sent again and again with other ids written into it. */
typedef struct {
    unsigned number; /* of this sender */
    uint16_t port;
    int64_t end_ns;
    act_buf request;
    size_t ids[BATCH]; /* where they are */
    uint64_t next_id, sent;
    uint32_t *samples_us;
    size_t n_samples;
    bool failed;
} sender;

static void make_request(sender *s, const act_str *lines, size_t n)
{
    act_buf body = ACT_BUF_INIT;
    act_buf_add(&body, ACT_STR("{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\","
                               "\"metadata\":{},\"items\":["));
    for (size_t i = 0; i < BATCH; i++) {
        act_str line = lines[(i + s->number * 61) % n];
        size_t id =
            act_str_find(line, ACT_STR("\"auditID\":\"")) + strlen("\"auditID\":\"");
        act_buf_add(&body, i ? ACT_STR(",") : ACT_STR(""));
        s->ids[i] = body.len + id;
        act_buf_add(&body, line);
    }
    act_buf_add(&body, ACT_STR("]}"));
    act_buf_printf(&s->request,
                   "POST /audit HTTP/1.1\r\nHost: localhost\r\n"
                   "Content-Type: application/json\r\nContent-Length: %zu\r\n\r\n",
                   body.len);
    for (size_t i = 0; i < BATCH; i++)
        s->ids[i] += s->request.len;
    act_buf_add(&s->request, act_buf_str(&body));
    check(act_buf_err(&s->request), "request", NULL);
    act_buf_done(&body);
}

static void write_ids(sender *s)
{
    for (size_t i = 0; i < BATCH; i++) {
        char id[ID_LEN + 1];
        (void)snprintf(id, sizeof id, "%08x-0000-4000-8000-%012" PRIx64, s->number,
                       s->next_id++);
        memcpy(s->request.ptr + s->ids[i], id, ID_LEN);
    }
}

static int dial(uint16_t port)
{
    struct sockaddr_in to = { .sin_family = AF_INET,
                              .sin_port = htons(port),
                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int one = 1;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0)
        return -1;
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    return fd;
}

/* One batch; true when all its records were accepted. */
static bool exchange(int fd, act_str request)
{
    char in[4096];
    size_t n = 0;
    while (request.len > 0) {
        ssize_t sent = send(fd, request.ptr, request.len, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        request = act_str_cut(request, (size_t)sent);
    }
    do {
        ssize_t got = recv(fd, in + n, sizeof in - n, 0);
        if (got <= 0)
            return false;
        n += (size_t)got;
    } while (!act_str_ends(act_str_from(in, n), ACT_STR("}")));
    return act_str_find(act_str_from(in, n), ACT_STR("\"accepted\":400,")) != SIZE_MAX;
}

static void *run_sender(void *arg)
{
    sender *s = arg;
    int fd = dial(s->port);
    s->failed = fd < 0;
    while (!s->failed && now_ns() < s->end_ns) {
        write_ids(s);
        int64_t start = now_ns();
        s->failed = !exchange(fd, act_buf_str(&s->request));
        if (s->n_samples < SAMPLES_MAX)
            s->samples_us[s->n_samples++] = (uint32_t)((now_ns() - start) / ACT_NS_PER_US);
        s->sent += BATCH;
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

/* ---- sample ------------------------------------------------------------------------- */

/* The lines that the collector keeps: final stages. */
static size_t final_lines(act_str text, act_str **ret)
{
    act_str *lines = calloc(text.len / 2 + 1, sizeof *lines);
    size_t n = 0;
    while (lines && text.len > 0) {
        act_str line;
        text = act_str_split(text, '\n', &line);
        if (act_str_find(line, ACT_STR("\"stage\":\"ResponseComplete\"")) != SIZE_MAX &&
            act_str_find(line, ACT_STR("\"auditID\":\"")) != SIZE_MAX)
            lines[n++] = line;
    }
    check(n ? ACT_OK : ACT_EINVAL, "no audit events in the sample", NULL);
    *ret = lines;
    return n;
}

static int by_value(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool print_figures(sender *senders, size_t n, double took, const report *r)
{
    uint32_t *all = calloc(n * SAMPLES_MAX, sizeof *all);
    size_t count = 0;
    uint64_t sent = 0;
    bool failed = !all;
    for (size_t i = 0; i < n && all; i++) {
        memcpy(all + count, senders[i].samples_us, senders[i].n_samples * sizeof *all);
        count += senders[i].n_samples;
        sent += senders[i].sent;
        failed |= senders[i].failed;
    }
    if (failed || count == 0 || sent != r->messages) {
        (void)fprintf(stderr, "%" PRIu64 " sent, %" PRIu64 " in the log\n", sent,
                      r->messages);
        free(all);
        return false;
    }
    qsort(all, count, sizeof *all, by_value);
    printf("collect: %.0f events/s (target %d), %.0f MB/s, batches of %d p50 %.1f ms "
           "p99 %.1f ms, %zu senders, %.0f bytes an event, server %.2f cores\n",
           (double)sent / took, TARGET_RATE, (double)r->bytes / took / 1e6, BATCH,
           all[count / 2] / 1e3, all[count * 99 / 100] / 1e3, n,
           (double)r->bytes / (double)r->messages, r->cpu_s / took);
    printf("collect: peak RSS %.1f MiB (target %d)\n", (double)r->peak_rss_kib / 1024,
           TARGET_RSS_MIB);
    free(all);
    return true;
}

/* ---- main --------------------------------------------------------------------------- */

static void start_senders(sender *senders, pthread_t *threads, size_t n, uint16_t port,
                          double seconds, const act_str *lines, size_t n_lines)
{
    int64_t start = now_ns();
    for (size_t i = 0; i < n; i++) {
        senders[i] = (sender){ .number = (unsigned)i,
                               .port = port,
                               .end_ns = start + (int64_t)(seconds * 1e9),
                               .samples_us = calloc(SAMPLES_MAX, sizeof(uint32_t)) };
        check(senders[i].samples_us ? ACT_OK : ACT_ENOMEM, "samples", NULL);
        make_request(&senders[i], lines, n_lines);
    }
    for (size_t i = 0; i < n; i++)
        check(act_thread_start(&threads[i], "sender", run_sender, &senders[i]), "thread",
              NULL);
}

int main(int argc, char **argv)
{
    static sender senders[CLIENTS_MAX];
    pthread_t threads[CLIENTS_MAX];
    double seconds = argc > 1 ? strtod(argv[1], NULL) : 5;
    size_t n = argc > 2 ? strtoul(argv[2], NULL, 10) : 4;
    const char *file = argc > 3 ? argv[3] : ACT_SOURCE_DIR "/tests/data/audit.jsonl";
    char directory[256], command[300];
    int port_pipe[2], stop_pipe[2], report_pipe[2], status = 1;
    if (seconds <= 0 || n < 1 || n > CLIENTS_MAX) {
        (void)fprintf(stderr, "usage: collect [SECONDS [CLIENTS [FILE [DIRECTORY]]]]\n");
        return 2;
    }
    (void)snprintf(directory, sizeof directory, "%s/activity-collect-XXXXXX",
                   argc > 4 ? argv[4] : "/tmp");
    if (!mkdtemp(directory) || pipe(port_pipe) || pipe(stop_pipe) || pipe(report_pipe))
        return 1;
    pid_t server = fork();
    if (server == 0)
        _exit(serve(directory, port_pipe[1], stop_pipe[0], report_pipe[1]));
    close(port_pipe[1]); /* so that a dead server ends the wait */
    close(report_pipe[1]);

    act_buf text = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    act_str *lines;
    uint16_t port;
    report r;
    check(act_file_read(file, 1 << 30, &text, &e), file, &e);
    size_t n_lines = final_lines(act_buf_str(&text), &lines);
    bool ok = read(port_pipe[0], &port, sizeof port) == sizeof port;
    if (ok) {
        machine_print();
        int64_t start = now_ns();
        start_senders(senders, threads, n, port, seconds, lines, n_lines);
        for (size_t i = 0; i < n; i++)
            (void)pthread_join(threads[i], NULL);
        double took = (double)(now_ns() - start) / 1e9;
        ok = write(stop_pipe[1], "x", 1) == 1 &&
             read(report_pipe[0], &r, sizeof r) == sizeof r &&
             print_figures(senders, n, took, &r);
    }
    if (server > 0)
        (void)waitpid(server, &status, 0);
    for (size_t i = 0; i < n; i++) {
        act_buf_done(&senders[i].request);
        free(senders[i].samples_us);
    }
    free(lines);
    act_buf_done(&text);
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command) || !ok || status;
}
