/** @file
 *  Which of some messages have their rows in the store already. */
#ifndef ACT_STORED_IDS_H
#define ACT_STORED_IDS_H

#include "broker/broker.h"
#include "pipeline/ingest_lane.h"
#include "store/store.h"

/** Set those of the @n messages to NULL whose row is in @kind's table, told by the message
 *  id; *ret_dropped counts them. Events without a resourceVersion are kept: their row
 *  replaces itself. Memory from @a. ACT_EIO, ACT_ENOMEM; nothing then is dropped. */
int act_stored_ids_drop(act_store *s, enum act_lane_kind kind, act_arena *a,
                        const act_delivery **messages, size_t n, size_t *ret_dropped)
    ACT_NONNULL(1, 3, 4, 6) ACT_MUST_CHECK;

#endif
