#include "base/file.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static void files_are_replaced_whole_with_their_mode(void **state)
{
    (void)state;
    char dir[] = "/tmp/act-file-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/token", dir);
    act_buf got = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    struct stat st;
    assert_int_equal(act_file_read(path, 10, &got, &e), ACT_ENOTFOUND);
    assert_int_equal(act_file_replace(path, ACT_STR("longer than after"), 0644, &e),
                     ACT_OK);
    assert_int_equal(act_file_replace(path, ACT_STR("0123456789"), 0600, &e), ACT_OK);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    act_buf_add(&got, ACT_STR(">"));
    assert_int_equal(act_file_read(path, 9, &got, &e), ACT_ELIMIT);
    assert_int_equal(got.len, 1);
    assert_int_equal(act_file_read(path, 10, &got, &e), ACT_OK);
    assert_true(act_str_eq_cstr(act_buf_str(&got), ">0123456789"));
    assert_int_equal(act_file_read(dir, 10, &got, &e), ACT_EIO);
    (void)unlink(path);
    (void)snprintf(path, sizeof path, "%s/none/x", dir); /* no such folder */
    assert_int_equal(act_file_replace(path, ACT_STR(""), 0600, &e), ACT_EIO);
    assert_non_null(strstr(e.text, path));
    assert_int_equal(rmdir(dir), 0);
    act_buf_done(&got);
}

static void memory_may_end_anywhere(void **state)
{
    (void)state;
    char dir[] = "/tmp/act-file-XXXXXX", path[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(path, sizeof path, "%s/f", dir);
    for (size_t n = 0;; n++) {
        act_buf got = ACT_BUF_INIT;
        act_fail_after(n);
        int err = act_file_replace(path, ACT_STR("x"), 0600, NULL);
        if (!err)
            err = act_file_read(path, 10, &got, NULL);
        act_fail_after(SIZE_MAX);
        act_buf_done(&got);
        if (!err)
            break;
        assert_true(err == ACT_ENOMEM || err == ACT_EIO);
    }
    (void)unlink(path);
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_replaced_whole_with_their_mode),
        cmocka_unit_test(memory_may_end_anywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
