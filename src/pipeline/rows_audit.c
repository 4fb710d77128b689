#include "pipeline/row_tenant.h"
#include "pipeline/rows.h"

#include "core/row_values.h"

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
    { "request_uri", ACT_STORE_STRING },
    { "impersonated_uid", ACT_STORE_STRING },
    { "impersonated_groups", ACT_STORE_STRINGS },
    { "resource_uid", ACT_STORE_STRING },
    { "status_reason", ACT_STORE_STRING },
    { "annotations", ACT_STORE_MAP },
};

int act_row_audit_block(act_store_block **ret)
{
    return act_store_block_new(ACT_TABLE_AUDIT, columns, ACT_COUNT(columns), ret);
}

typedef struct {
    const act_str *ptr;
    size_t n;
} list;

/* Lists of text, gathered before the row is begun. */
typedef struct {
    list groups, impersonated_groups, source_ips;
} lists;

void act_row_audit_key(const act_json *record, act_row_key *ret)
{
    *ret = (act_row_key){ .time_us = act_row_audit_received(record),
                          .id = act_row_text(record, "auditID"),
                          .part = act_row_text(record, "stage") };
}

static void add_list(act_store_block *b, list l)
{
    act_store_add_strs(b, l.ptr, l.n);
}

static void add_row(act_store_block *b, const act_json *r, act_str raw, const lists *l)
{
    const act_json *user = act_json_get(r, ACT_STR("user"));
    const act_json *impersonated = act_json_get(r, ACT_STR("impersonatedUser"));
    const act_json *object = act_json_get(r, ACT_STR("objectRef"));
    const act_json *status = act_json_get(r, ACT_STR("responseStatus"));
    act_scope tenant;
    (void)act_scope_of_audit(r, &tenant); /* an unusable tag is the platform's, and counted
                                             where the record was checked */
    act_store_add_str(b, raw);
    act_store_add_i64(b, act_row_audit_received(r));
    act_store_add_i64(b, act_row_audit_staged(r));
    act_store_add_str(b, act_row_text(r, "auditID"));
    act_store_add_str(b, act_row_text(r, "stage"));
    act_store_add_str(b, act_row_text(r, "level"));
    act_row_add_tenant(b, tenant);
    act_store_add_str(b, act_row_text(user, "username"));
    act_store_add_str(b, act_row_text(user, "uid"));
    add_list(b, l->groups);
    act_store_add_str(b, act_row_text(impersonated, "username"));
    act_store_add_str(b, act_row_text(r, "userAgent"));
    add_list(b, l->source_ips);
    act_store_add_str(b, act_row_text(r, "verb"));
    act_store_add_str(b, act_row_text(object, "apiGroup"));
    act_store_add_str(b, act_row_text(object, "apiVersion"));
    act_store_add_str(b, act_row_text(object, "resource"));
    act_store_add_str(b, act_row_text(object, "subresource"));
    act_store_add_str(b, act_row_text(object, "namespace"));
    act_store_add_str(b, act_row_text(object, "name"));
    act_store_add_u64(b, act_row_number(act_json_get(status, ACT_STR("code")), UINT16_MAX));
    act_store_add_str(b, act_row_text(r, "requestURI"));
    act_store_add_str(b, act_row_text(impersonated, "uid"));
    add_list(b, l->impersonated_groups);
    act_store_add_str(b, act_row_text(object, "uid"));
    act_store_add_str(b, act_row_text(status, "reason"));
    act_store_add_map(b, act_json_get(r, ACT_STR("annotations")));
}

static int read_list(act_arena *scratch, const act_json *object, const char *key, list *ret)
{
    return act_row_list(scratch, act_json_get(object, act_str_cstr(key)), &ret->ptr,
                        &ret->n);
}

int act_row_audit_add(act_store_block *b, act_arena *scratch, const act_json *record,
                      act_str raw)
{
    const act_json *user = act_json_get(record, ACT_STR("user"));
    const act_json *impersonated = act_json_get(record, ACT_STR("impersonatedUser"));
    act_arena_mark mark = act_arena_save(scratch);
    lists l = { 0 };
    int err = read_list(scratch, user, "groups", &l.groups);
    if (!err)
        err = read_list(scratch, impersonated, "groups", &l.impersonated_groups);
    if (!err)
        err = read_list(scratch, record, "sourceIPs", &l.source_ips);
    if (!err)
        add_row(b, record, raw, &l);
    act_arena_restore(scratch, mark);
    return err;
}
