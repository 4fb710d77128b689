/** @file
 *  How long a request may take. What may wait long asks here: the queue for a worker, the
 *  turn at an object, statements of the store. */
#ifndef ACT_API_DEADLINE_H
#define ACT_API_DEADLINE_H

#include "api/answer.h"
#include "store/store.h"

enum {
    ACT_REQUEST_TIMEOUT_S = 60, /**< unless act_api_limits says otherwise */
    ACT_WRITE_TIMEOUT_S = 34,   /**< most, for creates and changes, as in Kubernetes */
};

/** Set c->deadline_ns for its verb; @writes: it creates, changes or deletes. The parameter
 *  timeout may shorten it. ACT_EPARSE: that is no duration; the deadline is set. */
int act_deadline_set(act_call *c, bool writes) ACT_NONNULL(1) ACT_MUST_CHECK;
bool act_deadline_is_over(const act_call *c) ACT_NONNULL(1);
/** For a statement that begins now: the time that is left, in whole seconds. */
act_store_limits act_deadline_store(const act_call *c) ACT_NONNULL(1);
/** 504, counted by what the request waited for: "queue", "turn", "store". */
void act_deadline_answer(act_call *c, const char *stage) ACT_NONNULL(1, 2);

#endif
