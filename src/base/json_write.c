#include "base/json_write.h"

#include "base/number.h"

#include <math.h>

enum { TRACKED_DEPTH = 64 };

static bool in_object(const act_json_writer *w)
{
    return w->depth > 0 && w->depth < TRACKED_DEPTH && (w->objects >> w->depth & 1);
}

/* Before every value: the comma, and the check that one may stand here. */
static void begin_value(act_json_writer *w)
{
    assert(w->after_key || !in_object(w));
    if (w->need_comma)
        act_buf_add_byte(w->out, ',');
    w->need_comma = true;
    w->after_key = false;
}

static void begin_container(act_json_writer *w, char open)
{
    begin_value(w);
    act_buf_add_byte(w->out, open);
    w->depth++;
    if (w->depth < TRACKED_DEPTH) {
        uint64_t bit = UINT64_C(1) << w->depth;
        w->objects = open == '{' ? w->objects | bit : w->objects & ~bit;
    }
    w->need_comma = false;
}

static void end_container(act_json_writer *w, char close)
{
    assert(w->depth > 0 && !w->after_key);
    assert(w->depth >= TRACKED_DEPTH || in_object(w) == (close == '}'));
    w->depth--;
    w->need_comma = true;
    act_buf_add_byte(w->out, close);
}

void act_jw_object(act_json_writer *w)
{
    begin_container(w, '{');
}

void act_jw_object_end(act_json_writer *w)
{
    end_container(w, '}');
}

void act_jw_array(act_json_writer *w)
{
    begin_container(w, '[');
}

void act_jw_array_end(act_json_writer *w)
{
    end_container(w, ']');
}

static bool needs_escape(unsigned char c)
{
    return c < 0x20 || c == '"' || c == '\\';
}

/* High bits of the bytes of @word that need an escape: a byte is below 0x20, or equal to c,
 * when subtracting borrows into its high bit. A borrow from a lower byte may mark one too
 * many, but only behind a true one. */
static uint64_t needing_escape(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u, highs = 0x8080808080808080u;
    uint64_t quote = word ^ (ones * '"'), slash = word ^ (ones * '\\');
    return (((word - ones * 0x20) & ~word) | ((quote - ones) & ~quote) |
            ((slash - ones) & ~slash)) &
           highs;
}

/* Length of the start of @s that goes out as it is, eight bytes a step. */
static size_t plain_prefix(act_str s)
{
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t word;
        memcpy(&word, s.ptr + i, sizeof word);
        if (needing_escape(word))
            break;
    }
    while (i < s.len && !needs_escape((unsigned char)s.ptr[i]))
        i++;
    return i;
}

static uint64_t odd_bytes(const char *p)
{
    uint64_t word;
    memcpy(&word, p, sizeof word);
    return needing_escape(word) | (word & 0x8080808080808080u);
}

/* Most strings: ASCII without anything to escape. */
static bool is_plain_ascii(act_str s)
{
    uint64_t odd = 0;
    if (s.len < 8) {
        for (size_t i = 0; i < s.len; i++)
            odd |= needs_escape((unsigned char)s.ptr[i]) || (s.ptr[i] & 0x80);
        return !odd;
    }
    for (size_t i = 0; i + 8 < s.len; i += 8)
        odd |= odd_bytes(s.ptr + i);
    return !(odd | odd_bytes(s.ptr + s.len - 8)); /* the last may overlap */
}

static void add_escape(act_buf *out, unsigned char c)
{
    static const char hex[] = "0123456789abcdef";
    char text[] = { '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] };
    size_t n = 2;
    switch (c) {
    case '"':
    case '\\':
        text[1] = (char)c;
        break;
    case '\b':
        text[1] = 'b';
        break;
    case '\f':
        text[1] = 'f';
        break;
    case '\n':
        text[1] = 'n';
        break;
    case '\r':
        text[1] = 'r';
        break;
    case '\t':
        text[1] = 't';
        break;
    default:
        n = sizeof text;
    }
    act_buf_add(out, act_str_from(text, n));
}

static void add_escaped(act_buf *out, act_str s)
{
    for (;;) {
        size_t n = plain_prefix(s);
        act_buf_add(out, act_str_head(s, n));
        if (n == s.len)
            return;
        add_escape(out, (unsigned char)s.ptr[n]);
        s = act_str_cut(s, n + 1);
    }
}

static void add_odd_string(act_buf *out, act_str s)
{
    act_buf_add_byte(out, '"');
    while (s.len > 0) {
        size_t good = act_str_utf8_prefix(s);
        add_escaped(out, act_str_head(s, good));
        if (good == s.len)
            break;
        act_buf_add(out, ACT_STR("\xEF\xBF\xBD"));
        s = act_str_cut(s, good + 1);
    }
    act_buf_add_byte(out, '"');
}

void act_json_add_string(act_buf *out, act_str s)
{
    char *to = s.len && is_plain_ascii(s) ? act_buf_reserve(out, s.len + 2) : NULL;
    if (!to) {
        add_odd_string(out, s); /* also the empty one; and a failure sticks */
        return;
    }
    to[0] = '"';
    memcpy(to + 1, s.ptr, s.len);
    to[s.len + 1] = '"';
    out->len += s.len + 2;
}

void act_jw_key(act_json_writer *w, act_str key)
{
    assert(!w->after_key && (in_object(w) || w->depth >= TRACKED_DEPTH));
    if (w->need_comma)
        act_buf_add_byte(w->out, ',');
    act_json_add_string(w->out, key);
    act_buf_add_byte(w->out, ':');
    w->need_comma = false;
    w->after_key = true;
}

void act_jw_string(act_json_writer *w, act_str s)
{
    begin_value(w);
    act_json_add_string(w->out, s);
}

void act_jw_i64(act_json_writer *w, int64_t v)
{
    begin_value(w);
    act_buf_add_i64(w->out, v);
}

void act_jw_u64(act_json_writer *w, uint64_t v)
{
    begin_value(w);
    act_buf_add_u64(w->out, v);
}

void act_jw_f64(act_json_writer *w, double v)
{
    begin_value(w);
    char text[ACT_F64_TEXT_MAX];
    if (isfinite(v))
        act_buf_add(w->out, act_str_from(text, act_f64_format(v, text)));
    else
        act_buf_add(w->out, ACT_STR("null"));
}

void act_jw_bool(act_json_writer *w, bool v)
{
    begin_value(w);
    act_buf_add(w->out, v ? ACT_STR("true") : ACT_STR("false"));
}

void act_jw_null(act_json_writer *w)
{
    begin_value(w);
    act_buf_add(w->out, ACT_STR("null"));
}

void act_jw_raw(act_json_writer *w, act_str json)
{
    begin_value(w);
    act_buf_add(w->out, json);
}

/* Nodes without raw bytes are made by hand and their parsed parts have some, so this
 * recursion is shallow; the limit keeps a mistake from taking the stack. */
static void write_value(act_json_writer *w, const act_json *v, uint32_t depth)
{
    size_t n;
    if (v->raw.ptr) {
        act_jw_raw(w, v->raw);
        return;
    }
    if (depth == ACT_JSON_WRITE_DEPTH_MAX) {
        w->out->err = w->out->err ? w->out->err : ACT_ELIMIT;
        return;
    }
    switch ((enum act_json_type)v->type) {
    case ACT_JSON_NULL:
        act_jw_null(w);
        break;
    case ACT_JSON_BOOL:
        act_jw_bool(w, v->as.boolean);
        break;
    case ACT_JSON_INT:
        act_jw_i64(w, v->as.i64);
        break;
    case ACT_JSON_UINT:
        act_jw_u64(w, v->as.u64);
        break;
    case ACT_JSON_DOUBLE:
        act_jw_f64(w, v->as.f64);
        break;
    case ACT_JSON_STRING:
        act_jw_string(w, v->as.string);
        break;
    case ACT_JSON_ARRAY: {
        const act_json *items = act_json_items(v, &n);
        act_jw_array(w);
        for (size_t i = 0; i < n; i++)
            write_value(w, &items[i], depth + 1);
        act_jw_array_end(w);
        break;
    }
    case ACT_JSON_OBJECT: {
        const act_json_member *members = act_json_members(v, &n);
        act_jw_object(w);
        for (size_t i = 0; i < n; i++) {
            act_jw_key(w, members[i].key);
            write_value(w, &members[i].value, depth + 1);
        }
        act_jw_object_end(w);
        break;
    }
    }
}

void act_jw_value(act_json_writer *w, const act_json *v)
{
    write_value(w, v, 0);
}

void act_jw_kv_string(act_json_writer *w, const char *key, act_str value)
{
    act_jw_key(w, act_str_cstr(key));
    act_jw_string(w, value);
}

void act_jw_kv_string_opt(act_json_writer *w, const char *key, act_str value)
{
    if (value.len > 0)
        act_jw_kv_string(w, key, value);
}

void act_jw_kv_i64(act_json_writer *w, const char *key, int64_t value)
{
    act_jw_key(w, act_str_cstr(key));
    act_jw_i64(w, value);
}

void act_jw_kv_bool(act_json_writer *w, const char *key, bool value)
{
    act_jw_key(w, act_str_cstr(key));
    act_jw_bool(w, value);
}

void act_jw_kv_raw(act_json_writer *w, const char *key, act_str json)
{
    act_jw_key(w, act_str_cstr(key));
    act_jw_raw(w, json);
}
