/** @file
 *  Who may enter the API server, and what they may do: from options to the two parts that
 *  decide it. */
#ifndef ACT_GATE_H
#define ACT_GATE_H

#include "base/log.h"
#include "cmd/options.h"
#include "kube/authn.h"
#include "kube/authz.h"

enum { ACT_GATE_NAMES_MAX = 32 };

/** Names of one option, given several times or with commas between them. */
typedef struct {
    act_str items[ACT_GATE_NAMES_MAX];
    size_t n;
} act_gate_names;

typedef struct {
    const char *token_file; /**< NULL: the data directory's */
    const char *role_file;  /**< NULL: the default roles, or none beside a kube-apiserver */
    /** Kubeconfig files of kube-apiservers to ask who has a token, and what users may do;
     *  "in-cluster": as a pod; NULL: not asked. */
    const char *authentication_kubeconfig, *authorization_kubeconfig;
    bool skip_lookup;     /**< do not follow extension-apiserver-authentication */
    bool tolerate_lookup; /**< start although it cannot be read yet */
    bool anonymous;
    const char *client_ca_file; /**< further CAs of client certificates */
    const char *proxy_ca_file;  /**< of front proxies; NULL: what the lookup says */
    /* Both are read again when they are replaced. */
    act_gate_names allowed_names, user_headers, uid_headers, group_headers, extra_prefixes;
    act_gate_names always_allow_paths;
} act_gate_options;

/** Views of the arguments, which are those of `serve`. ACT_ELIMIT: more than
 * ACT_GATE_NAMES_MAX names. */
int act_gate_options_of(const act_args *args, act_gate_options *ret, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Owns both deciders and what they ask. */
typedef struct act_gate act_gate;

/** @token_file counts when the options name no other, the CAs of @ca_pem always; that
 *  outlives it. Errors as those of the parts. */
int act_gate_open(const act_gate_options *o, const char *token_file, act_str ca_pem,
                  act_clock clock, act_log *log, act_gate **ret, act_err *reterr)
    ACT_NONNULL(1, 2, 6) ACT_MUST_CHECK;
void act_gate_free(act_gate *e); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_gate)

act_authn *act_gate_authn(act_gate *e) ACT_NONNULL(1);
const act_authz *act_gate_authz(const act_gate *e) ACT_NONNULL(1);
/** A client of the kube-apiserver that is asked for permissions, or else for users; NULL
 *  when neither is. Lives with the gate. */
act_kube_client *act_gate_kubernetes(const act_gate *e) ACT_NONNULL(1);

#endif
