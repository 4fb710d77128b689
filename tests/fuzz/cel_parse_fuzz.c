/* Bytes through lexer and parser: no crash, and what parses prints as source that parses
 * to an equal tree, which then checks or fails with an error of its own. */
#include "cel/check.h"
#include "cel/parse.h"

#include <stdio.h>

static void require(bool claim, const char *what)
{
    if (!claim) {
        (void)fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static cel_env *environment(void)
{
    static cel_env *env; /* one for all inputs; never freed */
    if (!env) {
        require(cel_env_new(NULL, &env) == 0, "new environment");
        require(cel_env_policy_libs(env) == 0, "libraries");
        require(cel_env_var(env, "m", "map(string, dyn)", NULL, NULL) == 0, "variable");
        require(cel_env_var(env, "s.t", "string", NULL, NULL) == 0, "variable");
    }
    return env;
}

static void reparse(const cel_env *env, act_arena *a, const cel_ast *ast)
{
    cel_ast again;
    act_buf text = ACT_BUF_INIT;
    cel_ast_unparse(ast->root, &text);
    require(act_buf_err(&text) == 0, "print");
    int err = cel_parse(env, a, act_buf_str(&text), NULL, &again);
    /* Printing may add parentheses past a limit; it must not change the meaning. */
    require(err == 0 || err == ACT_ELIMIT, "printed text parses");
    require(err != 0 || cel_ast_equal(ast->root, again.root), "trees are equal");
    act_buf_done(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    act_arena *a = NULL;
    cel_errors *errors = NULL;
    cel_ast ast;
    const cel_type *type;
    act_str src = act_str_from(data, size);
    const cel_env *env = environment();
    require(act_arena_new(64 << 20, 0, &a) == 0, "arena");
    require(cel_errors_new(&errors) == 0, "errors");
    cel_errors_begin(errors, src, 100);
    int err = cel_parse(env, a, src, errors, &ast);
    if (err == 0) {
        act_buf debug = ACT_BUF_INIT;
        cel_ast_print(ast.root, &debug);
        act_buf_done(&debug);
        reparse(env, a, &ast);
        err = cel_check(env, a, &ast, size % 2 == 0, errors, &type);
    }
    require((err != 0) == (cel_errors_count(errors) > 0), "failures are told");
    require(cel_errors_text(errors).len > 0 || err == 0, "errors have a text");
    cel_errors_free(errors);
    act_arena_free(a);
    return 0;
}
