/* Any text through parser and checker: it is refused with places, or has a type whose text
 * reads back; the checked tree prints as source of the same type, and what the checker
 * takes compiles without it too. */
#include "cel/ast.h"
#include "cel/check.h"
#include "fuzz/support/cel_gen.h"

enum { ARENA_CAP = 16 << 20 };

/* One that joins what differs to dyn, and one that wants literals of one kind. */
static const cel_env *environment(bool strict)
{
    static cel_env *env[2]; /* for all inputs; never freed */
    if (!env[strict]) {
        fuzz_require(cel_env_new(NULL, &env[strict]) == 0, "environment");
        fuzz_require(cel_env_policy_libs(env[strict]) == 0, "libraries");
        cel_env_options(env[strict], strict ? CEL_OPT_HOMOGENEOUS : CEL_OPT_CROSS_TYPE);
        fuzz_require(cel_gen_declare(env[strict]) == 0, "variables");
    }
    return env[strict];
}

static void check_errors(cel_errors *errors, act_str source)
{
    size_t n = cel_errors_count(errors);
    fuzz_require(n > 0 && n <= 100, "a refusal is told");
    for (size_t i = 0; i < n; i++) {
        cel_error_item e = cel_errors_at(errors, i);
        fuzz_require(e.message.len && e.line && e.column, "errors have text and place");
        fuzz_require(e.offset <= source.len, "the place is in the source");
    }
    fuzz_require(cel_errors_text(errors).len > 0, "all of them as one text");
}

static void check_type_text(const char *type)
{
    ACT_AUTO(act_arena) a = NULL;
    const cel_type *t;
    act_str rest = act_str_cstr(type);
    fuzz_require(act_arena_new(ARENA_CAP, 0, &a) == 0, "arena");
    int err = cel_type_parse(a, &rest, &t, NULL);
    if (err == ACT_ELIMIT)
        return; /* types may nest deeper than declarations */
    fuzz_require(err == 0 && rest.len == 0, "the type's text reads");
    const char *again = cel_type_text(a, t);
    fuzz_require(again && strcmp(again, type) == 0, "and is the same");
}

static void check_printed(const cel_env *env, const cel_program *p)
{
    ACT_AUTO(cel_program) again = NULL;
    act_buf text = ACT_BUF_INIT;
    cel_ast_unparse(cel_program_ast(p), &text);
    int err =
        cel_compile(env, act_buf_str(&text), CEL_COMPILE_CHECK_ONLY, NULL, NULL, &again);
    bool same = err == ACT_ELIMIT ||
                (err == 0 && strcmp(cel_program_type(again), cel_program_type(p)) == 0);
    if (!same)
        (void)fprintf(stderr, "%.*s\n%.*s\n%s\n", ACT_STR_ARG(cel_program_source(p)),
                      ACT_STR_ARG(act_buf_str(&text)), err ? "" : cel_program_type(again));
    fuzz_require(same, "prints as source of the same type");
    act_buf_done(&text);
}

static void check_in(bool strict, act_str source)
{
    ACT_AUTO(cel_errors) errors = NULL;
    ACT_AUTO(cel_program) p = NULL;
    ACT_AUTO(cel_program) unchecked = NULL;
    const cel_env *env = environment(strict);
    fuzz_require(cel_errors_new(&errors) == 0, "errors");
    if (cel_compile(env, source, CEL_COMPILE_CHECK_ONLY, NULL, errors, &p)) {
        check_errors(errors, source);
        return;
    }
    fuzz_require(cel_errors_count(errors) == 0, "no error");
    check_type_text(cel_program_type(p));
    check_printed(env, p);
    fuzz_require(cel_compile(env, source, CEL_COMPILE_UNCHECKED, NULL, NULL, &unchecked) ==
                     0,
                 "compiles unchecked");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    check_in(false, act_str_from(data, size));
    check_in(true, act_str_from(data, size));
    return 0;
}
