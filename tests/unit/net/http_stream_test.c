/* ctest: labels=threads timeout=180 */
#include "base/thread.h"
#include "unit/net/web.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WATCHERS = 200, ROUNDS = 20 };

/* Streams that a handler opened, for the test to push into. */
typedef struct {
    pthread_mutex_t lock;
    act_http_stream *open[WATCHERS];
    int count;
    int refused; /**< last error of act_http_response_stream() */
    act_http_stream_options options;
    atomic_int closed[4]; /**< by enum act_http_stream_end */
    atomic_int room;
} hub;

static void on_close(void *ctx, act_http_stream *s, enum act_http_stream_end why)
{
    hub *h = ctx;
    atomic_fetch_add(&h->closed[why], 1);
    assert_int_equal(act_http_stream_push_text(s, ACT_STR("late")), ACT_ECLOSED);
}

static void on_room(void *ctx, act_http_stream *s)
{
    hub *h = ctx;
    (void)s;
    atomic_fetch_add(&h->room, 1);
}

static void watch(void *ctx, act_http_request *req, act_http_response *res)
{
    hub *h = ctx;
    act_http_stream_options o = h->options;
    act_http_stream *s;
    o.ctx = h;
    o.on_close = on_close;
    o.on_room = on_room;
    int err = act_http_response_stream(res, "application/json", &o, &s);
    if (err) {
        h->refused = err;
        act_http_response_status(res, err == ACT_ELIMIT ? 429 : 503);
        return;
    }
    if (act_str_eq_cstr(act_http_request_path(req), "/bad"))
        act_http_response_header(res, "X", ACT_STR("a\nb")); /* a 500 instead of a stream */
    act_http_response_status(res, 200);
    pthread_mutex_lock(&h->lock);
    if (h->count < WATCHERS) /* a test that opens more does not push */
        h->open[h->count++] = s;
    else
        act_http_stream_unref(s);
    pthread_mutex_unlock(&h->lock);
}

static void hub_init(hub *h)
{
    memset(h, 0, sizeof *h);
    pthread_mutex_init(&h->lock, NULL);
    h->options = ACT_HTTP_STREAM_OPTIONS_INIT;
}

static void hub_done(hub *h)
{
    for (int i = 0; i < h->count; i++)
        act_http_stream_unref(h->open[i]);
    pthread_mutex_destroy(&h->lock);
}

static act_http_callbacks of(hub *h)
{
    return (act_http_callbacks){ .handle = watch, .ctx = h };
}

/* A watcher whose response headers have arrived. */
static int open_stream_at(web *w, const char *path)
{
    act_buf got = ACT_BUF_INIT;
    int fd = web_ask(w, path);
    assert_true(web_receive(fd, "\r\n\r\n", &got)); /* sent before any push */
    assert_true(act_str_find(act_buf_str(&got), ACT_STR("Transfer-Encoding: chunked")) !=
                SIZE_MAX);
    act_buf_done(&got);
    return fd;
}

static int open_stream(web *w)
{
    return open_stream_at(w, "/");
}

static bool reaches(atomic_int *n, int value)
{
    int64_t end = web_now_ms() + WEB_PATIENCE_MS;
    while (atomic_load(n) < value && web_now_ms() < end)
        web_sleep_ms(10);
    return atomic_load(n) >= value;
}

/* --- many watchers, several pushers -------------------------------------------------- */

typedef struct {
    hub *h;
    int from, to;
} pusher;

static void *push_rounds(void *arg)
{
    const pusher *p = arg;
    for (int round = 0; round < ROUNDS; round++) {
        char line[32];
        (void)snprintf(line, sizeof line, "{\"n\":%d}\n", round);
        act_bytes *bytes;
        assert_int_equal(act_bytes_new(act_str_cstr(line), &bytes), ACT_OK);
        for (int i = p->from; i < p->to; i++)
            assert_int_equal(act_http_stream_push(p->h->open[i], bytes), ACT_OK);
        act_bytes_unref(bytes);
        if (round % 5 == 0)
            web_sleep_ms(5); /* lets some fall asleep in between */
    }
    for (int i = p->from; i < p->to; i++)
        act_http_stream_end(p->h->open[i]);
    return NULL;
}

/* Chunk framing away: the concatenated data of a chunked body. */
static void dechunk(act_str body, act_buf *out)
{
    while (body.len) {
        act_str line;
        body = act_str_split(body, '\n', &line);
        char text[20];
        (void)snprintf(text, sizeof text, "%.*s", ACT_STR_ARG(line));
        size_t n = strtoul(text, NULL, 16);
        act_buf_add(out, act_str_head(body, n));
        body = act_str_cut(body, n + 2);
    }
}

static void sleeping_watchers_get_every_push_in_order(void **state)
{
    (void)state;
    web w;
    hub h;
    int fds[WATCHERS];
    hub_init(&h);
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, of(&h));
    for (int i = 0; i < WATCHERS; i++)
        fds[i] = open_stream(&w);
    assert_int_equal(h.count, WATCHERS);
    assert_int_equal(web_metric(&w, "activity_http_streams", "test"), WATCHERS);

    pusher p[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        p[i] = (pusher){ &h, i * WATCHERS / 4, (i + 1) * WATCHERS / 4 };
        assert_int_equal(act_thread_start(&threads[i], "pusher", push_rounds, &p[i]),
                         ACT_OK);
    }
    act_buf expect = ACT_BUF_INIT;
    for (int i = 0; i < ROUNDS; i++)
        act_buf_printf(&expect, "{\"n\":%d}\n", i);
    for (int i = 0; i < WATCHERS; i++) {
        act_buf got = ACT_BUF_INIT, data = ACT_BUF_INIT;
        assert_true(web_receive(fds[i], "\r\n0\r\n\r\n", &got));
        dechunk(act_buf_str(&got), &data);
        assert_true(act_str_eq(act_buf_str(&data), act_buf_str(&expect)));
        act_buf_done(&got);
        act_buf_done(&data);
        close(fds[i]);
    }
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_true(reaches(&h.closed[ACT_HTTP_STREAM_ENDED], WATCHERS));
    act_buf_done(&expect);
    hub_done(&h);
    web_stop(&w);
}

static void push_reaches_a_sleeping_watcher_at_once(void **state)
{
    (void)state;
    web w;
    hub h;
    act_buf got = ACT_BUF_INIT;
    hub_init(&h);
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, of(&h));
    int fd = open_stream(&w);
    /* Not a delayed acknowledgement, not a poll: five in a row, between pauses of a machine
     * that has other things to do. */
    int64_t end = web_now_ms() + WEB_PATIENCE_MS;
    for (int quick = 0; quick < 5;) {
        web_sleep_ms(10);
        act_buf_clear(&got);
        int64_t start = web_now_ms();
        assert_int_equal(act_http_stream_push_text(h.open[0], ACT_STR("line\n")), ACT_OK);
        assert_true(web_receive(fd, "line\n", &got));
        quick = web_now_ms() - start < 30 ? quick + 1 : 0;
        assert_true(web_now_ms() < end);
    }
    close(fd);
    act_buf_done(&got);
    hub_done(&h);
    web_stop(&w);
}

/* --- limits -------------------------------------------------------------------------- */

static void client_that_stops_reading_is_cut_off_with_bounded_memory(void **state)
{
    (void)state;
    web w;
    hub h;
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    o.send_timeout_ns = 500 * ACT_NS_PER_MS;
    hub_init(&h);
    h.options.max_pending_bytes = 256 << 10;
    web_start(&w, o, of(&h));
    int fd = open_stream(&w);
    act_bytes *bytes;
    static char block[64 << 10];
    assert_int_equal(act_bytes_new(act_str_from(block, sizeof block), &bytes), ACT_OK);
    size_t pushed = 0;
    int err = ACT_OK;
    for (int64_t end = web_now_ms() + WEB_PATIENCE_MS; web_now_ms() < end;) {
        err = act_http_stream_push(h.open[0], bytes);
        if (err == ACT_ECLOSED)
            break;
        if (err == ACT_EAGAIN) {
            assert_true(act_http_stream_pending(h.open[0]) <= 256 << 10);
            web_sleep_ms(5);
        } else {
            pushed += sizeof block;
        }
    }
    assert_int_equal(err, ACT_ECLOSED);
    assert_true(pushed < 64 << 20); /* what the kernel's buffers took, and ours */
    assert_true(reaches(&h.closed[ACT_HTTP_STREAM_SLOW], 1));
    assert_true(
        web_metric_becomes(&w, "activity_http_timeouts_total", "phase=\"send\"", 1));
    act_bytes_unref(bytes);
    close(fd);
    hub_done(&h);
    web_stop(&w);
}

static void full_stream_refuses_and_tells_when_there_is_room(void **state)
{
    (void)state;
    web w;
    hub h;
    hub_init(&h);
    h.options.max_pending_bytes = 64 << 10;
    h.options.max_pending_chunks = 8;
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, of(&h));
    int fd = open_stream(&w);
    static char block[32 << 10], huge[100 << 10];
    act_http_stream *s = h.open[0];
    while (act_http_stream_pending(s)) /* asleep */
        web_sleep_ms(1);
    assert_int_equal(act_http_stream_push_text(s, act_str_from(huge, sizeof huge)), ACT_OK);
    size_t sent = sizeof huge;
    int err;
    while ((err = act_http_stream_push_text(s, act_str_from(block, sizeof block))) ==
           ACT_OK)
        sent += sizeof block;
    assert_int_equal(err, ACT_EAGAIN);
    assert_int_equal(atomic_load(&h.room), 0);
    size_t got = 0;
    act_buf in = ACT_BUF_INIT;
    while (got < sent) {
        act_buf_clear(&in);
        char *room = act_buf_reserve(&in, 1 << 20);
        ssize_t n = recv(fd, room, 1 << 20, 0);
        assert_true(n > 0);
        got += (size_t)n;
    }
    assert_true(reaches(&h.room, 1));
    assert_int_equal(act_http_stream_push_text(s, ACT_STR("more")), ACT_OK);
    act_buf_done(&in);
    close(fd);
    hub_done(&h);
    web_stop(&w);
}

static void streams_past_the_limit_are_refused(void **state)
{
    (void)state;
    web w;
    hub h;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    o.max_streams = 2;
    hub_init(&h);
    web_start(&w, o, of(&h));
    int a = open_stream(&w), b = open_stream(&w);
    assert_int_equal(web_get(&w, "/", &r), 429);
    assert_int_equal(h.refused, ACT_ELIMIT);
    assert_int_equal(web_metric(&w, "activity_http_refused_total", "reason=\"streams\""),
                     1);
    close(a);
    close(b);
    act_http_reply_done(&r);
    hub_done(&h);
    web_stop(&w);
}

static void serve_owned(void *ctx, act_http_request *req, act_http_response *res)
{
    act_str owner = act_http_request_param(req, ACT_STR("owner"));
    if (owner.len > 0)
        act_http_request_owner(req, owner);
    watch(ctx, req, res);
}

/* An owner has so many at once; other owners, and streams of nobody, are not counted. */
static void owners_have_a_share_of_the_streams(void **state)
{
    (void)state;
    web w;
    hub h;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_http_server_options o = ACT_HTTP_SERVER_OPTIONS_INIT;
    o.max_streams_per_owner = 1;
    hub_init(&h);
    act_http_callbacks callbacks = of(&h);
    callbacks.handle = serve_owned;
    web_start(&w, o, callbacks);
    int ann = open_stream_at(&w, "/?owner=ann");
    assert_int_equal(web_get(&w, "/?owner=ann", &r), 429);
    assert_int_equal(h.refused, ACT_ELIMIT);
    int bob = open_stream_at(&w, "/?owner=bob");
    int a = open_stream(&w), b = open_stream(&w);
    assert_int_equal(
        web_metric(&w, "activity_http_refused_total", "reason=\"streams_of_owner\""), 1);
    close(ann); /* and then there is room again */
    assert_true(web_metric_becomes(&w, "activity_http_streams", "test", 3));
    ann = open_stream_at(&w, "/?owner=ann");
    close(ann);
    close(bob);
    close(a);
    close(b);
    act_http_reply_done(&r);
    hub_done(&h);
    web_stop(&w);
}

/* --- ends ---------------------------------------------------------------------------- */

static void sleeping_stream_notices_that_its_client_left(void **state)
{
    (void)state;
    web w;
    hub h;
    hub_init(&h);
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, of(&h));
    int fds[50];
    for (int i = 0; i < 50; i++)
        fds[i] = open_stream(&w);
    for (int i = 0; i < 50; i++)
        close(fds[i]); /* nothing is ever pushed */
    assert_true(reaches(&h.closed[ACT_HTTP_STREAM_GONE], 50));
    assert_true(web_metric_becomes(&w, "activity_http_streams", "test", 0));
    hub_done(&h);
    web_stop(&w);
}

/* Each leaves while its stream begins: sooner, or later than the first read of it. */
static void clients_that_leave_at_once_leave_no_connection(void **state)
{
    enum { CLIENTS = 300 };
    (void)state;
    web w;
    hub h;
    hub_init(&h);
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, of(&h));
    for (int i = 0; i < CLIENTS; i++) {
        int fd = web_ask(&w, "/watch");
        (void)shutdown(fd, SHUT_WR);
        char byte; /* the head, or the end */
        assert_true(recv(fd, &byte, 1, 0) >= 0);
        close(fd);
    }
    assert_true(reaches(&h.closed[ACT_HTTP_STREAM_GONE], CLIENTS));
    assert_true(web_metric_becomes(&w, "activity_http_connections", "", 0));
    web_stop(&w);
    hub_done(&h);
}

static void drain_sends_what_is_pending_and_ends_streams(void **state)
{
    (void)state;
    web w;
    hub h;
    hub_init(&h);
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, of(&h));
    int fds[20];
    for (int i = 0; i < 20; i++)
        fds[i] = open_stream(&w);
    for (int i = 0; i < 20; i++)
        assert_int_equal(act_http_stream_push_text(h.open[i], ACT_STR("last words\n")),
                         ACT_OK);
    assert_int_equal(act_http_server_drain(w.server, WEB_PATIENCE_NS), ACT_OK);
    for (int i = 0; i < 20; i++) {
        act_buf got = ACT_BUF_INIT;
        assert_true(web_receive(fds[i], NULL, &got));
        assert_true(act_str_find(act_buf_str(&got), ACT_STR("last words\n")) != SIZE_MAX);
        assert_true(act_str_ends(act_buf_str(&got), ACT_STR("0\r\n\r\n")));
        act_buf_done(&got);
        close(fds[i]);
    }
    assert_int_equal(atomic_load(&h.closed[ACT_HTTP_STREAM_DRAINED]), 20);
    hub_done(&h);
    web_stop(&w);
}

static void stopping_cuts_off_streams_of_clients_that_do_not_read(void **state)
{
    (void)state;
    web w;
    hub h;
    hub_init(&h);
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, of(&h));
    int reading = open_stream(&w), stuck = open_stream(&w), asleep = open_stream(&w);
    static char block[256 << 10];
    for (int full = 0; full < 40;) { /* the kernel's buffers too */
        int err = act_http_stream_push_text(h.open[1], act_str_from(block, sizeof block));
        full = err == ACT_EAGAIN ? full + 1 : 0;
        if (full)
            web_sleep_ms(5);
    }
    /* Long before they are cut off for being slow. */
    int64_t start = web_now_ms();
    assert_int_equal(act_http_server_drain(w.server, 200 * ACT_NS_PER_MS), ACT_EAGAIN);
    assert_true(web_now_ms() - start < 20000);
    act_http_server_free(w.server);
    w.server = NULL;
    assert_int_equal(atomic_load(&h.closed[ACT_HTTP_STREAM_DRAINED]), 3);
    assert_int_equal(act_http_stream_push_text(h.open[1], ACT_STR("x")), ACT_ECLOSED);
    close(reading);
    close(stuck);
    close(asleep);
    hub_done(&h);
    web_stop(&w);
}

static int closed_in_any_way(hub *h)
{
    int n = 0;
    for (int i = 0; i < 4; i++)
        n += atomic_load(&h->closed[i]);
    return n;
}

static void stream_whose_response_fails_is_closed_too(void **state)
{
    (void)state;
    web w;
    hub h;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    hub_init(&h);
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, of(&h));
    assert_int_equal(web_get(&w, "/bad", &r), 500);
    int64_t end = web_now_ms() + WEB_PATIENCE_MS;
    while (closed_in_any_way(&h) == 0 && web_now_ms() < end)
        web_sleep_ms(10);
    assert_int_equal(closed_in_any_way(&h), 1);
    assert_true(web_metric_becomes(&w, "activity_http_streams", "test", 0));
    act_http_reply_done(&r);
    hub_done(&h);
    web_stop(&w);
}

/* --- all at once --------------------------------------------------------------------- */

enum { CHURN_MS = 1500, CHURN_CLIENTS = 6, CHURN_OPENED = 50, CHURN_PUSHED = 100 };

/* Streams that their on_close removes, as a watch hub does. */
typedef struct {
    pthread_mutex_t lock;
    act_http_stream *open[CHURN_CLIENTS * 4];
    atomic_int opened, closed, pushed;
    atomic_bool stop;
    web *w;
} churn;

static void churn_close(void *ctx, act_http_stream *s, enum act_http_stream_end why)
{
    churn *c = ctx;
    (void)why;
    pthread_mutex_lock(&c->lock);
    for (size_t i = 0; i < ACT_COUNT(c->open); i++)
        if (c->open[i] == s)
            c->open[i] = act_http_stream_unref(s);
    pthread_mutex_unlock(&c->lock);
    atomic_fetch_add(&c->closed, 1);
}

static void churn_handle(void *ctx, act_http_request *req, act_http_response *res)
{
    churn *c = ctx;
    act_http_stream_options o = ACT_HTTP_STREAM_OPTIONS_INIT;
    act_http_stream *s;
    (void)req;
    o.on_close = churn_close;
    o.ctx = c;
    act_http_response_status(res, 200);
    pthread_mutex_lock(&c->lock);
    if (act_http_response_stream(res, "text/plain", &o, &s)) {
        act_http_response_status(res, 503);
    } else {
        size_t i = 0;
        while (i < ACT_COUNT(c->open) && c->open[i])
            i++;
        if (i < ACT_COUNT(c->open))
            c->open[i] = s;
        else
            act_http_stream_unref(s);
        atomic_fetch_add(&c->opened, 1);
    }
    pthread_mutex_unlock(&c->lock);
}

static void *churn_client(void *arg)
{
    churn *c = arg;
    unsigned seed = (unsigned)(uintptr_t)&seed;
    while (!atomic_load(&c->stop)) {
        act_buf got = ACT_BUF_INIT;
        int fd = web_ask(c->w, "/");
        int how = rand_r(&seed) % 4;
        if (how) /* else gone before the answer */
            (void)web_receive_within(fd, how * 10, how == 1 ? "\r\n\r\n" : NULL, &got);
        close(fd);
        act_buf_done(&got);
    }
    return NULL;
}

static void *churn_pusher(void *arg)
{
    churn *c = arg;
    unsigned seed = 7;
    while (!atomic_load(&c->stop)) {
        pthread_mutex_lock(&c->lock);
        for (size_t i = 0; i < ACT_COUNT(c->open); i++) {
            act_http_stream *s = c->open[i];
            if (!s)
                continue;
            if (rand_r(&seed) % 16 == 0)
                act_http_stream_end(s);
            else if (act_http_stream_push_text(s, ACT_STR("some text\n")) == ACT_OK)
                atomic_fetch_add(&c->pushed, 1);
        }
        pthread_mutex_unlock(&c->lock);
        web_sleep_ms(1);
    }
    return NULL;
}

static void watchers_may_come_and_go_while_others_push_and_the_server_stops(void **state)
{
    (void)state;
    web w;
    churn c = { .lock = PTHREAD_MUTEX_INITIALIZER, .w = &w };
    pthread_t threads[CHURN_CLIENTS + 2];
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT,
              (act_http_callbacks){ .handle = churn_handle, .ctx = &c });
    int hold[4]; /* still open at the end */
    for (int i = 0; i < 4; i++)
        hold[i] = open_stream(&w);
    for (int i = 0; i < CHURN_CLIENTS + 2; i++)
        assert_int_equal(act_thread_start(&threads[i], "churn",
                                          i < CHURN_CLIENTS ? churn_client : churn_pusher,
                                          &c),
                         ACT_OK);
    web_sleep_ms(CHURN_MS);
    assert_true(reaches(&c.opened, CHURN_OPENED) && reaches(&c.pushed, CHURN_PUSHED));
    atomic_store(&c.stop, true);
    for (int i = 0; i < CHURN_CLIENTS + 2; i++)
        pthread_join(threads[i], NULL);
    web_stop(&w);
    assert_int_equal(atomic_load(&c.closed), atomic_load(&c.opened));
    for (int i = 0; i < 4; i++)
        close(hold[i]);
}

/* --- over TLS, through the client ---------------------------------------------------- */

typedef struct {
    hub *h;
    act_buf got;
    bool stop;
    int heads, status;
} reader;

static bool on_chunk(void *ctx, act_str chunk)
{
    reader *r = ctx;
    act_buf_add(&r->got, chunk);
    return !r->stop;
}

/* What the first byte of the body waits for. */
static void on_head(void *ctx, int status)
{
    reader *r = ctx;
    r->heads++;
    r->status = status;
    if (status == 200) {
        assert_int_equal(r->got.len, 0);
        assert_int_equal(act_http_stream_push_text(r->h->open[0], ACT_STR("tick\n")), 0);
        act_http_stream_end(r->h->open[0]);
    }
}

static void client_is_told_of_the_head_before_anything_is_sent(void **state)
{
    (void)state;
    web w;
    hub h;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    hub_init(&h);
    web_start(&w, ACT_HTTP_SERVER_OPTIONS_INIT, of(&h));
    reader in = { .h = &h };
    act_http_call call = ACT_HTTP_CALL_INIT;
    call.on_head = on_head;
    call.on_chunk = on_chunk;
    call.ctx = &in;
    assert_int_equal(web_call(&w, call, "/bad", &r), 500);
    assert_true(in.heads == 1 && in.status == 500);
    act_http_stream_unref(h.open[--h.count]);
    assert_int_equal(web_call(&w, call, "/", &r), 200);
    assert_true(in.heads == 2 && in.status == 200);
    assert_true(act_str_eq(act_buf_str(&in.got), ACT_STR("tick\n")));
    act_buf_done(&in.got);
    act_http_reply_done(&r);
    web_stop(&w);
    hub_done(&h);
}

static void *push_later(void *arg)
{
    hub *h = arg;
    for (int n = 0; n == 0; web_sleep_ms(10)) {
        pthread_mutex_lock(&h->lock);
        n = h->count;
        pthread_mutex_unlock(&h->lock);
    }
    for (int i = 0; i < 10; i++) {
        web_sleep_ms(5);
        if (act_http_stream_push_text(h->open[0], ACT_STR("tick\n")))
            break; /* the client has gone */
    }
    act_http_stream_end(h->open[0]);
    return NULL;
}

static void client_reads_a_tls_stream_as_it_arrives(void **state)
{
    (void)state;
    web w;
    hub h;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    hub_init(&h);
    web_start_tls(&w, ACT_HTTP_SERVER_OPTIONS_INIT, of(&h));
    reader in = { .h = &h };
    act_http_call call = ACT_HTTP_CALL_INIT;
    pthread_t thread;
    call.on_chunk = on_chunk;
    call.ctx = &in;
    assert_int_equal(act_thread_start(&thread, "pusher", push_later, &h), ACT_OK);
    assert_int_equal(web_call(&w, call, "/", &r), 200);
    pthread_join(thread, NULL);
    assert_int_equal(in.got.len, 10 * 5);
    assert_int_equal(r.body.len, 0);
    act_buf_done(&in.got);

    in.stop = true; /* after the first chunk */
    assert_true(reaches(&h.closed[ACT_HTTP_STREAM_ENDED], 1));
    hub_done(&h);
    hub_init(&h);
    assert_int_equal(act_thread_start(&thread, "pusher", push_later, &h), ACT_OK);
    assert_int_equal(web_call(&w, call, "/", &r), ACT_ECLOSED);
    pthread_join(thread, NULL);
    /* Gone, or all was sent before that was seen. */
    assert_true(web_metric_becomes(&w, "activity_http_streams", "test", 0));
    assert_int_equal(atomic_load(&h.closed[ACT_HTTP_STREAM_GONE]) +
                         atomic_load(&h.closed[ACT_HTTP_STREAM_ENDED]),
                     1);
    act_buf_done(&in.got);
    act_http_reply_done(&r);
    hub_done(&h);
    web_stop(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sleeping_watchers_get_every_push_in_order),
        cmocka_unit_test(push_reaches_a_sleeping_watcher_at_once),
        cmocka_unit_test(client_that_stops_reading_is_cut_off_with_bounded_memory),
        cmocka_unit_test(full_stream_refuses_and_tells_when_there_is_room),
        cmocka_unit_test(streams_past_the_limit_are_refused),
        cmocka_unit_test(owners_have_a_share_of_the_streams),
        cmocka_unit_test(sleeping_stream_notices_that_its_client_left),
        cmocka_unit_test(clients_that_leave_at_once_leave_no_connection),
        cmocka_unit_test(drain_sends_what_is_pending_and_ends_streams),
        cmocka_unit_test(stopping_cuts_off_streams_of_clients_that_do_not_read),
        cmocka_unit_test(stream_whose_response_fails_is_closed_too),
        cmocka_unit_test(watchers_may_come_and_go_while_others_push_and_the_server_stops),
        cmocka_unit_test(client_is_told_of_the_head_before_anything_is_sent),
        cmocka_unit_test(client_reads_a_tls_stream_as_it_arrives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
