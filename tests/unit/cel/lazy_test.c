/* Big subtrees of an event stay text until an expression looks into them, and what it then
 * sees is what it would have seen in a whole tree. */
#include "eval_helper.h"

enum { LAZY_ABOVE = 64, PROGRAMS_MAX = 128 };

static eval_bench bench;
static act_json_parser *lazy_parser;
static cel_program *programs[PROGRAMS_MAX];

static int open_all(void **state)
{
    (void)state;
    eval_bench_open(&bench, NULL, 0);
    assert_int_equal(
        act_json_parser_new((act_json_limits){ .lazy_above = LAZY_ABOVE }, &lazy_parser),
        ACT_OK);
    assert_true(eval_sample_count <= PROGRAMS_MAX);
    for (size_t i = 0; i < eval_sample_count; i++)
        assert_int_equal(cel_compile(bench.env, act_str_cstr(eval_samples[i]), 0, NULL,
                                     NULL, &programs[i]),
                         ACT_OK);
    return 0;
}

static int close_all(void **state)
{
    (void)state;
    for (size_t i = 0; i < eval_sample_count; i++)
        cel_program_free(programs[i]);
    act_json_parser_free(lazy_parser);
    eval_bench_close(&bench);
    return 0;
}

static const act_json *parse(act_json_parser *p, act_str text)
{
    const act_json *v = NULL;
    assert_int_equal(act_json_parse(p, bench.arena, text, 0, &v, NULL), ACT_OK);
    return v;
}

/* The value's text, or the kind of the failure. */
static void evaluate(const cel_program *p, const act_json *event, act_buf *ret)
{
    cel_value v;
    act_buf_clear(ret);
    assert_int_equal(cel_bind_json(bench.ctx, 0, event), ACT_OK);
    if (cel_eval(p, bench.ctx, &v, NULL))
        act_buf_add(ret, act_str_cstr(cel_error_text(cel_ctx_error(bench.ctx))));
    else
        assert_int_equal(cel_value_write_text(v, ret), ACT_OK);
}

static const char EVENT[] =
    "{\"verb\":\"create\",\"objectRef\":{\"name\":\"web\"},"
    "\"requestObject\":{\"spec\":{\"replicas\":3,\"text\":\"..............................."
    "."
    "..............\"}},"
    "\"responseObject\":{\"kind\":\"Deployment\",\"metadata\":{\"labels\":{\"a/b\":\"c\","
    "\"app\":\"................................................\"}},"
    "\"items\":[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25]}}";

static void only_what_is_touched_is_parsed(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        const char *want;
        bool request, response; /* are they looked into? */
    } rows[] = {
        { "audit.verb == 'create' && audit.objectRef.name == 'web'", "true", false, false },
        { "has(audit.responseObject)", "true", false, false },
        { "has(audit.responseObject.kind)", "true", false, true },
        { "audit.?requestObject.hasValue()", "true", false, false },
        { "audit.requestObject.spec.replicas", "3", true, false },
        { "audit.responseObject.metadata.labels['a/b']", "c", false, true },
        { "audit.responseObject.items.exists(i, i == 25)", "true", false, true },
        { "audit.exists(k, v, k == 'verb' && v == 'create')", "true", false, false },
        { "size(audit.requestObject)", "1", true, false },
        { "audit.requestObject == audit.responseObject", "false", true, true },
        { "type(audit.requestObject) == map", "true", false, false },
    };
    act_buf text = ACT_BUF_INIT;
    for (size_t i = 0; i < ACT_COUNT(rows); i++) {
        ACT_AUTO(cel_program) p = NULL;
        const act_json *event = parse(lazy_parser, act_str_cstr(EVENT));
        const act_json *request = act_json_get(event, ACT_STR("requestObject"));
        const act_json *response = act_json_get(event, ACT_STR("responseObject"));
        assert_true(request->lazy && response->lazy);
        assert_int_equal(
            cel_compile(bench.env, act_str_cstr(rows[i].source), 0, NULL, NULL, &p),
            ACT_OK);
        evaluate(p, event, &text);
        if (!act_str_eq_cstr(act_buf_str(&text), rows[i].want) ||
            request->lazy == rows[i].request || response->lazy == rows[i].response)
            fail_msg("%s gives %.*s; parsed: request %d, response %d", rows[i].source,
                     ACT_STR_ARG(act_buf_str(&text)), !request->lazy, !response->lazy);
    }
    act_buf_done(&text);
}

static void lazy_events_evaluate_like_whole_ones(void **state)
{
    (void)state;
    static char text[8 << 20];
    FILE *f = fopen(ACT_TEST_DATA "/audit.jsonl", "r");
    assert_non_null(f);
    act_str rest = act_str_from(text, fread(text, 1, sizeof text, f)), line;
    fclose(f);
    act_buf lazy = ACT_BUF_INIT, whole = ACT_BUF_INIT;
    size_t records = 0, stayed = 0;
    while (rest.len) {
        rest = act_str_split(rest, '\n', &line);
        if (!line.len)
            continue;
        const act_json *a = parse(lazy_parser, line);
        const act_json *b = parse(bench.parser, line);
        for (size_t i = 0; i < eval_sample_count; i++) {
            evaluate(programs[i], a, &lazy);
            evaluate(programs[i], b, &whole);
            if (!act_str_eq(act_buf_str(&lazy), act_buf_str(&whole)))
                fail_msg("%s: %.*s, whole %.*s", eval_samples[i],
                         ACT_STR_ARG(act_buf_str(&lazy)), ACT_STR_ARG(act_buf_str(&whole)));
        }
        const act_json *response = act_json_get(a, ACT_STR("responseObject"));
        stayed += response && response->lazy;
        records++;
        act_arena_reset(bench.arena);
    }
    assert_true(records > 200);
    assert_true(stayed > 10); /* no sample expression reads them */
    act_buf_done(&lazy);
    act_buf_done(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_touched_is_parsed),
        cmocka_unit_test(lazy_events_evaluate_like_whole_ones),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
