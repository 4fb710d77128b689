/* Planning: the checked tree becomes a tree of ops, each of the narrowest shape that fits.
 */
#include "cel/cost.h"
#include "cel/plan.h"

#include "base/alloc.h"

enum { PATH_MAX_KEYS = 32 }; /* longer chains are selected step by step */

cel_op *cel_plan_op(cel_planner *pl, cel_run *run, const cel_node *n)
{
    cel_op *op = act_arena_make(pl->a, cel_op);
    if (!op) {
        pl->err = ACT_ENOMEM;
        return NULL;
    }
    op->run = run;
    op->node = n->id;
    return op;
}

static bool foldable(const cel_planner *pl, const cel_op *op)
{
    return pl->fold && cel_op_is_const(op);
}

/* ---- names and paths ------------------------------------------------------------------
 */

static cel_op *plan_const(cel_planner *pl, const cel_node *n)
{
    cel_op *op = cel_plan_op(pl, cel_run_const, n);
    if (op)
        op->as.constant = n->as.constant;
    return op;
}

static cel_op *plan_ident(cel_planner *pl, const cel_node *n)
{
    uint32_t index = n->as.ident.index;
    cel_op *op = NULL;
    switch ((enum cel_ref_kind)n->as.ident.ref) {
    case CEL_REF_VAR:
        op = cel_plan_op(pl, cel_run_var, n);
        break;
    case CEL_REF_LOCAL:
        op = cel_plan_op(pl, pl->lazy[index] ? cel_run_lazy : cel_run_local, n);
        if (op)
            op->as.var.init = pl->lazy[index];
        break;
    case CEL_REF_NONE:
    case CEL_REF_TYPE:
        return cel_plan_op(pl, cel_run_unknown, n);
    }
    if (op)
        op->as.var.index = index;
    return op;
}

/* The operand and the constant key of e.f and e['f']; false for other nodes. */
static bool constant_key(const cel_node *n, const cel_node **operand, act_str *key)
{
    if (n->kind == CEL_NODE_SELECT) {
        *operand = n->as.select.operand;
        *key = n->as.select.field;
        return true;
    }
    if (!cel_node_is_call(n, "_[_]", 2) || n->as.call.args[1]->kind != CEL_NODE_CONST ||
        n->as.call.args[1]->as.constant.kind != CEL_STRING)
        return false;
    *operand = n->as.call.args[0];
    *key = cel_value_str(n->as.call.args[1]->as.constant);
    return true;
}

/* Note the path for cel_program_paths(); repeats are dropped at the end. */
static void note_path(cel_planner *pl, uint32_t var, const act_str *keys, uint32_t count)
{
    struct cel_plan_path *p = act_arena_make(pl->a, struct cel_plan_path);
    act_str *copy = act_arena_make_n(pl->a, act_str, count);
    if (!p || !copy) {
        pl->err = ACT_ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < count; i++)
        copy[i] = keys[count - 1 - i]; /* they were gathered from the back */
    p->path = (cel_path){ var, count, copy };
    p->next = pl->paths;
    pl->paths = p;
}

/* Variables that can be walked into; others go the plain way. */
static bool is_open_type(const cel_env *env, uint32_t var)
{
    uint8_t kind = env->vars[var].type->kind;
    return kind == CEL_T_MAP || kind == CEL_T_DYN;
}

static cel_op *plan_select_step(cel_planner *pl, const cel_node *n, const cel_node *operand,
                                act_str key);

/* variable.k1.k2...: a slot. @n is the last selection. NULL: not of that shape. */
static cel_op *plan_path(cel_planner *pl, const cel_node *n)
{
    act_str keys[PATH_MAX_KEYS];
    uint32_t count = 0;
    const cel_node *at = n;
    const cel_node *operand;
    act_str key;
    while (count < PATH_MAX_KEYS &&
           (at == n || !(at->kind == CEL_NODE_SELECT && at->as.select.test_only)) &&
           constant_key(at, &operand, &key)) {
        keys[count++] = key;
        at = operand;
    }
    if (at->kind != CEL_NODE_IDENT || at->as.ident.ref != CEL_REF_VAR ||
        !is_open_type(pl->env, at->as.ident.index))
        return NULL;
    uint32_t slot = 0;
    int err = cel_slots_var(pl->slots, at->as.ident.index, &slot);
    for (uint32_t i = count; i-- > 0 && !err;)
        err = cel_slots_key(pl->slots, slot, keys[i], &slot);
    if (err) {
        pl->err = err;
        return NULL;
    }
    note_path(pl, at->as.ident.index, keys, count);
    bool has = n->kind == CEL_NODE_SELECT && n->as.select.test_only;
    cel_op *op = cel_plan_op(pl, has ? cel_run_slot_has : cel_run_slot, n);
    (void)constant_key(n, &operand, &key); /* it was one above */
    cel_op *slow = plan_select_step(pl, n, operand, key);
    if (!op || !slow)
        return NULL;
    op->cost = 1 + count;
    op->as.slot.slot = slot;
    op->as.slot.slow = slow;
    if (slot >= pl->plan->slot_count)
        pl->plan->slot_count = slot + 1;
    return op;
}

/* One selection on whatever @operand gives. */
static cel_op *plan_select_step(cel_planner *pl, const cel_node *n, const cel_node *operand,
                                act_str key)
{
    bool has = n->kind == CEL_NODE_SELECT && n->as.select.test_only;
    const cel_op *from = cel_plan_node(pl, operand);
    cel_op *op = cel_plan_op(pl, has ? cel_run_has : cel_run_select, n);
    if (!op || !from)
        return NULL;
    op->as.select.operand = from;
    op->as.select.hash = act_str_hash(key);
    op->as.select.key = cel_string(key);
    if (foldable(pl, from))
        cel_fold_op(&pl->ctx, op);
    return op;
}

static cel_op *plan_select(cel_planner *pl, const cel_node *n)
{
    const cel_node *operand;
    act_str key;
    cel_op *op = plan_path(pl, n);
    if (op || pl->err || !constant_key(n, &operand, &key))
        return op;
    return plan_select_step(pl, n, operand, key);
}

/* ---- literals -------------------------------------------------------------------------
 */

const cel_op **cel_plan_ops(cel_planner *pl, uint32_t count)
{
    const cel_op **ops = act_arena_make_n(pl->a, const cel_op *, count);
    if (!ops)
        pl->err = ACT_ENOMEM;
    return ops;
}

static cel_op *plan_list(cel_planner *pl, const cel_node *n)
{
    uint32_t count = n->as.list.count;
    cel_op *op = cel_plan_op(pl, cel_run_list, n);
    const cel_op **items = cel_plan_ops(pl, count);
    if (!op || !items)
        return NULL;
    bool constant = true;
    for (uint32_t i = 0; i < count; i++) {
        items[i] = cel_plan_node(pl, n->as.list.items[i]);
        if (!items[i])
            return NULL;
        constant &= foldable(pl, items[i]);
    }
    op->cost = CEL_COST_LIST_LITERAL;
    op->as.many.items = items;
    op->as.many.optional = n->as.list.optional;
    op->as.many.count = count;
    if (constant && pl->fold)
        cel_fold_op(&pl->ctx, op);
    return op;
}

static cel_op *plan_map(cel_planner *pl, const cel_node *n)
{
    uint32_t count = n->as.map.count;
    cel_op *op = cel_plan_op(pl, cel_run_map, n);
    cel_op_entry *entries = act_arena_make_n(pl->a, cel_op_entry, count);
    if (!op || !entries) {
        pl->err = ACT_ENOMEM;
        return NULL;
    }
    bool constant = true;
    for (uint32_t i = 0; i < count; i++) {
        const cel_node_entry *e = &n->as.map.entries[i];
        entries[i].key = cel_plan_node(pl, e->key);
        entries[i].value = cel_plan_node(pl, e->value);
        entries[i].optional = e->optional;
        if (!entries[i].key || !entries[i].value)
            return NULL;
        constant &= foldable(pl, entries[i].key) && foldable(pl, entries[i].value);
    }
    op->cost = CEL_COST_MAP_LITERAL;
    op->as.map.entries = entries;
    op->as.map.count = count;
    if (constant && pl->fold)
        cel_fold_op(&pl->ctx, op);
    return op;
}

/* ---- folds and binds ------------------------------------------------------------------
 */

static cel_run *fold_run(enum cel_fold_kind kind)
{
    switch (kind) {
    case CEL_FOLD_ALL:
        return cel_run_fold_all;
    case CEL_FOLD_EXISTS:
        return cel_run_fold_exists;
    case CEL_FOLD_EXISTS_ONE:
        return cel_run_fold_exists_one;
    case CEL_FOLD_MAP:
    case CEL_FOLD_FILTER:
    case CEL_FOLD_TRANSFORM_LIST:
        return cel_run_fold_list;
    case CEL_FOLD_TRANSFORM_MAP:
        return cel_run_fold_map;
    case CEL_FOLD_TRANSFORM_MAP_ENTRY:
        return cel_run_fold_entries;
    }
    return cel_run_unknown;
}

static cel_op *plan_fold(cel_planner *pl, const cel_node *n)
{
    cel_op *op = cel_plan_op(pl, fold_run((enum cel_fold_kind)n->as.fold.kind), n);
    const cel_op *range = cel_plan_node(pl, n->as.fold.range);
    const cel_op *filter = n->as.fold.filter ? cel_plan_node(pl, n->as.fold.filter) : NULL;
    const cel_op *step = n->as.fold.step ? cel_plan_node(pl, n->as.fold.step) : NULL;
    if (!op || pl->err)
        return NULL;
    op->as.fold.range = range;
    op->as.fold.filter = filter;
    op->as.fold.step = step;
    op->as.fold.slot1 = n->as.fold.slot1;
    op->as.fold.slot2 = n->as.fold.var2.ptr ? n->as.fold.slot2 : CEL_NO_SLOT;
    return op;
}

static cel_op *plan_bind(cel_planner *pl, const cel_node *n)
{
    cel_op *op = cel_plan_op(pl, cel_run_bind, n);
    const cel_op *init = cel_plan_node(pl, n->as.bind.init);
    if (!op || !init)
        return NULL;
    pl->lazy[n->as.bind.slot] = init;
    op->as.bind.init = init;
    op->as.bind.body = cel_plan_node(pl, n->as.bind.body);
    op->as.bind.slot = n->as.bind.slot;
    return op->as.bind.body ? op : NULL;
}

/* ---- calls ----------------------------------------------------------------------------
 */

/* Functions of the host may look at the context, and impure ones must run each time. */
static bool may_run_early(const cel_node *n)
{
    for (uint32_t i = 0; i < n->as.call.overload_count; i++)
        if (n->as.call.overloads[i]->def.flags & (CEL_FN_IMPURE | CEL_FN_HOST))
            return false;
    return true;
}

cel_op *cel_plan_call(cel_planner *pl, const cel_node *n, const cel_op *const *args,
                      uint32_t argc)
{
    cel_op *op = cel_plan_op(pl, cel_run_call, n);
    if (!op)
        return NULL;
    if (argc == 1)
        op->run = cel_run_call1;
    else if (argc == 2)
        op->run = cel_run_call2;
    op->as.call.args = args;
    op->as.call.argc = argc;
    op->as.call.overloads = n->as.call.overloads;
    op->as.call.overload_count = n->as.call.overload_count;
    bool constant = pl->fold && may_run_early(n);
    for (uint32_t i = 0; i < argc; i++)
        constant &= cel_op_is_const(args[i]);
    if (constant)
        cel_fold_op(&pl->ctx, op);
    return op;
}

static cel_op *plan_call(cel_planner *pl, const cel_node *n)
{
    if (!n->as.call.function)
        return cel_plan_op(pl, cel_run_no_function, n);
    uint32_t receiver = n->as.call.target ? 1 : 0;
    uint32_t argc = n->as.call.argc + receiver;
    const cel_op **args = cel_plan_ops(pl, argc);
    if (!args)
        return NULL;
    for (uint32_t i = 0; i < argc; i++) {
        const cel_node *from =
            receiver && i == 0 ? n->as.call.target : n->as.call.args[i - receiver];
        args[i] = cel_plan_node(pl, from);
        if (!args[i])
            return NULL;
    }
    return cel_plan_call(pl, n, args, argc);
}

cel_op *cel_plan_node(cel_planner *pl, const cel_node *n)
{
    if (pl->err)
        return NULL;
    switch ((enum cel_node_kind)n->kind) {
    case CEL_NODE_CONST:
        return plan_const(pl, n);
    case CEL_NODE_IDENT:
        return plan_ident(pl, n);
    case CEL_NODE_SELECT:
        return plan_select(pl, n);
    case CEL_NODE_CALL: {
        cel_op *op = NULL;
        const cel_node *operand;
        act_str key;
        if (constant_key(n, &operand, &key))
            op = plan_path(pl, n);
        if (!op && !pl->err)
            op = cel_plan_special(pl, n);
        if (!op && !pl->err)
            op = plan_call(pl, n);
        return op;
    }
    case CEL_NODE_LIST:
        return plan_list(pl, n);
    case CEL_NODE_MAP:
        return plan_map(pl, n);
    case CEL_NODE_STRUCT:
        return cel_plan_op(pl, cel_run_unknown, n);
    case CEL_NODE_FOLD:
        return plan_fold(pl, n);
    case CEL_NODE_BIND:
        return plan_bind(pl, n);
    }
    return NULL;
}

/* ---- the whole program ----------------------------------------------------------------
 */

static bool same_path(const cel_path *a, const cel_path *b)
{
    if (a->var != b->var || a->count != b->count)
        return false;
    for (uint32_t i = 0; i < a->count; i++)
        if (!act_str_eq(a->keys[i], b->keys[i]))
            return false;
    return true;
}

static int collect_paths(cel_planner *pl)
{
    uint32_t count = 0;
    for (const struct cel_plan_path *p = pl->paths; p; p = p->next)
        count++;
    cel_path *paths = act_arena_make_n(pl->a, cel_path, count);
    if (!paths)
        return ACT_ENOMEM;
    uint32_t kept = 0;
    for (const struct cel_plan_path *p = pl->paths; p; p = p->next) {
        uint32_t i = 0;
        while (i < kept && !same_path(&paths[i], &p->path))
            i++;
        if (i == kept)
            paths[kept++] = p->path;
    }
    pl->plan->paths = paths;
    pl->plan->path_count = kept;
    return ACT_OK;
}

int cel_plan_make(cel_program *p, unsigned flags, cel_slots *slots, cel_errors *errors)
{
    (void)errors; /* the parser bounds the depth, so only memory can run out here */
    struct cel_plan *plan = act_arena_make(p->arena, struct cel_plan);
    cel_planner *pl = act_zalloc(1, sizeof *pl);
    int err = plan && pl ? ACT_OK : ACT_ENOMEM;
    if (!err && slots)
        plan->slots = cel_slots_ref(slots);
    else if (!err)
        err = cel_slots_new(p->env, &plan->slots);
    if (err) {
        act_dealloc(pl);
        return err;
    }
    *pl = (cel_planner){ .program = p,
                         .env = p->env,
                         .a = p->arena,
                         .slots = plan->slots,
                         .plan = plan,
                         .fold = !(flags & CEL_COMPILE_NO_FOLD) };
    cel_fold_begin(&pl->ctx, p->env, p->arena, &pl->limits);
    plan->frame_size = p->ast.frame_size;
    pl->lazy = act_arena_make_n(p->arena, const cel_op *, p->ast.frame_size);
    if (!pl->lazy)
        pl->err = ACT_ENOMEM;
    plan->root = cel_plan_node(pl, p->ast.root);
    err = plan->root ? ACT_OK : pl->err;
    assert(plan->root || err);
    if (!err)
        err = collect_paths(pl);
    cel_fold_end(&pl->ctx);
    act_dealloc(pl);
    if (err) {
        cel_plan_done(plan);
        return err;
    }
    p->plan = plan;
    return ACT_OK;
}

void cel_plan_done(const struct cel_plan *plan)
{
    if (!plan)
        return;
    for (const struct cel_plan_regex *r = plan->regexes; r; r = r->next)
        cel_regex_free(r->re);
    cel_slots_free(plan->slots);
}

const cel_path *cel_program_paths(const cel_program *p, size_t *retn)
{
    *retn = p->plan ? p->plan->path_count : 0;
    return p->plan ? p->plan->paths : NULL;
}
