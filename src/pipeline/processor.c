#include "pipeline/processor.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "pipeline/dead_letter.h"
#include "pipeline/streams.h"
#include "pipeline/translated.h"

enum {
    BATCH = 500,
    FETCH_WAIT_MS = 200,
    ARENA_MAX = 128 << 20,
    WORKERS_MAX = 32,
    RETRY_S = 30,
    HOPELESS_RETRY_S = 3600, /* for dead letters that no policy can mend */
};

/* What a worker reads. */
enum source { SOURCE_AUDIT, SOURCE_EVENTS, SOURCE_DEAD, SOURCES };

static const struct {
    const char *stream, *durable, *thread;
} sources[SOURCES] = {
    [SOURCE_AUDIT] = { ACT_STREAM_AUDIT, ACT_DURABLE_PROCESSOR, "proc-audit" },
    [SOURCE_EVENTS] = { ACT_STREAM_EVENTS, ACT_DURABLE_PROCESSOR_EVENTS, "proc-events" },
    [SOURCE_DEAD] = { ACT_STREAM_DEAD_LETTERS, ACT_DURABLE_DEAD_LETTERS, "proc-dead" },
};

typedef struct {
    act_processor *p;
    enum source source;
    act_consumer *consumer;
    act_translated *translated;
    act_json_parser *parser; /* of dead letters */
    act_arena *arena;        /* the messages at hand */
    act_arena *letter_arena;
    uint64_t done[BATCH]; /* sequences to acknowledge */
    size_t n_done;
    pthread_t thread;
    bool started;
} worker;

struct act_processor {
    act_processor_options o;
    worker *workers[2 * WORKERS_MAX + 1];
    size_t n_workers;
    atomic_bool stop;
    act_gauge *lag[SOURCES];
    act_counter *mended;
};

/* ---- records ----------------------------------------------------------------------- */

static int translate_records(worker *w, act_policy_set *set, const act_delivery *got,
                             size_t n)
{
    enum act_rule_kind kind = w->source == SOURCE_AUDIT ? ACT_RULE_AUDIT : ACT_RULE_EVENT;
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        r = act_translated_add(w->translated, set, kind, got[i].payload, ACT_BROKER_PADDING,
                               true, NULL);
        w->done[w->n_done++] = got[i].sequence;
    }
    return r;
}

/* ---- dead letters ------------------------------------------------------------------ */

static bool is_mendable(const act_dead_letter *d)
{
    return !act_str_eq_cstr(d->error_type, "refused") &&
           !act_str_eq_cstr(d->error_type, "store") &&
           !act_str_eq_cstr(d->error_type, act_failure_name(ACT_FAILURE_UNMARSHAL));
}

static int64_t retry_ns(const worker *w)
{
    return w->p->o.retry_ns ? w->p->o.retry_ns : RETRY_S * ACT_NS_PER_S;
}

/* One letter: into done when it is settled, else put off. */
static int retry_letter(worker *w, act_policy_set *set, const act_delivery *m)
{
    act_dead_letter d;
    enum act_outcome outcome = ACT_OUTCOME_FAILED;
    act_arena_reset(w->letter_arena);
    int r = act_dead_letter_read(w->parser, w->letter_arena, m->payload, &d);
    if (r == ACT_ENOMEM)
        return r;
    bool mendable = !r && is_mendable(&d);
    r = mendable
            ? act_translated_add(w->translated, set, d.kind, d.record, 0, false, &outcome)
            : 0;
    if (r)
        return r;
    if (outcome == ACT_OUTCOME_FAILED)
        return act_consumer_nak(w->consumer, m->sequence,
                                mendable ? retry_ns(w) : HOPELESS_RETRY_S * ACT_NS_PER_S);
    w->done[w->n_done++] = m->sequence;
    act_counter_add(w->p->mended, 1);
    return 0;
}

static int retry_letters(worker *w, act_policy_set *set, const act_delivery *got, size_t n)
{
    int r = 0;
    for (size_t i = 0; i < n && !r; i++)
        r = retry_letter(w, set, &got[i]);
    return r;
}

/* ---- workers ----------------------------------------------------------------------- */

static int work_off(worker *w, const act_delivery *got, size_t n)
{
    act_err e = ACT_ERR_INIT;
    act_policy_set *set = act_policy_source_get(w->p->o.policies);
    act_translated_clear(w->translated);
    w->n_done = 0;
    int r = w->source == SOURCE_DEAD ? retry_letters(w, set, got, n)
                                     : translate_records(w, set, got, n);
    if (!r)
        r = act_translated_publish(w->translated, &e);
    (void)act_policy_set_unref(set);
    if (!r && w->n_done > 0)
        r = act_consumer_ack(w->consumer, w->done, w->n_done);
    return r;
}

static void note_lag(worker *w)
{
    act_consumer_info info;
    if (act_consumer_get_info(w->consumer, &info) == 0)
        act_gauge_set(w->p->lag[w->source], (int64_t)(info.pending + info.ack_pending));
}

static void *run(void *arg)
{
    worker *w = arg;
    while (!atomic_load(&w->p->stop)) {
        const act_delivery *got;
        size_t n;
        act_arena_reset(w->arena);
        int r = act_consumer_fetch(w->consumer, BATCH, FETCH_WAIT_MS * ACT_NS_PER_MS,
                                   w->arena, &got, &n);
        if (!r)
            r = work_off(w, got, n);
        note_lag(w);
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
    act_json_parser_free(w->parser);
    act_arena_free(w->arena);
    act_arena_free(w->letter_arena);
    act_dealloc(w);
}

static int open_worker(worker *w, act_err *reterr)
{
    const act_processor_options *o = &w->p->o;
    act_json_limits limits = { .max_bytes = 64 << 20, .max_depth = 200 };
    int r =
        act_translated_new(o->broker, o->env, BATCH, o->clock, o->metrics, &w->translated);
    if (!r)
        r = act_json_parser_new(limits, &w->parser);
    if (!r)
        r = act_arena_new(ARENA_MAX, 1 << 20, &w->arena);
    if (!r)
        r = act_arena_new(ARENA_MAX, 64 << 10, &w->letter_arena);
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

int act_processor_start(const act_processor_options *o, act_processor **ret,
                        act_err *reterr)
{
    act_processor *p = act_zalloc(1, sizeof *p);
    if (!p)
        return ACT_ENOMEM;
    p->o = *o;
    unsigned each = o->workers ? o->workers : 1;
    each = each < WORKERS_MAX ? each : WORKERS_MAX;
    for (int i = 0; i < SOURCES; i++)
        p->lag[i] = act_metrics_gauge(
            o->metrics, "activity_translate_lag", "Messages that wait for translation.",
            (const char *[]){ "stream", sources[i].stream, NULL });
    p->mended = act_metrics_counter(o->metrics, "activity_dead_letters_mended_total",
                                    "Dead letters settled by a later policy.", NULL);
    int r = 0;
    for (unsigned i = 0; i < each && !r; i++) {
        r = add_worker(p, SOURCE_AUDIT, reterr);
        if (!r)
            r = add_worker(p, SOURCE_EVENTS, reterr);
    }
    if (!r)
        r = add_worker(p, SOURCE_DEAD, reterr);
    if (r) {
        act_processor_free(p);
        return r;
    }
    *ret = p;
    return 0;
}

static bool is_through(act_processor *p)
{
    for (size_t i = 0; i < p->n_workers; i++) {
        act_consumer_info info;
        if (p->workers[i]->source == SOURCE_DEAD)
            continue;
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
    atomic_store(&p->stop, true);
    for (size_t i = 0; i < p->n_workers; i++)
        free_worker(p->workers[i]);
    act_dealloc(p);
}
