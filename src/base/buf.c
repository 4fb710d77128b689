#include "base/buf.h"

#include "base/alloc.h"

#include <stdio.h>

enum { FIRST_SIZE = 256 };

void act_buf_done(act_buf *b)
{
    act_dealloc(b->ptr);
    *b = (act_buf){ .cap = b->cap };
}

void act_buf_clear(act_buf *b)
{
    b->len = 0;
    b->err = ACT_OK;
}

char *act_buf_grow(act_buf *b, size_t n)
{
    if (b->err)
        return NULL;
    size_t need;
    if (act_add_overflows(b->len, n, &need)) {
        b->err = ACT_ENOMEM;
        return NULL;
    }
    if (b->cap && need > b->cap) {
        b->err = ACT_ELIMIT;
        return NULL;
    }
    if (need > b->size || !b->ptr) {
        size_t size = b->size ? b->size : FIRST_SIZE;
        while (size < need)
            size = size > SIZE_MAX / 2 ? need : size * 2;
        if (b->cap && size > b->cap)
            size = b->cap; /* so that room never reaches past it */
        char *ptr = act_realloc(b->ptr, size);
        if (!ptr) {
            b->err = ACT_ENOMEM;
            return NULL;
        }
        b->ptr = ptr;
        b->size = size;
    }
    return b->ptr + b->len;
}

void act_buf_add(act_buf *b, act_str s)
{
    char *to = s.len ? act_buf_reserve(b, s.len) : NULL;
    if (!to)
        return;
    memcpy(to, s.ptr, s.len);
    b->len += s.len;
}

void act_buf_add_byte(act_buf *b, char c)
{
    char *to = act_buf_reserve(b, 1);
    if (!to)
        return;
    *to = c;
    b->len++;
}

void act_buf_add_u64(act_buf *b, uint64_t value)
{
    char digits[20];
    size_t i = sizeof digits;
    do {
        digits[--i] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    act_buf_add(b, (act_str){ digits + i, sizeof digits - i });
}

void act_buf_add_i64(act_buf *b, int64_t value)
{
    if (value < 0)
        act_buf_add_byte(b, '-');
    act_buf_add_u64(b, value < 0 ? 0 - (uint64_t)value : (uint64_t)value);
}

void act_buf_printf(act_buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *to = n < 0 ? NULL : act_buf_reserve(b, (size_t)n + 1);
    if (to) {
        (void)vsnprintf(to, (size_t)n + 1, format, args); /* length known from above */
        b->len += (size_t)n;
    } else if (!b->err) {
        b->err = ACT_EINVAL;
    }
    va_end(args);
}
