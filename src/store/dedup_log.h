/** @file
 *  Makes the engine's deduplication logs true again after a crash. */
#ifndef ACT_STORE_DEDUP_LOG_H
#define ACT_STORE_DEDUP_LOG_H

#include "base/base.h"

/** Repair the logs of all tables under @directory (the engine's --path) before the engine
 *  starts; nobody else may have it open.
 *
 *  A table with non_replicated_deduplication_window notes the token of an insert in
 *  `deduplication_logs/deduplication_log_N.txt` and only then renames the part that holds
 *  the rows to its final name. Killed between the two, the engine forgets the rows but
 *  remembers the token, and the repeated insert would be taken for a duplicate: data lost.
 *  Both happen under one lock, so at most the last part of a log can be missing. If it is,
 *  a record that revokes its tokens is added. A last line that was cut short is removed.
 *
 *  @ret_revoked (may be NULL) gets the number of tokens revoked. ACT_EIO, ACT_ENOMEM. */
int act_dedup_logs_repair(act_str directory, size_t *ret_revoked,
                          act_err *reterr) ACT_MUST_CHECK;

#endif
