/** @file
 *  The forms that generated expressions take. */
#ifndef CEL_FORMS_H
#define CEL_FORMS_H

#include "fuzz/support/cel_gen.h"

/** One form of one type. In @pattern stand
 *    $x  for an expression of type x (the letters of enum cel_gen_type),
 *    #x  for a new local variable of type x,
 *    ~   for the place from which on the form's new variables may be used. */
typedef struct {
    char type;
    uint8_t language; /**< the smallest enum cel_gen_language that has it */
    const char *pattern;
} cel_form;

extern const cel_form cel_forms[];
extern const size_t cel_form_count;

#endif
