/* Recursive descent over CEL's grammar. A syntax error ends the parse; errors of meaning
 * (reserved names, literals out of range, misused macros) are collected. */
#include "cel/parse_internal.h"
#include "cel/num.h"

static cel_node *parse_expr(cel_parser *p);
static cel_node *parse_member(cel_parser *p);

cel_node *cel_parse_fail(cel_parser *p, int err, uint32_t offset, const char *format, ...)
{
    /* Limits and memory end everything: a report for each node on the way out helps nobody.
     */
    bool silent = p->err != 0 && (err != ACT_EPARSE || p->err != ACT_EPARSE);
    if (p->err == 0 || p->err == ACT_EPARSE)
        p->err = err;
    if (silent)
        return NULL;
    char text[256];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    (void)cel_errors_add(p->errors, offset, "%s", n < 0 ? "error" : text);
    return NULL;
}

static act_str token_text(const cel_parser *p, cel_token t)
{
    return (act_str){ p->lexer.src.ptr + t.start, t.end - t.start };
}

/* At most 32 bytes of a token for a message, cut between code points. */
static act_str token_sample(const cel_parser *p, cel_token t)
{
    act_str s = act_str_head(token_text(p, t), 32);
    bool cut = s.len < t.end - t.start;
    while (cut && s.len > 0 && ((unsigned char)s.ptr[s.len] & 0xc0) == 0x80)
        s.len--;
    act_str line;
    (void)act_str_split(s, '\n', &line);
    return line;
}

static void advance(cel_parser *p)
{
    p->tok = cel_lex_next(&p->lexer);
}

static bool at(const cel_parser *p, enum cel_token_kind kind)
{
    return p->tok.kind == kind;
}

static bool accept(cel_parser *p, enum cel_token_kind kind)
{
    if (!at(p, kind))
        return false;
    advance(p);
    return true;
}

static cel_node *syntax_error(cel_parser *p, const char *expected)
{
    act_str sample = token_sample(p, p->tok);
    if (at(p, CEL_TOK_END))
        return cel_parse_fail(p, ACT_EPARSE, p->tok.start,
                              "Syntax error: unexpected end of input, expected %s",
                              expected);
    if (at(p, CEL_TOK_BAD))
        return cel_parse_fail(p, ACT_EPARSE, p->tok.start,
                              "Syntax error: token recognition error at: '%.*s'",
                              ACT_STR_ARG(sample));
    return cel_parse_fail(p, ACT_EPARSE, p->tok.start,
                          "Syntax error: unexpected '%.*s', expected %s",
                          ACT_STR_ARG(sample), expected);
}

static bool expect(cel_parser *p, enum cel_token_kind kind, const char *what)
{
    if (accept(p, kind))
        return true;
    (void)syntax_error(p, what);
    return false;
}

/* Something to go on with after an error of meaning. */
static cel_node *placeholder(cel_parser *p, uint32_t offset)
{
    return p->err == ACT_EPARSE ? cel_make_const(p, offset, cel_null()) : NULL;
}

static bool optional_syntax(cel_parser *p, uint32_t offset, const char *what)
{
    if (p->env->lib_version[CEL_LIB_OPTIONAL] > 0)
        return true;
    (void)cel_parse_fail(p, ACT_EPARSE, offset, "unsupported syntax '%s'", what);
    return false;
}

/* ---- lists of expressions ----------------------------------------------------------- */

/* Nodes read so far; in the arena, because the count is not known before the end. */
typedef struct {
    cel_node **nodes;
    bool *optional;
    uint32_t count, size;
    bool any_optional;
} node_vec;

static bool vec_push(cel_parser *p, node_vec *v, cel_node *n, bool optional)
{
    if (!n)
        return false;
    if (v->count == v->size) {
        uint32_t size = v->size ? v->size * 2 : 4;
        cel_node **nodes = act_arena_make_n(p->arena, cel_node *, size);
        bool *flags = act_arena_make_n(p->arena, bool, size);
        if (!nodes || !flags)
            return cel_parse_fail(p, ACT_ENOMEM, n->offset, "out of memory") != NULL;
        if (v->count > 0) {
            memcpy(nodes, v->nodes, v->count * sizeof(cel_node *));
            memcpy(flags, v->optional, v->count * sizeof(bool));
        }
        v->nodes = nodes;
        v->optional = flags;
        v->size = size;
    }
    v->nodes[v->count] = n;
    v->optional[v->count++] = optional;
    v->any_optional |= optional;
    return true;
}

/* Behind "(": arguments up to and with ")". */
static bool parse_args(cel_parser *p, node_vec *v)
{
    uint32_t limit = p->env->limits.call_args;
    if (accept(p, CEL_TOK_RPAREN))
        return true;
    do {
        uint32_t offset = p->tok.start;
        if (v->count >= limit)
            return cel_parse_fail(p, ACT_ELIMIT, offset, "call has more than %u arguments",
                                  limit) != NULL;
        if (!vec_push(p, v, parse_expr(p), false))
            return false;
    } while (accept(p, CEL_TOK_COMMA));
    return expect(p, CEL_TOK_RPAREN, "',' or ')'");
}

static bool too_many_entries(cel_parser *p, uint32_t count)
{
    uint32_t limit = p->env->limits.literal_entries;
    if (count < limit)
        return false;
    (void)cel_parse_fail(p, ACT_ELIMIT, p->tok.start, "literal has more than %u entries",
                         limit);
    return true;
}

static cel_node *parse_list(cel_parser *p)
{
    uint32_t offset = p->tok.start;
    node_vec v = { 0 };
    advance(p);
    bool only_comma = accept(p, CEL_TOK_COMMA); /* "[,]": the grammar has it so */
    while (!only_comma && !at(p, CEL_TOK_RBRACKET)) {
        uint32_t start = p->tok.start;
        if (too_many_entries(p, v.count))
            return NULL;
        bool optional = accept(p, CEL_TOK_QUESTION);
        if (optional && !optional_syntax(p, start, "?"))
            optional = false;
        if (!vec_push(p, &v, parse_expr(p), optional))
            return NULL;
        if (!accept(p, CEL_TOK_COMMA))
            break;
    }
    if (!expect(p, CEL_TOK_RBRACKET, only_comma ? "']'" : "',' or ']'"))
        return NULL;
    return cel_make_list(p, offset, v.nodes, v.any_optional ? v.optional : NULL, v.count);
}

/* The name of a message's field; kept only so that the checker can refuse it politely. */
static bool parse_field(cel_parser *p, act_str *ret)
{
    act_str text = token_text(p, p->tok);
    if (at(p, CEL_TOK_ESC_IDENT))
        text = (act_str){ text.ptr + 1, text.len - 2 };
    else if (!at(p, CEL_TOK_IDENT))
        return syntax_error(p, "a field name") != NULL;
    advance(p);
    *ret = text;
    return true;
}

static bool parse_entry(cel_parser *p, bool keyed, cel_node_entry *e)
{
    uint32_t start = p->tok.start;
    e->optional = accept(p, CEL_TOK_QUESTION);
    if (e->optional && !optional_syntax(p, start, "?"))
        e->optional = false;
    if (keyed ? !(e->key = parse_expr(p)) : !parse_field(p, &e->field))
        return false;
    if (!expect(p, CEL_TOK_COLON, "':'"))
        return false;
    e->value = parse_expr(p);
    return e->value != NULL;
}

/* At "{": a map literal, or the fields of message @struct_name. */
static cel_node *parse_map(cel_parser *p, uint32_t offset, const act_str *struct_name)
{
    cel_node_entry *entries = NULL;
    uint32_t count = 0, size = 0;
    advance(p);
    bool only_comma = accept(p, CEL_TOK_COMMA);
    while (!only_comma && !at(p, CEL_TOK_RBRACE)) {
        if (too_many_entries(p, count))
            return NULL;
        if (count == size) {
            size = size ? size * 2 : 4;
            cel_node_entry *more = act_arena_make_n(p->arena, cel_node_entry, size);
            if (!more)
                return cel_parse_fail(p, ACT_ENOMEM, offset, "out of memory");
            if (count > 0)
                memcpy(more, entries, count * sizeof(*more));
            entries = more;
        }
        if (!parse_entry(p, struct_name == NULL, &entries[count++]))
            return NULL;
        if (!accept(p, CEL_TOK_COMMA))
            break;
    }
    if (!expect(p, CEL_TOK_RBRACE, only_comma ? "'}'" : "',' or '}'"))
        return NULL;
    return cel_make_map(p, offset, struct_name, entries, count);
}

/* ---- literals ----------------------------------------------------------------------- */

/* Digits with an optional "0x" in front, to a magnitude. */
static bool parse_magnitude(act_str text, uint64_t *ret)
{
    uint64_t value = 0;
    uint64_t base = 10;
    if (text.len > 2 && text.ptr[1] == 'x') {
        base = 16;
        text = act_str_cut(text, 2);
    }
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        uint64_t digit = c <= '9' ? c - (uint64_t)'0' : (c | 0x20u) - (uint64_t)'a' + 10;
        if (act_mul_overflows(value, base, &value) ||
            act_add_overflows(value, digit, &value))
            return false;
    }
    *ret = value;
    return true;
}

static cel_node *parse_int(cel_parser *p, uint32_t offset, bool negative)
{
    uint64_t magnitude;
    bool fits = parse_magnitude(token_text(p, p->tok), &magnitude) &&
                magnitude <= (uint64_t)INT64_MAX + negative;
    advance(p);
    if (!fits) {
        (void)cel_parse_fail(p, ACT_EPARSE, offset, "invalid int literal");
        return placeholder(p, offset);
    }
    return cel_make_const(p, offset,
                          cel_int((int64_t)(negative ? 0 - magnitude : magnitude)));
}

static cel_node *parse_uint(cel_parser *p, uint32_t offset)
{
    uint64_t value;
    act_str text = token_text(p, p->tok);
    bool fits = parse_magnitude(act_str_head(text, text.len - 1), &value);
    advance(p);
    if (!fits) {
        (void)cel_parse_fail(p, ACT_EPARSE, offset, "invalid uint literal");
        return placeholder(p, offset);
    }
    return cel_make_const(p, offset, cel_uint(value));
}

/* Has the FLOAT token @text an exponent above @limit, with either sign? */
static bool is_huge_exponent(act_str text, uint32_t limit)
{
    uint64_t exponent = 0;
    size_t i = 0;
    while (i < text.len && (text.ptr[i] | 0x20) != 'e')
        i++;
    for (i++; i < text.len && exponent <= limit; i++)
        if (text.ptr[i] >= '0' && text.ptr[i] <= '9')
            exponent = exponent * 10 + (uint64_t)(text.ptr[i] - '0');
    return exponent > limit;
}

static cel_node *parse_float(cel_parser *p, uint32_t offset, bool negative)
{
    double value;
    act_str text = token_text(p, p->tok);
    uint32_t limit = p->env->limits.exponent;
    if (is_huge_exponent(text, limit))
        return cel_parse_fail(p, ACT_ELIMIT, offset, "exponent of a number is above %u",
                              limit);
    int err = cel_num_parse_double(text, &value);
    advance(p);
    if (err) {
        (void)cel_parse_fail(p, ACT_EPARSE, offset, "invalid double literal");
        return placeholder(p, offset);
    }
    return cel_make_const(p, offset, cel_double(negative ? -value : value));
}

static cel_node *parse_text(cel_parser *p, uint32_t offset)
{
    act_str value = { 0 };
    bool bytes = at(p, CEL_TOK_BYTES);
    act_str text = token_text(p, p->tok);
    advance(p);
    switch (cel_literal_decode(p->arena, text, &value)) {
    case CEL_LITERAL_OK:
        return cel_make_const(p, offset, bytes ? cel_bytes(value) : cel_string(value));
    case CEL_LITERAL_ESCAPE:
        (void)cel_parse_fail(p, ACT_EPARSE, offset,
                             "Syntax error: invalid escape sequence in literal");
        return placeholder(p, offset);
    case CEL_LITERAL_CODEPOINT:
        (void)cel_parse_fail(p, ACT_EPARSE, offset, "invalid unicode code point");
        return placeholder(p, offset);
    case CEL_LITERAL_MEMORY:
        break;
    }
    return cel_parse_fail(p, ACT_ENOMEM, offset, "out of memory");
}

/* ---- primary and member expressions -------------------------------------------------- */

static void refuse_reserved(cel_parser *p, act_str name, uint32_t offset)
{
    if (cel_lex_is_reserved(name))
        (void)cel_parse_fail(p, ACT_EPARSE, offset, "reserved identifier: %.*s",
                             ACT_STR_ARG(name));
}

/* Behind a name or receiver, at "(". */
static cel_node *parse_call(cel_parser *p, act_str name, cel_node *target)
{
    uint32_t offset = p->tok.start;
    node_vec v = { 0 };
    advance(p);
    if (!parse_args(p, &v))
        return NULL;
    cel_node *call = cel_make_call(p, offset, name, target, v.nodes, v.count);
    return call ? cel_macro_expand(p, call) : NULL;
}

/* ["."] IDENT ["(" args ")"]; the dot stays in the name and means the root scope. */
static cel_node *parse_name(cel_parser *p)
{
    uint32_t offset = p->tok.start;
    bool rooted = accept(p, CEL_TOK_DOT);
    if (!at(p, CEL_TOK_IDENT))
        return syntax_error(p, "an identifier");
    act_str name = token_text(p, p->tok);
    refuse_reserved(p, name, p->tok.start);
    if (rooted) {
        char *dotted = act_arena_bytes(p->arena, name.len + 1);
        if (!dotted)
            return cel_parse_fail(p, ACT_ENOMEM, offset, "out of memory");
        dotted[0] = '.';
        memcpy(dotted + 1, name.ptr, name.len);
        name = (act_str){ dotted, name.len + 1 };
    }
    advance(p);
    if (at(p, CEL_TOK_LPAREN))
        return parse_call(p, name, NULL);
    return cel_make_ident(p, offset, name);
}

static cel_node *parse_literal(cel_parser *p)
{
    uint32_t offset = p->tok.start;
    bool negative = accept(p, CEL_TOK_MINUS);
    if (at(p, CEL_TOK_INT))
        return parse_int(p, offset, negative);
    if (at(p, CEL_TOK_FLOAT))
        return parse_float(p, offset, negative);
    return syntax_error(p, "a number after '-'");
}

static cel_node *parse_primary(cel_parser *p)
{
    uint32_t offset = p->tok.start;
    cel_node *n;
    switch ((enum cel_token_kind)p->tok.kind) {
    case CEL_TOK_DOT:
    case CEL_TOK_IDENT:
        return parse_name(p);
    case CEL_TOK_LPAREN:
        advance(p);
        n = parse_expr(p);
        return n && expect(p, CEL_TOK_RPAREN, "')'") ? n : NULL;
    case CEL_TOK_LBRACKET:
        return parse_list(p);
    case CEL_TOK_LBRACE:
        return parse_map(p, offset, NULL);
    case CEL_TOK_MINUS:
    case CEL_TOK_INT:
    case CEL_TOK_FLOAT:
        return parse_literal(p);
    case CEL_TOK_UINT:
        return parse_uint(p, offset);
    case CEL_TOK_STRING:
    case CEL_TOK_BYTES:
        return parse_text(p, offset);
    case CEL_TOK_TRUE:
    case CEL_TOK_FALSE: {
        bool value = at(p, CEL_TOK_TRUE);
        advance(p);
        return cel_make_const(p, offset, cel_bool(value));
    }
    case CEL_TOK_NULL:
        advance(p);
        return cel_make_const(p, offset, cel_null());
    default:
        return syntax_error(p, "an expression");
    }
}

/* "a", "a.b" or ".a.b" as one dotted name; false for other trees. */
static bool dotted_name(cel_parser *p, const cel_node *n, act_str *ret)
{
    if (n->kind == CEL_NODE_IDENT) {
        *ret = n->as.ident.name;
        return true;
    }
    act_str head;
    if (n->kind != CEL_NODE_SELECT || n->as.select.test_only ||
        !dotted_name(p, n->as.select.operand, &head))
        return false;
    return act_arena_printf(p->arena, ret, "%.*s.%.*s", ACT_STR_ARG(head),
                            ACT_STR_ARG(n->as.select.field)) == 0;
}

/* Behind an expression, at ".": field, optional field or member call. *bare turns false
 * when it cannot go on the name of a message. */
static cel_node *parse_dot(cel_parser *p, cel_node *operand, bool *bare)
{
    uint32_t offset = p->tok.start;
    advance(p);
    bool optional = accept(p, CEL_TOK_QUESTION);
    if (optional)
        (void)optional_syntax(p, offset, ".?");
    act_str name = token_text(p, p->tok);
    bool escaped = at(p, CEL_TOK_ESC_IDENT);
    if (escaped)
        name = (act_str){ name.ptr + 1, name.len - 2 };
    else if (!at(p, CEL_TOK_IDENT))
        return syntax_error(p, "a field or function name");
    *bare = *bare && !escaped;
    uint32_t name_offset = p->tok.start;
    advance(p);
    if (optional) {
        cel_node *args[] = { operand, cel_make_const(p, name_offset, cel_string(name)) };
        return cel_make_call(p, offset, ACT_STR("_?._"), NULL, args, 2);
    }
    if (at(p, CEL_TOK_LPAREN) && !escaped)
        return parse_call(p, name, operand);
    return cel_make_select(p, offset, operand, name);
}

/* At "[". */
static cel_node *parse_index(cel_parser *p, cel_node *operand)
{
    uint32_t offset = p->tok.start;
    advance(p);
    bool optional = accept(p, CEL_TOK_QUESTION);
    if (optional)
        (void)optional_syntax(p, offset, "[?");
    cel_node *args[] = { operand, parse_expr(p) };
    if (!args[1] || !expect(p, CEL_TOK_RBRACKET, "']'"))
        return NULL;
    act_str name = optional ? ACT_STR("_[?_]") : ACT_STR("_[_]");
    return cel_make_call(p, offset, name, NULL, args, 2);
}

static cel_node *parse_member(cel_parser *p)
{
    bool bare = at(p, CEL_TOK_IDENT) || at(p, CEL_TOK_DOT);
    cel_node *n = parse_primary(p);
    while (n) {
        act_str name;
        if (at(p, CEL_TOK_DOT))
            n = parse_dot(p, n, &bare);
        else if (at(p, CEL_TOK_LBRACKET))
            n = parse_index(p, n);
        else if (bare && at(p, CEL_TOK_LBRACE) && dotted_name(p, n, &name))
            n = parse_map(p, p->tok.start, &name);
        else
            break;
    }
    return n;
}

/* ---- operators ---------------------------------------------------------------------- */

/* "!!!x" keeps the parity of the run only, as cel-go does. */
static cel_node *parse_unary(cel_parser *p)
{
    uint32_t offset = p->tok.start;
    uint8_t op = p->tok.kind;
    if (op != CEL_TOK_NOT && op != CEL_TOK_MINUS)
        return parse_member(p);
    cel_lexer before = p->lexer;
    cel_token first = p->tok;
    uint32_t run = 0;
    while (accept(p, (enum cel_token_kind)op))
        run++;
    if (op == CEL_TOK_MINUS && run == 1 && (at(p, CEL_TOK_INT) || at(p, CEL_TOK_FLOAT))) {
        p->lexer = before; /* the sign belongs to the literal */
        p->tok = first;
        return parse_member(p);
    }
    cel_node *n = parse_member(p);
    if (!n || run % 2 == 0)
        return n;
    act_str name = op == CEL_TOK_NOT ? ACT_STR("!_") : ACT_STR("-_");
    return cel_make_call(p, offset, name, NULL, &n, 1);
}

static const struct {
    act_str function;
    uint8_t level; /* 1: relations, 2: sums, 3: products; 0: no such operator */
} binary_ops[] = {
    [CEL_TOK_EQ] = { ACT_STR("_==_"), 1 },   [CEL_TOK_NE] = { ACT_STR("_!=_"), 1 },
    [CEL_TOK_LT] = { ACT_STR("_<_"), 1 },    [CEL_TOK_LE] = { ACT_STR("_<=_"), 1 },
    [CEL_TOK_GT] = { ACT_STR("_>_"), 1 },    [CEL_TOK_GE] = { ACT_STR("_>=_"), 1 },
    [CEL_TOK_IN] = { ACT_STR("@in"), 1 },    [CEL_TOK_PLUS] = { ACT_STR("_+_"), 2 },
    [CEL_TOK_MINUS] = { ACT_STR("_-_"), 2 }, [CEL_TOK_STAR] = { ACT_STR("_*_"), 3 },
    [CEL_TOK_SLASH] = { ACT_STR("_/_"), 3 }, [CEL_TOK_PERCENT] = { ACT_STR("_%_"), 3 },
};

/* Operators of @level and above, left associative. */
static cel_node *parse_binary(cel_parser *p, uint8_t level)
{
    if (level > 3)
        return parse_unary(p);
    cel_node *left = parse_binary(p, (uint8_t)(level + 1));
    while (left && p->tok.kind < ACT_COUNT(binary_ops) &&
           binary_ops[p->tok.kind].level == level) {
        act_str function = binary_ops[p->tok.kind].function;
        uint32_t offset = p->tok.start;
        advance(p);
        cel_node *args[] = { left, parse_binary(p, (uint8_t)(level + 1)) };
        left = args[1] ? cel_make_call(p, offset, function, NULL, args, 2) : NULL;
    }
    return left;
}

/* Terms lo to hi as a balanced tree, so that long chains stay shallow; @op_offsets[i] is
 * the operator between the terms i and i + 1. The shape is cel-go's. */
static cel_node *balance(cel_parser *p, act_str function, const node_vec *terms,
                         const uint32_t *op_offsets, uint32_t lo, uint32_t hi)
{
    if (lo == hi)
        return terms->nodes[lo];
    uint32_t mid = (lo + hi) / 2; /* operator that becomes the root */
    cel_node *args[] = { balance(p, function, terms, op_offsets, lo, mid),
                         balance(p, function, terms, op_offsets, mid + 1, hi) };
    if (!args[0] || !args[1])
        return NULL;
    return cel_make_call(p, op_offsets[mid], function, NULL, args, 2);
}

/* One level of && or ||: @next is the level above. */
static cel_node *parse_logic(cel_parser *p, enum cel_token_kind op, act_str function,
                             cel_node *(*next)(cel_parser *))
{
    cel_node *first = next(p);
    if (!first || !at(p, op))
        return first;
    node_vec terms = { 0 };
    uint32_t *offsets = NULL;
    uint32_t size = 0;
    if (!vec_push(p, &terms, first, false))
        return NULL;
    while (at(p, op)) {
        if (terms.count > size) {
            uint32_t *more = act_arena_make_n(p->arena, uint32_t, terms.count * 2u);
            if (!more)
                return cel_parse_fail(p, ACT_ENOMEM, p->tok.start, "out of memory");
            if (size > 0)
                memcpy(more, offsets, size * sizeof(*more));
            offsets = more;
            size = terms.count * 2;
        }
        offsets[terms.count - 1] = p->tok.start;
        advance(p);
        if (!vec_push(p, &terms, next(p), false))
            return NULL;
    }
    return balance(p, function, &terms, offsets, 0, terms.count - 1);
}

static cel_node *parse_relation(cel_parser *p)
{
    return parse_binary(p, 1);
}

static cel_node *parse_and(cel_parser *p)
{
    return parse_logic(p, CEL_TOK_AND, ACT_STR("_&&_"), parse_relation);
}

static cel_node *parse_or(cel_parser *p)
{
    return parse_logic(p, CEL_TOK_OR, ACT_STR("_||_"), parse_and);
}

static cel_node *parse_conditional(cel_parser *p)
{
    cel_node *args[3] = { parse_or(p) };
    if (!args[0] || !at(p, CEL_TOK_QUESTION))
        return args[0];
    uint32_t offset = p->tok.start;
    advance(p);
    args[1] = parse_or(p);
    if (!args[1] || !expect(p, CEL_TOK_COLON, "':'"))
        return NULL;
    args[2] = parse_expr(p);
    return args[2] ? cel_make_call(p, offset, ACT_STR("_?_:_"), NULL, args, 3) : NULL;
}

static cel_node *parse_expr(cel_parser *p)
{
    uint32_t limit = p->env->limits.parse_depth;
    if (p->depth >= limit)
        return cel_parse_fail(p, ACT_ELIMIT, p->tok.start,
                              "expression recursion limit exceeded: %u", limit);
    p->depth++;
    cel_node *n = parse_conditional(p);
    p->depth--;
    return n;
}

/* ---- entry -------------------------------------------------------------------------- */

static int check_source(cel_parser *p, act_str src)
{
    const cel_limits *limits = &p->env->limits;
    if (src.len > limits->source_bytes || src.len >= UINT32_MAX) {
        (void)cel_parse_fail(p, ACT_ELIMIT, 0, "expression is longer than %zu bytes",
                             limits->source_bytes);
        return p->err;
    }
    size_t codepoints = 0;
    for (size_t i = 0; i < src.len; i++)
        codepoints += ((unsigned char)src.ptr[i] & 0xc0) != 0x80;
    if (!act_str_is_utf8(src))
        (void)cel_parse_fail(p, ACT_EPARSE, 0, "expression is not valid UTF-8");
    else if (codepoints > limits->source_codepoints)
        (void)cel_parse_fail(p, ACT_ELIMIT, 0, "expression is longer than %u code points",
                             limits->source_codepoints);
    return p->err;
}

int cel_parse(const cel_env *env, act_arena *a, act_str src, cel_errors *errors,
              cel_ast *ret)
{
    cel_parser p = { .env = env, .arena = a, .errors = errors, .lexer = { .src = src } };
    int err = check_source(&p, src);
    if (err)
        return err;
    advance(&p);
    cel_node *root = parse_expr(&p);
    if (root && !at(&p, CEL_TOK_END))
        (void)syntax_error(&p, "an operator or the end");
    if (p.err)
        return p.err;
    *ret = (cel_ast){ .root = root, .node_count = p.node_count };
    return 0;
}
