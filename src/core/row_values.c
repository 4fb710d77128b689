#include "core/row_values.h"

#include "base/clock.h"

uint64_t act_row_number(const act_json *v, uint64_t most)
{
    if (!v || v->type != ACT_JSON_INT || v->as.i64 < 0 || (uint64_t)v->as.i64 > most)
        return 0;
    return (uint64_t)v->as.i64;
}

uint64_t act_row_digits(act_str text)
{
    uint64_t value;
    bool plain = text.len >= 1 && text.len <= 19;
    for (size_t i = 0; plain && i < text.len; i++)
        plain = text.ptr[i] >= '0' && text.ptr[i] <= '9';
    return plain && act_str_to_u64(text, &value) == ACT_OK ? value : 0;
}

/* What lies outside, the engine's type or its parser would bend to something else. */
static bool within_years(act_str text)
{
    act_str year = act_str_head(text, 4);
    return act_str_cmp(year, ACT_STR("1971")) >= 0 &&
           act_str_cmp(year, ACT_STR("2259")) <= 0;
}

static bool has_short_fraction(act_str text)
{
    enum { POINT = sizeof "2006-01-02T15:04:05" - 1, DIGITS_MAX = 9 };
    if (text.len <= POINT || text.ptr[POINT] != '.')
        return true;
    size_t digits = 0;
    while (POINT + 1 + digits < text.len && text.ptr[POINT + 1 + digits] >= '0' &&
           text.ptr[POINT + 1 + digits] <= '9')
        digits++;
    return digits <= DIGITS_MAX;
}

int64_t act_row_time(const act_json *const *values, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        act_str text = act_json_string(values[i]);
        int64_t ns;
        if (within_years(text) && has_short_fraction(text) &&
            act_rfc3339_parse(text, &ns) == ACT_OK)
            return ns / ACT_NS_PER_US; /* never negative: no zone reaches back to 1970 */
    }
    return 0;
}

int act_row_list(act_arena *a, const act_json *v, const act_str **ret, size_t *ret_n)
{
    size_t n, kept = 0;
    const act_json *items = act_json_items(v, &n);
    act_str *list = act_arena_make_n(a, act_str, n);
    if (!list)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++)
        if (items[i].type == ACT_JSON_STRING)
            list[kept++] = act_json_string(&items[i]);
    *ret = list;
    *ret_n = kept;
    return ACT_OK;
}

int64_t act_row_audit_received(const act_json *record)
{
    const act_json *received = act_json_get(record, ACT_STR("requestReceivedTimestamp"));
    const act_json *staged = act_json_get(record, ACT_STR("stageTimestamp"));
    return act_row_time((const act_json *[]){ received, staged }, 2);
}

int64_t act_row_audit_staged(const act_json *record)
{
    const act_json *received = act_json_get(record, ACT_STR("requestReceivedTimestamp"));
    const act_json *staged = act_json_get(record, ACT_STR("stageTimestamp"));
    return act_row_time((const act_json *[]){ staged, received }, 2);
}

static bool is_integer(const act_json *v)
{
    return v && (v->type == ACT_JSON_INT || v->type == ACT_JSON_UINT);
}

int64_t act_row_event_count(const act_json *record)
{
    const act_json *series = act_json_get(record, ACT_STR("series"));
    const act_json *count = act_json_get(series, ACT_STR("count"));
    if (!is_integer(count))
        count = act_json_get(record, ACT_STR("deprecatedCount"));
    return (int64_t)act_row_number(count, INT32_MAX);
}

act_str act_row_event_reporter(const act_json *record)
{
    const act_json *source = act_json_get(record, ACT_STR("deprecatedSource"));
    return act_row_either(act_row_text(record, "reportingController"),
                          act_row_text(source, "component"));
}

act_str act_row_event_instance(const act_json *record)
{
    const act_json *source = act_json_get(record, ACT_STR("deprecatedSource"));
    return act_row_either(act_row_text(record, "reportingInstance"),
                          act_row_text(source, "host"));
}

act_scope act_row_activity_tenant(const act_json *record)
{
    const act_json *spec = act_json_get(record, ACT_STR("spec"));
    const act_json *tenant = act_json_get(spec, ACT_STR("tenant"));
    act_scope scope = { .type = ACT_SCOPE_PLATFORM };
    act_str name = act_row_text(tenant, "name");
    enum act_scope_type type;
    if (act_scope_type_parse(act_row_text(tenant, "type"), &type) &&
        type != ACT_SCOPE_PLATFORM && name.len > 0 && name.len <= ACT_SCOPE_NAME_MAX)
        scope = (act_scope){ .type = type, .name = name };
    return scope;
}
