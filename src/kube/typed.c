#include "kube/typed.h"

#include "base/json_builder.h"
#include "base/json_write.h"
#include "kube/field_path.h"

static const act_str SELF = { ".", 1 };

/* ---- children ---------------------------------------------------------------------- */

/* An object, map, keyed list or set is merged child by child; all else is one value. */
static bool is_container(const act_schema *s, const act_json *v)
{
    if (!v || s->is_atomic)
        return false;
    if (s->type == ACT_SCHEMA_OBJECT || s->type == ACT_SCHEMA_MAP)
        return v->type == ACT_JSON_OBJECT;
    return s->type == ACT_SCHEMA_LIST && (s->list_key || s->is_set) &&
           v->type == ACT_JSON_ARRAY;
}

/* Schema of the child behind @step; unknown members are values of any form. */
static const act_schema *child_schema(const act_schema *s, act_str step)
{
    if (s->type == ACT_SCHEMA_LIST)
        return s->items;
    const act_schema *member = act_schema_member(s, act_str_cut(step, 2));
    return member ? member : &act_schema_any;
}

static const act_json *item_key(const act_schema *s, const act_json *item)
{
    return act_json_get(item, act_str_cstr(s->list_key));
}

/* "k:{"name":"a"}" or "v:"a"". */
static int item_step(act_arena *a, const act_schema *s, const act_json *item, act_str *ret)
{
    const act_json *key = s->is_set ? item : item_key(s, item);
    if (!key)
        return ACT_EINVAL;
    act_buf text = ACT_BUF_INIT;
    act_json_writer w = act_json_writer_on(&text);
    act_buf_add(&text, s->is_set ? ACT_STR("v:") : ACT_STR("k:"));
    if (!s->is_set) {
        act_jw_object(&w);
        act_jw_key(&w, act_str_cstr(s->list_key));
    }
    act_jw_value(&w, key);
    if (!s->is_set)
        act_jw_object_end(&w);
    int r = act_buf_err(&text);
    if (!r)
        r = act_arena_str(a, act_buf_str(&text), ret);
    act_buf_done(&text);
    return r;
}

/* The children of a container by their steps, in order; of other values none. */
static int children_of(act_arena *a, const act_schema *s, const act_json *v, act_json *ret)
{
    act_json_object_builder b = act_json_object_in(a);
    act_json children;
    act_str step = { 0 };
    size_t n = 0;
    int r = 0;
    if (!is_container(s, v)) {
        *ret = act_json_of_object();
        return 0;
    }
    bool list = s->type == ACT_SCHEMA_LIST;
    const act_json_member *m = list ? NULL : act_json_members(v, &n);
    const act_json *items = list ? act_json_items(v, &n) : NULL;
    for (size_t i = 0; i < n && !r; i++) {
        r = list ? item_step(a, s, &items[i], &step)
                 : act_arena_printf(a, &step, "f:%.*s", ACT_STR_ARG(m[i].key));
        act_json_object_add(&b, step, list ? items[i] : m[i].value);
    }
    if (!r)
        r = act_json_object_built(&b, &children);
    if (!r && children.count < n)
        r = ACT_EINVAL;
    if (!r)
        *ret = children;
    return r;
}

/* The container that is made of children. */
typedef struct {
    const act_schema *schema;
    act_json_object_builder object;
    act_json_array_builder list;
} container;

static container container_in(act_arena *a, const act_schema *s)
{
    return (container){ s, act_json_object_in(a), act_json_array_in(a) };
}

static void add_child(container *c, act_str step, const act_json *value)
{
    if (c->schema->type == ACT_SCHEMA_LIST)
        act_json_array_add(&c->list, *value);
    else
        act_json_object_add(&c->object, act_str_cut(step, 2), *value);
}

static int container_built(container *c, act_json *ret)
{
    return c->schema->type == ACT_SCHEMA_LIST ? act_json_array_built(&c->list, ret)
                                              : act_json_object_built(&c->object, ret);
}

/* ---- fields ------------------------------------------------------------------------ */

static int keep(act_arena *a, const act_json *set, const act_json **ret)
{
    act_json *node = act_arena_make(a, act_json);
    if (!node)
        return ACT_ENOMEM;
    *node = *set;
    *ret = node;
    return 0;
}

/* The node of @v in a set: what is below it, and with @self the path itself. @selves: also
 * the paths of all containers below. */
static int fields_of(act_arena *a, const act_schema *s, const act_json *v, bool self,
                     bool selves, act_json *ret)
{
    act_json children;
    int r = children_of(a, s, v, &children);
    if (r)
        return r;
    act_json_object_builder b = act_json_object_in(a);
    size_t n;
    const act_json_member *m = act_json_members(&children, &n);
    bool keyed = s->type == ACT_SCHEMA_LIST && s->list_key;
    if (n > 0 && self)
        act_json_object_add(&b, SELF, act_json_of_object());
    for (size_t i = 0; i < n && !r; i++) {
        act_json below = { 0 };
        r = fields_of(a, child_schema(s, m[i].key), &m[i].value, keyed || selves, selves,
                      &below);
        act_json_object_add_as(&b, &m[i], below);
    }
    return r ? r : act_json_object_built(&b, ret);
}

int act_typed_fields(act_arena *a, const act_schema *schema, const act_json *v,
                     const act_json **ret)
{
    act_json set;
    int r = fields_of(a, schema, v, false, false, &set);
    return r ? r : keep(a, &set, ret);
}

/* ---- differences ------------------------------------------------------------------- */

typedef struct {
    act_arena *a;
    act_json_object_builder changed, removed; /* steps at the level at hand */
} difference;

static int compare(act_arena *a, const act_schema *s, const act_json *before,
                   const act_json *after, act_json *ret_changed, act_json *ret_removed);

static int add_fields(act_arena *a, const act_schema *s, const act_json_member *child,
                      act_json_object_builder *to)
{
    act_json fields = { 0 };
    int r = fields_of(a, s, &child->value, true, true, &fields);
    act_json_object_add_as(to, child, fields);
    return r;
}

/* The child @after, which was @before. */
static int compare_child(difference *d, const act_schema *s, const act_json *before,
                         const act_json_member *after)
{
    if (!is_container(s, before) || !is_container(s, &after->value))
        return act_json_equal(before, &after->value)
                   ? 0
                   : add_fields(d->a, s, after, &d->changed);
    act_json changed, removed;
    int r = compare(d->a, s, before, &after->value, &changed, &removed);
    if (!r && changed.count > 0)
        act_json_object_add_as(&d->changed, after, changed);
    if (!r && removed.count > 0)
        act_json_object_add_as(&d->removed, after, removed);
    return r;
}

static int compare(act_arena *a, const act_schema *s, const act_json *before,
                   const act_json *after, act_json *ret_changed, act_json *ret_removed)
{
    difference d = { a, act_json_object_in(a), act_json_object_in(a) };
    act_json old, new;
    size_t n = 0;
    int r = children_of(a, s, before, &old);
    if (!r)
        r = children_of(a, s, after, &new);
    if (r)
        return r;
    const act_json_member *m = act_json_members(&new, &n);
    for (size_t i = 0; i < n && !r; i++)
        r = compare_child(&d, child_schema(s, m[i].key),
                          act_json_get_hashed(&old, m[i].key, m[i].hash), &m[i]);
    m = act_json_members(&old, &n);
    for (size_t i = 0; i < n && !r; i++)
        if (!act_json_get_hashed(&new, m[i].key, m[i].hash))
            r = add_fields(a, child_schema(s, m[i].key), &m[i], &d.removed);
    if (!r)
        r = act_json_object_built(&d.changed, ret_changed);
    return r ? r : act_json_object_built(&d.removed, ret_removed);
}

int act_typed_compare(act_arena *a, const act_schema *schema, const act_json *before,
                      const act_json *after, const act_json **ret_changed,
                      const act_json **ret_removed)
{
    act_json changed, removed;
    int r = compare(a, schema, before, after, &changed, &removed);
    if (!r)
        r = keep(a, &changed, ret_changed);
    return r ? r : keep(a, &removed, ret_removed);
}

/* ---- merge ------------------------------------------------------------------------- */

/* Two runs of children on their way into one. */
typedef struct {
    act_arena *a;
    const act_schema *schema;
    act_json base, over; /* children */
    container result;
} merging;

static int add_merged(merging *g, const act_json_member *over)
{
    act_json value = { 0 };
    const act_json *base = act_json_get_hashed(&g->base, over->key, over->hash);
    int r = act_typed_merge(g->a, child_schema(g->schema, over->key), base, &over->value,
                            &value);
    add_child(&g->result, over->key, &value);
    return r;
}

static bool has_child(const act_json *children, const act_json_member *like)
{
    return act_json_get_hashed(children, like->key, like->hash) != NULL;
}

/* Children of both come in the order of @over, those of @base alone stay behind what they
 * stood behind (structured-merge-diff's order). */
static int merge_children(merging *g)
{
    size_t n_base, n_over, i = 0, k = 0, shared = 0; /* shared: next of @over in both */
    const act_json_member *base = act_json_members(&g->base, &n_base);
    const act_json_member *over = act_json_members(&g->over, &n_over);
    int r = 0;
    while ((i < n_base || k < n_over) && !r) {
        while (shared < n_over && (shared < k || !has_child(&g->base, &over[shared])))
            shared++;
        if (i < n_base && !has_child(&g->over, &base[i])) {
            add_child(&g->result, base[i].key, &base[i].value);
            i++;
        } else if (i < n_base &&
                   (shared == n_over || !act_str_eq(over[shared].key, base[i].key))) {
            i++; /* @over has had it, or puts another one before it */
        } else {
            i += i < n_base && k == shared;
            r = add_merged(g, &over[k++]);
        }
    }
    return r;
}

int act_typed_merge(act_arena *a, const act_schema *s, const act_json *base,
                    const act_json *over, act_json *ret)
{
    if (!is_container(s, base) || !is_container(s, over)) {
        *ret = *over;
        return 0;
    }
    merging g = { .a = a, .schema = s, .result = container_in(a, s) };
    int r = children_of(a, s, base, &g.base);
    if (!r)
        r = children_of(a, s, over, &g.over);
    if (!r)
        r = merge_children(&g);
    return r ? r : container_built(&g.result, ret);
}

/* ---- remove ------------------------------------------------------------------------ */

static bool covers_self(const act_json *node)
{
    return node->count == 0 || act_json_get(node, SELF);
}

/* Child @v of a container of @s without what @node says; *ret_gone: nothing is left. */
static int remove_child(act_arena *a, const act_schema *s, const act_json_member *v,
                        const act_json *node, act_json *ret, bool *ret_gone)
{
    const act_schema *type = child_schema(s, v->key);
    bool keyed = s->type == ACT_SCHEMA_LIST && s->list_key;
    act_json left = v->value;
    *ret_gone = covers_self(node);
    int r = node->count == 0 ? 0 : act_typed_remove(a, type, &v->value, node, &left);
    if (r || node->count == 0)
        return r;
    /* Others may own parts of a container: it goes when nothing but its key is left. */
    bool only_key = keyed && left.count == 1 && item_key(s, &left);
    if (is_container(type, &left))
        *ret_gone = *ret_gone && (left.count == 0 || only_key);
    if (*ret_gone || !keyed || item_key(s, &left))
        *ret = left;
    else
        r = act_json_with(a, &left, act_str_cstr(s->list_key), *item_key(s, &v->value),
                          ret);
    return r;
}

int act_typed_remove(act_arena *a, const act_schema *s, const act_json *v,
                     const act_json *set, act_json *ret)
{
    if (act_fields_is_empty(set) || !is_container(s, v)) {
        *ret = *v;
        return 0;
    }
    act_json children;
    int r = children_of(a, s, v, &children);
    if (r)
        return r;
    container result = container_in(a, s);
    size_t n;
    const act_json_member *m = act_json_members(&children, &n);
    for (size_t i = 0; i < n && !r; i++) {
        const act_json *node = act_json_get_hashed(set, m[i].key, m[i].hash);
        act_json left = m[i].value;
        bool gone = false;
        if (node)
            r = remove_child(a, s, &m[i], node, &left, &gone);
        if (!gone)
            add_child(&result, m[i].key, &left);
    }
    return r ? r : container_built(&result, ret);
}

/* ---- flaws -------------------------------------------------------------------------- */

static int tell(act_arena *a, const act_field_path *where, const char *what, act_str key,
                act_str *ret)
{
    act_str path = { 0 };
    int r = act_field_path_text(where, a, &path);
    return r ? r
             : act_arena_printf(a, ret, "%.*s: %s%.*s", ACT_STR_ARG(path), what,
                                ACT_STR_ARG(key));
}

/* Are the items told apart? */
static int find_flaw_of_list(act_arena *a, const act_schema *s, const act_json *v,
                             const act_field_path *at, act_str *ret)
{
    act_json children;
    size_t n;
    const act_json *items = act_json_items(v, &n);
    for (size_t i = 0; i < n && s->list_key; i++)
        if (!item_key(s, &items[i]))
            return tell(a, &(act_field_path){ .up = at, .index = i },
                        "the item has no key field ", act_str_cstr(s->list_key), ret);
    int r = children_of(a, s, v, &children);
    if (r != ACT_EINVAL)
        return r;
    return tell(a, at, "two items have the same ",
                act_str_cstr(s->list_key ? s->list_key : "value"), ret);
}

static int find_flaw(act_arena *a, const act_schema *s, const act_json *v,
                     const act_field_path *at, act_str *ret)
{
    size_t n = 0;
    int r = 0;
    if (!is_container(s, v))
        return 0;
    if (s->type == ACT_SCHEMA_LIST) {
        const act_json *items = act_json_items(v, &n);
        r = find_flaw_of_list(a, s, v, at, ret);
        for (size_t i = 0; i < n && !r && ret->len == 0; i++)
            r = find_flaw(a, s->items, &items[i], &(act_field_path){ .up = at, .index = i },
                          ret);
        return r;
    }
    const act_json_member *m = act_json_members(v, &n);
    for (size_t i = 0; i < n && !r && ret->len == 0; i++) {
        const act_schema *type = act_schema_member(s, m[i].key);
        act_field_path here = { .up = at, .name = m[i].key };
        if (type)
            r = find_flaw(a, type, &m[i].value, &here, ret);
    }
    return r;
}

int act_typed_flaw(act_arena *a, const act_schema *schema, const act_json *v, act_str *ret)
{
    act_str flaw = { 0 };
    int r = find_flaw(a, schema, v, NULL, &flaw);
    if (!r)
        *ret = flaw;
    return r;
}
