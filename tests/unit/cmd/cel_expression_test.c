/* Expressions of a person: each use has its variables and its answers, what is wrong has a
 * place, and running out of memory is an error like any other. */
#include "cmd/cel_expression.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static const char AUDIT[] =
    "{\"kind\":\"Event\",\"apiVersion\":\"audit.k8s.io/v1\",\"auditID\":\"a\","
    "\"stage\":\"ResponseComplete\",\"verb\":\"delete\",\"user\":{\"username\":\"ann@x.y\"}"
    ","
    "\"objectRef\":{\"resource\":\"pods\",\"name\":\"p\"},\"responseStatus\":{\"code\":200}"
    ","
    "\"requestReceivedTimestamp\":\"2024-01-01T00:00:00Z\"}";
static const char EVENT[] =
    "{\"kind\":\"Event\",\"apiVersion\":\"events.k8s.io/v1\",\"metadata\":{\"name\":\"e\","
    "\"namespace\":\"n\",\"uid\":\"u\"},\"eventTime\":\"2024-01-01T00:00:00.000000Z\","
    "\"reason\":\"Killing\",\"reportingController\":\"kubelet\","
    "\"regarding\":{\"kind\":\"Pod\",\"name\":\"p\"}}";
static const char ACTIVITY[] =
    "{\"kind\":\"Activity\",\"spec\":{\"actor\":{\"type\":\"user\"}}}";

typedef struct {
    act_json_parser *parser;
    act_arena *arena;
    act_buf out, errors;
} fixture;

static int open_fixture(void **state)
{
    static fixture f;
    f = (fixture){ .out = ACT_BUF_INIT, .errors = ACT_BUF_INIT };
    *state = &f;
    return act_json_parser_new((act_json_limits){ 0 }, &f.parser) ||
           act_arena_new(1 << 20, 0, &f.arena);
}

static int close_fixture(void **state)
{
    fixture *f = *state;
    act_json_parser_free(f->parser);
    act_arena_free(f->arena);
    act_buf_done(&f->out);
    act_buf_done(&f->errors);
    return 0;
}

static const act_json *parse(fixture *f, const char *text)
{
    const act_json *v = NULL;
    assert_int_equal(act_json_parse(f->parser, f->arena, act_str_cstr(text), 0, &v, NULL),
                     0);
    return v;
}

/* Compile and evaluate; what comes out is in f->out and f->errors. */
static int evaluate(fixture *f, enum act_cel_use use, const char *text,
                    const act_json *record)
{
    ACT_AUTO(act_cel_expression) x = NULL;
    act_buf_clear(&f->out);
    act_buf_clear(&f->errors);
    int err = act_cel_expression_new(use, act_str_cstr(text), &f->errors, &x);
    return err ? err : act_cel_expression_eval(x, record, &f->out, &f->errors);
}

static void assert_text(act_buf *got, const char *want)
{
    if (!act_str_eq_cstr(act_buf_str(got), want))
        fail_msg("got \"%.*s\", want \"%s\"", ACT_STR_ARG(act_buf_str(got)), want);
}

static void every_use_has_its_variables(void **state)
{
    fixture *f = *state;
    const struct {
        const char *name, *text, *record, *want;
    } cases[] = {
        { "audit", "[audit.verb, actor, actorRef.type, kind]", AUDIT,
          "[\"delete\",\"ann@x.y\",\"user\",\"pods\"]" },
        { "audit", "has(audit.requestObject.spec)", AUDIT, "false" },
        { "audit", "link(actor, actorRef)", AUDIT, "\"ann@x.y\"" },
        { "event", "[event.reason, actor, actorRef.type]", EVENT,
          "[\"Killing\",\"kubelet\",\"controller\"]" },
        { "audit-filter", "verb == 'delete' && responseStatus.code == 200", AUDIT, "true" },
        { "audit-filter", "has(objectRef.namespace)", AUDIT, "false" },
        { "event-filter", "reason in ['Killing', 'Killed']", EVENT, "true" },
        { "activity-filter", "spec.actor.type == 'user'", ACTIVITY, "true" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        enum act_cel_use use;
        assert_true(act_cel_use_find(cases[i].name, &use));
        assert_int_equal(evaluate(f, use, cases[i].text, parse(f, cases[i].record)), 0);
        assert_text(&f->out, cases[i].want);
        assert_text(&f->errors, "");
    }
    enum act_cel_use use;
    assert_false(act_cel_use_find("auditfilter", &use));
}

static void expressions_tell_their_type_and_need(void **state)
{
    fixture *f = *state;
    ACT_AUTO(act_cel_expression) one = NULL;
    ACT_AUTO(act_cel_expression) reads = NULL;
    assert_int_equal(
        act_cel_expression_new(ACT_CEL_AUDIT, ACT_STR("1 + 1"), &f->errors, &one), 0);
    assert_string_equal(act_cel_expression_type(one), "int");
    assert_false(act_cel_expression_reads_record(one));
    assert_int_equal(
        act_cel_expression_new(ACT_CEL_AUDIT, ACT_STR("actorRef"), &f->errors, &reads), 0);
    assert_string_equal(act_cel_expression_type(reads), "map(string, dyn)");
    assert_true(act_cel_expression_reads_record(reads));
}

static void what_is_wrong_has_a_place(void **state)
{
    fixture *f = *state;
    assert_int_equal(evaluate(f, ACT_CEL_AUDIT, "true &&\n  nope", NULL), ACT_EINVAL);
    assert_text(&f->errors, "2:3: undeclared reference to 'nope' (in container '')\n"
                            " |   nope\n | ..^\n");
    assert_int_equal(evaluate(f, ACT_CEL_EVENT_FILTER, "reason == 1", NULL), ACT_EINVAL);
    assert_non_null(strstr(f->errors.ptr, "\n | reason == 1\n | .......^\n"));
    assert_int_equal(evaluate(f, ACT_CEL_AUDIT, "audit.nope", parse(f, AUDIT)), ACT_EEVAL);
    assert_text(&f->errors, "1:6: no such key: nope\n | audit.nope\n | .....^\n");
    assert_text(&f->out, "");
    assert_int_equal(evaluate(f, ACT_CEL_AUDIT, "type(1)", NULL), ACT_EUNSUPPORTED);
    assert_int_equal(evaluate(f, ACT_CEL_AUDIT, "[{'a': {'b': [int]}}]", NULL),
                     ACT_EUNSUPPORTED);
    assert_text(&f->out, "");
    assert_int_equal(evaluate(f, ACT_CEL_AUDIT, "audit", parse(f, "{\"verb\":1}")),
                     ACT_ETYPE);
    assert_non_null(strstr(f->errors.ptr, "verb"));
}

static void any_allocation_may_fail(void **state)
{
    fixture *f = *state;
    const act_json *record = parse(f, AUDIT);
    static const enum act_cel_use uses[] = { ACT_CEL_AUDIT, ACT_CEL_AUDIT_FILTER };
    static const char *const texts[] = { "audit.verb + 'x'", "verb == 'delete'" };
    for (size_t i = 0; i < ACT_COUNT(uses); i++) {
        int err = ACT_ENOMEM;
        for (size_t n = 0; err; n += 1 + n / 8) {
            act_fail_after(n);
            err = evaluate(f, uses[i], texts[i], record);
            act_fail_after(SIZE_MAX);
            assert_true(err == ACT_OK || err == ACT_ENOMEM || err == ACT_ELIMIT);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_use_has_its_variables),
        cmocka_unit_test(expressions_tell_their_type_and_need),
        cmocka_unit_test(what_is_wrong_has_a_place),
        cmocka_unit_test(any_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, open_fixture, close_fixture);
}
