#include "kube/review_cache.h"

#include "base/alloc.h"

#include <pthread.h>

/* A question may lie in any of the WAYS entries of its set, which its digest chooses. */
enum { WAYS = 4, SETS = ACT_REVIEWS_MAX / WAYS };
static_assert((SETS & (SETS - 1)) == 0, "sets are chosen by a mask");

typedef struct {
    act_digest question;
    int64_t until_ns; /* 0: free */
    act_str answer;
} entry;

struct act_review_cache {
    pthread_mutex_t lock;
    entry sets[SETS][WAYS];
};

int act_review_cache_new(act_review_cache **ret)
{
    act_review_cache *c = act_zalloc(1, sizeof *c);
    if (!c)
        return ACT_ENOMEM;
    (void)pthread_mutex_init(&c->lock, NULL);
    *ret = c;
    return 0;
}

static void drop(entry *e)
{
    act_str_free(e->answer);
    *e = (entry){ .until_ns = 0 };
}

void act_review_cache_free(act_review_cache *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < SETS; i++)
        for (size_t j = 0; j < WAYS; j++)
            drop(&c->sets[i][j]);
    (void)pthread_mutex_destroy(&c->lock);
    act_dealloc(c);
}

static entry *set_of(act_review_cache *c, const act_digest *d)
{
    size_t at = (size_t)d->bytes[0] << 8 | d->bytes[1];
    return c->sets[at & (SETS - 1)];
}

static entry *find(entry *set, const act_digest *question)
{
    for (size_t i = 0; i < WAYS; i++)
        if (set[i].until_ns && memcmp(&set[i].question, question, sizeof *question) == 0)
            return &set[i];
    return NULL;
}

int act_review_cache_get(act_review_cache *c, const act_digest *question, int64_t now_ns,
                         act_arena *a, act_str *ret)
{
    (void)pthread_mutex_lock(&c->lock);
    const entry *e = find(set_of(c, question), question);
    int r = e && now_ns < e->until_ns ? act_arena_str(a, e->answer, ret) : ACT_ENOTFOUND;
    (void)pthread_mutex_unlock(&c->lock);
    return r;
}

void act_review_cache_put(act_review_cache *c, const act_digest *question, act_str answer,
                          int64_t until_ns)
{
    act_str copy;
    if (answer.len > ACT_REVIEW_ANSWER_BYTES_MAX || act_str_dup(answer, &copy))
        return;
    (void)pthread_mutex_lock(&c->lock);
    entry *set = set_of(c, question);
    entry *e = find(set, question);
    for (size_t i = 0; !e && i < WAYS; i++)
        if (set[i].until_ns == 0)
            e = &set[i];
    if (!e) {
        e = set;
        for (size_t i = 1; i < WAYS; i++)
            if (set[i].until_ns < e->until_ns)
                e = &set[i];
    }
    drop(e);
    *e = (entry){ .question = *question, .until_ns = until_ns, .answer = copy };
    (void)pthread_mutex_unlock(&c->lock);
}
