/** @file
 *  Reindexing: the activities of a time made anew by the policies of today. */
#ifndef ACT_REINDEX_H
#define ACT_REINDEX_H

#include "broker/broker.h"
#include "pipeline/reindex_policies.h"
#include "pipeline/reindex_state.h"
#include "store/store.h"

#include <stdatomic.h>

/* Records of the store, newest first, through act_translate() as live ones:
 *
 *   page of records -> their activities -> compare with those that are there -> the log
 *
 * Activities have the names and times that live ones have, and a version above all that are
 * there: whoever reads takes the highest. What says the same already is not written again;
 * an activity that no policy makes any more is written as deleted. The log is the one of
 * live activities, so watchers see changes and the ingester stores them.
 *
 * After each batch the state is saved; who is given it later goes on behind that batch,
 * over the same range, with the policies of the same revision and under the same version,
 * so that a batch which is done twice changes nothing. */

typedef struct {
    act_broker *broker; /**< has the streams of streams.h */
    act_store *store;
    act_registry *registry;
    const act_rule_env *env;
    act_reindex_selector selector;
    size_t batch;        /**< records of one; above 0 */
    unsigned rate;       /**< records a second, over all; 0: any */
    bool dry_run;        /**< count, and write nothing */
    int64_t patience_ns; /**< to policies that are not judged yet, and to what fails */
    /** Keep the state; called when the job begins and after each batch. 0, or an error that
     *  ends the job: ACT_ECLOSED when somebody else does it now. */
    int (*save)(void *ctx, const act_reindex_state *state);
    void *ctx;
    const atomic_bool *stop; /**< set: end after the batch at hand */
    act_clock clock;
    act_log *log;
    act_metrics *metrics;
} act_reindex_options;

/** How long backends may fail before a job does. */
#define ACT_REINDEX_PATIENCE_NS (600 * ACT_NS_PER_S)

/** Begin (a state with version 0, but with its range), or go on. 0: all is done and stored.
 *  ACT_ECLOSED: stopped; the state that was saved last goes on. ACT_EINVAL: the job asks
 * for what there is not. Other errors: a backend failed for longer than patience. @reterr
 * has the words. */
int act_reindex_run(const act_reindex_options *o, act_reindex_state *state, act_err *reterr)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

#endif
