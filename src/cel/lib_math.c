/* The math library of cel-go. */
#include "cel/lib_table.h"

#include <math.h>

static bool is_number(cel_value v)
{
    return v.kind == CEL_INT || v.kind == CEL_UINT || v.kind == CEL_DOUBLE;
}

/* The better of two in the direction of @sign; equals keep @best. */
static cel_value better(cel_call *call, cel_value best, cel_value v, int sign)
{
    int order;
    if (!is_number(v))
        return cel_call_no_overload(call);
    enum cel_error_kind err = cel_value_compare(v, best, &order);
    if (err)
        return cel_call_fail(call, err, NULL);
    return order * sign > 0 ? v : best;
}

static cel_value extremum(cel_call *call, const cel_value *args, int sign)
{
    if (call->argc == 2)
        return is_number(args[0]) ? better(call, args[0], args[1], sign)
                                  : cel_call_no_overload(call);
    if (args[0].kind != CEL_LIST)
        return is_number(args[0]) ? args[0] : cel_call_no_overload(call);
    uint32_t count = cel_list_count(args[0]);
    if (count == 0)
        return cel_call_fail(call, CEL_E_INVALID_ARGUMENT,
                             sign > 0 ? "math.greatest of an empty list"
                                      : "math.least of an empty list");
    cel_value best = cel_list_at(args[0], 0);
    if (!is_number(best))
        return cel_call_no_overload(call);
    for (uint32_t i = 1; i < count && !cel_is_error(best); i++)
        best = better(call, best, cel_list_at(args[0], i), sign);
    return best;
}

static cel_value greatest(cel_call *call, const cel_value *args)
{
    return extremum(call, args, 1);
}

static cel_value least(cel_call *call, const cel_value *args)
{
    return extremum(call, args, -1);
}

#define ROUNDING(name, function)                                                           \
    static cel_value name(cel_call *call, const cel_value *args)                           \
    {                                                                                      \
        (void)call;                                                                        \
        return cel_double(function(args[0].as.f64));                                       \
    }
ROUNDING(math_ceil, ceil)
ROUNDING(math_floor, floor)
ROUNDING(math_round, round) /* half away from zero */
ROUNDING(math_trunc, trunc)
#undef ROUNDING

static cel_value is_inf(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_bool(isinf(args[0].as.f64));
}

static cel_value is_nan(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_bool(isnan(args[0].as.f64));
}

static cel_value is_finite(cel_call *call, const cel_value *args)
{
    (void)call;
    return cel_bool(isfinite(args[0].as.f64));
}

static cel_value absolute(cel_call *call, const cel_value *args)
{
    if (args[0].kind == CEL_DOUBLE)
        return cel_double(fabs(args[0].as.f64));
    if (args[0].kind == CEL_UINT || args[0].as.i64 >= 0)
        return args[0];
    if (args[0].as.i64 == INT64_MIN)
        return cel_call_fail(call, CEL_E_OVERFLOW, NULL);
    return cel_int(-args[0].as.i64);
}

static cel_value sign(cel_call *call, const cel_value *args)
{
    (void)call;
    if (args[0].kind == CEL_INT)
        return cel_int((args[0].as.i64 > 0) - (args[0].as.i64 < 0));
    if (args[0].kind == CEL_UINT)
        return cel_uint(args[0].as.u64 > 0);
    double d = args[0].as.f64;
    return isnan(d) ? args[0] : cel_double((d > 0) - (d < 0));
}

static cel_value square_root(cel_call *call, const cel_value *args)
{
    (void)call;
    double d = args[0].kind == CEL_DOUBLE ? args[0].as.f64
               : args[0].kind == CEL_INT  ? (double)args[0].as.i64
                                          : (double)args[0].as.u64;
    return cel_double(sqrt(d));
}

/* The bit operations leave kind and flags of their first argument as they are. */
static cel_value with_bits(cel_value v, uint64_t bits)
{
    return v.kind == CEL_INT ? cel_int((int64_t)bits) : cel_uint(bits);
}

static cel_value bit_and(cel_call *call, const cel_value *args)
{
    (void)call;
    return with_bits(args[0], args[0].as.u64 & args[1].as.u64);
}

static cel_value bit_or(cel_call *call, const cel_value *args)
{
    (void)call;
    return with_bits(args[0], args[0].as.u64 | args[1].as.u64);
}

static cel_value bit_xor(cel_call *call, const cel_value *args)
{
    (void)call;
    return with_bits(args[0], args[0].as.u64 ^ args[1].as.u64);
}

static cel_value bit_not(cel_call *call, const cel_value *args)
{
    (void)call;
    return with_bits(args[0], ~args[0].as.u64);
}

static cel_value shift(cel_call *call, const cel_value *args, bool left)
{
    int64_t by = args[1].as.i64;
    if (by < 0)
        return cel_call_failf(call, CEL_E_INVALID_ARGUMENT,
                              "math.%s: negative offset: %lld",
                              left ? "bitShiftLeft" : "bitShiftRight", (long long)by);
    uint64_t bits = args[0].as.u64;
    if (by >= 64)
        return with_bits(args[0], 0);
    return with_bits(args[0], left ? bits << by : bits >> by); /* logical for int as well */
}

static cel_value shift_left(cel_call *call, const cel_value *args)
{
    return shift(call, args, true);
}

static cel_value shift_right(cel_call *call, const cel_value *args)
{
    return shift(call, args, false);
}

/* math.greatest(..) and math.least(..) are macros that end up here. */
#define EXTREMUM(n, id, f)                                                                 \
    CEL_GLOBAL(n, id "_int", "(int) -> int", 0, f, NULL),                                  \
        CEL_GLOBAL(n, id "_uint", "(uint) -> uint", 0, f, NULL),                           \
        CEL_GLOBAL(n, id "_double", "(double) -> double", 0, f, NULL),                     \
        CEL_GLOBAL(n, id "_int_int", "(int, int) -> int", 0, f, NULL),                     \
        CEL_GLOBAL(n, id "_int_uint", "(int, uint) -> dyn", 0, f, NULL),                   \
        CEL_GLOBAL(n, id "_int_double", "(int, double) -> dyn", 0, f, NULL),               \
        CEL_GLOBAL(n, id "_uint_int", "(uint, int) -> dyn", 0, f, NULL),                   \
        CEL_GLOBAL(n, id "_uint_uint", "(uint, uint) -> uint", 0, f, NULL),                \
        CEL_GLOBAL(n, id "_uint_double", "(uint, double) -> dyn", 0, f, NULL),             \
        CEL_GLOBAL(n, id "_double_int", "(double, int) -> dyn", 0, f, NULL),               \
        CEL_GLOBAL(n, id "_double_uint", "(double, uint) -> dyn", 0, f, NULL),             \
        CEL_GLOBAL(n, id "_double_double", "(double, double) -> double", 0, f, NULL),      \
        CEL_GLOBAL(n, id "_list_int", "(list(int)) -> int", 0, f, cel_cost_items),         \
        CEL_GLOBAL(n, id "_list_uint", "(list(uint)) -> uint", 0, f, cel_cost_items),      \
        CEL_GLOBAL(n, id "_list_double", "(list(double)) -> double", 0, f, cel_cost_items)

#define ON_DOUBLE(n, id, result, f)                                                        \
    CEL_GLOBAL(n, id "_double", "(double) -> " result, 1, f, NULL)
#define ON_BITS(n, id, f)                                                                  \
    CEL_GLOBAL(n, id "_int_int", "(int, int) -> int", 1, f, NULL),                         \
        CEL_GLOBAL(n, id "_uint_uint", "(uint, uint) -> uint", 1, f, NULL)

static const cel_overload_def functions[] = {
    EXTREMUM("math.@max", "math_@max", greatest),
    EXTREMUM("math.@min", "math_@min", least),
    ON_DOUBLE("math.ceil", "math_ceil", "double", math_ceil),
    ON_DOUBLE("math.floor", "math_floor", "double", math_floor),
    ON_DOUBLE("math.round", "math_round", "double", math_round),
    ON_DOUBLE("math.trunc", "math_trunc", "double", math_trunc),
    ON_DOUBLE("math.isInf", "math_isInf", "bool", is_inf),
    ON_DOUBLE("math.isNaN", "math_isNaN", "bool", is_nan),
    ON_DOUBLE("math.isFinite", "math_isFinite", "bool", is_finite),
    ON_DOUBLE("math.abs", "math_abs", "double", absolute),
    CEL_GLOBAL("math.abs", "math_abs_int", "(int) -> int", 1, absolute, NULL),
    CEL_GLOBAL("math.abs", "math_abs_uint", "(uint) -> uint", 1, absolute, NULL),
    ON_DOUBLE("math.sign", "math_sign", "double", sign),
    CEL_GLOBAL("math.sign", "math_sign_int", "(int) -> int", 1, sign, NULL),
    CEL_GLOBAL("math.sign", "math_sign_uint", "(uint) -> uint", 1, sign, NULL),
    ON_BITS("math.bitAnd", "math_bitAnd", bit_and),
    ON_BITS("math.bitOr", "math_bitOr", bit_or),
    ON_BITS("math.bitXor", "math_bitXor", bit_xor),
    CEL_GLOBAL("math.bitNot", "math_bitNot_int_int", "(int) -> int", 1, bit_not, NULL),
    CEL_GLOBAL("math.bitNot", "math_bitNot_uint_uint", "(uint) -> uint", 1, bit_not, NULL),
    CEL_GLOBAL("math.bitShiftLeft", "math_bitShiftLeft_int_int", "(int, int) -> int", 1,
               shift_left, NULL),
    CEL_GLOBAL("math.bitShiftLeft", "math_bitShiftLeft_uint_int", "(uint, int) -> uint", 1,
               shift_left, NULL),
    CEL_GLOBAL("math.bitShiftRight", "math_bitShiftRight_int_int", "(int, int) -> int", 1,
               shift_right, NULL),
    CEL_GLOBAL("math.bitShiftRight", "math_bitShiftRight_uint_int", "(uint, int) -> uint",
               1, shift_right, NULL),
    CEL_GLOBAL("math.sqrt", "math_sqrt_double", "(double) -> double", 2, square_root, NULL),
    CEL_GLOBAL("math.sqrt", "math_sqrt_int", "(int) -> double", 2, square_root, NULL),
    CEL_GLOBAL("math.sqrt", "math_sqrt_uint", "(uint) -> double", 2, square_root, NULL),
};

const cel_library cel_lib_math = {
    .name = "math",
    .newest = 2,
    .functions = functions,
    .function_count = ACT_COUNT(functions),
    .macros = cel_macros_math,
    .macro_count = CEL_MACROS_MATH,
};
