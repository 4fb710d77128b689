/* ctest: labels=threads timeout=180 */
/* Which kinds there are, from a fake kube-apiserver that serves discovery alone. */
#include "kube/served_kinds.h"

#include "base/thread.h"
#include "net/http_server.h"
#include "support.h"

/* Documents by path; under the lock. */
typedef struct {
    act_http_server *server;
    act_kube_client *client;
    act_served_kinds *kinds;
    pthread_mutex_t lock;
    bool plain;               /* it has no aggregated discovery */
    const char *api, *apis;   /* NULL: 503 */
    const char *example, *v1; /* of plain discovery: /apis/example.org/v1, /api/v1 */
    int reads;                /* of /apis */
} fake_discovery;

static fake_discovery fake;

static const char core_v2[] =
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{},\"versions\":[{"
    "\"version\":\"v1\",\"freshness\":\"Current\",\"resources\":[{\"resource\":\"pods\","
    "\"responseKind\":{\"kind\":\"Pod\"},\"subresources\":[{\"subresource\":\"eviction\","
    "\"responseKind\":{\"group\":\"policy\",\"kind\":\"Eviction\"}}]}]}]}]}";
static const char groups_v2[] =
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":\"apps\"},"
    "\"versions\":[{\"version\":\"v1\",\"freshness\":\"Current\",\"resources\":[{"
    "\"resource\":\"deployments\",\"responseKind\":{\"kind\":\"Deployment\"}}]}]},"
    "{\"metadata\":{\"name\":\"metrics.k8s.io\"},\"versions\":[{\"version\":\"v1\","
    "\"freshness\":\"Stale\"}]}]}";
static const char more_v2[] =
    "{\"kind\":\"APIGroupDiscoveryList\",\"items\":[{\"metadata\":{\"name\":"
    "\"example.org\"},\"versions\":[{\"version\":\"v1\",\"resources\":[{\"resource\":"
    "\"widgets\",\"responseKind\":{\"kind\":\"Widget\"}}]}]}]}";

static const char core_plain[] = "{\"kind\":\"APIVersions\",\"versions\":[\"v1\"]}";
static const char groups_plain[] =
    "{\"kind\":\"APIGroupList\",\"groups\":[{\"name\":\"example.org\",\"versions\":[{"
    "\"version\":\"v1\"}]},{\"name\":\"broken.org\",\"versions\":[{\"version\":\"v1\"}]}]}";
static const char v1_plain[] =
    "{\"kind\":\"APIResourceList\",\"resources\":[{\"name\":\"pods\",\"kind\":\"Pod\"},{"
    "\"name\":\"pods/eviction\",\"kind\":\"Eviction\"}]}";
static const char example_plain[] =
    "{\"kind\":\"APIResourceList\",\"resources\":[{\"name\":\"widgets\",\"kind\":"
    "\"Widget\"}]}";

static const char *document(act_str path, act_str accept)
{
    bool root = act_str_eq_cstr(path, "/api") || act_str_eq_cstr(path, "/apis");
    if (root && !fake.plain)
        assert_true(act_str_find(accept, ACT_STR("as=APIGroupDiscoveryList")) != SIZE_MAX);
    if (act_str_eq_cstr(path, "/api"))
        return fake.api;
    if (act_str_eq_cstr(path, "/apis"))
        return fake.apis;
    if (act_str_eq_cstr(path, "/api/v1"))
        return fake.v1;
    return act_str_eq_cstr(path, "/apis/example.org/v1") ? fake.example : NULL;
}

static void handle(void *ctx, act_http_request *req, act_http_response *res)
{
    (void)ctx;
    act_str path = act_http_request_path(req);
    (void)pthread_mutex_lock(&fake.lock);
    const char *text = document(path, act_http_request_header(req, "Accept"));
    fake.reads += act_str_eq_cstr(path, "/apis");
    act_http_response_status(res, text ? 200 : 503);
    act_http_response_text(res, "application/json", act_str_cstr(text ? text : "{}"));
    (void)pthread_mutex_unlock(&fake.lock);
}

static void set(bool plain, const char *api, const char *apis)
{
    (void)pthread_mutex_lock(&fake.lock);
    fake.plain = plain;
    fake.api = api;
    fake.apis = apis;
    (void)pthread_mutex_unlock(&fake.lock);
}

static int setup(void **state)
{
    (void)state;
    fake = (fake_discovery){ .v1 = v1_plain, .example = example_plain };
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    act_http_callbacks callbacks = { .handle = handle };
    (void)pthread_mutex_init(&fake.lock, NULL);
    o.workers = 2;
    assert_int_equal(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL), 0);
    assert_int_equal(act_http_server_start(&o, &callbacks, &fake.server, NULL), 0);
    char url[64];
    int len = snprintf(url, sizeof url, "http://127.0.0.1:%u",
                       act_address_port(act_http_server_address(fake.server)));
    act_kubeconfig config = { .server = act_str_from(url, (size_t)len) };
    assert_int_equal(act_kube_client_new(&config, &fake.client), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    act_served_kinds_free(fake.kinds);
    act_kube_client_free(fake.client);
    act_http_server_free(fake.server);
    (void)pthread_mutex_destroy(&fake.lock);
    return 0;
}

static void follow(int64_t first_ms, int64_t most_ms)
{
    act_served_kinds_options o = { .client = fake.client,
                                   .first_wait_ns = first_ms * ACT_NS_PER_MS,
                                   .most_wait_ns = most_ms * ACT_NS_PER_MS };
    assert_int_equal(act_served_kinds_start(&o, &fake.kinds), 0);
}

static enum act_served has(const char *group, const char *kind)
{
    return act_served_kinds_has(fake.kinds, act_str_cstr(group), act_str_cstr(kind));
}

static void await_version(uint64_t version)
{
    for (int i = 0; act_served_kinds_version(fake.kinds) < version; i++) {
        assert_true(i < 2000);
        act_sleep_ns(10 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    }
}

static void aggregated_discovery_is_read(void **state)
{
    (void)state;
    set(false, core_v2, groups_v2);
    follow(10, 50);
    await_version(1);
    assert_int_equal(has("", "Pod"), ACT_SERVED_YES);
    assert_int_equal(has("apps", "Deployment"), ACT_SERVED_YES);
    assert_int_equal(has("apps", "deployment"), ACT_SERVED_NO);
    assert_int_equal(has("apps", "Deploy"), ACT_SERVED_NO);
    assert_int_equal(has("app", "Deployment"), ACT_SERVED_NO);
    assert_int_equal(has("", "Deployment"), ACT_SERVED_NO);
    assert_int_equal(has("policy", "Eviction"), ACT_SERVED_NO); /* a subresource */
    assert_int_equal(has("apps", "Deployment\n"), ACT_SERVED_NO);
    /* What is stale may have it. */
    assert_int_equal(has("metrics.k8s.io", "PodMetrics"), ACT_SERVED_UNKNOWN);
}

static void plain_discovery_will_do(void **state)
{
    (void)state;
    set(true, core_plain, groups_plain);
    follow(10, 50);
    await_version(1);
    assert_int_equal(has("", "Pod"), ACT_SERVED_YES);
    assert_int_equal(has("example.org", "Widget"), ACT_SERVED_YES);
    assert_int_equal(has("example.org", "Gadget"), ACT_SERVED_NO);
    assert_int_equal(has("", "Eviction"), ACT_SERVED_NO);
    assert_int_equal(has("broken.org", "Gadget"), ACT_SERVED_UNKNOWN);
}

static void changes_are_seen_and_failures_forget_nothing(void **state)
{
    (void)state;
    set(false, NULL, NULL);
    follow(10, 50);
    act_sleep_ns(100 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    assert_int_equal(act_served_kinds_version(fake.kinds), 0);
    assert_int_equal(has("", "Pod"), ACT_SERVED_UNKNOWN);
    set(false, core_v2, groups_v2);
    await_version(1);
    assert_int_equal(has("example.org", "Widget"), ACT_SERVED_NO);
    set(false, core_v2, more_v2);
    await_version(2);
    assert_int_equal(has("example.org", "Widget"), ACT_SERVED_YES);
    assert_int_equal(has("apps", "Deployment"), ACT_SERVED_NO);
    set(false, "not JSON", NULL);
    act_sleep_ns(100 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    assert_int_equal(has("example.org", "Widget"), ACT_SERVED_YES);
    assert_int_equal(act_served_kinds_version(fake.kinds), 2);
}

static int reads(void)
{
    (void)pthread_mutex_lock(&fake.lock);
    int n = fake.reads;
    (void)pthread_mutex_unlock(&fake.lock);
    return n;
}

/* It waits longer and longer, unless somebody misses something. */
static void hurry_shortens_the_wait(void **state)
{
    (void)state;
    set(false, core_v2, groups_v2);
    follow(1, 3600 * 1000);
    await_version(1);
    int before;
    do { /* until the waits are longer than this sleep */
        before = reads();
        act_sleep_ns(300 * ACT_NS_PER_MS, &(const atomic_bool){ false });
    } while (reads() != before);
    set(false, core_v2, more_v2);
    act_served_kinds_hurry(fake.kinds);
    await_version(2);
    assert_int_equal(has("example.org", "Widget"), ACT_SERVED_YES);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(aggregated_discovery_is_read),
        TEST(plain_discovery_will_do),
        TEST(changes_are_seen_and_failures_forget_nothing),
        TEST(hurry_shortens_the_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
