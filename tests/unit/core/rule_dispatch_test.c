/* The dispatch of rules: what each rule asks of the verb, and that leaving rules out
 * changes nothing of what a record becomes. */
#include "core/rule_dispatch.h"
#include "unit/core/support.h"

static act_rule_env *env;
static act_arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = test_arena();
    return act_rule_env_new(&env);
}

static int teardown(void **state)
{
    (void)state;
    act_rule_env_free(env);
    act_arena_free(arena);
    return 0;
}

static const act_rule_dispatch *dispatch_of(enum act_rule_kind kind,
                                            const char *const *sources, size_t n)
{
    act_str texts[ACT_DISPATCH_RULES_MAX];
    const act_rule_dispatch *d = NULL;
    for (size_t i = 0; i < n; i++)
        texts[i] = act_str_cstr(sources[i]);
    assert_int_equal(act_rule_dispatch_new(env, kind, texts, n, arena, &d), ACT_OK);
    return d;
}

/* Of some texts those with which a rule is asked, "-" for none of them. */
static void check(enum act_rule_kind kind, const char *source, const char *want)
{
    static const char *const texts[] = { "a", "b", "c", "" };
    const act_rule_dispatch *d = dispatch_of(kind, &source, 1);
    char got[16] = "";
    size_t n = 0;
    for (size_t i = 0; i < ACT_COUNT(texts); i++)
        if (act_rule_bits_has(act_rule_dispatch_find(d, act_str_cstr(texts[i])), 0))
            got[n++] = *texts[i] ? *texts[i] : '0';
    if (strcmp(*got ? got : "-", want) != 0)
        fail_msg("%s: asked with %s, not %s", source, got, want);
    assert_true(act_rule_bits_has(act_rule_dispatch_find(d, (act_str){ 0 }), 0));
}

static void conditions_are_read_off_the_expression(void **state)
{
    static const struct {
        const char *source, *want;
    } cases[] = {
        { "audit.verb == 'a'", "a" },
        { "'a' == audit.verb", "a" },
        { "audit['verb'] == 'a'", "a" },
        { "audit.verb == ''", "0" },
        { "audit.verb in ['a', 'b']", "ab" },
        { "audit.verb in []", "-" },
        { "audit.verb == 1", "-" },
        { "audit.verb in [dyn('a')]", "abc0" }, /* a call, no constant */
        { "audit.verb == 'a' && has(audit.objectRef.name)", "a" },
        { "has(audit.objectRef.name) && audit.verb == 'a'", "a" },
        { "actor == 'x' && kind == 'y' && audit.verb in ['b', 'c'] && actor != ''", "bc" },
        { "audit.verb in ['a', 'b'] && audit.verb in ['b', 'c']", "b" },
        { "audit.verb == 'a' && audit.verb == 'b'", "-" },
        { "audit.verb == 'a' || audit.verb == 'b'", "ab" },
        { "(audit.verb == 'a' && actor == 'x') || (actor == 'y' && audit.verb == 'b')",
          "ab" },
        { "(audit.verb == 'a' || audit.verb == 'b') && audit.verb != 'a'", "ab" },
        /* nothing is known of these */
        { "audit.verb == 'a' || actor == 'x'", "abc0" },
        { "audit.verb != 'a'", "abc0" },
        { "!(audit.verb == 'a')", "abc0" },
        { "audit.verb == actor", "abc0" },
        { "audit.verb in audit.user.groups", "abc0" },
        { "audit.verb in {'a': 1}", "abc0" },
        { "audit.verb in [actor]", "abc0" },
        { "audit.verb in [?optional.none()]", "abc0" },
        { "audit.verb.startsWith('a')", "abc0" },
        { "audit.verb < 'b'", "abc0" },
        { "has(audit.verb)", "abc0" },
        { "audit.?verb == optional.of('a')", "abc0" },
        { "audit.objectRef.verb == 'a'", "abc0" },
        { "audit.user['verb'] == 'a'", "abc0" },
        { "actorRef.verb == 'a'", "abc0" },
        { "[{'verb': 'b'}].exists(audit, audit.verb == 'a')", "abc0" },
        { "cel.bind(audit, {'verb': 'b'}, audit.verb == 'a')", "abc0" },
        { "audit.verb == 'a' ? true : actor == 'x'", "abc0" },
        { "true", "abc0" },
        { "audit.verb in ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'd', 'e', 'f', "
          "'g',"
          " 'h', 'i', 'j']",
          "abc0" }, /* more than are kept */
    };
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        check(ACT_RULE_AUDIT, cases[i].source, cases[i].want);
    check(ACT_RULE_EVENT, "event.reason == 'a'", "a");
    check(ACT_RULE_EVENT, "event.reason in ['a', 'b'] && event.type == 'Normal'", "ab");
    check(ACT_RULE_EVENT, "event.type == 'a'", "abc0");
    check(ACT_RULE_EVENT, "event.verb == 'a'", "abc0");
}

static void rules_keep_their_places(void **state)
{
    enum { N = 100 };
    static char texts[N][64];
    const char *sources[N];
    (void)state;
    for (size_t i = 0; i < N; i++) { /* every third asks for anything */
        (void)snprintf(texts[i], sizeof texts[i],
                       i % 3 == 0 ? "actor == 'x%zu'" : "audit.verb == 'v%zu'", i % 7);
        sources[i] = texts[i];
    }
    const act_rule_dispatch *d = dispatch_of(ACT_RULE_AUDIT, sources, N);
    for (size_t verb = 0; verb < 8; verb++) { /* v7: of no rule */
        char text[8];
        (void)snprintf(text, sizeof text, "v%zu", verb);
        act_rule_bits bits = act_rule_dispatch_find(d, act_str_cstr(text));
        act_rule_bits all = act_rule_dispatch_find(d, (act_str){ 0 });
        for (size_t i = 0; i < ACT_DISPATCH_RULES_MAX; i++) {
            assert_int_equal(act_rule_bits_has(all, i), i < N);
            assert_int_equal(act_rule_bits_has(bits, i),
                             i < N && (i % 3 == 0 || i % 7 == verb));
        }
    }
}

static void no_rules_is_fine(void **state)
{
    (void)state;
    const act_rule_dispatch *d = dispatch_of(ACT_RULE_EVENT, NULL, 0);
    assert_false(act_rule_bits_has(act_rule_dispatch_find(d, ACT_STR("x")), 0));
    assert_false(act_rule_bits_has(act_rule_dispatch_find(d, (act_str){ 0 }), 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(conditions_are_read_off_the_expression),
        cmocka_unit_test(rules_keep_their_places),
        cmocka_unit_test(no_rules_is_fine),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
