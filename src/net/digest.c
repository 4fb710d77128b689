#include "net/digest.h"

#include "base/secret.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>

int act_digest_of(act_str text, act_digest *ret)
{
    act_digest d;
    if (gnutls_hash_fast(GNUTLS_DIG_SHA256, text.ptr, text.len, d.bytes) < 0)
        return ACT_EIO;
    *ret = d;
    return 0;
}

int act_base64_decode(act_str text, act_buf *out)
{
    text = act_str_trim(text);
    if (text.len == 0)
        return 0;
    if (text.len > UINT32_MAX)
        return ACT_EPARSE;
    char *copy = act_buf_reserve(out, text.len);
    if (!copy)
        return act_buf_err(out);
    unsigned n = 0; /* line ends are not base64 to GnuTLS */
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] != '\n' && text.ptr[i] != '\r')
            copy[n++] = text.ptr[i];
    gnutls_datum_t coded = { .data = (unsigned char *)copy, .size = n }, plain = { 0 };
    if (gnutls_base64_decode2(&coded, &plain) < 0)
        return ACT_EPARSE;
    memcpy(copy, plain.data, plain.size); /* shorter than what it was coded as */
    out->len += plain.size;
    act_wipe(plain.data, plain.size);
    gnutls_free(plain.data);
    return 0;
}
