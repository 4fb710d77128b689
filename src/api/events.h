/** @file
 *  The resource events of core/v1 and of events.k8s.io/v1: two views of the Events in the
 *  log and the store. */
#ifndef ACT_API_EVENTS_H
#define ACT_API_EVENTS_H

#include "api/hub.h"

void act_api_events(act_call *c) ACT_NONNULL(1);

/** What the hub needs to know of Events; the form of a watch is its enum act_event_form. */
extern const act_hub_kind act_events_hub;

/** The table of kubectl get events, for objects of either form. */
enum { ACT_EVENT_COLUMNS = 10 };
extern const act_column act_event_columns[ACT_EVENT_COLUMNS];

#endif
