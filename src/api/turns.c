#include "api/turns.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"

#include <time.h>

enum { SEATS = 64 }; /* keys that share one only wait a little longer */

/* Seats are flags and not locks: who waits for one may give up. */
struct act_turns {
    pthread_mutex_t lock;
    pthread_cond_t left;
    bool taken[SEATS];
};

int act_turns_new(act_turns **ret)
{
    act_turns *t = act_zalloc(1, sizeof *t);
    if (!t)
        return ACT_ENOMEM;
    (void)pthread_mutex_init(&t->lock, NULL);
    int r = act_cond_init(&t->left);
    if (r) {
        (void)pthread_mutex_destroy(&t->lock);
        act_dealloc(t);
        return r;
    }
    *ret = t;
    return ACT_OK;
}

void act_turns_free(act_turns *t)
{
    if (!t)
        return;
    (void)pthread_cond_destroy(&t->left);
    (void)pthread_mutex_destroy(&t->lock);
    act_dealloc(t);
}

int act_turns_take(act_turns *t, act_str key, int64_t until_ns, size_t *ret)
{
    size_t seat = act_str_hash(key) % SEATS;
    struct timespec until = { .tv_sec = until_ns / ACT_NS_PER_S,
                              .tv_nsec = until_ns % ACT_NS_PER_S };
    int r = 0;
    (void)pthread_mutex_lock(&t->lock);
    while (t->taken[seat] && !r)
        r = pthread_cond_timedwait(&t->left, &t->lock, &until);
    bool mine = !t->taken[seat];
    if (mine) {
        t->taken[seat] = true;
        *ret = seat;
    }
    (void)pthread_mutex_unlock(&t->lock);
    return mine ? ACT_OK : ACT_EAGAIN;
}

void act_turns_leave(act_turns *t, size_t turn)
{
    (void)pthread_mutex_lock(&t->lock);
    t->taken[turn] = false;
    (void)pthread_cond_broadcast(&t->left);
    (void)pthread_mutex_unlock(&t->lock);
}
