#include "kube/user_headers.h"

#include "net/url.h"

typedef struct {
    act_str key, value;
} pair;

/* Groups and extras as the headers bring them. */
typedef struct {
    const act_user_headers *headers;
    act_arena *arena;
    act_str groups[ACT_USER_HEADER_VALUES_MAX];
    pair extras[ACT_USER_HEADER_VALUES_MAX];
    size_t n_groups, n_extras;
    int err;
} found;

static act_str first_header(const act_http_request *req, const act_header_names *list)
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
    const act_header_names *groups = &f->headers->group, *prefixes = &f->headers->extra;
    for (size_t i = 0; i < groups->n; i++) {
        if (!act_str_eq_nocase(name, groups->items[i]) || value.len == 0)
            continue;
        if (f->n_groups == ACT_USER_HEADER_VALUES_MAX)
            return ACT_ELIMIT;
        f->groups[f->n_groups++] = value;
    }
    for (size_t i = 0; i < prefixes->n; i++) {
        act_str prefix = prefixes->items[i];
        if (!act_str_eq_nocase(act_str_head(name, prefix.len), prefix))
            continue;
        if (f->n_extras == ACT_USER_HEADER_VALUES_MAX)
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

act_str act_user_headers_name(const act_user_headers *h, const act_http_request *req)
{
    return first_header(req, &h->user);
}

int act_user_headers_read(const act_user_headers *h, act_http_request *req, act_user *ret)
{
    act_arena *a = act_http_request_arena(req);
    found *f = act_arena_make(a, found);
    if (!f)
        return ACT_ENOMEM;
    f->headers = h;
    f->arena = a;
    act_http_request_each_header(req, each_header, f);
    if (f->err)
        return f->err;
    act_user u = { .name = act_user_headers_name(h, req),
                   .uid = first_header(req, &h->uid),
                   .groups = f->groups,
                   .n_groups = f->n_groups };
    int r = gather_extras(f, &u);
    if (!r)
        *ret = u;
    return r;
}

int act_user_add_group(act_arena *a, act_user *u, act_str group)
{
    act_str *groups = act_arena_make_n(a, act_str, u->n_groups + 1);
    if (!groups)
        return ACT_ENOMEM;
    if (u->n_groups > 0)
        memcpy(groups, u->groups, u->n_groups * sizeof *groups);
    groups[u->n_groups++] = group;
    u->groups = groups;
    return 0;
}
