/** @file
 *  SQLite as we use it for files of our own: durable settings, one process, our errors. */
#ifndef ACT_DB_H
#define ACT_DB_H

#include "base/str.h"

#include <sqlite3.h>

/** How to open a file. Files carry an application id and a schema version in their header,
 *  so that somebody else's file, or one of a newer program, is refused and not touched. */
typedef struct {
    const char *path;
    uint32_t application_id; /**< not 0 */
    int32_t schema_version;  /**< 1 or more */
    const char *schema;      /**< statements that make an empty file ours */
    int page_bytes;          /**< of a new file */
    int cache_bytes;         /**< page cache of this connection, at most */
    bool second;             /**< a further connection, only for reading */
} act_db_options;

/** Open a connection for use by one thread at a time: WAL, synchronous=FULL (a commit that
 *  returned is on durable storage). A new file is readable by its owner alone. Errors:
 *  ACT_EIO, ACT_ECORRUPT (no SQLite file, damaged, or not ours), ACT_EUNSUPPORTED (schema
 *  of a newer program), ACT_ENOMEM. */
int act_db_open(const act_db_options *options, sqlite3 **ret, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_db_close(sqlite3 *db); /**< NULL is a no-op. All statements are finalized. */

/** Our number for SQLite's result @rc. */
int act_db_error(int rc);
/** Write "@what: <SQLite's sentence>" into @e and return our number for the last failure.
 */
int act_db_fail(sqlite3 *db, act_err *e, const char *what) ACT_NONNULL(1, 3);

/** Run statements that give no rows. */
int act_db_exec(sqlite3 *db, const char *sql) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** A statement that is kept; act_db_close() finalizes it. */
int act_db_prepare(sqlite3 *db, const char *sql, sqlite3_stmt **ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** Bind @s as a blob without copying: it must stay until the statement is reset. */
int act_db_bind_str(sqlite3_stmt *st, int index, act_str s) ACT_NONNULL(1);
int act_db_bind_u64(sqlite3_stmt *st, int index, uint64_t v) ACT_NONNULL(1);
int act_db_bind_i64(sqlite3_stmt *st, int index, int64_t v) ACT_NONNULL(1);

/** Step: *ret_row says whether there is a row. At the end and on failure the statement is
 *  reset; after a row the caller steps on or resets. */
int act_db_step(sqlite3_stmt *st, bool *ret_row) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Run a statement to its end and reset it. */
int act_db_run(sqlite3_stmt *st) ACT_NONNULL(1) ACT_MUST_CHECK;

/** A column of the current row; the view lasts until the next step or reset. */
act_str act_db_column_str(sqlite3_stmt *st, int column) ACT_NONNULL(1);
static inline int64_t act_db_column_i64(sqlite3_stmt *st, int column)
{
    return sqlite3_column_int64(st, column);
}
static inline uint64_t act_db_column_u64(sqlite3_stmt *st, int column)
{
    return (uint64_t)sqlite3_column_int64(st, column);
}

/** Take the exclusive lock on the file @path (made when missing), which goes with the
 *  process. ACT_ECONFLICT: somebody holds it. ACT_EIO. *ret_fd is closed to unlock. */
int act_db_lock(const char *path, int *ret_fd, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
