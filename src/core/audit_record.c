#include "core/audit_record.h"

/* One text member of a record: where it goes, where it comes from. */
typedef struct {
    const char *key;
    size_t offset; /* of an act_str in act_audit_record */
    size_t max;
} text_field;

#define TEXT(key, member, max)                                                             \
    {                                                                                      \
        key, offsetof(act_audit_record, member), max                                       \
    }

enum { URI_MAX = 64 * 1024 };

static const text_field top_fields[] = {
    TEXT("auditID", audit_id, ACT_RECORD_WORD_MAX),
    TEXT("stage", stage, ACT_RECORD_WORD_MAX),
    TEXT("level", level, ACT_RECORD_WORD_MAX),
    TEXT("verb", verb, ACT_RECORD_WORD_MAX),
    TEXT("requestURI", request_uri, URI_MAX),
    TEXT("userAgent", user_agent, URI_MAX),
};

static const text_field user_fields[] = {
    TEXT("username", username, ACT_RECORD_NAME_MAX),
    TEXT("uid", user_uid, ACT_RECORD_NAME_MAX),
};

static const text_field object_fields[] = {
    TEXT("apiGroup", api_group, ACT_RECORD_NAME_MAX),
    TEXT("apiVersion", api_version, ACT_RECORD_NAME_MAX),
    TEXT("resource", resource, ACT_RECORD_NAME_MAX),
    TEXT("subresource", subresource, ACT_RECORD_NAME_MAX),
    TEXT("namespace", object_namespace, ACT_RECORD_NAME_MAX),
    TEXT("name", object_name, ACT_RECORD_NAME_MAX),
    TEXT("uid", object_uid, ACT_RECORD_NAME_MAX),
};

static int read_texts(const act_json *object, const char *path, const text_field *fields,
                      size_t n, act_audit_record *r, act_err *reterr)
{
    for (size_t i = 0; i < n; i++) {
        act_str *to = (act_str *)(void *)((char *)r + fields[i].offset);
        int err = act_field_text(object, path, fields[i].key, fields[i].max, to, reterr);
        if (err)
            return err;
    }
    return ACT_OK;
}

static int required(act_str value, const char *field, act_err *reterr)
{
    return value.len ? ACT_OK : act_fail(reterr, ACT_EINVAL, "%s: required", field);
}

/* Items of lists carry neither; what carries one must be right. */
static int check_kind(const act_json *root, act_err *reterr)
{
    act_str kind, version;
    int err = act_field_text(root, "", "kind", SIZE_MAX, &kind, reterr);
    if (!err)
        err = act_field_text(root, "", "apiVersion", SIZE_MAX, &version, reterr);
    if (err)
        return err;
    if (kind.len && !act_str_eq(kind, ACT_STR("Event")))
        return act_fail(reterr, ACT_EINVAL, "kind: must be Event, not \"%.*s\"",
                        ACT_STR_ARG(act_str_head(kind, 64)));
    if (version.len && !act_str_eq(version, ACT_STR("audit.k8s.io/v1")))
        return act_fail(reterr, ACT_EINVAL,
                        "apiVersion: must be audit.k8s.io/v1, not \"%.*s\"",
                        ACT_STR_ARG(act_str_head(version, 64)));
    return ACT_OK;
}

static int read_times(act_audit_record *r, act_err *reterr)
{
    int err =
        act_field_time(r->root, "", "requestReceivedTimestamp", &r->received_ns, reterr);
    if (!err)
        err = act_field_time(r->root, "", "stageTimestamp", &r->stage_ns, reterr);
    if (err)
        return err;
    /* Never the present: the same record must have the same time whenever it is read. */
    if (r->received_ns == ACT_TIME_NONE)
        r->received_ns = r->stage_ns;
    if (r->stage_ns == ACT_TIME_NONE)
        r->stage_ns = r->received_ns;
    if (r->received_ns == ACT_TIME_NONE)
        return act_fail(reterr, ACT_EINVAL, "requestReceivedTimestamp: required");
    return ACT_OK;
}

static int read_parts(act_audit_record *r, act_err *reterr)
{
    const act_json *object = NULL, *status, *annotations, *extra;
    int err = act_field_object(r->root, "", "user", &r->user, reterr);
    if (!err)
        err = act_field_object(r->root, "", "objectRef", &object, reterr);
    if (!err)
        err = act_field_object(r->root, "", "responseStatus", &status, reterr);
    if (!err)
        err = act_field_object(r->root, "", "annotations", &annotations, reterr);
    if (!err)
        err = act_field_object(r->user, "user.", "extra", &extra, reterr);
    if (!err)
        err = read_texts(r->user, "user.", user_fields, ACT_COUNT(user_fields), r, reterr);
    if (!err)
        err = read_texts(object, "objectRef.", object_fields, ACT_COUNT(object_fields), r,
                         reterr);
    if (!err)
        err = act_field_int32(status, "responseStatus.", "code", &r->status_code, reterr);
    r->has_object = object != NULL;
    return err;
}

int act_audit_record_read(const act_json *root, act_audit_record *ret, act_err *reterr)
{
    if (!root || root->type != ACT_JSON_OBJECT)
        return act_fail(reterr, ACT_ETYPE, "the record must be an object");
    act_audit_record r = { .root = root };
    int err = check_kind(root, reterr);
    if (!err)
        err = read_texts(root, "", top_fields, ACT_COUNT(top_fields), &r, reterr);
    if (!err)
        err = required(r.audit_id, "auditID", reterr);
    if (!err)
        err = required(r.stage, "stage", reterr);
    if (!err)
        err = required(r.verb, "verb", reterr);
    if (!err)
        err = read_times(&r, reterr);
    if (!err)
        err = read_parts(&r, reterr);
    if (err)
        return err;
    r.tenant_unusable = !act_scope_of_audit(root, &r.tenant);
    *ret = r;
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
