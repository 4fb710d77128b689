#include "core/filter_field.h"

#define FIELD(p, kind, c, from, top)                                                       \
    {                                                                                      \
        .path = p, .class = ACT_FILTER_##kind, .column = c, .source = ACT_SOURCE_##from,   \
        .most = top                                                                        \
    }
#define TEXT(path, column) FIELD(path, STRING, column, PATH, 0)
#define LIST(path, column) FIELD(path, STRINGS, column, PATH, 0)
#define MAP(path, column) FIELD(path, MAP, column, PATH, 0)
#define MADE(path, class, column, source) FIELD(path, class, column, source, 0)
#define COUNT(path, column, source, most) FIELD(path, INT, column, source, most)

/* Sorted by path; act_filter_field_find() and the messages rely on it. */

static const act_filter_field audit_fields[] = {
    MAP("annotations", "annotations"),
    TEXT("auditID", "audit_id"),
    LIST("impersonatedUser.groups", "impersonated_groups"),
    TEXT("impersonatedUser.uid", "impersonated_uid"),
    TEXT("impersonatedUser.username", "impersonated_user"),
    TEXT("level", "level"),
    TEXT("objectRef.apiGroup", "api_group"),
    TEXT("objectRef.apiVersion", "api_version"),
    TEXT("objectRef.name", "resource_name"),
    TEXT("objectRef.namespace", "namespace"),
    TEXT("objectRef.resource", "resource"),
    TEXT("objectRef.subresource", "subresource"),
    TEXT("objectRef.uid", "resource_uid"),
    MADE("requestReceivedTimestamp", TIME, "timestamp", AUDIT_RECEIVED),
    TEXT("requestURI", "request_uri"),
    COUNT("responseStatus.code", "status_code", PATH, UINT16_MAX),
    TEXT("responseStatus.reason", "status_reason"),
    LIST("sourceIPs", "source_ips"),
    TEXT("stage", "stage"),
    MADE("stageTimestamp", TIME, "stage_timestamp", AUDIT_STAGED),
    LIST("user.groups", "user_groups"),
    TEXT("user.uid", "user_uid"),
    TEXT("user.username", "user"),
    TEXT("userAgent", "user_agent"),
    TEXT("verb", "verb"),
};

static const act_filter_field activity_fields[] = {
    MAP("metadata.labels", "labels"),
    TEXT("metadata.name", "name"),
    TEXT("metadata.namespace", "namespace"),
    TEXT("spec.actor.email", "actor_email"),
    TEXT("spec.actor.name", "actor_name"),
    TEXT("spec.actor.type", "actor_type"),
    TEXT("spec.actor.uid", "actor_uid"),
    TEXT("spec.changeSource", "change_source"),
    TEXT("spec.origin.id", "origin_id"),
    TEXT("spec.origin.type", "origin_type"),
    TEXT("spec.resource.apiGroup", "api_group"),
    TEXT("spec.resource.apiVersion", "api_version"),
    TEXT("spec.resource.kind", "resource_kind"),
    TEXT("spec.resource.name", "resource_name"),
    TEXT("spec.resource.namespace", "resource_namespace"),
    TEXT("spec.resource.uid", "resource_uid"),
    TEXT("spec.summary", "summary"),
    MADE("spec.tenant.name", STRING, "tenant_name", TENANT_NAME),
    MADE("spec.tenant.type", STRING, "tenant_type", TENANT_TYPE),
};

static const act_filter_field event_fields[] = {
    TEXT("action", "action"),
    TEXT("metadata.name", "name"),
    TEXT("metadata.namespace", "namespace"),
    TEXT("metadata.uid", "uid"),
    TEXT("note", "note"),
    TEXT("reason", "reason"),
    TEXT("regarding.apiVersion", "regarding_api_version"),
    TEXT("regarding.fieldPath", "regarding_field_path"),
    TEXT("regarding.kind", "regarding_kind"),
    TEXT("regarding.name", "regarding_name"),
    TEXT("regarding.namespace", "regarding_namespace"),
    TEXT("regarding.resourceVersion", "regarding_resource_version"),
    TEXT("regarding.uid", "regarding_uid"),
    TEXT("related.apiVersion", "related_api_version"),
    TEXT("related.fieldPath", "related_field_path"),
    TEXT("related.kind", "related_kind"),
    TEXT("related.name", "related_name"),
    TEXT("related.namespace", "related_namespace"),
    TEXT("related.resourceVersion", "related_resource_version"),
    TEXT("related.uid", "related_uid"),
    MADE("reportingController", STRING, "source_component", EVENT_REPORTER),
    MADE("reportingInstance", STRING, "source_host", EVENT_INSTANCE),
    COUNT("series.count", "series_count", EVENT_COUNT, INT32_MAX),
    TEXT("type", "type"),
};

static const struct {
    const act_filter_field *fields;
    size_t n;
} tables[ACT_FILTER_RESOURCES] = {
    [ACT_FILTER_AUDIT] = { audit_fields, ACT_COUNT(audit_fields) },
    [ACT_FILTER_ACTIVITY] = { activity_fields, ACT_COUNT(activity_fields) },
    [ACT_FILTER_EVENT] = { event_fields, ACT_COUNT(event_fields) },
};

const act_filter_field *act_filter_fields(enum act_filter_resource resource, size_t *ret_n)
{
    *ret_n = tables[resource].n;
    return tables[resource].fields;
}

const act_filter_field *act_filter_field_find(enum act_filter_resource resource,
                                              act_str path)
{
    const act_filter_field *fields = tables[resource].fields;
    for (size_t low = 0, high = tables[resource].n; low < high;) {
        size_t middle = low + (high - low) / 2;
        int order = act_str_cmp(path, act_str_cstr(fields[middle].path));
        if (order == 0)
            return &fields[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}
