/* Who did it. */
#include "core/actor.h"

#include "support.h"

static void audit_users_are_told_apart(void **state)
{
    (void)state;
    const struct {
        const char *user;
        const char *type, *name, *uid, *email, *ref_type, *ref_name;
        bool human;
    } cases[] = {
        { "{\"username\":\"alice@example.com\",\"uid\":\"u1\"}", "user",
          "alice@example.com", "u1", "alice@example.com", "user", "alice@example.com",
          true },
        { "{\"username\":\"admin\"}", "user", "admin", "", "", "user", "admin", true },
        { "{\"username\":\"system:serviceaccount:kube-system:job-controller\"}", "system",
          "serviceaccount:kube-system:job-controller", "", "", "serviceaccount",
          "system:serviceaccount:kube-system:job-controller", false },
        { "{\"username\":\"system:apiserver\"}", "system", "apiserver", "", "", "system",
          "system:apiserver", false },
        { "{\"username\":\"system:\"}", "system", "unknown", "", "", "system",
          "system:", false },
        { "{\"username\":\"system:node@x\"}", "system", "node@x", "", "", "system",
          "system:node@x", false },
        { "{\"username\":\"System:x\"}", "user", "System:x", "", "", "user", "System:x",
          true },
        { "{\"username\":\"\"}", "user", "unknown", "", "", "unknown", "", true },
        { "{}", "user", "unknown", "", "", "unknown", "", true },
        { "null", "user", "unknown", "", "", "unknown", "", true },
        { "{\"username\":7}", "user", "unknown", "", "", "unknown", "", true },
    };
    ACT_AUTO(act_arena) a = test_arena();
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_actor got = act_actor_of_audit(test_json(a, cases[i].user));
        assert_str(got.type, cases[i].type);
        assert_str(got.name, cases[i].name);
        assert_str(got.uid, cases[i].uid);
        assert_str(got.email, cases[i].email);
        assert_str(got.ref_type, cases[i].ref_type);
        assert_str(got.ref_name, cases[i].ref_name);
        assert_int_equal(got.human, cases[i].human);
        assert_str(act_actor_change_source(&got), cases[i].human ? "human" : "system");
    }
    assert_str(act_actor_of_audit(NULL).name, "unknown");
}

static void events_are_reported_by_controllers(void **state)
{
    (void)state;
    act_actor got = act_actor_of_event(ACT_STR("sched"), ACT_STR("old"));
    assert_str(got.name, "sched");
    assert_str(got.type, "controller");
    assert_str(got.ref_type, "controller");
    assert_false(got.human);
    assert_str(act_actor_of_event(ACT_STR(""), ACT_STR("old")).name, "old");
    got = act_actor_of_event(ACT_STR(""), ACT_STR(""));
    assert_str(got.name, "unknown");
    assert_str(got.ref_name, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(audit_users_are_told_apart),
        cmocka_unit_test(events_are_reported_by_controllers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
