/* Start: from the command to a service that answers /readyz, on a data directory that holds
 * a day's work.
 *
 *   start [ACTIVITY [RECORDS]]
 *         build/activity  50000
 *
 * The first start fills the directory through the collector and stops; then the start is
 * timed several times. Ready means what it means to a load balancer: GET /readyz is 200. */
#include "base/clock.h"
#include "base/file.h"
#include "base/thread.h"
#include "net/http_client.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 7, RECORDS = 50000, BATCH = 400, TARGET_MS = 1000, READY_WAIT_S = 60 };

static char folder[] = "/tmp/activity-start-XXXXXX";
static const char *program;

static void die(const char *what, const char *why)
{
    (void)fprintf(stderr, "start: %s: %s\n", what, why);
    exit(1);
}

static pid_t launch(void)
{
    char data[64];
    (void)snprintf(data, sizeof data, "%s/data", folder);
    pid_t child = fork();
    if (child < 0)
        die("fork", strerror(errno));
    if (child > 0)
        return child;
    if (!freopen("/dev/null", "w", stderr))
        _exit(127);
    (void)execl(program, program, "serve", "--data-dir", data, "--listen", "127.0.0.1:0",
                "--ingest-listen", "127.0.0.1:0", "--policies",
                ACT_SOURCE_DIR "/examples/policies", (char *)NULL);
    _exit(127);
}

/* The URL in DATA/ingest-url, once it is there. */
static bool read_url(char *url, size_t size)
{
    char path[80];
    act_buf text = ACT_BUF_INIT;
    (void)snprintf(path, sizeof path, "%s/data/ingest-url", folder);
    bool there = act_file_read(path, 4096, &text, NULL) == 0;
    if (there)
        (void)snprintf(url, size, "%.*s", ACT_STR_ARG(act_str_trim(act_buf_str(&text))));
    act_buf_done(&text);
    return there;
}

static bool is_ready(act_http_client *http)
{
    char base[128], url[160];
    if (!read_url(base, sizeof base))
        return false;
    (void)snprintf(url, sizeof url, "%s/readyz", base);
    act_http_call call = ACT_HTTP_CALL_INIT;
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    call.url = url;
    bool ready =
        act_http_client_call(http, &call, &reply, NULL) == 0 && reply.status == 200;
    act_http_reply_done(&reply);
    return ready;
}

static double start_ms(act_http_client *http, pid_t *ret)
{
    const atomic_bool never = false;
    char path[80];
    (void)snprintf(path, sizeof path, "%s/data/ingest-url", folder);
    (void)unlink(path);
    int64_t begin = act_mono_ns(act_clock_system());
    *ret = launch();
    for (;;) {
        int64_t now = act_mono_ns(act_clock_system());
        if (is_ready(http))
            return (double)(now - begin) / 1e6;
        if (now - begin > READY_WAIT_S * ACT_NS_PER_S || waitpid(*ret, NULL, WNOHANG) > 0)
            die(program, "did not get ready");
        act_sleep_ns(2 * ACT_NS_PER_MS, &never);
    }
}

static void stop(pid_t child)
{
    int status;
    (void)kill(child, SIGTERM);
    if (waitpid(child, &status, 0) != child || !WIFEXITED(status) || WEXITSTATUS(status))
        die(program, "did not stop well");
}

static void fill(act_http_client *http, size_t records)
{
    char base[128], url[160];
    if (!read_url(base, sizeof base))
        die("ingest-url", "is not there");
    (void)snprintf(url, sizeof url, "%s/audit", base);
    for (size_t at = 0; at < records; at += BATCH) {
        act_buf body = ACT_BUF_INIT;
        act_buf_add(&body,
                    ACT_STR("{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\","
                            "\"items\":["));
        for (size_t i = at; i < at + BATCH; i++)
            act_buf_printf(
                &body,
                "%s{\"auditID\":\"start-%zu\",\"stage\":\"ResponseComplete\",\"verb\":"
                "\"create\","
                "\"level\":\"Metadata\",\"user\":{\"username\":\"user-%zu\"},"
                "\"objectRef\":{\"apiGroup\":\"apps\",\"apiVersion\":\"v1\",\"resource\":"
                "\"deployments\",\"namespace\":\"ns-%zu\",\"name\":\"web-%zu\"},"
                "\"responseStatus\":{\"code\":201},"
                "\"requestReceivedTimestamp\":\"2026-01-%02zuT10:00:%02zu.%06zuZ\"}",
                i > at ? "," : "", i, i % 997, i % 89, i, 1 + i % 28, i % 60, i % 1000000);
        act_buf_add(&body, ACT_STR("]}"));
        const act_http_header type = { ACT_STR("Content-Type"),
                                       ACT_STR("application/json") };
        act_http_call call = ACT_HTTP_CALL_INIT;
        act_http_reply reply = ACT_HTTP_REPLY_INIT;
        call.method = "POST";
        call.url = url;
        call.headers = &type;
        call.header_count = 1;
        call.body = act_buf_str(&body);
        if (act_http_client_call(http, &call, &reply, NULL) || reply.status != 200)
            die("POST", "was refused");
        act_http_reply_done(&reply);
        act_buf_done(&body);
    }
}

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
    act_http_client *http = NULL;
    act_http_client_options options = ACT_HTTP_CLIENT_OPTIONS_INIT;
    struct utsname host;
    double ms[RUNS];
    pid_t child;
    program = argc > 1 ? argv[1] : ACT_SOURCE_DIR "/build/activity";
    size_t records = argc > 2 ? strtoul(argv[2], NULL, 10) : RECORDS;
    if (!mkdtemp(folder) || act_http_client_new(&options, &http))
        die(folder, strerror(errno));
    double first = start_ms(http, &child);
    fill(http, records);
    stop(child);
    for (int i = 0; i < RUNS; i++) {
        ms[i] = start_ms(http, &child);
        stop(child);
    }
    qsort(ms, RUNS, sizeof ms[0], by_value);
    (void)uname(&host);
    (void)printf("first start, empty directory        %6.0f ms\n", first);
    (void)printf(
        "start on %zu records: min %.0f, median %.0f, max %.0f ms   (target: %d ms)\n",
        records, ms[0], ms[RUNS / 2], ms[RUNS - 1], TARGET_MS);
    (void)printf("machine: %s %s, %ld processors\n", host.sysname, host.machine,
                 sysconf(_SC_NPROCESSORS_ONLN));
    act_http_client_free(http);
    char command[64];
    (void)snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command) == 0 ? 0 : 1;
}
