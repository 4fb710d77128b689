#include "pipeline/row_tenant.h"
#include "pipeline/rows.h"

#include "core/activity.h"
#include "core/row_values.h"

static const act_store_column columns[] = {
    { "activity_json", ACT_STORE_STRING }, { "timestamp", ACT_STORE_TIME_US },
    { "name", ACT_STORE_STRING },          { "version", ACT_STORE_U64 },
    { "deleted", ACT_STORE_U8 },           { "namespace", ACT_STORE_STRING },
    { "tenant_type", ACT_STORE_STRING },   { "tenant_name", ACT_STORE_STRING },
    { "origin_type", ACT_STORE_STRING },   { "origin_id", ACT_STORE_STRING },
    { "change_source", ACT_STORE_STRING }, { "actor_type", ACT_STORE_STRING },
    { "actor_name", ACT_STORE_STRING },    { "actor_uid", ACT_STORE_STRING },
    { "actor_email", ACT_STORE_STRING },   { "api_group", ACT_STORE_STRING },
    { "api_version", ACT_STORE_STRING },   { "resource_kind", ACT_STORE_STRING },
    { "resource_name", ACT_STORE_STRING }, { "resource_namespace", ACT_STORE_STRING },
    { "resource_uid", ACT_STORE_STRING },  { "summary", ACT_STORE_STRING },
    { "labels", ACT_STORE_MAP },
};

int act_row_activity_block(act_store_block **ret)
{
    return act_store_block_new(ACT_TABLE_ACTIVITIES, columns, ACT_COUNT(columns), ret);
}

static int64_t time_of(const act_json *metadata)
{
    const act_json *created = act_json_get(metadata, ACT_STR("creationTimestamp"));
    return act_row_time(&created, 1);
}

static uint64_t version_of(const act_json *metadata)
{
    const act_json *annotations = act_json_get(metadata, ACT_STR("annotations"));
    return act_row_digits(act_row_text(annotations, ACT_ACTIVITY_VERSION));
}

void act_row_activity_key(const act_json *record, act_row_key *ret)
{
    const act_json *metadata = act_json_get(record, ACT_STR("metadata"));
    *ret = (act_row_key){ .time_us = time_of(metadata),
                          .id = act_row_text(metadata, "name"),
                          .part = act_row_is_deleted(metadata) ? ACT_STR("deleted")
                                                               : ACT_STR(""),
                          .version = version_of(metadata) };
}

int act_row_activity_add(act_store_block *b, const act_json *record, act_str raw)
{
    const act_json *metadata = act_json_get(record, ACT_STR("metadata"));
    const act_json *spec = act_json_get(record, ACT_STR("spec"));
    const act_json *origin = act_json_get(spec, ACT_STR("origin"));
    const act_json *actor = act_json_get(spec, ACT_STR("actor"));
    const act_json *resource = act_json_get(spec, ACT_STR("resource"));

    act_store_add_str(b, raw);
    act_store_add_i64(b, time_of(metadata));
    act_store_add_str(b, act_row_text(metadata, "name"));
    act_store_add_u64(b, version_of(metadata));
    act_store_add_u64(b, act_row_is_deleted(metadata));
    act_store_add_str(b, act_row_text(metadata, "namespace"));
    act_row_add_tenant(b, act_row_activity_tenant(record));
    act_store_add_str(b, act_row_text(origin, "type"));
    act_store_add_str(b, act_row_text(origin, "id"));
    act_store_add_str(b, act_row_text(spec, "changeSource"));
    act_store_add_str(b, act_row_text(actor, "type"));
    act_store_add_str(b, act_row_text(actor, "name"));
    act_store_add_str(b, act_row_text(actor, "uid"));
    act_store_add_str(b, act_row_text(actor, "email"));
    act_store_add_str(b, act_row_text(resource, "apiGroup"));
    act_store_add_str(b, act_row_text(resource, "apiVersion"));
    act_store_add_str(b, act_row_text(resource, "kind"));
    act_store_add_str(b, act_row_text(resource, "name"));
    act_store_add_str(b, act_row_text(resource, "namespace"));
    act_store_add_str(b, act_row_text(resource, "uid"));
    act_store_add_str(b, act_row_text(spec, "summary"));
    act_store_add_map(b, act_json_get(metadata, ACT_STR("labels")));
    return ACT_OK;
}
