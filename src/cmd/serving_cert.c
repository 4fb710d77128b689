#include "cmd/serving_cert.h"

#include "base/alloc.h"
#include "net/file_watch.h"

struct act_serving_cert {
    act_serving_cert_options o;
    act_credentials *credentials;
    act_api_server *api;
    act_collector *collector; /* NULL: plain */
    act_str url;
    act_file_watch *files;
};

/* The pair of the files, if it can be served. */
static int load(const act_serving_cert_options *o, act_tls_pair *ret, act_err *e)
{
    act_tls_pair pair = ACT_TLS_PAIR_INIT;
    act_err why = ACT_ERR_INIT;
    int r = act_tls_load(o->cert_file, o->key_file, &pair, e);
    if (r)
        return r;
    r = act_tls_check(&pair, act_wall_ns(o->clock), &why);
    if (r) {
        act_tls_pair_done(&pair);
        return act_fail(e, r, "%s: %s", o->cert_file, why.text);
    }
    *ret = pair;
    return 0;
}

int act_serving_cert_load(const act_serving_cert_options *o, act_credentials *c,
                          act_err *reterr)
{
    act_tls_pair pair = ACT_TLS_PAIR_INIT;
    int r = load(o, &pair, reterr);
    if (!r)
        r = act_credentials_take_server(c, &pair);
    act_tls_pair_done(&pair);
    return r;
}

static bool is_served(const act_serving_cert *s, const act_tls_pair *pair)
{
    const act_tls_pair *now = &s->credentials->server;
    return act_str_eq(act_buf_str(&pair->cert_pem), act_buf_str(&now->cert_pem)) &&
           act_str_eq(act_buf_str(&pair->key_pem), act_buf_str(&now->key_pem));
}

/* Serve @pair, and keep the kubeconfig true. */
static int serve(act_serving_cert *s, act_tls_pair *pair, act_err *e)
{
    int r = act_api_server_set_tls(s->api, pair, e);
    if (!r && s->collector)
        r = act_collector_set_tls(s->collector, pair, e);
    if (!r)
        r = act_credentials_take_server(s->credentials, pair);
    return r ? r : act_credentials_kubeconfig(s->o.data_dir, s->credentials, s->url, e);
}

static void renew(void *ctx)
{
    act_serving_cert *s = ctx;
    act_tls_pair pair = ACT_TLS_PAIR_INIT;
    act_err e = ACT_ERR_INIT;
    int r = load(&s->o, &pair, &e);
    if (!r && is_served(s, &pair)) {
        act_tls_pair_done(&pair);
        return;
    }
    if (!r)
        r = serve(s, &pair, &e);
    if (r)
        act_warn(s->o.log,
                 "the server's certificate was replaced by one that cannot be used",
                 ACT_F_ERR(r), ACT_F_CSTR("detail", e.text));
    else
        act_info(s->o.log, "the server's certificate was read again",
                 ACT_F_CSTR("file", s->o.cert_file));
    act_tls_pair_done(&pair);
}

int act_serving_cert_follow(const act_serving_cert_options *o, act_credentials *c,
                            act_api_server *api, act_collector *collector, act_str url,
                            act_serving_cert **ret)
{
    act_serving_cert *s = act_zalloc(1, sizeof *s);
    if (!s)
        return ACT_ENOMEM;
    *s = (act_serving_cert){
        .o = *o, .credentials = c, .api = api, .collector = collector, .url = url
    };
    act_file_watch_options watch = { .paths = { o->cert_file, o->key_file },
                                     .changed = renew,
                                     .ctx = s };
    int r = act_file_watch_start(&watch, &s->files);
    if (r)
        act_serving_cert_free(s);
    else
        *ret = s;
    return r;
}

void act_serving_cert_free(act_serving_cert *s)
{
    if (!s)
        return;
    act_file_watch_free(s->files);
    act_dealloc(s);
}
