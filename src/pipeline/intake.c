#include "pipeline/intake.h"

#include "base/alloc.h"
#include "core/identity.h"
#include "core/subject.h"
#include "pipeline/dead_letter.h"
#include "pipeline/streams.h"

enum { ARENA_MAX = 256 << 20, BODY_MAX = 64 << 20, DEPTH_MAX = 200 };

struct act_intake {
    act_broker *broker;
    act_clock clock;
    act_json_parser *parser;
    act_arena *arena;
    act_buf scratch;
    act_counter *accepted[2], *skipped, *refused[2];
};

static const char *const type_names[] = {
    [ACT_RECORD_AUDIT] = "audit", [ACT_RECORD_EVENT] = "event"
};

int act_intake_new(act_broker *broker, act_clock clock, act_metrics *metrics,
                   act_intake **ret)
{
    ACT_AUTO(act_intake) in = act_zalloc(1, sizeof *in);
    if (!in)
        return ACT_ENOMEM;
    in->broker = broker;
    in->clock = clock;
    act_json_limits limits = { .max_bytes = BODY_MAX, .max_depth = DEPTH_MAX };
    int r = act_json_parser_new(limits, &in->parser);
    if (!r)
        r = act_arena_new(ARENA_MAX, 1 << 20, &in->arena);
    if (r)
        return r;
    for (int type = 0; type < 2; type++) {
        const char *labels[] = { "type", type_names[type], NULL };
        in->accepted[type] =
            act_metrics_counter(metrics, "activity_intake_accepted_total",
                                "Records taken in and durable, repeats included.", labels);
        in->refused[type] = act_metrics_counter(metrics, "activity_intake_refused_total",
                                                "Items that were no records.", labels);
    }
    in->skipped = act_metrics_counter(metrics, "activity_intake_skipped_total",
                                      "Records not wanted, by reason.",
                                      (const char *const[]){ "reason", "stage", NULL });
    *ret = in;
    in = NULL;
    return 0;
}

void act_intake_free(act_intake *in)
{
    if (!in)
        return;
    act_buf_done(&in->scratch);
    act_json_parser_free(in->parser);
    act_arena_free(in->arena);
    act_dealloc(in);
}

/* ---- messages ---------------------------------------------------------------------- */

/* Messages of one stream being gathered. */
typedef struct {
    act_message *messages;
    size_t n;
} outgoing;

/* What was written to the scratch buffer, kept with the body. */
static int keep(act_intake *in, act_str *ret)
{
    int r = act_buf_err(&in->scratch);
    return r ? r : act_arena_str(in->arena, act_buf_str(&in->scratch), ret);
}

static int add_audit(act_intake *in, const act_batch_record *r, outgoing *o)
{
    act_str id;
    act_buf_clear(&in->scratch);
    act_id_of_audit(&in->scratch, r->as.audit.audit_id, r->as.audit.stage);
    int err = keep(in, &id);
    if (!err)
        o->messages[o->n++] = (act_message){ ACT_STR(ACT_SUBJECT_AUDIT), id, r->json };
    return err;
}

static int add_event(act_intake *in, const act_batch_record *r, outgoing *o)
{
    const act_event_record *e = &r->as.event;
    act_subject_event of = { .tenant = e->tenant,
                             .group = e->regarding.group,
                             .kind = e->regarding.kind,
                             .ns = e->ns,
                             .name = e->name };
    act_str id, subject;
    act_buf_clear(&in->scratch);
    act_id_of_event(&in->scratch, e->uid, e->resource_version, &e->series);
    int err = keep(in, &id);
    act_buf_clear(&in->scratch);
    act_subject_of_event(&in->scratch, &of);
    if (!err)
        err = keep(in, &subject);
    if (!err)
        o->messages[o->n++] = (act_message){ subject, id, r->json };
    return err;
}

static int publish(act_intake *in, const char *stream, outgoing *o, act_err *reterr)
{
    if (o->n == 0)
        return 0;
    int r = act_broker_publish(in->broker, act_str_cstr(stream), o->messages, o->n, NULL,
                               reterr);
    return r == ACT_EIO || r == ACT_ECLOSED ? ACT_EAGAIN : r;
}

/* The records of a batch to their streams; stages that are not final are left out. */
static int publish_records(act_intake *in, const act_batch *batch, act_intake_result *res,
                           act_err *reterr)
{
    outgoing audit = { .messages = act_arena_make_n(in->arena, act_message, batch->n) };
    outgoing events = { .messages = act_arena_make_n(in->arena, act_message, batch->n) };
    if (!audit.messages || !events.messages)
        return ACT_ENOMEM;
    int err = 0;
    for (size_t i = 0; i < batch->n && !err; i++) {
        const act_batch_record *r = &batch->records[i];
        if (r->type == ACT_RECORD_EVENT)
            err = add_event(in, r, &events);
        else if (act_audit_stage_bit(r->as.audit.stage) & ACT_STAGES_DEFAULT)
            err = add_audit(in, r, &audit);
        else
            res->skipped++;
    }
    if (!err)
        err = publish(in, ACT_STREAM_AUDIT, &audit, reterr);
    if (!err)
        err = publish(in, ACT_STREAM_EVENTS, &events, reterr);
    if (err)
        return err;
    res->accepted = audit.n + events.n;
    act_counter_add(in->accepted[ACT_RECORD_AUDIT], audit.n);
    act_counter_add(in->accepted[ACT_RECORD_EVENT], events.n);
    act_counter_add(in->skipped, res->skipped);
    return 0;
}

/* ---- refusals ---------------------------------------------------------------------- */

/* Items of a list that holds good and bad ones: the bad become dead letters. */
static int bury_refused(act_intake *in, act_str body, unsigned allow,
                        const act_batch *batch, act_err *reterr)
{
    const act_json *list = NULL;
    int r = act_json_parse(in->parser, in->arena, body, 0, &list, reterr);
    if (r)
        return r;
    size_t n_items;
    const act_json *items = act_json_items(act_json_get(list, ACT_STR("items")), &n_items);
    act_message *messages = act_arena_make_n(in->arena, act_message, batch->n_errors);
    if (!messages)
        return ACT_ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < batch->n_errors && !r; i++) {
        if (batch->errors[i].index >= n_items)
            continue;
        act_dead_letter d = { .kind =
                                  allow & ACT_BATCH_AUDIT ? ACT_RULE_AUDIT : ACT_RULE_EVENT,
                              .error_type = ACT_STR("refused"),
                              .error = batch->errors[i].reason,
                              .rule = -1,
                              .failed_ns = act_wall_ns(in->clock),
                              .record = items[batch->errors[i].index].raw };
        act_buf_clear(&in->scratch);
        act_dead_letter_write(&d, true, &in->scratch);
        r = keep(in, &messages[n].payload);
        act_buf_clear(&in->scratch);
        act_dead_letter_subject(&d, &in->scratch);
        if (!r)
            r = keep(in, &messages[n++].subject);
    }
    if (!r && n > 0)
        r = act_broker_publish(in->broker, ACT_STR(ACT_STREAM_DEAD_LETTERS), messages, n,
                               NULL, reterr);
    return r == ACT_EIO || r == ACT_ECLOSED ? ACT_EAGAIN : r;
}

int act_intake_take(act_intake *in, act_str body, unsigned allow, act_intake_result *ret,
                    act_err *reterr)
{
    act_batch batch;
    act_intake_result res = { .accepted = 0 };
    act_arena_reset(in->arena);
    int r = act_batch_read(in->parser, in->arena, body, 0, allow, &batch, reterr);
    if (r)
        return r;
    r = publish_records(in, &batch, &res, reterr);
    bool all_refused = batch.n == 0 && batch.n_errors > 0;
    if (!r && batch.n_errors > 0 && !all_refused)
        r = bury_refused(in, body, allow, &batch, reterr);
    if (r)
        return r;
    res.refused = batch.n_errors;
    res.errors = batch.errors;
    res.n_errors = batch.n_errors;
    act_counter_add(
        in->refused[allow & ACT_BATCH_AUDIT ? ACT_RECORD_AUDIT : ACT_RECORD_EVENT],
        batch.n_errors);
    *ret = res;
    if (all_refused)
        return act_fail(reterr, ACT_EINVAL, "%.*s", ACT_STR_ARG(batch.errors[0].reason));
    return 0;
}
