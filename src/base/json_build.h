/** @file
 *  JSON nodes made by hand: values, and copies of objects and arrays with one change. */
#ifndef ACT_JSON_BUILD_H
#define ACT_JSON_BUILD_H

#include "base/json.h"

/* Nodes are immutable, so a change makes a new object that shares all members but one with
 * the old one. Made nodes have no raw bytes (raw.ptr is NULL) and are written from their
 * structure; untouched members keep theirs and are written as they were read. All memory is
 * the arena's; strings are not copied and must live as long as it. */

static inline act_json act_json_of_string(act_str s)
{
    return (act_json){ .type = ACT_JSON_STRING, .as.string = s };
}
static inline act_json act_json_of_cstr(const char *s)
{
    return act_json_of_string(act_str_cstr(s));
}
static inline act_json act_json_of_i64(int64_t v)
{
    return (act_json){ .type = ACT_JSON_INT, .as.i64 = v };
}
static inline act_json act_json_of_bool(bool v)
{
    return (act_json){ .type = ACT_JSON_BOOL, .as.boolean = v };
}
static inline act_json act_json_of_null(void)
{
    return (act_json){ .type = ACT_JSON_NULL };
}
/** {} and []. */
static inline act_json act_json_of_object(void)
{
    return (act_json){ .type = ACT_JSON_OBJECT };
}
static inline act_json act_json_of_array(void)
{
    return (act_json){ .type = ACT_JSON_ARRAY };
}

/** @object with member @key set to @value: in place of the old one, else at the end. NULL
 *  and other types of @object count as {}. ACT_ENOMEM with @ret untouched. */
int act_json_with(act_arena *a, const act_json *object, act_str key, act_json value,
                  act_json *ret) ACT_NONNULL(1, 5) ACT_MUST_CHECK;

/** @object without member @key; the same object when it has none. ACT_ENOMEM. */
int act_json_without(act_arena *a, const act_json *object, act_str key, act_json *ret)
    ACT_NONNULL(1, 4) ACT_MUST_CHECK;

/** As act_json_with() for a member below: @path is @n keys, objects on the way are made as
 *  needed. ACT_EINVAL when @n is 0. */
int act_json_with_path(act_arena *a, const act_json *object, const act_str *path, size_t n,
                       act_json value, act_json *ret) ACT_NONNULL(1, 3, 6) ACT_MUST_CHECK;

/** @array with @value at position @at (its length: appended). ACT_EINVAL past the end. */
int act_json_insert(act_arena *a, const act_json *array, size_t at, act_json value,
                    act_json *ret) ACT_NONNULL(1, 5) ACT_MUST_CHECK;
/** @array with position @at replaced, or removed. ACT_EINVAL past the end. */
int act_json_replace(act_arena *a, const act_json *array, size_t at, act_json value,
                     act_json *ret) ACT_NONNULL(1, 5) ACT_MUST_CHECK;
int act_json_remove(act_arena *a, const act_json *array, size_t at, act_json *ret)
    ACT_NONNULL(1, 4) ACT_MUST_CHECK;

/** Equal as JSON values: members in any order, numbers by value across int, uint, double.
 */
bool act_json_equal(const act_json *a, const act_json *b);

#endif
