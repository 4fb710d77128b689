/* docs/policies.md is true: its examples evaluate to true, and it leaves no function out.
 */
#include "base/json.h"
#include "cel/env_internal.h"
#include "core/rule_env.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static act_arena *arena;
static act_json_parser *parser;
static act_rule_env *env;
static act_str page;

static int setup(void **state)
{
    (void)state;
    act_json_limits limits = { 0 };
    FILE *f = fopen(ACT_SOURCE_DIR "/docs/policies.md", "r");
    if (!f || act_arena_new(64 << 20, 0, &arena) || act_json_parser_new(limits, &parser) ||
        act_rule_env_new(&env))
        return 1;
    static char text[256 << 10];
    page = act_str_from(text, fread(text, 1, sizeof text, f));
    (void)fclose(f);
    return page.len == 0;
}

static int teardown(void **state)
{
    (void)state;
    act_rule_env_free(env);
    act_json_parser_free(parser);
    act_arena_free(arena);
    return 0;
}

/* The next fenced block whose opening line is "```" @label, from *rest on. */
static bool next_block(act_str *rest, const char *label, act_str *block)
{
    char fence[64];
    (void)snprintf(fence, sizeof fence, "\n```%s\n", label);
    size_t at = act_str_find(*rest, act_str_cstr(fence));
    if (at == SIZE_MAX)
        return false;
    *rest = act_str_cut(*rest, at + strlen(fence));
    size_t end = act_str_find(*rest, ACT_STR("\n```\n"));
    assert_true(end != SIZE_MAX);
    *block = act_str_head(*rest, end);
    *rest = act_str_cut(*rest, end);
    return true;
}

static const act_json *parse(act_str text)
{
    const act_json *v = NULL;
    act_err e = ACT_ERR_INIT;
    if (act_json_parse(parser, arena, text, 0, &v, &e))
        fail_msg("%s", e.text);
    return v;
}

static void check(const cel_env *cel, cel_ctx *ctx, act_str source)
{
    cel_errors *errors = NULL;
    cel_program *program = NULL;
    cel_value v;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(cel_errors_new(&errors), 0);
    if (cel_compile(cel, source, 0, NULL, errors, &program))
        fail_msg("%.*s", ACT_STR_ARG(cel_errors_text(errors)));
    if (cel_eval(program, ctx, &v, &e))
        fail_msg("%.*s: %s", ACT_STR_ARG(source), e.text);
    if (!cel_value_is_true(v))
        fail_msg("not true: %.*s", ACT_STR_ARG(source));
    cel_program_free(program);
    cel_errors_free(errors);
}

static size_t check_blocks(enum act_rule_kind kind, const char *name, const char *actor,
                           const char *ref)
{
    const cel_env *cel = act_rule_env_cel(env, kind);
    cel_ctx *ctx = NULL;
    act_str rest = page, record, block;
    char label[32];
    (void)snprintf(label, sizeof label, "json %s", name);
    assert_true(next_block(&rest, label, &record));
    assert_int_equal(cel_ctx_new(cel, &ctx), 0);
    assert_int_equal(cel_bind_json(ctx, ACT_RULE_VAR_RECORD, parse(record)), 0);
    assert_int_equal(
        cel_bind_value(ctx, ACT_RULE_VAR_ACTOR, cel_string(act_str_cstr(actor))), 0);
    assert_int_equal(cel_bind_json(ctx, ACT_RULE_VAR_REF, parse(act_str_cstr(ref))), 0);
    if (kind == ACT_RULE_AUDIT)
        assert_int_equal(
            cel_bind_value(ctx, ACT_RULE_VAR_KIND, cel_string(ACT_STR("httpproxies"))), 0);
    size_t n = 0;
    rest = page;
    (void)snprintf(label, sizeof label, "cel %s", name);
    while (next_block(&rest, label, &block)) {
        act_str line;
        while (block.len > 0) {
            block = act_str_split(block, '\n', &line);
            check(cel, ctx, line);
            n++;
        }
    }
    cel_ctx_free(ctx);
    return n;
}

static void examples_are_true(void **state)
{
    (void)state;
    assert_true(check_blocks(ACT_RULE_AUDIT, "audit", "alice@example.com",
                             "{\"type\":\"user\",\"name\":\"alice@example.com\"}") > 80);
    assert_true(check_blocks(ACT_RULE_EVENT, "event", "proxy-controller",
                             "{\"type\":\"controller\",\"name\":\"proxy-controller\"}") >
                3);
}

/* Is @name followed by "(" in one of the examples? */
static bool is_shown(act_str name)
{
    static const char *const labels[] = { "cel audit", "cel event" };
    char call[128];
    (void)snprintf(call, sizeof call, "%.*s(", ACT_STR_ARG(name));
    for (size_t i = 0; i < ACT_COUNT(labels); i++) {
        act_str rest = page, block;
        while (next_block(&rest, labels[i], &block))
            if (act_str_find(block, act_str_cstr(call)) != SIZE_MAX)
                return true;
    }
    return false;
}

static void every_function_and_macro_is_shown(void **state)
{
    (void)state;
    for (int kind = 0; kind < ACT_RULE_KINDS; kind++) {
        const cel_env *cel = act_rule_env_cel(env, (enum act_rule_kind)kind);
        for (uint32_t i = 0; i < cel->function_count; i++) {
            act_str name = cel->functions[i].name;
            bool written = act_str_find_byte(name, '_') == SIZE_MAX &&
                           act_str_find_byte(name, '@') == SIZE_MAX;
            if (written && !is_shown(name))
                fail_msg("docs/policies.md has no example of %.*s()", ACT_STR_ARG(name));
        }
        for (uint32_t i = 0; i < cel->macro_count; i++)
            if (!is_shown(act_str_cstr(cel->macros[i]->name)))
                fail_msg("docs/policies.md has no example of %s()", cel->macros[i]->name);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_are_true),
        cmocka_unit_test(every_function_and_macro_is_shown),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
