/* The walk over the tree: literals, names, selects, literals of lists and maps, folds. */
#include "cel/check_internal.h"

static const cel_type *dyn(void)
{
    return cel_type_of(CEL_T_DYN);
}

/* ---- errors ------------------------------------------------------------------------- */

void cel_check_stop(cel_checker *c, const cel_node *n, int err, const char *text)
{
    if (c->err == 0 || c->err == ACT_EPARSE) {
        c->err = err;
        (void)cel_errors_add(c->errors, n ? n->offset : 0, "%s", text);
    }
}

const cel_type *cel_check_error(cel_checker *c, const cel_node *n, const char *format, ...)
{
    char text[512];
    if (!c->checked)
        return dyn(); /* seen at run time */
    if (c->err && c->err != ACT_EPARSE)
        return cel_type_of(CEL_T_ERROR);
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* a cut message is good enough */
    va_end(args);
    c->err = ACT_EPARSE;
    (void)cel_errors_add(c->errors, n->offset, "%s", text);
    return cel_type_of(CEL_T_ERROR);
}

const char *cel_check_text(cel_checker *c, const cel_type *t)
{
    const char *text = cel_type_text(c->arena, cel_subst_deep(&c->subst, t, false));
    return text ? text : "?";
}

/* @t as a result: the checked type, or dyn when nothing is checked. NULL: no memory. */
static const cel_type *typed(cel_checker *c, const cel_node *n, const cel_type *t)
{
    if (!t)
        cel_check_stop(c, n, ACT_ENOMEM, "out of memory");
    return t && c->checked ? t : dyn();
}

/* @from must fit @want, or it is an error at @n. */
static void require(cel_checker *c, const cel_node *n, const cel_type *from,
                    const cel_type *want)
{
    if (!cel_subst_assignable(&c->subst, &from, &want, 1))
        (void)cel_check_error(c, n, "expected type '%s' but found '%s'",
                              cel_check_text(c, want), cel_check_text(c, from));
}

/* ---- leaves and selects ---------------------------------------------------------------
 */

static const cel_type *check_const(cel_checker *c, const cel_node *n)
{
    static const enum cel_type_kind types[] = {
        [CEL_NULL] = CEL_T_NULL,   [CEL_BOOL] = CEL_T_BOOL,     [CEL_INT] = CEL_T_INT,
        [CEL_UINT] = CEL_T_UINT,   [CEL_DOUBLE] = CEL_T_DOUBLE, [CEL_STRING] = CEL_T_STRING,
        [CEL_BYTES] = CEL_T_BYTES,
    };
    uint8_t kind = n->as.constant.kind;
    return typed(c, n, kind < ACT_COUNT(types) ? cel_type_of(types[kind]) : dyn());
}

static const cel_type *check_select(cel_checker *c, cel_node *n)
{
    act_str name;
    const cel_type *t;
    if (cel_check_qualified(c, n, &name) && cel_check_declared(c, n, name, &t))
        return t;
    const cel_type *operand = cel_check_node(c, n->as.select.operand);
    t = cel_check_field(c, n, operand, n->as.select.field, false);
    return n->as.select.test_only ? typed(c, n, cel_type_of(CEL_T_BOOL)) : t;
}

/* ---- lists and maps -------------------------------------------------------------------
 */

/* The type of what an optional entry holds. */
static const cel_type *unwrap(cel_checker *c, const cel_node *n, const cel_type *t)
{
    t = cel_subst_shallow(&c->subst, t);
    if (t->kind == CEL_T_OPTIONAL)
        return t->args[0];
    if (t->kind == CEL_T_DYN || t->kind == CEL_T_ERROR)
        return t;
    const cel_type *want = cel_type_optional(c->arena, t);
    return cel_check_error(c, n, "expected type '%s' but found '%s'",
                           want ? cel_check_text(c, want) : "optional_type",
                           cel_check_text(c, t));
}

/* One type for what was so far and @t; @so_far NULL is the first. */
static const cel_type *join(cel_checker *c, const cel_node *n, const cel_type *so_far,
                            const cel_type *t)
{
    if (!so_far)
        return t;
    const cel_type *both = cel_subst_join(&c->subst, so_far, t);
    if (both)
        return both;
    if ((c->env->options & CEL_OPT_HOMOGENEOUS) == 0)
        return dyn();
    (void)cel_check_error(c, n, "expected type '%s' but found '%s'",
                          cel_check_text(c, so_far), cel_check_text(c, t));
    return so_far;
}

static const cel_type *check_list(cel_checker *c, cel_node *n)
{
    const cel_type *element = NULL;
    for (uint32_t i = 0; i < n->as.list.count; i++) {
        const cel_node *item = n->as.list.items[i];
        const cel_type *t = cel_check_node(c, n->as.list.items[i]);
        if (n->as.list.optional && n->as.list.optional[i])
            t = unwrap(c, item, t);
        element = join(c, item, element, t);
    }
    if (!element)
        element = cel_subst_fresh(&c->subst);
    return typed(c, n, cel_type_list(c->arena, element));
}

static const cel_type *check_map(cel_checker *c, cel_node *n)
{
    const cel_type *key = NULL, *value = NULL;
    for (uint32_t i = 0; i < n->as.map.count; i++) {
        const cel_node_entry *e = &n->as.map.entries[i];
        key = join(c, e->key, key, cel_check_node(c, e->key));
        const cel_type *t = cel_check_node(c, e->value);
        if (e->optional)
            t = unwrap(c, e->value, t);
        value = join(c, e->value, value, t);
    }
    cel_check_valid_map(c, n);
    if (!key) {
        key = cel_subst_fresh(&c->subst);
        value = cel_subst_fresh(&c->subst);
    }
    return typed(c, n, cel_type_map(c->arena, key, value));
}

/* ---- folds and binds ------------------------------------------------------------------
 */

static const cel_local *push_local(cel_checker *c, cel_local *l, act_str name,
                                   const cel_type *type, uint32_t *retslot)
{
    *l = (cel_local){ name, c->checked ? type : dyn(), c->frame_size++, c->locals };
    *retslot = l->slot;
    c->locals = l;
    return l;
}

/* Types of the variables of fold @n over a range of type @range. */
static void check_range(cel_checker *c, const cel_node *n, const cel_type *range,
                        const cel_type **var1, const cel_type **var2)
{
    bool pair = n->as.fold.var2.ptr != NULL;
    const cel_type *any = dyn();
    *var1 = *var2 = any;
    range = cel_subst_shallow(&c->subst, range);
    switch ((enum cel_type_kind)range->kind) {
    case CEL_T_LIST:
        *var1 = pair ? cel_type_of(CEL_T_INT) : range->args[0];
        *var2 = range->args[0];
        return;
    case CEL_T_MAP:
        *var1 = range->args[0];
        *var2 = range->args[1];
        return;
    case CEL_T_PARAM:
        (void)cel_subst_assignable(&c->subst, &any, &range, 1); /* it becomes dyn */
        return;
    case CEL_T_DYN:
    case CEL_T_ERROR:
        return;
    default:
        *var1 = *var2 =
            cel_check_error(c, n->as.fold.range,
                            "expression of type '%s' cannot be range of a comprehension "
                            "(must be list, map, or dynamic)",
                            cel_check_text(c, range));
        return;
    }
}

/* Result of transformMapEntry: the type of its map literals. */
static const cel_type *check_entry(cel_checker *c, const cel_node *step, const cel_type *t)
{
    const cel_type *map =
        cel_type_map(c->arena, cel_subst_fresh(&c->subst), cel_subst_fresh(&c->subst));
    if (map)
        require(c, step, t, map);
    return map;
}

static const cel_type *fold_result(cel_checker *c, const cel_node *n, const cel_type *var1,
                                   const cel_type *step)
{
    const cel_type *boolean = cel_type_of(CEL_T_BOOL);
    switch ((enum cel_fold_kind)n->as.fold.kind) {
    case CEL_FOLD_ALL:
    case CEL_FOLD_EXISTS:
    case CEL_FOLD_EXISTS_ONE:
        require(c, n->as.fold.step, step, boolean);
        return boolean;
    case CEL_FOLD_FILTER:
        return cel_type_list(c->arena, var1);
    case CEL_FOLD_MAP:
    case CEL_FOLD_TRANSFORM_LIST:
        return cel_type_list(c->arena, step);
    case CEL_FOLD_TRANSFORM_MAP:
        return cel_type_map(c->arena, var1, step);
    case CEL_FOLD_TRANSFORM_MAP_ENTRY:
        return check_entry(c, n->as.fold.step, step);
    }
    return dyn();
}

static const cel_type *check_fold(cel_checker *c, cel_node *n)
{
    const cel_type *var1, *var2, *step = dyn();
    const cel_local *outer = c->locals;
    cel_local first, second;
    const cel_type *range = cel_check_node(c, n->as.fold.range);
    if (c->fold_depth >= c->env->limits.comprehension_depth) {
        cel_check_stop(c, n, ACT_ELIMIT, "comprehensions nest too deeply");
        return dyn();
    }
    check_range(c, n, range, &var1, &var2);
    (void)push_local(c, &first, n->as.fold.var1, var1, &n->as.fold.slot1);
    if (n->as.fold.var2.ptr)
        (void)push_local(c, &second, n->as.fold.var2, var2, &n->as.fold.slot2);
    c->fold_depth++;
    if (n->as.fold.filter)
        require(c, n->as.fold.filter, cel_check_node(c, n->as.fold.filter),
                cel_type_of(CEL_T_BOOL));
    if (n->as.fold.step)
        step = cel_check_node(c, n->as.fold.step);
    c->fold_depth--;
    c->locals = outer;
    return typed(c, n, fold_result(c, n, var1, step));
}

static const cel_type *check_bind(cel_checker *c, cel_node *n)
{
    cel_local l;
    const cel_local *outer = c->locals;
    const cel_type *init = cel_check_node(c, n->as.bind.init);
    (void)push_local(c, &l, n->as.bind.var, init, &n->as.bind.slot);
    const cel_type *t = cel_check_node(c, n->as.bind.body);
    c->locals = outer;
    return t;
}

/* ---- the walk -------------------------------------------------------------------------
 */

static const cel_type *check_kind(cel_checker *c, cel_node *n)
{
    switch ((enum cel_node_kind)n->kind) {
    case CEL_NODE_CONST:
        return check_const(c, n);
    case CEL_NODE_IDENT:
        return cel_check_ident(c, n);
    case CEL_NODE_SELECT:
        return check_select(c, n);
    case CEL_NODE_CALL:
        return cel_check_call(c, n);
    case CEL_NODE_LIST:
        return check_list(c, n);
    case CEL_NODE_MAP:
        return check_map(c, n);
    case CEL_NODE_STRUCT:
        c->err = c->err ? c->err : ACT_EPARSE; /* also when nothing else is checked */
        (void)cel_errors_add(c->errors, n->offset,
                             "undeclared reference to '%.*s' (in container '%.*s')",
                             ACT_STR_ARG(n->as.map.name), ACT_STR_ARG(c->env->container));
        return cel_type_of(CEL_T_ERROR);
    case CEL_NODE_FOLD:
        return check_fold(c, n);
    case CEL_NODE_BIND:
        return check_bind(c, n);
    }
    return dyn();
}

const cel_type *cel_check_node(cel_checker *c, cel_node *n)
{
    if (c->subst.err)
        cel_check_stop(c, n, c->subst.err, "the types of the expression are too complex");
    if (c->err && c->err != ACT_EPARSE)
        return cel_type_of(CEL_T_ERROR);
    n->type = check_kind(c, n);
    return n->type;
}

/* Bindings made late bind earlier nodes: the final types are known at the end only. */
static void finish_types(cel_checker *c, cel_node *n)
{
    cel_node *child;
    n->type = cel_subst_deep(&c->subst, n->type, true);
    for (uint32_t i = 0; (child = cel_node_child(n, i)) != NULL; i++)
        finish_types(c, child);
}

int cel_check(const cel_env *env, act_arena *a, cel_ast *ast, bool checked,
              cel_errors *errors, const cel_type **rettype)
{
    cel_checker c = {
        .env = env,
        .arena = a,
        .errors = errors,
        .checked = checked,
        .subst = { .arena = a },
    };
    (void)cel_check_node(&c, ast->root);
    if (!c.err && checked)
        finish_types(&c, ast->root);
    if (!c.err && c.subst.err)
        cel_check_stop(&c, ast->root, c.subst.err,
                       "the types of the expression are too complex");
    if (c.err)
        return c.err;
    ast->frame_size = c.frame_size;
    *rettype = ast->root->type;
    return 0;
}
