/* Translating asks nothing of the heap once a translator is warm: all example policies over
 * all records of tests/data. */
#include "heap_count.h"

#include "unit/pipeline/example_records.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static examples all;
static act_rule_env *env;
static act_policy_set *set;

static int open_all(void **state)
{
    size_t invalid = 0;
    (void)state;
    examples_read(&all);
    assert_int_equal(act_rule_env_new(&env), ACT_OK);
    assert_int_equal(
        act_policy_set_new(env, all.policies, all.n_policies, 1, &set, &invalid), ACT_OK);
    assert_int_equal(invalid, 0);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    (void)act_policy_set_unref(set);
    act_rule_env_free(env);
    examples_free(&all);
    return 0;
}

/* Activities made of all records. */
static size_t translate_all(act_translator *t)
{
    size_t activities = 0;
    for (size_t i = 0; i < all.n_records; i++) {
        act_translation r;
        if (act_translate(t, set, all.records[i].kind, all.records[i].text, EXAMPLE_PADDING,
                          &r))
            abort();
        activities += r.outcome == ACT_OUTCOME_ACTIVITY;
    }
    return activities;
}

/* Each policy's rules on each record, whatever it is about: most evaluations of all. */
static void evaluate_all(act_translator *t)
{
    static const char *const groups[] = { "apps", "", "batch", "rbac.authorization.k8s.io",
                                          "networking.k8s.io" };
    static const char *const kinds[] = { "deployments", "pods", "jobs", "roles",
                                         "ingresses" };
    for (size_t g = 0; g < ACT_COUNT(groups); g++) {
        size_t n;
        const act_policy *const *policies = act_policy_set_lookup(
            set, ACT_RULE_AUDIT, act_str_cstr(groups[g]), act_str_cstr(kinds[g]), &n);
        if (n == 0)
            abort();
        for (size_t p = 0; p < n; p++)
            for (size_t i = 0; i < all.n_records; i++) {
                act_translation r;
                if (act_translate_by(t, policies[p], all.records[i].kind,
                                     all.records[i].text, EXAMPLE_PADDING, &r))
                    abort();
            }
    }
}

static void a_warm_translator_allocates_nothing(void **state)
{
    (void)state;
    ACT_AUTO(act_translator) t = NULL;
    assert_int_equal(act_translator_new(env, &t), ACT_OK);
    size_t activities = translate_all(t);
    assert_true(activities > 50);
    evaluate_all(t);
    assert_int_equal(translate_all(t), activities);
    size_t allocations = atomic_load(&heap_allocations), frees = atomic_load(&heap_frees);
    (void)translate_all(t);
    evaluate_all(t);
    allocations = atomic_load(&heap_allocations) - allocations;
    frees = atomic_load(&heap_frees) - frees;
    if (HEAP_COUNTS) {
        assert_int_equal(allocations, 0);
        assert_int_equal(frees, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_warm_translator_allocates_nothing),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
