#include "api/shares.h"

#include "base/alloc.h"

#include <pthread.h>

/* A user with requests; those without any have no entry, so there are never more entries
 * than workers. Users are told apart by a hash: who shares one shares a limit. */
typedef struct {
    uint64_t user;
    unsigned running;
} entry;

struct act_shares {
    unsigned limit, most;
    pthread_mutex_t lock;
    entry entries[];
};

int act_shares_new(unsigned limit, unsigned most, act_shares **ret)
{
    act_shares *s = act_zalloc(1, sizeof *s + most * sizeof *s->entries);
    if (!s)
        return ACT_ENOMEM;
    s->limit = limit;
    s->most = most;
    (void)pthread_mutex_init(&s->lock, NULL);
    *ret = s;
    return ACT_OK;
}

void act_shares_free(act_shares *s)
{
    if (!s)
        return;
    (void)pthread_mutex_destroy(&s->lock);
    act_dealloc(s);
}

/* The user's entry, else a free one, else NULL. */
static entry *find_locked(act_shares *s, uint64_t user)
{
    entry *free_one = NULL;
    for (unsigned i = 0; i < s->most; i++) {
        entry *e = &s->entries[i];
        if (e->running > 0 && e->user == user)
            return e;
        if (e->running == 0 && !free_one)
            free_one = e;
    }
    return free_one;
}

bool act_shares_take(act_shares *s, act_str user)
{
    if (s->limit == 0)
        return true;
    uint64_t hash = act_str_hash(user);
    (void)pthread_mutex_lock(&s->lock);
    entry *e = find_locked(s, hash);
    bool ok = e && e->running < s->limit;
    if (ok) {
        e->user = hash;
        e->running++;
    }
    (void)pthread_mutex_unlock(&s->lock);
    return ok;
}

void act_shares_leave(act_shares *s, act_str user)
{
    if (s->limit == 0)
        return;
    (void)pthread_mutex_lock(&s->lock);
    entry *e = find_locked(s, act_str_hash(user));
    assert(e && e->running > 0);
    e->running--;
    (void)pthread_mutex_unlock(&s->lock);
}
