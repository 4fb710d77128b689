/** @file
 *  Impersonation: a user who may do that asks as another, in headers Impersonate-*. */
#ifndef ACT_KUBE_IMPERSONATE_H
#define ACT_KUBE_IMPERSONATE_H

#include "kube/authz.h"
#include "kube/user_headers.h"

/** Does the request ask to run as somebody else? */
bool act_impersonation_asked(const act_http_request *req) ACT_NONNULL(1);

/** The user as whom a request of @by is to run, in the request's arena: what
 * Impersonate-User, -Group, -Uid and -Extra-KEY name, each of which @by needs the
 * permission `impersonate` for, with the groups that Kubernetes adds. ACT_EDENIED,
 * ACT_EINVAL (groups, a uid or extras without a user): with *ret_status. Others: the
 * kube-apiserver could not be asked, ACT_ELIMIT, ACT_ENOMEM. May block. */
int act_impersonate(const act_authz *authz, act_http_request *req, const act_user *by,
                    act_user *ret, act_kube_status *ret_status, act_err *reterr)
    ACT_NONNULL(1, 2, 3, 4, 5) ACT_MUST_CHECK;

#endif
