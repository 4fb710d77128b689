/** @file
 *  The POSIX TZ rule in a TZif footer: offsets for times after the last transition. */
#ifndef CEL_TZ_RULE_H
#define CEL_TZ_RULE_H

#include "base/str.h"

/** When in a year the offset changes. */
typedef struct {
    char kind;     /**< 'M' month.week.day, 'J' day 1-365 without leap day, 'D' day 0-365 */
    uint8_t month; /**< 1 to 12, kind M */
    uint8_t week;  /**< 1 to 5, 5 is the last, kind M */
    uint16_t day;  /**< weekday 0 to 6 (M), or the day of the year */
    int32_t seconds; /**< local time of day, -167 h to 167 h */
} cel_tz_day;

typedef struct {
    int32_t standard; /**< seconds east of UTC */
    int32_t summer;
    bool has_summer;
    cel_tz_day begin; /**< summer time begins, in standard time */
    cel_tz_day end;   /**< summer time ends, in summer time */
} cel_tz_rule;

/** Whole of @s ("CET-1CEST,M3.5.0,M10.5.0/3"). ACT_EPARSE. */
int cel_tz_rule_parse(act_str s, cel_tz_rule *ret) ACT_NONNULL(2) ACT_MUST_CHECK;
/** Seconds east of UTC at @unix_seconds. */
int32_t cel_tz_rule_offset(const cel_tz_rule *r, int64_t unix_seconds) ACT_NONNULL(1);

#endif
