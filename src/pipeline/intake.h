/** @file
 *  From text to records in the log: what the collector's port and the file tail share. */
#ifndef ACT_INTAKE_H
#define ACT_INTAKE_H

#include "broker/broker.h"
#include "core/batch.h"

enum {
    /** Bytes of one record: what the streams take. A longer one is refused. */
    ACT_INTAKE_RECORD_MAX = 10 << 20,
    /** Bytes that are kept of something refused. */
    ACT_INTAKE_KEPT_MAX = 256 << 10,
};

/** Gathers records and publishes them. Parser, arena and buffers of one thread. */
typedef struct act_intake act_intake;

typedef struct {
    act_broker *broker; /**< has the streams of streams.h; outlives the intake */
    act_clock clock;
    act_metrics *metrics;
    unsigned stages; /**< of audit events that enter; 0: ACT_STAGES_DEFAULT */
} act_intake_options;

int act_intake_new(const act_intake_options *o, act_intake **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_intake_free(act_intake *in); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_intake)

/** What became of a text. Views are valid until the next call. */
typedef struct {
    uint64_t accepted;             /**< in the log, now or since an earlier delivery */
    uint64_t skipped;              /**< audit events of stages that are not wanted */
    uint64_t refused;              /**< no records */
    const act_batch_error *errors; /**< of the last text: what was refused and why */
    size_t n_errors;
} act_intake_result;

/** Take @body apart (act_batch_read(), @allow as there) and publish its records; they are
 *  durable on return. Items that are no records (or too long) do not stop the others: they
 *  become dead letters of type "refused", so that even they are not lost, unless *all* are
 *  refused, when the body is the sender's to mend: ACT_EINVAL with @ret filled. ACT_EPARSE,
 *  ACT_EINVAL, ACT_ELIMIT, ACT_ENOMEM as act_batch_read(); ACT_EAGAIN: the log cannot take
 *  them now (@reterr says why), send again. Doing so at any time doubles nothing. */
int act_intake_take(act_intake *in, act_str body, unsigned allow, act_intake_result *ret,
                    act_err *reterr) ACT_NONNULL(1, 4) ACT_MUST_CHECK;

/** Gather one more @text of a sender that cannot mend it: what is not a record, and text
 *  that is not even JSON, becomes a dead letter. @text stays until it is published.
 *  ACT_ENOMEM: what was gathered before stands; publish it, then add again. */
int act_intake_add(act_intake *in, act_str text, unsigned allow)
    ACT_NONNULL(1) ACT_MUST_CHECK;
/** Publish what was gathered; durable on return. ACT_EAGAIN as above: it is still gathered,
 *  call again. ACT_EINVAL, ACT_ELIMIT: the log will never take it. */
int act_intake_publish(act_intake *in, act_intake_result *ret, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
