/** @file
 *  Objects through their schema: which fields they have, how two differ, how one is applied
 *  over another. What a list or map *is* decides: keyed lists and sets are merged item by
 *  item, atomic ones are one value. */
#ifndef ACT_KUBE_TYPED_H
#define ACT_KUBE_TYPED_H

#include "kube/field_set.h"
#include "kube/schema.h"

/** The first item of a keyed list in @v that has no key, or the key of another: a sentence
 *  with its path. Empty: none. ACT_ENOMEM. */
int act_typed_flaw(act_arena *a, const act_schema *schema, const act_json *v, act_str *ret)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/** The set of all fields of @v. ACT_EINVAL: an item of a keyed list without its key, or two
 *  with the same. */
int act_typed_fields(act_arena *a, const act_schema *schema, const act_json *v,
                     const act_json **ret) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/** How @after differs from @before (NULL: an empty object): fields that are new or have
 *  another value, and fields that are gone. New and gone containers are fields themselves.
 *  Errors as above. */
int act_typed_compare(act_arena *a, const act_schema *schema, const act_json *before,
                      const act_json *after, const act_json **ret_changed,
                      const act_json **ret_removed) ACT_NONNULL(1, 2, 5, 6) ACT_MUST_CHECK;

/** @over laid over @base (NULL: nothing): its values win; what it does not mention stays;
 *  what is in both stands in the order of @over. Errors as above. */
int act_typed_merge(act_arena *a, const act_schema *schema, const act_json *base,
                    const act_json *over, act_json *ret)
    ACT_NONNULL(1, 2, 4, 5) ACT_MUST_CHECK;

/** @v without the fields of @set. Objects and lists that lose their last member stay,
 *  empty, unless they are in the set themselves. Errors as above. */
int act_typed_remove(act_arena *a, const act_schema *schema, const act_json *v,
                     const act_json *set, act_json *ret)
    ACT_NONNULL(1, 2, 3, 5) ACT_MUST_CHECK;

#endif
