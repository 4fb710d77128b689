#include "broker/broker_sqlite.h"

#include "base/alloc.h"
#include "base/folder.h"
#include "broker/sqlite_stream.h"

#include <dirent.h>
#include <errno.h>
#include <unistd.h>

enum { SWEEP_DEFAULT_S = 10 };

typedef struct {
    act_broker base;
    act_sqlite_env env;
    act_str directory;
    int lock_fd;

    pthread_mutex_t lock;       /* guards what follows */
    act_sqlite_stream *streams; /* grows at the front; a stream stays until free */
    bool stopping;
} sqlite_broker;

static act_sqlite_stream *find_locked(sqlite_broker *b, act_str name)
{
    for (act_sqlite_stream *s = b->streams; s; s = s->next)
        if (act_str_eq_cstr(name, s->name))
            return s;
    return NULL;
}

static int find(act_broker *base, act_str name, act_sqlite_stream **ret, act_err *reterr)
{
    sqlite_broker *b = (sqlite_broker *)base;
    pthread_mutex_lock(&b->lock);
    act_sqlite_stream *s = find_locked(b, name);
    bool stopping = b->stopping;
    pthread_mutex_unlock(&b->lock);
    if (stopping)
        return act_fail(reterr, ACT_ECLOSED, "the broker is stopping");
    if (!s)
        return act_fail(reterr, ACT_ENOTFOUND, "no stream %.*s", ACT_STR_ARG(name));
    *ret = s;
    return ACT_OK;
}

/* @config NULL: the file exists, or ACT_ENOTFOUND. */
static int open_stream_locked(sqlite_broker *b, act_str name,
                              const act_stream_config *config, act_sqlite_stream **ret,
                              act_err *reterr)
{
    int err = act_sqlite_stream_open(&b->env, b->directory, name, config, ret, reterr);
    if (err)
        return err;
    (*ret)->next = b->streams;
    b->streams = *ret;
    return ACT_OK;
}

static int stream_ensure(act_broker *base, const act_stream_config *config, act_err *reterr)
{
    sqlite_broker *b = (sqlite_broker *)base;
    int err = ACT_OK;
    pthread_mutex_lock(&b->lock);
    act_sqlite_stream *s = find_locked(b, config->name);
    if (b->stopping)
        err = act_fail(reterr, ACT_ECLOSED, "the broker is stopping");
    else if (!s)
        err = open_stream_locked(b, config->name, config, &s, reterr);
    pthread_mutex_unlock(&b->lock);
    return err ? err : act_sqlite_stream_configure(s, config, reterr);
}

static int publish(act_broker *base, act_str stream, const act_message *messages, size_t n,
                   uint64_t *ret_sequences, act_err *reterr)
{
    act_sqlite_stream *s;
    int err = find(base, stream, &s, reterr);
    return err ? err : act_sqlite_stream_publish(s, messages, n, ret_sequences, reterr);
}

static int stream_info(act_broker *base, act_str stream, act_stream_info *ret)
{
    act_sqlite_stream *s;
    int err = find(base, stream, &s, NULL);
    if (err)
        return err;
    pthread_mutex_lock(&s->lock);
    *ret = s->info;
    pthread_mutex_unlock(&s->lock);
    return ACT_OK;
}

static int consumer_open(act_broker *base, act_str stream,
                         const act_consumer_config *config, act_consumer **ret,
                         act_err *reterr)
{
    act_sqlite_stream *s;
    int err = find(base, stream, &s, reterr);
    if (!err)
        err = act_sqlite_consumer_open(s, config, ret, reterr);
    if (!err)
        (*ret)->ops = base->ops;
    return err;
}

static int reader_open(act_broker *base, act_str stream, uint64_t from, act_str filter,
                       act_reader **ret)
{
    act_sqlite_stream *s;
    int err = find(base, stream, &s, NULL);
    if (!err)
        err = act_sqlite_reader_open(s, from, filter, ret);
    if (!err)
        (*ret)->ops = base->ops;
    return err;
}

static int ping(act_broker *base)
{
    sqlite_broker *b = (sqlite_broker *)base;
    pthread_mutex_lock(&b->lock);
    int err = b->stopping ? ACT_ECLOSED : ACT_OK;
    pthread_mutex_unlock(&b->lock);
    if (!err && access(b->directory.ptr, R_OK | W_OK | X_OK))
        err = ACT_EIO;
    return err;
}

static void stop(act_broker *base)
{
    sqlite_broker *b = (sqlite_broker *)base;
    pthread_mutex_lock(&b->lock);
    b->stopping = true;
    act_sqlite_stream *s = b->streams;
    pthread_mutex_unlock(&b->lock);
    for (; s; s = s->next)
        act_sqlite_writer_stop(s);
}

static void free_broker(act_broker *base)
{
    sqlite_broker *b = (sqlite_broker *)base;
    stop(base);
    while (b->streams) {
        act_sqlite_stream *s = b->streams;
        b->streams = s->next;
        act_sqlite_stream_close(s);
    }
    if (b->lock_fd >= 0)
        close(b->lock_fd);
    act_str_free(b->directory);
    pthread_mutex_destroy(&b->lock);
    act_dealloc(b);
}

static const act_broker_ops ops = {
    .stream_ensure = stream_ensure,
    .publish = publish,
    .stream_info = stream_info,
    .ping = ping,
    .stop = stop,
    .free = free_broker,
    .consumer_open = consumer_open,
    .consumer_close = act_sqlite_consumer_close,
    .fetch = act_sqlite_consumer_fetch,
    .ack = act_sqlite_consumer_ack,
    .nak = act_sqlite_consumer_nak,
    .in_progress = act_sqlite_consumer_in_progress,
    .consumer_info = act_sqlite_consumer_info,
    .reader_open = reader_open,
    .reader_next = act_sqlite_reader_next,
    .reader_close = act_sqlite_reader_close,
};

/* Open every NAME.db of the directory. One whose first transaction never came (the process
 * died) has no configuration yet and waits for act_broker_stream_ensure(). */
static int open_streams(sqlite_broker *b, act_err *reterr)
{
    DIR *dir = opendir(b->directory.ptr);
    if (!dir)
        return act_fail(reterr, ACT_EIO, "%s: %s", b->directory.ptr, strerror(errno));
    int err = ACT_OK;
    const struct dirent *entry;
    while (!err && (entry = readdir(dir))) {
        act_str name = act_str_cstr(entry->d_name);
        if (!act_str_ends(name, ACT_STR(".db")))
            continue;
        name = act_str_head(name, name.len - strlen(".db"));
        if (!act_broker_name_is_valid(name))
            continue;
        act_sqlite_stream *s;
        err = open_stream_locked(b, name, NULL, &s, reterr);
        if (err == ACT_ENOTFOUND)
            err = ACT_OK;
    }
    closedir(dir);
    return err;
}

/* Make and lock the directory. */
static int take_directory(sqlite_broker *b, act_err *reterr)
{
    int err = act_folder_make(b->directory.ptr, reterr);
    if (err)
        return err;
    act_buf path = ACT_BUF_INIT;
    act_buf_printf(&path, "%s/lock", b->directory.ptr);
    act_buf_add_byte(&path, '\0');
    err = act_buf_err(&path);
    if (!err)
        err = act_db_lock(path.ptr, &b->lock_fd, reterr);
    act_buf_done(&path);
    return err;
}

int act_broker_sqlite_open(const act_broker_sqlite_options *options, act_broker **ret,
                           act_err *reterr)
{
    sqlite_broker *b = act_zalloc(1, sizeof *b);
    if (!b)
        return act_fail(reterr, ACT_ENOMEM, "broker: %s", act_strerror(ACT_ENOMEM));
    b->base.ops = &ops;
    b->lock_fd = -1;
    b->env = (act_sqlite_env){
        .clock = options->clock,
        .log = options->log,
        .metrics = options->metrics,
        .sweep_interval_ns = options->sweep_interval_ns > 0
                                 ? options->sweep_interval_ns
                                 : SWEEP_DEFAULT_S * ACT_NS_PER_S,
    };
    pthread_mutex_init(&b->lock, NULL);
    int err = act_str_dup(options->directory, &b->directory);
    if (err)
        act_fail(reterr, err, "broker: %s", act_strerror(err));
    if (!err)
        err = take_directory(b, reterr);
    if (!err)
        err = open_streams(b, reterr);
    if (err) {
        free_broker(&b->base);
        return err;
    }
    *ret = &b->base;
    return ACT_OK;
}
