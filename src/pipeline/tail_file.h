/** @file
 *  Which file of a rotating log is which, and a place in it that survives a restart. */
#ifndef ACT_TAIL_FILE_H
#define ACT_TAIL_FILE_H

#include "base/buf.h"
#include "core/identity.h"

enum { ACT_TAIL_HEAD_MAX = 1024 };

/** A place in a file. Names and inodes change or are used again when logs rotate, the first
 *  bytes of a log do not: they say which file it is. Plain data. */
typedef struct {
    uint64_t offset;   /**< everything before is dealt with */
    bool in_long_line; /**< the rest of the line at offset is to be skipped */
    int64_t after_ns;  /**< when the file before it was last written; 0: unknown */
    uint32_t head_len; /**< bytes in head: the first of the file; 0: any file may be it */
    char head[ACT_TAIL_HEAD_MAX];
    uint8_t hash[ACT_SHA256_SIZE]; /**< of head; all that is saved of it */
} act_tail_place;

/** The log at a path and the files it was rotated to. One thread. */
typedef struct act_tail_files act_tail_files;
/** @path is copied; nothing need exist. ACT_ENOMEM. */
int act_tail_files_new(act_str path, act_tail_files **ret) ACT_NONNULL(2) ACT_MUST_CHECK;
void act_tail_files_free(act_tail_files *f); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_tail_files)

/** The bytes @data at p->offset are dealt with: move on. */
void act_tail_advance(act_tail_files *f, act_tail_place *p, act_str data) ACT_NONNULL(1, 2);
/** True when open file @fd still is the one of @p: it begins with p's head and reaches up
 *  to its offset. */
bool act_tail_is_at(act_tail_files *f, int fd, const act_tail_place *p) ACT_NONNULL(1, 3);
/** True when @fd is what stands at the path now; also when nothing does (between a rename
 *  and the new file). */
bool act_tail_is_current(const act_tail_files *f, int fd) ACT_NONNULL(1);

/** Open the file of @p: at the path, or where it was rotated or copied to; with no head
 *  the first file written after after_ns. Its head is filled in. ACT_ENOTFOUND. */
int act_tail_find(act_tail_files *f, act_tail_place *p, int *ret_fd)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** The beginning of the file that follows the finished @fd: the oldest rotated one that is
 *  younger, else the one at the path. ACT_ENOTFOUND with both untouched. */
int act_tail_next(act_tail_files *f, int fd, act_tail_place *p, int *ret_fd)
    ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

/** Save @p as file @path, whole or not at all. ACT_EIO, ACT_ENOMEM. */
int act_tail_place_save(const act_tail_place *p, const char *path, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Read it; head is still to be filled in by act_tail_find(). ACT_ENOTFOUND, ACT_ECORRUPT,
 *  ACT_EIO, ACT_ENOMEM. */
int act_tail_place_load(const char *path, act_tail_place *ret, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
