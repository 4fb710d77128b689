/** @file
 *  One watch of a hub: its cursor, what it selects, its client. Part of the hub
 *  (api/hub.h). */
#ifndef ACT_API_HUB_WATCHER_H
#define ACT_API_HUB_WATCHER_H

#include "api/hub_record.h"
#include "api/hub_seen.h"

#include <stdatomic.h>

/** Belongs to one thread at a time: to the reader while it is live, to the catcher while it
 *  is behind. */
typedef struct act_hub_watcher {
    struct act_hub_watcher *next;
    const act_hub_kind *kind;
    act_http_stream *stream;
    act_arena *arena; /**< of scope and selectors */
    act_scope scope;
    act_selector labels, fields;
    act_str ns, name;           /**< that the object must have; empty: any */
    act_filter_matcher *filter; /**< NULL: none */
    act_hub_seen seen;
    act_hub_form form;
    uint64_t next_sequence;           /**< all before it was shown, or is not for it */
    int64_t deadline_ns, bookmark_ns; /**< steady time; bookmark 0: none wanted */
    bool riding;                      /**< takes part in the catcher's batch */
    bool ended;
    atomic_bool closed; /**< the stream is gone */
} act_hub_watcher;

/** Answer @c with a stream. ACT_ELIMIT (too many streams), ACT_ENOMEM. Takes hw->filter
 *  over only when it succeeds. */
int act_hub_watcher_open(const act_hub_kind *kind, act_call *c, const act_hub_watch *hw,
                         int64_t now_mono_ns, act_hub_watcher **ret)
    ACT_NONNULL(1, 2, 3, 5) ACT_MUST_CHECK;
/** After it was closed, or with the server gone. NULL is a no-op. */
void act_hub_watcher_free(act_hub_watcher *w);

/** Show the record, whose tenant it may see, if it selects it. ACT_EAGAIN: its client is
 *  behind, or @tight and not up to date; the record is still due. */
int act_hub_watcher_show(act_hub_watcher *w, act_hub_workspace *ws, act_hub_record *r,
                         bool tight, int64_t now_wall_ns)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** May it be given a batch? */
bool act_hub_watcher_has_room(act_hub_watcher *w, bool tight) ACT_NONNULL(1);

/** End it when its time is over; send a bookmark at @version when one is due. */
void act_hub_watcher_tick(act_hub_watcher *w, uint64_t version, int64_t now_mono_ns)
    ACT_NONNULL(1);
/** Say why, and end it. */
void act_hub_watcher_fail(act_hub_watcher *w, enum act_kube_reason reason, const char *text)
    ACT_NONNULL(1, 3);

#endif
