/** @file
 *  Terms of field and label selectors as conditions of a query. */
#ifndef ACT_API_QUERY_SELECTOR_H
#define ACT_API_QUERY_SELECTOR_H

#include "api/query.h"
#include "core/selector.h"

/** Add that @sql (a column, or an expression) is @value, or is not. ACT_ENOMEM. */
int act_query_where_text(act_call *c, act_query *q, const char *sql, bool equal,
                         act_str value) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** Add the term @r about metadata.labels of the query's records. ACT_ENOMEM. */
int act_query_where_label(act_call *c, act_query *q, const act_requirement *r)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** The label @key of object @ctx: a lookup for act_selector_matches(). */
bool act_label_lookup(void *ctx, act_str key, act_str *ret);

#endif
