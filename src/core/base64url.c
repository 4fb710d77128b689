#include "core/base64url.h"

static const char alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void act_base64url_encode(act_str bytes, act_buf *out)
{
    uint32_t bits = 0;
    unsigned n_bits = 0;
    for (size_t i = 0; i < bytes.len; i++) {
        bits = (bits << 8) | (unsigned char)bytes.ptr[i];
        for (n_bits += 8; n_bits >= 6; n_bits -= 6)
            act_buf_add_byte(out, alphabet[(bits >> (n_bits - 6)) & 63]);
    }
    if (n_bits > 0)
        act_buf_add_byte(out, alphabet[(bits << (6 - n_bits)) & 63]);
}

static int digit(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '-' ? 62 : c == '_' ? 63 : -1;
}

int act_base64url_decode(act_str text, act_buf *out)
{
    size_t before = out->len;
    uint32_t bits = 0;
    unsigned n_bits = 0;
    if (text.len % 4 == 1)
        return ACT_EPARSE;
    for (size_t i = 0; i < text.len; i++) {
        int d = digit(text.ptr[i]);
        if (d < 0) {
            out->len = before;
            return ACT_EPARSE;
        }
        bits = (bits << 6) | (uint32_t)d;
        n_bits += 6;
        if (n_bits >= 8) {
            n_bits -= 8;
            act_buf_add_byte(out, (char)(bits >> n_bits));
        }
    }
    if (bits & ((1u << n_bits) - 1)) {
        out->len = before;
        return ACT_EPARSE;
    }
    return ACT_OK;
}
