/* Calls with ops of their own: operators, and tests whose one side is constant. */
#include "cel/cost.h"
#include "cel/plan.h"

#include <math.h>

/* What the functions below get: the call and its planned operands (receiver first). */
typedef struct {
    const cel_node *n;
    cel_op *arg[3];
    uint32_t argc;
    uint32_t variant; /* of the table's row */
} special;

static bool folds(const cel_planner *pl, const cel_op *op)
{
    return pl->fold && cel_op_is_const(op);
}

static bool is_const_string(const cel_op *op)
{
    return cel_op_is_const(op) && op->as.constant.kind == CEL_STRING;
}

/* Two operands in one op; folded when both are constants. */
static cel_op *plan_pair(cel_planner *pl, const special *s, cel_run *run)
{
    cel_op *op = cel_plan_op(pl, run, s->n);
    if (!op)
        return NULL;
    op->as.pair.a = s->arg[0];
    op->as.pair.b = s->arg[1];
    op->as.pair.relation = s->variant;
    if (folds(pl, s->arg[0]) && folds(pl, s->arg[1]))
        cel_plan_fold(pl, op, s->arg, 2);
    return op;
}

/* ---- logic ----------------------------------------------------------------------------
 */

static bool is_logic(const cel_node *n, const char *name)
{
    return cel_node_is_call(n, name, 2) && !n->as.call.target;
}

/* a && (b && c) and (a && b) && c alike become one op: the order of evaluation and the
 * result are the same. Fills @ret (when not NULL) and returns the number of operands. */
static uint32_t flatten_logic(const cel_node *n, const char *name, const cel_node **ret)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < 2; i++) {
        const cel_node *arg = n->as.call.args[i];
        if (is_logic(arg, name))
            count += flatten_logic(arg, name, ret ? ret + count : NULL);
        else if (ret)
            ret[count++] = arg;
        else
            count++;
    }
    return count;
}

static cel_op *plan_logic(cel_planner *pl, const cel_node *n, bool deciding)
{
    const char *name = deciding ? "_||_" : "_&&_";
    uint32_t count = flatten_logic(n, name, NULL);
    const cel_node **nodes = act_arena_make_n(pl->scratch, const cel_node *, count);
    cel_op **ops = cel_plan_ops(pl, count);
    if (!nodes || !ops) {
        pl->err = ACT_ENOMEM;
        return NULL;
    }
    (void)flatten_logic(n, name, nodes);
    for (uint32_t i = 0; i < count; i++) {
        cel_op *op = cel_plan_node(pl, nodes[i]);
        if (!op)
            return NULL;
        /* In front of everything else, the deciding constant is the result. */
        if (i == 0 && folds(pl, op) && op->as.constant.kind == CEL_BOOL &&
            op->as.constant.as.boolean == deciding)
            return op;
        ops[i] = op;
    }
    cel_op *op = cel_plan_op(pl, deciding ? cel_run_or : cel_run_and, n);
    if (!op)
        return NULL;
    if (count == 2) {
        op->run = deciding ? cel_run_or2 : cel_run_and2;
        op->as.pair.a = ops[0];
        op->as.pair.b = ops[1];
    } else {
        op->as.many.items = cel_plan_keep_ops(pl, ops, count);
        op->as.many.count = count;
    }
    return op;
}

static cel_op *plan_cond(cel_planner *pl, const cel_node *n)
{
    cel_op *condition = cel_plan_node(pl, n->as.call.args[0]);
    if (!condition)
        return NULL;
    if (folds(pl, condition) && condition->as.constant.kind == CEL_BOOL)
        return cel_plan_node(pl,
                             n->as.call.args[condition->as.constant.as.boolean ? 1 : 2]);
    cel_op *op = cel_plan_op(pl, cel_run_cond, n);
    const cel_op *yes = cel_plan_node(pl, n->as.call.args[1]);
    const cel_op *no = cel_plan_node(pl, n->as.call.args[2]);
    if (!op || !yes || !no)
        return NULL;
    op->as.three.a = condition;
    op->as.three.b = yes;
    op->as.three.c = no;
    return op;
}

static cel_op *plan_not(cel_planner *pl, const special *s)
{
    if (s->arg[0]->run == cel_run_slot_has) { /* the presence test turns its own result */
        s->arg[0]->as.slot.relation ^= 1;
        s->arg[0]->cost++;
        return s->arg[0];
    }
    cel_op *op = cel_plan_op(pl, cel_run_not, s->n);
    if (!op)
        return NULL;
    op->as.three.a = s->arg[0];
    if (folds(pl, s->arg[0]))
        cel_plan_fold(pl, op, s->arg, 1);
    return op;
}

/* ---- comparison -----------------------------------------------------------------------
 */

static bool is_scalar(cel_value v)
{
    return v.kind <= CEL_DOUBLE || v.kind == CEL_TIMESTAMP || v.kind == CEL_DURATION;
}

/* Let @op, which reads a slot, go on with @run at node @n: one op instead of two. */
static void extend_slot(cel_op *op, const special *s, cel_run *run)
{
    op->run = run;
    op->cost++;
    op->at = s->n->offset;
    op->as.slot.relation = s->variant;
}

/* An op that tests @operand against @constant, an op that is dropped. A plain slot is read
 * in place. */
static cel_op *plan_with(cel_planner *pl, const special *s, cel_op *operand,
                         cel_op *constant, cel_run *run, cel_run *slot_run)
{
    cel_value value = constant->as.constant;
    cel_plan_drop(pl, constant);
    if (slot_run && operand->run == cel_run_slot) {
        extend_slot(operand, s, slot_run);
        operand->as.slot.constant = value;
        return operand;
    }
    cel_op *op = cel_plan_op(pl, run, s->n);
    if (!op)
        return NULL;
    op->cost = 1;
    op->as.with.operand = operand;
    op->as.with.relation = s->variant;
    op->as.with.constant = value;
    return op;
}

static cel_op *plan_equal(cel_planner *pl, const special *s)
{
    cel_op *a = s->arg[0];
    cel_op *b = s->arg[1];
    if (cel_op_is_const(a) && !cel_op_is_const(b)) {
        a = s->arg[1];
        b = s->arg[0];
    }
    if (cel_op_is_const(a) || !cel_op_is_const(b))
        return plan_pair(pl, s, cel_run_eq);
    if (b->as.constant.kind == CEL_STRING)
        return plan_with(pl, s, a, b, cel_run_eq_string, cel_run_slot_eq_string);
    if (is_scalar(b->as.constant))
        return plan_with(pl, s, a, b, cel_run_eq_scalar, NULL);
    return plan_pair(pl, s, cel_run_eq);
}

/* @v as a double when nothing is lost. */
static bool as_exact_double(cel_value v, cel_value *ret)
{
    const int64_t exact = INT64_C(1) << 53;
    if (v.kind == CEL_DOUBLE && !isnan(v.as.f64))
        *ret = v;
    else if (v.kind == CEL_INT && v.as.i64 >= -exact && v.as.i64 <= exact)
        *ret = cel_double((double)v.as.i64);
    else if (v.kind == CEL_UINT && v.as.u64 <= (uint64_t)exact)
        *ret = cel_double((double)v.as.u64);
    else
        return false;
    return true;
}

static cel_op *plan_compare(cel_planner *pl, const special *s)
{
    /* c < x is x > c */
    static const uint32_t mirrored[] = { CEL_REL_GT, CEL_REL_GE, CEL_REL_LT, CEL_REL_LE };
    special turned = *s;
    bool left = cel_op_is_const(s->arg[0]);
    if (left == cel_op_is_const(s->arg[1]))
        return plan_pair(pl, s, cel_run_compare);
    if (left)
        turned.variant = mirrored[s->variant];
    cel_op *operand = s->arg[left ? 1 : 0];
    cel_op *constant = s->arg[left ? 0 : 1];
    if (operand->run == cel_run_slot &&
        as_exact_double(constant->as.constant, &constant->as.constant))
        return plan_with(pl, &turned, operand, constant, cel_run_compare_const,
                         cel_run_slot_compare_double);
    return plan_with(pl, &turned, operand, constant, cel_run_compare_const, NULL);
}

/* Hash table of a long constant list, or NULL when memory is out. */
static uint32_t *set_table(cel_planner *pl, cel_const_set *set)
{
    uint32_t size = 16;
    while (size < 2 * set->count)
        size *= 2;
    uint32_t *table = act_arena_make_n(pl->a, uint32_t, size);
    if (!table)
        return NULL;
    set->mask = size - 1;
    for (uint32_t i = 0; i < set->count; i++) {
        uint32_t at = (uint32_t)cel_value_hash(set->items[i]) & set->mask;
        while (table[at])
            at = (at + 1) & set->mask;
        table[at] = i + 1;
    }
    return table;
}

static cel_op *plan_in(cel_planner *pl, const special *s)
{
    cel_op *list = s->arg[1];
    if (!folds(pl, list) || list->as.constant.kind != CEL_LIST || folds(pl, s->arg[0]))
        return plan_pair(pl, s, cel_run_in);
    cel_const_set *set = act_arena_make(pl->a, cel_const_set);
    if (!set) {
        pl->err = ACT_ENOMEM;
        return NULL;
    }
    *set = (cel_const_set){ .items = list->as.constant.as.list->items,
                            .count = list->as.constant.as.list->count,
                            .all_strings = true };
    bool hashable = true;
    for (uint32_t i = 0; i < set->count; i++) {
        act_str text = cel_value_str(set->items[i]);
        set->longest = text.len > set->longest ? (uint32_t)text.len : set->longest;
        set->all_strings &= set->items[i].kind == CEL_STRING;
        hashable &= is_scalar(set->items[i]) || set->items[i].kind == CEL_STRING ||
                    set->items[i].kind == CEL_BYTES;
    }
    if (hashable && set->count > CEL_SET_SCAN_MAX) {
        set->table = set_table(pl, set);
        if (!set->table) {
            pl->err = ACT_ENOMEM;
            return NULL;
        }
    }
    cel_plan_drop(pl, list);
    uint32_t scanned = set->table ? 0 : set->count;
    if (set->all_strings && s->arg[0]->run == cel_run_slot) {
        extend_slot(s->arg[0], s, cel_run_slot_in_strings);
        s->arg[0]->cost += scanned;
        s->arg[0]->as.slot.set = set;
        return s->arg[0];
    }
    cel_op *op = cel_plan_op(pl, cel_run_in_set, s->n);
    if (!op)
        return NULL;
    op->cost = 1 + scanned;
    op->as.set.operand = s->arg[0];
    op->as.set.set = set;
    return op;
}

/* ---- texts ----------------------------------------------------------------------------
 */

/* a + b whose checked type says that it joins two strings and nothing else. */
static bool is_concat(const cel_node *n)
{
    return cel_node_is_call(n, "_+_", 2) && n->as.call.overload_count == 1 &&
           strcmp(n->as.call.overloads[0]->def.id, "add_string") == 0;
}

static uint32_t flatten_concat(const cel_node *n, const cel_node **ret)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < 2; i++) {
        const cel_node *arg = n->as.call.args[i];
        if (is_concat(arg))
            count += flatten_concat(arg, ret ? ret + count : NULL);
        else if (ret)
            ret[count++] = arg;
        else
            count++;
    }
    return count;
}

/* @count operands in one op; more than fit become operands of their own. */
static cel_op *join(cel_planner *pl, const cel_node *n, cel_op **ops, uint32_t count)
{
    while (count > CEL_CONCAT_MAX) {
        uint32_t groups = 0;
        for (uint32_t i = 0; i < count; i += CEL_CONCAT_MAX) {
            uint32_t size = count - i < CEL_CONCAT_MAX ? count - i : CEL_CONCAT_MAX;
            ops[groups] = join(pl, n, ops + i, size);
            if (!ops[groups++])
                return NULL;
        }
        count = groups;
    }
    cel_op *op = cel_plan_op(pl, cel_run_concat, n);
    if (!op)
        return NULL;
    op->as.many.items = cel_plan_keep_ops(pl, ops, count);
    op->as.many.count = count;
    return op;
}

static cel_op *plan_concat(cel_planner *pl, const cel_node *n)
{
    uint32_t count = flatten_concat(n, NULL);
    const cel_node **nodes = act_arena_make_n(pl->scratch, const cel_node *, count);
    cel_op **ops = cel_plan_ops(pl, count);
    if (!nodes || !ops) {
        pl->err = ACT_ENOMEM;
        return NULL;
    }
    (void)flatten_concat(n, nodes);
    bool constant = pl->fold;
    for (uint32_t i = 0; i < count; i++) {
        ops[i] = cel_plan_node(pl, nodes[i]);
        if (!ops[i])
            return NULL;
        constant &= cel_op_is_const(ops[i]);
    }
    cel_op *op = join(pl, n, ops, count);
    if (op && constant)
        cel_plan_fold(pl, op, NULL, 0);
    return op;
}

/* s.startsWith('x') and its like; other shapes are ordinary calls. */
static cel_op *plan_text_test(cel_planner *pl, const special *s, cel_run *run)
{
    if (!is_const_string(s->arg[1]) || cel_op_is_const(s->arg[0]))
        return NULL;
    cel_op *op = plan_with(pl, s, s->arg[0], s->arg[1], run, NULL);
    if (op)
        op->cost = (uint32_t)cel_cost_tenth_of(op->as.with.constant.len);
    return op;
}

static cel_op *plan_starts(cel_planner *pl, const special *s)
{
    return plan_text_test(pl, s, cel_run_starts);
}

static cel_op *plan_ends(cel_planner *pl, const special *s)
{
    return plan_text_test(pl, s, cel_run_ends);
}

static cel_op *plan_contains(cel_planner *pl, const special *s)
{
    return plan_text_test(pl, s, cel_run_contains);
}

/* A constant pattern is compiled once; a bad one, or one too many, stays a call. */
static cel_op *plan_matches(cel_planner *pl, const special *s)
{
    cel_regex *re = NULL;
    const cel_limits *limits = &pl->env->limits;
    cel_regex_limits of_regex = cel_limits_of_regex(limits);
    if (!is_const_string(s->arg[1]) || cel_op_is_const(s->arg[0]) ||
        pl->pattern_size > CEL_PATTERNS_MAX * (uint64_t)limits->regex_program)
        return NULL;
    act_str pattern = cel_value_str(s->arg[1]->as.constant);
    if (cel_regex_compile(pattern, &of_regex, &re, NULL)) {
        pl->pattern_size += limits->regex_program;
        return NULL;
    }
    pl->pattern_size += cel_regex_size(re);
    struct cel_plan_regex *owner = act_arena_make(pl->a, struct cel_plan_regex);
    cel_op *op = cel_plan_op(pl, cel_run_match, s->n);
    if (!owner || !op) {
        cel_regex_free(re);
        pl->err = ACT_ENOMEM;
        return NULL;
    }
    *owner = (struct cel_plan_regex){ .next = pl->plan->regexes, .re = re };
    pl->plan->regexes = owner;
    op->as.match.operand = s->arg[0];
    op->as.match.re = re;
    op->as.match.pattern_cost = pattern.len ? (pattern.len + 3) / 4 : 1;
    cel_plan_drop(pl, s->arg[1]);
    return op;
}

/* ---- the rest -------------------------------------------------------------------------
 */

static cel_op *plan_negate(cel_planner *pl, const special *s)
{
    cel_op *op = cel_plan_op(pl, cel_run_negate, s->n);
    if (!op)
        return NULL;
    op->as.three.a = s->arg[0];
    if (folds(pl, s->arg[0]))
        cel_plan_fold(pl, op, s->arg, 1);
    return op;
}

static cel_op *plan_arithmetic(cel_planner *pl, const special *s)
{
    static cel_run *const runs[] = { cel_run_add, cel_run_subtract, cel_run_multiply,
                                     cel_run_divide, cel_run_modulo };
    return plan_pair(pl, s, runs[s->variant]);
}

static cel_op *plan_index(cel_planner *pl, const special *s)
{
    return plan_pair(pl, s, s->variant ? cel_run_opt_index : cel_run_index);
}

static cel_op *plan_opt_select(cel_planner *pl, const special *s)
{
    if (!is_const_string(s->arg[1]))
        return NULL;
    cel_op *op = cel_plan_op(pl, cel_run_opt_select, s->n);
    if (!op)
        return NULL;
    op->as.select.operand = s->arg[0];
    op->as.select.key = s->arg[1]->as.constant;
    op->as.select.hash = act_str_hash(cel_value_str(s->arg[1]->as.constant));
    cel_plan_drop(pl, s->arg[1]);
    if (folds(pl, s->arg[0]))
        cel_plan_fold(pl, op, s->arg, 1);
    return op;
}

static cel_op *plan_optional_or(cel_planner *pl, const special *s)
{
    return plan_pair(pl, s, s->variant ? cel_run_optional_or_value : cel_run_optional_or);
}

enum style { OPERATOR, MEMBER, EITHER };

/* Every special form: its name, style, operands with the receiver, and its planner. */
static const struct {
    const char *name;
    enum style style;
    uint32_t argc;
    uint32_t variant;
    cel_op *(*plan)(cel_planner *pl, const special *s);
} forms[] = {
    { "!_", OPERATOR, 1, 0, plan_not },
    { "-_", OPERATOR, 1, 0, plan_negate },
    { "_==_", OPERATOR, 2, 0, plan_equal },
    { "_!=_", OPERATOR, 2, 1, plan_equal },
    { "_<_", OPERATOR, 2, CEL_REL_LT, plan_compare },
    { "_<=_", OPERATOR, 2, CEL_REL_LE, plan_compare },
    { "_>_", OPERATOR, 2, CEL_REL_GT, plan_compare },
    { "_>=_", OPERATOR, 2, CEL_REL_GE, plan_compare },
    { "@in", OPERATOR, 2, 0, plan_in },
    { "_+_", OPERATOR, 2, 0, plan_arithmetic },
    { "_-_", OPERATOR, 2, 1, plan_arithmetic },
    { "_*_", OPERATOR, 2, 2, plan_arithmetic },
    { "_/_", OPERATOR, 2, 3, plan_arithmetic },
    { "_%_", OPERATOR, 2, 4, plan_arithmetic },
    { "_[_]", OPERATOR, 2, 0, plan_index },
    { "_[?_]", OPERATOR, 2, 1, plan_index },
    { "_?._", OPERATOR, 2, 0, plan_opt_select },
    { "startsWith", MEMBER, 2, 0, plan_starts },
    { "endsWith", MEMBER, 2, 0, plan_ends },
    { "contains", MEMBER, 2, 0, plan_contains },
    { "matches", EITHER, 2, 0, plan_matches },
    { "or", MEMBER, 2, 0, plan_optional_or },
    { "orValue", MEMBER, 2, 1, plan_optional_or },
};

/* A named function is special only as the library's own, not as one of the host. */
static bool is_library_call(const cel_node *n)
{
    if (!n->as.call.function || n->as.call.overload_count != 1)
        return false;
    return !(n->as.call.overloads[0]->def.flags & CEL_FN_HOST);
}

static bool fits(size_t form, const cel_node *n, uint32_t argc)
{
    bool member = n->as.call.target != NULL;
    if (forms[form].argc != argc || !act_str_eq_cstr(n->as.call.name, forms[form].name))
        return false;
    switch (forms[form].style) {
    case OPERATOR:
        return !member;
    case MEMBER:
        return member && is_library_call(n);
    case EITHER:
        return is_library_call(n);
    }
    return false;
}

cel_op *cel_plan_special(cel_planner *pl, const cel_node *n)
{
    if (is_logic(n, "_&&_"))
        return plan_logic(pl, n, false);
    if (is_logic(n, "_||_"))
        return plan_logic(pl, n, true);
    if (cel_node_is_call(n, "_?_:_", 3))
        return plan_cond(pl, n);
    if (is_concat(n))
        return plan_concat(pl, n);

    uint32_t receiver = n->as.call.target ? 1 : 0;
    special s = { .n = n, .argc = n->as.call.argc + receiver };
    size_t form = 0;
    while (form < ACT_COUNT(forms) && !fits(form, n, s.argc))
        form++;
    if (form == ACT_COUNT(forms))
        return NULL;
    s.variant = forms[form].variant;
    for (uint32_t i = 0; i < s.argc; i++) {
        s.arg[i] = cel_plan_node(pl, receiver && i == 0 ? n->as.call.target
                                                        : n->as.call.args[i - receiver]);
        if (!s.arg[i])
            return NULL;
    }
    cel_op *op = forms[form].plan(pl, &s);
    if (op || pl->err)
        return op;
    /* The shape did not fit. The operands are planned already, and planning them again at
     * every level would take exponential time. */
    return cel_plan_call(pl, n, s.arg, s.argc);
}
