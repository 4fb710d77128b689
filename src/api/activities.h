/** @file
 *  The resource activities: get, list and watch. */
#ifndef ACT_API_ACTIVITIES_H
#define ACT_API_ACTIVITIES_H

#include "api/hub.h"

void act_api_activities(act_call *c) ACT_NONNULL(1);

/** What the hub needs to know of activities. */
extern const act_hub_kind act_activities_hub;

#endif
