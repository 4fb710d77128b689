#include "net/http_internal.h"

#include "net/digest.h"

#include "base/alloc.h"

#include <poll.h>
#include <strings.h>

act_str act_http_request_method(const act_http_request *r)
{
    return act_str_cstr(r->method);
}

act_str act_http_request_path(const act_http_request *r)
{
    return r->path;
}

const act_str *act_http_request_segments(const act_http_request *r, size_t *ret_n)
{
    *ret_n = r->segment_count;
    return r->segments;
}

const act_url_param *act_http_request_params(const act_http_request *r, size_t *ret_n)
{
    *ret_n = r->param_count;
    return r->params;
}

act_str act_http_request_param(const act_http_request *r, act_str name)
{
    for (size_t i = 0; i < r->param_count; i++)
        if (act_str_eq(r->params[i].name, name)) {
            act_str value = r->params[i].value;
            return value.ptr ? value : ACT_STR("");
        }
    return (act_str){ 0 };
}

act_str act_http_request_header(const act_http_request *r, const char *name)
{
    const char *value = NULL;
    size_t len = 0;
    if (MHD_lookup_connection_value_n(r->mhd, MHD_HEADER_KIND, name, strlen(name), &value,
                                      &len) != MHD_YES)
        return (act_str){ 0 };
    return value ? act_str_from(value, len) : ACT_STR("");
}

struct each {
    bool (*fn)(void *ctx, act_str name, act_str value);
    void *ctx;
};

static enum MHD_Result each_header(void *cls, enum MHD_ValueKind kind, const char *key,
                                   size_t key_len, const char *value, size_t value_len)
{
    (void)kind;
    const struct each *e = cls;
    return e->fn(e->ctx, act_str_from(key, key_len), act_str_from(value, value_len))
               ? MHD_YES
               : MHD_NO;
}

void act_http_request_each_header(const act_http_request *r,
                                  bool (*fn)(void *ctx, act_str name, act_str value),
                                  void *ctx)
{
    struct each e = { fn, ctx };
    (void)MHD_get_connection_values_n(r->mhd, MHD_HEADER_KIND, each_header, &e);
}

act_str act_http_request_bearer(const act_http_request *r)
{
    act_str scheme;
    act_str value = act_str_trim(act_http_request_header(r, "Authorization"));
    act_str token = act_str_trim(act_str_split(value, ' ', &scheme));
    if (token.len == 0 || !act_str_eq_nocase(scheme, ACT_STR("Bearer")))
        return (act_str){ 0 };
    return token;
}

act_str act_http_request_body(const act_http_request *r)
{
    return act_buf_str(&r->body);
}

act_arena *act_http_request_arena(const act_http_request *r)
{
    return r->arena;
}

const act_address *act_http_request_peer(const act_http_request *r)
{
    return &r->conn->peer;
}

const act_tls_peer *act_http_request_client_cert(act_http_request *r)
{
    /* Read once a connection: it cannot change after the handshake. A chain that cannot be
     * read (too long, damaged) is as none, so whoever needs one refuses. */
    enum { CERT_ARENA_MAX = 256 << 10 };
    act_http_conn *c = r->conn;
    unsigned n = 0;
    if (!c->session || c->cert_arena)
        return c->has_cert ? &c->cert : NULL;
    const gnutls_datum_t *sent = gnutls_certificate_get_peers(c->session, &n);
    if (!sent || n == 0 || n > ACT_TLS_CHAIN_MAX)
        return NULL;
    if (act_arena_new(CERT_ARENA_MAX, 0, &c->cert_arena))
        return NULL;
    act_str chain[ACT_TLS_CHAIN_MAX];
    for (unsigned i = 0; i < n; i++)
        chain[i] = act_str_from(sent[i].data, sent[i].size);
    c->has_cert = act_tls_peer_read(c->cert_arena, chain, n, &c->cert) == ACT_OK;
    return c->has_cert ? &c->cert : NULL;
}

bool act_http_request_is_gone(const act_http_request *r)
{
    struct pollfd p = { .fd = r->conn->fd, .events = POLLRDHUP };
    return poll(&p, 1, 0) == 1 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR));
}

void act_http_request_owner(act_http_request *r, act_str owner)
{
    act_digest digest;
    r->has_owner = act_digest_of(owner, &digest) == 0; /* else it is nobody's */
    if (r->has_owner)
        memcpy(r->owner.bytes, digest.bytes, sizeof r->owner.bytes);
}

int64_t act_http_request_start_mono_ns(const act_http_request *r)
{
    return r->start_mono_ns;
}

void act_http_response_init(act_http_request *r)
{
    r->res = (act_http_response){ .req = r };
    r->res.last = &r->res.headers;
}

static void fail(act_http_response *r, int err)
{
    if (!r->err)
        r->err = err;
}

void act_http_response_status(act_http_response *r, int status)
{
    if (status <= 100 || status >= 600)
        fail(r, ACT_EINVAL);
    else
        r->status = status;
}

int act_http_response_get_status(const act_http_response *r)
{
    return r->status;
}

static bool is_token(const char *s)
{
    for (const unsigned char *p = (const unsigned char *)s; *p; p++)
        if (*p <= ' ' || *p >= 0x7f || strchr("\"(),/:;<=>?@[\\]{}", *p))
            return false;
    return *s != '\0';
}

static bool is_text(act_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < ' ' || s.ptr[i] == 0x7f)
            return false;
    return true;
}

static bool is_ours(const char *name)
{
    static const char *const ours[] = { "Content-Length", "Transfer-Encoding", "Connection",
                                        "Date" };
    for (size_t i = 0; i < ACT_COUNT(ours); i++)
        if (strcasecmp(name, ours[i]) == 0)
            return true;
    return false;
}

void act_http_response_header(act_http_response *r, const char *name, act_str value)
{
    /* A line break in a value would let its author write headers of his own. */
    if (!is_token(name) || is_ours(name) || !is_text(value)) {
        fail(r, ACT_EINVAL);
        return;
    }
    act_str n, v;
    act_http_header_node *node = act_arena_make(r->req->arena, act_http_header_node);
    if (!node || act_arena_str(r->req->arena, act_str_cstr(name), &n) ||
        act_arena_str(r->req->arena, act_str_trim(value), &v)) {
        fail(r, ACT_ENOMEM);
        return;
    }
    if (v.len == 0) /* the library cannot send an empty one; absent means the same */
        return;
    node->name = n.ptr;
    node->value = v.ptr;
    *r->last = node;
    r->last = &node->next;
}

void act_http_response_body(act_http_response *r, const char *content_type, act_buf *body)
{
    if (act_buf_err(body))
        fail(r, act_buf_err(body));
    act_buf_done(&r->body);
    r->body = *body;
    *body = ACT_BUF_INIT;
    act_http_response_header(r, "Content-Type", act_str_cstr(content_type));
}

void act_http_response_text(act_http_response *r, const char *content_type, act_str text)
{
    act_buf copy = ACT_BUF_INIT;
    act_buf_add(&copy, text);
    act_http_response_body(r, content_type, &copy);
}

/* The body moves from @res into the library's response. */
static struct MHD_Response *make_reply(act_http_request *r, act_http_response *res)
{
    struct MHD_Response *reply;
    if (res->stream) {
        reply = act_http_stream_reply(res->stream);
        if (reply) {
            r->stream = res->stream;
            res->stream = NULL;
        }
        return reply;
    }
    r->reply_bytes = res->body.len;
    if (res->body.len == 0)
        return MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    reply = MHD_create_response_from_buffer_with_free_callback_cls(
        res->body.len, res->body.ptr, act_dealloc, res->body.ptr);
    if (reply)
        res->body = ACT_BUF_INIT;
    return reply;
}

/* 500 without words, from nothing that could fail but the library. */
static void bare_500(act_http_request *r)
{
    static char text[] = "internal error\n";
    if (r->reply)
        MHD_destroy_response(r->reply);
    r->status = 500;
    r->reply_bytes = sizeof text - 1;
    r->reply =
        MHD_create_response_from_buffer(sizeof text - 1, text, MHD_RESPMEM_PERSISTENT);
    if (r->reply)
        (void)MHD_add_response_header(r->reply, "Content-Type", "text/plain");
}

void act_http_response_build(act_http_request *r)
{
    act_http_response *res = &r->res;
    r->status = res->status;
    if (res->status && !res->err)
        r->reply = make_reply(r, res);
    if (!r->reply)
        res->err = res->err ? res->err : ACT_ENOMEM;
    for (act_http_header_node *h = res->headers; h && !res->err; h = h->next)
        if (MHD_add_response_header(r->reply, h->name, h->value) != MHD_YES)
            res->err = ACT_ENOMEM;
    if (res->err)
        bare_500(r);
    if (r->reply && atomic_load(&r->server->draining))
        (void)MHD_add_response_header(r->reply, "Connection", "close");
}

void act_http_response_refuse(act_http_request *r)
{
    act_http_server *s = r->server;
    act_http_response *res = &r->res;
    if (res->stream) /* cannot be: refusals come before handlers */
        return;
    act_http_response_status(res, r->refused);
    if (r->refused == 429 || r->refused == 503) {
        char seconds[12];
        (void)snprintf(seconds, sizeof seconds, "%u", s->o.retry_after_s);
        act_http_response_header(res, "Retry-After", act_str_cstr(seconds));
    }
    if (r->refused == 415)
        act_http_response_header(res, "Accept-Encoding", ACT_STR("gzip"));
    act_str text = act_str_cstr(r->refusal);
    if (s->c.refuse) {
        s->c.refuse(s->c.ctx, r, r->refused, text, res);
    } else {
        act_buf body = ACT_BUF_INIT;
        act_buf_add(&body, text);
        act_buf_add_byte(&body, '\n');
        act_http_response_body(res, "text/plain; charset=utf-8", &body);
    }
}

void act_http_request_release(act_http_request *r)
{
    act_buf_done(&r->body);
    act_buf_done(&r->res.body);
    r->res.headers = NULL;
    r->res.last = &r->res.headers;
    act_arena_free(r->arena);
    r->arena = NULL;
    r->segments = NULL;
    r->params = NULL;
    r->segment_count = r->param_count = 0;
    atomic_fetch_sub(&r->server->buffered_bytes, r->held);
    r->held = 0;
}
