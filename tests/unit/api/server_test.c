/* ctest: labels=threads timeout=180 */
/* From a request to the handler of its resource: who, what, and in which words refused. */
#include "unit/api/api_help.h"

#define OURS "/apis/activity.miloapis.com/v1alpha1"

static int get_as(const char *token, const char *path)
{
    api.token = token;
    int code = api_get(&api, path);
    api.token = TOKEN_ADMIN;
    return code;
}

/* ---- who ---------------------------------------------------------------------------- */

static void strangers_are_unauthorized(void **state)
{
    (void)state;
    static const char *const paths[] = { POLICIES,   "/apis",       "/version",
                                         "/metrics", "/openapi/v2", "/nothing" };
    for (size_t i = 0; i < ACT_COUNT(paths); i++) {
        assert_int_equal(get_as(NULL, paths[i]), 401);
        assert_at("reason", "Unauthorized");
        assert_int_equal(get_as("token-of-nobody", paths[i]), 401);
        assert_string_equal(api_header(&api, "WWW-Authenticate"), "Bearer");
    }
}

static void others_are_forbidden_in_words(void **state)
{
    (void)state;
    assert_int_equal(get_as(TOKEN_JOE, POLICIES), 403);
    assert_at("reason", "Forbidden");
    assert_at("message",
              "activitypolicies.activity.miloapis.com is forbidden: User \"joe\" "
              "cannot list resource \"activitypolicies\" in API group "
              "\"activity.miloapis.com\" at the cluster scope");
    assert_int_equal(get_as(TOKEN_JOE, POLICIES "/a/status"), 403);
    assert_non_null(
        strstr(api_at(&api, "message"), "cannot get resource \"activitypolicies/status\""));
    /* What is not there is as forbidden as what is. */
    assert_int_equal(get_as(TOKEN_JOE, OURS "/secrets"), 403);
    assert_int_equal(get_as(TOKEN_JOE, "/metrics"), 403);
    assert_at("message", "forbidden: User \"joe\" cannot get path \"/metrics\"");
}

static void tenants_that_cannot_be_are_refused(void **state)
{
    (void)state;
    assert_int_equal(get_as(TOKEN_ODD, POLICIES), 403);
    assert_int_equal(get_as(TOKEN_ODD, "/apis"), 403);
    assert_null(strstr(api_text(&api), "milky-way"));
}

static void certificates_name_users(void **state)
{
    (void)state;
    static const struct {
        const char *group;
        int code;
    } cases[] = { { "system:masters", 200 }, { "others", 403 } };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        act_str group = act_str_cstr(cases[i].group);
        act_tls_subject s = { .common_name = ACT_STR("cert-user"),
                              .organizations = &group,
                              .organization_count = 1,
                              .now_wall_ns = act_wall_ns(act_clock_system()),
                              .days = 1 };
        act_tls_pair pair = ACT_TLS_PAIR_INIT;
        assert_ok(act_tls_make_client(&api.ca, &s, &pair, NULL));
        act_http_client_options o = ACT_HTTP_CLIENT_OPTIONS_INIT;
        o.ca_pem = act_buf_str(&api.ca.cert_pem);
        o.cert_pem = act_buf_str(&pair.cert_pem);
        o.key_pem = act_buf_str(&pair.key_pem);
        act_http_client *admin = api.client;
        assert_ok(act_http_client_new(&o, &api.client));
        assert_int_equal(get_as(NULL, POLICIES), cases[i].code);
        act_http_client_free(api.client);
        api.client = admin;
        act_tls_pair_done(&pair);
    }
}

/* ---- what ---------------------------------------------------------------------------- */

static void paths_and_methods_that_are_not(void **state)
{
    (void)state;
    assert_int_equal(api_get(&api, OURS "/secrets"), 404);
    assert_at("kind", "Status");
    assert_at("message", "the server could not find the requested resource");
    assert_int_equal(api_get(&api, "/apis/activity.miloapis.com/v9/activitypolicies"), 404);
    assert_int_equal(api_get(&api, "/apis/other.org"), 404);
    assert_int_equal(api_get(&api, OURS "/namespaces/n/activitypolicies"), 404);
    assert_int_equal(api_get(&api, POLICIES "/a/status/b"), 404);
    assert_int_equal(api_post(&api, POLICIES "/a", "{}"), 405);
    assert_at("reason", "MethodNotAllowed");
    assert_int_equal(api_call(&api, "PUT", POLICIES, NULL, "{}"), 405);
    assert_int_equal(api_get(&api, OURS "/auditlogqueries"), 405);
    assert_int_equal(api_call(&api, "OPTIONS", POLICIES, NULL, NULL), 405);
}

static void names_are_decoded_once(void **state)
{
    (void)state;
    assert_int_equal(api_post(&api, POLICIES, policy_text("a:b c", "", "true")), 201);
    assert_int_equal(api_get(&api, POLICIES "/a%3Ab%20c"), 200);
    assert_at("metadata.name", "a:b c");
    assert_int_equal(api_post(&api, POLICIES, policy_text("a/b", "", "true")), 422);
    assert_at("details.causes.0.field", "metadata.name");
    assert_int_equal(api_get(&api, POLICIES "/a%2Fb"), 404);
}

static void discovery_lists_what_there_is(void **state)
{
    (void)state;
    assert_int_equal(api_get(&api, "/apis"), 200);
    assert_at("kind", "APIGroupList");
    assert_at("groups.0.name", "activity.miloapis.com");
    assert_at("groups.0.preferredVersion.groupVersion", "activity.miloapis.com/v1alpha1");
    assert_int_equal(api_get(&api, OURS), 200);
    assert_at("kind", "APIResourceList");
    size_t n = api_count(&api, "resources"), found = 0;
    for (size_t i = 0; i < n; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "resources.%zu.name", i);
        if (strcmp(api_at(&api, path), "activitypolicies") != 0)
            continue;
        found++;
        (void)snprintf(path, sizeof path, "resources.%zu.verbs", i);
        assert_at(path, "[\"create\",\"delete\",\"deletecollection\",\"get\",\"list\","
                        "\"patch\",\"update\",\"watch\"]");
        (void)snprintf(path, sizeof path, "resources.%zu.namespaced", i);
        assert_at(path, "false");
    }
    assert_int_equal(found, 1);
    api.accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
    assert_int_equal(api_get(&api, "/apis"), 200);
    assert_at("kind", "APIGroupDiscoveryList");
    assert_at("items.0.metadata.name", "activity.miloapis.com");
    api.accept = NULL;
    assert_int_equal(api_get(&api, "/version"), 200);
    assert_at("gitVersion", "v0.0.0-test");
}

static void openapi_has_every_kind(void **state)
{
    (void)state;
    assert_int_equal(api_get(&api, "/openapi/v3"), 200);
    assert_non_null(strstr(api_text(&api), "apis/activity.miloapis.com/v1alpha1"));
    assert_int_equal(api_get(&api, "/openapi/v3" OURS), 200);
    for (size_t i = 0; i < act_api_kind_count(); i++) {
        char name[128];
        if (strcmp(act_api_kinds[i].resource.group, "activity.miloapis.com") != 0)
            continue;
        (void)snprintf(name, sizeof name, "v1alpha1.%s\"", act_api_kinds[i].resource.kind);
        if (!strstr(api_text(&api), name))
            fail_msg("%s is not in the document", name);
    }
    assert_non_null(strstr(api_text(&api), "x-kubernetes-group-version-kind"));
    assert_int_equal(api_get(&api, "/openapi/v2"), 200);
    assert_at("swagger", "2.0");
    assert_int_equal(api_get(&api, "/openapi/v3/apis/none/v1"), 404);
}

static void requests_are_counted(void **state)
{
    (void)state;
    assert_int_equal(api_get(&api, POLICIES), 200);
    assert_int_equal(api_get(&api, POLICIES "/none"), 404);
    assert_int_equal(get_as(TOKEN_JOE, POLICIES), 403);
    assert_int_equal(api_get(&api, "/metrics"), 200);
    static const char *const lines[] = {
        "apiserver_request_total{verb=\"list\",resource=\"activitypolicies\",code=\"200\"} "
        "1\n",
        "apiserver_request_total{verb=\"get\",resource=\"activitypolicies\",code=\"404\"} "
        "1\n",
        "apiserver_request_total{verb=\"list\",resource=\"activitypolicies\",code=\"403\"} "
        "1\n",
        "apiserver_request_duration_seconds_count{verb=\"list\",resource="
        "\"activitypolicies\",code=\"403\"} 1\n",
    };
    for (size_t i = 0; i < ACT_COUNT(lines); i++)
        if (!strstr(api_text(&api), lines[i]))
            fail_msg("not there: %s in\n%s", lines[i], api_text(&api));
}

static void bodies_have_a_limit(void **state)
{
    (void)state;
    size_t n = 4 << 20;
    char *large = malloc(n + 1);
    assert_non_null(large);
    memset(large, ' ', n);
    large[n] = '\0';
    assert_int_equal(api_post(&api, POLICIES, large), 413);
    assert_at("reason", "RequestEntityTooLarge");
    free(large);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, api_setup, api_teardown)
    const struct CMUnitTest tests[] = {
        TEST(strangers_are_unauthorized),
        TEST(others_are_forbidden_in_words),
        TEST(tenants_that_cannot_be_are_refused),
        TEST(certificates_name_users),
        TEST(paths_and_methods_that_are_not),
        TEST(names_are_decoded_once),
        TEST(discovery_lists_what_there_is),
        TEST(openapi_has_every_kind),
        TEST(requests_are_counted),
        TEST(bodies_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
