#include "base/json_builder.h"
#include "kube/patch.h"

static int merge(act_arena *a, const act_json *target, const act_json *patch, int depth,
                 act_json *ret)
{
    if (patch->type != ACT_JSON_OBJECT) {
        *ret = *patch;
        return 0;
    }
    if (depth > ACT_PATCH_DEPTH_MAX)
        return ACT_ELIMIT;
    act_json_object_builder b = act_json_object_in(a);
    size_t n = 0;
    int r = 0;
    const act_json_member *m = target ? act_json_members(target, &n) : NULL;
    for (size_t i = 0; i < n && !r; i++) {
        act_json value = m[i].value;
        const act_json *change = act_json_get_hashed(patch, m[i].key, m[i].hash);
        if (change && change->type == ACT_JSON_NULL)
            continue;
        if (change)
            r = merge(a, &m[i].value, change, depth + 1, &value);
        act_json_object_add_as(&b, &m[i], value);
    }
    m = act_json_members(patch, &n);
    for (size_t i = 0; i < n && !r; i++) {
        act_json value = { 0 };
        if (m[i].value.type == ACT_JSON_NULL ||
            act_json_get_hashed(target, m[i].key, m[i].hash))
            continue;
        r = merge(a, NULL, &m[i].value, depth + 1, &value);
        act_json_object_add_as(&b, &m[i], value);
    }
    return r ? r : act_json_object_built(&b, ret);
}

int act_patch_merge(act_arena *a, const act_json *target, const act_json *patch,
                    act_json *ret)
{
    return merge(a, target, patch, 0, ret);
}
