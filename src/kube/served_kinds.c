#include "kube/served_kinds.h"

#include "base/alloc.h"
#include "base/thread.h"

#define AGGREGATED                                                                         \
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,"                \
    "application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,"           \
    "application/json"

enum { ARENA_MAX = 128 << 20, READ_TIMEOUT_S = 30, FIRST_WAIT_S = 1, MOST_WAIT_S = 60 };

struct act_served_kinds {
    act_served_kinds_options o;
    act_arena *arena; /* of one reading */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    /* Under the lock. Lines "group/Kind", and "group!" of groups that do not answer. */
    act_buf lines;
    uint64_t version; /* 0: nothing was read yet */
    bool hurry;
    atomic_bool stop;
    bool started;
    pthread_t thread;
};

/* ---- lines ------------------------------------------------------------------------- */

static void add_line(act_buf *lines, act_str group, char mark, act_str kind)
{
    if (act_str_find_byte(group, '\n') != SIZE_MAX ||
        act_str_find_byte(kind, '\n') != SIZE_MAX)
        return;
    act_buf_add(lines, group);
    act_buf_add_byte(lines, mark);
    act_buf_add(lines, kind);
    act_buf_add_byte(lines, '\n');
}

static int has_line(act_str lines, act_str group, char mark, act_str kind, bool *ret)
{
    act_buf line = ACT_BUF_INIT;
    act_buf_add_byte(&line, '\n');
    add_line(&line, group, mark, kind);
    int r = act_buf_err(&line);
    *ret = !r && line.len > 1 && act_str_find(lines, act_buf_str(&line)) != SIZE_MAX;
    act_buf_done(&line);
    return r;
}

/* ---- aggregated discovery ---------------------------------------------------------- */

static void take_version(const act_json *version, act_str group, act_buf *lines)
{
    size_t n;
    const act_json *resources =
        act_json_items(act_json_get(version, ACT_STR("resources")), &n);
    for (size_t i = 0; i < n; i++)
        add_line(lines, group, '/',
                 act_json_string(
                     act_json_path(&resources[i], "responseKind", "kind", (char *)NULL)));
    if (act_json_is(act_json_get(version, ACT_STR("freshness")), ACT_STR("Stale")))
        add_line(lines, group, '!', (act_str){ 0 });
}

static void take_aggregated(const act_json *list, act_buf *lines)
{
    size_t n, n_versions;
    const act_json *groups = act_json_items(act_json_get(list, ACT_STR("items")), &n);
    for (size_t i = 0; i < n; i++) {
        act_str group =
            act_json_string(act_json_path(&groups[i], "metadata", "name", (char *)NULL));
        const act_json *versions =
            act_json_items(act_json_get(&groups[i], ACT_STR("versions")), &n_versions);
        for (size_t k = 0; k < n_versions; k++)
            take_version(&versions[k], group, lines);
    }
}

/* ---- plain discovery --------------------------------------------------------------- */

static int get(act_served_kinds *k, const char *path, const char *accept,
               const act_json **ret, act_err *e)
{
    act_kube_request request = { .path = path,
                                 .accept = accept,
                                 .timeout_ns = READ_TIMEOUT_S * ACT_NS_PER_S,
                                 .cancel = &k->stop };
    return act_kube_client_json(k->o.client, &request, k->arena, ret, e);
}

/* The resources of one group version; what does not answer is a group that is not known. */
static int take_resources(act_served_kinds *k, act_str group, act_str version,
                          act_buf *lines)
{
    act_str path;
    const act_json *list;
    int r =
        act_arena_printf(k->arena, &path, "/%s/%.*s%s%.*s", group.len ? "apis" : "api",
                         ACT_STR_ARG(group), group.len ? "/" : "", ACT_STR_ARG(version));
    if (r)
        return r;
    r = get(k, path.ptr, NULL, &list, NULL);
    if (r == ACT_EAGAIN || r == ACT_ENOTFOUND) {
        add_line(lines, group, '!', (act_str){ 0 });
        return 0;
    }
    size_t n;
    const act_json *resources =
        r ? NULL : act_json_items(act_json_get(list, ACT_STR("resources")), &n);
    for (size_t i = 0; !r && i < n; i++) {
        act_str name = act_json_string(act_json_get(&resources[i], ACT_STR("name")));
        if (act_str_find_byte(name, '/') == SIZE_MAX) /* no subresource */
            add_line(lines, group, '/',
                     act_json_string(act_json_get(&resources[i], ACT_STR("kind"))));
    }
    return r;
}

static int take_groups(act_served_kinds *k, const act_json *list, act_buf *lines)
{
    size_t n, n_versions;
    const act_json *groups = act_json_items(act_json_get(list, ACT_STR("groups")), &n);
    int r = 0;
    for (size_t i = 0; i < n; i++) {
        act_str group = act_json_string(act_json_get(&groups[i], ACT_STR("name")));
        const act_json *versions =
            act_json_items(act_json_get(&groups[i], ACT_STR("versions")), &n_versions);
        for (size_t v = 0; v < n_versions && !r; v++)
            r = take_resources(
                k, group, act_json_string(act_json_get(&versions[v], ACT_STR("version"))),
                lines);
    }
    return r;
}

static int take_core_versions(act_served_kinds *k, const act_json *list, act_buf *lines)
{
    size_t n;
    const act_json *versions = act_json_items(act_json_get(list, ACT_STR("versions")), &n);
    int r = 0;
    for (size_t i = 0; i < n && !r; i++)
        r = take_resources(k, (act_str){ 0 }, act_json_string(&versions[i]), lines);
    return r;
}

/* ---- following --------------------------------------------------------------------- */

/* /api or /apis, in the form in which it comes. */
static int read_root(act_served_kinds *k, const char *path, act_buf *lines, act_err *e)
{
    const act_json *list;
    int r = get(k, path, AGGREGATED, &list, e);
    if (r)
        return r;
    act_str kind = act_json_string(act_json_get(list, ACT_STR("kind")));
    if (act_str_eq_cstr(kind, "APIGroupDiscoveryList"))
        take_aggregated(list, lines);
    else if (act_str_eq_cstr(kind, "APIGroupList"))
        r = take_groups(k, list, lines);
    else if (act_str_eq_cstr(kind, "APIVersions"))
        r = take_core_versions(k, list, lines);
    else
        r = act_fail(e, ACT_EPARSE, "%s is no discovery", path);
    return r;
}

/* True in *ret_news when it is not what it was. */
static int read_all(act_served_kinds *k, bool *ret_news, act_err *e)
{
    act_buf lines = ACT_BUF_INIT;
    act_buf_add_byte(&lines, '\n');
    act_arena_reset(k->arena);
    int r = read_root(k, "/api", &lines, e);
    if (!r)
        r = read_root(k, "/apis", &lines, e);
    if (!r)
        r = act_buf_err(&lines);
    if (!r) {
        (void)pthread_mutex_lock(&k->lock);
        *ret_news =
            k->version == 0 || !act_str_eq(act_buf_str(&lines), act_buf_str(&k->lines));
        act_buf old = k->lines;
        k->lines = lines;
        lines = old;
        k->version += *ret_news;
        (void)pthread_mutex_unlock(&k->lock);
    }
    act_buf_done(&lines);
    return r;
}

/* Wait for @wait_ns, or only for the shortest time when somebody is in a hurry: true. */
static bool rest(act_served_kinds *k, int64_t wait_ns)
{
    int64_t start = act_mono_ns(act_clock_system());
    (void)pthread_mutex_lock(&k->lock);
    while (!atomic_load(&k->stop)) {
        int64_t end = start + (k->hurry ? k->o.first_wait_ns : wait_ns);
        int64_t left = end - act_mono_ns(act_clock_system());
        if (left <= 0)
            break;
        (void)act_cond_wait(&k->wake, &k->lock, left);
    }
    bool hurry = k->hurry;
    k->hurry = false;
    (void)pthread_mutex_unlock(&k->lock);
    return hurry;
}

static void *follow(void *arg)
{
    act_served_kinds *k = arg;
    int64_t wait_ns = k->o.first_wait_ns;
    while (!atomic_load(&k->stop)) {
        act_err e = ACT_ERR_INIT;
        bool news = false;
        int r = read_all(k, &news, &e);
        if (r && !atomic_load(&k->stop))
            act_warn(k->o.log, "discovery cannot be read; what was known stays",
                     ACT_F_ERR(r), ACT_F_CSTR("detail", e.text));
        if (news)
            act_info(k->o.log, "served kinds have changed");
        bool hurry = rest(k, wait_ns);
        wait_ns = hurry                             ? k->o.first_wait_ns
                  : wait_ns > k->o.most_wait_ns / 2 ? k->o.most_wait_ns
                                                    : wait_ns * 2;
    }
    return NULL;
}

/* ---- answers ----------------------------------------------------------------------- */

enum act_served act_served_kinds_has(act_served_kinds *k, act_str group, act_str kind)
{
    bool yes = false, silent = false;
    (void)pthread_mutex_lock(&k->lock);
    act_str lines = act_buf_str(&k->lines);
    int r = has_line(lines, group, '/', kind, &yes);
    if (!r && !yes)
        r = has_line(lines, group, '!', (act_str){ 0 }, &silent);
    bool known = k->version > 0 && !r;
    (void)pthread_mutex_unlock(&k->lock);
    return yes ? ACT_SERVED_YES : known && !silent ? ACT_SERVED_NO : ACT_SERVED_UNKNOWN;
}

uint64_t act_served_kinds_version(act_served_kinds *k)
{
    (void)pthread_mutex_lock(&k->lock);
    uint64_t version = k->version;
    (void)pthread_mutex_unlock(&k->lock);
    return version;
}

void act_served_kinds_hurry(act_served_kinds *k)
{
    (void)pthread_mutex_lock(&k->lock);
    k->hurry = true;
    (void)pthread_cond_signal(&k->wake);
    (void)pthread_mutex_unlock(&k->lock);
}

/* ---- life -------------------------------------------------------------------------- */

int act_served_kinds_start(const act_served_kinds_options *options, act_served_kinds **ret)
{
    act_served_kinds *k = act_zalloc(1, sizeof *k);
    if (!k)
        return ACT_ENOMEM;
    k->o = *options;
    k->o.first_wait_ns =
        k->o.first_wait_ns ? k->o.first_wait_ns : FIRST_WAIT_S * ACT_NS_PER_S;
    k->o.most_wait_ns = k->o.most_wait_ns ? k->o.most_wait_ns : MOST_WAIT_S * ACT_NS_PER_S;
    k->lines = ACT_BUF_INIT;
    if (pthread_mutex_init(&k->lock, NULL) != 0) {
        act_dealloc(k);
        return ACT_ENOMEM;
    }
    if (act_cond_init(&k->wake)) {
        (void)pthread_mutex_destroy(&k->lock);
        act_dealloc(k);
        return ACT_ENOMEM;
    }
    int r = act_arena_new(ARENA_MAX, 0, &k->arena);
    if (!r)
        r = act_thread_start(&k->thread, "served-kinds", follow, k);
    k->started = !r;
    if (r)
        act_served_kinds_free(k);
    else
        *ret = k;
    return r;
}

void act_served_kinds_free(act_served_kinds *k)
{
    if (!k)
        return;
    (void)pthread_mutex_lock(&k->lock);
    atomic_store(&k->stop, true);
    (void)pthread_cond_signal(&k->wake);
    (void)pthread_mutex_unlock(&k->lock);
    if (k->started)
        (void)pthread_join(k->thread, NULL);
    act_arena_free(k->arena);
    act_buf_done(&k->lines);
    (void)pthread_cond_destroy(&k->wake);
    (void)pthread_mutex_destroy(&k->lock);
    act_dealloc(k);
}
