/* The quantity library of Kubernetes. */
#include "cel/lib_order.h"
#include "cel/lib_table.h"

static cel_value new_quantity(cel_call *call, const cel_quantity *q)
{
    cel_quantity_value *v = act_arena_make(call->arena, cel_quantity_value);
    if (!v)
        return cel_call_memory(call);
    v->head.type = &cel_quantity_type;
    v->quantity = *q;
    return cel_opaque_value(&v->head);
}

/* The quantity in @v, or NULL. */
static const cel_quantity *quantity_of(cel_value v)
{
    return cel_is_opaque(v, &cel_quantity_type)
               ? &((const cel_quantity_value *)v.as.opaque)->quantity
               : NULL;
}

static int parse(const cel_call *call, act_str text, cel_quantity *ret)
{
    if (text.len > call->limits->quantity_bytes)
        return ACT_ELIMIT;
    return cel_quantity_parse(text, call->limits->quantity_exponent, ret);
}

static cel_value quantity(cel_call *call, const cel_value *args)
{
    cel_quantity q;
    int err = parse(call, cel_value_str(args[0]), &q);
    if (err)
        return cel_call_fail(call, CEL_E_CONVERSION,
                             err == ACT_ELIMIT
                                 ? "quantity is too long or its exponent too large"
                                 : "quantities must match the regular expression "
                                   "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    return new_quantity(call, &q);
}

static cel_value is_quantity(cel_call *call, const cel_value *args)
{
    cel_quantity q;
    return cel_bool(parse(call, cel_value_str(args[0]), &q) == ACT_OK);
}

static cel_value is_integer(cel_call *call, const cel_value *args)
{
    const cel_quantity *q = quantity_of(args[0]);
    int64_t i;
    return q ? cel_bool(cel_quantity_to_int(q, &i) == ACT_OK) : cel_call_no_overload(call);
}

static cel_value as_integer(cel_call *call, const cel_value *args)
{
    const cel_quantity *q = quantity_of(args[0]);
    int64_t i;
    if (!q)
        return cel_call_no_overload(call);
    if (cel_quantity_to_int(q, &i))
        return cel_call_fail(call, CEL_E_CONVERSION, "cannot convert value to integer");
    return cel_int(i);
}

static cel_value as_approximate_float(cel_call *call, const cel_value *args)
{
    const cel_quantity *q = quantity_of(args[0]);
    return q ? cel_double(cel_quantity_to_double(q)) : cel_call_no_overload(call);
}

static cel_value sign(cel_call *call, const cel_value *args)
{
    const cel_quantity *q = quantity_of(args[0]);
    return q ? cel_int(cel_quantity_sign(q)) : cel_call_no_overload(call);
}

typedef int combine(const cel_quantity *, const cel_quantity *, cel_quantity *);

static cel_value combined(cel_call *call, const cel_value *args, combine *with)
{
    const cel_quantity *a = quantity_of(args[0]), *b = quantity_of(args[1]);
    cel_quantity whole, result;
    if (args[1].kind == CEL_INT) {
        whole = cel_quantity_from_int(args[1].as.i64);
        b = &whole;
    }
    if (!a || !b)
        return cel_call_no_overload(call);
    if (with(a, b, &result))
        return cel_call_fail(call, CEL_E_OVERFLOW, "quantity is too large");
    return new_quantity(call, &result);
}

static cel_value add(cel_call *call, const cel_value *args)
{
    return combined(call, args, cel_quantity_add);
}

static cel_value sub(cel_call *call, const cel_value *args)
{
    return combined(call, args, cel_quantity_sub);
}

#define Q "kubernetes.Quantity"

static const cel_overload_def functions[] = {
    CEL_GLOBAL("quantity", "string_to_quantity", "(string) -> " Q, 0, quantity,
               cel_cost_tenth),
    CEL_GLOBAL("isQuantity", "is_quantity_string", "(string) -> bool", 0, is_quantity,
               cel_cost_tenth),
    CEL_MEMBER("isInteger", "quantity_is_integer", "(" Q ") -> bool", 0, is_integer, NULL),
    CEL_MEMBER("asInteger", "quantity_get_int", "(" Q ") -> int", 0, as_integer, NULL),
    CEL_MEMBER("asApproximateFloat", "quantity_get_float", "(" Q ") -> double", 0,
               as_approximate_float, NULL),
    /* Kubernetes declares a function and documents a method: both are here. */
    CEL_GLOBAL("sign", "quantity_sign", "(" Q ") -> int", 0, sign, NULL),
    CEL_MEMBER("sign", "quantity_member_sign", "(" Q ") -> int", 0, sign, NULL),
    CEL_MEMBER("add", "quantity_add", "(" Q ", " Q ") -> " Q, 0, add, NULL),
    CEL_MEMBER("add", "quantity_add_int", "(" Q ", int) -> " Q, 0, add, NULL),
    CEL_MEMBER("sub", "quantity_sub", "(" Q ", " Q ") -> " Q, 0, sub, NULL),
    CEL_MEMBER("sub", "quantity_sub_int", "(" Q ", int) -> " Q, 0, sub, NULL),
    CEL_MEMBER("isGreaterThan", "quantity_is_greater_than", "(" Q ", " Q ") -> bool", 0,
               cel_is_greater_than, NULL),
    CEL_MEMBER("isLessThan", "quantity_is_less_than", "(" Q ", " Q ") -> bool", 0,
               cel_is_less_than, NULL),
    CEL_MEMBER("compareTo", "quantity_compare_to", "(" Q ", " Q ") -> int", 0,
               cel_compare_to, NULL),
};

static const cel_opaque_type *const types[] = { &cel_quantity_type };

const cel_library cel_lib_quantity = {
    .name = "quantity",
    .functions = functions,
    .function_count = ACT_COUNT(functions),
    .types = types,
    .type_count = ACT_COUNT(types),
};
