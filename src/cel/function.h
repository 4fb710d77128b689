/** @file
 *  How a library declares functions, types and macros, and what a running call sees. */
#ifndef CEL_FUNCTION_H
#define CEL_FUNCTION_H

#include "cel/ast.h"
#include "cel/regex.h"

/* A library is one constant table:
 *
 *   static const cel_overload_def functions[] = {
 *       { .name = "charAt", .id = "string_char_at_int", .flags = CEL_FN_MEMBER,
 *         .signature = "(string, int) -> string", .fn = char_at, .cost = cel_cost_tenth },
 *       ...
 *   };
 *   const cel_library cel_lib_strings = { .name = "strings", .newest = 5,
 *       .functions = functions, .function_count = ACT_COUNT(functions) };
 *
 * and one row of CEL_LIBS in cel.h. Rules:
 *  - Overloads of one name and style whose parameters have the same runtime kinds
 * (list(int) and list(string)) cannot be told apart while running: give them the same @fn.
 * Dispatch takes the first overload in table order whose parameters accept the kinds.
 *  - @fn may rely on the kinds of its parameters (dispatch or the checker saw to it); a
 *    parameter of type dyn or T may be anything but an error. Opaque parameters: only the
 *    kind CEL_OPAQUE is sure, check cel_is_opaque() and fail with CEL_E_NO_OVERLOAD.
 *  - Results that grow with the input charge cel_call_charge() or have a @cost, and respect
 *    limits->string_bytes and limits->collection.
 *  - What a body charges, and results that hold more than the arguments, are told by a
 *    @growth, so that cel_estimate() stays an upper bound. */

/** State of one evaluation's meter; cost saturates. */
typedef struct {
    uint64_t cost;
    uint64_t cost_limit;
    uint64_t iterations;
    uint64_t iteration_limit;
    uint64_t next_check; /**< cost at which to ask for cancellation again */
} cel_meter;

/** What an implementation gets beside its arguments. Built by the evaluator. */
struct cel_call {
    cel_ctx *ctx; /**< NULL while folding at compile time: use the members below instead */
    act_arena *arena;
    const cel_env *env;
    const cel_limits *limits;
    cel_meter *meter;
    const struct cel_overload *overload;
    struct cel_scratch *scratch; /**< caches of the context (regex, zones); see eval.h */
    void *user;                  /**< of cel_ctx_set_user() */
    uint32_t at;                 /**< byte of the source, for errors */
    uint32_t argc;
};

/** Units that may still be charged. */
static inline uint64_t cel_meter_left(const cel_meter *m)
{
    return m->cost < m->cost_limit ? m->cost_limit - m->cost : 0;
}

/** Charge @units; false when that passes the limit: then return
 *  cel_call_fail(call, CEL_E_COST_LIMIT, NULL). */
static inline bool cel_call_charge(cel_call *call, uint64_t units)
{
    uint64_t sum;
    if (__builtin_add_overflow(call->meter->cost, units, &sum))
        sum = UINT64_MAX;
    call->meter->cost = sum;
    return sum <= call->meter->cost_limit;
}

/** Those of @limits that are about patterns. */
static inline cel_regex_limits cel_limits_of_regex(const cel_limits *limits)
{
    return (cel_regex_limits){ .codepoints = limits->regex_codepoints,
                               .program = limits->regex_program,
                               .repeat = limits->regex_repeat,
                               .memory_bytes = limits->regex_bytes };
}

/** "no such overload". */
static inline cel_value cel_call_no_overload(cel_call *call)
{
    return cel_error(CEL_E_NO_OVERLOAD, call->at, NULL);
}
/** An error with a formatted text in the arena (or the kind's text when that is full). */
cel_value cel_call_failf(cel_call *call, enum cel_error_kind kind, const char *format, ...)
    ACT_NONNULL(1, 3) ACT_PRINTF(3, 4);
/** @len bytes of @s as a string value; checks limits->string_bytes (CEL_E_MEMORY_LIMIT). */
cel_value cel_call_string(cel_call *call, const char *s, size_t len) ACT_NONNULL(1);
/** Room for a string of @len bytes in the arena; NULL past limits->string_bytes or when the
 *  arena is full: then return cel_call_memory(). */
char *cel_call_room(cel_call *call, size_t len) ACT_NONNULL(1) ACT_MUST_CHECK;
/** Room for @count list items; NULL past limits->collection or when the arena is full. */
cel_value *cel_call_items(cel_call *call, size_t count) ACT_NONNULL(1) ACT_MUST_CHECK;
static inline cel_value cel_call_memory(cel_call *call)
{
    return cel_error(CEL_E_MEMORY_LIMIT, call->at, NULL);
}

/** Finds errors in a checked call whose arguments are partly constant (format strings).
 *  Reports with cel_validation_error(). */
typedef struct cel_validation cel_validation;
typedef void cel_validate_fn(cel_validation *v, const cel_node *call);
/** A @pattern that is a literal must compile, whatever the text is: reports what is wrong
 *  with it. */
void cel_validate_pattern(cel_validation *v, const cel_node *pattern) ACT_NONNULL(1, 2);
const cel_limits *cel_validation_limits(const cel_validation *v) ACT_NONNULL(1);
void cel_validation_error(cel_validation *v, const cel_node *at, const char *format, ...)
    ACT_NONNULL(1, 2, 3) ACT_PRINTF(3, 4);

/** More flags of an overload, after those of enum cel_fn_flag. */
enum cel_overload_flag {
    CEL_FN_SPECIAL = 4, /**< planned specially (&&, ?:, or, orValue): fn is NULL */
    CEL_FN_LITERAL = 8, /**< with constant arguments an error is a compile error:
                             timestamp('x'), matches('('), ip('x') */
    CEL_FN_HOST = 16,   /**< declared by cel_env_func() */
    CEL_FN_CROSS = 32,  /**< numeric ordering across types: with CEL_OPT_CROSS_TYPE only */
    CEL_FN_OPTION = 64, /**< int(duration): with CEL_OPT_INT_DURATION only */
};

/** What a call does beyond its cost, for estimates: growth.h. */
typedef struct cel_growth cel_growth;
typedef void cel_growth_fn(cel_growth *g);

/** One overload as a library writes it down. */
typedef struct {
    const char *name;      /**< "charAt", "math.abs", "_+_" */
    const char *id;        /**< cel-go's overload id */
    const char *signature; /**< "(list(T), T) -> bool"; a member's receiver comes first */
    unsigned flags;
    uint32_t since; /**< library version */
    cel_fn *fn;
    cel_cost_fn *cost; /**< NULL: 1 */
    cel_validate_fn *validate;
    cel_growth_fn *growth; /**< NULL: the body charges nothing, and the result holds no
                                more than the arguments do together */
} cel_overload_def;

/** A macro: called by the parser with unexpanded (already parsed) arguments. macro.h. */
struct cel_macro;

typedef struct {
    const char *name;
    uint32_t newest; /**< version */
    const cel_overload_def *functions;
    size_t function_count;
    const struct cel_macro *macros;
    size_t macro_count;
    const cel_opaque_type *const *types; /**< opaque types; also type names in programs */
    size_t type_count;
} cel_library;

#define CEL_LIB_EXTERN(name, symbol, version) extern const cel_library cel_lib_##symbol;
CEL_LIBS(CEL_LIB_EXTERN)
#undef CEL_LIB_EXTERN

/** One overload in an environment. Immutable. */
typedef struct cel_overload {
    cel_overload_def def;
    void *ud;
    const cel_type *const *params; /**< receiver first */
    const uint32_t *kinds;         /**< cel_type_kinds() of each parameter */
    const cel_type *result;
    uint32_t param_count; /**< with the receiver */
    uint32_t type_params; /**< ids used are below this */
} cel_overload;

/** All overloads of one name, in order of declaration. */
typedef struct cel_function {
    act_str name;
    const cel_overload *const *overloads;
    uint32_t count;
} cel_function;

/** Do the kinds of @args fit the parameters of @o? (Not the count.) */
static inline bool cel_overload_accepts(const cel_overload *o, const cel_value *args)
{
    for (uint32_t i = 0; i < o->param_count; i++) {
        if (!(o->kinds[i] >> args[i].kind & 1u))
            return false;
    }
    return true;
}

#endif
