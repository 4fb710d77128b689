/** @file
 *  Lists and reads of activities that are to be not older than a version. */
#ifndef ACT_API_ACTIVITY_VERSION_H
#define ACT_API_ACTIVITY_VERSION_H

#include "api/call.h"

enum { ACT_VERSION_WAIT_S = 3 }; /**< for what is on its way, as a kube-apiserver waits */

/** Activities are asked for at version @wanted (0: any), @exact: at no other. Wait until
 *  the store has all up to it: a client whose watch has shown it must not be sent back
 *  before it. False: answered. 504 "Too large resource version", which clients try again:
 *  there is no such version, or the store does not have it in ACT_VERSION_WAIT_S; 410: what
 *  was at that version is not known any more. */
bool act_activity_version_await(act_call *c, uint64_t wanted, bool exact)
    ACT_NONNULL(1) ACT_MUST_CHECK;

#endif
