/** @file
 *  Quantities and versions as values, and the methods that both of them have. */
#ifndef CEL_LIB_ORDER_H
#define CEL_LIB_ORDER_H

#include "cel/function.h"
#include "cel/quantity.h"
#include "cel/semver.h"

/* isGreaterThan, isLessThan and compareTo have overloads for both types. Values alone say
 * which is meant when an expression is not typed, so both libraries name these functions.
 */

typedef struct {
    cel_opaque head;
    cel_quantity quantity;
} cel_quantity_value;

typedef struct {
    cel_opaque head;
    cel_semver semver;
} cel_semver_value;

extern const cel_opaque_type cel_quantity_type; /**< kubernetes.Quantity */
extern const cel_opaque_type cel_semver_type;   /**< kubernetes.Semver */

cel_fn cel_is_greater_than, cel_is_less_than, cel_compare_to;

#endif
