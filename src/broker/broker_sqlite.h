/** @file
 *  The embedded broker: a log in SQLite files of one directory. */
#ifndef ACT_BROKER_SQLITE_H
#define ACT_BROKER_SQLITE_H

#include "broker/broker.h"

enum {
    /** Bytes of one payload: two objects of the Kubernetes request limit (3 MiB), and what
     * an audit event says around them. Above: ACT_ELIMIT. */
    ACT_BROKER_SQLITE_PAYLOAD_MAX = 10 << 20,
    /** Messages, and bytes of payload, of one call of act_broker_publish(). */
    ACT_BROKER_SQLITE_BATCH_MAX = 65536,
    ACT_BROKER_SQLITE_BATCH_BYTES_MAX = 64 << 20,
};

typedef struct {
    act_str directory; /**< made when missing; one process at a time (locked) */
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
    int64_t sweep_interval_ns; /**< how often retention runs; 0: every 10 s */
} act_broker_sqlite_options;

/** Open the directory and all streams in it. Each stream is a file (WAL, synchronous=FULL)
 *  with a thread of its own that commits what publishers and consumers have queued: all
 *  that gathers during one fsync shares the next. Waits use the system's steady clock;
 *  windows, ack waits and ages use the given one. ACT_EIO, ACT_ECONFLICT (another process
 *  holds the directory), ACT_ECORRUPT (a file damaged or not ours; @reterr names it),
 *  ACT_EUNSUPPORTED (a file of a newer program), ACT_ENOMEM. */
int act_broker_sqlite_open(const act_broker_sqlite_options *options, act_broker **ret,
                           act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
