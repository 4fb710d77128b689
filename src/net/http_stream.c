#include "net/http_internal.h"

#include "base/alloc.h"

/* Pushed bytes wait in a list until the connection can take them:
 *
 *   head_offset
 *      v
 *   [ chunk | refs shared bytes ] -> [ chunk ] -> [ chunk ]      pending_bytes: what is
 * left
 *
 * While the list is empty the connection is suspended: the library neither polls its socket
 * nor calls us, and the next push resumes it. `suspended` is what we asked for last; both
 * MHD_suspend_connection() and MHD_resume_connection() are called under stream->lock, so
 * they alternate. */
typedef struct act_http_chunk {
    struct act_http_chunk *next;
    act_bytes *bytes;
} act_http_chunk;

enum { REPLY_BLOCK_BYTES = 1024 }; /* used for HTTP/1.0 clients only; others get chunks */

int act_http_response_stream(act_http_response *r, const char *content_type,
                             const act_http_stream_options *options, act_http_stream **ret)
{
    act_http_server *server = r->req->server;
    if (r->stream)
        return ACT_EINVAL;
    act_http_stream *s = act_zalloc(1, sizeof *s);
    if (!s)
        return ACT_ENOMEM;
    if (pthread_mutex_init(&s->lock, NULL) != 0) {
        act_dealloc(s);
        return ACT_ENOMEM;
    }
    atomic_init(&s->refs, 2); /* the response's, the caller's */
    s->server = server;
    s->o = *options;
    s->mhd = r->req->mhd;
    s->tail = &s->head;

    int err = ACT_OK;
    pthread_mutex_lock(&server->lock);
    if (atomic_load(&server->draining) || atomic_load(&server->stopping))
        err = ACT_ECLOSED;
    else if (server->stream_count >= server->o.max_streams)
        err = ACT_ELIMIT;
    enum act_http_counter why = ACT_HTTP_REFUSED_STREAMS;
    if (!err && r->req->has_owner) {
        why = ACT_HTTP_REFUSED_OWNER;
        err = act_http_peers_add(server->owners, r->req->owner,
                                 server->o.max_streams_per_owner);
        r->req->owned = !err;
    }
    if (!err) {
        atomic_fetch_add(&s->refs, 1); /* the list's */
        s->next = server->streams;
        if (s->next)
            s->next->prev = s;
        server->streams = s;
        server->stream_count++;
    }
    pthread_mutex_unlock(&server->lock);
    if (err) {
        if (err == ACT_ELIMIT)
            act_http_count(server, why);
        pthread_mutex_destroy(&s->lock);
        act_dealloc(s);
        return err;
    }
    act_gauge_add(server->g_streams, 1);
    act_http_response_header(r, "Content-Type", act_str_cstr(content_type));
    r->stream = s;
    *ret = s;
    return ACT_OK;
}

act_http_stream *act_http_stream_ref(act_http_stream *s)
{
    atomic_fetch_add_explicit(&s->refs, 1, memory_order_relaxed);
    return s;
}

static void drop_chunks(act_http_chunk *c)
{
    while (c) {
        act_http_chunk *next = c->next;
        act_bytes_unref(c->bytes);
        act_dealloc(c);
        c = next;
    }
}

act_http_stream *act_http_stream_unref(act_http_stream *s)
{
    if (s && atomic_fetch_sub_explicit(&s->refs, 1, memory_order_acq_rel) == 1) {
        drop_chunks(s->head);
        pthread_mutex_destroy(&s->lock);
        act_dealloc(s);
    }
    return NULL;
}

static void resume_locked(act_http_stream *s)
{
    if (s->suspended && s->mhd) {
        s->suspended = false;
        MHD_resume_connection(s->mhd);
    }
}

int act_http_stream_push(act_http_stream *s, act_bytes *bytes)
{
    size_t len = act_bytes_str(bytes).len;
    act_http_chunk *chunk = act_alloc(sizeof *chunk);
    if (!chunk)
        return ACT_ENOMEM;
    int err = ACT_OK;
    pthread_mutex_lock(&s->lock);
    if (s->ended || s->broken || !s->mhd) {
        err = ACT_ECLOSED;
    } else if (s->pending_chunks && (s->pending_chunks >= s->o.max_pending_chunks ||
                                     len > s->o.max_pending_bytes ||
                                     s->pending_bytes > s->o.max_pending_bytes - len)) {
        s->want_room = true;
        err = ACT_EAGAIN;
    } else if (len) {
        *chunk = (act_http_chunk){ .bytes = act_bytes_ref(bytes) };
        *s->tail = chunk;
        s->tail = &chunk->next;
        s->pending_bytes += len;
        s->pending_chunks++;
        chunk = NULL;
        resume_locked(s);
    }
    pthread_mutex_unlock(&s->lock);
    act_dealloc(chunk);
    return err;
}

int act_http_stream_push_text(act_http_stream *s, act_str text)
{
    act_bytes *bytes;
    int err = act_bytes_new(text, &bytes);
    if (err)
        return err;
    err = act_http_stream_push(s, bytes);
    act_bytes_unref(bytes);
    return err;
}

void act_http_stream_end(act_http_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->ended = true;
    resume_locked(s);
    pthread_mutex_unlock(&s->lock);
}

void act_http_stream_drain(act_http_stream *s)
{
    pthread_mutex_lock(&s->lock);
    if (!s->ended && !s->broken)
        s->why = ACT_HTTP_STREAM_DRAINED;
    s->ended = true;
    resume_locked(s);
    pthread_mutex_unlock(&s->lock);
}

size_t act_http_stream_pending(act_http_stream *s)
{
    pthread_mutex_lock(&s->lock);
    size_t n = s->pending_bytes;
    pthread_mutex_unlock(&s->lock);
    return n;
}

void act_http_stream_break(act_http_stream *s, enum act_http_stream_end why)
{
    pthread_mutex_lock(&s->lock);
    if (!s->broken && !s->finished) { /* a client may hang up when it has seen the end */
        s->broken = true;
        s->why = why;
    }
    resume_locked(s);
    pthread_mutex_unlock(&s->lock);
}

void act_http_stream_close(act_http_stream *s, enum act_http_stream_end why)
{
    pthread_mutex_lock(&s->lock);
    s->mhd = NULL;
    s->suspended = false;
    bool first = !s->closed;
    s->closed = true;
    if (s->broken || why == ACT_HTTP_STREAM_ENDED)
        why = s->why;
    act_http_chunk *left = s->head;
    s->head = NULL;
    s->tail = &s->head;
    s->pending_bytes = s->pending_chunks = 0;
    pthread_mutex_unlock(&s->lock);
    drop_chunks(left);
    if (first && s->o.on_close)
        s->o.on_close(s->o.ctx, s, why);
}

/* Move up to @max pending bytes into @buf. */
static size_t take_locked(act_http_stream *s, char *buf, size_t max)
{
    size_t n = 0;
    while (s->head && n < max) {
        act_http_chunk *c = s->head;
        act_str rest = act_str_cut(act_bytes_str(c->bytes), s->head_offset);
        size_t part = rest.len < max - n ? rest.len : max - n;
        memcpy(buf + n, rest.ptr, part);
        n += part;
        s->head_offset += part;
        s->pending_bytes -= part;
        if (part < rest.len)
            break;
        s->head = c->next;
        if (!s->head)
            s->tail = &s->head;
        s->head_offset = 0;
        s->pending_chunks--;
        c->next = NULL;
        drop_chunks(c);
    }
    s->sent_bytes += n;
    return n;
}

/* The library gives a connection back whose reader fails when it has just been resumed;
 * one whose reader fails right behind what was sent before is closed, but never cleaned up
 * (0.9.75). So the failure waits until the connection comes back from a moment's sleep. */
static void fail_at_next_read_locked(act_http_stream *s)
{
    s->fails_next = true;
    MHD_suspend_connection(s->mhd);
    MHD_resume_connection(s->mhd);
}

static ssize_t stream_read(void *cls, uint64_t pos, char *buf, size_t max)
{
    (void)pos;
    act_http_stream *s = cls;
    ssize_t n = 0;
    bool room = false;
    pthread_mutex_lock(&s->lock);
    if (s->broken && !s->fails_next) {
        fail_at_next_read_locked(s);
    } else if (s->broken) {
        n = MHD_CONTENT_READER_END_WITH_ERROR;
    } else if (s->head) {
        n = (ssize_t)take_locked(s, buf, max);
        atomic_store(&s->unacked, true);
        room = s->want_room && s->pending_bytes <= s->o.max_pending_bytes / 2 &&
               s->pending_chunks <= s->o.max_pending_chunks / 2;
        if (room)
            s->want_room = false;
    } else if (s->ended) {
        n = MHD_CONTENT_READER_END_OF_STREAM;
        s->finished = true;
    } else {
        s->suspended = true;
        MHD_suspend_connection(s->mhd);
    }
    pthread_mutex_unlock(&s->lock);
    if (room && s->o.on_room)
        s->o.on_room(s->o.ctx, s);
    return n;
}

struct MHD_Response *act_http_stream_reply(act_http_stream *s)
{
    /* The request keeps the stream alive longer than the library keeps the response. */
    return MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, REPLY_BLOCK_BYTES,
                                             stream_read, s, NULL);
}
