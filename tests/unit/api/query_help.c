#include "unit/api/query_help.h"

#include "pipeline/intake.h"
#include "pipeline/policy_source.h"
#include "pipeline/processor.h"
#include "pipeline/streams.h"
#include "store/store_chdb.h"

#include <stdlib.h>

static char directory[40];

static act_store *open_store(void)
{
    act_err e = ACT_ERR_INIT;
    act_store *store;
    (void)snprintf(directory, sizeof directory, "/tmp/act-store-XXXXXX");
    assert_non_null(mkdtemp(directory));
    const act_store_chdb_options options = {
        .library = ACT_STR(ACT_SOURCE_DIR "/build/libchdb.so"),
        .directory = act_str_cstr(directory),
    };
    if (act_store_chdb_open(&options, &store, &e) || act_store_migrate(store, NULL, &e) ||
        act_store_exec(store, ACT_STR("SYSTEM STOP MERGES"), NULL, 0, &e))
        fail_msg("%s", e.text);
    return store;
}

void questions_start(const char *tokens)
{
    questions_start_with(tokens, (act_api_limits){ 0 });
}

void questions_start_with(const char *tokens, act_api_limits limits)
{
    limits.max_page_size = 1000;
    api_start_with(&api, &(test_api_options){
                             .store = open_store(), .tokens = tokens, .limits = limits });
}

void questions_stop(void)
{
    act_store *store = api.store;
    api_stop(&api);
    act_store_free(store);
    api_remove(directory);
}

int questions_setup(void **state)
{
    (void)state;
    questions_start(NULL);
    return 0;
}

int questions_teardown(void **state)
{
    (void)state;
    questions_stop();
    return 0;
}

act_api_server *questions_start_replica(char base[96])
{
    act_api_server *server;
    act_err e = ACT_ERR_INIT;
    act_api_server_options o = {
        .services = { .broker = api.broker,
                      .store = api.store,
                      .ingester = api.ingester,
                      .limits = { .max_page_size = 1000 },
                      .registry = api.registry,
                      .rules = api.rules,
                      .filters = api.filters,
                      .cursors = api.cursors,
                      .clock = act_clock_system(),
                      .random = act_random_system() },
        .authn = api.authn,
        .authz = api.authz,
        .tls = &api.tls,
        .version = "v0.0.0-replica",
        .workers = 4,
    };
    assert_ok(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL));
    if (act_api_server_start(&o, &server, &e))
        fail_msg("%s", e.text);
    (void)snprintf(base, 96, "https://127.0.0.1:%u",
                   act_address_port(act_api_server_address(server)));
    return server;
}

/* ---- records ------------------------------------------------------------------------ */

static void drain(void)
{
    assert_ok(act_ingester_drain(api.ingester, PATIENCE_NS));
}

static void take(act_str body)
{
    act_intake_options o = { .broker = api.broker, .clock = act_clock_system() };
    act_intake *in;
    act_intake_result result;
    act_err e = ACT_ERR_INIT;
    assert_ok(act_intake_new(&o, &in));
    if (act_intake_take(in, body, ACT_BATCH_AUDIT | ACT_BATCH_EVENTS, &result, &e))
        fail_msg("%s", e.text);
    assert_int_equal(result.refused, 0);
    act_intake_free(in);
}

void questions_take(const char *body)
{
    char *copy = strdup(body);
    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    take(act_str_cstr(copy));
    free(copy);
    drain();
}

void questions_take_file(const char *name)
{
    char path[512];
    act_buf text = ACT_BUF_INIT;
    (void)snprintf(path, sizeof path, "%s/%s", ACT_TEST_DATA, name);
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    char block[65536];
    for (size_t n; (n = fread(block, 1, sizeof block, f)) > 0;)
        act_buf_add(&text, act_str_from(block, n));
    (void)fclose(f);
    act_str rest = act_buf_str(&text);
    bool lines = strstr(name, ".jsonl") != NULL;
    while (rest.len > 0) {
        act_str one = rest;
        rest = lines ? act_str_split(rest, '\n', &one) : (act_str){ 0 };
        if (one.len > 0)
            take(one);
    }
    act_buf_done(&text);
    drain();
}

void questions_take_activity(const char *json)
{
    char *copy = strdup(json);
    for (char *p = copy; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    act_message m = { ACT_STR("activities.platform._.core.audit.Pod._.x"),
                      { 0 },
                      act_str_cstr(copy) };
    assert_ok(
        act_broker_publish(api.broker, ACT_STR(ACT_STREAM_ACTIVITIES), &m, 1, NULL, NULL));
    free(copy);
    drain();
}

static bool tail_is_empty(void)
{
    assert_int_equal(api_get(&api, "/metrics"), 200);
    return strstr(api_text(&api), "\nactivity_event_tail_bytes 0\n") != NULL;
}

void questions_settle(void)
{
    drain();
    assert_soon(tail_is_empty());
}

void questions_process(void)
{
    act_policy_source_options s = { .registry = api.registry, .env = api.rules };
    act_policy_source *source;
    assert_ok(act_policy_source_start(&s, &source));
    act_processor_options o = { .broker = api.broker,
                                .policies = source,
                                .env = api.rules,
                                .clock = act_clock_system(),
                                .metrics = api.metrics };
    act_processor *processor;
    assert_ok(act_processor_start(&o, &processor, NULL));
    assert_ok(act_processor_drain(processor, PATIENCE_NS));
    act_processor_free(processor);
    act_policy_source_free(source);
    drain();
}

/* ---- questions ---------------------------------------------------------------------- */

static const char *plural_of(const char *kind)
{
    static const struct {
        const char *kind, *plural;
    } kinds[] = {
        { "AuditLogQuery", "auditlogqueries" },
        { "ActivityQuery", "activityqueries" },
        { "EventQuery", "eventqueries" },
        { "AuditLogFacetsQuery", "auditlogfacetsqueries" },
        { "ActivityFacetQuery", "activityfacetqueries" },
        { "EventFacetQuery", "eventfacetqueries" },
        { "PolicyPreview", "policypreviews" },
    };
    for (size_t i = 0; i < ACT_COUNT(kinds); i++)
        if (strcmp(kind, kinds[i].kind) == 0)
            return kinds[i].plural;
    return "";
}

int ask(const char *kind, const char *spec)
{
    static char body[16384];
    char path[128];
    (void)snprintf(path, sizeof path, GROUP "%s", plural_of(kind));
    int n = snprintf(body, sizeof body,
                     "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':'%s',"
                     "'metadata':{'name':'q'},'spec':{%s}}",
                     kind, spec);
    assert_true(n < (int)sizeof body);
    return api_post(&api, path, body);
}

size_t ask_count(const char *kind, const char *spec)
{
    if (ask(kind, spec) != 201)
        fail_msg("%s {%s}: %s", kind, spec, api_text(&api));
    return api_count(&api, "status.results");
}

const char *results(const char *field)
{
    static char out[65536];
    char path[128];
    size_t len = 0;
    out[0] = '\0';
    for (size_t i = 0; i < api_count(&api, "status.results"); i++) {
        (void)snprintf(path, sizeof path, "status.results.%zu.%s", i, field);
        len += (size_t)snprintf(out + len, sizeof out - len, "%s%s", i > 0 ? " " : "",
                                api_at(&api, path));
    }
    return out;
}

const char *facet(size_t i)
{
    static char out[65536];
    char path[128];
    size_t len = 0;
    out[0] = '\0';
    (void)snprintf(path, sizeof path, "status.facets.%zu.values", i);
    size_t n = api_count(&api, path);
    for (size_t k = 0; k < n; k++) {
        (void)snprintf(path, sizeof path, "status.facets.%zu.values.%zu.value", i, k);
        len += (size_t)snprintf(out + len, sizeof out - len, "%s%s=", k > 0 ? " " : "",
                                api_at(&api, path));
        (void)snprintf(path, sizeof path, "status.facets.%zu.values.%zu.count", i, k);
        len += (size_t)snprintf(out + len, sizeof out - len, "%s", api_at(&api, path));
    }
    return out;
}
