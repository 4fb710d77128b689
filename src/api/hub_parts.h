/** @file
 *  What the parts of the hub share: its lists, and who may touch them. */
#ifndef ACT_API_HUB_PARTS_H
#define ACT_API_HUB_PARTS_H

#include "api/hub_watcher.h"
#include "base/thread.h"

enum { ACT_HUB_BATCH = 256, ACT_HUB_WAIT_MS = 500, ACT_HUB_GROUP_BUCKETS = 256 };

/** The live watchers of one scope: whether they may see a record is asked once. */
typedef struct act_hub_group {
    struct act_hub_group *next; /**< of the bucket */
    act_hub_watcher *live;      /**< never NULL between two sweeps */
} act_hub_group;

struct act_hub {
    const act_hub_kind *kind;
    act_broker *broker;
    act_clock clock;
    act_log *log;
    atomic_bool stop;
    pthread_mutex_t lock; /**< of what follows, up to the threads */
    act_hub_group *groups[ACT_HUB_GROUP_BUCKETS];
    act_hub_watcher *behind; /**< for the catcher to take */
    size_t count;            /**< of all watchers, and of those that are being opened */
    uint64_t next_sequence;
    pthread_cond_t wake; /**< of the catcher */
    atomic_bool tight;   /**< clients have not taken too much, all together */
    atomic_size_t behind_pending;
    pthread_t reader_thread, catcher_thread;
    bool reader_started, catcher_started;
    act_hub_workspace reading, catching; /**< one each of the threads */
    act_gauge *open, *lagging, *pending;
    act_counter *shown, *unreadable;
};

/** Under the lock: the watcher is live from now on; ACT_ENOMEM: it stays the caller's. */
int act_hub_add_live(act_hub *h, act_hub_watcher *w) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Under the lock: the catcher's. */
void act_hub_put_behind(act_hub *h, act_hub_watcher *w) ACT_NONNULL(1, 2);
/** Under the lock: what is due by the clock for each of *list, who all have been shown what
 *  is up to @version; those that are over are freed. Adds what is pending to *pending. */
void act_hub_sweep_list(act_hub *h, act_hub_watcher **list, uint64_t version,
                        size_t *pending) ACT_NONNULL(1, 2, 4);

/** The catcher's thread; @arg is the hub. */
void *act_hub_catch(void *arg);

#endif
