#include "broker/sqlite_durable.h"

#include "base/alloc.h"
#include "broker/subject.h"

static void durable_free(act_durable *d)
{
    if (!d)
        return;
    act_outstanding_done(&d->out);
    act_str_free(d->filter);
    pthread_mutex_destroy(&d->fetching);
    act_dealloc(d);
}

static int durable_new(act_sqlite_stream *s, act_str name, act_str filter,
                       act_durable **ret)
{
    act_durable *d = act_zalloc(1, sizeof *d);
    if (!d)
        return ACT_ENOMEM;
    int err = act_str_dup(filter, &d->filter);
    if (err) {
        act_dealloc(d);
        return err;
    }
    memcpy(d->name, name.ptr, name.len);
    d->out = ACT_OUTSTANDING_INIT;
    pthread_mutex_init(&d->fetching, NULL);
    act_metrics *m = s->env->metrics;
    const char *const labels[] = { "stream", s->name, "consumer", d->name, NULL };
    d->acks = act_metrics_counter(m, "activity_broker_acks_total",
                                  "Messages acknowledged by a durable consumer.", labels);
    d->redeliveries =
        act_metrics_counter(m, "activity_broker_redeliveries_total",
                            "Messages delivered again to a durable consumer.", labels);
    d->lost_total = act_metrics_counter(
        m, "activity_broker_removed_unacknowledged_total",
        "Messages that a limit removed before the durable consumer acknowledged them.",
        labels);
    d->pending =
        act_metrics_gauge(m, "activity_broker_consumer_pending",
                          "Messages not yet delivered to a durable consumer.", labels);
    d->ack_pending = act_metrics_gauge(
        m, "activity_broker_consumer_ack_pending",
        "Messages delivered to a durable consumer and not yet acknowledged.", labels);
    *ret = d;
    return ACT_OK;
}

/* Matching messages that lie above @position in the file; @info: of the same state. */
static int count_above(act_sqlite_stream *s, const act_stream_info *info, act_str filter,
                       uint64_t position, uint64_t *ret)
{
    uint64_t first = info->first_sequence;
    uint64_t from = position + 1 < first ? first : position + 1;
    bool all = act_subject_covers(filter, s->config.subjects);
    if (all && from == first) {
        *ret = info->messages;
        return ACT_OK;
    }
    if (all && !s->config.work_queue) { /* what is kept has no gaps */
        *ret = info->last_sequence + 1 - from;
        return ACT_OK;
    }
    sqlite3_stmt *st;
    int err = act_db_prepare(
        s->db, "SELECT subject FROM message WHERE sequence >= ? AND bytes IS NOT NULL",
        &st);
    if (!err)
        err = act_db_bind_u64(st, 1, from);
    uint64_t n = 0;
    bool row = false;
    while (!err && !(err = act_db_step(st, &row)) && row)
        n += act_subject_matches(filter, act_db_column_str(st, 0));
    sqlite3_finalize(st);
    if (!err)
        *ret = n;
    return err;
}

static int load_one(act_sqlite_stream *s, sqlite3_stmt *st)
{
    act_str name = act_db_column_str(st, 0);
    act_str filter = act_db_column_str(st, 1);
    int64_t ack_wait_ns = act_db_column_i64(st, 2), pending = act_db_column_i64(st, 3);
    uint64_t position = act_db_column_u64(st, 4), first = s->info.first_sequence;
    if (!act_broker_name_is_valid(name) || !act_subject_pattern_is_valid(filter) ||
        ack_wait_ns <= 0 || pending <= 0 || pending > UINT32_MAX ||
        position > s->info.last_sequence)
        return ACT_ECORRUPT;
    act_durable *d;
    int err = durable_new(s, name, filter, &d);
    if (err)
        return err;
    d->ack_wait_ns = ack_wait_ns;
    d->max_ack_pending = (uint32_t)pending;
    d->position = position + 1 < first ? first - 1 : position;
    /* Due at once: those who had them are gone with the old process. */
    err =
        act_outstanding_load(&d->out, act_db_column_str(st, 5), first, position, INT64_MIN);
    if (!err)
        err = count_above(s, &s->info, d->filter, d->position, &d->undelivered);
    if (err) {
        durable_free(d);
        return err;
    }
    d->next = s->durables;
    s->durables = d;
    return ACT_OK;
}

int act_durables_load(act_sqlite_stream *s, act_err *reterr)
{
    sqlite3_stmt *st;
    int err = act_db_prepare(s->db,
                             "SELECT name, filter, ack_wait_ns, max_ack_pending, position,"
                             " unacked FROM consumer",
                             &st);
    bool row = false;
    while (!err && !(err = act_db_step(st, &row)) && row)
        err = load_one(s, st);
    if (err)
        act_fail(reterr, err, "%s: consumers: %s", s->path.ptr, act_strerror(err));
    sqlite3_finalize(st);
    return err;
}

void act_durables_free(act_sqlite_stream *s)
{
    while (s->durables) {
        act_durable *d = s->durables;
        s->durables = d->next;
        durable_free(d);
    }
}

int act_durable_save(act_sqlite_stream *s, act_durable *d)
{
    act_buf saved = ACT_BUF_INIT;
    pthread_mutex_lock(&s->lock);
    act_outstanding_save(&d->out, &saved);
    uint64_t position = d->position;
    pthread_mutex_unlock(&s->lock);
    sqlite3_stmt *st = NULL;
    int err = act_buf_err(&saved);
    if (!err)
        err = act_db_prepare(
            s->db, "UPDATE consumer SET position = ?, unacked = ? WHERE name = ?", &st);
    if (!err) {
        (void)act_db_bind_u64(st, 1, position); /* fresh statement: cannot fail */
        (void)act_db_bind_str(st, 2, act_buf_str(&saved));
        (void)act_db_bind_str(st, 3, act_str_cstr(d->name));
        err = act_db_run(st);
    }
    sqlite3_finalize(st);
    act_buf_done(&saved);
    if (!err)
        d->saved_in = s->transaction;
    return err;
}

static act_durable *find_locked(act_sqlite_stream *s, act_str name)
{
    for (act_durable *d = s->durables; d; d = d->next)
        if (act_str_eq_cstr(name, d->name))
            return d;
    return NULL;
}

typedef struct {
    act_sqlite_job job;
    const act_consumer_config *config;
    act_durable *durable; /* to be linked when committed; NULL: exists already */
    act_durable *result;
    act_str filter; /* for the existing one */
    uint64_t undelivered,
        moves; /* counted inside the transaction, when it had moved so often */
} ensure_job;

static int apply_ensure(act_sqlite_stream *s, act_sqlite_job *job)
{
    ensure_job *j = (ensure_job *)job;
    const act_consumer_config *c = j->config;
    pthread_mutex_lock(&s->lock);
    j->result = find_locked(s, c->durable);
    uint64_t position = j->result ? j->result->position : s->next_info.first_sequence - 1;
    j->moves = j->result ? j->result->moves : 0;
    pthread_mutex_unlock(&s->lock);
    sqlite3_stmt *st;
    int err = count_above(s, &s->next_info, c->filter, position, &j->undelivered);
    if (!err)
        err = act_db_prepare(s->db,
                             "INSERT INTO consumer VALUES (?, ?, ?, ?, ?, x'')"
                             " ON CONFLICT (name) DO UPDATE SET filter = excluded.filter,"
                             " ack_wait_ns = excluded.ack_wait_ns,"
                             " max_ack_pending = excluded.max_ack_pending",
                             &st);
    if (err)
        return err;
    (void)act_db_bind_str(st, 1, c->durable); /* fresh statement: cannot fail */
    (void)act_db_bind_str(st, 2, c->filter);
    (void)act_db_bind_i64(st, 3, c->ack_wait_ns);
    (void)act_db_bind_i64(st, 4, c->max_ack_pending);
    (void)act_db_bind_u64(st, 5, position);
    err = act_db_run(st);
    sqlite3_finalize(st);
    if (!j->result)
        j->durable->position = position;
    return err;
}

static void settle_ensure(act_sqlite_stream *s, act_sqlite_job *job)
{
    ensure_job *j = (ensure_job *)job;
    if (job->err)
        return;
    act_durable *d = find_locked(s, j->config->durable);
    if (!d) {
        d = j->durable;
        j->durable = NULL;
        d->next = s->durables;
        s->durables = d;
    } else {
        act_str old = d->filter;
        d->filter = j->filter;
        j->filter = old;
    }
    d->ack_wait_ns = j->config->ack_wait_ns;
    d->max_ack_pending = j->config->max_ack_pending;
    d->undelivered = j->undelivered;
    d->recount = d->moves != j->moves;
    j->result = d;
}

int act_durable_ensure(act_sqlite_stream *s, const act_consumer_config *config,
                       act_durable **ret, act_err *reterr)
{
    pthread_mutex_lock(&s->lock);
    act_durable *old = find_locked(s, config->durable);
    bool same = old && act_str_eq(old->filter, config->filter) &&
                old->ack_wait_ns == config->ack_wait_ns &&
                old->max_ack_pending == config->max_ack_pending;
    pthread_mutex_unlock(&s->lock);
    if (same) {
        *ret = old;
        return ACT_OK;
    }
    ensure_job j = {
        .job = { .apply = apply_ensure, .settle = settle_ensure },
        .config = config,
    };
    int err = durable_new(s, config->durable, config->filter, &j.durable);
    if (!err)
        err = act_str_dup(config->filter, &j.filter);
    if (!err)
        err = act_sqlite_submit(s, &j.job);
    durable_free(j.durable);
    if (j.filter.ptr)
        act_str_free(j.filter);
    if (err)
        return act_fail(reterr, err, "consumer %.*s: %s", ACT_STR_ARG(config->durable),
                        act_strerror(err));
    *ret = j.result;
    return ACT_OK;
}

void act_durables_published_locked(act_sqlite_stream *s, act_str subject)
{
    for (act_durable *d = s->durables; d; d = d->next)
        d->undelivered += act_subject_matches(d->filter, subject);
}

uint64_t act_durables_floor(act_sqlite_stream *s)
{
    uint64_t floor = UINT64_MAX;
    pthread_mutex_lock(&s->lock);
    for (const act_durable *d = s->durables; d; d = d->next) {
        uint64_t first = act_outstanding_first(&d->out, d->position + 1);
        floor = first < floor ? first : floor;
    }
    pthread_mutex_unlock(&s->lock);
    return floor;
}

void act_durables_overtake_locked(act_sqlite_stream *s, bool retention)
{
    uint64_t first = s->info.first_sequence;
    for (act_durable *d = s->durables; d; d = d->next) {
        uint64_t out = act_outstanding_remove_below(&d->out, first);
        if (retention) {
            d->lost += out;
            act_counter_add(d->lost_total, out);
        }
        if (d->position + 1 >= first)
            continue;
        d->position = first - 1;
        d->recount = true;
        d->count_lost = retention;
    }
}

/* The file is read without the lock, so a fetch may come between; then once more. Nobody
 * publishes meanwhile: that is this thread's. */
static void recount(act_sqlite_stream *s, act_durable *d)
{
    enum { TRIES = 8 };
    for (int i = 0; i < TRIES; i++) {
        pthread_mutex_lock(&s->lock);
        bool needed = d->recount;
        uint64_t moves = d->moves, position = d->position, n = 0;
        pthread_mutex_unlock(&s->lock);
        if (!needed || count_above(s, &s->info, d->filter, position, &n))
            return; /* the next report tries again */
        pthread_mutex_lock(&s->lock);
        if (d->moves == moves) {
            uint64_t lost = d->count_lost && n < d->undelivered ? d->undelivered - n : 0;
            d->lost += lost;
            act_counter_add(d->lost_total, lost);
            d->undelivered = n;
            d->recount = d->count_lost = false;
        }
        pthread_mutex_unlock(&s->lock);
    }
}

void act_durables_recount(act_sqlite_stream *s)
{
    pthread_mutex_lock(&s->lock);
    act_durable *d = s->durables;
    pthread_mutex_unlock(&s->lock);
    for (; d; d = d->next)
        recount(s, d);
}

void act_durables_report(act_sqlite_stream *s)
{
    act_durables_recount(s);
    pthread_mutex_lock(&s->lock);
    for (act_durable *d = s->durables; d; d = d->next) {
        act_gauge_set(d->pending, (int64_t)d->undelivered);
        act_gauge_set(d->ack_pending, (int64_t)d->out.live);
        if (d->lost)
            act_warn(s->env->log, "broker: a limit removed unacknowledged messages",
                     ACT_F_CSTR("stream", s->name), ACT_F_CSTR("consumer", d->name),
                     ACT_F_I64("messages", d->lost));
        d->lost = 0;
    }
    pthread_mutex_unlock(&s->lock);
}
