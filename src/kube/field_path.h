/** @file
 *  Where a walk through an object is: spec.auditRules[1].match. */
#ifndef ACT_KUBE_FIELD_PATH_H
#define ACT_KUBE_FIELD_PATH_H

#include "base/arena.h"
#include "base/buf.h"

/** One step; the steps up to the top are on the stacks of the walk's callers. */
typedef struct act_field_path act_field_path;
struct act_field_path {
    const act_field_path *up; /**< NULL at the top */
    act_str name;             /**< of a field or a map's key */
    size_t index;             /**< of a list's item, when name.ptr is NULL */
};

/** The path as text in @a; NULL is the empty path. ACT_ENOMEM. */
int act_field_path_text(const act_field_path *p, act_arena *a, act_str *ret)
    ACT_NONNULL(2, 3) ACT_MUST_CHECK;

#endif
