#include "cmd/gate.h"

#include "base/alloc.h"
#include "base/file.h"
#include "kube/auth_config.h"
#include "kube/token_file.h"
#include "net/file_watch.h"

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
    act_str ca_pem;   /* of our own client certificates */
    act_kube_client *authentication, *authorization;
    act_token_review *token_review;
    act_access_review *access_review;
    act_roles *roles;
    act_authn *authn;
    act_authz *authz;
    act_auth_follower *follower;
    act_str token_file; /* in the arena */
    act_file_watch *ca_files;
    act_file_watch *role_files;
    act_file_watch *token_files;
};

static int load_pod(act_arena *a, act_kubeconfig *ret, act_err *e)
{
    const char *host = getenv("KUBERNETES_SERVICE_HOST");
    const char *port = getenv("KUBERNETES_SERVICE_PORT");
    if (!host || !port)
        return act_fail(e, ACT_EINVAL, "KUBERNETES_SERVICE_HOST and _PORT are not set");
    return act_kubeconfig_of_pod(a, ACT_POD_DIRECTORY, host, port, ret, e);
}

static int open_client(act_gate *t, const char *option, const char *kubeconfig,
                       act_kube_client **ret, act_err *e)
{
    act_kubeconfig config = { 0 };
    act_err why = ACT_ERR_INIT;
    if (!kubeconfig)
        return 0;
    int r = strcmp(kubeconfig, "in-cluster") == 0
                ? load_pod(t->arena, &config, &why)
                : act_kubeconfig_load(t->arena, kubeconfig, &config, &why);
    if (!r)
        r = act_kube_client_new(&config, ret);
    return r ? act_fail(e, r, "--%s %s: %s", option, kubeconfig,
                        why.text[0] ? why.text : act_strerror(r))
             : 0;
}

static int open_reviews(act_gate *t, act_err *e)
{
    int r = open_client(t, "authentication-kubeconfig", t->o.authentication_kubeconfig,
                        &t->authentication, e);
    if (!r)
        r = open_client(t, "authorization-kubeconfig", t->o.authorization_kubeconfig,
                        &t->authorization, e);
    if (!r && t->authentication)
        r = act_token_review_new(t->authentication, t->clock, &t->token_review);
    if (!r && t->authorization)
        r = act_access_review_new(t->authorization, t->clock, &t->access_review);
    return r;
}

/* What certificates prove, as the CA files say now. */
typedef struct {
    act_buf client_cas, proxy_cas;
    act_front_proxy_options proxy;
} trusted;

static void trusted_done(trusted *c)
{
    act_buf_done(&c->client_cas);
    act_buf_done(&c->proxy_cas);
}

/* Append the CAs of the file, which must have one: half of a file is none. */
static int read_cas(const char *path, act_buf *out, act_err *e)
{
    ACT_AUTO(act_tls_pool) pool = NULL;
    act_err why = ACT_ERR_INIT;
    size_t before = out->len;
    int r = path ? act_file_read(path, CA_BYTES_MAX, out, e) : 0;
    if (r || !path)
        return r;
    r = act_tls_pool_new(act_str_cut(act_buf_str(out), before), &pool, &why);
    return r ? act_fail(e, r, "%s: %s", path, why.text) : 0;
}

static int read_trusted(const act_gate *t, trusted *c, act_err *e)
{
    const act_gate_options *o = &t->o;
    act_buf_add(&c->client_cas, t->ca_pem);
    int r = act_buf_err(&c->client_cas);
    if (!r)
        r = read_cas(o->client_ca_file, &c->client_cas, e);
    if (!r)
        r = read_cas(o->proxy_ca_file, &c->proxy_cas, e);
    c->proxy = (act_front_proxy_options){
        .ca_pem = act_buf_str(&c->proxy_cas),
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
    return r;
}

static int new_authn(act_gate *t, act_err *e)
{
    trusted c = { 0 };
    int r = read_trusted(t, &c, e);
    act_authn_options authn = {
        .token_file = t->token_file.ptr,
        .client_ca_pem = act_buf_str(&c.client_cas),
        .front_proxy = t->o.proxy_ca_file ? &c.proxy : NULL,
        .token_review = t->token_review,
        .anonymous = t->o.anonymous,
        .clock = t->clock,
    };
    if (!r)
        r = act_authn_new(&authn, &t->authn, e);
    trusted_done(&c);
    return r;
}

static void renew_authn(void *ctx)
{
    act_gate *t = ctx;
    trusted c = { 0 };
    act_err e = ACT_ERR_INIT;
    int r = read_trusted(t, &c, &e);
    if (!r)
        r = act_authn_renew(t->authn, act_buf_str(&c.client_cas),
                            t->o.proxy_ca_file ? &c.proxy : NULL, &e);
    if (r)
        act_warn(t->log, "the CA files cannot be read again; what was read stays in force",
                 ACT_F_ERR(r), ACT_F_CSTR("detail", e.text));
    else
        act_info(t->log, "the CA files were read");
    trusted_done(&c);
}

static int watch_ca_files(act_gate *t)
{
    act_file_watch_options watch = { .paths = { t->o.client_ca_file, t->o.proxy_ca_file },
                                     .changed = renew_authn,
                                     .ctx = t };
    return t->o.client_ca_file || t->o.proxy_ca_file
               ? act_file_watch_start(&watch, &t->ca_files)
               : 0;
}

/* authn reads its tokens again by itself; this tells what comes of it. */
static void tell_of_tokens(void *ctx)
{
    act_gate *t = ctx;
    ACT_AUTO(act_token_file) tokens = NULL;
    act_err e = ACT_ERR_INIT;
    int r = act_token_file_open(t->token_file.ptr, &tokens, &e);
    if (r)
        act_warn(t->log, "the token file cannot be read; the tokens before stay in force",
                 ACT_F_ERR(r), ACT_F_CSTR("detail", e.text));
    else
        act_info(t->log, "tokens in force", ACT_F_STR("file", t->token_file));
}

static int watch_tokens(act_gate *t)
{
    act_file_watch_options watch = { .paths = { t->token_file.ptr },
                                     .changed = tell_of_tokens,
                                     .ctx = t };
    return act_file_watch_start(&watch, &t->token_files);
}

static int follow_cluster(act_gate *t, act_err *e)
{
    act_err why = ACT_ERR_INIT;
    int r = act_auth_follower_start(t->authentication, t->authn, t->log,
                                    t->o.tolerate_lookup, &t->follower, &why);
    return r ? act_fail(e, r,
                        "--authentication-kubeconfig %s: "
                        "extension-apiserver-authentication cannot be read: %s",
                        t->o.authentication_kubeconfig,
                        why.text[0] ? why.text : act_strerror(r))
             : 0;
}

static int open_authn(act_gate *t, const char *token_file, act_err *e)
{
    const char *tokens = t->o.token_file ? t->o.token_file : token_file;
    int r = act_arena_str(t->arena, act_str_cstr(tokens), &t->token_file);
    if (!r)
        r = new_authn(t, e);
    if (!r)
        r = watch_ca_files(t);
    if (!r)
        r = watch_tokens(t);
    return r || !t->authentication || t->o.skip_lookup ? r : follow_cluster(t, e);
}

static void renew_roles(void *ctx)
{
    act_gate *t = ctx;
    act_err e = ACT_ERR_INIT;
    int r = act_roles_reload(t->roles, &e);
    if (r)
        act_warn(t->log, "the role file cannot be read; the roles before stay in force",
                 ACT_F_ERR(r), ACT_F_CSTR("detail", e.text));
    else
        act_info(t->log, "roles in force", ACT_F_CSTR("file", t->o.role_file));
}

static int open_roles(act_gate *t, act_err *e)
{
    act_file_watch_options watch = { .paths = { t->o.role_file },
                                     .changed = renew_roles,
                                     .ctx = t };
    if (!t->o.role_file && t->authorization)
        return 0;
    int r = act_roles_new(t->o.role_file, &t->roles, e);
    return r || !t->o.role_file ? r : act_file_watch_start(&watch, &t->role_files);
}

static int open_authz(act_gate *t, act_err *e)
{
    int r = open_roles(t, e);
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
    t->ca_pem = ca_pem;
    int r = act_arena_new(ARENA_MAX, 0, &t->arena);
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
    act_file_watch_free(t->ca_files);
    act_file_watch_free(t->role_files);
    act_file_watch_free(t->token_files);
    act_auth_follower_free(t->follower);
    act_authz_free(t->authz);
    act_authn_free(t->authn);
    act_roles_free(t->roles);
    act_access_review_free(t->access_review);
    act_token_review_free(t->token_review);
    act_kube_client_free(t->authorization);
    act_kube_client_free(t->authentication);
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

act_kube_client *act_gate_kubernetes(const act_gate *t)
{
    return t->authorization ? t->authorization : t->authentication;
}
