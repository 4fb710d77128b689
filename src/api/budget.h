/** @file
 *  What a question to the store may take, and how many of one scope are asked at once. */
#ifndef ACT_API_BUDGET_H
#define ACT_API_BUDGET_H

#include "api/answer.h"
#include "store/store.h"

/** Take a place among the questions of the caller's scope, to be given back with
 *  act_budget_leave(). False: there is none, and 429 is answered. */
bool act_budget_enter(act_call *c) ACT_NONNULL(1) ACT_MUST_CHECK;
void act_budget_leave(act_call *c) ACT_NONNULL(1);

/** For a statement that begins now: the limits of questions, and the time that is left. */
act_store_limits act_budget_store(const act_call *c) ACT_NONNULL(1);

/** The same for a question that has spent something already: what is left of its limits. */
act_store_limits act_budget_left(const act_call *c, const act_store_cost *spent)
    ACT_NONNULL(1, 2);

/** Answer a statement that failed with ACT_ELIMIT: 504 when the request's time is over,
 *  else 400 with the name of the limit. @e is the store's. */
void act_budget_answer(act_call *c, const act_err *e) ACT_NONNULL(1, 2);

#endif
