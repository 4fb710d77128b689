/** @file
 *  Costs of calls in units of one cheap step: what overloads name in their tables. */
#ifndef CEL_COST_H
#define CEL_COST_H

#include "cel/value.h"

/* Constants as in cel-go and Kubernetes: traversal 0.1 a byte, regex 0.25 a pattern byte,
 * list literal 10, map literal 30. Sizes are bytes, an upper bound of code points that
 * needs no counting. All are pure functions of the kinds and sizes of the arguments, and
 * none falls when a size grows: cel_estimate() asks them about values that do not exist. */

enum { CEL_COST_LIST_LITERAL = 10, CEL_COST_MAP_LITERAL = 30 };

/** JSON objects are searched in order: what a lookup costs beyond 1, by member count. */
enum { CEL_COST_SCAN_SHIFT = 6 };
/** Work that goes over a string quickly (hash, compare, count) costs a unit this many
 * bytes, beyond the 1 of the operation. */
enum { CEL_COST_QUICK_SHIFT = 6 };

enum {
    CEL_COST_PATTERN = 8, /**< an instruction of a pattern that is no constant */
    CEL_COST_ZONE = 100,  /**< looking up a time zone by its name */
};

/** Bytes of strings and bytes, items of lists, entries of maps, 1 for others. */
uint64_t cel_cost_size(cel_value v);
/** ceil(n / 10), at least 1. */
static inline uint64_t cel_cost_tenth_of(uint64_t n)
{
    return n < 10 ? 1 : (n + 9) / 10;
}

/** What looking into an object of @members costs beyond 1. */
static inline uint64_t cel_cost_scan(uint64_t members)
{
    return members >> CEL_COST_SCAN_SHIFT;
}
/** The same for @map; maps that are no JSON find their keys without a search. */
static inline uint64_t cel_cost_search(cel_value map)
{
    return map.flags & CEL_V_JSON ? cel_cost_scan(cel_map_count(map)) : 0;
}
/** Joining two lists of @items together, beyond the 1 of the operator. */
static inline uint64_t cel_cost_join_lists(uint64_t items)
{
    return 1 + items / 10;
}

/** What a quick walk over @v costs beyond 1: of strings and bytes only. */
static inline uint64_t cel_cost_quick(cel_value v)
{
    return v.kind == CEL_STRING || v.kind == CEL_BYTES ? v.len >> CEL_COST_QUICK_SHIFT : 0;
}

/* Of type cel_cost_fn; a member's receiver is args[0]. */

/** ceil(0.1 * size of args[0]): startsWith, conversions with traversal, quote, format. */
uint64_t cel_cost_tenth(const cel_value *args, uint32_t argc);
/** ceil(0.2 * size of args[0]): replace, split, join. */
uint64_t cel_cost_fifth(const cel_value *args, uint32_t argc);
/** ceil(0.1 * args[0]) * ceil(0.1 * args[1]): contains, indexOf. */
uint64_t cel_cost_contains(const cel_value *args, uint32_t argc);
/** ceil(0.1 * (1 + text)) * ceil(0.25 * pattern): matches, find, findAll. */
uint64_t cel_cost_regex(const cel_value *args, uint32_t argc);
/** 1 + a quick walk over args[0]: size. */
uint64_t cel_cost_count(const cel_value *args, uint32_t argc);
/** Items of args[0]: sum, min, max, isSorted, indexOf on lists, includes. */
uint64_t cel_cost_items(const cel_value *args, uint32_t argc);
/** 11 + items of args[0]: flatten, slice, reverse. */
uint64_t cel_cost_copy(const cel_value *args, uint32_t argc);
/** 11 + 2 * n * ceil(log2 n): sort. */
uint64_t cel_cost_sort(const cel_value *args, uint32_t argc);
/** 11 + 2 * n^2: distinct. */
uint64_t cel_cost_distinct(const cel_value *args, uint32_t argc);
/** items of args[0] * items of args[1]: sets. */
uint64_t cel_cost_product(const cel_value *args, uint32_t argc);

#endif
