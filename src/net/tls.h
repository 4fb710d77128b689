/** @file
 *  X.509 material: making a CA and its certificates, reading them, judging a peer's. */
#ifndef ACT_TLS_H
#define ACT_TLS_H

#include "base/arena.h"
#include "base/buf.h"

/** A certificate and its private key as PEM. Owned by the holder; wiped when freed. */
typedef struct {
    act_buf cert_pem; /**< leaf first, then what else belongs to the chain */
    act_buf key_pem;  /**< PKCS#8, unencrypted */
} act_tls_pair;

#define ACT_TLS_PAIR_INIT ((act_tls_pair){ .cert_pem = ACT_BUF_INIT })

/** Frees (and wipes) the content; the pair is empty again. */
void act_tls_pair_done(act_tls_pair *p) ACT_NONNULL(1);

/** What every generated certificate has: EC P-256 key, SHA-256, a random 127-bit serial,
 * and a validity from one hour before @now_wall_ns to @days days after. */
typedef struct {
    act_str common_name;
    const act_str *organizations; /**< O, one each: groups of a client certificate */
    size_t organization_count;
    const act_str *names; /**< DNS names or IP addresses, beside the ones always there */
    size_t name_count;
    int64_t now_wall_ns;
    unsigned days;
} act_tls_subject;

/** Self-signed CA (path length 0). ACT_EINVAL, ACT_ENOMEM, ACT_EIO (GnuTLS refused; detail
 * in
 *  @e). @ret must be empty and is the caller's to clear. So for the next two. */
int act_tls_make_ca(const act_tls_subject *s, act_tls_pair *ret, act_err *e)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Server certificate signed by @ca: localhost, 127.0.0.1, ::1 and the names of @s. */
int act_tls_make_server(const act_tls_pair *ca, const act_tls_subject *s, act_tls_pair *ret,
                        act_err *e) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** Client certificate: CN is the user, each O a group, as Kubernetes reads them. */
int act_tls_make_client(const act_tls_pair *ca, const act_tls_subject *s, act_tls_pair *ret,
                        act_err *e) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** Read both files. ACT_ENOTFOUND, ACT_ELIMIT, ACT_EIO; detail in @e. */
int act_tls_load(const char *cert_path, const char *key_path, act_tls_pair *ret, act_err *e)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** Write both, each atomically: the key 0600, the certificate 0644. ACT_EIO. */
int act_tls_save(const act_tls_pair *p, const char *cert_path, const char *key_path,
                 act_err *e) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** True when the pair is usable at @now_wall_ns: both parse, the key belongs to the first
 *  certificate, and that is valid now. ACT_OK, ACT_EPARSE, ACT_EINVAL (key of another
 *  certificate), ACT_EGONE (expired), ACT_EAGAIN (not valid yet); detail in @e. */
int act_tls_check(const act_tls_pair *p, int64_t now_wall_ns, act_err *e)
    ACT_NONNULL(1) ACT_MUST_CHECK;
/** True when the first certificate of @cert_pem cannot be read or expires within @days. */
bool act_tls_expires_within(act_str cert_pem, int64_t now_wall_ns, unsigned days);
/** Wall time at which the first certificate of @cert_pem expires. ACT_EPARSE. */
int act_tls_expiry(act_str cert_pem, int64_t *ret_wall_ns) ACT_NONNULL(2) ACT_MUST_CHECK;

/** True when the first certificate of @cert_pem names that of @ca_pem as its issuer; false
 *  also when one cannot be read. */
bool act_tls_names_issuer(act_str cert_pem, act_str ca_pem);
/** True when, beyond that, the key of @ca_pem signed it. No times are looked at. */
bool act_tls_is_signed_by(act_str cert_pem, act_str ca_pem);

/** What a peer's certificate says. Not verified by itself: see act_tls_pool_verify(). */
typedef struct {
    act_str common_name;
    const act_str *organizations;
    size_t organization_count;
    const act_str *chain_der; /**< as sent: leaf first */
    size_t chain_count;
} act_tls_peer;

enum { ACT_TLS_CHAIN_MAX = 8, ACT_TLS_ORGANIZATIONS_MAX = 64 };

/** Read the subject of chain[0] into @a; the DER is copied. ACT_EPARSE, ACT_ELIMIT,
 *  ACT_ENOMEM. */
int act_tls_peer_read(act_arena *a, const act_str *chain_der, size_t n, act_tls_peer *ret)
    ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

/** A set of CAs that clients' certificates may come from. Immutable; any thread. */
typedef struct act_tls_pool act_tls_pool;

/** The certificates of @ca_pem, at least one. ACT_EPARSE, ACT_ENOMEM; detail in @e. */
int act_tls_pool_new(act_str ca_pem, act_tls_pool **ret, act_err *e)
    ACT_NONNULL(2) ACT_MUST_CHECK;
void act_tls_pool_free(act_tls_pool *p);
ACT_DEFINE_AUTO(act_tls_pool)

/** ACT_OK when the peer's chain leads to a CA of @p, is valid at @now_wall_ns, and its leaf
 *  may be used by clients (extended key usage). ACT_EDENIED with the reason in @e. */
int act_tls_pool_verify(const act_tls_pool *p, const act_tls_peer *peer,
                        int64_t now_wall_ns, act_err *e) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
