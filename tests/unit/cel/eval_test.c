#include "eval_helper.h"

#include "cel/value.h"

static eval_bench bench;

static int open_bench(void **state)
{
    (void)state;
    eval_bench_open(&bench, NULL, 0);
    return 0;
}

static int close_bench(void **state)
{
    (void)state;
    eval_bench_close(&bench);
    return 0;
}

static void rules_of_policies_hold(void **state)
{
    (void)state;
    static const eval_case cases[] = {
        { "audit.verb == 'create'", "true" },
        { "'create' == audit.verb", "true" },
        { "audit.verb != 'create'", "false" },
        { "audit.verb in ['update', 'patch']", "false" },
        { "audit.verb in ['update', 'create'] && !has(audit.objectRef.subresource)",
          "true" },
        { "audit['objectRef'].name", "\"web\"" },
        { "audit.objectRef['name']", "\"web\"" },
        { "audit.responseStatus.code >= 200 && audit.responseStatus.code < 300", "true" },
        { "200 <= audit.responseStatus.code", "true" },
        { "audit.responseStatus.code == 201", "true" },
        { "audit.responseStatus.code in [200, 201]", "true" },
        { "type(audit.responseStatus.code)", "type(double)" },
        { "actor.startsWith('sys')", "false" },
        { "actor.startsWith('ali') && actor.endsWith('ce') && actor.contains('lic')",
          "true" },
        { "'HTTP proxy ' + audit.objectRef.name", "\"HTTP proxy web\"" },
        { "'a' + 'b' + actor + '/' + kind + '.'", "\"abalice/deployments.\"" },
        { "audit.user.groups.exists(g, g == 'dev')", "true" },
        { "audit.user.groups.all(g, g.startsWith('dev'))", "false" },
        { "audit.user.groups.exists_one(g, g == 'dev')", "true" },
        { "audit.user.groups.map(g, g + '!')", "[\"dev!\",\"system:authenticated!\"]" },
        { "audit.user.groups.filter(g, g.contains(':'))", "[\"system:authenticated\"]" },
        { "audit.requestURI.matches('^/apis/apps/.*/deployments/')", "true" },
        { "audit.requestURI.matches('^/apis/' + 'batch')", "false" },
        { "audit.deep.a.b.c ? 'yes' : 'no'", "\"yes\"" },
        { "audit.deep", "{\"a\":{\"b\":{\"c\":true}}}" },
        { "string(audit.responseStatus.code)", "\"201\"" },
        { "size(audit.user.groups) == 2", "true" },
        { "audit.numbers[2]", "3.5" },
        { "audit.nothing == null", "true" },
    };
    eval_cases(&bench, cases, ACT_COUNT(cases));
}

static void presence_follows_the_parent(void **state)
{
    (void)state;
    static const eval_case cases[] = {
        { "has(audit.verb)", "true" },
        { "has(audit.nothing)", "true" },
        { "has(audit.missing)", "false" },
        { "has(audit.missing.name)", "error: no such key: missing" },
        { "has(audit.verb.x)", "error: no such overload" },
        { "has(audit.nothing.x)", "error: no such overload" },
        { "audit.missing", "error: no such key: missing" },
        { "audit.missing.deeper", "error: no such key: missing" },
        { "audit.missing == 'x' || true", "true" },
        { "has({'a': 1}.a)", "true" },
        { "has({'foo': optional.none()}.foo.bar)", "false" },
        { "audit.?missing.name.orValue('none')", "\"none\"" },
        { "audit.?objectRef.name.orValue('none')", "\"web\"" },
        { "audit[?'verb'].hasValue()", "true" },
        { "{'k': dyn(null)}.?k.x", "error: no such overload" },
        { "[1, 2][?5].orValue(7)", "7" },
        { "unbound", "error: undeclared reference to 'unbound'" },
        { "unbound.x.y", "error: undeclared reference to 'unbound'" },
        { "unbound || true", "true" },
    };
    eval_cases(&bench, cases, ACT_COUNT(cases));
}

static void errors_are_absorbed_in_both_directions(void **state)
{
    (void)state;
    static const eval_case cases[] = {
        { "1 / 0 == 1 || true", "true" },
        { "true || 1 / 0 == 1", "true" },
        { "1 / 0 == 1 && false", "false" },
        { "false && 1 / 0 == 1", "false" },
        { "1 / 0 == 1 && true", "error: division by zero" },
        { "true && 1 / 0 == 1", "error: division by zero" },
        { "1 / 0 == 1 || audit.missing == 1", "error: division by zero" },
        { "1 / 0 == 1 || false || audit.missing == 1 || true", "true" },
        { "audit.missing == 1 && 1 / 0 == 1 && false && unbound", "false" },
        { "dyn(1) || true", "true" },
        { "true && dyn(1)", "error: no such overload" },
        { "false ? 1 / 0 : 2", "2" },
        { "(1 / 0 == 1) ? 1 : 2", "error: division by zero" },
        { "dyn('x') ? 1 : 2", "error: no such overload" },
        { "[1, 0, 2].exists(x, 2 / x == 1)", "true" },
        { "[1, 0, 4].exists(x, 2 / x == 1)", "error: division by zero" },
        { "[0, 1].all(x, 2 / x == 1)", "false" },
        { "[0, 2].all(x, 2 / x == 1)", "error: division by zero" },
        { "[].all(x, x)", "true" },
        { "[].exists(x, x)", "false" },
        { "[1].exists_one(x, 1 / 0 == x)", "error: division by zero" },
        { "[1, 2].map(x, x / 0)", "error: division by zero" },
    };
    eval_cases(&bench, cases, ACT_COUNT(cases));
}

static void numbers_compare_on_one_line(void **state)
{
    (void)state;
    static const eval_case cases[] = {
        { "dyn(1) == 1.0", "true" },
        { "dyn(1u) == 1", "true" },
        { "dyn(9007199254740993) == 9007199254740992.0", "true" },
        { "dyn(-1) < 1u", "true" },
        { "dyn(18446744073709551615u) > 9223372036854775807", "true" },
        { "9223372036854775807 < dyn(9223372036854775808.0)", "false" },
        { "0.0 == -0.0", "true" },
        { "double('nan') == double('nan')", "false" },
        { "double('nan') != double('nan')", "true" },
        { "double('nan') < 1.0", "error: NaN values cannot be ordered" },
        { "1.0 > double('nan')", "error: NaN values cannot be ordered" },
        { "[1, 2] == dyn([1.0, 2u])", "true" },
        { "{1: 'a'} == dyn({1u: 'a'})", "true" },
        { "dyn(1.0) in [1, 2]", "true" },
        { "dyn(1.5) in {1: 2}", "false" },
        { "dyn(null) in {1: 2}", "false" },
        { "dyn(1u) in {1: 2}", "true" },
        { "dyn({1: 2})[1.0]", "2" },
        { "dyn([1])[0.0]", "1" },
        { "dyn([1])[0.5]", "error: a list is indexed by whole numbers" },
        { "[1][3]", "error: index out of bounds: 3" },
        { "[1][-1]", "error: index out of bounds: -1" },
        { "{1: 2}[3]", "error: no such key: 3" },
        { "dyn({1: 2})[null]", "error: unsupported key type" },
        { "dyn(null) < 1", "error: no such overload" },
        { "null == null", "true" },
        { "dyn('a') == 1", "false" },
        { "false < true", "true" },
        { "b'a' < b'b'", "true" },
        { "'a' < 'B'", "false" },
        { "dyn(3) in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "true" },
        { "dyn(3.0) in [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]", "true" },
        { "'k' in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k']", "true" },
        { "audit.verb in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'create']", "true" },
        { "audit.verb in ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j']", "false" },
    };
    eval_cases(&bench, cases, ACT_COUNT(cases));
}

static void integers_trap(void **state)
{
    (void)state;
    static const eval_case cases[] = {
        { "9223372036854775807 + 1", "error: integer overflow" },
        { "-9223372036854775808 - 1", "error: integer overflow" },
        { "-(-9223372036854775808)", "error: integer overflow" },
        { "-9223372036854775808 / -1", "error: integer overflow" },
        { "-9223372036854775808 % -1", "error: integer overflow" },
        { "9223372036854775807 * 2", "error: integer overflow" },
        { "18446744073709551615u + 1u", "error: unsigned integer overflow" },
        { "0u - 1u", "error: unsigned integer overflow" },
        { "7 / 0", "error: division by zero" },
        { "7 % 0", "error: modulus by zero" },
        { "7 / -2", "-3" },
        { "7 % -2", "1" },
        { "-7 % 2", "-1" },
        { "1.0 / 0.0", "\"Infinity\"" },
        { "dyn(1) + 1u", "error: no such overload" },
        { "dyn(1) + 1.0", "error: no such overload" },
        { "[1] + [2, 3]", "[1,2,3]" },
        { "b'a' + b'b' == b'ab'", "true" },
        { "duration('1h') + duration('30m') == duration('90m')", "true" },
        { "timestamp('2024-02-28T23:00:00Z') + duration('2h')",
          "\"2024-02-29T01:00:00Z\"" },
        { "timestamp('9999-12-31T23:59:59Z') + duration('1s')",
          "error: timestamp or duration out of range" },
        { "timestamp('2024-01-02T00:00:00Z') - timestamp('2024-01-01T00:00:00Z')",
          "\"86400s\"" },
    };
    eval_cases(&bench, cases, ACT_COUNT(cases));
}

static void conversions_are_strict(void **state)
{
    (void)state;
    static const eval_case cases[] = {
        { "int('-12')", "-12" },
        { "int('+12')", "12" },
        { "int(' 12')", "error: type conversion error from 'string' to 'int'" },
        { "int(1e19)", "error: integer overflow" },
        { "int(9223372036854775807.0)", "error: integer overflow" },
        { "int(-1.9)", "-1" },
        { "uint(-0.5)", "error: unsigned integer overflow" },
        { "string(uint('12'))", "\"12\"" },
        { "uint('-1')", "error: type conversion error from 'string' to 'uint'" },
        { "string(1e6)", "\"1e+06\"" },
        { "string(123456.789)", "\"123456.789\"" },
        { "string(-0.0)", "\"-0\"" },
        { "string(0.1 + 0.2)", "\"0.30000000000000004\"" },
        { "double('1e400')", "error: type conversion error from 'string' to 'double'" },
        { "bool('True')", "true" },
        { "bool('yes')", "error: type conversion error from 'string' to 'bool'" },
        { "string(b'\\xff')", "error: invalid UTF-8 in bytes, cannot convert to string" },
        { "bytes('\\u00ff')", "\"w78=\"" },
        { "string(timestamp('2024-01-01T01:00:00.120+01:00'))",
          "\"2024-01-01T00:00:00.12Z\"" },
        { "string(duration('1h30m'))", "\"5400s\"" },
        { "timestamp(0)", "\"1970-01-01T00:00:00Z\"" },
        { "int(timestamp('1969-12-31T23:59:59.5Z'))", "-1" },
        { "type(type(1))", "type(type)" },
        { "type(optional.none()) == optional_type", "true" },
    };
    eval_cases(&bench, cases, ACT_COUNT(cases));
}

static void folds_and_binds_nest(void **state)
{
    (void)state;
    static const eval_case cases[] = {
        { "[1, 2, 3].map(x, x > 1, x * 10)", "[20,30]" },
        { "{'a': 1, 'b': 2}.map(k, k)", "[\"a\",\"b\"]" },
        { "{'a': 1, 'b': 2}.filter(k, k == 'b')", "[\"b\"]" },
        { "[[1, 2], [3]].map(l, l.map(x, x + size(l)))", "[[3,4],[4]]" },
        { "[3, 4].transformList(i, v, i * 10 + v)", "[3,14]" },
        { "{'a': 1}.transformMap(k, v, k + string(v))", "{\"a\":\"a1\"}" },
        { "['x', 'y'].transformMapEntry(i, v, {v: i})", "{\"x\":0,\"y\":1}" },
        { "['x', 'x'].transformMapEntry(i, v, {v: i})", "error: duplicate map key" },
        { "audit.objectRef.all(k, v, k != v)", "true" },
        { "audit.objectRef.exists(k, v, v == 'web')", "true" },
        { "cel.bind(x, 'a' + actor, x + x)", "\"aaliceaalice\"" },
        { "cel.bind(x, 1 / 0, true)", "true" },
        { "cel.bind(x, 1 / 0, x == 1 || true)", "true" },
        { "cel.bind(x, [1, 2].map(y, y * 2), [10, 20].map(z, z + x[0]))", "[12,22]" },
        { "cel.bind(x, [1, 2].map(y, y), [3, 4].map(y, x.map(z, z + y)))",
          "[[4,5],[5,6]]" },
        { "optional.of(3).optMap(x, x + 1).value()", "4" },
        { "optional.none().or(optional.of(2)).value()", "2" },
        { "optional.of(1).or(optional.of(1 / 0)).value()", "1" },
        { "[?optional.none(), ?optional.of(1), 2]", "[1,2]" },
        { "{?'a': optional.none(), 'b': 1}", "{\"b\":1}" },
        { "{'a': 1, 'b': {'c': [1, 2u, 'x', b'x', true, null, 1.5]}}",
          "{\"a\":1,\"b\":{\"c\":[1,2,\"x\",\"eA==\",true,null,1.5]}}" },
        { "{dyn(1): 1, dyn(1u): 2}", "error: duplicate map key" },
        { "dyn([]).all(x, x) && dyn({}).all(x, x)", "true" },
        { "dyn(1).all(x, x)", "error: no such overload" },
    };
    eval_cases(&bench, cases, ACT_COUNT(cases));
}

static void dates_have_zones(void **state)
{
    (void)state;
    static const eval_case cases[] = {
        { "timestamp('2024-07-01T12:34:56.789Z').getHours()", "12" },
        { "timestamp('2024-07-01T12:34:56.789Z').getMilliseconds()", "789" },
        { "timestamp('2024-07-01T12:34:56Z').getHours('+05:45')", "18" },
        { "timestamp('2024-07-01T12:34:56Z').getMinutes('05:45')", "19" },
        { "timestamp('2024-07-01T12:34:56Z').getMonth()", "6" },
        { "timestamp('2024-07-01T12:34:56Z').getDayOfYear()", "182" },
        { "timestamp('2024-07-01T12:34:56Z').getHours('../etc/passwd')",
          "error: unknown time zone ../etc/passwd" },
        { "duration('3730s').getMinutes()", "62" },
        { "duration('123.321456789s').getMilliseconds()", "321" },
    };
    eval_cases(&bench, cases, ACT_COUNT(cases));
}

static void errors_tell_where(void **state)
{
    (void)state;
    ACT_AUTO(cel_program) p = NULL;
    cel_value v = cel_int(42);
    act_err e = ACT_ERR_INIT;
    act_str source = ACT_STR("true &&\n  audit.objectRef.missing == 'x'");
    assert_int_equal(cel_compile(bench.env, source, 0, NULL, bench.errors, &p), ACT_OK);
    assert_int_equal(cel_eval(p, bench.ctx, &v, &e), ACT_EEVAL);
    assert_int_equal(v.as.i64, 42);
    assert_int_equal(e.line, 2);
    assert_string_equal(e.text, "no such key: missing");
    assert_int_equal(cel_ctx_error(bench.ctx), CEL_E_NO_SUCH_KEY);
}

static void bad_presence_can_be_false(void **state)
{
    (void)state;
    eval_bench b;
    eval_bench_open(&b, NULL, CEL_OPT_BAD_PRESENCE_FALSE);
    static const eval_case cases[] = {
        { "has(audit.verb.x)", "false" },
        { "has(audit.nothing.x)", "false" },
        { "has(audit.missing.x)", "error: no such key: missing" },
        { "has(dyn('s').x)", "false" },
        { "audit.verb.?x.hasValue()", "false" },
    };
    eval_cases(&b, cases, ACT_COUNT(cases));
    eval_bench_close(&b);
}

static void slots_follow_rebinding(void **state)
{
    (void)state;
    ACT_AUTO(cel_slots) slots = NULL;
    ACT_AUTO(cel_program) p = NULL;
    ACT_AUTO(cel_program) q = NULL;
    cel_value v;
    assert_int_equal(cel_slots_new(bench.env, &slots), ACT_OK);
    assert_int_equal(
        cel_compile(bench.env, ACT_STR("audit.verb == 'get'"), 0, slots, NULL, &p), ACT_OK);
    assert_int_equal(cel_compile(bench.env, ACT_STR("has(audit.verb)"), 0, slots, NULL, &q),
                     ACT_OK);
    static const struct {
        const char *event;
        bool get, has;
    } rows[] = {
        { "{\"verb\":\"get\"}", true, true },
        { "{\"verb\":\"list\"}", false, true },
        { "{\"verb\":null}", false, true },
        { "{\"other\":1,\"verb\":\"get\"}", true, true },
        { "{\"other\":1,\"verb\":\"get\",\"more\":2}", true, true },
        { "{\"other\":1,\"many\":3,\"more\":2,\"verb\":\"get\"}", true, true },
        { "{\"verb\":\"get\"}", true, true },
    };
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        eval_bench_event(&bench, rows[i].event);
        assert_int_equal(cel_eval(p, bench.ctx, &v, NULL), ACT_OK);
        assert_int_equal(cel_value_is_true(v), rows[i].get);
        assert_int_equal(cel_eval_more(q, bench.ctx, &v, NULL), ACT_OK);
        assert_int_equal(cel_value_is_true(v), rows[i].has);
    }
    eval_bench_event(&bench, "{}");
    assert_int_equal(cel_eval(p, bench.ctx, &v, NULL), ACT_EEVAL);
    assert_int_equal(cel_eval(q, bench.ctx, &v, NULL), ACT_OK);
    assert_false(cel_value_is_true(v));
    size_t n;
    const cel_path *paths = cel_program_paths(p, &n);
    assert_int_equal(n, 1);
    assert_int_equal(paths[0].count, 1);
    assert_true(act_str_eq(paths[0].keys[0], ACT_STR("verb")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_of_policies_hold),
        cmocka_unit_test(presence_follows_the_parent),
        cmocka_unit_test(errors_are_absorbed_in_both_directions),
        cmocka_unit_test(numbers_compare_on_one_line),
        cmocka_unit_test(integers_trap),
        cmocka_unit_test(conversions_are_strict),
        cmocka_unit_test(folds_and_binds_nest),
        cmocka_unit_test(dates_have_zones),
        cmocka_unit_test(errors_tell_where),
        cmocka_unit_test(bad_presence_can_be_false),
        cmocka_unit_test(slots_follow_rebinding),
    };
    return cmocka_run_group_tests(tests, open_bench, close_bench);
}
