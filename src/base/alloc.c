#include "base/alloc.h"

#include <stdlib.h>

/* The one mutable thread-local of the tree: fault injection cannot be passed down through
 * every call, and outside tests it is only ever read. */
static _Thread_local size_t remaining = SIZE_MAX;

static bool must_fail(void)
{
    if (ACT_LIKELY(remaining == SIZE_MAX))
        return false;
    if (remaining-- > 0)
        return false;
    remaining = SIZE_MAX;
    return true;
}

void act_fail_after(size_t n)
{
    remaining = n;
}

void *act_alloc(size_t size)
{
    return must_fail() ? NULL : malloc(size ? size : 1);
}

void *act_zalloc(size_t count, size_t size)
{
    return must_fail() ? NULL : calloc(count ? count : 1, size ? size : 1);
}

void *act_realloc(void *p, size_t size)
{
    return must_fail() ? NULL : realloc(p, size ? size : 1);
}

void act_dealloc(void *p)
{
    free(p);
}
