/* Events, in the two forms of Kubernetes. */
#include "api/schemas_parts.h"

#define CORE_NAME(kind) "io.k8s.api.core.v1." kind
#define NAMED_SCHEMA(full_name, text, table)                                               \
    {                                                                                      \
        .type = ACT_SCHEMA_OBJECT, .name = (full_name), .doc = (text), .fields = (table),  \
        .n_fields = ACT_COUNT(table)                                                       \
    }

static const act_schema_field reference_fields[] = {
    { "apiVersion", &act_schema_string, "API version of the object.", false },
    { "fieldPath", &act_schema_string, "A part of the object.", false },
    { "kind", &act_schema_string, "Kind of the object.", false },
    { "name", &act_schema_string, "Name of the object.", false },
    { "namespace", &act_schema_string, "Namespace of the object.", false },
    { "resourceVersion", &act_schema_string, "Version of the object.", false },
    { "uid", &act_schema_string, "UID of the object.", false },
};
static const act_schema reference = {
    .type = ACT_SCHEMA_OBJECT,
    .name = CORE_NAME("ObjectReference"),
    .doc = "An object that is pointed at.",
    .fields = reference_fields,
    .n_fields = ACT_COUNT(reference_fields),
    .is_atomic = true,
};

static const act_schema_field source_fields[] = {
    { "component", &act_schema_string, "Component that reports the Event.", false },
    { "host", &act_schema_string, "Node that it runs on.", false },
};
static const act_schema source =
    NAMED_SCHEMA(CORE_NAME("EventSource"), "Who reports an Event.", source_fields);

static const act_schema_field series_fields[] = {
    { "count", &act_schema_int32, "How often it was observed.", false },
    { "lastObservedTime", &act_schema_time, "When it was last observed.", false },
};
static const act_schema core_series =
    NAMED_SCHEMA(CORE_NAME("EventSeries"), "Repetitions of an Event.", series_fields);
static const act_schema_field v1_series_fields[] = {
    { "count", &act_schema_int32, "How often it was observed.", true },
    { "lastObservedTime", &act_schema_time, "When it was last observed.", true },
};
static const act_schema v1_series = NAMED_SCHEMA(
    "io.k8s.api.events.v1.EventSeries", "Repetitions of an Event.", v1_series_fields);

static const act_schema_field core_fields[] = {
    ACT_OBJECT_HEAD,
    { "action", &act_schema_string, "What was done or failed.", false },
    { "count", &act_schema_int32, "How often it was observed.", false },
    { "eventTime", &act_schema_time, "When it was first observed.", false },
    { "firstTimestamp", &act_schema_time, "When it was first observed.", false },
    { "involvedObject", &reference, "What the Event is about.", true },
    { "lastTimestamp", &act_schema_time, "When it was last observed.", false },
    { "message", &act_schema_string, "What happened.", false },
    { "reason", &act_schema_string, "Why, as one word.", false },
    { "related", &reference, "A second object of the Event.", false },
    { "reportingComponent", &act_schema_string, "Name of the controller.", false },
    { "reportingInstance", &act_schema_string, "Which instance of it.", false },
    { "series", &core_series, "Repetitions of the Event.", false },
    { "source", &source, "Who reports the Event.", false },
    { "type", &act_schema_string, "Normal or Warning.", false },
};
const act_schema act_schema_core_event = NAMED_SCHEMA(
    CORE_NAME("Event"), "A report of something that happened to an object.", core_fields);

static const act_schema_field v1_fields[] = {
    ACT_OBJECT_HEAD,
    { "action", &act_schema_string, "What was done or failed.", false },
    { "deprecatedCount", &act_schema_int32, "The count of core/v1.", false },
    { "deprecatedFirstTimestamp", &act_schema_time, "firstTimestamp of core/v1.", false },
    { "deprecatedLastTimestamp", &act_schema_time, "lastTimestamp of core/v1.", false },
    { "deprecatedSource", &source, "The source of core/v1.", false },
    { "eventTime", &act_schema_time, "When it was first observed.", true },
    { "note", &act_schema_string, "What happened.", false },
    { "reason", &act_schema_string, "Why, as one word.", false },
    { "regarding", &reference, "What the Event is about.", false },
    { "related", &reference, "A second object of the Event.", false },
    { "reportingController", &act_schema_string, "Name of the controller.", false },
    { "reportingInstance", &act_schema_string, "Which instance of it.", false },
    { "series", &v1_series, "Repetitions of the Event.", false },
    { "type", &act_schema_string, "Normal or Warning.", false },
};
const act_schema act_schema_event =
    NAMED_SCHEMA("io.k8s.api.events.v1.Event",
                 "A report of something that happened to an object.", v1_fields);
