#include "base/arena.h"

#include "base/alloc.h"

#include <stdio.h>

enum {
    FIRST_BLOCK = 4096,
    BLOCK_MAX_GROWTH = 1 << 22, /* blocks double up to 4 MiB, then grow by need */
    ALIGN = 16,
};
static_assert(ALIGN >= _Alignof(max_align_t), "arena memory must fit any type");

typedef struct block {
    struct block *prev;
    size_t size; /* bytes of data[] */
    size_t used;
    _Alignas(ALIGN) char data[];
} block;

struct act_arena {
    block *head;
    size_t cap;
    size_t total; /* bytes handed out since reset, with padding */
    size_t held;
    size_t next_size;
};

int act_arena_new(size_t cap_bytes, size_t first_block_bytes, act_arena **ret)
{
    act_arena *a = act_alloc(sizeof *a);
    if (!a)
        return ACT_ENOMEM;
    *a = (act_arena){
        .cap = cap_bytes,
        .next_size = first_block_bytes ? first_block_bytes : FIRST_BLOCK,
    };
    *ret = a;
    return ACT_OK;
}

static void drop_block(act_arena *a, block *b)
{
    a->held -= b->size;
    act_dealloc(b);
}

void act_arena_free(act_arena *a)
{
    if (!a)
        return;
    while (a->head) {
        block *prev = a->head->prev;
        drop_block(a, a->head);
        a->head = prev;
    }
    act_dealloc(a);
}

void act_arena_reset(act_arena *a)
{
    if (a->total == 0)
        return;
    a->total = 0;
#ifdef ACT_ARENA_DEBUG
    block *keep = NULL;
#else
    block *keep = a->head;
    for (block *b = a->head; b; b = b->prev)
        if (b->size > keep->size)
            keep = b;
#endif
    for (block *b = a->head; b;) {
        block *prev = b->prev;
        if (b != keep)
            drop_block(a, b);
        b = prev;
    }
    a->head = keep;
    if (keep) {
        keep->prev = NULL;
        keep->used = 0;
    }
}

/* A fresh block with room for @need bytes on top, within the cap. */
static block *push_block(act_arena *a, size_t need)
{
    size_t size = a->next_size;
#ifdef ACT_ARENA_DEBUG
    size = need;
#endif
    if (size < need)
        size = need;
    size_t bytes;
    if (act_add_overflows(size, sizeof(block), &bytes))
        return NULL;
    block *b = act_alloc(bytes);
    if (!b)
        return NULL;
    b->prev = a->head;
    b->size = size;
    b->used = 0;
    a->head = b;
    a->held += size;
    if (a->next_size < BLOCK_MAX_GROWTH)
        a->next_size *= 2;
    return b;
}

static char *take(act_arena *a, size_t size, size_t align)
{
    block *b = a->head;
    size_t start = b ? (b->used + align - 1) & ~(align - 1) : 0;
#ifdef ACT_ARENA_DEBUG
    bool fits = false;
#else
    bool fits = b && start <= b->size && size <= b->size - start;
#endif
    size_t pad = fits ? start - b->used : 0;
    if (size > a->cap || a->total + pad > a->cap - size)
        return NULL;
    if (!fits) {
        b = push_block(a, size);
        if (!b)
            return NULL;
        start = 0;
    }
    a->total += pad + size;
    b->used = start + size;
    return b->data + start;
}

void *act_arena_alloc(act_arena *a, size_t size)
{
    char *p = take(a, size, ALIGN);
    if (p && size)
        memset(p, 0, size);
    return p;
}

void *act_arena_raw(act_arena *a, size_t size)
{
    return take(a, size, ALIGN);
}

char *act_arena_bytes(act_arena *a, size_t size)
{
    return take(a, size, 1);
}

void *act_arena_array(act_arena *a, size_t count, size_t size)
{
    size_t bytes;
    return act_mul_overflows(count, size, &bytes) ? NULL : act_arena_alloc(a, bytes);
}

int act_arena_str(act_arena *a, act_str s, act_str *ret)
{
    size_t bytes;
    char *copy =
        act_add_overflows(s.len, (size_t)1, &bytes) ? NULL : act_arena_bytes(a, bytes);
    if (!copy)
        return ACT_ENOMEM;
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    *ret = (act_str){ copy, s.len };
    return ACT_OK;
}

int act_arena_vprintf(act_arena *a, act_str *ret, const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (n < 0)
        return ACT_EINVAL;
    char *text = act_arena_bytes(a, (size_t)n + 1);
    if (!text)
        return ACT_ENOMEM;
    (void)vsnprintf(text, (size_t)n + 1, format, args); /* length known from above */
    *ret = (act_str){ text, (size_t)n };
    return ACT_OK;
}

int act_arena_printf(act_arena *a, act_str *ret, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int err = act_arena_vprintf(a, ret, format, args);
    va_end(args);
    return err;
}

size_t act_arena_used(const act_arena *a)
{
    return a->total;
}

size_t act_arena_room(const act_arena *a)
{
    return a->total < a->cap ? a->cap - a->total : 0;
}

size_t act_arena_held(const act_arena *a)
{
    return a->held;
}

act_arena_mark act_arena_save(const act_arena *a)
{
    return (act_arena_mark){
        .block = a->head,
        .used = a->head ? a->head->used : 0,
        .total = a->total,
    };
}

void act_arena_restore(act_arena *a, act_arena_mark mark)
{
    while (a->head != mark.block) {
        block *prev = a->head->prev;
        /* Keep one block even when the mark is older than all of them, so that a
         * save/restore loop on an empty arena does not allocate each time round. */
        if (!prev && !mark.block) {
#ifndef ACT_ARENA_DEBUG
            a->head->used = 0;
            a->total = mark.total;
            return;
#endif
        }
        drop_block(a, a->head);
        a->head = prev;
    }
    if (a->head)
        a->head->used = mark.used;
    a->total = mark.total;
}
