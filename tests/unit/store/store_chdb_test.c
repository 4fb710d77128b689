/* ctest: labels=chdb timeout=180 */
#include "unit/store/chdb_home.h"
#include "unit/store/store_suite.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

static chdb_home home;

static act_store *suite_store(void)
{
    return home.store;
}

static act_store *suite_reopen(void)
{
    chdb_home_close(&home);
    chdb_home_open(&home);
    return home.store;
}

/* ---- kill -9 ----------------------------------------------------------------------- */

/* The engine does not survive fork(), so the process that dies is this program again. */

enum { BATCH = 200 };

static int insert_batch(act_store *s, uint64_t batch)
{
    static const act_store_column columns[] = { { "id", ACT_STORE_U64 } };
    ACT_AUTO(act_store_block) b = NULL;
    int err = act_store_block_new("suite.crash", columns, 1, &b);
    for (uint64_t i = 0; !err && i < BATCH; i++)
        act_store_add_u64(b, batch * BATCH + i);
    char token[24];
    int n = snprintf(token, sizeof token, "batch-%" PRIu64, batch);
    return err ? err : act_store_insert(s, b, act_str_from(token, (size_t)n), NULL);
}

/* Insert batches from @first on, and say each one's number on stdout when it is done. */
static int victim(const char *directory, const char *first_text)
{
    uint64_t first;
    act_store *s;
    const act_store_chdb_options options = {
        .library = ACT_STR(TEST_LIBCHDB),
        .directory = act_str_cstr(directory),
    };
    if (act_str_to_u64(act_str_cstr(first_text), &first) ||
        act_store_chdb_open(&options, &s, NULL))
        return 1;
    for (uint64_t i = first;; i++)
        if (insert_batch(s, i) || write(STDOUT_FILENO, &i, sizeof i) != sizeof i)
            return 1;
}

static pid_t start_victim(uint64_t first, int *ret_fd)
{
    char number[24];
    snprintf(number, sizeof number, "%" PRIu64, first);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        dup2(ends[1], STDOUT_FILENO);
        close(ends[0]);
        close(ends[1]);
        execl("/proc/self/exe", "victim", "--victim", home.path, number, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    *ret_fd = ends[0];
    return pid;
}

/* Let it report @reports batches, wait @more_us, kill it; the number of batches reported.
 */
static uint64_t kill_midway(uint64_t first, int reports, long more_us)
{
    int fd;
    pid_t pid = start_victim(first, &fd);
    uint64_t done = 0, number;
    for (int i = 0; i < reports; i++, done++)
        assert_int_equal(read(fd, &number, sizeof number), sizeof number);
    nanosleep(&(struct timespec){ .tv_nsec = more_us * 1000 }, NULL);
    assert_int_equal(kill(pid, SIGKILL), 0);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status));
    while (read(fd, &number, sizeof number) == sizeof number)
        done++; /* said before it died */
    close(fd);
    return done;
}

static uint64_t number_of(const char *sql)
{
    act_rows *r;
    act_err e = ACT_ERR_INIT;
    if (act_store_query(home.store, act_str_cstr(sql), NULL, 0, NULL, &r, &e) ||
        act_rows_next(r, &e) != 1)
        fail_msg("%s: %s", sql, e.text);
    uint64_t n = act_rows_u64(r, 0);
    act_rows_close(r, NULL);
    return n;
}

static void killed_at_any_moment_nothing_is_lost_or_doubled(void **state)
{
    (void)state;
    chdb_home_make(&home);
    chdb_home_open(&home);
    assert_int_equal(
        act_store_exec(home.store, ACT_STR("CREATE DATABASE suite"), NULL, 0, NULL),
        ACT_OK);
    assert_int_equal(
        act_store_exec(home.store,
                       ACT_STR("CREATE TABLE suite.crash (id UInt64) ENGINE = MergeTree "
                               "ORDER BY id SETTINGS fsync_after_insert = 1, "
                               "non_replicated_deduplication_window = 1000"),
                       NULL, 0, NULL),
        ACT_OK);
    uint64_t stored = 0;
    for (int round = 0; round < 12; round++) {
        chdb_home_close(&home);
        uint64_t done = kill_midway(stored, 1 + round % 3, round * 777);
        chdb_home_open(&home);
        uint64_t rows = number_of("SELECT count() FROM suite.crash");
        assert_true(rows >= (stored + done) * BATCH); /* what was reported is there */
        /* The batch in flight is there whole or not at all; sent again it is there once. */
        assert_int_equal(insert_batch(home.store, stored + done), ACT_OK);
        stored += done + 1;
        assert_int_equal(number_of("SELECT count() FROM suite.crash"), stored * BATCH);
        assert_int_equal(number_of("SELECT uniqExact(id) FROM suite.crash"),
                         stored * BATCH);
    }
    chdb_home_drop(&home);
}

/* ---- opening ----------------------------------------------------------------------- */

static int open_error(act_str library, act_str directory, act_err *e)
{
    act_store *s = NULL;
    int err = act_store_chdb_open(
        &(act_store_chdb_options){ .library = library, .directory = directory }, &s, e);
    act_store_free(s);
    return err;
}

static void what_cannot_be_opened_says_why(void **state)
{
    (void)state;
    chdb_home_make(&home);
    act_err e = ACT_ERR_INIT;
    act_str directory = act_str_cstr(home.path);
    act_str library = ACT_STR(TEST_LIBCHDB);
    assert_int_equal(open_error(ACT_STR("/nowhere/libchdb.so"), directory, &e),
                     ACT_ENOTFOUND);
    assert_non_null(strstr(e.text, "/nowhere"));
    assert_int_equal(open_error(ACT_STR("libdl.so.2"), directory, &e), ACT_EUNSUPPORTED);
    assert_non_null(strstr(e.text, "chdb_"));
    assert_int_equal(open_error(library, ACT_STR(""), &e), ACT_EINVAL);
    assert_int_equal(open_error(library, ACT_STR("/proc/none"), &e), ACT_EIO);
    chdb_home_open(&home);
    assert_int_equal(open_error(library, directory, &e), ACT_EIO);
    assert_non_null(strstr(e.text, "in use"));
    chdb_home_drop(&home);
}

static void memory_is_bounded(void **state)
{
    (void)state;
    enum { MEMORY = 800 << 20 };
    chdb_home_make(&home);
    act_err e = ACT_ERR_INIT;
    const act_store_chdb_options options = { .library = ACT_STR(TEST_LIBCHDB),
                                             .directory = act_str_cstr(home.path),
                                             .max_memory_bytes = MEMORY };
    if (act_store_chdb_open(&options, &home.store, &e))
        fail_msg("%s", e.text);
    assert_int_equal(number_of("SELECT toUInt64(value) FROM system.server_settings "
                               "WHERE name = 'max_server_memory_usage'"),
                     MEMORY);
    assert_true(number_of("SELECT sum(toUInt64(value)) FROM system.server_settings WHERE "
                          "match(name, '^((index_|)mark|primary_index|text_index_[a-z]+)"
                          "_cache_size$')") <= MEMORY / 2);
    act_rows *r = NULL;
    int err = act_store_query(home.store,
                              ACT_STR("SELECT length(groupArray(repeat('x', 1000) || "
                                      "toString(number))) FROM numbers(5000000)"),
                              NULL, 0, NULL, &r, &e);
    if (!err)
        err = act_rows_next(r, &e);
    act_rows_close(r, NULL);
    assert_int_equal(err, ACT_ELIMIT);
    chdb_home_close(&home);
    chdb_home_open(&home); /* with our own limit */
    assert_in_range(number_of("SELECT toUInt64(value) FROM system.server_settings "
                              "WHERE name = 'max_server_memory_usage'"),
                    1, UINT64_C(4) << 30);
    chdb_home_drop(&home);
}

static void deadly_signals_stay_the_programs_own(void **state)
{
    (void)state;
    chdb_home_make(&home);
    static const int signals[] = { SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGTERM, SIGINT };
    struct sigaction before[ACT_COUNT(signals)], after;
    for (size_t i = 0; i < ACT_COUNT(signals); i++)
        sigaction(signals[i], NULL, &before[i]);
    chdb_home_open(&home);
    for (size_t i = 0; i < ACT_COUNT(signals); i++) {
        sigaction(signals[i], NULL, &after);
        assert_true(before[i].sa_handler == after.sa_handler);
    }
    chdb_home_drop(&home);
}

int main(int argc, char **argv)
{
    if (argc == 4 && strcmp(argv[1], "--victim") == 0)
        return victim(argv[2], argv[3]);
    if (access(TEST_LIBCHDB, R_OK)) {
        fprintf(stderr, "%s is missing: run ./dev setup\n", TEST_LIBCHDB);
        return 1;
    }
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_at_any_moment_nothing_is_lost_or_doubled),
        cmocka_unit_test(what_cannot_be_opened_says_why),
        cmocka_unit_test(memory_is_bounded),
        cmocka_unit_test(deadly_signals_stay_the_programs_own),
    };
    int failed = cmocka_run_group_tests_name("chdb", tests, NULL, NULL);
    chdb_home_make(&home);
    chdb_home_open(&home);
    if (act_store_exec(home.store, ACT_STR("CREATE DATABASE suite"), NULL, 0, NULL))
        return 1;
    failed += store_suite_run(
        &(store_suite_backend){ .store = suite_store, .reopen = suite_reopen });
    chdb_home_drop(&home);
    return failed;
}
