#include "kube/roles.h"

#include "base/alloc.h"
#include "base/file.h"
#include "base/json.h"
#include "kube/yaml.h"

#include <pthread.h>

enum { FILE_BYTES_MAX = 1 << 20, ARENA_MAX = 32 << 20 };

static const char defaults[] =
    "roles:\n"
    "- groups: [system:authenticated]\n"
    "  rules:\n"
    "  - nonResourceURLs: [/, /api, /api/*, /apis, /apis/*, /openapi/*, /version]\n"
    "    verbs: [get]\n"
    "- groups: [activity:viewers, activity:editors]\n"
    "  rules:\n"
    "  - apiGroups: [activity.miloapis.com]\n"
    "    resources: [activities, activitypolicies, reindexjobs]\n"
    "    verbs: [get, list, watch]\n"
    "  - apiGroups: [activity.miloapis.com]\n"
    "    resources: [activityqueries, auditlogqueries, eventqueries, "
    "activityfacetqueries,\n"
    "      auditlogfacetsqueries, eventfacetqueries, policypreviews]\n"
    "    verbs: [create]\n"
    "  - apiGroups: ['', events.k8s.io]\n"
    "    resources: [events]\n"
    "    verbs: [get, list, watch]\n"
    "- groups: [activity:editors]\n"
    "  rules:\n"
    "  - apiGroups: [activity.miloapis.com]\n"
    "    resources: [activitypolicies, reindexjobs]\n"
    "    verbs: ['*']\n"
    "  - apiGroups: [activity.miloapis.com]\n"
    "    resources: [policypreviews]\n"
    "    verbs: [create]\n";

/* What one reading gave. */
typedef struct {
    act_arena *arena;
    act_buf text;
    const act_json *roles;
} table;

struct act_roles {
    const char *path; /* NULL: the defaults */
    pthread_rwlock_t lock;
    table now; /* below the lock */
};

/* ---- reading ----------------------------------------------------------------------- */

/* Every member of @v is one of @names and a list of strings. */
static int check_lists(const act_json *v, const char *const *names, size_t n_names,
                       const char *where, act_err *e)
{
    size_t n, k;
    const act_json_member *m = act_json_members(v, &n);
    if (v->type != ACT_JSON_OBJECT)
        return act_fail(e, ACT_EPARSE, "%s must be an object", where);
    for (size_t i = 0; i < n; i++) {
        size_t at = 0;
        while (at < n_names && !act_str_eq_cstr(m[i].key, names[at]))
            at++;
        if (at == n_names)
            return act_fail(e, ACT_EPARSE, "%s has an unknown member \"%.*s\"", where,
                            ACT_STR_ARG(m[i].key));
        if (strcmp(names[at], "rules") == 0)
            continue;
        const act_json *items = act_json_items(&m[i].value, &k);
        bool strings = m[i].value.type == ACT_JSON_ARRAY;
        for (size_t j = 0; j < k; j++)
            strings = strings && items[j].type == ACT_JSON_STRING;
        if (!strings)
            return act_fail(e, ACT_EPARSE, "%s: %s must be a list of strings", where,
                            names[at]);
    }
    return 0;
}

static int check_role(const act_json *role, size_t at, act_err *e)
{
    static const char *const of_role[] = { "groups", "users", "rules" };
    static const char *const of_rule[] = { "apiGroups", "resources", "verbs",
                                           "nonResourceURLs" };
    char where[64];
    (void)snprintf(where, sizeof where, "roles[%zu]", at);
    int r = check_lists(role, of_role, ACT_COUNT(of_role), where, e);
    size_t n;
    const act_json *rules = act_json_items(act_json_get(role, ACT_STR("rules")), &n);
    for (size_t i = 0; i < n && !r; i++) {
        (void)snprintf(where, sizeof where, "roles[%zu].rules[%zu]", at, i);
        r = check_lists(&rules[i], of_rule, ACT_COUNT(of_rule), where, e);
    }
    return r;
}

static int read_roles(table *t, act_str text, act_err *e)
{
    const act_yaml_document *docs = NULL;
    size_t n = 0;
    int r = act_yaml_read(t->arena, text, NULL, &docs, &n, e);
    if (r)
        return r;
    const act_json *roles = n == 1 ? act_json_get(docs[0].value, ACT_STR("roles")) : NULL;
    if (!roles || roles->type != ACT_JSON_ARRAY)
        return act_fail(e, ACT_EPARSE, "must be one document with a list \"roles\"");
    const act_json *role = act_json_items(roles, &n);
    for (size_t i = 0; i < n && !r; i++)
        r = check_role(&role[i], i, e);
    t->roles = roles;
    return r;
}

static void table_done(table *t)
{
    act_arena_free(t->arena);
    act_buf_done(&t->text);
}

static int load(const char *path, table *ret, act_err *reterr)
{
    table t = { .text = ACT_BUF_INIT };
    act_err e = ACT_ERR_INIT;
    int r = act_arena_new(ARENA_MAX, 0, &t.arena);
    if (!r && path)
        r = act_file_read(path, FILE_BYTES_MAX, &t.text, &e);
    if (!r)
        r = read_roles(&t, path ? act_buf_str(&t.text) : act_str_cstr(defaults), &e);
    if (!r) {
        *ret = t;
        return 0;
    }
    table_done(&t);
    return act_fail(reterr, r, "%s: %s", path ? path : "default roles",
                    e.text[0] ? e.text : act_strerror(r));
}

int act_roles_new(const char *path, act_roles **ret, act_err *reterr)
{
    act_roles *a = act_zalloc(1, sizeof *a);
    if (!a)
        return ACT_ENOMEM;
    a->path = path;
    int r = load(path, &a->now, reterr);
    if (r) {
        act_dealloc(a);
        return r;
    }
    (void)pthread_rwlock_init(&a->lock, NULL);
    *ret = a;
    return 0;
}

int act_roles_reload(act_roles *a, act_err *reterr)
{
    table new;
    int r = load(a->path, &new, reterr);
    if (r)
        return r;
    (void)pthread_rwlock_wrlock(&a->lock);
    table old = a->now;
    a->now = new;
    (void)pthread_rwlock_unlock(&a->lock);
    table_done(&old);
    return 0;
}

void act_roles_free(act_roles *a)
{
    if (!a)
        return;
    table_done(&a->now);
    (void)pthread_rwlock_destroy(&a->lock);
    act_dealloc(a);
}

/* ---- deciding ---------------------------------------------------------------------- */

/* Does list @key of @object hold @word, or "*"? */
static bool lists(const act_json *object, const char *key, act_str word)
{
    size_t n;
    const act_json *items = act_json_items(act_json_get(object, act_str_cstr(key)), &n);
    for (size_t i = 0; i < n; i++)
        if (act_json_is(&items[i], word) || act_json_is(&items[i], ACT_STR("*")))
            return true;
    return false;
}

static bool lists_path(const act_json *rule, act_str path)
{
    size_t n;
    const act_json *items =
        act_json_items(act_json_get(rule, ACT_STR("nonResourceURLs")), &n);
    for (size_t i = 0; i < n; i++)
        if (act_authz_path_matches(act_json_string(&items[i]), path))
            return true;
    return false;
}

/* "plural" or "plural/subresource", as rules name it. */
static bool lists_resource(const act_json *rule, const act_authz_attributes *what)
{
    if (what->subresource.len == 0)
        return lists(rule, "resources", what->resource);
    char name[512];
    int n = snprintf(name, sizeof name, "%.*s/%.*s", ACT_STR_ARG(what->resource),
                     ACT_STR_ARG(what->subresource));
    return n > 0 && (size_t)n < sizeof name &&
           lists(rule, "resources", act_str_from(name, (size_t)n));
}

static bool rule_allows(const act_json *rule, const act_authz_attributes *what)
{
    if (!lists(rule, "verbs", what->verb))
        return false;
    if (what->path.len > 0)
        return lists_path(rule, what->path);
    return lists(rule, "apiGroups", what->group) && lists_resource(rule, what);
}

static bool is_about(const act_json *role, const act_user *user)
{
    size_t n;
    const act_json *groups = act_json_items(act_json_get(role, ACT_STR("groups")), &n);
    for (size_t i = 0; i < n; i++)
        if (act_user_in_group(user, act_json_string(&groups[i])))
            return true;
    const act_json *users = act_json_items(act_json_get(role, ACT_STR("users")), &n);
    for (size_t i = 0; i < n; i++)
        if (act_json_is(&users[i], user->name))
            return true;
    return false;
}

static bool table_allows(const table *t, const act_authz_attributes *what)
{
    size_t n, k;
    const act_json *roles = act_json_items(t->roles, &n);
    for (size_t i = 0; i < n; i++) {
        if (!is_about(&roles[i], what->user))
            continue;
        const act_json *rules =
            act_json_items(act_json_get(&roles[i], ACT_STR("rules")), &k);
        for (size_t j = 0; j < k; j++)
            if (rule_allows(&rules[j], what))
                return true;
    }
    return false;
}

bool act_roles_allow(act_roles *a, const act_authz_attributes *what)
{
    (void)pthread_rwlock_rdlock(&a->lock);
    bool allowed = table_allows(&a->now, what);
    (void)pthread_rwlock_unlock(&a->lock);
    return allowed;
}
