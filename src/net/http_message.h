/** @file
 *  One HTTP exchange as a handler sees it: the request, and the response it fills. */
#ifndef ACT_HTTP_MESSAGE_H
#define ACT_HTTP_MESSAGE_H

#include "net/bytes.h"
#include "net/http_stream.h"
#include "net/listen.h"
#include "net/tls.h"
#include "net/url.h"

/** A received request. Everything it gives lives until the handler returns. One thread. */
typedef struct act_http_request act_http_request;

act_str act_http_request_method(const act_http_request *r) ACT_NONNULL(1);
/** The path as it was sent (still percent-coded, without query): "/apis/x%2Fy". */
act_str act_http_request_path(const act_http_request *r) ACT_NONNULL(1);
/** Decoded path segments, *ret_n of them (act_url_segments()). */
const act_str *act_http_request_segments(const act_http_request *r, size_t *ret_n)
    ACT_NONNULL(1, 2);
/** Decoded query parameters in order, repeated names kept. */
const act_url_param *act_http_request_params(const act_http_request *r, size_t *ret_n)
    ACT_NONNULL(1, 2);
/** First value of parameter @name; ptr is NULL when there is none. */
act_str act_http_request_param(const act_http_request *r, act_str name) ACT_NONNULL(1);

/** First value of header @name (any case); ptr is NULL when there is none. */
act_str act_http_request_header(const act_http_request *r, const char *name)
    ACT_NONNULL(1, 2);
/** Calls @fn for every header in order until it returns false. */
void act_http_request_each_header(const act_http_request *r,
                                  bool (*fn)(void *ctx, act_str name, act_str value),
                                  void *ctx) ACT_NONNULL(1, 2);
/** The token of "Authorization: Bearer TOKEN"; ptr is NULL when there is none. Secret. */
act_str act_http_request_bearer(const act_http_request *r) ACT_NONNULL(1);

/** The whole body, its Content-Encoding already undone. */
act_str act_http_request_body(const act_http_request *r) ACT_NONNULL(1);
/** Memory of this request, freed after the handler returned. */
act_arena *act_http_request_arena(const act_http_request *r) ACT_NONNULL(1);

const act_address *act_http_request_peer(const act_http_request *r) ACT_NONNULL(1);
/** The certificate that the client showed, NULL when it showed none. The handshake proved
 *  that it has the key; whether anybody trusts the certificate is for the caller to say
 *  with act_tls_pool_verify(). */
const act_tls_peer *act_http_request_client_cert(act_http_request *r) ACT_NONNULL(1);

/** True when the client has hung up: a long query may stop. Costs a system call. */
bool act_http_request_is_gone(const act_http_request *r) ACT_NONNULL(1);
/** A stream that answers this request counts as one of @owner (max_streams_per_owner).
 *  Without this call it is nobody's. */
void act_http_request_owner(act_http_request *r, act_str owner) ACT_NONNULL(1);
/** Steady time at which the headers were complete. */
int64_t act_http_request_start_mono_ns(const act_http_request *r) ACT_NONNULL(1);

/** A response being filled. Failures stick (memory, a header with control characters) and
 *  become a 500 when the handler returns. One thread. */
typedef struct act_http_response act_http_response;

/** Set the status (100 < @status < 600). A response whose status was never set is a 500. */
void act_http_response_status(act_http_response *r, int status) ACT_NONNULL(1);
/** Add a header; both are copied. Content-Length, Transfer-Encoding, Connection and Date
 *  are the server's. */
void act_http_response_header(act_http_response *r, const char *name, act_str value)
    ACT_NONNULL(1, 2);
/** The body is the content of @body, whose memory moves (the buffer is empty afterwards;
 *  its own failure state sticks to the response). */
void act_http_response_body(act_http_response *r, const char *content_type, act_buf *body)
    ACT_NONNULL(1, 2, 3);
/** The body is a copy of @text. */
void act_http_response_text(act_http_response *r, const char *content_type, act_str text)
    ACT_NONNULL(1, 2);
/** The body is what will be pushed into *ret, from any thread, from now on (see
 *  http_stream.h). The caller gets a reference. ACT_ENOMEM; ACT_ELIMIT past the server's
 *  max_streams or the owner's share of them (answer 429); ACT_ECLOSED while the server
 * drains (answer 503). */
int act_http_response_stream(act_http_response *r, const char *content_type,
                             const act_http_stream_options *options, act_http_stream **ret)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;
/** The status set so far; 0 when none. */
int act_http_response_get_status(const act_http_response *r) ACT_NONNULL(1);

#endif
