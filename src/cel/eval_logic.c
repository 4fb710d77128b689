/* Logic and comparison: operators whose result is a bool, and the conditional. */
#include "cel/cost.h"
#include "cel/plan.h"

#include <math.h>

static cel_value run(const cel_op *op, cel_ctx *ctx)
{
    return op->run(op, ctx);
}

/* An operand of && and || that decides nothing: an error, or a value of a wrong kind. */
static cel_value as_error(cel_value v, const cel_op *op)
{
    return v.kind == CEL_ERROR ? v : cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
}

/* The deciding value (false for &&, true for ||) wins over errors on either side, so all
 * operands are tried; fatal errors end it at once. The first error is reported. */
static inline cel_value all_operands(const cel_op *op, cel_ctx *ctx, bool deciding)
{
    cel_value failed = cel_bool(!deciding);
    for (uint32_t i = 0; i < op->as.many.count; i++) {
        cel_value v = run(op->as.many.items[i], ctx);
        if (ACT_LIKELY(v.kind == CEL_BOOL)) {
            if (v.as.boolean == deciding)
                return v;
        } else {
            if (cel_is_fatal(v))
                return v;
            if (failed.kind != CEL_ERROR)
                failed = as_error(v, op);
        }
    }
    return failed;
}

cel_value cel_run_and(const cel_op *op, cel_ctx *ctx)
{
    return all_operands(op, ctx, false);
}

cel_value cel_run_or(const cel_op *op, cel_ctx *ctx)
{
    return all_operands(op, ctx, true);
}

static inline cel_value two_operands(const cel_op *op, cel_ctx *ctx, bool deciding)
{
    cel_value a = run(op->as.pair.a, ctx);
    if (ACT_LIKELY(a.kind == CEL_BOOL)) {
        if (a.as.boolean == deciding)
            return a;
        cel_value b = run(op->as.pair.b, ctx);
        return ACT_LIKELY(b.kind == CEL_BOOL) ? b : as_error(b, op);
    }
    if (cel_is_fatal(a))
        return a;
    cel_value b = run(op->as.pair.b, ctx);
    if (cel_is_fatal(b) || (b.kind == CEL_BOOL && b.as.boolean == deciding))
        return b;
    return as_error(a, op);
}

cel_value cel_run_and2(const cel_op *op, cel_ctx *ctx)
{
    return two_operands(op, ctx, false);
}

cel_value cel_run_or2(const cel_op *op, cel_ctx *ctx)
{
    return two_operands(op, ctx, true);
}

cel_value cel_run_not(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.three.a, ctx);
    CEL_CHARGE(ctx, 1, op->at);
    if (ACT_LIKELY(v.kind == CEL_BOOL))
        return cel_bool(!v.as.boolean);
    return as_error(v, op);
}

cel_value cel_run_cond(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.three.a, ctx);
    if (ACT_UNLIKELY(v.kind != CEL_BOOL))
        return as_error(v, op);
    return run(v.as.boolean ? op->as.three.b : op->as.three.c, ctx);
}

/* ---- equality -------------------------------------------------------------------------
 */

static inline bool is_string(cel_value v, cel_value constant)
{
    return v.kind == CEL_STRING && v.len == constant.len &&
           act_bytes_eq(v.as.bytes, constant.as.bytes, v.len);
}

cel_value cel_run_eq(const cel_op *op, cel_ctx *ctx)
{
    cel_value a = run(op->as.pair.a, ctx);
    if (a.kind == CEL_ERROR)
        return a;
    cel_value b = run(op->as.pair.b, ctx);
    if (b.kind == CEL_ERROR)
        return b;
    uint64_t work = 1;
    bool same = cel_value_equal_work(a, b, cel_meter_left(&ctx->meter), &work);
    CEL_CHARGE(ctx, work, op->at);
    return cel_bool(same != (op->as.pair.relation != 0));
}

cel_value cel_run_eq_string(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.with.operand, ctx);
    CEL_CHARGE(ctx, op->cost, op->at);
    if (ACT_UNLIKELY(v.kind == CEL_ERROR))
        return v;
    return cel_bool(is_string(v, op->as.with.constant) != (op->as.with.relation != 0));
}

cel_value cel_run_slot_eq_string(const cel_op *op, cel_ctx *ctx)
{
    CEL_CHARGE(ctx, op->cost, op->at);
    const cel_slot_state *s = cel_slot_get(ctx, op->as.slot.slot);
    if (ACT_LIKELY(!s->failure))
        return cel_bool(is_string(s->value, op->as.slot.constant) !=
                        (op->as.slot.relation != 0));
    cel_value v = cel_slot_failed(ctx, op->as.slot.slot, op->as.slot.at);
    if (v.kind == CEL_ERROR)
        return v;
    return cel_bool(is_string(v, op->as.slot.constant) != (op->as.slot.relation != 0));
}

/* Against a constant that is no container: nothing to count. */
cel_value cel_run_eq_scalar(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.with.operand, ctx);
    CEL_CHARGE(ctx, op->cost, op->at);
    if (ACT_UNLIKELY(v.kind == CEL_ERROR))
        return v;
    return cel_bool(cel_value_equal(v, op->as.with.constant) !=
                    (op->as.with.relation != 0));
}

/* ---- order ----------------------------------------------------------------------------
 */

static inline bool holds(uint32_t relation, int order)
{
    switch ((enum cel_relation)relation) {
    case CEL_REL_LT:
        return order < 0;
    case CEL_REL_LE:
        return order <= 0;
    case CEL_REL_GT:
        return order > 0;
    case CEL_REL_GE:
        return order >= 0;
    }
    return false;
}

static cel_value compare(const cel_op *op, cel_ctx *ctx, cel_value a, cel_value b,
                         uint32_t relation)
{
    int order;
    uint64_t units = 1;
    if (a.kind == b.kind && (a.kind == CEL_STRING || a.kind == CEL_BYTES))
        units = cel_cost_tenth_of(a.len < b.len ? a.len : b.len);
    CEL_CHARGE(ctx, units, op->at);
    enum cel_error_kind err = cel_value_compare(a, b, &order);
    if (err == CEL_E_INVALID_ARGUMENT)
        return cel_error(err, op->at, "NaN values cannot be ordered");
    if (err)
        return cel_error(err, op->at, NULL);
    return cel_bool(holds(relation, order));
}

cel_value cel_run_compare(const cel_op *op, cel_ctx *ctx)
{
    cel_value a = run(op->as.pair.a, ctx);
    if (a.kind == CEL_ERROR)
        return a;
    cel_value b = run(op->as.pair.b, ctx);
    if (b.kind == CEL_ERROR)
        return b;
    return compare(op, ctx, a, b, op->as.pair.relation);
}

cel_value cel_run_compare_const(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.with.operand, ctx);
    if (ACT_UNLIKELY(v.kind == CEL_ERROR))
        return v;
    return compare(op, ctx, v, op->as.with.constant, op->as.with.relation);
}

static inline bool double_holds(uint32_t relation, double a, double b)
{
    switch ((enum cel_relation)relation) {
    case CEL_REL_LT:
        return a < b;
    case CEL_REL_LE:
        return a <= b;
    case CEL_REL_GT:
        return a > b;
    case CEL_REL_GE:
        return a >= b;
    }
    return false;
}

/* A number of the event against a constant that a double holds exactly. */
cel_value cel_run_slot_compare_double(const cel_op *op, cel_ctx *ctx)
{
    CEL_CHARGE(ctx, op->cost, op->at);
    const cel_slot_state *s = cel_slot_get(ctx, op->as.slot.slot);
    if (ACT_LIKELY(!s->failure && s->value.kind == CEL_DOUBLE && !isnan(s->value.as.f64)))
        return cel_bool(double_holds(op->as.slot.relation, s->value.as.f64,
                                     op->as.slot.constant.as.f64));
    cel_value v = cel_slot_value(ctx, op->as.slot.slot, op->as.slot.at);
    if (v.kind == CEL_ERROR)
        return v;
    return compare(op, ctx, v, op->as.slot.constant, op->as.slot.relation);
}

/* ---- membership -----------------------------------------------------------------------
 */

static bool in_strings(const cel_const_set *set, cel_value v)
{
    if (v.kind != CEL_STRING || v.len > set->longest)
        return false;
    if (!set->table) {
        for (uint32_t i = 0; i < set->count; i++)
            if (is_string(v, set->items[i]))
                return true;
        return false;
    }
    for (uint32_t at = (uint32_t)cel_value_hash(v) & set->mask; set->table[at];
         at = (at + 1) & set->mask)
        if (is_string(v, set->items[set->table[at] - 1]))
            return true;
    return false;
}

static bool in_set(const cel_const_set *set, cel_value v)
{
    if (set->all_strings)
        return in_strings(set, v);
    if ((v.kind == CEL_STRING || v.kind == CEL_BYTES) && v.len > set->longest)
        return false;
    if (!set->table) {
        for (uint32_t i = 0; i < set->count; i++)
            if (cel_value_equal(v, set->items[i]))
                return true;
        return false;
    }
    for (uint32_t at = (uint32_t)cel_value_hash(v) & set->mask; set->table[at];
         at = (at + 1) & set->mask)
        if (cel_value_equal(v, set->items[set->table[at] - 1]))
            return true;
    return false;
}

cel_value cel_run_in_set(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.set.operand, ctx);
    CEL_CHARGE(ctx, op->cost, op->at);
    if (ACT_UNLIKELY(v.kind == CEL_ERROR))
        return v;
    return cel_bool(in_set(op->as.set.set, v));
}

cel_value cel_run_slot_in_strings(const cel_op *op, cel_ctx *ctx)
{
    CEL_CHARGE(ctx, op->cost, op->at);
    const cel_slot_state *s = cel_slot_get(ctx, op->as.slot.slot);
    if (ACT_LIKELY(!s->failure))
        return cel_bool(in_strings(op->as.slot.set, s->value));
    cel_value v = cel_slot_failed(ctx, op->as.slot.slot, op->as.slot.at);
    if (v.kind == CEL_ERROR)
        return v;
    return cel_bool(in_strings(op->as.slot.set, v));
}

static cel_value in_list(const cel_op *op, cel_ctx *ctx, cel_value v, cel_value list)
{
    uint32_t n = cel_list_count(list);
    uint64_t work = 1;
    bool found = false;
    for (uint32_t i = 0; i < n && !found; i++) {
        work++;
        found = cel_value_equal_work(v, cel_list_at(list, i), cel_meter_left(&ctx->meter),
                                     &work);
        if (ACT_UNLIKELY(work > CEL_CHECK_COST)) { /* long lists stop at the limit */
            CEL_CHARGE(ctx, work, op->at);
            work = 0;
        }
    }
    CEL_CHARGE(ctx, work, op->at);
    return cel_bool(found);
}

cel_value cel_run_in(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = run(op->as.pair.a, ctx);
    if (v.kind == CEL_ERROR)
        return v;
    cel_value in = run(op->as.pair.b, ctx);
    if (in.kind == CEL_ERROR)
        return in;
    if (in.kind == CEL_LIST)
        return in_list(op, ctx, v, in);
    CEL_CHARGE(ctx, 1 + cel_cost_quick(v), op->at);
    if (in.kind != CEL_MAP)
        return cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
    CEL_CHARGE(ctx, cel_cost_search(in), op->at);
    cel_value found;
    return cel_bool(cel_map_find(in, v, &found));
}
