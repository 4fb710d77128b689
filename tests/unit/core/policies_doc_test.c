/* docs/policies.md is true: its examples evaluate to true, and without surprise on all
 * records of tests/data; between them they use every variable, every function in each of
 * its forms, and every macro that policies have. */
#include "base/json.h"
#include "cel/env_internal.h"
#include "core/audit_record.h"
#include "core/event_record.h"
#include "core/rule_bind.h"
#include "unit/core/support.h"

#include <stdlib.h>

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

/* All lines of the blocks for @kind of rule; returns how many, at most @most. */
static size_t example_lines(enum act_rule_kind kind, act_str *lines, size_t most)
{
    const char *label = kind == ACT_RULE_AUDIT ? "cel audit" : "cel event";
    act_str rest = page, block;
    size_t n = 0;
    while (next_block(&rest, label, &block))
        while (block.len > 0) {
            assert_true(n < most);
            block = act_str_split(block, '\n', &lines[n++]);
        }
    return n;
}

/* ---- what the examples use ----------------------------------------------------------- */

enum { USES_MAX = 1024, EXAMPLES_MAX = 512 };

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
    act_str rest = page, record;
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
    act_str lines[EXAMPLES_MAX];
    size_t n = example_lines(kind, lines, EXAMPLES_MAX);
    for (size_t i = 0; i < n; i++)
        check(cel, ctx, lines[i]);
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

/* ---- real records -------------------------------------------------------------------- */

static void bind_record(enum act_rule_kind kind, act_arena *a, cel_ctx *ctx,
                        const act_json *root)
{
    if (kind == ACT_RULE_AUDIT) {
        act_audit_record rec;
        assert_int_equal(act_audit_record_read(root, &rec, NULL), ACT_OK);
        act_actor actor = act_actor_of_audit(rec.user);
        assert_int_equal(act_rule_bind_audit(a, ctx, root, &actor, rec.resource), ACT_OK);
        return;
    }
    act_event_record rec;
    assert_int_equal(act_event_record_read(root, &rec, NULL), ACT_OK);
    act_actor actor = act_actor_of_event(rec.reporting_controller, rec.source_component);
    assert_int_equal(act_rule_bind_event(a, ctx, root, &actor), ACT_OK);
}

/* True, false, or that the record lacks something: of the page's record they speak, of
 * others they need not be true. Returns how many had a value. */
static size_t evaluate_on(enum act_rule_kind kind, const act_json *const *records, size_t n)
{
    static cel_program *programs[EXAMPLES_MAX];
    act_str lines[EXAMPLES_MAX];
    const cel_env *cel = act_rule_env_cel(env, kind);
    ACT_AUTO(cel_ctx) ctx = NULL;
    size_t count = example_lines(kind, lines, EXAMPLES_MAX), values = 0;
    for (size_t i = 0; i < count; i++)
        assert_int_equal(cel_compile(cel, lines[i], 0, NULL, NULL, &programs[i]), ACT_OK);
    assert_int_equal(cel_ctx_new(cel, &ctx), ACT_OK);
    for (size_t r = 0; r < n; r++) {
        bind_record(kind, arena, ctx, records[r]);
        for (size_t i = 0; i < count; i++) {
            cel_value v;
            act_err e = ACT_ERR_INIT;
            int err = cel_eval(programs[i], ctx, &v, &e);
            enum cel_error_kind why = cel_ctx_error(ctx);
            if (err && why != CEL_E_NO_SUCH_KEY && why != CEL_E_INDEX)
                fail_msg("%.*s: %s", ACT_STR_ARG(lines[i]), e.text);
            assert_true(err || v.kind == CEL_BOOL);
            values += !err;
        }
    }
    for (size_t i = 0; i < count; i++)
        cel_program_free(programs[i]);
    return values;
}

static void examples_evaluate_on_real_records(void **state)
{
    enum { RECORDS_MAX = 1024 };
    const act_json *records[RECORDS_MAX];
    act_str text = test_read("audit.jsonl"), rest = text, line;
    size_t n = 0;
    (void)state;
    while (rest.len && n < RECORDS_MAX) {
        rest = act_str_split(rest, '\n', &line);
        if (line.len)
            records[n++] = parse(line);
    }
    assert_true(n > 200 && evaluate_on(ACT_RULE_AUDIT, records, n) > n * 100);
    act_str list = test_read("events-k8sio.json");
    const act_json *items = act_json_items(act_json_get(parse(list), ACT_STR("items")), &n);
    assert_true(n > 10 && n <= RECORDS_MAX);
    for (size_t i = 0; i < n; i++)
        records[i] = &items[i];
    assert_true(evaluate_on(ACT_RULE_EVENT, records, n) > n);
    act_str_free(list);
    act_str_free(text);
}

/* ---- what there is to show ----------------------------------------------------------- */

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
        cmocka_unit_test(examples_evaluate_on_real_records),
        cmocka_unit_test(every_variable_function_and_macro_is_shown),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
