#include "eval_helper.h"

#include "cel/value.h"

static const char EVENT[] =
    "{\"verb\":\"create\",\"auditID\":\"a1\",\"stage\":\"ResponseComplete\","
    "\"user\":{\"username\":\"alice\",\"groups\":[\"dev\",\"system:authenticated\"]},"
    "\"objectRef\":{\"resource\":\"deployments\",\"name\":\"web\",\"namespace\":\"shop\"},"
    "\"responseStatus\":{\"code\":201,\"metadata\":{}},\"nothing\":null,"
    "\"requestURI\":\"/apis/apps/v1/namespaces/shop/deployments/web\","
    "\"numbers\":[1,2,3.5],\"deep\":{\"a\":{\"b\":{\"c\":true}}}}";

const char *const eval_samples[] = {
    "actor",
    "audit.objectRef.name",
    "has(audit.objectRef.name)",
    "audit.verb == 'create'",
    "audit.verb in ['create', 'update']",
    "audit.verb in ['1', '2', '3', '4', '5', '6', '7', '8', '9', '10']",
    "audit.verb in audit.user.groups",
    "audit.responseStatus.code >= 200.0",
    "actor == kind",
    "actor < kind",
    "audit.user == audit.objectRef",
    "audit.user.groups == audit.user.groups",
    "!(actor == kind) && kind != actor || actor == kind",
    "actor == kind ? 1 : 2",
    "audit.user.groups[0]",
    "audit.?user.groups[?0].orValue('')",
    "actor + kind + actor",
    "audit.numbers + audit.numbers",
    "size(actor) * 2 - 1 + 7 / 3 % 2",
    "-size(actor)",
    "actor.startsWith('al') || actor.endsWith('ce') || actor.contains('x')",
    "audit.requestURI.matches('^/apis/.*/deployments')",
    "audit.requestURI.matches(actor)",
    "[actor, kind, actor]",
    "{actor: kind, kind: actor}",
    "audit.user.groups.all(g, g != actor)",
    "audit.user.groups.exists(g, g == actor)",
    "audit.user.groups.exists_one(g, g == 'dev')",
    "audit.user.groups.map(g, g + actor)",
    "audit.user.groups.filter(g, g == actor)",
    "audit.objectRef.transformMap(k, v, k)",
    "audit.user.groups.transformMapEntry(i, g, {g: i})",
    "cel.bind(x, actor + kind, x + x)",
    "'%s scaled %d'.format([actor, 3])",
    "actor.replace('a', 'b')",
    "audit.requestURI.split('/')",
    "audit.user.groups.join(actor)",
    "lists.range(size(actor))",
    "audit.numbers.sort()",
    "audit.user.groups.distinct()",
    "audit.user.groups.reverse()",
    "sets.contains(audit.user.groups, audit.user.groups)",
    "string(size(actor))",
    "timestamp('2024-01-01T00:00:00Z').getHours('+01:00') + size(actor)",
    "url('https://' + actor + '/x').getHost()",
    "quantity(string(size(actor))).isInteger()",
    "audit.requestURI.findAll('[a-z]+')",
    "base64.encode(bytes(actor))",
};
const size_t eval_sample_count = ACT_COUNT(eval_samples);

static char text[4096];

static const act_json *parse(eval_bench *b, const char *json)
{
    const act_json *node = NULL;
    act_err e = ACT_ERR_INIT;
    if (act_json_parse(b->parser, b->arena, act_str_cstr(json), 0, &node, &e))
        fail_msg("event: %s", e.text);
    return node;
}

const act_json *eval_bench_sample(eval_bench *b)
{
    return parse(b, EVENT);
}

void eval_bench_event(eval_bench *b, const char *json)
{
    assert_int_equal(cel_bind_json(b->ctx, 0, parse(b, json)), ACT_OK);
}

void eval_bench_open(eval_bench *b, const cel_limits *limits, unsigned options)
{
    memset(b, 0, sizeof *b);
    act_err e = ACT_ERR_INIT;
    assert_int_equal(cel_env_new(limits, &b->env), ACT_OK);
    for (int lib = 0; lib < CEL_LIB_COUNT; lib++)
        assert_int_equal(cel_env_lib(b->env, (enum cel_lib_id)lib, CEL_LIB_NEWEST), ACT_OK);
    static const char *const vars[][2] = {
        { "audit", "map(string, dyn)" },
        { "actor", "string" },
        { "kind", "string" },
        { "unbound", "dyn" },
        { "actorRef", "map(string, dyn)" },
        { "anything", "dyn" },
    };
    for (size_t i = 0; i < ACT_COUNT(vars); i++)
        if (cel_env_var(b->env, vars[i][0], vars[i][1], NULL, &e))
            fail_msg("%s", e.text);
    cel_env_options(b->env, options);
    assert_int_equal(cel_ctx_new(b->env, &b->ctx), ACT_OK);
    assert_int_equal(act_arena_new(64 << 20, 0, &b->arena), ACT_OK);
    assert_int_equal(act_json_parser_new((act_json_limits){ 0 }, &b->parser), ACT_OK);
    assert_int_equal(cel_errors_new(&b->errors), ACT_OK);
    eval_bench_event(b, EVENT);
    assert_int_equal(cel_bind_value(b->ctx, 1, cel_string(ACT_STR("alice"))), ACT_OK);
    assert_int_equal(cel_bind_value(b->ctx, 2, cel_string(ACT_STR("deployments"))), ACT_OK);
}

void eval_bench_close(eval_bench *b)
{
    cel_errors_free(b->errors);
    act_json_parser_free(b->parser);
    act_arena_free(b->arena);
    cel_ctx_free(b->ctx);
    cel_env_free(b->env);
}

const char *eval_text_flags(eval_bench *b, const char *source, unsigned flags)
{
    ACT_AUTO(cel_program) p = NULL;
    cel_value v;
    act_err e = ACT_ERR_INIT;
    int err = cel_compile(b->env, act_str_cstr(source), flags, NULL, b->errors, &p);
    if (err) {
        act_str first = ACT_STR("?");
        if (cel_errors_count(b->errors))
            first = cel_errors_at(b->errors, 0).message;
        snprintf(text, sizeof text, "refused: %.*s", ACT_STR_ARG(first));
        return text;
    }
    err = cel_eval(p, b->ctx, &v, &e);
    if (err) {
        snprintf(text, sizeof text, "error: %s", e.text);
        return text;
    }
    act_buf out = ACT_BUF_INIT;
    if (v.kind == CEL_TYPE)
        act_buf_printf(&out, "type(%.*s)", ACT_STR_ARG(cel_value_str(v)));
    else if (cel_value_write_json(v, &out))
        act_buf_printf(&out, "(not JSON)");
    snprintf(text, sizeof text, "%.*s", ACT_STR_ARG(act_buf_str(&out)));
    act_buf_done(&out);
    return text;
}

const char *eval_text(eval_bench *b, const char *source)
{
    char checked[sizeof text];
    snprintf(checked, sizeof checked, "%s", eval_text_flags(b, source, 0));
    if (strncmp(checked, "refused", 7) != 0) {
        static const unsigned others[] = { CEL_COMPILE_UNCHECKED, CEL_COMPILE_NO_FOLD };
        for (size_t i = 0; i < ACT_COUNT(others); i++) {
            const char *other = eval_text_flags(b, source, others[i]);
            bool both_fail =
                strncmp(other, "error", 5) == 0 && strncmp(checked, "error", 5) == 0;
            if (strcmp(other, checked) != 0 && !both_fail)
                fail_msg("%s: flags %u give %s, the usual way gives %s", source, others[i],
                         other, checked);
        }
    }
    memcpy(text, checked, sizeof text);
    return text;
}

void eval_cases(eval_bench *b, const eval_case *cases, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        const char *got = eval_text(b, cases[i].source);
        if (strcmp(got, cases[i].want) != 0) {
            print_error("%s\n  is   %s\n  want %s\n", cases[i].source, got, cases[i].want);
            wrong++;
        }
    }
    assert_int_equal(wrong, 0);
}
