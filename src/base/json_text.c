#include "base/json_text.h"

#include "base/number.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *skip_digits(const char *p, const char *end)
{
    while (p < end && is_digit(*p))
        p++;
    return p;
}

/* The fraction and exponent behind the integral part at @p; NULL when malformed. */
static const char *skip_fraction(const char *p, const char *end)
{
    if (p < end && *p == '.') {
        const char *digits = p + 1;
        p = skip_digits(digits, end);
        if (p == digits)
            return NULL;
    }
    if (p < end && (*p == 'e' || *p == 'E')) {
        p++;
        if (p < end && (*p == '+' || *p == '-'))
            p++;
        const char *digits = p;
        p = skip_digits(digits, end);
        if (p == digits)
            return NULL;
    }
    return p;
}

/* Type and value of an integral text; false when it fits neither 64-bit type. */
static bool read_integer(const char *digits, const char *end, bool negative, act_json *ret)
{
    uint64_t magnitude;
    if (act_str_to_u64(act_str_from(digits, (size_t)(end - digits)), &magnitude) != ACT_OK)
        return false;
    if (negative) {
        if (magnitude > (uint64_t)INT64_MAX + 1)
            return false;
        ret->type = ACT_JSON_INT;
        ret->as.i64 = (int64_t)(0 - magnitude);
    } else if (magnitude > INT64_MAX) {
        ret->type = ACT_JSON_UINT;
        ret->as.u64 = magnitude;
    } else {
        ret->type = ACT_JSON_INT;
        ret->as.i64 = (int64_t)magnitude;
    }
    return true;
}

int act_json_read_number(act_str text, act_json *ret)
{
    const char *p = text.ptr, *end = text.ptr + text.len;
    bool negative = p < end && *p == '-';
    const char *digits = p + negative;
    p = skip_digits(digits, end);
    if (p == digits || (*digits == '0' && p - digits > 1))
        return ACT_EPARSE;
    bool integral = p == end || (*p != '.' && *p != 'e' && *p != 'E');
    if (!integral) {
        p = skip_fraction(p, end);
        if (!p)
            return ACT_EPARSE;
    }
    act_str raw = act_str_head(text, (size_t)(p - text.ptr));
    if (!integral || !read_integer(digits, p, negative, ret)) {
        double value;
        int err = act_f64_parse(raw, &value);
        if (err)
            return err;
        ret->type = ACT_JSON_DOUBLE;
        ret->as.f64 = value;
    }
    ret->raw = raw;
    return ACT_OK;
}

/* Four hex digits at the start of @s, or -1. */
static int32_t hex4(act_str s)
{
    if (s.len < 4)
        return -1;
    int32_t value = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = s.ptr[i], low = (char)(c | 0x20);
        int digit = is_digit(c) ? c - '0' : low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
        if (digit < 0)
            return -1;
        value = value << 4 | digit;
    }
    return value;
}

static size_t put_utf8(int32_t c, char *out)
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

/* The code point of the \u escape whose digits start @s; *used gets the bytes read, which
 * include a second escape when the two are a surrogate pair. -1 when malformed. */
static int32_t read_unicode_escape(act_str s, size_t *used)
{
    int32_t first = hex4(s);
    *used = 4;
    if (first < 0xD800 || first > 0xDFFF)
        return first;
    if (first <= 0xDBFF && s.len >= 10 && s.ptr[4] == '\\' && s.ptr[5] == 'u') {
        int32_t second = hex4(act_str_cut(s, 6));
        if (second >= 0xDC00 && second <= 0xDFFF) {
            *used = 10;
            return 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        }
    }
    return 0xFFFD;
}

static int simple_escape(char c)
{
    switch (c) {
    case '"':
    case '\\':
    case '/':
        return c;
    case 'b':
        return '\b';
    case 'f':
        return '\f';
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    }
    return -1;
}

size_t act_json_unescape(act_str body, char *out, size_t *ret_bad)
{
    char *to = out;
    for (act_str left = body;;) {
        size_t plain = act_str_find_byte(left, '\\');
        act_str run = act_str_head(left, plain);
        if (run.len)
            memcpy(to, run.ptr, run.len);
        to += run.len;
        if (plain == SIZE_MAX)
            return (size_t)(to - out);
        left = act_str_cut(left, plain);

        size_t used = 0;
        int32_t c = -1;
        if (left.len >= 2 && left.ptr[1] == 'u')
            c = read_unicode_escape(act_str_cut(left, 2), &used);
        else if (left.len >= 2)
            c = simple_escape(left.ptr[1]);
        if (c < 0) {
            *ret_bad = (size_t)(left.ptr - body.ptr);
            return SIZE_MAX;
        }
        to += put_utf8(c, to);
        left = act_str_cut(left, 2 + used);
    }
}

const char *act_json_diagnose(act_str text, size_t *ret_offset)
{
    size_t valid = act_str_utf8_prefix(text), open = SIZE_MAX;
    bool empty = true;
    for (size_t i = 0; i < valid; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        empty = empty && act_json_is_space(text.ptr[i]);
        if (open != SIZE_MAX && c < 0x20) {
            *ret_offset = i;
            return "control character in a string";
        }
        if (c == '\\')
            i++; /* as the indexer does, also outside strings */
        else if (c == '"')
            open = open == SIZE_MAX ? i : SIZE_MAX;
    }
    *ret_offset = valid;
    if (valid < text.len)
        return "invalid UTF-8";
    if (empty)
        return "no value";
    *ret_offset = open != SIZE_MAX ? open : text.len;
    return open != SIZE_MAX ? "string without an end" : "not JSON";
}
