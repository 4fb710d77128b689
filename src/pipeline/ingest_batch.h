/** @file
 *  A batch of messages on its way from a stream into a table: gathered, built, stored. */
#ifndef ACT_INGEST_BATCH_H
#define ACT_INGEST_BATCH_H

#include "pipeline/ingest_table.h"
#include "pipeline/ingester.h"

#include <stdatomic.h>

/** The metric series of one lane. */
typedef struct {
    act_counter *rows, *known, *refused, *failures, *batches;
    act_gauge *lag;
    act_histogram *insert_seconds, *delay_seconds;
} act_ingest_series;

/** What the batches of a lane share. Immutable but for the stop flag. */
typedef struct {
    const act_ingest_table *table;
    act_ingester_options o; /**< with all defaults filled in */
    act_consumer *consumer;
    uint64_t backlog_end; /**< the store may have rows of messages up to here */
    act_ingest_series series;
    atomic_bool stop;
} act_ingest_context;

/** One thread at a time. */
typedef struct act_ingest_batch act_ingest_batch;
int act_ingest_batch_new(const act_ingest_context *context, act_ingest_batch **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_ingest_batch_free(act_ingest_batch *b); /**< NULL is a no-op. */

/** Forget the old batch and fetch a new one, until it is full or has lingered, or stop.
 *  ACT_EAGAIN: nothing came. Errors as act_consumer_fetch(); what was fetched before the
 *  error is in the batch. */
int act_ingest_batch_gather(act_ingest_batch *b) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Make its rows. What is no record becomes a dead letter. ACT_ENOMEM, or the broker's. */
int act_ingest_batch_build(act_ingest_batch *b) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Insert the rows and acknowledge the messages. A store that does not answer is tried
 *  again until the lane stops: ACT_ECLOSED. Batches of a lane store one after the other. */
int act_ingest_batch_store(act_ingest_batch *b) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Give the messages back, to be delivered again after @delay_ns. */
void act_ingest_batch_return(act_ingest_batch *b, int64_t delay_ns) ACT_NONNULL(1);

#endif
