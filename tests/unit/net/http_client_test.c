/* ctest: labels=threads timeout=180 */
#include "base/alloc.h"
#include "unit/net/web.h"

#include <stdio.h>

/* Says who the client's certificate claims it is; paths choose other behaviour. */
static void handle(void *ctx, act_http_request *req, act_http_response *res)
{
    act_str path = act_http_request_path(req);
    act_buf out = ACT_BUF_INIT;
    const act_tls_peer *cert = act_http_request_client_cert(req);
    atomic_int *calls = ctx;
    if (calls)
        atomic_fetch_add(calls, 1);
    act_http_response_status(res, 200);
    if (act_str_eq_cstr(path, "/slow"))
        while (!act_http_request_is_gone(req))
            web_sleep_ms(10);
    if (act_str_eq_cstr(path, "/large")) {
        memset(act_buf_reserve(&out, 1001), 'x', 1001);
        out.len = 1001;
    } else if (act_str_eq_cstr(path, "/elsewhere")) {
        act_http_response_status(res, 302);
        act_http_response_header(res, "Location", ACT_STR("/"));
    } else if (cert) {
        act_buf_printf(&out, "CN=%.*s", ACT_STR_ARG(cert->common_name));
        for (size_t i = 0; i < cert->organization_count; i++)
            act_buf_printf(&out, " O=%.*s", ACT_STR_ARG(cert->organizations[i]));
    } else {
        act_buf_printf(&out, "nobody");
    }
    act_http_response_body(res, "text/plain", &out);
}

static const act_http_callbacks callbacks = { .handle = handle };

static int call_with(web *w, act_http_client_options o, act_http_reply *r)
{
    act_http_client *before = w->client;
    assert_int_equal(act_http_client_new(&o, &w->client), ACT_OK);
    int status = web_get(w, "/", r);
    act_http_client_free(w->client);
    w->client = before;
    return status;
}

static void tls_handshake_needs_the_right_ca(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_tls_pair other = ACT_TLS_PAIR_INIT;
    act_tls_subject s = { .common_name = ACT_STR("other"),
                          .now_wall_ns = act_wall_ns(act_clock_system()),
                          .days = 1 };
    web_start_tls(&w, ACT_HTTP_SERVER_OPTIONS_INIT, callbacks);
    assert_int_equal(web_get(&w, "/", &r), 200);
    assert_int_equal(act_tls_make_ca(&s, &other, NULL), ACT_OK);
    act_http_client_options o = ACT_HTTP_CLIENT_OPTIONS_INIT;
    o.ca_pem = act_buf_str(&other.cert_pem);
    assert_int_equal(call_with(&w, o, &r), ACT_EIO);
    o.ca_pem = (act_str){ 0 }; /* the system does not know ours */
    assert_int_equal(call_with(&w, o, &r), ACT_EIO);
    o.insecure = true;
    assert_int_equal(call_with(&w, o, &r), 200);
    act_tls_pair_done(&other);
    act_http_reply_done(&r);
    web_stop(&w);
}

static void client_certificate_reaches_the_handler_when_asked_for(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_tls_pair client = ACT_TLS_PAIR_INIT;
    const act_str group = ACT_STR("system:masters");
    act_tls_subject s = { .common_name = ACT_STR("jane"),
                          .organizations = &group,
                          .organization_count = 1,
                          .now_wall_ns = act_wall_ns(act_clock_system()),
                          .days = 1 };
    for (int ask = 0; ask < 2; ask++) {
        act_http_server_options so = ACT_HTTP_SERVER_OPTIONS_INIT;
        so.ask_client_cert = ask;
        web_start_tls(&w, so, callbacks);
        assert_int_equal(act_tls_make_client(&w.ca, &s, &client, NULL), ACT_OK);
        act_http_client_options o = ACT_HTTP_CLIENT_OPTIONS_INIT;
        o.ca_pem = act_buf_str(&w.ca.cert_pem);
        assert_int_equal(call_with(&w, o, &r), 200);
        assert_true(act_str_eq_cstr(act_buf_str(&r.body), "nobody"));
        o.cert_pem = act_buf_str(&client.cert_pem);
        o.key_pem = act_buf_str(&client.key_pem);
        assert_int_equal(call_with(&w, o, &r), 200);
        assert_true(act_str_eq_cstr(act_buf_str(&r.body),
                                    ask ? "CN=jane O=system:masters" : "nobody"));
        act_tls_pair_done(&client);
        web_stop(&w);
    }
    act_http_reply_done(&r);
}

static void renewed_certificate_is_used_without_a_restart(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_tls_pair ca = ACT_TLS_PAIR_INIT, fresh = ACT_TLS_PAIR_INIT;
    act_tls_subject s = { .common_name = ACT_STR("fresh"),
                          .now_wall_ns = act_wall_ns(act_clock_system()),
                          .days = 1 };
    act_err e = ACT_ERR_INIT;
    web_start_tls(&w, ACT_HTTP_SERVER_OPTIONS_INIT, callbacks);
    assert_int_equal(act_tls_make_ca(&s, &ca, NULL), ACT_OK);
    assert_int_equal(act_tls_make_server(&ca, &s, &fresh, NULL), ACT_OK);
    act_tls_pair mixed = { .cert_pem = fresh.cert_pem, .key_pem = ca.key_pem };
    assert_int_equal(act_http_server_set_tls(w.server, &mixed, &e), ACT_EPARSE);
    assert_int_equal(web_get(&w, "/", &r), 200); /* the old one stays */
    assert_int_equal(act_http_server_set_tls(w.server, &fresh, &e), ACT_OK);
    assert_int_equal(web_get(&w, "/", &r), 200); /* on the open connection */
    act_http_client_options o = ACT_HTTP_CLIENT_OPTIONS_INIT;
    o.ca_pem = act_buf_str(&ca.cert_pem);
    assert_int_equal(call_with(&w, o, &r), 200);
    o.ca_pem = act_buf_str(&w.ca.cert_pem);
    assert_int_equal(call_with(&w, o, &r), ACT_EIO);
    act_tls_pair_done(&ca);
    act_tls_pair_done(&fresh);
    act_http_reply_done(&r);
    web_stop(&w);
}

static void answers_are_limited_timed_and_not_followed(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, callbacks);
    act_http_call call = ACT_HTTP_CALL_INIT;
    call.max_response_bytes = 1001;
    assert_int_equal(web_call(&w, call, "/large", &r), 200);
    call.max_response_bytes = 1000;
    assert_int_equal(web_call(&w, call, "/large", &r), ACT_ELIMIT);
    assert_int_equal(r.status, 200); /* the earlier answer is untouched */
    assert_int_equal(web_call(&w, call, "/elsewhere", &r), 302);
    call.timeout_ns = 200 * ACT_NS_PER_MS;
    assert_int_equal(web_call(&w, call, "/slow", &r), ACT_EAGAIN);
    act_http_reply_done(&r);
    web_stop(&w);
}

static void bad_calls_are_errors(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_err e = ACT_ERR_INIT;
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, callbacks);
    act_http_call call = ACT_HTTP_CALL_INIT;
    call.bearer = ACT_STR("a\r\nX-Admin: yes");
    assert_int_equal(web_call(&w, call, "/", &r), ACT_EINVAL);
    call.bearer = (act_str){ 0 };
    call.url = "file:///etc/passwd";
    assert_int_equal(act_http_client_call(w.client, &call, &r, &e), ACT_EINVAL);
    call.url = "http://127.0.0.1:1/";
    assert_int_equal(act_http_client_call(w.client, &call, &r, &e), ACT_EIO);
    assert_true(e.text[0] != '\0');
    atomic_bool cancel = true;
    call.cancel = &cancel;
    assert_int_equal(web_call(&w, call, "/slow", &r), ACT_ECLOSED);
    act_http_reply_done(&r);
    web_stop(&w);
}

static void calls_reuse_connections(void **state)
{
    (void)state;
    web w;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    web_start_tls(&w, ACT_HTTP_SERVER_OPTIONS_INIT, callbacks);
    for (int i = 0; i < 10; i++)
        assert_int_equal(web_get(&w, "/", &r), 200);
    assert_int_equal(web_metric(&w, "activity_http_connections", "test"), 1);
    act_http_reply_done(&r);
    web_stop(&w);
}

static void client_survives_running_out_of_memory(void **state)
{
    (void)state;
    web w;
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, callbacks);
    char url[128];
    (void)snprintf(url, sizeof url, "%s/", w.base);
    act_http_call call = ACT_HTTP_CALL_INIT;
    act_http_header header = { ACT_STR("X-A"), ACT_STR("b") };
    call.url = url;
    call.bearer = ACT_STR("token");
    call.headers = &header;
    call.header_count = 1;
    for (size_t n = 0;; n++) {
        act_http_client_options o = ACT_HTTP_CLIENT_OPTIONS_INIT;
        act_http_client *c = NULL;
        act_http_reply r = ACT_HTTP_REPLY_INIT;
        act_fail_after(n);
        int err = act_http_client_new(&o, &c);
        if (!err)
            err = act_http_client_call(c, &call, &r, NULL);
        act_fail_after(SIZE_MAX);
        act_http_reply_done(&r);
        act_http_client_free(c);
        if (!err)
            break;
        assert_int_equal(err, ACT_ENOMEM);
    }
    web_stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tls_handshake_needs_the_right_ca),
        cmocka_unit_test(client_certificate_reaches_the_handler_when_asked_for),
        cmocka_unit_test(renewed_certificate_is_used_without_a_restart),
        cmocka_unit_test(answers_are_limited_timed_and_not_followed),
        cmocka_unit_test(bad_calls_are_errors),
        cmocka_unit_test(calls_reuse_connections),
        cmocka_unit_test(client_survives_running_out_of_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
