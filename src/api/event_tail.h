/** @file
 *  The tail of the stream of Events: the newest state of each Event of which the store may
 *  not have it yet. */
#ifndef ACT_API_EVENT_TAIL_H
#define ACT_API_EVENT_TAIL_H

#include "base/log.h"
#include "base/metrics.h"
#include "broker/broker.h"
#include "core/scope.h"

/* A write to an Event is a message in the stream, and reaches the store a moment later. Who
 * reads asks the store for what is older and this for what is newer:
 *
 *   messages   1 ......... floor | floor + 1 ........ last
 *              in the store      | here, by (tenant, namespace, name)
 *
 * As it reads the stream, and not what its own process wrote, every replica sees the writes
 * of all; with act_event_tail_catch_up() it sees all that were acknowledged before
 * (docs/decisions/events-read-their-writes.md). Internally locked. */
typedef struct act_event_tail act_event_tail;

/** More than this is not held: reading the stream then waits for the ingester. */
enum { ACT_EVENT_TAIL_BYTES_MAX = 16 << 20 };

typedef struct {
    act_broker *broker;           /**< outlives the tail */
    uint64_t (*floor)(void *ctx); /**< messages up to this one are in the store */
    void *ctx;
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
    size_t max_bytes; /**< 0: ACT_EVENT_TAIL_BYTES_MAX */
} act_event_tail_options;

/** ACT_EIO, ACT_ENOMEM. */
int act_event_tail_start(const act_event_tail_options *o, act_event_tail **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_event_tail_free(act_event_tail *t); /**< NULL is a no-op. */

/** A state of an Event. Views are in the arena it was read into. */
typedef struct {
    act_scope tenant;
    act_str ns, name;
    act_str json;        /**< events.k8s.io/v1, as published */
    uint64_t sequence;   /**< of its message */
    int64_t observed_ns; /**< when it was last observed */
    bool deleted;
} act_event_row;

/** Order of (namespace, name, tenant type, tenant name), by bytes: that of lists. */
int act_event_row_cmp(const act_event_row *a, const act_event_row *b) ACT_NONNULL(1, 2);

/** Wait until everything that is in the stream now has been seen; *ret_last is the end of
 *  that. ACT_EAGAIN: not within @wait_ns. Errors of the broker. */
int act_event_tail_catch_up(act_event_tail *t, int64_t wait_ns, uint64_t *ret_last)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;

/** The states that @viewer may see, deletions too, with this namespace and name (empty:
 *  any), in order, into @a. ACT_ENOMEM. */
int act_event_tail_read(act_event_tail *t, act_scope viewer, act_str ns, act_str name,
                        act_arena *a, act_event_row **ret, size_t *ret_n)
    ACT_NONNULL(1, 5, 6, 7) ACT_MUST_CHECK;

#endif
