#include "pipeline/reindex.h"

#include "base/thread.h"
#include "pipeline/reindex_batch.h"
#include "pipeline/streams.h"

enum {
    JUDGE_WAIT_S = 15,  /* for the policy controller to look at new policies */
    STORED_WAIT_S = 30, /* for the ingester */
    POLL_MS = 50,
    RETRY_FIRST_MS = 100,
    RETRY_MOST_MS = 10000,
    KINDS_ARENA_MAX = 64 << 20,
};

static const char *const source_names[ACT_RULE_KINDS] = {
    [ACT_RULE_AUDIT] = "audit", [ACT_RULE_EVENT] = "event"
};

/* A job at work. */
typedef struct {
    const act_reindex_options *o;
    act_reindex_state *s;
    act_reindex_policies *policies;
    act_reindex_batch *batch;
    act_consumer *stored; /* the ingester's, to see how far it is */
    act_arena *arena;     /* of the ranges */
    act_reindex_range ranges[ACT_RULE_KINDS];
    size_t limit;           /* records of a batch; fewer when memory is short */
    uint64_t last_sequence; /* published */
    int64_t due_ns;         /* when the records so far are within the rate */
    int64_t trouble_ns;     /* since when things fail; 0: they do not */
    int64_t wait_ns;        /* before the next attempt */
    act_counter *records[ACT_RULE_KINDS], *written, *same, *removed, *errors, *retries;
    act_histogram *seconds;
} job;

static bool is_stopped(const job *j)
{
    return atomic_load(j->o->stop);
}

/* ---- attempts ---------------------------------------------------------------------- */

/* A state of a backend that may pass. */
static bool may_pass(int err)
{
    return err == ACT_EIO || err == ACT_EFULL || err == ACT_EDENIED || err == ACT_ELIMIT ||
           err == ACT_ENOTFOUND;
}

/* After a failure: 0 when it is time to try again, else what ends the job. */
static int try_again(job *j, int err, const act_err *e)
{
    int64_t now = act_mono_ns(j->o->clock);
    if (is_stopped(j))
        return ACT_ECLOSED;
    if (!may_pass(err) || (j->trouble_ns && now - j->trouble_ns > j->o->patience_ns))
        return err;
    if (!j->trouble_ns) {
        j->trouble_ns = now;
        j->wait_ns = RETRY_FIRST_MS * ACT_NS_PER_MS;
    }
    act_counter_add(j->retries, 1);
    act_warn(j->o->log, "a reindexing waits for what failed", ACT_F_ERR(err),
             ACT_F_CSTR("why", e->text));
    act_sleep_ns(j->wait_ns, j->o->stop);
    j->wait_ns *= 2;
    if (j->wait_ns > RETRY_MOST_MS * ACT_NS_PER_MS)
        j->wait_ns = RETRY_MOST_MS * ACT_NS_PER_MS;
    return is_stopped(j) ? ACT_ECLOSED : 0;
}

/* One step, until it succeeds or there is no more patience. */
static int persist(job *j, int (*step)(job *j, act_err *reterr), act_err *reterr)
{
    for (;;) {
        *reterr = ACT_ERR_INIT;
        int r = step(j, reterr);
        if (!r) {
            j->trouble_ns = 0;
            return 0;
        }
        r = try_again(j, r, reterr);
        if (r)
            return r;
    }
}

static int save(job *j, act_err *reterr)
{
    int r = j->o->save(j->o->ctx, j->s);
    return r ? act_fail(reterr, r, "the state of the job cannot be saved: %s",
                        act_strerror(r))
             : 0;
}

/* ---- the beginning ----------------------------------------------------------------- */

static int read_policies_once(job *j, bool patient, act_err *reterr)
{
    act_reindex_policies_options o = { .registry = j->o->registry,
                                       .env = j->o->env,
                                       .revision = j->s->policies_revision,
                                       .selector = j->o->selector,
                                       .patient = patient };
    int r = act_reindex_policies_read(&o, &j->policies, reterr);
    if (r != ACT_EGONE)
        return r;
    act_warn(j->o->log,
             "a reindexing goes on with the policies of now, as those of its "
             "beginning are compacted",
             ACT_F_I64("revision", o.revision));
    o.revision = 0;
    return act_reindex_policies_read(&o, &j->policies, reterr);
}

static int read_policies(job *j, act_err *reterr)
{
    bool begins = j->s->policies_revision == 0;
    int64_t end =
        act_mono_ns(j->o->clock) + (j->o->patience_ns < JUDGE_WAIT_S * ACT_NS_PER_S
                                        ? j->o->patience_ns
                                        : JUDGE_WAIT_S * ACT_NS_PER_S);
    int r;
    do {
        r = read_policies_once(j, begins && act_mono_ns(j->o->clock) < end, reterr);
        if (r == ACT_EAGAIN)
            act_sleep_ns(POLL_MS * ACT_NS_PER_MS, j->o->stop);
    } while (r == ACT_EAGAIN && !is_stopped(j));
    if (r)
        return r == ACT_EAGAIN ? ACT_ECLOSED : r;
    act_str unused = act_reindex_policies_unused(j->policies);
    if (unused.len > 0)
        (void)act_fail(&j->s->note, 0, "not used, as they are not Ready: %.*s",
                       ACT_STR_ARG(unused));
    return 0;
}

/* Wait for the ingester to have stored everything up to @sequence; not for ever, as nothing
 * is lost when it has not. */
static void wait_stored(job *j, uint64_t sequence)
{
    int64_t end = act_mono_ns(j->o->clock) + STORED_WAIT_S * ACT_NS_PER_S;
    act_consumer_info info = { 0 };
    while (!is_stopped(j) && act_mono_ns(j->o->clock) < end &&
           act_consumer_get_info(j->stored, &info) == 0 && info.ack_floor < sequence)
        act_sleep_ns(POLL_MS * ACT_NS_PER_MS, j->o->stop);
}

/* What the policies asked for are about and, when those are all, what activities are about
 * that no policy makes any more. */
static int find_kinds(job *j, act_reindex_range *range, act_err *reterr)
{
    size_t n;
    const act_reindex_kind *kinds = act_reindex_policies_kinds(j->policies, &n);
    int r = 0;
    if (act_reindex_policies_are_all(j->policies))
        r = act_reindex_kinds_there(j->o->store, range, j->arena, n, &range->kinds,
                                    &range->n_kinds, reterr);
    else
        range->kinds = act_arena_make_n(j->arena, act_reindex_kind, n + 1);
    if (!r && !range->kinds)
        r = ACT_ENOMEM;
    if (r)
        return r;
    memcpy(range->kinds + range->n_kinds, kinds, n * sizeof *kinds);
    range->n_kinds += n;
    return 0;
}

static int find_ranges(job *j, act_err *reterr)
{
    act_arena_reset(j->arena);
    for (unsigned i = 0; i < ACT_RULE_KINDS; i++) {
        j->ranges[i] = (act_reindex_range){ .source = (enum act_rule_kind)i,
                                            .start_us = j->s->start_us,
                                            .end_us = j->s->end_us };
        int r = find_kinds(j, &j->ranges[i], reterr);
        if (r)
            return r;
    }
    return 0;
}

/* Settle what stays the same to the end of the job. */
static int settle(job *j, act_err *reterr)
{
    act_reindex_state *s = j->s;
    uint64_t there, total = 0;
    int64_t now_us = act_wall_ns(j->o->clock) / ACT_NS_PER_US;
    int r = act_reindex_version_there(j->o->store, s->start_us, s->end_us, &there, reterr);
    for (unsigned i = 0; i < ACT_RULE_KINDS && !r; i++) {
        uint64_t n;
        r = act_reindex_count(j->o->store, &j->ranges[i], &n, reterr);
        total += r ? 0 : n;
    }
    if (r)
        return r;
    s->total = total;
    s->version = there >= (uint64_t)now_us ? there + 1 : (uint64_t)now_us;
    return 0;
}

static int begin(job *j, act_err *reterr)
{
    act_stream_info info;
    int r = read_policies(j, reterr);
    if (r)
        return r;
    r = act_broker_stream_info(j->o->broker, ACT_STR(ACT_STREAM_ACTIVITIES), &info);
    if (r)
        return act_fail(reterr, r, "the log does not answer: %s", act_strerror(r));
    /* Live activities on their way would be taken for absent. */
    wait_stored(j, info.last_sequence);
    r = persist(j, find_ranges, reterr);
    if (!r && j->s->version == 0)
        r = persist(j, settle, reterr);
    j->s->policies_revision = act_reindex_policies_revision(j->policies);
    return r ? r : persist(j, save, reterr);
}

/* ---- batches ----------------------------------------------------------------------- */

/* As many records as there were take this long at the job's rate. A short batch was the
 * last of its source: if there is another, that waits for both. */
static void keep_rate(job *j, size_t records, int64_t started_ns)
{
    if (j->o->rate == 0)
        return;
    if (j->due_ns < started_ns)
        j->due_ns = started_ns;
    j->due_ns += (int64_t)records * ACT_NS_PER_S / j->o->rate;
    int64_t now = act_mono_ns(j->o->clock);
    if (j->due_ns > now && records == j->limit)
        act_sleep_ns(j->due_ns - now, j->o->stop);
}

static int move_on(job *j, const act_reindex_done *done)
{
    act_reindex_state *s = j->s;
    act_buf_clear(&s->at_id);
    act_buf_add(&s->at_id, done->end.id);
    if (act_buf_err(&s->at_id))
        return act_buf_err(&s->at_id);
    s->placed = true;
    s->at_us = done->end.time_us;
    if (s->errors == 0 && done->errors > 0)
        s->first_error = done->first_error;
    s->processed += done->records;
    s->generated += done->generated;
    s->written += done->written;
    s->removed += done->removed;
    s->errors += done->errors;
    s->total = s->total > s->processed ? s->total : s->processed;
    if (done->last_sequence > j->last_sequence)
        j->last_sequence = done->last_sequence;
    return 0;
}

static void count(job *j, const act_reindex_done *done, int64_t started_ns)
{
    act_counter_add(j->records[j->s->source], done->records);
    act_counter_add(j->errors, done->errors);
    act_counter_add(j->same, done->generated - done->written);
    act_counter_add(j->written, j->o->dry_run ? 0 : done->written);
    act_counter_add(j->removed, j->o->dry_run ? 0 : done->removed);
    act_histogram_observe(j->seconds,
                          (double)(act_mono_ns(j->o->clock) - started_ns) / 1e9);
}

static void next_source(job *j)
{
    j->s->source++;
    j->s->placed = false;
}

/* One batch of the source at hand; at its end, the next source. */
static int do_batch(job *j, act_err *reterr)
{
    act_reindex_state *s = j->s;
    const act_reindex_place after = { s->at_us, act_buf_str(&s->at_id) };
    int64_t started = act_mono_ns(j->o->clock);
    act_reindex_done done;
    int r = act_reindex_batch_do(j->batch, &j->ranges[s->source], s->placed ? &after : NULL,
                                 j->limit, s->version, &done, reterr);
    if (r == ACT_ENOMEM && j->limit > 1) {
        j->limit /= 2;
        return 0;
    }
    if (r)
        return r;
    if (done.records == 0) {
        next_source(j);
        return 0;
    }
    r = move_on(j, &done);
    if (r)
        return r;
    count(j, &done, started);
    r = persist(j, save, reterr);
    if (!r)
        keep_rate(j, done.records, started);
    return r;
}

static int do_all(job *j, act_err *reterr)
{
    int r = 0;
    while (!r && j->s->source < ACT_RULE_KINDS)
        r = is_stopped(j) ? ACT_ECLOSED : persist(j, do_batch, reterr);
    if (r)
        return r;
    wait_stored(j, j->last_sequence);
    j->s->total = j->s->processed;
    return 0;
}

/* ---- life -------------------------------------------------------------------------- */

static void make_metrics(job *j)
{
    act_metrics *m = j->o->metrics;
    const char *help = "Activities of reindexings, by what became of them.";
    const char *name = "activity_reindex_activities_total";
    for (int i = 0; i < ACT_RULE_KINDS; i++)
        j->records[i] = act_metrics_counter(
            m, "activity_reindex_records_total", "Records that reindexings have taken.",
            (const char *[]){ "origin", source_names[i], NULL });
    j->written =
        act_metrics_counter(m, name, help, (const char *[]){ "result", "written", NULL });
    j->same =
        act_metrics_counter(m, name, help, (const char *[]){ "result", "unchanged", NULL });
    j->removed =
        act_metrics_counter(m, name, help, (const char *[]){ "result", "removed", NULL });
    j->errors = act_metrics_counter(m, "activity_reindex_errors_total",
                                    "Records on which rules failed in reindexings.", NULL);
    j->retries = act_metrics_counter(m, "activity_reindex_retries_total",
                                     "Times that a reindexing waited for a backend.", NULL);
    j->seconds = act_metrics_histogram(
        m, "activity_reindex_batch_seconds", "Time of one batch, without keeping the rate.",
        act_buckets_seconds, ACT_COUNT(act_buckets_seconds), NULL);
}

static int open_batch(job *j)
{
    const act_reindex_batch_options o = { .broker = j->o->broker,
                                          .store = j->o->store,
                                          .env = j->o->env,
                                          .policies = j->policies,
                                          .dry_run = j->o->dry_run };
    return act_reindex_batch_new(&o, &j->batch);
}

int act_reindex_run(const act_reindex_options *o, act_reindex_state *state, act_err *reterr)
{
    job j = { .o = o, .s = state, .limit = o->batch };
    make_metrics(&j);
    int r = act_arena_new(KINDS_ARENA_MAX, 0, &j.arena);
    if (!r)
        r = act_streams_consumer(o->broker, ACT_STREAM_ACTIVITIES, ACT_DURABLE_INGEST,
                                 &j.stored, reterr);
    if (!r)
        r = begin(&j, reterr);
    if (!r)
        r = open_batch(&j);
    if (!r)
        r = do_all(&j, reterr);
    if (r && !reterr->text[0])
        (void)act_fail(reterr, r, "%s", act_strerror(r));
    act_reindex_batch_free(j.batch);
    act_reindex_policies_free(j.policies);
    if (j.stored)
        act_consumer_close(j.stored);
    act_arena_free(j.arena);
    return r;
}
