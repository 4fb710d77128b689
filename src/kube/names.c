#include "kube/names.h"

enum { WORD_MAX = 63, SUBDOMAIN_MAX = 253 };

#define WORD "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
#define OF_WORD                                                                            \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end "    \
    "with an alphanumeric character"
#define WORD_TEXT                                                                          \
    OF_WORD " (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation "    \
            "is '" WORD "')"
#define VALUE_TEXT                                                                         \
    "a valid label must be an empty string or consist of alphanumeric characters, '-', "   \
    "'_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  " \
    "or 'my_value',  or '12345', regex used for validation is '(" WORD ")?')"
#define LABEL "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define SUBDOMAIN_TEXT                                                                     \
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, "  \
    "'-' or '.', and must start and end with an alphanumeric character (e.g. "             \
    "'example.com', regex used for validation is '" LABEL "(\\." LABEL ")*')"

static bool is_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Alphanumeric ends, '-', '_' and '.' between; of any length but 0. */
static bool is_word(act_str s)
{
    if (s.len == 0 || !is_alnum(s.ptr[0]) || !is_alnum(s.ptr[s.len - 1]))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_alnum(s.ptr[i]) && s.ptr[i] != '-' && s.ptr[i] != '_' && s.ptr[i] != '.')
            return false;
    return true;
}

static void add(act_problems *p, act_str field, act_str value, const char *text)
{
    (void)act_problems_add(p, ACT_PROBLEM_INVALID, field, value, "%s", text);
}

static void add_too_long(act_problems *p, act_str field, act_str value, const char *part,
                         int max)
{
    (void)act_problems_add(p, ACT_PROBLEM_INVALID, field, value,
                           "%smust be no more than %d bytes", part, max);
}

static void check_prefix(act_str prefix, act_str shown, act_str field, act_problems *p)
{
    if (prefix.len == 0) {
        add(p, field, shown, "prefix part must be non-empty");
        return;
    }
    if (prefix.len > SUBDOMAIN_MAX)
        add_too_long(p, field, shown, "prefix part ", SUBDOMAIN_MAX);
    else if (!act_str_is_subdomain(prefix))
        add(p, field, shown, "prefix part " SUBDOMAIN_TEXT);
}

static void check_key(act_str key, act_str shown, act_str field, act_problems *p)
{
    act_str name = key;
    size_t slash = act_str_find_byte(key, '/');
    if (slash != SIZE_MAX) {
        name = act_str_cut(key, slash + 1);
        if (act_str_find_byte(name, '/') != SIZE_MAX) {
            add(p, field, shown,
                "a qualified name " WORD_TEXT " with an optional DNS subdomain prefix and "
                "'/' (e.g. 'example.com/MyName')");
            return;
        }
        check_prefix(act_str_head(key, slash), shown, field, p);
    }
    if (name.len == 0)
        add(p, field, shown, "name part must be non-empty");
    else if (name.len > WORD_MAX)
        add_too_long(p, field, shown, "name part ", WORD_MAX);
    if (!is_word(name))
        add(p, field, shown, "name part " WORD_TEXT);
}

void act_check_qualified_name(act_str value, act_str field, act_problems *problems)
{
    check_key(value, value, field, problems);
}

/* Only the prefix cares about case, and it is never long: a copy on the stack. */
void act_check_annotation_key(act_str value, act_str field, act_problems *problems)
{
    char lower[SUBDOMAIN_MAX + 1 + WORD_MAX + 1];
    size_t len = value.len < sizeof lower ? value.len : sizeof lower;
    for (size_t i = 0; i < len; i++) {
        char c = value.ptr[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    bool fits = value.len <= sizeof lower;
    check_key(fits ? act_str_from(lower, len) : value, value, field, problems);
}

void act_check_label_value(act_str value, act_str field, act_problems *problems)
{
    if (value.len > WORD_MAX)
        add_too_long(problems, field, value, "", WORD_MAX);
    if (value.len > 0 && !is_word(value))
        add(problems, field, value, VALUE_TEXT);
}

void act_check_path_segment(act_str value, act_str field, act_problems *problems)
{
    if (act_str_eq_cstr(value, ".") || act_str_eq_cstr(value, "..")) {
        (void)act_problems_add(problems, ACT_PROBLEM_INVALID, field, value,
                               "may not be '%.*s'", ACT_STR_ARG(value));
        return;
    }
    static const char banned[] = { '/', '%' };
    for (size_t i = 0; i < sizeof banned; i++)
        if (act_str_find_byte(value, banned[i]) != SIZE_MAX)
            (void)act_problems_add(problems, ACT_PROBLEM_INVALID, field, value,
                                   "may not contain '%c'", banned[i]);
}
