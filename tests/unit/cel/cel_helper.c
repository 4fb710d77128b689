#include "unit/cel/cel_helper.h"

cel_env *test_env(const cel_limits *limits, unsigned options)
{
    static const char *const vars[][2] = {
        { "m", "map(string, dyn)" }, { "d", "dyn" },  { "s", "string" },   { "i", "int" },
        { "l", "list(int)" },        { "b", "bool" }, { "x.y", "string" },
    };
    cel_env *env;
    assert_int_equal(cel_env_new(limits, &env), 0);
    assert_int_equal(cel_env_policy_libs(env), 0);
    for (size_t i = 0; i < ACT_COUNT(vars); i++)
        assert_int_equal(cel_env_var(env, vars[i][0], vars[i][1], NULL, NULL), 0);
    cel_env_options(env, options);
    return env;
}

int test_check(const cel_env *env, const char *src, unsigned flags, const char **text)
{
    static char copy[64 * 1024];
    cel_errors *errors;
    cel_program *p;
    assert_int_equal(cel_errors_new(&errors), 0);
    int err = cel_compile(env, act_str_cstr(src), flags | CEL_COMPILE_CHECK_ONLY, NULL,
                          errors, &p);
    act_str s = err ? cel_errors_text(errors) : act_str_cstr(cel_program_type(p));
    assert_true(err == 0 || cel_errors_count(errors) > 0);
    assert_true(s.len < sizeof(copy));
    memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    if (text)
        *text = copy;
    if (!err)
        cel_program_free(p);
    cel_errors_free(errors);
    return err;
}

void assert_type(const cel_env *env, const char *src, const char *type)
{
    const char *text;
    int err = test_check(env, src, 0, &text);
    if (err || strcmp(text, type) != 0)
        fail_msg("%s: wanted %s, got %d %s", src, type, err, text);
}

void assert_refused(const cel_env *env, const char *src, const char *part)
{
    const char *text;
    int err = test_check(env, src, 0, &text);
    if (err != ACT_EPARSE || !strstr(text, part))
        fail_msg("%s: wanted '%s', got %d %s", src, part, err, text);
}
