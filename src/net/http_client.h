/** @file
 *  HTTP requests to other services: pooled connections, bounded answers. */
#ifndef ACT_HTTP_CLIENT_H
#define ACT_HTTP_CLIENT_H

#include "base/buf.h"

#include <stdatomic.h>

/** Connections and TLS settings for calls to any number of hosts. Internally locked: calls
 *  may run on several threads at once, each on a connection of its own. */
typedef struct act_http_client act_http_client;

typedef struct {
    const char *ca_file; /**< PEM; NULL and ca_pem empty: the system's CAs */
    act_str ca_pem;      /**< instead of ca_file */
    act_str cert_pem;    /**< client certificate, with key_pem; empty: none */
    act_str key_pem;
    bool insecure;     /**< accept any certificate: tests, or asked for by a flag */
    unsigned max_idle; /**< handles (with their connections) kept between calls */
    const char *user_agent;
} act_http_client_options;

#define ACT_HTTP_CLIENT_OPTIONS_INIT                                                       \
    ((act_http_client_options){ .max_idle = 16, .user_agent = "activity" })

/** Strings are copied. ACT_ENOMEM, ACT_EIO. */
int act_http_client_new(const act_http_client_options *o, act_http_client **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** No call may be running. */
void act_http_client_free(act_http_client *c);
ACT_DEFINE_AUTO(act_http_client)

typedef struct {
    act_str name, value;
} act_http_header;

/** One call. Nothing is copied: all of it outlives the call. */
typedef struct {
    const char *method; /**< "GET" when NULL */
    const char *url;    /**< http or https */
    const act_http_header *headers;
    size_t header_count;
    act_str body; /**< sent with Content-Length when has_body, or when not empty */
    bool has_body;
    act_str bearer; /**< token; empty: none. Never sent to another host: no redirects */
    int64_t connect_timeout_ns;
    int64_t timeout_ns;      /**< of the whole call; 0: none (watches) */
    int64_t idle_timeout_ns; /**< no byte received that long; 0: none. Whole seconds. */
    size_t max_response_bytes;
    /** Given: called once, when the head of the answer has arrived (a watch is open then,
     *  though nothing may come for long). */
    void (*on_head)(void *ctx, int status);
    /** Given: the body of a 2xx answer goes here as it arrives instead of into the reply;
     *  return false to stop the call (ACT_ECLOSED). */
    bool (*on_chunk)(void *ctx, act_str chunk);
    void *ctx;                 /**< of both */
    const atomic_bool *cancel; /**< looked at at least every second; true: ACT_ECLOSED */
} act_http_call;

#define ACT_HTTP_CALL_INIT                                                                 \
    ((act_http_call){ .connect_timeout_ns = INT64_C(5000000000),                           \
                      .timeout_ns = INT64_C(60000000000),                                  \
                      .max_response_bytes = 64 << 20 })

/** An answer; the holder frees it with act_http_reply_done(). */
typedef struct {
    int status;
    act_buf body;
    act_buf headers; /**< "Name: value\r\n" lines */
} act_http_reply;

#define ACT_HTTP_REPLY_INIT ((act_http_reply){ .status = 0 })

void act_http_reply_done(act_http_reply *r) ACT_NONNULL(1);
/** Value of the first header @name of the answer; ptr is NULL when there is none. */
act_str act_http_reply_header(const act_http_reply *r, act_str name) ACT_NONNULL(1);

/** Do the call. ACT_OK for any complete answer, whatever its status. @ret must be empty (or
 *  from an earlier call: it is cleared first). ACT_EIO (cannot connect, TLS refused,
 * broken), ACT_EAGAIN (a timeout), ACT_ELIMIT (answer too large), ACT_ECLOSED (cancelled),
 *  ACT_ENOMEM, ACT_EINVAL (URL); detail in @e, without secrets. */
int act_http_client_call(act_http_client *c, const act_http_call *call, act_http_reply *ret,
                         act_err *e) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

#endif
