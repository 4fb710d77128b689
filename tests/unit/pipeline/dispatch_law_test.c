/* Leaving out rules by the verb or reason of a record changes nothing of what it becomes: a
 * trial, which leaves out none, comes to the same activity, or the same failures. */
#include "unit/pipeline/example_records.h"

#include "base/clock.h"
#include "base/json_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

enum { RULES = 12, RANDOM_POLICIES = 60, DEPTH = 3 };

static examples all;
static act_rule_env *env;
static act_translator *live, *complete;
static size_t asked, activities, failures;
static uint64_t random_state = 1;

static int open_all(void **state)
{
    (void)state;
    examples_read(&all);
    assert_int_equal(act_rule_env_new(&env), ACT_OK);
    assert_int_equal(act_translator_new(env, &live), ACT_OK);
    assert_int_equal(act_translator_new(env, &complete), ACT_OK);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    act_translator_free(live);
    act_translator_free(complete);
    act_rule_env_free(env);
    examples_free(&all);
    return 0;
}

static void assert_same(const act_translation *a, const act_translation *b,
                        const example_record *record)
{
    bool same = a->outcome == b->outcome && a->skip == b->skip &&
                act_str_eq(a->json, b->json) && a->n_failures == b->n_failures;
    for (size_t i = 0; same && i < a->n_failures; i++)
        same = a->failures[i].rule == b->failures[i].rule &&
               act_str_eq(a->failures[i].error, b->failures[i].error);
    if (!same)
        fail_msg("outcomes %d and %d of %.*s", a->outcome, b->outcome,
                 ACT_STR_ARG(record->text));
}

/* The policy on all records, whatever it is about. */
static void check_policy(const act_policy *policy)
{
    static act_rule_cost costs[ACT_RULE_KINDS][ACT_POLICY_RULES_MAX];
    act_trial trial = { .policy = policy,
                        .clock = act_clock_system(),
                        .costs = { costs[0], costs[1] } };
    for (size_t i = 0; i < all.n_records; i++) {
        const example_record *r = &all.records[i];
        act_translation a, b;
        assert_int_equal(
            act_translate_by(live, policy, r->kind, r->text, EXAMPLE_PADDING, &a), ACT_OK);
        assert_int_equal(
            act_translate_trial(complete, &trial, r->kind, r->text, EXAMPLE_PADDING, &b),
            ACT_OK);
        assert_same(&a, &b, r);
        asked++;
        activities += a.outcome == ACT_OUTCOME_ACTIVITY;
        failures += a.n_failures;
    }
}

static act_policy *compile(const act_json *object)
{
    act_problems problems = act_problems_in(all.arena);
    act_policy *policy = NULL;
    if (act_policy_new(env, NULL, object, "spec", &problems, &policy))
        fail_msg("%.*s", ACT_STR_ARG(problems.first->detail));
    return policy;
}

static void examples_come_to_the_same(void **state)
{
    (void)state;
    activities = 0;
    for (size_t i = 0; i < all.n_policies; i++) {
        ACT_AUTO(act_policy) policy = compile(all.policies[i]);
        check_policy(policy);
    }
    assert_true(activities > 1000);
}

/* ---- drawn rules --------------------------------------------------------------------- */

static uint32_t draw(uint32_t n)
{
    random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
    return (uint32_t)(random_state >> 33) % n;
}

/* Conditions on the key, others, and some that fail. */
static void write_match(enum act_rule_kind kind, unsigned depth, act_buf *out)
{
    static const char *const atoms[ACT_RULE_KINDS][12] = {
        { "audit.verb == 'create'", "'delete' == audit.verb",
          "audit.verb in ['list', 'watch']", "audit.verb in ['get', 'patch', 'update']",
          "audit.verb != 'get'", "audit['verb'] == 'get'", "has(audit.objectRef.name)",
          "audit.user.username.startsWith('system:')", "audit.nothing == 'x'",
          "1 / (size(actor) - size(actor)) == 1", "audit.responseStatus.code < 300",
          "audit.verb + 1 == 2" },
        { "event.reason == 'Scheduled'", "'Pulled' == event.reason",
          "event.reason in ['Created', 'Started']", "event.reason in ['Killing']",
          "event.reason != 'Pulled'", "event['reason'] == 'Started'",
          "has(event.regarding.name)", "event.type == 'Normal'", "event.nothing == 'x'",
          "1 / (size(actor) - size(actor)) == 1", "event.note.contains('o')",
          "event.reason + 1 == 2" },
    };
    uint32_t form = depth ? draw(8) : 7;
    if (form >= 6) {
        act_buf_add(out, act_str_cstr(atoms[kind][draw(ACT_COUNT(atoms[kind]))]));
        return;
    }
    act_buf_add(out, form == 5 ? ACT_STR("!(") : ACT_STR("("));
    write_match(kind, depth - 1, out);
    if (form < 5) {
        act_buf_add(out, form < 3 ? ACT_STR(" && ") : ACT_STR(" || "));
        write_match(kind, depth - 1, out);
    }
    act_buf_add_byte(out, ')');
}

static void write_rules(enum act_rule_kind kind, const char *list, act_json_writer *w)
{
    act_jw_key(w, act_str_cstr(list));
    act_jw_array(w);
    for (int i = 0; i < RULES; i++) {
        char name[16];
        act_buf match = ACT_BUF_INIT;
        (void)snprintf(name, sizeof name, "r%d", i);
        write_match(kind, DEPTH, &match);
        act_jw_object(w);
        act_jw_kv_string(w, "name", act_str_cstr(name));
        act_jw_kv_string(w, "match", act_buf_str(&match));
        act_jw_kv_string(w, "summary", act_str_cstr(name));
        act_jw_object_end(w);
        act_buf_done(&match);
    }
    act_jw_array_end(w);
}

static const act_json *draw_policy(act_json_parser *parser)
{
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    const act_json *object = NULL;
    act_str kept;
    act_jw_object(&w);
    act_jw_kv_raw(&w, "metadata", ACT_STR("{\"name\":\"drawn\"}"));
    act_jw_key(&w, ACT_STR("spec"));
    act_jw_object(&w);
    act_jw_kv_raw(&w, "resource", ACT_STR("{\"kind\":\"Thing\"}"));
    write_rules(ACT_RULE_AUDIT, "auditRules", &w);
    write_rules(ACT_RULE_EVENT, "eventRules", &w);
    act_jw_object_end(&w);
    act_jw_object_end(&w);
    assert_int_equal(act_arena_str(all.arena, act_buf_str(&text), &kept), ACT_OK);
    assert_int_equal(act_json_parse(parser, all.arena, kept, 0, &object, NULL), ACT_OK);
    act_buf_done(&text);
    return object;
}

static void drawn_rules_come_to_the_same(void **state)
{
    act_json_parser *parser;
    (void)state;
    asked = activities = failures = 0;
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &parser), ACT_OK);
    for (int i = 0; i < RANDOM_POLICIES; i++) {
        ACT_AUTO(act_policy) policy = compile(draw_policy(parser));
        check_policy(policy);
    }
    act_json_parser_free(parser);
    assert_true(activities > asked / 10 && failures > asked / 100); /* it meets both */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_come_to_the_same),
        cmocka_unit_test(drawn_rules_come_to_the_same),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
