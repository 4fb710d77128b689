#include "kube/field_set.h"

static const act_str SELF = { ".", 1 };

/* What a node says: whether the path up to it is in the set, and its steps. */
static bool has_self(const act_json *node)
{
    return node && (node->count == 0 || act_json_get(node, SELF));
}

static size_t steps_of(const act_json *node, const act_json_member **ret)
{
    size_t n = 0;
    *ret = node ? act_json_members(node, &n) : NULL;
    return n;
}

static bool is_self(const act_json_member *m)
{
    return act_str_eq(m->key, SELF);
}

/* A node of @self and @steps (an object of steps, perhaps empty); NULL when it is nothing.
 */
static int make_node(act_arena *a, bool self, const act_json *steps, const act_json **ret)
{
    if (!self && steps->count == 0) {
        *ret = NULL;
        return 0;
    }
    act_json *node = act_arena_make(a, act_json);
    if (!node)
        return ACT_ENOMEM;
    int r = 0;
    *node = *steps;
    if (self && steps->count > 0)
        r = act_json_with(a, steps, SELF, act_json_of_object(), node);
    *ret = node;
    return r;
}

static int add_step(act_arena *a, act_json *steps, act_str key, const act_json *value)
{
    act_json next;
    int r = act_json_with(a, steps, key, *value, &next);
    if (!r)
        *steps = next;
    return r;
}

bool act_fields_is_empty(const act_json *set)
{
    return !set || set->count == 0;
}

/* The algebra below works on nodes; at the top no path ends, so self is false there. */

static int unite(act_arena *a, const act_json *x, const act_json *y, bool top,
                 const act_json **ret)
{
    const act_json_member *m;
    act_json steps = act_json_of_object();
    int r = 0;
    size_t n = steps_of(x, &m);
    for (size_t i = 0; i < n && !r; i++) {
        const act_json *both = &m[i].value;
        const act_json *other = y ? act_json_get(y, m[i].key) : NULL;
        if (is_self(&m[i]))
            continue;
        if (other)
            r = unite(a, &m[i].value, other, false, &both);
        if (!r)
            r = add_step(a, &steps, m[i].key, both);
    }
    n = steps_of(y, &m);
    for (size_t i = 0; i < n && !r; i++)
        if (!is_self(&m[i]) && !(x && act_json_get(x, m[i].key)))
            r = add_step(a, &steps, m[i].key, &m[i].value);
    return r ? r : make_node(a, !top && (has_self(x) || has_self(y)), &steps, ret);
}

int act_fields_union(act_arena *a, const act_json *x, const act_json *y,
                     const act_json **ret)
{
    return unite(a, x, y, true, ret);
}

static int subtract(act_arena *a, const act_json *x, const act_json *y, bool top,
                    const act_json **ret)
{
    const act_json_member *m;
    act_json steps = act_json_of_object();
    int r = 0;
    size_t n = steps_of(x, &m);
    for (size_t i = 0; i < n && !r; i++) {
        const act_json *left = &m[i].value;
        const act_json *other = y ? act_json_get(y, m[i].key) : NULL;
        if (is_self(&m[i]))
            continue;
        if (other)
            r = subtract(a, &m[i].value, other, false, &left);
        if (!r && left)
            r = add_step(a, &steps, m[i].key, left);
    }
    return r ? r : make_node(a, !top && has_self(x) && !has_self(y), &steps, ret);
}

int act_fields_minus(act_arena *a, const act_json *x, const act_json *y,
                     const act_json **ret)
{
    return subtract(a, x, y, true, ret);
}

static int intersect(act_arena *a, const act_json *x, const act_json *y, bool top,
                     const act_json **ret)
{
    const act_json_member *m;
    act_json steps = act_json_of_object();
    int r = 0;
    size_t n = steps_of(x, &m);
    for (size_t i = 0; i < n && !r; i++) {
        const act_json *common = NULL;
        const act_json *other = y ? act_json_get(y, m[i].key) : NULL;
        if (is_self(&m[i]) || !other)
            continue;
        r = intersect(a, &m[i].value, other, false, &common);
        if (!r && common)
            r = add_step(a, &steps, m[i].key, common);
    }
    return r ? r : make_node(a, !top && has_self(x) && has_self(y), &steps, ret);
}

int act_fields_common(act_arena *a, const act_json *x, const act_json *y,
                      const act_json **ret)
{
    return intersect(a, x, y, true, ret);
}

bool act_fields_equal(const act_json *x, const act_json *y)
{
    if (act_fields_is_empty(x) || act_fields_is_empty(y))
        return act_fields_is_empty(x) && act_fields_is_empty(y);
    return act_json_equal(x, y);
}

/* ---- paths as text ----------------------------------------------------------------- */

/* "f:name" as .name, "k:{"name":"a"}" as [name="a"], "v:"x"" as [="x"]. */
static void write_step(act_str key, act_buf *out)
{
    act_str rest = act_str_cut(key, 2);
    if (act_str_starts(key, ACT_STR("f:"))) {
        act_buf_add_byte(out, '.');
        act_buf_add(out, rest);
    } else if (act_str_starts(key, ACT_STR("v:"))) {
        act_buf_printf(out, "[=%.*s]", ACT_STR_ARG(rest));
    } else if (act_str_starts(rest, ACT_STR("{\"")) && act_str_ends(rest, ACT_STR("}"))) {
        /* {"name":"a"}: one key, as all our lists have. */
        rest = act_str_head(act_str_cut(rest, 2), rest.len - 3);
        size_t quote = act_str_find(rest, ACT_STR("\":"));
        act_buf_add_byte(out, '[');
        if (quote != SIZE_MAX) {
            act_buf_add(out, act_str_head(rest, quote));
            act_buf_add_byte(out, '=');
            act_buf_add(out, act_str_cut(rest, quote + 2));
        }
        act_buf_add_byte(out, ']');
    }
}

typedef struct {
    int (*fn)(void *ctx, act_str path);
    void *ctx;
    act_buf path;
} walk;

static int walk_node(walk *w, const act_json *node, bool top)
{
    const act_json_member *m;
    size_t n = steps_of(node, &m);
    int r = 0;
    if (!top && has_self(node)) {
        r = act_buf_err(&w->path);
        if (!r)
            r = w->fn(w->ctx, act_buf_str(&w->path));
    }
    for (size_t i = 0; i < n && !r; i++) {
        size_t len = w->path.len;
        if (is_self(&m[i]))
            continue;
        write_step(m[i].key, &w->path);
        r = walk_node(w, &m[i].value, false);
        w->path.len = len;
    }
    return r;
}

int act_fields_each(const act_json *set, int (*fn)(void *ctx, act_str path), void *ctx)
{
    walk w = { .fn = fn, .ctx = ctx };
    int r = walk_node(&w, set, true);
    act_buf_done(&w.path);
    return r;
}
