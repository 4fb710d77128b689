#include "core/filter_field.h"

/* Sorted by path; act_filter_field_find() and the messages rely on it. */

static const act_filter_field audit_fields[] = {
    { "auditID", ACT_FILTER_STRING, "audit_id" },
    { "impersonatedUser.username", ACT_FILTER_STRING, "impersonated_user" },
    { "level", ACT_FILTER_STRING, "level" },
    { "objectRef.apiGroup", ACT_FILTER_STRING, "api_group" },
    { "objectRef.apiVersion", ACT_FILTER_STRING, "api_version" },
    { "objectRef.name", ACT_FILTER_STRING, "resource_name" },
    { "objectRef.namespace", ACT_FILTER_STRING, "namespace" },
    { "objectRef.resource", ACT_FILTER_STRING, "resource" },
    { "objectRef.subresource", ACT_FILTER_STRING, "subresource" },
    { "requestReceivedTimestamp", ACT_FILTER_TIME, "timestamp" },
    { "responseStatus.code", ACT_FILTER_INT, "status_code" },
    { "sourceIPs", ACT_FILTER_STRINGS, "source_ips" },
    { "stage", ACT_FILTER_STRING, "stage" },
    { "stageTimestamp", ACT_FILTER_TIME, "stage_timestamp" },
    { "user.groups", ACT_FILTER_STRINGS, "user_groups" },
    { "user.uid", ACT_FILTER_STRING, "user_uid" },
    { "user.username", ACT_FILTER_STRING, "user" },
    { "userAgent", ACT_FILTER_STRING, "user_agent" },
    { "verb", ACT_FILTER_STRING, "verb" },
};

static const act_filter_field activity_fields[] = {
    { "metadata.name", ACT_FILTER_STRING, "name" },
    { "metadata.namespace", ACT_FILTER_STRING, "namespace" },
    { "spec.actor.email", ACT_FILTER_STRING, "actor_email" },
    { "spec.actor.name", ACT_FILTER_STRING, "actor_name" },
    { "spec.actor.type", ACT_FILTER_STRING, "actor_type" },
    { "spec.actor.uid", ACT_FILTER_STRING, "actor_uid" },
    { "spec.changeSource", ACT_FILTER_STRING, "change_source" },
    { "spec.origin.id", ACT_FILTER_STRING, "origin_id" },
    { "spec.origin.type", ACT_FILTER_STRING, "origin_type" },
    { "spec.resource.apiGroup", ACT_FILTER_STRING, "api_group" },
    { "spec.resource.apiVersion", ACT_FILTER_STRING, "api_version" },
    { "spec.resource.kind", ACT_FILTER_STRING, "resource_kind" },
    { "spec.resource.name", ACT_FILTER_STRING, "resource_name" },
    { "spec.resource.namespace", ACT_FILTER_STRING, "resource_namespace" },
    { "spec.resource.uid", ACT_FILTER_STRING, "resource_uid" },
    { "spec.summary", ACT_FILTER_STRING, "summary" },
    { "spec.tenant.name", ACT_FILTER_STRING, "tenant_name" },
    { "spec.tenant.type", ACT_FILTER_STRING, "tenant_type" },
};

static const act_filter_field event_fields[] = {
    { "action", ACT_FILTER_STRING, "action" },
    { "metadata.name", ACT_FILTER_STRING, "name" },
    { "metadata.namespace", ACT_FILTER_STRING, "namespace" },
    { "metadata.uid", ACT_FILTER_STRING, "uid" },
    { "note", ACT_FILTER_STRING, "note" },
    { "reason", ACT_FILTER_STRING, "reason" },
    { "regarding.apiVersion", ACT_FILTER_STRING, "regarding_api_version" },
    { "regarding.fieldPath", ACT_FILTER_STRING, "regarding_field_path" },
    { "regarding.kind", ACT_FILTER_STRING, "regarding_kind" },
    { "regarding.name", ACT_FILTER_STRING, "regarding_name" },
    { "regarding.namespace", ACT_FILTER_STRING, "regarding_namespace" },
    { "regarding.uid", ACT_FILTER_STRING, "regarding_uid" },
    { "related.apiVersion", ACT_FILTER_STRING, "related_api_version" },
    { "related.kind", ACT_FILTER_STRING, "related_kind" },
    { "related.name", ACT_FILTER_STRING, "related_name" },
    { "related.namespace", ACT_FILTER_STRING, "related_namespace" },
    { "related.uid", ACT_FILTER_STRING, "related_uid" },
    { "reportingController", ACT_FILTER_STRING, "source_component" },
    { "reportingInstance", ACT_FILTER_STRING, "source_host" },
    { "series.count", ACT_FILTER_INT, "series_count" },
    { "type", ACT_FILTER_STRING, "type" },
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
