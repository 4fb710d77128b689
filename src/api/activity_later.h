/** @file
 *  The activities that the stream has after a version: a list at that version is without
 *  them, though the store may have them already. */
#ifndef ACT_API_ACTIVITY_LATER_H
#define ACT_API_ACTIVITY_LATER_H

#include "api/call.h"

/* The store has records before the ingester says so. A list that showed these and told the
 * ingester's version would have a watch repeat them:
 *
 *   stream   1 ........ version | version + 1 ........ last
 *                  in the list  | what a watch begins with
 *                                 (the store has some of them) */

/** Hashes of names, in an arena. Plain data. */
typedef struct {
    uint64_t *hashes; /**< sorted */
    size_t n;
} act_activity_later;

/** Read them up to the end of the stream, or as many as the ingester may have in hand.
 *  ACT_EIO, ACT_ENOMEM. */
int act_activity_later_read(act_call *c, uint64_t version, act_activity_later *ret)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;
bool act_activity_is_later(const act_activity_later *l, const act_json *activity)
    ACT_NONNULL(1, 2);

#endif
