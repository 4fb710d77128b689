/* Filters: the SQL that each construct becomes, and what is refused where. */
#include "core/filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static act_filter_env *env;
static act_arena *arena;

static int setup(void **state)
{
    (void)state;
    return act_filter_env_new(&env) || act_arena_new(64 << 20, 0, &arena);
}

static int teardown(void **state)
{
    (void)state;
    act_arena_free(arena);
    act_filter_env_free(env);
    return 0;
}

static size_t put(char *out, size_t at, const char *format, ...) ACT_PRINTF(3, 4);
static size_t put(char *out, size_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out + at, 4096 - at, format, args);
    va_end(args);
    return at + (size_t)n;
}

/* "SQL | param | param", or "! line:column: message" of the first problem. */
static const char *translate(enum act_filter_resource resource, const char *text,
                             char out[4096])
{
    act_problems problems = act_problems_in(arena);
    act_filter f;
    int err = act_filter_translate(env, resource, act_str_cstr(text), arena, &problems,
                                   ACT_STR("spec.filter"), &f);
    if (err) {
        assert_int_equal(err, ACT_EINVAL);
        assert_true(problems.count > 0);
        assert_true(act_str_eq(problems.first->field, ACT_STR("spec.filter")));
        (void)put(out, 0, "! %.*s", ACT_STR_ARG(problems.first->detail));
        return out;
    }
    size_t at = put(out, 0, "%.*s", ACT_STR_ARG(f.sql));
    for (size_t i = 0; i < f.n_params; i++) {
        const act_sql_param *p = &f.params[i];
        at = put(out, at, " | ");
        if (p->type == ACT_SQL_STRING)
            at = put(out, at, "%.*s", ACT_STR_ARG(p->as.string));
        else if (p->type != ACT_SQL_STRINGS)
            at = put(out, at, "%lld", (long long)p->as.i64);
        for (size_t k = 0; p->type == ACT_SQL_STRINGS && k < p->as.strings.n; k++)
            at = put(out, at, "%s%.*s", k ? "," : "", ACT_STR_ARG(p->as.strings.ptr[k]));
    }
    return out;
}

static void every_construct_has_its_sql(void **state)
{
    static const struct {
        const char *cel, *sql;
    } cases[] = {
        { "verb == 'delete'", "(verb = {f0:String}) | delete" },
        { "'delete' == verb", "(verb = {f0:String}) | delete" },
        { "verb != 'get'", "(verb != {f0:String}) | get" },
        { "verb < 'm'", "(verb < {f0:String}) | m" },
        { "'m' < verb", "(verb > {f0:String}) | m" },
        { "verb in ['create', 'update']", "(verb IN {f0:Array(String)}) | create,update" },
        { "verb in ['create']", "(verb = {f0:String}) | create" },
        { "verb in []", "(0)" },
        { "responseStatus.code in [403]", "(status_code = {f0:Int64}) | 403" },
        { "responseStatus.code in [403, 409u, 1.5]",
          "((status_code = {f0:Int64}) OR ((status_code = {f1:Int64}) OR (0))) | 403 | "
          "409" },
        { "responseStatus.code in []", "(0)" },
        { "(verb == 'a') == (stage == 'b')",
          "((verb = {f0:String}) = (stage = {f1:String})) | a | b" },
        { "(verb == 'a') != has(user.uid)",
          "((verb = {f0:String}) != (user_uid != '')) | a" },
        { "(verb == 'a') == true", "((verb = {f0:String}) = (1)) | a" },
        { "!(verb == 'get')", "(NOT (verb = {f0:String})) | get" },
        { "verb == 'a' && stage == 'b'",
          "((verb = {f0:String}) AND (stage = {f1:String})) | a | b" },
        { "verb == 'a' || stage == 'b'",
          "((verb = {f0:String}) OR (stage = {f1:String})) | a | b" },
        { "objectRef.namespace == 'x'", "(namespace = {f0:String}) | x" },
        { "objectRef['namespace'] == 'x'", "(namespace = {f0:String}) | x" },
        { "user.username.startsWith('system:')",
          "(startsWith(user, {f0:String})) | system:" },
        { "user.username.endsWith('@x')", "(endsWith(user, {f0:String})) | @x" },
        { "user.username.contains('a%_\\\\')",
          "(position(user, {f0:String}) > 0) | a%_\\" },
        { "user.username.matches('^a.b$')", "(match(user, {f0:String})) | (?-s)^a.b$" },
        { "user.username.lowerAscii() == 'ann'", "(lower(user) = {f0:String}) | ann" },
        { "size(verb) > 3", "(lengthUTF8(verb) > {f0:Int64}) | 3" },
        { "verb.size() == 3", "(lengthUTF8(verb) = {f0:Int64}) | 3" },
        { "size(user.groups) == 0", "(length(user_groups) = {f0:Int64}) | 0" },
        { "'dev' in user.groups", "(has(user_groups, {f0:String})) | dev" },
        { "has(objectRef.name)", "(resource_name != '')" },
        { "has(responseStatus.code)", "(status_code != 0)" },
        { "has(user.groups)", "(notEmpty(user_groups))" },
        { "responseStatus.code >= 400", "(status_code >= {f0:Int64}) | 400" },
        { "responseStatus.code < 200.5", "(status_code <= {f0:Int64}) | 200" },
        { "responseStatus.code > 200.5", "(status_code > {f0:Int64}) | 200" },
        { "responseStatus.code < 1e300", "(1)" },
        { "responseStatus.code < 18446744073709551615u", "(1)" },
        { "verb == 'a' + 'b'", "(verb = {f0:String}) | ab" },
        { "objectRef.name == objectRef.namespace", "(resource_name = namespace)" },
        /* maps */
        { "annotations.a == 'b'", "(annotations[{f0:String}] = {f1:String}) | a | b" },
        { "annotations['k8s.io/a'].startsWith('b')",
          "(startsWith(annotations[{f0:String}], {f1:String})) | k8s.io/a | b" },
        { "annotations['a'].lowerAscii() in ['b', 'c']",
          "(lower(annotations[{f0:String}]) IN {f1:Array(String)}) | a | b,c" },
        { "'a' in annotations", "(mapContains(annotations, {f0:String})) | a" },
        { "has(annotations.a)", "(mapContains(annotations, {f0:String})) | a" },
        { "has(annotations)", "! 1:5: invalid argument to has() macro" },
        { "size(annotations) > 0", "(length(annotations) > {f0:Int64}) | 0" },
        { "size(annotations.a) > 0",
          "(lengthUTF8(annotations[{f0:String}]) > {f1:Int64}) | a | 0" },
        { "annotations.a == annotations.b",
          "(annotations[{f0:String}] = annotations[{f1:String}]) | a | b" },
        { "true", "(1)" },
        { "false || verb == 'x'", "((0) OR (verb = {f0:String})) | x" },
        { "1 < 2", "(1)" },
        /* times: microseconds, finer ones rounded so that the answer stays */
        { "requestReceivedTimestamp >= timestamp('2026-01-01T00:00:00Z')",
          "(timestamp >= {f0:DateTime64(6, 'UTC')}) | 1767225600000000" },
        { "requestReceivedTimestamp >= timestamp('2026-01-01T00:00:00.0000001Z')",
          "(timestamp >= {f0:DateTime64(6, 'UTC')}) | 1767225600000001" },
        { "requestReceivedTimestamp <= timestamp('2026-01-01T00:00:00.0000009Z')",
          "(timestamp <= {f0:DateTime64(6, 'UTC')}) | 1767225600000000" },
        { "requestReceivedTimestamp == timestamp('2026-01-01T00:00:00.0000009Z')", "(0)" },
        { "requestReceivedTimestamp > timestamp('1066-10-14T09:00:00Z')", "(1)" },
        { "requestReceivedTimestamp > timestamp('9999-01-01T00:00:00Z')", "(0)" },
        { "requestReceivedTimestamp > timestamp('2026-01-01T01:00:00Z') - duration('1h')",
          "(timestamp > {f0:DateTime64(6, 'UTC')}) | 1767225600000000" },
        /* no text of the filter gets into the SQL */
        { "verb == \"'; DROP TABLE audit_logs; --\"",
          "(verb = {f0:String}) | '; DROP TABLE audit_logs; --" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char out[4096];
        assert_string_equal(translate(ACT_FILTER_AUDIT, cases[i].cel, out), cases[i].sql);
    }
    (void)state;
}

static void other_resources_have_their_own_fields(void **state)
{
    char out[4096];
    assert_string_equal(translate(ACT_FILTER_ACTIVITY, "spec.resource.kind == 'Pod'", out),
                        "(resource_kind = {f0:String}) | Pod");
    assert_string_equal(translate(ACT_FILTER_ACTIVITY, "spec.actor.name == 'a'", out),
                        "(actor_name = {f0:String}) | a");
    assert_string_equal(translate(ACT_FILTER_EVENT, "regarding.kind == 'Pod'", out),
                        "(regarding_kind = {f0:String}) | Pod");
    assert_string_equal(translate(ACT_FILTER_EVENT, "series.count > 2", out),
                        "(series_count > {f0:Int64}) | 2");
    (void)state;
}

static void what_has_no_sql_form_is_refused_with_its_place(void **state)
{
    static const struct {
        enum act_filter_resource resource;
        const char *cel, *want; /* how the message begins */
    } cases[] = {
        { ACT_FILTER_AUDIT, "verb ==", "! 1:8: " },
        { ACT_FILTER_AUDIT, "verb", "! must be true or false, but is string" },
        { ACT_FILTER_AUDIT, "nobody == 'x'", "! 1:1: undeclared reference to 'nobody'" },
        { ACT_FILTER_AUDIT, "verb == 1", "! 1:6: found no matching overload" },
        { ACT_FILTER_AUDIT, "responseStatus.code == '200'",
          "! 1:21: responseStatus.code must be compared with a number" },
        { ACT_FILTER_AUDIT, "user.age == 'x'", "! 1:5: no field user.age here" },
        { ACT_FILTER_AUDIT, "objectRef.nope == 'x'",
          "! 1:10: no field objectRef.nope here" },
        { ACT_FILTER_AUDIT, "user.username == 1",
          "! 1:15: user.username must be compared" },
        { ACT_FILTER_AUDIT, "user.groups == 'x'", "! 1:13: user.groups is a list" },
        { ACT_FILTER_AUDIT, "user.groups.exists(g, g == 'x')", "! " },
        { ACT_FILTER_AUDIT, "verb == 'a' ? true : false", "! 1:13: _?_:_ cannot be used" },
        { ACT_FILTER_AUDIT, "verb.matches('(')", "! 1:14: " },
        { ACT_FILTER_AUDIT, "verb.matches(stage)", "! 1:14: must be a constant string" },
        { ACT_FILTER_AUDIT, "verb.startsWith(stage)", "! 1:17: must be a constant string" },
        { ACT_FILTER_AUDIT, "verb + 'x' == 'ax'", "! 1:6: only fields" },
        { ACT_FILTER_AUDIT, "timestamp(verb) < timestamp('2026-01-01T00:00:00Z')", "! " },
        { ACT_FILTER_AUDIT, "1 / 0 == 1", "! 1:" },
        { ACT_FILTER_AUDIT, "'x' in objectRef", "! 1:8: no field objectRef here" },
        { ACT_FILTER_AUDIT, "annotations == {'a': 'b'}", "! 1:13: annotations is a map" },
        { ACT_FILTER_AUDIT, "annotations.a.b == 'x'", "! " },
        { ACT_FILTER_AUDIT, "annotations[verb] == 'x'", "! 1:12: only fields" },
        { ACT_FILTER_ACTIVITY, "metadata.labels.a.b == 'x'",
          "! 1:18: no field metadata.labels.a.b here" },
        { ACT_FILTER_ACTIVITY, "spec.actor == 'x'", "! 1:5: no field spec.actor here" },
        { ACT_FILTER_ACTIVITY, "spec.actor.name.first == 'x'",
          "! 1:16: no field spec.actor.name.first here" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char out[4096];
        const char *got = translate(cases[i].resource, cases[i].cel, out);
        if (strncmp(got, cases[i].want, strlen(cases[i].want)) != 0)
            fail_msg("%s: got %s, want %s", cases[i].cel, got, cases[i].want);
    }
    (void)state;
}

static void unknown_names_come_with_the_known_ones(void **state)
{
    char out[4096];
    const char *got = translate(ACT_FILTER_AUDIT, "nobody == 'x'", out);
    assert_non_null(strstr(got, "auditID"));
    assert_non_null(strstr(got, "objectRef.apiGroup"));
    assert_non_null(strstr(got, "user.uid"));
    (void)state;
}

static void second_line_is_counted(void **state)
{
    char out[4096];
    const char *got = translate(ACT_FILTER_AUDIT, "verb == 'é' &&\n  user.age == 'x'", out);
    assert_true(strncmp(got, "! 2:7: no field", 15) == 0);
    (void)state;
}

static void fields_are_told(void **state)
{
    act_problems problems = act_problems_in(arena);
    act_filter f;
    assert_int_equal(act_filter_translate(env, ACT_FILTER_AUDIT,
                                          ACT_STR("user.username == 'a' && true"), arena,
                                          &problems, ACT_STR("spec.filter"), &f),
                     0);
    size_t n;
    const act_filter_field *fields = act_filter_fields(ACT_FILTER_AUDIT, &n);
    assert_true(n <= 64);
    for (size_t i = 0; i < n; i++)
        assert_int_equal((f.fields >> i) & 1, strcmp(fields[i].path, "user.username") == 0);
    (void)state;
}

static void limits_are_enforced(void **state)
{
    act_buf text = ACT_BUF_INIT;
    char out[4096];
    /* constants */
    for (int i = 0; i < ACT_FILTER_PARAMS_MAX + 1; i++)
        act_buf_add(&text, i ? ACT_STR("||verb=='a'") : ACT_STR("verb=='a'"));
    act_buf_add_byte(&text, '\0');
    assert_true(translate(ACT_FILTER_AUDIT, text.ptr, out)[0] == '!');
    /* bytes */
    act_buf_clear(&text);
    act_buf_add(&text, ACT_STR("verb == '"));
    while (text.len < ACT_FILTER_BYTES_MAX)
        act_buf_add_byte(&text, 'x');
    act_buf_add(&text, ACT_STR("'"));
    act_buf_add_byte(&text, '\0');
    assert_true(translate(ACT_FILTER_AUDIT, text.ptr, out)[0] == '!');
    act_buf_done(&text);
    (void)state;
}

static void field_tables_are_sorted_for_the_search(void **state)
{
    for (int r = 0; r < ACT_FILTER_RESOURCES; r++) {
        size_t n;
        const act_filter_field *f = act_filter_fields((enum act_filter_resource)r, &n);
        for (size_t i = 0; i < n; i++) {
            assert_ptr_equal(
                act_filter_field_find((enum act_filter_resource)r, act_str_cstr(f[i].path)),
                &f[i]);
            if (i)
                assert_true(strcmp(f[i - 1].path, f[i].path) < 0);
        }
        assert_null(act_filter_field_find((enum act_filter_resource)r, ACT_STR("zzz")));
    }
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_construct_has_its_sql),
        cmocka_unit_test(other_resources_have_their_own_fields),
        cmocka_unit_test(what_has_no_sql_form_is_refused_with_its_place),
        cmocka_unit_test(unknown_names_come_with_the_known_ones),
        cmocka_unit_test(second_line_is_counted),
        cmocka_unit_test(fields_are_told),
        cmocka_unit_test(limits_are_enforced),
        cmocka_unit_test(field_tables_are_sorted_for_the_search),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
