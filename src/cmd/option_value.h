/** @file
 *  Text of option values to numbers. */
#ifndef ACT_OPTION_VALUE_H
#define ACT_OPTION_VALUE_H

#include "base/str.h"

/** "250ms", "30s", "15m", "24h", "7d", "0" to nanoseconds: one whole number and one unit,
 *  days among them. (Go's durations, which have sums and fractions and no days, are those
 *  of the API: kube/options.h.) ACT_EINVAL, ACT_ELIMIT. */
int act_duration_parse(act_str text, int64_t *ret_ns) ACT_NONNULL(2) ACT_MUST_CHECK;

/** "1048576", "64Ki", "512Mi", "10Gi", "2Ti" to bytes. ACT_EINVAL, ACT_ELIMIT. */
int act_size_parse(act_str text, uint64_t *ret_bytes) ACT_NONNULL(2) ACT_MUST_CHECK;

#endif
