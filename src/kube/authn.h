/** @file
 *  Authentication: who sent a request, by front proxy, client certificate, bearer token, or
 *  nobody. */
#ifndef ACT_KUBE_AUTHN_H
#define ACT_KUBE_AUTHN_H

#include "kube/front_proxy.h"
#include "kube/token_review.h"

/** Immutable but for whom it trusts; any thread. */
typedef struct act_authn act_authn;

typedef struct {
    const char *token_file; /**< static tokens (token_file.h); NULL: none */
    act_str client_ca_pem;  /**< CAs of client certificates (CN = user, O = groups) */
    const act_front_proxy_options *front_proxy; /**< NULL: none */
    act_token_review *token_review; /**< asked about other tokens; NULL: none; outlives */
    bool anonymous;                 /**< requests without credentials: system:anonymous */
    act_clock clock;
} act_authn_options;

/** ACT_EPARSE, ACT_EIO, ACT_ENOTFOUND, ACT_ENOMEM. */
int act_authn_new(const act_authn_options *options, act_authn **ret, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_authn_free(act_authn *a); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_authn)

/** From now on these CAs count in place of the ones of the options (whose files have been
 *  replaced). ACT_EPARSE, ACT_ENOMEM: what was there stays. Any thread. */
int act_authn_renew(act_authn *a, act_str client_ca_pem,
                    const act_front_proxy_options *proxy, act_err *reterr)
    ACT_NONNULL(1) ACT_MUST_CHECK;

/** From now on these CAs count beside the ones of the options (empty, NULL: none; @proxy in
 *  place of theirs). ACT_EPARSE, ACT_ENOMEM: what was there stays. Any thread. */
int act_authn_follow(act_authn *a, act_str client_ca_pem,
                     const act_front_proxy_options *proxy, act_err *reterr)
    ACT_NONNULL(1) ACT_MUST_CHECK;

/** The user of @req; lives in the request's arena. Asked in the order of k8s.io/apiserver:
 *  front proxy, client certificate, static token, TokenReview; the first that knows the
 *  user decides. When none does, credentials that were refused are ACT_EDENIED (401), never
 *  anonymous. Others: the kube-apiserver could not be asked, ACT_ENOMEM. May block. */
int act_authn_user(act_authn *a, act_http_request *req, act_user *ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

#endif
