/* The sets library of cel-go: lists as sets, with CEL equality. */
#include "cel/eval.h"
#include "cel/lib_table.h"

/* How many items of @some are in @set: all of them (@want_all), or any. The cost of
 * comparing is charged; an error value, or a bool. */
static cel_value members(cel_call *call, cel_value set, cel_value some, bool want_all)
{
    uint32_t set_count = cel_list_count(set), count = cel_list_count(some);
    for (uint32_t i = 0; i < count; i++) {
        cel_value item = cel_list_at(some, i);
        uint64_t work = 0, left = cel_meter_left(call->meter);
        bool found = false;
        for (uint32_t k = 0; k < set_count && !found; k++)
            found = cel_value_equal_work(cel_list_at(set, k), item, left, &work);
        if (!cel_call_charge(call, work))
            return cel_call_too_costly(call);
        if (found != want_all)
            return cel_bool(found);
    }
    return cel_bool(want_all);
}

static cel_value contains(cel_call *call, const cel_value *args)
{
    return members(call, args[0], args[1], true);
}

static cel_value equivalent(cel_call *call, const cel_value *args)
{
    cel_value half = members(call, args[0], args[1], true);
    return cel_value_is_true(half) ? members(call, args[1], args[0], true) : half;
}

static cel_value intersects(cel_call *call, const cel_value *args)
{
    return members(call, args[0], args[1], false);
}

#define SIGNATURE "(list(T), list(T)) -> bool"

static const cel_overload_def functions[] = {
    CEL_GLOBAL_GROWS("sets.contains", "list_sets_contains_list", SIGNATURE, 0, contains,
                     cel_cost_product, cel_grows_sets),
    CEL_GLOBAL_GROWS("sets.equivalent", "list_sets_equivalent_list", SIGNATURE, 0,
                     equivalent, cel_cost_product, cel_grows_sets),
    CEL_GLOBAL_GROWS("sets.intersects", "list_sets_intersects_list", SIGNATURE, 0,
                     intersects, cel_cost_product, cel_grows_sets),
};

const cel_library cel_lib_sets = {
    .name = "sets",
    .functions = functions,
    .function_count = ACT_COUNT(functions),
};
