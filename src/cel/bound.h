/** @file
 *  Arithmetic of upper bounds, for sizes and costs that are known before anything runs. */
#ifndef CEL_BOUND_H
#define CEL_BOUND_H

#include "cel/function.h"

/* Inside a fold, the size of the element at hand is not known, but the sum over all
 * elements is: the groups of a user have no more bytes than the user. So a bound is affine
 * in these unknowns,
 *
 *      c + k[0] * x[0] + k[1] * x[1] + ...
 *
 * and when the fold is left, the part with its unknowns is taken once for all elements and
 * the rest once for each. `groups.exists(g, g.contains('x'))` so costs what walking over
 * the user's bytes does, not as much for each group.
 *
 * Everything below gives an upper bound of what its name says, saturates at
 * CEL_BOUND_HUGE, and needs all arguments to be at least 0. */

enum {
    CEL_BOUND_FOLDS = 4, /**< nested folds with unknowns; deeper ones take the largest */
    CEL_BOUND_UNKNOWNS = 2 * CEL_BOUND_FOLDS, /**< bytes and items of each fold's element */
};
#define CEL_BOUND_HUGE 1e18

typedef struct {
    double c;
    double k[CEL_BOUND_UNKNOWNS];
} cel_bound;

/** What is known about the unknowns of the open folds. A zero value: no fold is open. */
typedef struct {
    uint32_t folds;
    double most[CEL_BOUND_UNKNOWNS]; /**< the largest that one element can have */
    double mean[CEL_BOUND_UNKNOWNS]; /**< of the elements when all is used up */
} cel_unknowns;

static inline cel_bound cel_bound_of(double c)
{
    return (cel_bound){ .c = c };
}
cel_bound cel_bound_add(cel_bound a, cel_bound b);
cel_bound cel_bound_scale(cel_bound a, double factor);
cel_bound cel_bound_mul(const cel_unknowns *u, cel_bound a, cel_bound b) ACT_NONNULL(1);
/** A bound of both. */
cel_bound cel_bound_either(cel_bound a, cel_bound b);
/** Of two bounds of the same, the one that seems to be closer. */
cel_bound cel_bound_closer(const cel_unknowns *u, cel_bound a, cel_bound b) ACT_NONNULL(1);
/** @f of what @x bounds. @f must not fall when its argument grows. */
typedef double cel_bound_fn(void *ctx, uint64_t x);
cel_bound cel_bound_apply(const cel_unknowns *u, cel_bound_fn *f, void *ctx, cel_bound x)
    ACT_NONNULL(1, 2);
/** Its value whatever the unknowns are. */
double cel_bound_most(const cel_unknowns *u, cel_bound b) ACT_NONNULL(1);
/** As a number of units: rounded up, UINT64_MAX when saturated. */
uint64_t cel_bound_units(const cel_unknowns *u, cel_bound b) ACT_NONNULL(1);

/** How large a value can be. Scalars have zeroes, and so do absent values. */
typedef struct {
    cel_bound count; /**< its own items or entries */
    cel_bound bytes; /**< of all strings and bytes in it, keys too */
    cel_bound items; /**< values in it, at any depth: items, entries, optional values */
} cel_extent;

cel_extent cel_extent_add(cel_extent a, cel_extent b);
cel_extent cel_extent_either(cel_extent a, cel_extent b);
/** Any part of @whole. */
cel_extent cel_extent_part(cel_extent whole);
/** Of a value that is there; shared parts count as often as they are used. */
cel_extent cel_extent_of(cel_value v);

/** Begin a fold over @range: *retelement bounds any item, key or value of it. */
void cel_fold_open(cel_unknowns *u, const cel_extent *range, cel_extent *retelement)
    ACT_NONNULL(1, 2, 3);
/** End it. What remains of its unknowns in bounds means nothing before cel_fold_sum(). */
void cel_fold_close(cel_unknowns *u) ACT_NONNULL(1);
/** The sum of @each over all elements of @range, a fold just closed. */
cel_bound cel_fold_sum(const cel_unknowns *u, const cel_extent *range, cel_bound each)
    ACT_NONNULL(1, 2);

#endif
