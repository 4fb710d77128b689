#include "pipeline/intake.h"

#include "base/alloc.h"
#include "core/identity.h"
#include "core/subject.h"
#include "pipeline/dead_letter.h"
#include "pipeline/streams.h"

enum {
    ARENA_MAX = 256 << 20,
    BODY_MAX = 64 << 20,
    DEPTH_MAX = 200,
    /* Of one batch for the log, with one record on top: well within what any log takes. */
    BATCH_MESSAGES = 16384,
    BATCH_BYTES = 32 << 20,
};

/* Where messages go. A letter is published last: then its neighbours are safe. */
enum target { TO_AUDIT, TO_EVENTS, TO_DEAD_LETTERS, TARGETS };

static const char *const target_streams[TARGETS] = {
    [TO_AUDIT] = ACT_STREAM_AUDIT,
    [TO_EVENTS] = ACT_STREAM_EVENTS,
    [TO_DEAD_LETTERS] = ACT_STREAM_DEAD_LETTERS,
};

typedef struct {
    act_message *messages;
    size_t n, size;
    size_t sent; /* the first ones, which the log has */
} outgoing;

struct act_intake {
    act_intake_options o;
    act_json_parser *parser;
    act_arena *arena;
    act_sha256 *sha;
    act_buf scratch;
    outgoing out[TARGETS];
    act_intake_result gathered;
    uint64_t refused_of[2]; /* in gathered.refused, by type */
    bool published;         /* what was gathered is: the next text starts anew */
    act_counter *accepted[2], *refused[2], *skipped;
};

/* ---- life -------------------------------------------------------------------------- */

static void find_metrics(act_intake *in, act_metrics *m)
{
    static const char *const types[] = {
        [ACT_RECORD_AUDIT] = "audit", [ACT_RECORD_EVENT] = "event"
    };
    for (size_t i = 0; i < ACT_COUNT(types); i++) {
        const char *labels[] = { "type", types[i], NULL };
        in->accepted[i] =
            act_metrics_counter(m, "activity_intake_accepted_total",
                                "Records taken in and durable, repeats included.", labels);
        in->refused[i] = act_metrics_counter(m, "activity_intake_refused_total",
                                             "Items that were no records.", labels);
    }
    in->skipped = act_metrics_counter(m, "activity_intake_skipped_total",
                                      "Records not wanted, by reason.",
                                      (const char *const[]){ "reason", "stage", NULL });
}

int act_intake_new(const act_intake_options *o, act_intake **ret)
{
    ACT_AUTO(act_intake) in = act_zalloc(1, sizeof *in);
    if (!in)
        return ACT_ENOMEM;
    in->o = *o;
    if (!in->o.stages)
        in->o.stages = ACT_STAGES_DEFAULT;
    act_json_limits limits = { .max_bytes = BODY_MAX, .max_depth = DEPTH_MAX };
    int r = act_json_parser_new(limits, &in->parser);
    if (!r)
        r = act_arena_new(ARENA_MAX, 1 << 20, &in->arena);
    if (!r)
        r = act_sha256_new(&in->sha);
    if (r)
        return r;
    find_metrics(in, o->metrics);
    *ret = in;
    in = NULL;
    return 0;
}

void act_intake_free(act_intake *in)
{
    if (!in)
        return;
    for (int i = 0; i < TARGETS; i++)
        act_dealloc(in->out[i].messages);
    act_buf_done(&in->scratch);
    act_sha256_free(in->sha);
    act_json_parser_free(in->parser);
    act_arena_free(in->arena);
    act_dealloc(in);
}

static void start_anew(act_intake *in)
{
    act_arena_reset(in->arena);
    for (int i = 0; i < TARGETS; i++)
        in->out[i].n = in->out[i].sent = 0;
    in->gathered = (act_intake_result){ .accepted = 0 };
    in->refused_of[ACT_RECORD_AUDIT] = in->refused_of[ACT_RECORD_EVENT] = 0;
    in->published = false;
}

/* ---- gathering --------------------------------------------------------------------- */

static int reserve(outgoing *o, size_t more)
{
    if (o->size - o->n >= more)
        return 0;
    size_t size = 2 * o->size > o->n + more ? 2 * o->size : o->n + more;
    act_message *grown = act_realloc(o->messages, size * sizeof *grown);
    if (!grown)
        return ACT_ENOMEM;
    o->messages = grown;
    o->size = size;
    return 0;
}

/* What was written to the scratch buffer, kept with the text; the buffer is empty again. */
static int keep(act_intake *in, act_str *ret)
{
    int r = act_buf_err(&in->scratch);
    if (!r)
        r = act_arena_str(in->arena, act_buf_str(&in->scratch), ret);
    act_buf_clear(&in->scratch);
    return r;
}

static int add_audit(act_intake *in, const act_batch_record *r)
{
    act_message m = { .subject = ACT_STR(ACT_SUBJECT_AUDIT), .payload = r->json };
    act_id_of_audit(&in->scratch, r->as.audit.audit_id, r->as.audit.stage);
    int err = keep(in, &m.id);
    if (!err)
        in->out[TO_AUDIT].messages[in->out[TO_AUDIT].n++] = m;
    return err;
}

static int add_event(act_intake *in, const act_batch_record *r)
{
    const act_event_record *e = &r->as.event;
    act_subject_event of = { .tenant = e->tenant,
                             .group = e->regarding.group,
                             .kind = e->regarding.kind,
                             .ns = e->ns,
                             .name = e->name };
    act_message m = { .payload = r->json };
    act_id_of_event(&in->scratch, e->uid, e->resource_version, &e->series);
    int err = keep(in, &m.id);
    act_subject_of_event(&in->scratch, &of);
    if (!err)
        err = keep(in, &m.subject);
    else
        act_buf_clear(&in->scratch);
    if (!err)
        in->out[TO_EVENTS].messages[in->out[TO_EVENTS].n++] = m;
    return err;
}

static enum act_record_type type_of(unsigned allow)
{
    return allow & ACT_BATCH_AUDIT ? ACT_RECORD_AUDIT : ACT_RECORD_EVENT;
}

/* The same text gives the same id, so that a repeated body makes no second letter. */
static int refused_id(act_intake *in, act_str text, act_str *ret)
{
    uint8_t digest[ACT_SHA256_SIZE];
    act_sha256_parts(in->sha, &text, 1, digest);
    act_buf_add(&in->scratch, ACT_STR("refused/"));
    for (size_t i = 0; i < 16; i++)
        act_buf_printf(&in->scratch, "%02x", digest[i]);
    return keep(in, ret);
}

/* @text is no record. Cut or not JSON, it is kept as a string. */
static int bury(act_intake *in, act_str text, bool is_json, unsigned allow, act_str reason)
{
    bool whole = text.len <= ACT_INTAKE_KEPT_MAX;
    act_dead_letter d = {
        .kind = type_of(allow) == ACT_RECORD_AUDIT ? ACT_RULE_AUDIT : ACT_RULE_EVENT,
        .error_type = ACT_STR("refused"),
        .error = reason,
        .rule = -1,
        .failed_ns = act_wall_ns(in->o.clock),
        .record = act_str_head(text, ACT_INTAKE_KEPT_MAX),
    };
    act_message m = { .payload = { 0 } };
    int r = reserve(&in->out[TO_DEAD_LETTERS], 1);
    if (!r)
        r = refused_id(in, text, &m.id);
    if (!r) {
        act_dead_letter_subject(&d, &in->scratch);
        r = keep(in, &m.subject);
    }
    if (!r) {
        act_dead_letter_write(&d, is_json && whole, &in->scratch);
        r = keep(in, &m.payload);
    }
    if (!r)
        in->out[TO_DEAD_LETTERS].messages[in->out[TO_DEAD_LETTERS].n++] = m;
    return r;
}

static int add_record(act_intake *in, const act_batch_record *r)
{
    switch (r->type) {
    case ACT_RECORD_AUDIT:
        if (act_audit_stage_bit(r->as.audit.stage) & in->o.stages)
            return add_audit(in, r);
        in->gathered.skipped++;
        return 0;
    case ACT_RECORD_EVENT:
        return add_event(in, r);
    }
    return ACT_EINVAL;
}

/* Records longer than a stream takes join the refused ones. */
static int refuse_long(act_intake *in, act_batch *b)
{
    size_t n = 0, n_long = 0;
    for (size_t i = 0; i < b->n; i++)
        n_long += b->records[i].json.len > ACT_INTAKE_RECORD_MAX;
    if (n_long == 0)
        return 0;
    act_batch_error *errors =
        act_arena_make_n(in->arena, act_batch_error, b->n_errors + n_long);
    act_batch_record *records =
        act_arena_make_n(in->arena, act_batch_record, b->n - n_long);
    if (!errors || !records)
        return ACT_ENOMEM;
    if (b->n_errors)
        memcpy(errors, b->errors, b->n_errors * sizeof *errors);
    for (size_t i = 0; i < b->n; i++) {
        const act_batch_record *r = &b->records[i];
        if (r->json.len <= ACT_INTAKE_RECORD_MAX) {
            records[n++] = *r;
            continue;
        }
        act_batch_error *e = &errors[b->n_errors++];
        *e = (act_batch_error){ .index = r->index, .err = ACT_ELIMIT, .json = r->json };
        int err =
            act_arena_printf(in->arena, &e->reason, "items[%u]: %zu bytes are more than %d",
                             r->index, r->json.len, ACT_INTAKE_RECORD_MAX);
        if (err)
            return err;
    }
    b->records = records;
    b->n = n;
    b->errors = errors;
    return 0;
}

static int read_batch(act_intake *in, act_str text, unsigned allow, act_batch *ret,
                      act_err *reterr)
{
    int r = act_batch_read(in->parser, in->arena, text, 0, allow, ret, reterr);
    return r ? r : refuse_long(in, ret);
}

static void note_refused(act_intake *in, const act_batch *b, unsigned allow)
{
    in->refused_of[type_of(allow)] += b->n_errors;
    in->gathered.refused += b->n_errors;
    in->gathered.errors = b->errors;
    in->gathered.n_errors = b->n_errors;
}

static int gather(act_intake *in, const act_batch *b, unsigned allow)
{
    int r = reserve(&in->out[TO_AUDIT], b->n);
    if (!r)
        r = reserve(&in->out[TO_EVENTS], b->n);
    for (size_t i = 0; i < b->n && !r; i++)
        r = add_record(in, &b->records[i]);
    for (size_t i = 0; i < b->n_errors && !r; i++)
        r = bury(in, b->errors[i].json, true, allow, b->errors[i].reason);
    note_refused(in, b, allow);
    return r;
}

/* ---- publishing -------------------------------------------------------------------- */

/* What was gathered is over and done with. */
static void settle(act_intake *in)
{
    in->published = true;
    in->gathered.accepted = in->out[TO_AUDIT].n + in->out[TO_EVENTS].n;
    act_counter_add(in->accepted[ACT_RECORD_AUDIT], in->out[TO_AUDIT].n);
    act_counter_add(in->accepted[ACT_RECORD_EVENT], in->out[TO_EVENTS].n);
    act_counter_add(in->skipped, in->gathered.skipped);
    for (size_t i = 0; i < ACT_COUNT(in->refused); i++)
        act_counter_add(in->refused[i], in->refused_of[i]);
}

/* How many of the messages that are still to be sent go together: at least one. */
static size_t batch_length(const outgoing *o)
{
    size_t n = 0, bytes = 0;
    while (o->sent + n < o->n && n < BATCH_MESSAGES && bytes < BATCH_BYTES)
        bytes += o->messages[o->sent + n++].payload.len;
    return n;
}

/* What was gathered may be more than the log takes at once: a chunk of short lines. */
static int publish_to(act_intake *in, enum target target, act_err *reterr)
{
    outgoing *o = &in->out[target];
    int r = 0;
    while (o->sent < o->n && !r) {
        size_t n = batch_length(o);
        r = act_broker_publish(in->o.broker, act_str_cstr(target_streams[target]),
                               o->messages + o->sent, n, NULL, reterr);
        o->sent += r ? 0 : n;
    }
    return r;
}

static int publish_all(act_intake *in, act_err *reterr)
{
    int r = 0;
    for (int i = 0; i < TARGETS && !r; i++)
        r = publish_to(in, (enum target)i, reterr);
    return r == ACT_EIO || r == ACT_ECLOSED || r == ACT_EFULL ? ACT_EAGAIN : r;
}

int act_intake_publish(act_intake *in, act_intake_result *ret, act_err *reterr)
{
    int r = in->published ? 0 : publish_all(in, reterr);
    if (r)
        return r;
    if (!in->published)
        settle(in);
    *ret = in->gathered;
    return 0;
}

int act_intake_take(act_intake *in, act_str body, unsigned allow, act_intake_result *ret,
                    act_err *reterr)
{
    act_batch batch;
    start_anew(in);
    int r = read_batch(in, body, allow, &batch, reterr);
    bool all_refused = !r && batch.n == 0 && batch.n_errors > 0;
    if (all_refused) {
        note_refused(in, &batch, allow);
        settle(in);
        *ret = in->gathered;
        return act_fail(reterr, ACT_EINVAL, "%.*s", ACT_STR_ARG(batch.errors[0].reason));
    }
    if (!r)
        r = gather(in, &batch, allow);
    if (r) {
        start_anew(in);
        return r;
    }
    return act_intake_publish(in, ret, reterr);
}

/* Nothing to read in it: the whole @text is refused. */
static int add_refused(act_intake *in, act_str text, unsigned allow, const char *why)
{
    act_str reason;
    int r = act_arena_str(in->arena, act_str_cstr(why), &reason);
    if (!r)
        r = bury(in, text, false, allow, reason);
    if (!r) {
        in->refused_of[type_of(allow)]++;
        in->gathered.refused++;
    }
    return r;
}

static bool is_empty(const act_intake *in)
{
    return in->out[TO_AUDIT].n + in->out[TO_EVENTS].n + in->out[TO_DEAD_LETTERS].n == 0;
}

/* ACT_ENOMEM: all is as it was. */
static int try_add(act_intake *in, act_str text, unsigned allow)
{
    act_arena_mark mark = act_arena_save(in->arena);
    act_intake before = *in;
    act_batch batch;
    act_err e = ACT_ERR_INIT;
    int r = read_batch(in, text, allow, &batch, &e);
    if (!r)
        r = gather(in, &batch, allow);
    else if (r != ACT_ENOMEM)
        r = add_refused(in, text, allow, e.text);
    if (r != ACT_ENOMEM)
        return r;
    act_arena_restore(in->arena, mark);
    for (int i = 0; i < TARGETS; i++)
        in->out[i].n = before.out[i].n;
    in->gathered = before.gathered;
    memcpy(in->refused_of, before.refused_of, sizeof in->refused_of);
    return r;
}

int act_intake_add(act_intake *in, act_str text, unsigned allow)
{
    if (in->published)
        start_anew(in);
    int r = try_add(in, text, allow);
    if (r == ACT_ENOMEM && is_empty(in))
        r = try_add(in, text, allow); /* the system may have been short for a moment */
    if (r == ACT_ENOMEM && is_empty(in))
        r = add_refused(in, text, allow, "there is no memory to read it");
    return r;
}
