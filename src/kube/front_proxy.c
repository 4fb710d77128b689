#include "kube/front_proxy.h"

#include "base/alloc.h"

enum { ARENA_MAX = 1 << 20 };

typedef struct {
    const act_str *items; /* with a NUL behind each */
    size_t n;
} names;

struct act_front_proxy {
    act_tls_pool *cas;
    act_arena *arena; /* of the names */
    names allowed, user, uid, group, extra;
};

/* ---- options ----------------------------------------------------------------------- */

static int copy_names(act_arena *a, const act_str *items, size_t n, const char *usual,
                      names *ret)
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
    *ret = (names){ copy, n };
    return 0;
}

static int copy_options(act_front_proxy *p, const act_front_proxy_options *o)
{
    act_arena *a = p->arena;
    int r = copy_names(a, o->allowed_names, o->n_allowed_names, NULL, &p->allowed);
    if (!r)
        r = copy_names(a, o->user_headers, o->n_user_headers, "X-Remote-User", &p->user);
    if (!r)
        r = copy_names(a, o->uid_headers, o->n_uid_headers, "X-Remote-Uid", &p->uid);
    if (!r)
        r = copy_names(a, o->group_headers, o->n_group_headers, "X-Remote-Group",
                       &p->group);
    if (!r)
        r = copy_names(a, o->extra_prefixes, o->n_extra_prefixes, "X-Remote-Extra-",
                       &p->extra);
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

/* ---- headers ----------------------------------------------------------------------- */

typedef struct {
    act_str key, value;
} pair;

/* Groups and extras as the headers bring them. */
typedef struct {
    const act_front_proxy *proxy;
    act_arena *arena;
    act_str groups[ACT_FRONT_PROXY_VALUES_MAX + 1]; /* one for system:authenticated */
    pair extras[ACT_FRONT_PROXY_VALUES_MAX];
    size_t n_groups, n_extras;
    int err;
} found;

static act_str first_header(const act_http_request *req, const names *list)
{
    for (size_t i = 0; i < list->n; i++) {
        act_str value = act_http_request_header(req, list->items[i].ptr);
        if (value.len > 0)
            return value;
    }
    return ACT_STR("");
}

/* What a header name says behind the prefix: lower case, decoded when that is possible. */
static int read_key(act_arena *a, act_str coded, act_str *ret)
{
    char *lower = act_arena_bytes(a, coded.len);
    if (!lower)
        return ACT_ENOMEM;
    for (size_t i = 0; i < coded.len; i++) {
        char c = coded.ptr[i];
        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    *ret = act_str_from(lower, coded.len);
    int r = act_url_decode(a, *ret, false, ret);
    return r == ACT_EPARSE ? 0 : r;
}

static int take_header(found *f, act_str name, act_str value)
{
    const names *groups = &f->proxy->group, *prefixes = &f->proxy->extra;
    for (size_t i = 0; i < groups->n; i++) {
        if (!act_str_eq_nocase(name, groups->items[i]) || value.len == 0)
            continue;
        if (f->n_groups == ACT_FRONT_PROXY_VALUES_MAX)
            return ACT_ELIMIT;
        f->groups[f->n_groups++] = value;
    }
    for (size_t i = 0; i < prefixes->n; i++) {
        act_str prefix = prefixes->items[i];
        if (!act_str_eq_nocase(act_str_head(name, prefix.len), prefix))
            continue;
        if (f->n_extras == ACT_FRONT_PROXY_VALUES_MAX)
            return ACT_ELIMIT;
        pair *p = &f->extras[f->n_extras++];
        p->value = value;
        int r = read_key(f->arena, act_str_cut(name, prefix.len), &p->key);
        if (r)
            return r;
    }
    return 0;
}

static bool each_header(void *ctx, act_str name, act_str value)
{
    found *f = ctx;
    f->err = take_header(f, name, value);
    return f->err == 0;
}

/* The pairs by their keys: each key once, with all its values in order. */
static int gather_extras(const found *f, act_user *u)
{
    act_user_extra *extra = act_arena_make_n(f->arena, act_user_extra, f->n_extras);
    act_str *values = act_arena_make_n(f->arena, act_str, f->n_extras);
    if (!extra || !values)
        return ACT_ENOMEM;
    size_t n = 0;
    for (size_t i = 0; i < f->n_extras; i++) {
        act_str key = f->extras[i].key;
        size_t before = 0;
        while (before < i && !act_str_eq(f->extras[before].key, key))
            before++;
        if (before < i)
            continue; /* gathered with the first */
        act_user_extra *e = &extra[n++];
        *e = (act_user_extra){ .key = key, .values = values };
        for (size_t j = i; j < f->n_extras; j++)
            if (act_str_eq(f->extras[j].key, key))
                values[e->n++] = f->extras[j].value;
        values += e->n;
    }
    u->extra = extra;
    u->n_extra = n;
    return 0;
}

static bool is_allowed(const act_front_proxy *p, act_str common_name)
{
    for (size_t i = 0; i < p->allowed.n; i++)
        if (act_str_eq(p->allowed.items[i], common_name))
            return true;
    return p->allowed.n == 0;
}

static int read_headers(const act_front_proxy *p, act_http_request *req, act_user *u)
{
    found *f = act_arena_make(act_http_request_arena(req), found);
    if (!f)
        return ACT_ENOMEM;
    f->proxy = p;
    f->arena = act_http_request_arena(req);
    act_http_request_each_header(req, each_header, f);
    if (f->err)
        return f->err;
    u->uid = first_header(req, &p->uid);
    u->groups = f->groups;
    u->n_groups = f->n_groups;
    if (!act_user_in_group(u, ACT_STR(ACT_GROUP_AUTHENTICATED)) &&
        !act_user_in_group(u, ACT_STR(ACT_GROUP_UNAUTHENTICATED)))
        f->groups[u->n_groups++] = ACT_STR(ACT_GROUP_AUTHENTICATED);
    return gather_extras(f, u);
}

int act_front_proxy_user(const act_front_proxy *p, act_http_request *req,
                         int64_t now_wall_ns, act_user *ret)
{
    const act_tls_peer *peer = act_http_request_client_cert(req);
    act_user u = { .name = first_header(req, &p->user) };
    if (!peer || u.name.len == 0)
        return ACT_ENOTFOUND;
    if (act_tls_pool_verify(p->cas, peer, now_wall_ns, NULL) ||
        !is_allowed(p, peer->common_name))
        return ACT_EDENIED;
    int r = read_headers(p, req, &u);
    if (!r)
        *ret = u;
    return r;
}
