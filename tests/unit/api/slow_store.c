#include "unit/api/slow_store.h"

#include "base/alloc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>

static int next(act_row_source *src, act_str *ret, act_err *reterr)
{
    (void)src;
    (void)ret;
    (void)reterr;
    return 0;
}

static void close_source(act_row_source *src, act_store_cost *ret_cost)
{
    (void)ret_cost;
    act_dealloc(src);
}

static int wait_locked(slow_store *s, int64_t limit_ns, act_err *e)
{
    int64_t end = act_mono_ns(act_clock_system()) + limit_ns;
    bool limited = limit_ns > 0 && !s->ignores_time;
    while (s->held) {
        int64_t left = end - act_mono_ns(act_clock_system());
        if (limited && left <= 0)
            return act_fail(e, ACT_ELIMIT, "the time is over");
        (void)act_cond_wait(&s->changed, &s->lock, limited ? left : -1);
    }
    return 0;
}

static int query(act_store *base, act_str sql, const act_store_param *params, size_t n,
                 const act_store_limits *limits, act_row_source **ret, act_err *reterr)
{
    static const act_row_source_ops ops = { .next = next, .close = close_source };
    slow_store *s = (slow_store *)base;
    (void)sql;
    (void)params;
    (void)n;
    act_row_source *src = act_zalloc(1, sizeof *src);
    if (!src)
        return ACT_ENOMEM;
    src->ops = &ops;
    (void)pthread_mutex_lock(&s->lock);
    s->waiting++;
    s->last_limit_ns = limits->max_time_ns;
    int r = wait_locked(s, limits->max_time_ns, reterr);
    s->waiting--;
    (void)pthread_mutex_unlock(&s->lock);
    if (r)
        act_dealloc(src);
    else
        *ret = src;
    return r;
}

static int insert(act_store *base, const act_store_block *block, act_str token,
                  act_err *reterr)
{
    slow_store *s = (slow_store *)base;
    (void)block;
    (void)token;
    (void)pthread_mutex_lock(&s->lock);
    bool refuses = s->refuses;
    (void)pthread_mutex_unlock(&s->lock);
    return refuses ? act_fail(reterr, ACT_EIO, "no rows are taken") : 0;
}

static int exec(act_store *s, act_str sql, const act_store_param *params, size_t n,
                act_err *reterr)
{
    (void)s;
    (void)sql;
    (void)params;
    (void)n;
    (void)reterr;
    return 0;
}

static void keep(act_store *s)
{
    (void)s;
}

void slow_store_start(slow_store *s)
{
    static const act_store_ops ops = { insert, query, exec, keep };
    *s = (slow_store){ .held = false };
    assert_int_equal(act_store_init(&s->base, &ops, NULL), 0);
    (void)pthread_mutex_init(&s->lock, NULL);
    assert_int_equal(act_cond_init(&s->changed), 0);
}

void slow_store_stop(slow_store *s)
{
    act_store_done(&s->base);
    (void)pthread_cond_destroy(&s->changed);
    (void)pthread_mutex_destroy(&s->lock);
}

void slow_store_hold(slow_store *s, bool held)
{
    (void)pthread_mutex_lock(&s->lock);
    s->held = held;
    (void)pthread_cond_broadcast(&s->changed);
    (void)pthread_mutex_unlock(&s->lock);
}

int slow_store_waiting(slow_store *s)
{
    (void)pthread_mutex_lock(&s->lock);
    int n = s->waiting;
    (void)pthread_mutex_unlock(&s->lock);
    return n;
}

void slow_store_refuse(slow_store *s, bool refuses)
{
    (void)pthread_mutex_lock(&s->lock);
    s->refuses = refuses;
    (void)pthread_mutex_unlock(&s->lock);
}
