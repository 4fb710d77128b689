#include "cmd/record_post.h"

#include "base/alloc.h"
#include "base/buf.h"
#include "base/json.h"
#include "base/secret.h"
#include "base/thread.h"
#include "net/http_client.h"

enum { ANSWER_MAX = 8 << 20, RETRY_FIRST_MS = 50, RETRY_MOST_MS = 1000 };

/* A list of one form being gathered. */
typedef struct {
    act_buf text;
    size_t n;
} body;

struct act_poster {
    act_post_options options;
    act_str url, token;
    act_http_client *client;
    act_json_parser *parser;
    act_arena *arena;
    body bodies[ACT_RECORD_FORMS];
    act_post_counts counts;
    char reasons[ACT_POST_REASONS_KEPT][ACT_ERR_TEXT_MAX];
    size_t n_reasons;
};

static const struct {
    const char *path;
    const char *head;
} forms[ACT_RECORD_FORMS] = {
    [ACT_FORM_AUDIT] = { "/audit",
                         "{\"kind\":\"EventList\",\"apiVersion\":\"audit.k8s.io/v1\","
                         "\"metadata\":{},\"items\":[" },
    [ACT_FORM_CORE_EVENT] = { "/events", "{\"kind\":\"EventList\",\"apiVersion\":\"v1\","
                                         "\"metadata\":{},\"items\":[" },
    [ACT_FORM_EVENT] = { "/events",
                         "{\"kind\":\"EventList\",\"apiVersion\":\"events.k8s.io/v1\","
                         "\"metadata\":{},\"items\":[" },
};

int act_poster_new(const act_post_options *o, act_poster **ret, act_err *reterr)
{
    if (!act_str_starts(o->url, ACT_STR("http://")) &&
        !act_str_starts(o->url, ACT_STR("https://")))
        return act_fail(reterr, ACT_EINVAL, "%.*s: not an http or https URL",
                        ACT_STR_ARG(o->url));
    act_poster *p = act_zalloc(1, sizeof *p);
    if (!p)
        return ACT_ENOMEM;
    p->options = *o;
    act_http_client_options http = ACT_HTTP_CLIENT_OPTIONS_INIT;
    http.ca_file = o->ca_file;
    act_json_limits limits = { .max_bytes = ANSWER_MAX };
    act_str url = o->url;
    while (act_str_ends(url, ACT_STR("/")))
        url.len--;
    int r = act_str_dup(url, &p->url);
    if (!r)
        r = act_str_dup(o->token, &p->token);
    if (!r)
        r = act_http_client_new(&http, &p->client);
    if (!r)
        r = act_json_parser_new(limits, &p->parser);
    if (!r)
        r = act_arena_new(4 * (size_t)ANSWER_MAX, 0, &p->arena);
    if (r) {
        act_poster_free(p);
        return r;
    }
    *ret = p;
    return 0;
}

void act_poster_free(act_poster *p)
{
    if (!p)
        return;
    for (size_t i = 0; i < ACT_RECORD_FORMS; i++)
        act_buf_done(&p->bodies[i].text);
    act_json_parser_free(p->parser);
    act_arena_free(p->arena);
    act_http_client_free(p->client);
    act_str_free(p->url);
    act_wipe((void *)(uintptr_t)p->token.ptr, p->token.len);
    act_str_free(p->token);
    act_dealloc(p);
}

static uint64_t number_in(const act_json *object, const char *key)
{
    const act_json *v = act_json_get(object, act_str_cstr(key));
    return v && v->type == ACT_JSON_INT && v->as.i64 > 0 ? (uint64_t)v->as.i64 : 0;
}

/* What the collector says of a body that it took. */
static void count_answer(act_poster *p, size_t n, act_str text)
{
    const act_json *answer = NULL;
    p->counts.sent += n;
    act_arena_reset(p->arena);
    if (act_json_parse(p->parser, p->arena, text, 0, &answer, NULL) != 0)
        return;
    p->counts.accepted += number_in(answer, "accepted");
    p->counts.skipped += number_in(answer, "skipped");
    p->counts.refused += number_in(answer, "refused");
    size_t n_errors;
    const act_json *error =
        act_json_items(act_json_get(answer, ACT_STR("errors")), &n_errors);
    for (size_t i = 0; i < n_errors && p->n_reasons < ACT_POST_REASONS_KEPT; i++)
        (void)snprintf(
            p->reasons[p->n_reasons++], ACT_ERR_TEXT_MAX, "%.*s",
            ACT_STR_ARG(act_json_string(act_json_get(&error[i], ACT_STR("reason")))));
}

/* The message of a Status object, else the start of the text. */
static act_str message_of(act_poster *p, act_str text)
{
    const act_json *status = NULL;
    act_arena_reset(p->arena);
    if (act_json_parse(p->parser, p->arena, text, 0, &status, NULL) == 0) {
        act_str message = act_json_string(act_json_get(status, ACT_STR("message")));
        if (message.len > 0)
            return message;
    }
    return act_str_head(act_str_trim(text), 200);
}

/* One attempt; ACT_EAGAIN when it is worth another. */
static int post_once(act_poster *p, enum act_record_form form, act_err *reterr)
{
    body *b = &p->bodies[form];
    char url[2048];
    int len = snprintf(url, sizeof url, "%.*s%s", ACT_STR_ARG(p->url), forms[form].path);
    if (len < 0 || (size_t)len >= sizeof url)
        return act_fail(reterr, ACT_EINVAL, "the URL is too long");
    const act_http_header type = { ACT_STR("Content-Type"), ACT_STR("application/json") };
    act_http_call call = ACT_HTTP_CALL_INIT;
    call.method = "POST";
    call.url = url;
    call.headers = &type;
    call.header_count = 1;
    call.body = act_buf_str(&b->text);
    call.bearer = p->token;
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    act_err why = ACT_ERR_INIT;
    int r = act_http_client_call(p->client, &call, &reply, &why);
    if (r == ACT_EIO || r == ACT_EAGAIN) {
        (void)act_fail(reterr, ACT_EIO, "%s: %s", url, why.text);
        r = ACT_EAGAIN;
    } else if (!r && reply.status == 200) {
        count_answer(p, b->n, act_buf_str(&reply.body));
    } else if (!r) {
        bool again = reply.status == 429 || reply.status == 503 || reply.status == 504;
        bool denied = reply.status == 401 || reply.status == 403;
        r = act_fail(reterr,
                     again    ? ACT_EAGAIN
                     : denied ? ACT_EDENIED
                              : ACT_EINVAL,
                     "%s answered %d: %.*s", url, reply.status,
                     ACT_STR_ARG(message_of(p, act_buf_str(&reply.body))));
    }
    act_http_reply_done(&reply);
    return r;
}

static int post(act_poster *p, enum act_record_form form, act_err *reterr)
{
    body *b = &p->bodies[form];
    if (b->n == 0)
        return 0;
    act_buf_add(&b->text, ACT_STR("]}"));
    int r = act_buf_err(&b->text);
    int64_t start = act_mono_ns(p->options.clock);
    int64_t wait = RETRY_FIRST_MS * ACT_NS_PER_MS;
    while (!r) {
        r = post_once(p, form, reterr);
        if (r != ACT_EAGAIN)
            break;
        if (act_mono_ns(p->options.clock) - start + wait > p->options.retry_ns)
            return ACT_EIO;
        atomic_bool stop = false;
        act_sleep_ns(wait, &stop);
        wait = wait * 2 < RETRY_MOST_MS * ACT_NS_PER_MS ? wait * 2
                                                        : RETRY_MOST_MS * ACT_NS_PER_MS;
        r = 0;
    }
    act_buf_clear(&b->text);
    b->n = 0;
    return r;
}

int act_poster_add(act_poster *p, enum act_record_form form, act_str json, act_err *reterr)
{
    body *b = &p->bodies[form];
    int r = b->n > 0 && b->text.len + json.len > ACT_POST_BYTES ? post(p, form, reterr) : 0;
    if (r)
        return r;
    act_buf_add(&b->text, b->n == 0 ? act_str_cstr(forms[form].head) : ACT_STR(","));
    act_buf_add(&b->text, json);
    b->n++;
    r = act_buf_err(&b->text);
    return r || b->n < ACT_POST_ITEMS ? r : post(p, form, reterr);
}

int act_poster_flush(act_poster *p, act_err *reterr)
{
    int r = 0;
    for (int form = 0; form < ACT_RECORD_FORMS && !r; form++)
        r = post(p, (enum act_record_form)form, reterr);
    return r;
}

act_post_counts act_poster_counts(const act_poster *p)
{
    return p->counts;
}

const char *act_poster_reason(const act_poster *p, size_t i)
{
    return i < p->n_reasons ? p->reasons[i] : NULL;
}
