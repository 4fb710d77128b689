#include "base/secret.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

static int random_bytes(unsigned char *out, size_t n)
{
    while (n) {
        ssize_t got = getrandom(out, n, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return ACT_EIO;
        out += got;
        n -= (size_t)got;
    }
    return ACT_OK;
}

int act_token_new(char out[ACT_TOKEN_TEXT_MAX])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    unsigned char raw[ACT_TOKEN_BYTES + 1] = { 0 }; /* a third of a byte triple is zero */
    int err = random_bytes(raw, ACT_TOKEN_BYTES);
    if (err)
        return err;
    static_assert(ACT_TOKEN_BYTES % 3 == 2, "the last group has two bytes: 3 characters");
    static_assert(ACT_TOKEN_TEXT_MAX == (ACT_TOKEN_BYTES * 8 + 5) / 6 + 1, "text fits");
    char *p = out;
    for (size_t i = 0; i < sizeof raw; i += 3) {
        uint32_t v = (uint32_t)raw[i] << 16 | (uint32_t)raw[i + 1] << 8 | raw[i + 2];
        for (int shift = 18; shift >= 0 && p < out + ACT_TOKEN_TEXT_MAX - 1; shift -= 6)
            *p++ = alphabet[v >> shift & 63];
    }
    *p = '\0';
    act_wipe(raw, sizeof raw);
    return ACT_OK;
}

void act_wipe(void *p, size_t n)
{
    if (n)
        explicit_bzero(p, n);
}
