/** @file
 *  The checker's state, and its parts: names, calls, validators. */
#ifndef CEL_CHECK_INTERNAL_H
#define CEL_CHECK_INTERNAL_H

#include "cel/check.h"

/** A variable of a fold or bind; the innermost is first. */
typedef struct cel_local {
    act_str name;
    const cel_type *type;
    uint32_t slot;
    const struct cel_local *outer;
} cel_local;

typedef struct {
    const cel_env *env;
    act_arena *arena;
    cel_errors *errors;
    bool checked;
    cel_subst subst;
    const cel_local *locals;
    uint32_t frame_size;
    uint32_t fold_depth;
    uint64_t pattern_size; /**< instructions of all literal patterns so far */
    int err;               /**< first failure; ACT_EPARSE goes on, others stop the walk */
} cel_checker;

/** Report at @n; the type of @n is CEL_T_ERROR then, which is returned. */
const cel_type *cel_check_error(cel_checker *c, const cel_node *n, const char *format, ...)
    ACT_PRINTF(3, 4);
/** Stop the walk with @err: memory or a limit. */
void cel_check_stop(cel_checker *c, const cel_node *n, int err, const char *text);
/** Text of @t for messages; never NULL. */
const char *cel_check_text(cel_checker *c, const cel_type *t);

/** Type of @n, which gets it; recursive. */
const cel_type *cel_check_node(cel_checker *c, cel_node *n);

/* check_name.c */

/** "a.b.c" when @n is such a chain of selects on an identifier (".a.b" when rooted); false
 *  else. */
bool cel_check_qualified(cel_checker *c, const cel_node *n, act_str *ret);
/** Let @n, named @name, be the declared variable or type that the name means in the
 *  container: it becomes an IDENT or a CONST, and *ret its type. False: nothing has it, or
 *  its first part is a local variable, which hides declarations (but not functions). */
bool cel_check_declared(cel_checker *c, cel_node *n, act_str name, const cel_type **ret);
/** An identifier: local, declared, or an error. */
const cel_type *cel_check_ident(cel_checker *c, cel_node *n);
/** Is @n a name that nothing has but functions begin with, as math of math.abs()? */
bool cel_check_is_namespace(cel_checker *c, const cel_node *n);
/** The function @name of the container, or NULL. */
const cel_function *cel_check_function(cel_checker *c, act_str name);

/* check_call.c */

const cel_type *cel_check_call(cel_checker *c, cel_node *n);
/** The type of `operand.field`, also for optional selects. */
const cel_type *cel_check_field(cel_checker *c, cel_node *n, const cel_type *operand,
                                act_str field, bool optional);

/* check_valid.c */

/** Static errors beyond types: constant arguments that must fail, map keys. */
void cel_check_valid_call(cel_checker *c, const cel_node *n);
void cel_check_valid_map(cel_checker *c, const cel_node *n);

#endif
