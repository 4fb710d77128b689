/* A state of an Event into the log, so that of writers of one state one wins.
 *
 * The log has no compare-and-swap, but it remembers ids: of two messages with one id it
 * keeps the first, whoever sends them. So the id of a state is made of what it replaces:
 *
 *   new/TENANT TYPE/TENANT/NAMESPACE/NAME/BASE   of a new Event; BASE is the sequence of
 *                                                the deletion that it follows, or 0
 *   UID/VERSION/api                              of any later state, a deletion included
 *
 * where VERSION, also in the message's metadata.resourceVersion, is above that of the state
 * before and at least its sequence: two writers that read the same state make the same id.
 * Who gets a sequence looks at the message that has it: is it not the own one, another was
 * faster. Ids are remembered for a minute, so a state that was read longer ago than
 * half of that is not written upon. */
#include "api/events_parts.h"
#include "base/json_write.h"
#include "core/subject.h"
#include "pipeline/intake.h"
#include "pipeline/streams.h"

enum { READ_WAIT_S = 2, OLD_S = 30, READ_ROOM = 16 << 20 };

static int text_of(act_call *c, const act_json *object, act_str *ret)
{
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    act_jw_value(&w, object);
    int r = act_buf_err(&text);
    if (!r && text.len > ACT_INTAKE_RECORD_MAX)
        r = ACT_ELIMIT;
    if (!r)
        r = act_arena_str(c->arena, act_buf_str(&text), ret);
    act_buf_done(&text);
    return r;
}

static int subject_of(act_call *c, const act_event_record *e, act_str *ret)
{
    act_buf subject = ACT_BUF_INIT;
    act_subject_event of = { .tenant = e->tenant,
                             .group = e->regarding.group,
                             .kind = e->regarding.kind,
                             .ns = e->ns,
                             .name = e->name };
    act_subject_of_event(&subject, &of);
    int r = act_buf_err(&subject);
    if (!r)
        r = act_arena_str(c->arena, act_buf_str(&subject), ret);
    act_buf_done(&subject);
    return r;
}

/* Is the message of this sequence @text? ACT_ECONFLICT: it is another one. */
static int confirm(act_call *c, uint64_t sequence, act_str text)
{
    act_reader *reader = NULL;
    act_arena *a = NULL;
    const act_delivery *got;
    size_t n;
    int r = act_reader_open(c->api->broker, ACT_STR(ACT_STREAM_EVENTS), sequence,
                            (act_str){ 0 }, &reader);
    if (!r)
        r = act_arena_new(READ_ROOM, 0, &a);
    if (!r)
        r = act_reader_next(reader, 1, READ_WAIT_S * ACT_NS_PER_S, a, &got, &n, NULL);
    if (!r && (got->sequence != sequence || !act_str_eq(got->payload, text)))
        r = ACT_ECONFLICT;
    act_reader_close(reader);
    act_arena_free(a);
    return r == ACT_EGONE ? ACT_EIO : r;
}

/* @m has its id. */
static int publish(act_call *c, const act_json *object, act_message m, act_event_state *ret)
{
    act_event_record record;
    uint64_t sequence;
    if (act_wall_ns(c->api->clock) - c->now_ns > OLD_S * ACT_NS_PER_S)
        return ACT_EAGAIN;
    int r = act_event_record_read(object, &record, NULL);
    if (!r)
        r = text_of(c, object, &m.payload);
    if (!r)
        r = subject_of(c, &record, &m.subject);
    if (!r)
        r = act_broker_publish(c->api->broker, ACT_STR(ACT_STREAM_EVENTS), &m, 1, &sequence,
                               NULL);
    if (!r)
        r = confirm(c, sequence, m.payload);
    if (r)
        return r;
    *ret = (act_event_state){ .tenant = record.tenant,
                              .ns = record.ns,
                              .name = record.name,
                              .object = object,
                              .sequence = sequence,
                              .deleted = record.deleted };
    return 0;
}

int act_event_publish_new(act_call *c, const act_event_state *before,
                          const act_json *object, act_event_state *ret)
{
    act_message m = { .subject = { 0 } };
    act_scope tenant;
    (void)act_scope_of_event(object, &tenant);
    int r = act_arena_printf(
        c->arena, &m.id, "new/%.*s/%.*s/%.*s/%.*s/%llu",
        ACT_STR_ARG(act_scope_type_name(tenant.type)), ACT_STR_ARG(tenant.name),
        ACT_STR_ARG(act_object_meta(object, "namespace")),
        ACT_STR_ARG(act_object_meta(object, "name")), (unsigned long long)before->sequence);
    return r ? r : publish(c, object, m, ret);
}

int act_event_publish_next(act_call *c, const act_event_state *before,
                           const act_json *object, act_event_state *ret)
{
    act_message m = { .subject = { 0 } };
    uint64_t version = 0;
    act_str text;
    if (act_str_to_u64(act_object_meta(before->object, "resourceVersion"), &version))
        version = 0;
    version = version + 1 > before->sequence ? version + 1 : before->sequence;
    int r = act_arena_printf(c->arena, &text, "%llu", (unsigned long long)version);
    if (!r)
        r = act_object_with_meta(c->arena, object, "resourceVersion",
                                 act_json_of_string(text), &object);
    if (!r)
        r = act_arena_printf(c->arena, &m.id, "%.*s/%.*s/api",
                             ACT_STR_ARG(act_object_meta(object, "uid")),
                             ACT_STR_ARG(text));
    return r ? r : publish(c, object, m, ret);
}
