#include "core/audit_record.h"

enum { URI_MAX = 64 * 1024 };

/* The view, and the members on the way to it. */
typedef struct {
    act_audit_record r;
    act_str kind;
    act_str api_version;
    const act_json *object;
    const act_json *status;
    const act_json *annotations;
    const act_json *extra;
} audit_reader;

/* The tables are in the order in which the API server writes the members. */

#define TEXT(member, key, max) ACT_FIELD_ROW(audit_reader, member, ACT_FIELD_TEXT, key, max)
#define TIME(member, key) ACT_FIELD_ROW(audit_reader, member, ACT_FIELD_TIME, key, 0)
#define OBJECT(member, key) ACT_FIELD_ROW(audit_reader, member, ACT_FIELD_OBJECT, key, 0)
#define INT32(member, key) ACT_FIELD_ROW(audit_reader, member, ACT_FIELD_INT32, key, 0)

static const act_field top_fields[] = {
    TEXT(kind, "kind", ACT_RECORD_NAME_MAX),
    TEXT(api_version, "apiVersion", ACT_RECORD_NAME_MAX),
    TEXT(r.level, "level", ACT_RECORD_WORD_MAX),
    TEXT(r.audit_id, "auditID", ACT_RECORD_WORD_MAX),
    TEXT(r.stage, "stage", ACT_RECORD_WORD_MAX),
    TEXT(r.request_uri, "requestURI", URI_MAX),
    TEXT(r.verb, "verb", ACT_RECORD_WORD_MAX),
    OBJECT(r.user, "user"),
    TEXT(r.user_agent, "userAgent", URI_MAX),
    OBJECT(object, "objectRef"),
    OBJECT(status, "responseStatus"),
    TIME(r.received_ns, "requestReceivedTimestamp"),
    TIME(r.stage_ns, "stageTimestamp"),
    OBJECT(annotations, "annotations"),
};

static const act_field user_fields[] = {
    TEXT(r.username, "username", ACT_RECORD_NAME_MAX),
    TEXT(r.user_uid, "uid", ACT_RECORD_NAME_MAX),
    OBJECT(extra, "extra"),
};

static const act_field object_fields[] = {
    TEXT(r.resource, "resource", ACT_RECORD_NAME_MAX),
    TEXT(r.object_namespace, "namespace", ACT_RECORD_NAME_MAX),
    TEXT(r.object_name, "name", ACT_RECORD_NAME_MAX),
    TEXT(r.object_uid, "uid", ACT_RECORD_NAME_MAX),
    TEXT(r.api_group, "apiGroup", ACT_RECORD_NAME_MAX),
    TEXT(r.api_version, "apiVersion", ACT_RECORD_NAME_MAX),
    TEXT(r.subresource, "subresource", ACT_RECORD_NAME_MAX),
};

static const act_field status_fields[] = { INT32(r.status_code, "code") };

static int read_members(audit_reader *rd, act_err *reterr)
{
    int err =
        act_fields_read(rd->r.root, "", top_fields, ACT_COUNT(top_fields), rd, reterr);
    if (!err)
        err = act_fields_read(rd->r.user, "user.", user_fields, ACT_COUNT(user_fields), rd,
                              reterr);
    if (!err)
        err = act_fields_read(rd->object, "objectRef.", object_fields,
                              ACT_COUNT(object_fields), rd, reterr);
    if (!err)
        err = act_fields_read(rd->status, "responseStatus.", status_fields,
                              ACT_COUNT(status_fields), rd, reterr);
    return err;
}

/* Items of lists carry neither; what carries one must be right. */
static int check_kind(const audit_reader *rd, act_err *reterr)
{
    if (rd->kind.len && !act_str_eq(rd->kind, ACT_STR("Event")))
        return act_fail(reterr, ACT_EINVAL, "kind: must be Event, not \"%.*s\"",
                        ACT_STR_ARG(act_str_head(rd->kind, 64)));
    if (rd->api_version.len && !act_str_eq(rd->api_version, ACT_STR("audit.k8s.io/v1")))
        return act_fail(reterr, ACT_EINVAL,
                        "apiVersion: must be audit.k8s.io/v1, not \"%.*s\"",
                        ACT_STR_ARG(act_str_head(rd->api_version, 64)));
    return ACT_OK;
}

static int check_required(const act_audit_record *r, act_err *reterr)
{
    const char *missing = NULL;
    if (!r->audit_id.len)
        missing = "auditID";
    else if (!r->stage.len)
        missing = "stage";
    else if (!r->verb.len)
        missing = "verb";
    else if (r->received_ns == ACT_TIME_NONE && r->stage_ns == ACT_TIME_NONE)
        missing = "requestReceivedTimestamp";
    return missing ? act_fail(reterr, ACT_EINVAL, "%s: required", missing) : ACT_OK;
}

int act_audit_record_read(const act_json *root, act_audit_record *ret, act_err *reterr)
{
    if (!root || root->type != ACT_JSON_OBJECT)
        return act_fail(reterr, ACT_ETYPE, "the record must be an object");
    audit_reader rd = { .r.root = root };
    int err = read_members(&rd, reterr);
    if (!err)
        err = check_kind(&rd, reterr);
    if (!err)
        err = check_required(&rd.r, reterr);
    if (err)
        return err;
    /* Never the present: the same record must have the same time whenever it is read. */
    if (rd.r.received_ns == ACT_TIME_NONE)
        rd.r.received_ns = rd.r.stage_ns;
    if (rd.r.stage_ns == ACT_TIME_NONE)
        rd.r.stage_ns = rd.r.received_ns;
    rd.r.has_object = rd.object != NULL;
    rd.r.tenant_unusable = !act_scope_of_audit_parts(
        rd.annotations, rd.extra, act_json_get(root, ACT_STR("impersonatedUser")),
        &rd.r.tenant);
    *ret = rd.r;
    return ACT_OK;
}

unsigned act_audit_stage_bit(act_str stage)
{
    static const struct {
        act_str name;
        unsigned bit;
    } stages[] = {
        { { "ResponseComplete", 16 }, ACT_STAGE_RESPONSE_COMPLETE },
        { { "RequestReceived", 15 }, ACT_STAGE_REQUEST_RECEIVED },
        { { "ResponseStarted", 15 }, ACT_STAGE_RESPONSE_STARTED },
        { { "Panic", 5 }, ACT_STAGE_PANIC },
    };
    for (size_t i = 0; i < ACT_COUNT(stages); i++)
        if (act_str_eq(stage, stages[i].name))
            return stages[i].bit;
    return 0;
}

/* ---- the object ------------------------------------------------------------------- */

static const act_json *response_object(const act_audit_record *r)
{
    return act_json_get(r->root, ACT_STR("responseObject"));
}

act_str act_audit_object_name(const act_audit_record *r)
{
    /* Only the answer to a create names something else than the request did. A
     * subresource's answer may be another object (a Binding, a TokenRequest). */
    if (r->object_name.len || r->subresource.len)
        return r->object_name;
    return act_json_string(act_json_path(response_object(r), "metadata", "name", NULL));
}

act_str act_audit_object_uid(const act_audit_record *r)
{
    if (r->object_uid.len)
        return r->object_uid;
    const act_json *response = response_object(r);
    act_str uid = act_json_string(act_json_path(response, "metadata", "uid", NULL));
    if (!uid.len)
        uid = act_json_string(act_json_path(response, "details", "uid", NULL));
    if (!uid.len)
        uid = act_json_string(
            act_json_path(r->root, "responseStatus", "details", "uid", NULL));
    return uid;
}

bool act_audit_is_dry_run(const act_audit_record *r)
{
    size_t query = act_str_find_byte(r->request_uri, '?');
    if (query == SIZE_MAX)
        return false;
    act_str rest = act_str_cut(r->request_uri, query + 1);
    while (rest.len) {
        act_str pair, value;
        rest = act_str_split(rest, '&', &pair);
        value = act_str_split(pair, '=', &pair);
        if (act_str_eq(pair, ACT_STR("dryRun")) && value.len)
            return true;
    }
    return false;
}
