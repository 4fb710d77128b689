/** @file
 *  The embedded broker: a log in SQLite files of one directory. */
#ifndef ACT_BROKER_SQLITE_H
#define ACT_BROKER_SQLITE_H

#include "broker/broker.h"

typedef struct {
    act_str directory; /**< made when missing; one process at a time (locked) */
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
    int64_t sweep_interval_ns; /**< how often retention runs; 0: every 10 s */
} act_broker_sqlite_options;

/** WAL with synchronous=FULL and group commit: publishes of several threads share one
 * fsync. ACT_EIO, ACT_ECONFLICT (another process holds the directory), ACT_ECORRUPT. */
int act_broker_sqlite_open(const act_broker_sqlite_options *options, act_broker **ret,
                           act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
