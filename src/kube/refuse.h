/** @file
 *  What an HTTP server refuses before its handler, said as a Status. */
#ifndef ACT_KUBE_REFUSE_H
#define ACT_KUBE_REFUSE_H

#include "net/http_server.h"

enum { ACT_KUBE_RETRY_AFTER_S = 1 }; /**< of 429, in the header and in the body */

/** An act_http_callbacks.refuse; @ctx is not looked at. */
void act_kube_refuse(void *ctx, const act_http_request *req, int code, act_str text,
                     act_http_response *res) ACT_NONNULL(2, 5);

#endif
