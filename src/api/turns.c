#include "api/turns.h"

#include "base/alloc.h"
#include "base/clock.h"

#include <pthread.h>
#include <time.h>

enum { SEATS = 64 }; /* keys that share one only wait a little longer */

struct act_turns {
    pthread_mutex_t seats[SEATS];
};

int act_turns_new(act_turns **ret)
{
    act_turns *t = act_zalloc(1, sizeof *t);
    if (!t)
        return ACT_ENOMEM;
    for (size_t i = 0; i < SEATS; i++)
        (void)pthread_mutex_init(&t->seats[i], NULL);
    *ret = t;
    return ACT_OK;
}

void act_turns_free(act_turns *t)
{
    for (size_t i = 0; t && i < SEATS; i++)
        (void)pthread_mutex_destroy(&t->seats[i]);
    act_dealloc(t);
}

int act_turns_take(act_turns *t, act_str key, int64_t until_ns, size_t *ret)
{
    size_t seat = act_str_hash(key) % SEATS;
    struct timespec until = { .tv_sec = until_ns / ACT_NS_PER_S,
                              .tv_nsec = until_ns % ACT_NS_PER_S };
    if (pthread_mutex_clocklock(&t->seats[seat], CLOCK_MONOTONIC, &until) != 0)
        return ACT_EAGAIN;
    *ret = seat;
    return ACT_OK;
}

void act_turns_leave(act_turns *t, size_t turn)
{
    (void)pthread_mutex_unlock(&t->seats[turn]);
}
