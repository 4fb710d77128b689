#include "conformance/conf_value.h"

#include "cel/base64.h"
#include "cel/num.h"
#include "cel/time.h"

#include <math.h>

static int read_bytes(act_str text, act_arena *arena, cel_value *ret)
{
    size_t n = 0;
    char *out = act_arena_bytes(arena, text.len);
    if (!out)
        return ACT_ENOMEM;
    int err = cel_base64_decode(text, out, &n);
    if (!err)
        *ret = cel_bytes((act_str){ out, n });
    return err;
}

static int read_list(const act_json *v, act_arena *arena, cel_value *ret)
{
    size_t count;
    const act_json *items = act_json_items(v, &count);
    cel_value *values = act_arena_make_n(arena, cel_value, count);
    if (!values)
        return ACT_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        int err = conf_value_read(&items[i], arena, &values[i]);
        if (err)
            return err;
    }
    *ret = cel_list_of(arena, values, (uint32_t)count);
    return cel_is_error(*ret) ? ACT_ENOMEM : ACT_OK;
}

static int read_map(const act_json *v, act_arena *arena, cel_value *ret)
{
    size_t count;
    const act_json *items = act_json_items(v, &count);
    cel_entry *entries = act_arena_make_n(arena, cel_entry, count);
    if (!entries)
        return ACT_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        size_t two;
        const act_json *pair = act_json_items(&items[i], &two);
        if (two != 2)
            return ACT_EPARSE;
        int err = conf_value_read(&pair[0], arena, &entries[i].key);
        if (!err)
            err = conf_value_read(&pair[1], arena, &entries[i].value);
        if (err)
            return err;
    }
    *ret = cel_map_of(arena, entries, (uint32_t)count);
    return cel_is_error(*ret) ? ACT_EPARSE : ACT_OK;
}

/* Values that are written as text. ACT_ENOTFOUND when @kind is none of them. */
static int read_text(act_str kind, act_str text, act_arena *arena, cel_value *ret)
{
    int err;
    if (act_str_eq_cstr(kind, "string")) {
        *ret = cel_string(text);
        return ACT_OK;
    }
    if (act_str_eq_cstr(kind, "type")) {
        *ret = cel_type_value(text);
        return ACT_OK;
    }
    if (act_str_eq_cstr(kind, "bytes"))
        return read_bytes(text, arena, ret);
    if (act_str_eq_cstr(kind, "int")) {
        *ret = cel_int(0);
        return cel_num_parse_int(text, &ret->as.i64);
    }
    if (act_str_eq_cstr(kind, "uint")) {
        *ret = cel_uint(0);
        return cel_num_parse_uint(text, &ret->as.u64);
    }
    if (act_str_eq_cstr(kind, "double")) {
        *ret = cel_double(0);
        return cel_num_parse_double(text, &ret->as.f64);
    }
    if (act_str_eq_cstr(kind, "duration")) {
        *ret = cel_duration(0);
        return cel_duration_parse(text, &ret->as.i64);
    }
    if (act_str_eq_cstr(kind, "timestamp")) {
        cel_time t;
        err = cel_time_parse(text, &t);
        if (!err)
            *ret = cel_timestamp(t.seconds, t.nanos);
        return err;
    }
    return ACT_ENOTFOUND;
}

int conf_value_read(const act_json *v, act_arena *arena, cel_value *ret)
{
    size_t count;
    const act_json_member *m = v ? act_json_members(v, &count) : NULL;
    if (!m || count != 1)
        return ACT_EPARSE;
    if (act_str_eq_cstr(m->key, "null")) {
        *ret = cel_null();
        return ACT_OK;
    }
    if (act_str_eq_cstr(m->key, "bool") && m->value.type == ACT_JSON_BOOL) {
        *ret = cel_bool(m->value.as.boolean);
        return ACT_OK;
    }
    if (act_str_eq_cstr(m->key, "list"))
        return read_list(&m->value, arena, ret);
    if (act_str_eq_cstr(m->key, "map"))
        return read_map(&m->value, arena, ret);
    int err = m->value.type == ACT_JSON_STRING
                  ? read_text(m->key, m->value.as.string, arena, ret)
                  : ACT_EPARSE;
    return err == ACT_ENOMEM || !err ? err : ACT_EPARSE;
}

static bool same_lists(cel_value a, cel_value b)
{
    uint32_t count = cel_list_count(a);
    if (count != cel_list_count(b))
        return false;
    for (uint32_t i = 0; i < count; i++)
        if (!conf_value_same(cel_list_at(a, i), cel_list_at(b, i)))
            return false;
    return true;
}

static bool same_maps(cel_value a, cel_value b)
{
    uint32_t count = cel_map_count(a);
    if (count != cel_map_count(b))
        return false;
    for (uint32_t i = 0; i < count; i++) {
        cel_entry left = cel_map_at(a, i);
        bool found = false;
        for (uint32_t k = 0; k < count && !found; k++) {
            cel_entry right = cel_map_at(b, k);
            found = conf_value_same(left.key, right.key) &&
                    conf_value_same(left.value, right.value);
        }
        if (!found)
            return false;
    }
    return true;
}

bool conf_value_same(cel_value a, cel_value b)
{
    if (a.kind != b.kind)
        return false;
    if (a.kind == CEL_LIST)
        return same_lists(a, b);
    if (a.kind == CEL_MAP)
        return same_maps(a, b);
    if (a.kind == CEL_DOUBLE)
        return (isnan(a.as.f64) && isnan(b.as.f64)) || a.as.u64 == b.as.u64;
    if (a.kind == CEL_OPTIONAL && a.as.operand && b.as.operand)
        return conf_value_same(*a.as.operand, *b.as.operand);
    return cel_value_equal(a, b);
}

void conf_value_write(cel_value v, act_buf *out)
{
    if (v.kind == CEL_OPTIONAL) {
        act_buf_add(out, v.as.operand ? ACT_STR("optional.of ") : ACT_STR("optional.none"));
        if (v.as.operand)
            conf_value_write(*v.as.operand, out);
        return;
    }
    act_buf_add(out, cel_value_type_name(v));
    act_buf_add_byte(out, ' ');
    if (v.kind == CEL_TYPE)
        act_buf_add(out, cel_value_str(v));
    else if (cel_value_write_json(v, out))
        act_buf_add(out, ACT_STR("(no text)"));
}
