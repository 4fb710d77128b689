/* ctest: labels=threads timeout=180 */
/* A hub that the log has left behind: what it could not show, its watchers are told. */
#include "broker/broker_backend.h"
#include "pipeline/streams.h"
#include "unit/api/api_help.h"

/* The log of `api`, whose readers can be made to see nothing. */
typedef struct {
    act_broker base;
    act_broker *real;
    act_broker_ops ops, reader_ops;
} gate;

static gate gated;
static atomic_bool shut;
static atomic_int reading; /* how many look at the log now */

static int stream_info(act_broker *b, act_str stream, act_stream_info *ret)
{
    gate *g = (gate *)b;
    return g->real->ops->stream_info(g->real, stream, ret);
}

static int reader_open(act_broker *b, act_str stream, uint64_t from, act_str filter,
                       act_reader **ret)
{
    gate *g = (gate *)b;
    int r = g->real->ops->reader_open(g->real, stream, from, filter, ret);
    if (!r)
        (*ret)->ops = &g->reader_ops;
    return r;
}

static int reader_next(act_reader *r, size_t max, int64_t wait_ns, act_arena *a,
                       const act_delivery **ret, size_t *ret_n, uint64_t *ret_next)
{
    const int64_t most_ns = 5 * ACT_NS_PER_MS;
    int e = ACT_EAGAIN;
    atomic_fetch_add(&reading, 1);
    bool open = !atomic_load(&shut);
    if (open)
        e = gated.real->ops->reader_next(r, max, wait_ns < most_ns ? wait_ns : most_ns, a,
                                         ret, ret_n, ret_next);
    atomic_fetch_sub(&reading, 1);
    if (!open)
        act_sleep_ns(most_ns, NULL);
    return e;
}

static act_api_server *serve(char *base, size_t size)
{
    act_api_server *server;
    gated = (gate){ .real = api.broker,
                    .ops = { .stream_info = stream_info, .reader_open = reader_open },
                    .reader_ops = *api.broker->ops };
    gated.reader_ops.reader_next = reader_next;
    gated.base.ops = &gated.ops;
    act_api_server_options o = { .services = { .broker = &gated.base,
                                               .registry = api.registry,
                                               .rules = api.rules,
                                               .filters = api.filters,
                                               .cursors = api.cursors,
                                               .clock = act_clock_system(),
                                               .random = act_random_system(),
                                               .limits = { .max_page_size = 1000 },
                                               .metrics = api.metrics },
                                 .authn = api.authn,
                                 .authz = api.authz,
                                 .tls = &api.tls,
                                 .version = "v0.0.0-test",
                                 .workers = 2 };
    assert_ok(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL));
    assert_ok(act_api_server_start(&o, &server, NULL));
    (void)snprintf(base, size, "https://127.0.0.1:%u",
                   act_address_port(act_api_server_address(server)));
    return server;
}

static void publish(const char *name)
{
    char text[256];
    int n = snprintf(text, sizeof text,
                     "{\"apiVersion\":\"activity.miloapis.com/v1alpha1\",\"kind\":"
                     "\"Activity\",\"metadata\":{\"name\":\"%s\"},\"spec\":{}}",
                     name);
    const act_message m = { ACT_STR("activities.platform._.core.audit.Pod._.x"),
                            { 0 },
                            act_str_from(text, (size_t)n) };
    assert_ok(
        act_broker_publish(api.broker, ACT_STR(ACT_STREAM_ACTIVITIES), &m, 1, NULL, NULL));
}

static void limit_stream(uint64_t bytes)
{
    const act_stream_config config = { .name = ACT_STR(ACT_STREAM_ACTIVITIES),
                                       .subjects = ACT_STR("activities.>"),
                                       .max_bytes = bytes };
    assert_ok(act_broker_stream_ensure(api.broker, &config, NULL));
}

/* All is acknowledged, and the stream keeps its newest message alone. */
static void remove_all_but_the_newest(void)
{
    ACT_AUTO(act_arena) a = NULL;
    act_consumer *c;
    const act_delivery *got;
    act_stream_info info;
    size_t n;
    assert_ok(act_arena_new(16 << 20, 0, &a));
    limit_stream(1);
    assert_ok(act_streams_consumer(api.broker, ACT_STREAM_ACTIVITIES, ACT_DURABLE_INGEST,
                                   &c, NULL));
    while (act_consumer_fetch(c, 100, 0, a, &got, &n) == ACT_OK)
        for (size_t i = 0; i < n; i++)
            assert_ok(act_consumer_ack(c, &got[i].sequence, 1));
    act_consumer_close(c);
    assert_soon(act_broker_stream_info(api.broker, ACT_STR(ACT_STREAM_ACTIVITIES), &info) ==
                    ACT_OK &&
                info.messages == 1);
    limit_stream(0);
}

static void who_missed_something_is_told(void **state)
{
    (void)state;
    test_watch w;
    char base[sizeof api.base];
    memcpy(base, api.base, sizeof base);
    act_api_server *server = serve(api.base, sizeof api.base);
    watch_start(&w, &api, ACTIVITIES "?watch=1", NULL);
    publish("first");
    assert_true(watch_next(&w));
    assert_string_equal(watch_at(&w, "object.metadata.name"), "first");
    atomic_store(&shut, true);
    assert_soon(atomic_load(&reading) == 0);
    publish("missed");
    publish("newest");
    remove_all_but_the_newest();
    atomic_store(&shut, false);
    assert_true(watch_next(&w));
    if (strcmp(watch_at(&w, "type"), "ERROR") != 0)
        fail_msg("%s %s", watch_at(&w, "type"), watch_at(&w, "object.metadata.name"));
    assert_string_equal(watch_at(&w, "object.code"), "410");
    assert_false(watch_next(&w));
    watch_stop(&w);
    /* Who begins now sees what comes, and before it what the hub may not have shown yet. */
    watch_start(&w, &api, ACTIVITIES "?watch=1", NULL);
    publish("later");
    do
        assert_true(watch_next(&w));
    while (strcmp(watch_at(&w, "object.metadata.name"), "newest") == 0);
    assert_string_equal(watch_at(&w, "object.metadata.name"), "later");
    watch_cancel(&w);
    watch_stop(&w);
    act_api_server_free(server);
    memcpy(api.base, base, sizeof base);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_missed_something_is_told, api_setup,
                                        api_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
