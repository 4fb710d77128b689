/** @file
 *  Turns at an object: its writers in this process wait for one another, so that changes
 *  that name no version never lose to one another. */
#ifndef ACT_API_TURNS_H
#define ACT_API_TURNS_H

#include "base/base.h"

typedef struct act_turns act_turns;

/** ACT_ENOMEM. */
int act_turns_new(act_turns **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_turns_free(act_turns *t); /**< NULL is a no-op. */

/** Wait for the turn at @key, until @until_ns (CLOCK_MONOTONIC). Any thread; a thread holds
 *  one turn at most. *ret is what act_turns_leave() takes. ACT_EAGAIN: it never came. */
int act_turns_take(act_turns *t, act_str key, int64_t until_ns, size_t *ret)
    ACT_NONNULL(1, 4) ACT_MUST_CHECK;
void act_turns_leave(act_turns *t, size_t turn) ACT_NONNULL(1);

#endif
