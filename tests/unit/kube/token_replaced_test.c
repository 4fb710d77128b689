/* A token file that is replaced by another one of the same size and time: who was taken out
 * of it has to leave. */
#include "kube/token_file.h"

#include "base/file.h"
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void put(const char *path, const char *text)
{
    char fresh[64];
    const struct timespec then[2] = { { .tv_sec = 1700000000 }, { .tv_sec = 1700000000 } };
    (void)snprintf(fresh, sizeof fresh, "%s.new", path);
    assert_int_equal(act_file_replace(fresh, act_str_cstr(text), 0600, NULL), 0);
    assert_int_equal(utimensat(AT_FDCWD, fresh, then, 0), 0);
    assert_int_equal(rename(fresh, path), 0);
}

static void the_file_that_is_there_counts(void **state)
{
    (void)state;
    char directory[] = "/tmp/token-file-XXXXXX", path[48];
    act_token_file *f = NULL;
    act_user u;
    assert_non_null(mkdtemp(directory));
    (void)snprintf(path, sizeof path, "%s/t", directory);
    put(path, "one,alice,u\n");
    assert_int_equal(act_token_file_open(path, &f, NULL), 0);
    for (int i = 0; i < 2; i++)
        assert_int_equal(act_token_file_user(f, ACT_STR("one"), test_arena, &u), 0);
    put(path, "two,bobby,u\n");
    assert_int_equal(act_token_file_user(f, ACT_STR("one"), test_arena, &u), ACT_EDENIED);
    assert_int_equal(act_token_file_user(f, ACT_STR("two"), test_arena, &u), 0);
    assert_true(act_str_eq_cstr(u.name, "bobby"));
    put(path, "broken-text\n"); /* what was read stays, until there is something better */
    for (int i = 0; i < 2; i++)
        assert_int_equal(act_token_file_user(f, ACT_STR("two"), test_arena, &u), 0);
    put(path, "one,alice,u\n");
    assert_int_equal(act_token_file_user(f, ACT_STR("one"), test_arena, &u), 0);
    act_token_file_free(f);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(directory), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_file_that_is_there_counts, test_arena_setup,
                                        test_arena_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
