/* Roles: who may do what, by default and by a file; files that make no sense. */
#include "kube/roles.h"

#include "base/file.h"
#include "support.h"

#include <unistd.h>

static bool may(act_roles *a, const char *group, const char *verb, const char *api,
                const char *resource, const char *sub)
{
    act_str groups[] = { act_str_cstr(group) };
    act_user user = { .name = ACT_STR("alice"), .groups = groups, .n_groups = 1 };
    act_authz_attributes what = { .user = &user,
                                  .verb = act_str_cstr(verb),
                                  .group = act_str_cstr(api),
                                  .resource = act_str_cstr(resource),
                                  .subresource = act_str_cstr(sub) };
    return act_roles_allow(a, &what);
}

static bool may_path(act_roles *a, const char *group, const char *path)
{
    act_str groups[] = { act_str_cstr(group) };
    act_user user = { .name = ACT_STR("alice"), .groups = groups, .n_groups = 1 };
    act_authz_attributes what = { .user = &user,
                                  .verb = ACT_STR("get"),
                                  .path = act_str_cstr(path) };
    return act_roles_allow(a, &what);
}

#define OURS "activity.miloapis.com"

static void defaults_let_in_little(void **state)
{
    (void)state;
    act_roles *a = NULL;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_roles_new(NULL, &a, &e), 0);
    assert_false(may(a, "system:authenticated", "list", OURS, "activities", ""));
    assert_true(may_path(a, "system:authenticated", "/apis/" OURS "/v1alpha1"));
    assert_false(may_path(a, "system:authenticated", "/metrics"));
    assert_false(may_path(a, "system:unauthenticated", "/apis"));
    assert_true(may(a, "activity:viewers", "watch", OURS, "activities", ""));
    assert_true(may(a, "activity:viewers", "create", OURS, "auditlogqueries", ""));
    assert_true(may(a, "activity:viewers", "get", OURS, "reindexjobs", ""));
    assert_false(may(a, "activity:viewers", "create", OURS, "activitypolicies", ""));
    assert_true(may(a, "activity:editors", "patch", OURS, "activitypolicies", ""));
    assert_false(may(a, "activity:editors", "patch", OURS, "activitypolicies", "status"));
    act_roles_free(a);
}

static char path[] = "/tmp/roles-XXXXXX";

static int open_text(const char *text, act_roles **ret, act_err *e)
{
    *e = ACT_ERR_INIT;
    assert_int_equal(act_file_replace(path, act_str_cstr(text), 0600, NULL), 0);
    return act_roles_new(path, ret, e);
}

static void files_say_who_may_what(void **state)
{
    (void)state;
    act_roles *a = NULL;
    act_err e;
    int fd = mkstemp(path);
    assert_true(fd >= 0 && close(fd) == 0);
    assert_int_equal(
        open_text("roles:\n- users: [alice]\n  rules:\n"
                  "  - apiGroups: ['*']\n    resources: [things/status]\n"
                  "    verbs: [update]\n"
                  "- groups: [ops]\n  rules:\n"
                  "  - nonResourceURLs: [/metrics, /debug/*]\n    verbs: [get]\n",
                  &a, &e),
        0);
    assert_true(may(a, "x", "update", "g", "things", "status"));
    assert_false(may(a, "x", "update", "g", "things", ""));
    assert_false(may(a, "x", "get", "g", "things", "status"));
    assert_true(may_path(a, "ops", "/debug/x") && may_path(a, "ops", "/metrics"));
    assert_false(may_path(a, "ops", "/metrics/x") || may_path(a, "ops", "/"));
    act_roles_free(a);
    assert_int_equal(open_text("rules: []\n", &a, &e), ACT_EPARSE);
    assert_int_equal(open_text("roles:\n- group: [a]\n", &a, &e), ACT_EPARSE);
    assert_non_null(strstr(e.text, "roles[0] has an unknown member \"group\""));
    assert_int_equal(open_text("roles:\n- groups: [a]\n  rules:\n  - verbs: get\n", &a, &e),
                     ACT_EPARSE);
    assert_non_null(strstr(e.text, "roles[0].rules[0]: verbs must be a list of strings"));
    assert_int_equal(open_text("roles: [", &a, &e), ACT_EPARSE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(act_roles_new(path, &a, &e), ACT_ENOTFOUND);
}

#define READERS                                                                            \
    "roles:\n- groups: [%s]\n  rules:\n  - apiGroups: [g]\n    resources: [things]\n"      \
    "    verbs: [get]\n"

static void write_readers(const char *group)
{
    char text[256];
    (void)snprintf(text, sizeof text, READERS, group);
    assert_int_equal(act_file_replace(path, act_str_cstr(text), 0600, NULL), 0);
}

static void files_are_read_again(void **state)
{
    (void)state;
    act_roles *a = NULL;
    act_err e = ACT_ERR_INIT;
    write_readers("old");
    assert_int_equal(act_roles_new(path, &a, &e), 0);
    write_readers("new");
    assert_true(may(a, "old", "get", "g", "things", ""));
    assert_int_equal(act_roles_reload(a, &e), 0);
    assert_true(may(a, "new", "get", "g", "things", ""));
    assert_false(may(a, "old", "get", "g", "things", ""));
    assert_int_equal(act_file_replace(path, ACT_STR("roles: ["), 0600, NULL), 0);
    assert_int_equal(act_roles_reload(a, &e), ACT_EPARSE);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(act_roles_reload(a, &e), ACT_ENOTFOUND);
    assert_true(may(a, "new", "get", "g", "things", ""));
    act_roles_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(defaults_let_in_little),
        cmocka_unit_test(files_say_who_may_what),
        cmocka_unit_test(files_are_read_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
