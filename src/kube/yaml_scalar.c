#include "kube/yaml_scalar.h"

#include <math.h>

#define TAG "tag:yaml.org,2002:"

static bool one_of(act_str text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (act_str_eq_cstr(text, words[i]))
            return true;
    return false;
}

static bool is_null(act_str text)
{
    static const char *const words[] = { "", "~", "null", "Null", "NULL" };
    return one_of(text, words, ACT_COUNT(words));
}

static bool read_bool(act_str text, bool *ret)
{
    static const char *const yes[] = { "y",    "Y",    "yes", "Yes", "YES", "true",
                                       "True", "TRUE", "on",  "On",  "ON" };
    static const char *const no[] = { "n",     "N",     "no",  "No",  "NO", "false",
                                      "False", "FALSE", "off", "Off", "OFF" };
    *ret = one_of(text, yes, ACT_COUNT(yes));
    return *ret || one_of(text, no, ACT_COUNT(no));
}

static int digit_of(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : 99;
}

/* Digits of @base into @ret; underscores between digits are passed over. */
static bool read_digits(act_str s, int base, uint64_t *ret)
{
    uint64_t value = 0;
    bool any = false;
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '_' && any)
            continue;
        int d = digit_of(s.ptr[i]);
        if (d >= base || act_mul_overflows(value, (uint64_t)base, &value) ||
            act_add_overflows(value, (uint64_t)d, &value))
            return false;
        any = true;
    }
    *ret = value;
    return any;
}

static bool read_int(act_str s, act_json *ret)
{
    bool negative = s.len && s.ptr[0] == '-';
    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        s = act_str_cut(s, 1);
    int base = 10;
    if (act_str_starts(s, ACT_STR("0x")))
        base = 16, s = act_str_cut(s, 2);
    else if (act_str_starts(s, ACT_STR("0o")))
        base = 8, s = act_str_cut(s, 2);
    else if (act_str_starts(s, ACT_STR("0b")))
        base = 2, s = act_str_cut(s, 2);
    else if (s.len > 1 && s.ptr[0] == '0')
        base = 8;
    uint64_t value;
    if (!read_digits(s, base, &value))
        return false;
    if (negative && value > (uint64_t)INT64_MAX + 1)
        return false;
    if (!negative && value > INT64_MAX)
        *ret = (act_json){ .type = ACT_JSON_UINT, .as.u64 = value };
    else
        *ret = (act_json){ .type = ACT_JSON_INT,
                           .as.i64 = negative ? (int64_t)(0 - value) : (int64_t)value };
    return true;
}

/* [-+]? ( digits [. digits?] | . digits ) ([eE][-+]?digits)? */
static bool looks_like_float(act_str s)
{
    size_t i = 0, before = 0, after = 0;
    if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
        i++;
    while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
        i++, before++;
    if (i < s.len && s.ptr[i] == '.') {
        i++;
        while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
            i++, after++;
    }
    if (before + after == 0)
        return false;
    if (i < s.len && (s.ptr[i] == 'e' || s.ptr[i] == 'E')) {
        i++;
        if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
            i++;
        size_t digits = i;
        while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9')
            i++;
        if (i == digits)
            return false;
    }
    return i == s.len;
}

static bool read_float(act_str s, act_json *ret)
{
    char text[64];
    if (!looks_like_float(s) || s.len >= sizeof text)
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    /* The program never calls setlocale(), so the decimal point is a point. */
    double d = strtod(text, NULL);
    if (!isfinite(d))
        return false;
    *ret = (act_json){ .type = ACT_JSON_DOUBLE, .as.f64 = d };
    return true;
}

static bool is_inf_or_nan(act_str s)
{
    static const char *const words[] = { ".inf",  ".Inf",  ".INF",  "+.inf",
                                         "+.Inf", "+.INF", "-.inf", "-.Inf",
                                         "-.INF", ".nan",  ".NaN",  ".NAN" };
    return one_of(s, words, ACT_COUNT(words));
}

static act_json text_value(act_str text)
{
    return (act_json){ .type = ACT_JSON_STRING, .as.string = text };
}

static bool resolve_plain(act_str text, act_json *ret, const char **why)
{
    bool b;
    if (is_null(text))
        *ret = (act_json){ .type = ACT_JSON_NULL };
    else if (read_bool(text, &b))
        *ret = (act_json){ .type = ACT_JSON_BOOL, .as.boolean = b };
    else if (!read_int(text, ret) && !read_float(text, ret)) {
        if (is_inf_or_nan(text)) {
            *why = "infinities and NaN have no JSON form";
            return false;
        }
        *ret = text_value(text);
    }
    return true;
}

bool act_yaml_scalar(act_str text, const char *tag, bool plain, act_json *ret,
                     const char **ret_why)
{
    act_json v;
    if (!tag && plain) {
        if (!resolve_plain(text, &v, ret_why))
            return false;
        *ret = v;
        return true;
    }
    if (!tag || strcmp(tag, TAG "str") == 0 || strcmp(tag, "!") == 0) {
        *ret = text_value(text);
        return true;
    }
    bool b = false, fits = false;
    if (strcmp(tag, TAG "null") == 0) {
        fits = is_null(text);
        v = (act_json){ .type = ACT_JSON_NULL };
    } else if (strcmp(tag, TAG "bool") == 0) {
        fits = read_bool(text, &b);
        v = (act_json){ .type = ACT_JSON_BOOL, .as.boolean = b };
    } else if (strcmp(tag, TAG "int") == 0) {
        fits = read_int(text, &v);
    } else if (strcmp(tag, TAG "float") == 0) {
        fits = read_float(text, &v);
    } else {
        *ret_why = "only the core tags (str, null, bool, int, float) are known";
        return false;
    }
    if (!fits) {
        *ret_why = "the value does not fit its tag";
        return false;
    }
    *ret = v;
    return true;
}

size_t act_yaml_unprintable(act_str s, size_t at, unsigned *ret_code)
{
    const unsigned char *c = (const unsigned char *)s.ptr + at;
    size_t left = s.len - at;
    unsigned code = c[0];
    size_t len = 1;
    if (code >= 0xC0 && code < 0xE0 && left >= 2) {
        code = (code & 0x1Fu) << 6 | (c[1] & 0x3Fu);
        len = 2;
    } else if (code >= 0xE0 && code < 0xF0 && left >= 3) {
        code = (code & 0x0Fu) << 12 | (c[1] & 0x3Fu) << 6 | (c[2] & 0x3Fu);
        len = 3;
    }
    bool c1 = len == 2 && code < 0xA0;
    bool odd = len == 3 && (code == 0x2028 || code == 0x2029 || code == 0xFEFF ||
                            code == 0xFFFE || code == 0xFFFF);
    *ret_code = code;
    return code == 0x7F || c1 || odd ? len : 0;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* 2026-01-31..., which is a time to other readers than ours, and 12:30, which to those of
 * YAML 1.1 is a number of base 60. */
static bool may_be_time(act_str s)
{
    size_t digits = 0, of_times = 0;
    while (digits < s.len && is_digit(s.ptr[digits]))
        digits++;
    while (of_times < s.len && (is_digit(s.ptr[of_times]) || s.ptr[of_times] == ':' ||
                                s.ptr[of_times] == '.' || s.ptr[of_times] == '_'))
        of_times++;
    bool date = digits == 4 && s.len > 5 && s.ptr[4] == '-' && is_digit(s.ptr[5]);
    bool base60 = digits > 0 && digits < s.len && s.ptr[digits] == ':' && of_times == s.len;
    return date || base60;
}

bool act_yaml_needs_quotes(act_str s)
{
    act_json v = { 0 };
    const char *why;
    if (s.len == 0 || !resolve_plain(s, &v, &why) || v.type != ACT_JSON_STRING ||
        may_be_time(s))
        return true;
    /* Indicators, and what would end or begin something: quote rather than think. */
    static const char first[] = "-?:,[]{}#&*!|>'\"%@` =<";
    if (strchr(first, s.ptr[0]) || s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == ':')
        return true;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        unsigned code;
        if (c < 0x20 || act_yaml_unprintable(s, i, &code) ||
            (c == ':' && i + 1 < s.len && s.ptr[i + 1] == ' ') ||
            (c == '#' && i > 0 && s.ptr[i - 1] == ' '))
            return true;
    }
    return !act_str_is_utf8(s);
}
