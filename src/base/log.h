/** @file
 *  Structured log: one JSON object a line, with a level, a message and typed fields. */
#ifndef ACT_LOG_H
#define ACT_LOG_H

#include "base/clock.h"

enum act_log_level { ACT_LOG_DEBUG, ACT_LOG_INFO, ACT_LOG_WARN, ACT_LOG_ERROR };

typedef struct {
    const char *key;
    enum { ACT_FIELD_STR, ACT_FIELD_I64, ACT_FIELD_F64, ACT_FIELD_BOOL } type;
    union {
        act_str str;
        int64_t i64;
        double f64;
        bool boolean;
    } as;
} act_log_field;

#define ACT_F_STR(k, v)                                                                    \
    ((act_log_field){ .key = (k), .type = ACT_FIELD_STR, .as.str = (v) })
#define ACT_F_CSTR(k, v) ACT_F_STR(k, act_str_cstr(v))
#define ACT_F_I64(k, v)                                                                    \
    ((act_log_field){ .key = (k), .type = ACT_FIELD_I64, .as.i64 = (int64_t)(v) })
#define ACT_F_F64(k, v)                                                                    \
    ((act_log_field){ .key = (k), .type = ACT_FIELD_F64, .as.f64 = (v) })
#define ACT_F_BOOL(k, v)                                                                   \
    ((act_log_field){ .key = (k), .type = ACT_FIELD_BOOL, .as.boolean = (v) })
#define ACT_F_ERR(e) ACT_F_CSTR("error", act_strerror(e))

/** Internally locked; lines of several threads never mix. NULL wherever a log is taken
 *  means: say nothing. Secrets are never given to it. */
typedef struct act_log act_log;

/** Log to file descriptor @fd (not closed by it), dropping what is below @level. */
int act_log_new(int fd, enum act_log_level level, act_clock clock, act_log **ret)
    ACT_NONNULL(4) ACT_MUST_CHECK;
void act_log_free(act_log *log);
ACT_DEFINE_AUTO(act_log)

/** {"ts":"...","level":"info","msg":msg,fields...}. A line that cannot be written, or that
 *  nobody reads (a full pipe), is lost silently: a log must not stop its program. */
void act_log_write(act_log *log, enum act_log_level level, const char *msg,
                   const act_log_field *fields, size_t n);

#define act_log_at(log, level, msg, ...)                                                   \
    act_log_write((log), (level), (msg), (const act_log_field[]){ __VA_ARGS__ },           \
                  sizeof((const act_log_field[]){ __VA_ARGS__ }) / sizeof(act_log_field))
#define act_info(log, msg, ...) act_log_at(log, ACT_LOG_INFO, msg, __VA_ARGS__)
#define act_warn(log, msg, ...) act_log_at(log, ACT_LOG_WARN, msg, __VA_ARGS__)
#define act_error(log, msg, ...) act_log_at(log, ACT_LOG_ERROR, msg, __VA_ARGS__)

#endif
