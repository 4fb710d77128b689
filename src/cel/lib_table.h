/** @file
 *  Rows of the function tables of libraries, short enough to read as a list. */
#ifndef CEL_LIB_TABLE_H
#define CEL_LIB_TABLE_H

#include "cel/cost.h"
#include "cel/function.h"
#include "cel/growth.h"
#include "cel/macro.h"

/* clang-format off */
/** x.name(...): the receiver is the first parameter of the signature. */
#define CEL_MEMBER(n, i, s, v, f, c)                                                       \
    { .name = (n), .id = (i), .signature = (s), .flags = CEL_FN_MEMBER, .since = (v),      \
      .fn = (f), .cost = (c) }
/** The same with a growth. */
#define CEL_MEMBER_GROWS(n, i, s, v, f, c, g)                                              \
    { .name = (n), .id = (i), .signature = (s), .flags = CEL_FN_MEMBER, .since = (v),      \
      .fn = (f), .cost = (c), .growth = (g) }
/** name(...) */
#define CEL_GLOBAL(n, i, s, v, f, c)                                                       \
    { .name = (n), .id = (i), .signature = (s), .since = (v), .fn = (f), .cost = (c) }
/** The same with a growth. */
#define CEL_GLOBAL_GROWS(n, i, s, v, f, c, g)                                              \
    { .name = (n), .id = (i), .signature = (s), .since = (v), .fn = (f), .cost = (c),      \
      .growth = (g) }
/** As CEL_GLOBAL() for a function that reads literals: bad ones are compile errors. */
#define CEL_READER(n, i, s, v, f, c)                                                       \
    { .name = (n), .id = (i), .signature = (s), .flags = CEL_FN_LITERAL, .since = (v),     \
      .fn = (f), .cost = (c) }
/* clang-format on */

/** The error that an exceeded cost limit is. */
static inline cel_value cel_call_too_costly(cel_call *call)
{
    return cel_call_fail(call, CEL_E_COST_LIMIT, NULL);
}

#endif
