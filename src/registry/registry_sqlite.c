#include "registry/registry_sqlite.h"

#include "base/alloc.h"
#include "base/db.h"
#include "base/thread.h"
#include "registry/registry_backend.h"

#include <unistd.h>

enum {
    APPLICATION_ID = 0x41637452, /* "ActR" */
    SCHEMA_VERSION = 1,
    PAGE_BYTES = 4096,
    CACHE_BYTES = 4 << 20,
    HISTORY_DEFAULT_S = 300,
    LIST_FIRST = 64,   /* room for entries; doubles */
    WATCH_MAX = 1000,  /* events of one call, whatever the caller asks for */
    FIRST_REVISION = 1 /* of an empty registry, as in etcd */
};

/* Every change is a row; the newest row of a key is its state. Nothing below `compacted`
 * can be asked for, and of what lies at or below it only the newest state of each key is
 * kept. The current revision is kept apart: compaction may remove the row that has it. */
static const char schema[] =
    "CREATE TABLE meta (one INTEGER PRIMARY KEY CHECK (one = 1), revision INTEGER NOT NULL,"
    " compacted INTEGER NOT NULL);"
    "INSERT INTO meta VALUES (1, 1, 0);"
    "CREATE TABLE history (revision INTEGER PRIMARY KEY, key BLOB NOT NULL,"
    " create_revision INTEGER NOT NULL, changed_ns INTEGER NOT NULL,"
    " tombstone INTEGER NOT NULL, value BLOB NOT NULL);"
    "CREATE UNIQUE INDEX history_key ON history (key, revision);";

/* The state of @key as of a revision, and all states of a range of keys (?1 to below ?2,
 * after ?3) as of revision ?4. A NULL upper end means none. */
#define SQL_RANGE                                                                          \
    " FROM history AS h WHERE key >= ?1 AND (?2 IS NULL OR key < ?2) AND key > ?3"         \
    " AND revision = (SELECT max(revision) FROM history WHERE key = h.key"                 \
    " AND revision <= ?4) AND NOT tombstone"

typedef struct {
    act_registry base;
    act_clock clock;
    act_log *log;
    int64_t history_ns;
    int lock_fd;

    pthread_mutex_t lock; /* guards all below; a read or write happens under it */
    pthread_cond_t changed;
    bool stopping;
    int64_t revision;
    int64_t compacted;
    sqlite3 *db;
    sqlite3_stmt *begin, *commit, *rollback;
    sqlite3_stmt *newest, *add, *set_revision, *list, *count, *changes, *before;
    sqlite3_stmt *old_revision, *compact_rows, *set_compacted;
} sqlite_registry;

typedef struct {
    act_registry_watch base;
    sqlite_registry *registry;
    act_str prefix;
    int64_t after; /* everything up to here was looked at */
} watch;

static int prepare(sqlite_registry *r)
{
    const struct {
        const char *sql;
        sqlite3_stmt **st;
    } statements[] = {
        { "BEGIN IMMEDIATE", &r->begin },
        { "COMMIT", &r->commit },
        { "ROLLBACK", &r->rollback },
        { "SELECT key, value, create_revision, revision, tombstone FROM history"
          " WHERE key = ? ORDER BY revision DESC LIMIT 1",
          &r->newest },
        { "INSERT INTO history (revision, key, create_revision, changed_ns, tombstone,"
          " value) VALUES (?, ?, ?, ?, ?, ?)",
          &r->add },
        { "UPDATE meta SET revision = ?", &r->set_revision },
        { "SELECT key, value, create_revision, revision" SQL_RANGE " ORDER BY key LIMIT ?5",
          &r->list },
        { "SELECT count(*)" SQL_RANGE, &r->count },
        { "SELECT key, value, create_revision, revision, tombstone FROM history"
          " WHERE revision > ? AND revision <= ? ORDER BY revision",
          &r->changes },
        { "SELECT value, tombstone FROM history WHERE key = ? AND revision < ?"
          " ORDER BY revision DESC LIMIT 1",
          &r->before },
        { "SELECT coalesce(max(revision), 0) FROM history WHERE revision > ?1"
          " AND changed_ns <= ?2",
          &r->old_revision },
        /* Only keys that changed between the last compaction and this one (?1 to ?2) can
         * have rows to lose. */
        { "DELETE FROM history AS h WHERE key IN (SELECT key FROM history"
          " WHERE revision > ?1 AND revision <= ?2) AND revision <= ?2"
          " AND (tombstone OR EXISTS (SELECT 1 FROM history WHERE key = h.key"
          " AND revision > h.revision AND revision <= ?2))",
          &r->compact_rows },
        { "UPDATE meta SET compacted = ?", &r->set_compacted },
    };
    int err = ACT_OK;
    for (size_t i = 0; !err && i < ACT_COUNT(statements); i++)
        err = act_db_prepare(r->db, statements[i].sql, statements[i].st);
    return err;
}

static int load(sqlite_registry *r)
{
    sqlite3_stmt *st;
    bool row = false;
    int err = act_db_prepare(r->db,
                             "SELECT revision, compacted, (SELECT coalesce(max(revision),"
                             " 0) FROM history) FROM meta",
                             &st);
    if (!err)
        err = act_db_step(st, &row);
    if (err || !row)
        return err ? err : ACT_ECORRUPT;
    r->revision = act_db_column_i64(st, 0);
    r->compacted = act_db_column_i64(st, 1);
    bool sound = r->revision >= FIRST_REVISION && r->compacted <= r->revision &&
                 act_db_column_i64(st, 2) <= r->revision;
    sqlite3_finalize(st);
    return sound ? ACT_OK : ACT_ECORRUPT;
}

static int copy(act_arena *a, act_str s, act_str *ret)
{
    char *p = act_arena_bytes(a, s.len + ACT_REGISTRY_PADDING);
    if (!p)
        return ACT_ENOMEM;
    if (s.len)
        memcpy(p, s.ptr, s.len);
    memset(p + s.len, 0, ACT_REGISTRY_PADDING);
    *ret = act_str_from(p, s.len);
    return ACT_OK;
}

/* The current row: key, value, create_revision, revision. */
static int copy_entry(act_arena *a, sqlite3_stmt *st, act_entry *ret)
{
    act_entry e = {
        .create_revision = act_db_column_i64(st, 2),
        .mod_revision = act_db_column_i64(st, 3),
    };
    int err = copy(a, act_db_column_str(st, 0), &e.key);
    if (!err)
        err = copy(a, act_db_column_str(st, 1), &e.value);
    if (!err)
        *ret = e;
    return err;
}

/* The smallest key greater than all that start with @prefix, in @room; false: none. */
static bool prefix_end(act_str prefix, char room[ACT_REGISTRY_KEY_MAX], act_str *ret)
{
    size_t n = prefix.len;
    while (n && (unsigned char)prefix.ptr[n - 1] == 0xff)
        n--;
    if (n == 0)
        return false;
    memcpy(room, prefix.ptr, n);
    room[n - 1] = (char)((unsigned char)room[n - 1] + 1);
    *ret = act_str_from(room, n);
    return true;
}

static int get_revision(act_registry *base, int64_t *ret)
{
    sqlite_registry *r = (sqlite_registry *)base;
    pthread_mutex_lock(&r->lock);
    int err = r->stopping ? ACT_ECLOSED : ACT_OK;
    if (!err)
        *ret = r->revision;
    pthread_mutex_unlock(&r->lock);
    return err;
}

/* Leave r->newest on the newest row of @key. ACT_ENOTFOUND: none, or deleted. */
static int find_locked(sqlite_registry *r, act_str key)
{
    bool row = false;
    int err = r->stopping ? ACT_ECLOSED : act_db_bind_str(r->newest, 1, key);
    if (!err)
        err = act_db_step(r->newest, &row);
    if (err)
        return err;
    if (row && act_db_column_i64(r->newest, 4) == 0)
        return ACT_OK;
    (void)sqlite3_reset(r->newest);
    return ACT_ENOTFOUND;
}

static int get(act_registry *base, act_str key, act_arena *a, act_entry *ret)
{
    sqlite_registry *r = (sqlite_registry *)base;
    pthread_mutex_lock(&r->lock);
    int err = find_locked(r, key);
    if (!err) {
        err = copy_entry(a, r->newest, ret);
        (void)sqlite3_reset(r->newest);
    }
    pthread_mutex_unlock(&r->lock);
    return err;
}

/* Bind the range of SQL_RANGE. */
static int bind_range(sqlite3_stmt *st, const act_list_options *o, act_str after,
                      int64_t revision, char room[ACT_REGISTRY_KEY_MAX])
{
    act_str end;
    int err = act_db_bind_str(st, 1, o->prefix);
    if (!err)
        err = prefix_end(o->prefix, room, &end) ? act_db_bind_str(st, 2, end)
                                                : act_db_error(sqlite3_bind_null(st, 2));
    if (!err)
        err = act_db_bind_str(st, 3, after);
    return err ? err : act_db_bind_i64(st, 4, revision);
}

/* One entry more than the limit would show whether there is more; counting is only done
 * then. */
static int list_rows(sqlite_registry *r, const act_list_options *o, int64_t revision,
                     act_arena *a, act_entry **ret, size_t *ret_n)
{
    char room[ACT_REGISTRY_KEY_MAX];
    bool limited = o->limit && o->limit < INT32_MAX;
    int err = bind_range(r->list, o, o->after, revision, room);
    if (!err)
        err = act_db_bind_i64(r->list, 5, limited ? (int64_t)o->limit : -1);
    act_entry *entries = NULL;
    size_t n = 0, size = 0;
    bool row;
    while (!err && !(err = act_db_step(r->list, &row)) && row) {
        if (n == size) {
            size_t grown = size ? size * 2 : LIST_FIRST;
            act_entry *more = act_arena_make_n(a, act_entry, grown);
            if (!more) {
                err = ACT_ENOMEM;
                break;
            }
            if (n)
                memcpy(more, entries, n * sizeof *more);
            entries = more;
            size = grown;
        }
        err = copy_entry(a, r->list, &entries[n]);
        n += err == ACT_OK;
    }
    (void)sqlite3_reset(r->list);
    *ret = entries;
    *ret_n = n;
    return err;
}

static int count_rows(sqlite_registry *r, const act_list_options *o, act_str after,
                      int64_t revision, uint64_t *ret)
{
    char room[ACT_REGISTRY_KEY_MAX];
    bool row = false;
    int err = bind_range(r->count, o, after, revision, room);
    if (!err)
        err = act_db_step(r->count, &row);
    if (err || !row)
        return err ? err : ACT_EIO;
    *ret = act_db_column_u64(r->count, 0);
    (void)sqlite3_reset(r->count);
    return ACT_OK;
}

static int list_locked(sqlite_registry *r, const act_list_options *o, act_arena *a,
                       act_list_result *ret)
{
    int64_t revision = o->at_revision ? o->at_revision : r->revision;
    if (r->stopping)
        return ACT_ECLOSED;
    if (revision > r->revision)
        return ACT_EINVAL;
    if (revision < r->compacted)
        return ACT_EGONE;
    act_entry *entries;
    size_t n;
    uint64_t remaining = 0;
    int err = list_rows(r, o, revision, a, &entries, &n);
    if (!err && o->limit && n == o->limit)
        err = count_rows(r, o, entries[n - 1].key, revision, &remaining);
    if (err)
        return err;
    *ret = (act_list_result){
        .entries = entries,
        .n = n,
        .revision = revision,
        .more = remaining > 0,
        .remaining = remaining,
    };
    return ACT_OK;
}

static int list(act_registry *base, const act_list_options *options, act_arena *a,
                act_list_result *ret)
{
    sqlite_registry *r = (sqlite_registry *)base;
    pthread_mutex_lock(&r->lock);
    int err = list_locked(r, options, a, ret);
    pthread_mutex_unlock(&r->lock);
    return err;
}

/* Inside a transaction. */
static int compact_rows(sqlite_registry *r, int64_t revision)
{
    int err = act_db_bind_i64(r->compact_rows, 1, r->compacted);
    if (!err)
        err = act_db_bind_i64(r->compact_rows, 2, revision);
    if (!err)
        err = act_db_run(r->compact_rows);
    if (!err)
        err = act_db_bind_i64(r->set_compacted, 1, revision);
    return err ? err : act_db_run(r->set_compacted);
}

/* The newest revision that is older than the history to keep, if it is worth a compaction;
 * else r->compacted. */
static int find_old(sqlite_registry *r, int64_t now_ns, int64_t *ret)
{
    bool row = false;
    int err = act_db_bind_i64(r->old_revision, 1, r->compacted);
    if (!err)
        err = act_db_bind_i64(r->old_revision, 2, now_ns - r->history_ns);
    if (!err)
        err = act_db_step(r->old_revision, &row);
    if (err || !row)
        return err ? err : ACT_EIO;
    int64_t old = act_db_column_i64(r->old_revision, 0);
    (void)sqlite3_reset(r->old_revision);
    *ret = old > r->compacted ? old : r->compacted;
    return ACT_OK;
}

static int begin(sqlite_registry *r)
{
    return act_db_run(r->begin);
}

static int end(sqlite_registry *r, int err)
{
    if (!err)
        err = act_db_run(r->commit);
    if (err) /* now: undoing it makes SQLite forget its words */
        act_error(r->log, "registry: a change failed", ACT_F_ERR(err),
                  ACT_F_CSTR("detail", sqlite3_errmsg(r->db)));
    if (!err || sqlite3_get_autocommit(r->db))
        return err;
    (void)sqlite3_step(r->rollback); /* what failed is told already */
    (void)sqlite3_reset(r->rollback);
    return err;
}

static int add_row(sqlite_registry *r, int64_t revision, act_str key, act_str value,
                   int64_t create_revision, bool tombstone, int64_t now_ns)
{
    sqlite3_stmt *st = r->add;
    int err = act_db_bind_i64(st, 1, revision);
    if (!err)
        err = act_db_bind_str(st, 2, key);
    if (!err)
        err = act_db_bind_i64(st, 3, create_revision);
    if (!err)
        err = act_db_bind_i64(st, 4, now_ns);
    if (!err)
        err = act_db_bind_i64(st, 5, tombstone);
    if (!err)
        err = act_db_bind_str(st, 6, value);
    if (!err)
        err = act_db_run(st);
    if (!err)
        err = act_db_bind_i64(r->set_revision, 1, revision);
    return err ? err : act_db_run(r->set_revision);
}

/* One change as one transaction, with the compaction that is due. */
static int change_locked(sqlite_registry *r, act_str key, act_str value,
                         int64_t create_revision, bool tombstone, int64_t *ret_revision)
{
    int64_t revision = r->revision + 1, now_ns = act_wall_ns(r->clock);
    int64_t compacted = r->compacted;
    int err = begin(r);
    if (err)
        return err;
    err = find_old(r, now_ns, &compacted); /* before the row that is being added */
    if (!err)
        err = add_row(r, revision, key, value, create_revision ? create_revision : revision,
                      tombstone, now_ns);
    if (!err && compacted > r->compacted)
        err = compact_rows(r, compacted);
    err = end(r, err);
    if (err)
        return err;
    r->revision = revision;
    r->compacted = compacted;
    *ret_revision = revision;
    pthread_cond_broadcast(&r->changed);
    return ACT_OK;
}

static int create(act_registry *base, act_str key, act_str value, int64_t *ret_revision)
{
    sqlite_registry *r = (sqlite_registry *)base;
    pthread_mutex_lock(&r->lock);
    int err = find_locked(r, key);
    if (!err) {
        (void)sqlite3_reset(r->newest);
        err = ACT_EEXISTS;
    } else if (err == ACT_ENOTFOUND) {
        err = change_locked(r, key, value, 0, false, ret_revision);
    }
    pthread_mutex_unlock(&r->lock);
    return err;
}

static int update(act_registry *base, act_str key, act_str value, int64_t expected,
                  int64_t *ret_revision)
{
    sqlite_registry *r = (sqlite_registry *)base;
    pthread_mutex_lock(&r->lock);
    int err = find_locked(r, key);
    if (!err) {
        int64_t created = act_db_column_i64(r->newest, 2);
        int64_t modified = act_db_column_i64(r->newest, 3);
        (void)sqlite3_reset(r->newest);
        err = modified == expected
                  ? change_locked(r, key, value, created, false, ret_revision)
                  : ACT_ECONFLICT;
    }
    pthread_mutex_unlock(&r->lock);
    return err;
}

static int delete_locked(sqlite_registry *r, act_str key, int64_t expected,
                         int64_t *ret_revision)
{
    int err = find_locked(r, key);
    if (err)
        return err;
    int64_t created = act_db_column_i64(r->newest, 2);
    int64_t modified = act_db_column_i64(r->newest, 3);
    (void)sqlite3_reset(r->newest);
    if (expected && modified != expected)
        return ACT_ECONFLICT;
    return change_locked(r, key, (act_str){ 0 }, created, true, ret_revision);
}

static int delete_key(act_registry *base, act_str key, int64_t expected,
                      int64_t *ret_revision)
{
    sqlite_registry *r = (sqlite_registry *)base;
    pthread_mutex_lock(&r->lock);
    int err = delete_locked(r, key, expected, ret_revision);
    pthread_mutex_unlock(&r->lock);
    return err;
}

static int compact_locked(sqlite_registry *r, int64_t revision)
{
    if (r->stopping)
        return ACT_ECLOSED;
    if (revision > r->revision || revision < 0)
        return ACT_EINVAL;
    if (revision < r->compacted)
        return ACT_EGONE;
    if (revision == r->compacted)
        return ACT_OK;
    int err = begin(r);
    if (err)
        return err;
    err = end(r, compact_rows(r, revision));
    if (err)
        return err;
    r->compacted = revision;
    pthread_cond_broadcast(&r->changed); /* watches that fell behind learn it */
    return ACT_OK;
}

static int compact(act_registry *base, int64_t revision)
{
    sqlite_registry *r = (sqlite_registry *)base;
    pthread_mutex_lock(&r->lock);
    int err = compact_locked(r, revision);
    pthread_mutex_unlock(&r->lock);
    return err;
}

static int watch_open(act_registry *base, act_str prefix, int64_t after,
                      act_registry_watch **ret)
{
    sqlite_registry *r = (sqlite_registry *)base;
    pthread_mutex_lock(&r->lock);
    int err = r->stopping            ? ACT_ECLOSED
              : after > r->revision  ? ACT_EINVAL
              : after < r->compacted ? ACT_EGONE
                                     : ACT_OK;
    pthread_mutex_unlock(&r->lock);
    if (err)
        return err;
    watch *w = act_zalloc(1, sizeof *w);
    if (!w)
        return ACT_ENOMEM;
    err = act_str_dup(prefix, &w->prefix);
    if (err) {
        act_dealloc(w);
        return err;
    }
    w->base.ops = base->ops;
    w->registry = r;
    w->after = after;
    *ret = &w->base;
    return ACT_OK;
}

static void watch_close(act_registry_watch *base)
{
    watch *w = (watch *)base;
    act_str_free(w->prefix);
    act_dealloc(w);
}

/* The event of r->changes' current row, with the state of its key before. */
static int build_event(sqlite_registry *r, act_arena *a, act_registry_event *ret)
{
    act_registry_event e = { .change = act_db_column_i64(r->changes, 4) ? ACT_CHANGE_DELETE
                                                                        : ACT_CHANGE_PUT };
    int err = copy_entry(a, r->changes, &e.entry);
    bool row = false;
    if (!err)
        err = act_db_bind_str(r->before, 1, e.entry.key);
    if (!err)
        err = act_db_bind_i64(r->before, 2, e.entry.mod_revision);
    if (!err)
        err = act_db_step(r->before, &row);
    if (err)
        return err;
    e.created = e.change == ACT_CHANGE_PUT && (!row || act_db_column_i64(r->before, 1));
    if (row && !e.created)
        err = copy(a, act_db_column_str(r->before, 0), &e.previous);
    (void)sqlite3_reset(r->before);
    if (e.change == ACT_CHANGE_DELETE)
        e.entry.value = e.previous;
    if (!err)
        *ret = e;
    return err;
}

/* Events after w->after; moves it on to what was looked at. A full arena cuts short. */
static int next_locked(watch *w, size_t max, act_arena *a, act_registry_event *out,
                       size_t *n)
{
    sqlite_registry *r = w->registry;
    int64_t after = w->after;
    bool row = false;
    int err = act_db_bind_i64(r->changes, 1, after);
    if (!err)
        err = act_db_bind_i64(r->changes, 2, r->revision);
    while (!err && *n < max) {
        err = act_db_step(r->changes, &row);
        if (err || !row)
            break;
        act_arena_mark mark = act_arena_save(a);
        if (act_str_starts(act_db_column_str(r->changes, 0), w->prefix)) {
            err = build_event(r, a, &out[*n]);
            *n += err == ACT_OK;
        }
        if (err)
            act_arena_restore(a, mark);
        else
            after = act_db_column_i64(r->changes, 3);
    }
    if (!err && !row)
        after = r->revision;
    (void)sqlite3_reset(r->changes);
    if (err && !(err == ACT_ENOMEM && *n))
        return err;
    w->after = after;
    return ACT_OK;
}

static int watch_next(act_registry_watch *base, size_t max, int64_t wait_ns, act_arena *a,
                      const act_registry_event **ret, size_t *ret_n, int64_t *ret_revision)
{
    watch *w = (watch *)base;
    sqlite_registry *r = w->registry;
    act_clock steady = act_clock_system();
    int64_t deadline = act_mono_ns(steady);
    if (wait_ns < 0 || act_add_overflows(deadline, wait_ns, &deadline))
        deadline = INT64_MAX;
    max = max < WATCH_MAX ? max : WATCH_MAX;
    act_arena_mark mark = act_arena_save(a);
    act_registry_event *out = act_arena_make_n(a, act_registry_event, max);
    if (!out)
        return ACT_ENOMEM;
    size_t n = 0;
    int err = ACT_OK;
    pthread_mutex_lock(&r->lock);
    while (!err && n == 0) {
        if (r->stopping)
            err = ACT_ECLOSED;
        else if (w->after < r->compacted)
            err = ACT_EGONE;
        else if (w->after < r->revision)
            err = next_locked(w, max, a, out, &n);
        else if (deadline == INT64_MAX)
            (void)act_cond_wait(&r->changed, &r->lock, -1);
        else {
            int64_t left = deadline - act_mono_ns(steady);
            if (left <= 0)
                err = ACT_EAGAIN;
            else
                (void)act_cond_wait(&r->changed, &r->lock, left);
        }
    }
    pthread_mutex_unlock(&r->lock);
    if (ret_revision && (!err || err == ACT_EAGAIN))
        *ret_revision = w->after;
    if (err) {
        act_arena_restore(a, mark);
        return err;
    }
    *ret = out;
    *ret_n = n;
    return ACT_OK;
}

static int ping(act_registry *base)
{
    int64_t revision;
    return get_revision(base, &revision);
}

static void stop(act_registry *base)
{
    sqlite_registry *r = (sqlite_registry *)base;
    pthread_mutex_lock(&r->lock);
    r->stopping = true;
    pthread_cond_broadcast(&r->changed);
    pthread_mutex_unlock(&r->lock);
}

static void free_registry(act_registry *base)
{
    sqlite_registry *r = (sqlite_registry *)base;
    act_db_close(r->db);
    if (r->lock_fd >= 0)
        close(r->lock_fd);
    pthread_cond_destroy(&r->changed);
    pthread_mutex_destroy(&r->lock);
    act_dealloc(r);
}

static const act_registry_ops ops = {
    .revision = get_revision,
    .get = get,
    .list = list,
    .create = create,
    .update = update,
    .remove = delete_key,
    .watch_open = watch_open,
    .watch_next = watch_next,
    .watch_close = watch_close,
    .compact = compact,
    .ping = ping,
    .stop = stop,
    .free = free_registry,
};

/* The history that went out of date while nobody ran. */
static int compact_old(sqlite_registry *r)
{
    int64_t old;
    int err = find_old(r, act_wall_ns(r->clock), &old);
    return err ? err : compact_locked(r, old);
}

static int open_files(sqlite_registry *r, act_str path, act_err *reterr)
{
    act_buf name = ACT_BUF_INIT;
    act_buf_add(&name, path);
    act_buf_add(&name, ACT_STR(".lock"));
    act_buf_add_byte(&name, '\0');
    int err = act_buf_err(&name);
    if (err)
        act_fail(reterr, err, "registry: %s", act_strerror(err));
    if (!err)
        err = act_db_lock(name.ptr, &r->lock_fd, reterr);
    if (!err) {
        name.ptr[path.len] = '\0';
        const act_db_options o = {
            .path = name.ptr,
            .application_id = APPLICATION_ID,
            .schema_version = SCHEMA_VERSION,
            .schema = schema,
            .page_bytes = PAGE_BYTES,
            .cache_bytes = CACHE_BYTES,
        };
        err = act_db_open(&o, &r->db, reterr);
    }
    if (!err) {
        err = load(r);
        if (!err)
            err = prepare(r);
        if (!err)
            err = compact_old(r);
        if (err)
            act_fail(reterr, err, "%s: %s", name.ptr,
                     err == ACT_ECORRUPT ? act_strerror(err) : sqlite3_errmsg(r->db));
    }
    act_buf_done(&name);
    return err;
}

int act_registry_sqlite_open(const act_registry_sqlite_options *options, act_registry **ret,
                             act_err *reterr)
{
    sqlite_registry *r = act_zalloc(1, sizeof *r);
    if (!r)
        return act_fail(reterr, ACT_ENOMEM, "registry: %s", act_strerror(ACT_ENOMEM));
    r->base.ops = &ops;
    r->lock_fd = -1;
    r->clock = options->clock;
    r->log = options->log;
    r->history_ns =
        options->history_ns > 0 ? options->history_ns : HISTORY_DEFAULT_S * ACT_NS_PER_S;
    int err = act_cond_init(&r->changed);
    if (err) {
        act_dealloc(r);
        return act_fail(reterr, err, "registry: %s", act_strerror(err));
    }
    pthread_mutex_init(&r->lock, NULL);
    err = open_files(r, options->path, reterr);
    if (err) {
        free_registry(&r->base);
        return err;
    }
    *ret = &r->base;
    return ACT_OK;
}
