#include "core/identity.h"

#include "base/alloc.h"

/* The plain functions, which OpenSSL 3 calls deprecated in favour of EVP: EVP allocates and
 * frees its state for every digest, also on a context that is used again (seen in 3.0), and
 * names are made once per record. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>

static_assert(ACT_SHA256_SIZE == SHA256_DIGEST_LENGTH, "the same digest");

struct act_sha256 {
    SHA256_CTX ctx;
};

int act_sha256_new(act_sha256 **ret)
{
    act_sha256 *h = act_zalloc(1, sizeof *h);
    if (!h)
        return ACT_ENOMEM;
    *ret = h;
    return ACT_OK;
}

void act_sha256_free(act_sha256 *h)
{
    act_dealloc(h);
}

/* These return 1 always: the context is plain memory. */
static void begin(act_sha256 *h)
{
    (void)SHA256_Init(&h->ctx);
}

static void add(act_sha256 *h, const void *bytes, size_t n)
{
    (void)SHA256_Update(&h->ctx, bytes, n);
}

static void finish(act_sha256 *h, uint8_t out[ACT_SHA256_SIZE])
{
    (void)SHA256_Final(out, &h->ctx);
}

void act_sha256_parts(act_sha256 *h, const act_str *parts, size_t n,
                      uint8_t out[ACT_SHA256_SIZE])
{
    begin(h);
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            add(h, "", 1);
        if (parts[i].len > 0)
            add(h, parts[i].ptr, parts[i].len);
    }
    finish(h, out);
}

static void put_hex(const uint8_t *bytes, size_t n, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < n; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 15];
    }
}

void act_id_of_audit(act_buf *out, act_str audit_id, act_str stage)
{
    act_buf_add(out, audit_id);
    act_buf_add_byte(out, '/');
    act_buf_add(out, stage);
}

void act_id_of_event(act_buf *out, act_str uid, act_str resource_version,
                     const act_series_state *series)
{
    act_buf_add(out, uid);
    act_buf_add_byte(out, '/');
    if (resource_version.len > 0 && !act_str_eq_cstr(resource_version, "0")) {
        act_buf_add(out, resource_version);
        return;
    }
    act_buf_add_byte(out, 's');
    act_buf_add_i64(out, series->count);
    act_buf_add_byte(out, '@');
    act_buf_add_i64(out, series->observed_ns);
}

static act_str decimal(int64_t value, char text[static 24])
{
    int n = snprintf(text, 24, "%lld", (long long)value);
    return act_str_from(text, (size_t)n);
}

void act_activity_name(act_sha256 *h, act_str origin, act_str id, act_str group,
                       act_str kind, const act_series_state *series,
                       char out[ACT_ACTIVITY_NAME_LEN + 1])
{
    char count[24], observed[24];
    act_str parts[6] = { origin, id, group, kind };
    size_t n = 4;
    if (series && series->repeated) {
        parts[n++] = decimal(series->count, count);
        parts[n++] = decimal(series->observed_ns, observed);
    }
    uint8_t digest[ACT_SHA256_SIZE];
    act_sha256_parts(h, parts, n, digest);
    memcpy(out, "act-", 4);
    put_hex(digest, (ACT_ACTIVITY_NAME_LEN - 4) / 2, out + 4);
    out[ACT_ACTIVITY_NAME_LEN] = '\0';
}

void act_batch_token(act_sha256 *h, act_buf *out, act_str stream, const uint64_t *sequences,
                     size_t n)
{
    uint8_t digest[ACT_SHA256_SIZE];
    begin(h);
    for (size_t i = 0; i < n; i++) {
        uint8_t wire[8]; /* the same on every machine that shares the store */
        for (unsigned k = 0; k < 8; k++)
            wire[k] = (uint8_t)(sequences[i] >> (8 * k));
        add(h, wire, sizeof wire);
    }
    finish(h, digest);
    char hex[16];
    put_hex(digest, sizeof hex / 2, hex);

    act_buf_add(out, stream);
    act_buf_add_byte(out, ':');
    act_buf_add_u64(out, n ? sequences[0] : 0);
    act_buf_add_byte(out, '-');
    act_buf_add_u64(out, n ? sequences[n - 1] : 0);
    act_buf_add_byte(out, ':');
    act_buf_add_u64(out, n);
    act_buf_add_byte(out, ':');
    act_buf_add(out, act_str_from(hex, sizeof hex));
}
