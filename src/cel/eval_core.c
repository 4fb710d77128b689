/* Reading: constants, variables, attribute paths, selection, presence and indexing. */
#include "cel/cost.h"
#include "cel/num.h"
#include "cel/plan.h"

static cel_value run(const cel_op *op, cel_ctx *ctx)
{
    return op->run(op, ctx);
}

cel_value cel_run_const(const cel_op *op, cel_ctx *ctx)
{
    (void)ctx;
    return op->as.constant;
}

cel_value cel_run_var(const cel_op *op, cel_ctx *ctx)
{
    CEL_CHARGE(ctx, 1, op->at);
    cel_value v = ctx->vars[op->as.var.index];
    if (ACT_UNLIKELY(v.kind == CEL_ERROR))
        v.len = op->at;
    return v;
}

cel_value cel_run_local(const cel_op *op, cel_ctx *ctx)
{
    CEL_CHARGE(ctx, 1, op->at);
    return ctx->frame[op->as.var.index];
}

/* A variable of cel.bind(): its first reader computes it, errors included. */
cel_value cel_run_lazy(const cel_op *op, cel_ctx *ctx)
{
    CEL_CHARGE(ctx, 1, op->at);
    cel_value *place = &ctx->frame[op->as.var.index];
    if (place->kind == CEL_LAZY)
        *place = run(op->as.var.init, ctx);
    return *place;
}

cel_value cel_run_unknown(const cel_op *op, cel_ctx *ctx)
{
    CEL_CHARGE(ctx, 1, op->at);
    return cel_error_operand(CEL_E_UNDECLARED, op->at, &op->as.constant);
}

/* ---- paths ----------------------------------------------------------------------------
 */

cel_value cel_run_slot(const cel_op *op, cel_ctx *ctx)
{
    CEL_CHARGE(ctx, op->cost, op->at);
    return cel_slot_value(ctx, op->as.slot.slot, op->at);
}

static bool bad_presence_is_false(const cel_ctx *ctx)
{
    return ctx->env->options & CEL_OPT_BAD_PRESENCE_FALSE;
}

/* has(path), or its negation. */
cel_value cel_run_slot_has(const cel_op *op, cel_ctx *ctx)
{
    CEL_CHARGE(ctx, op->cost, op->at);
    const cel_slot_state *s = cel_slot_get(ctx, op->as.slot.slot);
    bool negated = op->as.slot.relation;
    if (s->failure == CEL_SLOT_PRESENT)
        return cel_bool(!negated);
    if (s->failure == CEL_SLOT_ABSENT ||
        (s->failure == CEL_SLOT_NO_MAP && bad_presence_is_false(ctx)))
        return cel_bool(negated);
    if (s->failure != CEL_SLOT_OPTIONAL)
        return cel_slot_failed(ctx, op->as.slot.slot, op->at);
    cel_value v = cel_slot_walk(ctx, op->as.slot.slot, true, op->at);
    return v.kind == CEL_BOOL ? cel_bool(v.as.boolean != negated) : v;
}

/* ---- selection ------------------------------------------------------------------------
 */

/* Field of what an optional holds, as an optional; also e.?f. */
static cel_value opt_select(cel_ctx *ctx, cel_value map, const cel_value *key,
                            uint64_t hash, uint32_t at)
{
    cel_value found;
    if (map.kind != CEL_MAP) {
        if (bad_presence_is_false(ctx))
            return cel_optional(NULL);
        return cel_error(CEL_E_NO_OVERLOAD, at, NULL);
    }
    if (!cel_map_find_str(map, cel_value_str(*key), hash, &found))
        return cel_optional(NULL);
    return found.kind == CEL_OPTIONAL ? found : cel_optional_of(ctx->arena, found);
}

cel_value cel_select_key(cel_ctx *ctx, cel_value v, const cel_value *key, uint64_t hash,
                         uint32_t at)
{
    cel_value found;
    if (v.kind == CEL_MAP) {
        CEL_CHARGE(ctx, 1 + cel_cost_search(v), at);
        if (cel_map_find_str(v, cel_value_str(*key), hash, &found))
            return found;
        return cel_error_operand(CEL_E_NO_SUCH_KEY, at, key);
    }
    CEL_CHARGE(ctx, 1, at);
    if (v.kind == CEL_ERROR)
        return v;
    if (v.kind == CEL_OPTIONAL)
        return v.as.operand ? opt_select(ctx, *v.as.operand, key, hash, at) : v;
    return cel_error(CEL_E_NO_OVERLOAD, at, NULL);
}

cel_value cel_run_select(const cel_op *op, cel_ctx *ctx)
{
    return cel_select_key(ctx, run(op->as.select.operand, ctx), &op->as.select.key,
                          op->as.select.hash, op->at);
}

cel_value cel_run_opt_select(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.select.operand, ctx);
    CEL_CHARGE(ctx, 1 + (v.kind == CEL_MAP ? cel_cost_search(v) : 0), op->at);
    if (v.kind == CEL_ERROR)
        return v;
    if (v.kind == CEL_OPTIONAL && !v.as.operand)
        return v;
    return opt_select(ctx, v.kind == CEL_OPTIONAL ? *v.as.operand : v, &op->as.select.key,
                      op->as.select.hash, op->at);
}

cel_value cel_has_key(cel_ctx *ctx, cel_value v, const cel_value *key, uint64_t hash,
                      uint32_t at)
{
    cel_value found;
    CEL_CHARGE(ctx, 1 + (v.kind == CEL_MAP ? cel_cost_search(v) : 0), at);
    if (v.kind == CEL_ERROR)
        return v;
    if (v.kind == CEL_OPTIONAL) {
        if (!v.as.operand)
            return cel_bool(false);
        v = *v.as.operand;
    }
    if (v.kind == CEL_MAP)
        return cel_bool(cel_map_find_str(v, cel_value_str(*key), hash, &found));
    if (bad_presence_is_false(ctx))
        return cel_bool(false);
    return cel_error(CEL_E_NO_OVERLOAD, at, NULL);
}

cel_value cel_run_has(const cel_op *op, cel_ctx *ctx)
{
    return cel_has_key(ctx, run(op->as.select.operand, ctx), &op->as.select.key,
                       op->as.select.hash, op->at);
}

/* ---- indexing -------------------------------------------------------------------------
 */

/* An error that names @operand; without the detail when the arena is full. */
static cel_value operand_error(cel_ctx *ctx, enum cel_error_kind kind, uint32_t at,
                               cel_value operand)
{
    cel_value *copy = act_arena_make(ctx->arena, cel_value);
    if (!copy)
        return cel_error(kind, at, NULL);
    *copy = operand;
    return cel_error_operand(kind, at, copy);
}

/* Position in a list: int, uint, or a double without a fraction. */
static bool list_index(cel_value key, int64_t *ret)
{
    if (key.kind == CEL_INT) {
        *ret = key.as.i64;
        return true;
    }
    if (key.kind == CEL_UINT) {
        *ret = key.as.u64 > INT64_MAX ? INT64_MAX : (int64_t)key.as.u64;
        return true;
    }
    return key.kind == CEL_DOUBLE && cel_num_double_to_int(key.as.f64, ret) == 0 &&
           (double)*ret == key.as.f64;
}

/* What is at @key in a list or map. CEL_E_NONE: *ret; CEL_E_NO_SUCH_KEY or CEL_E_INDEX:
 * absent; others: the key or the operand has a wrong kind. */
static enum cel_error_kind at_key(cel_value v, cel_value key, cel_value *ret)
{
    if (v.kind == CEL_LIST) {
        int64_t i;
        if (!list_index(key, &i))
            return CEL_E_INVALID_ARGUMENT;
        if (i < 0 || (uint64_t)i >= cel_list_count(v))
            return CEL_E_INDEX;
        *ret = cel_list_at(v, (uint32_t)i);
        return CEL_E_NONE;
    }
    if (v.kind != CEL_MAP)
        return CEL_E_NO_OVERLOAD;
    if (cel_map_find(v, key, ret))
        return CEL_E_NONE;
    switch (key.kind) {
    case CEL_BOOL:
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
    case CEL_STRING:
        return CEL_E_NO_SUCH_KEY;
    default:
        return CEL_E_BAD_KEY_TYPE;
    }
}

/* What looking up a computed key costs beyond 1: its hash, and the search. */
static uint64_t key_cost(cel_value v, cel_value key)
{
    return cel_cost_quick(key) + (v.kind == CEL_MAP ? cel_cost_search(v) : 0);
}

static cel_value opt_index(const cel_op *op, cel_ctx *ctx, cel_value v, cel_value key)
{
    cel_value found;
    enum cel_error_kind err = at_key(v, key, &found);
    if (err == CEL_E_NONE)
        return found.kind == CEL_OPTIONAL ? found : cel_optional_of(ctx->arena, found);
    if (err == CEL_E_NO_SUCH_KEY || err == CEL_E_INDEX)
        return cel_optional(NULL);
    return cel_error(err, op->at, NULL);
}

cel_value cel_run_index(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.pair.a, ctx);
    if (v.kind == CEL_ERROR)
        return v;
    cel_value key = run(op->as.pair.b, ctx);
    if (key.kind == CEL_ERROR)
        return key;
    CEL_CHARGE(ctx, 1 + key_cost(v, key), op->at);
    if (v.kind == CEL_OPTIONAL)
        return v.as.operand ? opt_index(op, ctx, *v.as.operand, key) : v;
    cel_value found;
    enum cel_error_kind err = at_key(v, key, &found);
    if (err == CEL_E_NONE)
        return found;
    if (err == CEL_E_NO_SUCH_KEY || err == CEL_E_INDEX)
        return operand_error(ctx, err, op->at, key);
    if (err == CEL_E_INVALID_ARGUMENT)
        return cel_error(err, op->at, "a list is indexed by whole numbers");
    return cel_error(err, op->at, NULL);
}

cel_value cel_run_opt_index(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.pair.a, ctx);
    if (v.kind == CEL_ERROR)
        return v;
    cel_value key = run(op->as.pair.b, ctx);
    if (key.kind == CEL_ERROR)
        return key;
    CEL_CHARGE(ctx, 1 + key_cost(v, key), op->at);
    if (v.kind == CEL_OPTIONAL)
        return v.as.operand ? opt_index(op, ctx, *v.as.operand, key) : v;
    return opt_index(op, ctx, v, key);
}
