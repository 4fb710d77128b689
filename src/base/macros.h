/** @file
 *  Compiler attributes and checked arithmetic, spelled once. */
#ifndef ACT_MACROS_H
#define ACT_MACROS_H

#include <assert.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ACT_NONNULL(...) __attribute__((nonnull(__VA_ARGS__)))
#define ACT_MUST_CHECK __attribute__((warn_unused_result))
#define ACT_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define ACT_LIKELY(x) __builtin_expect(!!(x), 1)
#define ACT_UNLIKELY(x) __builtin_expect(!!(x), 0)
/** Off the hot path: never inlined, kept apart. */
#define ACT_COLD __attribute__((cold, noinline))
#define ACT_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/** `ACT_AUTO(act_mask) m = NULL;` declares an `act_mask *` that act_mask_free() gets at
 *  scope exit. The type's header says ACT_DEFINE_AUTO(act_mask) once. */
#define ACT_AUTO(type) __attribute__((cleanup(type##_auto))) type *
#define ACT_DEFINE_AUTO(type)                                                              \
    static inline void type##_auto(type **p)                                               \
    {                                                                                      \
        type##_free(*p);                                                                   \
    }

/** True when @a * @b or @a + @b does not fit; the result is in @ret either way. */
#define act_mul_overflows(a, b, ret) __builtin_mul_overflow(a, b, ret)
#define act_add_overflows(a, b, ret) __builtin_add_overflow(a, b, ret)

#if !defined(__cplusplus) && defined(ACT_POISON)
/* In our own tree, calls that cannot be told how large their target is do not build. */
#pragma GCC poison gets strcpy strcat sprintf strtok
#endif

#endif
