#include "net/tls_internal.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/secret.h"

enum { DAY_S = 24 * 3600 };

void act_tls_pair_done(act_tls_pair *p)
{
    act_wipe(p->key_pem.ptr, p->key_pem.len);
    act_buf_done(&p->cert_pem);
    act_buf_done(&p->key_pem);
}

int act_tls_fail(act_err *e, int err, const char *what, int code)
{
    if (code == GNUTLS_E_MEMORY_ERROR)
        err = ACT_ENOMEM;
    return act_fail(e, err, "%s: %s", what, gnutls_strerror(code));
}

int act_tls_first_cert(act_str pem, gnutls_x509_crt_t *ret, act_err *e)
{
    gnutls_x509_crt_t crt;
    gnutls_datum_t data = act_tls_datum(pem);
    int code = gnutls_x509_crt_init(&crt);
    if (code < 0)
        return act_tls_fail(e, ACT_ENOMEM, "certificate", code);
    code = gnutls_x509_crt_import(crt, &data, GNUTLS_X509_FMT_PEM);
    if (code < 0) {
        gnutls_x509_crt_deinit(crt);
        return act_tls_fail(e, ACT_EPARSE, "certificate is not readable PEM", code);
    }
    *ret = crt;
    return ACT_OK;
}

int act_tls_key(act_str pem, gnutls_x509_privkey_t *ret, act_err *e)
{
    gnutls_x509_privkey_t key;
    gnutls_datum_t data = act_tls_datum(pem);
    int code = gnutls_x509_privkey_init(&key);
    if (code < 0)
        return act_tls_fail(e, ACT_ENOMEM, "private key", code);
    code = gnutls_x509_privkey_import2(key, &data, GNUTLS_X509_FMT_PEM, NULL, 0);
    if (code < 0) {
        gnutls_x509_privkey_deinit(key);
        return act_tls_fail(e, ACT_EPARSE, "private key is not readable PEM", code);
    }
    *ret = key;
    return ACT_OK;
}

int act_tls_load(const char *cert_path, const char *key_path, act_tls_pair *ret, act_err *e)
{
    act_tls_pair p = ACT_TLS_PAIR_INIT;
    int err = act_file_read(cert_path, ACT_TLS_PEM_MAX, &p.cert_pem, e);
    if (!err)
        err = act_file_read(key_path, ACT_TLS_PEM_MAX, &p.key_pem, e);
    if (err)
        act_tls_pair_done(&p);
    else
        *ret = p;
    return err;
}

int act_tls_save(const act_tls_pair *p, const char *cert_path, const char *key_path,
                 act_err *e)
{
    /* The key first: a certificate without its key would look like a finished pair. */
    int err = act_file_replace(key_path, act_buf_str(&p->key_pem), 0600, e);
    return err ? err : act_file_replace(cert_path, act_buf_str(&p->cert_pem), 0644, e);
}

int act_tls_valid_at(gnutls_x509_crt_t crt, int64_t now_wall_ns)
{
    time_t now = (time_t)(now_wall_ns / ACT_NS_PER_S);
    time_t from = gnutls_x509_crt_get_activation_time(crt);
    time_t to = gnutls_x509_crt_get_expiration_time(crt);
    if (from == (time_t)-1 || now < from)
        return ACT_EAGAIN;
    return to == (time_t)-1 || now > to ? ACT_EGONE : ACT_OK;
}

int act_tls_check(const act_tls_pair *p, int64_t now_wall_ns, act_err *e)
{
    gnutls_x509_crt_t crt = NULL;
    gnutls_x509_privkey_t key = NULL;
    int err = act_tls_first_cert(act_buf_str(&p->cert_pem), &crt, e);
    if (!err)
        err = act_tls_key(act_buf_str(&p->key_pem), &key, e);
    if (err)
        goto out;

    unsigned char of_cert[64], of_key[64];
    size_t cert_size = sizeof of_cert;
    size_t key_size = sizeof of_key;
    int code = gnutls_x509_crt_get_key_id(crt, 0, of_cert, &cert_size);
    if (code >= 0)
        code = gnutls_x509_privkey_get_key_id(key, 0, of_key, &key_size);
    if (code < 0) {
        err = act_tls_fail(e, ACT_EPARSE, "key of an unknown kind", code);
    } else if (cert_size != key_size || memcmp(of_cert, of_key, key_size) != 0) {
        err = act_fail(e, ACT_EINVAL, "the private key is not the certificate's");
    } else {
        err = act_tls_valid_at(crt, now_wall_ns);
        if (err)
            act_fail(e, err, "certificate %s",
                     err == ACT_EGONE ? "has expired" : "is not valid yet");
    }
out:
    gnutls_x509_crt_deinit(crt);
    gnutls_x509_privkey_deinit(key);
    return err;
}

int act_tls_expiry(act_str cert_pem, int64_t *ret_wall_ns)
{
    gnutls_x509_crt_t crt;
    int err = act_tls_first_cert(cert_pem, &crt, NULL);
    if (err)
        return err;
    int64_t seconds = gnutls_x509_crt_get_expiration_time(crt);
    gnutls_x509_crt_deinit(crt);
    if (seconds < 0)
        return ACT_EPARSE;
    /* "No expiry" (9999-12-31) does not fit; any far date says the same. */
    *ret_wall_ns = seconds > INT64_MAX / ACT_NS_PER_S ? INT64_MAX : seconds * ACT_NS_PER_S;
    return ACT_OK;
}

bool act_tls_expires_within(act_str cert_pem, int64_t now_wall_ns, unsigned days)
{
    int64_t expiry;
    if (act_tls_expiry(cert_pem, &expiry))
        return true;
    return expiry / ACT_NS_PER_S - now_wall_ns / ACT_NS_PER_S < (int64_t)days * DAY_S;
}

/* Both certificates; the caller frees them, whatever is returned. */
static bool read_two(act_str cert_pem, act_str ca_pem, gnutls_x509_crt_t *cert,
                     gnutls_x509_crt_t *ca)
{
    *cert = *ca = NULL;
    return act_tls_first_cert(cert_pem, cert, NULL) == 0 &&
           act_tls_first_cert(ca_pem, ca, NULL) == 0;
}

bool act_tls_names_issuer(act_str cert_pem, act_str ca_pem)
{
    gnutls_x509_crt_t cert, ca;
    gnutls_datum_t issuer = { 0 }, subject = { 0 };
    bool named = read_two(cert_pem, ca_pem, &cert, &ca) &&
                 gnutls_x509_crt_get_raw_issuer_dn(cert, &issuer) >= 0 &&
                 gnutls_x509_crt_get_raw_dn(ca, &subject) >= 0 &&
                 act_str_eq(act_str_from(issuer.data, issuer.size),
                            act_str_from(subject.data, subject.size));
    gnutls_free(issuer.data);
    gnutls_free(subject.data);
    gnutls_x509_crt_deinit(cert);
    gnutls_x509_crt_deinit(ca);
    return named;
}

bool act_tls_is_signed_by(act_str cert_pem, act_str ca_pem)
{
    gnutls_x509_crt_t cert, ca;
    unsigned status = GNUTLS_CERT_INVALID;
    bool is_signed = read_two(cert_pem, ca_pem, &cert, &ca) &&
                     gnutls_x509_crt_verify(cert, &ca, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS,
                                            &status) >= 0 &&
                     status == 0;
    gnutls_x509_crt_deinit(cert);
    gnutls_x509_crt_deinit(ca);
    return is_signed;
}
