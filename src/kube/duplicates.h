/** @file
 *  Keys that stand more than once in an object of a body: JSON readers keep the last and
 *  say nothing, strict decoding does not take them. */
#ifndef ACT_KUBE_DUPLICATES_H
#define ACT_KUBE_DUPLICATES_H

#include "base/json.h"

/** Paths of the keys that stand again in their object, in the order of the text, for a
 *  value as it was parsed (made values have none). *@ret_n counts all, the first @max are
 * in
 *  @ret, as text in @a. Objects that a later duplicate replaces are not searched.
 *  ACT_ENOMEM. */
int act_duplicates_find(act_arena *a, const act_json *v, act_str *ret, size_t max,
                        size_t *ret_n) ACT_NONNULL(1, 2, 3, 5) ACT_MUST_CHECK;

#endif
