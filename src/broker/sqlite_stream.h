/** @file
 *  For the embedded broker's own files: one stream, its file, and the thread that alone
 *  writes to it. */
#ifndef ACT_SQLITE_STREAM_H
#define ACT_SQLITE_STREAM_H

#include "base/db.h"
#include "base/thread.h"
#include "broker/broker_backend.h"
#include "broker/id_set.h"
#include "broker/outstanding.h"

/*  publishers, consumers ──► jobs ──► writer thread ──► one transaction, one fsync ──► wake
 *                                        │
 *   file NAME.db:  message (sequence, time, bytes, subject, id)   one row until the message
 *                                        is removed *and* its duplicate window is over
 *                  payload (sequence, data)                       gone with the message
 *                  consumer (name, ..., position, unacked)        one row a durable
 *                  stream (limits, first, last, messages, bytes)  one row
 *
 *  Locks, in the order in which they may be taken: durable.fetching, stream.lock. Nobody
 *  holds stream.lock while the disk works, and nobody holds durable.fetching while it waits
 *  for the writer. */

typedef struct act_sqlite_stream act_sqlite_stream;
typedef struct act_sqlite_job act_sqlite_job;
typedef struct act_durable act_durable;
typedef struct act_reading act_reading;

/** What all streams of a broker share. */
typedef struct {
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
    int64_t sweep_interval_ns;
} act_sqlite_env;

/** Work for the writer thread, on the stack of the thread that waits for it. */
struct act_sqlite_job {
    /** Inside the transaction. Returns 0, or a failure that undoes the whole transaction;
     *  a refusal of this job alone goes to job->err, before anything is written. */
    int (*apply)(act_sqlite_stream *s, act_sqlite_job *job);
    /** When the transaction is over (job->err: how), with stream.lock held; may be NULL. */
    void (*settle)(act_sqlite_stream *s, act_sqlite_job *job);
    size_t bytes; /**< about what it writes */
    int err;
    bool done;
    pthread_cond_t finished;
    act_sqlite_job *next;
};

typedef struct {
    act_counter *published, *published_bytes, *duplicates, *commits, *checkpoints;
    act_counter *removed_age, *removed_bytes, *removed_ack, *too_large, *full;
    act_gauge *messages, *bytes;
    act_histogram *commit_seconds, *publish_seconds;
} act_stream_metrics;

struct act_sqlite_stream {
    const act_sqlite_env *env;
    char name[ACT_BROKER_NAME_MAX + 1];
    act_str path; /* NUL-terminated */
    act_stream_metrics metrics;
    act_sqlite_stream *next;

    pthread_mutex_t lock; /* guards what follows, down to the writer's own */
    pthread_cond_t work;  /* for the writer: a job, or stop */
    pthread_cond_t news;  /* for those who wait for messages */
    uint64_t news_count;
    act_sqlite_job *head, **tail;
    bool stopping;
    act_stream_config config; /* name and subjects are ours */
    act_stream_info info;     /* as committed */
    act_durable *durables;    /* grows at the front, never shrinks */
    act_reading *idle;        /* connections for reading */
    unsigned idle_count;

    pthread_t writer;
    bool writer_runs;

    /* The writer thread's (and of those who open and close, when it does not run). */
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *rollback;
    sqlite3_stmt *add_message, *add_payload, *get_id, *save_state;
    act_id_set *ids;
    uint64_t id_floor;         /* ids of messages below are forgotten */
    act_stream_info next_info; /* inside the transaction */
    uint64_t saved_last;       /* what the row in `stream` says */
    bool must_save;            /* this transaction changes more than it appends */
    bool retained;             /* a limit removed messages in this transaction */
    uint64_t transaction;      /* number of the current one */
    int wal_pages;
    int64_t swept_mono_ns; /* system clock */
};

/* sqlite_stream.c: the file. */

/** How to open @path, NUL-terminated, for writing. */
act_db_options act_sqlite_stream_db_options(const char *path);

/** Open the stream's file and start its thread; a new one gets @config. @config NULL: only
 *  an existing one, else ACT_ENOTFOUND. */
int act_sqlite_stream_open(const act_sqlite_env *env, act_str directory, act_str name,
                           const act_stream_config *config, act_sqlite_stream **ret,
                           act_err *reterr) ACT_MUST_CHECK;
/** Nobody uses it any more: stop, wait for the writer, free. NULL is a no-op. */
void act_sqlite_stream_close(act_sqlite_stream *s);
int act_sqlite_stream_configure(act_sqlite_stream *s, const act_stream_config *config,
                                act_err *reterr) ACT_MUST_CHECK;
/** Write the row in `stream` when this transaction must, or now and then. Writer. */
int act_sqlite_stream_save(act_sqlite_stream *s) ACT_MUST_CHECK;

/* sqlite_commit.c: the writer thread. */

int act_sqlite_writer_start(act_sqlite_stream *s) ACT_MUST_CHECK;
/** No more jobs (ACT_ECLOSED); those queued are still done. Everybody waiting wakes. */
void act_sqlite_writer_stop(act_sqlite_stream *s);
/** Queue @job and wait until it is settled; returns its err. */
int act_sqlite_submit(act_sqlite_stream *s, act_sqlite_job *job) ACT_MUST_CHECK;
/** Wake those who wait for messages. The caller holds stream.lock. */
void act_sqlite_news_locked(act_sqlite_stream *s);

/* sqlite_publish.c */

int act_sqlite_stream_publish(act_sqlite_stream *s, const act_message *messages, size_t n,
                              uint64_t *ret_sequences, act_err *reterr) ACT_MUST_CHECK;

/* sqlite_retention.c: all called by the writer, inside a transaction. */

/** Fill the table of ids from the duplicate window. (At open; outside of one is fine.) */
int act_sqlite_ids_load(act_sqlite_stream *s) ACT_MUST_CHECK;
/** Remove the oldest messages while there are too many bytes (with @coming more), and, when
 *  @by_age, while they are too old; at most one step, and nothing that a durable waits for
 *  (but see broker.h on work queues). *ret_more: there is more to remove. */
int act_sqlite_retain(act_sqlite_stream *s, bool by_age, uint64_t coming,
                      bool *ret_more) ACT_MUST_CHECK;
/** Forget ids whose window is over, at most one step. */
int act_sqlite_ids_sweep(act_sqlite_stream *s, bool *ret_more) ACT_MUST_CHECK;
/** Whether a sweep would change anything; outside of a transaction. */
int act_sqlite_sweep_is_due(act_sqlite_stream *s, bool *ret) ACT_MUST_CHECK;
/** Remove acknowledged messages from a work queue. */
int act_sqlite_remove_acked(act_sqlite_stream *s, const uint64_t *sequences,
                            size_t n) ACT_MUST_CHECK;

/* sqlite_consumer.c: durables. */

/** Read the durables from the file. */
int act_durables_load(act_sqlite_stream *s, act_err *reterr) ACT_MUST_CHECK;
void act_durables_free(act_sqlite_stream *s);
/** Messages were published; called for each in order, with stream.lock held. */
void act_durables_published_locked(act_sqlite_stream *s, act_str subject);
/** The first kept message moved: durables behind it move there, with stream.lock held.
 *  @retention: because of a limit, so what was not acknowledged is lost and counted. */
void act_durables_overtake_locked(act_sqlite_stream *s, bool retention);
/** The first message that some durable has not acknowledged: limits keep what lies there
 *  and above. UINT64_MAX: there is no durable. Writer, no lock held. */
uint64_t act_durables_floor(act_sqlite_stream *s);
/** Count what is not delivered for those who ask for it. Writer, no lock held. */
void act_durables_recount(act_sqlite_stream *s);
/** Gauges, and a warning about what was lost since the last call. Writer, no lock held. */
void act_durables_report(act_sqlite_stream *s);

int act_sqlite_consumer_open(act_sqlite_stream *s, const act_consumer_config *config,
                             act_consumer **ret, act_err *reterr) ACT_MUST_CHECK;
void act_sqlite_consumer_close(act_consumer *c);
int act_sqlite_consumer_fetch(act_consumer *c, size_t max, int64_t wait_ns, act_arena *a,
                              const act_delivery **ret, size_t *ret_n) ACT_MUST_CHECK;
int act_sqlite_consumer_ack(act_consumer *c, const uint64_t *sequences,
                            size_t n) ACT_MUST_CHECK;
int act_sqlite_consumer_nak(act_consumer *c, uint64_t sequence,
                            int64_t delay_ns) ACT_MUST_CHECK;
int act_sqlite_consumer_in_progress(act_consumer *c, const uint64_t *sequences,
                                    size_t n) ACT_MUST_CHECK;
int act_sqlite_consumer_info(act_consumer *c, act_consumer_info *ret) ACT_MUST_CHECK;

/* sqlite_reader.c */

int act_sqlite_reader_open(act_sqlite_stream *s, uint64_t from, act_str filter,
                           act_reader **ret) ACT_MUST_CHECK;
int act_sqlite_reader_next(act_reader *r, size_t max, int64_t wait_ns, act_arena *a,
                           const act_delivery **ret, size_t *ret_n,
                           uint64_t *ret_next) ACT_MUST_CHECK;
void act_sqlite_reader_close(act_reader *r);

/* sqlite_reading.c: connections for reading, one snapshot at a time. */

/** A connection with an open snapshot, from the stream's pool. ACT_EIO, ACT_ENOMEM. */
int act_reading_begin(act_sqlite_stream *s, act_reading **ret) ACT_MUST_CHECK;
/** End the snapshot and give the connection back. */
void act_reading_end(act_sqlite_stream *s, act_reading *r);
/** Free the pool. */
void act_readings_free(act_sqlite_stream *s);
/** The first kept sequence in this snapshot. */
int act_reading_first(act_reading *r, uint64_t *ret) ACT_MUST_CHECK;
/** Message @sequence into *ret. ACT_ENOTFOUND: it is gone. ACT_ENOMEM: @a is full. */
int act_reading_get(act_reading *r, uint64_t sequence, act_arena *a,
                    act_delivery *ret) ACT_MUST_CHECK;
/** Messages that match @filter, of the sequences from *@next to @last, to @out[*@n] and
 *  on, until *@n is @max, or a step's worth of rows was looked at. *@next is then the first
 *  one not looked at. ACT_ENOMEM: @a is full (what was found until then stands). */
int act_reading_scan(act_reading *r, act_str filter, uint64_t *next, uint64_t last,
                     act_arena *a, act_delivery *out, size_t max, size_t *n) ACT_MUST_CHECK;

#endif
