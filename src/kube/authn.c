#include "kube/authn.h"

#include "base/alloc.h"
#include "kube/token_file.h"

#include <pthread.h>

/* Whom certificates are trusted for. */
typedef struct {
    act_tls_pool *client_cas;
    act_front_proxy *proxy;
} trust;

struct act_authn {
    act_token_file *tokens;
    act_token_review *review;
    bool anonymous;
    act_clock clock;
    pthread_rwlock_t lock; /* of what follows */
    trust own, followed;
};

/* ---- trust ------------------------------------------------------------------------- */

static void trust_done(trust *t)
{
    act_tls_pool_free(t->client_cas);
    act_front_proxy_free(t->proxy);
    *t = (trust){ 0 };
}

static int trust_read(act_str client_ca_pem, const act_front_proxy_options *proxy,
                      trust *ret, act_err *e)
{
    trust t = { 0 };
    int r = client_ca_pem.len > 0 ? act_tls_pool_new(client_ca_pem, &t.client_cas, e) : 0;
    if (!r && proxy)
        r = act_front_proxy_new(proxy, &t.proxy, e);
    if (r)
        trust_done(&t);
    else
        *ret = t;
    return r;
}

int act_authn_new(const act_authn_options *o, act_authn **ret, act_err *reterr)
{
    ACT_AUTO(act_authn) a = act_zalloc(1, sizeof *a);
    if (!a)
        return ACT_ENOMEM;
    (void)pthread_rwlock_init(&a->lock, NULL);
    a->review = o->token_review;
    a->anonymous = o->anonymous;
    a->clock = o->clock;
    int r = o->token_file ? act_token_file_open(o->token_file, &a->tokens, reterr) : 0;
    if (!r)
        r = trust_read(o->client_ca_pem, o->front_proxy, &a->own, reterr);
    if (r)
        return r;
    *ret = a;
    a = NULL;
    return 0;
}

void act_authn_free(act_authn *a)
{
    if (!a)
        return;
    act_token_file_free(a->tokens);
    trust_done(&a->own);
    trust_done(&a->followed);
    (void)pthread_rwlock_destroy(&a->lock);
    act_dealloc(a);
}

static int replace(act_authn *a, trust *which, act_str client_ca_pem,
                   const act_front_proxy_options *proxy, act_err *e)
{
    trust now = { 0 };
    int r = trust_read(client_ca_pem, proxy, &now, e);
    if (r)
        return r;
    (void)pthread_rwlock_wrlock(&a->lock);
    trust before = *which;
    *which = now;
    (void)pthread_rwlock_unlock(&a->lock);
    trust_done(&before);
    return 0;
}

int act_authn_renew(act_authn *a, act_str client_ca_pem,
                    const act_front_proxy_options *proxy, act_err *reterr)
{
    return replace(a, &a->own, client_ca_pem, proxy, reterr);
}

int act_authn_follow(act_authn *a, act_str client_ca_pem,
                     const act_front_proxy_options *proxy, act_err *reterr)
{
    return replace(a, &a->followed, client_ca_pem, proxy, reterr);
}

/* ---- ways to know a user -----------------------------------------------------------
 * Each: 0; ACT_ENOTFOUND, the request has no credentials of this sort; ACT_EDENIED, they
 * are not good; or what kept it from knowing. */

static int user_of_proxy(act_authn *a, act_http_request *req, act_user *ret)
{
    const act_front_proxy *proxy = a->own.proxy ? a->own.proxy : a->followed.proxy;
    return proxy ? act_front_proxy_user(proxy, req, act_wall_ns(a->clock), ret)
                 : ACT_ENOTFOUND;
}

static bool is_trusted(const act_authn *a, const act_tls_pool *cas,
                       const act_tls_peer *peer)
{
    return cas && act_tls_pool_verify(cas, peer, act_wall_ns(a->clock), NULL) == 0;
}

/* CN is the user, each O a group. */
static int user_of_certificate(act_authn *a, act_http_request *req, act_user *ret)
{
    bool have_cas = a->own.client_cas || a->followed.client_cas;
    const act_tls_peer *peer = have_cas ? act_http_request_client_cert(req) : NULL;
    if (!peer)
        return ACT_ENOTFOUND;
    if (peer->common_name.len == 0 || (!is_trusted(a, a->own.client_cas, peer) &&
                                       !is_trusted(a, a->followed.client_cas, peer)))
        return ACT_EDENIED;
    act_str *groups = act_arena_make_n(act_http_request_arena(req), act_str,
                                       peer->organization_count + 1);
    if (!groups)
        return ACT_ENOMEM;
    act_user u = { .name = peer->common_name, .groups = groups };
    for (size_t i = 0; i < peer->organization_count; i++)
        groups[u.n_groups++] = peer->organizations[i];
    groups[u.n_groups++] = ACT_STR(ACT_GROUP_AUTHENTICATED);
    *ret = u;
    return 0;
}

static int user_of_token(act_authn *a, act_http_request *req, act_user *ret)
{
    act_arena *arena = act_http_request_arena(req);
    act_str token = act_http_request_bearer(req);
    if (!token.ptr)
        return ACT_ENOTFOUND;
    int r = a->tokens ? act_token_file_user(a->tokens, token, arena, ret) : ACT_EDENIED;
    if (r == ACT_EDENIED && token.len > 0 && a->review)
        r = act_token_review_user(a->review, token, arena, ret, NULL);
    return r;
}

static int anonymous_user(act_user *ret)
{
    static const act_str groups[] = { { ACT_GROUP_UNAUTHENTICATED,
                                        sizeof(ACT_GROUP_UNAUTHENTICATED) - 1 } };
    *ret =
        (act_user){ .name = ACT_STR(ACT_USER_ANONYMOUS), .groups = groups, .n_groups = 1 };
    return 0;
}

int act_authn_user(act_authn *a, act_http_request *req, act_user *ret)
{
    (void)pthread_rwlock_rdlock(&a->lock);
    int by_proxy = user_of_proxy(a, req, ret);
    int by_certificate = by_proxy == ACT_ENOTFOUND || by_proxy == ACT_EDENIED
                             ? user_of_certificate(a, req, ret)
                             : by_proxy;
    (void)pthread_rwlock_unlock(&a->lock);
    if (by_certificate != ACT_ENOTFOUND && by_certificate != ACT_EDENIED)
        return by_certificate;
    int by_token = user_of_token(a, req, ret);
    if (by_token != ACT_ENOTFOUND)
        return by_token;
    bool refused = by_proxy == ACT_EDENIED || by_certificate == ACT_EDENIED;
    return a->anonymous && !refused ? anonymous_user(ret) : ACT_EDENIED;
}
