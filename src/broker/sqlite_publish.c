#include "broker/sqlite_stream.h"

#include "base/alloc.h"
#include "broker/broker_sqlite.h"

typedef struct {
    act_sqlite_job job;
    const act_message *messages;
    size_t n;
    uint64_t *sequences;
    uint64_t before; /* the stream's last sequence when this batch came */
    uint64_t payload_bytes;
} publish_job;

/* Is there a message with this id whose window is not over? *ret: its sequence, or 0. */
static int find_duplicate(act_sqlite_stream *s, act_str id, int64_t now_ns, uint64_t *ret)
{
    act_id_cursor at = act_id_set_find(s->ids, id);
    uint64_t sequence;
    *ret = 0;
    while (*ret == 0 && act_id_set_next(s->ids, &at, &sequence)) {
        bool row;
        (void)act_db_bind_u64(s->get_id, 1, sequence); /* reset: cannot fail */
        int err = act_db_step(s->get_id, &row);
        if (err)
            return err;
        if (!row)
            continue;
        int64_t age = now_ns - act_db_column_i64(s->get_id, 1);
        if (age < s->config.duplicate_window_ns &&
            act_str_eq(act_db_column_str(s->get_id, 0), id))
            *ret = sequence;
        (void)sqlite3_reset(s->get_id);
    }
    return ACT_OK;
}

static int store(act_sqlite_stream *s, const act_message *m, int64_t now_ns)
{
    uint64_t sequence = s->next_info.last_sequence + 1;
    sqlite3_stmt *st = s->add_message;
    int err = act_db_bind_u64(st, 1, sequence);
    if (!err)
        err = act_db_bind_i64(st, 2, now_ns);
    if (!err)
        err = act_db_bind_u64(st, 3, m->payload.len);
    if (!err)
        err = act_db_bind_str(st, 4, m->subject);
    if (!err)
        err = act_db_bind_str(st, 5, m->id);
    if (!err)
        err = act_db_run(st);
    if (!err)
        err = act_db_bind_u64(s->add_payload, 1, sequence);
    if (!err)
        err = act_db_bind_str(s->add_payload, 2, m->payload);
    if (!err)
        err = act_db_run(s->add_payload);
    if (!err && m->id.len && s->config.duplicate_window_ns > 0)
        err = act_id_set_add(s->ids, m->id, sequence);
    if (err)
        return err;
    s->next_info.last_sequence = sequence;
    s->next_info.messages++;
    s->next_info.bytes += m->payload.len;
    return ACT_OK;
}

static bool fits(const act_sqlite_stream *s, uint64_t bytes)
{
    return !s->config.max_bytes || s->next_info.bytes + bytes <= s->config.max_bytes;
}

/* Bytes of the messages that are no duplicates (of a stored message). */
static int new_bytes(act_sqlite_stream *s, const publish_job *j, int64_t now_ns,
                     uint64_t *ret)
{
    uint64_t bytes = 0;
    for (size_t i = 0; i < j->n; i++) {
        uint64_t first = 0;
        int err = j->messages[i].id.len
                      ? find_duplicate(s, j->messages[i].id, now_ns, &first)
                      : ACT_OK;
        if (err)
            return err;
        bytes += first ? 0 : j->messages[i].payload.len;
    }
    *ret = bytes;
    return ACT_OK;
}

/* Remove what no consumer waits for until the batch fits. *ret_full: it cannot, because of
 * the messages that consumers do wait for. */
static int make_room(act_sqlite_stream *s, const publish_job *j, int64_t now_ns,
                     bool *ret_full)
{
    uint64_t bytes = j->job.bytes;
    bool more = false;
    *ret_full = false;
    if (fits(s, bytes))
        return ACT_OK;
    int err = new_bytes(s, j, now_ns, &bytes);
    if (!err)
        err = act_sqlite_retain(s, false, bytes, &more);
    if (!err)
        *ret_full = !more && bytes > 0 && s->next_info.messages > 0 && !fits(s, bytes);
    return err;
}

static int apply_publish(act_sqlite_stream *s, act_sqlite_job *job)
{
    publish_job *j = (publish_job *)job;
    int64_t now_ns = act_wall_ns(s->env->clock);
    bool full;
    int room_err = make_room(s, j, now_ns, &full);
    if (room_err || full) {
        job->err = full ? ACT_EFULL : ACT_OK;
        return room_err;
    }
    j->before = s->next_info.last_sequence;
    for (size_t i = 0; i < j->n; i++) {
        const act_message *m = &j->messages[i];
        uint64_t first = 0;
        int err = ACT_OK;
        if (m->id.len && s->config.duplicate_window_ns > 0)
            err = find_duplicate(s, m->id, now_ns, &first);
        if (!err && !first)
            err = store(s, m, now_ns);
        if (err)
            return err;
        j->sequences[i] = first ? first : s->next_info.last_sequence;
        j->payload_bytes += first ? 0 : m->payload.len;
    }
    return ACT_OK;
}

static void settle_publish(act_sqlite_stream *s, act_sqlite_job *job)
{
    publish_job *j = (publish_job *)job;
    if (job->err)
        return;
    uint64_t last = j->before, stored = 0;
    for (size_t i = 0; i < j->n; i++) {
        if (j->sequences[i] <= last)
            continue; /* a duplicate */
        last = j->sequences[i];
        stored++;
        act_durables_published_locked(s, j->messages[i].subject);
    }
    act_counter_add(s->metrics.published, stored);
    act_counter_add(s->metrics.published_bytes, j->payload_bytes);
    act_counter_add(s->metrics.duplicates, j->n - stored);
    act_sqlite_news_locked(s);
}

/* What only this backend refuses; *ret_bytes: of all payloads. */
static int check(act_sqlite_stream *s, const act_message *messages, size_t n,
                 size_t *ret_bytes, act_err *reterr)
{
    char room[ACT_BROKER_SUBJECT_MAX];
    pthread_mutex_lock(&s->lock);
    act_str subjects = act_str_from(room, s->config.subjects.len);
    memcpy(room, s->config.subjects.ptr, subjects.len);
    pthread_mutex_unlock(&s->lock);

    if (n > ACT_BROKER_SQLITE_BATCH_MAX)
        return act_fail(reterr, ACT_ELIMIT, "batch of %zu messages (at most %d)", n,
                        ACT_BROKER_SQLITE_BATCH_MAX);
    size_t bytes = 0;
    for (size_t i = 0; i < n; i++) {
        const act_message *m = &messages[i];
        if (!act_subject_matches(subjects, m->subject))
            return act_fail(reterr, ACT_EINVAL,
                            "message %zu: subject \"%.*s\" is not one of stream %s (%.*s)",
                            i, ACT_STR_ARG(act_str_head(m->subject, 128)), s->name,
                            ACT_STR_ARG(act_str_head(subjects, 128)));
        if (m->payload.len > ACT_BROKER_SQLITE_PAYLOAD_MAX)
            return act_fail(reterr, ACT_ELIMIT,
                            "message %zu: payload of %zu bytes (at most %d)", i,
                            m->payload.len, ACT_BROKER_SQLITE_PAYLOAD_MAX);
        bytes += m->payload.len;
    }
    if (bytes > ACT_BROKER_SQLITE_BATCH_BYTES_MAX)
        return act_fail(reterr, ACT_ELIMIT, "batch of %zu bytes (at most %d)", bytes,
                        ACT_BROKER_SQLITE_BATCH_BYTES_MAX);
    *ret_bytes = bytes;
    return ACT_OK;
}

int act_sqlite_stream_publish(act_sqlite_stream *s, const act_message *messages, size_t n,
                              uint64_t *ret_sequences, act_err *reterr)
{
    size_t bytes;
    int err = check(s, messages, n, &bytes, reterr);
    if (err) {
        act_counter_add(s->metrics.too_large, err == ACT_ELIMIT);
        return err;
    }
    publish_job j = {
        .job = { .apply = apply_publish, .settle = settle_publish, .bytes = bytes },
        .messages = messages,
        .n = n,
        .sequences = act_zalloc(n, sizeof *j.sequences),
    };
    int64_t started = act_mono_ns(act_clock_system());
    err = j.sequences ? act_sqlite_submit(s, &j.job) : ACT_ENOMEM;
    act_histogram_observe(s->metrics.publish_seconds,
                          (double)(act_mono_ns(act_clock_system()) - started) /
                              (double)ACT_NS_PER_S);
    act_counter_add(s->metrics.full, err == ACT_EFULL);
    if (!err && ret_sequences)
        memcpy(ret_sequences, j.sequences, n * sizeof *ret_sequences);
    act_dealloc(j.sequences);
    return err ? act_fail(reterr, err, "stream %s: %s", s->name, act_strerror(err))
               : ACT_OK;
}
