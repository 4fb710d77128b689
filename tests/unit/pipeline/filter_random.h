/** @file
 *  Random records with hostile values, and random filters over what rows hold. */
#ifndef FILTER_RANDOM_H
#define FILTER_RANDOM_H

#include "base/buf.h"
#include "base/json.h"
#include "core/filter.h"

/** splitmix64: the same numbers for the same seed, everywhere. */
typedef struct {
    uint64_t state;
} filter_random;
uint64_t filter_random_next(filter_random *r);
/** 0 to @n - 1. */
size_t filter_random_below(filter_random *r, size_t n);

/** A record with a random value, no value or one of another type at each field and what
 *  fields are made of; its last member is `"row":@row`. */
void filter_random_record(filter_random *r, enum act_filter_resource resource, size_t row,
                          act_buf *out);

/** A filter as a tree, so that it can be made smaller. */
typedef struct filter_node filter_node;
struct filter_node {
    enum { FILTER_LEAF, FILTER_AND, FILTER_OR, FILTER_SAME, FILTER_NOT } kind;
    const filter_node *left, *right;
    act_str text;  /**< leaf: CEL as users write it */
    act_str plain; /**< leaf: the same over rows in which nothing is missing: without has()
                        and with a default for entries of maps */
};

/** A tree of at most @depth levels, constants mostly from @rows: objects with all fields of
 *  the resource (times in microseconds). NULL: the arena is full. */
const filter_node *filter_random_tree(filter_random *r, enum act_filter_resource resource,
                                      const act_json *const *rows, size_t n_rows,
                                      unsigned depth, act_arena *a);
void filter_tree_write(const filter_node *n, bool plain, act_buf *out);

#endif
