/** @file
 *  /livez, /readyz, /healthz: named checks that ask the parts themselves. */
#ifndef ACT_API_HEALTH_H
#define ACT_API_HEALTH_H

#include "api/call.h"

/** True when the path's first segment is one of the three. */
bool act_health_is_path(act_str segment);
/** Answer a health request: ?verbose, ?exclude=NAME, /readyz/NAME. @stopping: readyz says
 *  no. Segments of the path as given. */
void act_health_answer(const act_api_services *api, bool stopping, act_http_request *req,
                       const act_str *segments, size_t n, act_http_response *res)
    ACT_NONNULL(1, 3, 4, 6);

#endif
