/* UTF-8: code points counted, found and written. */
#include "cel/utf8.h"

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

size_t cel_utf8_count(act_str s)
{
    size_t n = 0;
    size_t i = 0;
    for (; i + 8 <= s.len; i += 8) {
        uint64_t w;
        memcpy(&w, s.ptr + i, 8);
        /* bit 7 set and bit 6 clear marks a continuation byte */
        uint64_t cont = (w >> 7) & ~(w >> 6) & UINT64_C(0x0101010101010101);
        n += 8 - (size_t)__builtin_popcountll(cont);
    }
    for (; i < s.len; i++)
        n += !is_continuation(s.ptr[i]);
    return n;
}

size_t cel_utf8_offset(act_str s, size_t index)
{
    size_t seen = 0;
    for (size_t i = 0; i < s.len; i++) {
        if (is_continuation(s.ptr[i]))
            continue;
        if (seen++ == index)
            return i;
    }
    return seen == index ? s.len : SIZE_MAX;
}

size_t cel_utf8_width(char lead)
{
    unsigned char c = (unsigned char)lead;
    if (c < 0xc0)
        return 1;
    return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

uint32_t cel_utf8_next(act_str s, size_t *at)
{
    static const unsigned char lead_mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
    size_t width = cel_utf8_width(s.ptr[*at]);
    if (width > s.len - *at)
        width = 1;
    uint32_t code = (unsigned char)s.ptr[*at] & lead_mask[width];
    for (size_t i = 1; i < width; i++)
        code = code << 6 | ((unsigned char)s.ptr[*at + i] & 0x3f);
    *at += width;
    return code;
}

size_t cel_utf8_encode(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t width = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    for (size_t i = width - 1; i > 0; i--) {
        out[i] = (char)(0x80 | (code & 0x3f));
        code >>= 6;
    }
    static const unsigned char lead[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    out[0] = (char)(lead[width] | code);
    return width;
}

/* Unicode property White_Space, complete (PropList.txt). */
static bool is_white_space(uint32_t c)
{
    return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
           (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f ||
           c == 0x205f || c == 0x3000;
}

act_str cel_utf8_trim(act_str s)
{
    size_t start = 0;
    for (size_t at = 0; at < s.len; start = at)
        if (!is_white_space(cel_utf8_next(s, &at)))
            break;
    s = act_str_cut(s, start);
    while (s.len) {
        size_t last = s.len - 1;
        while (last > 0 && is_continuation(s.ptr[last]))
            last--;
        size_t at = last;
        if (!is_white_space(cel_utf8_next(s, &at)))
            break;
        s.len = last;
    }
    return s;
}
