/* Base64 of the standard alphabet: padded or not, and nothing else. */
#include "cel/base64.h"

size_t cel_base64_encoded_size(size_t n)
{
    size_t groups = n / 3 + (n % 3 != 0), size;
    return act_mul_overflows(groups, (size_t)4, &size) ? SIZE_MAX : size;
}

void cel_base64_encode(act_str bytes, char *out)
{
    static const char digit[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < bytes.len; i += 3) {
        size_t have = bytes.len - i < 3 ? bytes.len - i : 3;
        uint32_t group = 0;
        for (size_t k = 0; k < 3; k++)
            group = group << 8 | (k < have ? (unsigned char)bytes.ptr[i + k] : 0);
        for (size_t k = 0; k < 4; k++)
            *out++ = k <= have ? digit[group >> (18 - 6 * k) & 63] : '=';
    }
}

static int digit_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

int cel_base64_decode(act_str text, char *out, size_t *retn)
{
    if (text.len % 4 == 0 && act_str_ends(text, ACT_STR("==")))
        text.len -= 2;
    else if (text.len % 4 == 0 && act_str_ends(text, ACT_STR("=")))
        text.len -= 1;
    if (text.len % 4 == 1)
        return ACT_EPARSE;
    uint32_t bits = 0;
    unsigned held = 0;
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = digit_value(text.ptr[i]);
        if (value < 0)
            return ACT_EPARSE;
        bits = bits << 6 | (uint32_t)value;
        held += 6;
        if (held >= 8) {
            held -= 8;
            out[n++] = (char)(bits >> held);
        }
    }
    *retn = n;
    return ACT_OK;
}
