/* Constant folding: running parts of a plan while it is made. */
#include "cel/plan.h"

/* A result lives as long as the program and is paid for by whoever compiles: keep it small.
 * What is too big to fold is simply evaluated each time. */
enum {
    FOLD_COST = 10000,
    FOLD_ITERATIONS = 1000,
    FOLD_STRING = 16 * 1024,
    FOLD_COLLECTION = 1000,
};

void cel_fold_begin(cel_ctx *ctx, const cel_env *env, act_arena *a, cel_limits *limits)
{
    *limits = env->limits;
    if (limits->string_bytes > FOLD_STRING)
        limits->string_bytes = FOLD_STRING;
    if (limits->collection > FOLD_COLLECTION)
        limits->collection = FOLD_COLLECTION;
    *ctx = (cel_ctx){ .env = env, .arena = a, .limits = limits, .budget = UINT64_MAX };
    ctx->call = (cel_call){ .arena = a,
                            .env = env,
                            .limits = limits,
                            .meter = &ctx->meter,
                            .scratch = &ctx->scratch };
}

void cel_fold_end(cel_ctx *ctx)
{
    cel_scratch_done(&ctx->scratch);
}

static void start_meter(cel_ctx *ctx)
{
    ctx->meter = (cel_meter){ .cost_limit = FOLD_COST,
                              .iteration_limit = FOLD_ITERATIONS,
                              .next_check = FOLD_COST };
}

void cel_fold_op(cel_ctx *ctx, cel_op *op)
{
    act_arena_mark mark = act_arena_save(ctx->arena);
    start_meter(ctx);
    cel_value v = op->run(op, ctx);
    if (v.kind == CEL_ERROR) {
        act_arena_restore(ctx->arena, mark);
        return;
    }
    *op = (cel_op){ .run = cel_run_const, .at = op->at, .as.constant = v };
}

cel_value cel_fold_call(const cel_env *env, act_arena *a, const cel_overload *o,
                        const cel_value *args, uint32_t argc)
{
    cel_ctx ctx;
    cel_limits limits;
    if (!o->def.fn)
        return cel_error(CEL_E_UNDECLARED, 0, NULL);
    cel_fold_begin(&ctx, env, a, &limits);
    start_meter(&ctx);
    ctx.call.overload = o;
    ctx.call.argc = argc;
    cel_value v = o->def.fn(&ctx.call, args);
    cel_fold_end(&ctx);
    return v;
}
