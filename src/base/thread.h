/** @file
 *  Threads with names, waits with a deadline on the steady clock, and the stop flag. */
#ifndef ACT_THREAD_H
#define ACT_THREAD_H

#include "base/err.h"

#include <pthread.h>
#include <stdatomic.h>

/** Start @fn(@arg) as a joinable thread called @name (cut to 15 bytes) that blocks SIGINT,
 *  SIGTERM and SIGHUP, which belong to the main thread. ACT_EIO when the system refuses. */
int act_thread_start(pthread_t *ret, const char *name, void *(*fn)(void *), void *arg)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** Condition variable that waits on CLOCK_MONOTONIC. */
int act_cond_init(pthread_cond_t *c) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Wait until signalled or @wait_ns passed (negative: for ever). False on time-out. The
 *  caller holds @m and re-checks its condition. */
bool act_cond_wait(pthread_cond_t *c, pthread_mutex_t *m, int64_t wait_ns)
    ACT_NONNULL(1, 2);

/** Sleep @ns or until *@stop becomes true (checked at least every 100 ms). */
void act_sleep_ns(int64_t ns, const atomic_bool *stop);

#endif
