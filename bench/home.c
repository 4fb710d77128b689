#include "home.h"

#include "base/file.h"
#include "broker/broker_sqlite.h"
#include "pipeline/streams.h"
#include "registry/registry_sqlite.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

void home_check(int r, const char *what)
{
    if (!r)
        return;
    (void)fprintf(stderr, "%s: %s\n", what, act_strerror(r));
    exit(1);
}

act_str home_path(const home *h, const char *name, char out[128])
{
    return act_str_from(out, (size_t)snprintf(out, 128, "%s/%s", h->directory, name));
}

static void open_identity(home *h, const char *tokens)
{
    char path[128];
    act_tls_subject subject = { .common_name = ACT_STR("bench"),
                                .now_wall_ns = act_wall_ns(act_clock_system()),
                                .days = 1 };
    home_check(act_tls_make_ca(&subject, &h->ca, NULL), "CA");
    home_check(act_tls_make_server(&h->ca, &subject, &h->tls, NULL), "certificate");
    (void)home_path(h, "tokens", path);
    home_check(act_file_replace(path, act_str_cstr(tokens), 0600, NULL), "tokens");
    act_authn_options authn = { .token_file = path, .clock = act_clock_system() };
    home_check(act_authn_new(&authn, &h->authn, NULL), "authn");
    home_check(act_authz_new(&(act_authz_options){ 0 }, &h->authz), "authz");
}

void home_open(home *h, const char *tokens)
{
    char path[128];
    act_str secret = ACT_STR("0123456789abcdef0123456789abcdef");
    act_streams_limits limits = ACT_STREAMS_LIMITS_INIT;
    *h = (home){ .directory = "/tmp/act-bench-XXXXXX" };
    home_check(mkdtemp(h->directory) ? 0 : ACT_EIO, "folder");
    home_check(act_metrics_new(&h->metrics), "metrics");
    act_broker_sqlite_options broker = { .directory = home_path(h, "log", path),
                                         .clock = act_clock_system() };
    home_check(act_broker_sqlite_open(&broker, &h->broker, NULL), "broker");
    home_check(act_streams_ensure(h->broker, &limits, NULL), "streams");
    act_registry_sqlite_options registry = { .path = home_path(h, "registry", path),
                                             .clock = act_clock_system() };
    home_check(act_registry_sqlite_open(&registry, &h->registry, NULL), "registry");
    home_check(act_rule_env_new(&h->rules), "rules");
    home_check(act_filter_env_new(&h->filters), "filters");
    home_check(act_cursor_sealer_new(&secret, 1, &h->cursors), "cursors");
    open_identity(h, tokens);
}

uint16_t home_serve(home *h, act_store *store, act_ingester *ingester)
{
    act_api_server_options o = {
        .services = { .broker = h->broker,
                      .store = store,
                      .ingester = ingester,
                      .registry = h->registry,
                      .rules = h->rules,
                      .filters = h->filters,
                      .cursors = h->cursors,
                      .limits = { .max_page_size = 1000 },
                      .clock = act_clock_system(),
                      .random = act_random_system(),
                      .metrics = h->metrics },
        .authn = h->authn,
        .authz = h->authz,
        .tls = &h->tls,
        .version = "bench",
    };
    home_check(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL), "address");
    home_check(act_api_server_start(&o, &h->server, NULL), "server");
    return act_address_port(act_api_server_address(h->server));
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void home_remove(const char *directory)
{
    (void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void home_close(home *h)
{
    act_api_server_free(h->server);
    act_authn_free(h->authn);
    act_authz_free(h->authz);
    act_cursor_sealer_free(h->cursors);
    act_filter_env_free(h->filters);
    act_rule_env_free(h->rules);
    act_registry_free(h->registry);
    act_broker_free(h->broker);
    act_metrics_free(h->metrics);
    act_tls_pair_done(&h->ca);
    act_tls_pair_done(&h->tls);
    home_remove(h->directory);
}
