#include "store/dedup_log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

/* A data directory with one table: parts 202611_1_1_0 and 202611_2_5_1. */
typedef struct {
    char root[64];
    char table[128];
} fixture;

static void write_log(const fixture *f, int number, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, "%s/deduplication_logs/deduplication_log_%d.txt", f->table,
             number);
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY, 0600);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void expect_log(const fixture *f, int number, const char *text)
{
    char path[256], got[1024];
    snprintf(path, sizeof path, "%s/deduplication_logs/deduplication_log_%d.txt", f->table,
             number);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, got, sizeof got - 1);
    close(fd);
    assert_true(n >= 0);
    got[n] = '\0';
    assert_string_equal(got, text);
}

static int make(void **state)
{
    static fixture f;
    snprintf(f.root, sizeof f.root, "/tmp/activity-dedup-XXXXXX");
    assert_non_null(mkdtemp(f.root));
    static const char *const folders[] = {
        "store",
        "store/abc",
        "store/abc/abc1",
        "store/abc/abc1/202611_1_1_0",
        "store/abc/abc1/202611_2_5_1",
        "store/abc/abc1/tmp_insert_202611_9_9_0",
        "store/abc/abc1/deduplication_logs",
        "store/abc/abc2",
    };
    for (size_t i = 0; i < ACT_COUNT(folders); i++) {
        char path[256];
        snprintf(path, sizeof path, "%s/%s", f.root, folders[i]);
        assert_int_equal(mkdir(path, 0700), 0);
    }
    snprintf(f.table, sizeof f.table, "%s/store/abc/abc1", f.root);
    *state = &f;
    return 0;
}

static int drop(void **state)
{
    const fixture *f = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", f->root);
    return system(command);
}

static size_t repair(const fixture *f)
{
    size_t revoked = 99;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_dedup_logs_repair(act_str_cstr(f->root), &revoked, &e), ACT_OK);
    return revoked;
}

static void tokens_of_parts_that_are_there_stay(void **state)
{
    const char *text =
        "1\t202611_1_1_0\ta\n1\t202611_4_4_0\tb\n"; /* 4 is merged into 2_5 */
    write_log(*state, 1, text);
    assert_int_equal(repair(*state), 0);
    expect_log(*state, 1, text);
}

static void the_token_of_a_missing_last_part_is_revoked(void **state)
{
    write_log(*state, 1, "1\t202611_1_1_0\ta\n1\t202611_6_6_0\tb\n");
    assert_int_equal(repair(*state), 1);
    const char *repaired = "1\t202611_1_1_0\ta\n1\t202611_6_6_0\tb\n2\t202611_6_6_0\tb\n";
    expect_log(*state, 1, repaired);
    assert_int_equal(repair(*state), 0); /* once is enough */
    expect_log(*state, 1, repaired);
}

static void all_tokens_of_one_part_are_revoked(void **state)
{
    write_log(*state, 1, "1\t202611_6_6_0\tb\n1\t202611_6_6_0\tc\n");
    assert_int_equal(repair(*state), 2);
    expect_log(*state, 1,
               "1\t202611_6_6_0\tb\n1\t202611_6_6_0\tc\n"
               "2\t202611_6_6_0\tc\n2\t202611_6_6_0\tb\n");
}

static void an_equal_range_of_another_partition_does_not_count(void **state)
{
    write_log(*state, 1, "1\t202612_1_1_0\ta\n");
    assert_int_equal(repair(*state), 1);
}

static void a_torn_last_line_is_cut(void **state)
{
    write_log(*state, 1, "1\t202611_1_1_0\ta\n1\t202611_1_");
    assert_int_equal(repair(*state), 0);
    expect_log(*state, 1, "1\t202611_1_1_0\ta\n");
    write_log(*state, 1, "1\t20");
    assert_int_equal(repair(*state), 0);
    expect_log(*state, 1, "");
}

static void the_newest_log_that_holds_anything_is_looked_at(void **state)
{
    write_log(*state, 9, "1\t202611_6_6_0\tb\n");
    write_log(*state, 10, "1\t202611_7_7_0\tb\n");
    write_log(*state, 11, "");
    assert_int_equal(repair(*state), 1);
    expect_log(*state, 9, "1\t202611_6_6_0\tb\n");
    expect_log(*state, 10, "1\t202611_7_7_0\tb\n2\t202611_7_7_0\tb\n");
}

static void what_is_not_understood_is_left_alone(void **state)
{
    static const char *const texts[] = {
        "",
        "nonsense\n",
        "1\tpart\n",
        "3\t202611_6_6_0\tb\n",
        "2\t202611_6_6_0\tb\n",
        "1\tall\tb\n",
    };
    for (size_t i = 0; i < ACT_COUNT(texts); i++) {
        write_log(*state, 1, texts[i]);
        assert_int_equal(repair(*state), 0);
        expect_log(*state, 1, texts[i]);
    }
}

static void a_new_directory_is_fine(void **state)
{
    (void)state;
    assert_int_equal(act_dedup_logs_repair(ACT_STR("/tmp/activity-no-such"), NULL, NULL),
                     ACT_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tokens_of_parts_that_are_there_stay, make, drop),
        cmocka_unit_test_setup_teardown(the_token_of_a_missing_last_part_is_revoked, make,
                                        drop),
        cmocka_unit_test_setup_teardown(all_tokens_of_one_part_are_revoked, make, drop),
        cmocka_unit_test_setup_teardown(an_equal_range_of_another_partition_does_not_count,
                                        make, drop),
        cmocka_unit_test_setup_teardown(a_torn_last_line_is_cut, make, drop),
        cmocka_unit_test_setup_teardown(the_newest_log_that_holds_anything_is_looked_at,
                                        make, drop),
        cmocka_unit_test_setup_teardown(what_is_not_understood_is_left_alone, make, drop),
        cmocka_unit_test(a_new_directory_is_fine),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
