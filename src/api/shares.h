/** @file
 *  How many requests of one user run at once, so that nobody takes all workers. */
#ifndef ACT_API_SHARES_H
#define ACT_API_SHARES_H

#include "base/base.h"

/** Internally locked. */
typedef struct act_shares act_shares;

/** At most @limit requests a user (0: any number), @most of all users together. ACT_ENOMEM.
 */
int act_shares_new(unsigned limit, unsigned most, act_shares **ret)
    ACT_NONNULL(3) ACT_MUST_CHECK;
void act_shares_free(act_shares *s); /**< NULL is a no-op. */

/** False: @user has all that one may have. Else act_shares_leave() follows. */
bool act_shares_take(act_shares *s, act_str user) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_shares_leave(act_shares *s, act_str user) ACT_NONNULL(1);

#endif
