/* The static estimate: a walk over the plan that adds up what its ops charge at most. */
#include "cel/cost.h"
#include "cel/growth.h"
#include "cel/ip.h"
#include "cel/num.h"
#include "cel/plan.h"
#include "cel/time.h"

enum {
    ARENA_CAP = 64 << 20,
    ARGS_MAX = 33,   /* of one call, with the receiver */
    BRIEF_BYTES = 64 /* of a text that a call makes of numbers, times or addresses */
};
static_assert((int)BRIEF_BYTES >= (int)CEL_IP_PRINT_MAX &&
                  (int)BRIEF_BYTES >= (int)CEL_TIME_PRINT_MAX &&
                  (int)BRIEF_BYTES >= (int)CEL_NUM_MAX,
              "the longest of them");

enum {
    TEXT = 1u << CEL_STRING | 1u << CEL_BYTES,
    CONTAINER = 1u << CEL_LIST | 1u << CEL_MAP,
    HOLDS_OTHERS = TEXT | CONTAINER | 1u << CEL_TYPE | 1u << CEL_OPTIONAL | 1u << CEL_OPAQUE
};

typedef struct {
    const cel_env *env;
    const cel_limits *limits;
    const cel_slots *slots;
    const cel_size *sizes;
    size_t size_count;
    cel_unknowns unknowns;
    cel_extent *local; /* by frame slot */
    act_arena *arena;
    int err;
} estimate;

/* What running an op costs, and how large its result is. */
typedef struct {
    cel_bound cost;
    cel_extent value;
} part;

static void walk(estimate *e, const cel_op *op, part *ret);

static void spend(part *p, double units)
{
    p->cost.c += units;
}

static void spend_bound(part *p, cel_bound units)
{
    p->cost = cel_bound_add(p->cost, units);
}

/* Run @op as well: its cost is added to @to; its value is returned. */
static cel_extent run(estimate *e, const cel_op *op, part *to)
{
    part p = { 0 };
    walk(e, op, &p);
    spend_bound(to, p.cost);
    return p.value;
}

static double tenth(void *ctx, uint64_t n)
{
    (void)ctx;
    return (double)cel_cost_tenth_of(n);
}

static double quick(void *ctx, uint64_t n)
{
    (void)ctx;
    return (double)(n >> CEL_COST_QUICK_SHIFT);
}

static double scan(void *ctx, uint64_t n)
{
    (void)ctx;
    return (double)cel_cost_scan(n);
}

static double join_lists(void *ctx, uint64_t n)
{
    (void)ctx;
    return (double)cel_cost_join_lists(n);
}

static cel_bound apply(const estimate *e, cel_bound_fn *f, cel_bound x)
{
    return cel_bound_apply(&e->unknowns, f, NULL, x);
}

/* ---- names ----------------------------------------------------------------------------
 */

/* Is @path the variable, or the variable and the first of the @keys below it? */
static bool declares(act_str path, act_str var, const act_str *keys, uint32_t count)
{
    act_str component;
    if (path.len == 0) /* the row about everything */
        return true;
    if (!act_str_starts(path, var))
        return false;
    path = act_str_cut(path, var.len);
    if (path.len && path.ptr[0] != '.')
        return false;
    path = act_str_cut(path, 1);
    for (uint32_t i = 0; i < count && path.len; i++) {
        path = act_str_split(path, '.', &component);
        if (!act_str_eq(component, keys[i]))
            return false;
    }
    return path.len == 0;
}

/* What the most precise row says about a path. */
static cel_extent declared(const estimate *e, uint32_t var, const act_str *keys,
                           uint32_t count)
{
    act_str name = cel_env_var_name(e->env, var);
    const cel_size *best = NULL;
    for (size_t i = 0; i < e->size_count; i++) {
        const cel_size *row = &e->sizes[i];
        if (declares(act_str_cstr(row->path), name, keys, count) &&
            (!best || strlen(row->path) > strlen(best->path)))
            best = row;
    }
    if (!(cel_type_kinds(e->env->vars[var].type) & HOLDS_OTHERS))
        return (cel_extent){ 0 };
    cel_bound items = cel_bound_of(best ? (double)best->items : CEL_BOUND_HUGE);
    cel_bound bytes = cel_bound_of(best ? (double)best->bytes : CEL_BOUND_HUGE);
    return (cel_extent){ items, bytes, items };
}

static cel_extent slot_extent(const estimate *e, uint32_t slot)
{
    act_str keys[CEL_PATH_KEYS_MAX];
    uint32_t var;
    uint32_t count = cel_slots_path(e->slots, slot, keys, &var);
    return declared(e, var, keys, count);
}

static void on_const(estimate *e, const cel_op *op, part *ret)
{
    (void)e;
    ret->value = cel_extent_of(op->as.constant);
}

static void on_var(estimate *e, const cel_op *op, part *ret)
{
    spend(ret, 1);
    ret->value = declared(e, op->as.var.index, NULL, 0);
}

static void on_local(estimate *e, const cel_op *op, part *ret)
{
    spend(ret, 1);
    ret->value = e->local[op->as.var.index];
}

static void on_unknown(estimate *e, const cel_op *op, part *ret)
{
    (void)e;
    (void)op;
    spend(ret, 1);
}

static void on_slot(estimate *e, const cel_op *op, part *ret)
{
    spend(ret, op->cost);
    ret->value = slot_extent(e, op->as.slot.slot);
}

/* A test of a slot. One of doubles falls back on the general comparison. */
static void on_slot_test(estimate *e, const cel_op *op, part *ret)
{
    (void)e;
    spend(ret, op->cost + (op->run == cel_run_slot_compare_double));
}

static void on_select(estimate *e, const cel_op *op, part *ret)
{
    cel_extent whole = run(e, op->as.select.operand, ret);
    spend(ret, 1);
    spend_bound(ret, apply(e, scan, whole.count));
    if (op->run != cel_run_has)
        ret->value = cel_extent_part(whole);
}

static void on_index(estimate *e, const cel_op *op, part *ret)
{
    cel_extent whole = run(e, op->as.pair.a, ret);
    cel_extent key = run(e, op->as.pair.b, ret);
    spend(ret, 1);
    spend_bound(ret, apply(e, scan, whole.count));
    spend_bound(ret, apply(e, quick, key.bytes));
    ret->value = cel_extent_part(whole);
}

/* ---- logic and comparison -------------------------------------------------------------
 */

static void on_pair(estimate *e, const cel_op *op, part *ret)
{
    (void)run(e, op->as.pair.a, ret);
    (void)run(e, op->as.pair.b, ret);
}

static void on_many(estimate *e, const cel_op *op, part *ret)
{
    for (uint32_t i = 0; i < op->as.many.count; i++)
        (void)run(e, op->as.many.items[i], ret);
}

/* One operand, and a unit: ! and -. */
static void on_unary(estimate *e, const cel_op *op, part *ret)
{
    (void)run(e, op->as.three.a, ret);
    spend(ret, 1);
}

static void on_cond(estimate *e, const cel_op *op, part *ret)
{
    part yes = { 0 }, no = { 0 };
    (void)run(e, op->as.three.a, ret);
    walk(e, op->as.three.b, &yes);
    walk(e, op->as.three.c, &no);
    spend_bound(ret, cel_bound_either(yes.cost, no.cost));
    ret->value = cel_extent_either(yes.value, no.value);
}

static void on_eq(estimate *e, const cel_op *op, part *ret)
{
    const cel_unknowns *u = &e->unknowns;
    cel_extent a = run(e, op->as.pair.a, ret), b = run(e, op->as.pair.b, ret);
    spend(ret, 1);
    spend_bound(ret, cel_bound_closer(u, cel_equality_work(u, a), cel_equality_work(u, b)));
}

/* Against a constant: the cost is known. */
static void on_with(estimate *e, const cel_op *op, part *ret)
{
    (void)run(e, op->as.with.operand, ret);
    spend(ret, op->cost);
}

static void spend_compare(const estimate *e, part *ret, cel_bound a, cel_bound b)
{
    spend_bound(ret, apply(e, tenth, cel_bound_closer(&e->unknowns, a, b)));
}

static void on_compare(estimate *e, const cel_op *op, part *ret)
{
    cel_extent a = run(e, op->as.pair.a, ret), b = run(e, op->as.pair.b, ret);
    spend_compare(e, ret, a.bytes, b.bytes);
}

static void on_compare_const(estimate *e, const cel_op *op, part *ret)
{
    cel_extent a = run(e, op->as.with.operand, ret);
    spend_compare(e, ret, a.bytes, cel_extent_of(op->as.with.constant).bytes);
}

static void on_in(estimate *e, const cel_op *op, part *ret)
{
    const cel_unknowns *u = &e->unknowns;
    cel_extent v = run(e, op->as.pair.a, ret), in = run(e, op->as.pair.b, ret);
    cel_bound each = cel_bound_mul(u, in.count, cel_equality_work(u, v));
    spend(ret, 1);
    spend_bound(ret, in.count);
    spend_bound(ret, cel_bound_closer(u, cel_equality_work(u, in), each));
    spend_bound(ret, apply(e, quick, v.bytes)); /* of a map */
    spend_bound(ret, apply(e, scan, in.count));
}

static void on_in_set(estimate *e, const cel_op *op, part *ret)
{
    (void)run(e, op->as.set.operand, ret);
    spend(ret, op->cost);
}

/* ---- texts and numbers ----------------------------------------------------------------
 */

static void on_contains(estimate *e, const cel_op *op, part *ret)
{
    cel_extent text = run(e, op->as.with.operand, ret);
    spend_bound(ret, cel_bound_scale(apply(e, tenth, text.bytes), op->cost));
}

static void on_match(estimate *e, const cel_op *op, part *ret)
{
    cel_extent text = run(e, op->as.match.operand, ret);
    cel_bound size = cel_bound_add(text.bytes, cel_bound_of(1));
    spend_bound(ret,
                cel_bound_scale(apply(e, tenth, size), (double)op->as.match.pattern_cost));
}

static void on_concat(estimate *e, const cel_op *op, part *ret)
{
    cel_bound bytes = { 0 };
    for (uint32_t i = 0; i < op->as.many.count; i++)
        bytes = cel_bound_add(bytes, run(e, op->as.many.items[i], ret).bytes);
    spend_bound(ret, apply(e, tenth, bytes));
    ret->value.bytes = cel_string_bound(&e->unknowns, e->limits, bytes);
}

/* Of strings or lists; numbers cost less. */
static void on_add(estimate *e, const cel_op *op, part *ret)
{
    cel_extent a = run(e, op->as.pair.a, ret), b = run(e, op->as.pair.b, ret);
    ret->value = cel_extent_add(a, b);
    spend(ret, 1);
    spend_bound(ret, cel_bound_either(apply(e, tenth, ret->value.bytes),
                                      apply(e, join_lists, ret->value.count)));
}

static void on_arithmetic(estimate *e, const cel_op *op, part *ret)
{
    on_pair(e, op, ret);
    spend(ret, 1);
}

/* ---- literals -------------------------------------------------------------------------
 */

static void on_list(estimate *e, const cel_op *op, part *ret)
{
    spend(ret, op->cost);
    for (uint32_t i = 0; i < op->as.many.count; i++)
        ret->value = cel_extent_add(ret->value, run(e, op->as.many.items[i], ret));
    ret->value.count = cel_bound_of(op->as.many.count);
    ret->value.items = cel_bound_add(ret->value.items, ret->value.count);
}

static void on_map(estimate *e, const cel_op *op, part *ret)
{
    spend(ret, op->cost);
    for (uint32_t i = 0; i < op->as.map.count; i++) {
        cel_extent key = run(e, op->as.map.entries[i].key, ret);
        cel_extent value = run(e, op->as.map.entries[i].value, ret);
        spend_bound(ret, apply(e, quick, key.bytes));
        ret->value = cel_extent_add(ret->value, cel_extent_add(key, value));
    }
    ret->value.count = cel_bound_of(op->as.map.count);
    ret->value.items = cel_bound_add(ret->value.items, ret->value.count);
}

/* ---- folds and binds ------------------------------------------------------------------
 */

/* The steps of a fold over @range, once each: *retstep is the value of a step, and
 * *retelement that of an item, key or value. The fold is closed again. */
static void fold_steps(estimate *e, const cel_op *op, const cel_extent *range, part *each,
                       cel_extent *retelement, cel_extent *retstep)
{
    cel_fold_open(&e->unknowns, range, retelement);
    e->local[op->as.fold.slot1] = *retelement;
    if (op->as.fold.slot2 != CEL_NO_SLOT)
        e->local[op->as.fold.slot2] = *retelement;
    spend(each, 1);
    if (op->as.fold.filter)
        (void)run(e, op->as.fold.filter, each);
    *retstep = op->as.fold.step ? run(e, op->as.fold.step, each) : *retelement;
    if (op->run == cel_run_fold_entries) {
        spend_bound(each, retstep->count);
        spend_bound(each, apply(e, quick, retstep->bytes));
    } else if (op->run == cel_run_fold_map) {
        spend_bound(each, apply(e, quick, retelement->bytes));
    }
    cel_fold_close(&e->unknowns);
}

static void on_fold(estimate *e, const cel_op *op, part *ret)
{
    const cel_unknowns *u = &e->unknowns;
    cel_extent range = run(e, op->as.fold.range, ret);
    cel_extent element, step;
    part each = { 0 };
    fold_steps(e, op, &range, &each, &element, &step);
    spend_bound(ret, cel_fold_sum(u, &range, each.cost));
    if (op->run == cel_run_fold_all || op->run == cel_run_fold_exists ||
        op->run == cel_run_fold_exists_one)
        return;
    cel_extent sum = { cel_fold_sum(u, &range, step.count),
                       cel_fold_sum(u, &range, step.bytes),
                       cel_fold_sum(u, &range, step.items) };
    if (op->run == cel_run_fold_map)
        sum.bytes = cel_bound_add(sum.bytes, cel_fold_sum(u, &range, element.bytes));
    if (op->run != cel_run_fold_entries) {
        sum.count = range.count;
        sum.items = cel_bound_add(sum.items, range.count);
    }
    ret->value = sum;
}

/* The init runs at most once, when it is first read. */
static void on_bind(estimate *e, const cel_op *op, part *ret)
{
    e->local[op->as.bind.slot] = run(e, op->as.bind.init, ret);
    ret->value = run(e, op->as.bind.body, ret);
}

/* ---- calls ----------------------------------------------------------------------------
 */

/* Values of chosen sizes, for asking a cost function. */
typedef struct {
    const cel_overload *overload;
    uint32_t argc;
    cel_value value[ARGS_MAX];
    struct cel_list list[ARGS_MAX];
    struct cel_map map[ARGS_MAX];
    uint32_t varied; /* the argument whose size is tried */
} question;

static uint32_t narrowed(uint64_t size)
{
    return size < UINT32_MAX ? (uint32_t)size : UINT32_MAX;
}

static void set_size(question *q, uint32_t i, uint64_t size)
{
    uint32_t kinds = q->overload->kinds[i], n = narrowed(size);
    q->list[i] = (struct cel_list){ .count = n };
    q->map[i] = (struct cel_map){ .count = n };
    if (kinds & TEXT)
        q->value[i] = (cel_value){ .kind = kinds >> CEL_STRING & 1 ? CEL_STRING : CEL_BYTES,
                                   .len = n };
    else if (kinds >> CEL_LIST & 1)
        q->value[i] = (cel_value){ .kind = CEL_LIST, .as.list = &q->list[i] };
    else if (kinds >> CEL_MAP & 1)
        q->value[i] = (cel_value){ .kind = CEL_MAP, .as.map = &q->map[i] };
    else
        q->value[i] = cel_null();
}

static double ask(void *ctx, uint64_t size)
{
    question *q = ctx;
    set_size(q, q->varied, size);
    return (double)q->overload->def.cost(q->value, q->argc);
}

/* What the cost functions see of an argument: scalars have size 1. */
static cel_bound size_of(const cel_overload *o, uint32_t i, const cel_extent *arg)
{
    cel_bound size = { 0 };
    if (o->kinds[i] & TEXT)
        size = arg->bytes;
    if (o->kinds[i] & CONTAINER)
        size = cel_bound_either(size, arg->count);
    if (o->kinds[i] & ~(uint32_t)(TEXT | CONTAINER))
        size = cel_bound_either(size, cel_bound_of(1));
    return size;
}

/* The overload's cost: with all sizes at their largest, or, closer, as it grows with one
 * of them. */
static cel_bound call_cost(const estimate *e, const cel_overload *o, const cel_extent *args,
                           uint32_t argc)
{
    const cel_unknowns *u = &e->unknowns;
    question q = { .overload = o, .argc = argc };
    if (!o->def.cost)
        return cel_bound_of(1);
    for (uint32_t i = 0; i < argc; i++) {
        double most = cel_bound_most(u, size_of(o, i, &args[i]));
        if (most >= UINT32_MAX)
            return cel_bound_of(CEL_BOUND_HUGE);
        set_size(&q, i, (uint64_t)most + 1);
    }
    cel_bound closest = cel_bound_of(CEL_BOUND_HUGE);
    for (q.varied = 0; q.varied < argc; q.varied++) {
        cel_bound size = size_of(o, q.varied, &args[q.varied]);
        closest = cel_bound_closer(u, closest, cel_bound_apply(u, ask, &q, size));
        set_size(&q, q.varied, (uint64_t)cel_bound_most(u, size) + 1);
    }
    if (argc == 0)
        closest = cel_bound_of((double)o->def.cost(q.value, 0));
    return closest;
}

/* Before an overload's growth has its say: everything that the arguments hold. */
static cel_extent plain_result(const estimate *e, const cel_overload *o,
                               const cel_extent *args, uint32_t argc)
{
    uint32_t result = cel_type_kinds(o->result), given = 0;
    cel_extent sum = { 0 };
    if (!(result & HOLDS_OTHERS))
        return sum;
    for (uint32_t i = 0; i < argc; i++) {
        sum = cel_extent_add(sum, args[i]);
        given |= o->kinds[i];
    }
    sum = cel_extent_part(sum);
    if (!(result & CONTAINER) && !(given & TEXT)) /* string(1), type(x) */
        sum.bytes = cel_bound_add(sum.bytes, cel_bound_of(BRIEF_BYTES));
    if (result >> CEL_TYPE & 1)
        sum.bytes = cel_bound_add(sum.bytes, cel_bound_of(BRIEF_BYTES));
    if (result >> CEL_OPTIONAL & 1)
        sum.items = cel_bound_add(sum.items, cel_bound_of(1));
    if (o->def.flags & CEL_FN_HOST) { /* it may make something of its own */
        cel_bound own = cel_bound_of(e->limits->string_bytes);
        sum.bytes = cel_bound_add(sum.bytes, own);
        if (result & CONTAINER)
            sum.items = cel_bound_add(sum.items, cel_bound_of(e->limits->collection));
        sum = cel_extent_part(sum);
    }
    return sum;
}

static void overload_part(const estimate *e, const cel_overload *o, const cel_extent *args,
                          const cel_value *const *constant, uint32_t argc, part *ret)
{
    cel_growth g = { .unknowns = &e->unknowns,
                     .limits = e->limits,
                     .args = args,
                     .constant = constant,
                     .argc = argc,
                     .result = plain_result(e, o, args, argc) };
    if (o->def.growth)
        o->def.growth(&g);
    ret->cost = cel_bound_add(call_cost(e, o, args, argc), g.charged);
    ret->value = g.result;
}

/* Any of the overloads may be the one. */
static void on_call(estimate *e, const cel_op *op, part *ret)
{
    uint32_t argc = op->as.call.argc;
    act_arena_mark mark = act_arena_save(e->arena);
    const cel_value **constant = act_arena_make_n(e->arena, const cel_value *, argc);
    cel_extent *args = act_arena_make_n(e->arena, cel_extent, argc);
    part worst = { .cost.c = 1 };
    if (!constant || !args) {
        e->err = ACT_ENOMEM;
        return;
    }
    for (uint32_t i = 0; i < argc; i++) {
        const cel_op *arg = op->as.call.args[i];
        args[i] = run(e, arg, ret);
        constant[i] = cel_op_is_const(arg) ? &arg->as.constant : NULL;
    }
    for (uint32_t i = 0; i < op->as.call.overload_count; i++) {
        const cel_overload *o = op->as.call.overloads[i];
        part one = { 0 };
        if (o->param_count != argc)
            continue;
        overload_part(e, o, args, constant, argc, &one);
        worst.cost = cel_bound_either(worst.cost, one.cost);
        worst.value = cel_extent_either(worst.value, one.value);
    }
    act_arena_restore(e->arena, mark);
    spend_bound(ret, worst.cost);
    ret->value = worst.value;
}

static void on_optional_or(estimate *e, const cel_op *op, part *ret)
{
    cel_extent a = run(e, op->as.pair.a, ret), b = run(e, op->as.pair.b, ret);
    spend(ret, 1);
    ret->value = cel_extent_either(a, b);
}

/* ---- all ops --------------------------------------------------------------------------
 */

static const struct {
    cel_run *run;
    void (*estimate)(estimate *e, const cel_op *op, part *ret);
} shapes[] = {
    { cel_run_const, on_const },
    { cel_run_var, on_var },
    { cel_run_local, on_local },
    { cel_run_lazy, on_local },
    { cel_run_unknown, on_unknown },
    { cel_run_no_function, on_unknown },
    { cel_run_slot, on_slot },
    { cel_run_slot_has, on_slot_test },
    { cel_run_slot_eq_string, on_slot_test },
    { cel_run_slot_compare_double, on_slot_test },
    { cel_run_slot_in_strings, on_slot_test },
    { cel_run_select, on_select },
    { cel_run_has, on_select },
    { cel_run_opt_select, on_select },
    { cel_run_index, on_index },
    { cel_run_opt_index, on_index },
    { cel_run_and, on_many },
    { cel_run_or, on_many },
    { cel_run_and2, on_pair },
    { cel_run_or2, on_pair },
    { cel_run_not, on_unary },
    { cel_run_negate, on_unary },
    { cel_run_cond, on_cond },
    { cel_run_eq, on_eq },
    { cel_run_eq_string, on_with },
    { cel_run_eq_scalar, on_with },
    { cel_run_compare, on_compare },
    { cel_run_compare_const, on_compare_const },
    { cel_run_in, on_in },
    { cel_run_in_set, on_in_set },
    { cel_run_starts, on_with },
    { cel_run_ends, on_with },
    { cel_run_contains, on_contains },
    { cel_run_match, on_match },
    { cel_run_concat, on_concat },
    { cel_run_list, on_list },
    { cel_run_map, on_map },
    { cel_run_add, on_add },
    { cel_run_subtract, on_arithmetic },
    { cel_run_multiply, on_arithmetic },
    { cel_run_divide, on_arithmetic },
    { cel_run_modulo, on_arithmetic },
    { cel_run_call, on_call },
    { cel_run_call1, on_call },
    { cel_run_call2, on_call },
    { cel_run_optional_or, on_optional_or },
    { cel_run_optional_or_value, on_optional_or },
    { cel_run_fold_all, on_fold },
    { cel_run_fold_exists, on_fold },
    { cel_run_fold_exists_one, on_fold },
    { cel_run_fold_list, on_fold },
    { cel_run_fold_map, on_fold },
    { cel_run_fold_entries, on_fold },
    { cel_run_bind, on_bind },
};

/* The recursion is as deep as the tree, which the parser bounds. */
static void walk(estimate *e, const cel_op *op, part *ret)
{
    for (size_t i = 0; i < ACT_COUNT(shapes); i++) {
        if (shapes[i].run == op->run) {
            shapes[i].estimate(e, op, ret);
            return;
        }
    }
    assert(!"an op without an estimate");
    ret->cost = cel_bound_of(CEL_BOUND_HUGE);
}

int cel_estimate(const cel_program *p, const cel_size *sizes, size_t n, uint64_t *ret)
{
    const struct cel_plan *plan = p->plan;
    if (!plan)
        return ACT_EINVAL;
    estimate e = { .env = p->env,
                   .limits = &p->env->limits,
                   .slots = plan->slots,
                   .sizes = sizes,
                   .size_count = n };
    int err = act_arena_new(ARENA_CAP, 0, &e.arena);
    if (err)
        return err;
    part all = { 0 };
    e.local = act_arena_make_n(e.arena, cel_extent, plan->frame_size);
    if (e.local)
        walk(&e, plan->root, &all);
    err = e.local ? e.err : ACT_ENOMEM;
    act_arena_free(e.arena);
    if (!err)
        *ret = cel_bound_units(&e.unknowns, all.cost);
    return err;
}
