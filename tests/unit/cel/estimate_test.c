/* Static estimates: what expressions can cost at most, and that they do not cost more. */
#include "eval_helper.h"

#include "cel/value.h"
#include "fuzz/support/cel_measure.h"

static const cel_size rule_sizes[] = {
    { "", 256 << 10, 10000 },
    { "audit.user", 4096, 100 },
    { "audit.objectRef", 1024, 16 },
    { "actor", 256, 0 },
};

static cel_program *compile(eval_bench *b, const char *source, unsigned flags)
{
    cel_program *p = NULL;
    if (cel_compile(b->env, act_str_cstr(source), flags, NULL, b->errors, &p))
        fail_msg("%s: %s", source, cel_errors_text(b->errors).ptr);
    return p;
}

static uint64_t estimate_of(eval_bench *b, const char *source, const cel_size *sizes,
                            size_t n)
{
    ACT_AUTO(cel_program) p = compile(b, source, 0);
    uint64_t units = 0;
    assert_int_equal(cel_estimate(p, sizes, n, &units), ACT_OK);
    return units;
}

/* ---- the table ----------------------------------------------------------------------- */

typedef struct {
    const char *source;
    uint64_t units;
} estimate_case;

static const estimate_case cases[] = {
    { "1 + 2 == 3", 0 },
    { "actor", 1 },
    { "audit.verb == 'create'", 3 },
    { "audit.verb in ['update', 'patch'] && !has(audit.objectRef.subresource)", 9 },
    { "has(audit.objectRef.subresource) && audit.objectRef.subresource == 'scale'", 7 },
    { "audit.responseStatus.code >= 200 && audit.responseStatus.code < 300", 10 },
    { "actor == kind ? 'a' : actor + kind", 26270 },
    { "actor.startsWith('system:')", 2 },
    { "'deployment ' + audit.objectRef.name", 107 },
    { "audit.user.groups.exists(g, g == 'dev')", 303 },
    { "audit.user.groups.exists(g, g.contains('dev'))", 813 },
    { "'dev' in audit.user.groups", 135 },
    { "audit.requestURI.contains('/scale')", 26217 },
    { "audit.requestURI.contains(audit.objectRef.name)", 2700150 },
    { "audit.requestURI.contains(audit.requestURI)", 687226229 },
    { "audit.requestURI.matches('^/apis/apps/.*/deployments/')", 183507 },
    { "audit.requestURI.matches(actor)", 1837763 },
    { "audit.requestURI.find('[a-z]+') == 'apis'", 52481 },
    { "timestamp('2024-01-01T00:00:00Z').getHours(actor)", 102 },
    { "'%s scaled to %d'.format([actor, 3])", 385 },
    { "audit.user == audit.objectRef", 123 },
    { "audit.user.groups.exists(c, c.image == 'x')", 404 },
    { "audit.deep.exists(c, c.size() > 1)", 45121 },
    { "audit.numbers.exists(c, [c].exists(p, p == c))", 2082809 },
    { "audit.user.groups.exists(g, g in audit.numbers)", 7598669 },
    { "audit.numbers.all(a, audit.numbers.all(b, a == b))", 19628107822 },
    { "audit.numbers.all(a, audit.numbers.all(b, audit.numbers.all(c, a + b == c)))",
      206084633686309 },
    { "audit.user.groups.map(x, x).distinct().size() > 2", 141176 },
    { "audit.numbers.sort()", 337357 },
    { "lists.range(1000).map(i, i * 2).sum() > 3", 4002 },
    { "lists.range(size(actor)).all(i, i > 2)", 400017 },
    { "[0, 1].all(x, [0, 1].all(y, [0, 1].all(z, x == z)))", 46 },
    { "[1].map(x, [x, x]).map(x, [x, x]).map(x, [x, x])", 39 },
    { "cel.bind(g, audit.user.groups, g.exists(x, x == 'a') || g.exists(x, x == 'b'))",
      605 },
    { "audit.requestURI.split('/').filter(s, s != '').join('.')", 721131 },
    { "url('https://' + actor).getQuery().exists(k, k == 'x')", 8006 },
    { "sets.intersects(audit.user.groups, ['a', 'b'])", 646 },
    { "audit.?user.?groups.orValue([]).exists(g, g == actor)", 296316 },
};

static void estimates_are_the_expected_ones(void **state)
{
    (void)state;
    eval_bench b;
    size_t wrong = 0;
    eval_bench_open(&b, NULL, 0);
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        uint64_t got = estimate_of(&b, cases[i].source, rule_sizes, ACT_COUNT(rule_sizes));
        if (got != cases[i].units) {
            print_error("    { \"%s\", %llu },\n", cases[i].source,
                        (unsigned long long)got);
            wrong++;
        }
    }
    eval_bench_close(&b);
    assert_int_equal(wrong, 0);
}

/* ---- they are upper bounds ----------------------------------------------------------- */

static uint64_t cost_of(eval_bench *b, const cel_program *p)
{
    cel_value v;
    int err = cel_eval(p, b->ctx, &v, NULL);
    assert_true(err == ACT_OK || err == ACT_EEVAL || err == ACT_ELIMIT);
    return cel_ctx_cost(b->ctx);
}

/* Sizes of what eval_bench_open() binds, or of @event in its place, to the byte. */
static void measure_bench(const act_json *event, cel_size sizes[5])
{
    sizes[0] = (cel_size){ .path = "audit" };
    sizes[1] = (cel_size){ .path = "actor", .bytes = strlen("alice") };
    sizes[2] = (cel_size){ .path = "kind", .bytes = strlen("deployments") };
    sizes[3] = (cel_size){ .path = "actorRef" };
    sizes[4] = (cel_size){ .path = "anything" };
    cel_measure(cel_json(event, false), &sizes[0]);
}

static void check_within(eval_bench *b, const char *source, const cel_size *sizes)
{
    static const unsigned flags[] = { 0, CEL_COMPILE_NO_FOLD, CEL_COMPILE_UNCHECKED };
    for (size_t i = 0; i < ACT_COUNT(flags); i++) {
        ACT_AUTO(cel_program) p = compile(b, source, flags[i]);
        uint64_t most = 0, cost = cost_of(b, p);
        assert_int_equal(cel_estimate(p, sizes, 5, &most), ACT_OK);
        if (cost > most)
            fail_msg("%s costs %llu, estimate %llu", source, (unsigned long long)cost,
                     (unsigned long long)most);
    }
}

static void nothing_costs_more_than_its_estimate(void **state)
{
    (void)state;
    eval_bench b;
    cel_size sizes[5];
    eval_bench_open(&b, NULL, 0);
    measure_bench(eval_bench_sample(&b), sizes);
    for (size_t i = 0; i < eval_sample_count; i++)
        check_within(&b, eval_samples[i], sizes);
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        check_within(&b, cases[i].source, sizes);
    eval_bench_close(&b);
}

/* {"items":[...],"user":{"groups":[...]}} with as many texts as fill it evenly or not. */
static void build_event(act_buf *out, unsigned items, unsigned first, unsigned rest)
{
    act_buf_add(out, ACT_STR("{\"items\":["));
    for (unsigned i = 0; i < items; i++) {
        act_buf_printf(out, "%s{\"name\":\"%u", i ? "," : "", i);
        for (unsigned k = 0; k < (i ? rest : first); k++)
            act_buf_add_byte(out, 'a');
        act_buf_add(out, ACT_STR("\",\"parts\":[\"x\",\"yy\"]}"));
    }
    act_buf_add(out, ACT_STR("]}"));
}

/* However the bytes are spread over the elements of a list. */
static void the_spread_of_sizes_does_not_matter(void **state)
{
    (void)state;
    static const unsigned shapes[][3] = { { 1, 3000, 0 }, { 300, 3000, 0 }, { 300, 0, 9 },
                                          { 300, 9, 9 },  { 40, 200, 50 },  { 2, 11, 11 },
                                          { 64, 64, 64 }, { 65, 65, 1 },    { 0, 0, 0 } };
    static const char *const sources[] = {
        "audit.items.exists(x, x.name.contains(x.name + '.'))",
        "audit.items.exists(x, x.name.contains('bb'))",
        "audit.items.exists(x, x.name == x.name + 'b')",
        "audit.items.map(x, x.name).exists(x, x < 'a' && x.startsWith('b'))",
        "audit.items.map(x, x.name).sort().join('-').size()",
        "audit.items.map(x, x.name.split('')).flatten().distinct()",
        "audit.items.exists(x, x.parts.exists(p, p.contains(x.name)))",
        "audit.items.exists(x, x.parts.map(p, p + x.name).join('').size() < 0)",
        "audit.items.exists(x, audit.items.exists(y, x == y && false))",
        "audit.items.exists(x, x in audit.items && false)",
        "audit.items.map(x, x.name).exists(x, x.matches('^(a|b)+c$'))",
        "audit.items.transformMap(i, x, x.name).exists(k, k < 0)",
        "audit.items.transformMapEntry(i, x, {x.name: x.parts}).size()",
        "sets.contains(audit.items, audit.items) && audit.items.indexOf(3) == -1",
        "audit.items.map(x, x.name.replace('a', 'bcd')).map(x, x.size()).sum()",
        "'%s %s'.format([audit.items, audit.items.map(x, x.name)]).size()",
        "audit.items.map(x, audit.items.map(y, x.name + y.name)).size()",
        "cel.bind(n, audit.items.map(x, x.name), n.exists(x, n.exists(y, x + y == '')))",
    };
    for (size_t s = 0; s < ACT_COUNT(shapes); s++) {
        eval_bench b;
        act_buf json = ACT_BUF_INIT;
        cel_limits limits = CEL_LIMITS_INIT;
        cel_size sizes[5];
        const act_json *event;
        limits.cost = 100000000;
        limits.iterations = limits.cost;
        eval_bench_open(&b, &limits, 0);
        build_event(&json, shapes[s][0], shapes[s][1], shapes[s][2]);
        assert_int_equal(
            act_json_parse(b.parser, b.arena, act_buf_str(&json), 0, &event, NULL), ACT_OK);
        assert_int_equal(cel_bind_json(b.ctx, 0, event), ACT_OK);
        measure_bench(event, sizes);
        for (size_t i = 0; i < ACT_COUNT(sources); i++)
            check_within(&b, sources[i], sizes);
        act_buf_done(&json);
        eval_bench_close(&b);
    }
}

/* ---- the rest ------------------------------------------------------------------------ */

static void the_longest_path_that_fits_counts(void **state)
{
    (void)state;
    static const cel_size sizes[] = {
        { "audit", 1000, 100 },
        { "audit.user", 100, 10 },
        { "audit.user.name", 10, 0 },
        { "actor", 50, 0 },
        { "audit.objectRef.name", 20, 0 },
    };
    static const estimate_case paths[] = {
        /* the path itself, and a tenth of its bytes */
        { "audit.other.contains('a')", 2 + 100 },
        { "audit.user.groups.contains('a')", 3 + 10 },
        { "audit['user'].name.contains('a')", 3 + 1 },
        { "audit.user.name.first.contains('a')", 4 + 1 },
        { "audit.users.contains('a')", 2 + 100 },
        { "audit.objectRef.contains('a')", 2 + 100 },
        { "audit.objectRef.name.contains('a')", 3 + 2 },
        { "audit['objectRef.name'].contains('a')", 2 + 100 },
        { "audit.user.filter(k, k.contains('a'))", 2 + 10 * 3 + 12 },
        { "actor.contains('a')", 1 + 5 },
    };
    eval_bench b;
    eval_bench_open(&b, NULL, 0);
    for (size_t i = 0; i < ACT_COUNT(paths); i++)
        assert_int_equal(estimate_of(&b, paths[i].source, sizes, ACT_COUNT(sizes)),
                         paths[i].units);
    eval_bench_close(&b);
}

static void what_has_no_size_has_no_estimate(void **state)
{
    (void)state;
    static const cel_size size = { "audit", 100, 10 };
    eval_bench b;
    uint64_t units = 1;
    eval_bench_open(&b, NULL, 0);
    assert_int_equal(estimate_of(&b, "audit.x.contains('a')", &size, 1), 12);
    assert_true(estimate_of(&b, "actor.contains('a')", &size, 1) == UINT64_MAX);
    assert_true(estimate_of(&b, "actor.contains('a')", NULL, 0) == UINT64_MAX);
    ACT_AUTO(cel_program) p = compile(&b, "1", CEL_COMPILE_CHECK_ONLY);
    assert_int_equal(cel_estimate(p, &size, 1, &units), ACT_EINVAL);
    assert_int_equal(units, 1);
    eval_bench_close(&b);
}

/* Growing sizes never make an estimate smaller, and none wraps around. */
static void estimates_grow_with_the_sizes(void **state)
{
    (void)state;
    eval_bench b;
    eval_bench_open(&b, NULL, 0);
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        uint64_t before = 0;
        for (uint64_t size = 1; size < UINT64_MAX / 4; size *= 4) {
            cel_size sizes = { "", size, size };
            uint64_t now = estimate_of(&b, cases[i].source, &sizes, 1);
            if (now < before - before / 4)
                fail_msg("%s: %llu after %llu", cases[i].source, (unsigned long long)now,
                         (unsigned long long)before);
            before = now;
        }
    }
    eval_bench_close(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(estimates_are_the_expected_ones),
        cmocka_unit_test(nothing_costs_more_than_its_estimate),
        cmocka_unit_test(the_spread_of_sizes_does_not_matter),
        cmocka_unit_test(the_longest_path_that_fits_counts),
        cmocka_unit_test(what_has_no_size_has_no_estimate),
        cmocka_unit_test(estimates_grow_with_the_sizes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
