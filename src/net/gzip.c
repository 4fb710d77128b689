#include "net/gzip.h"

#define ZLIB_CONST
#include <zlib.h>

enum {
    WINDOW_GZIP = 15 + 16, /* zlib: largest window, gzip framing */
    INFLATE_STEP = 64 << 10,
    MEMORY_LEVEL = 8, /* zlib's default */
};

/* Where zlib may write next: at most one step, and one byte past the limit, so that
 * "exactly the limit" and "more" can be told apart. */
static int make_room(z_stream *z, act_buf *out, size_t start, size_t max)
{
    size_t left = max - (out->len - start);
    size_t want = left < INFLATE_STEP ? left + 1 : INFLATE_STEP;
    char *room = act_buf_reserve(out, want);
    if (!room)
        return act_buf_err(out);
    z->next_out = (unsigned char *)room;
    z->avail_out = (uInt)want;
    return ACT_OK;
}

static void next_input(z_stream *z, act_str in, size_t *taken)
{
    size_t n = in.len - *taken;
    if (n > UINT32_MAX)
        n = UINT32_MAX;
    z->next_in = (const unsigned char *)in.ptr + *taken;
    z->avail_in = (uInt)n;
    *taken += n;
}

static int inflate_members(z_stream *z, act_str in, size_t max, act_buf *out)
{
    size_t start = out->len;
    size_t taken = 0;
    for (;;) {
        if (z->avail_in == 0)
            next_input(z, in, &taken);
        int err = make_room(z, out, start, max);
        if (err)
            return err;
        uInt room = z->avail_out;
        int code = inflate(z, Z_NO_FLUSH);
        out->len += room - z->avail_out;
        if (out->len - start > max)
            return ACT_ELIMIT;
        if (code == Z_MEM_ERROR)
            return ACT_ENOMEM;
        if (code == Z_STREAM_END) {
            if (z->avail_in == 0 && taken == in.len)
                return ACT_OK;
            if (inflateReset(z) != Z_OK) /* another member must follow */
                return ACT_EPARSE;
            continue;
        }
        /* Z_BUF_ERROR: no progress, so the input ends inside a member. */
        if (code != Z_OK)
            return ACT_EPARSE;
    }
}

int act_gzip_inflate(act_str in, size_t max_bytes, act_buf *out)
{
    z_stream z = { .zalloc = Z_NULL };
    if (act_buf_err(out))
        return act_buf_err(out);
    if (in.len == 0)
        return ACT_EPARSE;
    if (inflateInit2(&z, WINDOW_GZIP) != Z_OK)
        return ACT_ENOMEM;
    size_t before = out->len;
    int err = inflate_members(&z, in, max_bytes, out);
    (void)inflateEnd(&z); /* frees; nothing to learn from it */
    if (err) {
        out->len = before;
        out->err = ACT_OK;
    }
    return err;
}

int act_gzip_deflate(act_str in, int level, act_buf *out)
{
    z_stream z = { .zalloc = Z_NULL };
    if (level < 1 || level > 9 || in.len > UINT32_MAX)
        return ACT_EINVAL;
    if (act_buf_err(out))
        return act_buf_err(out);
    if (deflateInit2(&z, level, Z_DEFLATED, WINDOW_GZIP, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK)
        return ACT_ENOMEM;
    uLong bound = deflateBound(&z, in.len);
    size_t before = out->len;
    char *room = bound > UINT32_MAX ? NULL : act_buf_reserve(out, bound);
    int err = ACT_OK;
    if (room) {
        next_input(&z, in, &(size_t){ 0 });
        z.next_out = (unsigned char *)room;
        z.avail_out = (uInt)bound;
        int code = deflate(&z, Z_FINISH); /* one call: the room is the bound */
        assert(code == Z_STREAM_END);
        (void)code;
        out->len = before + (bound - z.avail_out);
    } else {
        err = act_buf_err(out) ? act_buf_err(out) : ACT_ELIMIT;
        out->err = ACT_OK;
    }
    (void)deflateEnd(&z);
    return err;
}
