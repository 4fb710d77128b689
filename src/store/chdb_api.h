/** @file
 *  The C functions of libchdb that we call, found in the library at run time. */
#ifndef ACT_CHDB_API_H
#define ACT_CHDB_API_H

#include "base/base.h"

/* Handles of the library; their content is its own. A connection is a pointer to a pointer
 * because chdb_close_conn() clears what it is given. */
typedef struct chdb_conn_body *chdb_conn;
typedef struct chdb_result_body chdb_result;
typedef struct chdb_insert_body chdb_insert;

/** Every function of chdb.h 26.7 that we use, with its name without `chdb_`. Lengths are
 *  explicit everywhere, so text and data may hold any byte. */
#define ACT_CHDB_FUNCTIONS(X)                                                              \
    X(const char *, version, (void))                                                       \
    X(void, set_signal_handlers_enabled, (int enabled))                                    \
    X(chdb_conn *, connect, (int argc, char **argv))                                       \
    X(void, close_conn, (chdb_conn * conn))                                                \
    X(chdb_result *, query_with_params_n,                                                  \
      (chdb_conn conn, const char *sql, size_t sql_len, const char *format,                \
       size_t format_len, const char *const *names, const size_t *name_lens,               \
       const char *const *values, const size_t *value_lens, size_t count))                 \
    X(chdb_result *, stream_query_with_params_n,                                           \
      (chdb_conn conn, const char *sql, size_t sql_len, const char *format,                \
       size_t format_len, const char *const *names, const size_t *name_lens,               \
       const char *const *values, const size_t *value_lens, size_t count))                 \
    X(chdb_result *, stream_fetch_result, (chdb_conn conn, chdb_result * stream))          \
    X(void, stream_cancel_query, (chdb_conn conn, chdb_result * stream))                   \
    X(void, destroy_query_result, (chdb_result * result))                                  \
    X(char *, result_buffer, (chdb_result * result))                                       \
    X(size_t, result_length, (chdb_result * result))                                       \
    X(const char *, result_error, (chdb_result * result))                                  \
    X(uint64_t, result_storage_rows_read, (chdb_result * result))                          \
    X(uint64_t, result_storage_bytes_read, (chdb_result * result))                         \
    X(chdb_insert *, stream_insert_n,                                                      \
      (chdb_conn conn, const char *sql, size_t sql_len, const char *format,                \
       size_t format_len))                                                                 \
    X(int, stream_append, (chdb_insert * stream, const void *data, size_t len))            \
    X(chdb_result *, stream_done, (chdb_insert * stream))                                  \
    X(const char *, stream_insert_error, (chdb_insert * stream))                           \
    X(void, destroy_insert_stream, (chdb_insert * stream))

/** The library's functions. Plain data. */
typedef struct {
#define ACT_CHDB_MEMBER(type, name, args) type(*name) args;
    ACT_CHDB_FUNCTIONS(ACT_CHDB_MEMBER)
#undef ACT_CHDB_MEMBER
} act_chdb_api;

/** Load the library and fill @ret. @path empty: `<directory of the program>/libchdb.so`,
 *  `<...>/../lib/activity/libchdb.so`, then the system's search path. It stays loaded until
 *  the process ends: the engine's threads run its code. ACT_ENOTFOUND: no library.
 *  ACT_EUNSUPPORTED: it lacks one of the functions. */
int act_chdb_load(act_str path, act_chdb_api *ret, act_err *reterr)
    ACT_NONNULL(2) ACT_MUST_CHECK;

#endif
