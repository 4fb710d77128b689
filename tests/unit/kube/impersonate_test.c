/* ctest: labels=threads timeout=180 */
/* Who a request runs as, when its headers ask for another than the one who sent it. */
#include "kube/impersonate.h"

#include "base/file.h"
#include "base/thread.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "support.h"

#include <stdlib.h>
#include <unistd.h>

/* ann may impersonate bob, the group devs and one value of one extra; sally service
 * accounts of one name. */
static const char roles_text[] =
    "roles:\n"
    "- users: [ann]\n"
    "  rules:\n"
    "  - {apiGroups: [''], resources: [users, groups], verbs: [impersonate]}\n"
    "  - {apiGroups: [authentication.k8s.io], resources: [userextras/color, uids],"
    " verbs: [impersonate]}\n"
    "- users: [sally]\n"
    "  rules:\n"
    "  - {apiGroups: [''], resources: [serviceaccounts], verbs: [impersonate]}\n"
    "- users: [reader]\n"
    "  rules:\n"
    "  - {apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch]}\n";

static char roles_path[] = "/tmp/impersonate-roles-XXXXXX";
static act_roles *roles;
static act_authz *authz;
static act_http_server *server;
static act_http_client *client;
static char base[64];
static char answer[4096];

/* The sender is who X-User says. */
static void handle(void *ctx, act_http_request *req, act_http_response *res)
{
    static const act_str masters[] = { { "system:masters", 14 } };
    act_user by = { .name = act_http_request_header(req, "X-User") }, u = by;
    act_kube_status status;
    act_buf out = ACT_BUF_INIT;
    (void)ctx;
    if (act_str_eq_cstr(by.name, "root"))
        by = (act_user){ .name = by.name, .groups = masters, .n_groups = 1 };
    int r = act_impersonation_asked(req)
                ? act_impersonate(authz, req, &by, &u, &status, NULL)
                : 0;
    if (r == ACT_EDENIED || r == ACT_EINVAL) {
        act_http_response_status(res, act_kube_status_code(status.reason));
        act_buf_add(&out, status.message);
    } else {
        act_http_response_status(res, r ? 500 : 200);
        act_buf_printf(&out, "%.*s %.*s [", ACT_STR_ARG(u.name), ACT_STR_ARG(u.uid));
        for (size_t i = 0; i < u.n_groups; i++)
            act_buf_printf(&out, "%s%.*s", i ? "," : "", ACT_STR_ARG(u.groups[i]));
        act_buf_add(&out, ACT_STR("]"));
        for (size_t i = 0; i < u.n_extra; i++)
            for (size_t j = 0; j < u.extra[i].n; j++)
                act_buf_printf(&out, " %.*s=%.*s", ACT_STR_ARG(u.extra[i].key),
                               ACT_STR_ARG(u.extra[i].values[j]));
    }
    act_http_response_body(res, "text/plain", &out);
}

static int group_setup(void **state)
{
    int fd = mkstemp(roles_path);
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    act_http_client_options c = ACT_HTTP_CLIENT_OPTIONS_INIT;
    act_http_callbacks callbacks = { .handle = handle };
    assert_true(fd >= 0 && close(fd) == 0);
    assert_int_equal(act_file_replace(roles_path, act_str_cstr(roles_text), 0600, NULL), 0);
    assert_int_equal(act_roles_new(roles_path, &roles, NULL), 0);
    assert_int_equal(act_authz_new(&(act_authz_options){ .roles = roles }, &authz), 0);
    assert_int_equal(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL), 0);
    o.workers = 2;
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
    act_authz_free(authz);
    act_roles_free(roles);
    assert_int_equal(unlink(roles_path), 0);
    return test_arena_teardown(state);
}

/* "STATUS TEXT" of a request by @user with @headers, "Name: value" each, up to NULL. */
static const char *ask(const char *user, const char *const *headers)
{
    act_http_header h[16] = { { ACT_STR("X-User"), act_str_cstr(user) } };
    size_t n = 1;
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    act_http_call call = ACT_HTTP_CALL_INIT;
    for (; headers && *headers; headers++, n++) {
        act_str name, value = act_str_split(act_str_cstr(*headers), ':', &name);
        h[n] = (act_http_header){ name, act_str_trim(value) };
    }
    call.url = base;
    call.headers = h;
    call.header_count = n;
    assert_int_equal(act_http_client_call(client, &call, &reply, NULL), 0);
    (void)snprintf(answer, sizeof answer, "%d %.*s", reply.status,
                   ACT_STR_ARG(act_buf_str(&reply.body)));
    act_http_reply_done(&reply);
    return answer;
}
#define ASK(user, ...) ask(user, (const char *const[]){ __VA_ARGS__, NULL })

static void without_headers_nobody_changes(void **state)
{
    (void)state;
    assert_string_equal(ask("ann", NULL), "200 ann  []");
    assert_string_equal(ASK("ann", "Impersonation: bob"), "200 ann  []");
}

static void who_may_runs_as_another(void **state)
{
    (void)state;
    assert_string_equal(ASK("ann", "Impersonate-User: bob"),
                        "200 bob  [system:authenticated]");
    assert_string_equal(ASK("ann", "impersonate-user: bob", "Impersonate-Group: devs",
                            "Impersonate-Group: ops", "Impersonate-Uid: 7",
                            "Impersonate-Extra-Color: red",
                            "Impersonate-Extra-color: blue"),
                        "200 bob 7 [devs,ops,system:authenticated] color=red color=blue");
    assert_string_equal(ASK("root", "Impersonate-User: bob",
                            "Impersonate-Extra-Iam.miloapis.com%2fparent-type: project"),
                        "200 bob  [system:authenticated] "
                        "iam.miloapis.com/parent-type=project");
}

/* Nothing is taken from the sender, whose power the new user has not. */
static void groups_are_those_of_the_new_user(void **state)
{
    (void)state;
    assert_string_equal(ASK("root", "Impersonate-User: system:anonymous"),
                        "200 system:anonymous  [system:unauthenticated]");
    assert_string_equal(
        ASK("root", "Impersonate-User: x", "Impersonate-Group: system:unauthenticated"),
        "200 x  [system:unauthenticated]");
    assert_string_equal(
        ASK("root", "Impersonate-User: x", "Impersonate-Group: system:authenticated"),
        "200 x  [system:authenticated]");
    assert_string_equal(ASK("sally", "Impersonate-User: system:serviceaccount:ns:robot"),
                        "200 system:serviceaccount:ns:robot  [system:serviceaccounts,"
                        "system:serviceaccounts:ns,system:authenticated]");
    assert_string_equal(ASK("root", "Impersonate-User: system:serviceaccount:ns:robot",
                            "Impersonate-Group: g"),
                        "200 system:serviceaccount:ns:robot  [g,system:authenticated]");
}

static void each_part_needs_its_permission(void **state)
{
    (void)state;
    assert_string_equal(ASK("bob", "Impersonate-User: ann"),
                        "403 users \"ann\" is forbidden: User \"bob\" cannot impersonate "
                        "resource \"users\" in API group \"\" at the cluster scope");
    assert_non_null(strstr(ASK("reader", "Impersonate-User: ann"), "403 users \"ann\""));
    assert_non_null(strstr(ASK("sally", "Impersonate-User: system:serviceaccount:a:b:c"),
                           "403 users "));
    assert_non_null(
        strstr(ASK("ann", "Impersonate-User: system:serviceaccount:ns:robot"),
               "403 serviceaccounts \"robot\" is forbidden: User \"ann\" cannot "
               "impersonate resource \"serviceaccounts\" in API group \"\" in "
               "the namespace \"ns\""));
    assert_non_null(strstr(ASK("sally", "Impersonate-User: system:serviceaccount:ns:robot",
                               "Impersonate-Group: system:masters"),
                           "403 groups \"system:masters\""));
    assert_non_null(
        strstr(ASK("ann", "Impersonate-User: bob", "Impersonate-Extra-size: large"),
               "403 userextras.authentication.k8s.io \"large\""));
    assert_non_null(strstr(ASK("sally", "Impersonate-User: system:serviceaccount:ns:robot",
                               "Impersonate-Uid: 7"),
                           "403 uids.authentication.k8s.io \"7\""));
}

static void nobody_is_no_user(void **state)
{
    (void)state;
    assert_non_null(strstr(ASK("root", "Impersonate-Group: devs"), "400 groups, a uid"));
    assert_non_null(strstr(ASK("root", "Impersonate-Uid: 7"), "400 "));
    assert_non_null(strstr(ASK("root", "Impersonate-Extra-a: b"), "400 "));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_headers_nobody_changes),
        cmocka_unit_test(who_may_runs_as_another),
        cmocka_unit_test(groups_are_those_of_the_new_user),
        cmocka_unit_test(each_part_needs_its_permission),
        cmocka_unit_test(nobody_is_no_user),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
