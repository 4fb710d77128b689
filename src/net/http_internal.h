/** @file
 *  What the sources of the HTTP server share. Not for other modules.
 *
 *  Threads: I/O threads belong to libmicrohttpd and run the callbacks of http_conn.c;
 * workers run handlers; one sweeper enforces times and notices clients that hung up.
 *
 *  Locks, in the order in which they may be taken: server->lock, stream->lock, the
 * library's. A connection's request belongs to the I/O thread, to a worker while it is
 * suspended for the handler, and to the I/O thread again after MHD_resume_connection(). */
#ifndef ACT_HTTP_INTERNAL_H
#define ACT_HTTP_INTERNAL_H

#include "base/queue.h"
#include "base/thread.h"
#include "net/http_peers.h"
#include "net/http_server.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>

/** What a connection is doing, which decides its deadline. */
enum act_http_phase {
    ACT_PHASE_NEW,     /**< handshake, first request line */
    ACT_PHASE_IDLE,    /**< between requests */
    ACT_PHASE_HEADERS, /**< request line is there, headers are not */
    ACT_PHASE_BODY,
    ACT_PHASE_HANDLER, /**< suspended; a worker has the request */
    ACT_PHASE_SENDING, /**< a response of known size */
    ACT_PHASE_STREAM,
};

/** One socket. Made and freed on its I/O thread, under server->lock; while it is linked its
 *  descriptor is open, so the sweeper may shut it down. */
typedef struct act_http_conn {
    act_http_server *server;
    struct act_http_conn *next, *prev;
    int fd;
    bool counted; /**< in server->peers */
    act_address peer;
    gnutls_session_t session; /**< NULL: plain */
    act_arena *cert_arena;    /**< of cert; NULL until asked for */
    act_tls_peer cert;
    bool has_cert;

    /* Written by whoever has the connection, read by the sweeper. since is written before
     * phase (release), so an old phase may meet a new time (harmless) but never the
     * reverse. */
    atomic_int phase;
    _Atomic int64_t since_mono_ns;
    act_http_stream *stream; /**< under server->lock; counted by its request */
    /* The sweeper's own. */
    uint64_t acked;
    int64_t acked_mono_ns;
} act_http_conn;

enum act_http_counter {
    ACT_HTTP_REFUSED_MALFORMED,
    ACT_HTTP_REFUSED_ROUTE,
    ACT_HTTP_REFUSED_HEADERS,
    ACT_HTTP_REFUSED_BODY,
    ACT_HTTP_REFUSED_ENCODING,
    ACT_HTTP_REFUSED_QUEUE,
    ACT_HTTP_REFUSED_MEMORY,
    ACT_HTTP_REFUSED_STOPPING,
    ACT_HTTP_REFUSED_STREAMS,
    ACT_HTTP_REFUSED_OWNER,
    ACT_HTTP_REFUSED_CONNECTIONS,
    ACT_HTTP_REFUSED_PER_IP,
    ACT_HTTP_TIMEOUT_HEADER,
    ACT_HTTP_TIMEOUT_BODY,
    ACT_HTTP_TIMEOUT_IDLE,
    ACT_HTTP_TIMEOUT_SEND,
    ACT_HTTP_COUNTERS
};

struct act_http_server {
    act_http_server_options o; /**< o.tls is NULL once started */
    act_http_callbacks c;
    bool tls;
    act_address bound;
    int listen_fd; /**< the daemon's to close, while it has one that was not quiesced */
    bool quiesced;
    struct MHD_Daemon *daemon;

    pthread_mutex_t lock;
    pthread_cond_t conn_closed;
    act_http_conn *conns;
    unsigned conn_count;
    act_http_peers *peers;
    act_http_peers *owners;   /**< of open streams */
    act_http_stream *streams; /**< open ones, each holding a reference */
    unsigned stream_count;
    act_http_stream *graveyard;           /**< see http_sweep.c */
    struct act_http_identity *identities; /**< newest first; kept until the end */

    act_queue *queue, *urgent;
    pthread_t *threads;
    unsigned thread_count;
    pthread_t sweeper;
    bool sweeper_runs;
    int epoll_fd; /**< the sweeper's: streams whose client may hang up */
    int wake_fd;

    atomic_bool draining;
    atomic_bool stopping;
    _Atomic size_t buffered_bytes;

    act_counter *counters[ACT_HTTP_COUNTERS];
    act_counter *received, *sent;
    act_gauge *g_connections, *g_streams, *g_queue, *g_running;
    act_histogram *seconds;
};

typedef struct act_http_header_node {
    struct act_http_header_node *next;
    const char *name;
    const char *value;
} act_http_header_node;

struct act_http_response {
    act_http_request *req;
    int status;
    int err; /**< first failure; becomes a 500 */
    act_http_header_node *headers, **last;
    act_buf body;
    act_http_stream *stream; /**< one reference */
};

enum act_http_step {
    ACT_STEP_NEW,      /**< request line is there */
    ACT_STEP_BODY,     /**< headers are there; body is collected */
    ACT_STEP_DISCARD,  /**< already refused; body is thrown away */
    ACT_STEP_HANDLER,  /**< suspended */
    ACT_STEP_ANSWERED, /**< reply is ready to be queued */
    ACT_STEP_SENT,
};

struct act_http_request {
    act_http_server *server;
    act_http_conn *conn;
    struct MHD_Connection *mhd;
    enum act_http_step step;
    act_arena *arena; /**< NULL before the headers and after the handler */
    act_str target;   /**< heap copy of path and query */
    act_str path, raw_query;
    const char *method; /**< in the connection's memory */
    const act_str *segments;
    size_t segment_count;
    const act_url_param *params;
    size_t param_count;
    act_http_route route;
    act_buf body;
    uint64_t received; /**< body bytes seen */
    bool gzip;
    size_t held; /**< its share of server->buffered_bytes */
    int64_t start_mono_ns;
    int refused;         /**< status of a refusal, 0: none */
    const char *refusal; /**< its text, static */
    act_http_response res;
    struct MHD_Response *reply; /**< built; NULL once queued */
    int status;                 /**< of reply */
    uint64_t reply_bytes;       /**< body size, when known */
    act_http_stream *stream;    /**< moved from res; one reference */
    act_http_peer owner;        /**< of its stream, when has_owner */
    bool has_owner;
    bool owned; /**< the stream is counted in server->owners */
};

struct act_http_stream {
    atomic_uint refs;
    act_http_server *server;
    act_http_stream_options o;
    pthread_mutex_t lock;
    struct MHD_Connection *mhd; /**< NULL when over */
    bool suspended;
    bool ended;      /**< no more pushes */
    bool broken;     /**< cut off: the reader fails */
    bool fails_next; /**< broken, and it may be told at the next read */
    bool finished;   /**< the library was told that all is sent */
    bool closed;     /**< on_close was called */
    bool want_room;  /**< a push was refused */
    bool watched;    /**< in the sweeper's epoll set */
    enum act_http_stream_end why;
    struct act_http_chunk *head, **tail;
    size_t head_offset;
    size_t pending_bytes, pending_chunks;
    uint64_t sent_bytes;
    atomic_bool unacked; /**< something was handed to the connection since the last look */
    act_http_stream *next, *prev; /**< server->streams or graveyard; server->lock */
};

/* http_server.c */
void act_http_count(act_http_server *s, enum act_http_counter which);
/** Give the request to the workers. ACT_EAGAIN: the queue is full. ACT_ECLOSED. */
int act_http_dispatch(act_http_request *r);
/** Credentials that new connections use now. */
gnutls_certificate_credentials_t act_http_credentials(act_http_server *s);

/* http_conn.c */
/** Start the library's daemon on s->listen_fd. ACT_EIO. */
int act_http_daemon_start(act_http_server *s, act_err *e);
void act_http_conn_phase(act_http_conn *c, enum act_http_phase phase);

/* http_message.c */
void act_http_response_init(act_http_request *r);
/** Turn r->res into r->reply (a bare 500 when that fails; NULL when even that does). */
void act_http_response_build(act_http_request *r);
/** Let the callbacks word r->refused into r->res. */
void act_http_response_refuse(act_http_request *r);
/** Free what only handlers need: arena, body, parts of res. */
void act_http_request_release(act_http_request *r);

/* http_stream.c */
struct MHD_Response *act_http_stream_reply(act_http_stream *s);
/** The response is over (sent, broken or never begun): calls on_close once. */
void act_http_stream_close(act_http_stream *s, enum act_http_stream_end why);
/** As act_http_stream_end(), told to the owner as DRAINED. */
void act_http_stream_drain(act_http_stream *s);
/** Make the reader fail, whatever is pending. */
void act_http_stream_break(act_http_stream *s, enum act_http_stream_end why);

/* http_sweep.c */
int act_http_sweep_start(act_http_server *s, act_err *e);
void act_http_sweep_stop(act_http_server *s);
/** Wake the sweeper for a round. */
void act_http_sweep_now(act_http_server *s);
/** Watch the client's end of the stream's socket from now on. */
void act_http_sweep_watch(act_http_server *s, act_http_stream *stream, int fd);
/** Stop that. Call with server->lock held, before the socket is closed. */
void act_http_sweep_unwatch_locked(act_http_server *s, act_http_stream *stream, int fd);

#endif
