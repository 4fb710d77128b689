/* What quantity and semver share: opaque values with an order, and methods to compare. */
#include "cel/lib_order.h"

static const cel_quantity *quantity_of(const cel_opaque *v)
{
    return &((const cel_quantity_value *)v)->quantity;
}

static const cel_semver *semver_of(const cel_opaque *v)
{
    return &((const cel_semver_value *)v)->semver;
}

static bool quantity_equal(const cel_opaque *a, const cel_opaque *b)
{
    return cel_quantity_cmp(quantity_of(a), quantity_of(b)) == 0;
}

static bool semver_equal(const cel_opaque *a, const cel_opaque *b)
{
    return cel_semver_cmp(semver_of(a), semver_of(b)) == 0;
}

static int quantity_write(const cel_opaque *v, act_buf *out)
{
    char text[CEL_QUANTITY_PRINT_MAX];
    act_buf_add(out, (act_str){ text, cel_quantity_print(quantity_of(v), text) });
    return act_buf_err(out);
}

static int semver_write(const cel_opaque *v, act_buf *out)
{
    char text[CEL_SEMVER_PRINT_MAX];
    act_buf_add(out, (act_str){ text, cel_semver_print(semver_of(v), text) });
    return act_buf_err(out);
}

const cel_opaque_type cel_quantity_type = {
    .name = "kubernetes.Quantity",
    .equal = quantity_equal,
    .write_text = quantity_write,
};

const cel_opaque_type cel_semver_type = {
    .name = "kubernetes.Semver",
    .equal = semver_equal,
    .write_text = semver_write,
};

/* False when the two are not of one type with an order. */
static bool compare(const cel_value *args, int *ret)
{
    if (cel_is_opaque(args[0], &cel_quantity_type) &&
        cel_is_opaque(args[1], &cel_quantity_type))
        *ret = cel_quantity_cmp(quantity_of(args[0].as.opaque),
                                quantity_of(args[1].as.opaque));
    else if (cel_is_opaque(args[0], &cel_semver_type) &&
             cel_is_opaque(args[1], &cel_semver_type))
        *ret = cel_semver_cmp(semver_of(args[0].as.opaque), semver_of(args[1].as.opaque));
    else
        return false;
    return true;
}

cel_value cel_is_greater_than(cel_call *call, const cel_value *args)
{
    int order;
    return compare(args, &order) ? cel_bool(order > 0) : cel_call_no_overload(call);
}

cel_value cel_is_less_than(cel_call *call, const cel_value *args)
{
    int order;
    return compare(args, &order) ? cel_bool(order < 0) : cel_call_no_overload(call);
}

cel_value cel_compare_to(cel_call *call, const cel_value *args)
{
    int order;
    return compare(args, &order) ? cel_int((order > 0) - (order < 0))
                                 : cel_call_no_overload(call);
}
