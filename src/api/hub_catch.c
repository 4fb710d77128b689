/* Bringing watchers up that are behind. All of them ride on one reader, which goes through
 * the stream as a lift does: upwards from where somebody waits to the end, passing over
 * what nobody waits for, then from the lowest again. So a record is read and decoded once
 * for all who are near it, and whoever comes with an old version waits for the next round,
 * but keeps nobody else from arriving.
 *
 *   stream   1 .... w3 .... w1 [ w2 w4 ] ................ end
 *                              reader >>                  (live) */
#include "api/hub_parts.h"

enum { IDLE_MS = 20 };

typedef struct {
    act_hub *hub;
    act_hub_watcher *mine; /* nobody else's */
    act_reader *reader;
    uint64_t at; /* what the reader reads next */
} catcher;

static void close_reader(catcher *c)
{
    if (c->reader)
        act_reader_close(c->reader);
    c->reader = NULL;
}

/* Where somebody with room waits, at @from or after it; UINT64_MAX: nobody. */
static uint64_t lowest_from(const catcher *c, uint64_t from)
{
    uint64_t lowest = UINT64_MAX;
    for (act_hub_watcher *w = c->mine; w; w = w->next)
        if (w->riding && w->next_sequence >= from && w->next_sequence < lowest)
            lowest = w->next_sequence;
    return lowest;
}

/* Who takes part, and from where. UINT64_MAX: nobody can. */
static uint64_t board(catcher *c)
{
    bool tight = atomic_load(&c->hub->tight);
    for (act_hub_watcher *w = c->mine; w; w = w->next)
        w->riding = !w->ended && act_hub_watcher_has_room(w, tight);
    uint64_t from = lowest_from(c, c->at);
    if (from == UINT64_MAX)
        from = lowest_from(c, 0);
    for (act_hub_watcher *w = c->mine; w; w = w->next)
        w->riding = w->riding && w->next_sequence >= from;
    return from;
}

static void show_to_riders(catcher *c, act_hub_record *r, int64_t now)
{
    act_hub *h = c->hub;
    bool tight = atomic_load(&h->tight);
    for (act_hub_watcher *w = c->mine; w; w = w->next) {
        if (!w->riding || w->ended || r->sequence < w->next_sequence)
            continue;
        if (!h->kind->visible(w->scope, r->object)) {
            w->next_sequence = r->sequence + 1;
            continue;
        }
        int e = act_hub_watcher_show(w, &h->catching, r, tight, now);
        w->riding = e == 0; /* full, or closed: the record stays due */
    }
}

/* One batch from @from on. ACT_EAGAIN: there is nothing more. */
static int ride(catcher *c, uint64_t from)
{
    act_hub *h = c->hub;
    const act_delivery *got = NULL;
    size_t n = 0;
    uint64_t next = from;
    int r = 0;
    act_arena_reset(h->catching.batch);
    if (c->reader && from != c->at)
        close_reader(c);
    if (!c->reader)
        r = act_reader_open(h->broker, act_str_cstr(h->kind->stream), from, (act_str){ 0 },
                            &c->reader);
    if (!r)
        r = act_reader_next(c->reader, ACT_HUB_BATCH, 0, h->catching.batch, &got, &n,
                            &next);
    if (r && r != ACT_EAGAIN)
        return r;
    int64_t now = act_wall_ns(h->clock);
    for (size_t i = 0; i < n; i++) {
        act_hub_record record;
        if (!act_hub_record_read(h->kind, &h->catching, &got[i], &record))
            continue; /* counted by the reader */
        show_to_riders(c, &record, now);
        act_hub_record_done(&record);
    }
    for (act_hub_watcher *w = c->mine; w; w = w->next)
        if (w->riding && w->next_sequence < next)
            w->next_sequence = next;
    c->at = next;
    return r;
}

/* What they wait for is no longer kept. */
static void fail_expired(catcher *c)
{
    act_stream_info info;
    if (act_broker_stream_info(c->hub->broker, act_str_cstr(c->hub->kind->stream), &info))
        return;
    for (act_hub_watcher *w = c->mine; w; w = w->next)
        if (!w->ended && w->next_sequence < info.first_sequence)
            act_hub_watcher_fail(
                w, ACT_KUBE_EXPIRED,
                "too old resource version: what came after it is no longer "
                "kept");
}

static void fail_riders(catcher *c, int r)
{
    for (act_hub_watcher *w = c->mine; w; w = w->next)
        if (w->riding)
            act_hub_watcher_fail(w, ACT_KUBE_INTERNAL, act_strerror(r));
}

/* Under the lock: those who are there go live, and so do those who are over, until their
 * streams have closed. */
static size_t alight(catcher *c)
{
    act_hub *h = c->hub;
    size_t left = 0;
    for (act_hub_watcher **at = &c->mine; *at;) {
        act_hub_watcher *w = *at;
        if (w->ended || w->next_sequence >= h->next_sequence) {
            *at = w->next;
            if (act_hub_add_live(h, w) == 0)
                continue;
            w->next = *at; /* no memory: once more in the next round */
            *at = w;
        }
        left++;
        at = &w->next;
    }
    return left;
}

static void take_new(catcher *c)
{
    act_hub *h = c->hub;
    while (h->behind) {
        act_hub_watcher *w = h->behind;
        h->behind = w->next;
        w->next = c->mine;
        c->mine = w;
    }
}

static void work(catcher *c)
{
    act_hub *h = c->hub;
    size_t pending = 0;
    (void)pthread_mutex_lock(&h->lock);
    if (!h->behind && !c->mine)
        (void)act_cond_wait(&h->wake, &h->lock, ACT_HUB_WAIT_MS * ACT_NS_PER_MS);
    take_new(c);
    act_hub_sweep_list(h, &c->mine, 0, &pending);
    size_t left = alight(c);
    (void)pthread_mutex_unlock(&h->lock);
    atomic_store(&h->behind_pending, pending);
    act_gauge_set(h->lagging, (int64_t)left);
    uint64_t from = board(c);
    int r = from == UINT64_MAX ? ACT_EAGAIN : ride(c, from);
    if (r == ACT_EGONE)
        fail_expired(c);
    else if (r && r != ACT_EAGAIN && r != ACT_ECLOSED)
        fail_riders(c, r);
    if (r && r != ACT_EAGAIN)
        close_reader(c);
    if (r && c->mine)
        act_sleep_ns(IDLE_MS * ACT_NS_PER_MS, &h->stop);
}

void *act_hub_catch(void *arg)
{
    catcher c = { .hub = arg };
    act_hub *h = c.hub;
    while (!atomic_load(&h->stop))
        work(&c);
    close_reader(&c);
    (void)pthread_mutex_lock(&h->lock);
    while (c.mine) {
        act_hub_watcher *w = c.mine;
        c.mine = w->next;
        w->next = h->behind;
        h->behind = w;
    }
    (void)pthread_mutex_unlock(&h->lock);
    return NULL;
}
