/* Search in summaries. What people type:
 *
 *   deploy            occurs somewhere, also inside a word
 *   "rolled out"      occurs as it stands, blanks and all
 *   nginx*            a word begins so
 *
 * Any of the terms may occur; upper and lower case of ASCII letters are the same. */
#include "api/query.h"

enum { TERMS_MAX = 32 };

int act_query_lower(act_arena *a, act_str text, act_str *ret)
{
    char *out = act_arena_bytes(a, text.len + 1);
    if (!out)
        return ACT_ENOMEM;
    for (size_t i = 0; i < text.len; i++)
        out[i] = (char)(text.ptr[i] >= 'A' && text.ptr[i] <= 'Z' ? text.ptr[i] + 32
                                                                 : text.ptr[i]);
    *ret = act_str_from(out, text.len);
    return 0;
}

typedef struct {
    act_str text;
    bool is_prefix; /* of a word; the star is not in the text */
} term;

static bool is_blank(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r';
}

/* The next term of *rest, which has no blanks at its front. A quote that nothing closes
 * reaches to the end. */
static term next_term(act_str *rest)
{
    bool quoted = rest->ptr[0] == '"';
    if (quoted)
        *rest = act_str_cut(*rest, 1);
    size_t end = 0;
    while (end < rest->len && (quoted ? rest->ptr[end] != '"' : !is_blank(rest->ptr[end])))
        end++;
    term t = { .text = act_str_head(*rest, end) };
    *rest = act_str_cut(*rest, end + quoted);
    size_t len = t.text.len;
    while (!quoted && len > 1 && t.text.ptr[len - 1] == '*')
        len--;
    t.is_prefix = len < t.text.len;
    t.text = act_str_head(t.text, len);
    return t;
}

/* A regular expression for a word that begins with @text. */
static int word_beginning(act_arena *a, act_str text, act_str *ret)
{
    act_buf out = ACT_BUF_INIT;
    act_buf_add(&out, ACT_STR("(?:^|[^\\pL\\pN_])"));
    for (size_t i = 0; i < text.len; i++) {
        char ch = text.ptr[i];
        bool plain = (ch >= 'a' && ch <= 'z') || (ch >= '0' && ch <= '9') || ch == '_' ||
                     (unsigned char)ch >= 0x80;
        if (ch == '\0')
            act_buf_add(&out, ACT_STR("\\x00"));
        else if (plain)
            act_buf_add_byte(&out, ch);
        else
            act_buf_printf(&out, "\\%c", ch);
    }
    int r = act_buf_err(&out);
    if (!r)
        r = act_arena_str(a, act_buf_str(&out), ret);
    act_buf_done(&out);
    return r;
}

static int add_term(act_call *c, act_query *q, term t, bool first)
{
    act_store_param p = { .type = ACT_STORE_STRING, .as.str = t.text };
    const char *name = NULL;
    int r = t.is_prefix ? word_beginning(c->arena, t.text, &p.as.str) : 0;
    if (!r)
        r = act_query_param(c, q, p, &name);
    if (!r)
        act_buf_printf(&q->where,
                       t.is_prefix ? "%smatch(lower(summary), {%s:String})"
                                   : "%sposition(lower(summary), {%s:String}) > 0",
                       first ? " AND (" : " OR ", name);
    return r;
}

int act_query_search(act_call *c, act_query *q, act_str search, act_problems *problems)
{
    act_str rest;
    size_t n = 0;
    int r = act_query_lower(c->arena, search, &rest);
    while (!r && (rest = act_str_trim(rest)).len > 0) {
        term t = next_term(&rest);
        if (t.text.len == 0)
            continue;
        if (n == TERMS_MAX) {
            (void)act_problems_add(problems, ACT_PROBLEM_TOO_MANY, ACT_STR("spec.search"),
                                   (act_str){ 0 }, "must have at most %d terms", TERMS_MAX);
            break;
        }
        r = add_term(c, q, t, n++ == 0);
    }
    if (n > 0)
        act_buf_add_byte(&q->where, ')');
    return r;
}
