/** @file
 *  Conditions in the status of an object, as controllers keep them. */
#ifndef ACT_API_CONDITION_H
#define ACT_API_CONDITION_H

#include "base/clock.h"
#include "base/json_build.h"

/** What a condition says of an object. */
typedef struct {
    const char *type, *status, *reason;
    act_str message;
} act_condition;

/** The condition of @object's status with that type; NULL: there is none. */
const act_json *act_condition_find(const act_json *object, const char *type) ACT_NONNULL(2);
/** Does @object say so already, of its generation? */
bool act_condition_holds(const act_json *object, const act_condition *c) ACT_NONNULL(2);

/** @object's status with the condition in place of the one of its type; others stay.
 *  lastTransitionTime moves when the status does, not when reason or message do. In @a, but
 *  for the text of @c. ACT_ENOMEM. */
int act_condition_set(act_arena *a, const act_json *object, const act_condition *c,
                      int64_t now_ns, act_json *ret) ACT_NONNULL(1, 3, 5) ACT_MUST_CHECK;

#endif
