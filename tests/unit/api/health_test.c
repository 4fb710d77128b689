/* ctest: labels=chdb timeout=180 */
/* /livez, /readyz, /healthz: what they say, and that they look at the parts themselves. */
#include "store/store_chdb.h"
#include "unit/api/api_help.h"

static char directory[] = "/tmp/act-test-store-XXXXXX";
static act_store *store;

static int open_store(void **state)
{
    (void)state;
    act_store_chdb_options o = { .library = ACT_STR(ACT_SOURCE_DIR "/build/libchdb.so"),
                                 .directory = act_str_cstr(mkdtemp(directory)) };
    assert_ok(act_store_chdb_open(&o, &store, NULL));
    return 0;
}

static int close_store(void **state)
{
    (void)state;
    act_store_free(store);
    api_remove(directory);
    return 0;
}

static int setup(void **state)
{
    (void)state;
    api_start(&api, store);
    api.token = NULL; /* health needs none */
    return 0;
}

static void all_is_well(void **state)
{
    (void)state;
    static const char *const paths[] = { "/livez",        "/readyz",        "/healthz",
                                         "/readyz/store", "/readyz/broker", "/livez/ping" };
    for (size_t i = 0; i < ACT_COUNT(paths); i++) {
        assert_int_equal(api_get(&api, paths[i]), 200);
        assert_string_equal(api_text(&api), "ok");
    }
    assert_int_equal(api_get(&api, "/readyz?verbose"), 200);
    assert_string_equal(api_text(&api), "[+]ping ok\n[+]store ok\n[+]broker ok\n"
                                        "[+]registry ok\n[+]shutdown ok\n"
                                        "readyz check passed\n");
    assert_int_equal(api_get(&api, "/livez?verbose"), 200);
    assert_string_equal(api_text(&api), "[+]ping ok\nlivez check passed\n");
    assert_int_equal(api_get(&api, "/readyz/nothing"), 404);
}

static void a_part_that_fails_is_named(void **state)
{
    (void)state;
    act_registry_stop(api.registry);
    assert_int_equal(api_get(&api, "/readyz"), 500);
    assert_non_null(strstr(api_text(&api), "[-]registry failed: reason withheld\n"));
    assert_non_null(strstr(api_text(&api), "[+]store ok\n"));
    assert_non_null(strstr(api_text(&api), "readyz check failed\n"));
    assert_int_equal(api_get(&api, "/readyz/registry"), 500);
    assert_int_equal(api_get(&api, "/readyz?exclude=registry"), 200);
    assert_int_equal(api_get(&api, "/readyz?verbose&exclude=registry&exclude=etcd"), 200);
    assert_string_equal(
        api_text(&api),
        "[+]ping ok\n[+]store ok\n[+]broker ok\n[+]registry excluded: ok\n"
        "[+]shutdown ok\nwarn: some health checks cannot be excluded: no matches for "
        "\"etcd\"\nreadyz check passed\n");
    assert_int_equal(api_get(&api, "/readyz?exclude=store"), 500);
    assert_int_equal(api_get(&api, "/healthz"), 500);
    assert_int_equal(api_get(&api, "/healthz/store"), 200);
    /* No reason to start the process anew. */
    assert_int_equal(api_get(&api, "/livez"), 200);
}

static void a_server_that_stops_is_not_ready(void **state)
{
    (void)state;
    act_api_server_unready(api.server);
    assert_int_equal(api_get(&api, "/readyz"), 500);
    assert_non_null(strstr(api_text(&api), "[-]shutdown failed"));
    assert_int_equal(api_get(&api, "/livez"), 200);
    /* What is asked is still answered. */
    api.token = TOKEN_ADMIN;
    assert_int_equal(api_get(&api, POLICIES), 200);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, api_teardown)
    const struct CMUnitTest tests[] = {
        TEST(all_is_well),
        TEST(a_part_that_fails_is_named),
        TEST(a_server_that_stops_is_not_ready),
    };
    return cmocka_run_group_tests(tests, open_store, close_store);
}
