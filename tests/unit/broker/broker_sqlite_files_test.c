/* What only the embedded broker does: its files, limits, locks and metrics. */
/* ctest: timeout=120 */
#include "sqlite_backend.h"

#include "base/alloc.h"
#include "broker/broker_sqlite.h"
#include "broker_help.h"

#include <dirent.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static void path_in(const char *directory, const char *name, char room[128])
{
    snprintf(room, 128, "%s/%s", directory, name);
}

static void write_at(const char *path, long offset, const char *bytes, size_t n)
{
    FILE *f = fopen(path, offset < 0 ? "w" : "r+");
    assert_non_null(f);
    assert_int_equal(fseek(f, offset < 0 ? 0 : offset, SEEK_SET), 0);
    assert_int_equal(fwrite(bytes, 1, n, f), n);
    assert_int_equal(fclose(f), 0);
}

static void expect_open_fails(const char *directory, int expected, const char *detail_has)
{
    act_broker *b = NULL;
    act_err detail = ACT_ERR_INIT;
    assert_int_equal(sqlite_open(directory, NULL, &b, &detail), expected);
    assert_null(b);
    if (!strstr(detail.text, detail_has))
        fail_msg("\"%s\" lacks \"%s\"", detail.text, detail_has);
}

static void a_directory_is_open_once(void **state)
{
    (void)state;
    char *directory = new_directory();
    act_broker *b;
    assert_ok(sqlite_open(directory, NULL, &b, NULL));
    expect_open_fails(directory, ACT_ECONFLICT, "in use");
    act_broker_free(b);
    assert_ok(sqlite_open(directory, NULL, &b, NULL));
    act_broker_free(b);
    remove_directory(directory);
}

static void a_directory_that_cannot_be_made_is_an_error(void **state)
{
    (void)state;
    expect_open_fails("/proc/no/such", ACT_EIO, "/proc/no/such");
    expect_open_fails("/dev/null", ACT_EIO, "/dev/null");
}

static void files_are_the_owners_alone(void **state)
{
    (void)state;
    char *directory = new_directory(), path[128];
    struct stat st;
    act_broker *b;
    assert_ok(sqlite_open(directory, NULL, &b, NULL));
    make_stream(b, "S", "a.>");
    publish_one(b, "S", "a.b", "", "x");
    path_in(directory, "S.db", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    path_in(directory, "S.db-wal", path);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    act_broker_free(b);
    remove_directory(directory);
}

static void foreign_and_damaged_files_are_refused_untouched(void **state)
{
    (void)state;
    char *directory = new_directory(), path[128];
    path_in(directory, "S.db", path);
    static char junk[9000], back[9000];
    memset(junk, 'j', sizeof junk);
    write_at(path, -1, junk, sizeof junk);
    expect_open_fails(directory, ACT_ECORRUPT, "S.db");
    FILE *f = fopen(path, "r");
    assert_int_equal(fread(back, 1, sizeof back, f), sizeof back);
    fclose(f);
    assert_memory_equal(back, junk, sizeof junk);

    (void)unlink(path); /* a sound SQLite file of somebody else */
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(db);
    expect_open_fails(directory, ACT_ECORRUPT, "not a file of this program");
    (void)unlink(path);
    remove_directory(directory);
}

static void change_file(const char *path, const char *sql)
{
    sqlite3 *db;
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void contents_that_cannot_be_are_refused(void **state)
{
    (void)state;
    const struct {
        const char *sql;
        int err;
    } cases[] = {
        { "PRAGMA user_version=99", ACT_EUNSUPPORTED },
        { "UPDATE stream SET first_sequence = 7", ACT_ECORRUPT },
        { "UPDATE stream SET last_sequence = -1", ACT_ECORRUPT },
        { "DELETE FROM message WHERE sequence = 2", ACT_ECORRUPT },
        { "UPDATE consumer SET unacked = x'80'", ACT_ECORRUPT },
        { "UPDATE consumer SET position = 99", ACT_ECORRUPT },
        { "UPDATE consumer SET filter = x'2e'", ACT_ECORRUPT },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char *directory = new_directory(), path[128];
        act_broker *b;
        assert_ok(sqlite_open(directory, NULL, &b, NULL));
        make_stream(b, "S", "a.>");
        act_consumer_close(open_consumer(b, "S", "d", "", ACT_NS_PER_S, 10));
        publish_n(b, "S", "a.b", 3);
        act_broker_free(b);
        path_in(directory, "S.db", path);
        change_file(path, cases[i].sql);
        expect_open_fails(directory, cases[i].err, "S.db");
        remove_directory(directory);
    }
}

static void a_page_damaged_under_way_is_an_error_not_a_crash(void **state)
{
    (void)state;
    char *directory = new_directory(), path[128];
    act_broker *b;
    assert_ok(sqlite_open(directory, NULL, &b, NULL));
    make_stream(b, "S", "a.>");
    for (int i = 0; i < 5; i++)
        publish_n(b, "S", "a.b", 1000);
    act_broker_free(b);
    path_in(directory, "S.db", path);
    static char junk[16384];
    memset(junk, 0x5a, sizeof junk);
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    for (long page = 6; page * 16384 < st.st_size; page++) /* the tables' roots stay */
        write_at(path, page * 16384, junk, sizeof junk);
    act_err detail = ACT_ERR_INIT;
    int err = sqlite_open(directory, NULL, &b, &detail);
    if (!err) {
        ACT_AUTO(act_arena) a = NULL;
        act_reader *r;
        const act_delivery *got;
        size_t n;
        assert_ok(act_arena_new(64 << 20, 0, &a));
        assert_ok(act_reader_open(b, ACT_STR("S"), 1, ACT_STR(""), &r));
        while (!(err = act_reader_next(r, 1000, 0, a, &got, &n, NULL)))
            continue;
        act_reader_close(r);
        act_broker_free(b);
    }
    assert_int_equal(err, ACT_ECORRUPT);
    remove_directory(directory);
}

static void payloads_and_batches_have_limits(void **state)
{
    (void)state;
    char *directory = new_directory();
    ACT_AUTO(act_metrics) m = NULL;
    act_broker *b;
    assert_ok(act_metrics_new(&m));
    assert_ok(sqlite_open(directory, m, &b, NULL));
    make_stream(b, "S", "a.>");
    size_t size = ACT_BROKER_SQLITE_PAYLOAD_MAX;
    char *big = calloc(1, size + 1);
    act_message *many = calloc(ACT_BROKER_SQLITE_BATCH_MAX + 1, sizeof *many);
    act_err detail = ACT_ERR_INIT;
    for (size_t i = 0; i <= ACT_BROKER_SQLITE_BATCH_MAX; i++)
        many[i] = (act_message){ .subject = ACT_STR("a.b") };
    many[1].payload = act_str_from(big, size + 1);
    assert_int_equal(act_broker_publish(b, ACT_STR("S"), many, 2, NULL, &detail),
                     ACT_ELIMIT);
    assert_non_null(strstr(detail.text, "message 1"));
    many[1].payload = act_str_from(big, size);
    assert_ok(act_broker_publish(b, ACT_STR("S"), many, 2, NULL, &detail));
    for (size_t i = 0; i < 7; i++)
        many[i].payload = act_str_from(big, size);
    assert_int_equal(act_broker_publish(b, ACT_STR("S"), many, 7, NULL, &detail),
                     ACT_ELIMIT);
    for (size_t i = 0; i < 7; i++)
        many[i].payload = act_str_from(big, 1);
    assert_int_equal(act_broker_publish(b, ACT_STR("S"), many,
                                        ACT_BROKER_SQLITE_BATCH_MAX + 1, NULL, &detail),
                     ACT_ELIMIT);
    assert_ok(act_broker_publish(b, ACT_STR("S"), many, ACT_BROKER_SQLITE_BATCH_MAX, NULL,
                                 &detail));
    act_stream_info info;
    assert_ok(act_broker_stream_info(b, ACT_STR("S"), &info));
    assert_int_equal(info.last_sequence, ACT_BROKER_SQLITE_BATCH_MAX + 2);
    const char *const labels[] = { "stream", "S", NULL };
    assert_int_equal(act_counter_value(act_metrics_counter(
                         m, "activity_broker_too_large_total", "", labels)),
                     3);
    /* The big one comes back whole. */
    ACT_AUTO(act_arena) a = NULL;
    act_reader *r;
    const act_delivery *got;
    size_t n;
    assert_ok(act_arena_new(64 << 20, 0, &a));
    assert_ok(act_reader_open(b, ACT_STR("S"), 2, ACT_STR(""), &r));
    assert_ok(act_reader_next(r, 1, 0, a, &got, &n, NULL));
    assert_int_equal(got[0].payload.len, size);
    assert_memory_equal(got[0].payload.ptr, big, size);
    act_reader_close(r);
    free(big);
    free(many);
    act_broker_free(b);
    remove_directory(directory);
}

/* Everything that takes memory, with each allocation failing in turn. */
static int use_broker(act_broker *b, act_arena *a, act_consumer **c, act_reader **r)
{
    act_stream_config stream = { .name = ACT_STR("S"),
                                 .subjects = ACT_STR("a.>"),
                                 .duplicate_window_ns = ACT_NS_PER_S };
    act_consumer_config config = { .durable = ACT_STR("d"),
                                   .ack_wait_ns = 60 * ACT_NS_PER_S,
                                   .max_ack_pending = 100 };
    act_message m = { ACT_STR("a.b"), ACT_STR(""), ACT_STR("x") };
    const act_delivery *got;
    size_t n;
    int err = act_broker_stream_ensure(b, &stream, NULL);
    stream.max_bytes = 1 << 20;
    if (!err)
        err = act_broker_stream_ensure(b, &stream, NULL);
    if (!err)
        err = act_broker_publish(b, stream.name, &m, 1, NULL, NULL);
    if (!err)
        err = act_consumer_open(b, stream.name, &config, c, NULL);
    if (!err)
        err = act_consumer_fetch(*c, 10, 0, a, &got, &n);
    if (!err)
        err = act_consumer_ack(*c, &got[0].sequence, 1);
    if (!err)
        err = act_reader_open(b, stream.name, 1, ACT_STR(""), r);
    return err ? err : act_reader_next(*r, 10, 0, a, &got, &n, NULL);
}

static void memory_running_out_is_an_error_like_any_other(void **state)
{
    (void)state;
    bool done = false;
    for (size_t n = 0; !done; n++) {
        char *directory = new_directory();
        ACT_AUTO(act_arena) a = NULL;
        act_broker *b = NULL;
        act_consumer *c = NULL;
        act_reader *r = NULL;
        assert_ok(act_arena_new(1 << 20, 0, &a));
        act_fail_after(n);
        int err = sqlite_open(directory, NULL, &b, NULL);
        if (!err)
            err = use_broker(b, a, &c, &r);
        act_fail_after(SIZE_MAX);
        assert_true(err == ACT_OK || err == ACT_ENOMEM);
        done = err == ACT_OK;
        act_reader_close(r);
        act_consumer_close(c);
        act_broker_free(b);
        if (!done) { /* what stands on the disk serves */
            c = NULL;
            r = NULL;
            act_arena_reset(a);
            assert_ok(sqlite_open(directory, NULL, &b, NULL));
            assert_ok(use_broker(b, a, &c, &r));
            act_reader_close(r);
            act_consumer_close(c);
            act_broker_free(b);
        }
        remove_directory(directory);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_directory_is_open_once),
        cmocka_unit_test(a_directory_that_cannot_be_made_is_an_error),
        cmocka_unit_test(files_are_the_owners_alone),
        cmocka_unit_test(foreign_and_damaged_files_are_refused_untouched),
        cmocka_unit_test(contents_that_cannot_be_are_refused),
        cmocka_unit_test(a_page_damaged_under_way_is_an_error_not_a_crash),
        cmocka_unit_test(payloads_and_batches_have_limits),
        cmocka_unit_test(memory_running_out_is_an_error_like_any_other),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
