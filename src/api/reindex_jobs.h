/** @file
 *  The resource reindexjobs: what is valid, and how kubectl shows it. */
#ifndef ACT_API_REINDEX_JOBS_H
#define ACT_API_REINDEX_JOBS_H

#include "api/persisted.h"

#define ACT_REGISTRY_REINDEX_JOBS "reindexjobs/"

enum { ACT_REINDEX_JOB_COLUMNS = 5 };
extern const act_column act_reindex_job_columns[ACT_REINDEX_JOB_COLUMNS];

/* Once a job is Running or has ended, its spec stays as it is, but for
 * ttlSecondsAfterFinished; Succeeded and Failed are final. */
void act_api_reindex_jobs(act_call *c) ACT_NONNULL(1);

#endif
