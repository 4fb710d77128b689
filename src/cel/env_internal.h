/** @file
 *  What environments and programs hold inside: for parser, checker and planner only. */
#ifndef CEL_ENV_INTERNAL_H
#define CEL_ENV_INTERNAL_H

#include "cel/function.h"
#include "cel/macro.h"

typedef struct {
    cel_value name; /**< a string */
    const cel_type *type;
} cel_var;

/** Open-addressed table from names to small numbers; grows in the env's arena. */
typedef struct {
    struct cel_name_slot {
        act_str name;
        uint32_t value; /**< UINT32_MAX: free */
    } * slots;
    uint32_t size, count;
} cel_names;

struct cel_env {
    act_arena *arena;
    cel_limits limits;
    unsigned options;
    act_str container;
    act_str zoneinfo;
    uint32_t lib_version[CEL_LIB_COUNT]; /**< version + 1; 0: not offered */
    cel_var *vars;
    uint32_t var_count, var_size;
    cel_names var_names;
    cel_function *functions;
    uint32_t function_count, function_size;
    cel_names function_names;
    const cel_macro **macros;
    uint32_t macro_count, macro_size;
    act_str *types; /**< names of opaque types */
    uint32_t type_count, type_size;
};

struct cel_program {
    act_arena *arena; /**< everything below but the tree */
    const cel_env *env;
    act_str source;
    const char *type;
    act_arena *tree_arena;       /**< of @root, or NULL */
    const cel_node *root;        /**< NULL unless the tree was asked for */
    const struct cel_plan *plan; /**< NULL with CEL_COMPILE_CHECK_ONLY */
};

/** Literal patterns of one expression: so many times the size of the largest one. */
enum { CEL_PATTERNS_MAX = 10 };

/** Library @id; never NULL for ids of the enum. */
const cel_library *cel_library_by_id(enum cel_lib_id id);
/** Offer all of @lib up to @version: cel_env_lib(), and tests with tables of their own.
 *  Errors as cel_env_lib(), and ACT_EPARSE for a bad signature. */
int cel_env_add_library(cel_env *env, const cel_library *lib, uint32_t version, act_err *e)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** Function @name, or NULL. */
const cel_function *cel_env_function(const cel_env *env, act_str name) ACT_NONNULL(1);
/** Type that identifier @name denotes as a value ("int", "net.IP"), or NULL. */
const cel_type *cel_env_type_name(const cel_env *env, act_arena *a, act_str name)
    ACT_NONNULL(1, 2);

/** plan.c: fold and plan the checked @ast into p->plan, with nothing of @ast, of its source
 *  @text or of @scratch in it. @flags of cel_compile_flag. The parser bounds the depth, and
 *  constants that must fail are reported by the checker: what is left is ACT_ENOMEM. */
int cel_plan_make(cel_program *p, const cel_ast *ast, act_str text, act_arena *scratch,
                  unsigned flags, cel_slots *slots) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;
/** Release what the plan holds outside the arena (compiled patterns). NULL is a no-op. */
void cel_plan_done(const struct cel_plan *plan);

/** fold.c: evaluate @o on constant @args at compile time in @a, with the env's limits. The
 *  result may be an error. Used by the checker for CEL_FN_LITERAL and by folding. */
cel_value cel_fold_call(const cel_env *env, act_arena *a, const cel_overload *o,
                        const cel_value *args, uint32_t argc) ACT_NONNULL(1, 2, 3);

/** errors.c: report at byte @offset; beyond the limit, errors are dropped and false is
 *  returned. @e may be NULL. */
bool cel_errors_add(cel_errors *e, uint32_t offset, const char *format, ...)
    ACT_PRINTF(3, 4);
/** Start collecting for @source, at most @limit errors. */
void cel_errors_begin(cel_errors *e, act_str source, uint32_t limit);

#endif
