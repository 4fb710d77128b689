/** @file
 *  May the caller do this? Asked of the authorizer, and answered. */
#ifndef ACT_API_PERMISSION_H
#define ACT_API_PERMISSION_H

#include "api/answer.h"

/** What the request asks for. False: answered (403; 500 or 503 when nobody can say). */
bool act_permission_check(act_call *c) ACT_NONNULL(1) ACT_MUST_CHECK;
/** The same for the verb create: a change that finds nothing makes an object. */
bool act_permission_check_create(act_call *c) ACT_NONNULL(1) ACT_MUST_CHECK;

#endif
