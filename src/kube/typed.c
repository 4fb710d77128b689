#include "kube/typed.h"

#include "base/json_write.h"

/* ---- steps ------------------------------------------------------------------------- */

static bool is_granular(const act_schema *s, const act_json *v)
{
    if (!v || v->count == 0)
        return false;
    if (s->type == ACT_SCHEMA_OBJECT || s->type == ACT_SCHEMA_MAP)
        return v->type == ACT_JSON_OBJECT;
    return s->type == ACT_SCHEMA_LIST && s->list_key && v->type == ACT_JSON_ARRAY;
}

/* Schema of member @key of an object or map; unknown members are values of any form. */
static const act_schema *member_schema(const act_schema *s, act_str key)
{
    if (s->type == ACT_SCHEMA_MAP)
        return s->items;
    const act_schema_field *f = act_schema_find(s, key);
    return f ? f->type : &act_schema_any;
}

static int field_step(act_arena *a, act_str key, act_str *ret)
{
    return act_arena_printf(a, ret, "f:%.*s", ACT_STR_ARG(key));
}

static const act_json *item_key(const act_schema *s, const act_json *item)
{
    return act_json_get(item, act_str_cstr(s->list_key));
}

static int item_step(act_arena *a, const act_schema *s, const act_json *item, act_str *ret)
{
    const act_json *key = item_key(s, item);
    if (!key)
        return ACT_EINVAL;
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    act_buf_add(&text, ACT_STR("k:"));
    act_jw_object(&w);
    act_jw_key(&w, act_str_cstr(s->list_key));
    act_jw_value(&w, key);
    act_jw_object_end(&w);
    int r = act_buf_err(&text);
    if (!r)
        r = act_arena_str(a, act_buf_str(&text), ret);
    act_buf_done(&text);
    return r;
}

/* The item of list @v with the key of @like, and its place; NULL when there is none. */
static const act_json *find_item(const act_schema *s, const act_json *v,
                                 const act_json *like, size_t *ret_at)
{
    size_t n = 0;
    const act_json *items = v ? act_json_items(v, &n) : NULL;
    const act_json *wanted = item_key(s, like);
    for (size_t i = 0; i < n; i++) {
        const act_json *key = item_key(s, &items[i]);
        if (key && wanted && act_json_equal(key, wanted)) {
            if (ret_at)
                *ret_at = i;
            return &items[i];
        }
    }
    return NULL;
}

static int add_step(act_arena *a, act_json *steps, act_str key, const act_json *value)
{
    act_json next;
    int r = act_json_with(a, steps, key, *value, &next);
    if (!r)
        *steps = next;
    return r;
}

static int keep(act_arena *a, const act_json *steps, const act_json **ret)
{
    act_json *node = act_arena_make(a, act_json);
    if (!node)
        return ACT_ENOMEM;
    *node = *steps;
    *ret = node;
    return 0;
}

static int mark_self(act_arena *a, const act_json **node)
{
    act_json with;
    if ((*node)->count == 0 || act_json_get(*node, ACT_STR(".")))
        return 0;
    int r = act_json_with(a, *node, ACT_STR("."), act_json_of_object(), &with);
    return r ? r : keep(a, &with, node);
}

/* ---- fields ------------------------------------------------------------------------ */

int act_typed_fields(act_arena *a, const act_schema *s, const act_json *v,
                     const act_json **ret)
{
    act_json steps = act_json_of_object();
    size_t n = 0;
    int r = 0;
    if (!is_granular(s, v))
        return keep(a, &steps, ret);
    bool list = s->type == ACT_SCHEMA_LIST;
    const act_json_member *m = list ? NULL : act_json_members(v, &n);
    const act_json *items = list ? act_json_items(v, &n) : NULL;
    for (size_t i = 0; i < n && !r; i++) {
        const act_json *value = list ? &items[i] : &m[i].value;
        const act_json *below = NULL;
        act_str step;
        r = list ? item_step(a, s, value, &step) : field_step(a, m[i].key, &step);
        if (!r && list && act_json_get(&steps, step))
            r = ACT_EINVAL;
        if (!r)
            r = act_typed_fields(a, list ? s->items : member_schema(s, m[i].key), value,
                                 &below);
        if (!r && list)
            r = mark_self(a, &below);
        if (!r)
            r = add_step(a, &steps, step, below);
    }
    return r ? r : keep(a, &steps, ret);
}

/* ---- differences ------------------------------------------------------------------- */

typedef struct {
    act_arena *a;
    act_json changed, removed; /* steps at the level at hand */
} difference;

static int compare(difference *d, const act_schema *s, const act_json *before,
                   const act_json *after);

/* One member or item in both, one or the other. */
static int compare_step(difference *d, const act_schema *s, act_str step,
                        const act_json *before, const act_json *after)
{
    const act_json *below = NULL;
    int r = 0;
    if (!after) {
        r = act_typed_fields(d->a, s, before, &below);
        return r ? r : add_step(d->a, &d->removed, step, below);
    }
    if (!before) {
        r = act_typed_fields(d->a, s, after, &below);
        return r ? r : add_step(d->a, &d->changed, step, below);
    }
    if (!is_granular(s, before) || !is_granular(s, after)) {
        if (act_json_equal(before, after))
            return 0;
        r = act_typed_fields(d->a, s, after, &below);
        return r ? r : add_step(d->a, &d->changed, step, below);
    }
    difference inner = { d->a, act_json_of_object(), act_json_of_object() };
    r = compare(&inner, s, before, after);
    if (!r && inner.changed.count > 0)
        r = add_step(d->a, &d->changed, step, &inner.changed);
    if (!r && inner.removed.count > 0)
        r = add_step(d->a, &d->removed, step, &inner.removed);
    return r;
}

static int compare_members(difference *d, const act_schema *s, const act_json *before,
                           const act_json *after)
{
    size_t n;
    act_str step;
    int r = 0;
    const act_json_member *m = act_json_members(after, &n);
    for (size_t i = 0; i < n && !r; i++) {
        r = field_step(d->a, m[i].key, &step);
        if (!r)
            r = compare_step(d, member_schema(s, m[i].key), step,
                             act_json_get(before, m[i].key), &m[i].value);
    }
    m = act_json_members(before, &n);
    for (size_t i = 0; i < n && !r; i++) {
        if (act_json_get(after, m[i].key))
            continue;
        r = field_step(d->a, m[i].key, &step);
        if (!r)
            r = compare_step(d, member_schema(s, m[i].key), step, &m[i].value, NULL);
    }
    return r;
}

static int compare_items(difference *d, const act_schema *s, const act_json *before,
                         const act_json *after)
{
    size_t n;
    act_str step;
    int r = 0;
    const act_json *items = act_json_items(after, &n);
    for (size_t i = 0; i < n && !r; i++) {
        r = item_step(d->a, s, &items[i], &step);
        if (!r)
            r = compare_step(d, s->items, step, find_item(s, before, &items[i], NULL),
                             &items[i]);
    }
    items = act_json_items(before, &n);
    for (size_t i = 0; i < n && !r; i++) {
        if (find_item(s, after, &items[i], NULL))
            continue;
        r = item_step(d->a, s, &items[i], &step);
        if (!r)
            r = compare_step(d, s->items, step, &items[i], NULL);
    }
    return r;
}

static int compare(difference *d, const act_schema *s, const act_json *before,
                   const act_json *after)
{
    return s->type == ACT_SCHEMA_LIST ? compare_items(d, s, before, after)
                                      : compare_members(d, s, before, after);
}

int act_typed_compare(act_arena *a, const act_schema *schema, const act_json *before,
                      const act_json *after, const act_json **ret_changed,
                      const act_json **ret_removed)
{
    static const act_json nothing = { .type = ACT_JSON_OBJECT };
    difference d = { a, act_json_of_object(), act_json_of_object() };
    int r = compare(&d, schema, before ? before : &nothing, after ? after : &nothing);
    if (!r)
        r = keep(a, &d.changed, ret_changed);
    return r ? r : keep(a, &d.removed, ret_removed);
}

/* ---- merge ------------------------------------------------------------------------- */

static int merge_members(act_arena *a, const act_schema *s, const act_json *base,
                         const act_json *over, act_json *ret)
{
    size_t n;
    const act_json_member *m = act_json_members(over, &n);
    act_json result = *base;
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        act_json value, next;
        const act_json *there = act_json_get(&result, m[i].key);
        r = act_typed_merge(a, member_schema(s, m[i].key), there, &m[i].value, &value);
        if (!r)
            r = act_json_with(a, &result, m[i].key, value, &next);
        if (!r)
            result = next;
    }
    *ret = result;
    return r;
}

static int merge_items(act_arena *a, const act_schema *s, const act_json *base,
                       const act_json *over, act_json *ret)
{
    size_t n;
    const act_json *items = act_json_items(over, &n);
    act_json result = *base;
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        size_t at = 0;
        act_json value, next;
        const act_json *there = find_item(s, &result, &items[i], &at);
        r = act_typed_merge(a, s->items, there, &items[i], &value);
        if (!r)
            r = there ? act_json_replace(a, &result, at, value, &next)
                      : act_json_insert(a, &result, result.count, value, &next);
        if (!r)
            result = next;
    }
    *ret = result;
    return r;
}

int act_typed_merge(act_arena *a, const act_schema *s, const act_json *base,
                    const act_json *over, act_json *ret)
{
    if (!base || base->type != over->type || !is_granular(s, over)) {
        /* An empty object or keyed list adds nothing to what is there. */
        bool adds_nothing =
            base && base->type == over->type && over->count == 0 && is_granular(s, base);
        *ret = adds_nothing ? *base : *over;
        return 0;
    }
    return s->type == ACT_SCHEMA_LIST ? merge_items(a, s, base, over, ret)
                                      : merge_members(a, s, base, over, ret);
}

/* ---- remove ------------------------------------------------------------------------ */

static bool covers_self(const act_json *node)
{
    return node->count == 0 || act_json_get(node, ACT_STR("."));
}

/* @value without what @node says below it; *ret_gone: nothing of it is left. */
static int remove_below(act_arena *a, const act_schema *s, const act_json *value,
                        const act_json *node, act_json *ret, bool *ret_gone)
{
    *ret_gone = false;
    *ret = *value;
    if (!is_granular(s, value)) {
        *ret_gone = covers_self(node);
        return 0;
    }
    int r = act_typed_remove(a, s, value, node, ret);
    /* Others may own parts of it: it goes only when it is empty. */
    *ret_gone = ret->count == 0 && covers_self(node);
    return r;
}

static int remove_members(act_arena *a, const act_schema *s, const act_json *v,
                          const act_json *set, act_json *ret)
{
    size_t n;
    const act_json_member *m = act_json_members(v, &n);
    act_json result = *v;
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        act_str step;
        act_json left, next;
        bool gone;
        r = field_step(a, m[i].key, &step);
        const act_json *node = r ? NULL : act_json_get(set, step);
        if (!node)
            continue;
        r = remove_below(a, member_schema(s, m[i].key), &m[i].value, node, &left, &gone);
        if (!r)
            r = gone ? act_json_without(a, &result, m[i].key, &next)
                     : act_json_with(a, &result, m[i].key, left, &next);
        if (!r)
            result = next;
    }
    *ret = result;
    return r;
}

/* An item whose own path is in the set goes when nothing but its key is left. */
static int remove_item(act_arena *a, const act_schema *s, const act_json *item,
                       const act_json *node, act_json *ret, bool *ret_gone)
{
    int r = act_typed_remove(a, s->items, item, node, ret);
    bool key_left = ret->count == 1 && item_key(s, ret);
    *ret_gone =
        !r && covers_self(node) && (node->count == 0 || ret->count == 0 || key_left);
    if (r || *ret_gone || item_key(s, ret))
        return r;
    act_json keyed;
    r = act_json_with(a, ret, act_str_cstr(s->list_key), *item_key(s, item), &keyed);
    *ret = keyed;
    return r;
}

static int remove_items(act_arena *a, const act_schema *s, const act_json *v,
                        const act_json *set, act_json *ret)
{
    size_t n, at = 0;
    const act_json *items = act_json_items(v, &n);
    act_json result = *v;
    int r = 0;
    for (size_t i = 0; i < n && !r; i++) {
        act_str step;
        act_json left, next;
        bool gone = false;
        r = item_step(a, s, &items[i], &step);
        const act_json *node = r ? NULL : act_json_get(set, step);
        if (r || !node) {
            at++;
            continue;
        }
        r = remove_item(a, s, &items[i], node, &left, &gone);
        if (!r)
            r = gone ? act_json_remove(a, &result, at, &next)
                     : act_json_replace(a, &result, at, left, &next);
        if (!r)
            result = next;
        at += !gone;
    }
    *ret = result;
    return r;
}

int act_typed_remove(act_arena *a, const act_schema *s, const act_json *v,
                     const act_json *set, act_json *ret)
{
    if (act_fields_is_empty(set) || !is_granular(s, v)) {
        *ret = *v;
        return 0;
    }
    return s->type == ACT_SCHEMA_LIST ? remove_items(a, s, v, set, ret)
                                      : remove_members(a, s, v, set, ret);
}
