/** @file
 *  Stable sorting of list items, shared by the list libraries. */
#ifndef CEL_LIB_SORT_H
#define CEL_LIB_SORT_H

#include "cel/function.h"

/** The types that can be ordered, as (name in ids, name in signatures). */
#define CEL_COMPARABLE_TYPES(X)                                                            \
    X("int", "int")                                                                        \
    X("uint", "uint")                                                                      \
    X("double", "double")                                                                  \
    X("bool", "bool")                                                                      \
    X("duration", "duration")                                                              \
    X("timestamp", "timestamp")                                                            \
    X("string", "string")                                                                  \
    X("bytes", "bytes")

/** Order of two items for sorting, min() and isSorted(): both must be of one comparable
 *  kind. CEL_E_NONE, or why they have no order. Long strings are charged. */
enum cel_error_kind cel_sort_compare(cel_call *call, cel_value a, cel_value b, int *ret)
    ACT_NONNULL(1, 4);

/** The items of @list in the order of the items of @keys (which may be @list itself); equal
 *  keys keep their order. An error value when the lengths differ or keys have no order. */
cel_value cel_sort_by(cel_call *call, cel_value list, cel_value keys) ACT_NONNULL(1);

#endif
