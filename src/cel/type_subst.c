/* Unification with gradual typing: bindings of type parameters, after cel-go's checker. */
#include "cel/type.h"

static bool assignable(cel_subst *s, const cel_type *from, const cel_type *to);

/* One unit of work; false when there was too much of it. */
static bool step(cel_subst *s)
{
    if (s->steps++ >= CEL_SUBST_STEPS_MAX && !s->err)
        s->err = ACT_ELIMIT;
    return s->err == 0;
}

static bool grow_bound(cel_subst *s, uint32_t count)
{
    if (count <= s->size)
        return true;
    uint32_t size = count < 16 ? 16 : count * 2;
    const cel_type **bound = act_arena_make_n(s->arena, const cel_type *, size);
    if (!bound) {
        s->err = ACT_ENOMEM;
        return false;
    }
    if (s->count > 0)
        memcpy(bound, s->bound, s->count * sizeof(*bound));
    s->bound = bound;
    s->size = size;
    return true;
}

uint32_t cel_subst_reserve(cel_subst *s, uint32_t n)
{
    uint32_t first = CEL_TYPE_FRESH + s->count;
    if (grow_bound(s, s->count + n))
        s->count += n;
    return first;
}

static const cel_type *param(cel_subst *s, uint32_t id)
{
    const cel_type *t = cel_type_param(s->arena, id, (act_str){ 0 });
    if (t && !s->err)
        return t;
    if (!t)
        s->err = ACT_ENOMEM;
    return cel_type_of(CEL_T_DYN);
}

const cel_type *cel_subst_fresh(cel_subst *s)
{
    return param(s, cel_subst_reserve(s, 1));
}

static const cel_type *find(const cel_subst *s, const cel_type *t)
{
    uint32_t i = t->id - CEL_TYPE_FRESH;
    return t->kind == CEL_T_PARAM && t->id >= CEL_TYPE_FRESH && i < s->count ? s->bound[i]
                                                                             : NULL;
}

static void bind(cel_subst *s, const cel_type *p, const cel_type *to)
{
    uint32_t i = p->id - CEL_TYPE_FRESH;
    if (i >= s->count)
        return; /* after a failure only */
    if (s->trail_count == s->trail_size) {
        uint32_t size = s->trail_size ? s->trail_size * 2 : 16;
        struct cel_type_undo *trail =
            act_arena_make_n(s->arena, struct cel_type_undo, size);
        if (!trail) {
            s->err = ACT_ENOMEM;
            return;
        }
        if (s->trail_count > 0)
            memcpy(trail, s->trail, s->trail_count * sizeof(*trail));
        s->trail = trail;
        s->trail_size = size;
    }
    s->trail[s->trail_count++] = (struct cel_type_undo){ .id = i, .before = s->bound[i] };
    s->bound[i] = to;
}

static void undo(cel_subst *s, uint32_t mark)
{
    while (s->trail_count > mark) {
        const struct cel_type_undo *u = &s->trail[--s->trail_count];
        s->bound[u->id] = u->before;
    }
}

/* The occurs check: parameter @p does not appear inside @t. */
static bool absent(cel_subst *s, const cel_type *p, const cel_type *t)
{
    if (!step(s) || cel_type_same(p, t))
        return false;
    if (t->kind == CEL_T_PARAM) {
        const cel_type *bound = find(s, t);
        return !bound || absent(s, p, bound);
    }
    for (uint8_t i = 0; i < t->count; i++) {
        if (!absent(s, p, t->args[i]))
            return false;
    }
    return true;
}

static bool is_wild(const cel_type *t)
{
    return t->kind == CEL_T_DYN || t->kind == CEL_T_ERROR;
}

static bool is_nullable(const cel_type *t)
{
    return t->kind == CEL_T_NULL || t->kind == CEL_T_OPTIONAL || t->kind == CEL_T_OPAQUE ||
           t->kind == CEL_T_TIMESTAMP || t->kind == CEL_T_DURATION;
}

/* Is @a equal to or less specific than @b, part by part? */
static bool as_general(const cel_type *a, const cel_type *b)
{
    if (a->kind == CEL_T_DYN || a->kind == CEL_T_PARAM)
        return true;
    if (b->kind == CEL_T_DYN || b->kind == CEL_T_PARAM)
        return false;
    if (b->kind == CEL_T_NULL && is_nullable(a))
        return true;
    if (a->kind == CEL_T_TYPE || a->kind != b->kind || a->count != b->count)
        return a->kind == b->kind;
    if (a->kind == CEL_T_OPAQUE && !act_str_eq(a->name, b->name))
        return false;
    for (uint8_t i = 0; i < a->count; i++) {
        if (!as_general(a->args[i], b->args[i]))
            return false;
    }
    return true;
}

static const cel_type *more_general(const cel_type *a, const cel_type *b)
{
    return as_general(a, b) ? a : b;
}

/* May parameter @p stand for @t? *known tells whether it stood for something before. */
static bool substitute(cel_subst *s, const cel_type *t, const cel_type *p, bool *known)
{
    *known = true;
    if (cel_type_same(t, p))
        return true;
    const cel_type *bound = find(s, p);
    if (bound) {
        if (cel_type_same(t, bound))
            return true;
        if (!assignable(s, t, bound))
            return false;
        const cel_type *wider = more_general(t, bound);
        if (wider != bound && absent(s, p, wider))
            bind(s, p, wider);
        return true;
    }
    *known = false;
    if (!absent(s, p, t))
        return false;
    bind(s, p, t);
    return true;
}

static bool assignable_args(cel_subst *s, const cel_type *from, const cel_type *to)
{
    if (from->kind != to->kind || from->count != to->count)
        return false;
    for (uint8_t i = 0; i < from->count; i++) {
        if (!assignable(s, from->args[i], to->args[i]))
            return false;
    }
    return true;
}

/* Does @t hold a parameter of the overload at hand? Those of empty literals and the like,
 * which have lower numbers, are not told anything by a comparison of types. */
static bool has_own_param(const cel_subst *s, const cel_type *t)
{
    if (t->kind == CEL_T_PARAM)
        return s->signature && t->id >= s->signature;
    for (uint8_t i = 0; i < t->count; i++) {
        if (has_own_param(s, t->args[i]))
            return true;
    }
    return false;
}

/* Types of all types are comparable, so a type that is another than the signature has it
 * says nothing about the parameters, and fits. */
static bool assignable_type(cel_subst *s, const cel_type *from, const cel_type *to)
{
    if (to->kind != CEL_T_TYPE)
        return false;
    uint32_t mark = s->trail_count;
    if (has_own_param(s, to) && !assignable_args(s, from, to))
        undo(s, mark);
    return true;
}

static bool assignable(cel_subst *s, const cel_type *from, const cel_type *to)
{
    bool known;
    if (!step(s))
        return false;
    if (to->kind == CEL_T_PARAM) {
        if (substitute(s, from, to, &known))
            return true;
        if (known)
            return false;
    }
    if (from->kind == CEL_T_PARAM)
        return substitute(s, to, from, &known);
    if (is_wild(from) || is_wild(to))
        return true;
    if (from->kind == CEL_T_NULL || to->kind == CEL_T_NULL)
        return is_nullable(from) && is_nullable(to);
    if (from->kind == CEL_T_TYPE)
        return assignable_type(s, from, to);
    if (from->kind == CEL_T_OPAQUE && to->kind == CEL_T_OPAQUE &&
        !act_str_eq(from->name, to->name))
        return false;
    return assignable_args(s, from, to);
}

bool cel_subst_assignable(cel_subst *s, const cel_type *const *from,
                          const cel_type *const *to, uint32_t n)
{
    uint32_t mark = s->trail_count;
    for (uint32_t i = 0; i < n; i++) {
        if (!assignable(s, from[i], to[i])) {
            undo(s, mark);
            return false;
        }
    }
    return true;
}

const cel_type *cel_subst_join(cel_subst *s, const cel_type *a, const cel_type *b)
{
    return cel_subst_assignable(s, &a, &b, 1) ? more_general(a, b) : NULL;
}

const cel_type *cel_subst_shallow(const cel_subst *s, const cel_type *t)
{
    const cel_type *bound;
    while ((bound = find(s, t)) != NULL)
        t = bound;
    return t;
}

/* @t with its arguments replaced by @args; @t itself when they are the same. */
static const cel_type *rebuilt(cel_subst *s, const cel_type *t, const cel_type *const *args)
{
    bool same = true;
    for (uint8_t i = 0; i < t->count; i++)
        same &= args[i] == t->args[i];
    if (same)
        return t;
    const cel_type *n = NULL;
    switch ((enum cel_type_kind)t->kind) {
    case CEL_T_LIST:
        n = cel_type_list(s->arena, args[0]);
        break;
    case CEL_T_MAP:
        n = cel_type_map(s->arena, args[0], args[1]);
        break;
    case CEL_T_TYPE:
        n = cel_type_type(s->arena, args[0]);
        break;
    case CEL_T_OPTIONAL:
        n = cel_type_optional(s->arena, args[0]);
        break;
    case CEL_T_OPAQUE:
        n = cel_type_opaque(s->arena, t->name, args, t->count);
        break;
    default:
        return t;
    }
    if (!n)
        s->err = ACT_ENOMEM;
    return n ? n : cel_type_of(CEL_T_DYN);
}

const cel_type *cel_subst_deep(cel_subst *s, const cel_type *t, bool unbound_to_dyn)
{
    if (!step(s))
        return cel_type_of(CEL_T_DYN);
    t = cel_subst_shallow(s, t);
    if (t->kind == CEL_T_PARAM)
        return unbound_to_dyn ? cel_type_of(CEL_T_DYN) : t;
    const cel_type *args[CEL_TYPE_ARGS_MAX] = { NULL };
    for (uint8_t i = 0; i < t->count; i++)
        args[i] = cel_subst_deep(s, t->args[i], unbound_to_dyn);
    return rebuilt(s, t, args);
}

const cel_type *cel_subst_instance(cel_subst *s, const cel_type *t, uint32_t first)
{
    if (t->kind == CEL_T_PARAM)
        return t->id < CEL_TYPE_FRESH ? param(s, first + t->id) : t;
    const cel_type *args[CEL_TYPE_ARGS_MAX] = { NULL };
    for (uint8_t i = 0; i < t->count; i++)
        args[i] = cel_subst_instance(s, t->args[i], first);
    return rebuilt(s, t, args);
}
