/* Calls: namespaced functions, overload resolution, and the operators with own rules. */
#include "cel/check_internal.h"

enum { ARGS_MAX = 33 }; /* receiver and 32 arguments; more match no overload */

static const cel_type *dyn(void)
{
    return cel_type_of(CEL_T_DYN);
}

/* ---- selects --------------------------------------------------------------------------
 */

const cel_type *cel_check_field(cel_checker *c, cel_node *n, const cel_type *operand,
                                act_str field, bool optional)
{
    const cel_type *any = dyn(), *text = cel_type_of(CEL_T_STRING), *t = any;
    (void)field; /* no type has fields of its own: maps have keys */
    operand = cel_subst_shallow(&c->subst, operand);
    if (operand->kind == CEL_T_OPTIONAL) {
        optional = true;
        operand = cel_subst_shallow(&c->subst, operand->args[0]);
    }
    if (operand->kind == CEL_T_MAP &&
        cel_subst_assignable(&c->subst, &text, operand->args, 1))
        t = operand->args[1];
    else if (operand->kind == CEL_T_PARAM)
        (void)cel_subst_assignable(&c->subst, &any, &operand, 1); /* it becomes dyn */
    else if (operand->kind != CEL_T_DYN && operand->kind != CEL_T_ERROR)
        return cel_check_error(c, n, "type '%s' does not support field selection",
                               cel_check_text(c, operand));
    t = cel_subst_shallow(&c->subst, t);
    if (!optional || t->kind == CEL_T_OPTIONAL || !c->checked)
        return t;
    t = cel_type_optional(c->arena, t);
    if (!t)
        cel_check_stop(c, n, ACT_ENOMEM, "out of memory");
    return t ? t : any;
}

/* e.?f is "_?._"(e, 'f'); it has no overloads. */
static const cel_type *check_optional_select(cel_checker *c, cel_node *n)
{
    const cel_node *field = n->as.call.args[1];
    const cel_type *operand = cel_check_node(c, n->as.call.args[0]);
    (void)cel_check_node(c, n->as.call.args[1]);
    return cel_check_field(c, n, operand, cel_value_str(field->as.constant), true);
}

/* ---- overloads ------------------------------------------------------------------------
 */

/* Static types of receiver and arguments. */
typedef struct {
    const cel_type *types[ARGS_MAX];
    uint32_t count;
    bool member;
} arg_types;

static bool enabled(const cel_checker *c, const cel_overload *o)
{
    return (o->def.flags & CEL_FN_OPTION) == 0 || (c->env->options & CEL_OPT_INT_DURATION);
}

static bool has_shape(const cel_checker *c, const cel_overload *o, const arg_types *args)
{
    bool member = (o->def.flags & CEL_FN_MEMBER) != 0;
    return member == args->member && o->param_count == args->count && enabled(c, o);
}

/* Does @o take @args? Then *ret is its result. */
static bool matches(cel_checker *c, const cel_overload *o, const arg_types *args,
                    const cel_type **ret)
{
    const cel_type *params[ARGS_MAX];
    if (!has_shape(c, o, args))
        return false;
    uint32_t first = cel_subst_reserve(&c->subst, o->type_params);
    for (uint32_t i = 0; i < args->count; i++)
        params[i] = cel_subst_instance(&c->subst, o->params[i], first);
    c->subst.signature = first;
    bool fit = cel_subst_assignable(&c->subst, args->types, params, args->count);
    c->subst.signature = 0;
    if (!fit)
        return false;
    *ret =
        cel_subst_deep(&c->subst, cel_subst_instance(&c->subst, o->result, first), false);
    return true;
}

/* Overloads that stay possible, and their common result. */
typedef struct {
    const cel_overload **found;
    uint32_t count;
    const cel_type *result;
} resolution;

static void keep(resolution *r, const cel_overload *o, const cel_type *result)
{
    r->found[r->count++] = o;
    if (!r->result)
        r->result = result;
    else if (!cel_type_same(r->result, result))
        r->result = dyn();
}

/* Ordering of 1 < 1.0 is a matter of an option for the checker, but not when running: with
 * a dyn operand the overloads across types stay possible. */
static bool is_cross(const cel_checker *c, const cel_overload *o)
{
    return (o->def.flags & CEL_FN_CROSS) && (c->env->options & CEL_OPT_CROSS_TYPE) == 0;
}

static void resolve(cel_checker *c, const cel_function *f, const arg_types *args,
                    resolution *r)
{
    const cel_type *result;
    for (int cross = 0; cross <= 1; cross++) {
        if (cross && r->count == 0)
            return;
        for (uint32_t i = 0; i < f->count; i++) {
            const cel_overload *o = f->overloads[i];
            if (is_cross(c, o) == (cross == 1) && matches(c, o, args, &result))
                keep(r, o, result);
        }
    }
}

/* "(int, string)", or "int.(string)" for a member. */
static const char *args_text(cel_checker *c, const arg_types *args)
{
    act_buf out = ACT_BUF_INIT;
    act_str text = ACT_STR("(?)");
    for (uint32_t i = 0; i < args->count; i++) {
        if (i == 0 && !args->member)
            act_buf_add_byte(&out, '(');
        else if (i > args->member)
            act_buf_add(&out, ACT_STR(", "));
        cel_type_write(cel_subst_deep(&c->subst, args->types[i], false), &out);
        if (i == 0 && args->member)
            act_buf_add(&out, ACT_STR(".("));
    }
    if (args->count == 0)
        act_buf_add_byte(&out, '(');
    act_buf_add_byte(&out, ')');
    if (act_buf_err(&out) || act_arena_str(c->arena, act_buf_str(&out), &text))
        text = ACT_STR("(?)");
    act_buf_done(&out);
    return text.ptr;
}

static bool has_error(const cel_checker *c, const arg_types *args)
{
    for (uint32_t i = 0; i < args->count; i++) {
        if (cel_subst_shallow(&c->subst, args->types[i])->kind == CEL_T_ERROR)
            return true;
    }
    return false;
}

static const cel_type *resolve_call(cel_checker *c, cel_node *n, const cel_function *f,
                                    const arg_types *args)
{
    resolution r = { .found = act_arena_make_n(c->arena, const cel_overload *, f->count) };
    if (!r.found) {
        cel_check_stop(c, n, ACT_ENOMEM, "out of memory");
        return dyn();
    }
    resolve(c, f, args, &r);
    n->as.call.function = f;
    n->as.call.overloads = r.found;
    n->as.call.overload_count = r.count;
    if (r.count == 0 && has_error(c, args))
        return cel_type_of(CEL_T_ERROR); /* which was told where it is */
    if (r.count == 0)
        return cel_check_error(c, n,
                               "found no matching overload for '%.*s' applied to '%s'",
                               ACT_STR_ARG(n->as.call.name), args_text(c, args));
    cel_check_valid_call(c, n);
    return c->checked ? r.result : dyn();
}

/* ---- calls ----------------------------------------------------------------------------
 */

/* x.y.f(...) where x.y.f is a function: the receiver was its namespace. */
static const cel_function *namespaced(cel_checker *c, cel_node *n)
{
    act_str space, name;
    if (!n->as.call.target || !cel_check_qualified(c, n->as.call.target, &space))
        return NULL;
    if (act_arena_printf(c->arena, &name, "%.*s.%.*s", ACT_STR_ARG(space),
                         ACT_STR_ARG(n->as.call.name))) {
        cel_check_stop(c, n, ACT_ENOMEM, "out of memory");
        return NULL;
    }
    const cel_function *f = cel_check_function(c, name);
    if (f) {
        n->as.call.target = NULL;
        n->as.call.name = f->name;
    }
    return f;
}

static void check_arguments(cel_checker *c, cel_node *n, arg_types *args)
{
    if (n->as.call.target) {
        args->member = true;
        args->types[args->count++] = cel_check_node(c, n->as.call.target);
    }
    for (uint32_t i = 0; i < n->as.call.argc; i++) {
        const cel_type *t = cel_check_node(c, n->as.call.args[i]);
        if (args->count < ARGS_MAX)
            args->types[args->count++] = t;
    }
}

/* math.foo(...): one error, not one for math and one for foo. */
static const cel_type *unknown_in_namespace(cel_checker *c, cel_node *n)
{
    const cel_node *space = n->as.call.target;
    const cel_type *t = cel_check_error(
        c, space, "undeclared reference to '%.*s.%.*s' (in container '%.*s')",
        ACT_STR_ARG(space->as.ident.name), ACT_STR_ARG(n->as.call.name),
        ACT_STR_ARG(c->env->container));
    for (uint32_t i = 0; i < n->as.call.argc; i++)
        (void)cel_check_node(c, n->as.call.args[i]);
    return t;
}

/* Each operand of && and || must be bool on its own. */
static const cel_type *check_logic(cel_checker *c, cel_node *n)
{
    const cel_type *want = cel_type_of(CEL_T_BOOL);
    n->as.call.function = cel_check_function(c, n->as.call.name);
    for (uint32_t i = 0; i < n->as.call.argc; i++) {
        const cel_type *t = cel_check_node(c, n->as.call.args[i]);
        if (!cel_subst_assignable(&c->subst, &t, &want, 1))
            (void)cel_check_error(c, n->as.call.args[i],
                                  "expected type 'bool' but found '%s'",
                                  cel_check_text(c, t));
    }
    if (n->as.call.function) {
        n->as.call.overloads = n->as.call.function->overloads;
        n->as.call.overload_count = n->as.call.function->count;
    }
    return c->checked ? want : dyn();
}

const cel_type *cel_check_call(cel_checker *c, cel_node *n)
{
    arg_types args = { .count = 0 };
    if (cel_node_is_call(n, "_?._", 2) && !n->as.call.target)
        return check_optional_select(c, n);
    if (cel_node_is_call(n, "_&&_", 2) || cel_node_is_call(n, "_||_", 2))
        return check_logic(c, n);
    const cel_function *f = namespaced(c, n);
    if (!f && c->checked && n->as.call.target &&
        cel_check_is_namespace(c, n->as.call.target))
        return unknown_in_namespace(c, n);
    if (!f)
        f = cel_check_function(c, n->as.call.name);
    check_arguments(c, n, &args);
    if (f)
        n->as.call.name = f->name;
    else
        return cel_check_error(c, n, "undeclared reference to '%.*s' (in container '%.*s')",
                               ACT_STR_ARG(n->as.call.name),
                               ACT_STR_ARG(c->env->container));
    return resolve_call(c, n, f, &args);
}
