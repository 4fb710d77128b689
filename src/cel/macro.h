/** @file
 *  Macros: calls that the parser replaces by folds, binds and other trees. */
#ifndef CEL_MACRO_H
#define CEL_MACRO_H

#include "cel/ast.h"

struct cel_parser;

/** Expand: returns the new tree, NULL after reporting an error, or @call itself to leave
 * the call as it is. @call is a CALL node whose arguments are expanded already. */
typedef cel_node *cel_expand_fn(struct cel_parser *p, cel_node *call);

enum { CEL_MACRO_ANY_ARGS = -1 };

typedef struct cel_macro {
    const char *name;   /**< last part: "greatest" */
    const char *target; /**< name that the receiver must be ("math"), or NULL: any */
    bool member;
    int argc; /**< or CEL_MACRO_ANY_ARGS */
    uint32_t since;
    cel_expand_fn *expand;
} cel_macro;

/* Tables for the libraries' `macros`. math.greatest and math.least become calls of
 * math.@max and math.@min (one list, one number, or two numbers); l.sortBy(x, k) becomes
 * l.@sortByAssociatedKeys(l.map(x, k)); optMap and optFlatMap become conditionals with
 * member calls hasValue() and value() and global optional.of(), optional.none(). */
extern const cel_macro cel_macros_std[];
extern const cel_macro cel_macros_twovar[];
extern const cel_macro cel_macros_bindings[];
extern const cel_macro cel_macros_optional[];
extern const cel_macro cel_macros_math[];
extern const cel_macro cel_macros_lists[];
extern const cel_macro cel_macros_block[];
enum {
    CEL_MACROS_STD = 8,
    CEL_MACROS_TWOVAR = 10,
    CEL_MACROS_BINDINGS = 1,
    CEL_MACROS_OPTIONAL = 2,
    CEL_MACROS_MATH = 2,
    CEL_MACROS_LISTS = 1,
    CEL_MACROS_BLOCK = 3,
};

#endif
