/* Calls: arguments first, then the overload that their kinds select. */
#include "cel/plan.h"

enum { ARGS_MAX = 32 };

static cel_value run(const cel_op *op, cel_ctx *ctx)
{
    return op->run(op, ctx);
}

static cel_value invoke(const cel_op *op, cel_ctx *ctx, const cel_overload *o,
                        const cel_value *args, uint32_t argc)
{
    CEL_CHARGE(ctx, o->def.cost ? o->def.cost(args, argc) : 1, op->at);
    ctx->call.overload = o;
    ctx->call.at = op->at;
    ctx->call.argc = argc;
    if (ACT_UNLIKELY(!o->def.fn))
        return cel_call_failf(&ctx->call, CEL_E_UNDECLARED, "undeclared reference to '%s'",
                              o->def.name);
    cel_value v = o->def.fn(&ctx->call, args);
    if (ACT_UNLIKELY(v.kind == CEL_ERROR) && v.len == 0)
        v.len = op->at;
    return v;
}

static cel_value dispatch(const cel_op *op, cel_ctx *ctx, const cel_value *args,
                          uint32_t argc)
{
    for (uint32_t i = 0; i < op->as.call.overload_count; i++) {
        const cel_overload *o = op->as.call.overloads[i];
        if (o->param_count == argc && cel_overload_accepts(o, args))
            return invoke(op, ctx, o, args, argc);
    }
    CEL_CHARGE(ctx, 1, op->at);
    return cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
}

cel_value cel_run_call1(const cel_op *op, cel_ctx *ctx)
{
    cel_value arg = run(op->as.call.args[0], ctx);
    if (ACT_UNLIKELY(arg.kind == CEL_ERROR))
        return arg;
    return dispatch(op, ctx, &arg, 1);
}

cel_value cel_run_call2(const cel_op *op, cel_ctx *ctx)
{
    cel_value args[2];
    args[0] = run(op->as.call.args[0], ctx);
    if (ACT_UNLIKELY(args[0].kind == CEL_ERROR))
        return args[0];
    args[1] = run(op->as.call.args[1], ctx);
    if (ACT_UNLIKELY(args[1].kind == CEL_ERROR))
        return args[1];
    return dispatch(op, ctx, args, 2);
}

cel_value cel_run_call(const cel_op *op, cel_ctx *ctx)
{
    cel_value args[ARGS_MAX + 1]; /* one more for the receiver */
    uint32_t n = op->as.call.argc;
    for (uint32_t i = 0; i < n; i++) {
        args[i] = run(op->as.call.args[i], ctx);
        if (ACT_UNLIKELY(args[i].kind == CEL_ERROR))
            return args[i];
    }
    return dispatch(op, ctx, args, n);
}

cel_value cel_run_no_function(const cel_op *op, cel_ctx *ctx)
{
    CEL_CHARGE(ctx, 1, op->at);
    return cel_error_operand(CEL_E_UNDECLARED, op->at, &op->as.constant);
}

/* ---- optionals: the right side runs only when it is needed ----------------------------
 */

cel_value cel_run_optional_or(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.pair.a, ctx);
    CEL_CHARGE(ctx, 1, op->at);
    if (v.kind == CEL_ERROR || (v.kind == CEL_OPTIONAL && v.as.operand))
        return v;
    if (v.kind != CEL_OPTIONAL)
        return cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
    v = run(op->as.pair.b, ctx);
    if (v.kind == CEL_OPTIONAL || v.kind == CEL_ERROR)
        return v;
    return cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
}

cel_value cel_run_optional_or_value(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.pair.a, ctx);
    CEL_CHARGE(ctx, 1, op->at);
    if (v.kind == CEL_ERROR)
        return v;
    if (v.kind != CEL_OPTIONAL)
        return cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
    return v.as.operand ? *v.as.operand : run(op->as.pair.b, ctx);
}
