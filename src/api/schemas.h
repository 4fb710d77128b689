/** @file
 *  The forms of our objects. */
#ifndef ACT_API_SCHEMAS_H
#define ACT_API_SCHEMAS_H

#include "kube/schema.h"

extern const act_schema act_schema_policy, act_schema_policy_spec, act_schema_preview,
    act_schema_activity, act_schema_audit_query, act_schema_activity_query,
    act_schema_event_query, act_schema_audit_facets, act_schema_activity_facets,
    act_schema_event_facets;
extern const act_schema act_schema_reindex_job;
extern const act_schema act_schema_core_event, act_schema_event;

#endif
