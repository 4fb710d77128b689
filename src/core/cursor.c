#include "core/cursor.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "core/base64url.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

/* On the wire, before base64url; numbers are little endian:
 *
 *   version u8 | kind u8 | issued ms i64 | start ms i64 | end ms i64 | binding 32 bytes |
 *   n u8 | n times: 0 and i64, or 1 and u16 length and bytes | HMAC-SHA256 of all before
 *
 * The binding is a hash of scope and parameters: under the MAC it cannot be exchanged, and
 * unlike a MAC over scope and parameters themselves it lets a wrong query be told from a
 * forged cursor. */

enum {
    VERSION = 1,
    MAC_SIZE = SHA256_DIGEST_LENGTH,
    HEAD_SIZE = 2 + 3 * 8 + SHA256_DIGEST_LENGTH + 1,
    KEY_NUMBER = 0,
    KEY_TEXT = 1,
};

struct act_cursor_sealer {
    size_t n;
    act_str secrets[ACT_CURSOR_SECRETS_MAX]; /* owned */
};

int act_cursor_sealer_new(const act_str *secrets, size_t n, act_cursor_sealer **ret)
{
    if (n == 0 || n > ACT_CURSOR_SECRETS_MAX)
        return ACT_EINVAL;
    for (size_t i = 0; i < n; i++)
        if (secrets[i].len < ACT_CURSOR_SECRET_MIN || secrets[i].len > INT32_MAX)
            return ACT_EINVAL;
    act_cursor_sealer *s = act_zalloc(1, sizeof *s);
    if (!s)
        return ACT_ENOMEM;
    for (; s->n < n; s->n++) {
        int err = act_str_dup(secrets[s->n], &s->secrets[s->n]);
        if (err) {
            act_cursor_sealer_free(s);
            return err;
        }
    }
    *ret = s;
    return ACT_OK;
}

void act_cursor_sealer_free(act_cursor_sealer *s)
{
    if (!s)
        return;
    for (size_t i = 0; i < s->n; i++) {
        OPENSSL_cleanse((void *)(uintptr_t)s->secrets[i].ptr, s->secrets[i].len);
        act_str_free(s->secrets[i]);
    }
    act_dealloc(s);
}

/* ---- wire pieces ------------------------------------------------------------------ */

static void put_u64(act_buf *out, uint64_t v)
{
    for (unsigned i = 0; i < 8; i++)
        act_buf_add_byte(out, (char)(v >> (8 * i)));
}

static uint64_t get_u64(const char *p)
{
    uint64_t v = 0;
    for (unsigned i = 0; i < 8; i++)
        v |= (uint64_t)(unsigned char)p[i] << (8 * i);
    return v;
}

static void put_counted(act_buf *out, act_str text)
{
    put_u64(out, text.len);
    act_buf_add(out, text);
}

/* Hash of what the cursor is good for. Lengths before the parts: no two lists of
 * parameters have the same bytes. */
static int hash_binding(const act_cursor_binding *b, uint8_t out[SHA256_DIGEST_LENGTH])
{
    act_buf text = ACT_BUF_INIT;
    act_buf_add_byte(&text, (char)b->scope.type);
    put_counted(&text, b->scope.name);
    for (size_t i = 0; i < b->n_params; i++)
        put_counted(&text, b->params[i]);
    int err = act_buf_err(&text);
    if (!err)
        (void)SHA256((const unsigned char *)text.ptr, text.len, out); /* returns out */
    act_buf_done(&text);
    return err;
}

static int mac(act_str secret, act_str bytes, uint8_t out[MAC_SIZE])
{
    unsigned size = MAC_SIZE;
    if (!HMAC(EVP_sha256(), secret.ptr, (int)secret.len, (const unsigned char *)bytes.ptr,
              bytes.len, out, &size))
        return ACT_ENOMEM;
    return ACT_OK;
}

/* ---- seal ------------------------------------------------------------------------- */

static void put_keys(act_buf *out, const act_cursor *c)
{
    act_buf_add_byte(out, (char)c->n_keys);
    for (uint32_t i = 0; i < c->n_keys; i++) {
        const act_cursor_key *key = &c->keys[i];
        act_buf_add_byte(out, key->is_text ? KEY_TEXT : KEY_NUMBER);
        if (!key->is_text) {
            put_u64(out, (uint64_t)key->number);
            continue;
        }
        act_buf_add_byte(out, (char)(key->text.len & 0xff));
        act_buf_add_byte(out, (char)(key->text.len >> 8));
        act_buf_add(out, key->text);
    }
}

int act_cursor_seal(const act_cursor_sealer *s, const act_cursor *c,
                    const act_cursor_binding *binding, int64_t now_ns, act_buf *out)
{
    assert(c->n_keys >= 1 && c->n_keys <= ACT_CURSOR_KEYS_MAX);
    size_t size = HEAD_SIZE + MAC_SIZE;
    for (uint32_t i = 0; i < c->n_keys; i++) {
        if (c->keys[i].is_text && c->keys[i].text.len > UINT16_MAX)
            return ACT_ELIMIT;
        size += c->keys[i].is_text ? 3 + c->keys[i].text.len : 9;
    }
    if (size > (size_t)ACT_CURSOR_TEXT_MAX / 4 * 3)
        return ACT_ELIMIT;

    uint8_t bound[SHA256_DIGEST_LENGTH], tag[MAC_SIZE];
    int err = hash_binding(binding, bound);
    if (err)
        return err;
    act_buf wire = ACT_BUF_INIT;
    act_buf_add_byte(&wire, VERSION);
    act_buf_add_byte(&wire, (char)c->kind);
    put_u64(&wire, (uint64_t)(now_ns / ACT_NS_PER_MS));
    put_u64(&wire, (uint64_t)c->start_us);
    put_u64(&wire, (uint64_t)c->end_us);
    act_buf_add(&wire, act_str_from(bound, sizeof bound));
    put_keys(&wire, c);
    err = act_buf_err(&wire);
    if (!err)
        err = mac(s->secrets[0], act_buf_str(&wire), tag);
    if (!err) {
        act_buf_add(&wire, act_str_from(tag, sizeof tag));
        err = act_buf_err(&wire);
    }
    if (!err) {
        act_base64url_encode(act_buf_str(&wire), out);
        err = act_buf_err(out);
    }
    act_buf_done(&wire);
    return err;
}

/* ---- open ------------------------------------------------------------------------- */

static int malformed(act_err *reterr)
{
    return act_fail(reterr, ACT_EPARSE, "not a cursor of this server");
}

static int check_mac(const act_cursor_sealer *s, act_str wire, act_err *reterr)
{
    act_str signed_part = act_str_head(wire, wire.len - MAC_SIZE);
    for (size_t i = 0; i < s->n; i++) {
        uint8_t tag[MAC_SIZE];
        int err = mac(s->secrets[i], signed_part, tag);
        if (err)
            return err;
        if (act_mem_eq_secret(tag, wire.ptr + signed_part.len, MAC_SIZE))
            return ACT_OK;
    }
    return malformed(reterr);
}

/* Keys of @rest, which must hold nothing else. They carry our MAC, yet an older version of
 * this program may have made them, so nothing is taken for granted. */
static int get_keys(act_str rest, act_arena *a, act_cursor *c, act_err *reterr)
{
    for (uint32_t i = 0; i < c->n_keys; i++) {
        act_cursor_key *key = &c->keys[i];
        if (rest.len >= 9 && rest.ptr[0] == KEY_NUMBER) {
            key->number = (int64_t)get_u64(rest.ptr + 1);
            rest = act_str_cut(rest, 9);
            continue;
        }
        if (rest.len < 3 || rest.ptr[0] != KEY_TEXT)
            return malformed(reterr);
        size_t len = (size_t)(unsigned char)rest.ptr[1] | (size_t)(unsigned char)rest.ptr[2]
                                                              << 8;
        rest = act_str_cut(rest, 3);
        if (rest.len < len)
            return malformed(reterr);
        key->is_text = true;
        int err = act_arena_str(a, act_str_head(rest, len), &key->text);
        if (err)
            return err;
        rest = act_str_cut(rest, len);
    }
    return rest.len ? malformed(reterr) : ACT_OK;
}

static int read_wire(const act_cursor_sealer *s, act_str wire, enum act_cursor_kind kind,
                     const act_cursor_binding *binding, int64_t now_ns, act_arena *a,
                     act_cursor *ret, act_err *reterr)
{
    if (wire.len < HEAD_SIZE + MAC_SIZE)
        return malformed(reterr);
    int err = check_mac(s, wire, reterr);
    if (err)
        return err;
    const char *p = wire.ptr;
    act_cursor c = {
        .kind = kind,
        .start_us = (int64_t)get_u64(p + 10),
        .end_us = (int64_t)get_u64(p + 18),
        .n_keys = (unsigned char)p[HEAD_SIZE - 1],
    };
    if (p[0] != VERSION || c.n_keys < 1 || c.n_keys > ACT_CURSOR_KEYS_MAX)
        return malformed(reterr);

    uint8_t bound[SHA256_DIGEST_LENGTH];
    err = hash_binding(binding, bound);
    if (err)
        return err;
    if ((unsigned char)p[1] != (unsigned)kind || memcmp(p + 26, bound, sizeof bound) != 0)
        return act_fail(reterr, ACT_ECONFLICT,
                        "the cursor belongs to a query with other parameters");
    /* Issued by a replica whose clock is ahead: as good as new. */
    int64_t age_ms = now_ns / ACT_NS_PER_MS - (int64_t)get_u64(p + 2);
    if (age_ms > (int64_t)ACT_CURSOR_LIFETIME_S * 1000)
        return act_fail(reterr, ACT_EGONE,
                        "the cursor is %lld seconds old and was good for %d; start again "
                        "without it",
                        (long long)(age_ms / 1000), ACT_CURSOR_LIFETIME_S);

    act_str keys = act_str_from(p + HEAD_SIZE, wire.len - HEAD_SIZE - MAC_SIZE);
    err = get_keys(keys, a, &c, reterr);
    if (!err)
        *ret = c;
    return err;
}

int act_cursor_open(const act_cursor_sealer *s, act_str text, enum act_cursor_kind kind,
                    const act_cursor_binding *binding, int64_t now_ns, act_arena *a,
                    act_cursor *ret, act_err *reterr)
{
    if (text.len > ACT_CURSOR_TEXT_MAX)
        return malformed(reterr);
    act_buf wire = ACT_BUF_INIT;
    int err = act_base64url_decode(text, &wire);
    if (err)
        (void)malformed(reterr); /* for the text; err is the same */
    else
        err = act_buf_err(&wire);
    if (!err)
        err = read_wire(s, act_buf_str(&wire), kind, binding, now_ns, a, ret, reterr);
    act_buf_done(&wire);
    return err;
}
