/** @file
 *  The ingester: records and activities from the log into the store, in batches. */
#ifndef ACT_INGESTER_H
#define ACT_INGESTER_H

#include "broker/broker.h"
#include "store/store.h"

/* One lane (a durable consumer, a table, one or two threads) for audit events, Events and
 * activities:
 *
 *   fetch a batch -> rows -> insert under the batch's token -> acknowledge
 *
 * A message is acknowledged after its row is in the store. A store that does not answer is
 * tried again, for ever, with the batch held; a row that the store refuses is found by
 * halving the batch and becomes a dead letter. What may be in the store already is asked
 * for before it is inserted: messages that are delivered again, all that were in the log
 * when this process started, and records older than the log remembers ids. So each record
 * is one row even before the engine merges (docs/decisions/rows-are-stored-once.md). */
typedef struct act_ingester act_ingester;

typedef struct {
    act_broker *broker;
    act_store *store;
    size_t batch_rows;  /**< 0: 20,000 */
    size_t batch_bytes; /**< 0: 32 MiB */
    int64_t linger_ns;  /**< a batch that is not full waits this long for more; 0: 200 ms */
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
} act_ingester_options;

/** Start the lanes; broker and store outlive it. ACT_EIO, ACT_ENOMEM. */
int act_ingester_start(const act_ingester_options *options, act_ingester **ret,
                       act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Wait until everything in the log is in the store. ACT_EAGAIN: not within @wait_ns. */
int act_ingester_drain(act_ingester *in, int64_t wait_ns) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Messages of ACTIVITIES up to this sequence are all in the store. */
uint64_t act_ingester_activities_floor(act_ingester *in) ACT_NONNULL(1);
uint64_t act_ingester_events_floor(act_ingester *in) ACT_NONNULL(1);
/** Finish and acknowledge the batch at hand (a store that does not answer is not waited
 *  for), end the threads, free. NULL is a no-op. */
void act_ingester_free(act_ingester *in);
ACT_DEFINE_AUTO(act_ingester)

#endif
