/* Requests per second for policies (get, list of 100, list as a table) over 32 keep-alive
 * TLS connections, and the server's memory while many more are asked: at a tenth, half and
 * all of them, between which it has to be flat. Clients run in a process of their own.
 * Usage: api [seconds] [requests of the last run, else a million: a minute or two] */
#include "home.h"
#include "load.h"
#include "machine.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS = 32, POLICIES = 100 };

#define PATH "/apis/activity.miloapis.com/v1alpha1/activitypolicies"
#define HEADERS "HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token\r\n"
#define TABLE "Accept: application/json;as=Table;g=meta.k8s.io;v=v1\r\n"

/* When memory is looked at in the last run. */
static const int marks_percent[] = { 10, 50, 100 };
#define FLAT_MIB 2 /* that it may grow between the first of them and the last */

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
        home_check(ACT_EIO, name);
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
    size_t asked = 0;
    for (size_t i = 0; i < ACT_COUNT(marks_percent); i++) {
        size_t due = requests * (size_t)marks_percent[i] / 100;
        run("api: get, many", get, port, 3600, due - asked);
        asked = due;
        let_measure(to_parent, from_parent);
    }
}

/* --- server -------------------------------------------------------------------------- */

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
        home_check(act_registry_create(h->registry, act_str_cstr(key), act_str_cstr(text),
                                       &revision),
                   "policies");
    }
}

/* --- main ---------------------------------------------------------------------------- */

static double measure(const char *when, int from_child, int to_child)
{
    char byte = 0;
    if (read(from_child, &byte, 1) != 1)
        exit(1);
    double mib = load_resident_kib() / 1024;
    printf("api: RSS %.1f MiB %s\n", mib, when);
    (void)fflush(stdout);
    if (write(to_child, &byte, 1) != 1)
        exit(1);
    return mib;
}

/* False: it grew. */
static bool measure_many(long requests, int from_child, int to_child)
{
    char when[64];
    double first = 0, last = 0;
    (void)measure("after these", from_child, to_child);
    for (size_t i = 0; i < ACT_COUNT(marks_percent); i++) {
        (void)snprintf(when, sizeof when, "after %ld more",
                       requests * marks_percent[i] / 100);
        last = measure(when, from_child, to_child);
        first = i == 0 ? last : first;
    }
    bool flat = last - first <= FLAT_MIB;
    printf("api: RSS is %s: %+.1f MiB from a tenth of them to all\n",
           flat ? "flat" : "not flat", last - first);
    return flat;
}

int main(int argc, char **argv)
{
    machine_print();
    (void)fflush(stdout); /* before the fork: once */
    int seconds = argc > 1 ? atoi(argv[1]) : 3;
    long requests = argc > 2 ? atol(argv[2]) : 1000000;
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
    home h;
    home_open(&h, "token,admin,1,system:masters\n");
    make_policies(&h);
    port = home_serve(&h, NULL, NULL);
    if (write(down[1], &port, sizeof port) != sizeof port)
        return 1;
    bool flat = measure_many(requests, up[0], down[1]);
    (void)waitpid(child, &status, 0);
    home_close(&h);
    return !flat || status != 0;
}
