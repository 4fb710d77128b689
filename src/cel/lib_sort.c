/* Stable sorting of list items by keys of one kind. */
#include "cel/lib_sort.h"

#include "cel/cost.h"

typedef struct {
    cel_value key;
    uint32_t index; /* of the item in the list */
} sort_item;

static bool is_comparable(cel_value v)
{
    enum {
        COMPARABLE = 1u << CEL_BOOL | 1u << CEL_INT | 1u << CEL_UINT | 1u << CEL_DOUBLE |
                     1u << CEL_STRING | 1u << CEL_BYTES | 1u << CEL_TIMESTAMP |
                     1u << CEL_DURATION
    };
    return COMPARABLE >> v.kind & 1u;
}

enum cel_error_kind cel_sort_compare(cel_call *call, cel_value a, cel_value b, int *ret)
{
    if (a.kind != b.kind || !is_comparable(a))
        return CEL_E_NO_OVERLOAD;
    if (!cel_call_charge(call, cel_cost_quick(a.len < b.len ? a : b)))
        return CEL_E_COST_LIMIT;
    return cel_value_compare(a, b, ret);
}

/* Merge the sorted runs [from, middle) and [middle, to) of @in into @out. */
static enum cel_error_kind merge(cel_call *call, const sort_item *in, sort_item *out,
                                 uint32_t from, uint32_t middle, uint32_t to)
{
    uint32_t left = from, right = middle;
    for (uint32_t at = from; at < to; at++) {
        bool take_left = right == to;
        if (left < middle && right < to) {
            int order;
            enum cel_error_kind err =
                cel_sort_compare(call, in[left].key, in[right].key, &order);
            if (err)
                return err;
            take_left = order <= 0;
        }
        out[at] = in[take_left ? left++ : right++];
    }
    return CEL_E_NONE;
}

/* Bottom-up merge sort; *items and *spare change places and *items ends up sorted. */
static enum cel_error_kind sort_items(cel_call *call, sort_item **items, sort_item **spare,
                                      uint32_t count)
{
    for (uint64_t run = 1; run < count; run *= 2) {
        for (uint64_t from = 0; from < count; from += 2 * run) {
            uint64_t middle = from + run < count ? from + run : count;
            uint64_t to = middle + run < count ? middle + run : count;
            enum cel_error_kind err =
                merge(call, *items, *spare, (uint32_t)from, (uint32_t)middle, (uint32_t)to);
            if (err)
                return err;
        }
        sort_item *swap = *items;
        *items = *spare;
        *spare = swap;
    }
    return CEL_E_NONE;
}

cel_value cel_sort_by(cel_call *call, cel_value list, cel_value keys)
{
    uint32_t count = cel_list_count(list);
    if (cel_list_count(keys) != count)
        return cel_call_fail(call, CEL_E_INVALID_ARGUMENT,
                             "as many sort keys as list items are needed");
    if (count == 0)
        return list;
    cel_value *sorted = cel_call_items(call, count);
    sort_item *items = act_arena_make_n(call->arena, sort_item, count);
    sort_item *spare = act_arena_make_n(call->arena, sort_item, count);
    if (!sorted || !items || !spare)
        return cel_call_memory(call);
    for (uint32_t i = 0; i < count; i++) {
        items[i] = (sort_item){ .key = cel_list_at(keys, i), .index = i };
        if (!is_comparable(items[i].key))
            return cel_call_no_overload(call);
        if (items[i].key.kind != items[0].key.kind)
            return cel_call_fail(call, CEL_E_NO_OVERLOAD,
                                 "list elements must have the same type");
    }
    enum cel_error_kind err = sort_items(call, &items, &spare, count);
    if (err)
        return cel_call_fail(call, err, NULL);
    for (uint32_t i = 0; i < count; i++)
        sorted[i] = cel_list_at(list, items[i].index);
    return cel_list_of(call->arena, sorted, count);
}
