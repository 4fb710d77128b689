/** @file
 *  Dead letters: what a record that could not be translated (or read) becomes, so that it
 * is not lost and can be tried again. */
#ifndef ACT_DEAD_LETTER_H
#define ACT_DEAD_LETTER_H

#include "base/buf.h"
#include "base/clock.h"
#include "core/translate.h"

/** One failure of one record. Views. */
typedef struct {
    enum act_rule_kind kind;      /**< of the record */
    act_str error_type;           /**< act_failure_name(), or "refused" */
    act_str error;                /**< a sentence */
    act_str policy;               /**< name; empty: none */
    int64_t policy_version;       /**< metadata.generation */
    act_str group, resource_kind; /**< of the policy */
    int32_t rule;                 /**< -1: before any rule */
    int64_t failed_ns;
    act_str record; /**< JSON, or whatever was sent */
} act_dead_letter;

/** Append the message: type, originalPayload (the record's own bytes; a string when they
 * are no JSON), error, errorType, policyName, policyVersion, ruleIndex, timestamp,
 * resource, retryCount, nextRetryAfter. @record_is_json as it is known. */
void act_dead_letter_write(const act_dead_letter *d, bool record_is_json, act_buf *out)
    ACT_NONNULL(1, 3);
/** Append its subject: activity.dlq.<audit|k8s-event>.<group>.<kind>. */
void act_dead_letter_subject(const act_dead_letter *d, act_buf *out) ACT_NONNULL(1, 2);
/** Read a message; views of @message and @a. ACT_EPARSE: it is none. */
int act_dead_letter_read(act_json_parser *p, act_arena *a, act_str message,
                         act_dead_letter *ret) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

#endif
