#include "registry/registry.h"

#include "registry/registry_backend.h"

static int check_key(act_str key)
{
    return key.len && key.len <= ACT_REGISTRY_KEY_MAX ? ACT_OK : ACT_EINVAL;
}

static int check_value(act_str value)
{
    return value.len <= ACT_REGISTRY_VALUE_MAX ? ACT_OK : ACT_ELIMIT;
}

int act_registry_revision(act_registry *r, int64_t *ret)
{
    return r->ops->revision(r, ret);
}

int act_registry_get(act_registry *r, act_str key, act_arena *a, act_entry *ret)
{
    int err = check_key(key);
    return err ? err : r->ops->get(r, key, a, ret);
}

int act_registry_list(act_registry *r, const act_list_options *options, act_arena *a,
                      act_list_result *ret)
{
    if (options->at_revision < 0 || options->prefix.len > ACT_REGISTRY_KEY_MAX)
        return ACT_EINVAL;
    return r->ops->list(r, options, a, ret);
}

int act_registry_create(act_registry *r, act_str key, act_str value, int64_t *ret_revision)
{
    int err = check_key(key);
    if (!err)
        err = check_value(value);
    return err ? err : r->ops->create(r, key, value, ret_revision);
}

int act_registry_update(act_registry *r, act_str key, act_str value, int64_t expected,
                        int64_t *ret_revision)
{
    int err = check_key(key);
    if (!err)
        err = check_value(value);
    return err ? err : r->ops->update(r, key, value, expected, ret_revision);
}

int act_registry_delete(act_registry *r, act_str key, int64_t expected,
                        int64_t *ret_revision)
{
    int err = check_key(key);
    return err ? err : r->ops->remove(r, key, expected, ret_revision);
}

int act_registry_watch_open(act_registry *r, act_str prefix, int64_t after,
                            act_registry_watch **ret)
{
    if (after < 0 || prefix.len > ACT_REGISTRY_KEY_MAX)
        return ACT_EINVAL;
    return r->ops->watch_open(r, prefix, after, ret);
}

int act_registry_watch_next(act_registry_watch *w, size_t max, int64_t wait_ns,
                            act_arena *a, const act_registry_event **ret, size_t *ret_n,
                            int64_t *ret_revision)
{
    if (max == 0)
        return ACT_EINVAL;
    return w->ops->watch_next(w, max, wait_ns, a, ret, ret_n, ret_revision);
}

void act_registry_watch_close(act_registry_watch *w)
{
    if (w)
        w->ops->watch_close(w);
}

int act_registry_compact(act_registry *r, int64_t revision)
{
    return r->ops->compact(r, revision);
}

int act_registry_ping(act_registry *r)
{
    return r->ops->ping(r);
}

void act_registry_stop(act_registry *r)
{
    r->ops->stop(r);
}

void act_registry_free(act_registry *r)
{
    if (r)
        r->ops->free(r);
}
