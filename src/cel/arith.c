/* Arithmetic: checked integers, IEEE doubles, times, and joining with `+`. */
#include "cel/cost.h"
#include "cel/plan.h"
#include "cel/time.h"

enum { PAIR_SHIFT = 8 };
/* Both kinds in one switch label. */
#define PAIR(a, b) ((a) << PAIR_SHIFT | (b))

static const char UNSIGNED_OVERFLOW[] = "unsigned integer overflow";
static const char TIME_RANGE[] = "timestamp or duration out of range";

typedef struct {
    cel_ctx *ctx;
    uint32_t at;
} where;

static cel_value no_overload(where w)
{
    return cel_error(CEL_E_NO_OVERLOAD, w.at, NULL);
}

static cel_value overflow(where w, const char *text)
{
    return cel_error(CEL_E_OVERFLOW, w.at, text);
}

static cel_value timestamp_or_error(where w, int err, cel_time t)
{
    return err ? overflow(w, TIME_RANGE) : cel_timestamp(t.seconds, t.nanos);
}

static cel_time time_of(cel_value v)
{
    return (cel_time){ v.as.i64, v.len };
}

/* ---- joining --------------------------------------------------------------------------
 */

static cel_value join_bytes(where w, cel_value a, cel_value b)
{
    size_t len = (size_t)a.len + b.len;
    CEL_CHARGE(w.ctx, cel_cost_tenth_of(len), w.at);
    char *room =
        len > w.ctx->limits->string_bytes ? NULL : act_arena_bytes(w.ctx->arena, len);
    if (!room)
        return cel_error(CEL_E_MEMORY_LIMIT, w.at, NULL);
    if (a.len)
        memcpy(room, a.as.bytes, a.len);
    if (b.len)
        memcpy(room + a.len, b.as.bytes, b.len);
    return (cel_value){ .kind = a.kind, .len = (uint32_t)len, .as.bytes = room };
}

static cel_value join_lists(where w, cel_value a, cel_value b)
{
    uint32_t na = cel_list_count(a);
    uint32_t nb = cel_list_count(b);
    uint64_t n = (uint64_t)na + nb;
    CEL_CHARGE(w.ctx, cel_cost_join_lists(n), w.at);
    cel_value *items = NULL;
    if (n <= w.ctx->limits->collection)
        items = act_arena_array(w.ctx->arena, (size_t)n, sizeof *items);
    if (!items)
        return cel_error(CEL_E_MEMORY_LIMIT, w.at, NULL);
    for (uint32_t i = 0; i < na; i++)
        items[i] = cel_list_at(a, i);
    for (uint32_t i = 0; i < nb; i++)
        items[na + i] = cel_list_at(b, i);
    return cel_list_of(w.ctx->arena, items, (uint32_t)n);
}

/* ---- operators ------------------------------------------------------------------------
 */

static cel_value add(where w, cel_value a, cel_value b)
{
    cel_value r = a;
    cel_time t = { 0 };
    int err;
    switch (PAIR(a.kind, b.kind)) {
    case PAIR(CEL_INT, CEL_INT):
        return act_add_overflows(a.as.i64, b.as.i64, &r.as.i64) ? overflow(w, NULL) : r;
    case PAIR(CEL_UINT, CEL_UINT):
        return act_add_overflows(a.as.u64, b.as.u64, &r.as.u64)
                   ? overflow(w, UNSIGNED_OVERFLOW)
                   : r;
    case PAIR(CEL_DOUBLE, CEL_DOUBLE):
        return cel_double(a.as.f64 + b.as.f64);
    case PAIR(CEL_STRING, CEL_STRING):
    case PAIR(CEL_BYTES, CEL_BYTES):
        return join_bytes(w, a, b);
    case PAIR(CEL_LIST, CEL_LIST):
        return join_lists(w, a, b);
    case PAIR(CEL_TIMESTAMP, CEL_DURATION):
        err = cel_time_add(time_of(a), b.as.i64, &t);
        return timestamp_or_error(w, err, t);
    case PAIR(CEL_DURATION, CEL_TIMESTAMP):
        err = cel_time_add(time_of(b), a.as.i64, &t);
        return timestamp_or_error(w, err, t);
    case PAIR(CEL_DURATION, CEL_DURATION):
        return act_add_overflows(a.as.i64, b.as.i64, &r.as.i64) ? overflow(w, TIME_RANGE)
                                                                : r;
    default:
        return no_overload(w);
    }
}

static cel_value subtract(where w, cel_value a, cel_value b)
{
    cel_value r = a;
    cel_time t = { 0 };
    int64_t ns = 0;
    int err;
    switch (PAIR(a.kind, b.kind)) {
    case PAIR(CEL_INT, CEL_INT):
        return __builtin_sub_overflow(a.as.i64, b.as.i64, &r.as.i64) ? overflow(w, NULL)
                                                                     : r;
    case PAIR(CEL_UINT, CEL_UINT):
        return __builtin_sub_overflow(a.as.u64, b.as.u64, &r.as.u64)
                   ? overflow(w, UNSIGNED_OVERFLOW)
                   : r;
    case PAIR(CEL_DOUBLE, CEL_DOUBLE):
        return cel_double(a.as.f64 - b.as.f64);
    case PAIR(CEL_TIMESTAMP, CEL_TIMESTAMP):
        err = cel_time_diff(time_of(a), time_of(b), &ns);
        return err ? overflow(w, TIME_RANGE) : cel_duration(ns);
    case PAIR(CEL_TIMESTAMP, CEL_DURATION):
        err = cel_time_sub(time_of(a), b.as.i64, &t);
        return timestamp_or_error(w, err, t);
    case PAIR(CEL_DURATION, CEL_DURATION):
        return __builtin_sub_overflow(a.as.i64, b.as.i64, &r.as.i64)
                   ? overflow(w, TIME_RANGE)
                   : r;
    default:
        return no_overload(w);
    }
}

static cel_value multiply(where w, cel_value a, cel_value b)
{
    cel_value r = a;
    switch (PAIR(a.kind, b.kind)) {
    case PAIR(CEL_INT, CEL_INT):
        return act_mul_overflows(a.as.i64, b.as.i64, &r.as.i64) ? overflow(w, NULL) : r;
    case PAIR(CEL_UINT, CEL_UINT):
        return act_mul_overflows(a.as.u64, b.as.u64, &r.as.u64)
                   ? overflow(w, UNSIGNED_OVERFLOW)
                   : r;
    case PAIR(CEL_DOUBLE, CEL_DOUBLE):
        return cel_double(a.as.f64 * b.as.f64);
    default:
        return no_overload(w);
    }
}

__attribute__((no_sanitize("float-divide-by-zero"))) /* IEEE infinity is the answer */
static double
divide_doubles(double a, double b)
{
    return a / b;
}

static cel_value divide(where w, cel_value a, cel_value b)
{
    switch (PAIR(a.kind, b.kind)) {
    case PAIR(CEL_INT, CEL_INT):
        if (b.as.i64 == 0)
            return cel_error(CEL_E_DIVIDE_BY_ZERO, w.at, NULL);
        if (a.as.i64 == INT64_MIN && b.as.i64 == -1)
            return overflow(w, NULL);
        return cel_int(a.as.i64 / b.as.i64);
    case PAIR(CEL_UINT, CEL_UINT):
        if (b.as.u64 == 0)
            return cel_error(CEL_E_DIVIDE_BY_ZERO, w.at, NULL);
        return cel_uint(a.as.u64 / b.as.u64);
    case PAIR(CEL_DOUBLE, CEL_DOUBLE):
        return cel_double(divide_doubles(a.as.f64, b.as.f64));
    default:
        return no_overload(w);
    }
}

static cel_value modulo(where w, cel_value a, cel_value b)
{
    switch (PAIR(a.kind, b.kind)) {
    case PAIR(CEL_INT, CEL_INT):
        if (b.as.i64 == 0)
            return cel_error(CEL_E_MODULUS_BY_ZERO, w.at, NULL);
        if (a.as.i64 == INT64_MIN && b.as.i64 == -1)
            return overflow(w, NULL);
        return cel_int(a.as.i64 % b.as.i64);
    case PAIR(CEL_UINT, CEL_UINT):
        if (b.as.u64 == 0)
            return cel_error(CEL_E_MODULUS_BY_ZERO, w.at, NULL);
        return cel_uint(a.as.u64 % b.as.u64);
    default:
        return no_overload(w);
    }
}

/* ---- ops ------------------------------------------------------------------------------
 */

typedef cel_value operation(where w, cel_value a, cel_value b);

static inline cel_value run_operation(const cel_op *op, cel_ctx *ctx, operation *f)
{
    cel_value a = op->as.pair.a->run(op->as.pair.a, ctx);
    if (ACT_UNLIKELY(a.kind == CEL_ERROR))
        return a;
    cel_value b = op->as.pair.b->run(op->as.pair.b, ctx);
    if (ACT_UNLIKELY(b.kind == CEL_ERROR))
        return b;
    CEL_CHARGE(ctx, 1, op->at);
    return f((where){ ctx, op->at }, a, b);
}

cel_value cel_run_add(const cel_op *op, cel_ctx *ctx)
{
    return run_operation(op, ctx, add);
}

cel_value cel_run_subtract(const cel_op *op, cel_ctx *ctx)
{
    return run_operation(op, ctx, subtract);
}

cel_value cel_run_multiply(const cel_op *op, cel_ctx *ctx)
{
    return run_operation(op, ctx, multiply);
}

cel_value cel_run_divide(const cel_op *op, cel_ctx *ctx)
{
    return run_operation(op, ctx, divide);
}

cel_value cel_run_modulo(const cel_op *op, cel_ctx *ctx)
{
    return run_operation(op, ctx, modulo);
}

cel_value cel_run_negate(const cel_op *op, cel_ctx *ctx)
{
    cel_value v = op->as.three.a->run(op->as.three.a, ctx);
    CEL_CHARGE(ctx, 1, op->at);
    switch (v.kind) {
    case CEL_INT:
        if (v.as.i64 == INT64_MIN)
            return cel_error(CEL_E_OVERFLOW, op->at, NULL);
        return cel_int(-v.as.i64);
    case CEL_DOUBLE:
        return cel_double(-v.as.f64);
    case CEL_ERROR:
        return v;
    default:
        return cel_error(CEL_E_NO_OVERLOAD, op->at, NULL);
    }
}
