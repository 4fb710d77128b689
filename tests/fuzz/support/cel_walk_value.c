#include "fuzz/support/cel_walk_value.h"

#include "fuzz/support/cel_walk.h"

#include <math.h>

bool cel_walk_is_number(cel_value v)
{
    return v.kind == CEL_INT || v.kind == CEL_UINT || v.kind == CEL_DOUBLE;
}

/* -1, 0, 1, or 2 when one is NaN. */
int cel_walk_compare_numbers(cel_value a, cel_value b)
{
    if (a.kind == CEL_DOUBLE || b.kind == CEL_DOUBLE) {
        if (a.kind != CEL_DOUBLE) {
            int order = cel_walk_compare_numbers(b, a);
            return order == 2 ? 2 : -order;
        }
        double x = a.as.f64;
        if (isnan(x) || (b.kind == CEL_DOUBLE && isnan(b.as.f64)))
            return 2;
        if (b.kind == CEL_INT && (x < -0x1p63 || x > 0x1p63))
            return x < 0 ? -1 : 1;
        if (b.kind == CEL_UINT && (x < 0 || x > 0x1p64))
            return x < 0 ? -1 : 1;
        double y = b.kind == CEL_DOUBLE ? b.as.f64
                   : b.kind == CEL_INT  ? (double)b.as.i64
                                        : (double)b.as.u64;
        return (x > y) - (x < y);
    }
    __int128 x = a.kind == CEL_INT ? (__int128)a.as.i64 : (__int128)a.as.u64;
    __int128 y = b.kind == CEL_INT ? (__int128)b.as.i64 : (__int128)b.as.u64;
    return (x > y) - (x < y);
}

static bool equal_lists(cel_value a, cel_value b)
{
    uint32_t n = cel_list_count(a);
    bool same = n == cel_list_count(b);
    for (uint32_t i = 0; i < n && same; i++)
        same = cel_walk_equal(cel_list_at(a, i), cel_list_at(b, i));
    return same;
}

/* The value at a key equal to @key. */
bool cel_walk_find_key(cel_value map, cel_value key, cel_value *ret)
{
    for (uint32_t i = 0; i < cel_map_count(map); i++) {
        cel_entry e = cel_map_at(map, i);
        if (cel_walk_equal(e.key, key)) {
            *ret = e.value;
            return true;
        }
    }
    return false;
}

static bool equal_maps(cel_value a, cel_value b)
{
    uint32_t n = cel_map_count(a);
    bool same = n == cel_map_count(b);
    for (uint32_t i = 0; i < n && same; i++) {
        cel_entry e = cel_map_at(a, i);
        cel_value other;
        same = cel_walk_find_key(b, e.key, &other) && cel_walk_equal(e.value, other);
    }
    return same;
}

bool cel_walk_equal(cel_value a, cel_value b)
{
    if (cel_walk_is_number(a) && cel_walk_is_number(b))
        return cel_walk_compare_numbers(a, b) == 0;
    if (a.kind != b.kind)
        return false;
    switch ((enum cel_kind)a.kind) {
    case CEL_NULL:
        return true;
    case CEL_BOOL:
        return a.as.boolean == b.as.boolean;
    case CEL_STRING:
    case CEL_BYTES:
    case CEL_TYPE:
        return act_str_eq(cel_value_str(a), cel_value_str(b));
    case CEL_LIST:
        return equal_lists(a, b);
    case CEL_MAP:
        return equal_maps(a, b);
    case CEL_TIMESTAMP:
        return a.as.i64 == b.as.i64 && a.len == b.len;
    case CEL_DURATION:
        return a.as.i64 == b.as.i64;
    case CEL_OPTIONAL:
        if (!a.as.operand || !b.as.operand)
            return a.as.operand == b.as.operand;
        return cel_walk_equal(*a.as.operand, *b.as.operand);
    case CEL_OPAQUE:
        return cel_value_equal(a, b);
    case CEL_INT:
    case CEL_UINT:
    case CEL_DOUBLE:
    case CEL_ERROR:
    case CEL_KIND_COUNT:
        break;
    }
    return false;
}

static bool same_maps(cel_value a, cel_value b)
{
    uint32_t n = cel_map_count(a);
    if (n != cel_map_count(b))
        return false;
    for (uint32_t i = 0; i < n; i++) {
        cel_entry x = cel_map_at(a, i);
        bool found = false;
        for (uint32_t k = 0; k < n && !found; k++) {
            cel_entry y = cel_map_at(b, k);
            found = cel_walk_same(x.key, y.key) && cel_walk_same(x.value, y.value);
        }
        if (!found)
            return false;
    }
    return true;
}

bool cel_walk_same(cel_value a, cel_value b)
{
    if (a.kind != b.kind)
        return false;
    if (a.kind == CEL_DOUBLE)
        return (isnan(a.as.f64) && isnan(b.as.f64)) || a.as.u64 == b.as.u64;
    if (a.kind == CEL_MAP)
        return same_maps(a, b);
    if (a.kind == CEL_OPTIONAL && a.as.operand && b.as.operand)
        return cel_walk_same(*a.as.operand, *b.as.operand);
    if (a.kind != CEL_LIST)
        return cel_walk_equal(a, b);
    uint32_t n = cel_list_count(a);
    bool same = n == cel_list_count(b);
    for (uint32_t i = 0; i < n && same; i++)
        same = cel_walk_same(cel_list_at(a, i), cel_list_at(b, i));
    return same;
}
