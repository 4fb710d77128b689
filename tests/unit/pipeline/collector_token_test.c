/* Who has not the token gets no memory: he is told so before he has sent his body. */
#include "pipeline/collector.h"

#include "base/file.h"
#include "unit/pipeline/log_help.h"

#include <sys/socket.h>
#include <unistd.h>

typedef struct {
    test_log log;
    char token_file[96];
    act_collector *collector;
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    log_start(&f->log, 0);
    (void)snprintf(f->token_file, sizeof f->token_file, "%s/token", f->log.directory);
    assert_ok(act_file_replace(f->token_file, ACT_STR("open sesame\n"), 0600, NULL));
    act_collector_options o = { .broker = f->log.broker,
                                .token_file = act_str_cstr(f->token_file),
                                .clock = act_clock_system(),
                                .metrics = f->log.metrics };
    assert_ok(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL));
    assert_ok(act_collector_start(&o, &f->collector, NULL));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    act_collector_free(f->collector);
    log_stop(&f->log);
    free(f);
    return 0;
}

/* What the collector says to @head and the start of a body; until the end of its headers.
 */
static void ask(fixture *f, const char *head, char *answer, size_t size)
{
    const act_address *a = act_collector_address(f->collector);
    const struct timeval patience = { .tv_sec = PATIENCE_NS / ACT_NS_PER_S };
    int fd = socket(a->addr.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_ok(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience));
    assert_ok(connect(fd, (const struct sockaddr *)&a->addr, a->len));
    assert_int_equal(send(fd, head, strlen(head), 0), strlen(head));
    size_t len = 0;
    answer[0] = '\0';
    while (!strstr(answer, "\r\n\r\n")) {
        ssize_t n = recv(fd, answer + len, size - 1 - len, 0);
        if (n <= 0)
            break;
        len += (size_t)n;
        answer[len] = '\0';
    }
    assert_ok(close(fd));
}

static void a_long_body_is_refused_before_it_comes(void **state)
{
    fixture *f = *state;
    char answer[4096];
    ask(f,
        "POST /audit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer guess\r\nContent-Length: 20000000\r\n\r\n",
        answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 401 "));
    assert_non_null(strstr(answer, "WWW-Authenticate: Bearer\r\n"));
}

static void the_token_opens(void **state)
{
    fixture *f = *state;
    char answer[4096];
    ask(f,
        "POST /audit HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer open sesame\r\nContent-Length: 34\r\n\r\n"
        "{\"kind\":\"EventList\",\"items\":[   ]}",
        answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 200 "));
    ask(f, "GET /audit HTTP/1.1\r\nHost: x\r\n\r\n", answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 405 "));
    ask(f, "GET /readyz HTTP/1.1\r\nHost: x\r\n\r\n", answer, sizeof answer);
    assert_non_null(strstr(answer, "HTTP/1.1 200 "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_long_body_is_refused_before_it_comes, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(the_token_opens, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
