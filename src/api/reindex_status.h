/** @file
 *  What a ReindexJob asks for, and what its status says: read and written in one place. */
#ifndef ACT_API_REINDEX_STATUS_H
#define ACT_API_REINDEX_STATUS_H

#include "pipeline/reindex_policies.h"
#include "pipeline/reindex_state.h"

/** Holds a job until its worker has ended. */
#define ACT_REINDEX_FINALIZER "activity.miloapis.com/reindex"

enum act_reindex_phase {
    ACT_REINDEX_NEW, /**< nobody has looked at it yet */
    ACT_REINDEX_PENDING,
    ACT_REINDEX_RUNNING,
    ACT_REINDEX_SUCCEEDED,
    ACT_REINDEX_FAILED,
};
enum act_reindex_phase act_reindex_phase_of(const act_json *job);
static inline bool act_reindex_is_final(enum act_reindex_phase phase)
{
    return phase == ACT_REINDEX_SUCCEEDED || phase == ACT_REINDEX_FAILED;
}

/** Views of the object. */
typedef struct {
    act_str start, end; /**< as they are written: "now-7d" */
    act_reindex_selector selector;
    size_t batch;
    unsigned rate;
    bool dry_run;
    int64_t ttl_s; /**< after its end; -1: it stays */
} act_reindex_spec;
act_reindex_spec act_reindex_spec_of(const act_json *job);

/** When a final job is to go, as wall time; INT64_MAX: never. */
int64_t act_reindex_expiry_ns(const act_json *job);

/** What is to be said of a job. */
typedef struct {
    enum act_reindex_phase phase; /**< not NEW */
    act_str message;
    const act_reindex_state *state; /**< NULL: it has not begun */
    size_t batch;                   /**< records of one */
} act_reindex_report;

/** Where a job is kept. Its uid tells it from a later one of its name. */
typedef struct {
    act_registry *registry;
    act_clock clock;
    act_str key, uid;
} act_reindex_ref;

/** Write the report into its status, with the finalizer as long as the phase is not final.
 *  *@ret_revision is the registry's after it. ACT_ENOTFOUND: it is gone; ACT_ECLOSED: its
 *  phase is final, or it is being deleted and the report is not its last. Errors of the
 *  registry, ACT_ENOMEM. @a is reset. */
int act_reindex_report_write(const act_reindex_ref *job, act_arena *a,
                             const act_reindex_report *report, int64_t *ret_revision)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;
/** Take the finalizer off, if it is on; a job that waited for that alone goes. Errors as
 *  above; ACT_ECONFLICT: it has changed, look again. */
int act_reindex_release(act_registry *registry, act_arena *a, const act_entry *entry,
                        const act_json *job) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;
/** Delete the job: at once, or when the finalizers of others are gone. Errors as above. */
int act_reindex_remove(const act_reindex_ref *job, act_arena *a, const act_entry *entry,
                       const act_json *object) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;
bool act_reindex_has_finalizer(const act_json *job);

/** Append the words for a job at work, and for one that is done. */
void act_reindex_say_running(const act_reindex_state *s, act_buf *out) ACT_NONNULL(1, 2);
void act_reindex_say_done(const act_reindex_state *s, bool dry_run, act_buf *out)
    ACT_NONNULL(1, 3);

#endif
