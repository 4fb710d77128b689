/** @file
 *  What a first start makes so that plain kubectl works: a CA, a server certificate, an
 *  admin token, the key of cursors, a kubeconfig. Later starts find them. */
#ifndef ACT_CREDENTIALS_H
#define ACT_CREDENTIALS_H

#include "base/secret.h"
#include "net/tls.h"

enum {
    ACT_CA_DAYS = 3650,
    ACT_SERVER_DAYS = 365,
    ACT_SERVER_RENEW_DAYS = 30, /**< a server certificate with less left is replaced */
    ACT_SEAL_KEY_BYTES = 32,
};

/** Files, all inside the data directory:
 *      tls/ca.crt tls/ca.key tls/server.crt tls/server.key
 *      tokens.csv   user admin in group system:masters, Kubernetes' CSV form
 *      seal.key     key of cursors and continue tokens
 *      kubeconfig   written at every start, for the address listened on */
typedef struct {
    act_tls_pair server;
    act_buf server_ca_pem; /**< what clients verify the server's certificate with */
    act_buf ca_pem;        /**< our CA, of client certificates */
    char admin_token[ACT_TOKEN_TEXT_MAX];
    uint8_t seal_key[ACT_SEAL_KEY_BYTES];
} act_credentials;

/** Read what is in @data_dir and make what is missing or close to its end. @names are
 *  further DNS names and addresses of the server certificate. ACT_EIO, ACT_ECORRUPT (a file
 *  that is not what it should be; @reterr names it), ACT_ENOMEM. */
int act_credentials_open(const char *data_dir, const act_str *names, size_t n_names,
                         int64_t now_wall_ns, act_credentials *ret, act_err *reterr)
    ACT_NONNULL(1, 5) ACT_MUST_CHECK;
/** The server's certificate is @pair from now on (moved, empty afterwards): one that
 *  somebody else issued, its chain being all that we know of its CA. ACT_ENOMEM. */
int act_credentials_take_server(act_credentials *c, act_tls_pair *pair)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Frees and wipes. */
void act_credentials_done(act_credentials *c) ACT_NONNULL(1);

/** Write @data_dir/kubeconfig for the server at @url. ACT_EIO, ACT_ENOMEM. */
int act_credentials_kubeconfig(const char *data_dir, const act_credentials *c, act_str url,
                               act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

#endif
