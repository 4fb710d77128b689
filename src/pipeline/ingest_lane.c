#include "pipeline/ingest_lane.h"

#include "base/alloc.h"
#include "base/json.h"
#include "base/thread.h"
#include "core/identity.h"
#include "pipeline/dead_letter.h"
#include "pipeline/rows.h"
#include "pipeline/stored_ids.h"
#include "pipeline/streams.h"

enum {
    BATCH_ROWS = 10000,
    BATCH_BYTES = 16 << 20,
    LINGER_MS = 200,
    FETCH_WAIT_MS = 500,
    RETRY_FIRST_MS = 250,
    RETRY_MOST_MS = 10000,
    ARENA_ROOM = 64 << 20, /* of a fetch, beside the batch's own bytes */
    LAZY_ABOVE = 256,
};

static const struct {
    const char *name, *stream, *durable;
    int (*new_block)(act_store_block **ret);
} kinds[ACT_LANES] = {
    [ACT_LANE_AUDIT] = { "audit", ACT_STREAM_AUDIT, ACT_DURABLE_INGEST,
                         act_row_audit_block },
    [ACT_LANE_EVENTS] = { "events", ACT_STREAM_EVENTS, ACT_DURABLE_INGEST_EVENTS,
                          act_row_event_block },
    [ACT_LANE_ACTIVITIES] = { "activities", ACT_STREAM_ACTIVITIES, ACT_DURABLE_INGEST,
                              act_row_activity_block },
};

struct act_lane {
    enum act_lane_kind kind;
    act_ingester_options o;
    act_consumer *consumer;
    act_store_block *block;
    act_json_parser *parser;
    act_arena *batch_arena;  /* the messages at hand */
    act_arena *record_arena; /* one record */
    act_sha256 *sha;
    act_buf token;
    const act_delivery **batch;
    uint64_t *sequences;
    size_t n;
    uint64_t backlog_end; /* up to here messages may be in the store already */
    atomic_bool stop;
    pthread_t thread;
    bool started;
    act_counter *rows, *known, *refused, *failures;
    act_gauge *lag;
    act_histogram *seconds;
};

/* ---- dead letters ------------------------------------------------------------------ */

/* A message that cannot become a row; ACT_OK when it is safe elsewhere. */
static int bury(act_lane *l, const act_delivery *d, const char *why)
{
    act_dead_letter letter = { .kind = l->kind == ACT_LANE_AUDIT ? ACT_RULE_AUDIT
                                                                 : ACT_RULE_EVENT,
                               .error_type = ACT_STR("store"),
                               .error = act_str_cstr(why),
                               .rule = -1,
                               .failed_ns = act_wall_ns(l->o.clock),
                               .record = d->payload };
    act_buf text = ACT_BUF_INIT, subject = ACT_BUF_INIT;
    act_dead_letter_write(&letter, false, &text);
    act_dead_letter_subject(&letter, &subject);
    int r = act_buf_err(&text) ? act_buf_err(&text) : act_buf_err(&subject);
    act_message m = { .subject = act_buf_str(&subject),
                      .id = d->id,
                      .payload = act_buf_str(&text) };
    if (!r)
        r = act_broker_publish(l->o.broker, ACT_STR(ACT_STREAM_DEAD_LETTERS), &m, 1, NULL,
                               NULL);
    if (!r)
        act_counter_add(l->refused, 1);
    act_error(l->o.log, "a record is not in the store and became a dead letter",
              ACT_F_CSTR("lane", kinds[l->kind].name), ACT_F_STR("id", d->id),
              ACT_F_CSTR("why", why));
    act_buf_done(&text);
    act_buf_done(&subject);
    return r;
}

/* ---- rows -------------------------------------------------------------------------- */

static int add_row(act_lane *l, const act_delivery *d)
{
    const act_json *record = NULL;
    act_err e = ACT_ERR_INIT;
    act_arena_reset(l->record_arena);
    int r = act_json_parse(l->parser, l->record_arena, d->payload, ACT_BROKER_PADDING,
                           &record, &e);
    if (r == ACT_ENOMEM)
        return r;
    if (r)
        return bury(l, d, e.text);
    switch (l->kind) {
    case ACT_LANE_AUDIT:
        return act_row_audit_add(l->block, l->record_arena, record, d->payload);
    case ACT_LANE_EVENTS:
        return act_row_event_add(l->block, record, d->payload);
    case ACT_LANE_ACTIVITIES:
        return act_row_activity_add(l->block, record, d->payload);
    }
    return ACT_EINVAL;
}

static int fill_block(act_lane *l, size_t from, size_t to)
{
    act_store_block_clear(l->block);
    int r = 0;
    for (size_t i = from; i < to && !r; i++)
        if (l->batch[i])
            r = add_row(l, l->batch[i]);
    return r;
}

/* Insert the block, again and again while the store does not answer. */
static int insert_block(act_lane *l, act_str token, act_err *e)
{
    int64_t wait = RETRY_FIRST_MS * ACT_NS_PER_MS;
    for (;;) {
        int64_t start = act_mono_ns(l->o.clock);
        int r = act_store_insert(l->o.store, l->block, token, e);
        if (r != ACT_EIO) {
            act_histogram_observe(l->seconds,
                                  (double)(act_mono_ns(l->o.clock) - start) / 1e9);
            return r;
        }
        act_counter_add(l->failures, 1);
        act_warn(l->o.log, "the store does not take a batch, trying again",
                 ACT_F_CSTR("lane", kinds[l->kind].name), ACT_F_CSTR("error", e->text));
        act_sleep_ns(wait, &l->stop);
        if (atomic_load(&l->stop))
            return ACT_ECLOSED;
        r = act_consumer_in_progress(l->consumer, l->sequences, l->n);
        if (r)
            return r;
        wait = wait * 2 < RETRY_MOST_MS * ACT_NS_PER_MS ? wait * 2
                                                        : RETRY_MOST_MS * ACT_NS_PER_MS;
    }
}

/* Messages [from, to) of the batch into the store. What the store refuses is halved until
 * the row is found that it cannot take. */
static int insert_range(act_lane *l, size_t from, size_t to)
{
    act_err e = ACT_ERR_INIT;
    int r = fill_block(l, from, to);
    if (r)
        return r;
    size_t rows = act_store_block_rows(l->block);
    if (rows == 0)
        return 0;
    act_buf_clear(&l->token);
    act_batch_token(l->sha, &l->token, act_str_cstr(kinds[l->kind].stream),
                    l->sequences + from, to - from);
    r = act_buf_err(&l->token);
    if (!r)
        r = insert_block(l, act_buf_str(&l->token), &e);
    if (!r)
        act_counter_add(l->rows, rows);
    if (r != ACT_EINVAL)
        return r;
    if (to - from == 1)
        return bury(l, l->batch[from], e.text);
    size_t middle = from + (to - from) / 2;
    r = insert_range(l, from, middle);
    return r ? r : insert_range(l, middle, to);
}

/* ---- batches ----------------------------------------------------------------------- */

static size_t batch_rows(const act_lane *l)
{
    return l->o.batch_rows ? l->o.batch_rows : BATCH_ROWS;
}

/* Fetch until the batch is full or the lingering is over. */
static int gather(act_lane *l)
{
    int64_t linger = l->o.linger_ns ? l->o.linger_ns : LINGER_MS * ACT_NS_PER_MS;
    size_t most_bytes = l->o.batch_bytes ? l->o.batch_bytes : BATCH_BYTES;
    size_t bytes = 0;
    int64_t end = 0;
    l->n = 0;
    act_arena_reset(l->batch_arena);
    while (l->n < batch_rows(l) && bytes < most_bytes && !atomic_load(&l->stop)) {
        const act_delivery *got = NULL;
        size_t n = 0;
        int64_t wait = end ? end - act_mono_ns(l->o.clock) : FETCH_WAIT_MS * ACT_NS_PER_MS;
        if (end && wait <= 0)
            break;
        int r = act_consumer_fetch(l->consumer, batch_rows(l) - l->n, wait, l->batch_arena,
                                   &got, &n);
        if (r == ACT_ENOMEM && l->n > 0)
            break;
        if (r == ACT_EAGAIN && !end)
            return ACT_EAGAIN;
        if (r && r != ACT_EAGAIN)
            return r;
        for (size_t i = 0; i < n && !r; i++) {
            bytes += got[i].payload.len;
            l->sequences[l->n] = got[i].sequence;
            l->batch[l->n++] = &got[i];
        }
        if (!end)
            end = act_mono_ns(l->o.clock) + linger;
    }
    return l->n > 0 ? 0 : ACT_EAGAIN;
}

static bool is_backlog(const act_lane *l)
{
    for (size_t i = 0; i < l->n; i++)
        if (l->sequences[i] <= l->backlog_end)
            return true;
    return false;
}

/* Leave out what an earlier life of this process has stored. */
static int leave_out_known(act_lane *l)
{
    size_t known = 0;
    int r =
        act_stored_ids_drop(l->o.store, l->kind, l->batch_arena, l->batch, l->n, &known);
    act_counter_add(l->known, known);
    return r;
}

static int store_batch(act_lane *l)
{
    int r = is_backlog(l) ? leave_out_known(l) : 0;
    if (!r)
        r = insert_range(l, 0, l->n);
    if (!r)
        r = act_consumer_ack(l->consumer, l->sequences, l->n);
    return r;
}

static void note_lag(act_lane *l)
{
    act_consumer_info info;
    if (act_consumer_get_info(l->consumer, &info) == 0)
        act_gauge_set(l->lag, (int64_t)(info.pending + info.ack_pending));
}

static void *run(void *arg)
{
    act_lane *l = arg;
    while (!atomic_load(&l->stop)) {
        int r = gather(l);
        if (!r)
            r = store_batch(l);
        note_lag(l);
        if (r == ACT_ECLOSED)
            break;
        if (!r || r == ACT_EAGAIN)
            continue;
        act_error(l->o.log, "a batch failed and will be delivered again",
                  ACT_F_CSTR("lane", kinds[l->kind].name), ACT_F_ERR(r));
        for (size_t i = 0; i < l->n; i++)
            if (act_consumer_nak(l->consumer, l->sequences[i], ACT_NS_PER_S))
                break;
        act_sleep_ns(ACT_NS_PER_S, &l->stop);
    }
    return NULL;
}

/* ---- life -------------------------------------------------------------------------- */

static void make_metrics(act_lane *l)
{
    act_metrics *m = l->o.metrics;
    const char *labels[] = { "lane", kinds[l->kind].name, NULL };
    l->rows = act_metrics_counter(m, "activity_ingest_rows_total",
                                  "Rows inserted into the store.", labels);
    l->known = act_metrics_counter(m, "activity_ingest_known_total",
                                   "Redelivered records that the store had.", labels);
    l->refused = act_metrics_counter(m, "activity_ingest_refused_total",
                                     "Records that became dead letters.", labels);
    l->failures = act_metrics_counter(m, "activity_ingest_failures_total",
                                      "Inserts that the store did not answer.", labels);
    l->lag = act_metrics_gauge(m, "activity_ingest_lag",
                               "Messages that are not yet in the store.", labels);
    l->seconds =
        act_metrics_histogram(m, "activity_ingest_insert_seconds", "Time of one insert.",
                              act_buckets_seconds, ACT_COUNT(act_buckets_seconds), labels);
}

static int open_parts(act_lane *l, act_err *reterr)
{
    act_json_limits limits = { .max_bytes = 64 << 20,
                               .max_depth = 200,
                               .lazy_above = LAZY_ABOVE };
    size_t most_bytes = l->o.batch_bytes ? l->o.batch_bytes : BATCH_BYTES;
    l->batch = act_zalloc(batch_rows(l), sizeof(*l->batch));
    l->sequences = act_zalloc(batch_rows(l), sizeof *l->sequences);
    if (!l->batch || !l->sequences)
        return ACT_ENOMEM;
    int r = kinds[l->kind].new_block(&l->block);
    if (!r)
        r = act_json_parser_new(limits, &l->parser);
    if (!r)
        r = act_arena_new(most_bytes + ARENA_ROOM, 1 << 20, &l->batch_arena);
    if (!r)
        r = act_arena_new(256 << 20, 64 << 10, &l->record_arena);
    if (!r)
        r = act_sha256_new(&l->sha);
    if (!r)
        r = act_streams_consumer(l->o.broker, kinds[l->kind].stream, kinds[l->kind].durable,
                                 &l->consumer, reterr);
    act_stream_info info = { 0 };
    if (!r)
        r = act_broker_stream_info(l->o.broker, act_str_cstr(kinds[l->kind].stream), &info);
    l->backlog_end = info.last_sequence;
    return r;
}

int act_lane_start(enum act_lane_kind kind, const act_ingester_options *o, act_lane **ret,
                   act_err *reterr)
{
    act_lane *l = act_zalloc(1, sizeof *l);
    if (!l)
        return ACT_ENOMEM;
    l->kind = kind;
    l->o = *o;
    make_metrics(l);
    int r = open_parts(l, reterr);
    if (!r) {
        char name[16];
        (void)snprintf(name, sizeof name, "in-%s", kinds[kind].name);
        r = act_thread_start(&l->thread, name, run, l);
        l->started = !r;
    }
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
    return act_consumer_get_info(l->consumer, &info) == 0 && info.pending == 0 &&
           info.ack_pending == 0;
}

uint64_t act_lane_floor(act_lane *l)
{
    act_consumer_info info;
    return act_consumer_get_info(l->consumer, &info) == 0 ? info.ack_floor : 0;
}

void act_lane_stop(act_lane *l)
{
    atomic_store(&l->stop, true);
}

void act_lane_free(act_lane *l)
{
    if (!l)
        return;
    act_lane_stop(l);
    if (l->started)
        (void)pthread_join(l->thread, NULL);
    if (l->consumer)
        act_consumer_close(l->consumer);
    act_store_block_free(l->block);
    act_json_parser_free(l->parser);
    act_arena_free(l->batch_arena);
    act_arena_free(l->record_arena);
    act_sha256_free(l->sha);
    act_buf_done(&l->token);
    act_dealloc(l->batch);
    act_dealloc(l->sequences);
    act_dealloc(l);
}
