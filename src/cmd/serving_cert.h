/** @file
 *  The servers' certificate when it comes from files that somebody else renews. */
#ifndef ACT_SERVING_CERT_H
#define ACT_SERVING_CERT_H

#include "api/server.h"
#include "cmd/credentials.h"
#include "pipeline/collector.h"

typedef struct {
    const char *cert_file, *key_file;
    const char *data_dir; /**< whose kubeconfig says how to verify the certificate */
    act_clock clock;
    act_log *log;
} act_serving_cert_options;

/** Read the pair into @c. ACT_ENOTFOUND, ACT_EIO, ACT_EPARSE, ACT_EINVAL (the key is of
 *  another certificate), ACT_EGONE (expired), ACT_EAGAIN (not valid yet), ACT_ENOMEM. */
int act_serving_cert_load(const act_serving_cert_options *o, act_credentials *c,
                          act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** Follows the files: connections made after a change see the new pair, open ones go on. A
 *  pair that is not good is told in the log, and the former stays. */
typedef struct act_serving_cert act_serving_cert;
/** Everything named outlives it, and nobody else changes @c meanwhile. @collector: NULL
 * when that is plain HTTP. @url is the one for the kubeconfig. ACT_ENOMEM, ACT_EIO. */
int act_serving_cert_follow(const act_serving_cert_options *o, act_credentials *c,
                            act_api_server *api, act_collector *collector, act_str url,
                            act_serving_cert **ret) ACT_NONNULL(1, 2, 3, 6) ACT_MUST_CHECK;
void act_serving_cert_free(act_serving_cert *s); /**< NULL is a no-op; waits. */

#endif
