/* A server's life: start, workers, renewal of its certificate, drain, end. */
#include "net/http_internal.h"

#include "base/alloc.h"
#include "net/gzip.h"
#include "net/tls_internal.h"

#include <unistd.h>

enum { BACKLOG = 1024, URGENT_QUEUE_LIMIT = 64, IO_THREADS_MAX = 64, WORKERS_MAX = 1024 };

/** Credentials made from one certificate. Connections may still use older ones, so all stay
 *  until the server ends; renewals are months apart. */
typedef struct act_http_identity {
    struct act_http_identity *next;
    gnutls_certificate_credentials_t credentials;
} act_http_identity;

/* --- metrics ------------------------------------------------------------------------- */

static void find_metrics(act_http_server *s)
{
    static const struct {
        const char *name, *help, *label, *value;
    } list[] = {
#define REFUSED "activity_http_refused_total", "Requests and connections refused", "reason"
#define TIMEOUT "activity_http_timeouts_total", "Connections cut off as too slow", "phase"
        [ACT_HTTP_REFUSED_MALFORMED] = { REFUSED, "malformed" },
        [ACT_HTTP_REFUSED_ROUTE] = { REFUSED, "route" },
        [ACT_HTTP_REFUSED_HEADERS] = { REFUSED, "headers_too_large" },
        [ACT_HTTP_REFUSED_BODY] = { REFUSED, "body_too_large" },
        [ACT_HTTP_REFUSED_ENCODING] = { REFUSED, "encoding" },
        [ACT_HTTP_REFUSED_QUEUE] = { REFUSED, "queue_full" },
        [ACT_HTTP_REFUSED_MEMORY] = { REFUSED, "memory" },
        [ACT_HTTP_REFUSED_STOPPING] = { REFUSED, "stopping" },
        [ACT_HTTP_REFUSED_STREAMS] = { REFUSED, "streams" },
        [ACT_HTTP_REFUSED_OWNER] = { REFUSED, "streams_of_owner" },
        [ACT_HTTP_REFUSED_CONNECTIONS] = { REFUSED, "connections" },
        [ACT_HTTP_REFUSED_PER_IP] = { REFUSED, "connections_per_ip" },
        [ACT_HTTP_TIMEOUT_HEADER] = { TIMEOUT, "headers" },
        [ACT_HTTP_TIMEOUT_BODY] = { TIMEOUT, "body" },
        [ACT_HTTP_TIMEOUT_IDLE] = { TIMEOUT, "idle" },
        [ACT_HTTP_TIMEOUT_SEND] = { TIMEOUT, "send" },
#undef REFUSED
#undef TIMEOUT
    };
    static_assert(ACT_COUNT(list) == ACT_HTTP_COUNTERS, "one row a counter");
    act_metrics *m = s->o.metrics;
    for (size_t i = 0; i < ACT_COUNT(list); i++)
        s->counters[i] =
            act_metrics_counter(m, list[i].name, list[i].help,
                                (const char *const[]){ "server", s->o.name, list[i].label,
                                                       list[i].value, NULL });

    const char *const labels[] = { "server", s->o.name, NULL };
    s->received = act_metrics_counter(m, "activity_http_received_bytes_total",
                                      "Bytes of request bodies", labels);
    s->sent = act_metrics_counter(m, "activity_http_sent_bytes_total",
                                  "Bytes of response bodies", labels);
    s->g_connections =
        act_metrics_gauge(m, "activity_http_connections", "Open connections", labels);
    s->g_streams =
        act_metrics_gauge(m, "activity_http_streams", "Open streamed responses", labels);
    s->g_queue = act_metrics_gauge(m, "activity_http_queued_requests",
                                   "Requests that wait for a worker", labels);
    s->g_running =
        act_metrics_gauge(m, "activity_http_running_handlers", "Handlers that run", labels);
    s->seconds = act_metrics_histogram(
        m, "activity_http_request_seconds", "Headers received to response sent, no streams",
        act_buckets_seconds, ACT_COUNT(act_buckets_seconds), labels);
}

void act_http_count(act_http_server *s, enum act_http_counter which)
{
    act_counter_add(s->counters[which], 1);
}

/* --- workers ------------------------------------------------------------------------- */

int act_http_dispatch(act_http_request *r)
{
    act_http_server *s = r->server;
    if (atomic_load(&s->stopping))
        return ACT_ECLOSED;
    act_gauge_add(s->g_queue, 1);
    int err = act_queue_push(r->route.urgent ? s->urgent : s->queue, r, 0);
    if (err)
        act_gauge_add(s->g_queue, -1);
    return err;
}

/* Undo Content-Encoding; on failure r->refused says why. */
static void gunzip(act_http_request *r)
{
    act_http_server *s = r->server;
    act_buf plain = ACT_BUF_INIT;
    int err = act_gzip_inflate(act_buf_str(&r->body), r->route.max_body_bytes, &plain);
    size_t before = r->body.len;
    act_buf_done(&r->body);
    r->body = plain;
    if (!err) {
        atomic_fetch_add(&s->buffered_bytes, plain.len - before); /* modulo: may shrink */
        r->held += plain.len - before;
        return;
    }
    enum act_http_counter why = ACT_HTTP_REFUSED_MALFORMED;
    r->refused = 400;
    r->refusal = "the request body is not valid gzip";
    if (err == ACT_ELIMIT) {
        why = ACT_HTTP_REFUSED_BODY;
        r->refused = 413;
        r->refusal = "the request body is too large once decompressed";
    } else if (err == ACT_ENOMEM) {
        why = ACT_HTTP_REFUSED_MEMORY;
        r->refused = 429;
        r->refusal = "the server is out of memory";
    }
    act_http_count(s, why);
}

static void serve(act_http_request *r)
{
    act_http_server *s = r->server;
    if (atomic_load(&s->stopping)) {
        act_http_count(s, ACT_HTTP_REFUSED_STOPPING);
        r->refused = 503;
        r->refusal = "the server is stopping";
    } else if (r->gzip && r->body.len) {
        gunzip(r);
    }
    if (r->refused)
        act_http_response_refuse(r);
    else
        s->c.handle(s->c.ctx, r, &r->res);
    act_http_response_build(r);
    act_http_request_release(r);
    r->step = ACT_STEP_ANSWERED;
    MHD_resume_connection(r->mhd); /* r is the I/O thread's from here on */
}

static void work(act_http_server *s, act_queue *queue)
{
    void *item;
    while (act_queue_pop(queue, -1, &item) == ACT_OK) {
        act_gauge_add(s->g_queue, -1);
        act_gauge_add(s->g_running, 1);
        serve(item);
        act_gauge_add(s->g_running, -1);
    }
}

static void *worker(void *arg)
{
    act_http_server *s = arg;
    work(s, s->queue);
    return NULL;
}

static void *urgent_worker(void *arg)
{
    act_http_server *s = arg;
    work(s, s->urgent);
    return NULL;
}

static int start_workers(act_http_server *s, act_err *e)
{
    s->threads = act_zalloc(s->o.workers + 1, sizeof *s->threads);
    if (!s->threads)
        return act_fail(e, ACT_ENOMEM, "out of memory");
    for (unsigned i = 0; i <= s->o.workers; i++) {
        bool urgent = i == s->o.workers;
        int err = act_thread_start(&s->threads[i], urgent ? "http-urgent" : "http-worker",
                                   urgent ? urgent_worker : worker, s);
        if (err)
            return act_fail(e, err, "cannot start a thread");
        s->thread_count++;
    }
    return ACT_OK;
}

/* --- TLS ----------------------------------------------------------------------------- */

int act_http_server_set_tls(act_http_server *s, const act_tls_pair *pair, act_err *e)
{
    if (!s->tls)
        return act_fail(e, ACT_EINVAL, "the server does not use TLS");
    act_http_identity *id = act_zalloc(1, sizeof *id);
    if (!id)
        return act_fail(e, ACT_ENOMEM, "out of memory");
    gnutls_datum_t cert = act_tls_datum(act_buf_str(&pair->cert_pem));
    gnutls_datum_t key = act_tls_datum(act_buf_str(&pair->key_pem));
    int code = gnutls_certificate_allocate_credentials(&id->credentials);
    if (code >= 0)
        code = gnutls_certificate_set_x509_key_mem(id->credentials, &cert, &key,
                                                   GNUTLS_X509_FMT_PEM);
    if (code < 0) {
        if (id->credentials)
            gnutls_certificate_free_credentials(id->credentials);
        act_dealloc(id);
        return act_tls_fail(e, ACT_EPARSE, "TLS certificate and key", code);
    }
    pthread_mutex_lock(&s->lock);
    id->next = s->identities;
    s->identities = id;
    pthread_mutex_unlock(&s->lock);
    return ACT_OK;
}

gnutls_certificate_credentials_t act_http_credentials(act_http_server *s)
{
    pthread_mutex_lock(&s->lock);
    gnutls_certificate_credentials_t now = s->identities->credentials;
    pthread_mutex_unlock(&s->lock);
    return now;
}

/* --- life ---------------------------------------------------------------------------- */

static int check_options(const act_http_server_options *o, const act_http_callbacks *c,
                         act_err *e)
{
    if (!c->handle)
        return act_fail(e, ACT_EINVAL, "an HTTP server needs a handler");
    if (o->io_threads == 0 || o->io_threads > IO_THREADS_MAX || o->workers == 0 ||
        o->workers > WORKERS_MAX || o->queue_limit == 0)
        return act_fail(
            e, ACT_EINVAL,
            "HTTP threads must be 1 to %d, workers 1 to %d, the queue at least 1",
            IO_THREADS_MAX, WORKERS_MAX);
    if (o->max_connections == 0 || o->max_connections > 1000000 ||
        o->max_header_bytes == 0 || o->max_header_bytes > 1 << 20 ||
        o->max_arena_bytes == 0)
        return act_fail(e, ACT_EINVAL, "a limit of the HTTP server is out of range");
    if (o->header_timeout_ns <= 0 || o->body_timeout_ns <= 0 || o->idle_timeout_ns <= 0 ||
        o->send_timeout_ns <= 0)
        return act_fail(e, ACT_EINVAL, "HTTP time limits must be positive");
    return ACT_OK;
}

static int start(act_http_server *s, act_err *e)
{
    find_metrics(s);
    int err = act_http_peers_new(&s->peers);
    if (!err)
        err = act_http_peers_new(&s->owners);
    if (!err)
        err = act_queue_new(s->o.queue_limit, &s->queue);
    if (!err)
        err = act_queue_new(URGENT_QUEUE_LIMIT, &s->urgent);
    if (err)
        return act_fail(e, err, "out of memory");
    if (s->o.tls)
        err = act_http_server_set_tls(s, s->o.tls, e);
    if (!err)
        err = act_listen(&s->o.address, BACKLOG, &s->listen_fd, &s->bound, e);
    if (!err)
        err = act_http_sweep_start(s, e);
    if (!err)
        err = start_workers(s, e);
    if (!err)
        err = act_http_daemon_start(s, e);
    return err;
}

int act_http_server_start(const act_http_server_options *o, const act_http_callbacks *c,
                          act_http_server **ret, act_err *e)
{
    int err = check_options(o, c, e);
    if (err)
        return err;
    act_http_server *s = act_zalloc(1, sizeof *s);
    if (!s)
        return act_fail(e, ACT_ENOMEM, "out of memory");
    s->o = *o;
    s->c = *c;
    s->tls = o->tls != NULL;
    s->listen_fd = s->epoll_fd = s->wake_fd = -1;
    if (pthread_mutex_init(&s->lock, NULL) != 0) {
        act_dealloc(s);
        return act_fail(e, ACT_ENOMEM, "out of memory");
    }
    if (act_cond_init(&s->conn_closed)) {
        pthread_mutex_destroy(&s->lock);
        act_dealloc(s);
        return act_fail(e, ACT_ENOMEM, "out of memory");
    }
    err = start(s, e);
    s->o.tls = NULL; /* the caller's; copied by now */
    if (err)
        act_http_server_free(s);
    else
        *ret = s;
    return err;
}

const act_address *act_http_server_address(const act_http_server *s)
{
    return &s->bound;
}

static void each_stream_locked(act_http_server *s, bool cut)
{
    for (act_http_stream *stream = s->streams; stream; stream = stream->next) {
        if (cut)
            act_http_stream_break(stream, ACT_HTTP_STREAM_DRAINED);
        else
            act_http_stream_drain(stream);
    }
}

/* The descriptor is ours again, and stays open until the library's threads are gone; new
 * clients are refused at once. */
static void stop_listening_locked(act_http_server *s)
{
    if (s->quiesced)
        return;
    s->quiesced = MHD_quiesce_daemon(s->daemon) != MHD_INVALID_SOCKET;
    (void)shutdown(s->listen_fd, SHUT_RDWR);
}

/* Until all connections have closed, or for @wait_ns. With @cut all are cut off, also those
 * that were just accepted. The library's threads clean up after connections when something
 * wakes them, as being told once more that nobody is to be accepted does. */
static void await_close_locked(act_http_server *s, int64_t wait_ns, bool cut)
{
    enum { AGAIN_MS = 20 };
    int64_t end = act_mono_ns(s->o.clock) + wait_ns;
    while (s->conn_count) {
        int64_t left = end - act_mono_ns(s->o.clock);
        if (left <= 0)
            break;
        for (act_http_conn *c = cut ? s->conns : NULL; c; c = c->next)
            (void)shutdown(c->fd, SHUT_RDWR);
        if (left > AGAIN_MS * ACT_NS_PER_MS)
            left = AGAIN_MS * ACT_NS_PER_MS;
        if (!act_cond_wait(&s->conn_closed, &s->lock, left))
            (void)MHD_quiesce_daemon(s->daemon);
    }
}

int act_http_server_drain(act_http_server *s, int64_t wait_ns)
{
    pthread_mutex_lock(&s->lock);
    if (!atomic_exchange(&s->draining, true)) {
        stop_listening_locked(s);
        each_stream_locked(s, false); /* no new ones from here on */
        act_http_sweep_now(s);        /* closes what is idle */
    }
    await_close_locked(s, wait_ns, false);
    int err = s->conn_count ? ACT_EAGAIN : ACT_OK;
    pthread_mutex_unlock(&s->lock);
    return err;
}

static void free_identities(act_http_identity *id)
{
    while (id) {
        act_http_identity *next = id->next;
        gnutls_certificate_free_credentials(id->credentials);
        act_dealloc(id);
        id = next;
    }
}

/* Cut off all connections and wait until the library has closed them. It crashes (0.9.75)
 * when something malformed comes while it stops: it takes for granted that its own answer
 * was queued, which a daemon that stops no longer does. */
static void close_connections(act_http_server *s)
{
    enum { WAIT_S = 2 };
    pthread_mutex_lock(&s->lock);
    stop_listening_locked(s);
    await_close_locked(s, WAIT_S * ACT_NS_PER_S, true);
    pthread_mutex_unlock(&s->lock);
}

void act_http_server_free(act_http_server *s)
{
    if (!s)
        return;
    pthread_mutex_lock(&s->lock);
    atomic_store(&s->stopping, true);
    each_stream_locked(s, true);
    pthread_mutex_unlock(&s->lock);
    if (s->queue)
        act_queue_close(s->queue);
    if (s->urgent)
        act_queue_close(s->urgent);
    /* Queued requests are answered (503), running handlers finish: after this nothing is
     * suspended, which the library demands before it stops. */
    for (unsigned i = 0; i < s->thread_count; i++)
        (void)pthread_join(s->threads[i], NULL);
    act_http_sweep_stop(s);
    if (s->daemon) {
        close_connections(s);
        MHD_stop_daemon(s->daemon);
        if (!s->quiesced)
            s->listen_fd = -1; /* closed; the number may be somebody else's by now */
    }
    while (s->graveyard) {
        act_http_stream *next = s->graveyard->next;
        act_http_stream_unref(s->graveyard);
        s->graveyard = next;
    }
    const int fds[] = { s->listen_fd, s->epoll_fd, s->wake_fd };
    for (size_t i = 0; i < ACT_COUNT(fds); i++)
        if (fds[i] >= 0)
            close(fds[i]);
    act_queue_free(s->queue);
    act_queue_free(s->urgent);
    act_http_peers_free(s->peers);
    act_http_peers_free(s->owners);
    free_identities(s->identities);
    act_dealloc(s->threads);
    pthread_cond_destroy(&s->conn_closed);
    pthread_mutex_destroy(&s->lock);
    act_dealloc(s);
}
