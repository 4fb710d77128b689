/** @file
 *  The checker: resolves names, deduces types, picks overloads, finds static errors. */
#ifndef CEL_CHECK_H
#define CEL_CHECK_H

#include "cel/env_internal.h"

/** Annotate @ast in place; new memory comes from @a. With @checked false everything is dyn
 *  and names and calls that mean nothing are left for run time. *rettype gets the type of
 *  the whole. Errors are told in @errors (may be NULL): ACT_EPARSE, ACT_ELIMIT (nesting of
 *  comprehensions, work on types), ACT_ENOMEM. Any thread. */
int cel_check(const cel_env *env, act_arena *a, cel_ast *ast, bool checked,
              cel_errors *errors, const cel_type **rettype)
    ACT_NONNULL(1, 2, 3, 6) ACT_MUST_CHECK;

#endif
