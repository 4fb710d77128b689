/* What Kubernetes demands of Events (pkg/apis/core/validation/events.go), in its words, and
 * what the log demands beyond that. The older API is lenient: its recorders change counts
 * and times of an Event as they please. Of the newer one only the series moves. */
#include "api/events_parts.h"
#include "kube/names.h"

enum { FIELD_MAX = 128, NOTE_MAX = 1024 };

/* ---- times ------------------------------------------------------------------------- */

static int normalize_at(act_arena *a, const act_json *object, const act_str *path, size_t n,
                        unsigned digits, const act_json **ret)
{
    const act_json *v = object;
    char text[ACT_RFC3339_MAX];
    act_str kept;
    int64_t ns;
    for (size_t i = 0; i < n; i++)
        v = act_json_get(v, path[i]);
    *ret = object;
    if (act_rfc3339_parse(act_json_string(v), &ns))
        return 0;
    act_str same = act_str_from(text, act_rfc3339_format(ns, digits, text));
    if (act_json_is(v, same))
        return 0;
    act_json *with = act_arena_make(a, act_json);
    int r = with ? act_arena_str(a, same, &kept) : ACT_ENOMEM;
    if (!r)
        r = act_json_with_path(a, object, path, n, act_json_of_string(kept), with);
    if (!r)
        *ret = with;
    return r;
}

int act_event_normalize(act_arena *a, const act_json *object, enum act_event_form form,
                        const act_json **ret)
{
    bool core = form == ACT_EVENT_CORE;
    const struct {
        act_str path[2];
        size_t n;
        unsigned digits;
    } times[] = {
        { { ACT_STR("eventTime") }, 1, 6 },
        { { ACT_STR("series"), ACT_STR("lastObservedTime") }, 2, 6 },
        { { act_str_cstr(core ? "firstTimestamp" : "deprecatedFirstTimestamp") }, 1, 0 },
        { { act_str_cstr(core ? "lastTimestamp" : "deprecatedLastTimestamp") }, 1, 0 },
    };
    int r = 0;
    for (size_t i = 0; !r && i < ACT_COUNT(times); i++)
        r = normalize_at(a, object, times[i].path, times[i].n, times[i].digits, &object);
    if (!r)
        *ret = object;
    return r;
}

/* ---- single fields ----------------------------------------------------------------- */

static act_str text_of(const act_json *object, const char *key)
{
    return act_json_string(act_json_get(object, act_str_cstr(key)));
}

/* There is a value that is not the zero value of its type. */
static bool is_set(const act_json *object, const char *key)
{
    size_t n;
    const act_json *v = act_json_get(object, act_str_cstr(key));
    if (!v || v->type == ACT_JSON_NULL)
        return false;
    switch (v->type) {
    case ACT_JSON_STRING:
        return v->as.string.len > 0;
    case ACT_JSON_INT:
        return v->as.i64 != 0;
    case ACT_JSON_OBJECT:
        (void)act_json_members(v, &n);
        return n > 0;
    default:
        return true;
    }
}

static void invalid(act_problems *p, const char *field, act_str value, const char *why)
{
    (void)act_problems_add(p, ACT_PROBLEM_INVALID, act_str_cstr(field), value, "%s", why);
}

static void required(act_problems *p, const char *field)
{
    (void)act_problems_add(p, ACT_PROBLEM_REQUIRED, act_str_cstr(field), (act_str){ 0 },
                           "%s", "");
}

static void check_required_text(const act_json *object, const char *key, act_problems *p)
{
    act_str text = text_of(object, key);
    if (text.len == 0)
        required(p, key);
    if (text.len > FIELD_MAX)
        invalid(p, key, ACT_STR(""), "can have at most 128 characters");
}

/* ---- the two APIs ------------------------------------------------------------------ */

static const char mismatch[] = "does not match event.namespace";

/* An Event lives where the object that it is about lives; those of cluster-scoped objects
 * live in "default", and newer ones may in "kube-system". */
static void check_namespace(const act_json *object, bool new_style, act_problems *p)
{
    act_str ns = act_object_meta(object, "namespace");
    act_str of = text_of(act_json_get(object, ACT_STR("regarding")), "namespace");
    bool is_default = act_str_eq_cstr(ns, "default");
    bool is_system = new_style && act_str_eq_cstr(ns, "kube-system");
    bool matches = of.len == 0 ? is_default || is_system : new_style || act_str_eq(ns, of);
    if (!matches)
        invalid(p, "involvedObject.namespace", of, mismatch);
}

static void check_reporter(const act_json *object, enum act_event_form form,
                           act_problems *p)
{
    const char *field =
        form == ACT_EVENT_CORE ? "reportingComponent" : "reportingController";
    act_str controller = text_of(object, "reportingController");
    if (controller.len == 0)
        required(p, field);
    else
        act_check_qualified_name(controller, act_str_cstr(field), p);
    check_required_text(object, "reportingInstance", p);
    check_required_text(object, "action", p);
    check_required_text(object, "reason", p);
    if (text_of(object, "note").len > NOTE_MAX)
        invalid(p, "message", ACT_STR(""), "can have at most 1024 characters");
}

static void check_series(const act_json *object, act_problems *p)
{
    const act_json *series = act_json_get(object, ACT_STR("series"));
    const act_json *count = act_json_get(series, ACT_STR("count"));
    if (!series || series->type != ACT_JSON_OBJECT)
        return;
    if (!count || count->type != ACT_JSON_INT || count->as.i64 < 2)
        invalid(p, "series.count", ACT_STR(""), "should be at least 2");
    if (text_of(series, "lastObservedTime").len == 0)
        required(p, "series.lastObservedTime");
}

static void check_new(const act_json *object, act_problems *p)
{
    static const struct {
        const char *key, *field;
    } unset[] = {
        { "deprecatedFirstTimestamp", "firstTimestamp" },
        { "deprecatedLastTimestamp", "lastTimestamp" },
        { "deprecatedCount", "count" },
        { "deprecatedSource", "source" },
    };
    act_str type = text_of(object, "type");
    check_series(object, p);
    if (!is_set(object, "eventTime"))
        required(p, "eventTime");
    if (!act_str_eq_cstr(type, "Normal") && !act_str_eq_cstr(type, "Warning"))
        invalid(p, "type", type, "has invalid value");
    for (size_t i = 0; i < ACT_COUNT(unset); i++)
        if (is_set(object, unset[i].key))
            invalid(p, unset[i].field, ACT_STR(""), "needs to be unset");
}

static bool is_same(const act_json *a, const act_json *b, const char *key)
{
    const act_json *x = act_json_get(a, act_str_cstr(key));
    const act_json *y = act_json_get(b, act_str_cstr(key));
    return (!is_set(a, key) && !is_set(b, key)) || (x && y && act_json_equal(x, y));
}

static void check_unchanged(const act_json *object, const act_json *before, act_problems *p)
{
    static const struct {
        const char *key, *field;
    } fixed[] = {
        { "regarding", "involvedObject" },
        { "reason", "reason" },
        { "note", "message" },
        { "deprecatedSource", "source" },
        { "deprecatedFirstTimestamp", "firstTimestamp" },
        { "deprecatedLastTimestamp", "lastTimestamp" },
        { "deprecatedCount", "count" },
        { "type", "type" },
        { "eventTime", "eventTime" },
        { "action", "action" },
        { "related", "related" },
        { "reportingController", "reportingController" },
        { "reportingInstance", "reportingInstance" },
    };
    if (!is_same(object, before, "series"))
        check_series(object, p);
    for (size_t i = 0; i < ACT_COUNT(fixed); i++)
        if (!is_same(object, before, fixed[i].key))
            invalid(p, fixed[i].field, (act_str){ 0 }, "field is immutable");
}

/* The log takes no Event without these. */
static void check_for_log(const act_json *object, act_problems *p)
{
    act_event_record record;
    act_err e = ACT_ERR_INIT;
    if (text_of(act_json_get(object, ACT_STR("regarding")), "kind").len == 0)
        required(p, "involvedObject.kind");
    else if (p->count == 0 && act_event_record_read(object, &record, &e))
        invalid(p, "event", (act_str){ 0 }, e.text);
}

/* Metadata is that of any object, which kube/object.h checks for kinds without namespace.
 */
static int check_meta(act_call *c, const act_json *object, act_problems *p)
{
    const act_json *meta = act_json_get(object, ACT_STR("metadata"));
    act_json less;
    int r = act_json_without(c->arena, meta, ACT_STR("namespace"), &less);
    if (!r)
        r = act_object_with(c->arena, object, "metadata", &less, &object);
    if (!r)
        act_object_check_meta(object, p);
    return r;
}

int act_event_valid(act_call *c, const act_json *object, const act_json *before,
                    act_problems *p)
{
    enum act_event_form form = act_event_form_of(c);
    bool new_style = is_set(object, "eventTime");
    int r = check_meta(c, object, p);
    if (r)
        return r;
    check_namespace(object, new_style, p);
    if (new_style)
        check_reporter(object, form, p);
    if (form == ACT_EVENT_V1 && !before)
        check_new(object, p);
    if (form == ACT_EVENT_V1 && before)
        check_unchanged(object, before, p);
    check_for_log(object, p);
    return p->err;
}
