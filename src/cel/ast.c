/* Walks over trees: children in order, structural equality. */
#include "cel/ast.h"

/* The @i'th of the parts that are there. */
static cel_node *nth_present(cel_node *const *parts, size_t count, uint32_t i)
{
    for (size_t k = 0; k < count; k++) {
        if (parts[k] && i-- == 0)
            return parts[k];
    }
    return NULL;
}

static cel_node *call_child(const cel_node *n, uint32_t i)
{
    if (n->as.call.target) {
        if (i == 0)
            return n->as.call.target;
        i--;
    }
    return i < n->as.call.argc ? n->as.call.args[i] : NULL;
}

static cel_node *map_child(const cel_node *n, uint32_t i)
{
    bool keyed = n->kind == CEL_NODE_MAP;
    uint32_t entry = keyed ? i / 2 : i;
    if (entry >= n->as.map.count)
        return NULL;
    const cel_node_entry *e = &n->as.map.entries[entry];
    return keyed && i % 2 == 0 ? e->key : e->value;
}

cel_node *cel_node_child(const cel_node *n, uint32_t i)
{
    switch ((enum cel_node_kind)n->kind) {
    case CEL_NODE_CONST:
    case CEL_NODE_IDENT:
        return NULL;
    case CEL_NODE_SELECT:
        return i == 0 ? n->as.select.operand : NULL;
    case CEL_NODE_CALL:
        return call_child(n, i);
    case CEL_NODE_LIST:
        return i < n->as.list.count ? n->as.list.items[i] : NULL;
    case CEL_NODE_MAP:
    case CEL_NODE_STRUCT:
        return map_child(n, i);
    case CEL_NODE_FOLD: {
        cel_node *const parts[] = { n->as.fold.range, n->as.fold.filter, n->as.fold.step };
        return nth_present(parts, ACT_COUNT(parts), i);
    }
    case CEL_NODE_BIND:
        return i == 0 ? n->as.bind.init : i == 1 ? n->as.bind.body : NULL;
    }
    return NULL;
}

static bool same_constant(cel_value a, cel_value b)
{
    if (a.kind != b.kind)
        return false;
    if (a.kind == CEL_STRING || a.kind == CEL_BYTES || a.kind == CEL_TYPE)
        return act_str_eq(cel_value_str(a), cel_value_str(b));
    return a.len == b.len && a.as.u64 == b.as.u64; /* bits: -0.0 is not 0.0 */
}

static bool same_list(const cel_node *a, const cel_node *b)
{
    if (a->as.list.count != b->as.list.count)
        return false;
    for (uint32_t i = 0; i < a->as.list.count; i++) {
        bool x = a->as.list.optional && a->as.list.optional[i];
        bool y = b->as.list.optional && b->as.list.optional[i];
        if (x != y)
            return false;
    }
    return true;
}

static bool same_map(const cel_node *a, const cel_node *b)
{
    if (a->as.map.count != b->as.map.count || !act_str_eq(a->as.map.name, b->as.map.name))
        return false;
    for (uint32_t i = 0; i < a->as.map.count; i++) {
        const cel_node_entry *x = &a->as.map.entries[i], *y = &b->as.map.entries[i];
        if (x->optional != y->optional || !act_str_eq(x->field, y->field))
            return false;
    }
    return true;
}

/* The nodes themselves, without their children. */
static bool same_node(const cel_node *a, const cel_node *b)
{
    if (a->kind != b->kind)
        return false;
    switch ((enum cel_node_kind)a->kind) {
    case CEL_NODE_CONST:
        return same_constant(a->as.constant, b->as.constant);
    case CEL_NODE_IDENT:
        return act_str_eq(a->as.ident.name, b->as.ident.name);
    case CEL_NODE_SELECT:
        return act_str_eq(a->as.select.field, b->as.select.field) &&
               a->as.select.test_only == b->as.select.test_only;
    case CEL_NODE_CALL:
        return act_str_eq(a->as.call.name, b->as.call.name) &&
               a->as.call.argc == b->as.call.argc &&
               !a->as.call.target == !b->as.call.target;
    case CEL_NODE_LIST:
        return same_list(a, b);
    case CEL_NODE_MAP:
    case CEL_NODE_STRUCT:
        return same_map(a, b);
    case CEL_NODE_FOLD:
        return a->as.fold.kind == b->as.fold.kind &&
               act_str_eq(a->as.fold.var1, b->as.fold.var1) &&
               act_str_eq(a->as.fold.var2, b->as.fold.var2) &&
               !a->as.fold.filter == !b->as.fold.filter &&
               !a->as.fold.step == !b->as.fold.step;
    case CEL_NODE_BIND:
        return act_str_eq(a->as.bind.var, b->as.bind.var);
    }
    return false;
}

bool cel_ast_equal(const cel_node *a, const cel_node *b)
{
    if (!same_node(a, b))
        return false;
    for (uint32_t i = 0;; i++) {
        const cel_node *x = cel_node_child(a, i), *y = cel_node_child(b, i);
        if (!x || !y)
            return x == y;
        if (!cel_ast_equal(x, y))
            return false;
    }
}
