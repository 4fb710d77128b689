#include "kube/field_set.h"

#include "base/json_builder.h"

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

bool act_fields_is_empty(const act_json *set)
{
    return !set || set->count == 0;
}

/* The algebra below works on nodes; at the top no path ends, so self is false there. A node
 * in the making has "." first; without any member it is nothing, unless it is a leaf. */
typedef struct {
    act_json_object_builder steps;
    bool self;
} node_maker;

static node_maker node_in(act_arena *a, bool self)
{
    node_maker n = { act_json_object_in(a), self };
    if (self)
        act_json_object_add(&n.steps, SELF, act_json_of_object());
    return n;
}

/* NULL when the node is nothing. */
static int node_built(node_maker *n, const act_json **ret)
{
    if (n->steps.n == 0 && !n->steps.err) {
        *ret = NULL;
        return 0;
    }
    act_json *made = act_arena_make(n->steps.arena, act_json);
    if (!made)
        return ACT_ENOMEM;
    if (n->self && n->steps.n == 1)
        n->steps.n = 0;
    *ret = made;
    return act_json_object_built(&n->steps, made);
}

/* What a set of two has where the one or both have something; NULL: nothing. */
typedef int combine(act_arena *a, const act_json *x, const act_json *y, bool top,
                    const act_json **ret);

/* Put together for each step of @x what @how makes of it and @y. */
static int combine_steps(node_maker *n, const act_json *x, const act_json *y, combine *how)
{
    const act_json_member *m;
    size_t count = steps_of(x, &m);
    int r = 0;
    for (size_t i = 0; i < count && !r; i++) {
        const act_json *below = NULL;
        if (is_self(&m[i]))
            continue;
        r = how(n->steps.arena, &m[i].value, act_json_get_hashed(y, m[i].key, m[i].hash),
                false, &below);
        if (!r && below)
            act_json_object_add_as(&n->steps, &m[i], *below);
    }
    return r;
}

static int unite(act_arena *a, const act_json *x, const act_json *y, bool top,
                 const act_json **ret)
{
    node_maker n = node_in(a, !top && (has_self(x) || has_self(y)));
    const act_json_member *m;
    int r = combine_steps(&n, x, y, unite);
    size_t count = steps_of(y, &m);
    for (size_t i = 0; i < count; i++)
        if (!is_self(&m[i]) && !act_json_get_hashed(x, m[i].key, m[i].hash))
            act_json_object_add_as(&n.steps, &m[i], m[i].value);
    return r ? r : node_built(&n, ret);
}

int act_fields_union(act_arena *a, const act_json *x, const act_json *y,
                     const act_json **ret)
{
    return unite(a, x, y, true, ret);
}

static int subtract(act_arena *a, const act_json *x, const act_json *y, bool top,
                    const act_json **ret)
{
    if (!y) {
        *ret = x;
        return 0;
    }
    node_maker n = node_in(a, !top && has_self(x) && !has_self(y));
    int r = combine_steps(&n, x, y, subtract);
    return r ? r : node_built(&n, ret);
}

int act_fields_minus(act_arena *a, const act_json *x, const act_json *y,
                     const act_json **ret)
{
    return subtract(a, x, y, true, ret);
}

static int intersect(act_arena *a, const act_json *x, const act_json *y, bool top,
                     const act_json **ret)
{
    node_maker n = node_in(a, !top && has_self(x) && has_self(y));
    int r = y ? combine_steps(&n, x, y, intersect) : 0;
    return r ? r : node_built(&n, ret);
}

int act_fields_common(act_arena *a, const act_json *x, const act_json *y,
                      const act_json **ret)
{
    return intersect(a, x, y, true, ret);
}

static int add_containers(act_arena *a, const act_json *x, const act_json *y, bool top,
                          const act_json **ret)
{
    node_maker n = node_in(a, !top);
    int r = combine_steps(&n, x, y, add_containers);
    return r ? r : node_built(&n, ret);
}

int act_fields_with_containers(act_arena *a, const act_json *x, const act_json **ret)
{
    return add_containers(a, x, NULL, true, ret);
}

bool act_fields_equal(const act_json *x, const act_json *y)
{
    if (act_fields_is_empty(x) || act_fields_is_empty(y))
        return act_fields_is_empty(x) && act_fields_is_empty(y);
    return act_json_equal(x, y);
}

static bool is_step(act_str key)
{
    return key.len > 2 && key.ptr[1] == ':' &&
           (key.ptr[0] == 'f' || key.ptr[0] == 'k' || key.ptr[0] == 'v' ||
            key.ptr[0] == 'i');
}

bool act_fields_are_valid(const act_json *set)
{
    const act_json_member *m;
    size_t n = steps_of(set, &m);
    if (!set || set->type != ACT_JSON_OBJECT)
        return false;
    for (size_t i = 0; i < n; i++)
        if ((!is_self(&m[i]) && !is_step(m[i].key)) || !act_fields_are_valid(&m[i].value))
            return false;
    return true;
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
