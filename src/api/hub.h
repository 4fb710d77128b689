/** @file
 *  The watch hub: a stream of records once read, once decoded, and shown to every watcher
 *  that may see it. */
#ifndef ACT_API_HUB_H
#define ACT_API_HUB_H

#include "api/answer.h"
#include "core/filter_match.h"
#include "core/selector.h"

/* One thread reads the stream from its end and shows each record to the live watchers of
 * the tenants that may see it; one more brings those up that start earlier, or whose
 * clients were too slow:
 *
 *   broker ── reader ──> live watchers, by tenant ──> HTTP streams
 *      └───── catcher ─> watchers that are behind ─────┘   (live again once they are there)
 *
 * A watcher is a cursor: it costs no thread and no memory but what its client has not taken
 * yet, which is bounded, for each and for all. What watchers of one form get is encoded
 * once and shared. The resourceVersion of a record is its sequence in the stream.
 * Internally locked. */
typedef struct act_hub act_hub;
typedef struct act_hub_initial act_hub_initial; /**< hub_initial.h */

enum {
    ACT_HUB_WATCHES_MAX = 20000,
    ACT_HUB_FORMS_MAX = 2,               /**< in which one record is shown */
    ACT_HUB_PENDING_BYTES = 64 << 10,    /**< that one client has not taken */
    ACT_HUB_PENDING_ALL_BYTES = 64 << 20 /**< past it nobody is given more who has some */
};

/** What a watch of this hub's records is about. Constant. */
typedef struct {
    const char *stream;
    /** Scope rule: may @scope see @object? */
    bool (*visible)(act_scope scope, const act_json *object);
    /** Value of field @key for field selectors; false: there is no such field. */
    bool (*field)(const act_json *object, act_str key, act_str *ret);
    /** What the record is to watchers: "ADDED", "MODIFIED" or "DELETED". NULL: all of them
     *  are ADDED. */
    const char *(*change)(const act_delivery *m, const act_json *object);
    /** Objects change, and watches with a selection remember which ones they have selected
     *  (hub_seen.h). Without it a change is shown to whoever selects what the object is
     * now. */
    bool remembered;
    /** @object in one of the forms that watches ask for. NULL: there is one, as published.
     *  ACT_ENOMEM. */
    int (*shape)(act_arena *a, const act_json *object, unsigned form, const act_json **ret);
} act_hub_kind;

/** Start at the end of the stream. The broker outlives it. ACT_EIO, ACT_ENOMEM. */
int act_hub_start(const act_hub_kind *kind, act_broker *broker, act_clock clock,
                  act_log *log, act_metrics *metrics, act_hub **ret)
    ACT_NONNULL(1, 2, 6) ACT_MUST_CHECK;
/** After the HTTP server has gone. NULL is a no-op. */
void act_hub_free(act_hub *h);

/** A watch: what is after @after (UINT64_MAX: what comes from now on), in the caller's
 *  scope, as selectors and filter have it. What is in @initial goes first. A record that
 * changes is ADDED when it begins to be selected and DELETED when it ceases to be, as far
 * as this watch has seen it (api/hub_seen.h). */
typedef struct {
    uint64_t after;
    const act_list_query *query;    /**< timeout, bookmarks, sendInitialEvents */
    act_str label_text, field_text; /**< the selectors */
    act_str ns, name;               /**< of the path; empty: any */
    act_filter_matcher *filter;     /**< taken over, come what may; NULL: none */
    unsigned form;                  /**< below ACT_HUB_FORMS_MAX; 0 without shapes */
    act_hub_initial *initial;       /**< emptied, but stays the caller's; NULL: nothing */
} act_hub_watch;

/** Answer @c with the stream, or with an error. */
void act_hub_answer(act_hub *h, act_call *c, const act_hub_watch *w) ACT_NONNULL(1, 2, 3);

#endif
