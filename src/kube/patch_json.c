#include "kube/patch.h"

/* A JSON pointer (RFC 6901), split and unescaped. */
typedef struct {
    act_str *tokens;
    size_t n;
} pointer;

enum change { CHANGE_ADD, CHANGE_REPLACE, CHANGE_REMOVE };

/* ~1 is '/', ~0 is '~'. */
static int unescape(act_arena *a, act_str raw, act_str *ret)
{
    char *out = act_arena_bytes(a, raw.len + 1);
    if (!out)
        return ACT_ENOMEM;
    size_t len = 0;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '~') {
            if (++i == raw.len || (raw.ptr[i] != '0' && raw.ptr[i] != '1'))
                return ACT_EPARSE;
            c = raw.ptr[i] == '1' ? '/' : '~';
        }
        out[len++] = c;
    }
    *ret = act_str_from(out, len);
    return 0;
}

static int read_pointer(act_arena *a, const act_json *text, pointer *ret)
{
    if (!text || text->type != ACT_JSON_STRING)
        return ACT_EPARSE;
    act_str rest = text->as.string;
    pointer p = { 0 };
    if (rest.len > 0) {
        if (rest.ptr[0] != '/')
            return ACT_EPARSE;
        size_t n = 0;
        for (size_t i = 0; i < rest.len; i++)
            n += rest.ptr[i] == '/';
        if (n > ACT_PATCH_DEPTH_MAX)
            return ACT_ELIMIT;
        p.tokens = act_arena_make_n(a, act_str, n);
        if (!p.tokens)
            return ACT_ENOMEM;
        rest = act_str_cut(rest, 1);
        while (p.n < n) {
            act_str token;
            rest = act_str_split(rest, '/', &token);
            int r = unescape(a, token, &p.tokens[p.n++]);
            if (r)
                return r;
        }
    }
    *ret = p;
    return 0;
}

/* Position in an array of @count; "-" is behind the last when @may_end. */
static int array_index(act_str token, size_t count, bool may_end, size_t *ret)
{
    uint64_t i;
    if (act_str_eq_cstr(token, "-") && may_end) {
        *ret = count;
        return 0;
    }
    bool leading_zero = token.len > 1 && token.ptr[0] == '0';
    if (leading_zero || act_str_to_u64(token, &i))
        return ACT_EINVAL;
    if (i > count || (i == count && !may_end))
        return ACT_EINVAL;
    *ret = (size_t)i;
    return 0;
}

static const act_json *child(const act_json *v, act_str token)
{
    if (v->type == ACT_JSON_OBJECT)
        return act_json_get(v, token);
    size_t n, i;
    const act_json *items = act_json_items(v, &n);
    if (v->type != ACT_JSON_ARRAY || array_index(token, n, false, &i))
        return NULL;
    return &items[i];
}

static const act_json *find(const act_json *v, const pointer *p)
{
    for (size_t i = 0; v && i < p->n; i++)
        v = child(v, p->tokens[i]);
    return v;
}

static int change_here(act_arena *a, const act_json *v, act_str token, enum change change,
                       const act_json *value, act_json *ret)
{
    if (v->type == ACT_JSON_OBJECT) {
        if (change != CHANGE_ADD && !act_json_get(v, token))
            return ACT_EINVAL;
        return change == CHANGE_REMOVE ? act_json_without(a, v, token, ret)
                                       : act_json_with(a, v, token, *value, ret);
    }
    size_t i;
    if (v->type != ACT_JSON_ARRAY || array_index(token, v->count, change == CHANGE_ADD, &i))
        return ACT_EINVAL;
    if (change == CHANGE_ADD)
        return act_json_insert(a, v, i, *value, ret);
    return change == CHANGE_REMOVE ? act_json_remove(a, v, i, ret)
                                   : act_json_replace(a, v, i, *value, ret);
}

/* @v with the value at @p, from token @at on, changed. */
static int change_at(act_arena *a, const act_json *v, const pointer *p, size_t at,
                     enum change change, const act_json *value, act_json *ret)
{
    if (at == p->n) {
        if (change == CHANGE_REMOVE)
            return ACT_EINVAL;
        *ret = *value;
        return 0;
    }
    if (at == p->n - 1)
        return change_here(a, v, p->tokens[at], change, value, ret);
    const act_json *below = child(v, p->tokens[at]);
    if (!below)
        return ACT_EINVAL;
    act_json changed;
    int r = change_at(a, below, p, at + 1, change, value, &changed);
    return r ? r : change_here(a, v, p->tokens[at], CHANGE_REPLACE, &changed, ret);
}

static bool is_prefix(const pointer *a, const pointer *b)
{
    if (a->n >= b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!act_str_eq(a->tokens[i], b->tokens[i]))
            return false;
    return true;
}

/* Values in @v, at most one more than *left, which is lowered by them. A copy shares memory
 * but not what it takes to write it: copies of copies would grow without end. */
static bool take_values(const act_json *v, size_t *left)
{
    if (*left == 0)
        return false;
    --*left;
    size_t n = 0;
    const act_json_member *m = act_json_members(v, &n);
    for (size_t i = 0; i < n; i++)
        if (!take_values(&m[i].value, left))
            return false;
    const act_json *items = act_json_items(v, &n);
    for (size_t i = 0; i < n; i++)
        if (!take_values(&items[i], left))
            return false;
    return true;
}

static int move_or_copy(act_arena *a, const act_json *v, const act_json *op,
                        const pointer *to, bool move, size_t *left, act_json *ret)
{
    pointer from;
    int r = read_pointer(a, act_json_get(op, ACT_STR("from")), &from);
    if (r)
        return r;
    const act_json *value = find(v, &from);
    if (!value || (move && is_prefix(&from, to)))
        return ACT_EINVAL;
    if (!move && !take_values(value, left))
        return ACT_ELIMIT;
    act_json kept = *value, less = *v;
    if (move)
        r = change_at(a, v, &from, 0, CHANGE_REMOVE, NULL, &less);
    return r ? r : change_at(a, &less, to, 0, CHANGE_ADD, &kept, ret);
}

static int apply(act_arena *a, const act_json *v, const act_json *op, size_t *left,
                 act_json *ret)
{
    pointer path;
    act_str name = act_json_string(act_json_get(op, ACT_STR("op")));
    const act_json *value = act_json_get(op, ACT_STR("value"));
    int r = read_pointer(a, act_json_get(op, ACT_STR("path")), &path);
    if (r)
        return r;
    if (act_str_eq_cstr(name, "remove"))
        return change_at(a, v, &path, 0, CHANGE_REMOVE, NULL, ret);
    if (act_str_eq_cstr(name, "move") || act_str_eq_cstr(name, "copy"))
        return move_or_copy(a, v, op, &path, name.ptr[0] == 'm', left, ret);
    if (!value)
        return ACT_EPARSE;
    if (act_str_eq_cstr(name, "add"))
        return change_at(a, v, &path, 0, CHANGE_ADD, value, ret);
    if (act_str_eq_cstr(name, "replace"))
        return change_at(a, v, &path, 0, CHANGE_REPLACE, value, ret);
    if (!act_str_eq_cstr(name, "test"))
        return ACT_EPARSE;
    const act_json *found = find(v, &path);
    *ret = *v;
    return found && act_json_equal(found, value) ? 0 : ACT_EINVAL;
}

int act_patch_json(act_arena *a, const act_json *target, const act_json *patch,
                   act_json *ret, act_err *reterr)
{
    size_t n;
    const act_json *ops = act_json_items(patch, &n);
    if (patch->type != ACT_JSON_ARRAY)
        return act_fail(reterr, ACT_EPARSE, "a JSON patch is a list of operations");
    if (n > ACT_PATCH_OPERATIONS_MAX)
        return act_fail(reterr, ACT_ELIMIT,
                        "the allowed maximum operations in a JSON patch is %d, got %zu",
                        ACT_PATCH_OPERATIONS_MAX, n);
    act_json v = *target;
    size_t left = ACT_PATCH_COPIED_MAX;
    for (size_t i = 0; i < n; i++) {
        act_json next;
        int r = apply(a, &v, &ops[i], &left, &next);
        if (r == ACT_ENOMEM)
            return r;
        if (r)
            return act_fail(
                reterr, r, "operation %zu (%.*s %.*s) %s", i,
                ACT_STR_ARG(act_json_string(act_json_get(&ops[i], ACT_STR("op")))),
                ACT_STR_ARG(act_json_string(act_json_get(&ops[i], ACT_STR("path")))),
                r == ACT_EPARSE   ? "is not well formed"
                : r == ACT_ELIMIT ? "copies too much"
                                  : "does not apply");
        v = next;
    }
    *ret = v;
    return 0;
}
