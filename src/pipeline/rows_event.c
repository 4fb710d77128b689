#include "pipeline/row_tenant.h"
#include "pipeline/rows.h"

#include "core/row_values.h"

static const act_store_column columns[] = {
    { "event_json", ACT_STORE_STRING },
    { "last_timestamp", ACT_STORE_TIME_US },
    { "first_timestamp", ACT_STORE_TIME_US },
    { "uid", ACT_STORE_STRING },
    { "resource_version", ACT_STORE_U64 },
    { "deleted", ACT_STORE_U8 },
    { "sequence", ACT_STORE_U64 },
    { "scope_type", ACT_STORE_STRING },
    { "scope_name", ACT_STORE_STRING },
    { "namespace", ACT_STORE_STRING },
    { "name", ACT_STORE_STRING },
    { "regarding_api_version", ACT_STORE_STRING },
    { "regarding_api_group", ACT_STORE_STRING },
    { "regarding_kind", ACT_STORE_STRING },
    { "regarding_namespace", ACT_STORE_STRING },
    { "regarding_name", ACT_STORE_STRING },
    { "regarding_uid", ACT_STORE_STRING },
    { "regarding_field_path", ACT_STORE_STRING },
    { "related_api_version", ACT_STORE_STRING },
    { "related_kind", ACT_STORE_STRING },
    { "related_namespace", ACT_STORE_STRING },
    { "related_name", ACT_STORE_STRING },
    { "related_uid", ACT_STORE_STRING },
    { "reason", ACT_STORE_STRING },
    { "type", ACT_STORE_STRING },
    { "action", ACT_STORE_STRING },
    { "note", ACT_STORE_STRING },
    { "series_count", ACT_STORE_I32 },
    { "source_component", ACT_STORE_STRING },
    { "source_host", ACT_STORE_STRING },
    { "regarding_resource_version", ACT_STORE_STRING },
    { "related_field_path", ACT_STORE_STRING },
    { "related_resource_version", ACT_STORE_STRING },
};

int act_row_event_block(act_store_block **ret)
{
    return act_store_block_new(ACT_TABLE_EVENTS, columns, ACT_COUNT(columns), ret);
}

static act_str group_of(const act_json *reference)
{
    act_str version = act_row_text(reference, "apiVersion");
    size_t slash = act_str_rfind_byte(version, '/');
    act_str group = slash == SIZE_MAX ? ACT_STR("") : act_str_head(version, slash);
    return act_row_either(act_row_text(reference, "apiGroup"), group);
}

typedef struct {
    int64_t last_us, first_us;
} times;

static times times_of(const act_json *r)
{
    const act_json *metadata = act_json_get(r, ACT_STR("metadata"));
    const act_json *series = act_json_get(r, ACT_STR("series"));
    const act_json *repeated = act_json_get(series, ACT_STR("lastObservedTime"));
    const act_json *last = act_json_get(r, ACT_STR("deprecatedLastTimestamp"));
    const act_json *event = act_json_get(r, ACT_STR("eventTime"));
    const act_json *first = act_json_get(r, ACT_STR("deprecatedFirstTimestamp"));
    const act_json *created = act_json_get(metadata, ACT_STR("creationTimestamp"));
    const act_json *newest_first[] = { repeated, last, event, first, created };
    const act_json *oldest_first[] = { event, first, created, last, repeated };
    return (times){ .last_us = act_row_time(newest_first, ACT_COUNT(newest_first)),
                    .first_us = act_row_time(oldest_first, ACT_COUNT(oldest_first)) };
}

void act_row_event_key(const act_json *record, act_row_key *ret)
{
    const act_json *metadata = act_json_get(record, ACT_STR("metadata"));
    *ret = (act_row_key){
        .time_us = times_of(record).last_us,
        .id = act_row_text(metadata, "uid"),
        .version = act_row_digits(act_row_text(metadata, "resourceVersion")),
    };
}

int act_row_event_add(act_store_block *b, const act_json *record, act_str raw,
                      uint64_t sequence)
{
    const act_json *metadata = act_json_get(record, ACT_STR("metadata"));
    const act_json *regarding = act_json_get(record, ACT_STR("regarding"));
    const act_json *related = act_json_get(record, ACT_STR("related"));
    times seen = times_of(record);
    act_scope tenant;
    (void)act_scope_of_event(record, &tenant); /* as in rows_audit.c */

    act_store_add_str(b, raw);
    act_store_add_i64(b, seen.last_us);
    act_store_add_i64(b, seen.first_us);
    act_store_add_str(b, act_row_text(metadata, "uid"));
    act_store_add_u64(b, act_row_digits(act_row_text(metadata, "resourceVersion")));
    act_store_add_u64(b, act_row_is_deleted(metadata));
    act_store_add_u64(b, sequence);
    act_row_add_tenant(b, tenant);
    act_store_add_str(b, act_row_text(metadata, "namespace"));
    act_store_add_str(b, act_row_text(metadata, "name"));
    act_store_add_str(b, act_row_text(regarding, "apiVersion"));
    act_store_add_str(b, group_of(regarding));
    act_store_add_str(b, act_row_text(regarding, "kind"));
    act_store_add_str(b, act_row_text(regarding, "namespace"));
    act_store_add_str(b, act_row_text(regarding, "name"));
    act_store_add_str(b, act_row_text(regarding, "uid"));
    act_store_add_str(b, act_row_text(regarding, "fieldPath"));
    act_store_add_str(b, act_row_text(related, "apiVersion"));
    act_store_add_str(b, act_row_text(related, "kind"));
    act_store_add_str(b, act_row_text(related, "namespace"));
    act_store_add_str(b, act_row_text(related, "name"));
    act_store_add_str(b, act_row_text(related, "uid"));
    act_store_add_str(b, act_row_text(record, "reason"));
    act_store_add_str(b, act_row_text(record, "type"));
    act_store_add_str(b, act_row_text(record, "action"));
    act_store_add_str(b, act_row_text(record, "note"));
    act_store_add_i64(b, act_row_event_count(record));
    act_store_add_str(b, act_row_event_reporter(record));
    act_store_add_str(b, act_row_event_instance(record));
    act_store_add_str(b, act_row_text(regarding, "resourceVersion"));
    act_store_add_str(b, act_row_text(related, "fieldPath"));
    act_store_add_str(b, act_row_text(related, "resourceVersion"));
    return ACT_OK;
}
