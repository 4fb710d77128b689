#include "api/hub_parts.h"

#include "base/alloc.h"

enum { SWEEP_MS = 250 };

/* ---- lists of watchers ------------------------------------------------------------- */

static act_hub_group **bucket_of(act_hub *h, act_scope scope)
{
    uint64_t hash = act_str_hash(scope.name) + (uint64_t)scope.type;
    return &h->groups[hash % ACT_HUB_GROUP_BUCKETS];
}

int act_hub_add_live(act_hub *h, act_hub_watcher *w)
{
    act_hub_group **bucket = bucket_of(h, w->scope);
    act_hub_group *g = *bucket;
    while (g && !act_scope_eq(g->live->scope, w->scope))
        g = g->next;
    if (!g) {
        g = act_zalloc(1, sizeof *g);
        if (!g)
            return ACT_ENOMEM;
        g->next = *bucket;
        *bucket = g;
    }
    w->next = g->live;
    g->live = w;
    return 0;
}

void act_hub_put_behind(act_hub *h, act_hub_watcher *w)
{
    w->next = h->behind;
    h->behind = w;
    (void)pthread_cond_signal(&h->wake);
}

void act_hub_sweep_list(act_hub *h, act_hub_watcher **list, uint64_t version,
                        size_t *pending)
{
    int64_t now = act_mono_ns(h->clock);
    while (*list) {
        act_hub_watcher *w = *list;
        uint64_t own = w->next_sequence - 1;
        act_hub_watcher_tick(w, version > own ? version : own, now);
        if (!atomic_load(&w->closed)) {
            *pending += act_http_stream_pending(w->stream);
            list = &w->next;
            continue;
        }
        *list = w->next;
        act_hub_watcher_free(w);
        h->count--;
    }
}

/* Under the lock. */
static void drop_empty_groups(act_hub_group **bucket)
{
    while (*bucket) {
        act_hub_group *g = *bucket;
        if (g->live) {
            bucket = &g->next;
            continue;
        }
        *bucket = g->next;
        act_dealloc(g);
    }
}

/* Under the lock: the clock, the clients that have gone, and how much the others have not
 * taken. */
static void sweep_live(act_hub *h)
{
    size_t pending = 0;
    for (size_t i = 0; i < ACT_HUB_GROUP_BUCKETS; i++) {
        for (act_hub_group *g = h->groups[i]; g; g = g->next)
            act_hub_sweep_list(h, &g->live, h->next_sequence - 1, &pending);
        drop_empty_groups(&h->groups[i]);
    }
    pending += atomic_load(&h->behind_pending);
    atomic_store(&h->tight, pending > ACT_HUB_PENDING_ALL_BYTES);
    act_gauge_set(h->pending, (int64_t)pending);
    act_gauge_set(h->open, (int64_t)h->count);
}

/* ---- the reader -------------------------------------------------------------------- */

/* Under the lock: show one record to the watchers of a group, of which those that cannot
 * take it fall behind. */
static void show_to_group(act_hub *h, act_hub_group *g, act_hub_record *r, int64_t now)
{
    bool tight = atomic_load(&h->tight);
    for (act_hub_watcher **at = &g->live; *at;) {
        act_hub_watcher *w = *at;
        bool over = w->ended || atomic_load(&w->closed);
        int e = over ? 0 : act_hub_watcher_show(w, &h->reading, r, tight, now);
        if (e == ACT_EAGAIN || e == ACT_ENOMEM) {
            *at = w->next;
            if (w->next_sequence < r->sequence)
                w->next_sequence = r->sequence; /* what came before was not for it */
            act_hub_put_behind(h, w);
        } else {
            at = &w->next;
        }
    }
}

static void show_to_live(act_hub *h, act_hub_record *r, int64_t now)
{
    for (size_t i = 0; i < ACT_HUB_GROUP_BUCKETS; i++) {
        for (act_hub_group *g = h->groups[i]; g; g = g->next)
            if (g->live && h->kind->visible(g->live->scope, r->object))
                show_to_group(h, g, r, now);
        drop_empty_groups(&h->groups[i]);
    }
    act_counter_add(h->shown, 1);
}

static void show_batch(act_hub *h, const act_delivery *got, size_t n, uint64_t next)
{
    int64_t now = act_wall_ns(h->clock);
    (void)pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < n; i++) {
        act_hub_record r;
        if (!act_hub_record_read(h->kind, &h->reading, &got[i], &r)) {
            act_counter_add(h->unreadable, 1);
            continue;
        }
        show_to_live(h, &r, now);
        act_hub_record_done(&r);
    }
    h->next_sequence = next;
    (void)pthread_mutex_unlock(&h->lock);
}

/* The log has removed what the hub had not read: it goes on at @first. Its watchers are
 * behind now, and learn from the log what they have missed. */
static void skip_to(act_hub *h, uint64_t first)
{
    (void)pthread_mutex_lock(&h->lock);
    for (size_t i = 0; i < ACT_HUB_GROUP_BUCKETS; i++) {
        for (act_hub_group *g = h->groups[i]; g; g = g->next) {
            while (g->live) {
                act_hub_watcher *w = g->live;
                g->live = w->next;
                if (w->next_sequence < h->next_sequence)
                    w->next_sequence = h->next_sequence;
                act_hub_put_behind(h, w);
            }
        }
        drop_empty_groups(&h->groups[i]);
    }
    h->next_sequence = first;
    (void)pthread_mutex_unlock(&h->lock);
}

/* The stream has lost what the hub had not seen, or the broker is away. */
static void recover(act_hub *h, int r)
{
    act_stream_info info;
    act_warn(h->log, "a stream cannot be read, trying again",
             ACT_F_CSTR("stream", h->kind->stream), ACT_F_ERR(r));
    if (r == ACT_EGONE &&
        act_broker_stream_info(h->broker, act_str_cstr(h->kind->stream), &info) == 0)
        skip_to(h, info.first_sequence);
    act_sleep_ns(ACT_NS_PER_S, &h->stop);
}

static int read_some(act_hub *h, act_reader **reader)
{
    const act_delivery *got = NULL;
    size_t n = 0;
    uint64_t next = h->next_sequence;
    int r = 0;
    act_arena_reset(h->reading.batch);
    if (!*reader)
        r = act_reader_open(h->broker, act_str_cstr(h->kind->stream), h->next_sequence,
                            (act_str){ 0 }, reader);
    if (!r)
        r = act_reader_next(*reader, ACT_HUB_BATCH, SWEEP_MS * ACT_NS_PER_MS,
                            h->reading.batch, &got, &n, &next);
    if (r && r != ACT_EAGAIN)
        return r;
    if (n > 0 || next > h->next_sequence)
        show_batch(h, got, n, next > h->next_sequence ? next : h->next_sequence);
    return 0;
}

static void *read_stream(void *arg)
{
    act_hub *h = arg;
    act_reader *reader = NULL;
    int64_t swept = 0;
    int r = 0;
    while (!atomic_load(&h->stop) && r != ACT_ECLOSED) {
        r = read_some(h, &reader);
        if (r && reader) {
            act_reader_close(reader);
            reader = NULL;
        }
        if (r && r != ACT_ECLOSED)
            recover(h, r);
        int64_t now = act_mono_ns(h->clock);
        if (now - swept < SWEEP_MS * ACT_NS_PER_MS)
            continue;
        (void)pthread_mutex_lock(&h->lock);
        sweep_live(h);
        (void)pthread_mutex_unlock(&h->lock);
        swept = now;
    }
    if (reader)
        act_reader_close(reader);
    return NULL;
}

/* ---- life -------------------------------------------------------------------------- */

static void make_metrics(act_hub *h, act_metrics *m)
{
    const char *labels[] = { "stream", h->kind->stream, NULL };
    h->open = act_metrics_gauge(m, "activity_watchers", "Open watches.", labels);
    h->lagging = act_metrics_gauge(m, "activity_watchers_behind",
                                   "Watches that are being brought up.", labels);
    h->pending =
        act_metrics_gauge(m, "activity_watchers_pending_bytes",
                          "Bytes that the clients of watches have not taken.", labels);
    h->shown = act_metrics_counter(m, "activity_watch_records_total",
                                   "Records shown to watchers.", labels);
    h->unreadable = act_metrics_counter(m, "activity_watch_unreadable_total",
                                        "Records that were no JSON.", labels);
}

static int start_threads(act_hub *h)
{
    int r = act_thread_start(&h->reader_thread, "hub-read", read_stream, h);
    h->reader_started = !r;
    if (!r)
        r = act_thread_start(&h->catcher_thread, "hub-catch", act_hub_catch, h);
    h->catcher_started = h->reader_started && !r;
    return r;
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
        r = act_hub_workspace_open(&h->reading);
    if (!r)
        r = act_hub_workspace_open(&h->catching);
    if (!r)
        r = act_broker_stream_info(broker, act_str_cstr(kind->stream), &info);
    h->next_sequence = info.last_sequence + 1;
    if (!r)
        r = start_threads(h);
    if (r) {
        act_hub_free(h);
        return r;
    }
    *ret = h;
    return 0;
}

static void free_list(act_hub_watcher *w)
{
    while (w) {
        act_hub_watcher *next = w->next;
        act_hub_watcher_free(w);
        w = next;
    }
}

static void free_groups(act_hub *h)
{
    for (size_t i = 0; i < ACT_HUB_GROUP_BUCKETS; i++) {
        while (h->groups[i]) {
            act_hub_group *g = h->groups[i];
            h->groups[i] = g->next;
            free_list(g->live);
            act_dealloc(g);
        }
    }
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
    free_groups(h);
    free_list(h->behind);
    act_hub_workspace_close(&h->reading);
    act_hub_workspace_close(&h->catching);
    (void)pthread_cond_destroy(&h->wake);
    (void)pthread_mutex_destroy(&h->lock);
    act_dealloc(h);
}

/* ---- a new watch ------------------------------------------------------------------- */

/* From now on the watcher is the hub's. */
static void join(act_hub *h, act_hub_watcher *w, uint64_t after)
{
    (void)pthread_mutex_lock(&h->lock);
    w->next_sequence = after == UINT64_MAX ? h->next_sequence : after + 1;
    if (w->next_sequence < h->next_sequence || act_hub_add_live(h, w) != 0)
        act_hub_put_behind(h, w);
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
        act_answer_version_too_large(c, after, info.last_sequence);
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

/* False: answered. */
static bool open_watcher(act_hub *h, act_call *c, const act_hub_watch *hw,
                         act_hub_watcher **ret)
{
    if (!check_version(h, c, hw->after))
        return false;
    bool crowded = hw->initial && atomic_load(&h->tight);
    if (crowded || !enter(h)) {
        act_answer_error(c, ACT_KUBE_TOO_MANY_REQUESTS,
                         crowded ? "the clients of watches have not taken too much"
                                 : "too many watches are open");
        return false;
    }
    int r = act_hub_watcher_open(h->kind, c, hw, act_mono_ns(h->clock), ret);
    if (r == ACT_ELIMIT)
        act_answer_error(c, ACT_KUBE_TOO_MANY_REQUESTS, "too many watches are open");
    else if (r)
        act_answer_failure(c, r, "the server");
    if (r)
        leave(h);
    return !r;
}

void act_hub_answer(act_hub *h, act_call *c, const act_hub_watch *hw)
{
    act_hub_watcher *w = NULL;
    if (open_watcher(h, c, hw, &w))
        join(h, w, hw->after);
    else
        act_filter_matcher_free(hw->filter);
}
