/** @file
 *  An HTTP/1.1 server on one address: bounded in everything, blocking handlers on workers.
 */
#ifndef ACT_HTTP_SERVER_H
#define ACT_HTTP_SERVER_H

#include "base/log.h"
#include "base/metrics.h"
#include "net/http_message.h"

/** I/O threads collect requests and send responses; workers run handlers:
 *
 *   socket -> [I/O: TLS, headers, body, gunzip] -> queue -> [worker: handler] -> [I/O:
 * send] 413 415 431 400         429 when full
 *
 *  Internally locked. */
typedef struct act_http_server act_http_server;

/** How one request is received, decided when its headers are there. */
typedef struct {
    size_t max_body_bytes; /**< as sent, and again after Content-Encoding is undone */
    bool urgent; /**< health and metrics: runs on a worker of its own, past a full queue */
    /** Not 0: the request is refused with this status and @text (static), and nothing of
     * its body is kept: for who has no right to our memory. */
    int status;
    const char *text;
} act_http_route;

typedef struct {
    /** Runs on a worker and may block; fills @res before it returns. Required. */
    void (*handle)(void *ctx, act_http_request *req, act_http_response *res);
    /** Runs on an I/O thread, must not block; changes *route, which has the defaults. The
     *  request has no body yet. NULL: the defaults. */
    void (*route)(void *ctx, const act_http_request *req, act_http_route *route);
    /** Words a refusal that was decided before the handler: 400 (path, query or coding not
     *  well formed), 413, 415, 429, 431, 503 (stopping), or what the route says. @res has
     * status @status and Retry-After already; fill the body. @text is a sentence for
     * humans. Runs on an I/O thread or a worker, must not block. NULL: text/plain.
     * (Requests that are not HTTP at all, or whose headers overflow the whole connection
     * buffer, get the library's own 400 or 431; a client that is too slow to send its
     * request is disconnected without an answer.) */
    void (*refuse)(void *ctx, const act_http_request *req, int status, act_str text,
                   act_http_response *res);
    void *ctx;
} act_http_callbacks;

typedef struct {
    act_address address;      /**< port 0: see act_http_server_address() */
    const act_tls_pair *tls;  /**< NULL: plain HTTP. Copied. */
    bool ask_client_cert;     /**< with TLS: request a certificate, do not require one */
    unsigned io_threads;      /**< each serves its share of the connections */
    unsigned workers;         /**< handlers that run at once */
    unsigned queue_limit;     /**< requests that wait for a worker; past it 429 */
    unsigned retry_after_s;   /**< of that 429 */
    unsigned max_connections; /**< further ones are closed at once */
    unsigned max_connections_per_ip; /**< 0: no limit */
    unsigned max_streams;            /**< open streamed responses */
    /** The same of one act_http_request_owner(). 0: no limit. */
    unsigned max_streams_per_owner;
    /** Request line and headers; past it 431. An idle watcher keeps about as much memory.
     */
    size_t max_header_bytes;
    size_t max_body_bytes; /**< default of act_http_route */
    /** A body that is too large is read on to here and thrown away, so that its sender sees
     *  the 413; past it the connection is closed. */
    size_t max_discard_bytes;
    size_t max_buffered_bytes; /**< bodies of all requests together; past it 429 */
    size_t max_arena_bytes;    /**< of act_http_request_arena() */
    int64_t header_timeout_ns; /**< connect (with TLS handshake) to headers complete */
    int64_t body_timeout_ns;   /**< headers to body complete */
    int64_t idle_timeout_ns;   /**< between two requests of a connection */
    int64_t send_timeout_ns;   /**< client acknowledges nothing while there is something */
    act_clock clock;
    act_log *log;         /**< access log; NULL: none */
    act_metrics *metrics; /**< activity_http_*; NULL: none */
    const char *name;     /**< label "server" of metrics and log lines: "api" */
} act_http_server_options;

#define ACT_HTTP_SERVER_OPTIONS_INIT                                                       \
    ((act_http_server_options){ .io_threads = 2,                                           \
                                .workers = 16,                                             \
                                .queue_limit = 256,                                        \
                                .retry_after_s = 1,                                        \
                                .max_connections = 20000,                                  \
                                .max_streams = 12000,                                      \
                                .max_header_bytes = 24 << 10,                              \
                                .max_body_bytes = 3 << 20,                                 \
                                .max_discard_bytes = 16 << 20,                             \
                                .max_buffered_bytes = 256 << 20,                           \
                                .max_arena_bytes = 64 << 20,                               \
                                .header_timeout_ns = 15 * ACT_NS_PER_S,                    \
                                .body_timeout_ns = 60 * ACT_NS_PER_S,                      \
                                .idle_timeout_ns = 90 * ACT_NS_PER_S,                      \
                                .send_timeout_ns = 30 * ACT_NS_PER_S,                      \
                                .clock = act_clock_system(),                               \
                                .name = "http" })

/** Listen and serve. Strings and callbacks' ctx stay the caller's and outlive the server.
 *  ACT_EINVAL, ACT_ENOMEM, ACT_EIO (address taken, bad TLS material); detail in @e. */
int act_http_server_start(const act_http_server_options *o, const act_http_callbacks *c,
                          act_http_server **ret, act_err *e)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** Where it listens, with the real port. */
const act_address *act_http_server_address(const act_http_server *s) ACT_NONNULL(1);

/** New connections get @pair from now on; open ones keep theirs. ACT_EINVAL (plain server),
 *  ACT_EPARSE, ACT_ENOMEM: the old pair stays. Any thread. */
int act_http_server_set_tls(act_http_server *s, const act_tls_pair *pair, act_err *e)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** Stop gracefully: no new connections; idle ones close; requests in flight finish; streams
 *  send what is pending and end. ACT_OK when all of that happened within @wait_ns; else
 *  ACT_EAGAIN: what was left is cut off by act_http_server_free(). */
int act_http_server_drain(act_http_server *s, int64_t wait_ns)
    ACT_NONNULL(1) ACT_MUST_CHECK;

/** Cuts off what is still open, waits for handlers that run, frees. NULL is a no-op. Not
 * from a handler or callback. */
void act_http_server_free(act_http_server *s);
ACT_DEFINE_AUTO(act_http_server)

#endif
