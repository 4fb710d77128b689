/* docs/policies.md is true: its examples evaluate to true, and between them they use every
 * variable, every function in each of its forms, and every macro that policies have. */
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

/* ---- what the examples use ----------------------------------------------------------- */

enum { USES_MAX = 1024 };

/* Calls by name, style and number of arguments (the receiver counts), macros, variables. */
typedef struct {
    act_str name;
    enum { USE_CALL, USE_MACRO, USE_VARIABLE } kind;
    bool member;
    uint32_t argc;
} use;

static use uses[USES_MAX];
static size_t n_uses;

static bool is_used(use u)
{
    for (size_t i = 0; i < n_uses; i++)
        if (uses[i].kind == u.kind && uses[i].member == u.member &&
            uses[i].argc == u.argc && act_str_eq(uses[i].name, u.name))
            return true;
    return false;
}

static void note_use(act_str name, int kind, bool member, uint32_t argc)
{
    use u = { .kind = kind, .member = member, .argc = argc };
    assert_int_equal(act_arena_str(arena, name, &u.name), 0);
    if (is_used(u))
        return;
    assert_true(n_uses < USES_MAX);
    uses[n_uses++] = u;
}

/* Depth is that of the tree. */
static void note_uses(const cel_node *n)
{
    const cel_node *child;
    if (n->macro)
        note_use(n->macro->as.call.name, USE_MACRO, n->macro->as.call.target != NULL,
                 n->macro->as.call.argc);
    if (n->kind == CEL_NODE_CALL) {
        bool member = n->as.call.target != NULL;
        note_use(n->as.call.name, USE_CALL, member, n->as.call.argc + member);
    }
    if (n->kind == CEL_NODE_IDENT && n->as.ident.ref == CEL_REF_VAR)
        note_use(n->as.ident.name, USE_VARIABLE, false, 0);
    for (uint32_t i = 0; (child = cel_node_child(n, i)) != NULL; i++)
        note_uses(child);
}

/* ---- the examples -------------------------------------------------------------------- */

static void check(const cel_env *cel, cel_ctx *ctx, act_str source)
{
    cel_errors *errors = NULL;
    cel_program *program = NULL;
    cel_value v;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(cel_errors_new(&errors), 0);
    if (cel_compile(cel, source, CEL_COMPILE_KEEP_TREE, NULL, errors, &program))
        fail_msg("%.*s", ACT_STR_ARG(cel_errors_text(errors)));
    if (cel_eval(program, ctx, &v, &e))
        fail_msg("%.*s: %s", ACT_STR_ARG(source), e.text);
    if (!cel_value_is_true(v))
        fail_msg("not true: %.*s", ACT_STR_ARG(source));
    note_uses(cel_program_ast(program));
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

static size_t check_kind(enum act_rule_kind kind)
{
    if (kind == ACT_RULE_AUDIT)
        return check_blocks(kind, "audit", "alice@example.com",
                            "{\"type\":\"user\",\"name\":\"alice@example.com\"}");
    return check_blocks(kind, "event", "proxy-controller",
                        "{\"type\":\"controller\",\"name\":\"proxy-controller\"}");
}

static void examples_are_true(void **state)
{
    (void)state;
    assert_true(check_kind(ACT_RULE_AUDIT) > 80);
    assert_true(check_kind(ACT_RULE_EVENT) > 3);
}

static size_t missing;

static void want_use(act_str name, int kind, bool member, uint32_t argc)
{
    /* With an @ it is what a macro becomes: nobody writes it. */
    if (act_str_find_byte(name, '@') != SIZE_MAX && !act_str_eq_cstr(name, "@in"))
        return;
    if (is_used((use){ .name = name, .kind = kind, .member = member, .argc = argc }))
        return;
    print_error("docs/policies.md has no example of %.*s%s with %u argument(s)%s\n",
                ACT_STR_ARG(name), kind == USE_VARIABLE ? "" : "()", argc,
                member ? ", the receiver among them" : "");
    missing++;
}

/* The tables of the environment tell what there is: a function or variable that is new
 * wants an example. */
static void every_variable_function_and_macro_is_shown(void **state)
{
    (void)state;
    missing = n_uses = 0;
    for (int kind = 0; kind < ACT_RULE_KINDS; kind++) {
        if (kind == ACT_RULE_EVENT) { /* its functions are the other's; its variables not */
            assert_int_equal(act_rule_env_cel(env, ACT_RULE_EVENT)->function_count,
                             act_rule_env_cel(env, ACT_RULE_AUDIT)->function_count);
            n_uses = 0;
        }
        check_kind((enum act_rule_kind)kind);
        const cel_env *cel = act_rule_env_cel(env, (enum act_rule_kind)kind);
        for (uint32_t i = 0; i < cel_env_var_count(cel); i++)
            want_use(cel_env_var_name(cel, i), USE_VARIABLE, false, 0);
        if (kind == ACT_RULE_EVENT)
            break;
        for (uint32_t i = 0; i < cel->function_count; i++)
            for (uint32_t k = 0; k < cel->functions[i].count; k++) {
                const cel_overload *o = cel->functions[i].overloads[k];
                if (!(o->def.flags & CEL_FN_OPTION)) /* not for policies */
                    want_use(cel->functions[i].name, USE_CALL, o->def.flags & CEL_FN_MEMBER,
                             o->param_count);
            }
        for (uint32_t i = 0; i < cel->macro_count; i++) {
            const cel_macro *m = cel->macros[i];
            want_use(act_str_cstr(m->name), USE_MACRO, m->member,
                     m->argc == CEL_MACRO_ANY_ARGS ? 2 : (uint32_t)m->argc);
        }
    }
    assert_int_equal(missing, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(examples_are_true),
        cmocka_unit_test(every_variable_function_and_macro_is_shown),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
