/* Planning: the checked tree becomes a tree of ops, each of the narrowest shape that fits.
 */
#include "cel/cost.h"
#include "cel/plan.h"

cel_op *cel_plan_op(cel_planner *pl, cel_run *run, const cel_node *n)
{
    cel_op *op = pl->spare;
    if (op)
        pl->spare = (cel_op *)(uintptr_t)op->as.three.a;
    else
        op = act_arena_raw(pl->a, sizeof *op);
    if (!op) {
        pl->err = ACT_ENOMEM;
        return NULL;
    }
    *op = (cel_op){ .run = run, .at = n->offset };
    return op;
}

void cel_plan_drop(cel_planner *pl, cel_op *op)
{
    op->run = cel_run_unknown;
    op->as.three.a = pl->spare;
    pl->spare = op;
}

void cel_plan_fold(cel_planner *pl, cel_op *op, cel_op *const *args, uint32_t count)
{
    cel_fold_op(&pl->ctx, op);
    for (uint32_t i = 0; i < count && cel_op_is_const(op); i++)
        cel_plan_drop(pl, args[i]);
}

cel_op **cel_plan_ops(cel_planner *pl, uint32_t count)
{
    cel_op **ops = act_arena_make_n(pl->scratch, cel_op *, count);
    if (!ops)
        pl->err = ACT_ENOMEM;
    return ops;
}

/* @count items of @size bytes that stay. */
static void *keep(cel_planner *pl, const void *items, size_t count, size_t size)
{
    void *copy = act_arena_array(pl->a, count, size);
    if (!copy)
        pl->err = ACT_ENOMEM;
    else if (count)
        memcpy(copy, items, count * size);
    return copy;
}

const cel_op *const *cel_plan_keep_ops(cel_planner *pl, cel_op *const *ops, uint32_t count)
{
    return keep(pl, ops, count, sizeof *ops);
}

/* A name or literal that stays. Most lie in the source, of which the program has a copy. */
static act_str keep_str(cel_planner *pl, act_str s)
{
    uintptr_t offset = (uintptr_t)s.ptr - (uintptr_t)pl->text.ptr;
    if (s.len == 0)
        return ACT_STR("");
    if (offset <= pl->text.len && s.len <= pl->text.len - offset)
        return (act_str){ pl->program->source.ptr + offset, s.len };
    act_str copy = { 0 };
    if (act_arena_str(pl->a, s, &copy))
        pl->err = ACT_ENOMEM;
    return copy;
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
    cel_value v = n->as.constant;
    if (!op)
        return NULL;
    if (v.kind == CEL_STRING || v.kind == CEL_BYTES || v.kind == CEL_TYPE)
        v.as.bytes = keep_str(pl, cel_value_str(v)).ptr;
    op->as.constant = v;
    return pl->err ? NULL : op;
}

/* What fails when it is evaluated: it is not known what @name means. */
static cel_op *plan_unknown(cel_planner *pl, const cel_node *n, cel_run *run, act_str name)
{
    cel_op *op = cel_plan_op(pl, run, n);
    if (op)
        op->as.constant = cel_string(keep_str(pl, name));
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
        return plan_unknown(pl, n, cel_run_unknown, n->as.ident.name);
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
    struct cel_plan_path *p = act_arena_make(pl->scratch, struct cel_plan_path);
    act_str *copy = act_arena_make_n(pl->scratch, act_str, count);
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

/* variable.k1.k2...: a slot. @n is the last selection. NULL: not of that shape. */
static cel_op *plan_path(cel_planner *pl, const cel_node *n)
{
    act_str keys[CEL_PATH_KEYS_MAX];
    uint32_t count = 0;
    const cel_node *at = n;
    const cel_node *operand;
    act_str key;
    while (count < CEL_PATH_KEYS_MAX &&
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
    if (!op)
        return NULL;
    op->cost = 1 + count;
    op->as.slot.slot = slot;
    op->as.slot.at = n->offset;
    if (slot >= pl->plan->slot_count)
        pl->plan->slot_count = slot + 1;
    return op;
}

/* One selection on whatever @operand gives. */
static cel_op *plan_select_step(cel_planner *pl, const cel_node *n, const cel_node *operand,
                                act_str key)
{
    bool has = n->kind == CEL_NODE_SELECT && n->as.select.test_only;
    cel_op *from = cel_plan_node(pl, operand);
    cel_op *op = cel_plan_op(pl, has ? cel_run_has : cel_run_select, n);
    if (!op || !from)
        return NULL;
    op->as.select.operand = from;
    op->as.select.hash = act_str_hash(key);
    op->as.select.key = cel_string(keep_str(pl, key));
    if (foldable(pl, from))
        cel_plan_fold(pl, op, &from, 1);
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

static cel_op *plan_list(cel_planner *pl, const cel_node *n)
{
    uint32_t count = n->as.list.count;
    cel_op *op = cel_plan_op(pl, cel_run_list, n);
    cel_op **items = cel_plan_ops(pl, count);
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
    op->as.many.items = (const cel_op *const *)items;
    op->as.many.optional = n->as.list.optional;
    op->as.many.count = count;
    if (constant && pl->fold)
        cel_plan_fold(pl, op, items, count);
    if (cel_op_is_const(op))
        return op;
    op->as.many.items = cel_plan_keep_ops(pl, items, count);
    if (op->as.many.optional)
        op->as.many.optional = keep(pl, op->as.many.optional, count, sizeof(bool));
    return op;
}

static cel_op *plan_map(cel_planner *pl, const cel_node *n)
{
    uint32_t count = n->as.map.count;
    cel_op *op = cel_plan_op(pl, cel_run_map, n);
    cel_op_entry *entries = act_arena_make_n(pl->scratch, cel_op_entry, count);
    cel_op **parts = cel_plan_ops(pl, 2 * count);
    if (!op || !entries || !parts) {
        pl->err = ACT_ENOMEM;
        return NULL;
    }
    bool constant = true;
    for (uint32_t i = 0; i < count; i++) {
        const cel_node_entry *e = &n->as.map.entries[i];
        cel_op *key = cel_plan_node(pl, e->key);
        cel_op *value = cel_plan_node(pl, e->value);
        if (!key || !value)
            return NULL;
        constant &= foldable(pl, key) && foldable(pl, value);
        parts[2 * i] = key;
        parts[2 * i + 1] = value;
        entries[i] = (cel_op_entry){ key, value, e->optional };
    }
    op->cost = CEL_COST_MAP_LITERAL;
    op->as.map.entries = entries;
    op->as.map.count = count;
    if (constant && pl->fold)
        cel_plan_fold(pl, op, parts, 2 * count);
    if (!cel_op_is_const(op))
        op->as.map.entries = keep(pl, entries, count, sizeof *entries);
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

static const cel_overload *const *keep_overloads(cel_planner *pl, const cel_node *n)
{
    if (n->as.call.overloads == n->as.call.function->overloads)
        return n->as.call.overloads;
    return keep(pl, n->as.call.overloads, n->as.call.overload_count,
                sizeof *n->as.call.overloads);
}

cel_op *cel_plan_call(cel_planner *pl, const cel_node *n, cel_op **args, uint32_t argc)
{
    cel_op *op = cel_plan_op(pl, cel_run_call, n);
    if (!op)
        return NULL;
    if (argc == 1)
        op->run = cel_run_call1;
    else if (argc == 2)
        op->run = cel_run_call2;
    op->as.call.args = (const cel_op *const *)args;
    op->as.call.argc = argc;
    op->as.call.overloads = n->as.call.overloads;
    op->as.call.overload_count = n->as.call.overload_count;
    bool constant = pl->fold && may_run_early(n);
    for (uint32_t i = 0; i < argc; i++)
        constant &= cel_op_is_const(args[i]);
    if (constant)
        cel_plan_fold(pl, op, args, argc);
    if (cel_op_is_const(op))
        return op;
    op->as.call.args = cel_plan_keep_ops(pl, args, argc);
    op->as.call.overloads = keep_overloads(pl, n);
    return op;
}

static cel_op *plan_call(cel_planner *pl, const cel_node *n)
{
    if (!n->as.call.function)
        return plan_unknown(pl, n, cel_run_no_function, n->as.call.name);
    uint32_t receiver = n->as.call.target ? 1 : 0;
    uint32_t argc = n->as.call.argc + receiver;
    cel_op **args = cel_plan_ops(pl, argc);
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
        return plan_unknown(pl, n, cel_run_unknown, n->as.map.name);
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
    cel_path *paths = act_arena_make_n(pl->scratch, cel_path, count);
    if (!paths)
        return ACT_ENOMEM;
    uint32_t kept = 0;
    for (const struct cel_plan_path *p = pl->paths; p; p = p->next) {
        uint32_t i = 0;
        while (i < kept && !same_path(&paths[i], &p->path))
            i++;
        if (i < kept)
            continue;
        act_str *keys = keep(pl, p->path.keys, p->path.count, sizeof *keys);
        if (!keys)
            return pl->err;
        for (uint32_t k = 0; k < p->path.count; k++)
            keys[k] = keep_str(pl, keys[k]);
        paths[kept++] = (cel_path){ p->path.var, p->path.count, keys };
    }
    pl->plan->paths = keep(pl, paths, kept, sizeof *paths);
    pl->plan->path_count = kept;
    return pl->err;
}

int cel_plan_make(cel_program *p, const cel_ast *ast, act_str text, act_arena *scratch,
                  unsigned flags, cel_slots *slots)
{
    struct cel_plan *plan = act_arena_make(p->arena, struct cel_plan);
    cel_planner *pl = act_arena_make(scratch, cel_planner);
    const cel_op **lazy = act_arena_make_n(scratch, const cel_op *, ast->frame_size);
    int err = plan && pl && lazy ? ACT_OK : ACT_ENOMEM;
    if (!err && slots)
        plan->slots = cel_slots_ref(slots);
    else if (!err)
        err = cel_slots_new(p->env, &plan->slots);
    if (err)
        return err;
    *pl = (cel_planner){ .program = p,
                         .env = p->env,
                         .text = text,
                         .a = p->arena,
                         .scratch = scratch,
                         .slots = plan->slots,
                         .plan = plan,
                         .lazy = lazy,
                         .fold = !(flags & CEL_COMPILE_NO_FOLD) };
    cel_fold_begin(&pl->ctx, p->env, p->arena, &pl->limits);
    plan->frame_size = ast->frame_size;
    plan->root = cel_plan_node(pl, ast->root);
    assert(plan->root || pl->err);
    err = pl->err ? pl->err : collect_paths(pl);
    cel_fold_end(&pl->ctx);
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
