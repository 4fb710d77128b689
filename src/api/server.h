/** @file
 *  The API server: from a request to the handler of its resource. */
#ifndef ACT_API_SERVER_H
#define ACT_API_SERVER_H

#include "api/call.h"
#include "kube/authn.h"
#include "kube/authz.h"

#include <stdatomic.h>

/** Everything named in it outlives the server. */
typedef struct {
    act_api_services services; /**< .activities and .persisted are the server's own */
    act_authn *authn;
    const act_authz *authz;
    act_address address;
    const act_tls_pair *tls;
    bool ask_client_cert;
    const char *version;  /**< of the program, for /version */
    unsigned workers;     /**< 0: 16 */
    unsigned queue_limit; /**< requests that wait for one, past it 429; 0: 256 */
} act_api_server_options;

typedef struct act_api_server act_api_server;

/** Listen and serve. ACT_EIO, ACT_EINVAL, ACT_ENOMEM. */
int act_api_server_start(const act_api_server_options *options, act_api_server **ret,
                         act_err *reterr) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
const act_address *act_api_server_address(const act_api_server *s) ACT_NONNULL(1);
/** As act_http_server_set_tls(): connections made from now on see @pair. */
int act_api_server_set_tls(act_api_server *s, const act_tls_pair *pair, act_err *reterr)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** From now on /readyz says no. */
void act_api_server_unready(act_api_server *s) ACT_NONNULL(1);
/** No new requests; those in flight finish and watches end within @wait_ns, else
 *  ACT_EAGAIN. */
int act_api_server_drain(act_api_server *s, int64_t wait_ns) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_api_server_free(act_api_server *s); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_api_server)

#endif
