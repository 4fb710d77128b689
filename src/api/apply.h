/** @file
 *  Server-side apply as clients send it, for kinds wherever they are kept. */
#ifndef ACT_API_APPLY_H
#define ACT_API_APPLY_H

#include "api/answer.h"
#include "kube/managed.h"

/** @after with managedFields that say what this call, an ordinary write by its fieldManager
 *  or User-Agent, has changed in @before (NULL: it is new). ACT_ENOMEM. */
int act_apply_note_writer(act_call *c, const act_write_query *q, const act_json *before,
                          const act_json *after, const act_json **ret)
    ACT_NONNULL(1, 2, 4, 5) ACT_MUST_CHECK;

/** What a PATCH of application/apply-patch+yaml wants. Views of the request. */
typedef struct {
    act_write_query q;
    act_field_writer writer;
    const act_json *object; /**< checked against the schema; its name is the URL's */
} act_apply_intent;

/** False: answered. */
bool act_apply_read(act_call *c, act_apply_intent *ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** There is no object of that name: may the intent make one? It may not insist on a uid,
 * and its user needs the permission to create. False: answered. */
bool act_apply_may_create(act_call *c, const act_apply_intent *in)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Answer what act_managed_apply() gave as @err, unless it is 0. True: answered. */
bool act_apply_refuse(act_call *c, int err, const act_problems *conflicts)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;

#endif
