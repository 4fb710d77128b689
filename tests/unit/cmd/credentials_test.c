/* What a first start makes and later ones find: also when a start was killed in the middle,
 * or somebody has put other files there. */
#include "cmd/credentials.h"

#include "base/clock.h"
#include "base/file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <gnutls/x509.h>

#define assert_ok(call) assert_int_equal((call), ACT_OK)

static const int64_t now = INT64_C(1790000000) * ACT_NS_PER_S;
static char directory[40];

static int set_up(void **state)
{
    (void)state;
    (void)snprintf(directory, sizeof directory, "/tmp/act-credentials-XXXXXX");
    assert_non_null(mkdtemp(directory));
    return 0;
}

static int tear_down(void **state)
{
    char command[80];
    (void)state;
    (void)snprintf(command, sizeof command, "rm -rf %s", directory);
    return system(command);
}

static const char *path_of(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", directory, name);
    return path;
}

static int open_at(int64_t when, act_credentials *ret, act_err *e)
{
    *e = ACT_ERR_INIT;
    return act_credentials_open(directory, NULL, 0, when, ret, e);
}

static void open_ok(act_credentials *ret)
{
    act_err e;
    if (open_at(now, ret, &e))
        fail_msg("%s", e.text);
    assert_ok(act_tls_check(&ret->server, now, NULL));
}

/* Is the server's certificate signed by the CA that clients are told? */
static bool is_issued(const act_credentials *c)
{
    gnutls_x509_crt_t ca, server;
    unsigned status = 1;
    gnutls_datum_t ca_pem = { (unsigned char *)c->ca_pem.ptr, (unsigned)c->ca_pem.len };
    gnutls_datum_t server_pem = { (unsigned char *)c->server.cert_pem.ptr,
                                  (unsigned)c->server.cert_pem.len };
    assert_int_equal(gnutls_x509_crt_init(&ca), 0);
    assert_int_equal(gnutls_x509_crt_init(&server), 0);
    assert_int_equal(gnutls_x509_crt_import(ca, &ca_pem, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(gnutls_x509_crt_import(server, &server_pem, GNUTLS_X509_FMT_PEM), 0);
    assert_int_equal(
        gnutls_x509_crt_verify(server, &ca, 1, GNUTLS_VERIFY_DISABLE_TIME_CHECKS, &status),
        0);
    gnutls_x509_crt_deinit(ca);
    gnutls_x509_crt_deinit(server);
    return status == 0;
}

/* The key of another CA in place of file @name. */
static void put_other_key(const char *name)
{
    act_tls_pair other = ACT_TLS_PAIR_INIT;
    act_tls_subject s = { .common_name = ACT_STR("other"), .now_wall_ns = now, .days = 10 };
    assert_ok(act_tls_make_ca(&s, &other, NULL));
    assert_ok(act_file_replace(path_of(name), act_buf_str(&other.key_pem), 0600, NULL));
    act_tls_pair_done(&other);
}

static void a_second_start_finds_what_the_first_made(void **state)
{
    (void)state;
    act_credentials a, b;
    struct stat st;
    open_ok(&a);
    assert_true(is_issued(&a));
    open_ok(&b);
    assert_true(
        act_str_eq(act_buf_str(&a.server.cert_pem), act_buf_str(&b.server.cert_pem)));
    assert_true(act_str_eq(act_buf_str(&a.ca_pem), act_buf_str(&b.ca_pem)));
    assert_string_equal(a.admin_token, b.admin_token);
    assert_memory_equal(a.seal_key, b.seal_key, sizeof a.seal_key);
    for (size_t i = 0; i < 4; i++) {
        static const char *const secret[] = { "tls/ca.key", "tls/server.key", "tokens.csv",
                                              "seal.key" };
        assert_int_equal(stat(path_of(secret[i]), &st), 0);
        assert_int_equal(st.st_mode & 07777, 0600);
    }
    act_credentials_done(&a);
    act_credentials_done(&b);
}

/* The key is written first: a start that was killed behind it leaves the old certificate.
 */
static void a_start_that_was_killed_while_renewing_does_no_harm(void **state)
{
    (void)state;
    act_credentials c;
    open_ok(&c);
    act_credentials_done(&c);
    put_other_key("tls/server.key");
    open_ok(&c);
    assert_true(is_issued(&c));
    act_credentials_done(&c);
}

static void an_expired_ca_of_which_the_new_key_is_there_is_made_anew(void **state)
{
    (void)state;
    const int64_t later = now + (ACT_CA_DAYS + 1) * INT64_C(86400) * ACT_NS_PER_S;
    act_credentials c;
    act_err e;
    open_ok(&c);
    act_credentials_done(&c);
    put_other_key("tls/ca.key");
    /* Not expired: somebody's mistake, which making a new CA would bury. */
    assert_int_equal(open_at(now, &c, &e), ACT_ECORRUPT);
    assert_non_null(strstr(e.text, "ca.crt"));
    assert_ok(open_at(later, &c, &e));
    assert_ok(act_tls_check(&c.server, later, NULL));
    assert_true(is_issued(&c));
    act_credentials_done(&c);
}

static void the_server_gets_a_certificate_of_the_ca_that_is_there(void **state)
{
    (void)state;
    act_credentials c;
    open_ok(&c);
    act_credentials_done(&c);
    assert_int_equal(unlink(path_of("tls/ca.crt")), 0);
    assert_int_equal(unlink(path_of("tls/ca.key")), 0);
    open_ok(&c);
    assert_true(is_issued(&c));
    act_credentials_done(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_second_start_finds_what_the_first_made, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(a_start_that_was_killed_while_renewing_does_no_harm,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            an_expired_ca_of_which_the_new_key_is_there_is_made_anew, set_up, tear_down),
        cmocka_unit_test_setup_teardown(
            the_server_gets_a_certificate_of_the_ca_that_is_there, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
