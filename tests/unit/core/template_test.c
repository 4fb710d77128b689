/* Summary templates: where expressions begin and end, what is refused, what comes out. */
#include "core/template.h"

#include "base/alloc.h"
#include "core/rule_env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static act_rule_env *rules;
static const cel_env *env;

static int setup(void **state)
{
    (void)state;
    if (act_rule_env_new(&rules))
        return -1;
    env = act_rule_env_cel(rules, ACT_RULE_AUDIT);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    act_rule_env_free(rules);
    return 0;
}

/* Rendered text of @text with actor "ann", or the error's text. */
static const char *render(const char *text, char out[1024])
{
    ACT_AUTO(act_template) t = NULL;
    ACT_AUTO(cel_ctx) ctx = NULL;
    act_err e = ACT_ERR_INIT;
    act_buf buf = ACT_BUF_INIT;
    int err = act_template_new(env, NULL, act_str_cstr(text), &t, &e);
    if (!err)
        err = cel_ctx_new(env, &ctx);
    if (!err)
        err = cel_bind_value(ctx, ACT_RULE_VAR_ACTOR, cel_string(ACT_STR("ann")));
    if (!err)
        err = act_template_render(t, ctx, &buf, &e);
    if (err)
        (void)snprintf(out, 1024, "%s %u:%u %s", act_errname(err), e.line, e.column,
                       e.text);
    else
        (void)snprintf(out, 1024, "%.*s", ACT_STR_ARG(act_buf_str(&buf)));
    act_buf_done(&buf);
    return out;
}

static void expressions_are_replaced_by_their_text(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "plain", "plain" },
        { "", "" },
        { "{{ actor }}", "ann" },
        { "{{actor}} and {{ actor + '!' }}", "ann and ann!" },
        { "a {{ 'b' }} c {{ 'd' }} e", "a b c d e" },
        /* the end of an expression is not looked for in strings, comments and braces */
        { "{{ '}}' }}", "}}" },
        { "{{ \"}}\" + '{{' }}", "}}{{" },
        { "{{ r'\\}}' }}", "\\}}" },
        { "{{ 'it\\'s }}' }}", "it's }}" },
        { "{{ '''a'}}'b''' }}", "a'}}'b" },
        { "{{ {'a': {'b': 'deep'}}.a.b }}", "deep" },
        { "{{ {'a': 'x'}['a']}}", "x" },
        { "{{ actor // }} not the end\n }}!", "ann!" },
        { "one\n{{\n actor\n}}\ntwo", "one\nann\ntwo" },
        { "{ single } braces }", "{ single } braces }" },
        { "Größe {{ '日本語' }} 🚀", "Größe 日本語 🚀" },
        /* dyn results have a text of their own */
        { "{{ dyn(1) }} {{ dyn(true) }} {{ dyn(null) }} {{ dyn(1.5) }}",
          "1 true null 1.5" },
        { "{{ dyn([1, 'a']) }}", "[1,\"a\"]" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char out[1024];
        assert_string_equal(render(cases[i].text, out), cases[i].want);
    }
    (void)state;
}

static void bad_templates_are_refused_with_a_place(void **state)
{
    static const struct {
        const char *text, *want;
    } cases[] = {
        { "{{ actor", "EPARSE 1:1 \"{{\" without \"}}\" behind it" },
        { "ab {{ actor }", "EPARSE 1:4 \"{{\" without \"}}\" behind it" },
        { "ab }} cd", "EPARSE 1:4 \"}}\" without \"{{\" before it" },
        { "x {{ }} y", "EPARSE 1:6 empty expression in {{ }}" },
        { "{{ 1 + 1 }}",
          "EPARSE 1:4 expression must be a string, but is int; use string(...)" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char out[1024];
        assert_string_equal(render(cases[i].text, out), cases[i].want);
    }
    char out[1024];
    assert_non_null(
        strstr(render("é\n{{ nobody }}", out), "EPARSE 2:4 undeclared reference"));
    (void)state;
}

static void failing_expression_leaves_the_output_alone(void **state)
{
    ACT_AUTO(act_template) t = NULL;
    ACT_AUTO(cel_ctx) ctx = NULL;
    act_err e = ACT_ERR_INIT;
    act_buf out = ACT_BUF_INIT;
    assert_int_equal(
        act_template_new(env, NULL, ACT_STR("x{{ {'a': 'b'}[actor] }}"), &t, &e), 0);
    assert_int_equal(cel_ctx_new(env, &ctx), 0);
    assert_int_equal(cel_bind_value(ctx, ACT_RULE_VAR_ACTOR, cel_string(ACT_STR("ann"))),
                     0);
    act_buf_add(&out, ACT_STR("before"));
    assert_int_equal(act_template_render(t, ctx, &out, &e), ACT_EEVAL);
    assert_non_null(strstr(e.text, "no such key"));
    assert_true(act_str_eq(act_buf_str(&out), ACT_STR("before")));
    act_buf_done(&out);
    (void)state;
}

static void limits_are_enforced(void **state)
{
    act_buf text = ACT_BUF_INIT;
    act_err e = ACT_ERR_INIT;
    act_template *t = NULL;
    for (int i = 0; i < ACT_TEMPLATE_EXPRESSIONS_MAX; i++)
        act_buf_add(&text, ACT_STR("{{actor}}"));
    assert_int_equal(act_template_new(env, NULL, act_buf_str(&text), &t, &e), 0);
    act_template_free(t);
    act_buf_add(&text, ACT_STR("{{actor}}"));
    assert_int_equal(act_template_new(env, NULL, act_buf_str(&text), &t, &e), ACT_ELIMIT);

    act_buf_clear(&text);
    while (text.len < ACT_TEMPLATE_BYTES_MAX)
        act_buf_add_byte(&text, 'x');
    assert_int_equal(act_template_new(env, NULL, act_buf_str(&text), &t, &e), 0);
    act_template_free(t);
    act_buf_add_byte(&text, 'x');
    assert_int_equal(act_template_new(env, NULL, act_buf_str(&text), &t, &e), ACT_ELIMIT);
    act_buf_done(&text);

    /* One expression may add 5 KiB and not a byte more. */
    char out[1024];
    assert_non_null(
        strstr(render("{{ lists.range(5121).map(i, 'x').join() }}", out), "ELIMIT"));
    (void)state;
}

static void want_of_memory_is_an_error_and_leaks_nothing(void **state)
{
    for (size_t n = 0;; n++) {
        act_template *t = NULL;
        act_fail_after(n);
        int err = act_template_new(env, NULL, ACT_STR("a {{ actor }} b {{ actor + 'c' }}"),
                                   &t, NULL);
        act_fail_after(SIZE_MAX);
        act_template_free(t);
        if (!err)
            break;
        assert_int_equal(err, ACT_ENOMEM);
        assert_true(n < 10000);
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(expressions_are_replaced_by_their_text),
        cmocka_unit_test(bad_templates_are_refused_with_a_place),
        cmocka_unit_test(failing_expression_leaves_the_output_alone),
        cmocka_unit_test(limits_are_enforced),
        cmocka_unit_test(want_of_memory_is_an_error_and_leaks_nothing),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
