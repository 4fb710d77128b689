/** @file
 *  What a query did, for who asked with ?explain=true: its statements and what they cost.
 */
#ifndef ACT_API_EXPLAIN_H
#define ACT_API_EXPLAIN_H

#include "api/answer.h"
#include "base/json_write.h"
#include "store/store.h"

/** Statements that have ended. One thread; lives in the call's arena. */
typedef struct act_explain act_explain;

/** NULL: the request did not ask. ACT_ENOMEM. */
int act_explain_begin(act_call *c, act_explain **ret) ACT_NONNULL(1, 2) ACT_MUST_CHECK;
/** Add a statement; texts are copied. With @x NULL a no-op. ACT_ENOMEM. */
int act_explain_add(act_explain *x, act_str sql, const act_store_param *params, size_t n,
                    const act_store_cost *cost) ACT_NONNULL(5) ACT_MUST_CHECK;
/** Write the member `explain` of a status. With @x NULL nothing. */
void act_explain_write(const act_explain *x, act_json_writer *w) ACT_NONNULL(2);

#endif
