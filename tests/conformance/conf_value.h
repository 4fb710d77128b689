/** @file
 *  Values of conformance tests: one-member objects that name their kind. */
#ifndef CONF_VALUE_H
#define CONF_VALUE_H

#include "base/json.h"
#include "cel/value.h"

/* {"int":"-1"} {"uint":"1"} {"double":"1.5" or "NaN" "Infinity" "-0"} {"string":"s"}
 * {"bool":true} {"null":true} {"type":"int"} {"bytes":BASE64} {"list":[v, ..]}
 * {"map":[[k, v], ..]} {"duration":"1.5s"} {"timestamp":RFC 3339} */

/** The value that @v describes, in @arena. ACT_EPARSE, ACT_ENOMEM. */
int conf_value_read(const act_json *v, act_arena *arena, cel_value *ret)
    ACT_NONNULL(2, 3) ACT_MUST_CHECK;

/** Same kind and same value, bit for bit: 1 is not 1u, 0.0 is not -0.0, and NaN is NaN.
 *  Maps have no order. */
bool conf_value_same(cel_value a, cel_value b);

/** Append @v for people, with its kind. */
void conf_value_write(cel_value v, act_buf *out) ACT_NONNULL(2);

#endif
