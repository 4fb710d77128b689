/* Texts: tests against constants, patterns, and concatenation in one copy. */
#include "cel/cost.h"
#include "cel/plan.h"

static cel_value run(const cel_op *op, cel_ctx *ctx)
{
    return op->run(op, ctx);
}

/* What the three tests below share: the operand, or what to return instead. */
#define TEXT_OPERAND(v, op, ctx)                                                           \
    cel_value v = run((op)->as.with.operand, ctx);                                         \
    if (ACT_UNLIKELY(v.kind != CEL_STRING)) {                                              \
        if (v.kind == CEL_ERROR)                                                           \
            return v;                                                                      \
        return cel_error(CEL_E_NO_OVERLOAD, (op)->at, NULL);                               \
    }

cel_value cel_run_starts(const cel_op *op, cel_ctx *ctx)
{
    TEXT_OPERAND(v, op, ctx)
    CEL_CHARGE(ctx, op->cost, op->at);
    return cel_bool(act_str_starts(cel_value_str(v), cel_value_str(op->as.with.constant)));
}

cel_value cel_run_ends(const cel_op *op, cel_ctx *ctx)
{
    TEXT_OPERAND(v, op, ctx)
    CEL_CHARGE(ctx, op->cost, op->at);
    return cel_bool(act_str_ends(cel_value_str(v), cel_value_str(op->as.with.constant)));
}

cel_value cel_run_contains(const cel_op *op, cel_ctx *ctx)
{
    TEXT_OPERAND(v, op, ctx)
    CEL_CHARGE(ctx, cel_cost_tenth_of(v.len) * op->cost, op->at);
    act_str text = cel_value_str(v);
    return cel_bool(act_str_find(text, cel_value_str(op->as.with.constant)) != SIZE_MAX);
}

cel_value cel_run_match(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.match.operand, ctx);
    if (ACT_UNLIKELY(v.kind != CEL_STRING)) {
        if (v.kind == CEL_ERROR)
            return v;
        return cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
    }
    CEL_CHARGE(ctx, cel_cost_tenth_of(1 + (uint64_t)v.len) * op->as.match.pattern_cost,
               op->at);
    return cel_bool(cel_regex_matches(op->as.match.re, cel_value_str(v)));
}

cel_value cel_run_concat(const cel_op *op, cel_ctx *ctx)
{
    cel_value part[CEL_CONCAT_MAX]; /* the planner splits longer ones */
    uint32_t n = op->as.many.count;
    size_t len = 0;
    for (uint32_t i = 0; i < n; i++) {
        part[i] = run(op->as.many.items[i], ctx);
        if (ACT_UNLIKELY(part[i].kind != CEL_STRING)) {
            if (part[i].kind == CEL_ERROR)
                return part[i];
            return cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
        }
        len += part[i].len;
    }
    CEL_CHARGE(ctx, cel_cost_tenth_of(len), op->at);
    char *room = len > ctx->limits->string_bytes ? NULL : act_arena_bytes(ctx->arena, len);
    if (!room)
        return cel_error(CEL_E_MEMORY_LIMIT, op->at, NULL);
    char *to = room;
    for (uint32_t i = 0; i < n; i++) {
        if (part[i].len)
            memcpy(to, part[i].as.bytes, part[i].len);
        to += part[i].len;
    }
    return cel_string(act_str_from(room, len));
}
