#include "core/link_target.h"

#include "cel/value.h"
#include "core/kinds.h"

static act_str member(cel_value map, act_str key)
{
    cel_value v;
    if (map.kind != CEL_MAP || !cel_map_find_str(map, key, act_str_hash(key), &v) ||
        v.kind != CEL_STRING)
        return (act_str){ 0 };
    return cel_value_str(v);
}

static act_str member_or_metadata(cel_value ref, act_str key)
{
    act_str top = member(ref, key);
    cel_value metadata;
    act_str name = ACT_STR("metadata");
    if (top.len || !cel_map_find_str(ref, name, act_str_hash(name), &metadata))
        return top;
    return member(metadata, key);
}

static act_str kind_of(cel_value ref, act_str group, const act_policy *policy)
{
    act_str kind = member(ref, ACT_STR("kind"));
    if (kind.len)
        return kind;
    act_str plural = member(ref, ACT_STR("resource"));
    if (plural.len) {
        if (act_str_eq(plural, act_policy_plural(policy)) &&
            act_str_eq(group, act_policy_group(policy)))
            return act_policy_kind(policy);
        return act_kind_of(group, plural);
    }
    return member(ref, ACT_STR("type"));
}

void act_link_target(cel_value ref, const act_policy *policy, act_resource_ref *ret)
{
    act_str group = member(ref, ACT_STR("apiGroup"));
    act_str version = member(ref, ACT_STR("apiVersion"));
    size_t slash = act_str_find_byte(version, '/');
    if (group.len == 0 && slash != SIZE_MAX) {
        group = act_str_head(version, slash);
        version = act_str_cut(version, slash + 1);
    }
    *ret = (act_resource_ref){
        .api_group = group,
        .api_version = version,
        .kind = kind_of(ref, group, policy),
        .name = member_or_metadata(ref, ACT_STR("name")),
        .ns = member_or_metadata(ref, ACT_STR("namespace")),
        .uid = member_or_metadata(ref, ACT_STR("uid")),
    };
}
