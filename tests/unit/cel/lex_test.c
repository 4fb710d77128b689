#include "cel/lex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

/* Kinds of all tokens of @src, at most @max. */
static size_t kinds_of(const char *src, uint8_t *kinds, size_t max)
{
    cel_lexer l = { .src = act_str_cstr(src) };
    size_t n = 0;
    for (;;) {
        cel_token t = cel_lex_next(&l);
        if (t.kind == CEL_TOK_END || n == max)
            return n;
        kinds[n++] = t.kind;
    }
}

static void assert_one_token(const char *src, enum cel_token_kind kind)
{
    cel_lexer l = { .src = act_str_cstr(src) };
    cel_token t = cel_lex_next(&l);
    if (t.kind != kind || t.end != strlen(src))
        fail_msg("'%s' is kind %d to byte %u", src, t.kind, t.end);
    assert_int_equal(cel_lex_next(&l).kind, CEL_TOK_END);
}

static void each_form_of_token_is_one_token(void **state)
{
    (void)state;
    static const struct {
        const char *src;
        enum cel_token_kind kind;
    } cases[] = {
        { "a", CEL_TOK_IDENT },
        { "_x1", CEL_TOK_IDENT },
        { "rb", CEL_TOK_IDENT },
        { "inn", CEL_TOK_IDENT },
        { "in", CEL_TOK_IN },
        { "true", CEL_TOK_TRUE },
        { "false", CEL_TOK_FALSE },
        { "null", CEL_TOK_NULL },
        { "`a-b.c/d e`", CEL_TOK_ESC_IDENT },
        { "0", CEL_TOK_INT },
        { "007", CEL_TOK_INT },
        { "0xAf", CEL_TOK_INT },
        { "1u", CEL_TOK_UINT },
        { "0xfU", CEL_TOK_UINT },
        { "1.5", CEL_TOK_FLOAT },
        { ".5", CEL_TOK_FLOAT },
        { "1e5", CEL_TOK_FLOAT },
        { "1.5E-10", CEL_TOK_FLOAT },
        { ".5e+1", CEL_TOK_FLOAT },
        { "''", CEL_TOK_STRING },
        { "'a\\'b'", CEL_TOK_STRING },
        { "\"'\"", CEL_TOK_STRING },
        { "'''a\n'b'''", CEL_TOK_STRING },
        { "r'\\'", CEL_TOK_STRING },
        { "R\"\"\"\\\"\"\"", CEL_TOK_STRING },
        { "b'a'", CEL_TOK_BYTES },
        { "bR'''a'''", CEL_TOK_BYTES },
        { "==", CEL_TOK_EQ },
        { "!=", CEL_TOK_NE },
        { "<=", CEL_TOK_LE },
        { ">=", CEL_TOK_GE },
        { "&&", CEL_TOK_AND },
        { "||", CEL_TOK_OR },
        { "%", CEL_TOK_PERCENT },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++)
        assert_one_token(cases[i].src, cases[i].kind);
}

static void broken_literals_and_stray_bytes_are_bad_tokens(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "'a", "\"a", "'a\nb'", "'a\\\nb'", "'''a''",
        "`a", "``",  "`a$`",   "$",        "=",
        "&",  "|",   "^",      "~",        "#",
        "@",  "\\",  ";",      "\x01",     "\xf0\x9f\x98\x81",
        "b'", "r\"",
    };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        cel_lexer l = { .src = act_str_cstr(bad[i]) };
        if (cel_lex_next(&l).kind != CEL_TOK_BAD)
            fail_msg("'%s' is a token", bad[i]);
    }
}

static void near_numbers_split_where_the_grammar_says(void **state)
{
    (void)state;
    uint8_t k[4];
    assert_int_equal(kinds_of("1.", k, 4), 2);
    assert_int_equal(k[1], CEL_TOK_DOT);
    assert_int_equal(kinds_of("1.f", k, 4), 3);
    assert_int_equal(kinds_of("0X1", k, 4), 2);
    assert_int_equal(k[1], CEL_TOK_IDENT);
    assert_int_equal(kinds_of("1e", k, 4), 2);
    assert_int_equal(kinds_of("0x", k, 4), 2);
    assert_int_equal(kinds_of("1e+", k, 4), 3);
}

static void rb_is_no_prefix_of_bytes(void **state)
{
    (void)state;
    uint8_t k[4];
    assert_int_equal(kinds_of("rb'x'", k, 4), 2);
    assert_int_equal(k[0], CEL_TOK_IDENT);
    assert_int_equal(k[1], CEL_TOK_STRING);
}

static void space_and_comments_vanish_between_tokens(void **state)
{
    (void)state;
    uint8_t k[8];
    assert_int_equal(kinds_of("\t\f\r\n a // x 'y\n+ // end", k, 8), 2);
    assert_int_equal(k[1], CEL_TOK_PLUS);
    assert_int_equal(kinds_of("a\vb", k, 8), 3);
    assert_int_equal(k[1], CEL_TOK_BAD);
}

static void assert_decodes(const char *token, const void *want, size_t len)
{
    act_arena *a;
    act_str value;
    assert_int_equal(act_arena_new(1 << 16, 0, &a), 0);
    assert_int_equal(cel_literal_decode(a, act_str_cstr(token), &value), CEL_LITERAL_OK);
    if (value.len != len || memcmp(value.ptr, want, len) != 0)
        fail_msg("%s decodes to %zu bytes '%.*s'", token, value.len, ACT_STR_ARG(value));
    act_arena_free(a);
}

static void escapes_decode_to_their_values(void **state)
{
    (void)state;
    assert_decodes("'\\a\\b\\f\\n\\r\\t\\v\\\\\\?\\\"\\'\\`'", "\a\b\f\n\r\t\v\\?\"'`", 12);
    assert_decodes("'\\x41\\X4a'", "AJ", 2);
    assert_decodes("'\\377'", "\xc3\xbf", 2);
    assert_decodes("b'\\377\\xfe'", "\xff\xfe", 2);
    assert_decodes("'\\u00FF\\u2764'", "\xc3\xbf\xe2\x9d\xa4", 5);
    assert_decodes("'\\U0001F601'", "\xf0\x9f\x98\x81", 4);
    assert_decodes("b'\xc3\xbf'", "\xc3\xbf", 2);
    assert_decodes("'\\000'", "\0", 1);
    assert_decodes("r'\\n'", "\\n", 2);
    assert_decodes("'''a'b'''", "a'b", 3);
    assert_decodes("''", "", 0);
    assert_decodes("''''''", "", 0);
}

static void newlines_in_literals_become_line_feeds(void **state)
{
    (void)state;
    assert_decodes("'''a\r\nb\rc\nd'''", "a\nb\nc\nd", 7);
    assert_decodes("r'''a\r\\n'''", "a\n\\n", 4);
    assert_decodes("'''\\r\\n'''", "\r\n", 2);
}

static void bad_escapes_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *token;
        enum cel_literal_error want;
    } cases[] = {
        { "'\\z'", CEL_LITERAL_ESCAPE },
        { "'\\x4'", CEL_LITERAL_ESCAPE },
        { "'\\xg0'", CEL_LITERAL_ESCAPE },
        { "'\\08'", CEL_LITERAL_ESCAPE },
        { "'\\400'", CEL_LITERAL_ESCAPE },
        { "'\\u12'", CEL_LITERAL_ESCAPE },
        { "b'\\u0041'", CEL_LITERAL_ESCAPE },
        { "b'\\U00000041'", CEL_LITERAL_ESCAPE },
        { "'\\ud800'", CEL_LITERAL_CODEPOINT },
        { "'\\uDFFF'", CEL_LITERAL_CODEPOINT },
        { "'\\U00110000'", CEL_LITERAL_CODEPOINT },
    };
    act_arena *a;
    assert_int_equal(act_arena_new(1 << 16, 0, &a), 0);
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_str value;
        if (cel_literal_decode(a, act_str_cstr(cases[i].token), &value) != cases[i].want)
            fail_msg("%s", cases[i].token);
    }
    act_arena_free(a);
}

static void reserved_words_are_known(void **state)
{
    (void)state;
    assert_true(cel_lex_is_reserved(ACT_STR("while")));
    assert_true(cel_lex_is_reserved(ACT_STR("package")));
    assert_false(cel_lex_is_reserved(ACT_STR("packages")));
    assert_false(cel_lex_is_reserved(ACT_STR("in"))); /* a token of its own */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_form_of_token_is_one_token),
        cmocka_unit_test(broken_literals_and_stray_bytes_are_bad_tokens),
        cmocka_unit_test(near_numbers_split_where_the_grammar_says),
        cmocka_unit_test(rb_is_no_prefix_of_bytes),
        cmocka_unit_test(space_and_comments_vanish_between_tokens),
        cmocka_unit_test(escapes_decode_to_their_values),
        cmocka_unit_test(newlines_in_literals_become_line_feeds),
        cmocka_unit_test(bad_escapes_are_refused),
        cmocka_unit_test(reserved_words_are_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
