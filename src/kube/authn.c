#include "kube/authn.h"

#include "base/alloc.h"
#include "kube/token_file.h"

struct act_authn {
    act_token_file *tokens;
    act_tls_pool *client_cas;
    bool anonymous;
    act_clock clock;
};

int act_authn_new(const act_authn_options *o, act_authn **ret, act_err *reterr)
{
    ACT_AUTO(act_authn) a = act_zalloc(1, sizeof *a);
    if (!a)
        return ACT_ENOMEM;
    a->anonymous = o->anonymous;
    a->clock = o->clock;
    int r = o->token_file ? act_token_file_open(o->token_file, &a->tokens, reterr) : 0;
    if (!r && o->client_ca_pem.len > 0)
        r = act_tls_pool_new(o->client_ca_pem, &a->client_cas, reterr);
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
    act_tls_pool_free(a->client_cas);
    act_dealloc(a);
}

/* CN is the user, each O a group. */
static int user_of_certificate(const act_tls_peer *peer, act_arena *arena, act_user *ret)
{
    act_str *groups = act_arena_make_n(arena, act_str, peer->organization_count + 1);
    if (!groups)
        return ACT_ENOMEM;
    act_user u = { .name = peer->common_name, .groups = groups };
    for (size_t i = 0; i < peer->organization_count; i++)
        groups[u.n_groups++] = peer->organizations[i];
    groups[u.n_groups++] = ACT_STR(ACT_GROUP_AUTHENTICATED);
    *ret = u;
    return 0;
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
    act_arena *arena = act_http_request_arena(req);
    const act_tls_peer *peer = a->client_cas ? act_http_request_client_cert(req) : NULL;
    if (peer) {
        if (act_tls_pool_verify(a->client_cas, peer, act_wall_ns(a->clock), NULL) ||
            peer->common_name.len == 0)
            return ACT_EDENIED;
        return user_of_certificate(peer, arena, ret);
    }
    act_str token = act_http_request_bearer(req);
    if (token.ptr)
        return a->tokens ? act_token_file_user(a->tokens, token, arena, ret) : ACT_EDENIED;
    return a->anonymous ? anonymous_user(ret) : ACT_EDENIED;
}
