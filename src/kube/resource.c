#include "kube/resource.h"

const char *act_kube_verb_name(enum act_kube_verb verb)
{
    static const char *const names[] = {
#define ACT_KUBE_VERB_TEXT(name, text) [ACT_KUBE_VERB_##name] = text,
        ACT_KUBE_VERBS(ACT_KUBE_VERB_TEXT)
#undef ACT_KUBE_VERB_TEXT
    };
    return names[verb];
}

const act_kube_resource *act_kube_resource_find(const act_kube_resources *all,
                                                act_str group, act_str version,
                                                act_str plural, act_str subresource)
{
    for (size_t i = 0; i < all->n; i++) {
        const act_kube_resource *r = &all->items[i];
        if (act_str_eq_cstr(plural, r->plural) && act_str_eq_cstr(group, r->group) &&
            act_str_eq_cstr(version, r->version) &&
            act_str_eq_cstr(subresource, r->subresource ? r->subresource : ""))
            return r;
    }
    return NULL;
}

size_t act_kube_group_version(const act_kube_resource *r, char *out, size_t size)
{
    int n = snprintf(out, size, "%s%s%s", r->group, *r->group ? "/" : "", r->version);
    return n < 0 ? 0 : (size_t)n < size ? (size_t)n : size - 1;
}

/* The segments below a version: [watch/] [namespaces/NS/] PLURAL [/NAME [/SUB]]. */
static void read_resource(act_kube_target *t, const act_str *s, size_t n)
{
    t->path = ACT_KUBE_PATH_RESOURCE;
    if (n > 1 && act_str_eq(s[0], ACT_STR("watch"))) {
        t->watch_prefix = true;
        s++;
        n--;
    }
    /* "namespaces/NS" alone is the Namespace object; with more behind it, a scope. */
    if (n > 2 && act_str_eq(s[0], ACT_STR("namespaces"))) {
        t->ns = s[1];
        s += 2;
        n -= 2;
    }
    t->plural = s[0];
    t->name = n > 1 ? s[1] : (act_str){ 0 };
    t->subresource = n > 2 ? s[2] : (act_str){ 0 };
    t->too_deep = n > 3;
}

act_kube_target act_kube_target_of(const act_str *segments, size_t n)
{
    act_kube_target t = { .path = ACT_KUBE_PATH_OTHER };
    bool core = n > 0 && act_str_eq(segments[0], ACT_STR("api"));
    bool named = n > 0 && act_str_eq(segments[0], ACT_STR("apis"));
    if (!core && !named)
        return t;
    size_t at = 1;
    if (named && n == 1)
        t.path = ACT_KUBE_PATH_APIS;
    else if (named)
        t.group = segments[at++];
    if (core && n == 1)
        t.path = ACT_KUBE_PATH_API;
    if (n == 1)
        return t;
    if (at == n) {
        t.path = ACT_KUBE_PATH_GROUP;
        return t;
    }
    t.version = segments[at++];
    if (at == n)
        t.path = ACT_KUBE_PATH_VERSION;
    else
        read_resource(&t, segments + at, n - at);
    return t;
}

bool act_kube_verb_of(act_str method, const act_kube_target *t, bool watch,
                      enum act_kube_verb *ret)
{
    bool one = t->name.len > 0;
    if (act_str_eq(method, ACT_STR("GET")) || act_str_eq(method, ACT_STR("HEAD")))
        *ret = t->watch_prefix || (watch && !one) ? ACT_KUBE_VERB_WATCH
               : one                              ? ACT_KUBE_VERB_GET
                                                  : ACT_KUBE_VERB_LIST;
    else if (act_str_eq(method, ACT_STR("POST")))
        *ret = ACT_KUBE_VERB_CREATE;
    else if (act_str_eq(method, ACT_STR("PUT")))
        *ret = ACT_KUBE_VERB_UPDATE;
    else if (act_str_eq(method, ACT_STR("PATCH")))
        *ret = ACT_KUBE_VERB_PATCH;
    else if (act_str_eq(method, ACT_STR("DELETE")))
        *ret = one ? ACT_KUBE_VERB_DELETE : ACT_KUBE_VERB_DELETECOLLECTION;
    else
        return false;
    return true;
}
