/** @file
 *  Dead letters: what a record that could not be translated (or read, or stored) becomes,
 *  so that it is not lost and can be tried again. */
#ifndef ACT_DEAD_LETTER_H
#define ACT_DEAD_LETTER_H

#include "base/buf.h"
#include "base/clock.h"
#include "core/translate.h"

enum {
    /** Bytes of a message; of a record that leaves no room for the rest, the start is kept.
     */
    ACT_DEAD_LETTER_BYTES_MAX = 10 << 20,
};

/** A record and its last failure. Views. */
typedef struct {
    enum act_rule_kind kind; /**< of the record */
    act_str id;              /**< of the record's message, kept by every further failure */
    act_str error_type;      /**< act_failure_name(), "refused", "store" or "memory" */
    act_str error;           /**< a sentence */
    act_str policy;          /**< name; empty: none */
    int64_t policy_version;  /**< metadata.generation */
    uint64_t policies;       /**< act_policy_set_fingerprint() when it failed; 0: none */
    act_str group, resource_kind; /**< of the policy */
    act_str name, ns;             /**< of the object, where known */
    act_scope tenant;             /**< where known */
    int32_t rule;                 /**< -1: before any rule */
    int64_t failed_ns;            /**< the first time */
    uint32_t retries;             /**< how often it was tried again, in vain */
    int64_t retried_ns;           /**< the last of them; 0: none */
    int64_t next_ns;              /**< not tried again before; 0: at any time */
    bool cut;                     /**< @record is the start of a longer one */
    act_str record;               /**< JSON, or whatever was sent */
} act_dead_letter;

/** When a letter is tried again if no policy changes meanwhile. */
typedef struct {
    int64_t first_ns; /**< after the first failure */
    double factor;    /**< each further wait is this much longer */
    int64_t most_ns;  /**< but no longer than this */
    uint32_t alarm;   /**< retries from which on a letter is counted as a stubborn one */
} act_retry_schedule;

#define ACT_RETRY_SCHEDULE_INIT                                                            \
    ((act_retry_schedule){ .first_ns = 60 * ACT_NS_PER_S,                                  \
                           .factor = 2,                                                    \
                           .most_ns = 24 * 3600 * ACT_NS_PER_S,                            \
                           .alarm = 10 })
/** The wait after the failure of retry number @retries (0: after the first failure). */
int64_t act_retry_delay_ns(const act_retry_schedule *s, uint32_t retries) ACT_NONNULL(1);

/** Append the message: type, id, originalPayload (the record's own bytes; a string when
 * they are no JSON, originalPayloadBase64 when they are not even UTF-8), error, errorType,
 *  policyName, policyVersion, policiesFingerprint, ruleIndex, timestamp, tenant, resource,
 *  retryCount, lastRetryAt, nextRetryAfter, truncated. @record_is_json as it is known. */
void act_dead_letter_write(const act_dead_letter *d, bool record_is_json, act_buf *out)
    ACT_NONNULL(1, 3);
/** Append its subject: activity.dlq.<audit|k8s-event>.<group>.<kind>. */
void act_dead_letter_subject(const act_dead_letter *d, act_buf *out) ACT_NONNULL(1, 2);
/** Append its message id, another one for each retry; nothing when the record has none. */
void act_dead_letter_id(const act_dead_letter *d, act_buf *out) ACT_NONNULL(1, 2);
/** Read a message; views of @message and @a. ACT_EPARSE: it is none. ACT_ENOMEM. */
int act_dead_letter_read(act_json_parser *p, act_arena *a, act_str message,
                         act_dead_letter *ret) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

#endif
