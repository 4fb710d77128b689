/** @file
 *  The log of records: streams with durable publishing, shared durable consumers and
 *  ordered readers. One interface, several backends; subjects, ids and guarantees are the
 *  same. */
#ifndef ACT_BROKER_H
#define ACT_BROKER_H

#include "base/base.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

/** A connection to a broker. Internally locked. */
typedef struct act_broker act_broker;
/** A durable consumer's handle; several handles of one durable share its messages.
 *  Internally locked. */
typedef struct act_consumer act_consumer;
/** A reader in stream order, without acknowledgement. One thread. */
typedef struct act_reader act_reader;

enum {
    ACT_BROKER_NAME_MAX = 64,      /**< bytes of a stream's or durable's name */
    ACT_BROKER_SUBJECT_MAX = 2048, /**< bytes of a subject or pattern */
    ACT_BROKER_ID_MAX = 1024,      /**< bytes of a message id */
    ACT_BROKER_PADDING = 64,       /**< readable bytes behind a delivered payload */
};

/** What a stream is. Names: [A-Za-z0-9_-]{1,64}. */
typedef struct {
    act_str name;
    act_str subjects; /**< one pattern, e.g. "activities.>"; publishing elsewhere: EINVAL */
    int64_t max_age_ns;          /**< 0: no limit */
    uint64_t max_bytes;          /**< payload bytes; 0: no limit. The oldest go first. */
    int64_t duplicate_window_ns; /**< ids are remembered this long */
    bool work_queue;             /**< a message is deleted when acknowledged */
} act_stream_config;

/* Limits and consumers. What a durable consumer has not acknowledged stays, whatever the
 * limits say: past max_age_ns it waits, and where it leaves no room within max_bytes,
 * publishing is refused (ACT_EFULL) until the consumers have caught up. A work queue is the
 * exception, for there everything waits for its consumers: its oldest messages go, and are
 * counted and logged as lost. docs/decisions/embedded-retention.md says why. */

/** One message to publish. */
typedef struct {
    act_str subject; /**< concrete: no wildcard */
    act_str id;      /**< deduplication id within the stream; empty: none */
    act_str payload;
} act_message;

/** One message as delivered. Views live in the batch's arena. */
typedef struct {
    uint64_t sequence;    /**< 1, 2, 3 ... within the stream */
    uint32_t deliveries;  /**< 1 for the first time (the embedded broker counts anew
                               after a restart); readers always 1 */
    int64_t published_ns; /**< wall clock of the broker */
    act_str subject;
    act_str id;
    act_str payload; /**< followed by at least 64 readable bytes (JSON padding) */
} act_delivery;

typedef struct {
    act_str durable;          /**< name, as a stream name */
    act_str filter;           /**< subject pattern; empty: all */
    int64_t ack_wait_ns;      /**< unacknowledged after this: delivered again */
    uint32_t max_ack_pending; /**< most messages out at once */
} act_consumer_config;

typedef struct {
    uint64_t first_sequence; /**< of what is kept; last + 1 when empty */
    uint64_t last_sequence;  /**< 0 when nothing was ever published */
    uint64_t messages;
    uint64_t bytes;
} act_stream_info;

typedef struct {
    uint64_t ack_floor;   /**< everything up to here is acknowledged or gone */
    uint64_t pending;     /**< not yet delivered */
    uint64_t ack_pending; /**< delivered, waiting for ack */
} act_consumer_info;

/** Create the stream or bring an existing one to this configuration (its kind, work_queue,
 *  can not change: ACT_EINVAL). ACT_EINVAL (name, pattern), ACT_EIO, ACT_ECLOSED. */
int act_broker_stream_ensure(act_broker *b, const act_stream_config *config,
                             act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** Append @n messages to @stream, in order, all or none. Returns when they are on durable
 *  storage. @ret_sequences (may be NULL) gets @n sequences; a duplicate id gets the
 *  sequence of its first message (also of one in this batch) and is not stored again.
 *  ACT_EINVAL (a subject malformed or outside the stream, an id too long), ACT_ENOTFOUND,
 *  ACT_ELIMIT (a payload or the batch above the broker's limit), ACT_EFULL (no room before
 *  consumers have caught up: publish again later), ACT_EIO, ACT_ECLOSED;
 *  @reterr names the message. After ACT_EIO the batch may yet be there: publish again with
 *  the same ids. */
int act_broker_publish(act_broker *b, act_str stream, const act_message *messages, size_t n,
                       uint64_t *ret_sequences, act_err *reterr)
    ACT_NONNULL(1) ACT_MUST_CHECK;

/** ACT_ENOTFOUND. */
int act_broker_stream_info(act_broker *b, act_str stream, act_stream_info *ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;

/** Open (creating when needed) the durable consumer; new ones start at the first kept
 *  message. An existing one keeps its position and takes over this configuration, for all
 *  its handles. In a work-queue stream the first durable that acknowledges a message
 *  removes it for all. ACT_EINVAL, ACT_ENOTFOUND (stream), ACT_EIO, ACT_ECLOSED. */
int act_consumer_open(act_broker *b, act_str stream, const act_consumer_config *config,
                      act_consumer **ret, act_err *reterr)
    ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;
/** Drop the handle; what it had out is delivered again after ack_wait. */
void act_consumer_close(act_consumer *c);

/** Up to @max messages into @a (*ret is an array of *ret_n), waiting at most @wait_ns for
 *  the first (0: not at all, negative: for ever). ACT_EAGAIN: none came. ACT_ECLOSED.
 *  Redeliveries come first, then new ones, each in sequence order. When @a is full the
 *  batch is cut short; ACT_ENOMEM: not even one message fits. A message whose time to be
 *  acknowledged is over is delivered again, and so is, at once, every unacknowledged one
 *  when the broker (the process, for the embedded one) was started anew. */
int act_consumer_fetch(act_consumer *c, size_t max, int64_t wait_ns, act_arena *a,
                       const act_delivery **ret, size_t *ret_n)
    ACT_NONNULL(1, 4, 5, 6) ACT_MUST_CHECK;
/** The records are done with; durable on return. Sequences that are not out are ignored.
 *  On failure (ACT_EIO, ACT_ECLOSED) they are delivered again. */
int act_consumer_ack(act_consumer *c, const uint64_t *sequences, size_t n)
    ACT_NONNULL(1) ACT_MUST_CHECK;
/** Deliver again, not before @delay_ns. Unknown sequences are ignored. */
int act_consumer_nak(act_consumer *c, uint64_t sequence, int64_t delay_ns)
    ACT_NONNULL(1) ACT_MUST_CHECK;
/** Still working: the ack wait of those that are out starts anew. */
int act_consumer_in_progress(act_consumer *c, const uint64_t *sequences, size_t n)
    ACT_NONNULL(1) ACT_MUST_CHECK;
int act_consumer_get_info(act_consumer *c, act_consumer_info *ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** Read @stream from sequence @from (inclusive; last + 1 means: only what comes) with a
 *  subject @filter (empty: all). ACT_EGONE: @from is older than the first kept message.
 *  ACT_EINVAL: @from is beyond last + 1, or the filter is malformed. ACT_ENOTFOUND. */
int act_reader_open(act_broker *b, act_str stream, uint64_t from, act_str filter,
                    act_reader **ret) ACT_NONNULL(1, 5) ACT_MUST_CHECK;
/** Up to @max messages in sequence order, as act_consumer_fetch(). ACT_EGONE: messages were
 *  removed before this reader saw them. @ret_next (may be NULL) gets the sequence up to
 * which the stream was looked at, plus one, also with ACT_EAGAIN. */
int act_reader_next(act_reader *r, size_t max, int64_t wait_ns, act_arena *a,
                    const act_delivery **ret, size_t *ret_n, uint64_t *ret_next)
    ACT_NONNULL(1, 4, 5, 6) ACT_MUST_CHECK;
void act_reader_close(act_reader *r);

/** The backend answers. */
int act_broker_ping(act_broker *b) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Wake everybody who waits (ACT_ECLOSED from then on), then free. All consumers and
 * readers must have been closed by the time of free; stop alone may be called earlier. */
void act_broker_stop(act_broker *b) ACT_NONNULL(1);
void act_broker_free(act_broker *b);
ACT_DEFINE_AUTO(act_broker)

/** True when concrete @subject matches @pattern: `*` is one token, a last `>` one or more.
 */
bool act_subject_matches(act_str pattern, act_str subject);
/** True when @name may name a stream or a durable. */
bool act_broker_name_is_valid(act_str name);

#endif
