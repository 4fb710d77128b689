/** @file
 *  All watches of persisted kinds of a server: one thread moves changes from the registry
 *  into their streams. */
#ifndef ACT_API_PERSISTED_WATCHES_H
#define ACT_API_PERSISTED_WATCHES_H

#include "api/persisted_parts.h"
#include "api/watch_frame.h"

enum { ACT_PERSISTED_WATCHES_MAX = 2000 };

/** Internally locked. */
typedef struct act_persisted_watches act_persisted_watches;

/** The registry outlives it. @max: open watches of all users together; 0: the usual
 *  ACT_PERSISTED_WATCHES_MAX. ACT_EIO, ACT_ENOMEM. */
int act_persisted_watches_start(act_registry *registry, act_clock clock,
                                act_metrics *metrics, size_t max,
                                act_persisted_watches **ret)
    ACT_NONNULL(1, 5) ACT_MUST_CHECK;
/** After the HTTP server has gone. NULL is a no-op. */
void act_persisted_watches_free(act_persisted_watches *w);

/** Answer @c with a stream of the changes after revision @after. @initial (@n_initial
 *  objects, ADDED) go first; @mark_initial: then the bookmark that ends them. Answers
 * errors too: 410 as an ERROR frame, 429 past the limit. */
void act_persisted_watches_add(act_persisted_watches *w, act_call *c, const char *prefix,
                               int64_t after, const act_list_query *q,
                               const act_json *const *initial, size_t n_initial,
                               bool mark_initial) ACT_NONNULL(1, 2, 3, 5);

#endif
