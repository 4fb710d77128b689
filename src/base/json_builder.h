/** @file
 *  JSON objects and arrays put together piece by piece, in time that grows with their size
 *  (json_build.h copies the whole for each change). */
#ifndef ACT_JSON_BUILDER_H
#define ACT_JSON_BUILDER_H

#include "base/json_build.h"

/** An object in the making. After a failed addition further ones do nothing and the end
 *  says why. Memory is the arena's; keys and strings are not copied. */
typedef struct {
    act_arena *arena;
    act_json_member *members;
    size_t n, room;
    int err;
} act_json_object_builder;

static inline act_json_object_builder act_json_object_in(act_arena *a)
{
    return (act_json_object_builder){ .arena = a };
}
void act_json_object_add(act_json_object_builder *b, act_str key, act_json value)
    ACT_NONNULL(1);
/** As above with the key of @like, whose hash is known. */
void act_json_object_add_as(act_json_object_builder *b, const act_json_member *like,
                            act_json value) ACT_NONNULL(1, 2);
/** The object: of a key that was added twice the last value. Many members can be looked up
 *  as quickly as those of a parsed object. ACT_ENOMEM. */
int act_json_object_built(act_json_object_builder *b, act_json *ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** An array in the making, likewise. */
typedef struct {
    act_arena *arena;
    act_json *items;
    size_t n, room;
    int err;
} act_json_array_builder;

static inline act_json_array_builder act_json_array_in(act_arena *a)
{
    return (act_json_array_builder){ .arena = a };
}
void act_json_array_add(act_json_array_builder *b, act_json value) ACT_NONNULL(1);
/** ACT_ENOMEM. */
int act_json_array_built(const act_json_array_builder *b, act_json *ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
