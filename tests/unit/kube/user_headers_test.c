/* ctest: labels=threads timeout=180 */
/* How many groups and extras of a user headers may name. */
#include "kube/user_headers.h"

#include "net/http_client.h"
#include "net/http_server.h"
#include "support.h"

static act_http_server *server;
static act_http_client *client;
static char base[64];

/* What reading comes to is the status: 200, or 400 past the limit; the body counts. */
static void handle(void *ctx, act_http_request *req, act_http_response *res)
{
    static const act_str user[] = { { "X-User", 6 } }, group[] = { { "X-G", 3 } },
                         extra[] = { { "X-E-", 4 } };
    static const act_user_headers h = { .user = { user, 1 },
                                        .group = { group, 1 },
                                        .extra = { extra, 1 } };
    act_user u = { .n_groups = 0 };
    act_buf out = ACT_BUF_INIT;
    (void)ctx;
    int r = act_user_headers_read(&h, req, &u);
    act_http_response_status(res, r == ACT_ELIMIT ? 400 : r ? 500 : 200);
    act_buf_printf(&out, "%zu %zu", u.n_groups, u.n_extra > 0 ? u.extra[0].n : 0);
    act_http_response_body(res, "text/plain", &out);
}

static int group_setup(void **state)
{
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    act_http_client_options c = ACT_HTTP_CLIENT_OPTIONS_INIT;
    act_http_callbacks callbacks = { .handle = handle };
    assert_int_equal(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL), 0);
    assert_int_equal(act_http_server_start(&o, &callbacks, &server, NULL), 0);
    (void)snprintf(base, sizeof base, "http://127.0.0.1:%u/",
                   act_address_port(act_http_server_address(server)));
    assert_int_equal(act_http_client_new(&c, &client), 0);
    return test_arena_setup(state);
}

static int group_teardown(void **state)
{
    act_http_client_free(client);
    act_http_server_free(server);
    return test_arena_teardown(state);
}

/* The status of a request with @n headers @name; what was read is *ret. */
static int ask(const char *name, size_t n, char (*ret)[32])
{
    act_http_header *h = act_arena_make_n(test_arena, act_http_header, n);
    act_http_call call = ACT_HTTP_CALL_INIT;
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    assert_non_null(h);
    for (size_t i = 0; i < n; i++)
        h[i] = (act_http_header){ act_str_cstr(name), ACT_STR("v") };
    call.url = base;
    call.headers = h;
    call.header_count = n;
    assert_int_equal(act_http_client_call(client, &call, &reply, NULL), 0);
    int status = reply.status;
    (void)snprintf(*ret, sizeof *ret, "%.*s", ACT_STR_ARG(act_buf_str(&reply.body)));
    act_http_reply_done(&reply);
    return status;
}

static void headers_name_so_many_groups_and_extras(void **state)
{
    (void)state;
    char got[32];
    assert_int_equal(ask("X-G", ACT_USER_HEADER_VALUES_MAX, &got), 200);
    assert_string_equal(got, "256 0");
    assert_int_equal(ask("X-G", ACT_USER_HEADER_VALUES_MAX + 1, &got), 400);
    assert_int_equal(ask("X-E-color", ACT_USER_HEADER_VALUES_MAX, &got), 200);
    assert_string_equal(got, "0 256");
    assert_int_equal(ask("X-E-color", ACT_USER_HEADER_VALUES_MAX + 1, &got), 400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(headers_name_so_many_groups_and_extras),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
