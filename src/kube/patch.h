/** @file
 *  Changes to objects: JSON Merge Patch (RFC 7396), JSON Patch (RFC 6902) and Kubernetes'
 *  strategic merge patch. */
#ifndef ACT_KUBE_PATCH_H
#define ACT_KUBE_PATCH_H

#include "base/json_build.h"

enum {
    ACT_PATCH_OPERATIONS_MAX = 10000,
    ACT_PATCH_DEPTH_MAX = 128,
    ACT_PATCH_OWNERS_MAX = 1000,   /**< items of a strategic patch on ownerReferences */
    ACT_PATCH_COPIED_MAX = 100000, /**< values that the copies of one patch may hold */
};

/** @target changed by merge patch @patch. ACT_ELIMIT (depth), ACT_ENOMEM. */
int act_patch_merge(act_arena *a, const act_json *target, const act_json *patch,
                    act_json *ret) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/** @target changed by the operations of JSON patch @patch, all or none. ACT_EPARSE: it is
 *  no JSON patch; ACT_EINVAL: an operation cannot be done here, or a test fails;
 * ACT_ELIMIT; ACT_ENOMEM. @reterr says which operation and why. */
int act_patch_json(act_arena *a, const act_json *target, const act_json *patch,
                   act_json *ret, act_err *reterr) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/** @target changed by strategic merge patch @patch, for types whose lists have no merge
 *  keys: lists are replaced, but for those of the metadata: values of `finalizers` are
 *  added, items of `ownerReferences` are told apart by uid. The directives $patch (replace,
 *  delete), $retainKeys and $deleteFromPrimitiveList are followed. ACT_EPARSE: unknown
 *  directive, an owner without uid; ACT_ELIMIT (depth, owners); ACT_ENOMEM. */
int act_patch_strategic(act_arena *a, const act_json *target, const act_json *patch,
                        act_json *ret, act_err *reterr)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

#endif
