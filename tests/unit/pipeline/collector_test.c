/* The collector over real sockets, into a real log. */
/* ctest: labels=threads timeout=240 */
#include "pipeline/collector.h"

#include "base/file.h"
#include "base/thread.h"
#include "core/audit_record.h"
#include "net/gzip.h"
#include "net/http_client.h"
#include "unit/pipeline/log_help.h"

#include <unistd.h>

typedef struct {
    test_log log;
    act_collector *collector;
    act_http_client *client;
    act_http_reply reply;
    char base[96];
} fixture;

static void start(fixture *f, act_collector_options o, uint64_t bytes)
{
    log_start(&f->log, bytes);
    act_err e = ACT_ERR_INIT;
    o.broker = f->log.broker;
    o.clock = act_clock_system();
    o.metrics = f->log.metrics;
    assert_ok(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL));
    if (act_collector_start(&o, &f->collector, &e))
        fail_msg("%s", e.text);
    (void)snprintf(f->base, sizeof f->base, "http://127.0.0.1:%u",
                   act_address_port(act_collector_address(f->collector)));
    act_http_client_options client = ACT_HTTP_CLIENT_OPTIONS_INIT;
    assert_ok(act_http_client_new(&client, &f->client));
}

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    start(f, (act_collector_options){ .workers = 3 }, 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    act_http_reply_done(&f->reply);
    act_http_client_free(f->client);
    act_collector_free(f->collector);
    log_stop(&f->log);
    free(f);
    return 0;
}

/* The same with other options. */
static void restart(fixture *f, act_collector_options o, uint64_t bytes)
{
    act_http_reply_done(&f->reply);
    act_http_client_free(f->client);
    act_collector_free(f->collector);
    log_stop(&f->log);
    *f = (fixture){ .collector = NULL };
    start(f, o, bytes);
}

typedef struct {
    const char *method, *type, *encoding;
    act_str bearer;
} how;

static int call(fixture *f, act_http_reply *reply, const char *path, act_str body, how h)
{
    char url[256];
    act_http_header headers[2] = { { ACT_STR("Content-Type"),
                                     act_str_cstr(h.type ? h.type : "application/json") } };
    act_http_call c = ACT_HTTP_CALL_INIT;
    act_err e = ACT_ERR_INIT;
    (void)snprintf(url, sizeof url, "%s%s", f->base, path);
    c.url = url;
    c.method = h.method ? h.method : "POST";
    c.body = body;
    c.has_body = strcmp(c.method, "POST") == 0;
    c.headers = headers;
    c.header_count = 1;
    c.bearer = h.bearer;
    if (h.encoding)
        headers[c.header_count++] =
            (act_http_header){ ACT_STR("Content-Encoding"), act_str_cstr(h.encoding) };
    if (act_http_client_call(f->client, &c, reply, &e))
        fail_msg("%s: %s", path, e.text);
    return reply->status;
}

static int post(fixture *f, const char *path, act_str body)
{
    return call(f, &f->reply, path, body, (how){ .method = "POST" });
}

static int get(fixture *f, const char *path)
{
    return call(f, &f->reply, path, (act_str){ 0 }, (how){ .method = "GET" });
}

static int64_t answered(fixture *f, const char *member)
{
    const act_json *status = log_json(&f->log, act_buf_str(&f->reply.body));
    const act_json *v = act_json_get(status, act_str_cstr(member));
    assert_non_null(v);
    assert_int_equal(v->type, ACT_JSON_INT);
    return v->as.i64;
}

/* The reply is a Status of failure with this code, and its message has these words. */
static void expect_failure(fixture *f, int code, const char *words)
{
    const act_json *status = log_json(&f->log, act_buf_str(&f->reply.body));
    assert_true(act_json_is(act_json_get(status, ACT_STR("kind")), ACT_STR("Status")));
    assert_true(act_json_is(act_json_get(status, ACT_STR("status")), ACT_STR("Failure")));
    assert_int_equal(answered(f, "code"), code);
    assert_int_equal(f->reply.status, code);
    act_str message = act_json_string(act_json_get(status, ACT_STR("message")));
    if (act_str_find(message, act_str_cstr(words)) == SIZE_MAX)
        fail_msg("\"%.*s\" lacks \"%s\"", ACT_STR_ARG(message), words);
}

static act_str list_of(fixture *f, const char *version, const act_str *items, size_t n)
{
    act_buf body = ACT_BUF_INIT;
    act_str copy;
    act_buf_printf(&body, "{\"kind\":\"EventList\",\"apiVersion\":\"%s\",\"items\":[",
                   version);
    for (size_t i = 0; i < n; i++) {
        act_buf_add(&body, i ? ACT_STR(",") : ACT_STR(""));
        act_buf_add(&body, items[i]);
    }
    act_buf_add(&body, ACT_STR("]}"));
    assert_ok(act_buf_err(&body));
    assert_ok(act_arena_str(f->log.arena, act_buf_str(&body), &copy));
    act_buf_done(&body);
    return copy;
}

/* ---- real records -------------------------------------------------------------------- */

static bool is_final(const act_json *item)
{
    const act_json *stage = act_json_get(item, ACT_STR("stage"));
    return act_json_is(stage, ACT_STR("ResponseComplete")) ||
           act_json_is(stage, ACT_STR("Panic"));
}

/* Each final item of @body is in the log with its own bytes. */
static void expect_in_log(fixture *f, act_str body)
{
    size_t n_items, n, missing = 0;
    const act_json *list = log_json(&f->log, body);
    const act_json *items = act_json_items(act_json_get(list, ACT_STR("items")), &n_items);
    const act_delivery *all = log_read(&f->log, ACT_STREAM_AUDIT, &n);
    for (size_t i = 0; i < n_items; i++) {
        bool found = !is_final(&items[i]);
        for (size_t k = 0; k < n && !found; k++)
            found = act_str_eq(all[k].payload, items[i].raw);
        missing += !found;
    }
    assert_int_equal(missing, 0);
}

static void every_webhook_body_goes_in_once(void **state)
{
    fixture *f = *state;
    size_t count = 0;
    for (int round = 0; round < 2; round++) {
        for (int file = 0; file < 10; file++) {
            char name[32];
            size_t n_items, finals = 0;
            (void)snprintf(name, sizeof name, "webhook/%02d.json", file);
            act_str body = log_data(&f->log, name);
            const act_json *items = act_json_items(
                act_json_get(log_json(&f->log, body), ACT_STR("items")), &n_items);
            for (size_t i = 0; i < n_items; i++)
                finals += is_final(&items[i]);
            assert_int_equal(post(f, "/audit", body), 200);
            assert_int_equal(answered(f, "accepted"), finals);
            assert_int_equal(answered(f, "skipped"), n_items - finals);
            assert_int_equal(answered(f, "refused"), 0);
            expect_in_log(f, body);
        }
        if (round == 0)
            count = log_count(&f->log, ACT_STREAM_AUDIT);
    }
    assert_true(count > 50);
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), count);
}

static void an_audit_log_wrapped_in_lists_goes_in(void **state)
{
    fixture *f = *state;
    act_str rest = log_data(&f->log, "audit.jsonl"), lines[50];
    while (rest.len) {
        size_t n = 0;
        while (rest.len && n < ACT_COUNT(lines)) {
            rest = act_str_split(rest, '\n', &lines[n]);
            n += lines[n].len > 0;
        }
        act_str body = list_of(f, "audit.k8s.io/v1", lines, n);
        assert_int_equal(post(f, "/audit", body), 200);
        assert_int_equal(answered(f, "accepted") + answered(f, "skipped"), n);
        expect_in_log(f, body);
    }
    size_t n;
    const act_delivery *all = log_read(&f->log, ACT_STREAM_AUDIT, &n);
    for (size_t i = 0; i < n; i++) {
        const act_json *record = log_json(&f->log, all[i].payload);
        act_str id;
        assert_ok(act_arena_printf(
            f->log.arena, &id, "%.*s/%.*s",
            ACT_STR_ARG(act_json_string(act_json_get(record, ACT_STR("auditID")))),
            ACT_STR_ARG(act_json_string(act_json_get(record, ACT_STR("stage"))))));
        assert_true(act_str_eq(all[i].id, id));
        assert_true(act_str_eq(all[i].subject, ACT_STR("audit.k8s.activity")));
    }
}

static void both_forms_of_events_are_the_same_records(void **state)
{
    fixture *f = *state;
    assert_int_equal(post(f, "/events", log_data(&f->log, "events-core.json")), 200);
    assert_int_equal(answered(f, "accepted"), 250);
    assert_int_equal(log_count(&f->log, ACT_STREAM_EVENTS), 250);
    assert_int_equal(post(f, "/events", log_data(&f->log, "events-k8sio.json")), 200);
    assert_int_equal(answered(f, "accepted"), 250);
    size_t n;
    const act_delivery *all = log_read(&f->log, ACT_STREAM_EVENTS, &n);
    assert_int_equal(n, 250);
    for (size_t i = 0; i < n; i++) {
        const act_json *e = log_json(&f->log, all[i].payload);
        assert_true(act_json_is(act_json_get(e, ACT_STR("apiVersion")),
                                ACT_STR("events.k8s.io/v1")));
        assert_non_null(act_json_get(e, ACT_STR("regarding")));
        assert_true(act_str_starts(all[i].subject, ACT_STR("events.platform._.")));
    }
}

static void a_single_object_and_gzip_go_in(void **state)
{
    fixture *f = *state;
    act_str one = log_audit_event(&f->log, "a1", "ResponseComplete");
    assert_int_equal(post(f, "/audit", one), 200);
    assert_int_equal(answered(f, "accepted"), 1);
    act_buf small = ACT_BUF_INIT;
    assert_ok(act_gzip_deflate(log_data(&f->log, "webhook/00.json"), 1, &small));
    assert_int_equal(
        call(f, &f->reply, "/audit", act_buf_str(&small),
             (how){ .encoding = "gzip", .type = "application/json; charset=utf-8" }),
        200);
    expect_in_log(f, log_data(&f->log, "webhook/00.json"));
    act_buf_done(&small);
    assert_int_equal(post(f, "/events", log_event(&f->log, "u1", "7")), 200);
    size_t n;
    const act_delivery *all = log_read(&f->log, ACT_STREAM_EVENTS, &n);
    assert_int_equal(n, 1);
    assert_true(act_str_eq(all[0].id, ACT_STR("u1/7")));
    assert_true(act_str_eq(all[0].subject, ACT_STR("events.platform._.core_Pod.n.e")));
}

static void only_the_stages_that_are_wanted_enter(void **state)
{
    fixture *f = *state;
    act_str items[] = {
        log_audit_event(&f->log, "a", "RequestReceived"),
        log_audit_event(&f->log, "a", "ResponseStarted"),
        log_audit_event(&f->log, "a", "ResponseComplete"),
        log_audit_event(&f->log, "b", "Panic"),
    };
    act_str body = list_of(f, "audit.k8s.io/v1", items, ACT_COUNT(items));
    assert_int_equal(post(f, "/audit", body), 200);
    assert_int_equal(answered(f, "accepted"), 2);
    assert_int_equal(answered(f, "skipped"), 2);
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), 2);
    assert_int_equal(log_metric(&f->log, "activity_intake_skipped_total"), 2);

    restart(f, (act_collector_options){ .stages = ACT_STAGE_REQUEST_RECEIVED }, 0);
    act_str first = log_audit_event(&f->log, "a", "RequestReceived");
    assert_int_equal(post(f, "/audit", list_of(f, "audit.k8s.io/v1", &first, 1)), 200);
    assert_int_equal(answered(f, "accepted"), 1);
}

/* ---- refusals ------------------------------------------------------------------------ */

static void a_bad_item_does_not_lose_its_neighbours(void **state)
{
    fixture *f = *state;
    act_str items[] = {
        log_audit_event(&f->log, "good-1", "ResponseComplete"),
        ACT_STR("{\"stage\":\"ResponseComplete\",\"verb\":\"get\"}"),
        log_audit_event(&f->log, "good-2", "ResponseComplete"),
        ACT_STR("17"),
    };
    act_str body = list_of(f, "audit.k8s.io/v1", items, ACT_COUNT(items));
    for (int round = 0; round < 2; round++) { /* the second time changes nothing */
        assert_int_equal(post(f, "/audit", body), 200);
        assert_int_equal(answered(f, "accepted"), 2);
        assert_int_equal(answered(f, "refused"), 2);
        act_str text = act_buf_str(&f->reply.body);
        assert_true(act_str_find(text, ACT_STR("items[1].auditID")) != SIZE_MAX);
        assert_true(act_str_find(text, ACT_STR("items[3]")) != SIZE_MAX);
        assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), 2);
        assert_int_equal(log_count(&f->log, ACT_STREAM_DEAD_LETTERS), 2);
    }
    size_t n;
    const act_delivery *letters = log_read(&f->log, ACT_STREAM_DEAD_LETTERS, &n);
    const act_json *letter = log_json(&f->log, letters[0].payload);
    assert_true(
        act_json_is(act_json_get(letter, ACT_STR("errorType")), ACT_STR("refused")));
    assert_true(
        act_str_eq(act_json_get(letter, ACT_STR("originalPayload"))->raw, items[1]));
    assert_int_equal(log_metric(&f->log, "activity_intake_refused_total"), 4);
}

static void a_record_above_the_limit_is_refused_alone(void **state)
{
    fixture *f = *state;
    act_buf big = ACT_BUF_INIT;
    act_str whole = log_audit_event(&f->log, "big", "ResponseComplete");
    act_buf_add(&big, act_str_head(whole, whole.len - 1));
    act_buf_add(&big, ACT_STR(",\"pad\":\""));
    size_t pad = 10 << 20;
    memset(act_buf_reserve(&big, pad), 'p', pad);
    big.len += pad;
    act_buf_add(&big, ACT_STR("\"}"));
    act_str items[] = { act_buf_str(&big),
                        log_audit_event(&f->log, "small", "ResponseComplete") };
    assert_int_equal(post(f, "/audit", list_of(f, "audit.k8s.io/v1", items, 2)), 200);
    act_buf_done(&big);
    assert_int_equal(answered(f, "accepted"), 1);
    assert_int_equal(answered(f, "refused"), 1);
    size_t n;
    const act_delivery *letters = log_read(&f->log, ACT_STREAM_DEAD_LETTERS, &n);
    assert_int_equal(n, 1);
    assert_true(letters[0].payload.len < 1 << 20);
}

static void bad_bodies_are_told_what_is_wrong(void **state)
{
    fixture *f = *state;
    act_str audit = log_audit_event(&f->log, "a", "ResponseComplete");
    act_str event = log_event(&f->log, "u", "1");
    act_str bad[] = { ACT_STR("{\"stage\":\"ResponseComplete\",\"verb\":\"get\"}") };
    act_buf deep = ACT_BUF_INIT;
    for (int i = 0; i < 100000; i++)
        act_buf_add_byte(&deep, '[');
    const struct {
        const char *path;
        act_str body;
        int code;
        const char *words;
    } cases[] = {
        { "/audit", ACT_STR(""), 400, "" },
        { "/audit", ACT_STR("{"), 400, "" },
        { "/audit", ACT_STR("[]"), 400, "must be an object" },
        { "/audit", ACT_STR("{\"kind\":\"PodList\",\"items\":[]}"), 400, "PodList" },
        { "/audit", ACT_STR("{\"kind\":\"EventList\",\"apiVersion\":\"v2\"}"), 400, "v2" },
        { "/audit", ACT_STR("{\"kind\":\"EventList\",\"items\":{}}"), 400, "items" },
        { "/audit", ACT_STR("{\"kind\":\"EventList\"} x"), 400, "" },
        { "/audit", ACT_STR("{\"kind\":\"\xff\"}"), 400, "" },
        { "/audit", list_of(f, "audit.k8s.io/v1", bad, 1), 400, "items[0].auditID" },
        { "/audit", event, 400, "not taken here" },
        { "/events", audit, 400, "not taken here" },
        { "/events", ACT_STR("{\"kind\":\"Event\",\"apiVersion\":\"v1\"}"), 400, "" },
        { "/nowhere", audit, 404, "could not find" },
    };
    for (size_t i = 0; i < ACT_COUNT(cases); i++) {
        (void)post(f, cases[i].path, cases[i].body);
        expect_failure(f, cases[i].code, cases[i].words);
    }
    int code = post(f, "/audit", act_buf_str(&deep));
    assert_true(code == 400 || code == 413);
    act_buf_done(&deep);
    (void)call(f, &f->reply, "/audit", audit, (how){ .type = "text/plain" });
    expect_failure(f, 415, "application/json");
    (void)call(f, &f->reply, "/audit", audit, (how){ .encoding = "gzip" });
    expect_failure(f, 400, "");
    (void)call(f, &f->reply, "/audit", audit, (how){ .encoding = "br" });
    expect_failure(f, 415, "");
    (void)get(f, "/audit");
    expect_failure(f, 405, "POST");
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), 0);
    assert_int_equal(log_count(&f->log, ACT_STREAM_EVENTS), 0);
    assert_int_equal(log_count(&f->log, ACT_STREAM_DEAD_LETTERS), 0);
}

static void a_body_above_the_limit_is_too_large(void **state)
{
    fixture *f = *state;
    restart(f, (act_collector_options){ .max_body_bytes = 10000 }, 0);
    act_buf body = ACT_BUF_INIT, small = ACT_BUF_INIT;
    memset(act_buf_reserve(&body, 20000), ' ', 20000);
    body.len = 20000;
    (void)post(f, "/audit", act_buf_str(&body));
    expect_failure(f, 413, "");
    assert_ok(act_gzip_deflate(act_buf_str(&body), 1, &small)); /* also when inflated */
    (void)call(f, &f->reply, "/audit", act_buf_str(&small), (how){ .encoding = "gzip" });
    expect_failure(f, 413, "");
    act_buf_done(&body);
    act_buf_done(&small);
}

static void write_token(const char *path, const char *token)
{
    assert_ok(act_file_replace(path, act_str_cstr(token), 0600, NULL));
}

static int post_with(fixture *f, const char *token)
{
    return call(f, &f->reply, "/audit", log_audit_event(&f->log, "a", "ResponseComplete"),
                (how){ .bearer = act_str_cstr(token) });
}

static void the_token_is_asked_for_where_records_enter(void **state)
{
    fixture *f = *state;
    char path[] = "/tmp/act-token-XXXXXX";
    close(mkstemp(path));
    write_token(path, "s3cret\n");
    restart(f, (act_collector_options){ .token_file = act_str_cstr(path) }, 0);
    const char *const wrong[] = { "", "s3cre", "s3creT", "s3crets" };
    for (size_t i = 0; i < ACT_COUNT(wrong); i++) {
        (void)post_with(f, wrong[i]);
        expect_failure(f, 401, "Unauthorized");
    }
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), 0);
    assert_int_equal(post_with(f, "s3cret"), 200);
    assert_int_equal(get(f, "/readyz"), 200);

    /* Replaced, it holds soon; gone or empty, the last one stays. */
    write_token(path, "other");
    assert_soon(post_with(f, "other") == 200);
    assert_int_equal(post_with(f, "s3cret"), 401);
    write_token(path, " \n");
    act_sleep_ns(1100 * ACT_NS_PER_MS, NULL);
    assert_int_equal(post_with(f, ""), 401);
    assert_int_equal(post_with(f, "other"), 200);
    assert_int_equal(unlink(path), 0);
    act_sleep_ns(1100 * ACT_NS_PER_MS, NULL);
    assert_int_equal(post_with(f, "other"), 200);
}

static void without_its_token_file_it_does_not_start(void **state)
{
    fixture *f = *state;
    act_collector *c = NULL;
    act_err e = ACT_ERR_INIT;
    act_collector_options o = { .broker = f->log.broker,
                                .token_file = ACT_STR("/nowhere/token"),
                                .clock = act_clock_system() };
    assert_ok(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL));
    assert_int_equal(act_collector_start(&o, &c, &e), ACT_ENOTFOUND);
    assert_non_null(strstr(e.text, "/nowhere/token"));
    assert_null(c);
}

/* ---- a log that cannot take them ------------------------------------------------------
 */

static void a_full_log_asks_to_try_again(void **state)
{
    fixture *f = *state;
    restart(f, (act_collector_options){ .workers = 1 }, 1000);
    char id[24];
    int code = 200, n = 0;
    for (; n < 100 && code == 200; n++) {
        (void)snprintf(id, sizeof id, "a%d", n);
        code = post(f, "/audit", log_audit_event(&f->log, id, "ResponseComplete"));
    }
    expect_failure(f, 503, "AUDIT_EVENTS");
    assert_true(
        act_str_eq(act_http_reply_header(&f->reply, ACT_STR("Retry-After")), ACT_STR("1")));
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), n - 1);
    /* A repetition of what is in gets its 200; a new one when the consumers are through. */
    assert_int_equal(post(f, "/audit", log_audit_event(&f->log, "a0", "ResponseComplete")),
                     200);
    log_drain(&f->log, ACT_STREAM_AUDIT, ACT_DURABLE_INGEST);
    assert_int_equal(post(f, "/audit", log_audit_event(&f->log, id, "ResponseComplete")),
                     503);
    log_drain(&f->log, ACT_STREAM_AUDIT, ACT_DURABLE_PROCESSOR);
    assert_int_equal(post(f, "/audit", log_audit_event(&f->log, id, "ResponseComplete")),
                     200);
}

static void a_stopped_log_is_unavailable(void **state)
{
    fixture *f = *state;
    assert_int_equal(get(f, "/healthz"), 200);
    assert_int_equal(get(f, "/metrics"), 200);
    assert_true(act_str_find(act_buf_str(&f->reply.body),
                             ACT_STR("activity_broker_stream_messages")) != SIZE_MAX);
    act_broker_stop(f->log.broker);
    (void)post(f, "/audit", log_audit_event(&f->log, "a", "ResponseComplete"));
    expect_failure(f, 503, "");
    assert_int_equal(get(f, "/livez"), 200);
    (void)get(f, "/readyz");
    expect_failure(f, 503, "log");
}

/* ---- many at once ----------------------------------------------------------------------
 */

enum { CLIENTS = 4, BODIES = 12, ITEMS = 20 };

typedef struct {
    fixture *f;
    const act_str *bodies;
    int failed;
} client;

static void *send_all(void *arg)
{
    client *c = arg;
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    for (int i = 0; i < BODIES; i++)
        c->failed += call(c->f, &reply, "/audit", c->bodies[i], (how){ 0 }) != 200;
    act_http_reply_done(&reply);
    return NULL;
}

static void many_senders_of_the_same_records_double_nothing(void **state)
{
    fixture *f = *state;
    act_str bodies[BODIES];
    for (int i = 0; i < BODIES; i++) {
        act_str items[ITEMS];
        for (int k = 0; k < ITEMS; k++) {
            char id[32];
            (void)snprintf(id, sizeof id, "%d-%d", i, k);
            items[k] = log_audit_event(&f->log, id, "ResponseComplete");
        }
        bodies[i] = list_of(f, "audit.k8s.io/v1", items, ITEMS);
    }
    client clients[CLIENTS];
    pthread_t threads[CLIENTS];
    for (int i = 0; i < CLIENTS; i++) {
        clients[i] = (client){ .f = f, .bodies = bodies };
        assert_ok(act_thread_start(&threads[i], "client", send_all, &clients[i]));
    }
    for (int i = 0; i < CLIENTS; i++) {
        (void)pthread_join(threads[i], NULL);
        assert_int_equal(clients[i].failed, 0);
    }
    assert_int_equal(log_count(&f->log, ACT_STREAM_AUDIT), BODIES * ITEMS);
    assert_int_equal(log_metric(&f->log, "activity_intake_accepted_total"),
                     CLIENTS * BODIES * ITEMS);
    assert_ok(act_collector_drain(f->collector, PATIENCE_NS));
}

int main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(every_webhook_body_goes_in_once),
        TEST(an_audit_log_wrapped_in_lists_goes_in),
        TEST(both_forms_of_events_are_the_same_records),
        TEST(a_single_object_and_gzip_go_in),
        TEST(only_the_stages_that_are_wanted_enter),
        TEST(a_bad_item_does_not_lose_its_neighbours),
        TEST(a_record_above_the_limit_is_refused_alone),
        TEST(bad_bodies_are_told_what_is_wrong),
        TEST(a_body_above_the_limit_is_too_large),
        TEST(the_token_is_asked_for_where_records_enter),
        TEST(without_its_token_file_it_does_not_start),
        TEST(a_full_log_asks_to_try_again),
        TEST(a_stopped_log_is_unavailable),
        TEST(many_senders_of_the_same_records_double_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
