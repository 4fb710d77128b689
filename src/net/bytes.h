/** @file
 *  Immutable bytes with a reference count: encoded once, sent to many. */
#ifndef ACT_BYTES_H
#define ACT_BYTES_H

#include "base/buf.h"

/** One allocation: count, length, content. Immutable; any thread. */
typedef struct act_bytes act_bytes;

/** Copy of @s with one reference, the caller's. ACT_ENOMEM. */
int act_bytes_new(act_str s, act_bytes **ret) ACT_NONNULL(2) ACT_MUST_CHECK;

/** Another reference to @b; returns @b. NULL gives NULL. */
act_bytes *act_bytes_ref(act_bytes *b);
/** Drops a reference; the last one frees. NULL is a no-op. Always returns NULL. */
act_bytes *act_bytes_unref(act_bytes *b);

/** The content; valid while the caller holds a reference. */
act_str act_bytes_str(const act_bytes *b) ACT_NONNULL(1);

#endif
