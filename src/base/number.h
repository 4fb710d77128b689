/** @file
 *  Doubles as text and back, exact and independent of the locale. */
#ifndef ACT_NUMBER_H
#define ACT_NUMBER_H

#include "base/str.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { ACT_F64_TEXT_MAX = 32 };

/** Write the shortest digits that read back as @v, laid out as JavaScript and Go's
 *  encoding/json do: plain from 1e-6 up to below 1e21, else with an exponent; "NaN",
 *  "+Inf", "-Inf". Returns the length; no NUL follows. */
size_t act_f64_format(double v, char out[ACT_F64_TEXT_MAX]);

/** All of @text, which must be a number by JSON's grammar, rounded to the nearest double;
 *  too small is zero. ACT_EPARSE for other text, ACT_ELIMIT beyond the largest double. */
int act_f64_parse(act_str text, double *ret) ACT_NONNULL(2) ACT_MUST_CHECK;

#ifdef __cplusplus
}
#endif

#endif
