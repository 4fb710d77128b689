/** @file
 *  Time as a parameter: code asks the clock it was given, never the system. */
#ifndef ACT_CLOCK_H
#define ACT_CLOCK_H

#include "base/str.h"

/** Two readings; both functions get @ctx. Passed by value; any thread. */
typedef struct {
    int64_t (*wall_ns)(void *ctx); /**< nanoseconds since 1970-01-01 UTC */
    int64_t (*mono_ns)(void *ctx); /**< nanoseconds that never jump; for waits and spans */
    void *ctx;
} act_clock;

/** The system's clocks (CLOCK_REALTIME, CLOCK_MONOTONIC). */
act_clock act_clock_system(void);

static inline int64_t act_wall_ns(act_clock c)
{
    return c.wall_ns(c.ctx);
}

static inline int64_t act_mono_ns(act_clock c)
{
    return c.mono_ns(c.ctx);
}

#define ACT_NS_PER_US INT64_C(1000)
#define ACT_NS_PER_MS INT64_C(1000000)
#define ACT_NS_PER_S INT64_C(1000000000)

enum { ACT_RFC3339_MAX = 36 };

/** Write @wall_ns (years 1 to 9999, clamped) as RFC 3339 in UTC with exactly @digits (0 to
 * 9) fraction digits, cut not rounded. Returns the length; a NUL follows. */
size_t act_rfc3339_format(int64_t wall_ns, unsigned digits, char out[ACT_RFC3339_MAX]);

/** Read RFC 3339 "YYYY-MM-DDTHH:MM:SS[.f{1,}](Z|+HH:MM|-HH:MM)", real dates only, fraction
 *  beyond 9 digits cut. ACT_EPARSE; ACT_ELIMIT when it does not fit int64 nanoseconds. */
int act_rfc3339_parse(act_str text, int64_t *ret_wall_ns) ACT_NONNULL(2) ACT_MUST_CHECK;

#endif
