#include "kube/patch.h"

#define DIRECTIVE "$patch"
#define RETAIN_KEYS "$retainKeys"
#define DELETE_VALUES "$deleteFromPrimitiveList/"
#define ELEMENT_ORDER "$setElementOrder/"
#define FINALIZERS "finalizers"
#define OWNERS "ownerReferences"

/* One patch on its way. */
typedef struct {
    act_arena *arena;
    act_err *e;
} patcher;

static int merge(const patcher *p, const act_json *target, const act_json *patch, int depth,
                 act_json *ret);

static bool has_item(const act_json *list, const act_json *item)
{
    size_t n;
    const act_json *items = act_json_items(list, &n);
    for (size_t i = 0; i < n; i++)
        if (act_json_equal(&items[i], item))
            return true;
    return false;
}

static bool names_key(const act_json *list, act_str key)
{
    const act_json name = act_json_of_string(key);
    return has_item(list, &name);
}

/* @list without the values that @gone has. */
static int without_values(const patcher *p, const act_json *list, const act_json *gone,
                          act_json *ret)
{
    size_t n;
    const act_json *items = act_json_items(list, &n);
    act_json kept = act_json_of_array(), next;
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        if (has_item(gone, &items[i]))
            continue;
        r = act_json_insert(p->arena, &kept, kept.count, items[i], &next);
        if (!r)
            kept = next;
    }
    if (!r)
        *ret = kept;
    return r;
}

/* @list with the values of @more that it does not have. */
static int with_values(const patcher *p, const act_json *list, const act_json *more,
                       act_json *ret)
{
    size_t n;
    const act_json *items = act_json_items(more, &n);
    act_json all = list && list->type == ACT_JSON_ARRAY ? *list : act_json_of_array(), next;
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        if (has_item(&all, &items[i]))
            continue;
        r = act_json_insert(p->arena, &all, all.count, items[i], &next);
        if (!r)
            all = next;
    }
    if (!r)
        *ret = all;
    return r;
}

/* {"$patch": "replace", ...}, {"$patch": "delete"}. */
static int direct(const patcher *p, const act_json *patch, act_str directive, act_json *ret)
{
    if (act_str_eq_cstr(directive, "replace"))
        return act_json_without(p->arena, patch, ACT_STR(DIRECTIVE), ret);
    if (!act_str_eq_cstr(directive, "delete"))
        return act_fail(p->e, ACT_EPARSE, "unknown patch type: %.*s",
                        ACT_STR_ARG(directive));
    *ret = act_json_of_object();
    return 0;
}

/* Drop from @target what "$retainKeys" does not name; what the patch sets it must name. */
static int retain(const patcher *p, const act_json *target, const act_json *patch,
                  const act_json *keys, act_json *ret)
{
    size_t n;
    const act_json_member *m = act_json_members(patch, &n);
    for (size_t i = 0; i < n; i++)
        if (m[i].key.len > 0 && m[i].key.ptr[0] != '$' && !names_key(keys, m[i].key))
            return act_fail(p->e, ACT_EPARSE, "%.*s is not in " RETAIN_KEYS,
                            ACT_STR_ARG(m[i].key));
    act_json result = *target, next;
    m = act_json_members(target, &n);
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        if (names_key(keys, m[i].key))
            continue;
        r = act_json_without(p->arena, &result, m[i].key, &next);
        if (!r)
            result = next;
    }
    if (!r)
        *ret = result;
    return r;
}

/* Position in @list of the item with this uid; its length: nowhere. */
static size_t find_owner(const act_json *list, const act_json *uid)
{
    size_t n, i = 0;
    const act_json *items = act_json_items(list, &n);
    while (i < n && !act_json_equal(act_json_get(&items[i], ACT_STR("uid")), uid))
        i++;
    return i;
}

/* One item of a patch on a list of owners: put in, merged with what is there, or taken out.
 */
static int merge_owner(const patcher *p, const act_json *list, const act_json *item,
                       int depth, act_json *ret)
{
    const act_json *uid = act_json_get(item, ACT_STR("uid"));
    const act_json *directive = act_json_get(item, ACT_STR(DIRECTIVE));
    if (!uid)
        return act_fail(p->e, ACT_EPARSE, "an owner in the patch has no uid");
    size_t n, at = find_owner(list, uid);
    const act_json *items = act_json_items(list, &n);
    if (directive && act_json_is(directive, ACT_STR("delete"))) {
        *ret = *list;
        return at < n ? act_json_remove(p->arena, list, at, ret) : 0;
    }
    act_json merged;
    int r = merge(p, at < n ? &items[at] : NULL, item, depth + 1, &merged);
    if (r)
        return r;
    return at < n ? act_json_replace(p->arena, list, at, merged, ret)
                  : act_json_insert(p->arena, list, at, merged, ret);
}

/* A list of owners, whose items are told apart by uid. */
static int merge_owners(const patcher *p, const act_json *list, const act_json *patch,
                        int depth, act_json *ret)
{
    size_t n;
    const act_json *items = act_json_items(patch, &n);
    act_json all = list && list->type == ACT_JSON_ARRAY ? *list : act_json_of_array(), next;
    if (n > ACT_PATCH_OWNERS_MAX)
        return act_fail(p->e, ACT_ELIMIT, "the patch has more than %d owners",
                        ACT_PATCH_OWNERS_MAX);
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        r = merge_owner(p, &all, &items[i], depth, &next);
        if (!r)
            all = next;
    }
    if (!r)
        *ret = all;
    return r;
}

/* Lists of metadata, which are left out when they are empty. */
static bool is_meta_list(act_str key)
{
    return act_str_eq_cstr(key, FINALIZERS) || act_str_eq_cstr(key, OWNERS);
}

/* Member @m of a patch on @target. */
static int merge_member(const patcher *p, const act_json *target, const act_json_member *m,
                        int depth, act_json *ret)
{
    act_json value;
    act_str key = m->key;
    int r;
    if (act_str_eq_cstr(key, RETAIN_KEYS) || act_str_starts(key, ACT_STR(ELEMENT_ORDER))) {
        *ret = *target;
        return 0;
    }
    if (m->value.type == ACT_JSON_NULL)
        return act_json_without(p->arena, target, key, ret);
    if (act_str_starts(key, ACT_STR(DELETE_VALUES))) {
        key = act_str_cut(key, sizeof DELETE_VALUES - 1);
        const act_json *list = act_json_get(target, key);
        if (!list) {
            *ret = *target;
            return 0;
        }
        r = without_values(p, list, &m->value, &value);
    } else if (m->value.type == ACT_JSON_ARRAY && act_str_eq_cstr(key, FINALIZERS)) {
        r = with_values(p, act_json_get(target, key), &m->value, &value);
    } else if (m->value.type == ACT_JSON_ARRAY && act_str_eq_cstr(key, OWNERS)) {
        r = merge_owners(p, act_json_get(target, key), &m->value, depth, &value);
    } else {
        r = merge(p, act_json_get(target, key), &m->value, depth + 1, &value);
    }
    if (!r && is_meta_list(key) && value.type == ACT_JSON_ARRAY && value.count == 0)
        return act_json_without(p->arena, target, key, ret);
    return r ? r : act_json_with(p->arena, target, key, value, ret);
}

static int merge(const patcher *p, const act_json *target, const act_json *patch, int depth,
                 act_json *ret)
{
    if (patch->type != ACT_JSON_OBJECT) {
        *ret = *patch;
        return 0;
    }
    if (depth > ACT_PATCH_DEPTH_MAX)
        return act_fail(p->e, ACT_ELIMIT, "the patch is nested too deeply");
    const act_json *directive = act_json_get(patch, ACT_STR(DIRECTIVE));
    if (directive)
        return direct(p, patch, act_json_string(directive), ret);
    act_json result =
        target && target->type == ACT_JSON_OBJECT ? *target : act_json_of_object();
    const act_json *keys = act_json_get(patch, ACT_STR(RETAIN_KEYS));
    int r = keys ? retain(p, &result, patch, keys, &result) : 0;
    size_t n;
    const act_json_member *m = act_json_members(patch, &n);
    for (size_t i = 0; i < n && !r; i++) {
        act_json next;
        r = merge_member(p, &result, &m[i], depth, &next);
        if (!r)
            result = next;
    }
    if (!r)
        *ret = result;
    return r;
}

int act_patch_strategic(act_arena *a, const act_json *target, const act_json *patch,
                        act_json *ret, act_err *reterr)
{
    const patcher p = { a, reterr };
    if (patch->type != ACT_JSON_OBJECT)
        return act_fail(reterr, ACT_EPARSE, "the patch must be an object");
    return merge(&p, target, patch, 0, ret);
}
