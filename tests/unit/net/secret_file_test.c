#include "net/secret_file.h"

#include "base/alloc.h"
#include "net/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static void tokens_are_long_random_and_url_safe(void **state)
{
    (void)state;
    char a[ACT_TOKEN_TEXT_MAX], b[ACT_TOKEN_TEXT_MAX];
    bool seen[256] = { false };
    for (int i = 0; i < 200; i++) {
        assert_int_equal(act_token_new(a), ACT_OK);
        assert_int_equal(act_token_new(b), ACT_OK);
        assert_int_equal(strlen(a), 43);
        assert_string_not_equal(a, b);
        for (const char *p = a; *p; p++)
            seen[(unsigned char)*p] = true;
    }
    int kinds = 0;
    for (int c = 0; c < 256; c++) {
        bool allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                       (c >= '0' && c <= '9') || c == '-' || c == '_';
        assert_true(allowed || !seen[c]);
        kinds += seen[c];
    }
    assert_int_equal(kinds, 64);
}

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
    assert_int_equal(act_file_replace("/nonexistent/x", ACT_STR(""), 0600, &e), ACT_EIO);
    assert_non_null(strstr(e.text, "/nonexistent/x"));
    (void)unlink(path);
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
        act_bytes *b = NULL;
        act_fail_after(n);
        int err = act_file_replace(path, ACT_STR("x"), 0600, NULL);
        if (!err)
            err = act_file_read(path, 10, &got, NULL);
        if (!err)
            err = act_bytes_new(ACT_STR("x"), &b);
        act_fail_after(SIZE_MAX);
        act_buf_done(&got);
        act_bytes_unref(b);
        if (!err)
            break;
        assert_true(err == ACT_ENOMEM || err == ACT_EIO);
    }
    (void)unlink(path);
    assert_int_equal(rmdir(dir), 0);
}

static void bytes_live_until_the_last_reference(void **state)
{
    (void)state;
    act_bytes *b;
    assert_int_equal(act_bytes_new(ACT_STR("a\0b"), &b), ACT_OK);
    act_bytes *second = act_bytes_ref(b);
    assert_null(act_bytes_unref(b));
    assert_true(act_str_eq(act_bytes_str(second), ACT_STR("a\0b")));
    act_bytes_unref(second);
    assert_null(act_bytes_ref(NULL));
    act_bytes_unref(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tokens_are_long_random_and_url_safe),
        cmocka_unit_test(files_are_replaced_whole_with_their_mode),
        cmocka_unit_test(memory_may_end_anywhere),
        cmocka_unit_test(bytes_live_until_the_last_reference),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
