/** @file
 *  Timestamps and durations of CEL: text, range, arithmetic and calendar fields. */
#ifndef CEL_TIME_H
#define CEL_TIME_H

#include "base/str.h"

/** An instant in UTC, 0001-01-01T00:00:00Z to 9999-12-31T23:59:59.999999999Z. Plain. */
typedef struct {
    int64_t seconds; /**< since 1970-01-01 UTC, floor */
    uint32_t nanos;  /**< 0 to 999,999,999 */
} cel_time;

#define CEL_TIME_MIN_S INT64_C(-62135596800)
#define CEL_TIME_MAX_S INT64_C(253402300799)

enum {
    CEL_TIME_TEXT_MAX = 64,      /**< longest timestamp text that is read */
    CEL_DURATION_TEXT_MAX = 128, /**< longest duration text that is read */
    CEL_TIME_PRINT_MAX = 32,     /**< bytes for a printed timestamp or duration */
};

/* Durations are int64 nanoseconds. Nothing here allocates or keeps state: any thread. */

static inline bool cel_time_in_range(int64_t seconds)
{
    return seconds >= CEL_TIME_MIN_S && seconds <= CEL_TIME_MAX_S;
}

/** Whole of @s: YYYY-MM-DDTHH:MM:SS[.f+](Z|+HH:MM|-HH:MM), real dates, no second 60,
 *  fraction digits beyond 9 cut. ACT_EPARSE; ACT_ELIMIT past the range or text length. */
int cel_time_parse(act_str s, cel_time *ret) ACT_NONNULL(2) ACT_MUST_CHECK;
/** RFC 3339 in UTC, fraction without trailing zeros. Returns the length, no NUL. */
size_t cel_time_print(cel_time t, char out[CEL_TIME_PRINT_MAX]);

/** Whole of @s: sign, then `number unit` one or more times (h m s ms us ns), or 0.
 *  ACT_EPARSE; ACT_ELIMIT past int64 nanoseconds or the text length. */
int cel_duration_parse(act_str s, int64_t *ret_ns) ACT_NONNULL(2) ACT_MUST_CHECK;
/** Decimal seconds and `s`: 5400s, -0.5s. Returns the length, no NUL. */
size_t cel_duration_print(int64_t ns, char out[CEL_TIME_PRINT_MAX]);

/** t + ns; ACT_ELIMIT past the range. */
int cel_time_add(cel_time t, int64_t ns, cel_time *ret) ACT_NONNULL(3) ACT_MUST_CHECK;
/** t - ns; ACT_ELIMIT past the range. */
int cel_time_sub(cel_time t, int64_t ns, cel_time *ret) ACT_NONNULL(3) ACT_MUST_CHECK;
/** a - b in nanoseconds; ACT_ELIMIT when it does not fit. */
int cel_time_diff(cel_time a, cel_time b, int64_t *ret_ns) ACT_NONNULL(3) ACT_MUST_CHECK;

static inline int cel_time_cmp(cel_time a, cel_time b)
{
    if (a.seconds != b.seconds)
        return a.seconds < b.seconds ? -1 : 1;
    return (a.nanos > b.nanos) - (a.nanos < b.nanos);
}

/** Fields of the proleptic Gregorian calendar. */
typedef struct {
    int32_t year;
    uint8_t month;     /**< 1 to 12 */
    uint8_t day;       /**< 1 to 31 */
    uint8_t hour;      /**< 0 to 23 */
    uint8_t minute;    /**< 0 to 59 */
    uint8_t second;    /**< 0 to 59 */
    uint8_t weekday;   /**< 0 Sunday to 6 */
    uint16_t year_day; /**< 0 to 365 */
} cel_civil;

/** Fields at @seconds (already moved by the zone's offset). */
cel_civil cel_civil_at(int64_t seconds);
/** Days from 1970-01-01 to a real date; months and days from 1. */
int64_t cel_days_from_civil(int64_t year, unsigned month, unsigned day);
bool cel_is_leap_year(int64_t year);

#endif
