/* AuditLogQuery, ActivityQuery and EventQuery. */
#include "api/schemas_parts.h"

#define RANGE_FIELDS                                                                       \
    { "startTime", &act_schema_string, "RFC 3339, or now-7d and the like; inclusive.",     \
      true },                                                                              \
    {                                                                                      \
        "endTime", &act_schema_string, "RFC 3339, now, or now-1h; exclusive.", true        \
    }
#define PAGE_FIELDS                                                                        \
    { "limit", &act_schema_int32, "Records of a page; 0 means 100, at most 1000.",         \
      false },                                                                             \
    {                                                                                      \
        "continue", &act_schema_string, "status.continue of the page before.", false       \
    }
#define STATUS_FIELDS(of)                                                                  \
    { "results", (of), "The records, newest first.", false },                              \
        { "continue", &act_schema_string, "For the next page; empty at the end.", false }, \
        { "effectiveStartTime", &act_schema_string, "The range as it was read.", false },  \
        { "effectiveEndTime", &act_schema_string, "The range as it was read.", false },    \
    {                                                                                      \
        "explain", &act_schema_explain, "With ?explain=true: how it was answered.", false  \
    }

static const act_schema_field statement_fields[] = {
    { "sql", &act_schema_string, "ClickHouse SQL.", true },
    { "parameters", &act_schema_any, "Values by the names in braces.", true },
    { "rowsRead", &act_schema_int64, "Rows read from the table.", true },
    { "bytesRead", &act_schema_int64, "Bytes read from the table.", true },
    { "elapsedMicroseconds", &act_schema_int64, "Time until the last row.", true },
};
static const act_schema statement =
    ACT_OBJECT_SCHEMA("QueryStatement", "One statement.", statement_fields);
static const act_schema statements = ACT_LIST_SCHEMA(&statement, NULL);
static const act_schema_field explain_fields[] = {
    { "statements", &statements, "In the order in which they ran.", false },
    { "rowsRead", &act_schema_int64, "Of all statements.", true },
    { "bytesRead", &act_schema_int64, "Of all statements.", true },
    { "elapsedMicroseconds", &act_schema_int64, "Of all statements.", true },
};
const act_schema act_schema_explain =
    ACT_OBJECT_SCHEMA("QueryExplanation", "How a question was answered.", explain_fields);

static const act_schema results = ACT_LIST_SCHEMA(&act_schema_any, NULL);

static const act_schema_field audit_spec_fields[] = {
    RANGE_FIELDS,
    { "filter", &act_schema_string,
      "CEL over auditID, verb, objectRef, user, responseStatus and more.", false },
    PAGE_FIELDS,
};
static const act_schema audit_spec = ACT_OBJECT_SCHEMA(
    "AuditLogQuerySpec", "A range of time, and which of its records.", audit_spec_fields);
static const act_schema_field audit_status_fields[] = { STATUS_FIELDS(&results) };
static const act_schema audit_status = ACT_OBJECT_SCHEMA(
    "AuditLogQueryStatus", "A page of records, and where the next one begins.",
    audit_status_fields);
static const act_schema_field audit_fields[] = {
    ACT_OBJECT_HEAD,
    { "spec", &audit_spec, "The question.", true },
    { "status", &audit_status, "The answer.", false },
};
const act_schema act_schema_audit_query = ACT_OBJECT_SCHEMA(
    "AuditLogQuery", "A question about audit logs. Nothing is kept.", audit_fields);

static const act_schema_field activity_spec_fields[] = {
    RANGE_FIELDS,
    { "filter", &act_schema_string, "CEL over spec and metadata of activities.", false },
    { "search", &act_schema_string,
      "Words, \"phrases\" and prefixes* of the summary; any of them may occur.", false },
    PAGE_FIELDS,
};
static const act_schema activity_spec =
    ACT_OBJECT_SCHEMA("ActivityQuerySpec", "A range of time, and which of its records.",
                      activity_spec_fields);
static const act_schema_field activity_status_fields[] = { STATUS_FIELDS(&results) };
static const act_schema activity_status = ACT_OBJECT_SCHEMA(
    "ActivityQueryStatus", "A page of records, and where the next one begins.",
    activity_status_fields);
static const act_schema_field activity_fields[] = {
    ACT_OBJECT_HEAD,
    { "spec", &activity_spec, "The question.", true },
    { "status", &activity_status, "The answer.", false },
};
const act_schema act_schema_activity_query = ACT_OBJECT_SCHEMA(
    "ActivityQuery", "A question about activities. Nothing is kept.", activity_fields);

static const act_schema_field event_spec_fields[] = {
    RANGE_FIELDS,
    { "namespace", &act_schema_string, "Namespace of the Events; empty: all.", false },
    { "fieldSelector", &act_schema_string,
      "Terms key=value or key!=value, as for kubectl get events.", false },
    { "filter", &act_schema_string,
      "CEL over regarding, related, reason, type, note and more.", false },
    PAGE_FIELDS,
};
static const act_schema event_spec = ACT_OBJECT_SCHEMA(
    "EventQuerySpec", "A range of time, and which of its records.", event_spec_fields);
static const act_schema_field record_fields[] = {
    ACT_OBJECT_HEAD,
    { "event", &act_schema_any, "The Event, in the form events.k8s.io/v1.", true },
};
static const act_schema record =
    ACT_OBJECT_SCHEMA("EventRecord", "An Event as it was last seen.", record_fields);
static const act_schema records = ACT_LIST_SCHEMA(&record, NULL);
static const act_schema_field event_status_fields[] = { STATUS_FIELDS(&records) };
static const act_schema event_status = ACT_OBJECT_SCHEMA(
    "EventQueryStatus", "A page of records, and where the next one begins.",
    event_status_fields);
static const act_schema_field event_fields[] = {
    ACT_OBJECT_HEAD,
    { "spec", &event_spec, "The question.", true },
    { "status", &event_status, "The answer.", false },
};
const act_schema act_schema_event_query = ACT_OBJECT_SCHEMA(
    "EventQuery", "A question about Events. Nothing is kept.", event_fields);
