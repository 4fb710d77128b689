#include "cmd/service.h"

#include "api/policy_controller.h"
#include "api/reindex_controller.h"
#include "api/server.h"
#include "base/alloc.h"
#include "base/file.h"
#include "broker/broker_sqlite.h"
#include "cmd/credentials.h"
#include "cmd/policy_load.h"
#include "cmd/serving_cert.h"
#include "pipeline/audit_tail.h"
#include "pipeline/collector.h"
#include "pipeline/ingester.h"
#include "pipeline/policy_source.h"
#include "pipeline/processor.h"
#include "pipeline/streams.h"
#include "registry/registry_sqlite.h"
#include "store/store_chdb.h"

#include <limits.h>

enum { URL_MAX = 128 };

struct act_service {
    act_service_options o;
    act_credentials credentials;
    act_broker *broker;
    act_store *store;
    act_registry *registry;
    act_rule_env *rules;
    act_filter_env *filters;
    act_cursor_sealer *cursors;
    act_gate *gate;
    act_policy_source *policies;
    act_served_kinds *kinds;
    act_policy_controller *controller;
    act_ingester *ingester;
    act_processor *processor;
    act_reindex_controller *reindex;
    act_collector *collector;
    act_audit_tail *tail;
    act_api_server *api;
    act_serving_cert *serving_cert;
    char api_url[URL_MAX], ingest_url[URL_MAX];
};

/* ---- opening ----------------------------------------------------------------------- */

static act_str path_in(const act_service *s, const char *name, char out[PATH_MAX])
{
    int n = snprintf(out, PATH_MAX, "%s/%s", s->o.data_dir, name);
    return act_str_from(out, n < 0 ? 0 : (size_t)n < PATH_MAX ? (size_t)n : PATH_MAX - 1);
}

static act_serving_cert_options serving_cert_of(const act_service_options *o)
{
    return (act_serving_cert_options){ .cert_file = o->tls_cert_file,
                                       .key_file = o->tls_key_file,
                                       .data_dir = o->data_dir,
                                       .clock = o->clock,
                                       .log = o->log };
}

static int open_credentials(act_service *s, act_err *e)
{
    const act_service_options *o = &s->o;
    act_serving_cert_options cert = serving_cert_of(o);
    int r = act_credentials_open(o->data_dir, o->names, o->n_names, act_wall_ns(o->clock),
                                 &s->credentials, e);
    return r || !o->tls_cert_file ? r : act_serving_cert_load(&cert, &s->credentials, e);
}

static int open_backends(act_service *s, act_err *e)
{
    char path[PATH_MAX];
    act_broker_sqlite_options broker = { .directory = path_in(s, "log", path),
                                         .clock = s->o.clock,
                                         .log = s->o.log,
                                         .metrics = s->o.metrics };
    int r = act_broker_sqlite_open(&broker, &s->broker, e);
    if (r)
        return r;
    act_registry_sqlite_options registry = { .path = path_in(s, "registry.sqlite", path),
                                             .clock = s->o.clock,
                                             .log = s->o.log };
    r = act_registry_sqlite_open(&registry, &s->registry, e);
    if (r)
        return r;
    act_store_chdb_options store = { .library = act_str_cstr(s->o.chdb),
                                     .directory = path_in(s, "store", path),
                                     .max_memory_bytes = s->o.store_memory,
                                     .log = s->o.log,
                                     .metrics = s->o.metrics };
    r = act_store_chdb_open(&store, &s->store, e);
    return r ? r : act_store_migrate(s->store, s->o.log, e);
}

static int open_languages(act_service *s)
{
    act_str secret = act_str_from(s->credentials.seal_key, ACT_SEAL_KEY_BYTES);
    int r = act_rule_env_new(&s->rules);
    if (!r)
        r = act_filter_env_new(&s->filters);
    if (!r)
        r = act_cursor_sealer_new(&secret, 1, &s->cursors);
    return r;
}

static int open_gate(act_service *s, act_err *e)
{
    char tokens[PATH_MAX];
    (void)path_in(s, "tokens.csv", tokens);
    return act_gate_open(&s->o.gate, tokens, act_buf_str(&s->credentials.ca_pem),
                         s->o.clock, s->o.log, &s->gate, e);
}

static int start_controller(act_service *s)
{
    act_served_kinds_options kinds = { .client = act_gate_kubernetes(s->gate),
                                       .log = s->o.log };
    int r = kinds.client ? act_served_kinds_start(&kinds, &s->kinds) : 0;
    act_policy_controller_options controller = { s->registry, s->rules, s->kinds,
                                                 s->o.clock,  s->o.log, s->o.metrics };
    return r ? r : act_policy_controller_start(&controller, &s->controller);
}

static int load_policies(act_service *s, act_err *e)
{
    act_policy_load_options load = { s->registry, s->rules, s->o.clock, act_random_system(),
                                     s->o.log };
    int r = s->o.policies ? act_policy_load(&load, s->o.policies, e) : 0;
    act_policy_source_options source = { s->registry, s->rules, s->o.log, s->o.metrics };
    if (!r)
        r = act_policy_source_start(&source, &s->policies);
    return r ? r : start_controller(s);
}

static int start_pipeline(act_service *s, act_err *e)
{
    act_streams_limits limits = ACT_STREAMS_LIMITS_INIT;
    limits.bytes = s->o.stream_bytes;
    int r = act_streams_ensure(s->broker, &limits, e);
    if (r)
        return r;
    act_ingester_options ingester = { .broker = s->broker,
                                      .store = s->store,
                                      .clock = s->o.clock,
                                      .log = s->o.log,
                                      .metrics = s->o.metrics };
    r = act_ingester_start(&ingester, &s->ingester, e);
    if (r)
        return r;
    act_processor_options processor = { .broker = s->broker,
                                        .policies = s->policies,
                                        .env = s->rules,
                                        .workers = s->o.workers,
                                        .clock = s->o.clock,
                                        .log = s->o.log,
                                        .metrics = s->o.metrics };
    return act_processor_start(&processor, &s->processor, e);
}

static int start_reindexing(act_service *s)
{
    const act_reindex_controller_options o = { .broker = s->broker,
                                               .store = s->store,
                                               .registry = s->registry,
                                               .env = s->rules,
                                               .most = s->o.max_reindex_jobs,
                                               .alone = true, /* the directory is locked */
                                               .clock = s->o.clock,
                                               .random = act_random_system(),
                                               .log = s->o.log,
                                               .metrics = s->o.metrics };
    return act_reindex_controller_start(&o, &s->reindex);
}

static int start_servers(act_service *s, act_err *e)
{
    act_api_server_options api = {
        .services = { .broker = s->broker,
                      .store = s->store,
                      .registry = s->registry,
                      .ingester = s->ingester,
                      .rules = s->rules,
                      .filters = s->filters,
                      .cursors = s->cursors,
                      .limits = { s->o.max_query_window_ns, s->o.max_page_size,
                                  s->o.activity_list_window_ns, s->o.event_window_ns },
                      .clock = s->o.clock,
                      .random = act_random_system(),
                      .log = s->o.log,
                      .metrics = s->o.metrics },
        .authn = act_gate_authn(s->gate),
        .authz = act_gate_authz(s->gate),
        .address = s->o.listen,
        .tls = &s->credentials.server,
        .ask_client_cert = true,
        .version = s->o.version,
    };
    api.services.limits.request_timeout_ns = s->o.request_timeout_ns;
    api.services.limits.max_requests_per_user = s->o.max_requests_per_user;
    api.services.garbage_collected = act_gate_kubernetes(s->gate) != NULL;
    api.services.limits.query_time_ns = s->o.query_time_ns;
    api.services.limits.query_rows = s->o.query_rows;
    api.services.limits.query_memory_bytes = s->o.query_memory;
    api.services.limits.queries_per_scope = s->o.queries_per_scope;
    api.services.limits.max_watches_per_user = s->o.max_watches_per_user;
    int r = act_api_server_start(&api, &s->api, e);
    if (r)
        return r;
    act_collector_options collector = { .broker = s->broker,
                                        .address = s->o.ingest_listen,
                                        .tls =
                                            s->o.ingest_tls ? &s->credentials.server : NULL,
                                        .token_file = act_str_cstr(s->o.ingest_token_file),
                                        .clock = s->o.clock,
                                        .log = s->o.log,
                                        .metrics = s->o.metrics };
    return act_collector_start(&collector, &s->collector, e);
}

static int start_tail(act_service *s, act_err *e)
{
    char path[PATH_MAX];
    act_audit_tail_options tail = { .path = act_str_cstr(s->o.audit_log),
                                    .place_path = path_in(s, "audit-log.place", path),
                                    .broker = s->broker,
                                    .clock = s->o.clock,
                                    .log = s->o.log,
                                    .metrics = s->o.metrics };
    return s->o.audit_log ? act_audit_tail_start(&tail, &s->tail, e) : 0;
}

/* ---- addresses --------------------------------------------------------------------- */

/* Where to reach what listens on @a; a wildcard address is reached through loopback. */
static void make_url(const act_address *a, const char *scheme, char out[URL_MAX])
{
    char host[ACT_ADDRESS_TEXT_MAX];
    act_str text = act_str_from(host, act_address_format_host(a, host));
    bool any = act_str_eq_cstr(text, "0.0.0.0") || act_str_eq_cstr(text, "::") ||
               act_str_eq_cstr(text, "[::]");
    bool v6 = !any && act_str_find_byte(text, ':') != SIZE_MAX && text.ptr[0] != '[';
    (void)snprintf(out, URL_MAX, "%s://%s%.*s%s:%u", scheme, v6 ? "[" : "",
                   ACT_STR_ARG(any ? ACT_STR("127.0.0.1") : text), v6 ? "]" : "",
                   act_address_port(a));
}

static int write_addresses(act_service *s, act_err *e)
{
    char path[PATH_MAX], line[URL_MAX + 1];
    make_url(act_api_server_address(s->api), "https", s->api_url);
    make_url(act_collector_address(s->collector), s->o.ingest_tls ? "https" : "http",
             s->ingest_url);
    (void)snprintf(line, sizeof line, "%s\n", s->ingest_url);
    int r =
        act_file_replace(path_in(s, "ingest-url", path).ptr, act_str_cstr(line), 0644, e);
    return r ? r
             : act_credentials_kubeconfig(s->o.data_dir, &s->credentials,
                                          act_str_cstr(s->api_url), e);
}

static int follow_serving_cert(act_service *s)
{
    act_serving_cert_options o = serving_cert_of(&s->o);
    return o.cert_file ? act_serving_cert_follow(&o, &s->credentials, s->api,
                                                 s->o.ingest_tls ? s->collector : NULL,
                                                 act_str_cstr(s->api_url), &s->serving_cert)
                       : 0;
}

act_str act_service_api_url(const act_service *s)
{
    return act_str_cstr(s->api_url);
}

act_str act_service_ingest_url(const act_service *s)
{
    return act_str_cstr(s->ingest_url);
}

/* ---- life -------------------------------------------------------------------------- */

int act_service_start(const act_service_options *o, act_service **ret, act_err *reterr)
{
    ACT_AUTO(act_service) s = act_zalloc(1, sizeof *s);
    if (!s)
        return ACT_ENOMEM;
    s->o = *o;
    int r = open_credentials(s, reterr);
    if (!r)
        r = open_backends(s, reterr);
    if (!r)
        r = open_languages(s);
    if (!r)
        r = open_gate(s, reterr);
    if (!r)
        r = load_policies(s, reterr);
    if (!r)
        r = start_pipeline(s, reterr);
    if (!r)
        r = start_reindexing(s);
    if (!r)
        r = start_servers(s, reterr);
    if (!r)
        r = start_tail(s, reterr);
    if (!r)
        r = write_addresses(s, reterr);
    if (!r)
        r = follow_serving_cert(s);
    if (r)
        return r;
    *ret = s;
    s = NULL;
    return 0;
}

int act_service_drain(act_service *s, int64_t wait_ns)
{
    int64_t end = act_mono_ns(s->o.clock) + wait_ns;
    act_api_server_unready(s->api);
    act_audit_tail_free(s->tail);
    s->tail = NULL;
    act_reindex_controller_free(s->reindex); /* the next start goes on with its jobs */
    s->reindex = NULL;
    int r = act_collector_drain(s->collector, wait_ns);
    /* In the order of the flow: what the processor makes, the ingester stores. */
    int64_t left = end - act_mono_ns(s->o.clock);
    int through = act_processor_drain(s->processor, left > 0 ? left : 0);
    left = end - act_mono_ns(s->o.clock);
    int stored = act_ingester_drain(s->ingester, left > 0 ? left : 0);
    left = end - act_mono_ns(s->o.clock);
    int served = act_api_server_drain(s->api, left > 0 ? left : 0);
    return r ? r : through ? through : stored ? stored : served;
}

void act_service_free(act_service *s)
{
    if (!s)
        return;
    act_audit_tail_free(s->tail);
    act_serving_cert_free(s->serving_cert); /* its thread uses both servers */
    act_collector_free(s->collector);
    act_api_server_free(s->api);
    act_reindex_controller_free(s->reindex);
    act_processor_free(s->processor);
    act_ingester_free(s->ingester);
    act_policy_controller_free(s->controller);
    act_served_kinds_free(s->kinds);
    act_policy_source_free(s->policies);
    act_gate_free(s->gate);
    act_cursor_sealer_free(s->cursors);
    act_filter_env_free(s->filters);
    act_rule_env_free(s->rules);
    act_store_free(s->store);
    act_registry_free(s->registry);
    act_broker_free(s->broker);
    act_credentials_done(&s->credentials);
    act_dealloc(s);
}
