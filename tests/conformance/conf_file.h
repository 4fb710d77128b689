/** @file
 *  Whole files into memory. */
#ifndef CONF_FILE_H
#define CONF_FILE_H

#include "base/base.h"

/** Append all of file @path ("-": standard input) to @out, which the caller frees.
 *  ACT_EIO, ACT_ENOMEM, told in @e. */
int conf_file_read(const char *path, act_buf *out, act_err *e)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
