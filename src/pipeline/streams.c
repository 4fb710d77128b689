#include "pipeline/streams.h"

#include "core/subject.h"

enum {
    MAX_ACK_PENDING = 60000, /* two full batches of the ingester, and more */
    LETTERS_WAITING = 200000 /* dead letters wait handed out; more wait behind them */
};

static const struct {
    const char *stream, *durable;
    int64_t ack_wait_s;
    uint32_t max_ack_pending;
} consumers[] = {
    { ACT_STREAM_AUDIT, ACT_DURABLE_INGEST, 60, MAX_ACK_PENDING },
    { ACT_STREAM_AUDIT, ACT_DURABLE_PROCESSOR, 30, MAX_ACK_PENDING },
    { ACT_STREAM_EVENTS, ACT_DURABLE_INGEST_EVENTS, 60, MAX_ACK_PENDING },
    { ACT_STREAM_EVENTS, ACT_DURABLE_PROCESSOR_EVENTS, 30, MAX_ACK_PENDING },
    { ACT_STREAM_ACTIVITIES, ACT_DURABLE_INGEST, 60, MAX_ACK_PENDING },
    { ACT_STREAM_DEAD_LETTERS, ACT_DURABLE_DEAD_LETTERS, 30, LETTERS_WAITING },
};

static int ensure_streams(act_broker *b, const act_streams_limits *limits, act_err *reterr)
{
    const int64_t minute = 60 * ACT_NS_PER_S;
    const act_stream_config streams[] = {
        { ACT_STR(ACT_STREAM_AUDIT), ACT_STR(ACT_SUBJECT_AUDIT_ALL), limits->audit_age_ns,
          limits->bytes, 10 * minute, false },
        { ACT_STR(ACT_STREAM_EVENTS), ACT_STR(ACT_SUBJECT_EVENTS_ALL),
          limits->events_age_ns, limits->bytes, minute, false },
        { ACT_STR(ACT_STREAM_ACTIVITIES), ACT_STR(ACT_SUBJECT_ACTIVITIES_ALL),
          limits->activities_age_ns, limits->bytes, 5 * minute, false },
        { ACT_STR(ACT_STREAM_DEAD_LETTERS), ACT_STR("activity.dlq.>"),
          limits->dead_letters_age_ns, limits->bytes, 5 * minute, true },
    };
    for (size_t i = 0; i < ACT_COUNT(streams); i++) {
        int r = act_broker_stream_ensure(b, &streams[i], reterr);
        if (r)
            return r;
    }
    return 0;
}

int act_streams_ensure(act_broker *b, const act_streams_limits *limits, act_err *reterr)
{
    int r = ensure_streams(b, limits, reterr);
    for (size_t i = 0; i < ACT_COUNT(consumers) && !r; i++) {
        act_consumer *c = NULL;
        r = act_streams_consumer(b, consumers[i].stream, consumers[i].durable, &c, reterr);
        if (!r)
            act_consumer_close(c);
    }
    return r;
}

int act_streams_consumer(act_broker *b, const char *stream, const char *durable,
                         act_consumer **ret, act_err *reterr)
{
    act_consumer_config config = { .durable = act_str_cstr(durable) };
    for (size_t i = 0; i < ACT_COUNT(consumers); i++)
        if (strcmp(consumers[i].stream, stream) == 0 &&
            strcmp(consumers[i].durable, durable) == 0) {
            config.ack_wait_ns = consumers[i].ack_wait_s * ACT_NS_PER_S;
            config.max_ack_pending = consumers[i].max_ack_pending;
        }
    return act_consumer_open(b, act_str_cstr(stream), &config, ret, reterr);
}
