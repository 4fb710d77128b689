/* A log whose reader sleeps does not stop its program, and goes on when it wakes. */
#include "base/log.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

enum { LINES = 2000, TEXT_BYTES = 9000 /* more than a pipe takes at once */ };

/* All that is in the pipe now. */
static size_t drain(int fd, char *out, size_t size)
{
    size_t len = 0;
    ssize_t n;
    while ((n = read(fd, out + len, size - 1 - len)) > 0)
        len += (size_t)n;
    assert_true(n < 0 && errno == EAGAIN);
    out[len] = '\0';
    return len;
}

static void a_reader_that_sleeps_loses_lines_only(void **state)
{
    (void)state;
    int ends[2];
    act_log *log;
    char *text = malloc(TEXT_BYTES + 1), *seen = malloc(4 << 20);
    assert_non_null(text);
    assert_non_null(seen);
    memset(text, 'x', TEXT_BYTES);
    text[TEXT_BYTES] = '\0';
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(act_log_new(ends[1], ACT_LOG_INFO, act_clock_system(), &log), ACT_OK);
    for (int i = 0; i < LINES; i++)
        act_info(log, "one of many", ACT_F_CSTR("text", text));
    assert_true(drain(ends[0], seen, 4 << 20) > TEXT_BYTES);
    act_info(log, "awake again", ACT_F_I64("n", 1));
    size_t len = drain(ends[0], seen, 4 << 20);
    const char *line = strstr(seen, "{\"ts\":");
    assert_non_null(line);
    assert_true(line == seen || line[-1] == '\n');
    assert_non_null(strstr(line, "awake again"));
    assert_int_equal(seen[len - 1], '\n');
    act_log_free(log);
    assert_int_equal(close(ends[0]), 0);
    assert_int_equal(close(ends[1]), 0);
    free(text);
    free(seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_reader_that_sleeps_loses_lines_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
