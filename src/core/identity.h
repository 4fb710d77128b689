/** @file
 *  Names that are the same every time: message ids, activity names, insert tokens. */
#ifndef ACT_IDENTITY_H
#define ACT_IDENTITY_H

#include "base/buf.h"

/** A reusable SHA-256. One thread. */
typedef struct act_sha256 act_sha256;
int act_sha256_new(act_sha256 **ret) ACT_NONNULL(1) ACT_MUST_CHECK; /**< ACT_ENOMEM */
void act_sha256_free(act_sha256 *h);                                /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_sha256)

enum { ACT_SHA256_SIZE = 32 };
/** Digest of the @n parts with a NUL byte between each two. */
void act_sha256_parts(act_sha256 *h, const act_str *parts, size_t n,
                      uint8_t out[ACT_SHA256_SIZE]) ACT_NONNULL(1, 4);

/** Append the broker's deduplication id of an audit event: `<auditID>/<stage>`. */
void act_id_of_audit(act_buf *out, act_str audit_id, act_str stage) ACT_NONNULL(1);

/** How often an Event was seen. Repeats of an Event keep its uid and change this. */
typedef struct {
    bool repeated;       /**< has a series, or a count above 1 */
    int64_t count;       /**< of the series, else the (deprecated) count */
    int64_t observed_ns; /**< when it was last observed */
} act_series_state;

/** Append the id of an Event: `<uid>/<resourceVersion>`; without a resourceVersion ("" or
 *  "0") the series state stands in for it: `<uid>/s<count>@<observed ns>`. */
void act_id_of_event(act_buf *out, act_str uid, act_str resource_version,
                     const act_series_state *series) ACT_NONNULL(1, 4);

enum { ACT_ACTIVITY_NAME_LEN = 24 }; /**< "act-" and 20 hex digits, then a NUL */

/** Name of the activity that a policy (its group, "" for core, and kind) makes of a record:
 *  "act-" and the first 20 hex digits of SHA-256 over
 *      origin NUL id NUL group NUL kind
 *  and, for a repeated Event, NUL count NUL observed time in ns: each repetition is an
 *  activity of its own and a retry is not. @origin is "audit" or "event", @id the auditID
 *  or uid; @series may be NULL (audit). */
void act_activity_name(act_sha256 *h, act_str origin, act_str id, act_str group,
                       act_str kind, const act_series_state *series,
                       char out[ACT_ACTIVITY_NAME_LEN + 1]) ACT_NONNULL(1, 7);

/** Append the token under which the store recognises a batch that it already has:
 *  `<stream>:<first>-<last>:<count>:<16 hex of the hash of all sequences>`. The same
 *  messages in the same order give the same token, any other selection another. */
void act_batch_token(act_sha256 *h, act_buf *out, act_str stream, const uint64_t *sequences,
                     size_t n) ACT_NONNULL(1, 2);

#endif
