#include "base/queue.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/thread.h"

/* Ring of @capacity slots, the oldest item at @head, @len of them in use. */
struct act_queue {
    pthread_mutex_t lock;
    pthread_cond_t not_full;
    pthread_cond_t not_empty;
    size_t capacity;
    size_t head;
    size_t len;
    bool closed;
    void *slot[];
};

int act_queue_new(size_t capacity, act_queue **ret)
{
    size_t bytes;
    if (capacity == 0 || act_mul_overflows(capacity, sizeof(void *), &bytes) ||
        act_add_overflows(bytes, sizeof(act_queue), &bytes))
        return ACT_EINVAL;
    act_queue *q = act_alloc(bytes);
    if (!q)
        return ACT_ENOMEM;
    q->capacity = capacity;
    q->head = q->len = 0;
    q->closed = false;
    if (pthread_mutex_init(&q->lock, NULL) != 0)
        goto no_lock;
    if (act_cond_init(&q->not_full) != ACT_OK)
        goto no_full;
    if (act_cond_init(&q->not_empty) != ACT_OK)
        goto no_empty;
    *ret = q;
    return ACT_OK;
no_empty:
    pthread_cond_destroy(&q->not_full);
no_full:
    pthread_mutex_destroy(&q->lock);
no_lock:
    act_dealloc(q);
    return ACT_ENOMEM;
}

void act_queue_free(act_queue *q)
{
    if (!q)
        return;
    pthread_cond_destroy(&q->not_empty);
    pthread_cond_destroy(&q->not_full);
    pthread_mutex_destroy(&q->lock);
    act_dealloc(q);
}

/* When a wait of @wait_ns that starts now ends; negative means never. */
static int64_t deadline_of(int64_t wait_ns)
{
    int64_t until;
    if (wait_ns <= 0)
        return wait_ns;
    if (act_add_overflows(act_mono_ns(act_clock_system()), wait_ns, &until))
        return -1;
    return until;
}

/* Wait for @c once; false when the deadline has passed. */
static bool wait_until_locked(act_queue *q, pthread_cond_t *c, int64_t deadline)
{
    if (deadline < 0)
        return act_cond_wait(c, &q->lock, -1);
    int64_t left = deadline ? deadline - act_mono_ns(act_clock_system()) : 0;
    if (left <= 0)
        return false;
    (void)act_cond_wait(c, &q->lock, left); /* the next look at the clock decides */
    return true;
}

int act_queue_push(act_queue *q, void *item, int64_t wait_ns)
{
    int64_t deadline = deadline_of(wait_ns);
    int err = ACT_OK;
    pthread_mutex_lock(&q->lock);
    while (!q->closed && q->len == q->capacity && !err)
        if (!wait_until_locked(q, &q->not_full, deadline))
            err = ACT_EAGAIN;
    if (q->closed) {
        err = ACT_ECLOSED;
    } else if (q->len < q->capacity) {
        q->slot[(q->head + q->len) % q->capacity] = item;
        q->len++;
        err = ACT_OK;
        pthread_cond_signal(&q->not_empty);
    }
    pthread_mutex_unlock(&q->lock);
    return err;
}

int act_queue_pop(act_queue *q, int64_t wait_ns, void **ret)
{
    int64_t deadline = deadline_of(wait_ns);
    int err = ACT_OK;
    pthread_mutex_lock(&q->lock);
    while (!q->closed && q->len == 0 && !err)
        if (!wait_until_locked(q, &q->not_empty, deadline))
            err = ACT_EAGAIN;
    if (q->len > 0) {
        *ret = q->slot[q->head];
        q->head = (q->head + 1) % q->capacity;
        q->len--;
        err = ACT_OK;
        pthread_cond_signal(&q->not_full);
    } else if (q->closed) {
        err = ACT_ECLOSED;
    }
    pthread_mutex_unlock(&q->lock);
    return err;
}

void act_queue_close(act_queue *q)
{
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_broadcast(&q->not_full);
    pthread_cond_broadcast(&q->not_empty);
    pthread_mutex_unlock(&q->lock);
}

size_t act_queue_len(act_queue *q)
{
    pthread_mutex_lock(&q->lock);
    size_t len = q->len;
    pthread_mutex_unlock(&q->lock);
    return len;
}
