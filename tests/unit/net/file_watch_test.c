/* ctest: labels=threads timeout=180 */
/* Files that are replaced while a server runs on what they had. */
#include "net/file_watch.h"

#include "base/file.h"
#include "base/thread.h"
#include "unit/net/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LOOK_MS = 5, PATIENCE_MS = WEB_PATIENCE_MS };

static char dir[] = "/tmp/act-file-watch-XXXXXX";
static char cert[64], key[64], mount[64];

static int group_setup(void **state)
{
    (void)state;
    assert_non_null(mkdtemp(dir));
    (void)snprintf(cert, sizeof cert, "%s/tls.crt", dir);
    (void)snprintf(key, sizeof key, "%s/tls.key", dir);
    (void)snprintf(mount, sizeof mount, "%s/mount", dir);
    return 0;
}

static int group_teardown(void **state)
{
    (void)state;
    (void)unlink(cert);
    (void)unlink(key);
    (void)unlink(mount);
    return rmdir(dir);
}

static void write_file(const char *path, const char *text)
{
    assert_int_equal(act_file_replace(path, act_str_cstr(text), 0600, NULL), 0);
}

static void a_mark_changes_with_the_file(void **state)
{
    (void)state;
    act_file_mark none = { 0 }, before, after;
    before = act_file_mark_of(cert);
    assert_true(act_file_mark_eq(&none, &before));
    write_file(cert, "one");
    before = act_file_mark_of(cert);
    assert_false(act_file_mark_eq(&none, &before));
    write_file(cert, "two"); /* of the same size */
    after = act_file_mark_of(cert);
    assert_false(act_file_mark_eq(&before, &after));
    /* As a mounted Secret is replaced: the link leads elsewhere. */
    write_file(key, "two");
    assert_int_equal(symlink(cert, mount), 0);
    before = act_file_mark_of(mount);
    assert_true(act_file_mark_eq(&before, &after));
    assert_int_equal(unlink(mount), 0);
    assert_int_equal(symlink(key, mount), 0);
    after = act_file_mark_of(mount);
    assert_false(act_file_mark_eq(&before, &after));
}

static void count(void *ctx)
{
    atomic_fetch_add((atomic_int *)ctx, 1);
}

static bool comes_to(atomic_int *n, int least)
{
    for (int i = 0; i < PATIENCE_MS / LOOK_MS && atomic_load(n) < least; i++)
        web_sleep_ms(LOOK_MS);
    return atomic_load(n) >= least;
}

static void every_change_is_told_and_nothing_else(void **state)
{
    (void)state;
    ACT_AUTO(act_file_watch) w = NULL;
    atomic_int told = 0;
    act_file_watch_options o = { .paths = { cert, NULL, key },
                                 .every_ns = LOOK_MS * ACT_NS_PER_MS,
                                 .changed = count,
                                 .ctx = &told };
    assert_int_equal(act_file_watch_start(&o, &w), 0);
    assert_true(comes_to(&told, 1)); /* what changed since the caller read them */
    web_sleep_ms(10 * LOOK_MS);
    assert_int_equal(atomic_load(&told), 1);
    write_file(key, "three");
    assert_true(comes_to(&told, 2));
    assert_int_equal(unlink(cert), 0);
    assert_true(comes_to(&told, 3));
    web_sleep_ms(10 * LOOK_MS);
    assert_int_equal(atomic_load(&told), 3);
}

/* --- a server over TLS -----------------------------------------------------------------
 */

static void say_hello(void *ctx, act_http_request *req, act_http_response *res)
{
    act_buf out = ACT_BUF_INIT;
    (void)ctx;
    (void)req;
    act_http_response_status(res, 200);
    act_buf_add(&out, ACT_STR("hello"));
    act_http_response_body(res, "text/plain", &out);
}

typedef struct {
    web w;
    atomic_int refused;
} site;

static void serve_the_files(void *ctx)
{
    site *s = ctx;
    act_tls_pair pair = ACT_TLS_PAIR_INIT;
    int r = act_tls_load(cert, key, &pair, NULL);
    if (!r)
        r = act_tls_check(&pair, act_wall_ns(act_clock_system()), NULL);
    if (!r)
        r = act_http_server_set_tls(s->w.server, &pair, NULL);
    if (r)
        atomic_fetch_add(&s->refused, 1);
    act_tls_pair_done(&pair);
}

/* The status for a new client that trusts @ca alone. */
static int as_stranger(site *s, const act_tls_pair *ca)
{
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_http_client *own = s->w.client;
    act_http_client_options o = ACT_HTTP_CLIENT_OPTIONS_INIT;
    o.ca_pem = act_buf_str(&ca->cert_pem);
    assert_int_equal(act_http_client_new(&o, &s->w.client), 0);
    int status = web_get(&s->w, "/", &r);
    act_http_client_free(s->w.client);
    s->w.client = own;
    act_http_reply_done(&r);
    return status;
}

static bool comes_to_serve(site *s, const act_tls_pair *ca)
{
    for (int i = 0; i < PATIENCE_MS / LOOK_MS; i++) {
        if (as_stranger(s, ca) == 200)
            return true;
        web_sleep_ms(LOOK_MS);
    }
    return false;
}

static void a_renewed_pair_is_served_and_open_connections_stay(void **state)
{
    (void)state;
    site s = { .refused = 0 };
    act_tls_pair ca = ACT_TLS_PAIR_INIT, fresh = ACT_TLS_PAIR_INIT;
    act_http_reply r = ACT_HTTP_REPLY_INIT;
    act_tls_subject subject = { .common_name = ACT_STR("fresh"),
                                .now_wall_ns = act_wall_ns(act_clock_system()),
                                .days = 1 };
    act_http_callbacks callbacks = { .handle = say_hello };
    web_start_tls(&s.w, ACT_HTTP_SERVER_OPTIONS_INIT, callbacks);
    assert_int_equal(act_tls_save(&s.w.tls, cert, key, NULL), 0);
    assert_int_equal(web_get(&s.w, "/", &r), 200); /* its connection stays open */
    ACT_AUTO(act_file_watch) files = NULL;
    act_file_watch_options o = { .paths = { cert, key },
                                 .every_ns = LOOK_MS * ACT_NS_PER_MS,
                                 .changed = serve_the_files,
                                 .ctx = &s };
    assert_int_equal(act_file_watch_start(&o, &files), 0);
    assert_int_equal(act_tls_make_ca(&subject, &ca, NULL), 0);
    assert_int_equal(act_tls_make_server(&ca, &subject, &fresh, NULL), 0);

    /* The new certificate beside the old key: what was served stays. */
    assert_int_equal(act_file_replace(cert, act_buf_str(&fresh.cert_pem), 0644, NULL), 0);
    assert_true(comes_to(&s.refused, 1));
    assert_int_equal(as_stranger(&s, &s.w.ca), 200);
    assert_int_equal(as_stranger(&s, &ca), ACT_EIO);
    assert_int_equal(act_file_replace(key, act_buf_str(&fresh.key_pem), 0600, NULL), 0);
    assert_true(comes_to_serve(&s, &ca));
    assert_int_equal(as_stranger(&s, &s.w.ca), ACT_EIO);
    /* Trusts the old CA alone, so only the connection of before can bring this. */
    assert_int_equal(web_get(&s.w, "/", &r), 200);
    write_file(cert, "no certificate");
    assert_true(comes_to(&s.refused, 2));
    assert_int_equal(as_stranger(&s, &ca), 200);
    act_file_watch_free(files);
    files = NULL;
    act_http_reply_done(&r);
    act_tls_pair_done(&ca);
    act_tls_pair_done(&fresh);
    web_stop(&s.w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_mark_changes_with_the_file),
        cmocka_unit_test(every_change_is_told_and_nothing_else),
        cmocka_unit_test(a_renewed_pair_is_served_and_open_connections_stay),
    };
    return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
