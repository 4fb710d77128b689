/** @file
 *  gzip of whole bodies, with a limit on what comes out. */
#ifndef ACT_GZIP_H
#define ACT_GZIP_H

#include "base/buf.h"

/** Append the content of the gzip file @in (RFC 1952, one or more members) to @out, at most
 *  @max_bytes of it. Stops at the limit without having inflated more, so a small body
 * cannot become a large one. ACT_EPARSE (not gzip, damaged, cut short, or followed by other
 *  bytes), ACT_ELIMIT, ACT_ENOMEM; @out then has what it had before. */
int act_gzip_inflate(act_str in, size_t max_bytes, act_buf *out)
    ACT_NONNULL(3) ACT_MUST_CHECK;

/** Append @in as one gzip member; @level 1 (fast) to 9 (small). ACT_EINVAL, ACT_ENOMEM,
 *  ACT_ELIMIT (the cap of @out); @out then has what it had before. */
int act_gzip_deflate(act_str in, int level, act_buf *out) ACT_NONNULL(3) ACT_MUST_CHECK;

#endif
