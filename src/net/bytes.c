#include "net/bytes.h"

#include "base/alloc.h"

#include <stdatomic.h>

struct act_bytes {
    atomic_uint refs;
    size_t len;
    char data[];
};

int act_bytes_new(act_str s, act_bytes **ret)
{
    size_t size;
    if (act_add_overflows(sizeof(act_bytes), s.len, &size))
        return ACT_ENOMEM;
    act_bytes *b = act_alloc(size);
    if (!b)
        return ACT_ENOMEM;
    atomic_init(&b->refs, 1);
    b->len = s.len;
    if (s.len)
        memcpy(b->data, s.ptr, s.len);
    *ret = b;
    return ACT_OK;
}

act_bytes *act_bytes_ref(act_bytes *b)
{
    if (b)
        atomic_fetch_add_explicit(&b->refs, 1, memory_order_relaxed);
    return b;
}

act_bytes *act_bytes_unref(act_bytes *b)
{
    /* acq_rel: whoever frees has seen everything the other holders did before. */
    if (b && atomic_fetch_sub_explicit(&b->refs, 1, memory_order_acq_rel) == 1)
        act_dealloc(b);
    return NULL;
}

act_str act_bytes_str(const act_bytes *b)
{
    return act_str_from(b->data, b->len);
}
