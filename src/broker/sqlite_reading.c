#include "broker/sqlite_stream.h"

#include "base/alloc.h"

enum {
    IDLE_MAX = 4,          /* connections kept for the next */
    CACHE_BYTES = 1 << 20, /* the file cache of the kernel does the rest */
    SCAN_ROWS = 20000,     /* rows looked at in one snapshot, so that none lasts long */
};

struct act_reading {
    sqlite3 *db;
    sqlite3_stmt *begin, *end, *first, *message, *scan, *payload;
    act_reading *next;
};

static void reading_free(act_reading *r)
{
    if (!r)
        return;
    act_db_close(r->db);
    act_dealloc(r);
}

static int reading_new(const act_sqlite_stream *s, act_reading **ret)
{
    act_reading *r = act_zalloc(1, sizeof *r);
    if (!r)
        return ACT_ENOMEM;
    act_db_options o = act_sqlite_stream_db_options(s->path.ptr);
    o.cache_bytes = CACHE_BYTES;
    o.second = true;
    const struct {
        const char *sql;
        sqlite3_stmt **st;
    } statements[] = {
        { "BEGIN", &r->begin },
        { "COMMIT", &r->end },
        { "SELECT first_sequence FROM stream", &r->first },
        { "SELECT sequence, published_ns, subject, id FROM message WHERE sequence = ?",
          &r->message },
        { "SELECT sequence, published_ns, subject, id FROM message"
          " WHERE sequence BETWEEN ? AND ? AND bytes IS NOT NULL ORDER BY sequence",
          &r->scan },
        { "SELECT data FROM payload WHERE sequence = ?", &r->payload },
    };
    int err = act_db_open(&o, &r->db, NULL);
    for (size_t i = 0; !err && i < ACT_COUNT(statements); i++)
        err = act_db_prepare(r->db, statements[i].sql, statements[i].st);
    if (err) {
        reading_free(r);
        return err;
    }
    *ret = r;
    return ACT_OK;
}

int act_reading_begin(act_sqlite_stream *s, act_reading **ret)
{
    pthread_mutex_lock(&s->lock);
    act_reading *r = s->idle;
    if (r) {
        s->idle = r->next;
        s->idle_count--;
    }
    pthread_mutex_unlock(&s->lock);

    int err = r ? ACT_OK : reading_new(s, &r);
    if (err)
        return err;
    err = act_db_run(r->begin);
    if (err) {
        reading_free(r);
        return err;
    }
    *ret = r;
    return ACT_OK;
}

void act_reading_end(act_sqlite_stream *s, act_reading *r)
{
    (void)sqlite3_reset(r->scan);
    (void)sqlite3_reset(r->message);
    (void)sqlite3_reset(r->payload);
    bool keep = act_db_run(r->end) == ACT_OK;
    pthread_mutex_lock(&s->lock);
    keep = keep && s->idle_count < IDLE_MAX;
    if (keep) {
        r->next = s->idle;
        s->idle = r;
        s->idle_count++;
    }
    pthread_mutex_unlock(&s->lock);
    if (!keep)
        reading_free(r);
}

void act_readings_free(act_sqlite_stream *s)
{
    while (s->idle) {
        act_reading *r = s->idle;
        s->idle = r->next;
        reading_free(r);
    }
}

int act_reading_first(act_reading *r, uint64_t *ret)
{
    bool row;
    int err = act_db_step(r->first, &row);
    if (err || !row)
        return err ? err : ACT_ECORRUPT;
    *ret = act_db_column_u64(r->first, 0);
    (void)sqlite3_reset(r->first);
    return ACT_OK;
}

/* @s in @a, followed by @padding zero bytes. */
static int copy(act_arena *a, act_str s, size_t padding, act_str *ret)
{
    char *p = act_arena_bytes(a, s.len + padding);
    if (!p)
        return ACT_ENOMEM;
    if (s.len)
        memcpy(p, s.ptr, s.len);
    memset(p + s.len, 0, padding);
    *ret = act_str_from(p, s.len);
    return ACT_OK;
}

/* The message of @st's current row (sequence, published_ns, subject, id) with its payload;
 * takes nothing of @a on failure. */
static int build(act_reading *r, sqlite3_stmt *st, act_arena *a, act_delivery *ret)
{
    act_delivery d = {
        .sequence = act_db_column_u64(st, 0),
        .deliveries = 1,
        .published_ns = act_db_column_i64(st, 1),
    };
    bool row;
    int err = act_db_bind_u64(r->payload, 1, d.sequence);
    if (!err)
        err = act_db_step(r->payload, &row);
    if (err)
        return err;
    if (!row)
        return ACT_ENOTFOUND;
    act_arena_mark mark = act_arena_save(a);
    act_str data = act_db_column_str(r->payload, 0);
    if (data.len != (size_t)sqlite3_column_bytes(r->payload, 0))
        err = ACT_ENOMEM; /* SQLite had none to put the pieces together */
    else
        err = copy(a, data, ACT_BROKER_PADDING, &d.payload);
    if (!err)
        err = copy(a, act_db_column_str(st, 2), 0, &d.subject);
    if (!err)
        err = copy(a, act_db_column_str(st, 3), 0, &d.id);
    (void)sqlite3_reset(r->payload);
    if (err) {
        act_arena_restore(a, mark);
        return err;
    }
    *ret = d;
    return ACT_OK;
}

int act_reading_get(act_reading *r, uint64_t sequence, act_arena *a, act_delivery *ret)
{
    bool row;
    int err = act_db_bind_u64(r->message, 1, sequence);
    if (!err)
        err = act_db_step(r->message, &row);
    if (err || !row)
        return err ? err : ACT_ENOTFOUND;
    err = build(r, r->message, a, ret);
    (void)sqlite3_reset(r->message);
    return err;
}

int act_reading_scan(act_reading *r, act_str filter, uint64_t *next, uint64_t last,
                     act_arena *a, act_delivery *out, size_t max, size_t *n)
{
    bool row = true;
    int err = act_db_bind_u64(r->scan, 1, *next);
    if (!err)
        err = act_db_bind_u64(r->scan, 2, last);
    for (unsigned looked = 0; !err && *n < max && looked < SCAN_ROWS; looked++) {
        err = act_db_step(r->scan, &row);
        if (err || !row)
            break;
        if (act_subject_matches(filter, act_db_column_str(r->scan, 2))) {
            err = build(r, r->scan, a, &out[*n]);
            *n += err == ACT_OK;
            if (err == ACT_ENOTFOUND) /* removed before this snapshot began */
                err = ACT_OK;
        }
        if (!err)
            *next = act_db_column_u64(r->scan, 0) + 1;
    }
    (void)sqlite3_reset(r->scan);
    if (!err && !row)
        *next = last + 1;
    return err;
}
