/** @file
 *  Versioned objects under keys, with the semantics of etcd below a Kubernetes API: one
 *  global revision, compare-and-swap, consistent lists, watches, compaction. */
#ifndef ACT_REGISTRY_H
#define ACT_REGISTRY_H

#include "base/base.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metrics.h"

enum {
    ACT_REGISTRY_KEY_MAX = 1024,             /**< bytes of a key or prefix */
    ACT_REGISTRY_VALUE_MAX = 3 * 512 * 1024, /**< etcd's limit of a request, 1.5 MiB */
    ACT_REGISTRY_PADDING = 64,               /**< readable bytes behind a value */
};

/** Internally locked. */
typedef struct act_registry act_registry;
/** One watch. One thread at a time. */
typedef struct act_registry_watch act_registry_watch;

/** One object. Views live in the arena given to the call. */
typedef struct {
    act_str key;   /**< e.g. "activitypolicies/pods" */
    act_str value; /**< JSON as stored; followed by 64 readable bytes */
    int64_t create_revision;
    int64_t mod_revision; /**< the object's resourceVersion */
} act_entry;

enum act_change { ACT_CHANGE_PUT, ACT_CHANGE_DELETE };

typedef struct {
    enum act_change change;
    bool created;     /**< PUT of a key that did not exist */
    act_entry entry;  /**< DELETE: the last value, with the deletion's revision */
    act_str previous; /**< value before; empty when created */
} act_registry_event;

/** The revision of the newest change; 1 in an empty registry. */
int act_registry_revision(act_registry *r, int64_t *ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** All functions below: ACT_EINVAL for an empty key or one that is too long, ACT_ELIMIT for
 *  a value that is, ACT_EIO, ACT_ECLOSED, and ACT_ENOMEM (also: the arena is full). */

/** ACT_ENOTFOUND. */
int act_registry_get(act_registry *r, act_str key, act_arena *a, act_entry *ret)
    ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

typedef struct {
    act_str prefix;      /**< keys that start with it */
    act_str after;       /**< only keys greater than this; empty: all (continue) */
    size_t limit;        /**< 0: no limit */
    int64_t at_revision; /**< state as of this revision; 0: now */
} act_list_options;

typedef struct {
    const act_entry *entries; /**< in key order */
    size_t n;
    int64_t revision; /**< that the list shows */
    bool more;
    uint64_t remaining; /**< further entries, when more */
} act_list_result;

/** ACT_EGONE: at_revision was compacted. ACT_EINVAL: at_revision is in the future. */
int act_registry_list(act_registry *r, const act_list_options *options, act_arena *a,
                      act_list_result *ret) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/** *ret_revision: the object's. ACT_EEXISTS. Durable on return; so are the next two. */
int act_registry_create(act_registry *r, act_str key, act_str value, int64_t *ret_revision)
    ACT_NONNULL(1, 4) ACT_MUST_CHECK;
/** ACT_ENOTFOUND; ACT_ECONFLICT when @expected is not the key's mod_revision. */
int act_registry_update(act_registry *r, act_str key, act_str value, int64_t expected,
                        int64_t *ret_revision) ACT_NONNULL(1, 5) ACT_MUST_CHECK;
/** As update; @expected 0 deletes whatever is there. *ret_revision: the deletion's. */
int act_registry_delete(act_registry *r, act_str key, int64_t expected,
                        int64_t *ret_revision) ACT_NONNULL(1, 4) ACT_MUST_CHECK;

/** Changes of keys under @prefix with a revision greater than @after, in order, without
 *  gap. ACT_EGONE: @after is older than the last compaction. ACT_EINVAL: @after is in the
 *  future. */
int act_registry_watch_open(act_registry *r, act_str prefix, int64_t after,
                            act_registry_watch **ret) ACT_NONNULL(1, 4) ACT_MUST_CHECK;
/** Up to @max events, waiting at most @wait_ns for the first. ACT_EAGAIN: none;
 *  @ret_revision (may be NULL) then is a revision up to which nothing is missing (for
 *  bookmarks). ACT_EGONE: compacted past this watch. ACT_ECLOSED. */
int act_registry_watch_next(act_registry_watch *w, size_t max, int64_t wait_ns,
                            act_arena *a, const act_registry_event **ret, size_t *ret_n,
                            int64_t *ret_revision) ACT_NONNULL(1, 4, 5, 6) ACT_MUST_CHECK;
void act_registry_watch_close(act_registry_watch *w);

/** Forget history up to and including @revision (never the newest state of a key): lists
 *  and watches of an older revision get ACT_EGONE, those at @revision still work.
 * ACT_EGONE: was compacted further already. ACT_EINVAL: @revision is in the future. */
int act_registry_compact(act_registry *r, int64_t revision) ACT_NONNULL(1) ACT_MUST_CHECK;

int act_registry_ping(act_registry *r) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Wake all watches with ACT_ECLOSED; everything answers so from then on. */
void act_registry_stop(act_registry *r) ACT_NONNULL(1);
/** All watches have been closed. NULL is a no-op. */
void act_registry_free(act_registry *r);
ACT_DEFINE_AUTO(act_registry)

#endif
