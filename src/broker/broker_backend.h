/** @file
 *  For backends alone: the functions behind broker.h, called with checked arguments. */
#ifndef ACT_BROKER_BACKEND_H
#define ACT_BROKER_BACKEND_H

#include "broker/broker.h"

/** One function for each of broker.h, with the same contract. Before a call, broker.c has
 *  checked: names; that subjects, patterns and filters are well formed (an empty filter
 *  arrives as ">"); that ids are not too long; that counts are not 0. */
typedef struct {
    int (*stream_ensure)(act_broker *b, const act_stream_config *config, act_err *reterr);
    int (*publish)(act_broker *b, act_str stream, const act_message *messages, size_t n,
                   uint64_t *ret_sequences, act_err *reterr);
    int (*stream_info)(act_broker *b, act_str stream, act_stream_info *ret);
    int (*ping)(act_broker *b);
    void (*stop)(act_broker *b);
    void (*free)(act_broker *b);

    int (*consumer_open)(act_broker *b, act_str stream, const act_consumer_config *config,
                         act_consumer **ret, act_err *reterr);
    void (*consumer_close)(act_consumer *c);
    int (*fetch)(act_consumer *c, size_t max, int64_t wait_ns, act_arena *a,
                 const act_delivery **ret, size_t *ret_n);
    int (*ack)(act_consumer *c, const uint64_t *sequences, size_t n);
    int (*nak)(act_consumer *c, uint64_t sequence, int64_t delay_ns);
    int (*in_progress)(act_consumer *c, const uint64_t *sequences, size_t n);
    int (*consumer_info)(act_consumer *c, act_consumer_info *ret);

    int (*reader_open)(act_broker *b, act_str stream, uint64_t from, act_str filter,
                       act_reader **ret);
    int (*reader_next)(act_reader *r, size_t max, int64_t wait_ns, act_arena *a,
                       const act_delivery **ret, size_t *ret_n, uint64_t *ret_next);
    void (*reader_close)(act_reader *r);
} act_broker_ops;

/* A backend's own structs begin with these. */
struct act_broker {
    const act_broker_ops *ops;
};
struct act_consumer {
    const act_broker_ops *ops;
};
struct act_reader {
    const act_broker_ops *ops;
};

#endif
