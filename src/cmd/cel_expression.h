/** @file
 *  An expression typed by a person: compiled as rules or filters are, asked of records. */
#ifndef ACT_CEL_EXPRESSION_H
#define ACT_CEL_EXPRESSION_H

#include "base/buf.h"
#include "base/json.h"

/** What an expression is written for. */
enum act_cel_use {
    ACT_CEL_AUDIT,
    ACT_CEL_EVENT,
    ACT_CEL_AUDIT_FILTER,
    ACT_CEL_ACTIVITY_FILTER,
    ACT_CEL_EVENT_FILTER,
};

/** All names for help and messages: "audit, event, ...". */
#define ACT_CEL_USE_NAMES "audit, event, audit-filter, activity-filter, event-filter"
/** False when @name is none of them. */
bool act_cel_use_find(const char *name, enum act_cel_use *ret) ACT_NONNULL(1, 2);

/** A compiled expression. One thread. */
typedef struct act_cel_expression act_cel_expression;

/** Compile @text. What is wrong with it is added to @reterrors, with the line and a caret
 *  below the place. ACT_EINVAL (the expression), ACT_ENOMEM. */
int act_cel_expression_new(enum act_cel_use use, act_str text, act_buf *reterrors,
                           act_cel_expression **ret) ACT_NONNULL(3, 4) ACT_MUST_CHECK;
void act_cel_expression_free(act_cel_expression *x); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_cel_expression)

/** Type of its value: "bool", "map(string, dyn)". Lives with the expression. */
const char *act_cel_expression_type(const act_cel_expression *x) ACT_NONNULL(1);
/** What it can cost on a large record, when it is of a rule; *retmax is what the server
 *  accepts. ACT_EUNSUPPORTED: of a filter, whose cost is bounded by its form. ACT_ENOMEM.
 */
int act_cel_expression_estimate(const act_cel_expression *x, uint64_t *ret,
                                uint64_t *retmax) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
/** Is its value another for another record? */
bool act_cel_expression_reads_record(const act_cel_expression *x) ACT_NONNULL(1);

/** Append its value for @record as JSON to @out. @record may be NULL when it reads none.
 *  ACT_EEVAL, ACT_ELIMIT, ACT_EUNSUPPORTED (a value without JSON form), or those of reading
 *  a record, told in @reterrors as above; ACT_ENOMEM. @out then has its old length. */
int act_cel_expression_eval(act_cel_expression *x, const act_json *record, act_buf *out,
                            act_buf *reterrors) ACT_NONNULL(1, 3, 4) ACT_MUST_CHECK;

#endif
