/** @file
 *  What calls do beyond the cost they announce: the size of their results, and what their
 *  bodies charge. What overloads name in their tables, for estimates. */
#ifndef CEL_GROWTH_H
#define CEL_GROWTH_H

#include "cel/bound.h"

/** A call as an estimate sees it. */
struct cel_growth {
    const cel_unknowns *unknowns;
    const cel_limits *limits;
    const cel_extent *args;           /**< receiver first */
    const cel_value *const *constant; /**< the arguments that are constants; NULL: not */
    uint32_t argc;
    cel_bound charged; /**< by the body, beyond the overload's cost; nothing before */
    cel_extent result; /**< before: what all arguments hold, or nothing for a scalar */
};

/* Of type cel_growth_fn: what the functions of these names in the libraries do. */

cel_growth_fn cel_grows_zone;            /**< looks up a time zone */
cel_growth_fn cel_grows_pattern;         /**< compiles args[1]: matches, find, extract */
cel_growth_fn cel_grows_pattern_list;    /**< findAll, extractAll */
cel_growth_fn cel_grows_pattern_replace; /**< regex.replace */
cel_growth_fn cel_grows_replace, cel_grows_split, cel_grows_join, cel_grows_format;
cel_growth_fn cel_grows_escaped;  /**< two bytes for each and four more */
cel_growth_fn cel_grows_repaired; /**< a part with three bytes for each: of URLs */
cel_growth_fn cel_grows_query;    /**< getQuery */
cel_growth_fn cel_grows_messages; /**< validate */
cel_growth_fn cel_grows_flatten, cel_grows_distinct, cel_grows_range;
cel_growth_fn cel_grows_sort;  /**< compares by the last argument: sort, sortBy */
cel_growth_fn cel_grows_order; /**< compares each item once: min, max, isSorted */
cel_growth_fn cel_grows_find;  /**< compares args[1] with each item: indexOf, includes */
cel_growth_fn cel_grows_sets;  /**< compares each item of one list with each of the other */

/** Steps of comparing two values beyond the first, of which @v is the smaller one. */
cel_bound cel_equality_work(const cel_unknowns *u, cel_extent v) ACT_NONNULL(1);
/** @v, or what the library lets a string have. */
cel_bound cel_string_bound(const cel_unknowns *u, const cel_limits *limits, cel_bound v)
    ACT_NONNULL(1, 2);

#endif
