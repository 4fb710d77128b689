/* What a host tells an environment: options, functions of its own, names, zones. */
#include "cel/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <cmocka.h>

static cel_env *new_env(unsigned options)
{
    cel_env *env;
    assert_int_equal(cel_env_new(NULL, &env), ACT_OK);
    assert_int_equal(cel_env_policy_libs(env), ACT_OK);
    cel_env_options(env, options);
    return env;
}

/* The value of @text as JSON, or what is wrong with it; in static memory. */
static const char *outcome(const cel_env *env, const char *text, void *user)
{
    static char room[1024];
    ACT_AUTO(cel_errors) errors = NULL;
    ACT_AUTO(cel_program) p = NULL;
    ACT_AUTO(cel_ctx) ctx = NULL;
    cel_value v;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(cel_errors_new(&errors), ACT_OK);
    if (cel_compile(env, act_str_cstr(text), 0, NULL, errors, &p)) {
        act_str message = cel_errors_at(errors, 0).message;
        (void)snprintf(room, sizeof room, "compile: %.*s", ACT_STR_ARG(message));
        return room;
    }
    assert_int_equal(cel_ctx_new(env, &ctx), ACT_OK);
    cel_ctx_set_user(ctx, user);
    if (cel_eval(p, ctx, &v, &e)) {
        (void)snprintf(room, sizeof room, "eval: %s", e.text);
        return room;
    }
    act_buf out = ACT_BUF_INIT;
    assert_int_equal(cel_value_write_json(v, &out), ACT_OK);
    (void)snprintf(room, sizeof room, "%.*s", ACT_STR_ARG(act_buf_str(&out)));
    act_buf_done(&out);
    return room;
}

static void expect(const cel_env *env, const char *text, const char *want)
{
    const char *got = outcome(env, text, NULL);
    if (strncmp(got, want, strlen(want)) != 0)
        fail_msg("%s: %s, but wanted %s", text, got, want);
}

static void options_change_one_thing_each(void **state)
{
    static const struct {
        enum cel_option option;
        const char *text, *off, *on;
    } cases[] = {
        { CEL_OPT_HOMOGENEOUS, "[1, 'a']", "[1,\"a\"]",
          "compile: expected type 'int' but found 'string'" },
        { CEL_OPT_HOMOGENEOUS, "{'a': 1, 'b': 'c'}", "{\"a\":1,\"b\":\"c\"}",
          "compile: expected type 'int' but found 'string'" },
        { CEL_OPT_HOMOGENEOUS, "{'a': 1, 2: 3}", "{\"a\":1,\"2\":3}",
          "compile: expected type" },
        { CEL_OPT_HOMOGENEOUS, "[1, dyn('a')]", "[1,\"a\"]", "[1,\"a\"]" },
        { CEL_OPT_HOMOGENEOUS, "[[], [1]]", "[[],[1]]", "[[],[1]]" },
        { CEL_OPT_CROSS_TYPE, "1 < 1.5", "compile: found no matching overload", "true" },
        { CEL_OPT_CROSS_TYPE, "2u >= 1", "compile: found no matching overload", "true" },
        { CEL_OPT_CROSS_TYPE, "1 < 'a'", "compile: found no matching overload",
          "compile: found no matching overload" },
        { CEL_OPT_CROSS_TYPE, "1 == 1.0", "compile: found no matching overload",
          "compile: found no matching overload" },
        { CEL_OPT_CROSS_TYPE, "dyn(1) < 1.5", "true", "true" },
        { CEL_OPT_BAD_PRESENCE_FALSE, "has(dyn(1).a)", "eval: no such overload", "false" },
        { CEL_OPT_BAD_PRESENCE_FALSE, "dyn('x').?a.hasValue()", "eval: no such overload",
          "false" },
        { CEL_OPT_BAD_PRESENCE_FALSE, "has({}.a.b)", "eval: no such key: a",
          "eval: no such key: a" },
        { CEL_OPT_INT_DURATION, "int(duration('1.5s'))",
          "compile: found no matching overload", "1500000000" },
        { CEL_OPT_NO_VALIDATORS, "timestamp('x') == timestamp(0) || true",
          "compile: ", "true" },
        { CEL_OPT_NO_VALIDATORS, "'a'.matches('(')", "compile: ", "eval: " },
        { CEL_OPT_NO_VALIDATORS, "'%d'.format(['a'])", "compile: ", "eval: " },
    };
    (void)state;
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        ACT_AUTO(cel_env) off = new_env(0);
        ACT_AUTO(cel_env) on = new_env(cases[i].option);
        expect(off, cases[i].text, cases[i].off);
        expect(on, cases[i].text, cases[i].on);
    }
}

/* ---- functions ----------------------------------------------------------------------- */

static cel_value count_call(cel_call *call, const cel_value *args)
{
    int *calls = cel_call_user(call), *step = cel_call_data(call);
    (void)args;
    if (calls)
        *calls += *step;
    return cel_int(calls ? *calls : 0);
}

static cel_value shout(cel_call *call, const cel_value *args)
{
    act_str s = cel_value_str(args[0]), twice;
    if (s.len == 0)
        return cel_call_fail(call, CEL_E_INVALID_ARGUMENT, "nothing to shout");
    if (act_arena_printf(cel_call_arena(call), &twice, "%.*s!", ACT_STR_ARG(s)))
        return cel_call_fail(call, CEL_E_MEMORY_LIMIT, NULL);
    return cel_string(twice);
}

static uint64_t dear(const cel_value *args, uint32_t argc)
{
    (void)args;
    return 400000 * argc;
}

static void functions_of_the_host_are_called(void **state)
{
    static int one = 1;
    int calls = 0;
    ACT_AUTO(cel_env) env = new_env(0);
    (void)state;
    assert_int_equal(cel_env_func(env, "count", "() -> int", CEL_FN_IMPURE, count_call,
                                  NULL, &one, NULL),
                     ACT_OK);
    assert_int_equal(cel_env_func(env, "shout", "(string) -> string", CEL_FN_MEMBER, shout,
                                  NULL, NULL, NULL),
                     ACT_OK);
    assert_int_equal(
        cel_env_func(env, "a.shout", "(string) -> string", 0, shout, dear, NULL, NULL),
        ACT_OK);
    assert_int_equal(
        cel_env_func(env, "later", "(list(T)) -> T", 0, NULL, NULL, NULL, NULL), ACT_OK);
    assert_string_equal(outcome(env, "[count(), count()]", &calls), "[1,2]");
    assert_int_equal(calls, 2); /* once each: never while compiling */
    expect(env, "'hey'.shout()", "\"hey!\"");
    expect(env, "''.shout()", "eval: nothing to shout");
    expect(env, "''.shout() == '' || true", "true");
    expect(env, "1.shout()", "compile: found no matching overload for 'shout' applied to");
    expect(env, "shout('a')", "compile: found no matching overload for 'shout' applied to");
    expect(env, "a.shout('x')", "\"x!\"");
    expect(env, "[1, 2, 3].map(x, a.shout('x'))", "eval: cost limit exceeded");
    expect(env, "later([1]) + 1", "eval: ");
    expect(env, "later([1]) + 'a'", "compile: found no matching overload for '_+_'");
    expect(env, "later([true]) || true", "true");
}

static void bad_declarations_are_refused(void **state)
{
    ACT_AUTO(cel_env) env = new_env(0);
    uint32_t first = 9, second = 9;
    (void)state;
    static const char *const signatures[] = {
        "",       "int",           "() int",      "(int -> int",
        "() -> ", "(nope) -> int", "() -> list(", "(int,) -> int"
    };
    for (size_t i = 0; i < ACT_COUNT(signatures); i++)
        if (cel_env_func(env, "f", signatures[i], 0, shout, NULL, NULL, NULL) != ACT_EPARSE)
            fail_msg("taken: %s", signatures[i]);
    assert_int_equal(cel_env_func(env, "1f", "() -> int", 0, shout, NULL, NULL, NULL),
                     ACT_EPARSE);
    assert_int_equal(
        cel_env_func(env, "size", "(string) -> int", 0, shout, NULL, NULL, NULL),
        ACT_EEXISTS);
    assert_int_equal(cel_env_func(env, "size", "(int) -> int", 0, shout, NULL, NULL, NULL),
                     ACT_OK);
    assert_int_equal(cel_env_var(env, "x", "int", &first, NULL), ACT_OK);
    assert_int_equal(cel_env_var(env, "a.b", "list(string)", &second, NULL), ACT_OK);
    assert_int_equal(first, 0);
    assert_int_equal(second, 1);
    assert_int_equal(cel_env_var(env, "x", "string", NULL, NULL), ACT_EEXISTS);
    assert_int_equal(cel_env_var(env, "y", "strin", NULL, NULL), ACT_EPARSE);
    assert_int_equal(cel_env_var(env, "y z", "string", NULL, NULL), ACT_EPARSE);
    assert_int_equal(cel_env_container(env, "a..b"), ACT_EPARSE);
    assert_int_equal(cel_env_find_var(env, ACT_STR("a.b")), 1);
    assert_int_equal(cel_env_find_var(env, ACT_STR("a")), -1);
    assert_int_equal(cel_env_var_count(env), 2);
    assert_int_equal(cel_env_var_name(env, 2).len, 0);
}

/* ---- the rest ------------------------------------------------------------------------ */

static void zones_come_from_the_folder_that_is_named(void **state)
{
    static const char *const berlin =
        "timestamp('2024-07-01T12:00:00Z').getHours('Europe/Berlin')";
    ACT_AUTO(cel_env) usual = new_env(0);
    ACT_AUTO(cel_env) nowhere = new_env(0);
    (void)state;
    assert_int_equal(cel_env_zoneinfo(nowhere, "/nowhere"), ACT_OK);
    expect(usual, berlin, "14");
    assert_null(strstr(outcome(nowhere, berlin, NULL), "14"));
    expect(nowhere, "timestamp('2024-07-01T12:00:00Z').getHours('+02:00')", "14");
}

static void numbers_of_json_are_what_the_context_says(void **state)
{
    ACT_AUTO(cel_env) env = new_env(0);
    ACT_AUTO(cel_program) p = NULL;
    ACT_AUTO(cel_ctx) ctx = NULL;
    act_json_parser *parser;
    act_arena *arena;
    const act_json *json;
    cel_value v;
    uint32_t var;
    (void)state;
    assert_int_equal(cel_env_var(env, "x", "dyn", &var, NULL), ACT_OK);
    assert_int_equal(cel_compile(env, ACT_STR("[x.i, x.d].map(n, n)"), 0, NULL, NULL, &p),
                     ACT_OK);
    assert_int_equal(cel_ctx_new(env, &ctx), ACT_OK);
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &parser), ACT_OK);
    assert_int_equal(act_arena_new(1 << 20, 0, &arena), ACT_OK);
    assert_int_equal(
        act_json_parse(parser, arena, ACT_STR("{\"i\":3,\"d\":1.5}"), 0, &json, NULL),
        ACT_OK);
    for (int on = 0; on <= 1; on++) {
        cel_ctx_json_int(ctx, on);
        assert_int_equal(cel_bind_json(ctx, var, json), ACT_OK);
        assert_int_equal(cel_eval(p, ctx, &v, NULL), ACT_OK);
        assert_int_equal(cel_list_at(v, 0).kind, on ? CEL_INT : CEL_DOUBLE);
        assert_int_equal(cel_list_at(v, 1).kind, CEL_DOUBLE);
    }
    assert_int_equal(cel_bind_json(ctx, var + 1, json), ACT_EINVAL);
    act_json_parser_free(parser);
    act_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_change_one_thing_each),
        cmocka_unit_test(functions_of_the_host_are_called),
        cmocka_unit_test(bad_declarations_are_refused),
        cmocka_unit_test(zones_come_from_the_folder_that_is_named),
        cmocka_unit_test(numbers_of_json_are_what_the_context_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
