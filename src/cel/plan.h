/** @file
 *  The planned form of an expression: a tree of small structs, each with the function that
 *  evaluates it. For planner and evaluator. */
#ifndef CEL_PLAN_H
#define CEL_PLAN_H

#include "cel/eval.h"

typedef struct cel_op cel_op;

/** Evaluate @op: the result is a value or CEL_ERROR. */
typedef cel_value cel_run(const cel_op *op, cel_ctx *ctx);

/** A set of constants for `x in [..]`. Open addressing over cel_value_hash(). */
typedef struct {
    const cel_value *items;
    uint32_t count;
    bool all_strings;
    uint32_t longest; /**< bytes of its strings and bytes: longer ones need no look */
    uint32_t mask;
    const uint32_t *table; /**< item + 1, 0 is free; NULL for few items */
} cel_const_set;

/** Operators that compare; order fixed, tables depend on it. */
enum cel_relation { CEL_REL_LT, CEL_REL_LE, CEL_REL_GT, CEL_REL_GE };

typedef struct {
    const cel_op *key;
    const cel_op *value;
    bool optional;
} cel_op_entry;

struct cel_op {
    cel_run *run;
    uint32_t at;   /**< byte of the source, for errors */
    uint32_t cost; /**< charged by each run */
    union {
        cel_value constant; /**< or the name of what is not there */
        struct {
            uint32_t index;
            const cel_op *init; /**< of a lazy local */
        } var;
        struct {
            uint32_t slot;
            uint32_t relation; /**< != 0: negated, or enum cel_relation */
            uint32_t at;       /**< of the path, where the op is more than that */
            union {
                cel_value constant;
                const cel_const_set *set;
            };
        } slot;
        struct {
            const cel_op *operand;
            uint64_t hash;
            cel_value key; /**< CEL_STRING */
        } select;
        struct {
            const cel_op *a, *b, *c;
        } three;
        struct {
            const cel_op *operand;
            uint32_t relation; /**< enum cel_relation, or != for equality */
            cel_value constant;
        } with;
        struct {
            const cel_op *a, *b;
            uint32_t relation;
        } pair;
        struct {
            const cel_op *const *items;
            const bool *optional; /**< or NULL */
            uint32_t count;
        } many;
        struct {
            const cel_op_entry *entries;
            uint32_t count;
        } map;
        struct {
            const cel_op *operand;
            const cel_const_set *set;
        } set;
        struct {
            const cel_op *operand;
            const cel_regex *re;
            uint64_t pattern_cost;
        } match;
        struct {
            const cel_op *const *args;
            uint32_t argc;
            uint32_t overload_count;
            const cel_overload *const *overloads; /**< one: it fits, if kinds are right */
        } call;
        struct {
            const cel_op *range;
            const cel_op *filter;
            const cel_op *step;
            uint32_t slot1, slot2; /**< CEL_NO_SLOT: one variable */
        } fold;
        struct {
            const cel_op *init, *body;
            uint32_t slot;
        } bind;
    } as;
};
static_assert(sizeof(cel_op) <= 48, "a rule is mostly ops");

struct cel_plan {
    const cel_op *root;
    cel_slots *slots; /**< a reference */
    uint32_t slot_count;
    uint32_t frame_size;
    struct cel_plan_regex {
        struct cel_plan_regex *next;
        cel_regex *re;
    } * regexes;
    const cel_path *paths;
    uint32_t path_count;
};

enum {
    CEL_LAZY = CEL_KIND_COUNT, /**< kind that marks a cel.bind() whose init has not run */
    CEL_PATH_KEYS_MAX = 32,    /**< of a slot; longer chains are selected step by step */
    CEL_CONCAT_MAX = 16,       /**< operands of one concatenation; longer ones nest */
    CEL_SET_SCAN_MAX = 8,      /**< a longer constant set gets a hash table */
};

/* Each evaluates one shape of op. */

cel_run cel_run_const, cel_run_var, cel_run_local, cel_run_lazy, cel_run_unknown;
cel_run cel_run_slot, cel_run_slot_has, cel_run_select, cel_run_has;
cel_run cel_run_opt_select, cel_run_index, cel_run_opt_index;
cel_run cel_run_and, cel_run_or, cel_run_and2, cel_run_or2, cel_run_not, cel_run_cond;
cel_run cel_run_eq, cel_run_eq_string, cel_run_slot_eq_string, cel_run_eq_scalar;
cel_run cel_run_compare, cel_run_compare_const, cel_run_slot_compare_double;
cel_run cel_run_in, cel_run_in_set, cel_run_slot_in_strings;
cel_run cel_run_starts, cel_run_ends, cel_run_contains, cel_run_match;
cel_run cel_run_list, cel_run_map, cel_run_concat;
cel_run cel_run_call, cel_run_call1, cel_run_call2, cel_run_no_function;
cel_run cel_run_add, cel_run_subtract, cel_run_multiply, cel_run_divide, cel_run_modulo;
cel_run cel_run_negate;
cel_run cel_run_optional_or, cel_run_optional_or_value;
cel_run cel_run_fold_all, cel_run_fold_exists, cel_run_fold_exists_one;
cel_run cel_run_fold_list, cel_run_fold_map, cel_run_fold_entries, cel_run_bind;

/* fold.c */

/** A context for running ops at compile time: no variables, tight limits, @a as arena. */
void cel_fold_begin(cel_ctx *ctx, const cel_env *env, act_arena *a, cel_limits *limits)
    ACT_NONNULL(1, 2, 3, 4);
void cel_fold_end(cel_ctx *ctx) ACT_NONNULL(1);
/** Turn @op, whose operands are constants, into its result; an error leaves it alone. For
 *  cel_plan_fold(). */
void cel_fold_op(cel_ctx *ctx, cel_op *op) ACT_NONNULL(1, 2);

static inline bool cel_op_is_const(const cel_op *op)
{
    return op->run == cel_run_const;
}

/* plan_special.c: what plan.c tries before the general form. */

typedef struct cel_planner cel_planner;
struct cel_planner {
    cel_program *program;
    const cel_env *env;
    act_str text;       /**< source that the tree's names may point into */
    act_arena *a;       /**< the program's: what stays */
    act_arena *scratch; /**< gone after planning */
    cel_slots *slots;
    struct cel_plan *plan;
    const cel_op **lazy; /**< by frame slot: init of the bind that owns it, or NULL */
    cel_op *spare;       /**< dropped ops, linked by as.three.a */
    bool fold;
    uint64_t pattern_size; /**< instructions of all patterns so far */
    int err;               /**< first failure; planning functions then return NULL */
    cel_ctx ctx;           /**< for folding */
    cel_limits limits;
    struct cel_plan_path {
        struct cel_plan_path *next;
        cel_path path;
    } * paths;
};

/** New op for @n; on failure planner->err is set and NULL returned. So do those below. */
cel_op *cel_plan_op(cel_planner *pl, cel_run *run, const cel_node *n) ACT_NONNULL(1, 2, 3);
cel_op *cel_plan_node(cel_planner *pl, const cel_node *n) ACT_NONNULL(1, 2);
/** A call that the values' kinds dispatch; folded when all @args are constants. */
cel_op *cel_plan_call(cel_planner *pl, const cel_node *n, cel_op **args, uint32_t argc)
    ACT_NONNULL(1, 2, 3);

/** Nothing refers to @op any more: the next cel_plan_op() takes it. */
void cel_plan_drop(cel_planner *pl, cel_op *op) ACT_NONNULL(1, 2);
/** Turn @op, whose @count operands @args are constants, into its result and drop them; an
 *  error leaves all of it as it is. */
void cel_plan_fold(cel_planner *pl, cel_op *op, cel_op *const *args, uint32_t count)
    ACT_NONNULL(1, 2);

/** Room for @count pointers to ops, in scratch. */
cel_op **cel_plan_ops(cel_planner *pl, uint32_t count) ACT_NONNULL(1);
/** Copy of them that stays; NULL on failure. */
const cel_op *const *cel_plan_keep_ops(cel_planner *pl, cel_op *const *ops, uint32_t count)
    ACT_NONNULL(1, 2);

/** A call that has a form of its own (operators, tests against constants); NULL: none. */
cel_op *cel_plan_special(cel_planner *pl, const cel_node *n) ACT_NONNULL(1, 2);

/* slots.c */

/** Value of path @index selected step by step: optionals on the way are looked into. With
 *  @has it is the presence of the last key. Errors show @at. */
cel_value cel_slot_walk(cel_ctx *ctx, uint32_t index, bool has, uint32_t at) ACT_NONNULL(1);
/** What reading slot @index gives, which has a failure. */
cel_value cel_slot_failed(cel_ctx *ctx, uint32_t index, uint32_t at) ACT_NONNULL(1);

static inline cel_value cel_slot_value(cel_ctx *ctx, uint32_t index, uint32_t at)
{
    const cel_slot_state *s = cel_slot_get(ctx, index);
    return ACT_LIKELY(!s->failure) ? s->value : cel_slot_failed(ctx, index, at);
}

/** eval_core.c: one step of a selection. *@key outlives the evaluation. */
cel_value cel_select_key(cel_ctx *ctx, cel_value v, const cel_value *key, uint64_t hash,
                         uint32_t at) ACT_NONNULL(1, 3);
cel_value cel_has_key(cel_ctx *ctx, cel_value v, const cel_value *key, uint64_t hash,
                      uint32_t at) ACT_NONNULL(1, 3);

/** Number of the path that starts at variable @var (UINT32_MAX on a parent: @parent) and
 *  goes on by @key; made if new. ACT_ENOMEM. */
int cel_slots_var(cel_slots *s, uint32_t var, uint32_t *ret) ACT_NONNULL(1, 3);
int cel_slots_key(cel_slots *s, uint32_t parent, act_str key, uint32_t *ret)
    ACT_NONNULL(1, 4);
uint32_t cel_slots_count(const cel_slots *s) ACT_NONNULL(1);
/** The keys of path @index into @keys, from the variable *retvar on; their number. */
uint32_t cel_slots_path(const cel_slots *s, uint32_t index, act_str keys[CEL_PATH_KEYS_MAX],
                        uint32_t *retvar) ACT_NONNULL(1, 3, 4);
cel_slots *cel_slots_ref(cel_slots *s) ACT_NONNULL(1);

#endif
