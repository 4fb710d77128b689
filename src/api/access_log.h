/** @file
 *  One log line a request: who asked what, from where, and what came of it. */
#ifndef ACT_API_ACCESS_LOG_H
#define ACT_API_ACCESS_LOG_H

#include "api/call.h"

/** The request's Audit-ID header, when a proxy before us gave it a fit one, else a new
 *  UUID; kept in c->audit_id and sent back as Audit-ID. */
void act_access_log_begin(act_call *c) ACT_NONNULL(1);
/** The handler is done: write the line. Of a watch that is its beginning. Neither query nor
 *  body is in it: they may hold what is not for logs. */
void act_access_log_end(const act_call *c) ACT_NONNULL(1);
/** The same for a request that was refused before anybody looked at who asks. */
void act_access_log_refused(act_log *log, const act_http_request *req, int status)
    ACT_NONNULL(2);

#endif
