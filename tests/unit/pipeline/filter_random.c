#include "unit/pipeline/filter_random.h"

#include "base/clock.h"
#include "base/json_write.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

uint64_t filter_random_next(filter_random *r)
{
    uint64_t z = (r->state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

size_t filter_random_below(filter_random *r, size_t n)
{
    return (size_t)(filter_random_next(r) % n);
}

static bool one_in(filter_random *r, size_t n)
{
    return filter_random_below(r, n) == 0;
}

/* ---- values ------------------------------------------------------------------------- */

#define LONG_(x) x x x x x x x x x x
#define LONG LONG_(LONG_("abc"))

#define T(literal)                                                                         \
    {                                                                                      \
        literal, sizeof(literal) - 1                                                       \
    }

static const act_str texts[] = {
    T(""),
    T("%"),
    T("_"),
    T("\\"),
    T("\\\\t"),
    T("'"),
    T("\""),
    T("`"),
    T("a\nb"),
    T("\t"),
    T("\r\n"),
    T("a\0b"),
    T("\0"),
    T("\x7f\x01"),
    T("\xf0\x9f\x98\x80"),
    T("\xc3\x89t\xc3\xa9"),
    T("e\xcc\x81"),
    T("\xc4\xb0I\xc4\xb1"),
    T("\xef\xbf\xbd"),
    T(LONG),
    T("0"),
    T("200"),
    T("-1"),
    T("1e3"),
    T("null"),
    T("{f0:String}"),
    T("0a1b2c3d-0000-4000-8000-00000000000f"),
    T("0A1B2C3D-0000-4000-8000-00000000000F"),
    T("00000000-0000-0000-0000-000000000000"),
    T("get"),
    T("GET"),
    T("delete"),
    T("a"),
    T("A"),
    T("Z"),
    T("ab"),
    T("a b"),
    T("a%b_c"),
    T("system:serviceaccount:kube-system:x"),
    T("Ann created Deployment web"),
    T("(["),
    T(".*"),
    T("organization"),
    T("Project"),
    T("user"),
    T("127.0.0.1"),
    T("::1"),
};

static void add_text(filter_random *r, act_buf *out)
{
    act_buf_add(out, texts[filter_random_below(r, ACT_COUNT(texts))]);
    if (one_in(r, 5))
        act_buf_add(out, texts[filter_random_below(r, ACT_COUNT(texts))]);
}

static const char *const times[] = {
    "2026-11-24T03:00:00Z",
    "2026-11-24T03:00:00.123Z",
    "2026-11-24T03:00:00.123456Z",
    "2026-11-24T03:00:00.123456789Z",
    "2026-11-24T03:00:00.1234560Z",
    "2026-11-24T08:30:00.123456+05:30",
    "2026-11-24T03:00:00.123457Z",
    "2026-11-24T02:59:59.999999999Z",
    "2026-10-01T00:00:00Z",
    "2026-11-30T23:59:59.999999Z",
    "1066-10-14T09:00:00Z",
    "9999-12-31T23:59:59Z",
    "tomorrow",
    "",
};

static const int64_t integers[] = { 0,     1,     2,      200,      201,       404,
                                    65535, 65536, 70000,  -1,       INT32_MAX, INT64_MAX,
                                    500,   403,   100000, INT64_MIN };

static const char *const keys[] = { "a", "app", "A", "b" };
static const char *const odd_keys[] = { "", "k8s.io/x", "'", "\\", "\xc3\xa9", "a\nb" };

/* ---- records ------------------------------------------------------------------------ */

enum leaf_kind { LEAF_ID, LEAF_TEXT, LEAF_INT, LEAF_TIME, LEAF_LIST, LEAF_MAP };

/* What records have beside the fields of filters, in the order of their paths. */
typedef struct {
    const char *path;
    enum leaf_kind kind;
} leaf;

static const leaf more_event[] = {
    { "deprecatedCount", LEAF_INT },
    { "deprecatedLastTimestamp", LEAF_TIME },
    { "deprecatedSource.component", LEAF_TEXT },
    { "deprecatedSource.host", LEAF_TEXT },
    { "eventTime", LEAF_TIME },
    { "series.lastObservedTime", LEAF_TIME },
};
static const leaf more_activity[] = { { "metadata.creationTimestamp", LEAF_TIME } };

enum { LEAVES_MAX = 64 };

static int by_path(const void *a, const void *b)
{
    return strcmp(((const leaf *)a)->path, ((const leaf *)b)->path);
}

/* Part of a sorting key: rows that share it become one. */
static bool is_id(const char *path)
{
    return strcmp(path, "auditID") == 0 || strcmp(path, "metadata.name") == 0 ||
           strcmp(path, "metadata.uid") == 0;
}

static size_t leaves_of(enum act_filter_resource resource, leaf *ret)
{
    static const enum leaf_kind kinds[] = {
        [ACT_FILTER_STRING] = LEAF_TEXT, [ACT_FILTER_INT] = LEAF_INT,
        [ACT_FILTER_TIME] = LEAF_TIME,   [ACT_FILTER_STRINGS] = LEAF_LIST,
        [ACT_FILTER_MAP] = LEAF_MAP,
    };
    size_t n;
    const act_filter_field *fields = act_filter_fields(resource, &n);
    for (size_t i = 0; i < n; i++)
        ret[i] = (leaf){ fields[i].path,
                         is_id(fields[i].path) ? LEAF_ID : kinds[fields[i].class] };
    const leaf *more = resource == ACT_FILTER_EVENT ? more_event : more_activity;
    size_t n_more = resource == ACT_FILTER_EVENT      ? ACT_COUNT(more_event)
                    : resource == ACT_FILTER_ACTIVITY ? ACT_COUNT(more_activity)
                                                      : 0;
    for (size_t i = 0; i < n_more; i++)
        ret[n++] = more[i];
    qsort(ret, n, sizeof *ret, by_path);
    return n;
}

static void write_text(filter_random *r, act_json_writer *w)
{
    if (one_in(r,
               40)) { /* escapes that stand for what is there otherwise, or for nothing */
        static const char *const escaped[] = { "\"\\u0061\"", "\"\\ud83d\\ude00\"",
                                               "\"x\\ud800\"", "\"\\/\"" };
        act_jw_raw(w, act_str_cstr(escaped[filter_random_below(r, ACT_COUNT(escaped))]));
        return;
    }
    act_buf text = ACT_BUF_INIT;
    add_text(r, &text);
    act_jw_string(w, act_buf_str(&text));
    act_buf_done(&text);
}

/* Of another type than the field has, or null. */
static void write_wrong(filter_random *r, act_json_writer *w)
{
    static const char *const wrong[] = { "null", "true", "1.5",   "\"200\"", "[]",
                                         "{}",   "[1]",  "1e400", "7",       "[\"a\"]" };
    act_jw_raw(w, act_str_cstr(wrong[filter_random_below(r, ACT_COUNT(wrong) - 3)]));
}

static void write_map(filter_random *r, act_json_writer *w)
{
    act_jw_object(w);
    for (size_t i = 0; i < ACT_COUNT(keys); i++) {
        if (!one_in(r, 2))
            continue;
        act_jw_key(w, act_str_cstr(keys[i]));
        if (one_in(r, 8))
            write_wrong(r, w);
        else
            write_text(r, w);
    }
    for (size_t i = 0; i < ACT_COUNT(odd_keys); i++) {
        if (one_in(r, 3)) {
            act_jw_key(w, act_str_cstr(odd_keys[i]));
            write_text(r, w);
        }
    }
    act_jw_object_end(w);
}

/* Mostly one that no other record has. */
static void write_id(filter_random *r, act_json_writer *w)
{
    act_buf text = ACT_BUF_INIT;
    add_text(r, &text);
    if (!one_in(r, 8))
        act_buf_add_u64(&text, filter_random_below(r, 1000000));
    act_jw_string(w, act_buf_str(&text));
    act_buf_done(&text);
}

static void write_value(filter_random *r, enum leaf_kind kind, act_json_writer *w)
{
    if (one_in(r, 12)) {
        write_wrong(r, w);
        return;
    }
    switch (kind) {
    case LEAF_ID:
        write_id(r, w);
        return;
    case LEAF_TEXT:
        write_text(r, w);
        return;
    case LEAF_INT:
        act_jw_i64(w, integers[filter_random_below(r, ACT_COUNT(integers))]);
        return;
    case LEAF_TIME:
        act_jw_string(w, act_str_cstr(times[filter_random_below(r, ACT_COUNT(times))]));
        return;
    case LEAF_LIST:
        act_jw_array(w);
        for (size_t i = filter_random_below(r, 4); i > 0; i--) {
            if (one_in(r, 10))
                write_wrong(r, w);
            else
                write_text(r, w);
        }
        act_jw_array_end(w);
        return;
    case LEAF_MAP:
        write_map(r, w);
        return;
    }
}

/* The leaves [from, to) share @depth names; they are neighbours by their order. */
static void write_members(filter_random *r, const leaf *leaves, size_t from, size_t to,
                          size_t depth, act_json_writer *w)
{
    while (from < to) {
        act_str name, rest = act_str_cstr(leaves[from].path + depth);
        rest = act_str_split(rest, '.', &name);
        if (rest.len == 0) {
            if (!one_in(r, 4)) {
                act_jw_key(w, name);
                write_value(r, leaves[from].kind, w);
            }
            from++;
            continue;
        }
        size_t end = from + 1;
        size_t prefix = depth + name.len + 1;
        while (end < to && strncmp(leaves[end].path, leaves[from].path, prefix) == 0)
            end++;
        if (!one_in(r, 12)) {
            act_jw_key(w, name);
            if (one_in(r, 20)) {
                write_wrong(r, w);
            } else {
                act_jw_object(w);
                write_members(r, leaves, from, end, prefix, w);
                act_jw_object_end(w);
            }
        }
        from = end;
    }
}

void filter_random_record(filter_random *r, enum act_filter_resource resource, size_t row,
                          act_buf *out)
{
    leaf leaves[LEAVES_MAX];
    size_t n = leaves_of(resource, leaves);
    act_json_writer w = act_json_writer_on(out);
    act_jw_object(&w);
    write_members(r, leaves, 0, n, 0, &w);
    act_jw_kv_i64(&w, "row", (int64_t)row);
    act_jw_object_end(&w);
}

/* ---- filters ------------------------------------------------------------------------ */

typedef struct {
    filter_random *r;
    const act_filter_field *fields;
    size_t n;
    const act_json *const *rows;
    size_t n_rows;
    act_arena *a;
    act_buf text, plain; /* of the leaf being written */
} author;

static void both(author *w, const char *format, ...) ACT_PRINTF(2, 3);
static void both(author *w, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_true(n >= 0 && n < (int)sizeof text);
    act_buf_add(&w->text, act_str_from(text, (size_t)n));
    act_buf_add(&w->plain, act_str_from(text, (size_t)n));
}

static void quote(act_str s, act_buf *out)
{
    act_buf_add_byte(out, '\'');
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '\'' || c == '\\')
            act_buf_printf(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            act_buf_printf(out, "\\u00%02x", c);
        else
            act_buf_add_byte(out, (char)c);
    }
    act_buf_add_byte(out, '\'');
}

static void literal(author *w, act_str s)
{
    quote(s, &w->text);
    quote(s, &w->plain);
}

static act_str some_key(filter_random *r)
{
    return act_str_cstr(one_in(r, 2) ? odd_keys[filter_random_below(r, ACT_COUNT(odd_keys))]
                                     : keys[filter_random_below(r, ACT_COUNT(keys))]);
}

static const act_json *value_in(const act_json *row, const char *path)
{
    act_str key, rest = act_str_cstr(path);
    while (rest.len > 0) {
        rest = act_str_split(rest, '.', &key);
        row = act_json_get(row, key);
    }
    return row;
}

static const act_json *some_value(author *w, const act_filter_field *f)
{
    return value_in(w->rows[filter_random_below(w->r, w->n_rows)], f->path);
}

static bool is_boundary(act_str s, size_t at)
{
    return at >= s.len || ((unsigned char)s.ptr[at] & 0xC0) != 0x80;
}

/* A part of @s from one code point to another. */
static act_str part_of(filter_random *r, act_str s)
{
    size_t from = filter_random_below(r, s.len + 1), to = filter_random_below(r, s.len + 1);
    if (from > to) {
        size_t swap = from;
        from = to;
        to = swap;
    }
    while (!is_boundary(s, from))
        from--;
    while (!is_boundary(s, to))
        to++;
    return act_str_head(act_str_cut(s, from), to - from);
}

/* Text that some row has at the field, or a part of it, or any. */
static void constant_text(author *w, const act_filter_field *f, bool part)
{
    act_buf any = ACT_BUF_INIT;
    const act_json *v = some_value(w, f);
    size_t n;
    if (f->class == ACT_FILTER_STRINGS) {
        const act_json *items = act_json_items(v, &n);
        v = n > 0 ? &items[filter_random_below(w->r, n)] : NULL;
    } else if (f->class == ACT_FILTER_MAP) {
        const act_json_member *m = act_json_members(v, &n);
        v = n > 0 ? &m[filter_random_below(w->r, n)].value : NULL;
    }
    act_str s = act_json_string(v);
    if (!v || one_in(w->r, 6)) {
        add_text(w->r, &any);
        s = act_buf_str(&any);
    }
    if (part && !one_in(w->r, 3))
        s = part_of(w->r, s);
    if (one_in(w->r, 12) && s.len > 0) {
        literal(w, act_str_head(s, 0));
        both(w, " + ");
    }
    literal(w, s);
    act_buf_done(&any);
}

static const act_filter_field *some_field(author *w, unsigned classes)
{
    for (;;) {
        const act_filter_field *f = &w->fields[filter_random_below(w->r, w->n)];
        if (classes & (1u << f->class))
            return f;
    }
}

static bool has_class(const author *w, enum act_filter_class class)
{
    for (size_t i = 0; i < w->n; i++)
        if (w->fields[i].class == class)
            return true;
    return false;
}

static void field_path(author *w, const act_filter_field *f)
{
    act_str name, rest = act_str_cstr(f->path);
    rest = act_str_split(rest, '.', &name);
    both(w, "%.*s", ACT_STR_ARG(name));
    while (rest.len > 0) {
        rest = act_str_split(rest, '.', &name);
        both(w, one_in(w->r, 8) ? "['%.*s']" : ".%.*s", ACT_STR_ARG(name));
    }
}

/* A text field or an entry of a map, perhaps with its letters changed. */
static const act_filter_field *subject(author *w)
{
    const act_filter_field *f =
        some_field(w, 1u << ACT_FILTER_STRING | 1u << ACT_FILTER_MAP);
    if (f->class == ACT_FILTER_STRING) {
        field_path(w, f);
    } else {
        act_buf key = ACT_BUF_INIT;
        quote(some_key(w->r), &key);
        act_buf_printf(&w->text, "%s[%.*s]", f->path, ACT_STR_ARG(act_buf_str(&key)));
        act_buf_printf(&w->plain, "(%.*s in %s ? %s[%.*s] : '')",
                       ACT_STR_ARG(act_buf_str(&key)), f->path, f->path,
                       ACT_STR_ARG(act_buf_str(&key)));
        act_buf_done(&key);
    }
    if (one_in(w->r, 5))
        both(w, one_in(w->r, 2) ? ".lowerAscii()" : ".upperAscii()");
    return f;
}

static const char *relation(author *w)
{
    static const char *const ops[] = { "==", "!=", "<", "<=", ">", ">=" };
    return ops[filter_random_below(w->r, ACT_COUNT(ops))];
}

static void compare_texts(author *w)
{
    if (one_in(w->r, 3)) {
        constant_text(w, some_field(w, 1u << ACT_FILTER_STRING), false);
        both(w, " %s ", relation(w));
        (void)subject(w);
        return;
    }
    const act_filter_field *f = subject(w);
    both(w, " %s ", relation(w));
    if (one_in(w->r, 5))
        (void)subject(w);
    else
        constant_text(w, f, false);
}

static void compare_integers(author *w)
{
    static const char *const odd[] = { "200.0", "200.5",   "-1.5",  "1e300",     "-1e300",
                                       "200u",  "65535.5", "404.0", "100 + 100", "0.25" };
    const act_filter_field *f = some_field(w, 1u << ACT_FILTER_INT);
    act_buf number = ACT_BUF_INIT;
    const act_json *v = some_value(w, f);
    if (one_in(w->r, 3))
        act_buf_printf(&number, "%s", odd[filter_random_below(w->r, ACT_COUNT(odd))]);
    else
        act_buf_printf(&number, "%" PRId64,
                       v->as.i64 + (int64_t)filter_random_below(w->r, 3) - 1);
    act_buf_add_byte(&number, '\0');
    bool first = one_in(w->r, 3), in_list = !first && one_in(w->r, 4);
    if (first)
        both(w, "%s %s ", number.ptr, relation(w));
    field_path(w, f);
    if (in_list)
        both(w, " in [404, %s, -1]", number.ptr);
    else if (!first)
        both(w, " %s %s", relation(w), number.ptr);
    act_buf_done(&number);
}

static void moment(author *w, int64_t us)
{
    static const char *const fixed[] = {
        "0001-01-01T00:00:00Z",           "1969-12-31T23:59:59.9Z",
        "2260-01-01T00:00:01Z",           "2299-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999999999Z", "2026-11-24T03:00:00.1234567Z"
    };
    char text[ACT_RFC3339_MAX];
    if (one_in(w->r, 6)) {
        both(w, "timestamp('%s')", fixed[filter_random_below(w->r, ACT_COUNT(fixed))]);
        return;
    }
    int64_t ns = us * 1000 + ((int64_t)filter_random_below(w->r, 5) - 2) * 500;
    if (ns < 0)
        ns = 0;
    (void)act_rfc3339_format(ns, 9, text);
    both(w, "timestamp('%s')", text);
    if (one_in(w->r, 4))
        both(w, one_in(w->r, 2) ? " - duration('1500us')" : " + duration('1h')");
}

static void compare_times(author *w)
{
    const act_filter_field *f = some_field(w, 1u << ACT_FILTER_TIME);
    const act_json *v = some_value(w, f);
    int64_t us = v->as.i64;
    if (one_in(w->r, 3)) {
        moment(w, us);
        both(w, " %s ", relation(w));
        field_path(w, f);
        return;
    }
    field_path(w, f);
    both(w, " %s ", relation(w));
    if (one_in(w->r, 6))
        field_path(w, some_field(w, 1u << ACT_FILTER_TIME));
    else
        moment(w, us);
}

static void text_in_list(author *w)
{
    const act_filter_field *f = subject(w);
    both(w, " in [");
    for (size_t i = filter_random_below(w->r, 5), first = 1; i > 0; i--, first = 0) {
        both(w, first ? "" : ", ");
        constant_text(w, f, false);
    }
    both(w, "]");
}

static void member(author *w)
{
    const act_filter_field *f =
        some_field(w, 1u << ACT_FILTER_STRINGS | 1u << ACT_FILTER_MAP);
    if (f->class == ACT_FILTER_MAP) {
        literal(w, some_key(w->r));
    } else {
        constant_text(w, f, false);
    }
    both(w, " in ");
    field_path(w, f);
}

static void text_call(author *w)
{
    static const char *const calls[] = { "startsWith", "endsWith", "contains" };
    const act_filter_field *f = subject(w);
    both(w, ".%s(", calls[filter_random_below(w->r, ACT_COUNT(calls))]);
    constant_text(w, f, true);
    both(w, ")");
}

static void pattern(author *w)
{
    static const char *const patterns[] = {
        "",
        ".",
        "^a.b$",
        "(?s)a.b",
        "(?i)^\xc3\xa9t",
        "(?i)GET|delete",
        "\\.*$",
        "^[^a-z]",
        "a|b",
        "^(a|A)+",
        "\\\\",
        "\\n",
        "\\s",
        "\\S+\\s",
        "^.{2}$",
        "(?m)^b",
        "[%_]",
        "\\pL",
        "\\x00",
        "^$",
        "\\w\\W",
        "a+?b*|(?:c)",
        "'",
        "\xf0\x9f\x98\x80",
        "Ann .* Deployment",
        "kube|system",
        "\\bweb\\b",
        "^[[:alpha:]]+$",
        "(?U)a+",
    };
    (void)subject(w);
    both(w, ".matches(");
    literal(w, act_str_cstr(patterns[filter_random_below(w->r, ACT_COUNT(patterns))]));
    both(w, ")");
}

/* has() takes members only. */
static void presence(author *w)
{
    const act_filter_field *f = some_field(w, ~0u);
    if (f->class == ACT_FILTER_MAP) {
        const char *key = keys[filter_random_below(w->r, ACT_COUNT(keys))];
        act_buf_printf(&w->text, "has(%s.%s)", f->path, key);
        act_buf_printf(&w->plain, "('%s' in %s)", key, f->path);
        return;
    }
    if (!strchr(f->path, '.')) {
        both(w, "true");
        return;
    }
    act_buf_printf(&w->text, "has(%s)", f->path);
    act_buf_printf(&w->plain, "(%s != %s)", f->path,
                   f->class == ACT_FILTER_STRING ? "''"
                   : f->class == ACT_FILTER_INT  ? "0"
                                                 : "[]");
}

static void size_relation(author *w)
{
    const char *op = relation(w);
    static const char *const numbers[] = { "0", "1", "2", "3", "14", "-1", "300" };
    const char *number = numbers[filter_random_below(w->r, ACT_COUNT(numbers))];
    if (one_in(w->r, 2) || !has_class(w, ACT_FILTER_MAP)) {
        both(w, "size(");
        (void)subject(w);
        both(w, ") %s %s", op, number);
        return;
    }
    const act_filter_field *f =
        some_field(w, 1u << ACT_FILTER_STRINGS | 1u << ACT_FILTER_MAP);
    field_path(w, f);
    both(w, ".size() %s %s", op, number);
}

static void constant(author *w)
{
    static const char *const constants[] = { "true", "false", "1 < 2", "'a' == 'b'",
                                             "'a' in ['b', 'a']" };
    both(w, "%s", constants[filter_random_below(w->r, ACT_COUNT(constants))]);
}

static void write_leaf(author *w)
{
    size_t kind = filter_random_below(w->r, 20);
    if (kind < 5)
        compare_texts(w);
    else if (kind < 8 && has_class(w, ACT_FILTER_INT))
        compare_integers(w);
    else if (kind < 10 && has_class(w, ACT_FILTER_TIME))
        compare_times(w);
    else if (kind < 12)
        text_in_list(w);
    else if (kind == 12 &&
             (has_class(w, ACT_FILTER_STRINGS) || has_class(w, ACT_FILTER_MAP)))
        member(w);
    else if (kind < 15)
        text_call(w);
    else if (kind < 17)
        pattern(w);
    else if (kind == 17)
        presence(w);
    else if (kind == 18)
        size_relation(w);
    else
        constant(w);
}

static int finish_leaf(author *w, filter_node *n)
{
    int err = act_arena_str(w->a, act_buf_str(&w->text), &n->text);
    if (!err)
        err = act_arena_str(w->a, act_buf_str(&w->plain), &n->plain);
    act_buf_done(&w->text);
    act_buf_done(&w->plain);
    w->text = w->plain = (act_buf)ACT_BUF_INIT;
    return err;
}

static const filter_node *grow(author *w, unsigned depth)
{
    filter_node *n = act_arena_make(w->a, filter_node);
    if (!n)
        return NULL;
    size_t kind = depth > 1 ? filter_random_below(w->r, 10) : 9;
    n->kind = kind < 3   ? FILTER_AND
              : kind < 5 ? FILTER_OR
              : kind < 6 ? FILTER_SAME
              : kind < 8 ? FILTER_NOT
                         : FILTER_LEAF;
    if (n->kind == FILTER_LEAF) {
        write_leaf(w);
        return finish_leaf(w, n) ? NULL : n;
    }
    n->left = grow(w, depth - 1);
    if (n->kind != FILTER_NOT)
        n->right = grow(w, depth - 1);
    return n->left && (n->right || n->kind == FILTER_NOT) ? n : NULL;
}

const filter_node *filter_random_tree(filter_random *r, enum act_filter_resource resource,
                                      const act_json *const *rows, size_t n_rows,
                                      unsigned depth, act_arena *a)
{
    author w = { .r = r, .rows = rows, .n_rows = n_rows, .a = a };
    w.text = w.plain = (act_buf)ACT_BUF_INIT;
    w.fields = act_filter_fields(resource, &w.n);
    return grow(&w, depth);
}

void filter_tree_write(const filter_node *n, bool plain, act_buf *out)
{
    switch (n->kind) {
    case FILTER_LEAF:
        act_buf_add(out, plain ? n->plain : n->text);
        return;
    case FILTER_NOT:
        act_buf_add(out, ACT_STR("!("));
        filter_tree_write(n->left, plain, out);
        act_buf_add_byte(out, ')');
        return;
    case FILTER_AND:
    case FILTER_OR:
        act_buf_add_byte(out, '(');
        filter_tree_write(n->left, plain, out);
        act_buf_add(out, n->kind == FILTER_AND ? ACT_STR(" && ") : ACT_STR(" || "));
        filter_tree_write(n->right, plain, out);
        act_buf_add_byte(out, ')');
        return;
    case FILTER_SAME:
        act_buf_add(out, ACT_STR("(("));
        filter_tree_write(n->left, plain, out);
        act_buf_add(out, ACT_STR(") == ("));
        filter_tree_write(n->right, plain, out);
        act_buf_add(out, ACT_STR("))"));
        return;
    }
}
