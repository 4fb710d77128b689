#include "unit/pipeline/reindex_help.h"

#include "pipeline/intake.h"
#include "store/store_chdb.h"

#include <stdlib.h>
#include <unistd.h>

#define HOUR_US INT64_C(3600000000)

/* ---- the house ----------------------------------------------------------------------- */

static void open_store(test_house *h)
{
    act_err e = ACT_ERR_INIT;
    const act_store_chdb_options options = {
        .library = ACT_STR(ACT_SOURCE_DIR "/build/libchdb.so"),
        .directory = act_str_cstr(h->directory),
    };
    if (act_store_chdb_open(&options, &h->real, &e) ||
        act_store_migrate(h->real, NULL, &e) ||
        act_store_exec(h->real, ACT_STR("SYSTEM STOP MERGES"), NULL, 0, &e))
        fail_msg("%s", e.text);
}

static void start_pipeline(test_house *h)
{
    const act_ingester_options ingester = { .broker = h->p.log.broker,
                                            .store = h->real,
                                            .linger_ns = ACT_NS_PER_MS,
                                            .clock = act_clock_system(),
                                            .metrics = h->p.log.metrics };
    assert_ok(act_ingester_start(&ingester, &h->ingester, NULL));
    const act_processor_options processor = { .broker = h->p.log.broker,
                                              .policies = h->p.source,
                                              .env = h->p.env,
                                              .workers = 1,
                                              .clock = act_clock_system(),
                                              .metrics = h->p.log.metrics };
    assert_ok(act_processor_start(&processor, &h->processor, NULL));
}

int house_open(void **state)
{
    test_house *h = calloc(1, sizeof *h);
    assert_non_null(h);
    (void)snprintf(h->directory, sizeof h->directory, "/tmp/act-reindex-XXXXXX");
    assert_non_null(mkdtemp(h->directory));
    open_store(h);
    policies_start(&h->p);
    assert_ok(faulty_store_init(&h->store, h->real));
    start_pipeline(h);
    *state = h;
    return 0;
}

int house_close(void **state)
{
    test_house *h = *state;
    char command[80];
    act_processor_free(h->processor);
    act_ingester_free(h->ingester);
    act_store_free(&h->store.base);
    policies_stop(&h->p);
    act_store_free(h->real);
    (void)snprintf(command, sizeof command, "rm -rf %s", h->directory);
    free(h);
    return system(command);
}

int house_next_hour(void **state)
{
    static const char *const names[] = { "maps", "pods", "creates", "updates" };
    test_house *h = *state;
    h->hour++;
    for (size_t i = 0; i < ACT_COUNT(names); i++) {
        char key[64];
        int64_t revision;
        (void)snprintf(key, sizeof key, ACT_REGISTRY_POLICIES "%s", names[i]);
        int r = act_registry_delete(h->p.registry, act_str_cstr(key), 0, &revision);
        assert_true(r == 0 || r == ACT_ENOTFOUND);
    }
    policies_settle(&h->p);
    return 0;
}

/* ---- policies and records ------------------------------------------------------------ */

static void put_with(test_house *h, const char *policy, const char *ready)
{
    char text[1024];
    int n = snprintf(text, sizeof text,
                     "%s, status: {conditions: [{type: Ready, status: \"%s\", "
                     "observedGeneration: 0}]}}",
                     policy, ready);
    assert_true(n > 0 && (size_t)n < sizeof text);
    policies_put(&h->p, text);
    policies_settle(&h->p);
}

void house_put(test_house *h, const char *policy)
{
    put_with(h, policy, "True");
}

void house_put_unready(test_house *h, const char *policy)
{
    put_with(h, policy, "False");
}

void house_take(test_house *h, const char *body)
{
    act_intake *in;
    act_intake_result got;
    act_intake_options o = { .broker = h->p.log.broker, .clock = act_clock_system() };
    act_err e = ACT_ERR_INIT;
    assert_ok(act_intake_new(&o, &in));
    if (act_intake_take(in, act_str_cstr(body), ACT_BATCH_ANY, &got, &e))
        fail_msg("%s", e.text);
    assert_int_equal(got.refused, 0);
    act_intake_free(in);
}

void house_drain(test_house *h)
{
    assert_ok(act_processor_drain(h->processor, PATIENCE_NS));
    assert_ok(act_ingester_drain(h->ingester, PATIENCE_NS));
}

void house_take_maps(test_house *h, int n)
{
    act_buf body = ACT_BUF_INIT;
    act_buf_printf(
        &body, "{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\",\"items\":[");
    for (int i = 0; i < n; i++)
        act_buf_printf(
            &body,
            "%s{\"auditID\":\"m%d-%d\",\"stage\":\"ResponseComplete\",\"verb\":\"%s\","
            "\"user\":{\"username\":\"ann\",\"extra\":{\"project\":[\"p%d\"]}},"
            "\"objectRef\":{\"resource\":\"configmaps\",\"namespace\":\"shop\",\"name\":"
            "\"m\",\"apiVersion\":\"v1\"},"
            "\"requestReceivedTimestamp\":\"2026-01-02T%02d:%02d:%02d.368386Z\"}",
            i ? "," : "", i, h->hour, i % 2 ? "update" : "create", i % 3, h->hour, i / 60,
            i % 60);
    act_buf_printf(&body, "]}");
    act_buf_add_byte(&body, '\0');
    assert_ok(act_buf_err(&body));
    house_take(h, body.ptr);
    act_buf_done(&body);
    house_drain(h);
}

/* ---- what is there ------------------------------------------------------------------- */

uint64_t house_number(test_house *h, const char *sql)
{
    const act_store_param hour = { "hour", ACT_STORE_U64, .as.u64 = (uint64_t)h->hour };
    act_rows *rows;
    act_err e = ACT_ERR_INIT;
    uint64_t n = UINT64_MAX;
    if (act_store_query(h->real, act_str_cstr(sql), &hour, 1, NULL, &rows, &e))
        fail_msg("%s: %s", sql, e.text);
    if (act_rows_next(rows, &e) > 0)
        n = act_rows_u64(rows, 0);
    act_rows_close(rows, NULL);
    return n;
}

#define OF_THE_HOUR                                                                        \
    "timestamp >= toDateTime('2026-01-02 00:00:00', 'UTC') + {hour:UInt64} * 3600 AND "    \
    "timestamp < toDateTime('2026-01-02 00:00:00', 'UTC') + ({hour:UInt64} + 1) * 3600"
#define SHOWN                                                                              \
    "(SELECT * FROM (SELECT * FROM audit.activities WHERE " OF_THE_HOUR                    \
    " ORDER BY timestamp, name, version DESC LIMIT 1 BY timestamp, name) WHERE NOT "       \
    "deleted)"

uint64_t house_shown(test_house *h, const char *where)
{
    char sql[800];
    (void)snprintf(sql, sizeof sql, "SELECT count() FROM " SHOWN " WHERE %s", where);
    return house_number(h, sql);
}

uint64_t house_rows(test_house *h)
{
    return house_number(h, "SELECT count() FROM audit.activities WHERE " OF_THE_HOUR);
}

uint64_t house_merged(test_house *h)
{
    return house_number(h, "SELECT count() FROM audit.activities FINAL WHERE NOT deleted "
                           "AND " OF_THE_HOUR);
}

uint64_t house_keys(test_house *h)
{
    return house_number(h,
                        "SELECT sum(cityHash64(name, timestamp, tenant_type, tenant_name, "
                        "origin_id, namespace)) FROM " SHOWN);
}

/* ---- jobs ---------------------------------------------------------------------------- */

/* Through its text, as a process that is started anew gets it. */
static void keep(test_job *j, const act_reindex_state *state)
{
    act_buf text = ACT_BUF_INIT;
    act_json_parser *parser;
    const act_json *object;
    act_arena *a;
    act_reindex_state_write(state, &text);
    assert_ok(act_buf_err(&text));
    assert_ok(act_arena_new(1 << 20, 0, &a));
    assert_ok(act_json_parser_new((act_json_limits){ 0 }, &parser));
    assert_ok(act_json_parse(parser, a, act_buf_str(&text), 0, &object, NULL));
    act_reindex_state_done(&j->saved);
    assert_ok(act_reindex_state_read(object, &j->saved));
    act_json_parser_free(parser);
    act_arena_free(a);
    act_buf_done(&text);
}

static int save(void *ctx, const act_reindex_state *state)
{
    test_job *j = ctx;
    if (j->fail_saves > 0) {
        j->fail_saves--;
        return ACT_EIO;
    }
    if (j->lost_after && j->saves == j->lost_after)
        return ACT_ECLOSED;
    j->saves++;
    if (j->saves == j->stop_after)
        atomic_store(&j->stop, true);
    keep(j, state);
    return 0;
}

int64_t at_us(const char *time)
{
    int64_t ns;
    assert_ok(act_rfc3339_parse(act_str_cstr(time), &ns));
    return ns / ACT_NS_PER_US;
}

int64_t in_hour(const test_house *h, double seconds)
{
    return at_us("2026-01-02T00:00:00Z") + h->hour * HOUR_US + (int64_t)(seconds * 1e6);
}

void job_init(test_house *h, test_job *j)
{
    *j = (test_job){
        .o = { .broker = h->p.log.broker,
               .store = &h->store.base,
               .registry = h->p.registry,
               .env = h->p.env,
               .batch = 1000,
               .patience_ns = PATIENCE_NS,
               .save = save,
               .ctx = j,
               .stop = &j->stop,
               .clock = act_clock_system(),
               .metrics = h->p.log.metrics },
        .state = { .start_us = in_hour(h, 0), .end_us = in_hour(h, 3600) },
    };
}

void job_done(test_job *j)
{
    act_reindex_state_done(&j->state);
    act_reindex_state_done(&j->saved);
}

int job_run(test_house *h, test_job *j)
{
    j->e = ACT_ERR_INIT;
    int r = act_reindex_run(&j->o, &j->state, &j->e);
    house_drain(h);
    return r;
}

void job_run_ok(test_house *h, test_job *j)
{
    if (job_run(h, j))
        fail_msg("%s", j->e.text);
}

act_reindex_state job_of_the_hour(test_house *h)
{
    test_job j;
    job_init(h, &j);
    job_run_ok(h, &j);
    act_reindex_state s = j.state;
    s.at_id = ACT_BUF_INIT;
    job_done(&j);
    return s;
}

void job_resume(test_house *h, const test_job *j, test_job *next)
{
    job_init(h, next);
    assert_ok(act_reindex_state_copy(&j->saved, &next->state));
}
