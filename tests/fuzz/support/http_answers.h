/** @file
 *  Reading what a server said on one connection: simple, and strict. */
#ifndef FUZZ_HTTP_ANSWERS_H
#define FUZZ_HTTP_ANSWERS_H

#include "base/str.h"

/** Look at the answers in @text, one behind the other, of which the last may be cut off.
 *  @to_head: one may be the answer to a HEAD, whose body is missing, so only the first
 *  one's head is looked at. NULL when they are well formed and @is_right says yes to each
 *  status; else what is wrong. */
const char *http_answers_wrong(act_str text, bool to_head,
                               bool (*is_right)(void *ctx, int status), void *ctx)
    ACT_NONNULL(3);

#endif
