#include "unit/api/api_help.h"

#include "base/file.h"
#include "base/json_write.h"
#include "broker/broker_sqlite.h"
#include "pipeline/streams.h"
#include "registry/registry_sqlite.h"

#include <ftw.h>
#include <stdlib.h>
#include <unistd.h>

enum { ARENA_MAX = 256 << 20 };

test_api api;

/* ---- a server ---------------------------------------------------------------------- */

static act_str path_in(const test_api *t, const char *name, char out[128])
{
    return act_str_from(out, (size_t)snprintf(out, 128, "%s/%s", t->directory, name));
}

static void open_backends(test_api *t)
{
    char path[128];
    act_broker_sqlite_options broker = { .directory = path_in(t, "log", path),
                                         .clock = act_clock_system(),
                                         .metrics = t->metrics };
    act_streams_limits limits = ACT_STREAMS_LIMITS_INIT;
    assert_ok(act_broker_sqlite_open(&broker, &t->broker, NULL));
    assert_ok(act_streams_ensure(t->broker, &limits, NULL));
    act_registry_sqlite_options registry = { .path = path_in(t, "registry.sqlite", path),
                                             .clock = act_clock_system() };
    assert_ok(act_registry_sqlite_open(&registry, &t->registry, NULL));
}

static void open_languages(test_api *t, const char *more_tokens)
{
    static const char tokens[] =
        TOKEN_ADMIN ",admin,1,system:masters\n" TOKEN_JOE ",joe,2,developers\n" TOKEN_ODD
                    ",odd,3,system:masters,iam.miloapis.com/parent-type=galaxy;"
                    "iam.miloapis.com/parent-name=milky-way\n";
    act_str secret = ACT_STR("0123456789abcdef0123456789abcdef");
    char path[128], all[8192];
    (void)path_in(t, "tokens.csv", path);
    (void)snprintf(all, sizeof all, "%s\n%s", tokens, more_tokens ? more_tokens : "");
    assert_ok(act_file_replace(path, act_str_cstr(all), 0600, NULL));
    assert_ok(act_rule_env_new(&t->rules));
    assert_ok(act_filter_env_new(&t->filters));
    assert_ok(act_cursor_sealer_new(&secret, 1, &t->cursors));
    act_authn_options authn = { .token_file = path,
                                .client_ca_pem = act_buf_str(&t->ca.cert_pem),
                                .clock = act_clock_system() };
    assert_ok(act_authn_new(&authn, &t->authn, NULL));
    assert_ok(act_roles_new(NULL, &t->roles, NULL));
    assert_ok(act_authz_new(&(act_authz_options){ .roles = t->roles }, &t->authz));
}

static void make_certificates(test_api *t)
{
    act_tls_subject s = { .common_name = ACT_STR("test"),
                          .now_wall_ns = act_wall_ns(act_clock_system()),
                          .days = 1 };
    assert_ok(act_tls_make_ca(&s, &t->ca, NULL));
    assert_ok(act_tls_make_server(&t->ca, &s, &t->tls, NULL));
}

static void start_ingester(test_api *t)
{
    act_ingester_options o = { .broker = t->broker,
                               .store = t->store,
                               .linger_ns = 20 * ACT_NS_PER_MS,
                               .clock = act_clock_system(),
                               .metrics = t->metrics };
    assert_ok(act_ingester_start(&o, &t->ingester, NULL));
}

static void start_server(test_api *t, const test_api_options *more)
{
    act_err e = ACT_ERR_INIT;
    act_api_server_options o = {
        .services = { .broker = t->broker,
                      .store = t->store,
                      .ingester = t->ingester,
                      .limits = more->limits,
                      .garbage_collected = more->garbage_collected,
                      .log = more->log,
                      .registry = t->registry,
                      .rules = t->rules,
                      .filters = t->filters,
                      .cursors = t->cursors,
                      .clock = act_clock_system(),
                      .random = act_random_system(),
                      .metrics = t->metrics },
        .authn = t->authn,
        .authz = t->authz,
        .tls = more->plain ? NULL : &t->tls,
        .ask_client_cert = !more->plain,
        .version = "v0.0.0-test",
        .workers = more->workers ? more->workers : 4,
        .queue_limit = more->queue_limit,
    };
    assert_ok(act_address_parse(ACT_STR("127.0.0.1:0"), &o.address, NULL));
    if (act_api_server_start(&o, &t->server, &e))
        fail_msg("%s", e.text);
    (void)snprintf(t->base, sizeof t->base, "http%s://127.0.0.1:%u", more->plain ? "" : "s",
                   act_address_port(act_api_server_address(t->server)));
}

void api_start(test_api *t, act_store *store)
{
    api_start_as(t, store, NULL);
}

void api_start_as(test_api *t, act_store *store, const char *tokens)
{
    api_start_with(t, &(test_api_options){ .store = store,
                                           .tokens = tokens,
                                           .limits = { .max_page_size = 1000 } });
}

void api_start_with(test_api *t, const test_api_options *o)
{
    *t =
        (test_api){ .store = o->store, .token = TOKEN_ADMIN, .reply = ACT_HTTP_REPLY_INIT };
    (void)snprintf(t->directory, sizeof t->directory, "%s/act-test-XXXXXX",
                   o->parent ? o->parent : "/tmp");
    assert_non_null(mkdtemp(t->directory));
    assert_ok(act_metrics_new(&t->metrics));
    assert_ok(act_arena_new(ARENA_MAX, 0, &t->arena));
    make_certificates(t);
    open_backends(t);
    open_languages(t, o->tokens);
    if (t->store)
        start_ingester(t);
    start_server(t, o);
    act_http_client_options client = ACT_HTTP_CLIENT_OPTIONS_INIT;
    client.ca_pem = act_buf_str(&t->ca.cert_pem);
    assert_ok(act_http_client_new(&client, &t->client));
}

int api_setup(void **state)
{
    (void)state;
    api_start(&api, NULL);
    return 0;
}

int api_teardown(void **state)
{
    (void)state;
    api_stop(&api);
    return 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    return remove(path);
}

void api_remove(const char *directory)
{
    (void)nftw(directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void api_stop(test_api *t)
{
    act_http_reply_done(&t->reply);
    act_http_client_free(t->client);
    /* Wakes the server's threads, each of which would wait for its next look else. */
    act_broker_stop(t->broker);
    act_registry_stop(t->registry);
    act_api_server_free(t->server);
    act_ingester_free(t->ingester);
    act_authn_free(t->authn);
    act_authz_free(t->authz);
    act_roles_free(t->roles);
    act_cursor_sealer_free(t->cursors);
    act_filter_env_free(t->filters);
    act_rule_env_free(t->rules);
    act_registry_free(t->registry);
    act_broker_free(t->broker);
    act_metrics_free(t->metrics);
    act_tls_pair_done(&t->ca);
    act_tls_pair_done(&t->tls);
    act_arena_free(t->arena);
    api_remove(t->directory);
}

/* ---- JSON -------------------------------------------------------------------------- */

static const act_json *parse(act_arena *a, act_str text)
{
    act_json_limits limits = { .max_bytes = 64 << 20 };
    act_json_parser *parser = NULL;
    const act_json *v = NULL;
    assert_ok(act_json_parser_new(limits, &parser));
    int r = act_json_parse(parser, a, text, 0, &v, NULL);
    act_json_parser_free(parser);
    return r ? NULL : v;
}

static const act_json *follow(const act_json *v, const char *path)
{
    act_str rest = act_str_cstr(path);
    while (v && rest.len > 0) {
        act_str key;
        size_t n;
        int64_t index;
        rest = act_str_split(rest, '.', &key);
        const act_json *items = act_json_items(v, &n);
        if (v->type != ACT_JSON_ARRAY)
            v = act_json_get(v, key);
        else if (act_str_to_i64(key, &index) || index < 0 || (size_t)index >= n)
            v = NULL;
        else
            v = &items[index];
    }
    return v;
}

static const char *text_at(act_arena *a, const act_json *root, const char *path)
{
    const act_json *v = follow(root, path);
    act_str kept;
    if (!v)
        return "";
    if (v->type == ACT_JSON_STRING) {
        assert_ok(act_arena_str(a, v->as.string, &kept));
        return kept.ptr;
    }
    act_buf out = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&out);
    act_jw_value(&w, v);
    assert_ok(act_arena_str(a, act_buf_str(&out), &kept));
    act_buf_done(&out);
    return kept.ptr;
}

const char *api_at(test_api *t, const char *path)
{
    return text_at(t->arena, t->answer, path);
}

size_t api_count(test_api *t, const char *path)
{
    size_t n;
    (void)act_json_items(follow(t->answer, path), &n);
    return n;
}

const char *api_text(test_api *t)
{
    act_str kept;
    assert_ok(act_arena_str(t->arena, act_buf_str(&t->reply.body), &kept));
    return kept.ptr;
}

const char *api_header(test_api *t, const char *name)
{
    act_str kept;
    act_str value = act_http_reply_header(&t->reply, act_str_cstr(name));
    assert_ok(act_arena_str(t->arena, value, &kept));
    return kept.ptr;
}

/* ---- calls ------------------------------------------------------------------------- */

static act_str with_double_quotes(act_arena *a, const char *text)
{
    size_t len = strlen(text);
    char *copy = act_arena_bytes(a, len + 1);
    assert_non_null(copy);
    for (size_t i = 0; i <= len; i++)
        copy[i] = (char)(text[i] == '\'' ? '"' : text[i]);
    return act_str_from(copy, len);
}

int api_call(test_api *t, const char *method, const char *path, const char *type,
             const char *body)
{
    char url[2048];
    act_err e = ACT_ERR_INIT;
    act_arena_reset(t->arena);
    (void)snprintf(url, sizeof url, "%s%s", t->base, path);
    const act_http_header headers[] = {
        { ACT_STR("Accept"), act_str_cstr(t->accept ? t->accept : "application/json") },
        { ACT_STR("Content-Type"), act_str_cstr(type ? type : "application/json") },
    };
    act_http_call call = ACT_HTTP_CALL_INIT;
    call.connect_timeout_ns = PATIENCE_NS;
    call.method = method;
    call.url = url;
    call.headers = headers;
    call.header_count = ACT_COUNT(headers);
    call.has_body = body != NULL;
    if (body)
        call.body = with_double_quotes(t->arena, body);
    if (t->token)
        call.bearer = act_str_cstr(t->token);
    if (act_http_client_call(t->client, &call, &t->reply, &e))
        fail_msg("%s %s: %s", method, path, e.text);
    t->answer = parse(t->arena, act_buf_str(&t->reply.body));
    return t->reply.status;
}

int api_get(test_api *t, const char *path)
{
    return api_call(t, "GET", path, NULL, NULL);
}

int api_post(test_api *t, const char *path, const char *body)
{
    return api_call(t, "POST", path, NULL, body);
}

int api_put(test_api *t, const char *path, const char *body)
{
    return api_call(t, "PUT", path, NULL, body);
}

int api_delete(test_api *t, const char *path)
{
    return api_call(t, "DELETE", path, NULL, NULL);
}

int api_merge(test_api *t, const char *path, const char *patch)
{
    return api_call(t, "PATCH", path, "application/merge-patch+json", patch);
}

const char *policy_text(const char *name, const char *extra_metadata, const char *match)
{
    static char text[4096];
    (void)snprintf(text, sizeof text,
                   "{'apiVersion':'activity.miloapis.com/v1alpha1','kind':'ActivityPolicy',"
                   "'metadata':{'name':'%s'%s},'spec':{'resource':{'apiGroup':'apps',"
                   "'kind':'Deployment'},'auditRules':[{'name':'one','match':'%s',"
                   "'summary':'{{ actor }} did it'}]}}",
                   name, extra_metadata, match);
    return text;
}

/* ---- watches ----------------------------------------------------------------------- */

static bool on_chunk(void *ctx, act_str chunk)
{
    test_watch *w = ctx;
    while (atomic_load(&w->hold) && !atomic_load(&w->cancel))
        act_sleep_ns(ACT_NS_PER_MS, &w->cancel);
    (void)pthread_mutex_lock(&w->lock);
    act_buf_add(&w->text, chunk);
    (void)pthread_cond_signal(&w->more);
    (void)pthread_mutex_unlock(&w->lock);
    return true;
}

static void on_head(void *ctx, int status)
{
    test_watch *w = ctx;
    (void)status;
    (void)pthread_mutex_lock(&w->lock);
    w->open = true;
    (void)pthread_cond_signal(&w->more);
    (void)pthread_mutex_unlock(&w->lock);
}

static void *run_watch(void *arg)
{
    test_watch *w = arg;
    const act_http_header accept = {
        ACT_STR("Accept"), act_str_cstr(w->accept ? w->accept : "application/json")
    };
    act_http_call call = ACT_HTTP_CALL_INIT;
    act_http_reply reply = ACT_HTTP_REPLY_INIT;
    call.url = w->url;
    call.headers = &accept;
    call.header_count = 1;
    call.bearer = act_str_cstr(w->token);
    call.connect_timeout_ns = PATIENCE_NS;
    call.timeout_ns = 0;
    call.on_head = on_head;
    call.on_chunk = on_chunk;
    call.ctx = w;
    call.cancel = &w->cancel;
    int r = act_http_client_call(w->t->client, &call, &reply, NULL);
    (void)pthread_mutex_lock(&w->lock);
    w->result = r;
    w->status = reply.status;
    w->ended = true;
    (void)pthread_cond_signal(&w->more);
    (void)pthread_mutex_unlock(&w->lock);
    act_http_reply_done(&reply);
    return NULL;
}

void watch_begin(test_watch *w, test_api *t, const char *path, const char *accept)
{
    *w = (test_watch){ .t = t, .accept = accept, .token = t->token, .text = ACT_BUF_INIT };
    (void)snprintf(w->url, sizeof w->url, "%s%s", t->base, path);
    (void)pthread_mutex_init(&w->lock, NULL);
    assert_ok(act_cond_init(&w->more));
    assert_ok(act_arena_new(ARENA_MAX, 0, &w->arena));
    assert_ok(act_thread_start(&w->thread, "test-watch", run_watch, w));
}

void watch_await(test_watch *w)
{
    int64_t end = act_mono_ns(act_clock_system()) + PATIENCE_NS;
    (void)pthread_mutex_lock(&w->lock);
    for (int64_t left = 1; left > 0 && !w->open && !w->ended;) {
        left = end - act_mono_ns(act_clock_system());
        (void)act_cond_wait(&w->more, &w->lock, left > 0 ? left : 0);
    }
    bool open = w->open || w->ended;
    (void)pthread_mutex_unlock(&w->lock);
    assert_true(open);
}

void watch_start(test_watch *w, test_api *t, const char *path, const char *accept)
{
    watch_begin(w, t, path, accept);
    watch_await(w);
}

/* A whole line behind what was taken, waiting up to @ms; empty when there is none. */
static act_str wait_for_line(test_watch *w, int64_t ms, bool *ret_ended)
{
    act_str line = { 0 };
    int64_t end = act_mono_ns(act_clock_system()) + ms * ACT_NS_PER_MS;
    (void)pthread_mutex_lock(&w->lock);
    for (;;) {
        act_str rest = act_str_cut(act_buf_str(&w->text), w->taken);
        size_t at = act_str_find_byte(rest, '\n');
        int64_t left = end - act_mono_ns(act_clock_system());
        if (at != SIZE_MAX) {
            assert_ok(act_arena_str(w->arena, act_str_head(rest, at), &line));
            break;
        }
        if (w->ended || left <= 0)
            break;
        (void)act_cond_wait(&w->more, &w->lock, left);
    }
    *ret_ended = w->ended;
    (void)pthread_mutex_unlock(&w->lock);
    return line;
}

bool watch_next(test_watch *w)
{
    bool ended;
    act_str line = wait_for_line(w, PATIENCE_NS / ACT_NS_PER_MS, &ended);
    if (line.len == 0) {
        assert_true(ended); /* else nothing came */
        return false;
    }
    w->taken += line.len + 1;
    w->frame = parse(w->arena, line);
    assert_non_null(w->frame);
    return true;
}

bool watch_is_silent(test_watch *w, int ms)
{
    bool ended;
    return wait_for_line(w, ms, &ended).len == 0;
}

const char *watch_at(test_watch *w, const char *path)
{
    return text_at(w->arena, w->frame, path);
}

void watch_cancel(test_watch *w)
{
    atomic_store(&w->cancel, true);
}

void watch_stop(test_watch *w)
{
    watch_cancel(w);
    (void)pthread_join(w->thread, NULL);
    act_buf_done(&w->text);
    act_arena_free(w->arena);
    (void)pthread_cond_destroy(&w->more);
    (void)pthread_mutex_destroy(&w->lock);
}
