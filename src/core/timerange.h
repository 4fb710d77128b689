/** @file
 *  Ranges of time as people write them in queries, resolved once against one instant. */
#ifndef ACT_TIMERANGE_H
#define ACT_TIMERANGE_H

#include "base/clock.h"
#include "base/problems.h"

/* A time is one of
 *   RFC 3339 with an offset, fraction optional     2026-01-02T03:04:05.678+01:00
 *   now
 *   now-<N><unit>      N decimal digits; s, m, h, d (24 h), w (7 d)     now-7d
 * and nothing else. It is not after the reference instant ("now"). */

/** Instant of @text against @now_ns. ACT_EINVAL for an empty text, ACT_EPARSE for another
 *  shape, ACT_ELIMIT when it is in the future or out of int64; @reterr has the reason. */
int act_time_parse(act_str text, int64_t now_ns, int64_t *ret_ns, act_err *reterr)
    ACT_NONNULL(3) ACT_MUST_CHECK;

/** Start inclusive, end exclusive. */
typedef struct {
    int64_t start_ns;
    int64_t end_ns;
    int64_t start_us; /**< first microsecond inside: rounded up, as a row's time is in µs */
    int64_t end_us;   /**< first microsecond outside */
    /** Effective times: RFC 3339 seconds; an absolute input keeps its offset. */
    char start_text[ACT_RFC3339_MAX];
    char end_text[ACT_RFC3339_MAX];
} act_timerange;

typedef struct {
    int64_t now_ns;        /**< one reading of the clock for the whole request */
    int64_t max_window_ns; /**< 0: any */
    act_str default_start; /**< for an empty start, e.g. "now-7d"; empty: it is required */
    act_str default_end;   /**< the same for the end, e.g. "now" */
    act_str start_field;   /**< where problems are reported: "spec.startTime" */
    act_str end_field;
    act_str window_field; /**< "spec" */
} act_timerange_options;

/** Resolve both ends. Every problem goes to @problems: a missing, bad or future end to its
 *  field, an end not after the start to end_field, a window above the maximum to
 *  window_field. ACT_EINVAL when there was one (@ret is then untouched), ACT_OK. */
int act_timerange_resolve(act_str start, act_str end, const act_timerange_options *options,
                          act_timerange *ret, act_problems *problems)
    ACT_NONNULL(3, 4, 5) ACT_MUST_CHECK;

#endif
