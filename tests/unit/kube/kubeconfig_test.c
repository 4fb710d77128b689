/* Kubeconfig files: inline material, files beside them, what is not supported; pods. */
#include "kube/kubeconfig.h"

#include "base/alloc.h"
#include "base/file.h"
#include "net/digest.h"
#include "support.h"

#include <stdlib.h>
#include <unistd.h>

static int read_text(const char *text, act_kubeconfig *ret, act_err *e)
{
    *e = ACT_ERR_INIT;
    return act_kubeconfig_read(test_arena, act_str_cstr(text), ACT_STR("/tmp"), ret, e);
}

#define CONTEXT                                                                            \
    "current-context: main\n"                                                              \
    "contexts:\n- {name: other, context: {cluster: x, user: x}}\n"                         \
    "- {name: main, context: {cluster: c, user: u}}\n"

static void the_current_context_is_taken(void **state)
{
    (void)state;
    act_kubeconfig c = { 0 };
    act_err e;
    assert_int_equal(read_text(CONTEXT "clusters:\n- name: c\n  cluster:\n"
                                       "    server: https://10.0.0.1:6443/\n"
                                       "    certificate-authority-data: UEVN\n"
                                       "users:\n- name: u\n  user:\n    token: abc\n"
                                       "    client-certificate-data: Q0VSVA==\n"
                                       "    client-key-data: S0VZ\n",
                               &c, &e),
                     0);
    assert_true(act_str_eq_cstr(c.server, "https://10.0.0.1:6443"));
    assert_true(act_str_eq_cstr(c.ca_pem, "PEM") && act_str_eq_cstr(c.token, "abc"));
    assert_true(act_str_eq_cstr(c.cert_pem, "CERT") && act_str_eq_cstr(c.key_pem, "KEY"));
    assert_false(c.insecure);
}

static void what_does_not_fit_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *text, *error;
        int code;
    } bad[] = {
        { "", "kubeconfig: empty", ACT_EPARSE },
        { "a: [", NULL, ACT_EPARSE },
        { CONTEXT "clusters: []\n", "kubeconfig: clusters has no \"c\"", ACT_EPARSE },
        { CONTEXT "clusters: [{name: c, cluster: {server: 'ftp://x'}}]\n"
                  "users: [{name: u, user: {}}]\n",
          "kubeconfig: server must be an http or https URL", ACT_EPARSE },
        { CONTEXT "clusters: [{name: c, cluster: {server: 'https://x'}}]\n"
                  "users: [{name: u, user: {exec: {command: x}}}]\n",
          "kubeconfig: users with exec", ACT_EUNSUPPORTED },
        { CONTEXT "clusters: [{name: c, cluster: {server: 'https://x', "
                  "certificate-authority-data: '%%'}}]\nusers: [{name: u, user: {}}]\n",
          "kubeconfig: certificate-authority-data is not base64", ACT_EPARSE },
        { CONTEXT "clusters: [{name: c, cluster: {server: 'https://x'}}]\n"
                  "users: [{name: u, user: {client-key-data: S0VZ}}]\n",
          "kubeconfig: client-certificate and client-key go together", ACT_EPARSE },
        { CONTEXT "clusters: [{name: c, cluster: {server: 'https://x', "
                  "certificate-authority: no/such/file}}]\nusers: [{name: u, user: {}}]\n",
          NULL, ACT_ENOTFOUND },
    };
    for (size_t i = 0; i < ACT_COUNT(bad); i++) {
        act_kubeconfig c = { .insecure = true };
        act_err e;
        assert_int_equal(read_text(bad[i].text, &c, &e), bad[i].code);
        if (bad[i].error)
            assert_string_equal(e.text, bad[i].error);
        assert_true(c.insecure && !c.server.ptr); /* untouched */
    }
}

static char folder[] = "/tmp/kubeconfig-XXXXXX";

static const char *path_of(const char *name)
{
    act_str path;
    assert_int_equal(act_arena_printf(test_arena, &path, "%s/%s", folder, name), 0);
    return path.ptr;
}

static void put(const char *name, const char *text)
{
    assert_int_equal(act_file_replace(path_of(name), act_str_cstr(text), 0600, NULL), 0);
}

static void files_lie_beside_the_kubeconfig(void **state)
{
    (void)state;
    act_kubeconfig c = { 0 };
    put("ca.crt", "CA");
    put("token", "abc");
    put("config", CONTEXT "clusters: [{name: c, cluster: {server: 'https://x', "
                          "certificate-authority: ca.crt}}]\n"
                          "users: [{name: u, user: {tokenFile: token}}]\n");
    assert_int_equal(act_kubeconfig_load(test_arena, path_of("config"), &c, NULL), 0);
    assert_true(act_str_eq_cstr(c.ca_pem, "CA"));
    assert_true(act_str_eq_cstr(c.token_file, path_of("token")));
    assert_int_equal(act_kubeconfig_load(test_arena, path_of("none"), &c, NULL),
                     ACT_ENOTFOUND);
    c = (act_kubeconfig){ 0 };
    assert_int_equal(act_kubeconfig_of_pod(test_arena, folder, "fd00::1", "443", &c, NULL),
                     0);
    assert_true(act_str_eq_cstr(c.server, "https://[fd00::1]:443"));
    assert_true(act_str_eq_cstr(c.ca_pem, "CA"));
    assert_true(act_str_eq_cstr(c.token_file, path_of("token")));
}

static int folder_setup(void **state)
{
    assert_non_null(mkdtemp(folder));
    return test_arena_setup(state);
}

static int folder_teardown(void **state)
{
    (void)unlink(path_of("ca.crt"));
    (void)unlink(path_of("token"));
    (void)unlink(path_of("config"));
    assert_int_equal(rmdir(folder), 0);
    return test_arena_teardown(state);
}

static const char *const whole =
    CONTEXT "clusters: [{name: c, cluster: {server: 'https://x', "
            "certificate-authority-data: UEVN}}]\n"
            "users: [{name: u, user: {tokenFile: token, client-certificate-data: Q0VSVA==,"
            " client-key-data: S0VZ}}]\n";

static void want_of_memory_is_told_and_leaves_nothing(void **state)
{
    (void)state;
    for (size_t n = 0;; n++) {
        act_kubeconfig c = { 0 };
        act_err e;
        act_arena_reset(test_arena);
        act_fail_after(n);
        int r = read_text(whole, &c, &e);
        act_fail_after(SIZE_MAX);
        if (r == 0)
            break;
        assert_int_equal(r, ACT_ENOMEM);
        assert_null(c.server.ptr);
    }
}

static void base64_is_read_or_refused(void **state)
{
    (void)state;
    act_buf out = ACT_BUF_INIT;
    act_buf_add(&out, ACT_STR("x"));
    assert_int_equal(act_base64_decode(ACT_STR("aGVs\r\nbG8=\n"), &out), 0);
    assert_true(act_str_eq_cstr(act_buf_str(&out), "xhello"));
    assert_int_equal(act_base64_decode(ACT_STR(""), &out), 0);
    assert_int_equal(act_base64_decode(ACT_STR("a*b="), &out), ACT_EPARSE);
    assert_true(act_str_eq_cstr(act_buf_str(&out), "xhello"));
    act_buf_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_current_context_is_taken, test_arena_setup,
                                        test_arena_teardown),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_told, test_arena_setup,
                                        test_arena_teardown),
        cmocka_unit_test_setup_teardown(files_lie_beside_the_kubeconfig, folder_setup,
                                        folder_teardown),
        cmocka_unit_test_setup_teardown(want_of_memory_is_told_and_leaves_nothing,
                                        test_arena_setup, test_arena_teardown),
        cmocka_unit_test(base64_is_read_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
