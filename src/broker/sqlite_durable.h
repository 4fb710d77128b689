/** @file
 *  For the embedded broker's own files: the state of one durable consumer. */
#ifndef ACT_SQLITE_DURABLE_H
#define ACT_SQLITE_DURABLE_H

#include "broker/sqlite_stream.h"

struct act_durable {
    char name[ACT_BROKER_NAME_MAX + 1];
    act_durable *next;
    pthread_mutex_t fetching; /* one fetch at a time; the writer never takes it */

    /* stream.lock guards the rest. Everything up to `position` was handed out (and is in
     * `out` until acknowledged), filtered out or gone. */
    act_str filter; /* changed by the writer alone */
    uint64_t position;
    uint64_t moves;  /* how often a fetch moved it */
    bool recount;    /* undelivered is to be counted anew; what then is missing was... */
    bool count_lost; /* ...removed by a limit */
    act_outstanding out;
    int64_t ack_wait_ns;
    uint32_t max_ack_pending;
    uint64_t undelivered; /* matching messages above position */
    uint64_t lost;        /* removed unacknowledged since the last report */
    uint64_t saved_in;    /* the transaction that last saved it (writer) */

    act_counter *acks, *redeliveries, *lost_total;
    act_gauge *pending, *ack_pending;
};

/** Write position and what is out. Writer, inside a transaction. */
int act_durable_save(act_sqlite_stream *s, act_durable *d) ACT_MUST_CHECK;
/** Find or make the durable of this name with this configuration, durably. */
int act_durable_ensure(act_sqlite_stream *s, const act_consumer_config *config,
                       act_durable **ret, act_err *reterr) ACT_MUST_CHECK;

#endif
