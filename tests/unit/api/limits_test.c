/* ctest: labels=threads timeout=180 */
/* What a request may take of the server: time, workers, places in the queue. The store is a
 * fake that waits as long as the test wants. */
#include "unit/api/api_help.h"
#include "unit/api/slow_store.h"

#define QUERIES GROUP "auditlogqueries"
#define TOKEN_ANN "token-of-ann"
#define TOKEN_BOB "token-of-bob"
#define TOKENS TOKEN_ANN ",ann,11,activity:viewers\n" TOKEN_BOB ",bob,12,activity:viewers\n"

static slow_store store;

static void start(unsigned workers, unsigned queue, act_api_limits limits)
{
    limits.max_page_size = 1000;
    api_start_with(&api, &(test_api_options){ .store = &store.base,
                                              .tokens = TOKENS,
                                              .workers = workers,
                                              .queue_limit = queue,
                                              .limits = limits });
}

/* ---- requests on threads of their own ---------------------------------------------- */

typedef struct {
    const char *method, *path, *token;
    pthread_t thread;
    bool running; /* not joined yet */
    int result, status;
} background;

static background backgrounds[4]; /* of the test at hand */

static void *call(void *arg)
{
    background *b = arg;
    char url[256];
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    act_http_call c = ACT_HTTP_CALL_INIT;
    const act_http_header json = { ACT_STR("Content-Type"), ACT_STR("application/json") };
    (void)snprintf(url, sizeof url, "%s%s", api.base, b->path);
    c.connect_timeout_ns = PATIENCE_NS;
    c.method = b->method;
    c.url = url;
    c.bearer = act_str_cstr(b->token);
    c.headers = &json;
    c.header_count = 1;
    if (strcmp(b->method, "POST") == 0)
        c.body = ACT_STR("{\"apiVersion\":\"activity.miloapis.com/v1alpha1\",\"kind\":"
                         "\"AuditLogQuery\",\"spec\":{\"startTime\":\"now-1h\",\"endTime\":"
                         "\"now\"}}");
    b->result = act_http_client_call(api.client, &c, &reply, NULL);
    b->status = reply.status;
    act_http_reply_done(&reply);
    return NULL;
}

static background *begin(const char *method, const char *path, const char *token)
{
    background *b = backgrounds;
    while (b->running)
        b++;
    *b = (background){ .method = method, .path = path, .token = token, .running = true };
    assert_ok(act_thread_start(&b->thread, "test-call", call, b));
    return b;
}

static background *begin_query(const char *token)
{
    int before = slow_store_waiting(&store);
    background *b = begin("POST", QUERIES, token);
    assert_soon(slow_store_waiting(&store) == before + 1);
    return b;
}

/* How the call ended. */
static int end(background *b)
{
    (void)pthread_join(b->thread, NULL);
    b->running = false;
    return b->result;
}

/* The status of a call that was answered. */
static int status_of(background *b)
{
    assert_ok(end(b));
    return b->status;
}

static int query(const char *token)
{
    api.token = token;
    return api_post(&api, QUERIES,
                    "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':"
                    "'AuditLogQuery','spec':{'startTime':'now-1h','endTime':'now'}}");
}

static int setup(void **state)
{
    (void)state;
    slow_store_start(&store);
    return 0;
}

/* Also after a test that failed midway. */
static int teardown(void **state)
{
    (void)state;
    slow_store_hold(&store, false);
    for (size_t i = 0; i < ACT_COUNT(backgrounds); i++)
        if (backgrounds[i].running)
            (void)end(&backgrounds[i]);
    api_stop(&api);
    slow_store_stop(&store);
    return 0;
}

/* ---- what is told ------------------------------------------------------------------ */

static uint64_t timeouts(const char *stage)
{
    return act_counter_value(act_metrics_counter(api.metrics, "activity_api_timeouts_total",
                                                 "",
                                                 (const char *[]){ "stage", stage, NULL }));
}

static int64_t queued(void)
{
    return act_gauge_value(act_metrics_gauge(api.metrics, "activity_http_queued_requests",
                                             "",
                                             (const char *[]){ "server", "api", NULL }));
}

static int64_t streams(void)
{
    return act_gauge_value(act_metrics_gauge(api.metrics, "activity_http_streams", "",
                                             (const char *[]){ "server", "api", NULL }));
}

static void assert_too_many(void)
{
    assert_string_equal(api_at(&api, "reason"), "TooManyRequests");
    assert_string_equal(api_at(&api, "status"), "Failure");
    assert_string_equal(api_at(&api, "code"), "429");
    assert_string_equal(api_at(&api, "details.retryAfterSeconds"), "1");
    assert_string_equal(api_header(&api, "Retry-After"), "1");
}

/* ---- time -------------------------------------------------------------------------- */

/* On a busy machine the time of some is over before they come to the store. */
static void a_query_that_takes_too_long_is_a_504(void **state)
{
    char counted[128];
    int asked = 0;
    (void)state;
    start(4, 0, (act_api_limits){ .request_timeout_ns = ACT_NS_PER_S });
    slow_store_hold(&store, true);
    do {
        assert_int_equal(query(TOKEN_ANN), 504);
        assert_string_equal(api_at(&api, "kind"), "Status");
        assert_string_equal(api_at(&api, "reason"), "Timeout");
        assert_string_equal(api_at(&api, "code"), "504");
        assert_string_equal(
            api_at(&api, "message"),
            "Timeout: request did not complete within the allotted timeout");
    } while (++asked < 60 && timeouts("store") == 0);
    assert_int_equal(timeouts("store"), 1);
    api.token = TOKEN_ADMIN;
    assert_soon(api_get(&api, "/metrics") == 200);
    (void)snprintf(counted, sizeof counted,
                   "apiserver_request_total{verb=\"create\",resource=\"auditlogqueries\","
                   "code=\"504\"} %d\n",
                   asked);
    assert_non_null(strstr(api_text(&api), counted));
    slow_store_hold(&store, false);
    assert_soon(query(TOKEN_ANN) == 201);
}

/* Of so many seconds the store is given what is left, in whole ones: all, when the machine
 * is quick enough. */
static void assert_store_has(int code, int wanted_code, int64_t seconds, int *tries)
{
    assert_true(code == wanted_code || code == 504);
    assert_true(store.last_limit_ns <= seconds * ACT_NS_PER_S);
    *tries = store.last_limit_ns == seconds * ACT_NS_PER_S ? 0 : *tries + 1;
    assert_true(*tries < 60);
}

/* 34 s for what is created or changed, whatever others may take. */
static void creates_have_34_seconds(void **state)
{
    (void)state;
    int tries = 0;
    start(4, 0, (act_api_limits){ 0 });
    do
        assert_store_has(query(TOKEN_ANN), 201, 34, &tries);
    while (tries > 0);
    do
        assert_store_has(api_get(&api, ACTIVITIES "?limit=5"), 200, 60, &tries);
    while (tries > 0);
}

/* kubectl --request-timeout says it to the server too; it can only shorten. */
static void clients_may_give_less_time(void **state)
{
    (void)state;
    start(4, 0, (act_api_limits){ 0 });
    static const struct {
        const char *timeout;
        int64_t limit_s;
    } cases[] = { { "5s", 5 }, { "1h", 60 }, { "0", 60 }, { "1500ms", 2 } };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        char path[128];
        int tries = 0;
        (void)snprintf(path, sizeof path, ACTIVITIES "?timeout=%s", cases[i].timeout);
        do {
            store.last_limit_ns = 0;
            assert_store_has(api_get(&api, path), 200, cases[i].limit_s, &tries);
        } while (tries > 0);
    }
    assert_int_equal(api_get(&api, POLICIES "?timeout=soon"), 400);
    assert_string_equal(api_at(&api, "message"),
                        "invalid timeout specified in the request URL");
}

/* The time in the queue counts: who has waited too long is not served any more. */
static void the_queue_counts(void **state)
{
    (void)state;
    start(1, 0, (act_api_limits){ 0 });
    slow_store_hold(&store, true);
    store.ignores_time = true;
    background *first = begin_query(TOKEN_ANN);
    background *second = begin("GET", POLICIES "?timeout=300ms", TOKEN_BOB);
    assert_soon(queued() == 1);
    act_sleep_ns(300 * ACT_NS_PER_MS, NULL);
    slow_store_hold(&store, false);
    assert_int_equal(status_of(second), 504);
    assert_int_equal(status_of(first), 201); /* it was done, and says so */
    assert_int_equal(timeouts("queue"), 1);
}

/* ---- shares ------------------------------------------------------------------------ */

static void one_user_leaves_workers_to_others(void **state)
{
    (void)state;
    start(4, 0, (act_api_limits){ .max_requests_per_user = 2 });
    slow_store_hold(&store, true);
    background *one = begin_query(TOKEN_ANN);
    background *two = begin_query(TOKEN_ANN);
    assert_int_equal(query(TOKEN_ANN), 429);
    assert_too_many();
    api.token = TOKEN_ANN; /* whatever it is */
    assert_int_equal(api_get(&api, "/version"), 429);
    api.token = TOKEN_BOB;
    assert_int_equal(api_get(&api, POLICIES), 200);
    slow_store_hold(&store, false);
    assert_int_equal(status_of(one), 201);
    assert_int_equal(status_of(two), 201);
    assert_int_equal(query(TOKEN_ANN), 201);
    assert_int_equal(
        act_counter_value(act_metrics_counter(api.metrics, "activity_api_refused_total", "",
                                              (const char *[]){ "reason", "user", NULL })),
        2);
}

/* Whoever mends the cluster is not to be locked out. */
static void masters_have_no_share(void **state)
{
    (void)state;
    start(4, 0, (act_api_limits){ .max_requests_per_user = 1 });
    slow_store_hold(&store, true);
    background *one = begin_query(TOKEN_ADMIN);
    api.token = TOKEN_ADMIN;
    assert_int_equal(api_get(&api, POLICIES), 200);
    slow_store_hold(&store, false);
    assert_int_equal(status_of(one), 201);
}

/* ---- questions to the store ------------------------------------------------------ */

static uint64_t limited(const char *limit)
{
    return act_counter_value(act_metrics_counter(api.metrics,
                                                 "activity_api_query_limited_total", "",
                                                 (const char *[]){ "limit", limit, NULL }));
}

/* Lists of records are questions too. */
static const char *const lists[] = {
    ACTIVITIES,
    ACTIVITIES "?watch=1&resourceVersion=0",
    "/api/v1/events",
    "/apis/events.k8s.io/v1/events?watch=1",
};

/* Ann and Bob speak for the platform. */
static void one_scope_asks_so_much_at_once(void **state)
{
    (void)state;
    start(4, 0, (act_api_limits){ .queries_per_scope = 1 });
    slow_store_hold(&store, true);
    background *one = begin_query(TOKEN_ANN);
    assert_int_equal(query(TOKEN_BOB), 429);
    assert_too_many();
    assert_non_null(strstr(api_at(&api, "message"), "queries-per-scope"));
    for (size_t i = 0; i < ACT_COUNT(lists); i++) {
        assert_int_equal(api_get(&api, lists[i]), 429);
        assert_too_many();
        assert_non_null(strstr(api_at(&api, "message"), "queries-per-scope"));
    }
    assert_int_equal(api_get(&api, POLICIES), 200); /* is no question */
    slow_store_hold(&store, false);
    assert_int_equal(status_of(one), 201);
    assert_int_equal(query(TOKEN_BOB), 201); /* its place is free again */
    assert_int_equal(limited("queries-per-scope"), 1 + ACT_COUNT(lists));
}

static void a_question_takes_so_long(void **state)
{
    (void)state;
    start(4, 0, (act_api_limits){ .query_time_ns = 300 * ACT_NS_PER_MS });
    slow_store_hold(&store, true);
    assert_int_equal(query(TOKEN_ANN), 400);
    assert_string_equal(api_at(&api, "reason"), "BadRequest");
    assert_non_null(strstr(api_at(&api, "message"), "query-max-time"));
    for (size_t i = 0; i < ACT_COUNT(lists); i++) {
        assert_int_equal(api_get(&api, lists[i]), 400);
        assert_non_null(strstr(api_at(&api, "message"), "query-max-time"));
    }
    assert_int_equal(limited("query-max-time"), 1 + ACT_COUNT(lists));
    assert_int_equal(timeouts("store"), 0);
    slow_store_hold(&store, false);
    assert_int_equal(query(TOKEN_ANN), 201);
}

/* Of both kinds of watch: of what is kept, and of records. */
static void one_user_leaves_watches_to_others(void **state)
{
    (void)state;
    static const char records[] = ACTIVITIES "?watch=1";
    test_watch kept, live, other;
    start(4, 0, (act_api_limits){ .max_watches_per_user = 2 });
    api.token = TOKEN_ADMIN;
    assert_int_equal(api_post(&api, POLICIES, policy_text("a", "", "true")), 201);
    api.token = TOKEN_ANN;
    watch_start(&kept, &api, POLICIES "?watch=1", NULL);
    watch_start(&live, &api, records, NULL);
    assert_int_equal(api_get(&api, POLICIES "?watch=1&timeoutSeconds=1"), 429);
    assert_too_many();
    assert_int_equal(api_get(&api, records), 429);
    assert_too_many();
    assert_int_equal(api_get(&api, POLICIES), 200);
    api.token = TOKEN_BOB;
    watch_start(&other, &api, POLICIES "?watch=1", NULL);
    assert_true(watch_next(&other));
    watch_stop(&live);
    assert_soon(streams() == 2);
    api.token = TOKEN_ANN;
    assert_int_equal(api_get(&api, POLICIES "?watch=1&timeoutSeconds=1"), 200);
    watch_cancel(&kept);
    watch_cancel(&other);
    watch_stop(&kept);
    watch_stop(&other);
}

static void so_many_watch_persisted_kinds(void **state)
{
    (void)state;
    test_watch a, b;
    start(4, 0, (act_api_limits){ .max_persisted_watches = 2 });
    api.token = TOKEN_ADMIN;
    assert_int_equal(api_post(&api, POLICIES, policy_text("a", "", "true")), 201);
    watch_start(&a, &api, POLICIES "?watch=1", NULL);
    watch_start(&b, &api, POLICIES "?watch=1", NULL);
    assert_int_equal(api_get(&api, POLICIES "?watch=1&timeoutSeconds=1"), 429);
    assert_too_many();
    assert_int_equal(act_counter_value(act_metrics_counter(
                         api.metrics, "activity_api_refused_total", "",
                         (const char *[]){ "reason", "persisted_watches", NULL })),
                     1);
    watch_stop(&a);
    assert_soon(api_get(&api, POLICIES "?watch=1&timeoutSeconds=1") == 200);
    watch_stop(&b);
}

/* ---- the queue --------------------------------------------------------------------- */

static void a_full_queue_says_when_to_come_back(void **state)
{
    (void)state;
    start(1, 1, (act_api_limits){ 0 });
    slow_store_hold(&store, true);
    background *running = begin_query(TOKEN_ANN);
    background *waiting = begin("GET", POLICIES, TOKEN_ANN);
    assert_soon(queued() == 1);
    api.token = TOKEN_BOB;
    assert_int_equal(api_get(&api, POLICIES), 429);
    assert_too_many();
    assert_int_equal(api_get(&api, "/livez"), 200); /* past the queue */
    slow_store_hold(&store, false);
    assert_int_equal(status_of(running), 201);
    assert_int_equal(status_of(waiting), 200);
    assert_int_equal(
        act_counter_value(act_metrics_counter(
            api.metrics, "activity_http_refused_total", "",
            (const char *[]){ "server", "api", "reason", "queue_full", NULL })),
        1);
}

/* ---- the end ----------------------------------------------------------------------- */

/* With a client that has no connection yet. */
static bool nobody_new_gets_in(void)
{
    act_http_client_options o = ACT_HTTP_CLIENT_OPTIONS_INIT;
    act_http_call c = ACT_HTTP_CALL_INIT;
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    act_http_client *client = NULL;
    char url[128];
    o.ca_pem = act_buf_str(&api.ca.cert_pem);
    c.connect_timeout_ns = PATIENCE_NS;
    assert_ok(act_http_client_new(&o, &client));
    (void)snprintf(url, sizeof url, "%s/livez", api.base);
    c.url = url;
    int r = act_http_client_call(client, &c, &reply, NULL);
    act_http_reply_done(&reply);
    act_http_client_free(client);
    return r == ACT_EIO;
}

/* readyz turns first, while everything is answered; then what runs is finished, watches end
 * as if their time were over, and nobody new gets in. */
static void a_drain_cuts_nobody_off(void **state)
{
    (void)state;
    test_watch watch;
    start(4, 0, (act_api_limits){ 0 });
    api.token = TOKEN_ADMIN;
    watch_start(&watch, &api, POLICIES "?watch=1", NULL);
    assert_int_equal(api_post(&api, POLICIES, policy_text("a", "", "true")), 201);
    assert_true(watch_next(&watch));
    slow_store_hold(&store, true);
    background *running = begin_query(TOKEN_ANN);

    act_api_server_unready(api.server);
    assert_int_equal(api_get(&api, "/readyz/shutdown"), 500);
    assert_int_equal(api_get(&api, "/livez"), 200);
    assert_int_equal(api_get(&api, POLICIES "/a"), 200);
    assert_true(watch_is_silent(&watch, 100)); /* and not over */

    assert_int_equal(act_api_server_drain(api.server, 200 * ACT_NS_PER_MS), ACT_EAGAIN);
    assert_false(watch_next(&watch)); /* the end */
    assert_int_equal(watch.result, ACT_OK);
    assert_int_equal(watch.status, 200);
    assert_true(nobody_new_gets_in());

    slow_store_hold(&store, false);
    assert_ok(act_api_server_drain(api.server, PATIENCE_NS));
    assert_int_equal(status_of(running), 201);
    watch_stop(&watch);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(a_query_that_takes_too_long_is_a_504), TEST(creates_have_34_seconds),
        TEST(clients_may_give_less_time),           TEST(the_queue_counts),
        TEST(one_user_leaves_workers_to_others),    TEST(masters_have_no_share),
        TEST(one_user_leaves_watches_to_others),    TEST(so_many_watch_persisted_kinds),
        TEST(one_scope_asks_so_much_at_once),       TEST(a_question_takes_so_long),
        TEST(a_full_queue_says_when_to_come_back),  TEST(a_drain_cuts_nobody_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
