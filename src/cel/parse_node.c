/* Node constructors: count nodes, measure depth. */
#include "cel/parse_internal.h"

static cel_node *make(cel_parser *p, enum cel_node_kind kind, uint32_t offset)
{
    if (p->node_count >= p->env->limits.nodes)
        return cel_parse_fail(p, ACT_ELIMIT, offset, "expression has more than %u nodes",
                              p->env->limits.nodes);
    cel_node *n = act_arena_make(p->arena, cel_node);
    if (!n)
        return cel_parse_fail(p, ACT_ENOMEM, offset, "out of memory");
    n->kind = (uint8_t)kind;
    p->node_count++;
    n->offset = offset;
    n->depth = 1;
    n->type = cel_type_of(CEL_T_DYN);
    return n;
}

/* @n once its children stand: NULL when that makes the tree too deep. */
static cel_node *measured(cel_parser *p, cel_node *n)
{
    uint32_t depth = 0;
    const cel_node *child;
    for (uint32_t i = 0; (child = cel_node_child(n, i)) != NULL; i++)
        depth = child->depth > depth ? child->depth : depth;
    if (depth >= CEL_TREE_DEPTH_MAX)
        return cel_parse_fail(p, ACT_ELIMIT, n->offset,
                              "expression nests deeper than %d levels", CEL_TREE_DEPTH_MAX);
    n->depth = (uint16_t)(depth + 1);
    return n;
}

cel_node *cel_make_const(cel_parser *p, uint32_t offset, cel_value value)
{
    cel_node *n = make(p, CEL_NODE_CONST, offset);
    if (n)
        n->as.constant = value;
    return n;
}

cel_node *cel_make_ident(cel_parser *p, uint32_t offset, act_str name)
{
    cel_node *n = make(p, CEL_NODE_IDENT, offset);
    if (n) {
        n->as.ident.name = name;
        n->as.ident.ref = CEL_REF_NONE;
    }
    return n;
}

cel_node *cel_make_select(cel_parser *p, uint32_t offset, cel_node *operand, act_str field)
{
    cel_node *n = operand ? make(p, CEL_NODE_SELECT, offset) : NULL;
    if (!n)
        return NULL;
    n->as.select.operand = operand;
    n->as.select.field = field;
    return measured(p, n);
}

cel_node *cel_make_call(cel_parser *p, uint32_t offset, act_str name, cel_node *target,
                        cel_node *const *args, uint32_t argc)
{
    for (uint32_t i = 0; i < argc; i++) {
        if (!args[i])
            return NULL;
    }
    cel_node *n = make(p, CEL_NODE_CALL, offset);
    if (!n)
        return NULL;
    n->as.call.name = name;
    n->as.call.target = target;
    n->as.call.argc = argc;
    n->as.call.args = act_arena_make_n(p->arena, cel_node *, argc);
    if (!n->as.call.args)
        return cel_parse_fail(p, ACT_ENOMEM, offset, "out of memory");
    if (argc > 0)
        memcpy(n->as.call.args, args, argc * sizeof(cel_node *));
    return measured(p, n);
}

cel_node *cel_make_list(cel_parser *p, uint32_t offset, cel_node **items,
                        const bool *optional, uint32_t count)
{
    cel_node *n = make(p, CEL_NODE_LIST, offset);
    if (!n)
        return NULL;
    n->as.list.items = items;
    n->as.list.optional = optional;
    n->as.list.count = count;
    return measured(p, n);
}

cel_node *cel_make_map(cel_parser *p, uint32_t offset, const act_str *struct_name,
                       cel_node_entry *entries, uint32_t count)
{
    cel_node *n = make(p, struct_name ? CEL_NODE_STRUCT : CEL_NODE_MAP, offset);
    if (!n)
        return NULL;
    if (struct_name)
        n->as.map.name = *struct_name;
    n->as.map.entries = entries;
    n->as.map.count = count;
    return measured(p, n);
}

cel_node *cel_make_bind(cel_parser *p, uint32_t offset, act_str var, cel_node *init,
                        cel_node *body)
{
    cel_node *n = init && body ? make(p, CEL_NODE_BIND, offset) : NULL;
    if (!n)
        return NULL;
    n->as.bind.var = var;
    n->as.bind.slot = CEL_NO_SLOT;
    n->as.bind.init = init;
    n->as.bind.body = body;
    return measured(p, n);
}

cel_node *cel_make_fold(cel_parser *p, uint32_t offset, enum cel_fold_kind kind,
                        cel_node *range, act_str var1, act_str var2, cel_node *filter,
                        cel_node *step)
{
    cel_node *n = range ? make(p, CEL_NODE_FOLD, offset) : NULL;
    if (!n)
        return NULL;
    n->as.fold.kind = (uint8_t)kind;
    n->as.fold.range = range;
    n->as.fold.var1 = var1;
    n->as.fold.var2 = var2;
    n->as.fold.slot1 = n->as.fold.slot2 = CEL_NO_SLOT;
    n->as.fold.filter = filter;
    n->as.fold.step = step;
    return measured(p, n);
}
