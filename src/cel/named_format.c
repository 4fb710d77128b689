/* The named formats: one check each, with the messages of Kubernetes. */
#include "cel/named_format.h"

#include "cel/time.h"
#include "cel/url.h"

/* Messages are collected here; every text is static. */
typedef struct {
    const char **out;
    size_t count;
} findings;

static void find(findings *f, const char *message)
{
    assert(f->count < CEL_FORMAT_MESSAGES_MAX);
    f->out[f->count++] = message;
}

static bool is_lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
    return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* [a-z0-9]([-a-z0-9]*[a-z0-9])? */
static bool is_label(act_str s)
{
    if (s.len == 0 || s.ptr[0] == '-' || s.ptr[s.len - 1] == '-')
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_lower_alnum(s.ptr[i]) && s.ptr[i] != '-')
            return false;
    return true;
}

static bool is_subdomain(act_str s)
{
    act_str label;
    do {
        s = act_str_split(s, '.', &label);
        if (!is_label(label))
            return false;
    } while (s.ptr);
    return true;
}

/* [A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])? */
static bool is_name(act_str s)
{
    if (s.len == 0 || !is_alnum(s.ptr[0]) || !is_alnum(s.ptr[s.len - 1]))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_alnum(s.ptr[i]) && (!s.ptr[i] || !strchr("-_.", s.ptr[i])))
            return false;
    return true;
}

#define LABEL_RULE                                                                         \
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or "    \
    "'-', and must start and end with an alphanumeric character (e.g. 'my-name',  or "     \
    "'123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
#define SUBDOMAIN_RULE                                                                     \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "  \
    "'-' or '.', and must start and end with an alphanumeric character (e.g. "             \
    "'example.com', regex used for validation is "                                         \
    "'[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
#define LABEL_1035_RULE                                                                    \
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start "   \
    "with an alphabetic character, and end with an alphanumeric character (e.g. "          \
    "'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
#define LABEL_VALUE_RULE                                                                   \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', "   \
    "'_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  " \
    "or 'my_value',  or '12345', regex used for validation is "                            \
    "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"
#define NAME_RULE                                                                          \
    "consist of alphanumeric characters, '-', '_' or '.', and must start and end with an " \
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for " \
    "validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

static void check_label(findings *f, act_str s)
{
    if (s.len > CEL_FORMAT_LABEL_MAX)
        find(f, "must be no more than 63 characters");
    if (!is_label(s))
        find(f, LABEL_RULE);
}

static void check_label_1035(findings *f, act_str s)
{
    if (s.len > CEL_FORMAT_LABEL_MAX)
        find(f, "must be no more than 63 characters");
    if (!is_label(s) || is_digit(s.ptr[0]))
        find(f, LABEL_1035_RULE);
}

static void check_subdomain(findings *f, act_str s)
{
    if (s.len > CEL_FORMAT_SUBDOMAIN_MAX)
        find(f, "must be no more than 253 characters");
    if (!is_subdomain(s))
        find(f, SUBDOMAIN_RULE);
}

static void check_label_value(findings *f, act_str s)
{
    if (s.len > CEL_FORMAT_LABEL_MAX)
        find(f, "must be no more than 63 characters");
    if (s.len && !is_name(s))
        find(f, LABEL_VALUE_RULE);
}

/* [subdomain/]name */
static void check_qualified_name(findings *f, act_str s)
{
    act_str first;
    act_str name = act_str_split(s, '/', &first);
    if (!name.ptr) {
        name = first;
    } else if (act_str_find_byte(name, '/') != SIZE_MAX) {
        find(f, "a qualified name must " NAME_RULE " with an optional DNS subdomain prefix "
                "and '/' (e.g. 'example.com/MyName')");
        return;
    } else if (first.len == 0) {
        find(f, "prefix part must be non-empty");
    } else if (first.len > CEL_FORMAT_SUBDOMAIN_MAX || !is_subdomain(first)) {
        find(f, "prefix part " SUBDOMAIN_RULE " of no more than 253 characters");
    }
    if (name.len == 0)
        find(f, "name part must be non-empty");
    else if (name.len > CEL_FORMAT_LABEL_MAX)
        find(f, "name part must be no more than 63 characters");
    if (!is_name(name))
        find(f, "name part must " NAME_RULE);
}

/* A prefix may end in a dash because something will follow: Kubernetes then judges the text
 * with a letter in place of its last two bytes. */
static act_str mask_trailing_dash(act_str s, char *room)
{
    if (s.len < 2 || s.len > CEL_FORMAT_SUBDOMAIN_MAX + 1 || s.ptr[s.len - 1] != '-')
        return s;
    memcpy(room, s.ptr, s.len - 2);
    room[s.len - 2] = 'a';
    return (act_str){ room, s.len - 1 };
}

static bool is_uuid(act_str s)
{
    static const uint8_t digits[] = { 8, 4, 4, 4, 12 };
    for (size_t part = 0; part < ACT_COUNT(digits); part++) {
        if (part && s.len && s.ptr[0] == '-')
            s = act_str_cut(s, 1);
        if (s.len < digits[part])
            return false;
        for (size_t i = 0; i < digits[part]; i++) {
            char lower = (char)(s.ptr[i] | 0x20);
            if (!is_digit(s.ptr[i]) && !(lower >= 'a' && lower <= 'f'))
                return false;
        }
        s = act_str_cut(s, digits[part]);
    }
    return s.len == 0;
}

/* Padded and not empty: the format `byte` is stricter than base64.decode(). */
static bool is_base64(act_str s)
{
    if (s.len == 0 || s.len % 4)
        return false;
    size_t digits = s.len;
    while (digits > s.len - 2 && s.ptr[digits - 1] == '=')
        digits--;
    for (size_t i = 0; i < digits; i++)
        if (!is_alnum(s.ptr[i]) && s.ptr[i] != '+' && s.ptr[i] != '/')
            return false;
    return true;
}

static bool is_date_and_time(act_str s)
{
    cel_time t;
    return cel_time_parse(s, &t) == ACT_OK;
}

static bool is_date(act_str s)
{
    char text[] = "YYYY-MM-DDT00:00:00Z";
    if (s.len != 10)
        return false;
    memcpy(text, s.ptr, s.len);
    return is_date_and_time((act_str){ text, sizeof text - 1 });
}

const char *cel_named_format_name(enum cel_named_format format)
{
    static const char *const names[] = {
#define FORMAT_NAME(name, text) [CEL_FORMAT_##name] = #text,
        CEL_NAMED_FORMATS(FORMAT_NAME)
#undef FORMAT_NAME
    };
    static_assert(ACT_COUNT(names) == CEL_FORMAT_COUNT, "every format has a name");
    return names[format];
}

bool cel_named_format_find(act_str name, enum cel_named_format *ret)
{
    for (int i = 0; i < CEL_FORMAT_COUNT; i++) {
        if (act_str_eq_cstr(name, cel_named_format_name((enum cel_named_format)i))) {
            *ret = (enum cel_named_format)i;
            return true;
        }
    }
    return false;
}

static int check(findings *f, enum cel_named_format format, act_arena *a, act_str text)
{
    char room[CEL_FORMAT_SUBDOMAIN_MAX + 1];
    switch (format) {
    case CEL_FORMAT_DNS1123_LABEL:
        check_label(f, text);
        break;
    case CEL_FORMAT_DNS1123_SUBDOMAIN:
        check_subdomain(f, text);
        break;
    case CEL_FORMAT_DNS1035_LABEL:
        check_label_1035(f, text);
        break;
    case CEL_FORMAT_QUALIFIED_NAME:
        check_qualified_name(f, text);
        break;
    case CEL_FORMAT_DNS1123_LABEL_PREFIX:
        check_label(f, mask_trailing_dash(text, room));
        break;
    case CEL_FORMAT_DNS1123_SUBDOMAIN_PREFIX:
        check_subdomain(f, mask_trailing_dash(text, room));
        break;
    case CEL_FORMAT_DNS1035_LABEL_PREFIX:
        check_label_1035(f, mask_trailing_dash(text, room));
        break;
    case CEL_FORMAT_LABEL_VALUE:
        check_label_value(f, text);
        break;
    case CEL_FORMAT_URI: {
        int err = cel_url_check(a, text);
        if (err == ACT_ENOMEM)
            return err;
        if (err)
            find(f, "invalid URI: neither an absolute URI nor an absolute path");
        break;
    }
    case CEL_FORMAT_UUID:
        if (!is_uuid(text))
            find(f, "does not match the UUID format");
        break;
    case CEL_FORMAT_BYTE:
        if (!is_base64(text))
            find(f, "invalid base64");
        break;
    case CEL_FORMAT_DATE:
        if (!is_date(text))
            find(f, "invalid date");
        break;
    case CEL_FORMAT_DATETIME:
        if (!is_date_and_time(text))
            find(f, "invalid datetime");
        break;
    case CEL_FORMAT_COUNT:
        break;
    }
    return ACT_OK;
}

int cel_named_format_validate(enum cel_named_format format, act_arena *a, act_str text,
                              const char **out, size_t *retn)
{
    findings f = { .out = out };
    int err = check(&f, format, a, text);
    if (!err)
        *retn = f.count;
    return err;
}
