/** @file
 *  Records gathered into bodies and posted to a collector. */
#ifndef ACT_RECORD_POST_H
#define ACT_RECORD_POST_H

#include "base/clock.h"
#include "cmd/record_file.h"

enum {
    ACT_POST_ITEMS = 400,       /**< records of one body */
    ACT_POST_BYTES = 2 << 20,   /**< a body is sent when it is longer */
    ACT_POST_REASONS_KEPT = 10, /**< refusals that are shown word by word */
};

typedef struct {
    act_str url;         /**< of the collector: "http://127.0.0.1:8080" */
    act_str token;       /**< bearer token; empty: none */
    const char *ca_file; /**< of an https URL; NULL: the system's CAs */
    int64_t retry_ns;    /**< how long a collector that does not answer is tried again */
    act_clock clock;
} act_post_options;

typedef struct {
    uint64_t sent;     /**< records in bodies that the collector took */
    uint64_t accepted; /**< of them: durable now (or were before) */
    uint64_t skipped;  /**< of them: not wanted there (other stages of a request) */
    uint64_t refused;  /**< of them: not records by the collector's judgement */
} act_post_counts;

/** One thread. */
typedef struct act_poster act_poster;
/** Strings are copied. ACT_EINVAL (URL), ACT_ENOMEM, ACT_EIO. */
int act_poster_new(const act_post_options *options, act_poster **ret, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_poster_free(act_poster *p); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_poster)

/** Add one record (copied); a full body is sent. Failures of act_poster_flush(). */
int act_poster_add(act_poster *p, enum act_record_form form, act_str json, act_err *reterr)
    ACT_NONNULL(1) ACT_MUST_CHECK;
/** Send what is gathered. ACT_EIO: the collector did not answer within retry_ns;
 * ACT_EDENIED: 401 or 403; ACT_EINVAL: it refuses the whole body. @reterr has its words. */
int act_poster_flush(act_poster *p, act_err *reterr) ACT_NONNULL(1) ACT_MUST_CHECK;

act_post_counts act_poster_counts(const act_poster *p) ACT_NONNULL(1);
/** The @i-th kept reason of a refusal; NULL when there are fewer. */
const char *act_poster_reason(const act_poster *p, size_t i) ACT_NONNULL(1);

#endif
