/** @file
 *  Well-typed CEL expressions, and values for their variables, made from bytes. */
#ifndef CEL_GEN_H
#define CEL_GEN_H

#include "cel/value.h"
#include "fuzz/support/fuzz.h"

/** How far an expression may go. */
enum cel_gen_language {
    CEL_GEN_COMMON, /**< what every implementation of CEL has */
    CEL_GEN_STD,    /**< the standard library, and the functions on strings of cel-go */
    CEL_GEN_ALL,    /**< every library of a policy */
};

/** Types of generated expressions, by the letter that the generator's table uses. */
enum cel_gen_type {
    CEL_GEN_BOOL = 'b',
    CEL_GEN_INT = 'i',
    CEL_GEN_UINT = 'u',
    CEL_GEN_DOUBLE = 'd',
    CEL_GEN_STRING = 's',
    CEL_GEN_BYTES = 'y',
    CEL_GEN_TIME = 't',
    CEL_GEN_DURATION = 'k',
    CEL_GEN_INTS = 'L',    /**< list(int) */
    CEL_GEN_STRINGS = 'S', /**< list(string) */
    CEL_GEN_MAP = 'M',     /**< map(string, int) */
    CEL_GEN_DYN = 'e',     /**< something of the JSON event */
    CEL_GEN_OPTIONAL = 'o' /**< optional_type(int) */
};

/** Declare the variables: e of map(string, dyn), and one of each other type but OPTIONAL,
 *  called vb, vi, vu, ... after its letter. Errors of cel_env_var(). */
int cel_gen_declare(cel_env *env) ACT_NONNULL(1) ACT_MUST_CHECK;

enum { CEL_GEN_VARS = 12 };

/** Values for them, by index of the variable; what they hold is in @a. */
typedef struct {
    cel_value value[CEL_GEN_VARS];
    const act_json *event; /**< behind value[0], or NULL */
} cel_gen_world;

/** Name of variable @i. */
const char *cel_gen_name(uint32_t i);

/** Draw the values from @in. @parser makes the event. ACT_ENOMEM. */
int cel_gen_values(fuzz_input *in, act_json_parser *parser, act_arena *a,
                   cel_gen_world *ret) ACT_NONNULL(1, 2, 3, 4) ACT_MUST_CHECK;

/** Append an expression of @type, drawn from @in. */
void cel_gen_expression(fuzz_input *in, enum cel_gen_language language,
                        enum cel_gen_type type, act_buf *out) ACT_NONNULL(1, 4);

#endif
