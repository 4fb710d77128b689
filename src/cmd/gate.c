#include "cmd/gate.h"

#include "base/alloc.h"
#include "kube/auth_config.h"
#include "net/secret_file.h"

#include <stdlib.h>

enum { ARENA_MAX = 16 << 20, CA_BYTES_MAX = 1 << 20 };

/* ---- options ----------------------------------------------------------------------- */

static int read_names(const act_args *args, const char *option, act_gate_names *ret,
                      act_err *e)
{
    const char *given;
    for (size_t i = 0; (given = act_args_list(args, option, i)); i++)
        for (act_str rest = act_str_cstr(given), name; rest.len > 0;) {
            rest = act_str_split(rest, ',', &name);
            name = act_str_trim(name);
            if (name.len == 0)
                continue;
            if (ret->n == ACT_GATE_NAMES_MAX)
                return act_fail(e, ACT_ELIMIT, "--%s: more than %d", option,
                                ACT_GATE_NAMES_MAX);
            ret->items[ret->n++] = name;
        }
    return 0;
}

int act_gate_options_of(const act_args *args, act_gate_options *ret, act_err *reterr)
{
    act_gate_options o = {
        .token_file = act_args_text(args, "token-auth-file"),
        .role_file = act_args_text(args, "role-file"),
        .authentication_kubeconfig = act_args_text(args, "authentication-kubeconfig"),
        .authorization_kubeconfig = act_args_text(args, "authorization-kubeconfig"),
        .skip_lookup = act_args_switch(args, "authentication-skip-lookup"),
        .tolerate_lookup = act_args_switch(args, "authentication-tolerate-lookup-failure"),
        .anonymous = act_args_switch(args, "anonymous-auth"),
        .client_ca_file = act_args_text(args, "client-ca-file"),
        .proxy_ca_file = act_args_text(args, "requestheader-client-ca-file"),
    };
    const struct {
        const char *option;
        act_gate_names *names;
    } lists[] = {
        { "requestheader-allowed-names", &o.allowed_names },
        { "requestheader-username-headers", &o.user_headers },
        { "requestheader-uid-headers", &o.uid_headers },
        { "requestheader-group-headers", &o.group_headers },
        { "requestheader-extra-headers-prefix", &o.extra_prefixes },
        { "authorization-always-allow-paths", &o.always_allow_paths },
    };
    for (size_t i = 0; i < ACT_COUNT(lists); i++) {
        int r = read_names(args, lists[i].option, lists[i].names, reterr);
        if (r)
            return r;
    }
    *ret = o;
    return 0;
}

/* ---- parts ------------------------------------------------------------------------- */

struct act_gate {
    act_gate_options o;
    act_clock clock;
    act_log *log;
    act_arena *arena; /* of kubeconfigs */
    act_buf client_cas, proxy_cas;
    act_kube_client *authentication, *authorization;
    act_token_review *token_review;
    act_access_review *access_review;
    act_roles *roles;
    act_authn *authn;
    act_authz *authz;
    act_auth_follower *follower;
};

static int load_pod(act_arena *a, act_kubeconfig *ret, act_err *e)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST");
    const char *port = getenv("KUBERNETES_SERVICE_PORT");
    if (!host || !port)
        return act_fail(e, ACT_EINVAL,
                        "in-cluster: KUBERNETES_SERVICE_HOST and _PORT are not set");
    return act_kubeconfig_of_pod(a, ACT_POD_DIRECTORY, host, port, ret, e);
}

static int open_client(act_gate *t, const char *kubeconfig, act_kube_client **ret,
                       act_err *e)
{
    act_kubeconfig config = { 0 };
    if (!kubeconfig)
        return 0;
    int r = strcmp(kubeconfig, "in-cluster") == 0
                ? load_pod(t->arena, &config, e)
                : act_kubeconfig_load(t->arena, kubeconfig, &config, e);
    return r ? r : act_kube_client_new(&config, ret);
}

static int open_reviews(act_gate *t, act_err *e)
{
    int r = open_client(t, t->o.authentication_kubeconfig, &t->authentication, e);
    if (!r)
        r = open_client(t, t->o.authorization_kubeconfig, &t->authorization, e);
    if (!r && t->authentication)
        r = act_token_review_new(t->authentication, t->clock, &t->token_review);
    if (!r && t->authorization)
        r = act_access_review_new(t->authorization, t->clock, &t->access_review);
    return r;
}

static int read_cas(act_gate *t, act_str own, act_err *e)
{
    act_buf_add(&t->client_cas, own);
    int r = act_buf_err(&t->client_cas);
    if (!r && t->o.client_ca_file)
        r = act_file_read(t->o.client_ca_file, CA_BYTES_MAX, &t->client_cas, e);
    if (!r && t->o.proxy_ca_file)
        r = act_file_read(t->o.proxy_ca_file, CA_BYTES_MAX, &t->proxy_cas, e);
    return r;
}

static int open_authn(act_gate *t, const char *token_file, act_err *e)
{
    const act_gate_options *o = &t->o;
    act_front_proxy_options proxy = {
        .ca_pem = act_buf_str(&t->proxy_cas),
        .allowed_names = o->allowed_names.items,
        .n_allowed_names = o->allowed_names.n,
        .user_headers = o->user_headers.items,
        .n_user_headers = o->user_headers.n,
        .uid_headers = o->uid_headers.items,
        .n_uid_headers = o->uid_headers.n,
        .group_headers = o->group_headers.items,
        .n_group_headers = o->group_headers.n,
        .extra_prefixes = o->extra_prefixes.items,
        .n_extra_prefixes = o->extra_prefixes.n,
    };
    act_authn_options authn = {
        .token_file = o->token_file ? o->token_file : token_file,
        .client_ca_pem = act_buf_str(&t->client_cas),
        .front_proxy = o->proxy_ca_file ? &proxy : NULL,
        .token_review = t->token_review,
        .anonymous = o->anonymous,
        .clock = t->clock,
    };
    int r = act_authn_new(&authn, &t->authn, e);
    if (r || !t->authentication || o->skip_lookup)
        return r;
    return act_auth_follower_start(t->authentication, t->authn, t->log, o->tolerate_lookup,
                                   &t->follower, e);
}

static int open_authz(act_gate *t, act_err *e)
{
    int r = 0;
    if (t->o.role_file || !t->authorization)
        r = act_roles_new(t->o.role_file, &t->roles, e);
    act_authz_options authz = { .roles = t->roles,
                                .review = t->access_review,
                                .always_allow_paths = t->o.always_allow_paths.items,
                                .n_always_allow_paths = t->o.always_allow_paths.n };
    return r ? r : act_authz_new(&authz, &t->authz);
}

int act_gate_open(const act_gate_options *o, const char *token_file, act_str ca_pem,
                  act_clock clock, act_log *log, act_gate **ret, act_err *reterr)
{
    ACT_AUTO(act_gate) t = act_zalloc(1, sizeof *t);
    if (!t)
        return ACT_ENOMEM;
    t->o = *o;
    t->clock = clock;
    t->log = log;
    int r = act_arena_new(ARENA_MAX, 0, &t->arena);
    if (!r)
        r = read_cas(t, ca_pem, reterr);
    if (!r)
        r = open_reviews(t, reterr);
    if (!r)
        r = open_authn(t, token_file, reterr);
    if (!r)
        r = open_authz(t, reterr);
    if (r)
        return r;
    *ret = t;
    t = NULL;
    return 0;
}

void act_gate_free(act_gate *t)
{
    if (!t)
        return;
    act_auth_follower_free(t->follower);
    act_authz_free(t->authz);
    act_authn_free(t->authn);
    act_roles_free(t->roles);
    act_access_review_free(t->access_review);
    act_token_review_free(t->token_review);
    act_kube_client_free(t->authorization);
    act_kube_client_free(t->authentication);
    act_buf_done(&t->client_cas);
    act_buf_done(&t->proxy_cas);
    act_arena_free(t->arena);
    act_dealloc(t);
}

act_authn *act_gate_authn(act_gate *t)
{
    return t->authn;
}

const act_authz *act_gate_authz(const act_gate *t)
{
    return t->authz;
}
