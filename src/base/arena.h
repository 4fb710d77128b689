/** @file
 *  Arenas: memory that lives as long as one request, batch or evaluation. */
#ifndef ACT_ARENA_H
#define ACT_ARENA_H

#include "base/str.h"

#include <stdarg.h>

/** A region that is taken from front to back and given back all at once.
 *
 *    block 1 (oldest)         block 2             block 3 = head
 *  [ used ............ ]   [ used ......... ]   [ used ... | free      ]
 *
 *  Reset keeps the largest block, so a loop that fits it allocates nothing. In debug
 *  builds (ACT_ARENA_DEBUG) every allocation is its own malloc, so that sanitizers see
 *  each object's bounds. One thread. */
typedef struct act_arena act_arena;

/** New arena that hands out at most @cap_bytes between two resets; blocks grow from
 *  @first_block_bytes (0: 4 KiB). ACT_ENOMEM. The caller frees it. */
int act_arena_new(size_t cap_bytes, size_t first_block_bytes, act_arena **ret)
    ACT_NONNULL(3) ACT_MUST_CHECK;
void act_arena_free(act_arena *a); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_arena)

/** Everything handed out becomes invalid. */
void act_arena_reset(act_arena *a) ACT_NONNULL(1);

/** @size bytes, zeroed, aligned for any type; NULL at the cap or when memory is out.
 *  Size 0 gives a valid pointer that must not be read. */
void *act_arena_alloc(act_arena *a, size_t size) ACT_NONNULL(1) ACT_MUST_CHECK;
/** As act_arena_alloc() without the zeroes, for memory that is written at once. */
void *act_arena_raw(act_arena *a, size_t size) ACT_NONNULL(1) ACT_MUST_CHECK;
/** As act_arena_alloc() without the zeroes and with alignment 1: for text. */
char *act_arena_bytes(act_arena *a, size_t size) ACT_NONNULL(1) ACT_MUST_CHECK;
/** @count zeroed items of @size bytes, overflow checked. */
void *act_arena_array(act_arena *a, size_t count, size_t size)
    ACT_NONNULL(1) ACT_MUST_CHECK;
#define act_arena_make(a, type) ((type *)act_arena_alloc((a), sizeof(type)))
#define act_arena_make_n(a, type, n) ((type *)act_arena_array((a), (n), sizeof(type)))

/** Copy of @s in @a, with a NUL behind it. ACT_ENOMEM. */
int act_arena_str(act_arena *a, act_str s, act_str *ret) ACT_NONNULL(1, 3) ACT_MUST_CHECK;
/** Formatted text in @a, with a NUL behind it. ACT_ENOMEM with @ret untouched. */
int act_arena_printf(act_arena *a, act_str *ret, const char *format, ...) ACT_NONNULL(1, 2)
    ACT_PRINTF(3, 4) ACT_MUST_CHECK;
int act_arena_vprintf(act_arena *a, act_str *ret, const char *format, va_list args)
    ACT_NONNULL(1, 2) ACT_PRINTF(3, 0) ACT_MUST_CHECK;

/** Bytes handed out since the last reset, and bytes held from the system. */
size_t act_arena_used(const act_arena *a) ACT_NONNULL(1);
size_t act_arena_held(const act_arena *a) ACT_NONNULL(1);
/** Bytes that the cap still leaves. */
size_t act_arena_room(const act_arena *a) ACT_NONNULL(1);

/** A place in the arena to return to: what was taken after mark is free again. */
typedef struct {
    void *block;
    size_t used;
    size_t total;
} act_arena_mark;
act_arena_mark act_arena_save(const act_arena *a) ACT_NONNULL(1);
void act_arena_restore(act_arena *a, act_arena_mark mark) ACT_NONNULL(1);

#endif
