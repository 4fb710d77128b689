#include "core/event_record.h"

#include "core/audit_record.h" /* the limits of records */

enum { NOTE_MAX = 64 * 1024 }; /* Kubernetes itself allows 1 KiB */

/* The members whose names differ between the forms. */
typedef struct {
    const char *api_version;
    const char *regarding, *note, *source, *first, *last, *count, *controller;
    const char *regarding_path, *source_path;
} form_names;

static const form_names names[] = {
    [ACT_EVENT_V1] = { "events.k8s.io/v1", "regarding", "note", "deprecatedSource",
                       "deprecatedFirstTimestamp", "deprecatedLastTimestamp",
                       "deprecatedCount", "reportingController", "regarding.",
                       "deprecatedSource." },
    [ACT_EVENT_CORE] = { "v1", "involvedObject", "message", "source", "firstTimestamp",
                         "lastTimestamp", "count", "reportingComponent", "involvedObject.",
                         "source." },
};

static bool has(const act_json *root, const char *key)
{
    const act_json *v = act_json_get(root, act_str_cstr(key));
    return v && v->type != ACT_JSON_NULL;
}

int act_event_detect(const act_json *root, enum act_event_form *ret, act_err *reterr)
{
    if (!root || root->type != ACT_JSON_OBJECT)
        return act_fail(reterr, ACT_EINVAL, "the record must be an object");
    act_str kind, version;
    if (act_field_text(root, "", "kind", SIZE_MAX, &kind, reterr) ||
        act_field_text(root, "", "apiVersion", SIZE_MAX, &version, reterr))
        return ACT_EINVAL;
    if (kind.len && !act_str_eq(kind, ACT_STR("Event")))
        return act_fail(reterr, ACT_EINVAL, "kind: must be Event, not \"%.*s\"",
                        ACT_STR_ARG(act_str_head(kind, 64)));
    for (unsigned form = 0; form < ACT_COUNT(names) && version.len; form++) {
        if (act_str_eq_cstr(version, names[form].api_version)) {
            *ret = (enum act_event_form)form;
            return ACT_OK;
        }
    }
    if (version.len)
        return act_fail(reterr, ACT_EINVAL,
                        "apiVersion: must be v1 or events.k8s.io/v1, not \"%.*s\"",
                        ACT_STR_ARG(act_str_head(version, 64)));
    if (!has(root, "regarding") && !has(root, "involvedObject"))
        return act_fail(reterr, ACT_EINVAL, "regarding: required");
    *ret = has(root, "regarding") ? ACT_EVENT_V1 : ACT_EVENT_CORE;
    return ACT_OK;
}

/* ---- parts ------------------------------------------------------------------------ */

typedef struct {
    const char *key;
    act_str *to;
    size_t max;
} text_target;

static int read_texts(const act_json *object, const char *path, const text_target *targets,
                      size_t n, act_err *reterr)
{
    int err = ACT_OK;
    for (size_t i = 0; i < n && !err; i++)
        err = act_field_text(object, path, targets[i].key, targets[i].max, targets[i].to,
                             reterr);
    return err;
}

static int read_ref(const act_json *root, const char *key, const char *path,
                    act_object_ref *ref, act_err *reterr)
{
    const act_json *object;
    int err = act_field_object(root, "", key, &object, reterr);
    if (err)
        return err;
    const text_target targets[] = {
        { "apiVersion", &ref->api_version, ACT_RECORD_NAME_MAX },
        { "apiGroup", &ref->group, ACT_RECORD_NAME_MAX },
        { "kind", &ref->kind, ACT_RECORD_NAME_MAX },
        { "namespace", &ref->ns, ACT_RECORD_NAME_MAX },
        { "name", &ref->name, ACT_RECORD_NAME_MAX },
        { "uid", &ref->uid, ACT_RECORD_NAME_MAX },
        { "resourceVersion", &ref->resource_version, ACT_RECORD_NAME_MAX },
        { "fieldPath", &ref->field_path, ACT_RECORD_NAME_MAX },
    };
    err = read_texts(object, path, targets, ACT_COUNT(targets), reterr);
    size_t slash = act_str_rfind_byte(ref->api_version, '/');
    if (!err && !has(object, "apiGroup") && slash != SIZE_MAX)
        ref->group = act_str_head(ref->api_version, slash);
    return err;
}

static int read_metadata(act_event_record *r, act_err *reterr)
{
    const act_json *meta, *annotations;
    int err = act_field_object(r->root, "", "metadata", &meta, reterr);
    if (!err)
        err = act_field_object(meta, "metadata.", "annotations", &annotations, reterr);
    if (!err)
        err =
            act_field_time(meta, "metadata.", "creationTimestamp", &r->created_ns, reterr);
    if (err)
        return err;
    const text_target targets[] = {
        { "name", &r->name, ACT_RECORD_NAME_MAX },
        { "namespace", &r->ns, ACT_RECORD_NAME_MAX },
        { "uid", &r->uid, ACT_RECORD_WORD_MAX },
        { "resourceVersion", &r->resource_version, ACT_RECORD_WORD_MAX },
    };
    return read_texts(meta, "metadata.", targets, ACT_COUNT(targets), reterr);
}

static int read_report(act_event_record *r, act_err *reterr)
{
    const form_names *f = &names[r->form];
    const text_target targets[] = {
        { "type", &r->type, ACT_RECORD_WORD_MAX },
        { "reason", &r->reason, ACT_RECORD_NAME_MAX },
        { "action", &r->action, ACT_RECORD_NAME_MAX },
        { f->note, &r->note, NOTE_MAX },
        { f->controller, &r->reporting_controller, ACT_RECORD_NAME_MAX },
        { "reportingInstance", &r->reporting_instance, ACT_RECORD_NAME_MAX },
    };
    int err = read_texts(r->root, "", targets, ACT_COUNT(targets), reterr);
    const act_json *source;
    if (!err)
        err = act_field_object(r->root, "", f->source, &source, reterr);
    if (err)
        return err;
    const text_target of_source[] = {
        { "component", &r->source_component, ACT_RECORD_NAME_MAX },
        { "host", &r->source_host, ACT_RECORD_NAME_MAX },
    };
    err = read_texts(source, f->source_path, of_source, ACT_COUNT(of_source), reterr);
    r->controller =
        r->reporting_controller.len ? r->reporting_controller : r->source_component;
    r->instance = r->reporting_instance.len ? r->reporting_instance : r->source_host;
    return err;
}

/* Repeats are told in two ways: a series (events.k8s.io) or a count and a last time (the
 * older recorder). Both end in one count and one time of last observation. */
static int read_times(act_event_record *r, act_err *reterr)
{
    const form_names *f = &names[r->form];
    const act_json *series;
    int32_t series_count;
    int err = act_field_time(r->root, "", "eventTime", &r->event_ns, reterr);
    if (!err)
        err = act_field_time(r->root, "", f->first, &r->first_ns, reterr);
    if (!err)
        err = act_field_time(r->root, "", f->last, &r->last_ns, reterr);
    if (!err)
        err = act_field_int32(r->root, "", f->count, &r->count, reterr);
    if (!err)
        err = act_field_object(r->root, "", "series", &series, reterr);
    if (!err)
        err = act_field_time(series, "series.", "lastObservedTime", &r->series_ns, reterr);
    if (!err)
        err = act_field_int32(series, "series.", "count", &series_count, reterr);
    if (err)
        return err;

    if (series)
        r->count = series_count;
    const int64_t by_preference[] = { r->series_ns, r->last_ns, r->event_ns, r->first_ns,
                                      r->created_ns };
    r->observed_ns = ACT_TIME_NONE;
    for (size_t i = 0; i < ACT_COUNT(by_preference) && r->observed_ns == ACT_TIME_NONE; i++)
        r->observed_ns = by_preference[i];
    if (r->observed_ns == ACT_TIME_NONE)
        return act_fail(reterr, ACT_EINVAL, "eventTime: required, or another time");
    r->series = (act_series_state){
        .repeated = series || r->count > 1,
        .count = r->count,
        .observed_ns = r->observed_ns,
    };
    return ACT_OK;
}

int act_event_record_read(const act_json *root, act_event_record *ret, act_err *reterr)
{
    act_event_record r = { .root = root };
    int err = act_event_detect(root, &r.form, reterr);
    if (!err)
        err = read_metadata(&r, reterr);
    if (!err && !r.name.len)
        err = act_fail(reterr, ACT_EINVAL, "metadata.name: required");
    if (!err && !r.uid.len)
        err = act_fail(reterr, ACT_EINVAL, "metadata.uid: required");
    const form_names *f = &names[r.form];
    if (!err)
        err = read_ref(root, f->regarding, f->regarding_path, &r.regarding, reterr);
    if (!err && !r.regarding.kind.len)
        err = act_fail(reterr, ACT_EINVAL, "%skind: required", f->regarding_path);
    if (!err)
        err = read_ref(root, "related", "related.", &r.related, reterr);
    if (!err)
        err = read_report(&r, reterr);
    if (!err)
        err = read_times(&r, reterr);
    if (err)
        return err;
    r.tenant_unusable = !act_scope_of_event(root, &r.tenant);
    *ret = r;
    return ACT_OK;
}
