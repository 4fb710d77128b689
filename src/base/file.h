/** @file
 *  Small files as a whole: read at once, or replaced so that they are never half there. */
#ifndef ACT_FILE_H
#define ACT_FILE_H

#include "base/buf.h"

/** Write @content as file @path with @mode (0600 for secrets): temporary file in the same
 *  folder, fsync, rename, fsync of the folder. After a crash the file is the old or the new
 *  one. ACT_EIO with the detail in @e; ACT_ENOMEM. */
int act_file_replace(const char *path, act_str content, unsigned mode, act_err *e)
    ACT_NONNULL(1) ACT_MUST_CHECK;

/** Append the whole of file @path to @out, at most @max_bytes. ACT_ENOTFOUND, ACT_ELIMIT,
 *  ACT_EIO, ACT_ENOMEM; detail in @e. @out then has what it had before. */
int act_file_read(const char *path, size_t max_bytes, act_buf *out, act_err *e)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;

#endif
