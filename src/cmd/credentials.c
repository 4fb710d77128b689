#include "cmd/credentials.h"

#include "base/file.h"
#include "base/folder.h"
#include "cel/base64.h"

#include <errno.h>
#include <limits.h>
#include <sys/random.h>

enum { SECRET_FILE_MAX = 64 << 10, ADMIN_LINE_MAX = 256 };

static int path_in(const char *dir, const char *name, char out[PATH_MAX], act_err *e)
{
    int n = snprintf(out, PATH_MAX, "%s/%s", dir, name);
    if (n < 0 || n >= PATH_MAX)
        return act_fail(e, ACT_EINVAL, "%s: the path is too long", dir);
    return 0;
}

static int unusable(const char *cert, act_err *e)
{
    act_err why = e ? *e : ACT_ERR_INIT;
    return act_fail(e, ACT_ECORRUPT, "%s: not usable: %s", cert, why.text);
}

static int open_ca(const char *dir, int64_t now, act_tls_pair *ret, act_err *e)
{
    char cert[PATH_MAX], key[PATH_MAX];
    int r = path_in(dir, "tls/ca.crt", cert, e);
    if (!r)
        r = path_in(dir, "tls/ca.key", key, e);
    if (!r)
        r = act_tls_load(cert, key, ret, e);
    if (r && r != ACT_ENOTFOUND)
        return r;
    if (!r) {
        r = act_tls_check(ret, now, e);
        if (!r)
            return 0;
        /* A start that was killed while it renewed the pair had written the key. */
        bool expired = act_tls_expires_within(act_buf_str(&ret->cert_pem), now, 0);
        act_tls_pair_done(ret);
        if (r != ACT_EGONE && !(r == ACT_EINVAL && expired))
            return unusable(cert, e);
    }
    act_tls_subject subject = { .common_name = ACT_STR("activity-ca"),
                                .now_wall_ns = now,
                                .days = ACT_CA_DAYS };
    r = act_tls_make_ca(&subject, ret, e);
    return r ? r : act_tls_save(ret, cert, key, e);
}

/* Is the pair, of which act_tls_check() said @err, one of ours that is no longer good? What
 * others have put there is not ours to replace while it lasts. */
static bool must_renew(const act_tls_pair *pair, const act_tls_pair *ca, int64_t now,
                       int err)
{
    act_str cert = act_buf_str(&pair->cert_pem), ca_cert = act_buf_str(&ca->cert_pem);
    bool ours = act_tls_names_issuer(cert, ca_cert);
    if (err) /* the key may be the new one of a start that was killed */
        return err == ACT_EGONE || (ours && err != ACT_EPARSE);
    return act_tls_expires_within(cert, now, ACT_SERVER_RENEW_DAYS) ||
           (ours && !act_tls_is_signed_by(cert, ca_cert)); /* by a former CA */
}

static int open_server(const char *dir, const act_tls_pair *ca, const act_str *names,
                       size_t n_names, int64_t now, act_tls_pair *ret, act_err *e)
{
    char cert[PATH_MAX], key[PATH_MAX];
    int r = path_in(dir, "tls/server.crt", cert, e);
    if (!r)
        r = path_in(dir, "tls/server.key", key, e);
    if (!r)
        r = act_tls_load(cert, key, ret, e);
    if (r && r != ACT_ENOTFOUND)
        return r;
    if (!r) {
        r = act_tls_check(ret, now, e);
        bool keep = n_names == 0 && !must_renew(ret, ca, now, r);
        if (keep && !r)
            return 0;
        act_tls_pair_done(ret);
        if (keep)
            return unusable(cert, e);
    }
    act_tls_subject subject = { .common_name = ACT_STR("activity"),
                                .names = names,
                                .name_count = n_names,
                                .now_wall_ns = now,
                                .days = ACT_SERVER_DAYS };
    r = act_tls_make_server(ca, &subject, ret, e);
    return r ? r : act_tls_save(ret, cert, key, e);
}

/* The first field of the first line, or a new token and file. */
static int open_token(const char *dir, char out[ACT_TOKEN_TEXT_MAX], act_err *e)
{
    char path[PATH_MAX];
    act_buf text = ACT_BUF_INIT;
    int r = path_in(dir, "tokens.csv", path, e);
    if (!r)
        r = act_file_read(path, SECRET_FILE_MAX, &text, e);
    if (r == ACT_ENOTFOUND) {
        char line[ADMIN_LINE_MAX];
        r = act_token_new(out);
        if (r)
            return r;
        (void)snprintf(line, sizeof line, "%s,admin,admin,system:masters\n", out);
        r = act_file_replace(path, act_str_cstr(line), 0600, e);
        act_wipe(line, sizeof line);
        return r;
    }
    if (!r) {
        act_str token;
        (void)act_str_split(act_buf_str(&text), ',', &token);
        if (token.len == 0 || token.len >= ACT_TOKEN_TEXT_MAX)
            r = act_fail(e, ACT_ECORRUPT, "%s: the first line is not TOKEN,USER,UID,GROUPS",
                         path);
        else
            (void)snprintf(out, ACT_TOKEN_TEXT_MAX, "%.*s", ACT_STR_ARG(token));
    }
    act_wipe(text.ptr, text.len);
    act_buf_done(&text);
    return r;
}

static int open_seal_key(const char *dir, uint8_t out[ACT_SEAL_KEY_BYTES], act_err *e)
{
    char path[PATH_MAX];
    act_buf bytes = ACT_BUF_INIT;
    int r = path_in(dir, "seal.key", path, e);
    if (!r)
        r = act_file_read(path, SECRET_FILE_MAX, &bytes, e);
    if (r == ACT_ENOTFOUND) {
        if (getrandom(out, ACT_SEAL_KEY_BYTES, 0) != ACT_SEAL_KEY_BYTES)
            return act_fail(e, ACT_EIO, "no random bytes: %s", strerror(errno));
        return act_file_replace(path, act_str_from(out, ACT_SEAL_KEY_BYTES), 0600, e);
    }
    if (!r && bytes.len != ACT_SEAL_KEY_BYTES)
        r = act_fail(e, ACT_ECORRUPT, "%s: not %d bytes", path, ACT_SEAL_KEY_BYTES);
    if (!r)
        memcpy(out, bytes.ptr, ACT_SEAL_KEY_BYTES);
    act_wipe(bytes.ptr, bytes.len);
    act_buf_done(&bytes);
    return r;
}

int act_credentials_open(const char *data_dir, const act_str *names, size_t n_names,
                         int64_t now_wall_ns, act_credentials *ret, act_err *reterr)
{
    act_credentials c = { .server = ACT_TLS_PAIR_INIT };
    act_tls_pair ca = ACT_TLS_PAIR_INIT;
    char tls[PATH_MAX];
    int r = act_folder_make(data_dir, reterr);
    if (!r)
        r = path_in(data_dir, "tls", tls, reterr);
    if (!r)
        r = act_folder_make(tls, reterr);
    if (!r)
        r = open_ca(data_dir, now_wall_ns, &ca, reterr);
    if (!r)
        r = open_server(data_dir, &ca, names, n_names, now_wall_ns, &c.server, reterr);
    if (!r)
        r = open_token(data_dir, c.admin_token, reterr);
    if (!r)
        r = open_seal_key(data_dir, c.seal_key, reterr);
    if (!r) {
        act_buf_add(&c.ca_pem, act_buf_str(&ca.cert_pem));
        act_buf_add(&c.server_ca_pem, act_buf_str(&ca.cert_pem));
        r = act_buf_err(&c.ca_pem) ? act_buf_err(&c.ca_pem) : act_buf_err(&c.server_ca_pem);
    }
    act_tls_pair_done(&ca);
    if (r) {
        act_credentials_done(&c);
        return r;
    }
    *ret = c;
    return 0;
}

int act_credentials_take_server(act_credentials *c, act_tls_pair *pair)
{
    act_buf chain = ACT_BUF_INIT;
    act_buf_add(&chain, act_buf_str(&pair->cert_pem));
    if (act_buf_err(&chain))
        return act_buf_err(&chain);
    act_tls_pair_done(&c->server);
    act_buf_done(&c->server_ca_pem);
    c->server = *pair;
    c->server_ca_pem = chain;
    *pair = ACT_TLS_PAIR_INIT;
    return 0;
}

void act_credentials_done(act_credentials *c)
{
    act_tls_pair_done(&c->server);
    act_buf_done(&c->server_ca_pem);
    act_buf_done(&c->ca_pem);
    act_wipe(c->admin_token, sizeof c->admin_token);
    act_wipe(c->seal_key, sizeof c->seal_key);
}

int act_credentials_kubeconfig(const char *data_dir, const act_credentials *c, act_str url,
                               act_err *reterr)
{
    char path[PATH_MAX];
    int r = path_in(data_dir, "kubeconfig", path, reterr);
    if (r)
        return r;
    act_buf out = ACT_BUF_INIT;
    act_buf_printf(&out,
                   "apiVersion: v1\nkind: Config\ncurrent-context: activity\n"
                   "clusters:\n- name: activity\n  cluster:\n    server: %.*s\n"
                   "    certificate-authority-data: ",
                   ACT_STR_ARG(url));
    char *encoded = act_buf_reserve(&out, cel_base64_encoded_size(c->server_ca_pem.len));
    if (encoded) {
        cel_base64_encode(act_buf_str(&c->server_ca_pem), encoded);
        out.len += cel_base64_encoded_size(c->server_ca_pem.len);
    }
    act_buf_printf(&out,
                   "\ncontexts:\n- name: activity\n  context:\n    cluster: activity\n"
                   "    user: admin\nusers:\n- name: admin\n  user:\n    token: %s\n",
                   c->admin_token);
    r = act_buf_err(&out);
    if (!r)
        r = act_file_replace(path, act_buf_str(&out), 0600, reterr);
    act_wipe(out.ptr, out.len);
    act_buf_done(&out);
    return r;
}
