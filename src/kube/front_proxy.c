#include "kube/front_proxy.h"

#include "base/alloc.h"

enum { ARENA_MAX = 1 << 20 };

struct act_front_proxy {
    act_tls_pool *cas;
    act_arena *arena;         /* of the names */
    act_header_names allowed; /* not of headers, but of certificates */
    act_user_headers headers;
};

/* ---- options ----------------------------------------------------------------------- */

static int copy_names(act_arena *a, const act_str *items, size_t n, const char *usual,
                      act_header_names *ret)
{
    act_str fallback = act_str_cstr(usual);
    if (n == 0 && usual) {
        items = &fallback;
        n = 1;
    }
    act_str *copy = act_arena_make_n(a, act_str, n);
    if (!copy)
        return ACT_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        int r = act_arena_str(a, items[i], &copy[i]);
        if (r)
            return r;
    }
    *ret = (act_header_names){ copy, n };
    return 0;
}

static int copy_options(act_front_proxy *p, const act_front_proxy_options *o)
{
    act_arena *a = p->arena;
    int r = copy_names(a, o->allowed_names, o->n_allowed_names, NULL, &p->allowed);
    if (!r)
        r = copy_names(a, o->user_headers, o->n_user_headers, "X-Remote-User",
                       &p->headers.user);
    if (!r)
        r = copy_names(a, o->uid_headers, o->n_uid_headers, "X-Remote-Uid",
                       &p->headers.uid);
    if (!r)
        r = copy_names(a, o->group_headers, o->n_group_headers, "X-Remote-Group",
                       &p->headers.group);
    if (!r)
        r = copy_names(a, o->extra_prefixes, o->n_extra_prefixes, "X-Remote-Extra-",
                       &p->headers.extra);
    return r;
}

int act_front_proxy_new(const act_front_proxy_options *o, act_front_proxy **ret,
                        act_err *reterr)
{
    ACT_AUTO(act_front_proxy) p = act_zalloc(1, sizeof *p);
    if (!p)
        return ACT_ENOMEM;
    int r = act_arena_new(ARENA_MAX, 0, &p->arena);
    if (!r)
        r = copy_options(p, o);
    if (!r)
        r = act_tls_pool_new(o->ca_pem, &p->cas, reterr);
    if (r)
        return r;
    *ret = p;
    p = NULL;
    return 0;
}

void act_front_proxy_free(act_front_proxy *p)
{
    if (!p)
        return;
    act_tls_pool_free(p->cas);
    act_arena_free(p->arena);
    act_dealloc(p);
}

/* ---- users ------------------------------------------------------------------------- */

static bool is_allowed(const act_front_proxy *p, act_str common_name)
{
    for (size_t i = 0; i < p->allowed.n; i++)
        if (act_str_eq(p->allowed.items[i], common_name))
            return true;
    return p->allowed.n == 0;
}

int act_front_proxy_user(const act_front_proxy *p, act_http_request *req,
                         int64_t now_wall_ns, act_user *ret)
{
    const act_tls_peer *peer = act_http_request_client_cert(req);
    act_user u = { .n_groups = 0 };
    if (!peer || act_user_headers_name(&p->headers, req).len == 0)
        return ACT_ENOTFOUND;
    if (act_tls_pool_verify(p->cas, peer, now_wall_ns, NULL) ||
        !is_allowed(p, peer->common_name))
        return ACT_EDENIED;
    int r = act_user_headers_read(&p->headers, req, &u);
    if (!r && !act_user_in_group(&u, ACT_STR(ACT_GROUP_AUTHENTICATED)) &&
        !act_user_in_group(&u, ACT_STR(ACT_GROUP_UNAUTHENTICATED)))
        r = act_user_add_group(act_http_request_arena(req), &u,
                               ACT_STR(ACT_GROUP_AUTHENTICATED));
    if (!r)
        *ret = u;
    return r;
}
