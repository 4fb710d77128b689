/* ctest: labels=threads timeout=120 */
#include "base/alloc.h"
#include "base/thread.h"
#include "registry/registry_sqlite.h"
#include "unit/pipeline/policy_help.h"

static test_policies t;

static const char good[] = "{metadata: {name: pods}, spec: {resource: {kind: Pod}, "
                           "auditRules: [{name: a, match: 'true', summary: one}]}}";
static const char better[] = "{metadata: {name: pods}, spec: {resource: {kind: Pod}, "
                             "auditRules: [{name: a, match: 'true', summary: two}]}}";
static const char status_too[] =
    "{metadata: {name: pods}, status: {x: 1}, spec: {resource: {kind: Pod}, "
    "auditRules: [{name: a, match: 'true', summary: two}]}}";
static const char bad[] = "{metadata: {name: broken}, spec: {resource: {kind: Pod}, "
                          "auditRules: [{name: a, match: '1 +', summary: one}]}}";

static int setup(void **state)
{
    (void)state;
    policies_start(&t);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    policies_stop(&t);
    return 0;
}

static size_t in_force(void)
{
    act_policy_set *set = act_policy_source_get(t.source);
    size_t n = act_policy_set_count(set);
    (void)act_policy_set_unref(set);
    return n;
}

static uint64_t fingerprint(void)
{
    act_policy_set *set = act_policy_source_get(t.source);
    uint64_t f =
        act_policy_set_fingerprint(set, ACT_RULE_AUDIT, ACT_STR(""), ACT_STR("Pod"));
    (void)act_policy_set_unref(set);
    return f;
}

static void an_empty_registry_has_no_policies(void **state)
{
    (void)state;
    assert_int_equal(in_force(), 0);
    assert_int_equal(fingerprint(), 0);
}

static void it_follows_what_the_registry_holds(void **state)
{
    (void)state;
    policies_put(&t, good);
    policies_settle(&t);
    assert_int_equal(in_force(), 1);
    policies_remove(&t, "pods");
    policies_settle(&t);
    assert_int_equal(in_force(), 0);
    size_t all = policies_put_examples(&t);
    policies_settle(&t);
    assert_true(all > 20);
    assert_int_equal(in_force(), all);
}

static void policies_that_are_not_valid_do_not_work_and_are_counted(void **state)
{
    (void)state;
    policies_put(&t, good);
    policies_put(&t, bad);
    policies_settle(&t);
    assert_int_equal(in_force(), 1);
    const char *const invalid[] = { "state", "invalid", NULL };
    act_gauge *g = act_metrics_gauge(t.log.metrics, "activity_policies", "", invalid);
    assert_soon(act_gauge_value(g) == 1);
}

static void a_snapshot_outlives_the_change_that_replaces_it(void **state)
{
    (void)state;
    policies_put(&t, good);
    policies_settle(&t);
    act_policy_set *old = act_policy_source_get(t.source);
    policies_remove(&t, "pods");
    policies_settle(&t);
    assert_non_null(act_policy_set_find(old, ACT_STR("pods")));
    (void)act_policy_set_unref(old);
}

static void the_fingerprint_is_of_what_policies_say(void **state)
{
    (void)state;
    policies_put(&t, good);
    policies_settle(&t);
    uint64_t first = fingerprint();
    policies_put(&t, better);
    policies_settle(&t);
    uint64_t second = fingerprint();
    assert_true(first != 0 && second != 0 && first != second);
    policies_put(&t, status_too);
    policies_settle(&t);
    assert_true(fingerprint() == second);
    policies_put(&t, good);
    policies_settle(&t);
    assert_true(fingerprint() == first);
}

/* Compaction past the source's revision: it must list anew instead of missing a change. */
static void it_lists_anew_after_a_compaction(void **state)
{
    (void)state;
    for (int i = 0; i < 20; i++) {
        int64_t revision;
        policies_put(&t, i % 2 ? good : better);
        assert_ok(act_registry_revision(t.registry, &revision));
        assert_ok(act_registry_compact(t.registry, revision));
    }
    policies_put(&t, status_too);
    policies_settle(&t);
    assert_int_equal(in_force(), 1);
}

static void starting_survives_no_memory(void **state)
{
    (void)state;
    policies_put(&t, good);
    act_policy_source *s = NULL;
    act_policy_source_options o = { .registry = t.registry, .env = t.env };
    for (size_t n = 0; !s; n++) {
        act_fail_after(n);
        int err = act_policy_source_start(&o, &s);
        act_fail_after(SIZE_MAX);
        assert_true(err ? err == ACT_ENOMEM && !s : s != NULL);
    }
    act_policy_set *set = act_policy_source_get(s);
    assert_int_equal(act_policy_set_count(set), 1);
    (void)act_policy_set_unref(set);
    act_policy_source_free(s);
}

static void *change_policies(void *arg)
{
    (void)arg;
    for (int i = 0; i < 40; i++)
        policies_put(&t, i % 2 ? good : better);
    return NULL;
}

static void readers_and_changes_at_once(void **state)
{
    (void)state;
    pthread_t thread;
    policies_put(&t, good);
    policies_settle(&t);
    assert_ok(act_thread_start(&thread, "changes", change_policies, NULL));
    for (int i = 0; i < 20000; i++)
        assert_int_equal(in_force(), 1);
    (void)pthread_join(thread, NULL);
    policies_settle(&t);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(an_empty_registry_has_no_policies),
        TEST(it_follows_what_the_registry_holds),
        TEST(policies_that_are_not_valid_do_not_work_and_are_counted),
        TEST(a_snapshot_outlives_the_change_that_replaces_it),
        TEST(the_fingerprint_is_of_what_policies_say),
        TEST(it_lists_anew_after_a_compaction),
        TEST(starting_survives_no_memory),
        TEST(readers_and_changes_at_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
