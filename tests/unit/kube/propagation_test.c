/* What becomes of dependents: what clients say, and the finalizers that ask for it. */
#include "kube/propagation.h"

#include "base/alloc.h"
#include "support.h"

static int read_with(const char *options, const char *query, size_t *ret_problems)
{
    act_url_param *params;
    size_t n;
    enum act_propagation p = ACT_PROPAGATION_UNSAID;
    act_problems problems = act_problems_in(test_arena);
    assert_int_equal(act_url_query(test_arena, act_str_cstr(query), &params, &n), 0);
    int r =
        act_propagation_read(options ? json_of(options) : NULL, params, n, &problems, &p);
    *ret_problems = problems.count;
    return r ? r : (int)p;
}

static void options_say_it_in_body_or_query(void **state)
{
    (void)state;
    static const struct {
        const char *options, *query;
        int wanted;
    } cases[] = {
        { NULL, "", ACT_PROPAGATION_UNSAID },
        { "{}", "", ACT_PROPAGATION_UNSAID },
        { "{'propagationPolicy':'Foreground'}", "", ACT_PROPAGATION_FOREGROUND },
        { "{'propagationPolicy':'Background'}", "", ACT_PROPAGATION_BACKGROUND },
        { "{'propagationPolicy':'Orphan'}", "", ACT_PROPAGATION_ORPHAN },
        { "{'orphanDependents':true}", "", ACT_PROPAGATION_ORPHAN },
        { "{'orphanDependents':false}", "", ACT_PROPAGATION_BACKGROUND },
        { NULL, "propagationPolicy=Orphan", ACT_PROPAGATION_ORPHAN },
        { NULL, "orphanDependents=true", ACT_PROPAGATION_ORPHAN },
        { "{}", "propagationPolicy=Orphan", ACT_PROPAGATION_UNSAID }, /* the body counts */
        { "{'propagationPolicy':'foreground'}", "", ACT_EINVAL },
        { "{'propagationPolicy':'Orphan','orphanDependents':true}", "", ACT_EINVAL },
        { NULL, "propagationPolicy=Never", ACT_EINVAL },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        size_t problems;
        int got = read_with(cases[i].options, cases[i].query, &problems);
        if (got != cases[i].wanted)
            fail_msg("case %zu: %d", i, got);
        assert_int_equal(problems, got == ACT_EINVAL);
    }
}

static void finalizers_ask_the_collector(void **state)
{
    (void)state;
    static const enum act_propagation all[] = {
        ['U'] = ACT_PROPAGATION_UNSAID,
        ['B'] = ACT_PROPAGATION_BACKGROUND,
        ['F'] = ACT_PROPAGATION_FOREGROUND,
        ['O'] = ACT_PROPAGATION_ORPHAN,
    };
    static const struct {
        const char *before;
        char p;
        const char *after; /* NULL: the same object */
    } cases[] = {
        { "[]", 'U', NULL },
        { "[]", 'B', NULL },
        { "[]", 'F', "['foregroundDeletion']" },
        { "[]", 'O', "['orphan']" },
        { "['x/y']", 'B', NULL },
        { "['x/y']", 'F', "['x/y','foregroundDeletion']" },
        { "['orphan']", 'U', NULL },
        { "['orphan','x/y']", 'B', "['x/y']" },
        { "['orphan']", 'F', "['foregroundDeletion']" },
        { "['foregroundDeletion']", 'U', NULL },
        { "['foregroundDeletion']", 'F', NULL },
        { "['foregroundDeletion']", 'O', "['orphan']" },
        { "['foregroundDeletion']", 'B', "[]" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "{'metadata':{'finalizers':%s}}",
                       cases[i].before);
        const act_json *object = json_of(text), *after = NULL;
        assert_int_equal(
            act_propagation_ask(test_arena, object, all[(int)cases[i].p], &after), 0);
        if (!cases[i].after) {
            assert_ptr_equal(after, object);
            continue;
        }
        const act_json *meta = act_json_get(after, ACT_STR("metadata"));
        assert_string_equal(text_of(act_json_get(meta, ACT_STR("finalizers"))),
                            cases[i].after);
    }
    const act_json *bare = json_of("{}"), *after = NULL;
    assert_int_equal(
        act_propagation_ask(test_arena, bare, ACT_PROPAGATION_FOREGROUND, &after), 0);
    assert_string_equal(text_of(after),
                        "{'metadata':{'finalizers':['foregroundDeletion']}}");
}

static void want_of_memory_changes_nothing(void **state)
{
    (void)state;
    const act_json *object = json_of("{'metadata':{'finalizers':['x/y']}}"), *after = NULL;
    for (size_t n = 0;; n++) {
        act_fail_after(n);
        int r = act_propagation_ask(test_arena, object, ACT_PROPAGATION_ORPHAN, &after);
        act_fail_after(SIZE_MAX);
        if (!r)
            break;
        assert_int_equal(r, ACT_ENOMEM);
        assert_null(after);
    }
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, test_arena_setup, test_arena_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(options_say_it_in_body_or_query),
        TEST(finalizers_ask_the_collector),
        TEST(want_of_memory_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
