#include "broker/sqlite_stream.h"

#include "base/alloc.h"
#include "broker/subject.h"

enum {
    APPLICATION_ID = 0x41637442, /* "ActB" */
    SCHEMA_VERSION = 1,
    /* Measured with batches of 400 messages of 2 KB: 4 KiB pages 55,000 messages/s, 8 KiB
     * 73,000, 16 KiB 85,000, 64 KiB 91,000; single messages are fastest with 16 KiB. */
    PAGE_BYTES = 16384,
    CACHE_BYTES = 8 << 20,
    /* The row in `stream` is written every so many messages; opening counts the rest. */
    SAVE_EVERY = 4096,
};

static const char schema[] =
    "CREATE TABLE stream (one INTEGER PRIMARY KEY CHECK (one = 1), subjects BLOB NOT NULL,"
    " max_age_ns INTEGER NOT NULL, max_bytes INTEGER NOT NULL,"
    " duplicate_window_ns INTEGER NOT NULL, work_queue INTEGER NOT NULL,"
    " first_sequence INTEGER NOT NULL, last_sequence INTEGER NOT NULL,"
    " messages INTEGER NOT NULL, bytes INTEGER NOT NULL);"
    /* bytes is NULL when the message is gone and only its id is remembered */
    "CREATE TABLE message (sequence INTEGER PRIMARY KEY, published_ns INTEGER NOT NULL,"
    " bytes INTEGER, subject BLOB NOT NULL, id BLOB NOT NULL);"
    "CREATE TABLE payload (sequence INTEGER PRIMARY KEY, data BLOB NOT NULL);"
    "CREATE TABLE consumer (name BLOB PRIMARY KEY, filter BLOB NOT NULL,"
    " ack_wait_ns INTEGER NOT NULL, max_ack_pending INTEGER NOT NULL,"
    " position INTEGER NOT NULL, unacked BLOB NOT NULL) WITHOUT ROWID;";

act_db_options act_sqlite_stream_db_options(const char *path)
{
    return (act_db_options){
        .path = path,
        .application_id = APPLICATION_ID,
        .schema_version = SCHEMA_VERSION,
        .schema = schema,
        .page_bytes = PAGE_BYTES,
        .cache_bytes = CACHE_BYTES,
    };
}

static int prepare(act_sqlite_stream *s)
{
    const struct {
        const char *sql;
        sqlite3_stmt **st;
    } statements[] = {
        { "BEGIN IMMEDIATE", &s->begin },
        { "COMMIT", &s->commit },
        { "ROLLBACK", &s->rollback },
        { "INSERT INTO message VALUES (?, ?, ?, ?, ?)", &s->add_message },
        { "INSERT INTO payload VALUES (?, ?)", &s->add_payload },
        { "SELECT id, published_ns FROM message WHERE sequence = ?", &s->get_id },
        { "UPDATE stream SET first_sequence = ?, last_sequence = ?, messages = ?,"
          " bytes = ?",
          &s->save_state },
    };
    int err = act_db_exec(s->db, "PRAGMA wal_autocheckpoint=0");
    for (size_t i = 0; !err && i < ACT_COUNT(statements); i++)
        err = act_db_prepare(s->db, statements[i].sql, statements[i].st);
    return err;
}

/* Are these values that we wrote? Others have buffers for subjects of a certain length, and
 * add to these numbers. */
static bool is_sound(const act_stream_config *c, const act_stream_info *i)
{
    return act_subject_pattern_is_valid(c->subjects) && c->max_age_ns >= 0 &&
           c->duplicate_window_ns >= 0 && c->max_bytes <= INT64_MAX &&
           i->first_sequence >= 1 && i->first_sequence - 1 <= i->last_sequence &&
           i->last_sequence <= INT64_MAX && i->messages <= INT64_MAX &&
           i->bytes <= INT64_MAX;
}

/* The row in `stream`; ACT_ENOTFOUND: the file is new. */
static int load_row(act_sqlite_stream *s)
{
    sqlite3_stmt *st;
    bool row = false;
    int err = act_db_prepare(s->db,
                             "SELECT subjects, max_age_ns, max_bytes, duplicate_window_ns,"
                             " work_queue, first_sequence, last_sequence, messages, bytes"
                             " FROM stream",
                             &st);
    if (!err)
        err = act_db_step(st, &row);
    if (err || !row)
        return err ? err : ACT_ENOTFOUND;
    err = act_str_dup(act_db_column_str(st, 0), &s->config.subjects);
    s->config.max_age_ns = act_db_column_i64(st, 1);
    s->config.max_bytes = act_db_column_u64(st, 2);
    s->config.duplicate_window_ns = act_db_column_i64(st, 3);
    s->config.work_queue = act_db_column_i64(st, 4) != 0;
    s->info = (act_stream_info){
        .first_sequence = act_db_column_u64(st, 5),
        .last_sequence = act_db_column_u64(st, 6),
        .messages = act_db_column_u64(st, 7),
        .bytes = act_db_column_u64(st, 8),
    };
    sqlite3_finalize(st);
    if (err)
        return err;
    return is_sound(&s->config, &s->info) ? ACT_OK : ACT_ECORRUPT;
}

/* What was appended after the row was last written. */
static int load_tail(act_sqlite_stream *s)
{
    sqlite3_stmt *st;
    bool row = false;
    s->saved_last = s->info.last_sequence;
    int err = act_db_prepare(s->db,
                             "SELECT count(*), coalesce(sum(bytes), 0), max(sequence)"
                             " FROM message WHERE sequence > ?",
                             &st);
    if (!err)
        err = act_db_bind_u64(st, 1, s->saved_last);
    if (!err)
        err = act_db_step(st, &row);
    if (err || !row)
        return err ? err : ACT_ECORRUPT;
    uint64_t n = act_db_column_u64(st, 0);
    s->info.messages += n;
    s->info.bytes += act_db_column_u64(st, 1);
    if (n)
        s->info.last_sequence = act_db_column_u64(st, 2);
    sqlite3_finalize(st);
    /* Sequences have no gaps, so the tail's length follows from its end. */
    return s->info.last_sequence - s->saved_last == n ? ACT_OK : ACT_ECORRUPT;
}

static int insert_row(act_sqlite_stream *s, const act_stream_config *c)
{
    sqlite3_stmt *st;
    int err = act_db_prepare(
        s->db, "INSERT INTO stream VALUES (1, ?, ?, ?, ?, ?, 1, 0, 0, 0)", &st);
    if (err)
        return err;
    (void)act_db_bind_str(st, 1, c->subjects); /* cannot fail on a fresh statement */
    (void)act_db_bind_i64(st, 2, c->max_age_ns);
    (void)act_db_bind_u64(st, 3, c->max_bytes);
    (void)act_db_bind_i64(st, 4, c->duplicate_window_ns);
    (void)act_db_bind_i64(st, 5, c->work_queue);
    err = act_db_run(st);
    sqlite3_finalize(st);
    return err;
}

static int load(act_sqlite_stream *s, const act_stream_config *config, act_err *reterr)
{
    int err = load_row(s);
    if (err == ACT_ENOTFOUND && config) {
        err = insert_row(s, config);
        if (!err)
            err = load_row(s);
    }
    if (!err)
        err = load_tail(s);
    if (!err)
        err = prepare(s);
    if (!err)
        err = act_sqlite_ids_load(s);
    if (!err)
        return act_durables_load(s, reterr);
    const char *why =
        sqlite3_errcode(s->db) > SQLITE_OK && sqlite3_errcode(s->db) < SQLITE_ROW
            ? sqlite3_errmsg(s->db)
            : act_strerror(err);
    return act_fail(reterr, err, "%s: %s", s->path.ptr, why);
}

static void find_metrics(act_sqlite_stream *s)
{
    /* Commits of a batch take 1 to 10 ms on a good disk. */
    static const double bounds[] = { 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025,
                                     0.05,   0.1,   0.25,   0.5,   1,    2.5 };
    act_metrics *m = s->env->metrics;
    const char *const stream[] = { "stream", s->name, NULL };
    const char *const age[] = { "stream", s->name, "reason", "age", NULL };
    const char *const bytes[] = { "stream", s->name, "reason", "bytes", NULL };
    const char *const ack[] = { "stream", s->name, "reason", "ack", NULL };
    const char *removed = "activity_broker_messages_removed_total";
    const char *removed_help = "Messages removed from a stream, by reason.";
    s->metrics = (act_stream_metrics){
        .published = act_metrics_counter(m, "activity_broker_messages_published_total",
                                         "Messages stored in a stream.", stream),
        .published_bytes =
            act_metrics_counter(m, "activity_broker_published_bytes_total",
                                "Bytes of payload stored in a stream.", stream),
        .duplicates = act_metrics_counter(
            m, "activity_broker_duplicates_total",
            "Messages not stored because their id was seen within the window.", stream),
        .commits =
            act_metrics_counter(m, "activity_broker_commits_total",
                                "Transactions committed; each waits for the disk.", stream),
        .checkpoints = act_metrics_counter(m, "activity_broker_checkpoints_total",
                                           "Times the write-ahead log was moved into the "
                                           "file.",
                                           stream),
        .removed_age = act_metrics_counter(m, removed, removed_help, age),
        .removed_bytes = act_metrics_counter(m, removed, removed_help, bytes),
        .removed_ack = act_metrics_counter(m, removed, removed_help, ack),
        .too_large = act_metrics_counter(
            m, "activity_broker_too_large_total",
            "Publishes refused because a payload or batch was too large.", stream),
        .full = act_metrics_counter(
            m, "activity_broker_full_total",
            "Publishes refused because consumers left no room within the limit of bytes.",
            stream),
        .messages = act_metrics_gauge(m, "activity_broker_stream_messages",
                                      "Messages kept in a stream.", stream),
        .bytes = act_metrics_gauge(m, "activity_broker_stream_bytes",
                                   "Bytes of payload kept in a stream.", stream),
        .commit_seconds = act_metrics_histogram(m, "activity_broker_commit_seconds",
                                                "Time of a transaction, disk included.",
                                                bounds, ACT_COUNT(bounds), stream),
        .publish_seconds = act_metrics_histogram(
            m, "activity_broker_publish_seconds",
            "Time of a publish until it is durable, waiting for its turn included.", bounds,
            ACT_COUNT(bounds), stream),
    };
}

static int stream_new(const act_sqlite_env *env, act_str directory, act_str name,
                      act_sqlite_stream **ret)
{
    act_sqlite_stream *s = act_zalloc(1, sizeof *s);
    if (!s)
        return ACT_ENOMEM;
    s->env = env;
    memcpy(s->name, name.ptr, name.len);
    s->config.name = act_str_from(s->name, name.len);
    s->tail = &s->head;
    pthread_mutex_init(&s->lock, NULL);
    act_buf path = ACT_BUF_INIT;
    act_buf_printf(&path, "%.*s/%s.db", ACT_STR_ARG(directory), s->name);
    int err = act_buf_err(&path);
    if (!err)
        err = act_str_dup(act_buf_str(&path), &s->path);
    act_buf_done(&path);
    if (err) {
        pthread_mutex_destroy(&s->lock);
        act_dealloc(s);
        return err;
    }
    *ret = s;
    return ACT_OK;
}

int act_sqlite_stream_open(const act_sqlite_env *env, act_str directory, act_str name,
                           const act_stream_config *config, act_sqlite_stream **ret,
                           act_err *reterr)
{
    act_sqlite_stream *s;
    int err = stream_new(env, directory, name, &s);
    if (err)
        return act_fail(reterr, err, "stream %.*s: %s", ACT_STR_ARG(name),
                        act_strerror(err));
    act_db_options o = act_sqlite_stream_db_options(s->path.ptr);
    err = act_db_open(&o, &s->db, reterr);
    if (!err) {
        find_metrics(s);
        err = load(s, config, reterr);
    }
    if (!err)
        err = act_sqlite_writer_start(s);
    if (err) {
        act_sqlite_stream_close(s);
        return err;
    }
    *ret = s;
    return ACT_OK;
}

void act_sqlite_stream_close(act_sqlite_stream *s)
{
    if (!s)
        return;
    if (s->writer_runs) {
        act_sqlite_writer_stop(s);
        pthread_join(s->writer, NULL);
        pthread_cond_destroy(&s->work);
        pthread_cond_destroy(&s->news);
    }
    act_readings_free(s); /* before the writer's: the last to close tidies up */
    act_durables_free(s);
    act_id_set_free(s->ids);
    act_db_close(s->db);
    act_str_free(s->config.subjects);
    act_str_free(s->path);
    pthread_mutex_destroy(&s->lock);
    act_dealloc(s);
}

int act_sqlite_stream_save(act_sqlite_stream *s)
{
    const act_stream_info *i = &s->next_info;
    if (!s->must_save && i->last_sequence - s->saved_last < SAVE_EVERY)
        return ACT_OK;
    (void)act_db_bind_u64(s->save_state, 1, i->first_sequence);
    (void)act_db_bind_u64(s->save_state, 2, i->last_sequence);
    (void)act_db_bind_u64(s->save_state, 3, i->messages);
    (void)act_db_bind_u64(s->save_state, 4, i->bytes);
    s->must_save = true; /* the writer notes after the commit what was saved */
    return act_db_run(s->save_state);
}

/* A change of the configuration. */
typedef struct {
    act_sqlite_job job;
    const act_stream_config *config;
    act_str subjects; /* to be the stream's when committed */
} configure_job;

static int apply_configure(act_sqlite_stream *s, act_sqlite_job *job)
{
    const act_stream_config *c = ((configure_job *)job)->config;
    sqlite3_stmt *st;
    int err = act_db_prepare(s->db,
                             "UPDATE stream SET subjects = ?, max_age_ns = ?,"
                             " max_bytes = ?, duplicate_window_ns = ?",
                             &st);
    if (err)
        return err;
    (void)act_db_bind_str(st, 1, c->subjects);
    (void)act_db_bind_i64(st, 2, c->max_age_ns);
    (void)act_db_bind_u64(st, 3, c->max_bytes);
    (void)act_db_bind_i64(st, 4, c->duplicate_window_ns);
    err = act_db_run(st);
    sqlite3_finalize(st);
    return err;
}

static void settle_configure(act_sqlite_stream *s, act_sqlite_job *job)
{
    configure_job *j = (configure_job *)job;
    if (job->err)
        return;
    act_str old = s->config.subjects;
    act_str name = s->config.name;
    s->config = *j->config;
    s->config.name = name;
    s->config.subjects = j->subjects;
    j->subjects = old;
}

int act_sqlite_stream_configure(act_sqlite_stream *s, const act_stream_config *config,
                                act_err *reterr)
{
    pthread_mutex_lock(&s->lock);
    act_stream_config old = s->config;
    bool same = act_str_eq(old.subjects, config->subjects) &&
                old.max_age_ns == config->max_age_ns &&
                old.max_bytes == config->max_bytes &&
                old.duplicate_window_ns == config->duplicate_window_ns;
    pthread_mutex_unlock(&s->lock);
    if (old.work_queue != config->work_queue)
        return act_fail(reterr, ACT_EINVAL, "stream %s %s a work queue; that cannot change",
                        s->name, old.work_queue ? "is" : "is not");
    if (same)
        return ACT_OK;
    configure_job j = {
        .job = { .apply = apply_configure, .settle = settle_configure },
        .config = config,
    };
    int err = act_str_dup(config->subjects, &j.subjects);
    if (!err)
        err = act_sqlite_submit(s, &j.job);
    if (!err || j.subjects.ptr)
        act_str_free(j.subjects); /* the old one, or on failure the new one */
    return err ? act_fail(reterr, err, "stream %s: %s", s->name, act_strerror(err))
               : ACT_OK;
}
