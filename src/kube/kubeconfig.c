#include "kube/kubeconfig.h"

#include "base/file.h"
#include "base/secret.h"
#include "kube/yaml.h"
#include "net/digest.h"

static act_str text_at(const act_json *v, const char *key)
{
    return act_json_string(act_json_get(v, act_str_cstr(key)));
}

/* The entry of list @list that is called @name: its member @member. */
static int find_named(const act_json *config, const char *list, act_str name,
                      const char *member, const act_json **ret, act_err *e)
{
    size_t n;
    const act_json *items = act_json_items(act_json_get(config, act_str_cstr(list)), &n);
    for (size_t i = 0; i < n; i++) {
        const act_json *v = act_json_get(&items[i], act_str_cstr(member));
        if (!act_str_eq(text_at(&items[i], "name"), name) || !v)
            continue;
        *ret = v;
        return 0;
    }
    return act_fail(e, ACT_EPARSE, "kubeconfig: %s has no \"%.*s\"", list,
                    ACT_STR_ARG(name));
}

static int join(act_arena *a, act_str directory, act_str file, act_str *ret)
{
    if (act_str_starts(file, ACT_STR("/")) || directory.len == 0)
        return act_arena_str(a, file, ret);
    return act_arena_printf(a, ret, "%.*s/%.*s", ACT_STR_ARG(directory), ACT_STR_ARG(file));
}

/* @buf moves into the arena and is wiped. */
static int keep(act_arena *a, act_buf *buf, int r, act_str *ret)
{
    if (!r)
        r = act_arena_str(a, act_buf_str(buf), ret);
    act_wipe(buf->ptr, buf->len);
    act_buf_done(buf);
    return r;
}

static int read_whole(act_arena *a, act_str path, act_str *ret, act_err *e)
{
    act_buf buf = ACT_BUF_INIT;
    int r = act_file_read(path.ptr, ACT_KUBECONFIG_BYTES_MAX, &buf, e);
    return keep(a, &buf, r, ret);
}

/* What "KEY-data" has in base64, or else the file that "KEY" names; empty for neither. */
static int read_material(act_arena *a, const act_json *v, const char *key,
                         act_str directory, act_str *ret, act_err *e)
{
    char data_key[64];
    (void)snprintf(data_key, sizeof data_key, "%s-data", key);
    act_str coded = text_at(v, data_key), file = text_at(v, key), path;
    if (coded.len > 0) {
        act_buf buf = ACT_BUF_INIT;
        int r = act_base64_decode(coded, &buf);
        if (r == ACT_EPARSE)
            r = act_fail(e, r, "kubeconfig: %s is not base64", data_key);
        return keep(a, &buf, r, ret);
    }
    if (file.len == 0)
        return 0;
    int r = join(a, directory, file, &path);
    return r ? r : read_whole(a, path, ret, e);
}

static int read_cluster(act_arena *a, const act_json *v, act_str directory,
                        act_kubeconfig *c, act_err *e)
{
    act_str server = text_at(v, "server");
    if (!act_str_starts(server, ACT_STR("https://")) &&
        !act_str_starts(server, ACT_STR("http://")))
        return act_fail(e, ACT_EPARSE, "kubeconfig: server must be an http or https URL");
    if (text_at(v, "tls-server-name").len > 0 || text_at(v, "proxy-url").len > 0)
        return act_fail(e, ACT_EUNSUPPORTED,
                        "kubeconfig: tls-server-name and proxy-url are not supported");
    while (act_str_ends(server, ACT_STR("/")))
        server.len--;
    const act_json *skip = act_json_get(v, ACT_STR("insecure-skip-tls-verify"));
    c->server = server;
    c->insecure = skip && skip->type == ACT_JSON_BOOL && skip->as.boolean;
    return read_material(a, v, "certificate-authority", directory, &c->ca_pem, e);
}

static int read_user(act_arena *a, const act_json *v, act_str directory, act_kubeconfig *c,
                     act_err *e)
{
    static const char *const unsupported[] = { "exec", "auth-provider", "username",
                                               "password", "as" };
    for (size_t i = 0; i < ACT_COUNT(unsupported); i++)
        if (act_json_get(v, act_str_cstr(unsupported[i])))
            return act_fail(e, ACT_EUNSUPPORTED, "kubeconfig: users with %s",
                            unsupported[i]);
    act_str file = text_at(v, "tokenFile");
    c->token = text_at(v, "token");
    int r = file.len > 0 ? join(a, directory, file, &c->token_file) : 0;
    if (!r)
        r = read_material(a, v, "client-certificate", directory, &c->cert_pem, e);
    if (!r)
        r = read_material(a, v, "client-key", directory, &c->key_pem, e);
    if (!r && (c->cert_pem.len > 0) != (c->key_pem.len > 0))
        r = act_fail(e, ACT_EPARSE,
                     "kubeconfig: client-certificate and client-key go together");
    return r;
}

static int read_config(act_arena *a, const act_json *config, act_str directory,
                       act_kubeconfig *c, act_err *e)
{
    const act_json *context, *cluster, *user;
    int r = find_named(config, "contexts", text_at(config, "current-context"), "context",
                       &context, e);
    if (!r)
        r = find_named(config, "clusters", text_at(context, "cluster"), "cluster", &cluster,
                       e);
    if (!r)
        r = find_named(config, "users", text_at(context, "user"), "user", &user, e);
    if (!r)
        r = read_cluster(a, cluster, directory, c, e);
    return r ? r : read_user(a, user, directory, c, e);
}

int act_kubeconfig_read(act_arena *a, act_str text, act_str directory, act_kubeconfig *ret,
                        act_err *reterr)
{
    const act_yaml_document *docs = NULL;
    size_t n = 0;
    act_kubeconfig c = { 0 };
    act_yaml_limits limits = { .max_bytes = ACT_KUBECONFIG_BYTES_MAX, .max_documents = 1 };
    act_err e = ACT_ERR_INIT;
    int r = act_yaml_read(a, text, &limits, &docs, &n, &e);
    if (r)
        return act_fail(reterr, r, "kubeconfig: %s", e.text);
    if (n != 1)
        return act_fail(reterr, ACT_EPARSE, "kubeconfig: empty");
    r = read_config(a, docs[0].value, directory, &c, reterr);
    if (!r)
        *ret = c;
    return r;
}

int act_kubeconfig_load(act_arena *a, const char *path, act_kubeconfig *ret,
                        act_err *reterr)
{
    act_str text, whole = act_str_cstr(path);
    int r = read_whole(a, whole, &text, reterr);
    if (r)
        return r;
    size_t slash = act_str_rfind_byte(whole, '/');
    act_str directory = slash == SIZE_MAX ? ACT_STR("") : act_str_head(whole, slash);
    if (slash == 0)
        directory = ACT_STR("/.");
    return act_kubeconfig_read(a, text, directory, ret, reterr);
}

int act_kubeconfig_of_pod(act_arena *a, const char *directory, const char *host,
                          const char *port, act_kubeconfig *ret, act_err *reterr)
{
    act_kubeconfig c = { 0 };
    act_str ca, dir = act_str_cstr(directory);
    bool v6 = strchr(host, ':');
    int r = act_arena_printf(a, &c.server, "https://%s%s%s:%s", v6 ? "[" : "", host,
                             v6 ? "]" : "", port);
    if (!r)
        r = join(a, dir, ACT_STR("ca.crt"), &ca);
    if (!r)
        r = join(a, dir, ACT_STR("token"), &c.token_file);
    if (!r)
        r = read_whole(a, ca, &c.ca_pem, reterr);
    if (!r)
        *ret = c;
    return r;
}
