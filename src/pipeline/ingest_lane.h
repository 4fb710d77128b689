/** @file
 *  One lane of the ingester: from one stream into one table. */
#ifndef ACT_INGEST_LANE_H
#define ACT_INGEST_LANE_H

#include "pipeline/ingest_table.h"
#include "pipeline/ingester.h"

/** Owns its threads; the functions may be called from others. */
typedef struct act_lane act_lane;
int act_lane_start(enum act_lane_kind kind, const act_ingester_options *options,
                   act_lane **ret, act_err *reterr) ACT_NONNULL(2, 3) ACT_MUST_CHECK;
/** Nothing waits and nothing is at hand. */
bool act_lane_is_empty(act_lane *l) ACT_NONNULL(1);
/** Everything up to this sequence is acknowledged. */
uint64_t act_lane_floor(act_lane *l) ACT_NONNULL(1);
/** Ask it to end after the batch at hand; free waits for that. */
void act_lane_stop(act_lane *l) ACT_NONNULL(1);
void act_lane_free(act_lane *l); /**< NULL is a no-op. */

#endif
