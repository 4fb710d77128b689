/** @file
 *  The parser: source text to a tree with its macros expanded. */
#ifndef CEL_PARSE_H
#define CEL_PARSE_H

#include "cel/env_internal.h"

/** Parse all of @src, which must outlive the tree, into @a. Reads from @env the limits, the
 *  macros and whether optional syntax is on. Reports to @errors (may be NULL; begun by the
 *  caller). ACT_EPARSE, ACT_ELIMIT, ACT_ENOMEM. Any thread. */
int cel_parse(const cel_env *env, act_arena *a, act_str src, cel_errors *errors,
              cel_ast *ret) ACT_NONNULL(1, 2, 5) ACT_MUST_CHECK;

#endif
