/** @file
 *  A bounded queue of pointers between threads. */
#ifndef ACT_QUEUE_H
#define ACT_QUEUE_H

#include "base/err.h"

/** Internally locked; any number of producers and consumers. Items are the caller's. */
typedef struct act_queue act_queue;

int act_queue_new(size_t capacity, act_queue **ret) ACT_NONNULL(2) ACT_MUST_CHECK;
/** Nobody may be inside; items still queued are not freed. */
void act_queue_free(act_queue *q);
ACT_DEFINE_AUTO(act_queue)

/** Add @item, waiting at most @wait_ns (0: not at all, negative: for ever) for room.
 *  ACT_EAGAIN: full that long. ACT_ECLOSED. */
int act_queue_push(act_queue *q, void *item, int64_t wait_ns) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Take the oldest item, waiting as above. ACT_EAGAIN: empty that long. ACT_ECLOSED: closed
 *  and empty (items queued before the close are still handed out). */
int act_queue_pop(act_queue *q, int64_t wait_ns, void **ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;
/** No more pushes; everybody waiting wakes. */
void act_queue_close(act_queue *q) ACT_NONNULL(1);
size_t act_queue_len(act_queue *q) ACT_NONNULL(1);

#endif
