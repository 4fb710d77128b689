#include "pipeline/row_values.h"
#include "pipeline/rows.h"

static const act_store_column columns[] = {
    { "event_json", ACT_STORE_STRING },
    { "timestamp", ACT_STORE_TIME_US },
    { "stage_timestamp", ACT_STORE_TIME_US },
    { "audit_id", ACT_STORE_STRING },
    { "stage", ACT_STORE_STRING },
    { "level", ACT_STORE_STRING },
    { "scope_type", ACT_STORE_STRING },
    { "scope_name", ACT_STORE_STRING },
    { "user", ACT_STORE_STRING },
    { "user_uid", ACT_STORE_STRING },
    { "user_groups", ACT_STORE_STRINGS },
    { "impersonated_user", ACT_STORE_STRING },
    { "user_agent", ACT_STORE_STRING },
    { "source_ips", ACT_STORE_STRINGS },
    { "verb", ACT_STORE_STRING },
    { "api_group", ACT_STORE_STRING },
    { "api_version", ACT_STORE_STRING },
    { "resource", ACT_STORE_STRING },
    { "subresource", ACT_STORE_STRING },
    { "namespace", ACT_STORE_STRING },
    { "resource_name", ACT_STORE_STRING },
    { "status_code", ACT_STORE_U16 },
};

int act_row_audit_block(act_store_block **ret)
{
    return act_store_block_new(ACT_TABLE_AUDIT, columns, ACT_COUNT(columns), ret);
}

typedef struct {
    const act_str *ptr;
    size_t n;
} list;

static int64_t time_of(const act_json *r)
{
    const act_json *received = act_json_get(r, ACT_STR("requestReceivedTimestamp"));
    const act_json *staged = act_json_get(r, ACT_STR("stageTimestamp"));
    return act_row_time((const act_json *[]){ received, staged }, 2);
}

void act_row_audit_key(const act_json *record, act_row_key *ret)
{
    *ret = (act_row_key){ .time_us = time_of(record),
                          .id = act_row_text(record, "auditID"),
                          .part = act_row_text(record, "stage") };
}

static void add_row(act_store_block *b, const act_json *r, act_str raw, list groups,
                    list source_ips)
{
    const act_json *received = act_json_get(r, ACT_STR("requestReceivedTimestamp"));
    const act_json *staged = act_json_get(r, ACT_STR("stageTimestamp"));
    const act_json *user = act_json_get(r, ACT_STR("user"));
    const act_json *object = act_json_get(r, ACT_STR("objectRef"));
    const act_json *status = act_json_get(r, ACT_STR("responseStatus"));
    act_scope tenant;
    (void)act_scope_of_audit(r, &tenant); /* an unusable tag is the platform's, and counted
                                             where the record was checked */
    act_store_add_str(b, raw);
    act_store_add_i64(b, time_of(r));
    act_store_add_i64(b, act_row_time((const act_json *[]){ staged, received }, 2));
    act_store_add_str(b, act_row_text(r, "auditID"));
    act_store_add_str(b, act_row_text(r, "stage"));
    act_store_add_str(b, act_row_text(r, "level"));
    act_row_add_tenant(b, tenant);
    act_store_add_str(b, act_row_text(user, "username"));
    act_store_add_str(b, act_row_text(user, "uid"));
    act_store_add_strs(b, groups.ptr, groups.n);
    act_store_add_str(
        b, act_row_text(act_json_get(r, ACT_STR("impersonatedUser")), "username"));
    act_store_add_str(b, act_row_text(r, "userAgent"));
    act_store_add_strs(b, source_ips.ptr, source_ips.n);
    act_store_add_str(b, act_row_text(r, "verb"));
    act_store_add_str(b, act_row_text(object, "apiGroup"));
    act_store_add_str(b, act_row_text(object, "apiVersion"));
    act_store_add_str(b, act_row_text(object, "resource"));
    act_store_add_str(b, act_row_text(object, "subresource"));
    act_store_add_str(b, act_row_text(object, "namespace"));
    act_store_add_str(b, act_row_text(object, "name"));
    act_store_add_u64(b, act_row_number(act_json_get(status, ACT_STR("code")), UINT16_MAX));
}

int act_row_audit_add(act_store_block *b, act_arena *scratch, const act_json *record,
                      act_str raw)
{
    const act_json *user = act_json_get(record, ACT_STR("user"));
    act_arena_mark mark = act_arena_save(scratch);
    list groups = { 0 }, source_ips = { 0 };
    int err = act_row_list(scratch, act_json_get(user, ACT_STR("groups")), &groups.ptr,
                           &groups.n);
    if (!err)
        err = act_row_list(scratch, act_json_get(record, ACT_STR("sourceIPs")),
                           &source_ips.ptr, &source_ips.n);
    if (!err)
        add_row(b, record, raw, groups, source_ips);
    act_arena_restore(scratch, mark);
    return err;
}
