/** @file
 *  Values as the reference evaluator compares them: slowly, by the language definition. */
#ifndef CEL_WALK_VALUE_H
#define CEL_WALK_VALUE_H

#include "cel/value.h"

bool cel_walk_is_number(cel_value v);
/** Numbers on one line: -1, 0, 1, or 2 when one is NaN. */
int cel_walk_compare_numbers(cel_value a, cel_value b);
/** `a == b`. */
bool cel_walk_equal(cel_value a, cel_value b);
/** The value at a key equal to @key; false when there is none. */
bool cel_walk_find_key(cel_value map, cel_value key, cel_value *ret) ACT_NONNULL(3);

#endif
