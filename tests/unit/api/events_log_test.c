/* ctest: labels=threads timeout=300 */
/* Events while the store takes nothing: all verbs work out of the log alone, on two servers
 * and with writers at once. Without an engine, so that sanitizers can look on. */
#include "unit/api/blank_store.h"
#include "unit/api/events_model.h"
#include "unit/api/query_help.h"

#define CORE "/api/v1/namespaces/shop/events"

static blank_store store;
static act_api_server *replica;
static char replica_base[96];

static int setup(void **state)
{
    (void)state;
    assert_ok(blank_store_init(&store));
    api_start(&api, &store.base);
    replica = questions_start_replica(replica_base);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    act_api_server_free(replica);
    api_stop(&api);
    act_store_free(&store.base);
    return 0;
}

static void everything_adds_up(void **state)
{
    (void)state;
    events_model_run(&api, replica_base, NULL);
}

/* ---- the window --------------------------------------------------------------------- */

static int create_seen(test_api *server, const char *name, int64_t age_s)
{
    char body[512], time[ACT_RFC3339_MAX];
    int64_t now = act_wall_ns(act_clock_system());
    (void)act_rfc3339_format(now - age_s * ACT_NS_PER_S, 0, time);
    (void)snprintf(body, sizeof body,
                   "{'metadata':{'name':'%s'},'involvedObject':{'kind':'Pod','namespace':"
                   "'shop'},'lastTimestamp':'%s'}",
                   name, time);
    return api_post(server, CORE, body);
}

/* Events that were last seen before the window are not there, wherever they are kept. */
static void events_go_with_the_window(void **state)
{
    (void)state;
    test_api t;
    blank_store other;
    assert_ok(blank_store_init(&other));
    api_start_with(
        &t, &(test_api_options){ .store = &other.base,
                                 .limits = { .max_page_size = 1000,
                                             .event_window_ns = 3600 * ACT_NS_PER_S } });
    assert_int_equal(create_seen(&t, "new", 60), 201);
    assert_int_equal(create_seen(&t, "old", 7200), 201);
    assert_int_equal(api_get(&t, CORE "/new"), 200);
    assert_int_equal(api_get(&t, CORE "/old"), 404);
    assert_int_equal(api_get(&t, CORE), 200);
    assert_int_equal(api_count(&t, "items"), 1);
    assert_int_equal(api_merge(&t, CORE "/old", "{'count':2}"), 404);
    assert_int_equal(create_seen(&t, "old", 10), 201); /* as a recorder then does */
    assert_int_equal(api_get(&t, CORE "/old"), 200);
    api_stop(&t);
    act_store_free(&other.base);
}

/* ---- writers at once ---------------------------------------------------------------- */

enum { WRITERS = 4, CHANGES = 4 };

typedef struct {
    pthread_t thread;
    int number;
    bool create;
    int codes[CHANGES];
} writer;

/* Half of the writers use one server, half the other. */
static int call_as(const writer *w, const char *method, const char *path, const char *type,
                   const char *body)
{
    char url[256];
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    const act_http_header header = { ACT_STR("Content-Type"), act_str_cstr(type) };
    act_http_call call = ACT_HTTP_CALL_INIT;
    (void)snprintf(url, sizeof url, "%s%s", w->number % 2 ? replica_base : api.base, path);
    call.connect_timeout_ns = PATIENCE_NS;
    call.method = method;
    call.url = url;
    call.headers = &header;
    call.header_count = 1;
    call.has_body = true;
    call.body = act_str_cstr(body);
    call.bearer = ACT_STR(TOKEN_ADMIN);
    int r = act_http_client_call(api.client, &call, &reply, NULL);
    int code = r ? r : reply.status;
    act_http_reply_done(&reply);
    return code;
}

static void *write_many(void *arg)
{
    writer *w = arg;
    for (int i = 0; i < CHANGES; i++) {
        char text[512];
        if (w->create) {
            (void)snprintf(text, sizeof text,
                           "{\"metadata\":{\"name\":\"race%d\"},\"involvedObject\":{"
                           "\"kind\":\"Pod\",\"namespace\":\"shop\"},\"reason\":\"w%d\"}",
                           i, w->number);
            w->codes[i] = call_as(w, "POST", CORE, "application/json", text);
        } else {
            (void)snprintf(text, sizeof text,
                           "{\"metadata\":{\"labels\":{\"w%d-%d\":\"x\"}}}", w->number, i);
            w->codes[i] =
                call_as(w, "PATCH", CORE "/shared", "application/merge-patch+json", text);
        }
    }
    return NULL;
}

static void run_writers(writer *writers, bool create)
{
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = (writer){ .number = i, .create = create };
        assert_ok(act_thread_start(&writers[i].thread, "writer", write_many, &writers[i]));
    }
    for (int i = 0; i < WRITERS; i++)
        (void)pthread_join(writers[i].thread, NULL);
}

static void of_writers_of_one_name_one_wins(void **state)
{
    (void)state;
    writer writers[WRITERS];
    run_writers(writers, true);
    for (int i = 0; i < CHANGES; i++) {
        int winner = -1;
        char path[64], reason[16];
        for (int w = 0; w < WRITERS; w++) {
            if (writers[w].codes[i] == 409)
                continue;
            assert_int_equal(writers[w].codes[i], 201);
            assert_int_equal(winner, -1);
            winner = w;
        }
        assert_int_not_equal(winner, -1);
        (void)snprintf(path, sizeof path, CORE "/race%d", i);
        (void)snprintf(reason, sizeof reason, "w%d", winner);
        assert_int_equal(api_get(&api, path), 200);
        assert_string_equal(api_at(&api, "reason"), reason);
    }
}

static void no_acknowledged_change_is_lost(void **state)
{
    (void)state;
    writer writers[WRITERS];
    size_t kept = 0;
    assert_int_equal(
        api_post(&api, CORE,
                 "{'metadata':{'name':'shared'},'involvedObject':{'kind':'Pod',"
                 "'namespace':'shop'}}"),
        201);
    run_writers(writers, false);
    assert_int_equal(api_get(&api, CORE "/shared"), 200);
    for (int w = 0; w < WRITERS; w++) {
        for (int i = 0; i < CHANGES; i++) {
            char path[64];
            (void)snprintf(path, sizeof path, "metadata.labels.w%d-%d", w, i);
            bool there = strcmp(api_at(&api, path), "x") == 0;
            bool said = writers[w].codes[i] == 200;
            assert_true(said || writers[w].codes[i] == 409);
            assert_int_equal(there, said);
            kept += there;
        }
    }
    assert_true(kept > WRITERS * CHANGES / 2); /* a conflict is rare */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_adds_up),
        cmocka_unit_test(events_go_with_the_window),
        cmocka_unit_test(of_writers_of_one_name_one_wins),
        cmocka_unit_test(no_acknowledged_change_is_lost),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
