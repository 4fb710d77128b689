#include "fuzz/support/json_reader.h"

#include "cel/utf8.h"

#include <math.h>

enum {
    KEYS_MAX = 200,    /* members of an object that are compared */
    COMPARED_MAX = 10, /* levels that are compared: each is read twice */
};

typedef struct {
    act_str text;
    size_t at;
    unsigned depth_max;
} reader;

static bool read_value(reader *r, unsigned depth, const act_json *v);

static char peek(const reader *r)
{
    return r->at < r->text.len ? r->text.ptr[r->at] : '\0';
}

static void skip_blanks(reader *r)
{
    while (r->at < r->text.len && strchr(" \t\n\r", peek(r)) && peek(r))
        r->at++;
}

static bool take(reader *r, const char *word)
{
    size_t n = strlen(word);
    if (!act_str_starts(act_str_cut(r->text, r->at), act_str_from(word, n)))
        return false;
    r->at += n;
    return true;
}

/* ---- numbers ------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool take_digits(reader *r)
{
    size_t from = r->at;
    while (is_digit(peek(r)))
        r->at++;
    return r->at > from;
}

static bool same_number(act_str text, bool integral, const act_json *v)
{
    char copy[400];
    if (text.len >= sizeof copy)
        return true; /* no case for this oracle */
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    int64_t i;
    uint64_t u;
    if (integral && act_str_to_i64(text, &i) == 0)
        return v->type == ACT_JSON_INT && v->as.i64 == i;
    if (integral && act_str_to_u64(text, &u) == 0)
        return v->type == ACT_JSON_UINT && v->as.u64 == u;
    double d = strtod(copy, NULL);
    return v->type == ACT_JSON_DOUBLE && memcmp(&v->as.f64, &d, sizeof d) == 0;
}

static bool is_finite(act_str text)
{
    char copy[400];
    if (text.len >= sizeof copy)
        return true;
    memcpy(copy, text.ptr, text.len);
    copy[text.len] = 0;
    return isfinite(strtod(copy, NULL));
}

static bool read_number(reader *r, const act_json *v)
{
    size_t from = r->at;
    bool integral = true;
    (void)take(r, "-"); /* it need not be there */
    if (!take(r, "0") && !take_digits(r))
        return false;
    if (take(r, ".")) {
        integral = false;
        if (!take_digits(r))
            return false;
    }
    if (take(r, "e") || take(r, "E")) {
        integral = false;
        if (!take(r, "+"))
            (void)take(r, "-");
        if (!take_digits(r))
            return false;
    }
    act_str text = act_str_from(r->text.ptr + from, r->at - from);
    return is_finite(text) && (!v || same_number(text, integral, v));
}

/* ---- strings ------------------------------------------------------------------------- */

static bool take_hex(reader *r, uint32_t *ret)
{
    *ret = 0;
    for (int i = 0; i < 4; i++, r->at++) {
        const char *digits = "0123456789abcdef";
        char c = peek(r);
        c = c >= 'A' && c <= 'F' ? (char)(c | 0x20) : c;
        const char *digit = c ? strchr(digits, c) : NULL;
        if (!digit)
            return false;
        *ret = *ret << 4 | (uint32_t)(digit - digits);
    }
    return true;
}

/* Behind "\u": one escape, or the two of a surrogate pair. */
static bool take_unicode(reader *r, uint32_t *ret)
{
    uint32_t low;
    if (!take_hex(r, ret))
        return false;
    if (*ret >= 0xdc00 && *ret <= 0xdfff)
        *ret = 0xfffd;
    if (*ret < 0xd800 || *ret > 0xdbff)
        return true;
    size_t before = r->at;
    if (take(r, "\\u") && take_hex(r, &low) && low >= 0xdc00 && low <= 0xdfff) {
        *ret = 0x10000 + ((*ret - 0xd800) << 10) + (low - 0xdc00);
        return true;
    }
    r->at = before; /* a lone one; what follows is read for itself */
    *ret = 0xfffd;
    return true;
}

static bool take_escape(reader *r, act_buf *out)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    char bytes[4];
    uint32_t code;
    if (take(r, "u")) {
        if (!take_unicode(r, &code))
            return false;
        act_buf_add(out, act_str_from(bytes, cel_utf8_encode(code, bytes)));
        return true;
    }
    char c = peek(r);
    const char *found = c ? strchr(from, c) : NULL;
    if (!found)
        return false;
    act_buf_add_byte(out, to[found - from]);
    r->at++;
    return true;
}

static bool read_string(reader *r, act_buf *out)
{
    if (!take(r, "\""))
        return false;
    while (r->at < r->text.len) {
        char c = r->text.ptr[r->at++];
        if (c == '"')
            return true;
        if ((unsigned char)c < 0x20)
            return false;
        if (c != '\\')
            act_buf_add_byte(out, c);
        else if (!take_escape(r, out))
            return false;
    }
    return false;
}

static bool read_text(reader *r, const act_json *v)
{
    act_buf text = ACT_BUF_INIT;
    bool ok = read_string(r, &text);
    if (ok && v)
        ok = v->type == ACT_JSON_STRING && act_str_eq(v->as.string, act_buf_str(&text));
    act_buf_done(&text);
    return ok;
}

/* ---- arrays and objects -------------------------------------------------------------- */

static bool read_array(reader *r, unsigned depth, const act_json *v)
{
    size_t n = 0, count = 0;
    const act_json *items = v && v->type == ACT_JSON_ARRAY ? act_json_items(v, &n) : NULL;
    if (v && v->type != ACT_JSON_ARRAY)
        return false;
    r->at++;
    skip_blanks(r);
    if (take(r, "]"))
        return n == 0;
    do {
        if (v && count == n)
            return false;
        if (!read_value(r, depth + 1, v ? &items[count] : NULL))
            return false;
        count++;
    } while (take(r, ","));
    return take(r, "]") && (!v || count == n);
}

typedef struct {
    act_buf key;
    size_t at; /* of its last value */
} member;

/* The members in the order of their first places. */
typedef struct {
    member list[KEYS_MAX];
    size_t count;
} members;

static void keep_member(members *m, act_buf *key, size_t at)
{
    for (size_t i = 0; i < m->count; i++)
        if (act_str_eq(act_buf_str(&m->list[i].key), act_buf_str(key))) {
            m->list[i].at = at;
            act_buf_done(key);
            return;
        }
    if (m->count == KEYS_MAX)
        act_buf_done(key);
    else
        m->list[m->count++] = (member){ *key, at };
}

static bool read_member(reader *r, unsigned depth, members *m)
{
    act_buf key = ACT_BUF_INIT;
    skip_blanks(r);
    bool ok = read_string(r, &key);
    skip_blanks(r);
    ok = ok && take(r, ":");
    size_t at = r->at;
    ok = ok && read_value(r, depth + 1, NULL);
    keep_member(m, &key, at);
    return ok;
}

/* Are the members of @v those of @m? */
static bool same_members(const reader *r, unsigned depth, const members *m,
                         const act_json *v)
{
    size_t n;
    const act_json_member *have = act_json_members(v, &n);
    if (m->count == KEYS_MAX)
        return true; /* no case for this oracle */
    bool same = v->type == ACT_JSON_OBJECT && n == m->count;
    for (size_t i = 0; i < n && same; i++) {
        reader at = *r;
        at.at = m->list[i].at;
        same = act_str_eq(have[i].key, act_buf_str(&m->list[i].key)) &&
               read_value(&at, depth + 1, &have[i].value);
    }
    return same;
}

static bool read_object(reader *r, unsigned depth, const act_json *v)
{
    members *m = calloc(1, sizeof *m);
    bool ok = m != NULL;
    r->at++;
    skip_blanks(r);
    if (!take(r, "}")) {
        do {
            ok = ok && read_member(r, depth, m);
        } while (ok && take(r, ","));
        ok = ok && take(r, "}");
    }
    if (ok && v)
        ok = same_members(r, depth, m, v);
    for (size_t i = 0; m && i < m->count; i++)
        act_buf_done(&m->list[i].key);
    free(m);
    return ok;
}

static bool read_value(reader *r, unsigned depth, const act_json *v)
{
    skip_blanks(r);
    bool ok = false;
    char c = peek(r);
    if (depth >= COMPARED_MAX)
        v = NULL;
    if (c == '{' || c == '[')
        ok = depth < r->depth_max &&
             (c == '{' ? read_object(r, depth, v) : read_array(r, depth, v));
    else if (c == '"')
        ok = read_text(r, v);
    else if (c == 't' || c == 'f')
        ok = (take(r, "true") || take(r, "false")) &&
             (!v || (v->type == ACT_JSON_BOOL && v->as.boolean == (c == 't')));
    else if (c == 'n')
        ok = take(r, "null") && (!v || v->type == ACT_JSON_NULL);
    else
        ok = read_number(r, v);
    skip_blanks(r);
    return ok;
}

bool json_reader_agrees(act_str text, unsigned depth, const act_json *value)
{
    reader r = { .text = text, .depth_max = depth };
    return act_str_is_utf8(text) && read_value(&r, 0, value) && r.at == text.len;
}
