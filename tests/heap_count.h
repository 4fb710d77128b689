/** @file
 *  Counts what a test program asks of the heap. Include it in the test's own file, once:
 * the functions below take the place of the C library's in the whole program. */
#ifndef ACT_TEST_HEAP_COUNT_H
#define ACT_TEST_HEAP_COUNT_H

#include <stdatomic.h>
#include <stddef.h>

/** False where counting means nothing: sanitizers have an allocator of their own, and debug
 *  arenas ask for each piece one by one. */
#if defined(ACT_ARENA_DEBUG) || defined(__SANITIZE_ADDRESS__) ||                           \
    defined(__SANITIZE_THREAD__)
enum { HEAP_COUNTS = 0 };
#else
enum { HEAP_COUNTS = 1 };
#endif

/** Calls since the program began. */
static atomic_size_t heap_allocations, heap_frees;

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *p, size_t size);
extern void __libc_free(void *p);

void *malloc(size_t size)
{
    atomic_fetch_add_explicit(&heap_allocations, 1, memory_order_relaxed);
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    atomic_fetch_add_explicit(&heap_allocations, 1, memory_order_relaxed);
    return __libc_calloc(count, size);
}

void *realloc(void *p, size_t size)
{
    atomic_fetch_add_explicit(&heap_allocations, 1, memory_order_relaxed);
    return __libc_realloc(p, size);
}

void free(void *p)
{
    atomic_fetch_add_explicit(&heap_frees, p != NULL, memory_order_relaxed);
    __libc_free(p);
}
#endif

#endif
