/* The audit log file, written and rotated while it is read. */
/* ctest: labels=threads timeout=240 */
#include "pipeline/audit_tail.h"

#include "base/thread.h"
#include "core/audit_record.h"
#include "unit/pipeline/log_help.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

enum { POLL_MS = 5 };

typedef struct {
    test_log log;
    char folder[64], path[96], place[96];
    act_audit_tail *tail;
    size_t line_max;
    int64_t grace_ns;
    _Atomic int64_t skew_ns; /* added to the tail's wall clock */
    FILE *out;
    unsigned written; /* records with ids "1" to here */
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    log_start(&f->log, 0);
    (void)snprintf(f->folder, sizeof f->folder, "/tmp/act-tail-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    (void)snprintf(f->path, sizeof f->path, "%s/audit.log", f->folder);
    (void)snprintf(f->place, sizeof f->place, "%s/place", f->folder);
    *state = f;
    return 0;
}

static void stop(fixture *f)
{
    act_audit_tail_free(f->tail);
    f->tail = NULL;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    char command[128];
    stop(f);
    if (f->out)
        (void)fclose(f->out);
    log_stop(&f->log);
    (void)snprintf(command, sizeof command, "rm -rf %s", f->folder);
    assert_int_equal(system(command), 0);
    free(f);
    return 0;
}

static int64_t wall(void *ctx)
{
    fixture *f = ctx;
    return act_wall_ns(act_clock_system()) + f->skew_ns;
}

static int64_t mono(void *ctx)
{
    (void)ctx;
    return act_mono_ns(act_clock_system());
}

static int try_start(fixture *f)
{
    act_audit_tail_options o = {
        .path = act_str_cstr(f->path),
        .place_path = act_str_cstr(f->place),
        .broker = f->log.broker,
        .poll_ns = POLL_MS * ACT_NS_PER_MS,
        .grace_ns = f->grace_ns,
        .line_max = f->line_max,
        .clock = { wall, mono, f },
        .metrics = f->log.metrics,
    };
    return act_audit_tail_start(&o, &f->tail, NULL);
}

static void start(fixture *f)
{
    assert_ok(try_start(f));
}

static void drain(fixture *f)
{
    assert_ok(act_audit_tail_drain(f->tail, PATIENCE_NS));
}

/* ---- the writer ------------------------------------------------------------------------
 */

static void open_log(fixture *f)
{
    f->out = fopen(f->path, "a");
    assert_non_null(f->out);
}

static void put(fixture *f, act_str text)
{
    assert_int_equal(fwrite(text.ptr, 1, text.len, f->out), text.len);
    assert_int_equal(fflush(f->out), 0);
}

static act_str next_record(fixture *f)
{
    char id[16];
    (void)snprintf(id, sizeof id, "%u", ++f->written);
    return log_audit_event(&f->log, id, "ResponseComplete");
}

static void write_lines(fixture *f, unsigned n)
{
    for (unsigned i = 0; i < n; i++) {
        put(f, next_record(f));
        put(f, ACT_STR("\n"));
    }
}

/* As a kube-apiserver rotates. Files differ in their times. */
static void rotate(fixture *f, const char *suffix)
{
    char name[128];
    (void)snprintf(name, sizeof name, "%s/audit-%s.log", f->folder, suffix);
    (void)fclose(f->out);
    assert_int_equal(rename(f->path, name), 0);
    act_sleep_ns(15 * ACT_NS_PER_MS, NULL);
    open_log(f);
}

static void copy_and_truncate(fixture *f, const char *suffix)
{
    char command[256];
    (void)snprintf(command, sizeof command, "cp %s %s.%s", f->path, f->path, suffix);
    assert_int_equal(system(command), 0);
    act_sleep_ns(15 * ACT_NS_PER_MS, NULL);
    assert_int_equal(truncate(f->path, 0), 0);
}

/* Each record that was written is in the log once. */
static void expect_all(fixture *f)
{
    size_t n;
    const act_delivery *all = log_read(&f->log, ACT_STREAM_AUDIT, &n);
    assert_int_equal(n, f->written);
    bool *seen = act_arena_make_n(f->log.arena, bool, f->written + 1);
    for (size_t i = 0; i < n; i++) {
        act_str id;
        uint64_t number;
        (void)act_str_split(all[i].id, '/', &id);
        assert_ok(act_str_to_u64(id, &number));
        assert_true(number >= 1 && number <= f->written && !seen[number]);
        seen[number] = true;
    }
}

/* ---- tests -----------------------------------------------------------------------------
 */

static void what_is_there_and_what_comes_is_read(void **state)
{
    fixture *f = *state;
    open_log(f);
    write_lines(f, 5);
    start(f);
    drain(f);
    expect_all(f);
    write_lines(f, 3);
    put(f, ACT_STR("\n\r\n")); /* empty lines are nothing */
    drain(f);
    expect_all(f);
    assert_int_equal(log_metric(&f->log, "activity_audit_tail_lines_total"), 8);
    assert_int_equal(log_count(&f->log, ACT_STREAM_DEAD_LETTERS), 0);
}

static void real_lines_keep_their_bytes(void **state)
{
    fixture *f = *state;
    act_str text = log_data(&f->log, "audit.jsonl"), rest = text;
    open_log(f);
    put(f, text);
    start(f);
    drain(f);
    size_t n, found = 0;
    const act_delivery *all = log_read(&f->log, ACT_STREAM_AUDIT, &n);
    while (rest.len) {
        act_str line;
        rest = act_str_split(rest, '\n', &line);
        for (size_t i = 0; i < n; i++)
            if (act_str_eq(all[i].payload, line)) {
                found++;
                break;
            }
    }
    assert_true(n > 100);
    assert_int_equal(found, n);
}

static void a_partial_last_line_waits_for_its_end(void **state)
{
    fixture *f = *state;
    open_log(f);
    write_lines(f, 1);
    act_str record = next_record(f);
    put(f, act_str_head(record, 40));
    start(f);
    drain(f);
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), 1);
    stop(f); /* also over a restart */
    start(f);
    drain(f);
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), 1);
    put(f, act_str_cut(record, 40));
    put(f, ACT_STR("\n"));
    drain(f);
    expect_all(f);
    assert_int_equal(log_count(&f->log, ACT_STREAM_DEAD_LETTERS), 0);
}

static void a_file_that_comes_later_is_read(void **state)
{
    fixture *f = *state;
    start(f);
    drain(f);
    open_log(f);
    write_lines(f, 2);
    drain(f);
    expect_all(f);
}

static void rotation_by_renaming_loses_nothing(void **state)
{
    fixture *f = *state;
    open_log(f);
    start(f);
    for (int i = 0; i < 4; i++) {
        char suffix[32];
        (void)snprintf(suffix, sizeof suffix, "2026-0%d", i);
        write_lines(f, 10);
        if (i % 2 == 0) /* the first: only then it knows which file it reads */
            drain(f);
        write_lines(f, 3);
        rotate(f, suffix);
    }
    write_lines(f, 1);
    drain(f);
    expect_all(f);
    assert_int_equal(log_metric(&f->log, "activity_audit_tail_lost_place_total"), 0);
    assert_int_equal(log_metric(&f->log, "activity_audit_tail_lines_total"), f->written);
}

static void rotations_while_it_was_away_lose_nothing(void **state)
{
    fixture *f = *state;
    open_log(f);
    write_lines(f, 10);
    start(f);
    drain(f);
    stop(f);
    write_lines(f, 10);
    rotate(f, "1");
    write_lines(f, 10);
    rotate(f, "2");
    write_lines(f, 10);
    rotate(f, "3");
    write_lines(f, 10);
    start(f);
    drain(f);
    expect_all(f);
    assert_int_equal(log_metric(&f->log, "activity_audit_tail_lines_total"), f->written);
}

static void a_writer_that_hears_late_of_a_rotation_loses_nothing(void **state)
{
    fixture *f = *state;
    char name[128];
    f->grace_ns = 100 * PATIENCE_NS; /* by a clock that this test moves */
    open_log(f);
    write_lines(f, 2);
    start(f);
    drain(f);
    (void)snprintf(name, sizeof name, "%s.1", f->path);
    assert_int_equal(rename(f->path, name), 0);
    FILE *fresh = fopen(f->path, "a");
    assert_non_null(fresh);
    act_sleep_ns(2 * POLL_MS * ACT_NS_PER_MS, NULL);
    write_lines(f, 2); /* still to the old one */
    (void)fclose(f->out);
    f->out = fresh;
    f->skew_ns = f->grace_ns;
    write_lines(f, 2);
    drain(f);
    expect_all(f);
}

static void a_last_line_without_newline_counts_when_the_file_is_over(void **state)
{
    fixture *f = *state;
    open_log(f);
    write_lines(f, 1);
    put(f, next_record(f));
    start(f);
    drain(f);
    rotate(f, "1");
    write_lines(f, 1);
    drain(f);
    expect_all(f);
}

static void copying_and_truncating_loses_nothing(void **state)
{
    fixture *f = *state;
    open_log(f);
    write_lines(f, 10);
    start(f);
    drain(f);
    copy_and_truncate(f, "1");
    write_lines(f, 3);
    drain(f);
    expect_all(f);
    stop(f);
    write_lines(f, 4); /* only in the copy when it is back */
    copy_and_truncate(f, "2");
    write_lines(f, 30); /* longer than what was read of the old one */
    start(f);
    drain(f);
    expect_all(f);
    assert_int_equal(log_metric(&f->log, "activity_audit_tail_lost_place_total"), 0);
}

static void truncating_without_a_copy_is_told(void **state)
{
    fixture *f = *state;
    open_log(f);
    write_lines(f, 10);
    start(f);
    drain(f);
    assert_int_equal(truncate(f->path, 0), 0);
    write_lines(f, 2);
    drain(f);
    expect_all(f);
    assert_int_equal(log_metric(&f->log, "activity_audit_tail_lost_place_total"), 1);
}

static void a_restart_goes_on_where_it_was(void **state)
{
    fixture *f = *state;
    open_log(f);
    for (int i = 0; i < 3; i++) {
        write_lines(f, 5);
        start(f);
        drain(f);
        stop(f);
    }
    expect_all(f);
    assert_int_equal(log_metric(&f->log, "activity_audit_tail_lines_total"), 15);
    /* Without the place all is read again, and nothing is doubled. */
    assert_int_equal(unlink(f->place), 0);
    start(f);
    drain(f);
    expect_all(f);
    assert_int_equal(log_metric(&f->log, "activity_audit_tail_lines_total"), 30);
}

static void a_place_that_cannot_be_read_is_an_error(void **state)
{
    fixture *f = *state;
    const char *const places[] = { "", "{", "[]", "{\"offset\":1}",
                                   "{\"offset\":-1,\"inLongLine\":0,\"afterNs\":0,"
                                   "\"headBytes\":0,\"headSHA256\":\"00\"}" };
    for (size_t i = 0; i < ACT_COUNT(places); i++) {
        FILE *out = fopen(f->place, "w");
        assert_non_null(out);
        (void)fputs(places[i], out);
        (void)fclose(out);
        assert_int_equal(try_start(f), ACT_ECORRUPT);
        assert_null(f->tail);
    }
}

static void lines_that_are_no_records_become_dead_letters(void **state)
{
    fixture *f = *state;
    open_log(f);
    write_lines(f, 1);
    put(f, ACT_STR("not json\n"));
    put(f, ACT_STR("{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\"}\n"));
    put(f, log_event(&f->log, "u", "1"));
    put(f, ACT_STR("\n"));
    put(f, log_audit_event(&f->log, "x", "RequestReceived"));
    put(f, ACT_STR("\n"));
    write_lines(f, 1);
    start(f);
    drain(f);
    expect_all(f);
    size_t n;
    const act_delivery *letters = log_read(&f->log, ACT_STREAM_DEAD_LETTERS, &n);
    assert_int_equal(n, 3);
    const act_json *first = log_json(&f->log, letters[0].payload);
    assert_true(
        act_json_is(act_json_get(first, ACT_STR("originalPayload")), ACT_STR("not json")));
    assert_int_equal(log_metric(&f->log, "activity_intake_skipped_total"), 1);
}

static void long_lines_are_cut_and_do_not_hold_up_others(void **state)
{
    fixture *f = *state;
    static char pad[100000];
    memset(pad, 'p', sizeof pad);
    f->line_max = 2000;
    open_log(f);
    write_lines(f, 1);
    put(f, act_str_from(pad, 3000)); /* ends within a chunk */
    put(f, ACT_STR("\n"));
    write_lines(f, 1);
    for (int i = 0; i < 25; i++) /* more than a chunk */
        put(f, act_str_from(pad, sizeof pad));
    start(f);
    drain(f);
    stop(f); /* in the middle of it */
    start(f);
    put(f, act_str_from(pad, sizeof pad));
    put(f, ACT_STR("\n"));
    write_lines(f, 2);
    drain(f);
    expect_all(f);
    assert_int_equal(log_metric(&f->log, "activity_audit_tail_too_long_total"), 2);
    assert_int_equal(log_count(&f->log, ACT_STREAM_DEAD_LETTERS), 1); /* cut, both equal */
}

static void a_long_record_grows_the_chunk(void **state)
{
    fixture *f = *state;
    size_t n_pad = 3 << 20;
    open_log(f);
    act_str record = next_record(f);
    put(f, act_str_head(record, record.len - 1));
    put(f, ACT_STR(",\"pad\":\""));
    for (size_t i = 0; i < n_pad / 16; i++)
        (void)fputs("0123456789abcdef", f->out);
    put(f, ACT_STR("\"}\n"));
    write_lines(f, 1);
    start(f);
    drain(f);
    expect_all(f);
    size_t n;
    assert_int_equal(log_read(&f->log, ACT_STREAM_AUDIT, &n)[0].payload.len,
                     record.len + strlen(",\"pad\":\"\"") + n_pad);
}

static void a_full_log_holds_the_place(void **state)
{
    fixture *f = *state;
    log_stop(&f->log);
    log_start(&f->log, 1000);
    open_log(f);
    write_lines(f, 2);
    start(f);
    drain(f);
    write_lines(f, 4);
    assert_soon(log_metric(&f->log, "activity_audit_tail_failures_total") > 0);
    assert_int_equal(act_audit_tail_drain(f->tail, 0), ACT_EAGAIN);
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), 2);
    log_drain(&f->log, ACT_STREAM_AUDIT, ACT_DURABLE_INGEST);
    log_drain(&f->log, ACT_STREAM_AUDIT, ACT_DURABLE_PROCESSOR);
    drain(f);
    act_stream_info info;
    assert_ok(act_broker_stream_info(f->log.broker, ACT_STR(ACT_STREAM_AUDIT), &info));
    assert_int_equal(info.last_sequence, 6);
}

/* A writer that rotates all the time, and a reader that is stopped and started. */
static void *write_on(void *arg)
{
    fixture *f = arg;
    for (int i = 0; i < 30; i++) {
        char suffix[32];
        (void)snprintf(suffix, sizeof suffix, "%03d", i);
        write_lines(f, 40);
        act_sleep_ns(15 * ACT_NS_PER_MS, NULL);
        rotate(f, suffix);
    }
    return NULL;
}

static void rotating_and_restarting_at_once_loses_nothing(void **state)
{
    fixture *f = *state;
    pthread_t writer;
    open_log(f);
    write_lines(f, 1);
    start(f);
    drain(f); /* what was rotated before it knows a file is not its */
    stop(f);
    assert_ok(act_thread_start(&writer, "writer", write_on, f));
    for (int i = 0; i < 10; i++) {
        start(f);
        act_sleep_ns((20 + i * 17 % 50) * ACT_NS_PER_MS, NULL);
        stop(f);
    }
    (void)pthread_join(writer, NULL);
    start(f);
    drain(f);
    expect_all(f);
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_there_and_what_comes_is_read),
        TEST(real_lines_keep_their_bytes),
        TEST(a_partial_last_line_waits_for_its_end),
        TEST(a_file_that_comes_later_is_read),
        TEST(rotation_by_renaming_loses_nothing),
        TEST(rotations_while_it_was_away_lose_nothing),
        TEST(a_writer_that_hears_late_of_a_rotation_loses_nothing),
        TEST(a_last_line_without_newline_counts_when_the_file_is_over),
        TEST(copying_and_truncating_loses_nothing),
        TEST(truncating_without_a_copy_is_told),
        TEST(a_restart_goes_on_where_it_was),
        TEST(a_place_that_cannot_be_read_is_an_error),
        TEST(lines_that_are_no_records_become_dead_letters),
        TEST(long_lines_are_cut_and_do_not_hold_up_others),
        TEST(a_long_record_grows_the_chunk),
        TEST(a_full_log_holds_the_place),
        TEST(rotating_and_restarting_at_once_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
