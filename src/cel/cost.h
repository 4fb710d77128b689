/** @file
 *  What calls cost, in units of one cheap step (about 100 ns in cel-go). */
#ifndef CEL_COST_H
#define CEL_COST_H

#include "cel/value.h"

/* The constants are cel-go's and Kubernetes': a tenth of a unit for a byte or element that
 * is looked at, a quarter for one of a regular expression, 10 for making a list. Sizes of
 * strings are taken in bytes, which costs nothing to know and is never less than the code
 * points. All of it saturates. The functions with @args are cel_cost_fn. */
enum { CEL_COST_LIST = 10, CEL_COST_MAP = 30 };

/** Bytes of a string or bytes value, elements of a list or map; 1 for everything else. */
uint64_t cel_cost_size(cel_value v);

/** ceil(@n / 10), at least 1. */
static inline uint64_t cel_cost_tenth_of(uint64_t n)
{
    return n ? n / 10 + (n % 10 != 0) : 1;
}

/** A pass over the first argument: lowerAscii, url, startsWith. */
uint64_t cel_cost_tenth(const cel_value *args, uint32_t argc);
/** A pass over the first argument that also writes as much: replace, split, join. */
uint64_t cel_cost_fifth(const cel_value *args, uint32_t argc);
/** The smaller of two arguments decides: ==, <. */
uint64_t cel_cost_compare(const cel_value *args, uint32_t argc);
/** Both arguments are copied: string and bytes concatenation. */
uint64_t cel_cost_concat(const cel_value *args, uint32_t argc);
/** The second is searched for in the first: contains, indexOf. */
uint64_t cel_cost_search(const cel_value *args, uint32_t argc);
/** Text, then pattern: matches, find, findAll. */
uint64_t cel_cost_regex(const cel_value *args, uint32_t argc);
/** Every element of the first argument is visited: sum, min, isSorted, list indexOf. */
uint64_t cel_cost_visit(const cel_value *args, uint32_t argc);
/** As above for the second argument: `x in list`. */
uint64_t cel_cost_visit_second(const cel_value *args, uint32_t argc);
/** Every pair of elements of two lists: sets.contains. */
uint64_t cel_cost_pairs(const cel_value *args, uint32_t argc);
/** A new list as long as the first argument: reverse, slice, flatten's first level. */
uint64_t cel_cost_copy(const cel_value *args, uint32_t argc);
/** 11 + 2 n log2 n: sort. */
uint64_t cel_cost_sort(const cel_value *args, uint32_t argc);
/** 11 + 2 n^2: distinct. */
uint64_t cel_cost_distinct(const cel_value *args, uint32_t argc);

#endif
