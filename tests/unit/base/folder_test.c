/* Names of folders reach the disk. */
#include "base/folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cmocka.h>

static ino_t synced; /* the folder that was synced last */

/* In place of the C library's. */
int fsync(int fd)
{
    struct stat st;
    assert_int_equal(fstat(fd, &st), 0);
    assert_true(S_ISDIR(st.st_mode));
    synced = st.st_ino;
    return (int)syscall(SYS_fsync, fd);
}

static ino_t inode_of(const char *path)
{
    struct stat st;
    assert_int_equal(stat(path, &st), 0);
    return st.st_ino;
}

static void a_folder_is_made_once_and_its_name_synced(void **state)
{
    (void)state;
    char home[] = "/tmp/act-folder-XXXXXX", path[64];
    static const char *const names[] = { "a", "a/b/", "a//c" };
    static const char *const parents[] = { "", "/a", "/a" };
    assert_non_null(mkdtemp(home));
    for (size_t i = 0; i < ACT_COUNT(names); i++) {
        char parent[64];
        struct stat st;
        (void)snprintf(path, sizeof path, "%s/%s", home, names[i]);
        (void)snprintf(parent, sizeof parent, "%s%s", home, parents[i]);
        for (int round = 0; round < 2; round++) {
            synced = 0;
            assert_int_equal(act_folder_make(path, NULL), ACT_OK);
            assert_int_equal(synced, inode_of(parent));
        }
        assert_int_equal(stat(path, &st), 0);
        assert_true(S_ISDIR(st.st_mode));
        assert_int_equal(st.st_mode & 0777, 0700);
    }
    assert_int_equal(chdir(home), 0);
    assert_int_equal(act_folder_make("d", NULL), ACT_OK);
    assert_int_equal(synced, inode_of(home));
    assert_int_equal(act_folder_sync_above("/x"), ACT_OK);
    assert_int_equal(synced, inode_of("/"));
    static const char *const made[] = { "a/b", "a/c", "a", "d" };
    for (size_t i = 0; i < ACT_COUNT(made); i++)
        assert_int_equal(rmdir(made[i]), 0);
    assert_int_equal(rmdir(home), 0);
}

static void what_cannot_be_made_is_told(void **state)
{
    (void)state;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_folder_make("/proc/no/such", &e), ACT_EIO);
    assert_non_null(strstr(e.text, "/proc/no/such: "));
    assert_int_equal(act_folder_sync_above("/no/such/file"), ACT_EIO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_folder_is_made_once_and_its_name_synced),
        cmocka_unit_test(what_cannot_be_made_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
