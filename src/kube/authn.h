/** @file
 *  Authentication: who sent a request, by client certificate, bearer token, or nobody. */
#ifndef ACT_KUBE_AUTHN_H
#define ACT_KUBE_AUTHN_H

#include "base/clock.h"
#include "kube/user.h"
#include "net/http_message.h"

/** Immutable but for what it follows; any thread. */
typedef struct act_authn act_authn;

typedef struct {
    const char *token_file; /**< static tokens (token_file.h); NULL: none */
    act_str client_ca_pem;  /**< CAs of client certificates (CN = user, O = groups) */
    bool anonymous;         /**< requests without credentials are system:anonymous */
    act_clock clock;
} act_authn_options;

/** ACT_EPARSE, ACT_EIO, ACT_ENOTFOUND, ACT_ENOMEM. */
int act_authn_new(const act_authn_options *options, act_authn **ret, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_authn_free(act_authn *a); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_authn)

/** The user of @req; lives in the request's arena. A certificate goes before a token; a
 *  token that is nobody's, or a certificate that does not verify, is ACT_EDENIED (401),
 * never anonymous. ACT_ENOMEM. */
int act_authn_user(act_authn *a, act_http_request *req, act_user *ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

#endif
