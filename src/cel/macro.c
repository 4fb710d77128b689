/* Which macro a call is, and the expanders of the standard and two-variable macros. */
#include "cel/parse_internal.h"

static bool matches(const cel_macro *m, const cel_node *call)
{
    const cel_node *target = call->as.call.target;
    if (m->member != (target != NULL) || !act_str_eq_cstr(call->as.call.name, m->name))
        return false;
    if (m->argc != CEL_MACRO_ANY_ARGS && (uint32_t)m->argc != call->as.call.argc)
        return false;
    return !m->target || (target->kind == CEL_NODE_IDENT &&
                          act_str_eq_cstr(target->as.ident.name, m->target));
}

cel_node *cel_macro_expand(cel_parser *p, cel_node *call)
{
    for (uint32_t i = 0; i < p->env->macro_count; i++) {
        if (!matches(p->env->macros[i], call))
            continue;
        cel_node *n = p->env->macros[i]->expand(p, call);
        if (n && n != call)
            n->macro = call;
        return n;
    }
    return call;
}

cel_node *cel_macro_refuse(cel_parser *p, cel_node *call, const cel_node *at,
                           const char *format, ...)
{
    char text[128];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* a cut message is good enough */
    va_end(args);
    (void)cel_parse_fail(p, ACT_EPARSE, at->offset, "%s", text);
    return call;
}

bool cel_macro_is_name(const cel_node *n)
{
    return n->kind == CEL_NODE_IDENT && n->as.ident.name.ptr[0] != '.' &&
           !cel_lex_is_reserved(n->as.ident.name);
}

static cel_node *expand_has(cel_parser *p, cel_node *call)
{
    cel_node *e = call->as.call.args[0];
    if (e->kind != CEL_NODE_SELECT || e->as.select.test_only)
        return cel_macro_refuse(p, call, e, "invalid argument to has() macro");
    cel_node *n = cel_make_select(p, e->offset, e->as.select.operand, e->as.select.field);
    if (n)
        n->as.select.test_only = true;
    return n;
}

/* The name that argument @i declares; empty after an error. */
static act_str variable(cel_parser *p, cel_node *call, uint32_t i, const char *otherwise)
{
    const cel_node *n = call->as.call.args[i];
    act_str none = { 0 };
    if (!cel_macro_is_name(n)) {
        (void)cel_macro_refuse(p, call, n, "%s", otherwise);
        return none;
    }
    if (act_str_eq_cstr(n->as.ident.name, "__result__") ||
        act_str_eq_cstr(n->as.ident.name, "@result")) {
        (void)cel_macro_refuse(p, call, n,
                               "iteration variable overwrites accumulator variable");
        return none;
    }
    return n->as.ident.name;
}

static const char simple_name[] = "argument must be a simple name";

/* r.f(x, [filter,] step) */
static cel_node *fold1(cel_parser *p, cel_node *call, enum cel_fold_kind kind,
                       cel_node *filter, cel_node *step)
{
    const char *otherwise = kind == CEL_FOLD_MAP || kind == CEL_FOLD_FILTER
                                ? "argument is not an identifier"
                                : simple_name;
    act_str x = variable(p, call, 0, otherwise);
    if (!x.ptr)
        return call;
    return cel_make_fold(p, call->offset, kind, call->as.call.target, x, (act_str){ 0 },
                         filter, step);
}

/* r.f(i, v, [filter,] step) */
static cel_node *fold2(cel_parser *p, cel_node *call, enum cel_fold_kind kind,
                       cel_node *filter, cel_node *step)
{
    act_str x = variable(p, call, 0, simple_name);
    act_str y = x.ptr ? variable(p, call, 1, simple_name) : x;
    if (!y.ptr)
        return call;
    if (act_str_eq(x, y)) {
        (void)cel_parse_fail(p, ACT_EPARSE, call->as.call.args[1]->offset,
                             "duplicate variable name: %.*s", ACT_STR_ARG(x));
        return call;
    }
    return cel_make_fold(p, call->offset, kind, call->as.call.target, x, y, filter, step);
}

static cel_node *expand_all(cel_parser *p, cel_node *call)
{
    return fold1(p, call, CEL_FOLD_ALL, NULL, call->as.call.args[1]);
}

static cel_node *expand_exists(cel_parser *p, cel_node *call)
{
    return fold1(p, call, CEL_FOLD_EXISTS, NULL, call->as.call.args[1]);
}

static cel_node *expand_exists_one(cel_parser *p, cel_node *call)
{
    return fold1(p, call, CEL_FOLD_EXISTS_ONE, NULL, call->as.call.args[1]);
}

static cel_node *expand_map(cel_parser *p, cel_node *call)
{
    cel_node **args = call->as.call.args;
    bool filtered = call->as.call.argc == 3;
    return fold1(p, call, CEL_FOLD_MAP, filtered ? args[1] : NULL, args[filtered ? 2 : 1]);
}

static cel_node *expand_filter(cel_parser *p, cel_node *call)
{
    return fold1(p, call, CEL_FOLD_FILTER, call->as.call.args[1], NULL);
}

const cel_macro cel_macros_std[CEL_MACROS_STD] = {
    { .name = "has", .argc = 1, .expand = expand_has },
    { .name = "all", .member = true, .argc = 2, .expand = expand_all },
    { .name = "exists", .member = true, .argc = 2, .expand = expand_exists },
    { .name = "exists_one", .member = true, .argc = 2, .expand = expand_exists_one },
    { .name = "existsOne", .member = true, .argc = 2, .expand = expand_exists_one },
    { .name = "map", .member = true, .argc = 2, .expand = expand_map },
    { .name = "map", .member = true, .argc = 3, .expand = expand_map },
    { .name = "filter", .member = true, .argc = 2, .expand = expand_filter },
};

static cel_node *expand_all2(cel_parser *p, cel_node *call)
{
    return fold2(p, call, CEL_FOLD_ALL, NULL, call->as.call.args[2]);
}

static cel_node *expand_exists2(cel_parser *p, cel_node *call)
{
    return fold2(p, call, CEL_FOLD_EXISTS, NULL, call->as.call.args[2]);
}

static cel_node *expand_exists_one2(cel_parser *p, cel_node *call)
{
    return fold2(p, call, CEL_FOLD_EXISTS_ONE, NULL, call->as.call.args[2]);
}

static cel_node *transform(cel_parser *p, cel_node *call, enum cel_fold_kind kind)
{
    cel_node **args = call->as.call.args;
    bool filtered = call->as.call.argc == 4;
    return fold2(p, call, kind, filtered ? args[2] : NULL, args[filtered ? 3 : 2]);
}

static cel_node *expand_transform_list(cel_parser *p, cel_node *call)
{
    return transform(p, call, CEL_FOLD_TRANSFORM_LIST);
}

static cel_node *expand_transform_map(cel_parser *p, cel_node *call)
{
    return transform(p, call, CEL_FOLD_TRANSFORM_MAP);
}

static cel_node *expand_transform_entry(cel_parser *p, cel_node *call)
{
    return transform(p, call, CEL_FOLD_TRANSFORM_MAP_ENTRY);
}

const cel_macro cel_macros_twovar[CEL_MACROS_TWOVAR] = {
    { .name = "all", .member = true, .argc = 3, .expand = expand_all2 },
    { .name = "exists", .member = true, .argc = 3, .expand = expand_exists2 },
    { .name = "exists_one", .member = true, .argc = 3, .expand = expand_exists_one2 },
    { .name = "existsOne", .member = true, .argc = 3, .expand = expand_exists_one2 },
    { .name = "transformList", .member = true, .argc = 3, .expand = expand_transform_list },
    { .name = "transformList", .member = true, .argc = 4, .expand = expand_transform_list },
    { .name = "transformMap", .member = true, .argc = 3, .expand = expand_transform_map },
    { .name = "transformMap", .member = true, .argc = 4, .expand = expand_transform_map },
    { .name = "transformMapEntry",
      .member = true,
      .argc = 3,
      .expand = expand_transform_entry },
    { .name = "transformMapEntry",
      .member = true,
      .argc = 4,
      .expand = expand_transform_entry },
};
