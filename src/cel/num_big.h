/** @file
 *  Unsigned integers of bounded size, for printing the exact decimals of doubles. */
#ifndef CEL_NUM_BIG_H
#define CEL_NUM_BIG_H

#include "base/macros.h"

/* The largest numbers that arise: 5e-324 in %.100e is 53 bits times 10^424 (1,462 bits)
 * against 2^1074; 1e308 in %.100f is 1,357 bits. Twice that, for remainders being doubled.
 */
enum { CEL_BIG_WORDS = 96 };

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
uint32_t cel_big_bits(const cel_big *b) ACT_NONNULL(1);

#endif
