/** @file
 *  What a backend of the store implements; store.c does the rest once for all of them. */
#ifndef ACT_STORE_BACKEND_H
#define ACT_STORE_BACKEND_H

#include "store/block.h"

/** The bytes of one running result, in RowBinaryWithNamesAndTypes. One thread. */
typedef struct act_row_source act_row_source;
typedef struct {
    /** Next piece: 1 with bytes that stay valid until the next call, 0 at the end, negative
     *  an error. */
    int (*next)(act_row_source *src, act_str *ret, act_err *reterr);
    /** End the query, also midway, and free the source. @ret_cost may be NULL. */
    void (*close)(act_row_source *src, act_store_cost *ret_cost);
    /** Every piece repeats the names and types (and holds whole rows). */
    bool repeats_header;
} act_row_source_ops;

/** First member of a backend's own source. */
struct act_row_source {
    const act_row_source_ops *ops;
};

/** Backend calls; contracts and errors as the functions of store.h. */
typedef struct {
    int (*insert)(act_store *s, const act_store_block *block, act_str token,
                  act_err *reterr);
    int (*query)(act_store *s, act_str sql, const act_store_param *params, size_t n,
                 const act_store_limits *limits, act_row_source **ret, act_err *reterr);
    int (*exec)(act_store *s, act_str sql, const act_store_param *params, size_t n,
                act_err *reterr);
    void (*free)(act_store *s);
} act_store_ops;

typedef struct act_store_stats act_store_stats; /**< metric series, kept by store.c */

/** First member of a backend's own store. */
struct act_store {
    const act_store_ops *ops;
    act_clock clock; /**< for durations */
    act_store_stats *stats;
};

/** Set up the common part; the backend then fills the rest. @m may be NULL. ACT_ENOMEM. */
int act_store_init(act_store *s, const act_store_ops *ops, act_metrics *m)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Counterpart, called by the backend's free. */
void act_store_done(act_store *s) ACT_NONNULL(1);

/** Append to @out the text by which ClickHouse takes the value of @p for a `{name:Type}`:
 *  the escaped text form, in which backslash, tab and line feed are escaped. */
void act_store_param_text(const act_store_param *p, act_buf *out) ACT_NONNULL(1, 2);

enum {
    ACT_STORE_TOKEN_MAX = 256, /**< bytes of a deduplication token */
    ACT_STORE_PARAMS_MAX = 512 /**< parameters of one query */
};

/** Our error number for an exception text of ClickHouse ("Code: 62. DB::Exception: ..."):
 *  ACT_ELIMIT for limits of time, rows and memory, ACT_EIO for what the engine or its disk
 *  did wrong, ACT_ENOTFOUND for a table or column that is not there, ACT_EDENIED for what
 *  this user may not do, ACT_EINVAL for what was asked wrong. */
int act_store_error_of(act_str exception);

#endif
