#include "base/clock.h"
#include "net/tls.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <gnutls/x509.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

enum { DAYS = 30 };
static const int64_t now = INT64_C(1790000000) * ACT_NS_PER_S;
static const int64_t day = INT64_C(86400) * ACT_NS_PER_S;

static act_tls_subject subject(const char *name)
{
    return (act_tls_subject){ .common_name = act_str_cstr(name),
                              .now_wall_ns = now,
                              .days = DAYS };
}

/* The DER certificates of @pem, as a peer would send them. */
static void peer_of(const act_buf *pem, act_arena *a, act_tls_peer *ret)
{
    gnutls_x509_crt_t crt;
    gnutls_datum_t in = { (unsigned char *)pem->ptr, (unsigned)pem->len }, der;
    assert_int_equal(gnutls_x509_crt_init(&crt), 0);
    assert_int_equal(gnutls_x509_crt_import(crt, &in, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_DER, &der), 0);
    act_str chain = act_str_from(der.data, der.size);
    assert_int_equal(act_tls_peer_read(a, &chain, 1, ret), ACT_OK);
    gnutls_free(der.data);
    gnutls_x509_crt_deinit(crt);
}

static void client_certificate_says_user_and_groups(void **state)
{
    (void)state;
    act_tls_pair ca = ACT_TLS_PAIR_INIT, client = ACT_TLS_PAIR_INIT;
    act_tls_subject s = subject("ca"), c = subject("jane");
    const act_str groups[] = { ACT_STR("system:masters"), ACT_STR("dev, ops") };
    c.organizations = groups;
    c.organization_count = 2;
    assert_int_equal(act_tls_make_ca(&s, &ca, NULL), ACT_OK);
    assert_int_equal(act_tls_make_client(&ca, &c, &client, NULL), ACT_OK);
    assert_int_equal(act_tls_check(&client, now, NULL), ACT_OK);

    ACT_AUTO(act_arena) a = NULL;
    assert_int_equal(act_arena_new(1 << 20, 0, &a), ACT_OK);
    act_tls_peer p;
    peer_of(&client.cert_pem, a, &p);
    assert_true(act_str_eq_cstr(p.common_name, "jane"));
    assert_int_equal(p.organization_count, 2);
    assert_true(act_str_eq(p.organizations[0], groups[0]));
    assert_true(act_str_eq(p.organizations[1], groups[1]));
    act_tls_pair_done(&ca);
    act_tls_pair_done(&client);
}

static void pool_trusts_its_ca_for_clients_in_time_only(void **state)
{
    (void)state;
    act_tls_pair ca = ACT_TLS_PAIR_INIT, other = ACT_TLS_PAIR_INIT;
    act_tls_pair client = ACT_TLS_PAIR_INIT, server = ACT_TLS_PAIR_INIT;
    act_tls_pair stranger = ACT_TLS_PAIR_INIT, lasting = ACT_TLS_PAIR_INIT;
    act_tls_subject s = subject("ca"), c = subject("jane");
    ACT_AUTO(act_arena) a = NULL;
    ACT_AUTO(act_tls_pool) pool = NULL;
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_arena_new(1 << 20, 0, &a), ACT_OK);
    assert_int_equal(act_tls_make_ca(&s, &ca, NULL), ACT_OK);
    assert_int_equal(act_tls_make_ca(&s, &other, NULL), ACT_OK); /* the same name */
    assert_int_equal(act_tls_make_client(&ca, &c, &client, NULL), ACT_OK);
    assert_int_equal(act_tls_make_server(&ca, &c, &server, NULL), ACT_OK);
    assert_int_equal(act_tls_make_client(&other, &c, &stranger, NULL), ACT_OK);
    c.days = 10 * DAYS; /* longer than its CA */
    assert_int_equal(act_tls_make_client(&ca, &c, &lasting, NULL), ACT_OK);
    assert_int_equal(act_tls_pool_new(act_buf_str(&ca.cert_pem), &pool, &e), ACT_OK);

    act_tls_peer p;
    peer_of(&client.cert_pem, a, &p);
    assert_int_equal(act_tls_pool_verify(pool, &p, now, &e), ACT_OK);
    assert_int_equal(act_tls_pool_verify(pool, &p, now + (DAYS + 1) * day, &e),
                     ACT_EDENIED);
    assert_non_null(strstr(e.text, "not valid at this time"));
    assert_int_equal(act_tls_pool_verify(pool, &p, now - day, &e), ACT_EDENIED);
    peer_of(&server.cert_pem, a, &p);
    assert_int_equal(act_tls_pool_verify(pool, &p, now, &e), ACT_EDENIED);
    peer_of(&stranger.cert_pem, a, &p);
    assert_int_equal(act_tls_pool_verify(pool, &p, now, &e), ACT_EDENIED);
    assert_non_null(strstr(e.text, "not signed by a trusted"));
    peer_of(&lasting.cert_pem, a, &p);
    assert_int_equal(act_tls_pool_verify(pool, &p, now, &e), ACT_OK);
    assert_int_equal(act_tls_pool_verify(pool, &p, now + (DAYS + 1) * day, &e),
                     ACT_EDENIED);
    p.chain_count = 0;
    assert_int_equal(act_tls_pool_verify(pool, &p, now, &e), ACT_EDENIED);

    act_tls_pool *none = NULL;
    assert_int_equal(act_tls_pool_new(ACT_STR(""), &none, &e), ACT_EPARSE);
    assert_int_equal(act_tls_pool_new(ACT_STR("nonsense"), &none, &e), ACT_EPARSE);
    assert_null(none);
    act_tls_pair *all[] = { &ca, &other, &client, &server, &stranger, &lasting };
    for (size_t i = 0; i < ACT_COUNT(all); i++)
        act_tls_pair_done(all[i]);
}

static void peers_that_cannot_be_read_are_errors(void **state)
{
    (void)state;
    ACT_AUTO(act_arena) a = NULL;
    act_tls_peer p;
    act_str junk[ACT_TLS_CHAIN_MAX + 1] = { ACT_STR("\x30\x82\x01\x00junk") };
    assert_int_equal(act_arena_new(1 << 20, 0, &a), ACT_OK);
    assert_int_equal(act_tls_peer_read(a, junk, 1, &p), ACT_EPARSE);
    assert_int_equal(act_tls_peer_read(a, junk, 0, &p), ACT_EPARSE);
    assert_int_equal(act_tls_peer_read(a, junk, ACT_TLS_CHAIN_MAX + 1, &p), ACT_ELIMIT);
}

static bool names(const act_tls_pair *p, const char *name)
{
    gnutls_x509_crt_t crt;
    gnutls_datum_t in = { (unsigned char *)p->cert_pem.ptr, (unsigned)p->cert_pem.len };
    assert_int_equal(gnutls_x509_crt_init(&crt), 0);
    assert_int_equal(gnutls_x509_crt_import(crt, &in, GNUTLS_X509_FMT_PEM), 0);
    bool yes = gnutls_x509_crt_check_hostname(crt, name) != 0;
    gnutls_x509_crt_deinit(crt);
    return yes;
}

static void server_certificate_has_local_and_given_names(void **state)
{
    (void)state;
    act_tls_pair ca = ACT_TLS_PAIR_INIT, server = ACT_TLS_PAIR_INIT;
    act_tls_subject s = subject("x");
    const act_str more[] = { ACT_STR("activity.svc"), ACT_STR("10.1.2.3"),
                             ACT_STR("fd00::7") };
    s.names = more;
    s.name_count = 3;
    assert_int_equal(act_tls_make_ca(&s, &ca, NULL), ACT_OK);
    assert_int_equal(act_tls_make_server(&ca, &s, &server, NULL), ACT_OK);
    static const char *const good[] = { "localhost",    "127.0.0.1", "::1",
                                        "activity.svc", "10.1.2.3",  "fd00::7" };
    for (size_t i = 0; i < ACT_COUNT(good); i++)
        assert_true(names(&server, good[i]));
    assert_false(names(&server, "example.org"));
    assert_false(names(&server, "10.1.2.4"));
    act_tls_pair_done(&ca);
    act_tls_pair_done(&server);
}

static void check_tells_what_is_wrong(void **state)
{
    (void)state;
    act_tls_pair a = ACT_TLS_PAIR_INIT, b = ACT_TLS_PAIR_INIT, none = ACT_TLS_PAIR_INIT;
    act_tls_subject s = subject("x");
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_tls_make_ca(&s, &a, NULL), ACT_OK);
    assert_int_equal(act_tls_make_ca(&s, &b, NULL), ACT_OK);
    assert_int_equal(act_tls_check(&a, now, &e), ACT_OK);
    assert_int_equal(act_tls_check(&a, now - day, &e), ACT_EAGAIN);
    assert_int_equal(act_tls_check(&a, now + (DAYS + 1) * day, &e), ACT_EGONE);
    act_tls_pair mixed = { .cert_pem = a.cert_pem, .key_pem = b.key_pem };
    assert_int_equal(act_tls_check(&mixed, now, &e), ACT_EINVAL);
    assert_int_equal(act_tls_check(&none, now, &e), ACT_EPARSE);

    act_str pem = act_buf_str(&a.cert_pem);
    int64_t expiry;
    assert_int_equal(act_tls_expiry(pem, &expiry), ACT_OK);
    assert_int_equal(expiry, now + DAYS * day);
    assert_false(act_tls_expires_within(pem, now, DAYS));
    assert_true(act_tls_expires_within(pem, now + ACT_NS_PER_S, DAYS));
    assert_true(act_tls_expires_within(ACT_STR("?"), now, 0));
    act_tls_pair_done(&a);
    act_tls_pair_done(&b);
}

static void subjects_out_of_range_are_refused(void **state)
{
    (void)state;
    act_tls_pair p = ACT_TLS_PAIR_INIT;
    act_err e = ACT_ERR_INIT;
    act_tls_subject s = subject("");
    assert_int_equal(act_tls_make_ca(&s, &p, &e), ACT_EINVAL);
    s = subject("x");
    s.days = 0;
    assert_int_equal(act_tls_make_ca(&s, &p, &e), ACT_EINVAL);
    s = subject("x");
    s.names = &(act_str){ 0 };
    s.name_count = 1;
    assert_int_equal(act_tls_make_ca(&s, &p, &e), ACT_EINVAL);
    s = subject("x");
    assert_int_equal(act_tls_make_server(&p, &s, &p, &e), ACT_EPARSE); /* an empty CA */
    assert_int_equal(p.cert_pem.len, 0);
}

static void pair_survives_the_disk_and_its_key_is_private(void **state)
{
    (void)state;
    char dir[] = "/tmp/act-tls-XXXXXX", cert[64], key[64];
    assert_non_null(mkdtemp(dir));
    (void)snprintf(cert, sizeof cert, "%s/tls.crt", dir);
    (void)snprintf(key, sizeof key, "%s/tls.key", dir);
    act_tls_pair a = ACT_TLS_PAIR_INIT, b = ACT_TLS_PAIR_INIT;
    act_tls_subject s = subject("x");
    act_err e = ACT_ERR_INIT;
    assert_int_equal(act_tls_load(cert, key, &b, &e), ACT_ENOTFOUND);
    assert_int_equal(act_tls_make_ca(&s, &a, NULL), ACT_OK);
    assert_int_equal(act_tls_save(&a, cert, key, &e), ACT_OK);
    assert_int_equal(act_tls_load(cert, key, &b, &e), ACT_OK);
    assert_true(act_str_eq(act_buf_str(&a.key_pem), act_buf_str(&b.key_pem)));
    assert_int_equal(act_tls_check(&b, now, &e), ACT_OK);
    struct stat st;
    assert_int_equal(stat(key, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    (void)unlink(cert);
    (void)unlink(key);
    assert_int_equal(rmdir(dir), 0); /* no temporary file is left */
    assert_int_equal(act_tls_save(&a, cert, key, &e), ACT_EIO);
    act_tls_pair_done(&a);
    act_tls_pair_done(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(client_certificate_says_user_and_groups),
        cmocka_unit_test(pool_trusts_its_ca_for_clients_in_time_only),
        cmocka_unit_test(peers_that_cannot_be_read_are_errors),
        cmocka_unit_test(server_certificate_has_local_and_given_names),
        cmocka_unit_test(check_tells_what_is_wrong),
        cmocka_unit_test(subjects_out_of_range_are_refused),
        cmocka_unit_test(pair_survives_the_disk_and_its_key_is_private),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
