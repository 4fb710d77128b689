#include "api/persisted_watches.h"

#include "base/alloc.h"
#include "base/thread.h"

enum {
    SIGNAL_WAIT_MS = 100,
    BATCH = 100,
    BOOKMARK_S = 60,
    TIMEOUT_DEFAULT_S = 2400,
    PENDING_MAX = 4 << 20,
    ARENA_MAX = 64 << 20,
};

typedef struct watcher {
    struct watcher *next;
    act_registry_watch *changes;
    act_http_stream *stream;
    act_arena *arena; /* of the selection */
    act_persisted_selection selection;
    act_watch_form form;
    act_buf frames;                   /* made and not yet pushed */
    int64_t revision;                 /* nothing up to here is missing */
    int64_t deadline_ns, bookmark_ns; /* steady time; bookmark 0: none wanted */
    atomic_bool closed;               /* the client is gone */
    bool ended;                       /* nothing more is to be made */
} watcher;

struct act_persisted_watches {
    act_registry *registry;
    act_clock clock;
    act_registry_watch *signal; /* wakes the thread at any change */
    act_arena *arena;
    pthread_mutex_t lock; /* of arriving */
    watcher *arriving;
    size_t count, max; /* count under the lock */
    act_counter *refused;
    watcher *watchers; /* the thread's */
    atomic_bool stop;
    pthread_t thread;
    bool started;
    act_gauge *open;
};

/* ---- frames ------------------------------------------------------------------------ */

/* Hand over what is made; what does not fit waits for the next round. */
static void push(watcher *w)
{
    if (w->frames.len == 0 || act_buf_err(&w->frames))
        return;
    int r = act_http_stream_push_text(w->stream, act_buf_str(&w->frames));
    if (r == ACT_EAGAIN)
        return;
    act_buf_clear(&w->frames);
    if (r) /* on_close, which says when nobody else has it, is still to come */
        w->ended = true;
}

static void end_with_error(watcher *w, act_arena *a, enum act_kube_reason reason,
                           const char *text)
{
    act_kube_status status = act_kube_error(a, reason, "%s", text);
    act_watch_frame_error(&status, &w->frames);
    w->ended = true;
}

static int object_of(act_arena *a, const act_registry_event *e, act_str value,
                     const act_json **ret)
{
    act_entry entry = e->entry;
    entry.value = value;
    return act_persisted_object(a, &entry, ret);
}

/* What a change of the registry is to this watcher: its selection may see an object come
 * and go although it stays. */
static int make_frame(watcher *w, act_arena *a, const act_registry_event *e, int64_t now)
{
    const act_json *object = NULL, *previous = NULL;
    int r = object_of(a, e, e->entry.value, &object);
    if (!r && e->previous.len > 0)
        r = object_of(a, e, e->previous, &previous);
    if (r)
        return r;
    bool deleted = e->change == ACT_CHANGE_DELETE;
    bool before = deleted ? act_persisted_selected(&w->selection, object)
                          : previous && act_persisted_selected(&w->selection, previous);
    bool after = !deleted && act_persisted_selected(&w->selection, object);
    const char *type = before && after ? "MODIFIED" : after ? "ADDED" : "DELETED";
    if (before || after)
        act_watch_frame_write(&w->form, type, object, now, &w->frames);
    w->revision = e->entry.mod_revision;
    return act_buf_err(&w->frames);
}

static void make_frames(act_persisted_watches *all, watcher *w)
{
    while (!w->ended && w->frames.len < PENDING_MAX / 4) {
        const act_registry_event *events;
        size_t n;
        int64_t revision = w->revision;
        act_arena_reset(all->arena);
        int r = act_registry_watch_next(w->changes, BATCH, 0, all->arena, &events, &n,
                                        &revision);
        if (r == ACT_EAGAIN) {
            w->revision = revision > w->revision ? revision : w->revision;
            return;
        }
        for (size_t i = 0; !r && i < n; i++)
            r = make_frame(w, all->arena, &events[i], act_wall_ns(all->clock));
        if (r == ACT_EGONE)
            end_with_error(w, all->arena, ACT_KUBE_EXPIRED,
                           "the watch fell behind what the server remembers");
        else if (r == ACT_ECLOSED)
            w->ended = true;
        else if (r)
            end_with_error(w, all->arena, ACT_KUBE_INTERNAL, act_strerror(r));
    }
}

/* One a minute, and one at the end, from which the next watch goes on. */
static int64_t next_bookmark(const watcher *w, int64_t now)
{
    int64_t heartbeat = now + BOOKMARK_S * ACT_NS_PER_S;
    return heartbeat < w->deadline_ns ? heartbeat : w->deadline_ns;
}

static void make_bookmark(act_persisted_watches *all, watcher *w)
{
    int64_t now = act_mono_ns(all->clock);
    if (w->bookmark_ns == 0 || now < w->bookmark_ns || w->ended)
        return;
    act_watch_frame_bookmark(&w->form, (uint64_t)w->revision, false, &w->frames);
    w->bookmark_ns = next_bookmark(w, now);
}

/* ---- the thread -------------------------------------------------------------------- */

static int open_signal(act_persisted_watches *all)
{
    int64_t now = 0;
    int r = act_registry_revision(all->registry, &now);
    return r ? r
             : act_registry_watch_open(all->registry, (act_str){ 0 }, now, &all->signal);
}

/* Wait until something has changed, or for SIGNAL_WAIT_MS. False: the registry stops. */
static bool wait_for_change(act_persisted_watches *all)
{
    const act_registry_event *events;
    size_t n;
    act_arena_reset(all->arena);
    int r = all->signal ? act_registry_watch_next(all->signal, BATCH,
                                                  SIGNAL_WAIT_MS * ACT_NS_PER_MS,
                                                  all->arena, &events, &n, NULL)
                        : ACT_EGONE;
    if (r && r != ACT_EAGAIN && r != ACT_ECLOSED) {
        /* What it pointed at is compacted, or the registry is in trouble. */
        act_registry_watch_close(all->signal);
        all->signal = NULL;
        if (open_signal(all))
            act_sleep_ns(SIGNAL_WAIT_MS * ACT_NS_PER_MS, &all->stop);
    }
    return r != ACT_ECLOSED;
}

static void free_watcher(watcher *w)
{
    if (!w)
        return;
    if (w->changes)
        act_registry_watch_close(w->changes);
    if (w->stream) {
        act_http_stream_end(w->stream);
        (void)act_http_stream_unref(w->stream);
    }
    act_arena_free(w->arena);
    act_buf_done(&w->frames);
    act_dealloc(w);
}

static void take_arriving(act_persisted_watches *all)
{
    (void)pthread_mutex_lock(&all->lock);
    watcher *w = all->arriving;
    all->arriving = NULL;
    (void)pthread_mutex_unlock(&all->lock);
    while (w) {
        watcher *next = w->next;
        w->next = all->watchers;
        all->watchers = w;
        w = next;
    }
}

/* True while the watcher lives on. */
static bool serve(act_persisted_watches *all, watcher *w)
{
    push(w);
    if (w->frames.len == 0 && !w->ended) {
        make_frames(all, w);
        make_bookmark(all, w);
        push(w);
    }
    if (act_mono_ns(all->clock) >= w->deadline_ns)
        w->ended = true;
    return !atomic_load(&w->closed) && !(w->ended && w->frames.len == 0) &&
           !act_buf_err(&w->frames);
}

static void serve_all(act_persisted_watches *all)
{
    watcher **at = &all->watchers;
    while (*at) {
        watcher *w = *at;
        if (serve(all, w)) {
            at = &w->next;
            continue;
        }
        /* on_close may still come: it touches only what this waits for. */
        act_http_stream_end(w->stream);
        if (!atomic_load(&w->closed)) {
            at = &w->next;
            continue;
        }
        *at = w->next;
        free_watcher(w);
        (void)pthread_mutex_lock(&all->lock);
        all->count--;
        act_gauge_set(all->open, (int64_t)all->count);
        (void)pthread_mutex_unlock(&all->lock);
    }
}

static void *run(void *arg)
{
    act_persisted_watches *all = arg;
    while (!atomic_load(&all->stop) && wait_for_change(all)) {
        take_arriving(all);
        serve_all(all);
    }
    return NULL;
}

/* ---- life -------------------------------------------------------------------------- */

int act_persisted_watches_start(act_registry *registry, act_clock clock,
                                act_metrics *metrics, size_t max,
                                act_persisted_watches **ret)
{
    act_persisted_watches *all = act_zalloc(1, sizeof *all);
    if (!all)
        return ACT_ENOMEM;
    all->registry = registry;
    all->clock = clock;
    all->max = max ? max : ACT_PERSISTED_WATCHES_MAX;
    all->refused =
        act_metrics_counter(metrics, "activity_api_refused_total",
                            "Requests refused because a limit of the API is reached.",
                            (const char *[]){ "reason", "persisted_watches", NULL });
    (void)pthread_mutex_init(&all->lock, NULL);
    all->open = act_metrics_gauge(metrics, "activity_apiserver_persisted_watches",
                                  "Open watches of persisted kinds.", NULL);
    int r = act_arena_new(ARENA_MAX, 64 << 10, &all->arena);
    if (!r)
        r = open_signal(all);
    if (!r)
        r = act_thread_start(&all->thread, "api-watch", run, all);
    all->started = !r;
    if (r) {
        act_persisted_watches_free(all);
        return r;
    }
    *ret = all;
    return 0;
}

void act_persisted_watches_free(act_persisted_watches *all)
{
    if (!all)
        return;
    atomic_store(&all->stop, true);
    if (all->started)
        (void)pthread_join(all->thread, NULL);
    take_arriving(all);
    while (all->watchers) {
        watcher *w = all->watchers;
        all->watchers = w->next;
        free_watcher(w);
    }
    if (all->signal)
        act_registry_watch_close(all->signal);
    act_arena_free(all->arena);
    (void)pthread_mutex_destroy(&all->lock);
    act_dealloc(all);
}

/* ---- a new watch ------------------------------------------------------------------- */

static void on_close(void *ctx, act_http_stream *s, enum act_http_stream_end why)
{
    watcher *w = ctx;
    (void)s;
    (void)why;
    atomic_store(&w->closed, true);
}

static void make_initial(watcher *w, act_call *c, const act_json *const *initial, size_t n,
                         bool mark)
{
    for (size_t i = 0; i < n; i++)
        if (act_persisted_selected(&w->selection, initial[i]))
            act_watch_frame_write(&w->form, "ADDED", initial[i], c->now_ns, &w->frames);
    if (mark)
        act_watch_frame_bookmark(&w->form, (uint64_t)w->revision, true, &w->frames);
}

/* False: answered. */
static bool open_watcher(act_persisted_watches *all, watcher *w, act_call *c,
                         const char *prefix, const act_list_query *q)
{
    int r = act_arena_new(1 << 20, 0, &w->arena);
    if (!r && !act_persisted_selection_read(c, q, w->arena, &w->selection))
        return false;
    if (!r)
        r = act_registry_watch_open(all->registry, act_str_cstr(prefix), w->revision,
                                    &w->changes);
    if (r == ACT_EINVAL)
        act_persisted_answer_too_large(c, w->revision);
    else if (r == ACT_EGONE)
        end_with_error(w, c->arena, ACT_KUBE_EXPIRED,
                       "The resourceVersion for the provided watch is too old.");
    else if (r)
        act_answer_failure(c, r, "the registry");
    return !r || r == ACT_EGONE;
}

static bool enter(act_persisted_watches *all)
{
    (void)pthread_mutex_lock(&all->lock);
    bool room = all->count < all->max;
    all->count += room;
    act_gauge_set(all->open, (int64_t)all->count);
    (void)pthread_mutex_unlock(&all->lock);
    return room;
}

static void leave(act_persisted_watches *all)
{
    (void)pthread_mutex_lock(&all->lock);
    all->count--;
    act_gauge_set(all->open, (int64_t)all->count);
    (void)pthread_mutex_unlock(&all->lock);
}

void act_persisted_watches_add(act_persisted_watches *all, act_call *c, const char *prefix,
                               int64_t after, const act_list_query *q,
                               const act_json *const *initial, size_t n_initial,
                               bool mark_initial)
{
    if (!enter(all)) {
        act_counter_add(all->refused, 1);
        act_answer_error(c, ACT_KUBE_TOO_MANY_REQUESTS, "too many watches are open");
        return;
    }
    watcher *w = act_zalloc(1, sizeof *w);
    if (!w) {
        leave(all);
        act_answer_failure(c, ACT_ENOMEM, "memory");
        return;
    }
    w->revision = after;
    w->form = act_watch_form_of(c);
    if (!open_watcher(all, w, c, prefix, q)) {
        free_watcher(w);
        leave(all);
        return;
    }
    int64_t now = act_mono_ns(all->clock);
    int64_t timeout_s = q->timeout_s > 0 ? q->timeout_s : TIMEOUT_DEFAULT_S;
    w->deadline_ns = now + timeout_s * ACT_NS_PER_S;
    w->bookmark_ns = q->bookmarks ? next_bookmark(w, now) : 0;
    make_initial(w, c, initial, n_initial, mark_initial);
    act_http_stream_options options = ACT_HTTP_STREAM_OPTIONS_INIT;
    options.max_pending_bytes = PENDING_MAX;
    options.on_close = on_close;
    options.ctx = w;
    act_http_response_status(c->res, 200);
    int r = act_http_response_stream(c->res, "application/json", &options, &w->stream);
    if (r) {
        free_watcher(w);
        leave(all);
        if (r == ACT_ELIMIT)
            act_answer_error(c, ACT_KUBE_TOO_MANY_REQUESTS, "too many watches are open");
        else
            act_answer_failure(c, r, "the server");
        return;
    }
    push(w);
    (void)pthread_mutex_lock(&all->lock);
    w->next = all->arriving;
    all->arriving = w;
    (void)pthread_mutex_unlock(&all->lock);
}

void act_persisted_watch(act_call *c, const act_persisted_kind *kind,
                         const act_list_query *q)
{
    /* From a version on; else the state of now goes first. */
    bool from_state = q->rv == 0 || q->send_initial_events;
    if (q->has_send_initial_events && !q->send_initial_events)
        from_state = false;
    int64_t after = q->rv;
    const act_json **initial = NULL;
    size_t n = 0;
    int r = 0;
    if (from_state || after == 0) {
        act_list_options o = { .prefix = act_str_cstr(kind->prefix) };
        act_list_result list;
        r = act_registry_list(c->api->registry, &o, c->arena, &list);
        if (!r) {
            after = list.revision;
            initial = act_arena_alloc(c->arena, (list.n + 1) * sizeof(*initial));
            r = initial ? 0 : ACT_ENOMEM;
        }
        for (size_t i = 0; !r && from_state && i < list.n; i++)
            r = act_persisted_object(c->arena, &list.entries[i], &initial[n++]);
    }
    if (r)
        act_answer_failure(c, r, "the registry");
    else
        act_persisted_watches_add(c->api->persisted, c, kind->prefix, after, q, initial, n,
                                  q->send_initial_events && q->bookmarks);
}
