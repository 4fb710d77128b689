/* ctest: labels=threads timeout=180 */
/* The line that every request leaves in the log. */
#include "unit/api/api_help.h"

#include <stdlib.h>
#include <unistd.h>

#define TENANT_TOKEN "token-of-tenant"

static char path[] = "/tmp/act-test-log-XXXXXX";
static int fd;
static act_log *log_;

static int setup(void **state)
{
    (void)state;
    (void)snprintf(path, sizeof path, "/tmp/act-test-log-XXXXXX");
    fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_ok(act_log_new(fd, ACT_LOG_INFO, act_clock_system(), &log_));
    api_start_with(&api, &(test_api_options){
                             .log = log_,
                             .limits = { .max_page_size = 1000 },
                             .tokens = TENANT_TOKEN
                             ",tina,77,\"activity:viewers,team\",iam.miloapis.com/"
                             "parent-type=Project;iam.miloapis.com/parent-name=shop\n" });
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    api_stop(&api);
    act_log_free(log_);
    (void)close(fd);
    (void)unlink(path);
    return 0;
}

/* The whole log, in a static buffer. */
static const char *all(void)
{
    static char text[64 << 10];
    ssize_t n = pread(fd, text, sizeof text - 1, 0);
    assert_true(n >= 0);
    text[n] = 0;
    return text;
}

/* The only line that has @part, in a static buffer. */
static const char *line_with(const char *part)
{
    static char line[8 << 10];
    const char *at = strstr(all(), part);
    if (!at)
        fail_msg("not logged: %s in\n%s", part, all());
    while (at > all() && at[-1] != '\n')
        at--;
    (void)snprintf(line, sizeof line, "%.*s", (int)strcspn(at, "\n"), at);
    assert_null(strstr(at + strlen(line), part));
    return line;
}

static void assert_has(const char *line, const char *part)
{
    if (!strstr(line, part))
        fail_msg("not there: %s in\n%s", part, line);
}

static void a_line_says_who_asked_what(void **state)
{
    (void)state;
    api.token = TENANT_TOKEN;
    assert_int_equal(api_get(&api, POLICIES "/web?limit=secret"), 404);
    const char *line = line_with("\"name\":\"web\"");
    static const char *const parts[] = {
        "\"msg\":\"request\"",
        "\"user\":\"tina\"",
        "\"uid\":\"77\"",
        "\"groups\":\"activity:viewers,team,system:authenticated\"",
        "\"tenant_type\":\"project\"",
        "\"tenant\":\"shop\"",
        "\"method\":\"GET\"",
        "\"verb\":\"get\"",
        "\"resource\":\"activitypolicies.activity.miloapis.com\"",
        "\"path\":\"" POLICIES "/web\"",
        "\"status\":404",
        "\"peer\":\"127.0.0.1\"",
        "\"user_agent\":\"activity\"",
        "\"seconds\":",
    };
    for (size_t i = 0; i < ACT_COUNT(parts); i++)
        assert_has(line, parts[i]);
    char id[64];
    (void)snprintf(id, sizeof id, "\"audit_id\":\"%s\"", api_header(&api, "Audit-ID"));
    assert_int_equal(strlen(api_header(&api, "Audit-ID")), 36);
    assert_has(line, id);
    assert_null(strstr(all(), "secret"));
    assert_null(strstr(all(), TENANT_TOKEN));
}

static void refusals_are_logged_too(void **state)
{
    (void)state;
    api.token = TENANT_TOKEN;
    assert_int_equal(api_post(&api, POLICIES, "{}"), 403);
    assert_has(line_with("\"verb\":\"create\""), "\"status\":403");
    api.token = "wrong-token-of-nobody";
    assert_int_equal(api_get(&api, "/version"), 401);
    assert_has(line_with("\"path\":\"/version\""), "\"status\":401");
    assert_has(line_with("\"path\":\"/version\""), "\"user\":\"\"");
    assert_null(strstr(all(), "wrong-token-of-nobody"));
    /* Before anybody looks at who asks. */
    assert_int_equal(api_get(&api, "/bad%zz"), 400);
    assert_has(line_with("bad%zz"), "\"msg\":\"request refused\"");
    assert_has(line_with("bad%zz"), "\"status\":400");
}

/* A proxy's number goes through, so that its audit log and ours tell one story. */
static void numbers_of_proxies_are_kept(void **state)
{
    (void)state;
    static const struct {
        const char *given;
        bool kept;
    } cases[] = {
        { "2c3d2e4c-1111-4222-8333-444455556666", true },
        { "has blanks", false },
        { "0123456789012345678901234567890123456789012345678901234567890123456789", false },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char url[160];
        act_http_call call = ACT_HTTP_CALL_INIT;
        const act_http_header header = { ACT_STR("Audit-ID"),
                                         act_str_cstr(cases[i].given) };
        (void)snprintf(url, sizeof url, "%s/version", api.base);
        call.connect_timeout_ns = PATIENCE_NS;
        call.url = url;
        call.headers = &header;
        call.header_count = 1;
        call.bearer = ACT_STR(TOKEN_ADMIN);
        assert_ok(act_http_client_call(api.client, &call, &api.reply, NULL));
        assert_int_equal(strcmp(api_header(&api, "Audit-ID"), cases[i].given) == 0,
                         cases[i].kept);
        assert_int_equal(strstr(all(), cases[i].given) != NULL, cases[i].kept);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_line_says_who_asked_what),
        TEST(refusals_are_logged_too),
        TEST(numbers_of_proxies_are_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
