/** @file
 *  Folders whose names survive a power failure. */
#ifndef ACT_FOLDER_H
#define ACT_FOLDER_H

#include "base/err.h"

/** Make the folder @path, for its owner alone, unless it is there. In both cases its name
 *  is on durable storage on return, so that what is synced inside can be found again; where
 *  the folder above may not be read, that is left to the system. ACT_EIO, ACT_ENOMEM;
 *  detail in @e. */
int act_folder_make(const char *path, act_err *e) ACT_NONNULL(1) ACT_MUST_CHECK;

/** Sync the folder in which @path lies: without it a file that was made or renamed there
 *  may be lost in a crash. ACT_EIO (errno says why), ACT_ENOMEM. */
int act_folder_sync_above(const char *path) ACT_NONNULL(1) ACT_MUST_CHECK;

#endif
