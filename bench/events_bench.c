/* An event recorder's traffic: creates, reads, patches and lists of Events over TLS, with
 * the embedded engine behind. Usage: events [writers] [Events of each] */
#include "home.h"

#include "base/thread.h"
#include "net/http_client.h"
#include "store/store_chdb.h"

#include <stdio.h>
#include <stdlib.h>

enum { WRITERS_MAX = 64, LISTS = 20 };

#define EVENTS "/api/v1/namespaces/shop/events"

static char base[64];
static act_http_client *client;
static act_clock steady;
static int events_each;

typedef struct {
    pthread_t thread;
    int number;
    const char *method, *type;
    int64_t *times_ns;
    bool failed;
} writer;

static int body_of(const writer *w, int i, char *out, size_t size)
{
    if (w->method[0] == 'G')
        return 0;
    if (w->type)
        return snprintf(out, size,
                        "{\"count\":2,\"lastTimestamp\":\"2026-01-02T03:05:05Z\"}");
    return snprintf(
        out, size,
        "{\"metadata\":{\"name\":\"e%d.%d\"},\"involvedObject\":{\"kind\":\"Pod\","
        "\"namespace\":\"shop\",\"name\":\"web-%d\"},\"reason\":\"BackOff\","
        "\"message\":\"Back-off restarting failed container\",\"count\":1,"
        "\"source\":{\"component\":\"kubelet\",\"host\":\"n1\"},\"type\":"
        "\"Warning\",\"lastTimestamp\":\"2026-01-02T03:04:05Z\"}",
        w->number, i, i);
}

static bool call_once(const writer *w, const char *path, int i)
{
    char url[256], body[1024];
    act_http_header type = { ACT_STR("Content-Type"),
                             act_str_cstr(w->type ? w->type : "application/json") };
    act_http_call call = ACT_HTTP_CALL_INIT;
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    (void)snprintf(url, sizeof url, "%s%s", base, path);
    call.method = w->method;
    call.url = url;
    call.headers = &type;
    call.header_count = 1;
    call.bearer = ACT_STR("token");
    call.body = act_str_from(body, (size_t)body_of(w, i, body, sizeof body));
    call.has_body = call.body.len > 0;
    int r = act_http_client_call(client, &call, &reply, NULL);
    bool ok = r == 0 && reply.status < 300;
    if (!ok)
        (void)fprintf(stderr, "%s %s: %d, %.*s\n", w->method, path, r ? r : reply.status,
                      ACT_STR_ARG(act_buf_str(&reply.body)));
    act_http_reply_done(&reply);
    return ok;
}

static void *write_all(void *arg)
{
    writer *w = arg;
    for (int i = 0; i < events_each && !w->failed; i++) {
        char path[128];
        bool named = w->method[0] != 'P' || w->type;
        (void)snprintf(path, sizeof path, named ? EVENTS "/e%d.%d" : EVENTS, w->number, i);
        int64_t start = act_mono_ns(steady);
        w->failed = !call_once(w, path, i);
        w->times_ns[i] = act_mono_ns(steady) - start;
    }
    return NULL;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return x < y ? -1 : x > y;
}

static void print(const char *name, int64_t *times_ns, size_t n, int64_t took_ns)
{
    qsort(times_ns, n, sizeof *times_ns, compare);
    (void)printf("events: %-22s %7.0f/s   p50 %6.1f ms   p99 %6.1f ms\n", name,
                 (double)n * 1e9 / (double)took_ns, (double)times_ns[n / 2] / 1e6,
                 (double)times_ns[n * 99 / 100] / 1e6);
}

static void run(const char *name, int n, const char *method, const char *type)
{
    writer writers[WRITERS_MAX];
    size_t total = (size_t)n * (size_t)events_each;
    int64_t *times = calloc(total, sizeof *times);
    home_check(times ? 0 : ACT_ENOMEM, name);
    int64_t start = act_mono_ns(steady);
    for (int i = 0; i < n; i++) {
        writers[i] = (writer){ .number = i,
                               .method = method,
                               .type = type,
                               .times_ns = times + (size_t)i * (size_t)events_each };
        home_check(act_thread_start(&writers[i].thread, "writer", write_all, &writers[i]),
                   name);
    }
    bool failed = false;
    for (int i = 0; i < n; i++) {
        (void)pthread_join(writers[i].thread, NULL);
        failed = failed || writers[i].failed;
    }
    home_check(failed ? ACT_EIO : 0, name);
    print(name, times, total, act_mono_ns(steady) - start);
    free(times);
}

static void run_lists(const char *name, const char *path)
{
    writer reader = { .method = "GET" };
    int64_t times[LISTS], start = act_mono_ns(steady);
    for (int i = 0; i < LISTS; i++) {
        int64_t before = act_mono_ns(steady);
        home_check(call_once(&reader, path, i) ? 0 : ACT_EIO, name);
        times[i] = act_mono_ns(steady) - before;
    }
    print(name, times, LISTS, act_mono_ns(steady) - start);
}

static act_store *open_store(const home *h)
{
    char path[128];
    act_store *store;
    const act_store_chdb_options options = { .library = ACT_STR(ACT_SOURCE_DIR
                                                                "/build/libchdb.so"),
                                             .directory = home_path(h, "store", path) };
    home_check(act_store_chdb_open(&options, &store, NULL), "store");
    home_check(act_store_migrate(store, NULL, NULL), "schema");
    return store;
}

int main(int argc, char **argv)
{
    int writers = argc > 1 ? atoi(argv[1]) : 4;
    events_each = argc > 2 ? atoi(argv[2]) : 250;
    home h;
    act_ingester *ingester;
    if (writers < 1 || writers > WRITERS_MAX || events_each < 1)
        return 1;
    steady = act_clock_system();
    home_open(&h, "token,admin,1,system:masters\n");
    act_store *store = open_store(&h);
    const act_ingester_options o = {
        .broker = h.broker, .store = store, .clock = steady, .metrics = h.metrics
    };
    home_check(act_ingester_start(&o, &ingester, NULL), "ingester");
    (void)snprintf(base, sizeof base, "https://127.0.0.1:%u",
                   home_serve(&h, store, ingester));
    act_http_client_options options = ACT_HTTP_CLIENT_OPTIONS_INIT;
    options.ca_pem = act_buf_str(&h.ca.cert_pem);
    home_check(act_http_client_new(&options, &client), "client");
    run("create", writers, "POST", NULL);
    run("get, just written", writers, "GET", NULL);
    run("patch", writers, "PATCH", "application/strategic-merge-patch+json");
    home_check(act_ingester_drain(ingester, 60 * ACT_NS_PER_S), "drain");
    run("get, stored", writers, "GET", NULL);
    run_lists("list of 500", EVENTS "?limit=500");
    run_lists("list of one object",
              EVENTS "?fieldSelector=involvedObject.kind=Pod,involvedObject.name=web-7");
    act_http_client_free(client);
    act_api_server_free(h.server);
    h.server = NULL;
    act_ingester_free(ingester);
    act_store_free(store);
    home_close(&h);
    return 0;
}
