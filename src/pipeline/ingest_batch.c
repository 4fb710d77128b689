#include "pipeline/ingest_batch.h"

#include "base/alloc.h"
#include "base/thread.h"
#include "core/identity.h"
#include "pipeline/dead_letter.h"
#include "pipeline/known_rows.h"
#include "pipeline/streams.h"

enum {
    FETCH_WAIT_MS = 500,
    RETRY_FIRST_MS = 100,
    RETRY_MOST_MS = 10000,
    ARENA_ROOM = 64 << 20, /* of a fetch, beside the batch's own bytes */
    RECORD_ARENA_MAX = 256 << 20,
    RECORD_BYTES_MAX = 64 << 20,
    RECORD_DEPTH_MAX = 200,
    LAZY_ABOVE = 256,
};

struct act_ingest_batch {
    const act_ingest_context *c;
    act_arena *arena; /* messages, and questions about them */
    size_t n;
    const act_delivery **messages; /* NULL: settled without a row */
    uint64_t *sequences;           /* of all messages */
    int64_t oldest_published_ns;

    act_store_block *block;
    act_json_parser *parser;
    act_arena *record_arena;
    act_row_question *questions;
    size_t n_questions;

    act_sha256 *sha;
    act_buf token;
    uint64_t *token_sequences;
};

/* ---- life -------------------------------------------------------------------------- */

static int open_parts(act_ingest_batch *b)
{
    const act_ingester_options *o = &b->c->o;
    act_json_limits limits = { .max_bytes = RECORD_BYTES_MAX,
                               .max_depth = RECORD_DEPTH_MAX,
                               .lazy_above = LAZY_ABOVE };
    b->messages = act_zalloc(o->batch_rows, sizeof(*b->messages));
    b->sequences = act_zalloc(o->batch_rows, sizeof *b->sequences);
    b->token_sequences = act_zalloc(o->batch_rows, sizeof *b->token_sequences);
    if (!b->messages || !b->sequences || !b->token_sequences)
        return ACT_ENOMEM;
    int r = b->c->table->new_block(&b->block);
    if (!r)
        r = act_json_parser_new(limits, &b->parser);
    if (!r)
        r = act_arena_new(o->batch_bytes + ARENA_ROOM, 1 << 20, &b->arena);
    if (!r)
        r = act_arena_new(RECORD_ARENA_MAX, 64 << 10, &b->record_arena);
    if (!r)
        r = act_sha256_new(&b->sha);
    return r;
}

int act_ingest_batch_new(const act_ingest_context *context, act_ingest_batch **ret)
{
    act_ingest_batch *b = act_zalloc(1, sizeof *b);
    if (!b)
        return ACT_ENOMEM;
    b->c = context;
    int r = open_parts(b);
    if (r) {
        act_ingest_batch_free(b);
        return r;
    }
    *ret = b;
    return 0;
}

void act_ingest_batch_free(act_ingest_batch *b)
{
    if (!b)
        return;
    act_store_block_free(b->block);
    act_json_parser_free(b->parser);
    act_arena_free(b->arena);
    act_arena_free(b->record_arena);
    act_sha256_free(b->sha);
    act_buf_done(&b->token);
    act_dealloc(b->messages);
    act_dealloc(b->sequences);
    act_dealloc(b->token_sequences);
    act_dealloc(b);
}

/* ---- gather ------------------------------------------------------------------------ */

static size_t take(act_ingest_batch *b, const act_delivery *got, size_t n)
{
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        bytes += got[i].payload.len;
        if (got[i].published_ns < b->oldest_published_ns)
            b->oldest_published_ns = got[i].published_ns;
        b->sequences[b->n] = got[i].sequence;
        b->messages[b->n++] = &got[i];
    }
    return bytes;
}

int act_ingest_batch_gather(act_ingest_batch *b)
{
    const act_ingester_options *o = &b->c->o;
    int64_t wait = FETCH_WAIT_MS * ACT_NS_PER_MS, end = 0;
    size_t bytes = 0;
    b->n = 0;
    b->n_questions = 0;
    b->oldest_published_ns = INT64_MAX;
    act_arena_reset(b->arena);
    while (b->n < o->batch_rows && bytes < o->batch_bytes && wait > 0 &&
           !atomic_load(&b->c->stop)) {
        const act_delivery *got;
        size_t n;
        int r = act_consumer_fetch(b->c->consumer, o->batch_rows - b->n, wait, b->arena,
                                   &got, &n);
        if (r == ACT_EAGAIN || (r == ACT_ENOMEM && b->n > 0))
            break;
        if (r)
            return r;
        bytes += take(b, got, n);
        int64_t now = act_mono_ns(o->clock);
        end = end ? end : now + o->linger_ns;
        wait = end - now;
    }
    return b->n > 0 ? 0 : ACT_EAGAIN;
}

void act_ingest_batch_return(act_ingest_batch *b, int64_t delay_ns)
{
    for (size_t i = 0; i < b->n; i++)
        if (act_consumer_nak(b->c->consumer, b->sequences[i], delay_ns))
            return; /* they run into their ack wait */
    b->n = 0;
}

/* ---- dead letters ------------------------------------------------------------------ */

static int publish_letter(act_ingest_batch *b, const act_dead_letter *letter, act_str id)
{
    act_buf text = ACT_BUF_INIT, subject = ACT_BUF_INIT, name = ACT_BUF_INIT;
    act_dead_letter_write(letter, false, &text);
    act_dead_letter_subject(letter, &subject);
    if (id.len > 0 && id.len + sizeof "store/" <= ACT_BROKER_ID_MAX)
        act_buf_printf(&name, "store/%.*s", ACT_STR_ARG(id));
    int r = act_buf_err(&text);
    if (!r)
        r = act_buf_err(&subject);
    if (!r)
        r = act_buf_err(&name);
    act_message m = { .subject = act_buf_str(&subject),
                      .id = act_buf_str(&name),
                      .payload = act_buf_str(&text) };
    if (!r)
        r = act_broker_publish(b->c->o.broker, ACT_STR(ACT_STREAM_DEAD_LETTERS), &m, 1,
                               NULL, NULL);
    act_buf_done(&text);
    act_buf_done(&subject);
    act_buf_done(&name);
    return r;
}

/* A message that cannot become a row: settled when its dead letter is safe. */
static int bury(act_ingest_batch *b, size_t i, const char *why)
{
    const act_delivery *d = b->messages[i];
    act_dead_letter letter = { .kind = b->c->table->dead_letter,
                               .error_type = ACT_STR("store"),
                               .error = act_str_cstr(why),
                               .rule = -1,
                               .failed_ns = act_wall_ns(b->c->o.clock),
                               .record = d->payload };
    int r = publish_letter(b, &letter, d->id);
    if (r)
        return r;
    act_counter_add(b->c->series.refused, 1);
    act_error(b->c->o.log, "a record is not in the store and became a dead letter",
              ACT_F_CSTR("lane", b->c->table->name), ACT_F_STR("id", d->id),
              ACT_F_CSTR("why", why));
    b->messages[i] = NULL;
    return 0;
}

/* ---- build ------------------------------------------------------------------------- */

/* The row may be in the store: this message was (or may have been) delivered before, or
 * the record is so old that it may have been published before. */
static bool is_suspect(const act_ingest_batch *b, const act_delivery *d, int64_t time_us)
{
    return d->sequence <= b->c->backlog_end || d->deliveries > 1 ||
           time_us < d->published_ns / ACT_NS_PER_US - b->c->table->late_us;
}

static int ask_about(act_ingest_batch *b, size_t i, const act_json *record)
{
    act_row_question q = { .message = i };
    b->c->table->key(record, &q.key);
    if (!is_suspect(b, b->messages[i], q.key.time_us))
        return 0;
    int r = act_arena_str(b->arena, q.key.id, &q.key.id);
    if (!r)
        r = act_arena_str(b->arena, q.key.part, &q.key.part);
    if (!r)
        b->questions[b->n_questions++] = q;
    return r;
}

static int add_row(act_ingest_batch *b, size_t i, bool asking)
{
    const act_delivery *d = b->messages[i];
    const act_json *record = NULL;
    act_err e = ACT_ERR_INIT;
    act_arena_reset(b->record_arena);
    int r = act_json_parse(b->parser, b->record_arena, d->payload, ACT_BROKER_PADDING,
                           &record, &e);
    if (r == ACT_ENOMEM)
        return r;
    if (r)
        return bury(b, i, e.text);
    r = asking ? ask_about(b, i, record) : 0;
    return r ? r
             : b->c->table->add(b->block, b->record_arena, record, d->payload, d->sequence);
}

/* The rows of the messages [from, to) that are not settled. */
static int fill_block(act_ingest_batch *b, size_t from, size_t to, bool asking)
{
    int r = 0;
    act_store_block_clear(b->block);
    for (size_t i = from; i < to && !r; i++)
        if (b->messages[i])
            r = add_row(b, i, asking);
    return r;
}

int act_ingest_batch_build(act_ingest_batch *b)
{
    b->questions = act_arena_make_n(b->arena, act_row_question, b->n);
    return b->questions ? fill_block(b, 0, b->n, true) : ACT_ENOMEM;
}

/* ---- store ------------------------------------------------------------------------- */

/* A state of the store, not a fault of the rows. */
static bool may_pass(int err)
{
    return err == ACT_EIO || err == ACT_ENOTFOUND || err == ACT_EDENIED ||
           err == ACT_ELIMIT;
}

/* Wait longer each time, keeping the messages out. */
static int back_off(act_ingest_batch *b, int64_t *wait_ns, const char *why)
{
    act_counter_add(b->c->series.failures, 1);
    act_warn(b->c->o.log, "the store does not take a batch, trying again",
             ACT_F_CSTR("lane", b->c->table->name), ACT_F_CSTR("error", why));
    act_sleep_ns(*wait_ns, &b->c->stop);
    if (atomic_load(&b->c->stop))
        return ACT_ECLOSED;
    *wait_ns = *wait_ns * 2 < RETRY_MOST_MS * ACT_NS_PER_MS ? *wait_ns * 2
                                                            : RETRY_MOST_MS * ACT_NS_PER_MS;
    return act_consumer_in_progress(b->c->consumer, b->sequences, b->n);
}

/* Leave out what the store has: after a crash, a failed acknowledgement or a second
 * publication, messages come in other batches than before, with other tokens. */
static int leave_out_known(act_ingest_batch *b)
{
    int64_t wait = RETRY_FIRST_MS * ACT_NS_PER_MS;
    act_err e = ACT_ERR_INIT;
    int r;
    while (may_pass(r = act_known_rows(b->c->o.store, b->c->table, b->arena, b->questions,
                                       b->n_questions, &e))) {
        r = back_off(b, &wait, e.text);
        if (r)
            return r;
    }
    size_t known = 0;
    for (size_t i = 0; i < b->n_questions && !r; i++) {
        if (!b->questions[i].known)
            continue;
        b->messages[b->questions[i].message] = NULL;
        known++;
    }
    act_counter_add(b->c->series.known, known);
    return r || known == 0 ? r : fill_block(b, 0, b->n, false);
}

/* The token of the rows in the block: of the messages [from, to) that are not settled. */
static int make_token(act_ingest_batch *b, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from; i < to; i++)
        if (b->messages[i])
            b->token_sequences[n++] = b->sequences[i];
    act_buf_clear(&b->token);
    act_batch_token(b->sha, &b->token, act_str_cstr(b->c->table->stream),
                    b->token_sequences, n);
    return act_buf_err(&b->token);
}

static int insert_block(act_ingest_batch *b, act_err *e)
{
    const act_ingester_options *o = &b->c->o;
    int64_t wait = RETRY_FIRST_MS * ACT_NS_PER_MS;
    for (;;) {
        int64_t start = act_mono_ns(o->clock);
        int r = act_store_insert(o->store, b->block, act_buf_str(&b->token), e);
        if (!r) {
            act_counter_add(b->c->series.rows, act_store_block_rows(b->block));
            act_histogram_observe(b->c->series.insert_seconds,
                                  (double)(act_mono_ns(o->clock) - start) / 1e9);
        }
        if (!may_pass(r))
            return r;
        r = back_off(b, &wait, e->text);
        if (r)
            return r;
    }
}

/* The block, which has the rows of messages [from, to), into the store. What the store
 * refuses is halved until the row is found that it cannot take. */
static int insert_range(act_ingest_batch *b, size_t from, size_t to)
{
    act_err e = ACT_ERR_INIT;
    if (act_store_block_rows(b->block) == 0)
        return 0;
    int r = make_token(b, from, to);
    if (!r)
        r = insert_block(b, &e);
    if (r != ACT_EINVAL)
        return r;
    if (to - from == 1)
        return bury(b, from, e.text);
    size_t middle = from + (to - from) / 2;
    r = fill_block(b, from, middle, false);
    if (!r)
        r = insert_range(b, from, middle);
    if (!r)
        r = fill_block(b, middle, to, false);
    return r ? r : insert_range(b, middle, to);
}

int act_ingest_batch_store(act_ingest_batch *b)
{
    int r = b->n_questions > 0 ? leave_out_known(b) : 0;
    if (!r)
        r = insert_range(b, 0, b->n);
    if (!r)
        r = act_consumer_ack(b->c->consumer, b->sequences, b->n);
    if (r)
        return r;
    int64_t delay = act_wall_ns(b->c->o.clock) - b->oldest_published_ns;
    act_histogram_observe(b->c->series.delay_seconds, (double)delay / 1e9);
    act_counter_add(b->c->series.batches, 1);
    return 0;
}
