/** @file
 *  Sets of fields in the FieldsV1 form of managedFields, and their algebra. */
#ifndef ACT_KUBE_FIELD_SET_H
#define ACT_KUBE_FIELD_SET_H

#include "base/buf.h"
#include "base/json_build.h"

/* A set is a JSON object. Its members are steps: "f:NAME" a field, "k:{...}" the item of a
 * keyed list, "v:VALUE" an item of a set. A step's value {} says that the path up to there
 * is in the set; members below it are further paths, and "." then says that the path itself
 * is in it too. (sigs.k8s.io/structured-merge-diff, the serialized form.) NULL is the empty
 * set, also as a result. Memory from @a. */

bool act_fields_is_empty(const act_json *set);
int act_fields_union(act_arena *a, const act_json *x, const act_json *y,
                     const act_json **ret) ACT_NONNULL(1, 4) ACT_MUST_CHECK;
int act_fields_minus(act_arena *a, const act_json *x, const act_json *y,
                     const act_json **ret) ACT_NONNULL(1, 4) ACT_MUST_CHECK;
int act_fields_common(act_arena *a, const act_json *x, const act_json *y,
                      const act_json **ret) ACT_NONNULL(1, 4) ACT_MUST_CHECK;
/** @x and the paths of all containers on the way to its paths. */
int act_fields_with_containers(act_arena *a, const act_json *x, const act_json **ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;
bool act_fields_equal(const act_json *x, const act_json *y);
/** True for what has the form of a set, as clients send it. */
bool act_fields_are_valid(const act_json *set);

/** Call @fn with each path of the set as text: .spec.auditRules[name="a"].match. Other than
 *  0 ends it. */
int act_fields_each(const act_json *set, int (*fn)(void *ctx, act_str path), void *ctx)
    ACT_NONNULL(2) ACT_MUST_CHECK;

#endif
