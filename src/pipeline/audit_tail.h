/** @file
 *  Follows the audit log file of a kube-apiserver into the log of records. */
#ifndef ACT_AUDIT_TAIL_H
#define ACT_AUDIT_TAIL_H

#include "broker/broker.h"

/* One thread reads what is appended, one JSON event a line, publishes it as the collector
 * does (pipeline/intake.h) and remembers how far it is:
 *
 *   read up to the last newline -> publish, durable -> place + 1 -> saved now and then
 *
 * A crash between publishing and saving reads some lines twice, which their ids undo. Lines
 * that are no audit events become dead letters. It keeps pace with rotation by renaming
 * (as the kube-apiserver does), by copying and truncating, and with several rotations
 * while it was away, as long as the rotated files lie in the same folder, unpacked, under
 * names that begin like the log's. Without a saved place it begins at the start of the
 * file. While the log of records takes nothing, it waits. */
typedef struct act_audit_tail act_audit_tail;

typedef struct {
    act_str path;       /**< the file; it may come later */
    act_str place_path; /**< where the place is kept, in the data directory */
    act_broker *broker;
    unsigned stages;  /**< that enter; 0: ACT_STAGES_DEFAULT */
    int64_t poll_ns;  /**< how often the file is looked at; 0: every 200 ms */
    int64_t grace_ns; /**< how long after a rotation its writer may still write to the old
                       * file, by the wall clock; 0: five polls */
    size_t line_max;  /**< a longer line is cut and refused; 0: ACT_INTAKE_RECORD_MAX */
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
} act_audit_tail_options;

/** Start following; the broker outlives it, strings are copied. ACT_ECORRUPT (the saved
 *  place cannot be read), ACT_EIO, ACT_ENOMEM. */
int act_audit_tail_start(const act_audit_tail_options *o, act_audit_tail **ret,
                         act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Wait until all lines that are in the file now are in the log. ACT_EAGAIN: not within
 *  @wait_ns. Any thread. */
int act_audit_tail_drain(act_audit_tail *t, int64_t wait_ns) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Stop, save the place, free. NULL is a no-op. */
void act_audit_tail_free(act_audit_tail *t);
ACT_DEFINE_AUTO(act_audit_tail)

#endif
