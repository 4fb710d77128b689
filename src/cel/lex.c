/* The lexer: one token at a time, the longest match; literals keep their quotes. */
#include "cel/lex.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool is_ident_start(char c)
{
    return c == '_' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_ident(char c)
{
    return is_ident_start(c) || is_digit(c);
}

/* Byte @ahead of the position; NUL past the end, which starts no token either. */
static char peek(const cel_lexer *l, uint32_t ahead)
{
    return (size_t)l->at + ahead < l->src.len ? l->src.ptr[l->at + ahead] : '\0';
}

static bool at_end(const cel_lexer *l)
{
    return l->at >= l->src.len;
}

static void skip_space(cel_lexer *l)
{
    for (;;) {
        char c = peek(l, 0);
        if (c == ' ' || c == '\t' || c == '\n' || c == '\f' || c == '\r') {
            l->at++;
        } else if (c == '/' && peek(l, 1) == '/') {
            while (!at_end(l) && peek(l, 0) != '\n')
                l->at++;
        } else {
            return;
        }
    }
}

static void skip_digits(cel_lexer *l)
{
    while (is_digit(peek(l, 0)))
        l->at++;
}

/* At an e of "1e5" or "1e-5"; otherwise the e starts an identifier. */
static bool skip_exponent(cel_lexer *l)
{
    if (peek(l, 0) != 'e' && peek(l, 0) != 'E')
        return false;
    uint32_t sign = peek(l, 1) == '+' || peek(l, 1) == '-';
    if (!is_digit(peek(l, 1 + sign)))
        return false;
    l->at += 1 + sign;
    skip_digits(l);
    return true;
}

static uint8_t lex_number(cel_lexer *l)
{
    bool real = false;
    if (peek(l, 0) == '0' && peek(l, 1) == 'x' && is_hex(peek(l, 2))) {
        l->at += 2;
        while (is_hex(peek(l, 0)))
            l->at++;
    } else {
        skip_digits(l);
        if (peek(l, 0) == '.' && is_digit(peek(l, 1))) {
            real = true;
            l->at++;
            skip_digits(l);
        }
        real |= skip_exponent(l);
    }
    if (real)
        return CEL_TOK_FLOAT;
    if (peek(l, 0) == 'u' || peek(l, 0) == 'U') {
        l->at++;
        return CEL_TOK_UINT;
    }
    return CEL_TOK_INT;
}

/* Behind the prefix, at the opening quote. */
static bool lex_quoted(cel_lexer *l, bool raw)
{
    char quote = peek(l, 0);
    bool triple = peek(l, 1) == quote && peek(l, 2) == quote;
    l->at += triple ? 3 : 1;
    while (!at_end(l)) {
        char c = peek(l, 0);
        if (c == quote && (!triple || (peek(l, 1) == quote && peek(l, 2) == quote))) {
            l->at += triple ? 3 : 1;
            return true;
        }
        if (!triple && (c == '\n' || c == '\r'))
            return false;
        bool escape = c == '\\' && !raw && (size_t)l->at + 1 < l->src.len;
        if (escape && !triple && (peek(l, 1) == '\n' || peek(l, 1) == '\r'))
            return false;
        l->at += escape ? 2 : 1;
    }
    return false;
}

/* Length of a prefix b, r or br in front of a quote; 0 when there is no literal here. */
static uint32_t quote_prefix(const cel_lexer *l, bool *bytes, bool *raw)
{
    uint32_t n = 0;
    *bytes = peek(l, n) == 'b' || peek(l, n) == 'B';
    n += *bytes;
    *raw = peek(l, n) == 'r' || peek(l, n) == 'R';
    n += *raw;
    return peek(l, n) == '"' || peek(l, n) == '\'' ? n : 0;
}

static uint8_t lex_word(cel_lexer *l)
{
    uint32_t start = l->at;
    while (is_ident(peek(l, 0)))
        l->at++;
    act_str word = { l->src.ptr + start, l->at - start };
    if (act_str_eq_cstr(word, "true"))
        return CEL_TOK_TRUE;
    if (act_str_eq_cstr(word, "false"))
        return CEL_TOK_FALSE;
    if (act_str_eq_cstr(word, "null"))
        return CEL_TOK_NULL;
    return act_str_eq_cstr(word, "in") ? CEL_TOK_IN : CEL_TOK_IDENT;
}

static uint8_t lex_escaped_ident(cel_lexer *l)
{
    uint32_t start = l->at++;
    for (;;) {
        char c = peek(l, 0);
        if (c == '`' && l->at > start + 1) {
            l->at++;
            return CEL_TOK_ESC_IDENT;
        }
        if (!is_ident(c) && c != '.' && c != '-' && c != '/' && c != ' ')
            return CEL_TOK_BAD;
        l->at++;
    }
}

static uint8_t either(cel_lexer *l, char second, uint8_t with, uint8_t without)
{
    l->at++;
    if (peek(l, 0) != second)
        return without;
    l->at++;
    return with;
}

static uint8_t lex_punct(cel_lexer *l)
{
    static const uint8_t single[128] = {
        ['['] = CEL_TOK_LBRACKET, [']'] = CEL_TOK_RBRACKET, ['{'] = CEL_TOK_LBRACE,
        ['}'] = CEL_TOK_RBRACE,   ['('] = CEL_TOK_LPAREN,   [')'] = CEL_TOK_RPAREN,
        ['.'] = CEL_TOK_DOT,      [','] = CEL_TOK_COMMA,    ['-'] = CEL_TOK_MINUS,
        ['?'] = CEL_TOK_QUESTION, [':'] = CEL_TOK_COLON,    ['+'] = CEL_TOK_PLUS,
        ['*'] = CEL_TOK_STAR,     ['/'] = CEL_TOK_SLASH,    ['%'] = CEL_TOK_PERCENT,
    };
    unsigned char c = (unsigned char)peek(l, 0);
    switch (c) {
    case '=':
        return either(l, '=', CEL_TOK_EQ, CEL_TOK_BAD);
    case '!':
        return either(l, '=', CEL_TOK_NE, CEL_TOK_NOT);
    case '<':
        return either(l, '=', CEL_TOK_LE, CEL_TOK_LT);
    case '>':
        return either(l, '=', CEL_TOK_GE, CEL_TOK_GT);
    case '&':
        return either(l, '&', CEL_TOK_AND, CEL_TOK_BAD);
    case '|':
        return either(l, '|', CEL_TOK_OR, CEL_TOK_BAD);
    default:
        break;
    }
    l->at++;
    while (((unsigned char)peek(l, 0) & 0xc0) == 0x80)
        l->at++; /* a bad token is a whole code point */
    return c < 128 && single[c] ? single[c] : CEL_TOK_BAD;
}

static uint8_t lex_token(cel_lexer *l)
{
    bool bytes, raw;
    char c = peek(l, 0);
    uint32_t prefix = quote_prefix(l, &bytes, &raw);
    if (prefix > 0 || c == '"' || c == '\'') {
        l->at += prefix;
        if (!lex_quoted(l, raw))
            return CEL_TOK_BAD;
        return bytes ? CEL_TOK_BYTES : CEL_TOK_STRING;
    }
    if (is_ident_start(c))
        return lex_word(l);
    if (is_digit(c) || (c == '.' && is_digit(peek(l, 1))))
        return lex_number(l);
    if (c == '`')
        return lex_escaped_ident(l);
    return lex_punct(l);
}

cel_token cel_lex_next(cel_lexer *l)
{
    skip_space(l);
    cel_token t = { .kind = CEL_TOK_END, .start = l->at, .end = l->at };
    if (at_end(l))
        return t;
    t.kind = lex_token(l);
    t.end = l->at;
    return t;
}

bool cel_lex_is_reserved(act_str name)
{
    static const char *const words[] = {
        "as",        "break",  "const",  "continue", "else",  "for",
        "function",  "if",     "import", "let",      "loop",  "package",
        "namespace", "return", "var",    "void",     "while",
    };
    for (size_t i = 0; i < ACT_COUNT(words); i++) {
        if (act_str_eq_cstr(name, words[i]))
            return true;
    }
    return false;
}
