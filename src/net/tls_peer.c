#include "net/tls_internal.h"

#include "base/alloc.h"

enum { DN_PART_MAX = 1024 };

static int read_part(act_arena *a, gnutls_x509_crt_t crt, const char *oid, unsigned index,
                     act_str *ret)
{
    char text[DN_PART_MAX];
    size_t size = sizeof text;
    int code = gnutls_x509_crt_get_dn_by_oid(crt, oid, index, 0, text, &size);
    if (code == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
        return ACT_ENOTFOUND;
    if (code < 0 || memchr(text, '\0', size)) /* "root\0.example" must not become "root" */
        return code == GNUTLS_E_SHORT_MEMORY_BUFFER ? ACT_ELIMIT : ACT_EPARSE;
    return act_arena_str(a, act_str_from(text, size), ret);
}

static int read_subject(act_arena *a, gnutls_x509_crt_t crt, act_tls_peer *p)
{
    int err = read_part(a, crt, GNUTLS_OID_X520_COMMON_NAME, 0, &p->common_name);
    if (err && err != ACT_ENOTFOUND)
        return err;
    act_str found[ACT_TLS_ORGANIZATIONS_MAX];
    unsigned n = 0;
    for (;; n++) {
        act_str part;
        err = read_part(a, crt, GNUTLS_OID_X520_ORGANIZATION_NAME, n, &part);
        if (err == ACT_ENOTFOUND)
            break;
        if (err)
            return err;
        if (n == ACT_TLS_ORGANIZATIONS_MAX)
            return ACT_ELIMIT;
        found[n] = part;
    }
    act_str *list = act_arena_make_n(a, act_str, n);
    if (!list)
        return ACT_ENOMEM;
    if (n)
        memcpy(list, found, n * sizeof *list);
    p->organizations = list;
    p->organization_count = n;
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
