/** @file
 *  The worker of one ReindexJob: a thread that runs it and keeps its status. */
#ifndef ACT_API_REINDEX_WORKER_H
#define ACT_API_REINDEX_WORKER_H

#include "api/reindex_status.h"
#include "pipeline/reindex.h"

/** Keys of what workers keep of their jobs begin with this; the rest is the job's name. */
#define ACT_REGISTRY_REINDEX_RUNS "reindexruns/"

/* Beside the job the registry has a *run*: uid of the job, holder, and the state of the
 * work (pipeline/reindex_state.h). It is written by compare-and-swap after each batch, so a
 * worker whose job another process has taken over ends at its next batch; and whoever takes
 * over goes on behind the last batch. A worker that is stopped leaves the job Running. */
typedef struct act_reindex_worker act_reindex_worker;

typedef struct {
    act_broker *broker;
    act_store *store;
    act_registry *registry;
    const act_rule_env *env;
    act_str holder;      /**< unique to this process */
    int64_t patience_ns; /**< as act_reindex_options has it */
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
} act_reindex_worker_options;

/** Run the job @name, as long as it has that @uid; text is copied. ACT_ENOMEM, ACT_EIO. */
int act_reindex_worker_start(const act_reindex_worker_options *o, act_str name, act_str uid,
                             act_reindex_worker **ret) ACT_NONNULL(1, 4) ACT_MUST_CHECK;
/** End after the batch at hand; does not wait. Any thread. */
void act_reindex_worker_stop(act_reindex_worker *w) ACT_NONNULL(1);
/** True when it has ended, whatever became of the job. */
bool act_reindex_worker_is_over(const act_reindex_worker *w) ACT_NONNULL(1);
act_str act_reindex_worker_uid(const act_reindex_worker *w) ACT_NONNULL(1);
/** Stop it, wait for its end, free. NULL is a no-op. */
void act_reindex_worker_free(act_reindex_worker *w);

#endif
