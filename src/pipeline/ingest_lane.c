#include "pipeline/ingest_lane.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "pipeline/ingest_batch.h"
#include "pipeline/streams.h"

enum {
    WORKERS_MAX = 2,
    /* Large, as a part on disk costs the engine the same whatever is in it. */
    BATCH_ROWS = 20000,
    BATCH_BYTES = 32 << 20,
    LINGER_MS = 200,
};

/* Workers go through the same two doors, one at a time each, so that batches are full and
 * their inserts in a row while rows are built beside:
 *
 *   worker 1   [gather][ build ][   insert   ]      [gather][ build ]..[ insert
 *   worker 2           [gather ][ build ].....[   insert   ]        [gather ...
 */
struct act_lane {
    act_ingest_context c;
    pthread_mutex_t gathering, storing;
    bool locks_made;
    act_ingest_batch *batches[WORKERS_MAX];
    pthread_t threads[WORKERS_MAX];
    unsigned n_threads;
    atomic_uint n_started; /* gives each thread its batch */
};

/* Read when metrics are written: it also grows while a worker waits for the store. */
static void note_lag(void *ctx)
{
    act_lane *l = ctx;
    act_consumer_info info;
    if (act_consumer_get_info(l->c.consumer, &info) == 0)
        act_gauge_set(l->c.series.lag, (int64_t)(info.pending + info.ack_pending));
}

static int store_next(act_lane *l, act_ingest_batch *b)
{
    pthread_mutex_lock(&l->gathering);
    int r = act_ingest_batch_gather(b);
    pthread_mutex_unlock(&l->gathering);
    if (!r)
        r = act_ingest_batch_build(b);
    if (!r) {
        pthread_mutex_lock(&l->storing);
        r = act_ingest_batch_store(b);
        pthread_mutex_unlock(&l->storing);
    }
    return r;
}

static void *run(void *arg)
{
    act_lane *l = arg;
    act_ingest_batch *b = l->batches[atomic_fetch_add(&l->n_started, 1)];
    while (!atomic_load(&l->c.stop)) {
        int r = store_next(l, b);
        if (r == ACT_ECLOSED)
            break;
        if (!r || r == ACT_EAGAIN)
            continue;
        act_error(l->c.o.log, "a batch failed and will be delivered again",
                  ACT_F_CSTR("lane", l->c.table->name), ACT_F_ERR(r));
        act_ingest_batch_return(b, ACT_NS_PER_S);
        act_sleep_ns(ACT_NS_PER_S, &l->c.stop);
    }
    return NULL;
}

/* ---- life -------------------------------------------------------------------------- */

static act_ingest_series make_series(act_metrics *m, const char *lane)
{
    const char *labels[] = { "lane", lane, NULL };
    const double *bounds = act_buckets_seconds;
    size_t n = ACT_COUNT(act_buckets_seconds);
    return (act_ingest_series){
        .rows = act_metrics_counter(m, "activity_ingest_rows_total",
                                    "Rows inserted into the store.", labels),
        .known =
            act_metrics_counter(m, "activity_ingest_known_total",
                                "Records left out because the store had them.", labels),
        .refused = act_metrics_counter(m, "activity_ingest_refused_total",
                                       "Records that became dead letters.", labels),
        .failures = act_metrics_counter(
            m, "activity_ingest_failures_total",
            "Times that the store did not take a batch and was tried again.", labels),
        .batches = act_metrics_counter(m, "activity_ingest_batches_total",
                                       "Batches stored and acknowledged.", labels),
        .lag = act_metrics_gauge(m, "activity_ingest_lag",
                                 "Messages that are not yet in the store.", labels),
        .insert_seconds = act_metrics_histogram(m, "activity_ingest_insert_seconds",
                                                "Time of one insert.", bounds, n, labels),
        .delay_seconds = act_metrics_histogram(
            m, "activity_ingest_delay_seconds",
            "From the publication of a batch's oldest message until it is stored.", bounds,
            n, labels),
    };
}

static act_ingester_options with_defaults(const act_ingester_options *o)
{
    act_ingester_options full = *o;
    if (!full.batch_rows)
        full.batch_rows = BATCH_ROWS;
    if (!full.batch_bytes)
        full.batch_bytes = BATCH_BYTES;
    if (!full.linger_ns)
        full.linger_ns = LINGER_MS * ACT_NS_PER_MS;
    return full;
}

static int make_locks(act_lane *l)
{
    if (pthread_mutex_init(&l->gathering, NULL))
        return ACT_ENOMEM;
    if (pthread_mutex_init(&l->storing, NULL)) {
        pthread_mutex_destroy(&l->gathering);
        return ACT_ENOMEM;
    }
    l->locks_made = true;
    return 0;
}

static int open_stream(act_ingest_context *c, act_err *reterr)
{
    act_stream_info info = { 0 };
    int r = act_streams_consumer(c->o.broker, c->table->stream, c->table->durable,
                                 &c->consumer, reterr);
    if (!r)
        r = act_broker_stream_info(c->o.broker, act_str_cstr(c->table->stream), &info);
    if (!r)
        c->backlog_end = info.last_sequence;
    return r;
}

static int start_workers(act_lane *l)
{
    int r = 0;
    assert(l->c.table->workers <= WORKERS_MAX);
    for (unsigned i = 0; i < l->c.table->workers && !r; i++)
        r = act_ingest_batch_new(&l->c, &l->batches[i]);
    for (unsigned i = 0; i < l->c.table->workers && !r; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "in-%s", l->c.table->name);
        r = act_thread_start(&l->threads[i], name, run, l);
        l->n_threads += !r;
    }
    return r;
}

int act_lane_start(enum act_lane_kind kind, const act_ingester_options *o, act_lane **ret,
                   act_err *reterr)
{
    act_lane *l = act_zalloc(1, sizeof *l);
    if (!l)
        return ACT_ENOMEM;
    l->c.table = act_ingest_table_of(kind);
    l->c.o = with_defaults(o);
    l->c.series = make_series(o->metrics, l->c.table->name);
    int r = make_locks(l);
    if (!r)
        r = open_stream(&l->c, reterr);
    if (!r)
        r = act_metrics_on_collect(o->metrics, note_lag, l);
    if (!r)
        r = start_workers(l);
    if (r) {
        act_lane_free(l);
        return r;
    }
    *ret = l;
    return 0;
}

bool act_lane_is_empty(act_lane *l)
{
    act_consumer_info info;
    return act_consumer_get_info(l->c.consumer, &info) == 0 && info.pending == 0 &&
           info.ack_pending == 0;
}

uint64_t act_lane_floor(act_lane *l)
{
    act_consumer_info info;
    return act_consumer_get_info(l->c.consumer, &info) == 0 ? info.ack_floor : 0;
}

void act_lane_stop(act_lane *l)
{
    atomic_store(&l->c.stop, true);
}

void act_lane_free(act_lane *l)
{
    if (!l)
        return;
    act_lane_stop(l);
    act_metrics_off_collect(l->c.o.metrics, note_lag, l);
    for (unsigned i = 0; i < l->n_threads; i++)
        (void)pthread_join(l->threads[i], NULL);
    if (l->c.consumer)
        act_consumer_close(l->c.consumer);
    for (unsigned i = 0; i < WORKERS_MAX; i++)
        act_ingest_batch_free(l->batches[i]);
    if (l->locks_made) {
        pthread_mutex_destroy(&l->storing);
        pthread_mutex_destroy(&l->gathering);
    }
    act_dealloc(l);
}
