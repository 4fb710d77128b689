#include "net/tls_internal.h"

#include "base/alloc.h"

enum { TAG_UTF8 = 12, TAG_PRINTABLE = 19, TAG_IA5 = 22 };

/* The value itself, where gnutls_x509_crt_get_dn_by_oid() would escape it. Other encodings
 * are refused rather than converted: nobody may get a name by being misread. */
static int read_value(act_arena *a, const gnutls_x509_ava_st *ava, act_str *ret)
{
    act_str value = act_str_from(ava->value.data, ava->value.size);
    if (ava->value_tag != TAG_UTF8 && ava->value_tag != TAG_PRINTABLE &&
        ava->value_tag != TAG_IA5)
        return ACT_EPARSE;
    /* "root\0.example" must not become "root". */
    if (!act_str_is_utf8(value) || act_str_find_byte(value, '\0') != SIZE_MAX)
        return ACT_EPARSE;
    return act_arena_str(a, value, ret);
}

static int add_attribute(act_arena *a, const gnutls_x509_ava_st *ava, act_tls_peer *p,
                         act_str *organizations)
{
    act_str oid = act_str_from(ava->oid.data, ava->oid.size);
    oid = act_str_head(oid, strnlen(oid.ptr, oid.len)); /* its size counts a NUL */
    if (act_str_eq_cstr(oid, GNUTLS_OID_X520_ORGANIZATION_NAME)) {
        if (p->organization_count == ACT_TLS_ORGANIZATIONS_MAX)
            return ACT_ELIMIT;
        return read_value(a, ava, &organizations[p->organization_count++]);
    }
    if (act_str_eq_cstr(oid, GNUTLS_OID_X520_COMMON_NAME)) {
        if (p->common_name.ptr) /* two names: whose certificate is it? */
            return ACT_EPARSE;
        return read_value(a, ava, &p->common_name);
    }
    return ACT_OK;
}

static int read_subject(act_arena *a, gnutls_x509_crt_t crt, act_tls_peer *p)
{
    gnutls_x509_dn_t dn; /* lives in crt */
    if (gnutls_x509_crt_get_subject(crt, &dn) < 0)
        return ACT_EPARSE;
    act_str *organizations = act_arena_make_n(a, act_str, ACT_TLS_ORGANIZATIONS_MAX);
    if (!organizations)
        return ACT_ENOMEM;
    p->organizations = organizations;
    gnutls_x509_ava_st ava;
    for (int rdn = 0; gnutls_x509_dn_get_rdn_ava(dn, rdn, 0, &ava) >= 0; rdn++)
        for (int i = 0; gnutls_x509_dn_get_rdn_ava(dn, rdn, i, &ava) >= 0; i++) {
            int err = add_attribute(a, &ava, p, organizations);
            if (err)
                return err;
        }
    return ACT_OK;
}

int act_tls_peer_read(act_arena *a, const act_str *chain_der, size_t n, act_tls_peer *ret)
{
    if (n == 0)
        return ACT_EPARSE;
    if (n > ACT_TLS_CHAIN_MAX)
        return ACT_ELIMIT;
    act_tls_peer p = { .chain_count = n };
    act_str *copy = act_arena_make_n(a, act_str, n);
    if (!copy)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        int err = act_arena_str(a, chain_der[i], &copy[i]);
        if (err)
            return err;
    }
    p.chain_der = copy;

    gnutls_x509_crt_t crt;
    gnutls_datum_t leaf = act_tls_datum(copy[0]);
    if (gnutls_x509_crt_init(&crt) < 0)
        return ACT_ENOMEM;
    int err = gnutls_x509_crt_import(crt, &leaf, GNUTLS_X509_FMT_DER) < 0
                  ? ACT_EPARSE
                  : read_subject(a, crt, &p);
    gnutls_x509_crt_deinit(crt);
    if (!err)
        *ret = p;
    return err;
}

struct act_tls_pool {
    gnutls_x509_trust_list_t list; /* read-only after the start, so no lock */
};

int act_tls_pool_new(act_str ca_pem, act_tls_pool **ret, act_err *e)
{
    act_tls_pool *p = act_zalloc(1, sizeof *p);
    if (!p)
        return act_fail(e, ACT_ENOMEM, "out of memory");
    gnutls_datum_t data = act_tls_datum(ca_pem);
    int code = gnutls_x509_trust_list_init(&p->list, 0);
    if (code >= 0)
        code = gnutls_x509_trust_list_add_trust_mem(p->list, &data, NULL,
                                                    GNUTLS_X509_FMT_PEM, 0, 0);
    if (code <= 0) {
        act_tls_pool_free(p);
        if (code == 0)
            return act_fail(e, ACT_EPARSE, "no CA certificate in the PEM text");
        return act_tls_fail(e, ACT_EPARSE, "CA certificates are not readable PEM", code);
    }
    *ret = p;
    return ACT_OK;
}

void act_tls_pool_free(act_tls_pool *p)
{
    if (p && p->list)
        gnutls_x509_trust_list_deinit(p->list, 1);
    act_dealloc(p);
}

static int import_chain(const act_tls_peer *peer, gnutls_x509_crt_t *chain, unsigned *n)
{
    for (*n = 0; *n < peer->chain_count; ++*n) {
        gnutls_datum_t der = act_tls_datum(peer->chain_der[*n]);
        if (gnutls_x509_crt_init(&chain[*n]) < 0)
            return ACT_ENOMEM;
        if (gnutls_x509_crt_import(chain[*n], &der, GNUTLS_X509_FMT_DER) < 0) {
            gnutls_x509_crt_deinit(chain[*n]);
            return ACT_EDENIED;
        }
    }
    return ACT_OK;
}

/* GnuTLS would ask the system for the time; ours is a parameter, so the dates of all that
 * the peer sent and of the CA above are compared here. */
static int check_times(const act_tls_pool *p, gnutls_x509_crt_t *chain, unsigned n,
                       int64_t now)
{
    for (unsigned i = 0; i < n; i++)
        if (act_tls_valid_at(chain[i], now))
            return ACT_EDENIED;
    gnutls_x509_crt_t ca = NULL;
    if (gnutls_x509_trust_list_get_issuer(p->list, chain[n - 1], &ca, GNUTLS_TL_GET_COPY) <
        0)
        return ACT_OK; /* the chain ends with the trusted certificate itself */
    int err = act_tls_valid_at(ca, now) ? ACT_EDENIED : ACT_OK;
    gnutls_x509_crt_deinit(ca);
    return err;
}

int act_tls_pool_verify(const act_tls_pool *p, const act_tls_peer *peer,
                        int64_t now_wall_ns, act_err *e)
{
    gnutls_x509_crt_t chain[ACT_TLS_CHAIN_MAX];
    unsigned n = 0;
    if (peer->chain_count == 0 || peer->chain_count > ACT_TLS_CHAIN_MAX)
        return act_fail(e, ACT_EDENIED, "no client certificate");

    int err = import_chain(peer, chain, &n);
    unsigned status = GNUTLS_CERT_INVALID;
    if (!err) {
        char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
        gnutls_typed_vdata_st want = { .type = GNUTLS_DT_KEY_PURPOSE_OID,
                                       .data = (unsigned char *)purpose };
        unsigned flags =
            GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
        int code = gnutls_x509_trust_list_verify_crt2(p->list, chain, n, &want, 1, flags,
                                                      &status, NULL);
        if (code < 0)
            err = act_tls_fail(e, ACT_EDENIED, "client certificate", code);
        else if (status)
            err = act_fail(e, ACT_EDENIED,
                           "client certificate is not signed by a trusted "
                           "CA, or not for clients");
        else if (check_times(p, chain, n, now_wall_ns))
            err = act_fail(e, ACT_EDENIED, "client certificate is not valid at this time");
    } else {
        act_fail(e, err, "client certificate is not readable");
    }
    while (n)
        gnutls_x509_crt_deinit(chain[--n]);
    return err;
}
