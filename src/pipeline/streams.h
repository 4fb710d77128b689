/** @file
 *  The streams of the broker and their durable consumers, by name. */
#ifndef ACT_STREAMS_H
#define ACT_STREAMS_H

#include "broker/broker.h"

#define ACT_STREAM_AUDIT "AUDIT_EVENTS"
#define ACT_STREAM_EVENTS "EVENTS"
#define ACT_STREAM_ACTIVITIES "ACTIVITIES"
#define ACT_STREAM_DEAD_LETTERS "ACTIVITY_DEAD_LETTER"

#define ACT_DURABLE_INGEST "clickhouse-ingest" /**< of AUDIT_EVENTS and of ACTIVITIES */
#define ACT_DURABLE_INGEST_EVENTS "clickhouse-ingest-events"
#define ACT_DURABLE_PROCESSOR "activity-processor"
#define ACT_DURABLE_PROCESSOR_EVENTS "activity-event-processor"
#define ACT_DURABLE_DEAD_LETTERS "dead-letter-retry"

/** Limits that installations choose; ACT_STREAMS_LIMITS_INIT has the defaults. */
typedef struct {
    int64_t audit_age_ns, events_age_ns, activities_age_ns, dead_letters_age_ns;
    uint64_t bytes; /**< of each stream */
} act_streams_limits;

#define ACT_STREAMS_LIMITS_INIT                                                            \
    ((act_streams_limits){ .audit_age_ns = 168 * 3600 * ACT_NS_PER_S,                      \
                           .events_age_ns = 24 * 3600 * ACT_NS_PER_S,                      \
                           .activities_age_ns = 168 * 3600 * ACT_NS_PER_S,                 \
                           .dead_letters_age_ns = 720 * 3600 * ACT_NS_PER_S,               \
                           .bytes = UINT64_C(1) << 30 })

/** Create all streams or bring them to these limits, and their durable consumers, so that
 * no record passes before its consumers exist. Errors as act_broker_stream_ensure(). */
int act_streams_ensure(act_broker *b, const act_streams_limits *limits, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** Open one of the durable consumers above with its ack wait and most pending. */
int act_streams_consumer(act_broker *b, const char *stream, const char *durable,
                         act_consumer **ret, act_err *reterr)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

#endif
