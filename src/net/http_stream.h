/** @file
 *  A response body that other threads push into while the client reads: a watch. */
#ifndef ACT_HTTP_STREAM_H
#define ACT_HTTP_STREAM_H

#include "net/bytes.h"

/** Reference counted, internally locked. Costs no thread: the connection sleeps while there
 *  is nothing to send. */
typedef struct act_http_stream act_http_stream;

enum act_http_stream_end {
    ACT_HTTP_STREAM_ENDED, /**< act_http_stream_end(), everything was sent */
    ACT_HTTP_STREAM_GONE,  /**< the client hung up, or the connection broke */
    ACT_HTTP_STREAM_SLOW, /**< cut off: it took no bytes for the server's send_timeout_ns */
    ACT_HTTP_STREAM_DRAINED /**< the server stops; what was pending was sent if time allowed
                             */
};

typedef struct {
    size_t max_pending_bytes;  /**< pushed and not yet taken by the connection */
    size_t max_pending_chunks; /**< the same, counted */
    /** Room again after a push was refused with ACT_EAGAIN. Runs on a server thread with no
     *  lock held; must not block; may push. */
    void (*on_room)(void *ctx, act_http_stream *s);
    /** Exactly once, the last thing that happens: no other callback after it. As above;
     * pushes fail from here on. Also called when the response never got out. */
    void (*on_close)(void *ctx, act_http_stream *s, enum act_http_stream_end why);
    void *ctx;
} act_http_stream_options;

#define ACT_HTTP_STREAM_OPTIONS_INIT                                                       \
    ((act_http_stream_options){ .max_pending_bytes = 1 << 20, .max_pending_chunks = 1024 })

act_http_stream *act_http_stream_ref(act_http_stream *s) ACT_NONNULL(1);
/** NULL is a no-op. Always returns NULL. The stream goes on without references. */
act_http_stream *act_http_stream_unref(act_http_stream *s);

/** Queue @bytes (a reference is taken) to be sent after what was pushed before. A single
 *  chunk larger than max_pending_bytes is taken when nothing else is pending. ACT_EAGAIN:
 *  full, nothing was taken, on_room follows. ACT_ECLOSED: over. ACT_ENOMEM. Any thread. */
int act_http_stream_push(act_http_stream *s, act_bytes *bytes)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** As above with a copy of @text. */
int act_http_stream_push_text(act_http_stream *s, act_str text)
    ACT_NONNULL(1) ACT_MUST_CHECK;

/** Send what is pending, then the last chunk. Further pushes give ACT_ECLOSED. Any thread;
 *  again is a no-op. */
void act_http_stream_end(act_http_stream *s) ACT_NONNULL(1);

/** Bytes pushed and not yet taken by the connection. */
size_t act_http_stream_pending(act_http_stream *s) ACT_NONNULL(1);

#endif
