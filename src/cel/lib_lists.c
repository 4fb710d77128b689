/* The lists library of cel-go. */
#include "cel/eval.h"
#include "cel/lib_sort.h"
#include "cel/lib_table.h"

enum { FLATTEN_DEPTH_MAX = 128 }; /* nesting that flatten(n) follows */

static cel_value slice(cel_call *call, const cel_value *args)
{
    int64_t start = args[1].as.i64, end = args[2].as.i64;
    uint32_t count = cel_list_count(args[0]);
    if (start < 0 || end < 0)
        return cel_call_failf(call, CEL_E_INVALID_ARGUMENT,
                              "cannot slice(%lld, %lld), negative indexes not supported",
                              (long long)start, (long long)end);
    if (start > end)
        return cel_call_failf(
            call, CEL_E_INVALID_ARGUMENT,
            "cannot slice(%lld, %lld), start index must be less than or equal to end index",
            (long long)start, (long long)end);
    if (end > count)
        return cel_call_failf(call, CEL_E_INVALID_ARGUMENT,
                              "cannot slice(%lld, %lld), list is length %u",
                              (long long)start, (long long)end, count);
    uint32_t n = (uint32_t)(end - start);
    cel_value *items = cel_call_items(call, n);
    if (!items)
        return cel_call_memory(call);
    for (uint32_t i = 0; i < n; i++)
        items[i] = cel_list_at(args[0], (uint32_t)start + i);
    return cel_list_of(call->arena, items, n);
}

/* Walks nested lists down to @depth levels. With @out NULL it only counts and charges: few
 * lists may hold each other very often. */
static enum cel_error_kind flatten_into(cel_call *call, cel_value list, int64_t depth,
                                        unsigned nesting, cel_value *out, uint64_t *count)
{
    uint32_t n = cel_list_count(list);
    if (nesting > FLATTEN_DEPTH_MAX)
        return CEL_E_DEPTH_LIMIT;
    if (!out && !cel_call_charge(call, n))
        return CEL_E_COST_LIMIT;
    for (uint32_t i = 0; i < n; i++) {
        cel_value item = cel_list_at(list, i);
        if (item.kind == CEL_LIST && depth > 0) {
            enum cel_error_kind err =
                flatten_into(call, item, depth - 1, nesting + 1, out, count);
            if (err)
                return err;
        } else {
            if (out)
                out[*count] = item;
            ++*count;
        }
    }
    return CEL_E_NONE;
}

static cel_value flatten(cel_call *call, const cel_value *args)
{
    int64_t depth = call->argc > 1 ? args[1].as.i64 : 1;
    if (depth < 0)
        return cel_call_fail(call, CEL_E_INVALID_ARGUMENT, "level must be non-negative");
    uint64_t count = 0;
    enum cel_error_kind err = flatten_into(call, args[0], depth, 0, NULL, &count);
    if (err)
        return cel_call_fail(call, err, NULL);
    cel_value *items = NULL;
    if (count <= call->limits->collection)
        items = cel_call_items(call, (size_t)count);
    if (!items)
        return cel_call_memory(call);
    count = 0;
    err = flatten_into(call, args[0], depth, 0, items, &count);
    assert(!err && "the same walk went well before");
    (void)err; /* unused without asserts */
    return cel_list_of(call->arena, items, (uint32_t)count);
}

static cel_value sort(cel_call *call, const cel_value *args)
{
    return cel_sort_by(call, args[0], args[0]);
}

static cel_value sort_by_keys(cel_call *call, const cel_value *args)
{
    return cel_sort_by(call, args[0], args[1]);
}

/* Quadratic, as its cost says. */
static cel_value distinct(cel_call *call, const cel_value *args)
{
    uint32_t count = cel_list_count(args[0]), kept = 0;
    cel_value *items = cel_call_items(call, count);
    if (!items)
        return cel_call_memory(call);
    for (uint32_t i = 0; i < count; i++) {
        cel_value item = cel_list_at(args[0], i);
        uint64_t work = 0, left = cel_meter_left(call->meter);
        bool known = false;
        for (uint32_t k = 0; k < kept && !known; k++)
            known = cel_value_equal_work(items[k], item, left, &work);
        if (!cel_call_charge(call, work))
            return cel_call_too_costly(call);
        if (!known)
            items[kept++] = item;
    }
    return cel_list_of(call->arena, items, kept);
}

static cel_value reverse(cel_call *call, const cel_value *args)
{
    uint32_t count = cel_list_count(args[0]);
    cel_value *items = cel_call_items(call, count);
    if (!items)
        return cel_call_memory(call);
    for (uint32_t i = 0; i < count; i++)
        items[i] = cel_list_at(args[0], count - 1 - i);
    return cel_list_of(call->arena, items, count);
}

static cel_value range(cel_call *call, const cel_value *args)
{
    int64_t n = args[0].as.i64;
    if (n < 0)
        return cel_call_fail(call, CEL_E_INVALID_ARGUMENT,
                             "lists.range: the size must not be negative");
    if (n > call->limits->collection)
        return cel_call_memory(call);
    if (!cel_call_charge(call, (uint64_t)n))
        return cel_call_too_costly(call);
    cel_value *items = cel_call_items(call, (size_t)n);
    if (!items)
        return cel_call_memory(call);
    for (int64_t i = 0; i < n; i++)
        items[i] = cel_int(i);
    return cel_list_of(call->arena, items, (uint32_t)n);
}

static uint64_t range_cost(const cel_value *args, uint32_t argc)
{
    (void)args;
    (void)argc;
    return CEL_COST_LIST_LITERAL + 1; /* the rest is charged when the size is known */
}

#define SORT_ROW(id, type)                                                                 \
    CEL_MEMBER_GROWS("sort", "list_" id "_sort", "(list(" type ")) -> list(" type ")", 2,  \
                     sort, cel_cost_sort, cel_grows_sort),
#define SORT_BY_ROW(id, type)                                                              \
    CEL_MEMBER_GROWS("@sortByAssociatedKeys", "list_" id "_sortByAssociatedKeys",          \
                     "(list(T), list(" type ")) -> list(T)", 2, sort_by_keys,              \
                     cel_cost_sort, cel_grows_sort),

static const cel_overload_def functions[] = {
    CEL_MEMBER("slice", "list_slice", "(list(T), int, int) -> list(T)", 0, slice,
               cel_cost_copy),
    CEL_MEMBER_GROWS("flatten", "list_flatten", "(list(list(T))) -> list(T)", 1, flatten,
                     cel_cost_copy, cel_grows_flatten),
    CEL_MEMBER_GROWS("flatten", "list_flatten_int", "(list(dyn), int) -> list(dyn)", 1,
                     flatten, cel_cost_copy, cel_grows_flatten),
    CEL_COMPARABLE_TYPES(SORT_ROW) CEL_COMPARABLE_TYPES(SORT_BY_ROW)
        CEL_MEMBER_GROWS("distinct", "list_distinct", "(list(T)) -> list(T)", 2, distinct,
                         cel_cost_distinct, cel_grows_distinct),
    CEL_MEMBER("reverse", "list_reverse", "(list(T)) -> list(T)", 2, reverse,
               cel_cost_copy),
    CEL_GLOBAL_GROWS("lists.range", "lists_range", "(int) -> list(int)", 2, range,
                     range_cost, cel_grows_range),
};

const cel_library cel_lib_lists = {
    .name = "lists",
    .newest = 3,
    .functions = functions,
    .function_count = ACT_COUNT(functions),
    .macros = cel_macros_lists,
    .macro_count = CEL_MACROS_LISTS,
};
