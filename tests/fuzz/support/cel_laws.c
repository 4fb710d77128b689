#include "fuzz/support/cel_laws.h"

#include "base/json.h"
#include "fuzz/support/cel_measure.h"
#include "fuzz/support/cel_walk.h"

enum { WAYS = 7, LAZY = WAYS - 1, ARENA_CAP = 64 << 20 };

struct cel_laws {
    cel_env *env;
    cel_ctx *ctx[2][WAYS];   /* results live in their context and their program: */
    cel_program *program[2]; /* two generations of both */
    unsigned turn;
    act_json_parser *parser, *lazy_parser;
    act_arena *values; /* of the variables */
    act_arena *walked; /* results of the walker */
    cel_gen_world world;
    cel_size sizes[CEL_GEN_VARS]; /* of the values, to the byte */
};

/* One way has the event as pipelines have it: most of it not read until it is touched. */
static void bind_lazy(cel_laws *l)
{
    for (size_t turn = 0; turn < 2; turn++) {
        const act_json *event;
        int err =
            act_json_parse(l->lazy_parser, l->values, l->world.event->raw, 0, &event, NULL);
        fuzz_require(err == 0, "the event parses lazily");
        fuzz_require(cel_bind_json(l->ctx[turn][LAZY], 0, event) == 0, "bind");
    }
}

static void bind(cel_laws *l)
{
    for (size_t k = 0; k < 2 * WAYS; k++) {
        cel_ctx *ctx = l->ctx[k / WAYS][k % WAYS];
        cel_ctx_reset(ctx);
        for (uint32_t i = 0; i < CEL_GEN_VARS; i++)
            fuzz_require(cel_bind_value(ctx, i, l->world.value[i]) == 0, "bind");
    }
    for (uint32_t i = 0; i < CEL_GEN_VARS; i++) {
        l->sizes[i] = (cel_size){ .path = cel_gen_name(i) };
        cel_measure(l->world.value[i], &l->sizes[i]);
    }
    bind_lazy(l);
}

static void open_env(cel_laws *l)
{
    cel_limits limits = CEL_LIMITS_INIT;
    limits.cost = 20000;
    limits.iterations = 2000;
    limits.arena_bytes = 1 << 20;
    limits.string_bytes = 4096;
    limits.collection = 1000;
    fuzz_require(cel_env_new(&limits, &l->env) == 0, "environment");
    fuzz_require(cel_env_policy_libs(l->env) == 0, "libraries");
    /* Without validators, so that bad literals fail when they are evaluated. */
    cel_env_options(l->env, CEL_OPT_CROSS_TYPE | CEL_OPT_NO_VALIDATORS);
    fuzz_require(cel_gen_declare(l->env) == 0, "variables");
}

cel_laws *cel_laws_open(void)
{
    static cel_laws l; /* one for all inputs; never closed */
    if (l.env)
        return &l;
    open_env(&l);
    for (size_t k = 0; k < 2 * WAYS; k++)
        fuzz_require(cel_ctx_new(l.env, &l.ctx[k / WAYS][k % WAYS]) == 0, "context");
    fuzz_require(act_json_parser_new((act_json_limits){ 0 }, &l.parser) == 0, "parser");
    fuzz_require(
        act_json_parser_new((act_json_limits){ .lazy_above = 8 }, &l.lazy_parser) == 0,
        "parser");
    fuzz_require(act_arena_new(ARENA_CAP, 0, &l.values) == 0, "arena");
    fuzz_require(act_arena_new(ARENA_CAP, 0, &l.walked) == 0, "arena");
    fuzz_input nothing = { 0 };
    cel_laws_draw(&l, &nothing);
    return &l;
}

const cel_env *cel_laws_env(const cel_laws *l)
{
    return l->env;
}

const cel_gen_world *cel_laws_world(const cel_laws *l)
{
    return &l->world;
}

void cel_laws_draw(cel_laws *l, fuzz_input *in)
{
    act_arena_reset(l->values);
    fuzz_require(cel_gen_values(in, l->parser, l->values, &l->world) == 0, "values");
    bind(l);
}

/* No evaluation costs more than was known before, whatever came of it. */
static void check_cost(const cel_laws *l, const cel_program *p, uint64_t cost)
{
    uint64_t most = 0;
    fuzz_require(cel_estimate(p, l->sizes, CEL_GEN_VARS, &most) == 0, "estimate");
    if (cost > most)
        (void)fprintf(stderr, "%.*s\n  costs %llu, estimate %llu\n",
                      ACT_STR_ARG(cel_program_source(p)), (unsigned long long)cost,
                      (unsigned long long)most);
    fuzz_require(cost <= most, "the cost is within the static estimate");
}

static cel_law_result evaluate(const cel_laws *l, const cel_program *p, cel_ctx *ctx)
{
    cel_law_result r = { CEL_LAW_VALUE, CEL_E_NONE, cel_null() };
    act_err e = ACT_ERR_INIT;
    int err = cel_eval(p, ctx, &r.value, &e);
    r.error = cel_ctx_error(ctx);
    if (err) {
        fuzz_require(err == ACT_EEVAL || err == ACT_ELIMIT, "failure of an evaluation");
        fuzz_require(e.text[0], "a failure has a text");
        fuzz_require((err == ACT_ELIMIT) == cel_error_is_fatal(r.error), "kind of failure");
        r.state = err == ACT_ELIMIT ? CEL_LAW_STOPPED : CEL_LAW_FAILED;
    }
    fuzz_require(cel_ctx_cost(ctx) <= cel_env_limits(cel_program_env(p))->cost ||
                     r.state == CEL_LAW_STOPPED,
                 "the cost limit holds");
    check_cost(l, p, cel_ctx_cost(ctx));
    return r;
}

bool cel_laws_same(cel_law_result a, cel_law_result b)
{
    if (a.state == CEL_LAW_STOPPED || b.state == CEL_LAW_STOPPED)
        return true;
    return a.state == b.state &&
           (a.state != CEL_LAW_VALUE || cel_walk_same(a.value, b.value));
}

static void show(const char *name, cel_law_result r)
{
    act_buf text = ACT_BUF_INIT;
    if (r.state == CEL_LAW_VALUE && cel_value_write_json(r.value, &text))
        act_buf_clear(&text);
    act_str type = r.state == CEL_LAW_VALUE ? cel_value_type_name(r.value)
                                            : act_str_cstr(cel_error_text(r.error));
    (void)fprintf(stderr, "  %s: %.*s %.*s\n", name, ACT_STR_ARG(type),
                  ACT_STR_ARG(act_buf_str(&text)));
    act_buf_done(&text);
}

/* Which of two errors is told may differ when one of them is about kinds of values: joins
 * of strings are flattened, and look at the kinds on their way. */
static bool same_failure(cel_law_result a, cel_law_result b)
{
    return a.error == b.error || a.error == CEL_E_NO_OVERLOAD ||
           b.error == CEL_E_NO_OVERLOAD;
}

static void must_agree(act_str source, const char *way, cel_law_result want,
                       cel_law_result got)
{
    bool agree = cel_laws_same(want, got) &&
                 (want.state != CEL_LAW_FAILED || got.state != CEL_LAW_FAILED ||
                  same_failure(want, got));
    if (agree)
        return;
    (void)fprintf(stderr, "%.*s\n", ACT_STR_ARG(source));
    show("checked", want);
    show(way, got);
    fuzz_require(false, way);
}

static void check_walked(cel_laws *l, act_str source, cel_law_result want)
{
    ACT_AUTO(cel_program) p = NULL;
    int err = cel_compile(l->env, source, CEL_COMPILE_CHECK_ONLY, NULL, NULL, &p);
    fuzz_require(err == 0, "checks alone");
    act_arena_reset(l->walked);
    cel_law_result r = { .value = cel_walk(p, l->world.value, l->walked) };
    r.state = r.value.kind != CEL_ERROR ? CEL_LAW_VALUE
              : cel_is_fatal(r.value)   ? CEL_LAW_STOPPED
                                        : CEL_LAW_FAILED;
    r.error = r.value.kind == CEL_ERROR ? (enum cel_error_kind)r.value.aux : CEL_E_NONE;
    must_agree(source, "walked", want, r);
}

/* A value's text must exist or be refused, and be JSON. */
static void write_out(cel_laws *l, cel_value v)
{
    ACT_AUTO(act_arena) a = NULL;
    act_buf text = ACT_BUF_INIT;
    const act_json *back;
    fuzz_require(act_arena_new(ARENA_CAP, 0, &a) == 0, "arena");
    int err = cel_value_write_json(v, &text);
    fuzz_require(err == 0 || err == ACT_EUNSUPPORTED || err == ACT_ELIMIT, "JSON");
    if (!err)
        fuzz_require(act_json_parse(l->parser, a, act_buf_str(&text), 0, &back, NULL) == 0,
                     "JSON of a value reads back");
    act_buf_clear(&text);
    err = cel_value_write_text(v, &text);
    fuzz_require(err == 0 || err == ACT_EUNSUPPORTED || err == ACT_ELIMIT, "text");
    act_buf_done(&text);
}

static void check_variant(cel_laws *l, act_str source, const char *way, size_t index,
                          unsigned flags, cel_slots *slots, cel_law_result want)
{
    ACT_AUTO(cel_program) p = NULL;
    int err = cel_compile(l->env, source, flags, slots, NULL, &p);
    fuzz_require(err == 0, "compiles in every way");
    must_agree(source, way, want, evaluate(l, p, l->ctx[l->turn][index]));
}

cel_law_result cel_laws_evaluate(cel_laws *l, act_str source)
{
    ACT_AUTO(cel_errors) errors = NULL;
    l->turn = !l->turn;
    cel_program_free(l->program[l->turn]);
    l->program[l->turn] = NULL;
    fuzz_require(cel_errors_new(&errors) == 0, "errors");
    int err = cel_compile(l->env, source, 0, NULL, errors, &l->program[l->turn]);
    fuzz_require((err != 0) == (cel_errors_count(errors) > 0), "failures are told");
    if (err) {
        fuzz_require(cel_errors_text(errors).len > 0, "errors have a text");
        return (cel_law_result){ .state = CEL_LAW_REFUSED };
    }
    return evaluate(l, l->program[l->turn], l->ctx[l->turn][0]);
}

cel_law_result cel_laws_hold(cel_laws *l, act_str source)
{
    ACT_AUTO(cel_slots) slots = NULL;
    cel_law_result r = cel_laws_evaluate(l, source);
    if (r.state == CEL_LAW_REFUSED)
        return r;
    cel_ctx **ctx = l->ctx[l->turn];
    uint64_t cost = cel_ctx_cost(ctx[0]);
    must_agree(source, "again", r, evaluate(l, l->program[l->turn], ctx[1]));
    fuzz_require(cel_ctx_cost(ctx[1]) == cost, "costs the same again");
    must_agree(source, "lazy event", r, evaluate(l, l->program[l->turn], ctx[LAZY]));
    check_walked(l, source, r);
    check_variant(l, source, "unfolded", 2, CEL_COMPILE_NO_FOLD, NULL, r);
    check_variant(l, source, "unchecked", 3, CEL_COMPILE_UNCHECKED, NULL, r);
    fuzz_require(cel_slots_new(l->env, &slots) == 0, "slots");
    check_variant(l, source, "shared slots", 4, 0, slots, r);
    check_variant(l, source, "shared slots, unfolded", 5, CEL_COMPILE_NO_FOLD, slots, r);
    if (r.state == CEL_LAW_VALUE)
        write_out(l, r.value);
    return r;
}
