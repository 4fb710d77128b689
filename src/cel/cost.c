/* Costs of calls, from the sizes of their arguments. */
#include "cel/cost.h"

uint64_t cel_cost_size(cel_value v)
{
    switch (v.kind) {
    case CEL_STRING:
    case CEL_BYTES:
        return v.len;
    case CEL_LIST:
        return cel_list_count(v);
    case CEL_MAP:
        return cel_map_count(v);
    default:
        return 1;
    }
}

static uint64_t product(uint64_t a, uint64_t b)
{
    uint64_t r;
    return act_mul_overflows(a, b, &r) ? UINT64_MAX : r;
}

uint64_t cel_cost_tenth(const cel_value *args, uint32_t argc)
{
    return argc ? cel_cost_tenth_of(cel_cost_size(args[0])) : 1;
}

uint64_t cel_cost_fifth(const cel_value *args, uint32_t argc)
{
    return argc ? cel_cost_tenth_of(2 * cel_cost_size(args[0])) : 1;
}

uint64_t cel_cost_contains(const cel_value *args, uint32_t argc)
{
    if (argc < 2)
        return 1;
    return product(cel_cost_tenth_of(cel_cost_size(args[0])),
                   cel_cost_tenth_of(cel_cost_size(args[1])));
}

uint64_t cel_cost_regex(const cel_value *args, uint32_t argc)
{
    if (argc < 2)
        return 1;
    uint64_t pattern = (cel_cost_size(args[1]) + 3) / 4;
    return product(cel_cost_tenth_of(1 + cel_cost_size(args[0])), pattern ? pattern : 1);
}

uint64_t cel_cost_count(const cel_value *args, uint32_t argc)
{
    return argc && args[0].kind == CEL_STRING ? 1 + cel_cost_quick(args[0]) : 1;
}

uint64_t cel_cost_items(const cel_value *args, uint32_t argc)
{
    return argc ? 1 + cel_cost_size(args[0]) : 1;
}

uint64_t cel_cost_copy(const cel_value *args, uint32_t argc)
{
    return 11 + (argc ? cel_cost_size(args[0]) : 0);
}

uint64_t cel_cost_sort(const cel_value *args, uint32_t argc)
{
    uint64_t n = argc ? cel_cost_size(args[0]) : 0;
    uint64_t log = n > 1 ? 64 - (uint64_t)__builtin_clzll(n - 1) : 0;
    return 11 + 2 * n * log;
}

uint64_t cel_cost_distinct(const cel_value *args, uint32_t argc)
{
    uint64_t n = argc ? cel_cost_size(args[0]) : 0;
    uint64_t square = product(2 * n, n);
    return square > UINT64_MAX - 11 ? UINT64_MAX : 11 + square;
}

uint64_t cel_cost_product(const cel_value *args, uint32_t argc)
{
    return argc < 2 ? 1 : 1 + product(cel_cost_size(args[0]), cel_cost_size(args[1]));
}
