#include "base/log.h"

#include "base/alloc.h"
#include "base/json_write.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

enum {
    TEXT_MAX_BYTES = 16 * 1024, /* of one message or string field; the rest is cut */
    LINE_MAX_BYTES = 1 << 20,   /* a longer line is lost */
    LINE_KEEP_BYTES = 64 * 1024,
    READER_WAIT_MS = 100, /* for who reads the other end of a full pipe */
};

struct act_log {
    pthread_mutex_t lock;
    act_clock clock;
    enum act_log_level level;
    int fd;
    act_buf line; /* kept between lines, under the lock */
    bool stuck;   /* the last line was lost, as nobody reads */
    bool torn;    /* a part of it was written */
};

int act_log_new(int fd, enum act_log_level level, act_clock clock, act_log **ret)
{
    act_log *log = act_zalloc(1, sizeof *log);
    if (!log)
        return ACT_ENOMEM;
    if (pthread_mutex_init(&log->lock, NULL) != 0) {
        act_dealloc(log);
        return ACT_ENOMEM;
    }
    log->fd = fd;
    log->level = level;
    log->clock = clock;
    log->line.cap = LINE_MAX_BYTES;
    *ret = log;
    return ACT_OK;
}

void act_log_free(act_log *log)
{
    if (!log)
        return;
    act_buf_done(&log->line);
    pthread_mutex_destroy(&log->lock);
    act_dealloc(log);
}

static act_str level_name(enum act_log_level level)
{
    switch (level) {
    case ACT_LOG_DEBUG:
        return ACT_STR("debug");
    case ACT_LOG_INFO:
        return ACT_STR("info");
    case ACT_LOG_WARN:
        return ACT_STR("warn");
    case ACT_LOG_ERROR:
        return ACT_STR("error");
    }
    return ACT_STR("?");
}

static void put_field(act_json_writer *w, const act_log_field *field)
{
    act_jw_key(w, act_str_cstr(field->key));
    switch (field->type) {
    case ACT_FIELD_STR:
        act_jw_string(w, act_str_head(field->as.str, TEXT_MAX_BYTES));
        break;
    case ACT_FIELD_I64:
        act_jw_i64(w, field->as.i64);
        break;
    case ACT_FIELD_F64:
        act_jw_f64(w, field->as.f64);
        break;
    case ACT_FIELD_BOOL:
        act_jw_bool(w, field->as.boolean);
        break;
    }
}

/* Up to PIPE_BUF bytes, as many as a pipe that is ready takes without waiting. */
static ssize_t write_some(act_log *log, act_str bytes)
{
    struct pollfd p = { .fd = log->fd, .events = POLLOUT };
    int ready;
    do
        ready = poll(&p, 1, log->stuck ? 0 : READER_WAIT_MS);
    while (ready < 0 && errno == EINTR);
    if (ready <= 0)
        return -1;
    return write(log->fd, bytes.ptr, bytes.len < PIPE_BUF ? bytes.len : PIPE_BUF);
}

/* A line of usual length goes out in one write, so that lines of several processes on one
 * pipe stay whole too. Where nobody reads, the first line waits a moment, and those after
 * it not at all. */
static void write_line(act_log *log, act_str line)
{
    size_t whole = line.len;
    while (line.len > 0) {
        ssize_t n = write_some(log, line);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            break; /* lost, as the header says */
        line = act_str_cut(line, (size_t)n);
    }
    log->stuck = line.len > 0;
    log->torn = line.len > 0 && (line.len < whole || log->torn);
}

void act_log_write(act_log *log, enum act_log_level level, const char *msg,
                   const act_log_field *fields, size_t n)
{
    if (!log || level < log->level)
        return;
    char ts[ACT_RFC3339_MAX];
    size_t ts_len = act_rfc3339_format(act_wall_ns(log->clock), 6, ts);

    pthread_mutex_lock(&log->lock);
    act_buf *line = &log->line;
    if (log->torn)
        act_buf_add_byte(line, '\n'); /* behind the part that is there */
    act_json_writer w = act_json_writer_on(line);
    act_jw_object(&w);
    act_jw_kv_string(&w, "ts", act_str_from(ts, ts_len));
    act_jw_kv_string(&w, "level", level_name(level));
    act_jw_kv_string(&w, "msg", act_str_head(act_str_cstr(msg), TEXT_MAX_BYTES));
    for (size_t i = 0; i < n; i++)
        put_field(&w, &fields[i]);
    act_jw_object_end(&w);
    act_buf_add_byte(line, '\n');
    if (act_buf_err(line) == ACT_OK)
        write_line(log, act_buf_str(line));
    act_buf_clear(line);
    if (line->size > LINE_KEEP_BYTES)
        act_buf_done(line);
    pthread_mutex_unlock(&log->lock);
}
