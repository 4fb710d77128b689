/** @file
 *  The collector: an HTTP port that takes audit events and Events into the log. */
#ifndef ACT_COLLECTOR_H
#define ACT_COLLECTOR_H

#include "broker/broker.h"
#include "net/http_server.h"

/* POST /audit   EventList or Event of audit.k8s.io/v1, as a kube-apiserver's webhook sends
 * POST /events  EventList, List or Event of v1 and events.k8s.io/v1
 * GET  /livez, /readyz and /healthz (the log answers), /metrics
 *
 * Bodies are JSON, plain or gzip. Answers, a Status object each:
 *
 *   200  the records are durable: {"accepted": 3, "skipped": 1, "refused": 0}
 *   400  no JSON, no such list, or a list in which every item is refused
 *   401  without the token; 405, 404; 413 too large; 415 another content type
 *   503  with Retry-After: the log cannot take them now; 429 the same for the port
 *
 * Why a list with some bad items gets a 200: the audit webhook of a kube-apiserver sends a
 * batch again after any other answer, whatever it says, and drops it whole after a few
 * tries. So the good ones are published, the bad ones become dead letters and are named in
 * "errors" (the first 20). A list of bad ones alone is no webhook's: its sender made a
 * mistake, and is told. Ids make every repetition harmless. */
typedef struct act_collector act_collector;

typedef struct {
    act_broker *broker;
    act_address address;
    const act_tls_pair *tls; /**< NULL: plain HTTP */
    act_str token_file;      /**< has the bearer token that POSTs need
                                  (pipeline/shared_token.h); empty: they need none */
    unsigned stages;         /**< of audit events that enter; 0: ACT_STAGES_DEFAULT */
    unsigned workers;        /**< 0: 4 */
    size_t max_body_bytes;   /**< 0: 32 MiB; the webhook's largest batch is 10 MiB */
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
} act_collector_options;

/** Listen and serve. The broker outlives it. ACT_EIO, ACT_ENOMEM; those of
 *  act_shared_token_new(). */
int act_collector_start(const act_collector_options *options, act_collector **ret,
                        act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
const act_address *act_collector_address(const act_collector *c) ACT_NONNULL(1);
/** As act_http_server_set_tls(): connections made from now on see @pair. */
int act_collector_set_tls(act_collector *c, const act_tls_pair *pair, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** No new requests; those in flight finish within @wait_ns, else ACT_EAGAIN. */
int act_collector_drain(act_collector *c, int64_t wait_ns) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_collector_free(act_collector *c); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_collector)

#endif
