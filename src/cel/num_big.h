/** @file
 *  Unsigned integers of bounded size, for exact conversion between doubles and decimals. */
#ifndef CEL_NUM_BIG_H
#define CEL_NUM_BIG_H

#include "base/macros.h"

/* The largest number that arises: 800 decimal digits (2,658 bits) times 10^400 or shifted
 * by 1,200 bits for the quotient; 6,000 bits leave room. */
enum { CEL_BIG_WORDS = 190 };

/** Little-endian words without leading zero words; zero has count 0. Plain data. Growing
 *  past the capacity is an assertion: callers bound their inputs. */
typedef struct {
    uint32_t count;
    uint32_t word[CEL_BIG_WORDS];
} cel_big;

void cel_big_set(cel_big *b, uint64_t v) ACT_NONNULL(1);
/** b = b * factor + addend. */
void cel_big_mul_add(cel_big *b, uint32_t factor, uint32_t addend) ACT_NONNULL(1);
void cel_big_mul_pow10(cel_big *b, uint32_t power) ACT_NONNULL(1);
void cel_big_shl(cel_big *b, uint32_t bits) ACT_NONNULL(1);
/** a - b into a; a must not be smaller. */
void cel_big_sub(cel_big *a, const cel_big *b) ACT_NONNULL(1, 2);
/** b / divisor into b; the remainder is returned. */
uint32_t cel_big_div_small(cel_big *b, uint32_t divisor) ACT_NONNULL(1);
int cel_big_cmp(const cel_big *a, const cel_big *b) ACT_NONNULL(1, 2);
/** Sign of a + b - c. */
int cel_big_cmp_sum(const cel_big *a, const cel_big *b, const cel_big *c)
    ACT_NONNULL(1, 2, 3);
uint32_t cel_big_bits(const cel_big *b) ACT_NONNULL(1);
/** a / b when the quotient is below 10; the remainder stays in a. */
uint32_t cel_big_div_digit(cel_big *a, const cel_big *b) ACT_NONNULL(1, 2);

#endif
