/** @file
 *  Numbers of CEL: strict reading, exact printing, comparison across the three kinds. */
#ifndef CEL_NUM_H
#define CEL_NUM_H

#include "base/str.h"

enum {
    CEL_NUM_MAX = 32,        /**< bytes for any integer or `%g` style double */
    CEL_NUM_PRECISION = 100, /**< most digits behind the dot that may be asked for */
    CEL_NUM_FIXED_MAX = 448, /**< 309 digits, sign, dot and the precision; or the
                                      shortest form of the smallest double */
};

/* None of these depends on the locale, allocates or keeps state: any thread. */

/** Whole of @s: optional `+` or `-`, decimal digits. ACT_EINVAL, or ACT_ELIMIT when it does
 *  not fit. */
int cel_num_parse_int(act_str s, int64_t *ret) ACT_NONNULL(2) ACT_MUST_CHECK;
/** Whole of @s: decimal digits without a sign. Errors as above. */
int cel_num_parse_uint(act_str s, uint64_t *ret) ACT_NONNULL(2) ACT_MUST_CHECK;
/** Whole of @s: sign, digits with an optional dot and exponent, hexadecimal with a `p`
 *  exponent, or inf, infinity, nan in any case; nearest double, ties to even. ACT_EINVAL,
 *  or ACT_ELIMIT when it overflows. What Go's strconv.ParseFloat takes, without `_`. */
int cel_num_parse_double(act_str s, double *ret) ACT_NONNULL(2) ACT_MUST_CHECK;

/* Printers return the length; no NUL is written. */

size_t cel_num_print_int(int64_t v, char out[CEL_NUM_MAX]);
size_t cel_num_print_uint(uint64_t v, char out[CEL_NUM_MAX]);
/** Shortest digits that read back the same; plain when the decimal exponent is in -4..5,
 *  else d.ddde+XX; NaN, +Inf, -Inf. The text of string(double), as cel-go has it. */
size_t cel_num_print_double(double v, char out[CEL_NUM_MAX]);
/** Shortest digits, never an exponent; NaN, Infinity, -Infinity. `%s` and `%d` of format.
 */
size_t cel_num_print_plain(double v, char out[CEL_NUM_FIXED_MAX]);
/** @precision digits behind the dot (none: no dot), the exact binary value rounded half to
 *  even. @precision above CEL_NUM_PRECISION is an assertion. `%f` of format. */
size_t cel_num_print_fixed(double v, unsigned precision, char out[CEL_NUM_FIXED_MAX]);
/** As above in the form d.dde+XX. `%e` of format. */
size_t cel_num_print_exponent(double v, unsigned precision, char out[CEL_NUM_FIXED_MAX]);

/** Order of an int and a double: negative, 0, positive. Doubles beyond +-2^63 decide by
 *  sign, else the int is converted. @b must not be NaN. */
int cel_num_cmp_int_double(int64_t a, double b);
int cel_num_cmp_uint_double(uint64_t a, double b);
int cel_num_cmp_int_uint(int64_t a, uint64_t b);

/** Toward zero; ACT_ELIMIT for NaN and values outside the open interval of the type's
 *  bounds (int: -2^63 and 2^63 excluded; uint: below 0 and 2^64 excluded). */
int cel_num_double_to_int(double v, int64_t *ret) ACT_NONNULL(2) ACT_MUST_CHECK;
int cel_num_double_to_uint(double v, uint64_t *ret) ACT_NONNULL(2) ACT_MUST_CHECK;

#endif
