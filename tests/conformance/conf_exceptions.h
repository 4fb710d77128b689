/** @file
 *  The tests that are known to fail, by id, each with its reason. */
#ifndef CONF_EXCEPTIONS_H
#define CONF_EXCEPTIONS_H

#include "base/base.h"

/** A list read from a file. One thread. */
typedef struct conf_exceptions conf_exceptions;

/** Read lines of the form "ID REASON"; '#' starts a comment line. ACT_EIO, ACT_EPARSE (a
 *  line without reason), ACT_ENOMEM, told in @e. The caller frees it. */
int conf_exceptions_read(const char *path, conf_exceptions **ret, act_err *e)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void conf_exceptions_free(conf_exceptions *x); /**< NULL is a no-op. */

/** The reason why the test @id may fail, empty when it may not. */
act_str conf_exceptions_reason(const conf_exceptions *x, act_str id) ACT_NONNULL(1);

#endif
