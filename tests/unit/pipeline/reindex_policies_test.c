/* ctest: labels=threads timeout=60 */
/* Which policies a reindexing goes by, and what of the past it may remove. */
#include "pipeline/reindex_policies.h"

#include "base/json_build.h"
#include "unit/pipeline/policy_help.h"

#define POLICY(name, group, kind, status)                                                  \
    "{metadata: {name: " name ", generation: 2, labels: {team: " group "x}}, spec: "       \
    "{resource: {apiGroup: \"" group "\", kind: " kind "}, auditRules: [{name: a, match: " \
    "\"true\", summary: \"s\"}]}, status: {conditions: [{type: Ready, status: \"" status   \
    "\", observedGeneration: 2}]}}"

static test_policies t;

static int setup(void **state)
{
    (void)state;
    policies_start(&t);
    policies_put(&t, POLICY("deployments", "apps", "Deployment", "True"));
    policies_put(&t, POLICY("pods", "", "Pod", "True"));
    policies_put(&t, POLICY("pods-too", "", "Pod", "False"));
    policies_put(&t, POLICY("services", "", "Service", "True"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    policies_stop(&t);
    return 0;
}

static int read_by(act_reindex_selector selector, act_reindex_policies **ret, act_err *e)
{
    *e = ACT_ERR_INIT;
    const act_reindex_policies_options o = { .registry = t.registry,
                                             .env = t.env,
                                             .selector = selector };
    return act_reindex_policies_read(&o, ret, e);
}

static const act_json *list_of(const char *a, const char *b)
{
    static act_json lists[2];
    act_json empty = act_json_of_array();
    assert_ok(act_json_insert(t.log.arena, &empty, 0, act_json_of_cstr(a), &lists[0]));
    if (!b)
        return &lists[0];
    assert_ok(act_json_insert(t.log.arena, &lists[0], 1, act_json_of_cstr(b), &lists[1]));
    return &lists[1];
}

static bool may_remove(const act_reindex_policies *p, const char *group, const char *kind)
{
    return act_reindex_policies_may_remove(p, act_str_cstr(group), act_str_cstr(kind));
}

static void all_are_those_in_force(void **state)
{
    act_reindex_policies *p;
    act_err e;
    size_t n;
    (void)state;
    assert_ok(read_by((act_reindex_selector){ 0 }, &p, &e));
    assert_true(act_reindex_policies_are_all(p));
    assert_int_equal(act_policy_set_count(act_reindex_policies_set(p)), 3);
    assert_true(act_str_eq_cstr(act_reindex_policies_unused(p), "pods-too"));
    (void)act_reindex_policies_kinds(p, &n);
    assert_int_equal(n, 3);
    /* Also of kinds that no policy is about; not of those that one is about that is not
     * in force. */
    assert_true(may_remove(p, "apps", "Deployment"));
    assert_true(may_remove(p, "example.org", "Widget"));
    assert_false(may_remove(p, "", "Pod"));
    act_reindex_policies_free(p);
}

static void some_are_those_asked_for(void **state)
{
    act_reindex_policies *p;
    act_err e;
    size_t n;
    (void)state;
    assert_ok(
        read_by((act_reindex_selector){ .names = list_of("services", NULL) }, &p, &e));
    const act_policy_set *set = act_reindex_policies_set(p);
    assert_int_equal(act_policy_set_count(set), 3); /* the others speak, too */
    assert_true(
        act_reindex_policies_select(p, act_policy_set_find(set, ACT_STR("services"))));
    assert_false(act_reindex_policies_select(p, act_policy_set_find(set, ACT_STR("pods"))));
    assert_false(act_reindex_policies_are_all(p));
    assert_int_equal(act_reindex_policies_unused(p).len, 0);
    const act_reindex_kind *kinds = act_reindex_policies_kinds(p, &n);
    assert_int_equal(n, 1);
    assert_true(act_str_eq_cstr(kinds[0].kind, "Service"));
    assert_true(may_remove(p, "", "Service"));
    assert_false(may_remove(p, "apps", "Deployment"));
    assert_false(may_remove(p, "example.org", "Widget"));
    act_reindex_policies_free(p);
    /* By label. */
    act_json none = act_json_of_object(), labels;
    assert_ok(act_json_with(t.log.arena, &none, ACT_STR("team"), act_json_of_cstr("appsx"),
                            &labels));
    assert_ok(read_by((act_reindex_selector){ .labels = &labels }, &p, &e));
    kinds = act_reindex_policies_kinds(p, &n);
    assert_int_equal(n, 1);
    assert_true(act_str_eq_cstr(kinds[0].group, "apps"));
    act_reindex_policies_free(p);
}

/* G12 */
static void what_is_not_there_is_named(void **state)
{
    act_reindex_policies *p = NULL;
    act_err e;
    (void)state;
    assert_int_equal(
        read_by((act_reindex_selector){ .names = list_of("pods", "pots") }, &p, &e),
        ACT_EINVAL);
    assert_string_equal(e.text, "there is no ActivityPolicy pots");
    assert_int_equal(
        read_by((act_reindex_selector){ .names = list_of("pods-too", NULL) }, &p, &e),
        ACT_EINVAL);
    assert_string_equal(e.text, "none of these ActivityPolicies is Ready: pods-too");
    assert_null(p);
}

/* A condition of an older generation says nothing of this one. */
static void a_policy_must_be_judged_as_it_is(void **state)
{
    act_reindex_policies *p = NULL;
    act_err e = ACT_ERR_INIT;
    (void)state;
    policies_put(&t, "{metadata: {name: services, generation: 3}, spec: {resource: {kind: "
                     "Service}, auditRules: []}, status: {conditions: [{type: Ready, "
                     "status: \"True\", observedGeneration: 2}]}}");
    act_reindex_policies_options o = { .registry = t.registry,
                                       .env = t.env,
                                       .selector = { .names = list_of("services", NULL) },
                                       .patient = true };
    assert_int_equal(act_reindex_policies_read(&o, &p, &e), ACT_EAGAIN);
    o.patient = false;
    assert_int_equal(act_reindex_policies_read(&o, &p, &e), ACT_EINVAL);
    assert_null(p);
}

static void policies_of_then_are_found(void **state)
{
    act_reindex_policies *p;
    act_err e;
    (void)state;
    assert_ok(read_by((act_reindex_selector){ 0 }, &p, &e));
    act_reindex_policies_options o = { .registry = t.registry,
                                       .env = t.env,
                                       .revision = act_reindex_policies_revision(p) };
    act_reindex_policies_free(p);
    policies_remove(&t, "services");
    assert_ok(act_reindex_policies_read(&o, &p, &e));
    assert_non_null(act_policy_set_find(act_reindex_policies_set(p), ACT_STR("services")));
    act_reindex_policies_free(p);
    assert_ok(act_registry_compact(t.registry, o.revision + 1));
    assert_int_equal(act_reindex_policies_read(&o, &p, &e), ACT_EGONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(all_are_those_in_force),     TEST(some_are_those_asked_for),
        TEST(what_is_not_there_is_named), TEST(a_policy_must_be_judged_as_it_is),
        TEST(policies_of_then_are_found),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
