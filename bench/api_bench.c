/* Requests per second for policies (get, list of 100, list as a table) over 32 keep-alive
 * TLS connections, and the server's memory before and after many more. Clients run in a
 * process of their own. Usage: api [seconds] [requests of the last run] */
#include "home.h"
#include "load.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CONNECTIONS = 32, POLICIES = 100 };

#define PATH "/apis/activity.miloapis.com/v1alpha1/activitypolicies"
#define HEADERS "HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer token\r\n"
#define TABLE "Accept: application/json;as=Table;g=meta.k8s.io;v=v1\r\n"

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
    run("api: get, many", get, port, 3600, requests);
    let_measure(to_parent, from_parent);
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
    home h;
    home_open(&h, "token,admin,1,system:masters\n");
    make_policies(&h);
    port = home_serve(&h, NULL, NULL);
    if (write(down[1], &port, sizeof port) != sizeof port)
        return 1;
    char when[64];
    measure("after these", up[0], down[1]);
    (void)snprintf(when, sizeof when, "after %ld more", requests);
    measure(when, up[0], down[1]);
    (void)waitpid(child, &status, 0);
    home_close(&h);
    return status;
}
