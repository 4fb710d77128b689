/** @file
 *  Kubernetes Events about ReindexJobs: what `kubectl describe reindexjob` tells of one. */
#ifndef ACT_API_REINDEX_EVENTS_H
#define ACT_API_REINDEX_EVENTS_H

#include "base/log.h"
#include "base/metrics.h"
#include "broker/broker.h"

/** What there is to tell, in the order in which it comes about. */
enum act_reindex_event {
    ACT_REINDEX_EVENT_QUEUED, /**< it waits for a place */
    ACT_REINDEX_EVENT_STARTED,
    ACT_REINDEX_EVENT_SUCCEEDED,
    ACT_REINDEX_EVENT_FAILED, /**< a Warning; the others are Normal */
    ACT_REINDEX_EVENT_TTL_EXPIRED,
};

/** Where Events go. Immutable. */
typedef struct {
    act_broker *broker;
    act_log *log;
    act_metrics *metrics;
} act_reindex_teller;

/** The job that an Event regards. */
typedef struct {
    act_str name, uid;
    int64_t revision; /**< of the job, as it is when this is told */
} act_reindex_subject;

/** Tell of the job, as of @now_ns (wall time). An Event is a message in the log, as those
 *  that are written through the Events API are. Its name, uid and message id are made of
 *  the job's uid and @what: telling again, from whichever process, tells nothing new. What
 *  cannot be told is logged and counted: no job depends on it. */
void act_reindex_tell(const act_reindex_teller *t, enum act_reindex_event what,
                      const act_reindex_subject *job, act_str note, int64_t now_ns)
    ACT_NONNULL(1, 3);

#endif
