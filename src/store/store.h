/** @file
 *  The analytics store: ClickHouse, in whatever way it is reached. Inserts of blocks with a
 *  deduplication token, queries with bound parameters, rows in a binary format both ways.
 */
#ifndef ACT_STORE_H
#define ACT_STORE_H

#include "base/base.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "base/metrics.h"

/** Internally locked: several threads may query while one inserts. */
typedef struct act_store act_store;

/** The column types that our tables and queries use. */
enum act_store_type {
    ACT_STORE_STRING, /**< String and LowCardinality(String) */
    ACT_STORE_U8,     /**< UInt8, Bool */
    ACT_STORE_U16,
    ACT_STORE_U32,
    ACT_STORE_U64,
    ACT_STORE_I32,
    ACT_STORE_I64,
    ACT_STORE_F64,
    ACT_STORE_TIME_MS, /**< DateTime64(3, 'UTC'): milliseconds since the epoch */
    ACT_STORE_TIME_US, /**< DateTime64(6, 'UTC'): microseconds since the epoch */
    ACT_STORE_STRINGS, /**< Array(String), LowCardinality inside or not */
    ACT_STORE_MAP,     /**< Map(String, String): of columns that are inserted only */
};

/* ---- insert ---------------------------------------------------------------------- */

typedef struct {
    const char *name;
    enum act_store_type type;
} act_store_column;

/** Rows being built for one insert, as RowBinary. Values are added column by column in the
 *  declared order, row after row; a wrong type or an incomplete last row is an assertion.
 *  Failures stick (act_store_insert reports them). One thread; reusable after clear. */
typedef struct act_store_block act_store_block;
int act_store_block_new(const char *table, const act_store_column *columns, size_t n,
                        act_store_block **ret) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;
void act_store_block_free(act_store_block *b);
ACT_DEFINE_AUTO(act_store_block)
void act_store_block_clear(act_store_block *b) ACT_NONNULL(1);
void act_store_add_str(act_store_block *b, act_str v) ACT_NONNULL(1);
void act_store_add_u64(act_store_block *b, uint64_t v) ACT_NONNULL(1); /**< U8 to U64 */
void act_store_add_i64(act_store_block *b, int64_t v)
    ACT_NONNULL(1); /**< I32, I64, TIME_* */
void act_store_add_f64(act_store_block *b, double v) ACT_NONNULL(1);
void act_store_add_strs(act_store_block *b, const act_str *v, size_t n) ACT_NONNULL(1);
/** The members of @object that are strings; none when it is NULL or no object. */
void act_store_add_map(act_store_block *b, const act_json *object) ACT_NONNULL(1);
size_t act_store_block_rows(const act_store_block *b) ACT_NONNULL(1);
size_t act_store_block_bytes(const act_store_block *b) ACT_NONNULL(1);

/** Insert the block; on return the rows are there for every later query and survive the end
 *  of the process. The same @token within the table's deduplication window makes a second
 *  insert a no-op. ACT_EINVAL: the store refuses these rows, @reterr says why. ACT_EIO,
 *  ACT_ENOTFOUND (no such table or column), ACT_EDENIED, ACT_ENOMEM: not a matter of the
 *  rows; trying again may succeed, also when the outcome of this call is not known. */
int act_store_insert(act_store *s, const act_store_block *block, act_str token,
                     act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/* ---- query ----------------------------------------------------------------------- */

/** A value for `{name:Type}` in the SQL. Always bound, never pasted. */
typedef struct {
    const char *name;
    enum act_store_type type;
    union {
        act_str str;
        uint64_t u64;
        int64_t i64; /**< also TIME_MS, TIME_US */
        double f64;
        struct {
            const act_str *ptr;
            size_t n;
        } strs;
    } as;
} act_store_param;

/** Limits of one query; 0: the backend's default. Past one: ACT_ELIMIT. */
typedef struct {
    int64_t max_time_ns;
    uint64_t max_rows_read;
    uint64_t max_memory_bytes;
} act_store_limits;

/** A running result, read row by row. One thread. */
typedef struct act_rows act_rows;

/** What a finished query cost. */
typedef struct {
    uint64_t rows_read;
    uint64_t bytes_read;
    int64_t elapsed_ns;
} act_store_cost;

/** Start @sql. The result's columns must be of types in act_store_type. ACT_EINVAL (the SQL
 *  or a parameter is refused), ACT_ENOTFOUND (no such table), ACT_EDENIED, ACT_ELIMIT,
 *  ACT_EIO; @reterr has the store's own words. */
int act_store_query(act_store *s, act_str sql, const act_store_param *params, size_t n,
                    const act_store_limits *limits, act_rows **ret, act_err *reterr)
    ACT_NONNULL(1, 6) ACT_MUST_CHECK;
/** What ended a statement with ACT_ELIMIT, by the words in @e. */
enum act_store_limit {
    ACT_STORE_LIMIT_TIME,
    ACT_STORE_LIMIT_ROWS,
    ACT_STORE_LIMIT_MEMORY,
    ACT_STORE_LIMIT_BUSY, /**< none of the statement's own: the store has too much to do */
};
enum act_store_limit act_store_limit_of(const act_err *e) ACT_NONNULL(1);
/** Next row: 1 there is one, 0 the end, negative an error (the query may fail midway). */
int act_rows_next(act_rows *r, act_err *reterr) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Values of the current row by column position, valid until the next act_rows_next(). A
 *  wrong type is an assertion; text may be used for any String column. */
act_str act_rows_str(act_rows *r, size_t column) ACT_NONNULL(1);
uint64_t act_rows_u64(act_rows *r, size_t column) ACT_NONNULL(1);
int64_t act_rows_i64(act_rows *r, size_t column) ACT_NONNULL(1);
double act_rows_f64(act_rows *r, size_t column) ACT_NONNULL(1);
/** Array column: number of elements, then each. */
size_t act_rows_count(act_rows *r, size_t column) ACT_NONNULL(1);
act_str act_rows_item(act_rows *r, size_t column, size_t i) ACT_NONNULL(1);
size_t act_rows_columns(const act_rows *r) ACT_NONNULL(1);
/** Ends the query, also midway. @ret (may be NULL) is filled with what is known. */
void act_rows_close(act_rows *r, act_store_cost *ret);

/** A statement without rows (DDL, settings). */
int act_store_exec(act_store *s, act_str sql, const act_store_param *params, size_t n,
                   act_err *reterr) ACT_NONNULL(1) ACT_MUST_CHECK;

int act_store_ping(act_store *s) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_store_free(act_store *s);
ACT_DEFINE_AUTO(act_store)

/** Bring the schema up to this program's version: each migration once, in order, recorded
 *  with its checksum. ACT_ECONFLICT when the store is newer or a checksum differs. */
int act_store_migrate(act_store *s, act_log *log, act_err *reterr)
    ACT_NONNULL(1) ACT_MUST_CHECK;

#endif
