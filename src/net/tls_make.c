#include "net/tls_internal.h"

#include "base/clock.h"
#include "base/secret.h"

#include <arpa/inet.h>
#include <gnutls/crypto.h>

enum { SERIAL_BYTES = 16, BACKDATE_S = 3600, DAY_S = 24 * 3600, DAYS_MAX = 36500 };

enum kind { KIND_CA, KIND_SERVER, KIND_CLIENT };

/* Failures of a row of GnuTLS calls: the first one stays, the rest is skipped. */
#define TRY(code, call)                                                                    \
    do {                                                                                   \
        if ((code) >= 0)                                                                   \
            (code) = (call);                                                               \
    } while (0)

static int set_dn(gnutls_x509_crt_t crt, const act_tls_subject *s)
{
    int code = 0;
    for (size_t i = 0; i < s->organization_count; i++)
        TRY(code, gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_ORGANIZATION_NAME, 0,
                                                s->organizations[i].ptr,
                                                (unsigned)s->organizations[i].len));
    TRY(code,
        gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
                                      s->common_name.ptr, (unsigned)s->common_name.len));
    return code;
}

static int add_name(gnutls_x509_crt_t crt, act_str name)
{
    char cstr[INET6_ADDRSTRLEN];
    unsigned char ip[sizeof(struct in6_addr)];
    if (name.len < sizeof cstr) {
        memcpy(cstr, name.ptr, name.len);
        cstr[name.len] = '\0';
        unsigned size = inet_pton(AF_INET, cstr, ip) == 1    ? 4
                        : inet_pton(AF_INET6, cstr, ip) == 1 ? 16
                                                             : 0;
        if (size)
            return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_IPADDRESS, ip, size,
                                                        GNUTLS_FSAN_APPEND);
    }
    return gnutls_x509_crt_set_subject_alt_name(crt, GNUTLS_SAN_DNSNAME, name.ptr,
                                                (unsigned)name.len, GNUTLS_FSAN_APPEND);
}

static int set_purpose(gnutls_x509_crt_t crt, enum kind kind, const act_tls_subject *s)
{
    int code = 0;
    switch (kind) {
    case KIND_CA:
        TRY(code, gnutls_x509_crt_set_basic_constraints(crt, 1, 0));
        TRY(code, gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_KEY_CERT_SIGN |
                                                         GNUTLS_KEY_CRL_SIGN));
        break;
    case KIND_SERVER:
        TRY(code, gnutls_x509_crt_set_basic_constraints(crt, 0, -1));
        TRY(code, gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
        TRY(code, gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_SERVER, 0));
        TRY(code, add_name(crt, ACT_STR("localhost")));
        TRY(code, add_name(crt, ACT_STR("127.0.0.1")));
        TRY(code, add_name(crt, ACT_STR("::1")));
        for (size_t i = 0; i < s->name_count; i++)
            TRY(code, add_name(crt, s->names[i]));
        break;
    case KIND_CLIENT:
        TRY(code, gnutls_x509_crt_set_basic_constraints(crt, 0, -1));
        TRY(code, gnutls_x509_crt_set_key_usage(crt, GNUTLS_KEY_DIGITAL_SIGNATURE));
        TRY(code, gnutls_x509_crt_set_key_purpose_oid(crt, GNUTLS_KP_TLS_WWW_CLIENT, 0));
        break;
    }
    return code;
}

static int set_identity(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key,
                        gnutls_x509_crt_t issuer, const act_tls_subject *s)
{
    unsigned char serial[SERIAL_BYTES];
    unsigned char id[64];
    size_t id_size = sizeof id;
    time_t now = (time_t)(s->now_wall_ns / ACT_NS_PER_S);

    int code = gnutls_rnd(GNUTLS_RND_NONCE, serial, sizeof serial);
    serial[0] = (unsigned char)((serial[0] & 0x7f) | 0x40); /* positive, never short */
    TRY(code, gnutls_x509_crt_set_version(crt, 3));
    TRY(code, gnutls_x509_crt_set_serial(crt, serial, sizeof serial));
    TRY(code, gnutls_x509_crt_set_activation_time(crt, now - BACKDATE_S));
    TRY(code, gnutls_x509_crt_set_expiration_time(crt, now + (time_t)s->days * DAY_S));
    TRY(code, gnutls_x509_crt_set_key(crt, key));
    TRY(code, gnutls_x509_crt_get_key_id(crt, 0, id, &id_size));
    TRY(code, gnutls_x509_crt_set_subject_key_id(crt, id, id_size));
    if (issuer) {
        unsigned critical;
        id_size = sizeof id;
        TRY(code, gnutls_x509_crt_get_subject_key_id(issuer, id, &id_size, &critical));
        TRY(code, gnutls_x509_crt_set_authority_key_id(crt, id, id_size));
    }
    return code;
}

/* Both outputs or none; the buffers of *ret are empty on entry. */
static int export_pair(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key, act_tls_pair *ret,
                       act_err *e)
{
    gnutls_datum_t cert_pem = { 0 };
    gnutls_datum_t key_pem = { 0 };
    act_tls_pair made = ACT_TLS_PAIR_INIT;

    int code = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &cert_pem);
    TRY(code, gnutls_x509_privkey_export2_pkcs8(key, GNUTLS_X509_FMT_PEM, NULL,
                                                GNUTLS_PKCS_PLAIN, &key_pem));
    int err =
        code < 0 ? act_tls_fail(e, ACT_EIO, "cannot export a certificate", code) : ACT_OK;
    if (!err) {
        act_buf_add(&made.cert_pem, act_str_from(cert_pem.data, cert_pem.size));
        act_buf_add(&made.key_pem, act_str_from(key_pem.data, key_pem.size));
        if (act_buf_err(&made.cert_pem) || act_buf_err(&made.key_pem))
            err = act_fail(e, ACT_ENOMEM, "out of memory");
    }
    act_wipe(key_pem.data, key_pem.size);
    gnutls_free(cert_pem.data);
    gnutls_free(key_pem.data);
    if (err)
        act_tls_pair_done(&made);
    else
        *ret = made;
    return err;
}

static int check_subject(const act_tls_subject *s, act_err *e)
{
    if (s->common_name.len == 0 || s->common_name.len > 64)
        return act_fail(e, ACT_EINVAL, "common name must have 1 to 64 bytes");
    if (s->days == 0 || s->days > DAYS_MAX)
        return act_fail(e, ACT_EINVAL, "validity must be 1 to %d days", DAYS_MAX);
    for (size_t i = 0; i < s->name_count; i++)
        if (s->names[i].len == 0 || s->names[i].len > 253)
            return act_fail(e, ACT_EINVAL, "server name must have 1 to 253 bytes");
    for (size_t i = 0; i < s->organization_count; i++)
        if (s->organizations[i].len == 0 || s->organizations[i].len > 64)
            return act_fail(e, ACT_EINVAL, "organization must have 1 to 64 bytes");
    return ACT_OK;
}

static int make(enum kind kind, const act_tls_pair *ca, const act_tls_subject *s,
                act_tls_pair *ret, act_err *e)
{
    gnutls_x509_crt_t ca_crt = NULL;
    gnutls_x509_privkey_t ca_key = NULL;
    gnutls_x509_crt_t crt = NULL;
    gnutls_x509_privkey_t key = NULL;

    int err = check_subject(s, e);
    if (!err && ca)
        err = act_tls_first_cert(act_buf_str(&ca->cert_pem), &ca_crt, e);
    if (!err && ca)
        err = act_tls_key(act_buf_str(&ca->key_pem), &ca_key, e);
    if (err)
        goto out;

    int code = gnutls_x509_privkey_init(&key);
    TRY(code, gnutls_x509_crt_init(&crt));
    TRY(code, gnutls_x509_privkey_generate(
                  key, GNUTLS_PK_ECDSA,
                  (unsigned)GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0));
    TRY(code, set_dn(crt, s));
    TRY(code, set_identity(crt, key, ca_crt, s));
    TRY(code, set_purpose(crt, kind, s));
    TRY(code, gnutls_x509_crt_sign2(crt, ca_crt ? ca_crt : crt, ca_key ? ca_key : key,
                                    GNUTLS_DIG_SHA256, 0));
    err = code < 0 ? act_tls_fail(e, ACT_EIO, "cannot make a certificate", code)
                   : export_pair(crt, key, ret, e);
out:
    gnutls_x509_crt_deinit(ca_crt);
    gnutls_x509_privkey_deinit(ca_key);
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return err;
}

int act_tls_make_ca(const act_tls_subject *s, act_tls_pair *ret, act_err *e)
{
    return make(KIND_CA, NULL, s, ret, e);
}

int act_tls_make_server(const act_tls_pair *ca, const act_tls_subject *s, act_tls_pair *ret,
                        act_err *e)
{
    return make(KIND_SERVER, ca, s, ret, e);
}

int act_tls_make_client(const act_tls_pair *ca, const act_tls_subject *s, act_tls_pair *ret,
                        act_err *e)
{
    return make(KIND_CLIENT, ca, s, ret, e);
}
