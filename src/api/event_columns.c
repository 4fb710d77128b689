/* Events as kubectl shows them (pkg/printers/internalversion in Kubernetes). Objects have
 * either form; each text is looked up under both names. */
#include "api/events.h"

static const act_json *either(const act_json *o, const char *core, const char *v1)
{
    const act_json *v = act_json_get(o, act_str_cstr(core));
    return v ? v : act_json_get(o, act_str_cstr(v1));
}

static act_str text_in(const act_json *v, const char *key)
{
    return act_json_string(act_json_get(v, act_str_cstr(key)));
}

static const act_json *regarding_of(const act_json *o)
{
    return either(o, "involvedObject", "regarding");
}

static const act_json *series_of(const act_json *o)
{
    const act_json *series = act_json_get(o, ACT_STR("series"));
    return series && series->type == ACT_JSON_OBJECT ? series : NULL;
}

/* ---- times ------------------------------------------------------------------------- */

static void write_age(act_str time, int64_t now_ns, act_buf *out)
{
    int64_t ns;
    if (act_rfc3339_parse(time, &ns))
        act_buf_add(out, ACT_STR("<unknown>"));
    else
        act_duration_text(now_ns - ns, out);
}

static act_str first_seen(const act_json *o)
{
    act_str first =
        act_json_string(either(o, "firstTimestamp", "deprecatedFirstTimestamp"));
    return first.len > 0 ? first : text_in(o, "eventTime");
}

static void first_seen_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    write_age(first_seen(o), now_ns, out);
}

static void last_seen_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    const act_json *series = series_of(o);
    act_str last = act_json_string(either(o, "lastTimestamp", "deprecatedLastTimestamp"));
    if (series)
        last = text_in(series, "lastObservedTime");
    else if (last.len == 0)
        last = first_seen(o);
    write_age(last, now_ns, out);
}

/* ---- texts ------------------------------------------------------------------------- */

static void type_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_buf_add(out, text_in(o, "type"));
}

static void reason_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_buf_add(out, text_in(o, "reason"));
}

static void object_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_str kind = text_in(regarding_of(o), "kind");
    act_str name = text_in(regarding_of(o), "name");
    for (size_t i = 0; i < kind.len; i++) {
        char ch = kind.ptr[i];
        act_buf_add_byte(out, (char)(ch >= 'A' && ch <= 'Z' ? ch + 'a' - 'A' : ch));
    }
    if (name.len > 0)
        act_buf_add_byte(out, '/');
    act_buf_add(out, name);
}

static void subobject_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_buf_add(out, text_in(regarding_of(o), "fieldPath"));
}

static void source_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    const act_json *source = either(o, "source", "deprecatedSource");
    act_str component = text_in(source, "component");
    act_str host = text_in(source, "host");
    if (component.len == 0)
        component = act_json_string(either(o, "reportingComponent", "reportingController"));
    if (host.len == 0)
        host = text_in(o, "reportingInstance");
    act_buf_add(out, component);
    if (host.len > 0)
        act_buf_printf(out, ", %.*s", ACT_STR_ARG(host));
}

static void message_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    act_buf_add(out, act_str_trim(act_json_string(either(o, "message", "note"))));
}

static void count_cell(const act_json *o, int64_t now_ns, act_buf *out)
{
    (void)now_ns;
    const act_json *series = series_of(o);
    const act_json *count = series ? act_json_get(series, ACT_STR("count"))
                                   : either(o, "count", "deprecatedCount");
    int64_t n = count && count->type == ACT_JSON_INT ? count->as.i64 : 0;
    act_buf_add_i64(out, n == 0 && !series ? 1 : n);
}

const act_column act_event_columns[ACT_EVENT_COLUMNS] = {
    { "Last Seen", ACT_CELL_DATE, "When it was last observed.", last_seen_cell, false },
    { "Type", ACT_CELL_STRING, "Normal or Warning.", type_cell, false },
    { "Reason", ACT_CELL_STRING, "Why, as one word.", reason_cell, false },
    { "Object", ACT_CELL_STRING, "What it is about.", object_cell, false },
    { "Subobject", ACT_CELL_STRING, "The part of it.", subobject_cell, true },
    { "Source", ACT_CELL_STRING, "Who reports it.", source_cell, true },
    { "Message", ACT_CELL_STRING, "What happened.", message_cell, false },
    { "First Seen", ACT_CELL_DATE, "When it was first observed.", first_seen_cell, true },
    { "Count", ACT_CELL_INTEGER, "How often it was observed.", count_cell, true },
    { "Name", ACT_CELL_STRING, "Name of the Event.", act_cell_name, true },
};
