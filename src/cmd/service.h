/** @file
 *  The whole service in one process, on the embedded backends. */
#ifndef ACT_SERVICE_H
#define ACT_SERVICE_H

#include "base/metrics.h"
#include "cmd/gate.h"
#include "net/listen.h"

typedef struct {
    const char *data_dir;
    const char *policies;          /**< file or folder; NULL: none */
    const char *audit_log;         /**< file of a kube-apiserver to follow; NULL: none */
    const char *ingest_token_file; /**< has the collector's token; NULL: it needs none */
    const char *chdb;              /**< path of libchdb.so; NULL: found */
    act_gate_options gate;         /**< who may come in, and do what */
    act_address listen, ingest_listen;
    const char *tls_cert_file, *tls_key_file; /**< NULL: the data directory's */
    bool ingest_tls;      /**< the collector speaks TLS, by the same certificate */
    const act_str *names; /**< further names of the data directory's certificate */
    size_t n_names;
    int64_t max_query_window_ns;
    int64_t max_page_size;
    int64_t activity_list_window_ns;
    int64_t event_window_ns;
    uint64_t stream_bytes;     /**< kept of each stream */
    uint64_t store_memory;     /**< bytes of the engine; 0: its default */
    unsigned workers;          /**< of the processor, for each stream */
    unsigned max_reindex_jobs; /**< that run at once; 0: none */
    int64_t request_timeout_ns;
    unsigned max_requests_per_user; /**< that run at once; 0: any number */
    /* Of one question to the store, and of one tenant's at once; 0: any. */
    int64_t query_time_ns;
    uint64_t query_rows, query_memory;
    unsigned queries_per_scope;
    unsigned max_watches_per_user; /**< 0: any number */
    const char *version;
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
} act_service_options;

/** Owns every part. One thread starts and stops it. */
typedef struct act_service act_service;

/** Open the data directory and start all roles; ready on return. ACT_EIO, ACT_EINVAL,
 *  ACT_ECONFLICT (another process has the directory), ACT_ENOTFOUND (libchdb), ACT_ENOMEM;
 *  @reterr says which part and why. */
int act_service_start(const act_service_options *options, act_service **ret,
                      act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Stop: first nobody new is let in, then what was taken in goes its way to the end, so
 * that nothing is left unacknowledged. ACT_EAGAIN: not within @wait_ns; the rest is done by
 * the next start. */
int act_service_drain(act_service *s, int64_t wait_ns) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_service_free(act_service *s); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_service)

/** "https://127.0.0.1:8443" and "http://127.0.0.1:8080". */
act_str act_service_api_url(const act_service *s) ACT_NONNULL(1);
act_str act_service_ingest_url(const act_service *s) ACT_NONNULL(1);

#endif
