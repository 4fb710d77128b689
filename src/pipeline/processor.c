#include "pipeline/processor.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "pipeline/letter_retry.h"
#include "pipeline/streams.h"
#include "pipeline/translated.h"

enum {
    BATCH = 500,
    FETCH_WAIT_MS = 200,
    ARENA_MAX = 128 << 20,
    WORKERS_MAX = 32,
    STILL_HERE_S = 10, /* how often a slow batch asks for more time; the ack wait is 30 s */
};

/* What a worker reads. */
enum source { SOURCE_AUDIT, SOURCE_EVENTS, SOURCES };

static const struct {
    const char *stream, *durable, *thread;
    enum act_rule_kind kind;
} sources[SOURCES] = {
    [SOURCE_AUDIT] = { ACT_STREAM_AUDIT, ACT_DURABLE_PROCESSOR, "proc-audit",
                       ACT_RULE_AUDIT },
    [SOURCE_EVENTS] = { ACT_STREAM_EVENTS, ACT_DURABLE_PROCESSOR_EVENTS, "proc-events",
                        ACT_RULE_EVENT },
};

typedef struct {
    act_processor *p;
    enum source source;
    act_consumer *consumer;
    act_translated *translated;
    act_arena *arena; /* the messages at hand */
    const act_delivery *got;
    uint64_t sequences[BATCH]; /* of got */
    size_t n;                  /* in got */
    size_t settled;            /* the first ones, acknowledged */
    size_t translated_n;       /* the first ones, translated */
    int64_t alive_ns;          /* when the batch last showed that it is worked on */
    pthread_t thread;
    bool started;
} worker;

struct act_processor {
    act_processor_options o;
    worker *workers[SOURCES * WORKERS_MAX];
    size_t n_workers;
    act_letter_retry *letters;
    atomic_bool stop;
    act_gauge *lag[SOURCES];
    act_histogram *latency[SOURCES];
};

/* ---- one batch --------------------------------------------------------------------- */

/* Long batches must not run into their ack wait: others would do them again. */
static int show_life(worker *w)
{
    int64_t now = act_mono_ns(w->p->o.clock);
    if (now - w->alive_ns < STILL_HERE_S * ACT_NS_PER_S)
        return 0;
    w->alive_ns = now;
    return act_consumer_in_progress(w->consumer, w->sequences + w->settled,
                                    w->n - w->settled);
}

/* Publish until the log takes it; only the end of the program ends that. What the log will
 * never take (a defect of ours) is an error for the caller. */
static int publish(worker *w)
{
    act_err e = ACT_ERR_INIT;
    bool told = false;
    for (;;) {
        int r = act_translated_publish(w->translated, &e);
        if ((r != ACT_EFULL && r != ACT_EIO) || atomic_load(&w->p->stop))
            return r;
        if (!told)
            act_warn(w->p->o.log, "the log does not take activities, trying on",
                     ACT_F_ERR(r), ACT_F_CSTR("why", e.text));
        told = true;
        act_sleep_ns(ACT_NS_PER_S, &w->p->stop);
        r = show_life(w);
        if (r)
            return r;
    }
}

static void note_latency(worker *w, size_t from, size_t to)
{
    int64_t now = act_wall_ns(w->p->o.clock);
    for (size_t i = from; i < to; i++)
        act_histogram_observe(w->p->latency[w->source],
                              (double)(now - w->got[i].published_ns) / 1e9);
}

/* Publish and acknowledge what is translated. */
static int settle(worker *w)
{
    size_t from = w->settled, to = w->translated_n;
    int r = publish(w);
    if (!r && to > from)
        r = act_consumer_ack(w->consumer, w->sequences + from, to - from);
    if (r)
        return r;
    note_latency(w, from, to);
    w->settled = to;
    act_translated_clear(w->translated);
    return 0;
}

static int translate_one(worker *w, act_policy_set *set, const act_delivery *m)
{
    const act_translated_input in = { .kind = sources[w->source].kind,
                                      .id = m->id,
                                      .record = m->payload,
                                      .padded_bytes = ACT_BROKER_PADDING };
    enum act_outcome outcome; /* counted already */
    int r = act_translated_add(w->translated, set, &in, &outcome);
    if (!r)
        w->translated_n++;
    return r;
}

static int translate_all(worker *w, act_policy_set *set)
{
    int r = 0;
    while (w->translated_n < w->n && !r) {
        r = show_life(w);
        if (!r)
            r = translate_one(w, set, &w->got[w->translated_n]);
        if (!r && act_translated_is_full(w->translated))
            r = settle(w);
    }
    return r;
}

static int work_off(worker *w)
{
    act_policy_set *set = act_policy_source_get(w->p->o.policies);
    act_translated_clear(w->translated);
    w->settled = w->translated_n = 0;
    w->alive_ns = act_mono_ns(w->p->o.clock);
    for (size_t i = 0; i < w->n; i++)
        w->sequences[i] = w->got[i].sequence;
    int r = translate_all(w, set);
    (void)act_policy_set_unref(set);
    int settled = settle(w);
    return r ? r : settled;
}

/* ---- workers ----------------------------------------------------------------------- */

static void *run(void *arg)
{
    worker *w = arg;
    while (!atomic_load(&w->p->stop)) {
        act_arena_reset(w->arena);
        int r = act_consumer_fetch(w->consumer, BATCH, FETCH_WAIT_MS * ACT_NS_PER_MS,
                                   w->arena, &w->got, &w->n);
        if (!r)
            r = work_off(w);
        if (r == ACT_ECLOSED)
            break;
        if (!r || r == ACT_EAGAIN)
            continue;
        /* What is out comes again after the ack wait. */
        act_error(w->p->o.log, "a batch was not translated and will be delivered again",
                  ACT_F_CSTR("stream", sources[w->source].stream), ACT_F_ERR(r));
        act_sleep_ns(ACT_NS_PER_S, &w->p->stop);
    }
    return NULL;
}

static void free_worker(worker *w)
{
    if (w->started)
        (void)pthread_join(w->thread, NULL);
    if (w->consumer)
        act_consumer_close(w->consumer);
    act_translated_free(w->translated);
    act_arena_free(w->arena);
    act_dealloc(w);
}

static int open_worker(worker *w, act_err *reterr)
{
    const act_processor_options *o = &w->p->o;
    const act_translated_options translated = { .broker = o->broker,
                                                .env = o->env,
                                                .most = BATCH,
                                                .retry = o->retry,
                                                .clock = o->clock,
                                                .log = o->log,
                                                .metrics = o->metrics };
    int r = act_translated_new(&translated, &w->translated);
    if (!r)
        r = act_arena_new(ARENA_MAX, 1 << 20, &w->arena);
    if (!r)
        r = act_streams_consumer(o->broker, sources[w->source].stream,
                                 sources[w->source].durable, &w->consumer, reterr);
    return r;
}

static int add_worker(act_processor *p, enum source source, act_err *reterr)
{
    worker *w = act_zalloc(1, sizeof *w);
    if (!w)
        return ACT_ENOMEM;
    w->p = p;
    w->source = source;
    int r = open_worker(w, reterr);
    if (!r)
        r = act_thread_start(&w->thread, sources[source].thread, run, w);
    w->started = !r;
    if (r) {
        free_worker(w);
        return r;
    }
    p->workers[p->n_workers++] = w;
    return 0;
}

static void make_metrics(act_processor *p)
{
    for (int i = 0; i < SOURCES; i++) {
        const char *labels[] = { "stream", sources[i].stream, NULL };
        p->lag[i] = act_metrics_gauge(p->o.metrics, "activity_translate_lag",
                                      "Messages that wait for translation.", labels);
        p->latency[i] = act_metrics_histogram(
            p->o.metrics, "activity_translate_latency_seconds",
            "From the record in the log to its activity (or none) in the log.",
            act_buckets_seconds, ACT_COUNT(act_buckets_seconds), labels);
    }
}

/* Read when metrics are written, so that it also grows while workers wait for the log. */
static void note_lag(void *ctx)
{
    act_processor *p = ctx;
    for (size_t i = 0; i < p->n_workers && i < SOURCES; i++) {
        const worker *w = p->workers[i];
        act_consumer_info info;
        if (act_consumer_get_info(w->consumer, &info) == 0)
            act_gauge_set(p->lag[w->source], (int64_t)(info.pending + info.ack_pending));
    }
}

static int start_letters(act_processor *p, act_err *reterr)
{
    const act_letter_retry_options o = { .broker = p->o.broker,
                                         .policies = p->o.policies,
                                         .env = p->o.env,
                                         .schedule = p->o.retry,
                                         .clock = p->o.clock,
                                         .log = p->o.log,
                                         .metrics = p->o.metrics };
    return act_letter_retry_start(&o, &p->letters, reterr);
}

int act_processor_start(const act_processor_options *o, act_processor **ret,
                        act_err *reterr)
{
    ACT_AUTO(act_processor) p = act_zalloc(1, sizeof *p);
    if (!p)
        return ACT_ENOMEM;
    p->o = *o;
    if (p->o.retry.most_ns == 0)
        p->o.retry = ACT_RETRY_SCHEDULE_INIT;
    unsigned each = o->workers ? o->workers : 1;
    each = each < WORKERS_MAX ? each : WORKERS_MAX;
    make_metrics(p);
    int r = start_letters(p, reterr);
    for (unsigned i = 0; i < each * SOURCES && !r; i++)
        r = add_worker(p, (enum source)(i % SOURCES), reterr);
    if (!r) /* when there are workers to ask */
        r = act_metrics_on_collect(p->o.metrics, note_lag, p);
    if (r)
        return r;
    *ret = p;
    p = NULL;
    return 0;
}

static bool is_through(act_processor *p)
{
    for (size_t i = 0; i < p->n_workers; i++) {
        act_consumer_info info;
        if (act_consumer_get_info(p->workers[i]->consumer, &info) || info.pending > 0 ||
            info.ack_pending > 0)
            return false;
    }
    return true;
}

int act_processor_drain(act_processor *p, int64_t wait_ns)
{
    const atomic_bool never = false;
    int64_t end = act_mono_ns(p->o.clock) + wait_ns;
    while (!is_through(p)) {
        if (act_mono_ns(p->o.clock) >= end)
            return ACT_EAGAIN;
        act_sleep_ns(5 * ACT_NS_PER_MS, &never);
    }
    return 0;
}

void act_processor_free(act_processor *p)
{
    if (!p)
        return;
    act_metrics_off_collect(p->o.metrics, note_lag, p);
    atomic_store(&p->stop, true);
    for (size_t i = 0; i < p->n_workers; i++)
        free_worker(p->workers[i]);
    act_letter_retry_free(p->letters);
    act_dealloc(p);
}
