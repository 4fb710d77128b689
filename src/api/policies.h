/** @file
 *  The resource activitypolicies. */
#ifndef ACT_API_POLICIES_H
#define ACT_API_POLICIES_H

#include "api/persisted.h"

void act_api_policies(act_call *c) ACT_NONNULL(1);

#endif
