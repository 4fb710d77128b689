#include "kube/auth_config.h"

#include "base/alloc.h"
#include "base/thread.h"

#define NAMESPACE_PATH "/api/v1/namespaces/kube-system/configmaps"
#define CONFIG_NAME "extension-apiserver-authentication"

enum {
    ARENA_MAX = 16 << 20,
    READ_TIMEOUT_S = 10,
    WATCH_TIMEOUT_S = 300, /* then it is read again, changed or not */
    RETRY_FIRST_S = 1,
    RETRY_MOST_S = 30,
};

/* ---- reading ----------------------------------------------------------------------- */

static int parse(act_arena *a, act_str text, const act_json **ret, act_err *e)
{
    ACT_AUTO(act_json_parser) parser = NULL;
    int r = act_json_parser_new((act_json_limits){ 0 }, &parser);
    return r ? r : act_json_parse(parser, a, text, 0, ret, e);
}

/* data.KEY, which is a JSON list of strings in a string; no key: an empty list. */
static int read_list(act_arena *a, const act_json *data, const char *key,
                     const act_str **ret, size_t *ret_n, act_err *e)
{
    act_str text = act_json_string(act_json_get(data, act_str_cstr(key)));
    const act_json *list = NULL;
    size_t n;
    if (text.len == 0)
        return 0;
    int r = parse(a, text, &list, NULL);
    if (r == ACT_ENOMEM)
        return r;
    const act_json *items = act_json_items(list, &n);
    act_str *strings = act_arena_make_n(a, act_str, n);
    if (!strings)
        return ACT_ENOMEM;
    bool good = list && list->type == ACT_JSON_ARRAY;
    for (size_t i = 0; i < n; i++) {
        good = good && items[i].type == ACT_JSON_STRING;
        strings[i] = act_json_string(&items[i]);
    }
    if (!good)
        return act_fail(e, ACT_EPARSE, "data.%s is not a JSON list of strings", key);
    *ret = strings;
    *ret_n = n;
    return 0;
}

static int read_proxy(act_arena *a, const act_json *data, act_front_proxy_options *p,
                      act_err *e)
{
    const struct {
        const char *key;
        const act_str **items;
        size_t *n;
    } lists[] = {
        { "requestheader-allowed-names", &p->allowed_names, &p->n_allowed_names },
        { "requestheader-username-headers", &p->user_headers, &p->n_user_headers },
        { "requestheader-uid-headers", &p->uid_headers, &p->n_uid_headers },
        { "requestheader-group-headers", &p->group_headers, &p->n_group_headers },
        { "requestheader-extra-headers-prefix", &p->extra_prefixes, &p->n_extra_prefixes },
    };
    int r = 0;
    for (size_t i = 0; i < ACT_COUNT(lists) && !r; i++)
        r = read_list(a, data, lists[i].key, lists[i].items, lists[i].n, e);
    return r;
}

int act_auth_config_read(act_arena *a, act_str json, act_auth_config *ret, act_err *reterr)
{
    const act_json *map = NULL;
    int r = parse(a, json, &map, reterr);
    if (r)
        return r;
    const act_json *data = act_json_get(map, ACT_STR("data"));
    act_auth_config c = {
        .client_ca_pem = act_json_string(act_json_get(data, ACT_STR("client-ca-file"))),
        .version = act_json_string(act_json_path(map, "metadata", "resourceVersion", NULL)),
    };
    c.proxy.ca_pem =
        act_json_string(act_json_get(data, ACT_STR("requestheader-client-ca-file")));
    c.has_proxy = c.proxy.ca_pem.len > 0;
    if (c.has_proxy)
        r = read_proxy(a, data, &c.proxy, reterr);
    if (!r)
        *ret = c;
    return r;
}

/* ---- following --------------------------------------------------------------------- */

struct act_auth_follower {
    act_kube_client *client;
    act_authn *authn;
    act_log *log;
    act_arena *arena; /* of one reading */
    atomic_bool stop;
    bool started;
    pthread_t thread;
};

/* Read the ConfigMap and tell the authenticator. *ret_version lives in the arena. */
static int take(act_auth_follower *f, act_str *ret_version, act_err *e)
{
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    act_auth_config c = { 0 };
    act_str text;
    act_kube_request get = { .path = NAMESPACE_PATH "/" CONFIG_NAME,
                             .timeout_ns = READ_TIMEOUT_S * ACT_NS_PER_S,
                             .cancel = &f->stop };
    act_arena_reset(f->arena);
    int r = act_kube_client_call(f->client, &get, &reply, e);
    if (!r)
        r = act_arena_str(f->arena, act_buf_str(&reply.body), &text);
    if (!r)
        r = act_auth_config_read(f->arena, text, &c, e);
    if (!r)
        r = act_authn_follow(f->authn, c.client_ca_pem, c.has_proxy ? &c.proxy : NULL, e);
    if (!r)
        *ret_version = c.version;
    act_http_reply_done(&reply);
    return r;
}

/* Anything that a watch says is a reason to read again. */
static bool something_came(void *ctx, act_str chunk)
{
    (void)ctx;
    return chunk.len == 0;
}

/* Wait until the ConfigMap changes, or for WATCH_TIMEOUT_S. */
static int wait_for_change(act_auth_follower *f, act_str version, act_err *e)
{
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    act_str path;
    int r = act_arena_printf(f->arena, &path,
                             NAMESPACE_PATH
                             "?watch=true&fieldSelector=metadata.name%%3D" CONFIG_NAME
                             "&timeoutSeconds=%d"
                             "&resourceVersion=%.*s",
                             WATCH_TIMEOUT_S, ACT_STR_ARG(version));
    if (r)
        return r;
    act_kube_request watch = { .path = path.ptr,
                               .timeout_ns =
                                   (WATCH_TIMEOUT_S + READ_TIMEOUT_S) * ACT_NS_PER_S,
                               .on_chunk = something_came,
                               .cancel = &f->stop };
    r = act_kube_client_call(f->client, &watch, &reply, e);
    act_http_reply_done(&reply);
    /* Stopped by what came, or too old a version: read again. */
    return r == ACT_ECLOSED || r == ACT_EGONE ? 0 : r;
}

static void *follow(void *arg)
{
    act_auth_follower *f = arg;
    int64_t wait_s = RETRY_FIRST_S;
    while (!atomic_load_explicit(&f->stop, memory_order_relaxed)) {
        act_err e = ACT_ERR_INIT;
        act_str version;
        int r = take(f, &version, &e);
        if (!r) {
            wait_s = RETRY_FIRST_S;
            r = wait_for_change(f, version, &e);
        }
        if (!r || atomic_load_explicit(&f->stop, memory_order_relaxed))
            continue;
        act_warn(f->log, "cannot follow " CONFIG_NAME "; what was known stays in force",
                 ACT_F_ERR(r), ACT_F_CSTR("detail", e.text));
        act_sleep_ns(wait_s * ACT_NS_PER_S, &f->stop);
        wait_s = wait_s * 2 < RETRY_MOST_S ? wait_s * 2 : RETRY_MOST_S;
    }
    return NULL;
}

int act_auth_follower_start(act_kube_client *client, act_authn *authn, act_log *log,
                            bool tolerate, act_auth_follower **ret, act_err *reterr)
{
    ACT_AUTO(act_auth_follower) f = act_zalloc(1, sizeof *f);
    if (!f)
        return ACT_ENOMEM;
    f->client = client;
    f->authn = authn;
    f->log = log;
    act_str version;
    int r = act_arena_new(ARENA_MAX, 0, &f->arena);
    if (r)
        return r;
    r = take(f, &version, reterr);
    if (r && !tolerate)
        return r;
    r = act_thread_start(&f->thread, "auth-config", follow, f);
    if (r)
        return r;
    f->started = true;
    *ret = f;
    f = NULL;
    return 0;
}

void act_auth_follower_free(act_auth_follower *f)
{
    if (!f)
        return;
    atomic_store_explicit(&f->stop, true, memory_order_relaxed);
    if (f->started)
        (void)pthread_join(f->thread, NULL);
    act_arena_free(f->arena);
    act_dealloc(f);
}
