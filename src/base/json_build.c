#include "base/json_build.h"

static size_t find_member(const act_json_member *members, size_t n, act_str key)
{
    for (size_t i = 0; i < n; i++)
        if (act_str_eq(members[i].key, key))
            return i;
    return n;
}

int act_json_with(act_arena *a, const act_json *object, act_str key, act_json value,
                  act_json *ret)
{
    size_t n;
    const act_json_member *old = act_json_members(object, &n);
    size_t at = find_member(old, n, key);
    size_t count = at == n ? n + 1 : n;
    if (count > UINT32_MAX)
        return ACT_ELIMIT;
    act_json_member *members = act_arena_make_n(a, act_json_member, count);
    if (!members)
        return ACT_ENOMEM;
    if (n)
        memcpy(members, old, n * sizeof *members);
    members[at] = (act_json_member){ key, act_str_hash(key), value };
    *ret = (act_json){ .type = ACT_JSON_OBJECT,
                       .count = (uint32_t)count,
                       .as.members = members };
    return ACT_OK;
}

int act_json_without(act_arena *a, const act_json *object, act_str key, act_json *ret)
{
    size_t n;
    const act_json_member *old = act_json_members(object, &n);
    size_t at = find_member(old, n, key);
    if (at == n) {
        *ret = object ? *object : act_json_of_object();
        return ACT_OK;
    }
    act_json_member *members = act_arena_make_n(a, act_json_member, n - 1);
    if (!members)
        return ACT_ENOMEM;
    if (at)
        memcpy(members, old, at * sizeof *members);
    if (n - 1 - at)
        memcpy(members + at, old + at + 1, (n - 1 - at) * sizeof *members);
    *ret = (act_json){ .type = ACT_JSON_OBJECT,
                       .count = (uint32_t)(n - 1),
                       .as.members = members };
    return ACT_OK;
}

int act_json_with_path(act_arena *a, const act_json *object, const act_str *path, size_t n,
                       act_json value, act_json *ret)
{
    if (n == 0)
        return ACT_EINVAL;
    /* From the innermost object outwards: each step replaces one member of its parent. */
    for (size_t depth = n; depth-- > 0;) {
        const act_json *parent = object;
        for (size_t i = 0; i < depth; i++)
            parent = act_json_get(parent, path[i]);
        act_json changed;
        int err = act_json_with(a, parent, path[depth], value, &changed);
        if (err)
            return err;
        value = changed;
    }
    *ret = value;
    return ACT_OK;
}

/* A copy of @array with room for @count items: @head old ones, then a gap or a jump. */
static int resize_items(act_arena *a, const act_json *array, size_t head, size_t skip,
                        size_t gap, act_json **ret_items, act_json *ret)
{
    size_t n;
    const act_json *old = act_json_items(array, &n);
    if (head + skip > n)
        return ACT_EINVAL;
    size_t count = n - skip + gap;
    if (count > UINT32_MAX)
        return ACT_ELIMIT;
    act_json *items = act_arena_make_n(a, act_json, count);
    if (!items)
        return ACT_ENOMEM;
    if (head)
        memcpy(items, old, head * sizeof *items);
    size_t tail = n - head - skip;
    if (tail)
        memcpy(items + head + gap, old + head + skip, tail * sizeof *items);
    *ret_items = items;
    *ret =
        (act_json){ .type = ACT_JSON_ARRAY, .count = (uint32_t)count, .as.items = items };
    return ACT_OK;
}

int act_json_insert(act_arena *a, const act_json *array, size_t at, act_json value,
                    act_json *ret)
{
    act_json *items, changed;
    int err = resize_items(a, array, at, 0, 1, &items, &changed);
    if (err)
        return err;
    items[at] = value;
    *ret = changed;
    return ACT_OK;
}

int act_json_replace(act_arena *a, const act_json *array, size_t at, act_json value,
                     act_json *ret)
{
    act_json *items, changed;
    int err = resize_items(a, array, at, 1, 1, &items, &changed);
    if (err)
        return err;
    items[at] = value;
    *ret = changed;
    return ACT_OK;
}

int act_json_remove(act_arena *a, const act_json *array, size_t at, act_json *ret)
{
    act_json *items;
    return resize_items(a, array, at, 1, 0, &items, ret);
}

static double as_double(const act_json *v)
{
    return v->type == ACT_JSON_INT    ? (double)v->as.i64
           : v->type == ACT_JSON_UINT ? (double)v->as.u64
                                      : v->as.f64;
}

static bool is_number(const act_json *v)
{
    return v->type == ACT_JSON_INT || v->type == ACT_JSON_UINT ||
           v->type == ACT_JSON_DOUBLE;
}

static bool numbers_equal(const act_json *a, const act_json *b)
{
    if (a->type == b->type && a->type == ACT_JSON_INT)
        return a->as.i64 == b->as.i64;
    if (a->type == b->type && a->type == ACT_JSON_UINT)
        return a->as.u64 == b->as.u64;
    /* An INT never equals a UINT: those begin above INT64_MAX. */
    if (a->type != ACT_JSON_DOUBLE && b->type != ACT_JSON_DOUBLE)
        return false;
    return as_double(a) == as_double(b);
}

/* Recursion is bounded by the depth limit of the parse. */
bool act_json_equal(const act_json *a, const act_json *b)
{
    if (!a || !b)
        return a == b;
    if (is_number(a) && is_number(b))
        return numbers_equal(a, b);
    if (a->type != b->type)
        return false;
    size_t n, m;
    switch ((enum act_json_type)a->type) {
    case ACT_JSON_NULL:
        return true;
    case ACT_JSON_BOOL:
        return a->as.boolean == b->as.boolean;
    case ACT_JSON_STRING:
        return act_str_eq(a->as.string, b->as.string);
    case ACT_JSON_ARRAY: {
        const act_json *x = act_json_items(a, &n), *y = act_json_items(b, &m);
        for (size_t i = 0; n == m && i < n; i++)
            if (!act_json_equal(&x[i], &y[i]))
                return false;
        return n == m;
    }
    case ACT_JSON_OBJECT: {
        const act_json_member *x = act_json_members(a, &n);
        (void)act_json_members(b, &m); /* only the count */
        for (size_t i = 0; n == m && i < n; i++)
            if (!act_json_equal(&x[i].value, act_json_get_hashed(b, x[i].key, x[i].hash)))
                return false;
        return n == m;
    }
    case ACT_JSON_INT:
    case ACT_JSON_UINT:
    case ACT_JSON_DOUBLE:
        break;
    }
    return false;
}
