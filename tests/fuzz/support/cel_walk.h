/** @file
 *  A second evaluator of CEL: it walks the checked tree as the language definition reads,
 *  without plan, slots, folding or cost, and judges the fast one. */
#ifndef CEL_WALK_H
#define CEL_WALK_H

#include "cel/cel.h"

/** Evaluate the tree of @program (compiled with CHECK_ONLY) with the variables @vars (by
 *  index; CEL_ERROR when unbound). The result may be a CEL_ERROR; it lives in @a and in the
 *  program. Operators, paths, folds and literals are its own; functions of libraries are
 *  those of the environment, called directly. */
cel_value cel_walk(const cel_program *program, const cel_value *vars, act_arena *a)
    ACT_NONNULL(1, 2, 3);

/** Same kind and same value, as `==` may not tell: NaN is NaN, 1 is not 1u, maps have no
 *  order, optionals and types included. */
bool cel_walk_same(cel_value a, cel_value b);

#endif
