#include "cmd/command.h"
#include "cmd/options.h"
#include "cmd/service.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

enum { NAMES_MAX = 32 };

static act_address address_of(const act_args *args, const char *name)
{
    act_address a = { .len = 0 };
    int r = act_address_parse(act_str_cstr(act_args_text(args, name)), &a, NULL);
    assert(r == 0); /* checked when it was read */
    (void)r;
    return a;
}

static act_service_options options_of(const act_cli *cli, const act_args *args,
                                      act_str names[NAMES_MAX])
{
    act_service_options o = {
        .data_dir = act_args_text(args, "data-dir"),
        .policies = act_args_text(args, "policies"),
        .audit_log = act_args_text(args, "audit-log-file"),
        .ingest_token_file = act_args_text(args, "ingest-token-file"),
        .chdb = act_args_text(args, "chdb"),
        .listen = address_of(args, "listen"),
        .ingest_listen = address_of(args, "ingest-listen"),
        .tls_cert_file = act_args_text(args, "tls-cert-file"),
        .tls_key_file = act_args_text(args, "tls-private-key-file"),
        .ingest_tls = act_args_switch(args, "ingest-tls"),
        .names = names,
        .max_query_window_ns = act_args_duration(args, "max-query-window"),
        .max_page_size = act_args_count(args, "max-page-size"),
        .activity_list_window_ns = act_args_duration(args, "activity-list-window"),
        .event_window_ns = act_args_duration(args, "event-window"),
        .stream_bytes = act_args_size(args, "stream-bytes"),
        .store_memory = act_args_size(args, "store-memory"),
        .workers = act_args_count(args, "workers"),
        .max_reindex_jobs = act_args_count(args, "max-concurrent-reindex-jobs"),
        .request_timeout_ns = act_args_duration(args, "request-timeout"),
        .max_requests_per_user = act_args_count(args, "max-requests-per-user"),
        .max_watches_per_user = act_args_count(args, "max-watches-per-user"),
        .query_time_ns = act_args_duration(args, "query-max-time"),
        .query_rows = act_args_number(args, "query-max-rows"),
        .query_memory = act_args_size(args, "query-max-memory"),
        .queries_per_scope = act_args_count(args, "queries-per-scope"),
        .version = ACT_VERSION,
        .clock = cli->clock,
    };
    const char *name;
    while (o.n_names < NAMES_MAX && (name = act_args_list(args, "tls-san", o.n_names)))
        names[o.n_names++] = act_str_cstr(name);
    return o;
}

/* Wait for SIGTERM or SIGINT. */
static int wait_for_signal(void)
{
    sigset_t set;
    int got = 0;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    while (sigwait(&set, &got) != 0) {
    }
    return got;
}

static void block_signals(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static int serve(const act_service_options *o, int64_t drain_ns)
{
    act_service *service = NULL;
    act_err e = ACT_ERR_INIT;
    int64_t start = act_mono_ns(o->clock);
    int r = act_service_start(o, &service, &e);
    if (r) {
        act_error(o->log, "the service cannot start",
                  ACT_F_CSTR("error", e.text[0] ? e.text : act_strerror(r)));
        return ACT_EXIT_FAILED;
    }
    act_info(o->log, "ready", ACT_F_STR("api", act_service_api_url(service)),
             ACT_F_STR("collector", act_service_ingest_url(service)),
             ACT_F_I64("start_ms", (act_mono_ns(o->clock) - start) / ACT_NS_PER_MS));
    int got = wait_for_signal();
    act_info(o->log, "stopping", ACT_F_CSTR("signal", strsignal(got)));
    r = act_service_drain(service, drain_ns);
    if (r)
        act_warn(o->log, "stopped with work left; the next start goes on with it",
                 ACT_F_ERR(r));
    act_service_free(service);
    act_info(o->log, "stopped", ACT_F_BOOL("drained", r == 0));
    return ACT_EXIT_OK;
}

static int run(const act_cli *cli, const act_args *args)
{
    act_log *log = NULL;
    act_metrics *metrics = NULL;
    act_str names[NAMES_MAX];
    act_service_options o = options_of(cli, args, names);
    int status = ACT_EXIT_FAILED;
    block_signals();
    if (!o.data_dir) {
        (void)fprintf(cli->err, "activity serve: --data-dir DIR is missing\n");
        return ACT_EXIT_USAGE;
    }
    if (!o.tls_cert_file != !o.tls_key_file) {
        (void)fprintf(cli->err,
                      "activity serve: --tls-cert-file and --tls-private-key-file "
                      "go together\n");
        return ACT_EXIT_USAGE;
    }
    act_err e = ACT_ERR_INIT;
    if (act_gate_options_of(args, &o.gate, &e)) {
        (void)fprintf(cli->err, "activity serve: %s\n", e.text);
        return ACT_EXIT_USAGE;
    }
    enum act_log_level level =
        act_args_switch(args, "debug") ? ACT_LOG_DEBUG : ACT_LOG_INFO;
    if (act_log_new(STDERR_FILENO, level, cli->clock, &log) || act_metrics_new(&metrics)) {
        (void)fprintf(cli->err, "activity serve: %s\n", act_strerror(ACT_ENOMEM));
    } else {
        o.log = log;
        o.metrics = metrics;
        status = serve(&o, act_args_duration(args, "drain"));
    }
    act_metrics_free(metrics);
    act_log_free(log);
    return status;
}

static const act_option options[] = {
    { "data-dir", ACT_OPTION_TEXT, "DIR", NULL,
      "where everything is kept; made when missing (required)" },
    { "listen", ACT_OPTION_ADDRESS, "ADDRESS", "127.0.0.1:8443",
      "where the API is served (HTTPS)" },
    { "ingest-listen", ACT_OPTION_ADDRESS, "ADDRESS", "127.0.0.1:8080",
      "where the collector takes records (HTTP, unless --ingest-tls)" },
    { "ingest-tls", ACT_OPTION_SWITCH, NULL, NULL,
      "take records over HTTPS, with the certificate of --listen; a kube-apiserver sends "
      "its webhook's token over HTTPS only" },
    { "ingest-token-file", ACT_OPTION_TEXT, "FILE", NULL,
      "bearer token that records on --ingest-listen need; read again when replaced" },
    { "policies", ACT_OPTION_TEXT, "PATH", NULL,
      "file or folder of ActivityPolicies to create or update at start" },
    { "audit-log-file", ACT_OPTION_TEXT, "FILE", NULL,
      "audit log of a kube-apiserver to follow, through its rotations" },
    { "token-auth-file", ACT_OPTION_TEXT, "FILE", NULL,
      "static tokens, token,user,uid,\"groups\",extras; instead of DIR/tokens.csv; read "
      "again when replaced" },
    { "role-file", ACT_OPTION_TEXT, "FILE", NULL,
      "YAML of roles: which groups and users may do what, read again when replaced; "
      "without it, system:masters, activity:editors and activity:viewers have their "
      "defaults" },
    { "anonymous-auth", ACT_OPTION_SWITCH, NULL, NULL,
      "take requests without credentials as system:anonymous; else they get 401" },
    { "client-ca-file", ACT_OPTION_TEXT, "FILE", NULL,
      "further CAs of client certificates (CN is the user, each O a group); read again "
      "when "
      "replaced" },
    { "authentication-kubeconfig", ACT_OPTION_TEXT, "FILE", NULL,
      "kube-apiserver that knows bearer tokens (TokenReview) and the CAs of clients and "
      "front proxies; in-cluster for that of the pod" },
    { "authentication-skip-lookup", ACT_OPTION_SWITCH, NULL, NULL,
      "do not follow its kube-system/extension-apiserver-authentication" },
    { "authentication-tolerate-lookup-failure", ACT_OPTION_SWITCH, NULL, NULL,
      "start although that cannot be read yet" },
    { "authorization-kubeconfig", ACT_OPTION_TEXT, "FILE", NULL,
      "kube-apiserver that says what users may do (SubjectAccessReview); in-cluster for "
      "that of the pod; roles then count only with --role-file" },
    { "authorization-always-allow-paths", ACT_OPTION_LIST, "PATH", NULL,
      "path that every user may get, a last * matches the rest; without it, /healthz, "
      "/livez and /readyz" },
    { "requestheader-client-ca-file", ACT_OPTION_TEXT, "FILE", NULL,
      "CAs of front proxies, whose headers name users; instead of the ones looked up; read "
      "again when replaced" },
    { "requestheader-allowed-names", ACT_OPTION_LIST, "NAME", NULL,
      "name (CN) that a front proxy may have; without it, any" },
    { "requestheader-username-headers", ACT_OPTION_LIST, "NAME", NULL,
      "header with the user's name; without it, X-Remote-User" },
    { "requestheader-uid-headers", ACT_OPTION_LIST, "NAME", NULL,
      "header with the user's uid; without it, X-Remote-Uid" },
    { "requestheader-group-headers", ACT_OPTION_LIST, "NAME", NULL,
      "header with a group of the user; without it, X-Remote-Group" },
    { "requestheader-extra-headers-prefix", ACT_OPTION_LIST, "PREFIX", NULL,
      "what headers with the user's extras begin with; without it, X-Remote-Extra-" },
    { "tls-cert-file", ACT_OPTION_TEXT, "FILE", NULL,
      "certificate of the servers and its chain; read again when replaced; instead of "
      "one from the data directory" },
    { "tls-private-key-file", ACT_OPTION_TEXT, "FILE", NULL, "its key" },
    { "tls-san", ACT_OPTION_LIST, "NAME", NULL,
      "further DNS name or address of the data directory's server certificate" },
    { "max-query-window", ACT_OPTION_DURATION, "TIME", "720h",
      "longest time range of a query; 0 for any" },
    { "max-page-size", ACT_OPTION_NUMBER, "N", "1000", "most records of a page" },
    { "query-max-time", ACT_OPTION_DURATION, "TIME", "30s",
      "longest that a question may take in the store; 0 for any" },
    { "query-max-rows", ACT_OPTION_NUMBER, "N", "1000000000",
      "most rows that a question may read; 0 for any" },
    { "query-max-memory", ACT_OPTION_SIZE, "SIZE", "1Gi",
      "most memory of the engine for one question; 0 for any" },
    { "queries-per-scope", ACT_OPTION_NUMBER, "N", "8",
      "questions of one tenant (or of the platform) that run at once; 0 for any number" },
    { "activity-list-window", ACT_OPTION_DURATION, "TIME", "0",
      "how far back kubectl get activities looks; 0 for everything" },
    { "event-window", ACT_OPTION_DURATION, "TIME", "0",
      "how long the Events APIs have an Event after it was last seen; 0 for ever" },
    { "stream-bytes", ACT_OPTION_SIZE, "BYTES", "1Gi",
      "how much of each stream of the log is kept" },
    { "store-memory", ACT_OPTION_SIZE, "BYTES", "0",
      "most memory of the store's engine; 0 for its own default" },
    { "workers", ACT_OPTION_NUMBER, "N", "1", "threads that translate, for each stream" },
    { "max-concurrent-reindex-jobs", ACT_OPTION_NUMBER, "N", "1",
      "ReindexJobs that run at once, others wait for their turn; at most 64, 0 for none" },
    { "request-timeout", ACT_OPTION_DURATION, "TIME", "60s",
      "how long a request may take, watches apart; creates and changes at most 34s" },
    { "max-requests-per-user", ACT_OPTION_NUMBER, "N", "12",
      "requests of one user that run at once, of 16 in all; system:masters and 0: any" },
    { "max-watches-per-user", ACT_OPTION_NUMBER, "N", "1000",
      "open watches of one user, of 12000 in all; system:masters and 0: any" },
    { "drain", ACT_OPTION_DURATION, "TIME", "30s",
      "how long a stop waits for what was taken in to be stored" },
    { "chdb", ACT_OPTION_TEXT, "FILE", NULL, "libchdb.so, when it is not found by itself" },
    { "debug", ACT_OPTION_SWITCH, NULL, NULL, "log more" },
};

const act_command act_command_serve = {
    .name = "serve",
    .operands = "",
    .summary = "Run the whole service in one process.",
    .description =
        "Takes records in on --ingest-listen, stores and translates them, and serves the "
        "API "
        "on --listen. The first start makes a CA, a server certificate and an admin token "
        "in "
        "the data directory; DIR/kubeconfig is ready for kubectl at every start, and "
        "DIR/ingest-url says where the collector listens.\n\n"
        "SIGTERM and SIGINT stop it: nothing new is taken in, and what was taken in is "
        "stored "
        "before it ends. The log goes to the standard error as JSON lines.",
    .options = options,
    .n_options = ACT_COUNT(options),
    .examples = { { "activity serve --data-dir /var/lib/activity --policies "
                    "examples/policies",
                    "Run with the example policies" } },
    .run = run,
};
