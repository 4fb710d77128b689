/** @file
 *  Facets: how often the values of a field occur among the records of a range. */
#ifndef ACT_API_FACETS_H
#define ACT_API_FACETS_H

#include "api/call.h"

/** AuditLogFacetsQuery, ActivityFacetQuery, EventFacetQuery: whole handlers. */
void act_api_audit_facets(act_call *c) ACT_NONNULL(1);
void act_api_activity_facets(act_call *c) ACT_NONNULL(1);
void act_api_event_facets(act_call *c) ACT_NONNULL(1);

#endif
