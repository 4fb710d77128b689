/** @file
 *  Users that a front proxy (the kube-apiserver's aggregator) has authenticated and names
 *  in headers. */
#ifndef ACT_KUBE_FRONT_PROXY_H
#define ACT_KUBE_FRONT_PROXY_H

#include "kube/user_headers.h"

/** What makes a request one of the front proxy's, and where it names the user. Views. */
typedef struct {
    act_str ca_pem;               /**< CAs of the proxy's certificates */
    const act_str *allowed_names; /**< of its certificate (CN); none: any */
    size_t n_allowed_names;
    const act_str *user_headers; /**< the first that is there counts; none: X-Remote-User */
    size_t n_user_headers;
    const act_str *uid_headers; /**< none: X-Remote-Uid */
    size_t n_uid_headers;
    const act_str *group_headers; /**< all values of all count; none: X-Remote-Group */
    size_t n_group_headers;
    const act_str *extra_prefixes; /**< none: X-Remote-Extra- */
    size_t n_extra_prefixes;
} act_front_proxy_options;

/** Immutable; any thread. */
typedef struct act_front_proxy act_front_proxy;
/** Copies @o. ACT_EPARSE (no CA in ca_pem), ACT_ENOMEM. */
int act_front_proxy_new(const act_front_proxy_options *o, act_front_proxy **ret,
                        act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
void act_front_proxy_free(act_front_proxy *p); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_front_proxy)

/** The user that the headers of @req name, in its arena. Keys of extras are lower case and
 *  percent-decoded (as they are, when they cannot be). ACT_ENOTFOUND: not a request of the
 *  front proxy (no certificate, or it names nobody). ACT_EDENIED: a certificate that is not
 *  the proxy's; then its headers say nothing. ACT_ELIMIT, ACT_ENOMEM. */
int act_front_proxy_user(const act_front_proxy *p, act_http_request *req,
                         int64_t now_wall_ns, act_user *ret)
    ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

#endif
