/* Values of string and bytes tokens: quotes off, newlines normalised, escapes decoded. */
#include "cel/lex.h"
#include "cel/utf8.h"

typedef struct {
    act_str in;
    size_t at;
    char *out; /* never longer than the input: each escape shrinks */
    size_t len;
    bool bytes;
    bool raw;
} decoder;

static void put_codepoint(decoder *d, uint32_t c)
{
    d->len += cel_utf8_encode(c, d->out + d->len);
}

static int digit_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return 99;
}

/* @count digits of @base at the position. */
static bool read_digits(decoder *d, int count, int base, uint32_t *ret)
{
    uint32_t value = 0;
    for (int i = 0; i < count; i++, d->at++) {
        int digit = d->at < d->in.len ? digit_value(d->in.ptr[d->at]) : 99;
        if (digit >= base)
            return false;
        value = value * (uint32_t)base + (uint32_t)digit;
    }
    *ret = value;
    return true;
}

/* The numeric escape after "\x", "\u", "\U" or in front of octal digits. */
static enum cel_literal_error decode_number(decoder *d, char kind)
{
    uint32_t c;
    bool unicode = kind == 'u' || kind == 'U';
    int count = kind == 'U' ? 8 : kind == 'u' ? 4 : kind == '0' ? 3 : 2;
    if (unicode && d->bytes)
        return CEL_LITERAL_ESCAPE;
    if (!read_digits(d, count, kind == '0' ? 8 : 16, &c))
        return CEL_LITERAL_ESCAPE;
    if (kind == '0' && c > 0xff)
        return CEL_LITERAL_ESCAPE;
    if (c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
        return CEL_LITERAL_CODEPOINT;
    if (d->bytes)
        d->out[d->len++] = (char)c;
    else
        put_codepoint(d, c);
    return CEL_LITERAL_OK;
}

static enum cel_literal_error decode_escape(decoder *d)
{
    static const char from[] = "\\?\"'`abfnrtv";
    static const char to[] = "\\?\"'`\a\b\f\n\r\t\v";
    static_assert(sizeof(from) == sizeof(to), "one character for each");
    if (d->at >= d->in.len)
        return CEL_LITERAL_ESCAPE;
    char c = d->in.ptr[d->at];
    if (c >= '0' && c <= '3')
        return decode_number(d, '0');
    d->at++;
    if (c == 'x' || c == 'X')
        return decode_number(d, 'x');
    if (c == 'u' || c == 'U')
        return decode_number(d, c);
    const char *place = c != '\0' ? memchr(from, c, sizeof(from) - 1) : NULL;
    if (!place)
        return CEL_LITERAL_ESCAPE;
    d->out[d->len++] = to[place - from];
    return CEL_LITERAL_OK;
}

enum cel_literal_error cel_literal_decode(act_arena *a, act_str text, act_str *ret)
{
    decoder d = { 0 };
    size_t start = 0;
    for (; text.ptr[start] != '"' && text.ptr[start] != '\''; start++) {
        d.bytes |= text.ptr[start] == 'b' || text.ptr[start] == 'B';
        d.raw |= text.ptr[start] == 'r' || text.ptr[start] == 'R';
    }
    char quote = text.ptr[start];
    bool triple = text.len - start >= 6 && text.ptr[start + 1] == quote &&
                  text.ptr[start + 2] == quote;
    size_t quotes = triple ? 3 : 1;
    d.in = (act_str){ text.ptr + start + quotes, text.len - start - 2 * quotes };
    bool plain = act_str_find_byte(d.in, '\r') == SIZE_MAX &&
                 (d.raw || act_str_find_byte(d.in, '\\') == SIZE_MAX);
    if (plain) {
        *ret = d.in;
        return CEL_LITERAL_OK;
    }
    d.out = act_arena_bytes(a, d.in.len);
    if (!d.out)
        return CEL_LITERAL_MEMORY;
    while (d.at < d.in.len) {
        char c = d.in.ptr[d.at++];
        if (c == '\\' && !d.raw) {
            enum cel_literal_error e = decode_escape(&d);
            if (e != CEL_LITERAL_OK)
                return e;
        } else if (c == '\r') {
            d.out[d.len++] = '\n';
            if (d.at < d.in.len && d.in.ptr[d.at] == '\n')
                d.at++;
        } else {
            d.out[d.len++] = c;
        }
    }
    *ret = (act_str){ d.out, d.len };
    return CEL_LITERAL_OK;
}
