/* Bytes of a connection, as they come: the real API server, plain, on loopback. It answers
 * in HTTP and with no server error, or not at all; and nothing is left of the connection
 * when the client has hung up. */
#include "fuzz/support/fuzz.h"
#include "fuzz/support/http_answers.h"
#include "unit/api/api_help.h"
#include "unit/api/slow_store.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PAUSE_MS = 200, PATIENCE_MS = 20000 };

static slow_store store; /* that answers at once, with nothing */
static act_gauge *connections;

static void stop(void)
{
    api_stop(&api);
    slow_store_stop(&store);
}

static void start_once(void)
{
    if (connections)
        return;
    slow_store_start(&store);
    api_start_with(&api, &(test_api_options){ .store = &store.base,
                                              .limits = { .max_page_size = 1000 },
                                              .plain = true,
                                              .parent = "/dev/shm" });
    connections = act_metrics_gauge(api.metrics, "activity_http_connections", "",
                                    (const char *[]){ "server", "api", NULL });
    (void)atexit(stop);
}

static int dial(void)
{
    const act_address *a = act_api_server_address(api.server);
    int fd = socket(a->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    fuzz_require(fd >= 0 && connect(fd, (const struct sockaddr *)&a->addr, a->len) == 0,
                 "the server takes a connection");
    return fd;
}

static void send_all(int fd, act_str text)
{
    while (text.len > 0) {
        ssize_t n = send(fd, text.ptr, text.len, MSG_NOSIGNAL);
        if (n <= 0)
            return; /* it has hung up, which is its right */
        text = act_str_cut(text, (size_t)n);
    }
}

/* Take what comes within @ms each time; false: there is an end of it. */
static bool receive(int fd, int ms, act_buf *out)
{
    struct pollfd p = { .fd = fd, .events = POLLIN };
    while (poll(&p, 1, ms) > 0) {
        char *room = act_buf_reserve(out, 64 << 10);
        ssize_t n = room ? recv(fd, room, 64 << 10, 0) : -1;
        if (n <= 0)
            return false;
        out->len += (size_t)n;
    }
    return true;
}

/* Say all, and hear what comes of it: first as one who would say more (so that the end is
 * noticed on its own), then as one who will not. */
static void talk(int fd, act_str text, act_buf *out)
{
    send_all(fd, text);
    if (receive(fd, 1, out)) {
        (void)shutdown(fd, SHUT_WR); /* fails when it has hung up */
        (void)receive(fd, PAUSE_MS, out);
    }
}

/* No port is left waiting for stray packets. */
static void hang_up(int fd)
{
    const struct linger now = { .l_onoff = 1 };
    (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
    close(fd);
}

/* What the input caused is over when its connection is. */
static void wait_until_quiet(void)
{
    static const atomic_bool never = false;
    for (int i = 0; act_gauge_value(connections) != 0; i++) {
        fuzz_require(i < PATIENCE_MS * 10, "a connection is given back");
        act_sleep_ns(ACT_NS_PER_MS / 10, &never);
    }
}

static bool has(act_str text, const char *word)
{
    return act_str_find(text, act_str_cstr(word)) != SIZE_MAX;
}

/* 501 and 505 are about HTTP itself; 504 is for who gives a request no time. */
static bool is_right(void *ctx, int status)
{
    const act_str *input = ctx;
    return (status >= 100 && status < 500) || status == 501 || status == 505 ||
           (status == 504 && has(*input, "timeout"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    act_str input = act_str_from(data, size);
    act_buf got = ACT_BUF_INIT;
    start_once();
    int fd = dial();
    talk(fd, input, &got);
    hang_up(fd);
    act_str text = act_buf_str(&got);
    const char *wrong = http_answers_wrong(text, has(input, "HEAD"), is_right, &input);
    if (wrong)
        (void)fprintf(stderr, "%.*s\n", ACT_STR_ARG(text));
    fuzz_require(!wrong, wrong);
    act_buf_done(&got);
    wait_until_quiet();
    return 0;
}
