/** @file
 *  Questions about the past: what the three query kinds share, from a checked spec to SQL
 *  and from rows to pages. */
#ifndef ACT_API_QUERY_H
#define ACT_API_QUERY_H

#include "api/explain.h"
#include "base/json_write.h"
#include "core/timerange.h"

enum {
    ACT_QUERY_KEYS_MAX = 4,
    ACT_QUERY_VERSIONS = 2,
    ACT_QUERY_PARAMS_MAX = 96,
    ACT_QUERY_LIMIT_DEFAULT = 100,
    ACT_QUERY_PAGE_BYTES = 8 << 20, /**< of records in a page, which has one at least */
};

/** One key of the order, newest first: a column that is a time in µs, or text. */
typedef struct {
    const char *column;
    bool is_text;
} act_query_key;

/** The table of a query. Constant. */
typedef struct {
    const char *table;
    const char *json; /**< column of the record's own text */
    const char *time; /**< column that the range is about */
    /** Expression: the day of @time. Rows lie by day, tenant and @time, and by_time and
     *  projections of performers have their times in order. NULL: they lie by @time. */
    const char *day;
    act_query_key keys[ACT_QUERY_KEYS_MAX]; /**< the first is @time, all together unique */
    size_t n_keys;
    /* A record may have several states; the newest one counts. NULL: it has one. */
    /** Columns of UInt64, the first one decides: the newest state has the highest. */
    const char *version[ACT_QUERY_VERSIONS];
    const char *identity; /**< columns that all states of a record share */
    /** Its states differ in @time, either way; the first version is the place in the log,
     *  which is what all pages of a question agree upon. */
    bool moves;
    const char *labels; /**< column with metadata.labels; NULL: they are in the record */
    const char *gone;   /**< condition of states that say: deleted; NULL: none do */
    const char *tenant_type, *tenant_name, *performer;
    enum act_filter_resource filter;
    enum act_cursor_kind cursor;
    int64_t cap; /**< most records over all pages; 0: any */
} act_query_table;

extern const act_query_table act_query_audit, act_query_activities, act_query_activity_list,
    act_query_events;

/** A checked query. Lives in the call's arena. */
typedef struct {
    const act_query_table *table;
    act_timerange range;
    int64_t start_us, end_us; /**< as queried: those of the first page, for a later one */
    int64_t limit;
    int64_t seen;  /**< records of the pages before, with a cap */
    uint64_t upto; /**< states that came later do not count, where they move */
    bool has_position;
    act_cursor position;  /**< where the page before this one ended */
    const act_str *bound; /**< parameters that the cursor is bound to */
    size_t n_bound;
    act_buf where;    /**< further conditions, each beginning with " AND " */
    size_t scope_len; /**< of them what restricts to the caller's scope, at the front */
    bool of_tenant;   /**< the scope is one of the table's tenants */
    /** The rows of the scope lie scattered, and the newest of them are looked at first;
     *  a projection has their times in the order of this column ("": of time alone).
     *  NULL: they do not. */
    const char *newest;
    act_store_param params[ACT_QUERY_PARAMS_MAX];
    size_t n_params;
    act_explain *explain; /**< what its statements did; NULL: nobody asked */
} act_query;

/** One page. */
typedef struct {
    const act_str *json;
    size_t n;
    act_str continue_token; /**< empty: there is no more */
} act_query_page;

/** Begin a query over @table, restricted to the caller's scope. */
void act_query_begin(act_call *c, const act_query_table *table, act_query *ret)
    ACT_NONNULL(1, 2, 3);
void act_query_done(act_query *q) ACT_NONNULL(1);

/** Add a condition: @sql begins with " AND " and may name parameter @p (copied) unless it
 *  is NULL. */
void act_query_where(act_query *q, const char *sql, const act_store_param *p)
    ACT_NONNULL(1, 2);
/** A parameter with a name of its own, an arena string in *ret. */
int act_query_param(act_call *c, act_query *q, act_store_param p, const char **ret)
    ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;
/** Add the filter @text; problems to @field. */
int act_query_filter(act_call *c, act_query *q, act_str text, const char *field,
                     act_problems *problems) ACT_NONNULL(1, 2, 4, 5) ACT_MUST_CHECK;
/** Open a cursor, bound to @n @params; problems to @field. An expired one is ACT_EGONE. */
int act_query_continue(act_call *c, act_query *q, act_str token, const act_str *params,
                       size_t n, const char *field, act_problems *problems)
    ACT_NONNULL(1, 2, 6, 7) ACT_MUST_CHECK;
/** The range [{start}, {end}) as SQL conditions on @t, without a leading AND. */
void act_query_write_range(const act_query_table *t, act_buf *sql) ACT_NONNULL(1, 2);
/** Read the page. ACT_EIO, ACT_ELIMIT (the query took too much), ACT_ENOMEM. */
int act_query_run(act_call *c, act_query *q, act_query_page *ret, act_err *reterr)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** ASCII letters to lower case, as an arena string. ACT_ENOMEM. */
int act_query_lower(act_arena *a, act_str text, act_str *ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;
/** Add the condition that the summary has one of the terms of @search (docs/queries.md);
 *  problems to spec.search. */
int act_query_search(act_call *c, act_query *q, act_str search, act_problems *problems)
    ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

/** What tells one kind of query from another. Constant. */
typedef struct {
    const act_query_table *table;
    int64_t window_ns; /**< longest range; 0: that of the limits */
    /** Add what this kind's spec has beyond range, filter and page. 0 with what is wrong
     *  in @problems; ACT_ENOMEM. */
    int (*plan)(act_call *c, const act_json *spec, act_query *q, act_problems *problems);
    /** Write one result from the record's text. NULL: the text as it stands. */
    int (*write)(act_call *c, act_str record, act_json_writer *w);
} act_query_kind;
/** Answer the create of a query. */
void act_query_answer(act_call *c, const act_query_kind *kind) ACT_NONNULL(1, 2);

/** Why the store did not answer a query: by act_budget_answer() for what takes too much,
 * else by act_answer_failure(). */
void act_query_answer_failure(act_call *c, int err, const act_err *e) ACT_NONNULL(1, 3);

/** AuditLogQuery, ActivityQuery, EventQuery: whole handlers. */
void act_api_audit_queries(act_call *c) ACT_NONNULL(1);
void act_api_activity_queries(act_call *c) ACT_NONNULL(1);
void act_api_event_queries(act_call *c) ACT_NONNULL(1);

#endif
