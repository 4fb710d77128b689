#include "pipeline/letter_retry.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "pipeline/streams.h"
#include "pipeline/translated.h"
#include "pipeline/waiting_letters.h"

enum {
    BATCH = 100,
    FETCH_WAIT_MS = 100, /* also how soon a change of policies is seen */
    BATCH_ARENA_MAX = 128 << 20,
    LETTER_ARENA_MAX = 64 << 20,
    LETTER_BYTES_MAX = 16 << 20, /* more than any log takes */
    LETTER_DEPTH_MAX = 200,      /* a record's, and one more */
    LAZY_ABOVE = 256,            /* bytes; the record in a letter is not looked into */
};
/* Nobody tells a broker elsewhere that this process was killed: its letters come back. */
#define LOOK_AGAIN_NS (3600 * ACT_NS_PER_S)

struct act_letter_retry {
    act_letter_retry_options o;
    act_consumer *consumer;
    act_translated *translated;
    act_waiting_letters *waiting;
    act_json_parser *parser;
    act_arena *arena;        /* the messages at hand */
    act_arena *letter_arena; /* the letter at hand */
    act_policy_set *set;     /* that waiting letters were last compared with */
    uint64_t done[BATCH];
    size_t n_done;
    act_counter *tried[3], *unreadable; /* tried: by outcome */
    act_gauge *waiting_now;
    atomic_bool stop;
    pthread_t thread;
    bool started;
};

/* ---- one letter -------------------------------------------------------------------- */

/* Can another translation of its record end otherwise? */
static bool is_mendable(const act_dead_letter *d)
{
    return !d->cut && !act_str_eq_cstr(d->error_type, "refused") &&
           !act_str_eq_cstr(d->error_type, "store");
}

static bool is_due(const act_letter_retry *r, const act_dead_letter *d, int64_t now)
{
    return d->next_ns <= now ||
           d->policies !=
               act_policy_set_fingerprint(r->set, d->kind, d->group, d->resource_kind);
}

/* Not now: back for @delay_ns, or until its policies change when they might mend it. */
static int put_off(act_letter_retry *r, const act_delivery *m, const act_dead_letter *d,
                   int64_t delay_ns)
{
    int err = act_consumer_nak(r->consumer, m->sequence, delay_ns);
    if (!err && d)
        err = act_waiting_letters_put(r->waiting, m->sequence, d->kind, d->group,
                                      d->resource_kind, d->policies);
    return err;
}

static int try_again(act_letter_retry *r, const act_delivery *m, const act_dead_letter *d)
{
    enum act_outcome outcome;
    const act_translated_input in = { .kind = d->kind, .record = d->record, .before = d };
    int err = act_translated_add(r->translated, r->set, &in, &outcome);
    if (err)
        return err;
    act_waiting_letters_drop(r->waiting, m->sequence);
    act_counter_add(r->tried[outcome], 1);
    r->done[r->n_done++] = m->sequence;
    return 0;
}

static int handle_letter(act_letter_retry *r, const act_delivery *m)
{
    act_dead_letter d;
    act_arena_reset(r->letter_arena);
    int err = act_dead_letter_read(r->parser, r->letter_arena, m->payload, &d);
    if (err == ACT_ENOMEM)
        return err;
    if (err) {
        act_counter_add(r->unreadable, m->deliveries == 1);
        return put_off(r, m, NULL, LOOK_AGAIN_NS);
    }
    if (!is_mendable(&d))
        return put_off(r, m, NULL, LOOK_AGAIN_NS);
    int64_t now = act_wall_ns(r->o.clock);
    if (is_due(r, &d, now))
        return try_again(r, m, &d);
    int64_t left = d.next_ns - now;
    return put_off(r, m, &d, left < LOOK_AGAIN_NS ? left : LOOK_AGAIN_NS);
}

/* ---- batches ----------------------------------------------------------------------- */

static int settle(act_letter_retry *r)
{
    int err = act_translated_publish(r->translated, NULL);
    if (!err && r->n_done > 0)
        err = act_consumer_ack(r->consumer, r->done, r->n_done);
    act_translated_clear(r->translated);
    r->n_done = 0;
    return err;
}

static int handle_batch(act_letter_retry *r, const act_delivery *got, size_t n)
{
    int err = 0;
    act_translated_clear(r->translated);
    r->n_done = 0;
    for (size_t i = 0; i < n && !err; i++) {
        if (act_translated_is_full(r->translated))
            err = settle(r);
        if (!err)
            err = handle_letter(r, &got[i]);
    }
    int settled = settle(r);
    return err ? err : settled;
}

static int fetch_now(void *ctx, uint64_t sequence)
{
    act_letter_retry *r = ctx;
    return act_consumer_nak(r->consumer, sequence, 0);
}

/* Take over the policies of the moment; letters that wait for them come back at once. */
static int follow_policies(act_letter_retry *r)
{
    act_policy_set *now = act_policy_source_get(r->o.policies);
    bool same = r->set && act_policy_set_version(now) == act_policy_set_version(r->set);
    (void)act_policy_set_unref(same ? now : r->set);
    if (same)
        return 0;
    r->set = now;
    return act_waiting_letters_release(r->waiting, now, fetch_now, r);
}

static int step(act_letter_retry *r)
{
    const act_delivery *got;
    size_t n;
    act_arena_reset(r->arena);
    int fetched = act_consumer_fetch(r->consumer, BATCH, FETCH_WAIT_MS * ACT_NS_PER_MS,
                                     r->arena, &got, &n);
    /* Behind the wait: a letter must not meet policies older than those it failed. */
    int err = follow_policies(r);
    if (!err)
        err = fetched ? fetched : handle_batch(r, got, n);
    act_gauge_set(r->waiting_now, (int64_t)act_waiting_letters_count(r->waiting));
    return err == ACT_EAGAIN ? 0 : err;
}

static void *run(void *arg)
{
    act_letter_retry *r = arg;
    while (!atomic_load(&r->stop)) {
        int err = step(r);
        if (err == ACT_ECLOSED)
            break;
        if (!err)
            continue;
        /* What is out comes again after the ack wait. */
        act_error(r->o.log, "dead letters were not tried again", ACT_F_ERR(err));
        act_sleep_ns(ACT_NS_PER_S, &r->stop);
    }
    return NULL;
}

/* ---- life -------------------------------------------------------------------------- */

static void make_metrics(act_letter_retry *r)
{
    static const char *const outcomes[] = {
        [ACT_OUTCOME_ACTIVITY] = "activity",
        [ACT_OUTCOME_SKIPPED] = "skipped",
        [ACT_OUTCOME_FAILED] = "failed",
    };
    static_assert(ACT_COUNT(outcomes) == ACT_COUNT(r->tried), "one for each outcome");
    for (size_t i = 0; i < ACT_COUNT(outcomes); i++)
        r->tried[i] =
            act_metrics_counter(r->o.metrics, "activity_dead_letter_retries_total",
                                "Dead letters tried again, by outcome.",
                                (const char *[]){ "outcome", outcomes[i], NULL });
    r->unreadable =
        act_metrics_counter(r->o.metrics, "activity_dead_letters_unreadable_total",
                            "Messages among the dead letters that are none.", NULL);
    r->waiting_now = act_metrics_gauge(r->o.metrics, "activity_dead_letters_waiting",
                                       "Dead letters that wait for their next try.", NULL);
}

int act_letter_retry_start(const act_letter_retry_options *o, act_letter_retry **ret,
                           act_err *reterr)
{
    ACT_AUTO(act_letter_retry) r = act_zalloc(1, sizeof *r);
    if (!r)
        return ACT_ENOMEM;
    r->o = *o;
    make_metrics(r);
    act_json_limits limits = { .max_bytes = LETTER_BYTES_MAX,
                               .max_depth = LETTER_DEPTH_MAX,
                               .lazy_above = LAZY_ABOVE };
    act_translated_options translated = { .broker = o->broker,
                                          .env = o->env,
                                          .most = BATCH,
                                          .retry = o->schedule,
                                          .clock = o->clock,
                                          .log = o->log,
                                          .metrics = o->metrics };
    int err = act_translated_new(&translated, &r->translated);
    if (!err)
        err = act_waiting_letters_new(&r->waiting);
    if (!err)
        err = act_json_parser_new(limits, &r->parser);
    if (!err)
        err = act_arena_new(BATCH_ARENA_MAX, 64 << 10, &r->arena);
    if (!err)
        err = act_arena_new(LETTER_ARENA_MAX, 16 << 10, &r->letter_arena);
    if (!err)
        err = act_streams_consumer(o->broker, ACT_STREAM_DEAD_LETTERS,
                                   ACT_DURABLE_DEAD_LETTERS, &r->consumer, reterr);
    if (!err)
        err = act_thread_start(&r->thread, "dead-letters", run, r);
    if (err)
        return err;
    r->started = true;
    *ret = r;
    r = NULL;
    return 0;
}

void act_letter_retry_free(act_letter_retry *r)
{
    if (!r)
        return;
    atomic_store(&r->stop, true);
    if (r->started)
        (void)pthread_join(r->thread, NULL);
    /* Whoever comes next shall see them at once; else they come when their time is over. */
    if (r->started && act_waiting_letters_release(r->waiting, NULL, fetch_now, r))
        act_warn(r->o.log, "waiting dead letters could not be handed back",
                 ACT_F_I64("count", act_waiting_letters_count(r->waiting)));
    if (r->consumer)
        act_consumer_close(r->consumer);
    act_translated_free(r->translated);
    act_waiting_letters_free(r->waiting);
    (void)act_policy_set_unref(r->set);
    act_json_parser_free(r->parser);
    act_arena_free(r->arena);
    act_arena_free(r->letter_arena);
    act_dealloc(r);
}
