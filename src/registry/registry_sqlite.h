/** @file
 *  The embedded registry: versioned objects in one SQLite file. */
#ifndef ACT_REGISTRY_SQLITE_H
#define ACT_REGISTRY_SQLITE_H

#include "registry/registry.h"

typedef struct {
    act_str path; /**< file; made when missing; one process at a time (locked) */
    act_clock clock;
    act_log *log;
    int64_t history_ns; /**< compaction keeps this much; 0: 5 minutes, as kube-apiserver */
} act_registry_sqlite_options;

/** History older than history_ns goes with the writes that come after (and at open), so an
 *  idle registry keeps its last changes for watches. ACT_EIO, ACT_ECONFLICT (another
 * process holds it), ACT_ECORRUPT (damaged or not ours), ACT_EUNSUPPORTED (of a newer
 * program). */
int act_registry_sqlite_open(const act_registry_sqlite_options *options, act_registry **ret,
                             act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
