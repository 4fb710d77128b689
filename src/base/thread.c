#include "base/thread.h"

#include "base/clock.h"

#include <errno.h>
#include <signal.h>
#include <time.h>

enum { NAME_MAX_BYTES = 15, STOP_CHECK_MS = 100 };

int act_thread_start(pthread_t *ret, const char *name, void *(*fn)(void *), void *arg)
{
    /* A new thread inherits the mask of its creator, so the signals are blocked here. */
    sigset_t block, before;
    sigemptyset(&block);
    sigaddset(&block, SIGINT);
    sigaddset(&block, SIGTERM);
    sigaddset(&block, SIGHUP);
    if (pthread_sigmask(SIG_BLOCK, &block, &before) != 0)
        return ACT_EIO;
    pthread_t thread;
    int failed = pthread_create(&thread, NULL, fn, arg);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL); /* it was valid a moment ago */
    if (failed)
        return ACT_EIO;

    char cut[NAME_MAX_BYTES + 1] = "";
    memccpy(cut, name, '\0', NAME_MAX_BYTES);
    (void)pthread_setname_np(thread, cut); /* only for people who look at it */
    *ret = thread;
    return ACT_OK;
}

int act_cond_init(pthread_cond_t *c)
{
    pthread_condattr_t attributes;
    if (pthread_condattr_init(&attributes) != 0)
        return ACT_ENOMEM;
    int failed = pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    if (!failed)
        failed = pthread_cond_init(c, &attributes);
    pthread_condattr_destroy(&attributes);
    return failed ? ACT_ENOMEM : ACT_OK;
}

bool act_cond_wait(pthread_cond_t *c, pthread_mutex_t *m, int64_t wait_ns)
{
    if (wait_ns < 0) {
        (void)pthread_cond_wait(c, m); /* fails for misuse only */
        return true;
    }
    int64_t until;
    if (act_add_overflows(act_mono_ns(act_clock_system()), wait_ns, &until))
        until = INT64_MAX;
    struct timespec deadline = { .tv_sec = (time_t)(until / ACT_NS_PER_S),
                                 .tv_nsec = (long)(until % ACT_NS_PER_S) };
    return pthread_cond_timedwait(c, m, &deadline) != ETIMEDOUT;
}

void act_sleep_ns(int64_t ns, const atomic_bool *stop)
{
    act_clock clock = act_clock_system();
    int64_t until;
    if (act_add_overflows(act_mono_ns(clock), ns, &until))
        until = INT64_MAX;
    for (;;) {
        if (stop && atomic_load_explicit(stop, memory_order_acquire))
            return;
        int64_t left = until - act_mono_ns(clock);
        if (left <= 0)
            return;
        if (left > STOP_CHECK_MS * ACT_NS_PER_MS)
            left = STOP_CHECK_MS * ACT_NS_PER_MS;
        struct timespec nap = { .tv_sec = (time_t)(left / ACT_NS_PER_S),
                                .tv_nsec = (long)(left % ACT_NS_PER_S) };
        (void)nanosleep(&nap, NULL); /* cut short by a signal: the loop looks again */
    }
}
