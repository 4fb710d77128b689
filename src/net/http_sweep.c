/* The sweeper: one thread that cuts off connections that took too long, and tells streams
 * that their client hung up (a suspended connection is not polled by the library).
 *
 * It cuts off by shutting the socket down; the library notices and closes it. That is safe
 * for every connection that is linked in server->conns, because it is unlinked under
 * server->lock before its descriptor is closed. */
#include "net/http_internal.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { EVENTS = 256, SWEEP_MIN_MS = 10, SWEEP_MAX_MS = 500 };

void act_http_sweep_watch(act_http_server *s, act_http_stream *stream, int fd)
{
    struct epoll_event ev = { .events = EPOLLRDHUP | EPOLLET, .data.ptr = stream };
    pthread_mutex_lock(&s->lock);
    if (epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, fd, &ev) == 0) {
        stream->watched = true;
        act_http_stream_ref(stream);
    }
    pthread_mutex_unlock(&s->lock);
}

/* An event of @stream may have been taken from the kernel and not yet looked at, so its
 * reference goes to the graveyard, which the sweeper empties when it holds no events. */
void act_http_sweep_unwatch_locked(act_http_server *s, act_http_stream *stream, int fd)
{
    if (!stream->watched)
        return;
    stream->watched = false;
    (void)epoll_ctl(s->epoll_fd, EPOLL_CTL_DEL, fd, NULL); /* it is in the set */
    stream->next = s->graveyard;
    s->graveyard = stream;
}

static void bury(act_http_server *s)
{
    pthread_mutex_lock(&s->lock);
    act_http_stream *dead = s->graveyard;
    s->graveyard = NULL;
    pthread_mutex_unlock(&s->lock);
    while (dead) {
        act_http_stream *next = dead->next;
        act_http_stream_unref(dead);
        dead = next;
    }
}

/* Bytes that the kernel still has to get acknowledged. */
static bool has_unacked(int fd)
{
    int n = 0;
    return ioctl(fd, SIOCOUTQ, &n) == 0 && n > 0;
}

/* A number that rises with what the client has acknowledged. */
static uint64_t acked_bytes(int fd)
{
    struct tcp_info info;
    socklen_t len = sizeof info;
    memset(&info, 0, sizeof info);
    if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0)
        return 0;
    return info.tcpi_bytes_acked;
}

/* True when @c has had something to send for the whole send time-out and the client
 * acknowledged nothing of it. */
static bool is_stalled(act_http_conn *c, int64_t now)
{
    int64_t limit = c->server->o.send_timeout_ns;
    uint64_t acked = acked_bytes(c->fd);
    if (c->acked_mono_ns == 0 || acked != c->acked || !has_unacked(c->fd)) {
        c->acked = acked;
        c->acked_mono_ns = now;
        return false;
    }
    int64_t since = atomic_load_explicit(&c->since_mono_ns, memory_order_relaxed);
    return now - (since > c->acked_mono_ns ? since : c->acked_mono_ns) > limit;
}

static bool stream_is_stalled_locked(act_http_conn *c, int64_t now)
{
    act_http_stream *s = c->stream;
    /* Cleared before looking: what is handed over meanwhile sets it again. */
    if (!s || !atomic_exchange(&s->unacked, false))
        return false;
    bool unacked = has_unacked(c->fd);
    if (unacked || act_http_stream_pending(s) > 0)
        atomic_store(&s->unacked, true);
    if (!unacked)
        c->acked_mono_ns = 0;
    return unacked && is_stalled(c, now);
}

static void cut(act_http_conn *c, enum act_http_counter why)
{
    act_http_count(c->server, why);
    (void)shutdown(c->fd, SHUT_RDWR); /* fails when the client was faster */
}

static void sweep_conn_locked(act_http_server *s, act_http_conn *c, int64_t now)
{
    enum act_http_phase phase =
        (enum act_http_phase)atomic_load_explicit(&c->phase, memory_order_acquire);
    int64_t age = now - atomic_load_explicit(&c->since_mono_ns, memory_order_relaxed);
    bool draining = atomic_load(&s->draining);
    switch (phase) {
    case ACT_PHASE_NEW:
        if (age > s->o.header_timeout_ns)
            cut(c, ACT_HTTP_TIMEOUT_HEADER);
        else if (draining)
            (void)shutdown(c->fd, SHUT_RDWR);
        break;
    case ACT_PHASE_IDLE:
        if (age > s->o.idle_timeout_ns)
            cut(c, ACT_HTTP_TIMEOUT_IDLE);
        else if (draining)
            (void)shutdown(c->fd, SHUT_RDWR);
        break;
    case ACT_PHASE_HEADERS:
        if (age > s->o.header_timeout_ns)
            cut(c, ACT_HTTP_TIMEOUT_HEADER);
        break;
    case ACT_PHASE_BODY:
        if (age > s->o.body_timeout_ns)
            cut(c, ACT_HTTP_TIMEOUT_BODY);
        break;
    case ACT_PHASE_HANDLER: /* handlers know their own deadlines */
        break;
    case ACT_PHASE_SENDING:
        if (is_stalled(c, now))
            cut(c, ACT_HTTP_TIMEOUT_SEND);
        break;
    case ACT_PHASE_STREAM:
        if (stream_is_stalled_locked(c, now)) {
            act_http_stream_break(c->stream, ACT_HTTP_STREAM_SLOW);
            cut(c, ACT_HTTP_TIMEOUT_SEND);
        }
        break;
    }
}

static void sweep(act_http_server *s)
{
    int64_t now = act_mono_ns(s->o.clock);
    pthread_mutex_lock(&s->lock);
    for (act_http_conn *c = s->conns; c; c = c->next)
        sweep_conn_locked(s, c, now);
    pthread_mutex_unlock(&s->lock);
}

static int sweep_every_ms(const act_http_server_options *o)
{
    int64_t least = o->header_timeout_ns;
    const int64_t others[] = { o->body_timeout_ns, o->idle_timeout_ns, o->send_timeout_ns };
    for (size_t i = 0; i < ACT_COUNT(others); i++)
        if (others[i] < least)
            least = others[i];
    int64_t ms = least / 8 / ACT_NS_PER_MS;
    return (int)(ms < SWEEP_MIN_MS ? SWEEP_MIN_MS : ms > SWEEP_MAX_MS ? SWEEP_MAX_MS : ms);
}

static void *sweeper(void *arg)
{
    act_http_server *s = arg;
    int every_ms = sweep_every_ms(&s->o);
    int64_t next = act_mono_ns(s->o.clock);
    struct epoll_event events[EVENTS];
    while (!atomic_load(&s->stopping)) {
        bury(s);
        int n = epoll_wait(s->epoll_fd, events, EVENTS, every_ms);
        for (int i = 0; i < n; i++) {
            act_http_stream *stream = events[i].data.ptr;
            uint64_t ignored;
            if (stream)
                act_http_stream_break(stream, ACT_HTTP_STREAM_GONE);
            else if (read(s->wake_fd, &ignored, sizeof ignored) > 0)
                next = 0; /* somebody wants a sweep now */
        }
        if (act_mono_ns(s->o.clock) >= next) {
            sweep(s);
            next = act_mono_ns(s->o.clock) + every_ms * ACT_NS_PER_MS;
        }
    }
    return NULL;
}

int act_http_sweep_start(act_http_server *s, act_err *e)
{
    s->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    s->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    struct epoll_event ev = { .events = EPOLLIN, .data.ptr = NULL };
    if (s->epoll_fd < 0 || s->wake_fd < 0 ||
        epoll_ctl(s->epoll_fd, EPOLL_CTL_ADD, s->wake_fd, &ev) != 0)
        return act_fail(e, ACT_EIO, "cannot start the HTTP server: %s", strerror(errno));
    int err = act_thread_start(&s->sweeper, "http-sweep", sweeper, s);
    s->sweeper_runs = !err;
    return err ? act_fail(e, err, "cannot start a thread") : ACT_OK;
}

void act_http_sweep_now(act_http_server *s)
{
    uint64_t one = 1;
    (void)!write(s->wake_fd, &one, sizeof one); /* failed: it wakes by itself soon */
}

void act_http_sweep_stop(act_http_server *s)
{
    if (s->sweeper_runs) {
        act_http_sweep_now(s);
        (void)pthread_join(s->sweeper, NULL); /* it was started and is joined once */
        s->sweeper_runs = false;
    }
}
