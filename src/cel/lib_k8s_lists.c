/* The lists library of Kubernetes. */
#include "cel/eval.h"
#include "cel/lib_sort.h"
#include "cel/lib_table.h"

static cel_value is_sorted(cel_call *call, const cel_value *args)
{
    uint32_t count = cel_list_count(args[0]);
    for (uint32_t i = 1; i < count; i++) {
        int order;
        enum cel_error_kind err = cel_sort_compare(call, cel_list_at(args[0], i - 1),
                                                   cel_list_at(args[0], i), &order);
        if (err)
            return cel_call_fail(call, err, NULL);
        if (order > 0)
            return cel_bool(false);
    }
    return cel_bool(true);
}

static cel_value extremum(cel_call *call, const cel_value *args, int sign)
{
    uint32_t count = cel_list_count(args[0]);
    if (count == 0)
        return cel_call_fail(call, CEL_E_INVALID_ARGUMENT,
                             sign > 0 ? "max called on empty list"
                                      : "min called on empty list");
    cel_value best = cel_list_at(args[0], 0);
    for (uint32_t i = 0; i < count;
         i++) { /* from 0: a single item must have an order too */
        cel_value item = cel_list_at(args[0], i);
        int order;
        enum cel_error_kind err = cel_sort_compare(call, item, best, &order);
        if (err)
            return cel_call_fail(call, err, NULL);
        if (order * sign > 0)
            best = item;
    }
    return best;
}

static cel_value list_min(cel_call *call, const cel_value *args)
{
    return extremum(call, args, -1);
}

static cel_value list_max(cel_call *call, const cel_value *args)
{
    return extremum(call, args, 1);
}

/* An empty list sums up to the zero of its static type. */
static cel_value zero_sum(const cel_call *call)
{
    switch (call->overload->result->kind) {
    case CEL_T_UINT:
        return cel_uint(0);
    case CEL_T_DOUBLE:
        return cel_double(0);
    case CEL_T_DURATION:
        return cel_duration(0);
    default:
        return cel_int(0);
    }
}

static cel_value add(cel_call *call, cel_value a, cel_value b)
{
    bool overflows = false;
    if (a.kind != b.kind)
        return cel_call_no_overload(call);
    switch ((enum cel_kind)a.kind) {
    case CEL_INT:
    case CEL_DURATION:
        overflows = act_add_overflows(a.as.i64, b.as.i64, &a.as.i64);
        break;
    case CEL_UINT:
        overflows = act_add_overflows(a.as.u64, b.as.u64, &a.as.u64);
        break;
    case CEL_DOUBLE:
        a.as.f64 += b.as.f64;
        break;
    default:
        return cel_call_no_overload(call);
    }
    return overflows ? cel_call_fail(call, CEL_E_OVERFLOW, NULL) : a;
}

static cel_value sum(cel_call *call, const cel_value *args)
{
    uint32_t count = cel_list_count(args[0]);
    if (count == 0)
        return zero_sum(call);
    cel_value total = cel_list_at(args[0], 0);
    if (count == 1) { /* must be a number as well */
        cel_value none = { .kind = total.kind };
        return add(call, total, none);
    }
    for (uint32_t i = 1; i < count && !cel_is_error(total); i++)
        total = add(call, total, cel_list_at(args[0], i));
    return total;
}

/* Where @args[1] is in the list, looking from one end to the other. */
static cel_value find(cel_call *call, const cel_value *args, bool from_end)
{
    uint32_t count = cel_list_count(args[0]);
    uint64_t work = 0, left = cel_meter_left(call->meter);
    int64_t found = -1;
    for (uint32_t i = 0; i < count && found < 0; i++) {
        uint32_t at = from_end ? count - 1 - i : i;
        if (cel_value_equal_work(cel_list_at(args[0], at), args[1], left, &work))
            found = at;
    }
    return cel_call_charge(call, work) ? cel_int(found) : cel_call_too_costly(call);
}

static cel_value index_of(cel_call *call, const cel_value *args)
{
    return find(call, args, false);
}

static cel_value last_index_of(cel_call *call, const cel_value *args)
{
    return find(call, args, true);
}

/* x.includes(e): in a list, or equal to what is no list. */
static cel_value includes(cel_call *call, const cel_value *args)
{
    if (args[0].kind != CEL_LIST) {
        uint64_t work = 0;
        bool same =
            cel_value_equal_work(args[0], args[1], cel_meter_left(call->meter), &work);
        return cel_call_charge(call, work) ? cel_bool(same) : cel_call_too_costly(call);
    }
    cel_value at = find(call, args, false);
    return cel_is_error(at) ? at : cel_bool(at.as.i64 >= 0);
}

#define ORDER_ROWS(id, type)                                                               \
    CEL_MEMBER_GROWS("isSorted", "list_" id "_is_sorted_bool", "(list(" type ")) -> bool", \
                     0, is_sorted, cel_cost_items, cel_grows_order),                       \
        CEL_MEMBER_GROWS("min", "list_" id "_min_" id, "(list(" type ")) -> " type, 0,     \
                         list_min, cel_cost_items, cel_grows_order),                       \
        CEL_MEMBER_GROWS("max", "list_" id "_max_" id, "(list(" type ")) -> " type, 0,     \
                         list_max, cel_cost_items, cel_grows_order),
#define SUM_ROW(type)                                                                      \
    CEL_MEMBER("sum", "list_" type "_sum_" type, "(list(" type ")) -> " type, 0, sum,      \
               cel_cost_items)

static const cel_overload_def functions[] = {
    CEL_COMPARABLE_TYPES(ORDER_ROWS) SUM_ROW("int"),
    SUM_ROW("uint"),
    SUM_ROW("double"),
    SUM_ROW("duration"),
    CEL_MEMBER_GROWS("indexOf", "list_a_index_of_int", "(list(T), T) -> int", 0, index_of,
                     cel_cost_items, cel_grows_find),
    CEL_MEMBER_GROWS("lastIndexOf", "list_a_last_index_of_int", "(list(T), T) -> int", 0,
                     last_index_of, cel_cost_items, cel_grows_find),
    CEL_MEMBER_GROWS("includes", "dyn_includes_dyn", "(dyn, dyn) -> bool", 1, includes,
                     cel_cost_items, cel_grows_find),
};

const cel_library cel_lib_k8s_lists = {
    .name = "k8s_lists",
    .newest = 1,
    .functions = functions,
    .function_count = ACT_COUNT(functions),
};
