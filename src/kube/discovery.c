#include "kube/discovery.h"

#include "base/json_write.h"

static void kv(act_json_writer *w, const char *key, const char *value)
{
    act_jw_kv_string(w, key, act_str_cstr(value));
}

static bool same_version(const act_kube_resource *a, const act_kube_resource *b)
{
    return strcmp(a->group, b->group) == 0 && strcmp(a->version, b->version) == 0;
}

/* True for the first resource of its group version. */
static bool starts_version(const act_kube_resources *all, size_t i)
{
    return i == 0 || !same_version(&all->items[i - 1], &all->items[i]);
}

static void head(act_json_writer *w, const char *kind, const char *api_version)
{
    act_jw_object(w);
    kv(w, "kind", kind);
    kv(w, "apiVersion", api_version);
}

void act_discovery_api(const act_kube_resources *all, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    head(&w, "APIVersions", "v1");
    act_jw_key(&w, ACT_STR("versions"));
    act_jw_array(&w);
    for (size_t i = 0; i < all->n; i++)
        if (!all->items[i].group[0] && starts_version(all, i))
            act_jw_string(&w, act_str_cstr(all->items[i].version));
    act_jw_array_end(&w);
    act_jw_key(&w, ACT_STR("serverAddressByClientCIDRs"));
    act_jw_array(&w);
    act_jw_array_end(&w);
    act_jw_object_end(&w);
}

static void write_version(act_json_writer *w, const act_kube_resource *r)
{
    char text[256];
    size_t n = act_kube_group_version(r, text, sizeof text);
    act_jw_object(w);
    act_jw_kv_string(w, "groupVersion", act_str_from(text, n));
    kv(w, "version", r->version);
    act_jw_object_end(w);
}

/* name, versions and preferredVersion; each of our groups has one version. */
static void write_group(act_json_writer *w, const act_kube_resource *r)
{
    kv(w, "name", r->group);
    act_jw_key(w, ACT_STR("versions"));
    act_jw_array(w);
    write_version(w, r);
    act_jw_array_end(w);
    act_jw_key(w, ACT_STR("preferredVersion"));
    write_version(w, r);
}

void act_discovery_groups(const act_kube_resources *all, act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    head(&w, "APIGroupList", "v1");
    act_jw_key(&w, ACT_STR("groups"));
    act_jw_array(&w);
    for (size_t i = 0; i < all->n; i++) {
        if (!all->items[i].group[0] || !starts_version(all, i))
            continue;
        act_jw_object(&w);
        write_group(&w, &all->items[i]);
        act_jw_object_end(&w);
    }
    act_jw_array_end(&w);
    act_jw_object_end(&w);
}

bool act_discovery_group(const act_kube_resources *all, act_str group, act_buf *out)
{
    for (size_t i = 0; i < all->n; i++) {
        if (group.len == 0 || !act_str_eq_cstr(group, all->items[i].group))
            continue;
        act_json_writer w = act_json_writer_on(out);
        head(&w, "APIGroup", "v1");
        write_group(&w, &all->items[i]);
        act_jw_object_end(&w);
        return true;
    }
    return false;
}

static void write_verbs(act_json_writer *w, unsigned verbs)
{
    act_jw_key(w, ACT_STR("verbs"));
    act_jw_array(w);
    for (int v = 0; v < ACT_KUBE_VERB_COUNT; v++)
        if (verbs & (1u << v))
            act_jw_string(w, act_str_cstr(act_kube_verb_name((enum act_kube_verb)v)));
    act_jw_array_end(w);
}

static void write_resource(act_json_writer *w, const act_kube_resource *r)
{
    char name[256];
    (void)snprintf(name, sizeof name, "%s%s%s", r->plural, r->subresource ? "/" : "",
                   r->subresource ? r->subresource : "");
    act_jw_object(w);
    kv(w, "name", name);
    kv(w, "singularName", r->singular);
    act_jw_kv_bool(w, "namespaced", r->namespaced);
    kv(w, "kind", r->kind);
    write_verbs(w, r->verbs);
    act_jw_object_end(w);
}

bool act_discovery_resources(const act_kube_resources *all, act_str group, act_str version,
                             act_buf *out)
{
    act_json_writer w = act_json_writer_on(out);
    bool found = false;
    for (size_t i = 0; i < all->n; i++) {
        const act_kube_resource *r = &all->items[i];
        if (!act_str_eq_cstr(group, r->group) || !act_str_eq_cstr(version, r->version))
            continue;
        if (!found) {
            char text[256];
            size_t n = act_kube_group_version(r, text, sizeof text);
            head(&w, "APIResourceList", "v1");
            act_jw_kv_string(&w, "groupVersion", act_str_from(text, n));
            act_jw_key(&w, ACT_STR("resources"));
            act_jw_array(&w);
        }
        found = true;
        write_resource(&w, r);
    }
    if (found) {
        act_jw_array_end(&w);
        act_jw_object_end(&w);
    }
    return found;
}

/* ---- aggregated -------------------------------------------------------------------- */

static void write_response_kind(act_json_writer *w, const act_kube_resource *r)
{
    act_jw_key(w, ACT_STR("responseKind"));
    act_jw_object(w);
    kv(w, "group", r->group);
    kv(w, "version", r->version);
    kv(w, "kind", r->kind);
    act_jw_object_end(w);
}

/* The subresources of all->items[at]. */
static void write_subresources(act_json_writer *w, const act_kube_resources *all, size_t at)
{
    const act_kube_resource *of = &all->items[at];
    bool any = false;
    for (size_t i = 0; i < all->n; i++) {
        const act_kube_resource *r = &all->items[i];
        if (!r->subresource || !same_version(r, of) || strcmp(r->plural, of->plural) != 0)
            continue;
        if (!any) {
            act_jw_key(w, ACT_STR("subresources"));
            act_jw_array(w);
        }
        any = true;
        act_jw_object(w);
        kv(w, "subresource", r->subresource);
        write_response_kind(w, r);
        write_verbs(w, r->verbs);
        act_jw_object_end(w);
    }
    if (any)
        act_jw_array_end(w);
}

/* version, resources and freshness of the group version that begins at @first. */
static void write_full_version(act_json_writer *w, const act_kube_resources *all,
                               size_t first)
{
    act_jw_object(w);
    kv(w, "version", all->items[first].version);
    act_jw_key(w, ACT_STR("resources"));
    act_jw_array(w);
    for (size_t i = first; i < all->n && same_version(&all->items[i], &all->items[first]);
         i++) {
        const act_kube_resource *r = &all->items[i];
        if (r->subresource)
            continue;
        act_jw_object(w);
        kv(w, "resource", r->plural);
        write_response_kind(w, r);
        kv(w, "scope", r->namespaced ? "Namespaced" : "Cluster");
        kv(w, "singularResource", r->singular);
        write_verbs(w, r->verbs);
        write_subresources(w, all, i);
        act_jw_object_end(w);
    }
    act_jw_array_end(w);
    kv(w, "freshness", "Current");
    act_jw_object_end(w);
}

void act_discovery_aggregated(const act_kube_resources *all, bool core, act_str version,
                              act_buf *out)
{
    char api_version[64];
    (void)snprintf(api_version, sizeof api_version, "apidiscovery.k8s.io/%.*s",
                   ACT_STR_ARG(version));
    act_json_writer w = act_json_writer_on(out);
    head(&w, "APIGroupDiscoveryList", api_version);
    act_jw_key(&w, ACT_STR("metadata"));
    act_jw_object(&w);
    act_jw_object_end(&w);
    act_jw_key(&w, ACT_STR("items"));
    act_jw_array(&w);
    for (size_t i = 0; i < all->n; i++) {
        if (core == (all->items[i].group[0] != '\0') || !starts_version(all, i))
            continue;
        act_jw_object(&w);
        act_jw_key(&w, ACT_STR("metadata"));
        act_jw_object(&w);
        if (!core)
            kv(&w, "name", all->items[i].group);
        act_jw_key(&w, ACT_STR("creationTimestamp"));
        act_jw_null(&w);
        act_jw_object_end(&w);
        act_jw_key(&w, ACT_STR("versions"));
        act_jw_array(&w);
        write_full_version(&w, all, i);
        act_jw_array_end(&w);
        act_jw_object_end(&w);
    }
    act_jw_array_end(&w);
    act_jw_object_end(&w);
}
