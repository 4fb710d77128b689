/** @file
 *  The CAs and header names that a kube-apiserver tells its extension servers: the
 * ConfigMap kube-system/extension-apiserver-authentication, followed as it changes. */
#ifndef ACT_KUBE_AUTH_CONFIG_H
#define ACT_KUBE_AUTH_CONFIG_H

#include "base/log.h"
#include "kube/authn.h"
#include "kube/client.h"

/** What the ConfigMap says; lives in the arena it was read into. */
typedef struct {
    act_str client_ca_pem;         /**< empty: none */
    bool has_proxy;                /**< there is a CA of front proxies */
    act_front_proxy_options proxy; /**< when has_proxy */
    act_str version;               /**< resourceVersion, to watch from */
} act_auth_config;

/** Read the ConfigMap's JSON. ACT_EPARSE, ACT_ENOMEM. */
int act_auth_config_read(act_arena *a, act_str json, act_auth_config *ret, act_err *reterr)
    ACT_NONNULL(1, 3) ACT_MUST_CHECK;

/** A thread that reads the ConfigMap, tells @authn, and does so again after each change;
 *  failures are logged and tried again. @client, @authn and @log outlive it. */
typedef struct act_auth_follower act_auth_follower;
/** Reads once before it returns, so that the first request finds the CAs: its errors as
 *  those of act_kube_client_call(), unless @tolerate. ACT_ENOMEM, ACT_EIO. */
int act_auth_follower_start(act_kube_client *client, act_authn *authn, act_log *log,
                            bool tolerate, act_auth_follower **ret, act_err *reterr)
    ACT_NONNULL(1, 2, 5) ACT_MUST_CHECK;
void act_auth_follower_free(act_auth_follower *f); /**< NULL is a no-op; waits. */
ACT_DEFINE_AUTO(act_auth_follower)

#endif
