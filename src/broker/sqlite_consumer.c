#include "broker/sqlite_durable.h"

#include "base/alloc.h"

enum {
    FETCH_MAX = 4096, /* messages of one fetch, whatever the caller asks for */
    /* A fake clock says when something is due, the system's how long to sleep. */
    WAIT_MIN_NS = 1000000,
};

typedef struct {
    act_consumer base;
    act_sqlite_stream *stream;
    act_durable *durable;
} handle;

int act_sqlite_consumer_open(act_sqlite_stream *s, const act_consumer_config *config,
                             act_consumer **ret, act_err *reterr)
{
    handle *h = act_zalloc(1, sizeof *h);
    if (!h)
        return act_fail(reterr, ACT_ENOMEM, "consumer: %s", act_strerror(ACT_ENOMEM));
    int err = act_durable_ensure(s, config, &h->durable, reterr);
    if (err) {
        act_dealloc(h);
        return err;
    }
    h->stream = s;
    *ret = &h->base;
    return ACT_OK;
}

void act_sqlite_consumer_close(act_consumer *c)
{
    act_dealloc(c); /* what it had out runs into its ack wait */
}

/* One attempt to fetch: what is planned under the lock, read without it, noted under it. */
typedef struct {
    char filter_room[ACT_BROKER_SUBJECT_MAX];
    act_str filter;
    uint64_t *again; /* sequences to deliver again, in the arena */
    size_t again_n;
    uint64_t *gone; /* those of them that are not there any more */
    size_t gone_n;
    size_t room;   /* for new ones */
    uint64_t from; /* the new ones: first sequence to look at, ... */
    uint64_t last; /* ... and the last */
    uint64_t next; /* first one not looked at */
    uint64_t news; /* news_count at the time of the plan */
    act_delivery *out;
    size_t n;     /* in out */
    size_t old_n; /* of these the first are redeliveries */
} fetch;

static int plan(handle *h, size_t max, act_arena *a, fetch *f)
{
    act_sqlite_stream *s = h->stream;
    act_durable *d = h->durable;
    int64_t now_ns = act_mono_ns(s->env->clock);
    pthread_mutex_lock(&s->lock);
    int err = s->stopping ? ACT_ECLOSED : ACT_OK;
    f->news = s->news_count;
    f->from = f->next = d->position + 1;
    f->last = s->info.last_sequence;
    f->filter = act_str_from(f->filter_room, d->filter.len);
    memcpy(f->filter_room, d->filter.ptr, d->filter.len);
    size_t may_be_due = d->out.live < max ? d->out.live : max;
    if (!err && may_be_due) {
        f->again = act_arena_make_n(a, uint64_t, may_be_due);
        f->gone = act_arena_make_n(a, uint64_t, may_be_due);
        err = f->again && f->gone ? ACT_OK : ACT_ENOMEM;
    }
    if (!err && may_be_due)
        f->again_n = act_outstanding_due(&d->out, now_ns, may_be_due, f->again);
    size_t free_places =
        d->max_ack_pending > d->out.live ? d->max_ack_pending - d->out.live : 0;
    f->room = max - f->again_n < free_places ? max - f->again_n : free_places;
    uint64_t ahead = f->last + 1 > f->from ? f->last + 1 - f->from : 0;
    if (f->room > ahead)
        f->room = ahead;
    if (!err)
        err = act_outstanding_reserve(&d->out, f->room);
    pthread_mutex_unlock(&s->lock);
    return err;
}

static int read_messages(act_reading *r, act_arena *a, fetch *f)
{
    f->out = act_arena_make_n(a, act_delivery, f->again_n + f->room);
    if (!f->out)
        return ACT_ENOMEM;
    int err = ACT_OK;
    for (size_t i = 0; !err && i < f->again_n; i++) {
        err = act_reading_get(r, f->again[i], a, &f->out[f->n]);
        f->n += err == ACT_OK;
        if (err == ACT_ENOTFOUND) {
            f->gone[f->gone_n++] = f->again[i];
            err = ACT_OK;
        }
    }
    f->old_n = f->n;
    if (!err && f->room)
        err = act_reading_scan(r, f->filter, &f->next, f->last, a, f->out,
                               f->old_n + f->room, &f->n);
    return err == ACT_ENOMEM && f->n ? ACT_OK : err; /* a full arena cuts the batch short */
}

static void drop_gone_locked(act_durable *d, const fetch *f)
{
    for (size_t i = 0; i < f->gone_n; i++) {
        act_outstanding_entry *e = act_outstanding_find(&d->out, f->gone[i]);
        if (e && !e->acking)
            act_outstanding_remove(&d->out, e);
    }
}

static int64_t add_ns(int64_t a, int64_t b)
{
    int64_t sum;
    return act_add_overflows(a, b, &sum) ? INT64_MAX : sum;
}

/* Messages that somebody acknowledged, or a limit removed, since the plan are left out. */
static void note(handle *h, fetch *f)
{
    act_sqlite_stream *s = h->stream;
    act_durable *d = h->durable;
    size_t kept = 0, repeated = 0, fresh = 0;
    pthread_mutex_lock(&s->lock);
    int64_t due = add_ns(act_mono_ns(s->env->clock), d->ack_wait_ns);
    drop_gone_locked(d, f);
    for (size_t i = 0; i < f->n; i++) {
        act_delivery *m = &f->out[i];
        if (i < f->old_n) {
            act_outstanding_entry *e = act_outstanding_find(&d->out, m->sequence);
            if (!e || e->acking)
                continue;
            repeated += e->deliveries > 0;
            m->deliveries = ++e->deliveries;
            act_outstanding_postpone(&d->out, e, due);
        } else if (m->sequence > d->position) {
            act_outstanding_add(&d->out, m->sequence, due, 1);
            fresh++;
        } else {
            continue;
        }
        f->out[kept++] = *m;
    }
    f->n = kept;
    if (f->next > d->position + 1) {
        d->position = f->next - 1;
        d->moves++;
    }
    d->undelivered -= fresh < d->undelivered ? fresh : d->undelivered;
    if (d->position == s->info.last_sequence)
        d->undelivered = 0; /* also what others removed from a work queue */
    act_counter_add(d->redeliveries, repeated);
    pthread_mutex_unlock(&s->lock);
}

/* ACT_EAGAIN: nothing is due. ACT_OK with f->n 0: look again at once. */
static int fetch_now(handle *h, size_t max, act_arena *a, fetch *f)
{
    int err = plan(h, max, a, f);
    if (err || (f->again_n == 0 && f->room == 0))
        return err ? err : ACT_EAGAIN;
    act_reading *r;
    err = act_reading_begin(h->stream, &r);
    if (err)
        return err;
    err = read_messages(r, a, f);
    act_reading_end(h->stream, r);
    if (!err)
        note(h, f);
    return err;
}

/* Until news, @deadline (system clock; INT64_MAX: none), or the next redelivery. */
static int wait_for_news(handle *h, uint64_t news, int64_t deadline)
{
    act_sqlite_stream *s = h->stream;
    act_clock steady = act_clock_system();
    int err = ACT_OK;
    pthread_mutex_lock(&s->lock);
    int64_t left = deadline == INT64_MAX ? INT64_MAX : deadline - act_mono_ns(steady);
    int64_t due = h->durable->out.earliest_due;
    if (due != INT64_MAX) {
        int64_t now_ns = act_mono_ns(s->env->clock);
        int64_t until = due < now_ns + WAIT_MIN_NS ? WAIT_MIN_NS : due - now_ns;
        left = until < left ? until : left;
    }
    if (s->stopping)
        err = ACT_ECLOSED;
    else if (left <= 0)
        err = ACT_EAGAIN;
    else if (s->news_count == news)
        (void)act_cond_wait(&s->news, &s->lock, left == INT64_MAX ? -1 : left);
    pthread_mutex_unlock(&s->lock);
    return err;
}

int act_sqlite_consumer_fetch(act_consumer *c, size_t max, int64_t wait_ns, act_arena *a,
                              const act_delivery **ret, size_t *ret_n)
{
    handle *h = (handle *)c;
    act_arena_mark mark = act_arena_save(a);
    int64_t now = act_mono_ns(act_clock_system());
    int64_t deadline = wait_ns < 0 ? INT64_MAX : add_ns(now, wait_ns);
    if (max > FETCH_MAX)
        max = FETCH_MAX;
    while (true) {
        fetch f;
        f = (fetch){ 0 };
        pthread_mutex_lock(&h->durable->fetching);
        int err = fetch_now(h, max, a, &f);
        pthread_mutex_unlock(&h->durable->fetching);
        if (!err && f.n) {
            *ret = f.out;
            *ret_n = f.n;
            return ACT_OK;
        }
        act_arena_restore(a, mark);
        if (err == ACT_EAGAIN)
            err = wait_for_news(h, f.news, deadline);
        if (err)
            return err;
    }
}

typedef struct {
    act_sqlite_job job;
    act_durable *durable;
    const uint64_t *sequences; /* that were out */
    size_t n;
} ack_job;

static int apply_ack(act_sqlite_stream *s, act_sqlite_job *job)
{
    ack_job *j = (ack_job *)job;
    int err = ACT_OK;
    if (j->durable->saved_in != s->transaction) /* else a neighbour's save has ours */
        err = act_durable_save(s, j->durable);
    if (!err && s->config.work_queue)
        err = act_sqlite_remove_acked(s, j->sequences, j->n);
    return err;
}

static void settle_ack(act_sqlite_stream *s, act_sqlite_job *job)
{
    ack_job *j = (ack_job *)job;
    size_t acked = 0;
    for (size_t i = 0; i < j->n; i++) {
        act_outstanding_entry *e = act_outstanding_find(&j->durable->out, j->sequences[i]);
        if (!e || !e->acking)
            continue;
        if (!job->err) {
            act_outstanding_remove(&j->durable->out, e);
            acked++;
        } else {
            e->acking = false;
            act_outstanding_postpone(&j->durable->out, e, INT64_MIN);
        }
    }
    act_counter_add(j->durable->acks, acked);
    act_sqlite_news_locked(s); /* there is room for new ones */
}

int act_sqlite_consumer_ack(act_consumer *c, const uint64_t *sequences, size_t n)
{
    handle *h = (handle *)c;
    act_sqlite_stream *s = h->stream;
    uint64_t *known = act_zalloc(n, sizeof *known);
    if (!known)
        return ACT_ENOMEM;
    ack_job j = {
        .job = { .apply = apply_ack, .settle = settle_ack },
        .durable = h->durable,
        .sequences = known,
    };
    pthread_mutex_lock(&s->lock);
    for (size_t i = 0; i < n; i++) {
        act_outstanding_entry *e = act_outstanding_find(&h->durable->out, sequences[i]);
        if (!e)
            continue;
        e->acking = true; /* also when another ack of it is under way: then wait for both */
        known[j.n++] = sequences[i];
    }
    int err = s->stopping ? ACT_ECLOSED : ACT_OK;
    pthread_mutex_unlock(&s->lock);
    if (j.n)
        err = act_sqlite_submit(s, &j.job);
    act_dealloc(known);
    return err;
}

int act_sqlite_consumer_nak(act_consumer *c, uint64_t sequence, int64_t delay_ns)
{
    handle *h = (handle *)c;
    act_sqlite_stream *s = h->stream;
    int64_t due = add_ns(act_mono_ns(s->env->clock), delay_ns);
    pthread_mutex_lock(&s->lock);
    act_outstanding_entry *e = act_outstanding_find(&h->durable->out, sequence);
    if (e && !e->acking)
        act_outstanding_postpone(&h->durable->out, e, due);
    act_sqlite_news_locked(s);
    int err = s->stopping ? ACT_ECLOSED : ACT_OK;
    pthread_mutex_unlock(&s->lock);
    return err;
}

int act_sqlite_consumer_in_progress(act_consumer *c, const uint64_t *sequences, size_t n)
{
    handle *h = (handle *)c;
    act_sqlite_stream *s = h->stream;
    act_durable *d = h->durable;
    pthread_mutex_lock(&s->lock);
    int64_t due = add_ns(act_mono_ns(s->env->clock), d->ack_wait_ns);
    for (size_t i = 0; i < n; i++) {
        act_outstanding_entry *e = act_outstanding_find(&d->out, sequences[i]);
        if (e && !e->acking)
            act_outstanding_postpone(&d->out, e, due);
    }
    int err = s->stopping ? ACT_ECLOSED : ACT_OK;
    pthread_mutex_unlock(&s->lock);
    return err;
}

int act_sqlite_consumer_info(act_consumer *c, act_consumer_info *ret)
{
    handle *h = (handle *)c;
    act_sqlite_stream *s = h->stream;
    const act_durable *d = h->durable;
    pthread_mutex_lock(&s->lock);
    *ret = (act_consumer_info){
        .ack_floor = act_outstanding_first(&d->out, d->position + 1) - 1,
        .pending = d->undelivered,
        .ack_pending = d->out.live,
    };
    pthread_mutex_unlock(&s->lock);
    return ACT_OK;
}
