/** @file
 *  Files that somebody else replaces: certificates that are renewed, mounted secrets. */
#ifndef ACT_FILE_WATCH_H
#define ACT_FILE_WATCH_H

#include "base/err.h"

#include <sys/types.h>

/** Which file a path leads to, and in which state. All zero: none. Plain data. */
typedef struct {
    dev_t device;
    ino_t inode;
    off_t size;
    int64_t changed_ns;
} act_file_mark;

/** The mark of what is at @path, through symbolic links (a mounted Secret is one). Take it
 *  before reading: a change in between then shows at the next look. */
act_file_mark act_file_mark_of(const char *path) ACT_NONNULL(1);
bool act_file_mark_eq(const act_file_mark *a, const act_file_mark *b) ACT_NONNULL(1, 2);

enum { ACT_FILE_WATCH_MAX = 8 /**< paths of one watch */ };

typedef struct {
    const char *paths[ACT_FILE_WATCH_MAX]; /**< NULL ones are left out */
    int64_t every_ns;                      /**< between two looks; 0: a second */
    /** Some of the files are others now (or gone). Runs on the watch's thread, and once at
     *  the start, for what changed since the caller read them. Reads them, and keeps what
     * it had when they do not fit together: a pair is replaced one after the other, and
     * each step is told. */
    void (*changed)(void *ctx);
    void *ctx;
} act_file_watch_options;

/** A thread that looks at the files. It looks, rather than being told by the system, as
 * that works on every file system and through every way of replacing. */
typedef struct act_file_watch act_file_watch;
/** Paths and ctx outlive it. ACT_ENOMEM, ACT_EIO. */
int act_file_watch_start(const act_file_watch_options *options, act_file_watch **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_file_watch_free(act_file_watch *w); /**< NULL is a no-op; waits. */
ACT_DEFINE_AUTO(act_file_watch)

#endif
