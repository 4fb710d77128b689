#include "kube/client.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/secret.h"

enum {
    ANSWER_BYTES_MAX = 8 << 20,
    TOKEN_BYTES_MAX = 64 << 10,
    MESSAGE_ARENA_MAX = 1 << 20,
};

struct act_kube_client {
    act_http_client *http;
    act_arena *arena; /* of the strings */
    act_str server, token;
    const char *token_file; /* NULL: none */
};

static int copy_config(act_kube_client *c, const act_kubeconfig *config)
{
    act_str file = { 0 };
    int r = act_arena_str(c->arena, config->server, &c->server);
    if (!r)
        r = act_arena_str(c->arena, config->token, &c->token);
    if (!r && config->token_file.len > 0)
        r = act_arena_str(c->arena, config->token_file, &file);
    c->token_file = file.ptr;
    return r;
}

int act_kube_client_new(const act_kubeconfig *config, act_kube_client **ret)
{
    ACT_AUTO(act_kube_client) c = act_zalloc(1, sizeof *c);
    if (!c)
        return ACT_ENOMEM;
    act_http_client_options http = ACT_HTTP_CLIENT_OPTIONS_INIT;
    http.ca_pem = config->ca_pem;
    http.cert_pem = config->cert_pem;
    http.key_pem = config->key_pem;
    http.insecure = config->insecure;
    int r = act_arena_new(MESSAGE_ARENA_MAX, 0, &c->arena);
    if (!r)
        r = copy_config(c, config);
    if (!r)
        r = act_http_client_new(&http, &c->http);
    if (r)
        return r;
    *ret = c;
    c = NULL;
    return 0;
}

void act_kube_client_free(act_kube_client *c)
{
    if (!c)
        return;
    act_http_client_free(c->http);
    if (c->token.len > 0)
        act_wipe((void *)(uintptr_t)c->token.ptr, c->token.len);
    act_arena_free(c->arena);
    act_dealloc(c);
}

/* ---- answers ----------------------------------------------------------------------- */

static int parse(act_arena *a, act_str text, const act_json **ret, act_err *e)
{
    ACT_AUTO(act_json_parser) parser = NULL;
    int r =
        act_json_parser_new((act_json_limits){ .max_bytes = ANSWER_BYTES_MAX }, &parser);
    return r ? r : act_json_parse(parser, a, text, 0, ret, e);
}

static int error_of(int status)
{
    switch (status) {
    case 401:
    case 403:
        return ACT_EDENIED;
    case 404:
        return ACT_ENOTFOUND;
    case 409:
        return ACT_ECONFLICT;
    case 410:
        return ACT_EGONE;
    default:
        return status == 429 || status >= 500 ? ACT_EAGAIN : ACT_EIO;
    }
}

/* The error that an answer other than 2xx is, in the words of its Status. */
static int refuse(const act_http_reply *reply, act_err *e)
{
    ACT_AUTO(act_arena) a = NULL;
    const act_json *status = NULL;
    act_str message = { 0 };
    if (act_arena_new(MESSAGE_ARENA_MAX, 0, &a) == 0 &&
        parse(a, act_buf_str(&reply->body), &status, NULL) == 0)
        message = act_json_string(act_json_get(status, ACT_STR("message")));
    return act_fail(e, error_of(reply->status), "the kube-apiserver answers %d%s%.*s",
                    reply->status, message.len > 0 ? ": " : "", ACT_STR_ARG(message));
}

/* ---- calls ------------------------------------------------------------------------- */

/* The token of this call: that of the file as it is now, else the fixed one. */
static int take_token(const act_kube_client *c, act_buf *file, act_str *ret, act_err *e)
{
    *ret = c->token;
    if (!c->token_file)
        return 0;
    int r = act_file_read(c->token_file, TOKEN_BYTES_MAX, file, e);
    *ret = act_str_trim(act_buf_str(file));
    return r;
}

static int call(act_kube_client *c, const act_kube_request *request, act_str url,
                act_str token, act_http_reply *ret, act_err *e)
{
    const act_http_header headers[] = {
        { ACT_STR("Accept"),
          act_str_cstr(request->accept ? request->accept : "application/json") },
        { ACT_STR("Content-Type"), ACT_STR("application/json") },
    };
    act_http_call http = ACT_HTTP_CALL_INIT;
    http.method = request->method;
    http.url = url.ptr;
    http.headers = headers;
    http.header_count = request->body.len > 0 ? 2 : 1;
    http.body = request->body;
    http.bearer = token;
    http.timeout_ns = request->timeout_ns;
    http.max_response_bytes = ANSWER_BYTES_MAX;
    http.on_chunk = request->on_chunk;
    http.ctx = request->ctx;
    http.cancel = request->cancel;
    int r = act_http_client_call(c->http, &http, ret, e);
    if (r)
        return r;
    return ret->status / 100 == 2 ? 0 : refuse(ret, e);
}

int act_kube_client_call(act_kube_client *c, const act_kube_request *request,
                         act_http_reply *ret, act_err *reterr)
{
    act_buf url = ACT_BUF_INIT, file = ACT_BUF_INIT;
    act_str token;
    act_buf_add(&url, c->server);
    act_buf_add(&url, act_str_cstr(request->path));
    act_buf_add_byte(&url, '\0');
    int r = act_buf_err(&url);
    if (!r)
        r = take_token(c, &file, &token, reterr);
    if (!r)
        r = call(c, request, act_buf_str(&url), token, ret, reterr);
    act_wipe(file.ptr, file.len);
    act_buf_done(&file);
    act_buf_done(&url);
    return r;
}

int act_kube_client_json(act_kube_client *c, const act_kube_request *request, act_arena *a,
                         const act_json **ret, act_err *reterr)
{
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    act_str text;
    int r = act_kube_client_call(c, request, &reply, reterr);
    if (!r)
        r = act_arena_str(a, act_buf_str(&reply.body), &text);
    if (!r)
        r = parse(a, text, ret, reterr);
    act_http_reply_done(&reply);
    return r;
}
