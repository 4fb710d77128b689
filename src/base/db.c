#include "base/db.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

enum {
    BUSY_WAIT_MS = 10000, /* connections of this process wait for each other's locks */
    PRAGMA_MAX = 128,
};

int act_db_error(int rc)
{
    switch (rc & 0xff) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
        return ACT_OK;
    case SQLITE_NOMEM:
        return ACT_ENOMEM;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
        return ACT_ECORRUPT;
    case SQLITE_TOOBIG:
        return ACT_ELIMIT;
    default:
        return ACT_EIO;
    }
}

int act_db_fail(sqlite3 *db, act_err *e, const char *what)
{
    int err = act_db_error(sqlite3_errcode(db));
    return act_fail(e, err ? err : ACT_EIO, "%s: %s", what, sqlite3_errmsg(db));
}

int act_db_exec(sqlite3 *db, const char *sql)
{
    return act_db_error(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

int act_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret)
{
    return act_db_error(
        sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, ret, NULL));
}

int act_db_bind_str(sqlite3_stmt *st, int index, act_str s)
{
    /* A NULL pointer would bind NULL; an empty string is not that. */
    return act_db_error(
        sqlite3_bind_blob64(st, index, s.ptr ? s.ptr : "", s.len, SQLITE_STATIC));
}

int act_db_bind_u64(sqlite3_stmt *st, int index, uint64_t v)
{
    assert(v <= INT64_MAX);
    return act_db_error(sqlite3_bind_int64(st, index, (int64_t)v));
}

int act_db_bind_i64(sqlite3_stmt *st, int index, int64_t v)
{
    return act_db_error(sqlite3_bind_int64(st, index, v));
}

int act_db_step(sqlite3_stmt *st, bool *ret_row)
{
    int rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        *ret_row = true;
        return ACT_OK;
    }
    (void)sqlite3_reset(st); /* repeats the failure that rc tells already */
    *ret_row = false;
    return act_db_error(rc);
}

int act_db_run(sqlite3_stmt *st)
{
    bool row;
    int err;
    do
        err = act_db_step(st, &row);
    while (!err && row);
    return err;
}

act_str act_db_column_str(sqlite3_stmt *st, int column)
{
    const void *p = sqlite3_column_blob(st, column);
    return act_str_from(p, p ? (size_t)sqlite3_column_bytes(st, column) : 0);
}

static int pragma_i64(sqlite3 *db, const char *sql, int64_t *ret)
{
    sqlite3_stmt *st;
    int rc = sqlite3_prepare_v2(db, sql, -1, &st, NULL);
    if (rc)
        return act_db_error(rc);
    rc = sqlite3_step(st);
    int64_t value = rc == SQLITE_ROW ? sqlite3_column_int64(st, 0) : 0;
    int final = sqlite3_finalize(st);
    if (rc != SQLITE_ROW)
        return final ? act_db_error(final) : ACT_EIO;
    *ret = value;
    return ACT_OK;
}

static int set_pragmas(sqlite3 *db, const act_db_options *o)
{
    char sql[PRAGMA_MAX];
    snprintf(sql, sizeof sql, "PRAGMA cache_size=-%d;PRAGMA page_size=%d",
             o->cache_bytes / 1024, o->page_bytes);
    int err = act_db_exec(db, sql);
    if (!err && !o->second)
        err = act_db_exec(db, "PRAGMA journal_mode=WAL");
    if (!err)
        err = act_db_exec(db, "PRAGMA synchronous=FULL;PRAGMA trusted_schema=OFF");
    if (!err && o->second)
        err = act_db_exec(db, "PRAGMA query_only=ON;PRAGMA wal_autocheckpoint=0");
    return err;
}

/* One transaction, so that a kill in between leaves an empty file, which is started anew.
 */
static int make_schema(sqlite3 *db, const act_db_options *o)
{
    char sql[PRAGMA_MAX];
    snprintf(sql, sizeof sql, "PRAGMA application_id=%u;PRAGMA user_version=%d;COMMIT",
             o->application_id, o->schema_version);
    int err = act_db_exec(db, "BEGIN IMMEDIATE");
    if (!err)
        err = act_db_exec(db, o->schema);
    return err ? err : act_db_exec(db, sql);
}

/* Whose file is it? An empty one (no objects, no application id) becomes ours. */
static int claim(sqlite3 *db, const act_db_options *o, act_err *reterr)
{
    int64_t app = 0, version = 0, objects = 0;
    int err = pragma_i64(db, "PRAGMA application_id", &app);
    if (!err)
        err = pragma_i64(db, "PRAGMA user_version", &version);
    if (!err)
        err = pragma_i64(db, "SELECT count(*) FROM sqlite_schema", &objects);
    if (err)
        return act_db_fail(db, reterr, o->path);
    if ((uint32_t)app == o->application_id && version == o->schema_version)
        return ACT_OK;
    if ((uint32_t)app == o->application_id && version > o->schema_version)
        return act_fail(reterr, ACT_EUNSUPPORTED,
                        "%s: schema %lld of a newer program (this one knows %d)", o->path,
                        (long long)version, o->schema_version);
    if (app != 0 || version != 0 || objects != 0 || o->second)
        return act_fail(reterr, ACT_ECORRUPT, "%s: not a file of this program", o->path);
    err = set_pragmas(db, o);
    if (!err)
        err = make_schema(db, o);
    return err ? act_db_fail(db, reterr, o->path) : ACT_OK;
}

/* SQLite would make it readable to all that the umask lets; its other files copy the mode.
 */
static int make_file(const char *path, act_err *reterr)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return act_fail(reterr, ACT_EIO, "%s: %s", path, strerror(errno));
    close(fd);
    return ACT_OK;
}

int act_db_open(const act_db_options *o, sqlite3 **ret, act_err *reterr)
{
    assert(o->application_id && o->schema_version > 0);
    sqlite3 *db = NULL;
    int err = o->second ? ACT_OK : make_file(o->path, reterr);
    if (err)
        return err;
    err = act_db_error(
        sqlite3_open_v2(o->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
    if (err) {
        act_fail(reterr, err, "%s: %s", o->path,
                 db ? sqlite3_errmsg(db) : act_strerror(err));
        goto fail;
    }
    sqlite3_extended_result_codes(db, 1);
    sqlite3_busy_timeout(db, BUSY_WAIT_MS);
    err = claim(db, o, reterr); /* before the pragmas: they would change a foreign file */
    if (err)
        goto fail;
    err = set_pragmas(db, o);
    if (err) {
        err = act_db_fail(db, reterr, o->path);
        goto fail;
    }
    *ret = db;
    return ACT_OK;
fail:
    act_db_close(db);
    return err;
}

void act_db_close(sqlite3 *db)
{
    sqlite3_stmt *st;
    while (db && (st = sqlite3_next_stmt(db, NULL)))
        (void)sqlite3_finalize(st); /* repeats an old failure of the statement */
    int rc = sqlite3_close(db);
    assert(rc == SQLITE_OK); /* busy only with statements open */
    (void)rc;
}

int act_db_lock(const char *path, int *ret_fd, act_err *reterr)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return act_fail(reterr, ACT_EIO, "%s: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        int err = errno == EWOULDBLOCK ? ACT_ECONFLICT : ACT_EIO;
        const char *why =
            err == ACT_ECONFLICT ? "in use by another process" : strerror(errno);
        close(fd);
        return act_fail(reterr, err, "%s: %s", path, why);
    }
    *ret_fd = fd;
    return ACT_OK;
}
