/** @file
 *  How to reach a kube-apiserver: from a kubeconfig file, or from inside a pod. */
#ifndef ACT_KUBE_KUBECONFIG_H
#define ACT_KUBE_KUBECONFIG_H

#include "base/arena.h"
#include "base/buf.h"

enum { ACT_KUBECONFIG_BYTES_MAX = 1 << 20 };

/** All of it lives in the arena that it was read into; secrets among it. */
typedef struct {
    act_str server; /**< "https://10.0.0.1:6443", without a slash at the end */
    act_str ca_pem; /**< empty: the system's CAs */
    bool insecure;  /**< insecure-skip-tls-verify */
    act_str token;
    act_str token_file; /**< read at each call, as pods' tokens rotate; before token */
    act_str cert_pem, key_pem;
} act_kubeconfig;

/** The current context of @text. Files that it names are read, relative to @directory.
 *  ACT_EPARSE (with what is wrong), ACT_EUNSUPPORTED (exec plugins, auth providers, basic
 *  auth), ACT_ENOTFOUND, ACT_EIO, ACT_ELIMIT, ACT_ENOMEM. */
int act_kubeconfig_read(act_arena *a, act_str text, act_str directory, act_kubeconfig *ret,
                        act_err *reterr) ACT_NONNULL(1, 4) ACT_MUST_CHECK;

/** That of file @path. Errors as above. */
int act_kubeconfig_load(act_arena *a, const char *path, act_kubeconfig *ret,
                        act_err *reterr) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** What a pod's service account has: the files in @directory (ca.crt, token). Errors as
 *  above. */
int act_kubeconfig_of_pod(act_arena *a, const char *directory, const char *host,
                          const char *port, act_kubeconfig *ret, act_err *reterr)
    ACT_NONNULL(1, 2, 3, 4, 5) ACT_MUST_CHECK;

#define ACT_POD_DIRECTORY "/var/run/secrets/kubernetes.io/serviceaccount"

#endif
