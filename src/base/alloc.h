/** @file
 *  The heap, with a counter that tests may set to make the nth allocation fail. */
#ifndef ACT_ALLOC_H
#define ACT_ALLOC_H

#include "base/macros.h"

#ifdef __cplusplus
extern "C" {
#endif

/** As malloc, calloc, realloc and free. Memory of one family goes back to the same. */
void *act_alloc(size_t size) ACT_MUST_CHECK;
void *act_zalloc(size_t count, size_t size) ACT_MUST_CHECK;
void *act_realloc(void *p, size_t size) ACT_MUST_CHECK;
void act_dealloc(void *p);

/** For tests: let @n allocations of this thread succeed and fail the next one, once;
 *  SIZE_MAX (the start state) fails none. */
void act_fail_after(size_t n);

#ifdef __cplusplus
}
#endif

#endif
