/* Files of the embedded broker that say what cannot be, and failures told in the words of
 * SQLite. */
#include "broker/broker_sqlite.h"

#include "broker_help.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

static void path_in(const char *directory, const char *name, char room[128])
{
    snprintf(room, 128, "%s/%s", directory, name);
}

static void change_file(const char *directory, const char *sql)
{
    char path[128];
    sqlite3 *db;
    path_in(directory, "S.db", path);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
    char *why = NULL;
    if (sqlite3_exec(db, sql, NULL, NULL, &why) != SQLITE_OK)
        fail_msg("%s: %s", sql, why);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int open_broker(const char *directory, act_log *log, act_broker **ret, act_err *e)
{
    act_broker_sqlite_options o = { .directory = act_str_cstr(directory),
                                    .clock = act_clock_system(),
                                    .log = log };
    *e = ACT_ERR_INIT;
    return act_broker_sqlite_open(&o, ret, e);
}

static void make_one(const char *directory)
{
    act_broker *b;
    act_err e;
    assert_ok(open_broker(directory, NULL, &b, &e));
    make_stream(b, "S", "s.>");
    publish_n(b, "S", "s.x", 3);
    act_consumer_close(open_consumer(b, "S", "d", "", ACT_NS_PER_S, 10));
    act_broker_free(b);
}

static void impossible_values_are_damage(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE stream SET subjects = zeroblob(100000)",
        "UPDATE stream SET subjects = CAST('s..>' AS BLOB)",
        "UPDATE stream SET max_age_ns = -1",
        "UPDATE stream SET max_bytes = -1",
        "UPDATE stream SET duplicate_window_ns = -1",
        "UPDATE stream SET messages = -1",
        "UPDATE stream SET bytes = -1",
        "UPDATE stream SET first_sequence = 9",
        "UPDATE consumer SET filter = zeroblob(100000)",
        "UPDATE consumer SET position = -1",
        "UPDATE consumer SET max_ack_pending = 0",
        "UPDATE consumer SET ack_wait_ns = 0",
    };
    for (size_t i = 0; i < ACT_COUNT(changes); i++) {
        char *directory = new_directory();
        act_broker *b = NULL;
        act_err e;
        make_one(directory);
        change_file(directory, changes[i]);
        if (open_broker(directory, NULL, &b, &e) != ACT_ECORRUPT)
            fail_msg("opened after %s", changes[i]);
        assert_non_null(strstr(e.text, "S.db"));
        remove_directory(directory);
    }
}

static void a_failure_is_told_with_its_reason(void **state)
{
    (void)state;
    char *directory = new_directory();
    char path[128], text[4096] = "";
    act_log *log;
    act_broker *b;
    act_err e;
    make_one(directory);
    change_file(directory, "CREATE TRIGGER t BEFORE INSERT ON payload BEGIN"
                           " SELECT RAISE(ABORT, 'the disk says so'); END");
    path_in(directory, "log", path);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    assert_ok(act_log_new(fd, ACT_LOG_INFO, act_clock_system(), &log));
    assert_ok(open_broker(directory, log, &b, &e));
    const act_message m = { .subject = ACT_STR("s.x"), .payload = ACT_STR("p") };
    assert_int_equal(act_broker_publish(b, ACT_STR("S"), &m, 1, NULL, NULL), ACT_EIO);
    act_broker_free(b);
    assert_true(pread(fd, text, sizeof text - 1, 0) > 0);
    assert_non_null(strstr(text, "the disk says so"));
    act_log_free(log);
    assert_int_equal(close(fd), 0);
    remove_directory(directory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(impossible_values_are_damage),
        cmocka_unit_test(a_failure_is_told_with_its_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
