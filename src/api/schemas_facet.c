/* AuditLogFacetsQuery, ActivityFacetQuery and EventFacetQuery. */
#include "api/schemas_parts.h"

static const act_schema_field range_fields[] = {
    { "start", &act_schema_string, "RFC 3339, or now-7d and the like; empty: now-7d.",
      false },
    { "end", &act_schema_string, "RFC 3339, now, or now-1h; empty: now.", false },
};
static const act_schema range =
    ACT_OBJECT_SCHEMA("FacetTimeRange", "Which records count.", range_fields);

static const act_schema_field facet_fields[] = {
    { "field", &act_schema_string, "The field whose values are counted.", true },
    { "limit", &act_schema_int32, "Most values; 0 means 20, at most 100.", false },
};
static const act_schema facet = ACT_OBJECT_SCHEMA("FacetSpec", "A field.", facet_fields);
static const act_schema facets = ACT_LIST_SCHEMA(&facet, NULL);

static const act_schema_field value_fields[] = {
    { "value", &act_schema_string, "The value as text.", true },
    { "count", &act_schema_int64, "How many records have it.", true },
};
static const act_schema value = ACT_OBJECT_SCHEMA("FacetValue", "A value.", value_fields);
static const act_schema values = ACT_LIST_SCHEMA(&value, NULL);

static const act_schema_field result_fields[] = {
    { "field", &act_schema_string, "The field.", true },
    { "values", &values, "Its values, the most frequent first.", false },
};
static const act_schema result =
    ACT_OBJECT_SCHEMA("FacetResult", "The values of a field.", result_fields);
static const act_schema results = ACT_LIST_SCHEMA(&result, NULL);

#define SPEC_FIELDS(filter_doc)                                                            \
    { "timeRange", &range, "Which records count; empty: the last seven days.", false },    \
        { "filter", &act_schema_string, (filter_doc), false },                             \
    {                                                                                      \
        "facets", &facets, "One to ten fields.", true                                      \
    }
#define STATUS_FIELDS                                                                      \
    { "facets", &results, "As asked for, in that order.", false },                         \
    {                                                                                      \
        "explain", &act_schema_explain, "With ?explain=true: how it was answered.", false  \
    }

/* The schema of one kind, from the table of its spec. */
#define FACET_QUERY(variable, kind, text, filter_doc)                                      \
    static const act_schema_field variable##_spec_fields[] = { SPEC_FIELDS(filter_doc) };  \
    static const act_schema variable##_spec = ACT_OBJECT_SCHEMA(                           \
        kind "Spec", "What is counted, and of which records.", variable##_spec_fields);    \
    static const act_schema_field variable##_status_fields[] = { STATUS_FIELDS };          \
    static const act_schema variable##_status = ACT_OBJECT_SCHEMA(                         \
        kind "Status", "The values of each facet and how often they occur.",               \
        variable##_status_fields);                                                         \
    static const act_schema_field variable##_fields[] = {                                  \
        ACT_OBJECT_HEAD,                                                                   \
        { "spec", &variable##_spec, "The question.", true },                               \
        { "status", &variable##_status, "The answer.", false },                            \
    };                                                                                     \
    const act_schema act_schema_##variable =                                               \
        ACT_OBJECT_SCHEMA(kind, text, variable##_fields)

FACET_QUERY(audit_facets, "AuditLogFacetsQuery",
            "How often values occur in audit logs. Nothing is kept.",
            "CEL as in AuditLogQuery.");
FACET_QUERY(activity_facets, "ActivityFacetQuery",
            "How often values occur in activities. Nothing is kept.",
            "CEL as in ActivityQuery.");
FACET_QUERY(event_facets, "EventFacetQuery",
            "How often values occur in Events. Nothing is kept.", "CEL as in EventQuery.");
