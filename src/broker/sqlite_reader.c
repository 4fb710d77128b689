#include "broker/sqlite_stream.h"

#include "base/alloc.h"

enum { NEXT_MAX = 4096 /* messages of one call, whatever the caller asks for */ };

typedef struct {
    act_reader base;
    act_sqlite_stream *stream;
    act_str filter;
    uint64_t next;
} reader;

int act_sqlite_reader_open(act_sqlite_stream *s, uint64_t from, act_str filter,
                           act_reader **ret)
{
    pthread_mutex_lock(&s->lock);
    int err = s->stopping                        ? ACT_ECLOSED
              : from < s->info.first_sequence    ? ACT_EGONE
              : from > s->info.last_sequence + 1 ? ACT_EINVAL
                                                 : ACT_OK;
    pthread_mutex_unlock(&s->lock);
    if (err)
        return err;
    reader *r = act_zalloc(1, sizeof *r);
    if (!r)
        return ACT_ENOMEM;
    err = act_str_dup(filter, &r->filter);
    if (err) {
        act_dealloc(r);
        return err;
    }
    r->stream = s;
    r->next = from;
    *ret = &r->base;
    return ACT_OK;
}

void act_sqlite_reader_close(act_reader *base)
{
    reader *r = (reader *)base;
    act_str_free(r->filter);
    act_dealloc(r);
}

/* The snapshot says itself what it still has, so nothing can go in between. */
static int read_now(reader *r, uint64_t last, size_t max, act_arena *a, act_delivery *out,
                    size_t *n)
{
    act_reading *reading;
    uint64_t first;
    int err = act_reading_begin(r->stream, &reading);
    if (err)
        return err;
    err = act_reading_first(reading, &first);
    if (!err && r->next < first)
        err = ACT_EGONE;
    if (!err)
        err = act_reading_scan(reading, r->filter, &r->next, last, a, out, max, n);
    act_reading_end(r->stream, reading);
    return err == ACT_ENOMEM && *n ? ACT_OK : err;
}

/* Until the stream has more than @r has seen; *ret_last: its last sequence. */
static int wait_for_more(reader *r, int64_t deadline, uint64_t *ret_last)
{
    act_sqlite_stream *s = r->stream;
    act_clock steady = act_clock_system();
    int err = ACT_OK;
    pthread_mutex_lock(&s->lock);
    while (!s->stopping && s->info.last_sequence < r->next) {
        int64_t left = deadline == INT64_MAX ? -1 : deadline - act_mono_ns(steady);
        if (deadline != INT64_MAX && left <= 0) {
            err = ACT_EAGAIN;
            break;
        }
        (void)act_cond_wait(&s->news, &s->lock, left);
    }
    if (s->stopping)
        err = ACT_ECLOSED;
    *ret_last = s->info.last_sequence;
    pthread_mutex_unlock(&s->lock);
    return err;
}

int act_sqlite_reader_next(act_reader *base, size_t max, int64_t wait_ns, act_arena *a,
                           const act_delivery **ret, size_t *ret_n, uint64_t *ret_next)
{
    reader *r = (reader *)base;
    int64_t now = act_mono_ns(act_clock_system());
    int64_t deadline = wait_ns < 0 || wait_ns > INT64_MAX - now ? INT64_MAX : now + wait_ns;
    act_arena_mark mark = act_arena_save(a);
    if (max > NEXT_MAX)
        max = NEXT_MAX;
    act_delivery *out = NULL;
    size_t n = 0;
    int err = ACT_OK;
    while (n == 0) {
        uint64_t last;
        err = wait_for_more(r, deadline, &last);
        if (err)
            break;
        uint64_t ahead = last + 1 - r->next;
        size_t count = max < ahead ? max : ahead;
        out = act_arena_make_n(a, act_delivery, count);
        err = out ? read_now(r, last, count, a, out, &n) : ACT_ENOMEM;
        if (err || n == 0)
            act_arena_restore(a, mark);
        if (err)
            break;
    }
    if (ret_next && (!err || err == ACT_EAGAIN))
        *ret_next = r->next;
    if (err)
        return err;
    *ret = out;
    *ret_n = n;
    return ACT_OK;
}
