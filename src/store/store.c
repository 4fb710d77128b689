#include "store/row_reader.h"
#include "store/store_backend.h"

#include "base/alloc.h"

struct act_store_stats {
    act_counter *rows;          /* inserted */
    act_counter *bytes;         /* inserted, as RowBinary */
    act_histogram *insert_time; /* of successful inserts */
    act_histogram *query_time;  /* start to close */
    act_counter *insert_errors;
    act_counter *query_errors;
};

int act_store_init(act_store *s, const act_store_ops *ops, act_metrics *m)
{
    act_store_stats *stats = act_zalloc(1, sizeof *stats);
    if (!stats)
        return ACT_ENOMEM;
    static const char *const insert[] = { "operation", "insert", NULL };
    static const char *const query[] = { "operation", "query", NULL };
    const char *time = "activity_store_duration_seconds";
    const char *time_help = "Time of inserts and of queries until they are closed.";
    const char *errors = "activity_store_errors_total";
    const char *errors_help = "Inserts and queries that failed.";
    size_t n = ACT_COUNT(act_buckets_seconds);
    *stats = (act_store_stats){
        .rows = act_metrics_counter(m, "activity_store_rows_inserted_total",
                                    "Rows given to the store and accepted.", NULL),
        .bytes = act_metrics_counter(m, "activity_store_bytes_inserted_total",
                                     "Bytes of those rows as they travel.", NULL),
        .insert_time =
            act_metrics_histogram(m, time, time_help, act_buckets_seconds, n, insert),
        .query_time =
            act_metrics_histogram(m, time, time_help, act_buckets_seconds, n, query),
        .insert_errors = act_metrics_counter(m, errors, errors_help, insert),
        .query_errors = act_metrics_counter(m, errors, errors_help, query),
    };
    s->ops = ops;
    s->clock = act_clock_system();
    s->stats = stats;
    return ACT_OK;
}

void act_store_done(act_store *s)
{
    act_dealloc(s->stats);
    s->stats = NULL;
}

static void observe_since(act_store *s, act_histogram *h, int64_t start_ns)
{
    act_histogram_observe(h, (double)(act_mono_ns(s->clock) - start_ns) / 1e9);
}

/* ---- insert ----------------------------------------------------------------------- */

int act_store_insert(act_store *s, const act_store_block *block, act_str token,
                     act_err *reterr)
{
    int err = act_store_block_err(block);
    if (err)
        return act_fail(reterr, err, "the rows could not be held in memory");
    if (token.len > ACT_STORE_TOKEN_MAX)
        return act_fail(reterr, ACT_EINVAL, "a token of %zu bytes is too long", token.len);
    if (act_store_block_rows(block) == 0)
        return ACT_OK;
    int64_t start_ns = act_mono_ns(s->clock);
    err = s->ops->insert(s, block, token, reterr);
    if (err) {
        act_counter_add(s->stats->insert_errors, 1);
        return err;
    }
    observe_since(s, s->stats->insert_time, start_ns);
    act_counter_add(s->stats->rows, act_store_block_rows(block));
    act_counter_add(s->stats->bytes, act_store_block_bytes(block));
    return ACT_OK;
}

/* ---- query ------------------------------------------------------------------------ */

struct act_rows {
    act_store *store;
    act_row_source *source;
    act_row_reader *reader;
    int64_t start_ns;
    int failed; /* the error that ended it, repeated to who asks again */
};

int act_store_query(act_store *s, act_str sql, const act_store_param *params, size_t n,
                    const act_store_limits *limits, act_rows **ret, act_err *reterr)
{
    if (n > ACT_STORE_PARAMS_MAX)
        return act_fail(reterr, ACT_ELIMIT, "%zu parameters are more than %d", n,
                        ACT_STORE_PARAMS_MAX);
    act_rows *r = act_zalloc(1, sizeof *r);
    if (!r)
        return ACT_ENOMEM;
    static const act_store_limits no_limits = { 0 };
    r->store = s;
    r->start_ns = act_mono_ns(s->clock);
    int err = act_row_reader_new(&r->reader);
    if (!err)
        err = s->ops->query(s, sql, params, n, limits ? limits : &no_limits, &r->source,
                            reterr);
    if (err) {
        act_counter_add(s->stats->query_errors, 1);
        act_row_reader_free(r->reader);
        act_dealloc(r);
        return err;
    }
    *ret = r;
    return ACT_OK;
}

static int feed(act_rows *r, act_err *reterr)
{
    act_str piece;
    int got = r->source->ops->next(r->source, &piece, reterr);
    if (got == 0)
        return act_row_reader_is_at_end(r->reader)
                   ? 0
                   : act_fail(reterr, ACT_ECORRUPT, "the result ends inside a row");
    if (got < 0)
        return got;
    int err = r->source->ops->repeats_header
                  ? act_row_reader_feed_document(r->reader, piece)
                  : act_row_reader_feed(r->reader, piece);
    return err ? act_fail(reterr, err, "the result cannot be read: %s", act_strerror(err))
               : 1;
}

int act_rows_next(act_rows *r, act_err *reterr)
{
    if (r->failed)
        return act_fail(reterr, r->failed, "the query failed before");
    for (;;) {
        int got = act_row_reader_next(r->reader, reterr);
        if (got == 0)
            got = feed(r, reterr);
        else if (got > 0)
            return 1;
        if (got == 0)
            return 0;
        if (got < 0) {
            r->failed = got;
            act_counter_add(r->store->stats->query_errors, 1);
            return got;
        }
    }
}

void act_rows_close(act_rows *r, act_store_cost *ret)
{
    if (!r)
        return;
    act_store_cost cost = { 0 };
    r->source->ops->close(r->source, &cost);
    cost.elapsed_ns = act_mono_ns(r->store->clock) - r->start_ns;
    if (!r->failed)
        observe_since(r->store, r->store->stats->query_time, r->start_ns);
    if (ret)
        *ret = cost;
    act_row_reader_free(r->reader);
    act_dealloc(r);
}

act_str act_rows_str(act_rows *r, size_t column)
{
    return act_row_reader_str(r->reader, column);
}

uint64_t act_rows_u64(act_rows *r, size_t column)
{
    return act_row_reader_u64(r->reader, column);
}

int64_t act_rows_i64(act_rows *r, size_t column)
{
    return act_row_reader_i64(r->reader, column);
}

double act_rows_f64(act_rows *r, size_t column)
{
    return act_row_reader_f64(r->reader, column);
}

size_t act_rows_count(act_rows *r, size_t column)
{
    return act_row_reader_count(r->reader, column);
}

act_str act_rows_item(act_rows *r, size_t column, size_t i)
{
    return act_row_reader_item(r->reader, column, i);
}

size_t act_rows_columns(const act_rows *r)
{
    return act_row_reader_columns(r->reader);
}

/* ---- the rest --------------------------------------------------------------------- */

int act_store_exec(act_store *s, act_str sql, const act_store_param *params, size_t n,
                   act_err *reterr)
{
    if (n > ACT_STORE_PARAMS_MAX)
        return act_fail(reterr, ACT_ELIMIT, "%zu parameters are more than %d", n,
                        ACT_STORE_PARAMS_MAX);
    return s->ops->exec(s, sql, params, n, reterr);
}

int act_store_ping(act_store *s)
{
    return s->ops->exec(s, ACT_STR("SELECT 1"), NULL, 0, NULL);
}

void act_store_free(act_store *s)
{
    if (s)
        s->ops->free(s);
}
