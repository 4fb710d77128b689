/** @file
 *  What must hold for every expression that evaluates, whichever way it is compiled. */
#ifndef CEL_LAWS_H
#define CEL_LAWS_H

#include "cel/cel.h"
#include "fuzz/support/cel_gen.h"

/** An environment with the variables of cel_gen.h and every library of a policy, with low
 *  limits, and what evaluating in it needs. Made once a process; one thread. */
typedef struct cel_laws cel_laws;

/** The laws' own environment; aborts when out of memory. */
cel_laws *cel_laws_open(void);
const cel_env *cel_laws_env(const cel_laws *l) ACT_NONNULL(1);
/** New values for all variables, drawn from @in. */
void cel_laws_draw(cel_laws *l, fuzz_input *in) ACT_NONNULL(1, 2);

/** The values that the variables have. */
const cel_gen_world *cel_laws_world(const cel_laws *l) ACT_NONNULL(1);

/** What came of an evaluation. */
typedef struct {
    enum { CEL_LAW_REFUSED, CEL_LAW_VALUE, CEL_LAW_FAILED, CEL_LAW_STOPPED } state;
    enum cel_error_kind error; /**< of FAILED, and of STOPPED: a limit was reached */
    cel_value value;
} cel_law_result;

/** Compile and evaluate @source in every way: checked or not, folded or not, with slots of
 *  its own or shared, twice, and by the walker; they must agree, or the process ends. The
 *  result is that of the checked program, valid until the second next call. */
cel_law_result cel_laws_hold(cel_laws *l, act_str source) ACT_NONNULL(1);

/** Compile and evaluate @source in the usual way alone. Results live as those above. */
cel_law_result cel_laws_evaluate(cel_laws *l, act_str source) ACT_NONNULL(1);

/** Both failed, or both have the same value, or one of them reached a limit. */
bool cel_laws_same(cel_law_result a, cel_law_result b);

#endif
