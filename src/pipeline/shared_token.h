/** @file
 *  One bearer token that all senders share, from a file that may be replaced. */
#ifndef ACT_SHARED_TOKEN_H
#define ACT_SHARED_TOKEN_H

#include "base/clock.h"
#include "base/log.h"

/** Internally locked. */
typedef struct act_shared_token act_shared_token;

/** Read the token in @file (surrounding space does not count). When the file is another
 *  one, which is looked at once a second, it is read again; one that cannot be read leaves
 *  the token as it was, with a warning. @file is copied. ACT_EINVAL (empty), ACT_ENOTFOUND,
 *  ACT_ELIMIT (above 4 KiB), ACT_EIO, ACT_ENOMEM. */
int act_shared_token_new(act_str file, act_clock clock, act_log *log,
                         act_shared_token **ret, act_err *reterr)
    ACT_NONNULL(4) ACT_MUST_CHECK;
void act_shared_token_free(act_shared_token *t); /**< Wipes. NULL is a no-op. */
ACT_DEFINE_AUTO(act_shared_token)

/** True when @presented is the token; takes the same time wherever they differ. */
bool act_shared_token_is(act_shared_token *t, act_str presented) ACT_NONNULL(1);

#endif
