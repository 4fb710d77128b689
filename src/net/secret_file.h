/** @file
 *  Secrets at rest: random tokens, and files that appear whole and private or not at all.
 */
#ifndef ACT_SECRET_FILE_H
#define ACT_SECRET_FILE_H

#include "base/buf.h"

enum {
    ACT_TOKEN_BYTES = 32,    /**< entropy of a token */
    ACT_TOKEN_TEXT_MAX = 44, /**< its base64url text (43) and a NUL */
};

/** A token from the system's random generator, base64url without padding. ACT_EIO. */
int act_token_new(char out[ACT_TOKEN_TEXT_MAX]) ACT_MUST_CHECK;

/** Write @content as file @path with @mode (0600 for secrets): temporary file in the same
 *  folder, fsync, rename, fsync of the folder. After a crash the file is the old or the new
 *  one. ACT_EIO with the detail in @e; ACT_ENOMEM. */
int act_file_replace(const char *path, act_str content, unsigned mode, act_err *e)
    ACT_NONNULL(1) ACT_MUST_CHECK;

/** Append the whole of file @path to @out, at most @max_bytes. ACT_ENOTFOUND, ACT_ELIMIT,
 *  ACT_EIO, ACT_ENOMEM; detail in @e. @out then has what it had before. */
int act_file_read(const char *path, size_t max_bytes, act_buf *out, act_err *e)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;

/** Overwrite the @n bytes at @p in a way that the compiler keeps. */
void act_wipe(void *p, size_t n);

#endif
