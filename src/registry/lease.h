/** @file
 *  A lease: a key of the registry that one process holds at a time. */
#ifndef ACT_LEASE_H
#define ACT_LEASE_H

#include "registry/registry.h"

/* The value names the holder; each renewal gives it a new revision. Whoever does not hold
 * it watches the revision: when it has stood for the lease's duration, by his own steady
 * clock, the holder is taken for dead, and the next compare-and-swap wins. Clocks are never
 * compared. A holder gives up at three quarters of the duration without a renewal, before
 * others take over. One that was stopped in the middle of something may wake up later all
 * the same: what must not be done twice has a compare-and-swap of its own. */
typedef struct act_lease act_lease;

typedef struct {
    act_registry *registry;
    act_str key;
    act_str holder;      /**< unique to this process */
    int64_t duration_ns; /**< above 0 */
    /** Nobody else has this registry: a lease that is there when this one is made is a dead
     *  process's. */
    bool alone;
    act_clock clock;
} act_lease_options;

/** Text is copied. ACT_ENOMEM. */
int act_lease_new(const act_lease_options *o, act_lease **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Gives the lease back. NULL is a no-op. */
void act_lease_free(act_lease *l);
ACT_DEFINE_AUTO(act_lease)

/** Take the lease, or renew it when a third of its time is over; one thread. 0: it is held.
 *  ACT_EAGAIN: another process has it. Errors as act_registry_update(): ask
 *  act_lease_is_held(). */
int act_lease_hold(act_lease *l) ACT_NONNULL(1) ACT_MUST_CHECK;
bool act_lease_is_held(const act_lease *l) ACT_NONNULL(1);

#endif
