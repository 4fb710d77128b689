/** @file
 *  Members of a parsed object: without duplicates, and quick to find when there are many.
 */
#ifndef ACT_JSON_OBJECT_H
#define ACT_JSON_OBJECT_H

#include "base/json.h"

/** Copy @n members (at least one; hashes set) to @a as the object @v: of duplicate keys the
 *  last value in the first's place. Large objects get a look-up table behind the members
 *  and `indexed` set; work and table stay O(n log n) whatever the keys' hashes are.
 *  Sets count, indexed and as.members of @v. ACT_ENOMEM. */
int act_json_object_make(act_arena *a, const act_json_member *from, size_t n, act_json *v)
    ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

/** Position of @key among @n members, or @n. The second form is for indexed objects. */
size_t act_json_object_find(const act_json_member *members, size_t n, act_str key,
                            uint64_t hash);
size_t act_json_object_find_indexed(const act_json_member *members, size_t n, act_str key,
                                    uint64_t hash);

#endif
