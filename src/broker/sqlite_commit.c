#include "broker/sqlite_stream.h"

enum {
    /* A transaction takes jobs until it has about this much, so that it stays short. */
    GROUP_BYTES = 8 << 20,
    /* The write-ahead log is moved into the file at this size. Measured: 4 MiB costs 8 %,
     * above 32 MiB it outgrows the processor's cache without a gain. Readers may hold it
     * back; at the second size new ones wait for a moment. */
    CHECKPOINT_PAGES = 32 << 20 >> 14,
    CHECKPOINT_HARD_PAGES = 4 * CHECKPOINT_PAGES,
};

static int64_t steady_ns(void)
{
    return act_mono_ns(act_clock_system());
}

void act_sqlite_news_locked(act_sqlite_stream *s)
{
    s->news_count++;
    pthread_cond_broadcast(&s->news);
}

int act_sqlite_submit(act_sqlite_stream *s, act_sqlite_job *job)
{
    int err = act_cond_init(&job->finished);
    pthread_mutex_lock(&s->lock);
    if (!err && s->stopping) {
        pthread_cond_destroy(&job->finished);
        err = ACT_ECLOSED;
    }
    if (err) {
        job->err = err;
        if (job->settle)
            job->settle(s, job);
    } else {
        *s->tail = job;
        s->tail = &job->next;
        pthread_cond_signal(&s->work);
        while (!job->done)
            pthread_cond_wait(&job->finished, &s->lock);
        pthread_cond_destroy(&job->finished);
    }
    pthread_mutex_unlock(&s->lock);
    return job->err;
}

/* Cut the next group off the queue. */
static act_sqlite_job *take_group_locked(act_sqlite_stream *s)
{
    act_sqlite_job *first = s->head, *last = first;
    if (!first)
        return NULL;
    for (size_t bytes = first->bytes; last->next; last = last->next) {
        bytes += last->next->bytes;
        if (bytes > GROUP_BYTES)
            break;
    }
    s->head = last->next;
    last->next = NULL;
    if (!s->head)
        s->tail = &s->head;
    return first;
}

static int begin(act_sqlite_stream *s)
{
    s->next_info = s->info; /* only this thread changes it */
    s->must_save = s->retained = false;
    s->transaction++;
    return act_db_run(s->begin);
}

static void report_failure(act_sqlite_stream *s, int err)
{
    act_error(s->env->log, "broker: a transaction failed", ACT_F_CSTR("stream", s->name),
              ACT_F_ERR(err), ACT_F_CSTR("detail", sqlite3_errmsg(s->db)));
}

/* Commit, or undo when @err. The state of the stream moves on only with a commit. */
static int end(act_sqlite_stream *s, int err)
{
    if (!err)
        err = act_sqlite_stream_save(s);
    if (!err)
        err = act_db_run(s->commit);
    if (err)
        report_failure(s, err); /* now: undoing it makes SQLite forget its words */
    if (err && !sqlite3_get_autocommit(s->db)) {
        (void)sqlite3_step(s->rollback); /* what failed is reported already */
        (void)sqlite3_reset(s->rollback);
    }
    if (err)
        return err;
    if (s->must_save)
        s->saved_last = s->next_info.last_sequence;
    act_counter_add(s->metrics.commits, 1);
    act_gauge_set(s->metrics.messages, (int64_t)s->next_info.messages);
    act_gauge_set(s->metrics.bytes, (int64_t)s->next_info.bytes);
    return ACT_OK;
}

/* Everybody of the group learns how it ended; their jobs are theirs again. */
static void settle(act_sqlite_stream *s, act_sqlite_job *group, int err)
{
    pthread_mutex_lock(&s->lock);
    bool overtakes = !err && s->next_info.first_sequence != s->info.first_sequence;
    if (!err)
        s->info = s->next_info;
    for (act_sqlite_job *job = group, *next; job; job = next) {
        next = job->next;
        if (err)
            job->err = err;
        if (job->settle)
            job->settle(s, job);
        job->done = true;
        pthread_cond_signal(&job->finished);
    }
    if (overtakes)
        act_durables_overtake_locked(s, s->retained);
    pthread_mutex_unlock(&s->lock);
    if (!err)
        act_durables_recount(s);
}

static void run_group(act_sqlite_stream *s, act_sqlite_job *group)
{
    int64_t started = steady_ns();
    bool more;
    int err = begin(s);
    for (act_sqlite_job *job = group; job && !err; job = job->next)
        err = job->apply(s, job);
    if (!err)
        err = act_sqlite_retain(s, false, 0, &more);
    err = end(s, err);
    settle(s, group, err);
    act_histogram_observe(s->metrics.commit_seconds,
                          (double)(steady_ns() - started) / (double)ACT_NS_PER_S);
}

/* One step of retention by age and of forgetting ids; true when there is more to do. */
static bool sweep_step(act_sqlite_stream *s)
{
    bool due = false, more = false, more_ids = false;
    int err = act_sqlite_sweep_is_due(s, &due);
    if (!err && !due)
        return false;
    if (!err)
        err = begin(s);
    if (!err)
        err = act_sqlite_retain(s, true, 0, &more);
    if (!err)
        err = act_sqlite_ids_sweep(s, &more_ids);
    if (end(s, err))
        return false;
    settle(s, NULL, ACT_OK);
    return more || more_ids;
}

/* After the waiters were woken, so that nobody waits for it. */
static void checkpoint(act_sqlite_stream *s)
{
    if (s->wal_pages < CHECKPOINT_PAGES)
        return;
    int mode = s->wal_pages < CHECKPOINT_HARD_PAGES ? SQLITE_CHECKPOINT_PASSIVE
                                                    : SQLITE_CHECKPOINT_RESTART;
    int pages = 0, moved = 0;
    int rc = sqlite3_wal_checkpoint_v2(s->db, NULL, mode, &pages, &moved);
    if (rc != SQLITE_OK && rc != SQLITE_BUSY) {
        report_failure(s, act_db_error(rc));
        return;
    }
    act_counter_add(s->metrics.checkpoints, 1);
}

static int note_wal_pages(void *ctx, sqlite3 *db, const char *name, int pages)
{
    (void)db;
    (void)name;
    ((act_sqlite_stream *)ctx)->wal_pages = pages;
    return SQLITE_OK;
}

/* Wait for work: a group, or NULL when it is time to sweep or to stop. */
static act_sqlite_job *wait_for_group(act_sqlite_stream *s, bool *ret_stop)
{
    pthread_mutex_lock(&s->lock);
    int64_t sweep_at = s->swept_mono_ns + s->env->sweep_interval_ns;
    for (int64_t left; !s->head && !s->stopping && (left = sweep_at - steady_ns()) > 0;)
        (void)act_cond_wait(&s->work, &s->lock, left);
    act_sqlite_job *group = take_group_locked(s);
    *ret_stop = !group && s->stopping;
    pthread_mutex_unlock(&s->lock);
    return group;
}

static void *writer_main(void *arg)
{
    act_sqlite_stream *s = arg;
    bool stop = false;
    while (!stop) {
        act_sqlite_job *group = wait_for_group(s, &stop);
        if (group)
            run_group(s, group);
        checkpoint(s);
        if (stop || steady_ns() - s->swept_mono_ns < s->env->sweep_interval_ns)
            continue;
        if (sweep_step(s))
            continue; /* the next step when those who wait had their turn */
        s->swept_mono_ns = steady_ns();
        act_durables_report(s);
    }
    return NULL;
}

int act_sqlite_writer_start(act_sqlite_stream *s)
{
    int err = act_cond_init(&s->work);
    if (err)
        return err;
    err = act_cond_init(&s->news);
    if (err) {
        pthread_cond_destroy(&s->work);
        return err;
    }
    (void)sqlite3_wal_hook(s->db, note_wal_pages, s);
    s->swept_mono_ns = steady_ns() - s->env->sweep_interval_ns; /* once at the start */
    err = act_thread_start(&s->writer, s->name, writer_main, s);
    if (err) {
        pthread_cond_destroy(&s->work);
        pthread_cond_destroy(&s->news);
        return err;
    }
    s->writer_runs = true;
    return ACT_OK;
}

void act_sqlite_writer_stop(act_sqlite_stream *s)
{
    pthread_mutex_lock(&s->lock);
    s->stopping = true;
    pthread_cond_broadcast(&s->work);
    act_sqlite_news_locked(s);
    pthread_mutex_unlock(&s->lock);
}
