#include "conformance/conf_test.h"

#include "cel/ast.h"
#include "cel/parse.h"
#include "cel/type.h"
#include "cel/utf8.h"
#include "conformance/conf_env.h"
#include "conformance/conf_value.h"

static bool flag(const act_json *line, act_str key)
{
    const act_json *v = act_json_get(line, key);
    return v && v->type == ACT_JSON_BOOL && v->as.boolean;
}

static act_str text(const act_json *line, act_str key)
{
    return act_json_string(act_json_get(line, key));
}

static bool is_of_set(const act_json *line, const char *set)
{
    return act_str_eq_cstr(text(line, ACT_STR("file")), set);
}

ACT_PRINTF(2, 3) static int fails(conf_reason *reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    (void)vsnprintf(reason->text, sizeof reason->text, format, args); /* may be cut */
    va_end(args);
    return ACT_EEVAL;
}

/* What one compilation came to. */
typedef struct {
    int err;
    cel_program *program;
    cel_errors *errors;
} compiled;

static void compiled_done(compiled *c)
{
    cel_program_free(c->program);
    cel_errors_free(c->errors);
}

static act_str errors_of(compiled *c)
{
    act_str all = c->errors ? cel_errors_text(c->errors) : (act_str){ 0 };
    return all.len ? all : act_str_cstr(act_strerror(c->err));
}

static compiled compile(const cel_env *env, act_str expr, unsigned flags)
{
    compiled c = { 0 };
    c.err = cel_errors_new(&c.errors);
    if (!c.err)
        c.err = cel_compile(env, expr, flags, NULL, c.errors, &c.program);
    return c;
}

/* ---- golden data of cel-go --------------------------------------------------------------
 */

/* Types as the suite and as cel-go write them are the same terms. */
static bool same_type(act_arena *arena, act_str want, const char *got)
{
    const cel_type *a, *b;
    act_str rest = act_str_cstr(got);
    return cel_type_parse(arena, &want, &a, NULL) == ACT_OK && want.len == 0 &&
           cel_type_parse(arena, &rest, &b, NULL) == ACT_OK && rest.len == 0 &&
           cel_type_same(a, b);
}

/* Code point that the escape at *at (\uXXXX or \UXXXXXXXX) stands for; 0 for anything
 * else. *at moves behind it. */
static uint32_t take_escape(act_str s, size_t *at)
{
    size_t digits = 0;
    if (*at + 1 < s.len && s.ptr[*at] == '\\')
        digits = s.ptr[*at + 1] == 'u' ? 4 : s.ptr[*at + 1] == 'U' ? 8 : 0;
    if (!digits || s.len - *at < 2 + digits)
        return 0;
    char hex[9] = { 0 };
    memcpy(hex, s.ptr + *at + 2, digits);
    *at += 2 + digits;
    return (uint32_t)strtoul(hex, NULL, 16);
}

/* Go escapes the code points that its tables call unprintable; we have no such tables and
 * leave them as they are. Both ways are the same tree. */
static void resolve_escapes(act_str s, act_buf *out)
{
    for (size_t at = 0; at < s.len;) {
        char utf8[4];
        uint32_t code = take_escape(s, &at);
        if (code)
            act_buf_add(out, (act_str){ utf8, cel_utf8_encode(code, utf8) });
        else if (act_str_starts(act_str_cut(s, at), ACT_STR("\\\\")))
            act_buf_add(out, ACT_STR("\\\\")), at += 2;
        else
            act_buf_add_byte(out, s.ptr[at++]);
    }
}

static bool same_tree(act_str printed, act_str golden)
{
    act_buf resolved = ACT_BUF_INIT;
    resolve_escapes(golden, &resolved);
    bool same = act_str_eq(printed, golden) || act_str_eq(printed, act_buf_str(&resolved));
    act_buf_done(&resolved);
    return same;
}

/* The golden data was made with limits that are lower than ours, and without fields in back
 * ticks: what cel-go says of those is no yardstick. */
static bool error_is_of_old_defaults(act_str error)
{
    static const char *const marks[] = { "recursion limit exceeded",
                                         "max recursion depth exceeded",
                                         "unsupported syntax: '`'" };
    for (size_t i = 0; i < ACT_COUNT(marks); i++)
        if (act_str_find(error, act_str_cstr(marks[i])) != SIZE_MAX)
            return true;
    return false;
}

/* The tree must print as cel-go's; where there is none, the text must not parse. */
static int run_parser(const act_json *line, const cel_env *env, act_arena *arena,
                      conf_reason *reason)
{
    const act_json *golden = act_json_get(line, ACT_STR("go_ast"));
    cel_errors *errors = NULL;
    cel_ast ast;
    act_buf printed = ACT_BUF_INIT;
    int err = cel_errors_new(&errors);
    if (!err)
        cel_errors_begin(errors, text(line, ACT_STR("expr")), 1);
    if (!err)
        err = cel_parse(env, arena, text(line, ACT_STR("expr")), errors, &ast);
    int result = ACT_OK;
    if (err && golden) {
        result = fails(reason, "does not parse: %.*s",
                       ACT_STR_ARG(errors ? cel_errors_text(errors) : ACT_STR("")));
    } else if (!err && !golden &&
               !error_is_of_old_defaults(text(line, ACT_STR("go_error")))) {
        result = fails(reason, "parses, although it must not");
    } else if (golden) {
        cel_ast_print(ast.root, &printed);
        if (!same_tree(act_buf_str(&printed), golden->as.string))
            result =
                fails(reason, "tree is\n%.*s\nbut must be\n%.*s",
                      ACT_STR_ARG(act_buf_str(&printed)), ACT_STR_ARG(golden->as.string));
    }
    act_buf_done(&printed);
    cel_errors_free(errors);
    return result;
}

/* The type must be cel-go's; where cel-go has an error, checking must fail as well. */
static int run_checker(const act_json *line, const cel_env *env, act_arena *arena,
                       conf_reason *reason)
{
    act_str type = text(line, ACT_STR("go_type"));
    act_str error = text(line, ACT_STR("go_error"));
    compiled c = compile(env, text(line, ACT_STR("expr")), CEL_COMPILE_CHECK_ONLY);
    int result = ACT_OK;
    if (type.len && c.err)
        result = fails(reason, "does not check: %.*s", ACT_STR_ARG(errors_of(&c)));
    else if (type.len && !same_type(arena, type, cel_program_type(c.program)))
        result = fails(reason, "type is %s but must be %.*s", cel_program_type(c.program),
                       ACT_STR_ARG(type));
    else if (error.len && !c.err)
        result = fails(reason, "checks as %s, although it must not",
                       cel_program_type(c.program));
    compiled_done(&c);
    return result;
}

/* ---- evaluation
 * --------------------------------------------------------------------------- */

static int judge_value(const act_json *line, cel_value got, act_arena *arena,
                       conf_reason *reason)
{
    const act_json *wanted = act_json_get(line, ACT_STR("value"));
    cel_value want = cel_null();
    if (wanted) {
        int err = conf_value_read(wanted, arena, &want);
        if (err)
            return fails(reason, "the line's value cannot be read");
        if (conf_value_same(want, got))
            return ACT_OK;
    }
    act_buf out = ACT_BUF_INIT;
    act_buf_add(&out, ACT_STR("is "));
    conf_value_write(got, &out);
    act_buf_add(&out, ACT_STR(" but must be "));
    if (wanted)
        conf_value_write(want, &out);
    else
        act_buf_add(&out, ACT_STR("an error"));
    int result = fails(reason, "%.*s", ACT_STR_ARG(act_buf_str(&out)));
    act_buf_done(&out);
    return result;
}

/* The error that the line asks for, in the words that it may ask for. */
static int judge_error(const act_json *line, act_str got, conf_reason *reason)
{
    act_str want = text(line, ACT_STR("message"));
    if (want.len == 0 || act_str_find(got, want) != SIZE_MAX)
        return ACT_OK;
    return fails(reason, "fails with \"%.*s\", but \"%.*s\" must be in it",
                 ACT_STR_ARG(got), ACT_STR_ARG(want));
}

/* No evaluation costs more than its estimate for values that are no larger than the line
 * that they stand in. */
static int judge_cost(const act_json *line, const cel_program *p, uint64_t cost,
                      conf_reason *reason)
{
    uint64_t most = 0;
    cel_size size = { "", line->raw.len, line->raw.len };
    int err = cel_estimate(p, &size, 1, &most);
    if (err)
        return fails(reason, "has no estimate: %s", act_strerror(err));
    if (cost <= most)
        return ACT_OK;
    return fails(reason, "costs %llu, but is estimated at %llu", (unsigned long long)cost,
                 (unsigned long long)most);
}

static int evaluate(const act_json *line, const cel_env *env, const cel_program *p,
                    act_arena *arena, conf_reason *reason)
{
    ACT_AUTO(cel_ctx) ctx = NULL;
    int err = cel_ctx_new(env, &ctx);
    if (!err)
        err = conf_env_bind(line, env, ctx, arena);
    if (err)
        return fails(reason, "cannot bind: %s", act_strerror(err));
    cel_value got;
    act_err detail = ACT_ERR_INIT;
    err = cel_eval(p, ctx, &got, &detail);
    if (judge_cost(line, p, cel_ctx_cost(ctx), reason))
        return ACT_EEVAL;
    if (!err)
        return judge_value(line, got, arena, reason);
    if (act_json_get(line, ACT_STR("error")))
        return judge_error(line, act_str_cstr(detail.text), reason);
    return fails(reason, "fails: %s", detail.text);
}

static int check_type(const act_json *line, compiled *c, act_arena *arena,
                      conf_reason *reason)
{
    act_str want = text(line, ACT_STR("type"));
    if (want.len == 0 || same_type(arena, want, cel_program_type(c->program)))
        return ACT_OK;
    return fails(reason, "type is %s but must be %.*s", cel_program_type(c->program),
                 ACT_STR_ARG(want));
}

static int run_with(const act_json *line, const cel_env *env, unsigned flags,
                    act_arena *arena, conf_reason *reason)
{
    compiled c = compile(env, text(line, ACT_STR("expr")), flags);
    int result = ACT_OK;
    if (c.err && !act_json_get(line, ACT_STR("error")))
        result = fails(reason, "does not compile: %.*s", ACT_STR_ARG(errors_of(&c)));
    else if (c.err)
        result = judge_error(line, errors_of(&c), reason);
    else if (!(flags & CEL_COMPILE_UNCHECKED))
        result = check_type(line, &c, arena, reason);
    if (!c.err && !result && !flag(line, ACT_STR("check_only")))
        result = evaluate(line, env, c.program, arena, reason);
    compiled_done(&c);
    return result;
}

/* Constants folded or not must come to the same. */
static int run_evaluator(const act_json *line, const cel_env *env, act_arena *arena,
                         conf_reason *reason)
{
    unsigned flags =
        flag(line, ACT_STR("disable_check")) ? (unsigned)CEL_COMPILE_UNCHECKED : 0;
    int result = run_with(line, env, flags, arena, reason);
    if (result)
        return result;
    conf_reason detail;
    result = run_with(line, env, flags | CEL_COMPILE_NO_FOLD, arena, &detail);
    return result ? fails(reason, "without folding it %s", detail.text) : ACT_OK;
}

/* Tests of cel-go's macros that stand for themselves must be true. */
static int run_comprehension(const act_json *line, const cel_env *env, act_arena *arena,
                             conf_reason *reason)
{
    compiled c = compile(env, text(line, ACT_STR("expr")), 0);
    int result = ACT_OK;
    if (!c.err && strcmp(cel_program_type(c.program), "bool") == 0) {
        ACT_AUTO(cel_ctx) ctx = NULL;
        cel_value got;
        act_err detail = ACT_ERR_INIT;
        int err = cel_ctx_new(env, &ctx);
        if (!err)
            err = cel_eval(c.program, ctx, &got, &detail);
        if (err)
            result = fails(reason, "fails: %s", detail.text);
        else if (!cel_value_is_true(got))
            result = fails(reason, "is not true");
    }
    (void)arena;
    compiled_done(&c);
    return result;
}

int conf_test_run(const act_json *line, act_arena *arena, conf_reason *reason)
{
    if (!act_json_get(line, ACT_STR("expr")))
        return ACT_EPARSE;
    bool parsing = is_of_set(line, "parsing"), checking = is_of_set(line, "checking");
    bool comprehension = is_of_set(line, "comprehension");
    bool golden = act_json_get(line, ACT_STR("go_ast")) != NULL;
    act_err e = ACT_ERR_INIT;
    ACT_AUTO(cel_env) plain = NULL;
    ACT_AUTO(cel_env) full = NULL;
    int err = conf_env_new(line, CONF_PLAIN, &plain, &e);
    if (!err)
        err = conf_env_new(line, CONF_FULL, &full, &e);
    if (err)
        return fails(reason, "no environment: %s", e.text);

    int result = ACT_OK;
    if (golden || parsing || comprehension)
        result = run_parser(line, plain, arena, reason);
    if (!result && checking && golden)
        result = run_checker(line, plain, arena, reason);
    if (!result && comprehension)
        result = run_comprehension(line, full, arena, reason);
    if (!result && !parsing && !checking && !comprehension)
        result = run_evaluator(line, full, arena, reason);
    return result;
}

act_str conf_test_id(const act_json *line, act_arena *arena)
{
    act_str id = text(line, ACT_STR("id"));
    if (id.len)
        return id;
    act_str file = text(line, ACT_STR("file")), section = text(line, ACT_STR("section"));
    act_str name = text(line, ACT_STR("name"));
    if (act_arena_printf(arena, &id, "%.*s/%.*s/%.*s", ACT_STR_ARG(file),
                         ACT_STR_ARG(section), ACT_STR_ARG(name)))
        return ACT_STR("?");
    return id;
}
