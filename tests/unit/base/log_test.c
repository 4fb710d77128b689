/* ctest: labels=threads timeout=60 */
#include "base/log.h"
#include "base/alloc.h"
#include "base/json.h"
#include "base/thread.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>
#include <cmocka.h>

static int64_t fixed_ns(void *ctx)
{
    (void)ctx;
    return 1704067200123456789;
}

static const act_clock fixed_clock = { fixed_ns, fixed_ns, NULL };

/* A file that exists as a descriptor alone. */
static int scratch_file(void)
{
    char name[] = "/tmp/act-log-test-XXXXXX";
    int fd = mkstemp(name);
    assert_true(fd >= 0);
    assert_int_equal(unlink(name), 0);
    return fd;
}

static act_str written(int fd, char *text, size_t size)
{
    ssize_t n = pread(fd, text, size - 1, 0);
    assert_true(n >= 0);
    text[n] = '\0';
    return act_str_from(text, (size_t)n);
}

static void a_line_has_time_level_message_and_fields(void **state)
{
    (void)state;
    ACT_AUTO(act_log) log = NULL;
    char text[4096];
    int fd = scratch_file();
    assert_int_equal(act_log_new(fd, ACT_LOG_INFO, fixed_clock, &log), ACT_OK);
    act_info(log, "hello", ACT_F_CSTR("who", "w\"o\\r\nld\x01\xFF"), ACT_F_I64("n", -5),
             ACT_F_F64("x", 0.25), ACT_F_F64("nan", NAN), ACT_F_BOOL("ok", true),
             ACT_F_ERR(ACT_ENOTFOUND), ACT_F_STR("none", (act_str){ 0 }));
    assert_string_equal(written(fd, text, sizeof text).ptr,
                        "{\"ts\":\"2024-01-01T00:00:00.123456Z\",\"level\":\"info\","
                        "\"msg\":\"hello\",\"who\":\"w\\\"o\\\\r\\nld\\u0001\xEF\xBF\xBD\","
                        "\"n\":-5,\"x\":0.25,\"nan\":null,\"ok\":true,"
                        "\"error\":\"no such object\",\"none\":\"\"}\n");
    assert_int_equal(close(fd), 0);
}

static void lines_below_the_level_are_dropped(void **state)
{
    (void)state;
    char text[4096];
    int fd = scratch_file();
    ACT_AUTO(act_log) log = NULL;
    assert_int_equal(act_log_new(fd, ACT_LOG_WARN, fixed_clock, &log), ACT_OK);
    act_log_write(log, ACT_LOG_DEBUG, "a", NULL, 0);
    act_log_write(log, ACT_LOG_INFO, "b", NULL, 0);
    assert_int_equal(written(fd, text, sizeof text).len, 0);
    act_log_write(log, ACT_LOG_WARN, "c", NULL, 0);
    act_log_write(log, ACT_LOG_ERROR, "d", NULL, 0);
    act_log_write(NULL, ACT_LOG_ERROR, "nobody listens", NULL, 0);
    assert_string_equal(written(fd, text, sizeof text).ptr,
                        "{\"ts\":\"2024-01-01T00:00:00.123456Z\",\"level\":\"warn\","
                        "\"msg\":\"c\"}\n"
                        "{\"ts\":\"2024-01-01T00:00:00.123456Z\",\"level\":\"error\","
                        "\"msg\":\"d\"}\n");
    assert_int_equal(close(fd), 0);
}

static void long_fields_are_cut_and_longer_lines_lost(void **state)
{
    (void)state;
    static char big[1 << 20], text[1 << 18];
    int fd = scratch_file();
    ACT_AUTO(act_log) log = NULL;
    memset(big, 'x', sizeof big - 1);
    assert_int_equal(act_log_new(fd, ACT_LOG_INFO, fixed_clock, &log), ACT_OK);
    act_info(log, "m", ACT_F_CSTR("big", big));
    act_str line = written(fd, text, sizeof text);
    assert_true(line.len > 16384 && line.len < 16384 + 200);
    act_log_field many[200];
    for (size_t i = 0; i < ACT_COUNT(many); i++)
        many[i] = ACT_F_CSTR("big", big);
    act_log_write(log, ACT_LOG_INFO, "m", many, ACT_COUNT(many)); /* lost */
    act_log_write(log, ACT_LOG_INFO, "after", NULL, 0);
    line = act_str_cut(written(fd, text, sizeof text), line.len);
    assert_true(act_str_starts(line, ACT_STR("{\"ts\"")));
    assert_int_equal(act_str_find_byte(line, '\n'), line.len - 1);
    assert_int_equal(close(fd), 0);
}

static void unwritable_lines_and_lost_memory_do_no_harm(void **state)
{
    (void)state;
    ACT_AUTO(act_log) log = NULL;
    act_fail_after(0);
    assert_int_equal(act_log_new(1, ACT_LOG_INFO, fixed_clock, &log), ACT_ENOMEM);
    assert_null(log);
    assert_int_equal(act_log_new(-1, ACT_LOG_INFO, fixed_clock, &log), ACT_OK);
    act_fail_after(0);
    act_info(log, "lost", ACT_F_I64("n", 1));
    act_fail_after(SIZE_MAX);
    act_info(log, "lost too", ACT_F_I64("n", 1));
}

enum { THREADS = 4, LINES = 500 };

static void *chatter(void *arg)
{
    for (int i = 0; i < LINES; i++)
        act_info(arg, "line", ACT_F_I64("i", i), ACT_F_CSTR("pad", "0123456789"));
    return NULL;
}

static void lines_of_threads_never_mix(void **state)
{
    (void)state;
    static char text[1 << 19];
    int fd = scratch_file();
    ACT_AUTO(act_log) log = NULL;
    ACT_AUTO(act_json_parser) p = NULL;
    ACT_AUTO(act_arena) a = NULL;
    pthread_t thread[THREADS];
    assert_int_equal(act_log_new(fd, ACT_LOG_INFO, act_clock_system(), &log), ACT_OK);
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &p), ACT_OK);
    assert_int_equal(act_arena_new(1 << 20, 0, &a), ACT_OK);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(act_thread_start(&thread[i], "chatter", chatter, log), ACT_OK);
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    size_t count = 0;
    for (act_str left = written(fd, text, sizeof text), line; left.len > 0; count++) {
        const act_json *v = NULL;
        left = act_str_split(left, '\n', &line);
        act_arena_reset(a);
        assert_int_equal(act_json_parse(p, a, line, 0, &v, NULL), ACT_OK);
        assert_true(act_json_is(act_json_get(v, ACT_STR("pad")), ACT_STR("0123456789")));
    }
    assert_int_equal(count, THREADS * LINES);
    assert_int_equal(close(fd), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_line_has_time_level_message_and_fields),
        cmocka_unit_test(lines_below_the_level_are_dropped),
        cmocka_unit_test(long_fields_are_cut_and_longer_lines_lost),
        cmocka_unit_test(unwritable_lines_and_lost_memory_do_no_harm),
        cmocka_unit_test(lines_of_threads_never_mix),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
