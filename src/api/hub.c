#include "api/hub.h"

#include "api/query_selector.h"
#include "api/watch_frame.h"
#include "base/alloc.h"
#include "base/json_write.h"
#include "base/thread.h"

enum {
    BATCH = 256,
    READ_WAIT_MS = 500,
    CATCH_WAIT_MS = 20,
    BOOKMARK_S = 60,
    TIMEOUT_DEFAULT_S = 2400,
    PENDING_BYTES = 1 << 20,
    PENDING_CHUNKS = 4096,
    ARENA_MAX = 64 << 20,
};

typedef struct watcher {
    struct watcher *next;
    act_hub *hub;
    act_http_stream *stream;
    act_arena *arena; /* of scope and selectors */
    act_scope scope;
    act_selector labels, fields;
    act_watch_form form;
    unsigned shape; /* form of the object, by the kind's function */
    uint64_t next_sequence;
    act_reader *reader;               /* while behind */
    int64_t deadline_ns, bookmark_ns; /* steady time; bookmark 0: none wanted */
    atomic_bool closed;
    bool ended;
} watcher;

/* One record while it is shown. */
typedef struct {
    uint64_t sequence;
    const act_json *object; /* without resourceVersion */
    act_str text;
    const char *change;
    act_bytes *frames[ACT_HUB_FORMS_MAX]; /* as an object; NULL until somebody wants it */
} record;

/* Parser and arenas of one thread. */
typedef struct {
    act_json_parser *parser;
    act_arena *batch_arena, *record_arena;
    act_buf text;
} workspace;

struct act_hub {
    const act_hub_kind *kind;
    act_broker *broker;
    act_clock clock;
    act_log *log;
    pthread_mutex_t lock; /* of the lists and next_sequence */
    watcher *live, *behind;
    size_t count;
    uint64_t next_sequence;
    pthread_cond_t wake; /* of the catcher */
    atomic_bool stop;
    pthread_t reader_thread, catcher_thread;
    bool reader_started, catcher_started;
    workspace reading, catching;
    act_gauge *open, *lagging;
    act_counter *shown, *unreadable;
};

/* ---- records ----------------------------------------------------------------------- */

static int open_workspace(workspace *ws)
{
    act_json_limits limits = { .max_bytes = 64 << 20, .max_depth = 200 };
    int r = act_json_parser_new(limits, &ws->parser);
    if (!r)
        r = act_arena_new(ARENA_MAX, 256 << 10, &ws->batch_arena);
    if (!r)
        r = act_arena_new(ARENA_MAX, 64 << 10, &ws->record_arena);
    return r;
}

static void close_workspace(workspace *ws)
{
    act_json_parser_free(ws->parser);
    act_arena_free(ws->batch_arena);
    act_arena_free(ws->record_arena);
    act_buf_done(&ws->text);
}

/* The object's text with its resourceVersion put into its metadata. */
static void write_versioned(const record *r, act_buf *out)
{
    const act_json *meta = act_json_get(r->object, ACT_STR("metadata"));
    size_t at = (size_t)(meta->raw.ptr - r->text.ptr) + 1;
    act_buf_add(out, act_str_head(r->text, at));
    act_buf_printf(out, "\"resourceVersion\":\"%llu\"%s", (unsigned long long)r->sequence,
                   meta->count > 0 ? "," : "");
    act_buf_add(out, act_str_cut(r->text, at));
}

static bool has_version(const record *r)
{
    const act_json *meta = act_json_get(r->object, ACT_STR("metadata"));
    return !meta || meta->type != ACT_JSON_OBJECT || !meta->raw.ptr ||
           act_json_get(meta, ACT_STR("resourceVersion"));
}

/* The object as watchers of this form see it. */
static int shaped_object(const act_hub_kind *kind, workspace *ws, const record *r,
                         unsigned form, const act_json **ret)
{
    act_str version;
    const act_json *object = NULL;
    int e = act_arena_printf(ws->record_arena, &version, "%llu",
                             (unsigned long long)r->sequence);
    if (!e)
        e = act_object_with_meta(ws->record_arena, r->object, "resourceVersion",
                                 act_json_of_string(version), &object);
    if (!e && kind->shape)
        e = kind->shape(ws->record_arena, object, form, &object);
    if (!e)
        *ret = object;
    return e;
}

/* The frame that all watchers of plain objects of one form share. */
static int object_frame(const act_hub_kind *kind, workspace *ws, record *r, unsigned form)
{
    if (r->frames[form])
        return 0;
    act_buf_clear(&ws->text);
    act_buf_printf(&ws->text, "{\"type\":\"%s\",\"object\":", r->change);
    if (kind->shape || has_version(r)) {
        const act_json *object;
        int e = shaped_object(kind, ws, r, form, &object);
        if (e)
            return e;
        act_json_writer w = act_json_writer_on(&ws->text);
        act_jw_value(&w, object);
    } else {
        write_versioned(r, &ws->text);
    }
    act_buf_add(&ws->text, ACT_STR("}\n"));
    int e = act_buf_err(&ws->text);
    return e ? e : act_bytes_new(act_buf_str(&ws->text), &r->frames[form]);
}

static void drop_frames(record *r)
{
    for (size_t i = 0; i < ACT_COUNT(r->frames); i++)
        r->frames[i] = act_bytes_unref(r->frames[i]);
}

static int push_formed(watcher *w, workspace *ws, const record *r, int64_t now)
{
    const act_json *object;
    int e = shaped_object(w->hub->kind, ws, r, w->shape, &object);
    if (e)
        return e;
    act_watch_form before = w->form;
    act_buf_clear(&ws->text);
    act_watch_frame_write(&w->form, r->change, object, now, &ws->text);
    e = act_buf_err(&ws->text);
    if (!e)
        e = act_http_stream_push_text(w->stream, act_buf_str(&ws->text));
    if (e)
        w->form = before; /* its headers are still due */
    return e;
}

typedef struct {
    const act_hub_kind *kind;
    const act_json *object;
} field_source;

static bool field_of(void *ctx, act_str key, act_str *ret)
{
    const field_source *f = ctx;
    return f->kind->field(f->object, key, ret);
}

static bool wants(const watcher *w, const act_json *object)
{
    field_source f = { w->hub->kind, object };
    return w->hub->kind->visible(w->scope, object) &&
           act_selector_matches(&w->fields, field_of, &f) &&
           act_selector_matches(&w->labels, act_label_lookup, (void *)(uintptr_t)object);
}

/* Show the record to a watcher. ACT_EAGAIN: its client is behind; the record is still due.
 */
static int show(watcher *w, workspace *ws, record *r, int64_t now)
{
    if (r->sequence < w->next_sequence)
        return 0;
    int e = 0;
    if (wants(w, r->object)) {
        if (w->form.transform == ACT_KUBE_AS_OBJECT) {
            e = object_frame(w->hub->kind, ws, r, w->shape);
            if (!e)
                e = act_http_stream_push(w->stream, r->frames[w->shape]);
        } else {
            e = push_formed(w, ws, r, now);
        }
    }
    if (!e)
        w->next_sequence = r->sequence + 1;
    return e;
}

static bool decode(act_hub *h, workspace *ws, const act_delivery *m, record *ret)
{
    act_arena_reset(ws->record_arena);
    *ret = (record){ .sequence = m->sequence, .text = m->payload };
    if (act_json_parse(ws->parser, ws->record_arena, m->payload, ACT_BROKER_PADDING,
                       &ret->object, NULL) == 0) {
        ret->change = h->kind->change ? h->kind->change(m, ret->object) : "ADDED";
        return true;
    }
    act_counter_add(h->unreadable, 1);
    return false;
}

/* ---- lists of watchers ------------------------------------------------------------- */

static void free_watcher(watcher *w)
{
    if (!w)
        return;
    if (w->reader)
        act_reader_close(w->reader);
    if (w->stream)
        (void)act_http_stream_unref(w->stream);
    act_arena_free(w->arena);
    act_dealloc(w);
}

static void end_watch(watcher *w)
{
    w->ended = true;
    act_http_stream_end(w->stream);
}

static void end_with_error(watcher *w, enum act_kube_reason reason, const char *text)
{
    act_buf frame = ACT_BUF_INIT;
    act_arena *a = NULL;
    if (act_arena_new(64 << 10, 0, &a) == 0) {
        act_kube_status status = act_kube_error(a, reason, "%s", text);
        act_watch_frame_error(&status, &frame);
        if (act_http_stream_push_text(w->stream, act_buf_str(&frame)))
            act_counter_add(w->hub->unreadable, 0); /* the client sees the end alone */
    }
    act_arena_free(a);
    act_buf_done(&frame);
    end_watch(w);
}

/* What is due by the clock. */
static void tick(act_hub *h, watcher *w, int64_t now)
{
    if (w->ended)
        return;
    if (now >= w->deadline_ns) {
        end_watch(w);
        return;
    }
    if (w->bookmark_ns == 0 || now < w->bookmark_ns)
        return;
    act_buf frame = ACT_BUF_INIT;
    act_watch_frame_bookmark(&w->form, h->next_sequence - 1, false, &frame);
    if (act_http_stream_push_text(w->stream, act_buf_str(&frame)) == 0)
        w->bookmark_ns = now + BOOKMARK_S * ACT_NS_PER_S;
    act_buf_done(&frame);
}

/* Under the lock: move the watchers that are over out of *list, freeing them. */
static void sweep(act_hub *h, watcher **list, bool with_clock)
{
    int64_t now = act_mono_ns(h->clock);
    while (*list) {
        watcher *w = *list;
        if (with_clock)
            tick(h, w, now);
        if (!atomic_load(&w->closed)) {
            list = &w->next;
            continue;
        }
        *list = w->next;
        free_watcher(w);
        h->count--;
    }
    act_gauge_set(h->open, (int64_t)h->count);
}

static void put_behind(act_hub *h, watcher *w)
{
    w->next = h->behind;
    h->behind = w;
    (void)pthread_cond_signal(&h->wake);
}

/* ---- the reader -------------------------------------------------------------------- */

/* Under the lock: show one record to all live watchers. */
static void show_to_live(act_hub *h, record *r, int64_t now)
{
    watcher **at = &h->live;
    while (*at) {
        watcher *w = *at;
        int e = w->ended || atomic_load(&w->closed) ? 0 : show(w, &h->reading, r, now);
        if (e == ACT_EAGAIN || e == ACT_ENOMEM) {
            *at = w->next;
            put_behind(h, w);
            continue;
        }
        at = &w->next;
    }
    act_counter_add(h->shown, 1);
}

static void show_batch(act_hub *h, const act_delivery *got, size_t n, uint64_t next)
{
    int64_t now = act_wall_ns(h->clock);
    (void)pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < n; i++) {
        record r;
        if (!decode(h, &h->reading, &got[i], &r))
            continue;
        show_to_live(h, &r, now);
        drop_frames(&r);
    }
    h->next_sequence = next;
    sweep(h, &h->live, true);
    (void)pthread_mutex_unlock(&h->lock);
}

static void set_next(act_hub *h, uint64_t sequence)
{
    (void)pthread_mutex_lock(&h->lock);
    h->next_sequence = sequence;
    (void)pthread_mutex_unlock(&h->lock);
}

static void *read_stream(void *arg)
{
    act_hub *h = arg;
    act_reader *reader = NULL;
    int64_t swept = 0;
    while (!atomic_load(&h->stop)) {
        const act_delivery *got = NULL;
        size_t n = 0;
        uint64_t next = h->next_sequence;
        act_arena_reset(h->reading.batch_arena);
        int r = reader ? 0
                       : act_reader_open(h->broker, act_str_cstr(h->kind->stream),
                                         h->next_sequence, (act_str){ 0 }, &reader);
        if (!r)
            r = act_reader_next(reader, BATCH, READ_WAIT_MS * ACT_NS_PER_MS,
                                h->reading.batch_arena, &got, &n, &next);
        if (r == ACT_ECLOSED)
            break;
        if (r && r != ACT_EAGAIN) {
            /* The stream has lost what the hub had not seen, or the broker is away. */
            act_warn(h->log, "a stream cannot be read, trying again",
                     ACT_F_CSTR("stream", h->kind->stream), ACT_F_ERR(r));
            if (reader)
                act_reader_close(reader);
            reader = NULL;
            act_stream_info info;
            if (r == ACT_EGONE && act_broker_stream_info(
                                      h->broker, act_str_cstr(h->kind->stream), &info) == 0)
                set_next(h, info.first_sequence);
            act_sleep_ns(ACT_NS_PER_S, &h->stop);
            continue;
        }
        int64_t now = act_mono_ns(h->clock);
        if (n > 0 || now - swept > ACT_NS_PER_S) {
            show_batch(h, got, n, next > h->next_sequence ? next : h->next_sequence);
            swept = now;
        }
    }
    if (reader)
        act_reader_close(reader);
    return NULL;
}

/* ---- the catcher ------------------------------------------------------------------- */

/* Show a watcher one batch of what it has missed. ACT_EAGAIN: nothing more is there, or its
 * client takes no more now. */
static int catch_up(act_hub *h, watcher *w)
{
    const act_delivery *got;
    size_t n;
    uint64_t next = w->next_sequence;
    act_arena_reset(h->catching.batch_arena);
    int r = 0;
    if (!w->reader)
        r = act_reader_open(h->broker, act_str_cstr(h->kind->stream), w->next_sequence,
                            (act_str){ 0 }, &w->reader);
    if (!r)
        r = act_reader_next(w->reader, BATCH, 0, h->catching.batch_arena, &got, &n, &next);
    if (r == ACT_EAGAIN) {
        w->next_sequence = next > w->next_sequence ? next : w->next_sequence;
        return r;
    }
    for (size_t i = 0; !r && i < n; i++) {
        record rec;
        if (!decode(h, &h->catching, &got[i], &rec))
            continue;
        r = show(w, &h->catching, &rec, act_wall_ns(h->clock));
        drop_frames(&rec);
    }
    if (r == ACT_EAGAIN) {
        /* Its next batch begins with the record that did not fit. */
        act_reader_close(w->reader);
        w->reader = NULL;
    } else if (!r) {
        w->next_sequence = next;
    }
    return r;
}

/* True when the watcher needs no more catching: it is live or over. */
static bool settle(act_hub *h, watcher *w, int r)
{
    if (r == ACT_EGONE)
        end_with_error(w, ACT_KUBE_EXPIRED,
                       "the watch fell behind what the server remembers");
    else if (r && r != ACT_EAGAIN && r != ACT_ECLOSED)
        end_with_error(w, ACT_KUBE_INTERNAL, act_strerror(r));
    (void)pthread_mutex_lock(&h->lock);
    bool there = w->ended || w->next_sequence >= h->next_sequence;
    if (there) {
        if (w->reader)
            act_reader_close(w->reader);
        w->reader = NULL;
        w->next = h->live;
        h->live = w;
    }
    (void)pthread_mutex_unlock(&h->lock);
    return there;
}

static void *catch_watchers(void *arg)
{
    act_hub *h = arg;
    watcher *mine = NULL; /* being caught up, nobody else's */
    while (!atomic_load(&h->stop)) {
        (void)pthread_mutex_lock(&h->lock);
        if (!h->behind && !mine)
            (void)act_cond_wait(&h->wake, &h->lock, READ_WAIT_MS * ACT_NS_PER_MS);
        while (h->behind) {
            watcher *w = h->behind;
            h->behind = w->next;
            w->next = mine;
            mine = w;
        }
        sweep(h, &mine, true);
        (void)pthread_mutex_unlock(&h->lock);
        bool progress = false;
        size_t n = 0;
        for (watcher **at = &mine; *at;) {
            watcher *w = *at, *next = w->next;
            int r = w->ended ? 0 : catch_up(h, w);
            progress = progress || r == 0;
            if (settle(h, w, r)) {
                *at = next;
                continue;
            }
            at = &w->next;
            n++;
        }
        act_gauge_set(h->lagging, (int64_t)n);
        if (mine && !progress)
            act_sleep_ns(CATCH_WAIT_MS * ACT_NS_PER_MS, &h->stop);
    }
    (void)pthread_mutex_lock(&h->lock);
    while (mine) {
        watcher *w = mine;
        mine = w->next;
        w->next = h->behind;
        h->behind = w;
    }
    (void)pthread_mutex_unlock(&h->lock);
    return NULL;
}

/* ---- life -------------------------------------------------------------------------- */

static void make_metrics(act_hub *h, act_metrics *m)
{
    const char *labels[] = { "stream", h->kind->stream, NULL };
    h->open = act_metrics_gauge(m, "activity_watchers", "Open watches.", labels);
    h->lagging = act_metrics_gauge(m, "activity_watchers_behind",
                                   "Watches that are being brought up.", labels);
    h->shown = act_metrics_counter(m, "activity_watch_records_total",
                                   "Records shown to watchers.", labels);
    h->unreadable = act_metrics_counter(m, "activity_watch_unreadable_total",
                                        "Records that were no JSON.", labels);
}

int act_hub_start(const act_hub_kind *kind, act_broker *broker, act_clock clock,
                  act_log *log, act_metrics *metrics, act_hub **ret)
{
    act_hub *h = act_zalloc(1, sizeof *h);
    if (!h)
        return ACT_ENOMEM;
    h->kind = kind;
    h->broker = broker;
    h->clock = clock;
    h->log = log;
    (void)pthread_mutex_init(&h->lock, NULL);
    make_metrics(h, metrics);
    act_stream_info info = { 0 };
    int r = act_cond_init(&h->wake);
    if (!r)
        r = open_workspace(&h->reading);
    if (!r)
        r = open_workspace(&h->catching);
    if (!r)
        r = act_broker_stream_info(broker, act_str_cstr(kind->stream), &info);
    h->next_sequence = info.last_sequence + 1;
    if (!r)
        r = act_thread_start(&h->reader_thread, "hub-read", read_stream, h);
    h->reader_started = !r;
    if (!r)
        r = act_thread_start(&h->catcher_thread, "hub-catch", catch_watchers, h);
    h->catcher_started = h->reader_started && !r;
    if (r) {
        act_hub_free(h);
        return r;
    }
    *ret = h;
    return 0;
}

void act_hub_free(act_hub *h)
{
    if (!h)
        return;
    atomic_store(&h->stop, true);
    (void)pthread_mutex_lock(&h->lock);
    (void)pthread_cond_broadcast(&h->wake);
    (void)pthread_mutex_unlock(&h->lock);
    if (h->reader_started)
        (void)pthread_join(h->reader_thread, NULL);
    if (h->catcher_started)
        (void)pthread_join(h->catcher_thread, NULL);
    watcher *lists[] = { h->live, h->behind };
    for (size_t i = 0; i < ACT_COUNT(lists); i++) {
        while (lists[i]) {
            watcher *w = lists[i];
            lists[i] = w->next;
            free_watcher(w);
        }
    }
    close_workspace(&h->reading);
    close_workspace(&h->catching);
    (void)pthread_cond_destroy(&h->wake);
    (void)pthread_mutex_destroy(&h->lock);
    act_dealloc(h);
}

uint64_t act_hub_newest(act_hub *h)
{
    (void)pthread_mutex_lock(&h->lock);
    uint64_t newest = h->next_sequence - 1;
    (void)pthread_mutex_unlock(&h->lock);
    return newest;
}

/* ---- a new watch ------------------------------------------------------------------- */

static void on_close(void *ctx, act_http_stream *s, enum act_http_stream_end why)
{
    watcher *w = ctx;
    (void)s;
    (void)why;
    atomic_store(&w->closed, true);
}

static int copy_parts(watcher *w, const act_call *c, const act_hub_watch *hw)
{
    act_str labels, fields;
    w->scope.type = c->scope.type;
    int r = act_arena_str(w->arena, c->scope.name, &w->scope.name);
    if (!r)
        r = act_arena_str(w->arena, hw->label_text, &labels);
    if (!r)
        r = act_arena_str(w->arena, hw->field_text, &fields);
    if (!r)
        r = act_selector_parse_labels(w->arena, labels, &w->labels, NULL);
    if (!r)
        r = act_selector_parse_fields(w->arena, fields, &w->fields, NULL);
    return r;
}

static int push_initial(watcher *w, act_call *c, const act_hub_watch *hw)
{
    act_buf frames = ACT_BUF_INIT;
    for (size_t i = 0; i < hw->n_initial; i++)
        act_watch_frame_write(&w->form, "ADDED", hw->initial[i], c->now_ns, &frames);
    if (hw->query->send_initial_events && hw->query->bookmarks)
        act_watch_frame_bookmark(&w->form, hw->after, true, &frames);
    int r = act_buf_err(&frames);
    if (!r && frames.len > 0)
        r = act_http_stream_push_text(w->stream, act_buf_str(&frames));
    act_buf_done(&frames);
    return r;
}

static int open_watcher(act_hub *h, act_call *c, const act_hub_watch *hw, watcher **ret)
{
    watcher *w = act_zalloc(1, sizeof *w);
    if (!w)
        return ACT_ENOMEM;
    w->hub = h;
    w->form = act_watch_form_of(c);
    w->shape = hw->form;
    int64_t now = act_mono_ns(h->clock);
    int64_t timeout_s = hw->query->timeout_s > 0 ? hw->query->timeout_s : TIMEOUT_DEFAULT_S;
    w->deadline_ns = now + timeout_s * ACT_NS_PER_S;
    w->bookmark_ns = hw->query->bookmarks ? now + BOOKMARK_S * ACT_NS_PER_S : 0;
    act_http_stream_options options = ACT_HTTP_STREAM_OPTIONS_INIT;
    options.max_pending_bytes = PENDING_BYTES;
    options.max_pending_chunks = PENDING_CHUNKS;
    options.on_close = on_close;
    options.ctx = w;
    int r = act_arena_new(256 << 10, 1 << 10, &w->arena);
    if (!r)
        r = copy_parts(w, c, hw);
    act_http_response_status(c->res, 200);
    if (!r)
        r = act_http_response_stream(c->res, "application/json", &options, &w->stream);
    if (r) {
        free_watcher(w);
        return r;
    }
    *ret = w;
    return 0;
}

/* From now on the watcher is the hub's. */
static void join(act_hub *h, watcher *w, uint64_t after)
{
    (void)pthread_mutex_lock(&h->lock);
    w->next_sequence = after == UINT64_MAX ? h->next_sequence : after + 1;
    if (w->next_sequence >= h->next_sequence) {
        w->next = h->live;
        h->live = w;
    } else {
        put_behind(h, w);
    }
    act_gauge_set(h->open, (int64_t)h->count);
    (void)pthread_mutex_unlock(&h->lock);
}

/* Is there something to watch from @after on? False: answered. */
static bool check_version(act_hub *h, act_call *c, uint64_t after)
{
    act_stream_info info;
    if (after == UINT64_MAX)
        return true;
    int r = act_broker_stream_info(h->broker, act_str_cstr(h->kind->stream), &info);
    if (r) {
        act_answer_failure(c, r, "the broker");
        return false;
    }
    if (after > info.last_sequence) {
        act_answer_error(c, ACT_KUBE_TIMEOUT,
                         "Too large resource version: %llu, current: %llu",
                         (unsigned long long)after, (unsigned long long)info.last_sequence);
        return false;
    }
    return true;
}

static bool enter(act_hub *h)
{
    (void)pthread_mutex_lock(&h->lock);
    bool room = h->count < ACT_HUB_WATCHES_MAX;
    h->count += room;
    (void)pthread_mutex_unlock(&h->lock);
    return room;
}

static void leave(act_hub *h)
{
    (void)pthread_mutex_lock(&h->lock);
    h->count--;
    (void)pthread_mutex_unlock(&h->lock);
}

void act_hub_answer(act_hub *h, act_call *c, const act_hub_watch *hw)
{
    watcher *w = NULL;
    if (!check_version(h, c, hw->after))
        return;
    if (!enter(h)) {
        act_answer_error(c, ACT_KUBE_TOO_MANY_REQUESTS, "too many watches are open");
        return;
    }
    int r = open_watcher(h, c, hw, &w);
    if (r == ACT_ELIMIT)
        act_answer_error(c, ACT_KUBE_TOO_MANY_REQUESTS, "too many watches are open");
    else if (r)
        act_answer_failure(c, r, "the server");
    if (r) {
        leave(h);
        return;
    }
    r = push_initial(w, c, hw);
    if (r)
        end_with_error(w, ACT_KUBE_INTERNAL, act_strerror(r));
    join(h, w, hw->after);
}
