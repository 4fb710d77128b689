/** @file
 *  What a list, a watch or a deletecollection of records is about: path, labels, fields. */
#ifndef ACT_API_SELECTION_H
#define ACT_API_SELECTION_H

#include "api/answer.h"
#include "core/selector.h"

/** Views of the request and its arena. */
typedef struct {
    act_list_query query;
    act_selector labels, fields;
    act_str ns;   /**< of the path; empty: all */
    act_str name; /**< of the path of a watch in the old form; empty: any */
} act_selection;

/** Read it, with at most @max_terms of labels and fields together. @is_field says which
 *  fields there are. False: answered already (400). */
bool act_selection_read(act_call *c, bool (*is_field)(act_str key), size_t max_terms,
                        act_selection *ret) ACT_NONNULL(1, 2, 4) ACT_MUST_CHECK;

#endif
