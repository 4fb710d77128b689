/* The library's callbacks: a socket's life, and the way of a request to a worker and back.
 */
#include "net/http_internal.h"

#include "base/alloc.h"

#include <signal.h>
#include <strings.h>

enum { POOL_MIN_BYTES = 16 << 10 };

void act_http_conn_phase(act_http_conn *c, enum act_http_phase phase)
{
    atomic_store_explicit(&c->since_mono_ns, act_mono_ns(c->server->o.clock),
                          memory_order_relaxed);
    atomic_store_explicit(&c->phase, (int)phase, memory_order_release);
}

/* --- sockets ------------------------------------------------------------------------- */

static void use_tls(act_http_conn *c, struct MHD_Connection *mhd)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION);
    if (!info || !info->tls_session)
        return;
    c->session = info->tls_session;
    /* The library set the credentials of its start; ours may have been renewed. */
    (void)gnutls_credentials_set(c->session, GNUTLS_CRD_CERTIFICATE,
                                 act_http_credentials(c->server));
    if (c->server->o.ask_client_cert)
        gnutls_certificate_server_set_request(c->session, GNUTLS_CERT_REQUEST);
}

static void conn_opened(act_http_server *s, struct MHD_Connection *mhd, void **ret)
{
    act_http_conn *c = act_zalloc(1, sizeof *c);
    *ret = c; /* NULL: its first request closes the connection */
    if (!c)
        return;
    c->server = s;
    c->fd = MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    c->peer.len = sizeof c->peer.addr;
    if (getpeername(c->fd, (struct sockaddr *)&c->peer.addr, &c->peer.len) != 0)
        c->peer.len = 0;
    use_tls(c, mhd);
    act_http_conn_phase(c, ACT_PHASE_NEW);

    pthread_mutex_lock(&s->lock);
    bool full = s->conn_count >= s->o.max_connections;
    bool many = !full && act_http_peers_add(s->peers, act_http_peer_of_address(&c->peer),
                                            s->o.max_connections_per_ip);
    c->counted = !full && !many;
    c->next = s->conns;
    if (c->next)
        c->next->prev = c;
    s->conns = c;
    s->conn_count++;
    pthread_mutex_unlock(&s->lock);
    act_gauge_add(s->g_connections, 1);
    if (!c->counted) {
        act_http_count(s, full ? ACT_HTTP_REFUSED_CONNECTIONS : ACT_HTTP_REFUSED_PER_IP);
        (void)shutdown(c->fd, SHUT_RDWR); /* the library reads the end and closes */
    }
}

static void conn_closed(act_http_conn *c)
{
    act_http_server *s = c->server;
    pthread_mutex_lock(&s->lock);
    if (c->prev)
        c->prev->next = c->next;
    else
        s->conns = c->next;
    if (c->next)
        c->next->prev = c->prev;
    if (c->counted)
        act_http_peers_remove(s->peers, act_http_peer_of_address(&c->peer));
    if (--s->conn_count == 0)
        pthread_cond_broadcast(&s->conn_closed);
    pthread_mutex_unlock(&s->lock);
    act_gauge_add(s->g_connections, -1);
    act_arena_free(c->cert_arena);
    act_dealloc(c);
}

static void on_connection(void *cls, struct MHD_Connection *mhd, void **context,
                          enum MHD_ConnectionNotificationCode code)
{
    if (code == MHD_CONNECTION_NOTIFY_STARTED)
        conn_opened(cls, mhd, context);
    else if (*context)
        conn_closed(*context);
}

static act_http_conn *conn_of(struct MHD_Connection *mhd)
{
    return MHD_get_connection_info(mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* --- a request's beginning ----------------------------------------------------------- */

/* The request line is complete; what is returned comes back as *con_cls. */
static void *on_uri(void *cls, const char *uri, struct MHD_Connection *mhd)
{
    act_http_server *s = cls;
    act_http_conn *c = conn_of(mhd);
    act_http_request *r = c && c->counted ? act_zalloc(1, sizeof *r) : NULL;
    if (!r)
        return NULL;
    r->server = s;
    r->conn = c;
    r->mhd = mhd;
    act_http_response_init(r);
    if (act_str_dup(act_str_cstr(uri), &r->target)) {
        act_dealloc(r);
        return NULL;
    }
    act_http_conn_phase(c, ACT_PHASE_HEADERS);
    return r;
}

/* The first refusal stays. */
static void refuse(act_http_request *r, int status, enum act_http_counter why,
                   const char *text)
{
    if (r->refused)
        return;
    r->refused = status;
    r->refusal = text;
    act_http_count(r->server, why);
}

/* Request targets are "/path?query", or "http://host/path?query" from proxies. */
static void split_target(act_http_request *r)
{
    act_str t = r->target;
    size_t scheme = act_str_find(t, ACT_STR("://"));
    size_t slash = act_str_find_byte(t, '/');
    if (t.len && t.ptr[0] != '/' && scheme != SIZE_MAX && slash == scheme + 1) {
        t = act_str_cut(t, scheme + 3);
        slash = act_str_find_byte(t, '/');
        t = slash == SIZE_MAX ? ACT_STR("/") : act_str_cut(t, slash);
    }
    r->raw_query = act_str_split(t, '?', &r->path);
}

static void parse_target(act_http_request *r)
{
    act_str *segments;
    act_url_param *params;
    size_t n;
    split_target(r);
    int err = act_url_segments(r->arena, r->path, &segments, &n);
    if (!err) {
        r->segments = segments;
        r->segment_count = n;
        err = act_url_query(r->arena, r->raw_query, &params, &n);
    }
    if (!err) {
        r->params = params;
        r->param_count = n;
    } else if (err == ACT_ENOMEM) {
        refuse(r, 429, ACT_HTTP_REFUSED_MEMORY, "the server is out of memory");
    } else {
        refuse(r, 400, ACT_HTTP_REFUSED_MALFORMED,
               err == ACT_ELIMIT ? "the request path or query has too many parts"
                                 : "the request path or query is not well formed");
    }
}

static void check_headers(act_http_request *r)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(r->mhd, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
    if (info && info->header_size > r->server->o.max_header_bytes)
        refuse(r, 431, ACT_HTTP_REFUSED_HEADERS, "the request headers are too large");

    act_str coding = act_str_trim(act_http_request_header(r, "Content-Encoding"));
    r->gzip = act_str_eq_nocase(coding, ACT_STR("gzip")) ||
              act_str_eq_nocase(coding, ACT_STR("x-gzip"));
    if (coding.len && !r->gzip && !act_str_eq_nocase(coding, ACT_STR("identity")))
        refuse(r, 415, ACT_HTTP_REFUSED_ENCODING,
               "the content encoding of the body is not supported; send gzip or none");
}

static void refuse_body(act_http_request *r)
{
    refuse(r, 413, ACT_HTTP_REFUSED_BODY, "the request body is too large");
    act_buf_done(&r->body);
    r->step = ACT_STEP_DISCARD;
}

/* True when the refusal should be sent now instead of after the body: the client waits to
 * be told, or has more than we would throw away. */
static bool refuse_early(const act_http_request *r, uint64_t length)
{
    return length > r->server->o.max_discard_bytes ||
           (length && act_http_request_header(r, "Expect").ptr);
}

static enum MHD_Result send_reply(act_http_request *r)
{
    if (!r->reply)
        return MHD_NO;
    act_http_conn_phase(r->conn, r->stream ? ACT_PHASE_STREAM : ACT_PHASE_SENDING);
    r->step = ACT_STEP_SENT;
    enum MHD_Result ok = MHD_queue_response(r->mhd, (unsigned)r->status, r->reply);
    MHD_destroy_response(r->reply);
    r->reply = NULL;
    if (ok == MHD_YES && r->stream) {
        pthread_mutex_lock(&r->server->lock);
        r->conn->stream = r->stream;
        pthread_mutex_unlock(&r->server->lock);
        act_http_sweep_watch(r->server, r->stream, r->conn->fd);
    }
    return ok;
}

static enum MHD_Result send_refusal(act_http_request *r)
{
    act_http_response_refuse(r);
    act_http_response_build(r);
    act_http_request_release(r);
    return send_reply(r);
}

/* Headers are there. */
static enum MHD_Result begin(act_http_request *r, const char *method)
{
    act_http_server *s = r->server;
    r->method = method;
    r->start_mono_ns = act_mono_ns(s->o.clock);
    r->route = (act_http_route){ .max_body_bytes = s->o.max_body_bytes };
    if (act_arena_new(s->o.max_arena_bytes, 0, &r->arena))
        return MHD_NO;
    r->step = ACT_STEP_BODY;
    act_http_conn_phase(r->conn, ACT_PHASE_BODY);
    parse_target(r);
    check_headers(r);
    if (!r->refused && s->c.route)
        s->c.route(s->c.ctx, r, &r->route);
    if (r->route.status)
        refuse(r, r->route.status, ACT_HTTP_REFUSED_ROUTE, r->route.text);

    uint64_t length = 0;
    act_str value = act_http_request_header(r, "Content-Length");
    if (value.ptr && act_str_to_u64(act_str_trim(value), &length))
        length = UINT64_MAX; /* the library checked the digits: it does not fit */
    if (length > r->route.max_body_bytes)
        refuse_body(r);
    if (r->refused) {
        r->step = ACT_STEP_DISCARD;
        if (refuse_early(r, length))
            return send_refusal(r);
    }
    return MHD_YES;
}

/* --- body ---------------------------------------------------------------------------- */

static enum MHD_Result take_body(act_http_request *r, const char *data, size_t n)
{
    act_http_server *s = r->server;
    r->received += n;
    act_counter_add(s->received, n);
    if (r->step == ACT_STEP_BODY && r->received > r->route.max_body_bytes)
        refuse_body(r);
    if (r->step == ACT_STEP_DISCARD)
        return r->received > s->o.max_discard_bytes ? MHD_NO : MHD_YES;

    size_t held = atomic_fetch_add(&s->buffered_bytes, n) + n;
    r->held += n;
    act_buf_add(&r->body, act_str_from(data, n));
    if (held > s->o.max_buffered_bytes || act_buf_err(&r->body)) {
        refuse(r, 429, ACT_HTTP_REFUSED_MEMORY, "the server holds too many request bodies");
        act_buf_done(&r->body);
        atomic_fetch_sub(&s->buffered_bytes, r->held);
        r->held = 0;
        r->step = ACT_STEP_DISCARD;
    }
    return MHD_YES;
}

/* All is there: suspend, and let a worker have it. */
static enum MHD_Result to_worker(act_http_request *r)
{
    r->step = ACT_STEP_HANDLER;
    act_http_conn_phase(r->conn, ACT_PHASE_HANDLER);
    MHD_suspend_connection(r->mhd); /* first, as the worker may resume at once */
    int err = act_http_dispatch(r);
    if (!err)
        return MHD_YES; /* r belongs to the worker */
    MHD_resume_connection(r->mhd);
    r->step = ACT_STEP_DISCARD;
    if (err == ACT_ECLOSED)
        refuse(r, 503, ACT_HTTP_REFUSED_STOPPING, "the server is stopping");
    else
        refuse(r, 429, ACT_HTTP_REFUSED_QUEUE, "too many requests are waiting; try again");
    return MHD_YES; /* called again as the connection is not suspended */
}

static enum MHD_Result on_access(void *cls, struct MHD_Connection *mhd, const char *url,
                                 const char *method, const char *version, const char *data,
                                 size_t *size, void **context)
{
    (void)cls, (void)mhd, (void)url, (void)version;
    act_http_request *r = *context;
    if (!r) /* no memory, or a connection too many */
        return MHD_NO;
    switch (r->step) {
    case ACT_STEP_NEW:
        return begin(r, method);
    case ACT_STEP_BODY:
    case ACT_STEP_DISCARD:
        if (*size) {
            enum MHD_Result ok = take_body(r, data, *size);
            *size = 0;
            return ok;
        }
        return r->step == ACT_STEP_BODY ? to_worker(r) : send_refusal(r);
    case ACT_STEP_HANDLER: /* suspended: not called */
    case ACT_STEP_SENT:
        return MHD_YES;
    case ACT_STEP_ANSWERED:
        return send_reply(r);
    }
    return MHD_NO;
}

/* --- a request's end ----------------------------------------------------------------- */

static const char *method_label(const char *method)
{
    static const char *const known[] = { "GET",    "HEAD",  "POST",   "PUT",
                                         "DELETE", "PATCH", "OPTIONS" };
    for (size_t i = 0; method && i < ACT_COUNT(known); i++)
        if (strcmp(method, known[i]) == 0)
            return known[i];
    return "other";
}

static void account(act_http_request *r, uint64_t bytes)
{
    enum { PATH_LOG_MAX = 1024 };
    act_http_server *s = r->server;
    double seconds = (double)(act_mono_ns(s->o.clock) - r->start_mono_ns) / 1e9;
    char code[12];
    char peer[ACT_ADDRESS_TEXT_MAX];
    (void)snprintf(code, sizeof code, "%d", r->status);
    act_counter_add(
        act_metrics_counter(
            s->o.metrics, "activity_http_requests_total", "Requests that were answered",
            (const char *const[]){ "server", s->o.name, "method", method_label(r->method),
                                   "code", code, NULL }),
        1);
    act_counter_add(s->sent, bytes);
    if (!r->stream)
        act_histogram_observe(s->seconds, seconds);
    if (!s->o.log)
        return;
    act_address_format_host(&r->conn->peer, peer);
    act_info(s->o.log, "http", ACT_F_CSTR("server", s->o.name),
             ACT_F_CSTR("method", r->method),
             ACT_F_STR("path", act_str_head(r->path, PATH_LOG_MAX)),
             ACT_F_I64("status", r->status), ACT_F_I64("bytes", bytes),
             ACT_F_F64("seconds", seconds), ACT_F_CSTR("peer", peer));
}

/* The stream leaves the server's lists before its socket closes. */
static void finish_stream(act_http_request *r, bool sent)
{
    act_http_server *s = r->server;
    act_http_stream *stream = r->stream;
    act_http_stream_close(stream, sent ? ACT_HTTP_STREAM_ENDED : ACT_HTTP_STREAM_GONE);
    pthread_mutex_lock(&s->lock);
    if (stream->prev)
        stream->prev->next = stream->next;
    else
        s->streams = stream->next;
    if (stream->next)
        stream->next->prev = stream->prev;
    s->stream_count--;
    if (r->owned)
        act_http_peers_remove(s->owners, r->owner);
    r->conn->stream = NULL;
    act_http_sweep_unwatch_locked(s, stream, r->conn->fd);
    pthread_mutex_unlock(&s->lock);
    act_gauge_add(s->g_streams, -1);
    act_http_stream_unref(stream); /* the list's */
    r->stream = act_http_stream_unref(stream);
}

static void on_completed(void *cls, struct MHD_Connection *mhd, void **context,
                         enum MHD_RequestTerminationCode code)
{
    (void)cls, (void)mhd;
    act_http_request *r = *context;
    if (!r)
        return;
    *context = NULL;
    if (r->res.stream) { /* made by a handler, but another answer went out */
        r->stream = r->res.stream;
        r->res.stream = NULL;
    }
    if (r->step == ACT_STEP_SENT)
        account(r, r->stream ? r->stream->sent_bytes : r->reply_bytes);
    if (r->stream)
        finish_stream(r, code == MHD_REQUEST_TERMINATED_COMPLETED_OK);
    if (r->reply)
        MHD_destroy_response(r->reply);
    act_http_conn_phase(r->conn, ACT_PHASE_IDLE);
    act_http_request_release(r);
    act_str_free(r->target);
    act_dealloc(r);
}

/* --- the daemon ---------------------------------------------------------------------- */

/* We decode what we need from the raw target; the library must leave it alone. */
static size_t keep_escapes(void *cls, struct MHD_Connection *mhd, char *s)
{
    (void)cls, (void)mhd;
    return strlen(s);
}

int act_http_daemon_start(act_http_server *s, act_err *e)
{
    /* Room for the headers, for the library's table of them, and for the response's
     * headers. Half of it is the read buffer, which the library clears when it shrinks it:
     * that half is resident for every idle watcher, so this is their price. */
    size_t pool = s->o.max_header_bytes + s->o.max_header_bytes / 2;
    if (pool < POOL_MIN_BYTES)
        pool = POOL_MIN_BYTES;
    unsigned flags = MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME;
    struct MHD_OptionItem more[5] = { { MHD_OPTION_END, 0, NULL } };
    size_t n = 0;
    if (s->o.io_threads > 1)
        more[n++] =
            (struct MHD_OptionItem){ MHD_OPTION_THREAD_POOL_SIZE, s->o.io_threads, NULL };
    act_buf cert = ACT_BUF_INIT, key = ACT_BUF_INIT; /* the library wants C strings */
    if (s->o.tls) {
        flags |= MHD_USE_TLS;
        act_buf_add(&cert, act_buf_str(&s->o.tls->cert_pem));
        act_buf_add_byte(&cert, '\0');
        act_buf_add(&key, act_buf_str(&s->o.tls->key_pem));
        act_buf_add_byte(&key, '\0');
        more[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_CERT, 0, cert.ptr };
        more[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_MEM_KEY, 0, key.ptr };
        static char priorities[] = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2";
        more[n++] = (struct MHD_OptionItem){ MHD_OPTION_HTTPS_PRIORITIES, 0, priorities };
    }
    more[n] = (struct MHD_OptionItem){ MHD_OPTION_END, 0, NULL };

    /* The limit of connections is ours (conn_opened()); the library's, which each I/O
     * thread has a share of, only has to be out of the way. */
    unsigned connections = s->o.max_connections * s->o.io_threads + 64 * s->o.io_threads;
    sigset_t ours, before;
    sigemptyset(&ours);
    sigaddset(&ours, SIGINT);
    sigaddset(&ours, SIGTERM);
    sigaddset(&ours, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &ours, &before); /* the library's threads inherit it */
    s->daemon =
        act_buf_err(&cert) || act_buf_err(&key)
            ? NULL
            : MHD_start_daemon(
                  flags, 0, NULL, NULL, on_access, s, MHD_OPTION_LISTEN_SOCKET,
                  s->listen_fd, MHD_OPTION_NOTIFY_CONNECTION, on_connection, s,
                  MHD_OPTION_NOTIFY_COMPLETED, on_completed, s, MHD_OPTION_URI_LOG_CALLBACK,
                  on_uri, s, MHD_OPTION_UNESCAPE_CALLBACK, keep_escapes, NULL,
                  MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_TIMEOUT,
                  0u, MHD_OPTION_CONNECTION_MEMORY_LIMIT, pool,
                  MHD_OPTION_STRICT_FOR_CLIENT, 1, MHD_OPTION_ARRAY, more, MHD_OPTION_END);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    act_tls_pair copies = { .cert_pem = cert, .key_pem = key };
    act_tls_pair_done(&copies);
    return s->daemon ? ACT_OK : act_fail(e, ACT_EIO, "cannot start the HTTP server");
}
