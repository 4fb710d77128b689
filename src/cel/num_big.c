/* Unsigned integers of bounded size, for exact decimals of doubles. */
#include "cel/num_big.h"

static void trim(cel_big *b)
{
    while (b->count && b->word[b->count - 1] == 0)
        b->count--;
}

static void push(cel_big *b, uint32_t word)
{
    assert(b->count < CEL_BIG_WORDS);
    b->word[b->count++] = word;
}

void cel_big_set(cel_big *b, uint64_t v)
{
    b->count = 0;
    for (; v; v >>= 32)
        push(b, (uint32_t)v);
}

void cel_big_mul_add(cel_big *b, uint32_t factor, uint32_t addend)
{
    uint64_t carry = addend;
    for (uint32_t i = 0; i < b->count; i++) {
        carry += (uint64_t)b->word[i] * factor;
        b->word[i] = (uint32_t)carry;
        carry >>= 32;
    }
    if (carry)
        push(b, (uint32_t)carry);
    trim(b);
}

void cel_big_mul_pow10(cel_big *b, uint32_t power)
{
    for (; power >= 9; power -= 9)
        cel_big_mul_add(b, 1000000000, 0);
    for (; power; power--)
        cel_big_mul_add(b, 10, 0);
}

void cel_big_shl(cel_big *b, uint32_t bits)
{
    if (b->count == 0 || bits == 0)
        return;
    uint32_t words = bits / 32;
    uint32_t rest = bits % 32;
    assert(b->count + words < CEL_BIG_WORDS);
    b->word[b->count] = 0;
    for (uint32_t i = b->count + 1; i-- > 0;) {
        uint64_t pair = (uint64_t)b->word[i] << 32 | (i ? b->word[i - 1] : 0);
        b->word[i + words] = (uint32_t)(pair >> (32 - rest));
    }
    memset(b->word, 0, words * sizeof b->word[0]);
    b->count += words + 1;
    trim(b);
}

void cel_big_sub(cel_big *a, const cel_big *b)
{
    uint64_t borrow = 0;
    for (uint32_t i = 0; i < a->count; i++) {
        uint64_t take = borrow + (i < b->count ? b->word[i] : 0);
        borrow = a->word[i] < take;
        a->word[i] = (uint32_t)(a->word[i] - take);
    }
    assert(borrow == 0);
    trim(a);
}

uint32_t cel_big_div_small(cel_big *b, uint32_t divisor)
{
    uint64_t rest = 0;
    for (uint32_t i = b->count; i-- > 0;) {
        rest = rest << 32 | b->word[i];
        b->word[i] = (uint32_t)(rest / divisor);
        rest %= divisor;
    }
    trim(b);
    return (uint32_t)rest;
}

int cel_big_cmp(const cel_big *a, const cel_big *b)
{
    if (a->count != b->count)
        return a->count < b->count ? -1 : 1;
    for (uint32_t i = a->count; i-- > 0;)
        if (a->word[i] != b->word[i])
            return a->word[i] < b->word[i] ? -1 : 1;
    return 0;
}

uint32_t cel_big_bits(const cel_big *b)
{
    if (b->count == 0)
        return 0;
    return b->count * 32 - (uint32_t)__builtin_clz(b->word[b->count - 1]);
}
