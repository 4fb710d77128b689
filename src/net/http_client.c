#include "net/http_client.h"

#include "base/alloc.h"
#include "base/clock.h"
#include "base/secret.h"

#include <curl/curl.h>
#include <pthread.h>
#include <strings.h>

/* Idle easy handles, each with the connections it has open; newest on top, so that a
 * burst's extra handles grow old and are dropped first. */
struct act_http_client {
    pthread_mutex_t lock;
    CURL **idle;
    unsigned idle_count, max_idle;
    act_buf ca_file, ca_pem, cert_pem, key_pem, user_agent; /* files and agent: C strings */
    bool insecure;
};

/* One call under way. */
typedef struct {
    const act_http_call *call;
    CURL *easy;
    act_buf body, headers;
    size_t received;
    bool has_head;
    int err; /* why a callback stopped the transfer */
} transfer;

static void copy_cstr(act_buf *b, const char *s)
{
    if (!s)
        return;
    act_buf_add(b, act_str_cstr(s));
    act_buf_add_byte(b, '\0');
}

int act_http_client_new(const act_http_client_options *o, act_http_client **ret)
{
    /* Thread-safe and counted since libcurl 7.84; never undone, as others may use it. */
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return ACT_EIO;
    act_http_client *c = act_zalloc(1, sizeof *c);
    if (!c)
        return ACT_ENOMEM;
    if (pthread_mutex_init(&c->lock, NULL) != 0) {
        act_dealloc(c);
        return ACT_ENOMEM;
    }
    c->max_idle = o->max_idle;
    c->insecure = o->insecure;
    c->idle = act_zalloc(o->max_idle + 1, sizeof(CURL *));
    copy_cstr(&c->ca_file, o->ca_file);
    copy_cstr(&c->user_agent, o->user_agent);
    act_buf_add(&c->ca_pem, o->ca_pem);
    act_buf_add(&c->cert_pem, o->cert_pem);
    act_buf_add(&c->key_pem, o->key_pem);
    if (!c->idle || act_buf_err(&c->ca_file) || act_buf_err(&c->user_agent) ||
        act_buf_err(&c->ca_pem) || act_buf_err(&c->cert_pem) || act_buf_err(&c->key_pem)) {
        act_http_client_free(c);
        return ACT_ENOMEM;
    }
    *ret = c;
    return ACT_OK;
}

void act_http_client_free(act_http_client *c)
{
    if (!c)
        return;
    while (c->idle_count)
        curl_easy_cleanup(c->idle[--c->idle_count]);
    act_wipe(c->key_pem.ptr, c->key_pem.len);
    act_buf_done(&c->ca_file);
    act_buf_done(&c->ca_pem);
    act_buf_done(&c->cert_pem);
    act_buf_done(&c->key_pem);
    act_buf_done(&c->user_agent);
    act_dealloc(c->idle);
    pthread_mutex_destroy(&c->lock);
    act_dealloc(c);
}

static CURL *take_handle(act_http_client *c)
{
    CURL *easy = NULL;
    pthread_mutex_lock(&c->lock);
    if (c->idle_count)
        easy = c->idle[--c->idle_count];
    pthread_mutex_unlock(&c->lock);
    return easy ? easy : curl_easy_init();
}

static void give_handle(act_http_client *c, CURL *easy)
{
    curl_easy_reset(easy); /* keeps connections, DNS and TLS session caches */
    pthread_mutex_lock(&c->lock);
    bool kept = c->idle_count < c->max_idle;
    if (kept)
        c->idle[c->idle_count++] = easy;
    pthread_mutex_unlock(&c->lock);
    if (!kept)
        curl_easy_cleanup(easy);
}

/* --- callbacks: fewer bytes than given stop the transfer ----------------------------- */

static int status_of(CURL *easy)
{
    long status = 0;
    (void)curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    return (int)status;
}

/* The empty line behind the headers, of the final answer or of a 100 before it. */
static void end_head(transfer *t)
{
    int status = status_of(t->easy);
    if (status < 200 || t->has_head)
        return;
    t->has_head = true;
    if (t->call->on_head)
        t->call->on_head(t->call->ctx, status);
}

static size_t on_header(char *data, size_t size, size_t n, void *ctx)
{
    enum { HEADERS_MAX = 256 << 10 };
    (void)size; /* always 1 */
    transfer *t = ctx;
    act_str line = act_str_from(data, n);
    if (act_str_starts(line, ACT_STR("HTTP/"))) { /* a final answer after a 100 */
        act_buf_clear(&t->headers);
        return n;
    }
    if (act_str_trim(line).len == 0) {
        end_head(t);
        return n;
    }
    t->headers.cap = HEADERS_MAX;
    act_buf_add(&t->headers, line);
    t->err = act_buf_err(&t->headers);
    return t->err ? 0 : n;
}

static size_t on_body(char *data, size_t size, size_t n, void *ctx)
{
    (void)size;
    transfer *t = ctx;
    int status = status_of(t->easy);
    if (t->call->on_chunk && status >= 200 && status < 300) {
        if (!t->call->on_chunk(t->call->ctx, act_str_from(data, n)))
            t->err = ACT_ECLOSED;
        return t->err ? 0 : n;
    }
    if (n > t->call->max_response_bytes - t->received) {
        t->err = ACT_ELIMIT;
        return 0;
    }
    t->received += n;
    act_buf_add(&t->body, act_str_from(data, n));
    t->err = act_buf_err(&t->body);
    return t->err ? 0 : n;
}

static int on_progress(void *ctx, curl_off_t a, curl_off_t b, curl_off_t c, curl_off_t d)
{
    (void)a, (void)b, (void)c, (void)d;
    transfer *t = ctx;
    if (t->call->cancel && atomic_load(t->call->cancel))
        t->err = ACT_ECLOSED;
    return t->err != 0;
}

/* --- one call ------------------------------------------------------------------------ */

static struct curl_slist *add_line(struct curl_slist *list, act_buf *line, bool *failed)
{
    act_buf_add_byte(line, '\0');
    struct curl_slist *more = act_buf_err(line) ? NULL : curl_slist_append(list, line->ptr);
    *failed = *failed || !more;
    act_buf_clear(line);
    return more ? more : list;
}

/* A line break in a header would be a header of somebody else's. */
static bool is_clean(act_str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] == '\r' || s.ptr[i] == '\n' || s.ptr[i] == '\0')
            return false;
    return true;
}

static int make_headers(const act_http_call *call, struct curl_slist **ret)
{
    struct curl_slist *list = NULL;
    act_buf line = ACT_BUF_INIT;
    bool failed = false;
    bool clean = is_clean(call->bearer);
    for (size_t i = 0; i < call->header_count && clean; i++) {
        clean = is_clean(call->headers[i].name) && is_clean(call->headers[i].value);
        act_buf_add(&line, call->headers[i].name);
        /* "Name:" would remove the header, "Name;" sends it empty. */
        act_buf_add(&line, call->headers[i].value.len ? ACT_STR(": ") : ACT_STR(";"));
        act_buf_add(&line, call->headers[i].value);
        list = add_line(list, &line, &failed);
    }
    if (call->bearer.len && clean) {
        act_buf_add(&line, ACT_STR("Authorization: Bearer "));
        act_buf_add(&line, call->bearer);
        list = add_line(list, &line, &failed);
    }
    if (call->body.len || call->has_body) { /* do not wait for a 100 before the body */
        act_buf_add(&line, ACT_STR("Expect:"));
        list = add_line(list, &line, &failed);
    }
    act_wipe(line.ptr, line.size);
    act_buf_done(&line);
    if (failed || !clean) {
        curl_slist_free_all(list);
        return clean ? ACT_ENOMEM : ACT_EINVAL;
    }
    *ret = list;
    return ACT_OK;
}

static CURLcode set_blob(CURL *easy, CURLoption option, const act_buf *pem)
{
    struct curl_blob blob = { .data = pem->ptr,
                              .len = pem->len,
                              .flags = CURL_BLOB_NOCOPY };
    return curl_easy_setopt(easy, option, &blob);
}

#define SET(code, easy, option, value)                                                     \
    do {                                                                                   \
        if ((code) == CURLE_OK)                                                            \
            (code) = curl_easy_setopt(easy, option, value);                                \
    } while (0)

static CURLcode set_tls(const act_http_client *c, CURL *easy)
{
    CURLcode code = CURLE_OK;
    SET(code, easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
    SET(code, easy, CURLOPT_SSL_VERIFYPEER, c->insecure ? 0L : 1L);
    SET(code, easy, CURLOPT_SSL_VERIFYHOST, c->insecure ? 0L : 2L);
    if (c->ca_pem.len && code == CURLE_OK)
        code = set_blob(easy, CURLOPT_CAINFO_BLOB, &c->ca_pem);
    else if (c->ca_file.len)
        SET(code, easy, CURLOPT_CAINFO, c->ca_file.ptr);
    if (c->cert_pem.len && code == CURLE_OK) {
        code = set_blob(easy, CURLOPT_SSLCERT_BLOB, &c->cert_pem);
        if (code == CURLE_OK)
            code = set_blob(easy, CURLOPT_SSLKEY_BLOB, &c->key_pem);
    }
    return code;
}

static long to_ms(int64_t ns)
{
    return ns <= 0 ? 0 : (long)((ns + ACT_NS_PER_MS - 1) / ACT_NS_PER_MS);
}

static CURLcode set_transfer(transfer *t, CURL *easy, char *error)
{
    CURLcode code = CURLE_OK;
    SET(code, easy, CURLOPT_ERRORBUFFER, error);
    SET(code, easy, CURLOPT_NOSIGNAL, 1L);
    SET(code, easy, CURLOPT_HEADERFUNCTION, on_header);
    SET(code, easy, CURLOPT_HEADERDATA, t);
    SET(code, easy, CURLOPT_WRITEFUNCTION, on_body);
    SET(code, easy, CURLOPT_WRITEDATA, t);
    SET(code, easy, CURLOPT_NOPROGRESS, t->call->cancel ? 0L : 1L);
    SET(code, easy, CURLOPT_XFERINFOFUNCTION, on_progress);
    SET(code, easy, CURLOPT_XFERINFODATA, t);
    return code;
}

static CURLcode set_call(const act_http_call *call, CURL *easy, struct curl_slist *headers)
{
    CURLcode code = CURLE_OK;
    const char *method = call->method ? call->method : "GET";
    SET(code, easy, CURLOPT_URL, call->url);
    SET(code, easy, CURLOPT_PROTOCOLS_STR, "http,https");
    SET(code, easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    SET(code, easy, CURLOPT_FOLLOWLOCATION, 0L);
    SET(code, easy, CURLOPT_PROXY, ""); /* not even the environment's */
    SET(code, easy, CURLOPT_HTTPHEADER, headers);
    SET(code, easy, CURLOPT_CONNECTTIMEOUT_MS, to_ms(call->connect_timeout_ns));
    SET(code, easy, CURLOPT_TIMEOUT_MS, to_ms(call->timeout_ns));
    if (call->idle_timeout_ns > 0) {
        SET(code, easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
        SET(code, easy, CURLOPT_LOW_SPEED_TIME,
            (to_ms(call->idle_timeout_ns) + 999) / 1000);
    }
    if (call->body.len || call->has_body) {
        SET(code, easy, CURLOPT_POST, 1L);
        SET(code, easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)call->body.len);
        SET(code, easy, CURLOPT_POSTFIELDS, call->body.ptr ? call->body.ptr : "");
    } else if (strcmp(method, "HEAD") == 0) {
        SET(code, easy, CURLOPT_NOBODY, 1L);
    }
    SET(code, easy, CURLOPT_CUSTOMREQUEST, method);
    return code;
}

static int error_of(CURLcode code, const transfer *t)
{
    if (t->err)
        return t->err;
    if (code == CURLE_OPERATION_TIMEDOUT)
        return ACT_EAGAIN;
    if (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)
        return ACT_EINVAL;
    return code == CURLE_OUT_OF_MEMORY ? ACT_ENOMEM : ACT_EIO;
}

static int explain(act_err *e, int err, CURLcode code, const act_http_call *call,
                   const char *error)
{
    switch (err) {
    case ACT_ELIMIT:
        return act_fail(e, err, "the answer is larger than %zu bytes",
                        call->max_response_bytes);
    case ACT_ECLOSED:
        return act_fail(e, err, "cancelled");
    default:
        return act_fail(e, err, "%s", error[0] ? error : curl_easy_strerror(code));
    }
}

int act_http_client_call(act_http_client *c, const act_http_call *call, act_http_reply *ret,
                         act_err *e)
{
    char error[CURL_ERROR_SIZE] = "";
    struct curl_slist *headers = NULL;
    int err = make_headers(call, &headers);
    if (err)
        return act_fail(e, err,
                        err == ACT_EINVAL ? "a request header has a line break"
                                          : "out of memory");
    transfer t = { .call = call, .easy = take_handle(c) };
    if (!t.easy) {
        curl_slist_free_all(headers);
        return act_fail(e, ACT_ENOMEM, "out of memory");
    }
    CURLcode code = set_transfer(&t, t.easy, error);
    if (code == CURLE_OK)
        code = set_call(call, t.easy, headers);
    if (code == CURLE_OK && c->user_agent.len)
        code = curl_easy_setopt(t.easy, CURLOPT_USERAGENT, c->user_agent.ptr);
    if (code == CURLE_OK)
        code = set_tls(c, t.easy);
    if (code == CURLE_OK)
        code = curl_easy_perform(t.easy);

    int status = status_of(t.easy);
    give_handle(c, t.easy);
    curl_slist_free_all(headers);
    if (code != CURLE_OK) {
        act_buf_done(&t.body);
        act_buf_done(&t.headers);
        return explain(e, error_of(code, &t), code, call, error);
    }
    act_http_reply_done(ret);
    *ret = (act_http_reply){ .status = status, .body = t.body, .headers = t.headers };
    return ACT_OK;
}

void act_http_reply_done(act_http_reply *r)
{
    act_buf_done(&r->body);
    act_buf_done(&r->headers);
    r->status = 0;
}

act_str act_http_reply_header(const act_http_reply *r, act_str name)
{
    act_str rest = act_buf_str(&r->headers);
    while (rest.len) {
        act_str line, field;
        rest = act_str_split(rest, '\n', &line);
        act_str value = act_str_split(line, ':', &field);
        if (value.ptr && act_str_eq_nocase(field, name))
            return act_str_trim(value);
    }
    return (act_str){ 0 };
}
