/** @file
 *  Kubernetes quantities ("1.5Gi", "200m") as exact numbers. */
#ifndef CEL_QUANTITY_H
#define CEL_QUANTITY_H

#include "base/str.h"

enum {
    CEL_QUANTITY_TEXT_MAX = 256, /**< bytes of input text */
    CEL_QUANTITY_EXPONENT_MAX = 64,
    CEL_QUANTITY_LIMBS = 40,      /**< 1,280 bits: every text within the limits, and sums */
    CEL_QUANTITY_PRINT_MAX = 400, /**< bytes cel_quantity_print() may need */
};

/** A count of billionths: sign and magnitude, least significant limb first, without
 *  leading zero limbs; zero is never negative. Plain data. */
typedef struct {
    bool negative;
    uint8_t count; /**< limbs in use */
    uint32_t limb[CEL_QUANTITY_LIMBS];
} cel_quantity;

/** Read all of @text: sign, decimal digits with an optional point, then a suffix (n u m k M
 *  G T P E, Ki Mi Gi Ti Pi Ei) or a decimal exponent. What is finer than a billionth is
 *  rounded away from zero, as Kubernetes does.
 *  Errors: ACT_EPARSE; ACT_ELIMIT for too long a text, or an exponent above @max_exponent
 *  (at most CEL_QUANTITY_EXPONENT_MAX) in either direction.
 *  Source: resource.Quantity of Kubernetes. */
int cel_quantity_parse(act_str text, uint32_t max_exponent, cel_quantity *ret)
    ACT_NONNULL(3) ACT_MUST_CHECK;

cel_quantity cel_quantity_from_int(int64_t value);

/** Negative, 0 or positive, by value. */
int cel_quantity_cmp(const cel_quantity *a, const cel_quantity *b) ACT_NONNULL(1, 2);
/** -1, 0 or 1. */
int cel_quantity_sign(const cel_quantity *q) ACT_NONNULL(1);

/** @ret may be one of the operands. ACT_ELIMIT when the result needs more limbs. */
int cel_quantity_add(const cel_quantity *a, const cel_quantity *b, cel_quantity *ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
int cel_quantity_sub(const cel_quantity *a, const cel_quantity *b, cel_quantity *ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** ACT_EINVAL when the value has a fraction or does not fit int64. */
int cel_quantity_to_int(const cel_quantity *q, int64_t *ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** The nearest double. */
double cel_quantity_to_double(const cel_quantity *q) ACT_NONNULL(1);

/** Plain decimal text without suffix or trailing zeros ("-1.5"), which reads back as the
 *  same value when it is within the limit of the input. Returns its length. */
size_t cel_quantity_print(const cel_quantity *q, char out[CEL_QUANTITY_PRINT_MAX])
    ACT_NONNULL(1, 2);

#endif
