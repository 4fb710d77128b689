/** @file
 *  Kubernetes quantities ("1.5Gi", "200m") as exact numbers. */
#ifndef ACT_CEL_QUANTITY_H
#define ACT_CEL_QUANTITY_H

#include "base/str.h"

enum {
    ACT_CEL_QUANTITY_TEXT_MAX = 256, /**< bytes of input text */
    ACT_CEL_QUANTITY_EXPONENT_MAX = 64,
    ACT_CEL_QUANTITY_LIMBS = 40, /**< 1,280 bits: every text within the limits, and sums */
    ACT_CEL_QUANTITY_PRINT_MAX = 400, /**< bytes act_cel_quantity_print() may need */
};

/** A count of billionths: sign and magnitude, least significant limb first, without
 *  leading zero limbs; zero is never negative. Plain data. */
typedef struct {
    bool negative;
    uint8_t count; /**< limbs in use */
    uint32_t limb[ACT_CEL_QUANTITY_LIMBS];
} act_cel_quantity;

/** Read all of @text: sign, decimal digits with an optional point, then a suffix (n u m k M
 *  G T P E, Ki Mi Gi Ti Pi Ei) or a decimal exponent. What is finer than a billionth is
 *  rounded away from zero, as Kubernetes does.
 *  Errors: ACT_EPARSE; ACT_ELIMIT for too long a text or too large an exponent.
 *  Source: resource.Quantity of Kubernetes. */
int act_cel_quantity_parse(act_str text, act_cel_quantity *ret)
    ACT_NONNULL(2) ACT_MUST_CHECK;

act_cel_quantity act_cel_quantity_from_int(int64_t value);

/** Negative, 0 or positive, by value. */
int act_cel_quantity_cmp(const act_cel_quantity *a, const act_cel_quantity *b)
    ACT_NONNULL(1, 2);
/** -1, 0 or 1. */
int act_cel_quantity_sign(const act_cel_quantity *q) ACT_NONNULL(1);

/** @ret may be one of the operands. ACT_ELIMIT when the result needs more limbs. */
int act_cel_quantity_add(const act_cel_quantity *a, const act_cel_quantity *b,
                         act_cel_quantity *ret) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
int act_cel_quantity_sub(const act_cel_quantity *a, const act_cel_quantity *b,
                         act_cel_quantity *ret) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** ACT_EINVAL when the value has a fraction or does not fit int64. */
int act_cel_quantity_to_int(const act_cel_quantity *q, int64_t *ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** The nearest double. */
double act_cel_quantity_to_double(const act_cel_quantity *q) ACT_NONNULL(1);

/** Plain decimal text without suffix or trailing zeros ("-1.5"), which reads back as the
 *  same value when it is within the limit of the input. Returns its length. */
size_t act_cel_quantity_print(const act_cel_quantity *q,
                              char out[ACT_CEL_QUANTITY_PRINT_MAX]) ACT_NONNULL(1, 2);

#endif
