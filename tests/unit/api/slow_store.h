/** @file
 *  A fake store whose statements take as long as a test wants: those that wait, and a
 *  limit of time that is kept as an engine keeps it. It holds no rows. */
#ifndef ACT_TEST_SLOW_STORE_H
#define ACT_TEST_SLOW_STORE_H

#include "base/thread.h"
#include "store/store_backend.h"

typedef struct {
    act_store base; /**< first: what the server is given */
    pthread_mutex_t lock;
    pthread_cond_t changed;
    /* Under the lock. */
    bool held;         /**< statements wait until it is false */
    bool ignores_time; /**< their limit of time does not end the waiting */
    bool refuses;      /**< rows */
    int waiting;
    int64_t last_limit_ns; /**< of the newest statement */
} slow_store;

void slow_store_start(slow_store *s);
void slow_store_stop(slow_store *s);
void slow_store_hold(slow_store *s, bool held);
int slow_store_waiting(slow_store *s);
/** Rows are not taken while @refuses: ACT_EIO. */
void slow_store_refuse(slow_store *s, bool refuses);

#endif
