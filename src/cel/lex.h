/** @file
 *  The lexer: source text to tokens, one at a time. */
#ifndef CEL_LEX_H
#define CEL_LEX_H

#include "base/arena.h"
#include "base/str.h"

enum cel_token_kind {
    CEL_TOK_END,
    CEL_TOK_BAD, /**< no token starts here; covers one code point, or a broken literal */
    CEL_TOK_IDENT,
    CEL_TOK_ESC_IDENT, /**< with its back-ticks */
    CEL_TOK_INT,
    CEL_TOK_UINT,
    CEL_TOK_FLOAT,
    CEL_TOK_STRING,
    CEL_TOK_BYTES,
    CEL_TOK_TRUE,
    CEL_TOK_FALSE,
    CEL_TOK_NULL,
    CEL_TOK_IN,
    CEL_TOK_EQ,
    CEL_TOK_NE,
    CEL_TOK_LT,
    CEL_TOK_LE,
    CEL_TOK_GT,
    CEL_TOK_GE,
    CEL_TOK_AND,
    CEL_TOK_OR,
    CEL_TOK_LBRACKET,
    CEL_TOK_RBRACKET,
    CEL_TOK_LBRACE,
    CEL_TOK_RBRACE,
    CEL_TOK_LPAREN,
    CEL_TOK_RPAREN,
    CEL_TOK_DOT,
    CEL_TOK_COMMA,
    CEL_TOK_MINUS,
    CEL_TOK_NOT,
    CEL_TOK_QUESTION,
    CEL_TOK_COLON,
    CEL_TOK_PLUS,
    CEL_TOK_STAR,
    CEL_TOK_SLASH,
    CEL_TOK_PERCENT,
};

/** Bytes [start, end) of the source. */
typedef struct {
    uint8_t kind; /**< enum cel_token_kind */
    uint32_t start;
    uint32_t end;
} cel_token;

/** Where the lexer stands. @src is valid UTF-8, at most UINT32_MAX - 1 bytes. */
typedef struct {
    act_str src;
    uint32_t at;
} cel_lexer;

/** The next token; END again and again at the end. White space and `//` comments vanish. */
cel_token cel_lex_next(cel_lexer *lexer) ACT_NONNULL(1);

/** Is @name a word that no variable may have ("while", "package")? */
bool cel_lex_is_reserved(act_str name);

enum cel_literal_error {
    CEL_LITERAL_OK,
    CEL_LITERAL_ESCAPE,    /**< unknown or incomplete escape sequence */
    CEL_LITERAL_CODEPOINT, /**< a surrogate or above U+10FFFF */
    CEL_LITERAL_MEMORY,
};

/** Value of the STRING or BYTES token @text (with prefix and quotes) in @a, or a view of
 *  @text when nothing needs decoding. */
enum cel_literal_error cel_literal_decode(act_arena *a, act_str text, act_str *ret)
    ACT_NONNULL(1, 3);

#endif
