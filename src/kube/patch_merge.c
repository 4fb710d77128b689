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
    act_json result =
        target && target->type == ACT_JSON_OBJECT ? *target : act_json_of_object();
    size_t n;
    const act_json_member *m = act_json_members(patch, &n);
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        act_json next, value;
        if (m[i].value.type == ACT_JSON_NULL) {
            r = act_json_without(a, &result, m[i].key, &next);
        } else {
            r = merge(a, act_json_get(&result, m[i].key), &m[i].value, depth + 1, &value);
            if (!r)
                r = act_json_with(a, &result, m[i].key, value, &next);
        }
        if (!r)
            result = next;
    }
    if (!r)
        *ret = result;
    return r;
}

int act_patch_merge(act_arena *a, const act_json *target, const act_json *patch,
                    act_json *ret)
{
    return merge(a, target, patch, 0, ret);
}
