/* Requests per second for policies (get, list of 100, list as a table) over 32 keep-alive
 * TLS connections, and the server's memory before and after many more. Clients run in a
 * process of their own. Usage: api [seconds] [requests of the last run] */
#include "api/server.h"
#include "broker/broker_sqlite.h"
#include "load.h"
#include "net/secret_file.h"
#include "pipeline/streams.h"
#include "registry/registry_sqlite.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS = 32, POLICIES = 100 };

#define PATH "/apis/activity.miloapis.com/v1alpha1/activitypolicies"
#define HEADERS "HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token\r\n"
#define TABLE "Accept: application/json;as=Table;g=meta.k8s.io;v=v1\r\n"

static void check(int r, const char *what)
{
    if (!r)
        return;
    (void)fprintf(stderr, "api: %s: %s\n", what, act_strerror(r));
    exit(1);
}

/* --- client -------------------------------------------------------------------------- */

static void run(const char *name, const char *request, uint16_t port, int seconds,
                size_t requests)
{
    load_options o = { .port = port,
                       .request = request,
                       .connections = CONNECTIONS,
                       .seconds = seconds,
                       .requests = requests };
    load_result result;
    if (!load_run(&o, &result) || result.failed > 0)
        check(ACT_EIO, name);
    load_print(name, &o, &result);
}

/* A byte to the parent, and one back: it has measured. */
static void let_measure(int to_parent, int from_parent)
{
    char byte = 0;
    if (write(to_parent, &byte, 1) != 1 || read(from_parent, &byte, 1) != 1)
        exit(1);
}

static void client(uint16_t port, int seconds, size_t requests, int from_parent,
                   int to_parent)
{
    static const char get[] = "GET " PATH "/p50 " HEADERS "\r\n";
    run("api: get", get, port, seconds, 0);
    run("api: list of 100", "GET " PATH " " HEADERS "\r\n", port, seconds, 0);
    run("api: table of 100", "GET " PATH " " HEADERS TABLE "\r\n", port, seconds, 0);
    let_measure(to_parent, from_parent);
    run("api: get, many", get, port, 3600, requests);
    let_measure(to_parent, from_parent);
}

/* --- server -------------------------------------------------------------------------- */

typedef struct {
    char directory[40];
    act_metrics *metrics;
    act_broker *broker;
    act_registry *registry;
    act_rule_env *rules;
    act_filter_env *filters;
    act_cursor_sealer *cursors;
    act_authn *authn;
    act_authz *authz;
    act_tls_pair ca, tls;
    act_api_server *server;
} home;

static act_str path_in(const home *h, const char *name, char out[128])
{
    return act_str_from(out, (size_t)snprintf(out, 128, "%s/%s", h->directory, name));
}

static void make_policies(home *h)
{
    for (int i = 0; i < POLICIES; i++) {
        char key[64], text[1024];
        int64_t revision;
        (void)snprintf(key, sizeof key, "activitypolicies/p%02d", i);
        (void)snprintf(
            text, sizeof text,
            "{\"apiVersion\":\"activity.miloapis.com/"
            "v1alpha1\",\"kind\":\"ActivityPolicy\","
            "\"metadata\":{\"name\":\"p%02d\",\"uid\":\"%036d\",\"generation\":1,"
            "\"creationTimestamp\":\"2026-01-01T00:00:00Z\"},\"spec\":{\"resource\":{"
            "\"apiGroup\":\"apps\",\"kind\":\"Deployment\"},\"auditRules\":[{\"name\":"
            "\"create\",\"match\":\"audit.verb == 'create'\",\"summary\":\"{{ actor }} "
            "created {{ link(audit.objectRef.name, audit.objectRef) }}\"}]}}",
            i, i);
        check(act_registry_create(h->registry, act_str_cstr(key), act_str_cstr(text),
                                  &revision),
              "policies");
    }
}

static void open_parts(home *h)
{
    char path[128];
    act_tls_subject subject = { .common_name = ACT_STR("bench"),
                                .now_wall_ns = act_wall_ns(act_clock_system()),
                                .days = 1 };
    act_str secret = ACT_STR("0123456789abcdef0123456789abcdef");
    act_streams_limits limits = ACT_STREAMS_LIMITS_INIT;
    check(act_metrics_new(&h->metrics), "metrics");
    check(act_tls_make_ca(&subject, &h->ca, NULL), "CA");
    check(act_tls_make_server(&h->ca, &subject, &h->tls, NULL), "certificate");
    act_broker_sqlite_options broker = { .directory = path_in(h, "log", path),
                                         .clock = act_clock_system() };
    check(act_broker_sqlite_open(&broker, &h->broker, NULL), "broker");
    check(act_streams_ensure(h->broker, &limits, NULL), "streams");
    act_registry_sqlite_options registry = { .path = path_in(h, "registry", path),
                                             .clock = act_clock_system() };
    check(act_registry_sqlite_open(&registry, &h->registry, NULL), "registry");
    check(act_rule_env_new(&h->rules), "rules");
    check(act_filter_env_new(&h->filters), "filters");
    check(act_cursor_sealer_new(&secret, 1, &h->cursors), "cursors");
    (void)path_in(h, "tokens", path);
    check(act_file_replace(path, ACT_STR("token,admin,1,system:masters\n"), 0600, NULL),
          "tokens");
    act_authn_options authn = { .token_file = path, .clock = act_clock_system() };
    check(act_authn_new(&authn, &h->authn, NULL), "authn");
    check(act_authz_new(&(act_authz_options){ 0 }, &h->authz), "authz");
}

static uint16_t start(home *h)
{
    act_api_server_options o = {
        .services = { .broker = h->broker,
                      .registry = h->registry,
                      .rules = h->rules,
                      .filters = h->filters,
                      .cursors = h->cursors,
                      .clock = act_clock_system(),
                      .random = act_random_system(),
                      .metrics = h->metrics },
        .authn = h->authn,
        .authz = h->authz,
        .tls = &h->tls,
        .version = "bench",
    };
    check(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL), "address");
    check(act_api_server_start(&o, &h->server, NULL), "server");
    return act_address_port(act_api_server_address(h->server));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

static void stop(home *h)
{
    act_api_server_free(h->server);
    act_authn_free(h->authn);
    act_authz_free(h->authz);
    act_cursor_sealer_free(h->cursors);
    act_filter_env_free(h->filters);
    act_rule_env_free(h->rules);
    act_registry_free(h->registry);
    act_broker_free(h->broker);
    act_metrics_free(h->metrics);
    act_tls_pair_done(&h->ca);
    act_tls_pair_done(&h->tls);
    (void)nftw(h->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- main ---------------------------------------------------------------------------- */

static void measure(const char *when, int from_child, int to_child)
{
    char byte = 0;
    if (read(from_child, &byte, 1) != 1)
        exit(1);
    printf("api: RSS %.1f MiB %s\n", load_resident_kib() / 1024, when);
    (void)fflush(stdout);
    if (write(to_child, &byte, 1) != 1)
        exit(1);
}

int main(int argc, char **argv)
{
    int seconds = argc > 1 ? atoi(argv[1]) : 3;
    long requests = argc > 2 ? atol(argv[2]) : 100000;
    int down[2], up[2], status = 1;
    uint16_t port;
    if (seconds < 1 || requests < 1 || pipe(down) || pipe(up)) {
        (void)fprintf(stderr, "usage: api [seconds] [requests]\n");
        return 1;
    }
    pid_t child = fork();
    if (child == 0) {
        if (read(down[0], &port, sizeof port) != sizeof port)
            return 1;
        client(port, seconds, (size_t)requests, down[0], up[1]);
        return 0;
    }
    close(up[1]); /* so that a dead client ends the wait */
    home h = { .directory = "/tmp/act-bench-XXXXXX" };
    if (!mkdtemp(h.directory))
        return 1;
    open_parts(&h);
    make_policies(&h);
    port = start(&h);
    if (write(down[1], &port, sizeof port) != sizeof port)
        return 1;
    char when[64];
    measure("after these", up[0], down[1]);
    (void)snprintf(when, sizeof when, "after %ld more", requests);
    measure(when, up[0], down[1]);
    (void)waitpid(child, &status, 0);
    stop(&h);
    return status;
}
