#include "cel/cost.h"

static uint64_t add(uint64_t a, uint64_t b)
{
    uint64_t sum;
    return act_add_overflows(a, b, &sum) ? UINT64_MAX : sum;
}

static uint64_t multiply(uint64_t a, uint64_t b)
{
    uint64_t product;
    return act_mul_overflows(a, b, &product) ? UINT64_MAX : product;
}

uint64_t cel_cost_size(cel_value v)
{
    switch ((enum cel_kind)v.kind) {
    case CEL_STRING:
    case CEL_BYTES:
        return v.len;
    case CEL_LIST:
        return cel_list_count(v);
    case CEL_MAP:
        return cel_map_count(v);
    case CEL_NULL:
    case CEL_BOOL:
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
    case CEL_TIMESTAMP:
    case CEL_DURATION:
    case CEL_TYPE:
    case CEL_OPTIONAL:
    case CEL_OPAQUE:
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        break;
    }
    return 1;
}

uint64_t cel_cost_tenth(const cel_value *args, uint32_t argc)
{
    return argc ? cel_cost_tenth_of(cel_cost_size(args[0])) : 1;
}

uint64_t cel_cost_fifth(const cel_value *args, uint32_t argc)
{
    return argc ? cel_cost_tenth_of(multiply(cel_cost_size(args[0]), 2)) : 1;
}

uint64_t cel_cost_compare(const cel_value *args, uint32_t argc)
{
    if (argc < 2)
        return 1;
    uint64_t a = cel_cost_size(args[0]), b = cel_cost_size(args[1]);
    return cel_cost_tenth_of(a < b ? a : b);
}

uint64_t cel_cost_concat(const cel_value *args, uint32_t argc)
{
    uint64_t total = 0;
    for (uint32_t i = 0; i < argc; i++)
        total = add(total, cel_cost_size(args[i]));
    return cel_cost_tenth_of(total);
}

uint64_t cel_cost_search(const cel_value *args, uint32_t argc)
{
    return argc < 2 ? 1
                    : multiply(cel_cost_tenth_of(cel_cost_size(args[0])),
                               cel_cost_tenth_of(cel_cost_size(args[1])));
}

uint64_t cel_cost_regex(const cel_value *args, uint32_t argc)
{
    if (argc < 2)
        return 1;
    uint64_t pattern = cel_cost_size(args[1]);
    return multiply(cel_cost_tenth_of(add(cel_cost_size(args[0]), 1)),
                    pattern ? pattern / 4 + (pattern % 4 != 0) : 1);
}

uint64_t cel_cost_visit(const cel_value *args, uint32_t argc)
{
    return argc ? add(cel_cost_size(args[0]), 1) : 1;
}

uint64_t cel_cost_visit_second(const cel_value *args, uint32_t argc)
{
    return argc < 2 ? 1 : cel_cost_size(args[1]);
}

uint64_t cel_cost_pairs(const cel_value *args, uint32_t argc)
{
    return argc < 2 ? 1 : add(multiply(cel_cost_size(args[0]), cel_cost_size(args[1])), 1);
}

uint64_t cel_cost_copy(const cel_value *args, uint32_t argc)
{
    return argc ? add(cel_cost_size(args[0]), CEL_COST_LIST + 1) : 1;
}

uint64_t cel_cost_sort(const cel_value *args, uint32_t argc)
{
    if (!argc)
        return 1;
    uint64_t n = cel_cost_size(args[0]);
    uint64_t levels = n < 2 ? 1 : 64 - (uint64_t)__builtin_clzll(n - 1); /* ceil(log2 n) */
    return add(multiply(multiply(n, levels), 2), CEL_COST_LIST + 1);
}

uint64_t cel_cost_distinct(const cel_value *args, uint32_t argc)
{
    if (!argc)
        return 1;
    uint64_t n = cel_cost_size(args[0]);
    return add(multiply(multiply(n, n), 2), CEL_COST_LIST + 1);
}
