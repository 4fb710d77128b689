/** @file
 *  Ranges of time as people write them in queries, resolved once against one instant. */
#ifndef ACT_TIMERANGE_H
#define ACT_TIMERANGE_H

#include "base/clock.h"

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
    int64_t start_ms; /**< first millisecond inside: rounded up, as a row's time is in ms */
    int64_t end_ms;   /**< first millisecond outside */
    /** Effective times: RFC 3339 seconds; an absolute input keeps its offset. */
    char start_text[ACT_RFC3339_MAX];
    char end_text[ACT_RFC3339_MAX];
} act_timerange;

enum act_timerange_part {
    ACT_TIMERANGE_START,
    ACT_TIMERANGE_END,
    ACT_TIMERANGE_WINDOW, /**< both are fine, their distance is not */
};

enum { ACT_TIMERANGE_TEXT_MAX = 256 };

/** One thing wrong, for a cause of a Status. */
typedef struct {
    enum act_timerange_part part;
    bool required; /**< the value is missing; else it is invalid */
    char text[ACT_TIMERANGE_TEXT_MAX];
} act_timerange_problem;

typedef struct {
    int64_t now_ns;        /**< one reading of the clock for the whole request */
    int64_t max_window_ns; /**< 0: any */
    act_str default_start; /**< for an empty start, e.g. "now-7d"; empty: it is required */
    act_str default_end;   /**< the same for the end, e.g. "now" */
} act_timerange_options;

enum { ACT_TIMERANGE_PROBLEMS_MAX = 2 };

/** Resolve both ends. ACT_EINVAL with every problem (start and end each have at most one)
 *  in @ret_problems, *@ret_n of them; @ret is then untouched. */
int act_timerange_resolve(act_str start, act_str end, const act_timerange_options *options,
                          act_timerange *ret,
                          act_timerange_problem ret_problems[ACT_TIMERANGE_PROBLEMS_MAX],
                          size_t *ret_n) ACT_NONNULL(3, 4, 5, 6) ACT_MUST_CHECK;

#endif
