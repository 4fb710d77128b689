/** @file
 *  A growing byte buffer with a sticky failure: append many times, check once. */
#ifndef ACT_BUF_H
#define ACT_BUF_H

#include "base/str.h"

#include <stdarg.h>

/** Plain data; a zero value (ACT_BUF_INIT) is an empty buffer without a cap.
 *  After a failed append, further appends do nothing and act_buf_err() says why.
 *  Growth moves the bytes: a view taken earlier is invalid after the next append.
 *  One thread. */
typedef struct {
    char *ptr;
    size_t len;
    size_t size; /**< bytes allocated */
    size_t cap;  /**< most bytes it may hold; 0 means no cap */
    int err;     /**< 0, ACT_ENOMEM or ACT_ELIMIT (the cap) */
} act_buf;

#define ACT_BUF_INIT ((act_buf){ 0 })

void act_buf_done(act_buf *b) ACT_NONNULL(1); /**< Frees; the buffer is empty again. */
void act_buf_clear(act_buf *b)
    ACT_NONNULL(1); /**< Empties, keeps memory, forgets errors. */

/** As act_buf_reserve(), for when there is no room yet. */
char *act_buf_grow(act_buf *b, size_t n) ACT_NONNULL(1);
/** Room for @n more bytes; NULL on failure, else where they go (then add to b->len). */
static inline char *act_buf_reserve(act_buf *b, size_t n)
{
    if (ACT_LIKELY(!b->err && n < b->size - b->len))
        return b->ptr + b->len;
    return act_buf_grow(b, n);
}
void act_buf_add(act_buf *b, act_str s) ACT_NONNULL(1);
void act_buf_add_byte(act_buf *b, char c) ACT_NONNULL(1);
void act_buf_add_u64(act_buf *b, uint64_t value) ACT_NONNULL(1);
void act_buf_add_i64(act_buf *b, int64_t value) ACT_NONNULL(1);
void act_buf_printf(act_buf *b, const char *format, ...) ACT_NONNULL(1) ACT_PRINTF(2, 3);

/** The bytes so far; valid until the next change. */
static inline act_str act_buf_str(const act_buf *b)
{
    return (act_str){ b->ptr, b->len };
}

static inline int act_buf_err(const act_buf *b)
{
    return b->err;
}

#endif
