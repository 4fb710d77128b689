#include "core/event_record.h"

#include "core/audit_record.h" /* the limits of records */

enum { NOTE_MAX = 64 * 1024 }; /* Kubernetes itself allows 1 KiB */

/* The view, and the members on the way to it. */
typedef struct {
    act_event_record r;
    act_str kind;
    act_str api_version;
    const act_json *metadata;
    const act_json *annotations;
    const act_json *regarding;
    const act_json *related;
    const act_json *source;
    const act_json *series;
    int32_t single_count; /* (deprecated)count */
} event_reader;

/* The tables are in the order in which the API server writes the members. */

#define TEXT(member, key, max) ACT_FIELD_ROW(event_reader, member, ACT_FIELD_TEXT, key, max)
#define TIME(member, key) ACT_FIELD_ROW(event_reader, member, ACT_FIELD_TIME, key, 0)
#define OBJECT(member, key) ACT_FIELD_ROW(event_reader, member, ACT_FIELD_OBJECT, key, 0)
#define INT32(member, key) ACT_FIELD_ROW(event_reader, member, ACT_FIELD_INT32, key, 0)

static const act_field v1_fields[] = {
    TEXT(kind, "kind", ACT_RECORD_NAME_MAX),
    TEXT(api_version, "apiVersion", ACT_RECORD_NAME_MAX),
    OBJECT(metadata, "metadata"),
    TIME(r.event_ns, "eventTime"),
    OBJECT(series, "series"),
    TEXT(r.reporting_controller, "reportingController", ACT_RECORD_NAME_MAX),
    TEXT(r.reporting_instance, "reportingInstance", ACT_RECORD_NAME_MAX),
    TEXT(r.action, "action", ACT_RECORD_NAME_MAX),
    TEXT(r.reason, "reason", ACT_RECORD_NAME_MAX),
    OBJECT(regarding, "regarding"),
    OBJECT(related, "related"),
    TEXT(r.note, "note", NOTE_MAX),
    TEXT(r.type, "type", ACT_RECORD_WORD_MAX),
    OBJECT(source, "deprecatedSource"),
    TIME(r.first_ns, "deprecatedFirstTimestamp"),
    TIME(r.last_ns, "deprecatedLastTimestamp"),
    INT32(single_count, "deprecatedCount"),
};

static const act_field core_fields[] = {
    TEXT(kind, "kind", ACT_RECORD_NAME_MAX),
    TEXT(api_version, "apiVersion", ACT_RECORD_NAME_MAX),
    OBJECT(metadata, "metadata"),
    OBJECT(regarding, "involvedObject"),
    TEXT(r.reason, "reason", ACT_RECORD_NAME_MAX),
    TEXT(r.note, "message", NOTE_MAX),
    OBJECT(source, "source"),
    TIME(r.first_ns, "firstTimestamp"),
    TIME(r.last_ns, "lastTimestamp"),
    INT32(single_count, "count"),
    TEXT(r.type, "type", ACT_RECORD_WORD_MAX),
    TIME(r.event_ns, "eventTime"),
    OBJECT(series, "series"),
    TEXT(r.action, "action", ACT_RECORD_NAME_MAX),
    OBJECT(related, "related"),
    TEXT(r.reporting_controller, "reportingComponent", ACT_RECORD_NAME_MAX),
    TEXT(r.reporting_instance, "reportingInstance", ACT_RECORD_NAME_MAX),
};

static const act_field metadata_fields[] = {
    TEXT(r.name, "name", ACT_RECORD_NAME_MAX),
    TEXT(r.ns, "namespace", ACT_RECORD_NAME_MAX),
    TEXT(r.uid, "uid", ACT_RECORD_WORD_MAX),
    TEXT(r.resource_version, "resourceVersion", ACT_RECORD_WORD_MAX),
    TIME(r.created_ns, "creationTimestamp"),
    OBJECT(annotations, "annotations"),
};

static const act_field source_fields[] = {
    TEXT(r.source_component, "component", ACT_RECORD_NAME_MAX),
    TEXT(r.source_host, "host", ACT_RECORD_NAME_MAX),
};

static const act_field series_fields[] = {
    INT32(r.count, "count"),
    TIME(r.series_ns, "lastObservedTime"),
};

#define REF(member, key)                                                                   \
    ACT_FIELD_ROW(act_object_ref, member, ACT_FIELD_TEXT, key, ACT_RECORD_NAME_MAX)

static const act_field reference_fields[] = {
    REF(kind, "kind"),
    REF(ns, "namespace"),
    REF(name, "name"),
    REF(uid, "uid"),
    REF(api_version, "apiVersion"),
    REF(resource_version, "resourceVersion"),
    REF(field_path, "fieldPath"),
    REF(group, "apiGroup"),
};

/* What differs between the forms, beside the names in the tables. */
static const struct {
    act_str api_version;
    const act_field *fields;
    size_t n;
    const char *regarding_path;
    const char *source_path;
} forms[] = {
    [ACT_EVENT_V1] = { { "events.k8s.io/v1", 16 },
                       v1_fields,
                       ACT_COUNT(v1_fields),
                       "regarding.",
                       "deprecatedSource." },
    [ACT_EVENT_CORE] = { { "v1", 2 },
                         core_fields,
                         ACT_COUNT(core_fields),
                         "involvedObject.",
                         "source." },
};

/* ---- form ------------------------------------------------------------------------- */

static const act_field type_fields[] = {
    TEXT(kind, "kind", ACT_RECORD_NAME_MAX),
    TEXT(api_version, "apiVersion", ACT_RECORD_NAME_MAX),
};

static bool has(const act_json *root, const char *key)
{
    const act_json *v = act_json_get(root, act_str_cstr(key)); /* NULL: nothing is there */
    return v && v->type != ACT_JSON_NULL;
}

int act_event_detect(const act_json *root, enum act_event_form *ret, act_err *reterr)
{
    event_reader rd;
    if (!root || root->type != ACT_JSON_OBJECT)
        return act_fail(reterr, ACT_EINVAL, "the record must be an object");
    if (act_fields_read(root, "", type_fields, ACT_COUNT(type_fields), &rd, reterr))
        return ACT_EINVAL;
    if (rd.kind.len && !act_str_eq(rd.kind, ACT_STR("Event")))
        return act_fail(reterr, ACT_EINVAL, "kind: must be Event, not \"%.*s\"",
                        ACT_STR_ARG(act_str_head(rd.kind, 64)));
    for (unsigned form = 0; form < ACT_COUNT(forms) && rd.api_version.len; form++) {
        if (act_str_eq(rd.api_version, forms[form].api_version)) {
            *ret = (enum act_event_form)form;
            return ACT_OK;
        }
    }
    if (rd.api_version.len)
        return act_fail(reterr, ACT_EINVAL,
                        "apiVersion: must be v1 or events.k8s.io/v1, not \"%.*s\"",
                        ACT_STR_ARG(act_str_head(rd.api_version, 64)));
    if (!has(root, "regarding") && !has(root, "involvedObject"))
        return act_fail(reterr, ACT_EINVAL, "regarding: required");
    *ret = has(root, "regarding") ? ACT_EVENT_V1 : ACT_EVENT_CORE;
    return ACT_OK;
}

/* ---- view ------------------------------------------------------------------------- */

static int read_ref(const act_json *object, const char *path, act_object_ref *ref,
                    act_err *reterr)
{
    int err = act_fields_read(object, path, reference_fields, ACT_COUNT(reference_fields),
                              ref, reterr);
    size_t slash = act_str_rfind_byte(ref->api_version, '/');
    if (!err && slash != SIZE_MAX && !has(object, "apiGroup"))
        ref->group = act_str_head(ref->api_version, slash);
    return err;
}

static int read_members(event_reader *rd, act_err *reterr)
{
    unsigned form = rd->r.form;
    int err =
        act_fields_read(rd->r.root, "", forms[form].fields, forms[form].n, rd, reterr);
    if (!err)
        err = act_fields_read(rd->metadata, "metadata.", metadata_fields,
                              ACT_COUNT(metadata_fields), rd, reterr);
    if (!err)
        err = read_ref(rd->regarding, forms[form].regarding_path, &rd->r.regarding, reterr);
    if (!err)
        err = read_ref(rd->related, "related.", &rd->r.related, reterr);
    if (!err)
        err = act_fields_read(rd->source, forms[form].source_path, source_fields,
                              ACT_COUNT(source_fields), rd, reterr);
    if (!err)
        err = act_fields_read(rd->series, "series.", series_fields,
                              ACT_COUNT(series_fields), rd, reterr);
    return err;
}

/* Repeats are told in two ways: a series (events.k8s.io) or a count and a last time (the
 * older recorder). Both end in one count and one time of last observation. */
static void settle_times(event_reader *rd)
{
    act_event_record *r = &rd->r;
    if (!rd->series)
        r->count = rd->single_count;
    const int64_t by_preference[] = { r->series_ns, r->last_ns, r->event_ns, r->first_ns,
                                      r->created_ns };
    r->observed_ns = ACT_TIME_NONE;
    for (size_t i = 0; i < ACT_COUNT(by_preference) && r->observed_ns == ACT_TIME_NONE; i++)
        r->observed_ns = by_preference[i];
    r->series = (act_series_state){
        .repeated = rd->series || r->count > 1,
        .count = r->count,
        .observed_ns = r->observed_ns,
    };
}

static int check_required(const act_event_record *r, act_err *reterr)
{
    if (!r->name.len)
        return act_fail(reterr, ACT_EINVAL, "metadata.name: required");
    if (!r->uid.len)
        return act_fail(reterr, ACT_EINVAL, "metadata.uid: required");
    if (!r->regarding.kind.len)
        return act_fail(reterr, ACT_EINVAL, "%skind: required",
                        forms[r->form].regarding_path);
    if (r->observed_ns == ACT_TIME_NONE)
        return act_fail(reterr, ACT_EINVAL, "eventTime: required, or another time");
    return ACT_OK;
}

int act_event_record_read(const act_json *root, act_event_record *ret, act_err *reterr)
{
    event_reader rd = { .r.root = root };
    int err = act_event_detect(root, &rd.r.form, reterr);
    if (!err)
        err = read_members(&rd, reterr);
    if (err)
        return err;
    settle_times(&rd);
    err = check_required(&rd.r, reterr);
    if (err)
        return err;
    act_event_record *r = &rd.r;
    r->controller =
        r->reporting_controller.len ? r->reporting_controller : r->source_component;
    r->instance = r->reporting_instance.len ? r->reporting_instance : r->source_host;
    r->deleted = has(rd.metadata, "deletionTimestamp");
    r->tenant_unusable = !act_scope_of_event(root, &r->tenant);
    *ret = *r;
    return ACT_OK;
}
