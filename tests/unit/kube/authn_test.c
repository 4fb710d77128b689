/* ctest: labels=threads timeout=180 */
/* Who a request is from: over real TLS, with certificates of several CAs. */
#include "kube/auth_config.h"
#include "kube/authn.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/json_write.h"
#include "base/thread.h"
#include "fake_apiserver.h"

#include <stdlib.h>
#include <unistd.h>

/* CAs: of users, of front proxies, of nobody. Certificates: a user's, a proxy's, a proxy's
 * with a name that is not allowed, a stranger's. */
static act_tls_pair user_ca, proxy_ca, other_ca, user, proxy, misnamed, stranger,
    server_tls;
static fake_apiserver fake;
static act_authn *authn;
static act_http_server *server;
static char base[64];
static char tokens[] = "/tmp/authn-tokens-XXXXXX";
static char answer[4096];

/* Answers with the user as "name uid [group,...] key=value,...;", or with the error. */
static void handle(void *ctx, act_http_request *req, act_http_response *res)
{
    (void)ctx;
    act_user u = { 0 };
    act_buf out = ACT_BUF_INIT;
    int r = act_authn_user(authn, req, &u);
    act_http_response_status(res, r == 0 ? 200 : r == ACT_EDENIED ? 401 : 503);
    act_buf_printf(&out, "%.*s %.*s [", ACT_STR_ARG(u.name), ACT_STR_ARG(u.uid));
    for (size_t i = 0; i < u.n_groups; i++)
        act_buf_printf(&out, "%s%.*s", i ? "," : "", ACT_STR_ARG(u.groups[i]));
    act_buf_add(&out, ACT_STR("]"));
    for (size_t i = 0; i < u.n_extra; i++) {
        act_buf_printf(&out, " %.*s=", ACT_STR_ARG(u.extra[i].key));
        for (size_t j = 0; j < u.extra[i].n; j++)
            act_buf_printf(&out, "%.*s,", ACT_STR_ARG(u.extra[i].values[j]));
    }
    act_http_response_body(res, "text/plain", &out);
}

static void start_server(void)
{
    act_tls_subject s = { .common_name = ACT_STR("test"),
                          .now_wall_ns = act_wall_ns(act_clock_system()),
                          .days = 1 };
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    act_http_callbacks callbacks = { .handle = handle };
    assert_int_equal(act_tls_make_server(&other_ca, &s, &server_tls, NULL), 0);
    assert_int_equal(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL), 0);
    o.tls = &server_tls;
    o.ask_client_cert = true;
    o.workers = 2;
    assert_int_equal(act_http_server_start(&o, &callbacks, &server, NULL), 0);
    (void)snprintf(base, sizeof base, "https://127.0.0.1:%u/",
                   act_address_port(act_http_server_address(server)));
}

static int group_setup(void **state)
{
    int fd = mkstemp(tokens);
    assert_true(fd >= 0 && close(fd) == 0);
    make_ca("users", &user_ca);
    make_ca("proxies", &proxy_ca);
    make_ca("others", &other_ca);
    make_client(&user_ca, "carol", "dev", &user);
    make_client(&proxy_ca, "aggregator", NULL, &proxy);
    make_client(&proxy_ca, "somebody", NULL, &misnamed);
    make_client(&other_ca, "mallory", "system:masters", &stranger);
    assert_int_equal(act_file_replace(tokens, ACT_STR("tok-static,sam,,ops\n"), 0600, NULL),
                     0);
    start_server();
    fake_start(&fake);
    return test_arena_setup(state);
}

static int group_teardown(void **state)
{
    act_tls_pair *const pairs[] = { &user_ca, &proxy_ca, &other_ca, &user,
                                    &proxy,   &misnamed, &stranger, &server_tls };
    act_http_server_free(server);
    fake_stop(&fake);
    for (size_t i = 0; i < ACT_COUNT(pairs); i++)
        act_tls_pair_done(pairs[i]);
    assert_int_equal(unlink(tokens), 0);
    return test_arena_teardown(state);
}

static void use(act_authn_options o)
{
    act_authn_free(authn);
    authn = NULL;
    o.clock = act_clock_system();
    assert_int_equal(act_authn_new(&o, &authn, NULL), 0);
}

static int teardown(void **state)
{
    (void)state;
    act_authn_free(authn);
    authn = NULL;
    return 0;
}

/* The status that a request with these gets; its text is in answer[]. */
static int ask(const act_tls_pair *cert, const char *token, const act_http_header *headers,
               size_t n)
{
    act_http_client *client = NULL;
    act_http_client_options o = ACT_HTTP_CLIENT_OPTIONS_INIT;
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    o.ca_pem = act_buf_str(&other_ca.cert_pem);
    if (cert) {
        o.cert_pem = act_buf_str(&cert->cert_pem);
        o.key_pem = act_buf_str(&cert->key_pem);
    }
    assert_int_equal(act_http_client_new(&o, &client), 0);
    act_http_call call = ACT_HTTP_CALL_INIT;
    call.url = base;
    call.headers = headers;
    call.header_count = n;
    call.bearer = act_str_cstr(token);
    assert_int_equal(act_http_client_call(client, &call, &reply, NULL), 0);
    (void)snprintf(answer, sizeof answer, "%.*s", ACT_STR_ARG(act_buf_str(&reply.body)));
    int status = reply.status;
    act_http_reply_done(&reply);
    act_http_client_free(client);
    return status;
}

static const act_http_header remote[] = {
    { { "X-Remote-User", 13 }, { "jane", 4 } },
    { { "X-Remote-Uid", 12 }, { "42", 2 } },
    { { "X-Remote-Group", 14 }, { "a", 1 } },
    { { "x-remote-group", 14 }, { "b, c", 4 } },
    { { "X-Remote-Extra-Iam.miloapis.com%2fparent-type", 45 }, { "Project", 7 } },
    { { "X-Remote-Extra-Scopes", 21 }, { "one", 3 } },
    { { "X-Remote-Extra-scopes", 21 }, { "two", 3 } },
    { { "X-Remote-Extra-bad%zz", 21 }, { "raw", 3 } },
};

static act_front_proxy_options proxy_options(void)
{
    static const act_str allowed[] = { { "front", 5 }, { "aggregator", 10 } };
    return (act_front_proxy_options){ .ca_pem = act_buf_str(&proxy_ca.cert_pem),
                                      .allowed_names = allowed,
                                      .n_allowed_names = 2 };
}

static void use_all(bool anonymous)
{
    act_front_proxy_options p = proxy_options();
    use((act_authn_options){ .client_ca_pem = act_buf_str(&user_ca.cert_pem),
                             .front_proxy = &p,
                             .token_file = tokens,
                             .anonymous = anonymous });
}

static void the_front_proxy_names_users_in_headers(void **state)
{
    (void)state;
    use_all(false);
    assert_int_equal(ask(&proxy, NULL, remote, ACT_COUNT(remote)), 200);
    assert_string_equal(answer, "jane 42 [a,b, c,system:authenticated] "
                                "iam.miloapis.com/parent-type=Project, scopes=one,two, "
                                "bad%zz=raw,");
    /* It may also name nobody at all. */
    assert_int_equal(ask(&proxy, NULL, &remote[1], 2), 401);
    static const act_http_header anonymous[] = {
        { { "X-Remote-User", 13 }, { "system:anonymous", 16 } },
        { { "X-Remote-Group", 14 }, { "system:unauthenticated", 22 } },
    };
    assert_int_equal(ask(&proxy, NULL, anonymous, 2), 200);
    assert_string_equal(answer, "system:anonymous  [system:unauthenticated]");
}

static void headers_of_anyone_else_say_nothing(void **state)
{
    (void)state;
    use_all(true);
    assert_int_equal(ask(NULL, NULL, remote, ACT_COUNT(remote)), 200);
    assert_string_equal(answer, "system:anonymous  [system:unauthenticated]");
    assert_int_equal(ask(&user, NULL, remote, ACT_COUNT(remote)), 200);
    assert_string_equal(answer, "carol  [dev,system:authenticated]");
    assert_int_equal(ask(NULL, "tok-static", remote, ACT_COUNT(remote)), 200);
    assert_string_equal(answer, "sam  [ops,system:authenticated]");
    assert_int_equal(ask(&misnamed, NULL, remote, ACT_COUNT(remote)), 401);
    assert_int_equal(ask(&stranger, NULL, remote, ACT_COUNT(remote)), 401);
}

static void bad_credentials_are_never_anonymous(void **state)
{
    (void)state;
    use_all(true);
    assert_int_equal(ask(NULL, NULL, NULL, 0), 200);
    assert_int_equal(ask(NULL, "tok-wrong", NULL, 0), 401);
    assert_int_equal(ask(&stranger, NULL, NULL, 0), 401);
    /* A good token beside a certificate that says nothing here. */
    assert_int_equal(ask(&stranger, "tok-static", NULL, 0), 200);
    assert_string_equal(answer, "sam  [ops,system:authenticated]");
    use_all(false);
    assert_int_equal(ask(NULL, NULL, NULL, 0), 401);
}

static void other_header_names_can_be_agreed_on(void **state)
{
    (void)state;
    static const act_str names[] = { { "X-My-User", 9 }, { "X-Remote-User", 13 } };
    static const act_http_header mine[] = { { { "X-My-User", 9 }, { "max", 3 } } };
    act_front_proxy_options p = { .ca_pem = act_buf_str(&proxy_ca.cert_pem),
                                  .user_headers = names,
                                  .n_user_headers = 2 };
    use((act_authn_options){ .front_proxy = &p });
    assert_int_equal(ask(&misnamed, NULL, mine, 1), 200); /* any name is allowed */
    assert_string_equal(answer, "max  [system:authenticated]");
    assert_int_equal(ask(&proxy, NULL, remote, 1), 200);
    assert_string_equal(answer, "jane  [system:authenticated]");
}

static void unknown_tokens_are_reviewed(void **state)
{
    (void)state;
    act_token_review *review = NULL;
    assert_int_equal(act_token_review_new(fake.client, act_clock_system(), &review), 0);
    use((act_authn_options){ .token_file = tokens, .token_review = review });
    assert_int_equal(ask(NULL, "tok-static", NULL, 0), 200);
    assert_int_equal(fake_reviews(&fake), 0);
    assert_int_equal(ask(NULL, "tok-alice", NULL, 0), 200);
    assert_string_equal(answer, "alice u1 [web,system:authenticated] iam/parent=p,q,");
    assert_int_equal(ask(NULL, "tok-wrong", NULL, 0), 401);
    fake_fail(&fake, 500);
    assert_int_equal(ask(NULL, "tok-later", NULL, 0), 503);
    fake_fail(&fake, 0);
    act_authn_free(authn);
    authn = NULL;
    act_token_review_free(review);
}

/* ---- the ConfigMap ----------------------------------------------------------------- */

/* The ConfigMap with these CAs and one allowed name. */
static const char *config_map(const act_tls_pair *users, const act_tls_pair *proxies,
                              const char *allowed)
{
    act_buf out = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&out);
    char list[64];
    act_str kept;
    (void)snprintf(list, sizeof list, "[\"%s\"]", allowed);
    act_jw_object(&w);
    act_jw_kv_raw(&w, "metadata", ACT_STR("{\"resourceVersion\":\"7\"}"));
    act_jw_key(&w, ACT_STR("data"));
    act_jw_object(&w);
    act_jw_kv_string(&w, "client-ca-file", act_buf_str(&users->cert_pem));
    act_jw_kv_string(&w, "requestheader-client-ca-file", act_buf_str(&proxies->cert_pem));
    act_jw_kv_string(&w, "requestheader-allowed-names", act_str_cstr(list));
    act_jw_kv_string(&w, "requestheader-username-headers", ACT_STR("[\"X-Remote-User\"]"));
    act_jw_object_end(&w);
    act_jw_object_end(&w);
    assert_int_equal(act_arena_str(test_arena, act_buf_str(&out), &kept), 0);
    act_buf_done(&out);
    return kept.ptr;
}

static void the_config_map_is_read_with_all_its_lists(void **state)
{
    (void)state;
    act_auth_config c = { 0 };
    act_err e = ACT_ERR_INIT;
    assert_int_equal(
        act_auth_config_read(test_arena, act_str_cstr(config_map(&user_ca, &proxy_ca, "x")),
                             &c, &e),
        0);
    assert_true(c.has_proxy && act_str_eq_cstr(c.version, "7"));
    assert_true(act_str_eq(c.proxy.ca_pem, act_buf_str(&proxy_ca.cert_pem)));
    assert_true(c.proxy.n_allowed_names == 1 && c.proxy.n_user_headers == 1);
    assert_true(act_str_eq_cstr(c.proxy.allowed_names[0], "x"));
    assert_int_equal(c.proxy.n_group_headers, 0);
    assert_int_equal(act_auth_config_read(test_arena, ACT_STR("{}"), &c, &e), 0);
    assert_false(c.has_proxy);
    /* A list that cannot be read must not become "any name". */
    assert_int_equal(
        act_auth_config_read(test_arena,
                             ACT_STR("{\"data\":{\"requestheader-client-ca-file\":\"x\","
                                     "\"requestheader-allowed-names\":\"aggregator\"}}"),
                             &c, &e),
        ACT_EPARSE);
    assert_string_equal(e.text, "data.requestheader-allowed-names is not a JSON list of "
                                "strings");
}

static void want_of_memory_changes_nothing(void **state)
{
    (void)state;
    act_str json = act_str_cstr(config_map(&user_ca, &proxy_ca, "aggregator"));
    use((act_authn_options){ 0 });
    for (size_t n = 0;; n++) {
        act_auth_config c = { 0 };
        act_fail_after(n);
        int r = act_auth_config_read(test_arena, json, &c, NULL);
        if (!r)
            r = act_authn_follow(authn, c.client_ca_pem, &c.proxy, NULL);
        act_fail_after(SIZE_MAX);
        if (!r)
            break;
        assert_int_equal(r, ACT_ENOMEM);
        if (n < 3)
            assert_int_equal(ask(&proxy, NULL, remote, 1), 401);
    }
    assert_int_equal(ask(&proxy, NULL, remote, 1), 200);
}

static bool comes_to(const act_tls_pair *cert, int status)
{
    for (int i = 0; i < 3000; i++) {
        if (ask(cert, NULL, remote, 1) == status)
            return true;
        act_sleep_ns(10 * ACT_NS_PER_MS, NULL);
    }
    return false;
}

static void the_config_map_is_followed(void **state)
{
    (void)state;
    act_auth_follower *f = NULL;
    use((act_authn_options){ 0 });
    fake_set_config_map(&fake, config_map(&user_ca, &proxy_ca, "aggregator"));
    assert_int_equal(act_auth_follower_start(fake.client, authn, NULL, false, &f, NULL), 0);
    assert_int_equal(ask(&proxy, NULL, remote, 1), 200);
    assert_string_equal(answer, "jane  [system:authenticated]");
    assert_int_equal(ask(&user, NULL, remote, 1), 200);
    assert_string_equal(answer, "carol  [dev,system:authenticated]");
    assert_int_equal(ask(&misnamed, NULL, remote, 1), 401);
    for (int i = 0; i < 3000; i++) { /* a change before the watch is open is seen as well,
                                       but here the watch is what is tested */
        (void)pthread_mutex_lock(&fake.lock);
        bool open = fake.watches > 0;
        (void)pthread_mutex_unlock(&fake.lock);
        if (open)
            break;
        act_sleep_ns(10 * ACT_NS_PER_MS, NULL);
    }
    fake_set_config_map(&fake, config_map(&other_ca, &proxy_ca, "somebody"));
    assert_true(comes_to(&misnamed, 200));
    assert_int_equal(ask(&proxy, NULL, remote, 1), 401);
    assert_int_equal(ask(&user, NULL, NULL, 0), 401);
    assert_int_equal(ask(&stranger, NULL, NULL, 0), 200);
    act_auth_follower_free(f);
}

static void renewed_cas_take_the_place_of_the_first(void **state)
{
    (void)state;
    act_front_proxy_options p = proxy_options();
    act_str own = act_buf_str(&user_ca.cert_pem), other = act_buf_str(&other_ca.cert_pem);
    use((act_authn_options){ .client_ca_pem = own, .front_proxy = &p });
    assert_int_equal(ask(&user, NULL, NULL, 0), 200);
    assert_int_equal(ask(&proxy, NULL, remote, 1), 200);
    assert_int_equal(ask(&stranger, NULL, NULL, 0), 401);
    assert_int_equal(act_authn_renew(authn, ACT_STR("no PEM"), &p, NULL), ACT_EPARSE);
    assert_int_equal(ask(&user, NULL, NULL, 0), 200); /* what was there stays */
    assert_int_equal(act_authn_renew(authn, other, NULL, NULL), 0);
    assert_int_equal(ask(&stranger, NULL, NULL, 0), 200);
    assert_int_equal(ask(&user, NULL, NULL, 0), 401);
    assert_int_equal(ask(&proxy, NULL, remote, 1), 401);
    p.ca_pem = other;
    p.n_allowed_names = 0;
    assert_int_equal(act_authn_renew(authn, own, &p, NULL), 0);
    assert_int_equal(ask(&stranger, NULL, remote, 1), 200);
    assert_int_equal(ask(&user, NULL, NULL, 0), 200);
}

static void starting_without_an_apiserver_fails_unless_tolerated(void **state)
{
    (void)state;
    act_auth_follower *f = NULL;
    act_err e = ACT_ERR_INIT;
    use((act_authn_options){ 0 });
    fake_fail(&fake, 403);
    assert_int_equal(act_auth_follower_start(fake.client, authn, NULL, false, &f, &e),
                     ACT_EDENIED);
    assert_string_equal(e.text, "the kube-apiserver answers 403: not today");
    assert_int_equal(act_auth_follower_start(fake.client, authn, NULL, true, &f, &e), 0);
    fake_fail(&fake, 0);
    fake_set_config_map(&fake, config_map(&user_ca, &proxy_ca, "aggregator"));
    assert_true(comes_to(&proxy, 200)); /* tried again by itself */
    act_auth_follower_free(f);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_front_proxy_names_users_in_headers),
        TEST(headers_of_anyone_else_say_nothing),
        TEST(bad_credentials_are_never_anonymous),
        TEST(other_header_names_can_be_agreed_on),
        TEST(unknown_tokens_are_reviewed),
        TEST(the_config_map_is_read_with_all_its_lists),
        TEST(want_of_memory_changes_nothing),
        TEST(the_config_map_is_followed),
        TEST(renewed_cas_take_the_place_of_the_first),
        TEST(starting_without_an_apiserver_fails_unless_tolerated),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
