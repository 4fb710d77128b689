/** @file
 *  The controller of ReindexJobs: who runs when, and when jobs go. */
#ifndef ACT_API_REINDEX_CONTROLLER_H
#define ACT_API_REINDEX_CONTROLLER_H

#include "api/reindex_worker.h"
#include "kube/object.h"

/* A thread follows the jobs in the registry:
 *
 *   new       gets the finalizer and the phase Pending
 *   Pending   in order of creation, as long as fewer than the most run: Running
 *   Running   has a worker (reindex_worker.h); after a restart it gets one that goes on
 *   deleted   its worker is stopped; when that has ended the finalizer goes, and the job
 *   ended     Succeeded and Failed are final; goes ttlSecondsAfterFinished after its end
 *
 * Of several processes one does all of this: the one that holds the lease
 * ACT_REGISTRY_REINDEX_LEASE. When a process dies another takes over after
 * ACT_REINDEX_LEASE_NS, and one that ends gives the lease back. */
typedef struct act_reindex_controller act_reindex_controller;

#define ACT_REGISTRY_REINDEX_LEASE "leases/reindex-controller"
#define ACT_REINDEX_LEASE_NS (15 * ACT_NS_PER_S)

enum { ACT_REINDEX_JOBS_MOST = 64 };

typedef struct {
    act_broker *broker;
    act_store *store;
    act_registry *registry;
    const act_rule_env *env;
    unsigned most;       /**< jobs that run at once, to ACT_REINDEX_JOBS_MOST; 0: none */
    bool alone;          /**< no other process has this registry (registry/lease.h) */
    int64_t lease_ns;    /**< 0: ACT_REINDEX_LEASE_NS */
    int64_t patience_ns; /**< 0: ACT_REINDEX_PATIENCE_NS */
    act_clock clock;
    act_random random;
    act_log *log;
    act_metrics *metrics;
} act_reindex_controller_options;

/** All that is named outlives it. ACT_EIO, ACT_ENOMEM. */
int act_reindex_controller_start(const act_reindex_controller_options *o,
                                 act_reindex_controller **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Let workers finish the batch at hand, and leave their jobs to the next process. NULL is
 * a no-op. */
void act_reindex_controller_free(act_reindex_controller *c);
ACT_DEFINE_AUTO(act_reindex_controller)

#endif
