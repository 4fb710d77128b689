/** @file
 *  A small client of a kube-apiserver: JSON in, JSON out. */
#ifndef ACT_KUBE_CLIENT_H
#define ACT_KUBE_CLIENT_H

#include "base/json.h"
#include "kube/kubeconfig.h"
#include "net/http_client.h"

/** Internally locked: calls may run on several threads at once. */
typedef struct act_kube_client act_kube_client;

/** Strings are copied. ACT_EPARSE, ACT_ENOMEM, ACT_EIO. */
int act_kube_client_new(const act_kubeconfig *config, act_kube_client **ret)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_kube_client_free(act_kube_client *c); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_kube_client)

typedef struct {
    const char *method;                         /**< NULL: GET */
    const char *path;                           /**< "/api/v1/...?query", coded */
    const char *accept;                         /**< NULL: application/json */
    act_str body;                               /**< JSON; empty: none */
    int64_t timeout_ns;                         /**< 0: none (watches) */
    bool (*on_chunk)(void *ctx, act_str chunk); /**< as in act_http_call */
    void *ctx;
    const atomic_bool *cancel;
} act_kube_request;

/** The body of a 2xx answer is in @ret. Any other answer is an error by its code: 401 and
 *  403 ACT_EDENIED, 404 ACT_ENOTFOUND, 409 ACT_ECONFLICT, 410 ACT_EGONE, 429 and 5xx
 *  ACT_EAGAIN, else ACT_EIO, with the Status' message in @reterr; beside those of
 *  act_http_client_call(). */
int act_kube_client_call(act_kube_client *c, const act_kube_request *request,
                         act_http_reply *ret, act_err *reterr)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** As above, and the answer read as JSON into @a. ACT_EPARSE. */
int act_kube_client_json(act_kube_client *c, const act_kube_request *request, act_arena *a,
                         const act_json **ret, act_err *reterr)
    ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

#endif
