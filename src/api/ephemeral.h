/** @file
 *  Objects that are answered and not kept: a spec comes in, the same object with its status
 *  goes out. */
#ifndef ACT_API_EPHEMERAL_H
#define ACT_API_EPHEMERAL_H

#include "api/answer.h"

/** The body of the create, checked, without the metadata that only a server may set.
 *  False: answered already. */
bool act_ephemeral_read(act_call *c, const act_json **ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** 201 with @object and @status (JSON text), in the form that was asked for. */
void act_ephemeral_answer(act_call *c, const act_json *object, act_str status)
    ACT_NONNULL(1, 2);
/** 422 with @problems in the friendlier words of facets and previews (family B of the API
 *  contract): causes say what is wrong and no more. */
void act_ephemeral_refuse(act_call *c, const act_problems *problems) ACT_NONNULL(1, 2);

#endif
