/* Every limit of an environment: the last case that fits, the first that does not, and that
 * it is this limit which stops it. */
#include "eval_helper.h"

#include "cel/eval.h"

#include <time.h>

static const cel_limits defaults = CEL_LIMITS_INIT;

/* ---- limits whose cases are written out ---------------------------------------------- */

typedef struct {
    const char *name;
    size_t offset, size; /* of the limit in cel_limits */
    uint64_t limit;
    const char *fits;
    const char *beyond;
    const char *error; /* what beyond gives; with the default limits it succeeds */
} limit_case;

#define LIMIT(field, value)                                                                \
    .name = #field, .offset = offsetof(cel_limits, field), .size = sizeof(defaults.field), \
    .limit = (value)

static const limit_case cases[] = {
    { LIMIT(source_bytes, 10), "1234567890", "12345678901",
      "refused: expression is longer than 10 bytes" },
    { LIMIT(source_codepoints, 5), "'\u00e4\u00e4\u00e4'", "'\u00e4\u00e4\u00e4\u00e4'",
      "refused: expression is longer than 5 code points" },
    { LIMIT(nodes, 5), "1 + 2 + 3", "1 + 2 + 3 + 4",
      "refused: expression has more than 5 nodes" },
    { LIMIT(nodes, 6), "[true].all(x, x)", "[true].all(x, !!!x)",
      "refused: expression has more than 6 nodes" },
    { LIMIT(parse_depth, 3), "((1))", "(((1)))",
      "refused: expression recursion limit exceeded: 3" },
    { LIMIT(parse_depth, 3), "[[1]]", "[[[1]]]",
      "refused: expression recursion limit exceeded: 3" },
    { LIMIT(literal_entries, 3), "[1, 2, 3]", "[1, 2, 3, 4]",
      "refused: literal has more than 3 entries" },
    { LIMIT(literal_entries, 2), "{1: 1, 2: 2}", "{1: 1, 2: 2, 3: 3}",
      "refused: literal has more than 2 entries" },
    { LIMIT(call_args, 2), "math.greatest(1, 2)", "math.greatest(1, 2, 3)",
      "refused: call has more than 2 arguments" },
    { LIMIT(comprehension_depth, 2), "[1].all(a, [1].all(b, true))",
      "[1].all(a, [1].all(b, [1].all(c, true)))",
      "refused: comprehensions nest too deeply" },
    { LIMIT(exponent, 10), "1e10", "1e11", "refused: exponent of a number is above 10" },
    { LIMIT(exponent, 10), "1.5E-10", "1.5E-11",
      "refused: exponent of a number is above 10" },

    { LIMIT(regex_codepoints, 3), "'x'.matches('\u00e4bc')", "'x'.matches('\u00e4bcd')",
      "refused: regular expression is longer than 3 characters" },
    { LIMIT(regex_codepoints, 5), "'x'.matches(actor)", "'x'.matches(actor + '.')",
      "error: regular expression is longer than 5 characters" },
    { LIMIT(regex_codepoints, 5), "'x'.find(actor)", "'x'.find(actor + '.')",
      "error: regular expression is longer than 5 characters" },

    { LIMIT(regex_repeat, 5), "'x'.matches('a{5}b{2,4}[{9}]\\\\{9}c{9')",
      "'x'.matches('a{2,6}')",
      "refused: regular expression repeats a part more than 5 times" },
    { LIMIT(regex_repeat, 5), "'x'.matches(actor + '{5,}')", "'x'.matches(actor + '{6}')",
      "error: regular expression repeats a part more than 5 times" },
    { LIMIT(regex_bytes, 4096), "'x'.matches('a{2}')", "'x'.matches('(a|b){200}')",
      "refused: invalid regular expression: pattern too large - compile failed" },

    { LIMIT(iterations, 6), "[1, 2, 3].all(x, [1].all(y, true))",
      "[1, 2, 3].all(x, [1].all(y, true)) && [1].all(z, true)",
      "error: iteration limit exceeded" },
    { LIMIT(iterations, 3), "[1, 2, 3].map(x, x)", "[1, 2, 3, 4].map(x, x)",
      "error: iteration limit exceeded" },
    { LIMIT(iterations, 2), "audit.objectRef.size() > 2 && [1, 2].exists(x, false)",
      "audit.objectRef.exists(k, false)", "error: iteration limit exceeded" },

    { LIMIT(string_bytes, 8), "actor + 'abc'", "actor + 'abcd'",
      "error: memory limit exceeded" },
    { LIMIT(string_bytes, 8), "dyn(actor) + 'abc'", "dyn(actor) + 'abcd'",
      "error: memory limit exceeded" },
    { LIMIT(string_bytes, 8), "bytes(actor) + b'abc'", "bytes(actor) + b'abcd'",
      "error: memory limit exceeded" },
    { LIMIT(string_bytes, 8), "'%s123'.format([actor])", "'%s1234'.format([actor])",
      "error: memory limit exceeded" },
    { LIMIT(string_bytes, 8), "[actor, 'ab'].join('-')", "[actor, 'abc'].join('-')",
      "error: memory limit exceeded" },
    { LIMIT(string_bytes, 8), "actor.replace('i', '1234')", "actor.replace('i', '12345')",
      "error: memory limit exceeded" },
    { LIMIT(string_bytes, 8), "regex.replace(actor, 'i', '1234')",
      "regex.replace(actor, 'i', '12345')", "error: memory limit exceeded" },
    { LIMIT(string_bytes, 8), "base64.encode(bytes(actor))",
      "base64.encode(bytes(actor + 'ab'))", "error: memory limit exceeded" },
    { LIMIT(string_bytes, 7), "strings.quote(actor)", "strings.quote(actor + 'b')",
      "error: memory limit exceeded" },

    { LIMIT(collection, 3), "lists.range(3)", "lists.range(4)",
      "error: memory limit exceeded" },
    { LIMIT(collection, 3), "[1, 2] + audit.numbers.slice(0, 1)",
      "[1, 2] + audit.numbers.slice(0, 2)", "error: memory limit exceeded" },
    { LIMIT(collection, 3), "[1, 2, 3].map(x, x)", "[1, 2, 3, 4].map(x, x)",
      "error: memory limit exceeded" },
    { LIMIT(collection, 2), "{'a': 1, 'b': 2}.transformMap(k, v, v)",
      "{'a': 1, 'b': 2, 'c': 3}.transformMap(k, v, v)", "error: memory limit exceeded" },
    { LIMIT(collection, 2), "['a', 'b'].transformMapEntry(i, v, {v: i})",
      "['a', 'b', 'c'].transformMapEntry(i, v, {v: i})", "error: memory limit exceeded" },
    { LIMIT(collection, 3), "'a-b-c'.split('-')", "'a-b-c-d'.split('-')",
      "error: memory limit exceeded" },
    { LIMIT(collection, 3), "[[1, 2], [3]].flatten()", "[[1, 2], [3, 4]].flatten()",
      "error: memory limit exceeded" },
    { LIMIT(collection, 3), "'abc'.findAll('.')", "'abcd'.findAll('.')",
      "error: memory limit exceeded" },
    { LIMIT(collection, 3), "audit.numbers.reverse()", "[1, 2, 3, 4].reverse()",
      "error: memory limit exceeded" },

    { LIMIT(format_precision, 2), "'%.2f'.format([1.0])", "'%.3f'.format([1.0])",
      "refused: could not parse formatting clause: precision is too large" },
    { LIMIT(format_precision, 2), "('%.2f' + actor).format([1.0])",
      "('%.3f' + actor).format([1.0])",
      "error: could not parse formatting clause: precision is too large" },
    { LIMIT(quantity_bytes, 5), "isQuantity('10000')", "isQuantity('100000')", "false" },
    { LIMIT(quantity_bytes, 1), "quantity(string(1)).isInteger()",
      "quantity(string(10)).isInteger()",
      "error: quantity is too long or its exponent too large" },
    { LIMIT(quantity_exponent, 3), "isQuantity('1e-3')", "isQuantity('1e4')", "false" },
    { LIMIT(quantity_exponent, 3), "quantity(string(1) + 'e3').isInteger()",
      "quantity(string(1) + 'e4').isInteger()",
      "error: quantity is too long or its exponent too large" },
    { LIMIT(semver_bytes, 5), "isSemver('1.2.3')", "isSemver('1.2.34')", "false" },
    { LIMIT(url_bytes, 10), "isURL('https://a/')", "isURL('https://ab/')", "false" },
    { LIMIT(url_bytes, 6), "url('/' + actor).getEscapedPath()",
      "url('/s/' + actor).getEscapedPath()", "error: URL is too long" },
    { LIMIT(timestamp_bytes, 20), "string(timestamp('2024-01-01T00:00:00' + 'Z'))",
      "string(timestamp('2024-01-01T00:00:00.1' + 'Z'))",
      "error: timestamp text is too long" },
    { LIMIT(duration_bytes, 2), "string(duration('1' + 's'))",
      "string(duration('10' + 's'))", "error: duration text is too long" },
};

static void set_limit(cel_limits *limits, const limit_case *c)
{
    uint32_t narrow = (uint32_t)c->limit;
    memcpy((char *)limits + c->offset, c->size == 4 ? (void *)&narrow : (void *)&c->limit,
           c->size);
}

/* Is there a result, and another than @error? */
static bool succeeds(eval_bench *b, const char *source, const char *error)
{
    const char *text = eval_text_flags(b, source, 0);
    return strncmp(text, "error", 5) != 0 && strncmp(text, "refused", 7) != 0 &&
           strcmp(text, error) != 0;
}

static void each_limit_is_reached_and_not_passed(void **state)
{
    (void)state;
    size_t wrong = 0;
    eval_bench free;
    eval_bench_open(&free, NULL, 0);
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        const limit_case *c = &cases[i];
        cel_limits limits = CEL_LIMITS_INIT;
        set_limit(&limits, c);
        eval_bench b;
        eval_bench_open(&b, &limits, 0);
        if (!succeeds(&b, c->fits, c->error)) {
            print_error("%s: %s should fit, but: %s\n", c->name, c->fits,
                        eval_text_flags(&b, c->fits, 0));
            wrong++;
        }
        const char *got = eval_text_flags(&b, c->beyond, 0);
        if (strcmp(got, c->error) != 0) {
            print_error("%s: %s\n  gives %s\n  want  %s\n", c->name, c->beyond, got,
                        c->error);
            wrong++;
        }
        if (!succeeds(&free, c->beyond, c->error)) {
            print_error("%s: %s fails without it: %s\n", c->name, c->beyond,
                        eval_text_flags(&free, c->beyond, 0));
            wrong++;
        }
        eval_bench_close(&b);
    }
    eval_bench_close(&free);
    assert_int_equal(wrong, 0);
}

static void the_defaults_are_the_documented_ones(void **state)
{
    (void)state;
    assert_int_equal(defaults.source_bytes, 16384);
    assert_int_equal(defaults.source_codepoints, 16384);
    assert_int_equal(defaults.nodes, 20000);
    assert_int_equal(defaults.parse_depth, 250);
    assert_int_equal(defaults.literal_entries, 1000);
    assert_int_equal(defaults.call_args, 32);
    assert_int_equal(defaults.comprehension_depth, 8);
    assert_int_equal(defaults.errors, 100);
    assert_int_equal(defaults.regex_codepoints, 1000);
    assert_int_equal(defaults.regex_program, 10000);
    assert_int_equal(defaults.regex_repeat, 1000);
    assert_int_equal(defaults.regex_bytes, 1 << 20);
    assert_int_equal(defaults.cost, 1000000);
    assert_int_equal(defaults.iterations, 100000);
    assert_int_equal(defaults.arena_bytes, 4 << 20);
    assert_int_equal(defaults.string_bytes, 65536);
    assert_int_equal(defaults.collection, 100000);
    assert_int_equal(defaults.exponent, 400);
    assert_int_equal(defaults.format_precision, 100);
    assert_int_equal(defaults.quantity_bytes, 256);
    assert_int_equal(defaults.quantity_exponent, 64);
    assert_int_equal(defaults.semver_bytes, 256);
    assert_int_equal(defaults.url_bytes, 4096);
    assert_int_equal(defaults.timestamp_bytes, 64);
    assert_int_equal(defaults.duration_bytes, 128);
    assert_int_equal(defaults.zones, 64);
}

/* ---- limits whose exact value is found out first --------------------------------------
 */

/* Evaluate once in @b and give the kind of failure; *retused is what the arena handed out.
 */
static enum cel_error_kind evaluate(eval_bench *b, const char *source, uint64_t *retcost,
                                    size_t *retused)
{
    ACT_AUTO(cel_program) p = NULL;
    cel_value v;
    if (cel_compile(b->env, act_str_cstr(source), 0, NULL, b->errors, &p))
        fail_msg("%s: %s", source, cel_errors_text(b->errors).ptr);
    int err = cel_eval(p, b->ctx, &v, NULL);
    assert_true(err == ACT_OK || err == ACT_EEVAL || err == ACT_ELIMIT);
    *retcost = cel_ctx_cost(b->ctx);
    *retused = act_arena_used(b->ctx->arena);
    return cel_ctx_error(b->ctx);
}

static void cost_may_be_spent_to_the_last_unit(void **state)
{
    (void)state;
    eval_bench free;
    eval_bench_open(&free, NULL, 0);
    for (size_t i = 0; i < eval_sample_count; i++) {
        uint64_t cost, again;
        size_t used;
        assert_int_equal(evaluate(&free, eval_samples[i], &cost, &used), CEL_E_NONE);
        if (cost == 0)
            fail_msg("%s costs nothing", eval_samples[i]);
        for (uint64_t short_of = 0; short_of <= cost && short_of < 4; short_of++) {
            cel_limits limits = CEL_LIMITS_INIT;
            limits.cost = cost - short_of;
            eval_bench b;
            eval_bench_open(&b, &limits, 0);
            enum cel_error_kind want = short_of ? CEL_E_COST_LIMIT : CEL_E_NONE;
            if (evaluate(&b, eval_samples[i], &again, &used) != want)
                fail_msg("%s: costs %u, limit %u", eval_samples[i], (unsigned)cost,
                         (unsigned)limits.cost);
            eval_bench_close(&b);
        }
    }
    eval_bench_close(&free);
}

static void a_budget_holds_over_several_evaluations(void **state)
{
    (void)state;
    eval_bench b;
    uint64_t cost;
    size_t used;
    static const char source[] = "audit.user.groups.exists(g, g == actor)";
    eval_bench_open(&b, NULL, 0);
    assert_int_equal(evaluate(&b, source, &cost, &used), CEL_E_NONE);
    uint64_t once = cost;
    cel_ctx_set_budget(b.ctx, 3 * once - 1);
    assert_int_equal(evaluate(&b, source, &cost, &used), CEL_E_NONE);
    assert_int_equal(evaluate(&b, source, &cost, &used), CEL_E_NONE);
    assert_int_equal(evaluate(&b, source, &cost, &used), CEL_E_COST_LIMIT);
    assert_int_equal(evaluate(&b, "actor", &cost, &used), CEL_E_COST_LIMIT); /* all gone */
    cel_ctx_set_budget(b.ctx, 3 * once);
    for (int i = 0; i < 3; i++)
        assert_int_equal(evaluate(&b, source, &cost, &used), CEL_E_NONE);
    assert_int_equal(evaluate(&b, source, &cost, &used), CEL_E_COST_LIMIT);
    cel_ctx_set_budget(b.ctx, 0); /* none */
    assert_int_equal(evaluate(&b, source, &cost, &used), CEL_E_NONE);
    eval_bench_close(&b);
}

static void arena_may_be_used_to_the_last_byte(void **state)
{
    (void)state;
    eval_bench free;
    eval_bench_open(&free, NULL, 0);
    size_t counted = 0;
    for (size_t i = 0; i < eval_sample_count; i++) {
        uint64_t cost;
        size_t used, again;
        assert_int_equal(evaluate(&free, eval_samples[i], &cost, &used), CEL_E_NONE);
        for (size_t short_of = 0; used && short_of <= 1; short_of++) {
            cel_limits limits = CEL_LIMITS_INIT;
            limits.arena_bytes = used - short_of;
            eval_bench b;
            eval_bench_open(&b, &limits, 0);
            enum cel_error_kind want = short_of ? CEL_E_MEMORY_LIMIT : CEL_E_NONE;
            enum cel_error_kind got = evaluate(&b, eval_samples[i], &cost, &again);
            if (got != want)
                fail_msg("%s: uses %zu, limit %zu: %s", eval_samples[i], used,
                         limits.arena_bytes, cel_error_text(got));
            eval_bench_close(&b);
        }
        counted += used > 0;
    }
    assert_true(counted > 15);
    eval_bench_close(&free);
}

/* The engine decides how many instructions a pattern needs; its refusal says it. */
static void regex_programs_are_bounded_to_the_instruction(void **state)
{
    (void)state;
    static const char source[] = "'x'.matches('(a|bc){3}\\\\pL')";
    static const char refusal[] = "refused: regular expression needs %u instructions";
    cel_limits limits = CEL_LIMITS_INIT;
    limits.regex_program = 1;
    unsigned needed = 0;
    for (int turn = 0; turn < 3; turn++) {
        eval_bench b;
        eval_bench_open(&b, &limits, 0);
        const char *text = eval_text_flags(&b, source, 0);
        if (turn < 2) {
            assert_int_equal(sscanf(text, refusal, &needed), 1);
            assert_true(needed > 10);
        } else {
            assert_string_equal(text, "false");
        }
        eval_bench_close(&b);
        limits.regex_program = needed - (turn == 0);
    }
}

/* Patterns that are legal each, but take long, are refused when there are many. */
static void patterns_are_bounded_all_together(void **state)
{
    (void)state;
    eval_bench b;
    eval_bench_open(&b, NULL, 0);
    char few[1024] = "true", many[8192] = "true";
    const char part[] = " && actor.matches('(\\\\pL{4}){2}')";
    for (size_t i = 0; i < 4; i++)
        memcpy(few + 4 + i * (sizeof part - 1), part, sizeof part);
    for (size_t i = 0; i < 200; i++)
        memcpy(many + 4 + i * (sizeof part - 1), part, sizeof part);
    assert_string_equal(eval_text_flags(&b, few, 0), "false");
    assert_string_equal(
        eval_text_flags(&b, many, 0),
        "refused: the regular expressions of the expression are too large together");
    assert_string_equal(eval_text_flags(&b, many, CEL_COMPILE_UNCHECKED), "false");
    eval_bench_close(&b);
}

static void errors_are_reported_up_to_the_limit(void **state)
{
    (void)state;
    cel_limits limits = CEL_LIMITS_INIT;
    limits.errors = 3;
    eval_bench b;
    cel_program *p;
    eval_bench_open(&b, &limits, 0);
    for (size_t wrong = 1; wrong <= 5; wrong++) {
        char source[64] = "x";
        for (size_t i = 1; i < wrong; i++)
            memcpy(source + 4 * i - 3, " + x", 5);
        assert_int_equal(cel_compile(b.env, act_str_cstr(source), 0, NULL, b.errors, &p),
                         ACT_EPARSE);
        assert_int_equal(cel_errors_count(b.errors), wrong < 3 ? wrong : 3);
    }
    eval_bench_close(&b);
}

static void time_zones_give_way_to_each_other(void **state)
{
    (void)state;
    cel_limits limits = CEL_LIMITS_INIT;
    limits.zones = 2;
    eval_bench b;
    eval_bench_open(&b, &limits, 0);
    static const char *const names[] = { "Europe/Berlin", "Asia/Tokyo", "America/New_York",
                                         "Europe/Berlin" };
    for (size_t i = 0; i < ACT_COUNT(names); i++) {
        char source[128];
        snprintf(source, sizeof source, "timestamp(size(actor)).getHours('%s')", names[i]);
        if (!succeeds(&b, source, ""))
            skip(); /* no zone files here */
        assert_in_range(cel_zones_count(b.ctx->scratch.zones), 1, 2);
    }
    eval_bench_close(&b);
}

/* ---- limits that are fixed ------------------------------------------------------------
 */

static void stack_bounds_hold_whatever_is_asked_for(void **state)
{
    (void)state;
    cel_limits limits = CEL_LIMITS_INIT;
    limits.parse_depth = limits.call_args = UINT32_MAX;
    cel_env *env;
    assert_int_equal(cel_env_new(&limits, &env), ACT_OK);
    assert_int_equal(cel_env_limits(env)->parse_depth, 1000);
    assert_int_equal(cel_env_limits(env)->call_args, 32);
    cel_env_free(env);
}

/* "1 + 1 + ...": each sign makes the tree one level deeper. */
static char *sum_of_depth(size_t depth)
{
    char *source = malloc(4 * depth);
    assert_non_null(source);
    memcpy(source, "1", 2);
    for (size_t i = 1; i < depth; i++)
        memcpy(source + 4 * i - 3, " + 1", 5);
    return source;
}

static void trees_are_512_deep_at_most(void **state)
{
    (void)state;
    eval_bench b;
    eval_bench_open(&b, NULL, 0);
    char *fits = sum_of_depth(512), *beyond = sum_of_depth(513);
    assert_string_equal(eval_text(&b, fits), "512");
    assert_string_equal(eval_text(&b, beyond),
                        "refused: expression nests deeper than 512 levels");
    free(fits);
    free(beyond);
    eval_bench_close(&b);
}

static void patterns_and_quantities_have_fixed_bounds(void **state)
{
    (void)state;
    eval_bench b;
    eval_bench_open(&b, NULL, 0);
    static const eval_case rows[] = {
        { "'x'.matches('a{1000}')", "false" },
        { "'x'.matches('a{1001}')",
          "refused: invalid regular expression: invalid repetition size: {1001}" },
        { "isQuantity('1e64')", "true" },
        { "isQuantity('1e65')", "false" },
    };
    eval_cases(&b, rows, ACT_COUNT(rows));
    eval_bench_close(&b);
}

/* ---- stopping -------------------------------------------------------------------------
 */

typedef struct {
    unsigned asked, allowed;
} patience;

static bool is_out_of_patience(void *ud)
{
    patience *p = ud;
    return ++p->asked > p->allowed;
}

static void cancellation_is_asked_for_in_time(void **state)
{
    (void)state;
    eval_bench b;
    uint64_t cost;
    size_t used;
    eval_bench_open(&b, NULL, 0);
    patience p = { .allowed = UINT32_MAX };
    cel_ctx_set_cancel(b.ctx, is_out_of_patience, &p);
    assert_int_equal(evaluate(&b, "lists.range(1000).all(x, x >= 0)", &cost, &used),
                     CEL_E_NONE);
    assert_in_range(p.asked, 10, 11);
    p = (patience){ .allowed = 2 };
    assert_int_equal(evaluate(&b, "lists.range(1000).all(x, x >= 0)", &cost, &used),
                     CEL_E_CANCELLED);
    assert_int_equal(b.ctx->meter.iterations, 300);

    /* The same without an iteration: what counts is cost. */
    static const char compares[] =
        "cel.bind(l, lists.range(12000), l == l && l == l && l == l && l == l)";
    p = (patience){ .allowed = UINT32_MAX };
    assert_int_equal(evaluate(&b, compares, &cost, &used), CEL_E_NONE);
    assert_in_range(p.asked, 4, 6);
    p = (patience){ .allowed = 1 };
    assert_int_equal(evaluate(&b, compares, &cost, &used), CEL_E_CANCELLED);
    eval_bench_close(&b);
}

static double cpu_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Small texts that would take for ever: they end soon, by a limit. In a release that is 50
 * ms, with room for a machine that does other work as well; debug builds and sanitizers
 * take their time. */
static void exponential_expressions_are_stopped(void **state)
{
    (void)state;
#ifdef ACT_ARENA_DEBUG
    const double longest = 2;
#else
    const double longest = 0.1;
#endif
#define DOUBLED ".map(x, [x + x, x + x]).map(x, [x + x, x + x]).map(x, [x + x, x + x])"
    static const char *const sources[] = {
        "[0,1].all(a, [0,1].all(b, [0,1].all(c, [0,1].all(d, [0,1].all(e, [0,1].all(f, "
        "[0,1].all(g, lists.range(10000).all(h, h >= 0))))))))",
        /* four times as much in each step, of shared parts until one looks at all of it */
        "cel.bind(v, [actor, kind]" DOUBLED DOUBLED DOUBLED DOUBLED DOUBLED ", v == v)",
        "cel.bind(a, actor+actor+actor+actor+actor+actor+actor+actor, "
        "cel.bind(b, a+a+a+a+a+a+a+a, cel.bind(c, b+b+b+b+b+b+b+b, "
        "cel.bind(d, c+c+c+c+c+c+c+c, cel.bind(e, d+d+d+d+d+d+d+d, e+e+e+e+e+e+e+e)))))",
        "lists.range(100000).map(x, lists.range(100000))",
        "lists.range(2000).distinct().size() > 0",
        /* patterns that are compiled while running, good ones and too large ones */
        "lists.range(5000).all(x, !'a'.matches('(\\\\pL{50}){15}' + string(x)))",
        "lists.range(5000).all(x, !'a'.matches('[a-z0-9]{1000}' + string(x)))",
        /* time zones that have no file */
        "lists.range(20000).all(x, timestamp(0).getHours('A/' + string(x)) == 0 || true)",
        /* long strings under operations that are cheap on short ones */
        "cel.bind(s, lists.range(6000).map(x, '0123456789').join(), "
        "lists.range(10000).all(x, size(s) > 0))",
        "cel.bind(s, lists.range(6000).map(x, '0123456789').join(), "
        "lists.range(10000).all(x, s in {s: x}))",
        "cel.bind(s, lists.range(6000).map(x, '0123456789').join(), "
        "lists.range(10000).map(x, s).sort().size() == 0)",
        "lists.range(3000).all(x, x in lists.range(3000))",
        "audit.requestURI.replace('', audit.requestURI).replace('', audit.requestURI)"
        ".replace('', audit.requestURI)",
    };
    eval_bench b;
    eval_bench_open(&b, NULL, 0);
    for (size_t i = 0; i < ACT_COUNT(sources); i++) {
        uint64_t cost;
        size_t used;
        double from = cpu_seconds();
        enum cel_error_kind kind = evaluate(&b, sources[i], &cost, &used);
        double took = cpu_seconds() - from;
        if (kind != CEL_E_COST_LIMIT && kind != CEL_E_MEMORY_LIMIT &&
            kind != CEL_E_ITERATION_LIMIT)
            fail_msg("%s: %s", sources[i], cel_error_text(kind));
        if (took > longest)
            fail_msg("%s took %.3f s", sources[i], took);
    }
    eval_bench_close(&b);
}

/* A list whose text is 2^20 times as long as it is: its parts are shared. */
static const char nested[] =
    "dyn([1,2].map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x])"
    ".map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x])"
    ".map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x])"
    ".map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x])"
    ".map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]).map(x, [x,x]))";

static void shared_parts_make_no_endless_work(void **state)
{
    (void)state;
    static const struct {
        const char *before, *behind;
    } uses[] = {
        { "cel.bind(l, ", ", l == l)" },
        { "cel.bind(l, ", ", l in [l])" },
        { "'%s'.format([", "])" },
        { "", ".flatten(40)" },
        { "cel.bind(l, ", ", [l, l].distinct())" },
        { "cel.bind(l, ", ", sets.contains([l], [l]))" },
        { "cel.bind(l, ", ", [l].indexOf(l))" },
        { "cel.bind(l, ", ", {'a': l} == {'a': l})" },
        { "cel.bind(l, ", ", dyn({'a': l}).includes({'a': l}))" },
    };
    eval_bench b;
    uint64_t cost;
    size_t used;
    eval_bench_open(&b, NULL, 0);
    for (size_t i = 0; i < ACT_COUNT(uses); i++) {
        char source[2048];
        snprintf(source, sizeof source, "%s%s%s", uses[i].before, nested, uses[i].behind);
        enum cel_error_kind kind = evaluate(&b, source, &cost, &used);
        if (kind != CEL_E_COST_LIMIT && kind != CEL_E_MEMORY_LIMIT)
            fail_msg("%s: %s", source, cel_error_text(kind));
    }

    ACT_AUTO(cel_program) p = NULL;
    cel_value v;
    act_buf out = ACT_BUF_INIT;
    assert_int_equal(cel_compile(b.env, act_str_cstr(nested), 0, NULL, NULL, &p), ACT_OK);
    assert_int_equal(cel_eval(p, b.ctx, &v, NULL), ACT_OK);
    act_buf_add(&out, ACT_STR("before "));
    assert_int_equal(cel_value_write_text_max(v, 1000, &out), ACT_ELIMIT);
    assert_in_range(out.len, 1000, 1100);
    act_buf_clear(&out);
    assert_int_equal(cel_value_write_json(v, &out), ACT_ELIMIT);
    assert_in_range(out.len, 16 << 20, (16 << 20) + 100);
    act_buf_clear(&out);
    assert_int_equal(cel_value_write_text_max(cel_string(ACT_STR("12345")), 5, &out),
                     ACT_OK);
    assert_int_equal(cel_value_write_text_max(cel_string(ACT_STR("123456")), 5, &out),
                     ACT_ELIMIT);
    act_buf_done(&out);
    eval_bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_limit_is_reached_and_not_passed),
        cmocka_unit_test(the_defaults_are_the_documented_ones),
        cmocka_unit_test(cost_may_be_spent_to_the_last_unit),
        cmocka_unit_test(a_budget_holds_over_several_evaluations),
        cmocka_unit_test(arena_may_be_used_to_the_last_byte),
        cmocka_unit_test(regex_programs_are_bounded_to_the_instruction),
        cmocka_unit_test(patterns_are_bounded_all_together),
        cmocka_unit_test(errors_are_reported_up_to_the_limit),
        cmocka_unit_test(time_zones_give_way_to_each_other),
        cmocka_unit_test(stack_bounds_hold_whatever_is_asked_for),
        cmocka_unit_test(trees_are_512_deep_at_most),
        cmocka_unit_test(patterns_and_quantities_have_fixed_bounds),
        cmocka_unit_test(cancellation_is_asked_for_in_time),
        cmocka_unit_test(exponential_expressions_are_stopped),
        cmocka_unit_test(shared_parts_make_no_endless_work),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
