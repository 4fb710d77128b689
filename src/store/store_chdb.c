#include "store/store_chdb.h"

#include "store/chdb_pool.h"
#include "store/dedup_log.h"
#include "store/store_backend.h"

#include "base/alloc.h"
#include "base/folder.h"
#include "base/thread.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    QUERY_CONNECTIONS_MAX = 16,
    INSERT_CONNECTIONS_MAX = 4,
    ARGUMENTS_MAX = 16,
    CACHE_SHARE = 16, /* of all memory, for one cache */
};

/* A table's directory on disk, opened to be synced. */
typedef struct {
    act_str name;
    int fd;
} table_dir;

typedef struct {
    act_store base;
    act_chdb_api api;
    int lock_fd;
    char *argv[ARGUMENTS_MAX];
    int argc;
    act_chdb_pool *queries;
    act_chdb_pool *inserts;
    pthread_mutex_t tables_lock;
    table_dir tables[ACT_STORE_CHDB_TABLES_MAX];
    size_t table_count;
} chdb_store;

/* Session settings that differ from the engine's own. */
static const char *const query_settings[] = {
    "SET session_timezone = 'UTC'",
    NULL,
};

static const char *const insert_settings[] = {
    "SET session_timezone = 'UTC'",
    /* An import may span years: one part a month must not be an error. */
    "SET max_partitions_per_insert_block = 0",
    /* One insert is one block, so that its token stands for all of it. */
    "SET input_format_parallel_parsing = 0",
    NULL,
};

/* ---- parameters ------------------------------------------------------------------- */

/* The four parallel arrays that the library takes, views into one buffer of text. */
typedef struct {
    const char **names;
    size_t *name_lens;
    const char **values;
    size_t *value_lens;
    act_buf text;
} bound_params;

static void unbind(bound_params *b)
{
    act_dealloc(b->names);
    act_dealloc(b->name_lens);
    act_dealloc(b->values);
    act_dealloc(b->value_lens);
    act_buf_done(&b->text);
}

static int bind(const act_store_param *params, size_t n, bound_params *ret)
{
    bound_params b = {
        .names = act_zalloc(n, sizeof *b.names),
        .name_lens = act_zalloc(n, sizeof *b.name_lens),
        .values = act_zalloc(n, sizeof *b.values),
        .value_lens = act_zalloc(n, sizeof *b.value_lens),
    };
    bool complete = b.names && b.name_lens && b.values && b.value_lens;
    for (size_t i = 0; complete && i < n; i++) {
        size_t start = b.text.len;
        act_store_param_text(&params[i], &b.text);
        b.names[i] = params[i].name;
        b.name_lens[i] = strlen(params[i].name);
        b.value_lens[i] = b.text.len - start;
    }
    if (!complete || act_buf_err(&b.text)) {
        unbind(&b);
        return ACT_ENOMEM;
    }
    const char *at = b.text.ptr ? b.text.ptr : "";
    for (size_t i = 0; i < n; i++) {
        b.values[i] = at;
        at += b.value_lens[i];
    }
    *ret = b;
    return ACT_OK;
}

/* ---- queries ---------------------------------------------------------------------- */

typedef struct {
    act_row_source base;
    chdb_store *store;
    act_chdb_link *link;
    chdb_result *stream;
    chdb_result *piece; /* what next() last gave out */
    bool ended;         /* nothing of it is left in the connection */
    act_store_cost cost;
} chdb_source;

static int source_next(act_row_source *base, act_str *ret, act_err *reterr)
{
    chdb_source *src = (chdb_source *)base;
    const act_chdb_api *api = &src->store->api;
    if (src->piece)
        api->destroy_query_result(src->piece);
    src->piece = NULL;
    if (src->ended)
        return 0;
    chdb_result *piece = api->stream_fetch_result(*src->link->conn, src->stream);
    const char *exception = piece ? api->result_error(piece) : "the engine gives no result";
    if (exception) {
        int err = act_chdb_fail(reterr, exception);
        if (piece)
            api->destroy_query_result(piece);
        return err;
    }
    src->piece = piece;
    src->cost.rows_read += api->result_storage_rows_read(piece);
    src->cost.bytes_read += api->result_storage_bytes_read(piece);
    size_t len = api->result_length(piece);
    if (len == 0) {
        src->ended = true;
        return 0;
    }
    *ret = act_str_from(api->result_buffer(piece), len);
    return 1;
}

static void source_close(act_row_source *base, act_store_cost *ret_cost)
{
    chdb_source *src = (chdb_source *)base;
    const act_chdb_api *api = &src->store->api;
    if (src->piece)
        api->destroy_query_result(src->piece);
    if (!src->ended)
        api->stream_cancel_query(*src->link->conn, src->stream);
    api->destroy_query_result(src->stream);
    if (src->ended)
        act_chdb_pool_give(src->store->queries, src->link);
    else /* what a failed query has buffered, the next one would begin its result with */
        act_chdb_pool_replace(src->store->queries, src->link);
    if (ret_cost)
        *ret_cost = src->cost;
    act_dealloc(src);
}

static const act_row_source_ops source_ops = {
    .next = source_next,
    .close = source_close,
    .repeats_header = true,
};

static int apply_limits(chdb_store *s, act_chdb_link *link, const act_store_limits *limits,
                        act_err *reterr)
{
    if (memcmp(limits, &link->limits, sizeof *limits) == 0)
        return ACT_OK;
    char sql[256];
    int n = snprintf(sql, sizeof sql,
                     "SET max_execution_time = %" PRId64 ".%09" PRId64
                     ", max_rows_to_read = %" PRIu64 ", max_memory_usage = %" PRIu64,
                     limits->max_time_ns / ACT_NS_PER_S, limits->max_time_ns % ACT_NS_PER_S,
                     limits->max_rows_read, limits->max_memory_bytes);
    assert(n > 0 && (size_t)n < sizeof sql);
    int err = act_chdb_run(&s->api, link, act_str_from(sql, (size_t)n), reterr);
    if (!err)
        link->limits = *limits;
    return err;
}

static const char result_format[] = "RowBinaryWithNamesAndTypes";

static int start_stream(chdb_source *src, act_str sql, const bound_params *b, size_t n,
                        act_err *reterr)
{
    const act_chdb_api *api = &src->store->api;
    src->stream = api->stream_query_with_params_n(
        *src->link->conn, sql.ptr, sql.len, result_format, sizeof result_format - 1,
        b->names, b->name_lens, b->values, b->value_lens, n);
    if (!src->stream)
        return act_fail(reterr, ACT_EIO, "the engine gives no result");
    const char *exception = api->result_error(src->stream);
    if (!exception)
        return ACT_OK;
    int err = act_chdb_fail(reterr, exception);
    api->destroy_query_result(src->stream);
    return err;
}

static int chdb_query(act_store *base, act_str sql, const act_store_param *params, size_t n,
                      const act_store_limits *limits, act_row_source **ret, act_err *reterr)
{
    chdb_store *s = (chdb_store *)base;
    bound_params b;
    int err = bind(params, n, &b);
    if (err)
        return err;
    chdb_source *src = act_zalloc(1, sizeof *src);
    if (!src) {
        err = ACT_ENOMEM;
        goto fail;
    }
    src->base.ops = &source_ops;
    src->store = s;
    err = act_chdb_pool_take(s->queries, &src->link, reterr);
    if (err)
        goto fail;
    err = apply_limits(s, src->link, limits, reterr);
    if (!err)
        err = start_stream(src, sql, &b, n, reterr);
    if (err) {
        act_chdb_pool_give(s->queries, src->link);
        goto fail;
    }
    unbind(&b);
    *ret = &src->base;
    return ACT_OK;
fail:
    unbind(&b);
    act_dealloc(src);
    return err;
}

static int chdb_exec(act_store *base, act_str sql, const act_store_param *params, size_t n,
                     act_err *reterr)
{
    chdb_store *s = (chdb_store *)base;
    bound_params b;
    int err = bind(params, n, &b);
    if (err)
        return err;
    act_chdb_link *link;
    err = act_chdb_pool_take(s->queries, &link, reterr);
    if (err)
        goto out;
    static const act_store_limits no_limits = { 0 };
    err = apply_limits(s, link, &no_limits, reterr);
    if (!err) {
        chdb_result *r =
            s->api.query_with_params_n(*link->conn, sql.ptr, sql.len, "Null", 4, b.names,
                                       b.name_lens, b.values, b.value_lens, n);
        const char *exception = r ? s->api.result_error(r) : "the engine gives no result";
        if (exception)
            err = act_chdb_fail(reterr, exception);
        if (r)
            s->api.destroy_query_result(r);
    }
    act_chdb_pool_give(s->queries, link);
out:
    unbind(&b);
    return err;
}

/* ---- inserts ---------------------------------------------------------------------- */

/* Tokens go into the statement as hex digits, so no byte of theirs is ever read as SQL. */
static void add_insert_sql(const act_store_block *block, act_str token, act_buf *out)
{
    act_str table = act_store_block_table(block);
    act_str columns = act_store_block_column_list(block);
    act_buf_printf(out, "INSERT INTO %.*s (%.*s)", ACT_STR_ARG(table),
                   ACT_STR_ARG(columns));
    if (token.len == 0)
        return;
    act_buf_add(out, ACT_STR(" SETTINGS insert_deduplication_token = '"));
    for (size_t i = 0; i < token.len; i++)
        act_buf_printf(out, "%02x", (unsigned)(uint8_t)token.ptr[i]);
    act_buf_add_byte(out, '\'');
}

static int run_insert(const act_chdb_api *api, act_chdb_link *link, act_str sql,
                      act_str data, act_err *reterr)
{
    chdb_insert *stream =
        api->stream_insert_n(*link->conn, sql.ptr, sql.len, "RowBinary", 9);
    if (!stream)
        return act_fail(reterr, ACT_EIO, "the engine opens no insert");
    int err = ACT_OK;
    const char *exception = api->stream_insert_error(stream);
    if (!exception && api->stream_append(stream, data.ptr, data.len) != 0)
        exception = api->stream_insert_error(stream);
    if (exception) {
        err = act_chdb_fail(reterr, exception);
    } else {
        chdb_result *r = api->stream_done(stream);
        exception = r ? api->result_error(r) : "the engine gives no result";
        if (exception)
            err = act_chdb_fail(reterr, exception);
        if (r)
            api->destroy_query_result(r);
    }
    api->destroy_insert_stream(stream);
    return err;
}

/* Where the engine keeps @table ("database.name"), opened. */
static int open_table_dir(chdb_store *s, act_str table, int *ret, act_err *reterr)
{
    const act_store_param params[] = {
        { .name = "table", .type = ACT_STORE_STRING, .as.str = table },
    };
    act_rows *rows;
    int err = act_store_query(&s->base,
                              ACT_STR("SELECT data_paths[1] FROM system.tables WHERE "
                                      "concat(database, '.', name) = {table:String}"),
                              params, 1, NULL, &rows, reterr);
    if (err)
        return err;
    int got = act_rows_next(rows, reterr);
    char path[PATH_MAX];
    act_str found = got > 0 ? act_rows_str(rows, 0) : ACT_STR("");
    bool fits = found.len > 0 && found.len < sizeof path;
    if (fits) {
        memcpy(path, found.ptr, found.len);
        path[found.len] = '\0';
    }
    act_rows_close(rows, NULL);
    if (got < 0)
        return got;
    int fd = fits ? open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd < 0)
        return act_fail(reterr, ACT_EIO, "the directory of table %.*s is not found",
                        ACT_STR_ARG(table));
    *ret = fd;
    return ACT_OK;
}

static table_dir *find_table_locked(chdb_store *s, act_str name)
{
    for (size_t i = 0; i < s->table_count; i++)
        if (act_str_eq(s->tables[i].name, name))
            return &s->tables[i];
    return NULL;
}

/* The engine syncs a part's files and the part's directory, but not the table's directory
 * in which the part got its name; without that a power failure may lose the part whole. */
static int sync_table(chdb_store *s, act_str table, act_err *reterr)
{
    pthread_mutex_lock(&s->tables_lock);
    table_dir *known = find_table_locked(s, table);
    struct stat st;
    bool gone = known && (fstat(known->fd, &st) || st.st_nlink == 0);
    int err = ACT_OK;
    if (gone) {
        int fd;
        err = open_table_dir(s, table, &fd, reterr);
        if (!err) {
            close(known->fd);
            known->fd = fd;
        }
    } else if (!known && s->table_count == ACT_STORE_CHDB_TABLES_MAX) {
        err = act_fail(reterr, ACT_ELIMIT, "rows for more than %d tables",
                       ACT_STORE_CHDB_TABLES_MAX);
    } else if (!known) {
        table_dir *made = &s->tables[s->table_count];
        err = open_table_dir(s, table, &made->fd, reterr);
        if (!err && (err = act_str_dup(table, &made->name)))
            close(made->fd);
        if (!err)
            s->table_count++;
        known = made;
    }
    int fd = err || !known ? -1 : known->fd;
    pthread_mutex_unlock(&s->tables_lock);
    if (fd >= 0 && fsync(fd))
        return act_fail(reterr, ACT_EIO, "the directory of table %.*s is not synced: %s",
                        ACT_STR_ARG(table), strerror(errno));
    return err;
}

static int chdb_insert_block(act_store *base, const act_store_block *block, act_str token,
                             act_err *reterr)
{
    chdb_store *s = (chdb_store *)base;
    act_buf sql = ACT_BUF_INIT;
    add_insert_sql(block, token, &sql);
    int err = act_buf_err(&sql);
    act_chdb_link *link;
    if (!err)
        err = act_chdb_pool_take(s->inserts, &link, reterr);
    if (!err) {
        err = run_insert(&s->api, link, act_buf_str(&sql), act_store_block_data(block),
                         reterr);
        act_chdb_pool_give(s->inserts, link);
    }
    act_buf_done(&sql);
    /* Memory short while inserting is a state of the engine, not a fault of the rows. */
    if (err == ACT_ELIMIT)
        err = ACT_EIO;
    return err ? err : sync_table(s, act_store_block_table(block), reterr);
}

/* ---- open and close --------------------------------------------------------------- */

static void chdb_free(act_store *base)
{
    chdb_store *s = (chdb_store *)base;
    act_chdb_pool_free(s->inserts);
    act_chdb_pool_free(s->queries); /* with the last connection the engine stops */
    for (size_t i = 0; i < s->table_count; i++) {
        act_str_free(s->tables[i].name);
        close(s->tables[i].fd);
    }
    for (int i = 0; i < s->argc; i++)
        act_dealloc(s->argv[i]);
    if (s->lock_fd >= 0)
        close(s->lock_fd);
    pthread_mutex_destroy(&s->tables_lock);
    act_store_done(base);
    act_dealloc(s);
}

static const act_store_ops chdb_ops = {
    .insert = chdb_insert_block,
    .query = chdb_query,
    .exec = chdb_exec,
    .free = chdb_free,
};

/* The engine needs an absolute path: with a relative one it cannot sync directories. */
static int prepare_directory(act_str directory, char path[PATH_MAX], act_err *reterr)
{
    char given[PATH_MAX];
    if (directory.len == 0 || directory.len >= sizeof given)
        return act_fail(reterr, ACT_EINVAL, "the store's directory is not a usable path");
    memcpy(given, directory.ptr, directory.len);
    given[directory.len] = '\0';
    int r = act_folder_make(given, reterr);
    if (r)
        return r;
    if (!realpath(given, path))
        return act_fail(reterr, ACT_EIO, "%s cannot be used: %s", given, strerror(errno));
    return ACT_OK;
}

static int lock_directory(const char *directory, int *ret, act_err *reterr)
{
    char path[PATH_MAX];
    int n = snprintf(path, sizeof path, "%s/activity.lock", directory);
    if (n < 0 || (size_t)n >= sizeof path)
        return act_fail(reterr, ACT_EINVAL, "the store's directory is not a usable path");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return act_fail(reterr, ACT_EIO, "%s cannot be made: %s", path, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB)) {
        close(fd);
        return act_fail(reterr, ACT_EIO, "%s is in use by another process", directory);
    }
    *ret = fd;
    return ACT_OK;
}

static int add_argument(chdb_store *s, const char *name, const char *value)
{
    assert(s->argc < ARGUMENTS_MAX);
    size_t size = strlen(name) + strlen(value) + 1;
    char *arg = act_alloc(size);
    if (!arg)
        return ACT_ENOMEM;
    snprintf(arg, size, "%s%s", name, value);
    s->argv[s->argc++] = arg;
    return ACT_OK;
}

static int add_size(chdb_store *s, const char *name, uint64_t bytes)
{
    char number[24];
    snprintf(number, sizeof number, "%" PRIu64, bytes);
    return add_argument(s, name, number);
}

static uint64_t default_memory(void)
{
    const uint64_t most = UINT64_C(4) << 30;
    long pages = sysconf(_SC_PHYS_PAGES), page = sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page <= 0)
        return most;
    uint64_t half = (uint64_t)pages * (uint64_t)page / 2;
    return half < most ? half : most;
}

/* Its own defaults for these add up to more than most machines have. */
static const char *const caches[] = {
    "--mark_cache_size=",
    "--index_mark_cache_size=",
    "--primary_index_cache_size=",
    "--text_index_tokens_cache_size=",
    "--text_index_header_cache_size=",
    "--text_index_postings_cache_size=",
};

static int make_arguments(chdb_store *s, const char *path, uint64_t max_memory_bytes)
{
    uint64_t memory = max_memory_bytes ? max_memory_bytes : default_memory();
    int err = add_argument(s, "activity", "");
    if (!err)
        err = add_argument(s, "--path=", path);
    /* Named, so that no config.xml of the working or home directory is read. Nobody can
     * make a file there, nor a folder that we may not look into: the engine would not
     * start. */
    if (!err)
        err = add_argument(s, "--config-file=", "/dev/null/activity");
    if (!err)
        err = add_size(s, "--max_server_memory_usage=", memory);
    for (size_t i = 0; i < ACT_COUNT(caches) && !err; i++)
        err = add_size(s, caches[i], memory / CACHE_SHARE);
    return err;
}

static int make_pools(chdb_store *s, act_err *reterr)
{
    act_chdb_pool_options options = {
        .api = &s->api,
        .argv = s->argv,
        .argc = s->argc,
        .max = QUERY_CONNECTIONS_MAX,
        .set = query_settings,
    };
    int err = act_chdb_pool_new(&options, &s->queries);
    if (err)
        return err;
    options.max = INSERT_CONNECTIONS_MAX;
    options.set = insert_settings;
    err = act_chdb_pool_new(&options, &s->inserts);
    if (err)
        return err;
    /* The first connection starts the engine, now rather than with the first query. */
    act_chdb_link *link;
    err = act_chdb_pool_take(s->queries, &link, reterr);
    if (!err)
        act_chdb_pool_give(s->queries, link);
    return err;
}

static int start(chdb_store *s, const act_store_chdb_options *o, act_err *reterr)
{
    char path[PATH_MAX];
    int err = prepare_directory(o->directory, path, reterr);
    if (!err)
        err = lock_directory(path, &s->lock_fd, reterr);
    size_t revoked = 0;
    if (!err)
        err = act_dedup_logs_repair(act_str_cstr(path), &revoked, reterr);
    if (!err && revoked > 0)
        act_warn(o->log, "an insert was cut off by a crash; it will be repeated",
                 ACT_F_I64("tokens", revoked));
    if (!err)
        err = make_arguments(s, path, o->max_memory_bytes);
    if (!err)
        err = act_chdb_load(o->library, &s->api, reterr);
    if (err)
        return err;
    s->api.set_signal_handlers_enabled(0);
    return make_pools(s, reterr);
}

int act_store_chdb_open(const act_store_chdb_options *options, act_store **ret,
                        act_err *reterr)
{
    chdb_store *s = act_zalloc(1, sizeof *s);
    if (!s)
        return ACT_ENOMEM;
    s->lock_fd = -1;
    if (pthread_mutex_init(&s->tables_lock, NULL)) {
        act_dealloc(s);
        return ACT_ENOMEM;
    }
    int err = act_store_init(&s->base, &chdb_ops, options->metrics);
    if (!err)
        err = start(s, options, reterr);
    if (err) {
        chdb_free(&s->base);
        return err;
    }
    *ret = &s->base;
    return ACT_OK;
}
