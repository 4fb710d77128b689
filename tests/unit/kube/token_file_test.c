/* The static token file: its lines, its users, its changes. */
#include "kube/token_file.h"

#include "base/file.h"
#include "support.h"

#include <unistd.h>

static const act_token_entry *entries;
static size_t n_entries;

static int read_text(const char *text)
{
    act_err e = ACT_ERR_INIT;
    entries = NULL;
    return act_token_text_read(test_arena, act_str_cstr(text), &entries, &n_entries, &e);
}

static void lines_are_users(void **state)
{
    (void)state;
    assert_int_equal(
        read_text("# ours\n\nt1,alice,u1,\"web, ops\",iam.miloapis.com/parent-type=Project;"
                  "iam.miloapis.com/parent-name=p\n"
                  "t2,bob,,dev,k=1;other=;K=2\nt3,\"c\"\"d\",u3\n"),
        0);
    assert_int_equal(n_entries, 3);
    const act_user *u = &entries[0].user;
    assert_true(act_str_eq_cstr(entries[0].token, "t1"));
    assert_true(act_str_eq_cstr(u->name, "alice") && act_str_eq_cstr(u->uid, "u1"));
    assert_true(act_user_in_group(u, ACT_STR("web")));
    assert_true(act_user_in_group(u, ACT_STR("ops")));
    assert_true(act_user_in_group(u, ACT_STR(ACT_GROUP_AUTHENTICATED)));
    size_t n;
    const act_str *v =
        act_user_extra_values(u, ACT_STR("IAM.miloapis.com/parent-name"), &n);
    assert_true(n == 1 && act_str_eq_cstr(v[0], "p"));
    assert_int_equal(entries[1].user.n_groups, 2);
    v = act_user_extra_values(&entries[1].user, ACT_STR("k"), &n);
    assert_true(n == 2 && act_str_eq_cstr(v[0], "1") && act_str_eq_cstr(v[1], "2"));
    assert_int_equal(entries[1].user.n_extra, 2);
    assert_true(act_str_eq_cstr(entries[2].user.name, "c\"d"));
}

static void bad_lines_are_told(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "t\n",      ",u,i\n",          "t,,i\n",          "t,u,i,\"g\n",  "t,u,i,\"g\"x\n",
        "t,u\"x\n", "t,u,i,g,k=v,z\n", "t,u,i,g,nokey\n", "t,u,i,g,=v\n",
    };
    for (size_t i = 0; i < ACT_COUNT(bad); i++)
        if (read_text(bad[i]) != ACT_EPARSE)
            fail_msg("read: %s", bad[i]);
}

static void a_changed_file_is_read_again(void **state)
{
    (void)state;
    char path[] = "/tmp/token-file-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0 && close(fd) == 0);
    act_token_file *f = NULL;
    act_user u;
    assert_int_equal(act_file_replace(path, ACT_STR("one,alice,u\n"), 0600, NULL), 0);
    assert_int_equal(act_token_file_open(path, &f, NULL), 0);
    assert_int_equal(act_token_file_user(f, ACT_STR("one"), test_arena, &u), 0);
    assert_true(act_str_eq_cstr(u.name, "alice"));
    assert_int_equal(act_token_file_user(f, ACT_STR("onE"), test_arena, &u), ACT_EDENIED);
    assert_int_equal(act_token_file_user(f, ACT_STR(""), test_arena, &u), ACT_EDENIED);
    assert_int_equal(act_file_replace(path, ACT_STR("second,bob,u\n"), 0600, NULL), 0);
    assert_int_equal(act_token_file_user(f, ACT_STR("one"), test_arena, &u), ACT_EDENIED);
    assert_int_equal(act_token_file_user(f, ACT_STR("second"), test_arena, &u), 0);
    assert_int_equal(act_file_replace(path, ACT_STR("broken\n"), 0600, NULL), 0);
    assert_int_equal(act_token_file_user(f, ACT_STR("second"), test_arena, &u), 0);
    act_token_file_free(f);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(act_token_file_open(path, &f, NULL), ACT_ENOTFOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_users),
        cmocka_unit_test(bad_lines_are_told),
        cmocka_unit_test(a_changed_file_is_read_again),
    };
    return cmocka_run_group_tests(tests, test_arena_setup, test_arena_teardown);
}
