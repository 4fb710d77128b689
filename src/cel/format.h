/** @file
 *  The engine of string.format(): `%` clauses, and what each makes of a value. */
#ifndef CEL_FORMAT_H
#define CEL_FORMAT_H

#include "cel/function.h"

/** @format with its clauses replaced by the items of @list: `%s %d %f %.3f %e %x %X %o %b
 *  %%`, under the rules of version 4 of cel-go's strings library. An error value for a
 *  clause that is not known (CEL_E_INVALID_ARGUMENT), too few items, an item of another
 *  kind than the clause takes, or a limit. */
cel_value cel_format(cel_call *call, act_str format, cel_value list) ACT_NONNULL(1);

/** Reports what can be told before running: clauses of a literal format against the number
 *  and the static types of a literal list. A cel_validate_fn. */
void cel_format_validate(cel_validation *v, const cel_node *call) ACT_NONNULL(1, 2);

#endif
