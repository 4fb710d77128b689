#include "core/selector.h"

/* Requirements are collected in a list that doubles; the text's limit bounds it. */
typedef struct {
    act_arena *arena;
    act_requirement *items;
    size_t n, size;
} requirements;

static int push(requirements *rs, act_requirement r, act_err *reterr)
{
    if (rs->n == ACT_SELECTOR_ITEMS_MAX)
        return act_fail(reterr, ACT_ELIMIT, "a selector has at most %d terms",
                        ACT_SELECTOR_ITEMS_MAX);
    if (rs->n == rs->size) {
        size_t size = rs->size ? rs->size * 2 : 4;
        act_requirement *more = act_arena_make_n(rs->arena, act_requirement, size);
        if (!more)
            return ACT_ENOMEM;
        if (rs->n)
            memcpy(more, rs->items, rs->n * sizeof *more);
        rs->items = more;
        rs->size = size;
    }
    rs->items[rs->n++] = r;
    return ACT_OK;
}

static int push_one(requirements *rs, act_str key, enum act_selector_op op, act_str value,
                    act_err *reterr)
{
    act_str *values = act_arena_make(rs->arena, act_str);
    if (!values)
        return ACT_ENOMEM;
    *values = value;
    return push(rs, (act_requirement){ .key = key, .op = op, .values = values, .n = 1 },
                reterr);
}

static int check_length(act_str text, act_err *reterr)
{
    if (text.len > ACT_SELECTOR_TEXT_MAX)
        return act_fail(reterr, ACT_ELIMIT, "a selector has at most %d bytes",
                        ACT_SELECTOR_TEXT_MAX);
    return ACT_OK;
}

/* ---- field selectors -------------------------------------------------------------- */

/* The text up to the first ',' without a backslash before it. */
static act_str split_term(act_str text, act_str *ret_term)
{
    size_t i = 0;
    while (i < text.len && text.ptr[i] != ',')
        i += text.ptr[i] == '\\' && i + 1 < text.len ? 2 : 1;
    *ret_term = act_str_head(text, i);
    return act_str_cut(text, i + 1);
}

/* Key and operator of @term; the rest is the value, still escaped. */
static bool split_operator(act_str term, act_str *ret_key, enum act_selector_op *ret_op,
                           act_str *ret_value)
{
    static const struct {
        act_str text;
        enum act_selector_op op;
    } operators[] = { { { "!=", 2 }, ACT_SEL_NE },
                      { { "==", 2 }, ACT_SEL_EQ },
                      { { "=", 1 }, ACT_SEL_EQ } };
    for (size_t i = 0; i < term.len; i++) {
        act_str rest = act_str_cut(term, i);
        for (size_t k = 0; k < ACT_COUNT(operators); k++) {
            if (act_str_starts(rest, operators[k].text)) {
                *ret_key = act_str_trim(act_str_head(term, i));
                *ret_op = operators[k].op;
                *ret_value = act_str_trim(act_str_cut(rest, operators[k].text.len));
                return true;
            }
        }
    }
    return false;
}

static int unescape(act_arena *a, act_str value, act_str *ret, act_err *reterr)
{
    if (act_str_find_byte(value, '\\') == SIZE_MAX &&
        act_str_find_byte(value, '=') == SIZE_MAX) {
        *ret = value;
        return ACT_OK;
    }
    char *text = act_arena_bytes(a, value.len);
    if (!text)
        return ACT_ENOMEM;
    size_t len = 0;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == '=')
            return act_fail(reterr, ACT_EPARSE, "\"%.*s\": '=' in a value is written \\=",
                            ACT_STR_ARG(act_str_head(value, 64)));
        if (c == '\\') {
            c = ++i < value.len ? value.ptr[i] : '\0';
            if (c != '\\' && c != ',' && c != '=')
                return act_fail(reterr, ACT_EPARSE,
                                "\"%.*s\": a backslash stands before \\, ',' or '=' only",
                                ACT_STR_ARG(act_str_head(value, 64)));
        }
        text[len++] = c;
    }
    *ret = act_str_from(text, len);
    return ACT_OK;
}

static int parse_field_term(requirements *rs, act_str term, act_err *reterr)
{
    act_str key, value;
    enum act_selector_op op;
    if (!split_operator(term, &key, &op, &value) || key.len == 0)
        return act_fail(reterr, ACT_EPARSE, "\"%.*s\" is not key=value or key!=value",
                        ACT_STR_ARG(act_str_head(term, 64)));
    int err = unescape(rs->arena, value, &value, reterr);
    return err ? err : push_one(rs, key, op, value, reterr);
}

int act_selector_parse_fields(act_arena *a, act_str text, act_selector *ret,
                              act_err *reterr)
{
    int err = check_length(text, reterr);
    requirements rs = { .arena = a };
    while (!err && text.len) {
        act_str term;
        text = split_term(text, &term);
        if (act_str_trim(term).len) /* empty terms are passed over, as Kubernetes does */
            err = parse_field_term(&rs, term, reterr);
    }
    if (!err)
        *ret = (act_selector){ .items = rs.items, .n = rs.n };
    return err;
}

/* ---- label selectors: tokens ------------------------------------------------------- */

enum token {
    T_END,
    T_WORD,
    T_COMMA,
    T_OPEN,
    T_CLOSE,
    T_NOT, /* ! */
    T_EQ,  /* = or == */
    T_NE,
    T_GT,
    T_LT,
};

typedef struct {
    requirements rs;
    act_str whole;
    act_str rest;
    enum token token; /* the one looked at */
    act_str text;     /* of that token */
    act_err *reterr;
} label_parser;

static bool special(char c)
{
    return c == ',' || c == '(' || c == ')' || c == '!' || c == '=' || c == '<' || c == '>';
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void take(label_parser *p, enum token token, size_t len)
{
    p->token = token;
    p->text = act_str_head(p->rest, len);
    p->rest = act_str_cut(p->rest, len);
}

static void next(label_parser *p)
{
    while (p->rest.len && blank(p->rest.ptr[0]))
        p->rest = act_str_cut(p->rest, 1);
    if (p->rest.len == 0) {
        take(p, T_END, 0);
        return;
    }
    bool doubled = p->rest.len > 1 && p->rest.ptr[1] == '=';
    switch (p->rest.ptr[0]) {
    case ',':
        take(p, T_COMMA, 1);
        return;
    case '(':
        take(p, T_OPEN, 1);
        return;
    case ')':
        take(p, T_CLOSE, 1);
        return;
    case '!':
        take(p, doubled ? T_NE : T_NOT, doubled ? 2 : 1);
        return;
    case '=':
        take(p, T_EQ, doubled ? 2 : 1);
        return;
    case '>':
        take(p, T_GT, 1);
        return;
    case '<':
        take(p, T_LT, 1);
        return;
    default:
        break;
    }
    size_t len = 1;
    while (len < p->rest.len && !special(p->rest.ptr[len]) && !blank(p->rest.ptr[len]))
        len++;
    take(p, T_WORD, len);
}

static int unexpected(label_parser *p, const char *wanted)
{
    size_t at = (size_t)(p->text.ptr - p->whole.ptr);
    if (p->token == T_END)
        return act_fail_at(p->reterr, ACT_EPARSE, 1, (uint32_t)at + 1, at,
                           "the selector ends where %s was expected", wanted);
    return act_fail_at(p->reterr, ACT_EPARSE, 1, (uint32_t)at + 1, at,
                       "found \"%.*s\" where %s was expected",
                       ACT_STR_ARG(act_str_head(p->text, 64)), wanted);
}

/* ---- label selectors: names -------------------------------------------------------- */

static bool alphanumeric(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* The name part of a key, and a value: starts and ends alphanumeric. */
static bool is_label_word(act_str s)
{
    if (s.len == 0 || s.len > 63 || !alphanumeric(s.ptr[0]) ||
        !alphanumeric(s.ptr[s.len - 1]))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (!alphanumeric(c) && c != '-' && c != '_' && c != '.')
            return false;
    }
    return true;
}

static bool is_dns_subdomain(act_str s)
{
    if (s.len == 0 || s.len > 253)
        return false;
    bool start = true; /* of a label: neither '-' nor '.' may come */
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        bool at_edge = start || i + 1 == s.len || s.ptr[i + 1] == '.';
        if (!letter && !(c == '-' && !at_edge) && !(c == '.' && !start))
            return false;
        start = c == '.';
    }
    return !start;
}

static int check_key(label_parser *p, act_str key)
{
    act_str prefix = { 0 }, name = key;
    size_t slash = act_str_find_byte(key, '/');
    if (slash != SIZE_MAX) {
        prefix = act_str_head(key, slash);
        name = act_str_cut(key, slash + 1);
    }
    if (!is_label_word(name) || (slash != SIZE_MAX && !is_dns_subdomain(prefix)))
        return act_fail(p->reterr, ACT_EPARSE, "\"%.*s\" is no label key",
                        ACT_STR_ARG(act_str_head(key, 64)));
    return ACT_OK;
}

static int check_value(label_parser *p, act_str value)
{
    if (value.len && !is_label_word(value))
        return act_fail(p->reterr, ACT_EPARSE, "\"%.*s\" is no label value",
                        ACT_STR_ARG(act_str_head(value, 64)));
    return ACT_OK;
}

/* ---- label selectors: grammar ------------------------------------------------------ */

/* How many values the set that starts at the current token has at most. */
static size_t count_values(const label_parser *p)
{
    size_t n = 1;
    for (size_t i = 0; i < p->rest.len && p->rest.ptr[i] != ')'; i++)
        n += p->rest.ptr[i] == ',';
    return n;
}

/* "(a,b)", where a value may be empty: "(,b)", "()". */
static int parse_set(label_parser *p, act_str key, enum act_selector_op op)
{
    if (p->token != T_OPEN)
        return unexpected(p, "'('");
    act_str *values = act_arena_make_n(p->rs.arena, act_str, count_values(p));
    if (!values)
        return ACT_ENOMEM;
    next(p);
    for (size_t n = 0;;) {
        act_str value = { 0 };
        if (p->token == T_WORD) {
            value = p->text;
            next(p);
        }
        int err = check_value(p, value);
        if (err)
            return err;
        values[n++] = value;
        if (p->token == T_CLOSE) {
            next(p);
            return push(&p->rs,
                        (act_requirement){ .key = key, .op = op, .values = values, .n = n },
                        p->reterr);
        }
        if (p->token != T_COMMA)
            return unexpected(p, "',' or ')'");
        next(p);
    }
}

/* The value after =, != (may be empty) or after < and > (an integer). */
static int parse_value(label_parser *p, act_str key, enum act_selector_op op)
{
    act_str value = { 0 };
    if (p->token == T_WORD) {
        value = p->text;
        next(p);
    }
    int64_t number;
    int err = check_value(p, value);
    if (!err && (op == ACT_SEL_GT || op == ACT_SEL_LT) && act_str_to_i64(value, &number))
        err = act_fail(p->reterr, ACT_EPARSE, "\"%.*s\" is no integer",
                       ACT_STR_ARG(act_str_head(value, 64)));
    return err ? err : push_one(&p->rs, key, op, value, p->reterr);
}

static int parse_operator(label_parser *p, act_str key)
{
    static const enum act_selector_op operators[] = {
        [T_EQ] = ACT_SEL_EQ, [T_NE] = ACT_SEL_NE, [T_GT] = ACT_SEL_GT, [T_LT] = ACT_SEL_LT
    };
    enum token token = p->token;
    act_str text = p->text;
    if (token == T_END || token == T_COMMA)
        return push(&p->rs, (act_requirement){ .key = key, .op = ACT_SEL_EXISTS },
                    p->reterr);
    if (token == T_EQ || token == T_NE || token == T_GT || token == T_LT) {
        next(p);
        return parse_value(p, key, operators[token]);
    }
    if (token == T_WORD && act_str_eq(text, ACT_STR("in"))) {
        next(p);
        return parse_set(p, key, ACT_SEL_IN);
    }
    if (token == T_WORD && act_str_eq(text, ACT_STR("notin"))) {
        next(p);
        return parse_set(p, key, ACT_SEL_NOTIN);
    }
    return unexpected(p, "an operator");
}

static int parse_label_term(label_parser *p)
{
    bool negated = p->token == T_NOT;
    if (negated)
        next(p);
    if (p->token != T_WORD)
        return unexpected(p, "a label key");
    act_str key = p->text;
    int err = check_key(p, key);
    if (err)
        return err;
    next(p);
    if (!negated)
        return parse_operator(p, key);
    if (p->token != T_END && p->token != T_COMMA)
        return unexpected(p, "','");
    return push(&p->rs, (act_requirement){ .key = key, .op = ACT_SEL_NOT_EXISTS },
                p->reterr);
}

int act_selector_parse_labels(act_arena *a, act_str text, act_selector *ret,
                              act_err *reterr)
{
    int err = check_length(text, reterr);
    if (err)
        return err;
    label_parser p = { .rs.arena = a, .whole = text, .rest = text, .reterr = reterr };
    next(&p);
    while (p.token != T_END) {
        err = parse_label_term(&p);
        if (err)
            return err;
        if (p.token == T_END)
            break;
        if (p.token != T_COMMA)
            return unexpected(&p, "','");
        next(&p);
        if (p.token == T_END)
            return unexpected(&p, "a label key");
    }
    *ret = (act_selector){ .items = p.rs.items, .n = p.rs.n };
    return ACT_OK;
}

/* ---- matching --------------------------------------------------------------------- */

static bool among(const act_requirement *r, act_str value)
{
    for (size_t i = 0; i < r->n; i++)
        if (act_str_eq(r->values[i], value))
            return true;
    return false;
}

static bool compares(const act_requirement *r, act_str value)
{
    int64_t have, want;
    if (act_str_to_i64(value, &have) || act_str_to_i64(r->values[0], &want))
        return false;
    return r->op == ACT_SEL_GT ? have > want : have < want;
}

static bool holds(const act_requirement *r, bool exists, act_str value)
{
    switch (r->op) {
    case ACT_SEL_EQ:
    case ACT_SEL_IN:
        return exists && among(r, value);
    case ACT_SEL_NE:
    case ACT_SEL_NOTIN:
        return !exists || !among(r, value);
    case ACT_SEL_EXISTS:
        return exists;
    case ACT_SEL_NOT_EXISTS:
        return !exists;
    case ACT_SEL_GT:
    case ACT_SEL_LT:
        return exists && compares(r, value);
    }
    return false;
}

bool act_selector_matches(const act_selector *s, act_selector_lookup *lookup, void *ctx)
{
    for (size_t i = 0; i < s->n; i++) {
        act_str value = { 0 };
        bool exists = lookup(ctx, s->items[i].key, &value);
        if (!holds(&s->items[i], exists, value))
            return false;
    }
    return true;
}

bool act_selector_exact(const act_selector *s, act_str key, act_str *ret)
{
    for (size_t i = 0; i < s->n; i++) {
        const act_requirement *r = &s->items[i];
        if ((r->op == ACT_SEL_EQ || r->op == ACT_SEL_IN) && r->n == 1 &&
            act_str_eq(r->key, key)) {
            *ret = r->values[0];
            return true;
        }
    }
    return false;
}
