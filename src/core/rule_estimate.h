/** @file
 *  How large records are taken to be, and what an expression of a rule may cost on one. */
#ifndef ACT_RULE_ESTIMATE_H
#define ACT_RULE_ESTIMATE_H

#include "core/rule_env.h"

/** Largest cel_estimate() that an expression of a rule may have; what Kubernetes allows an
 *  expression of its own. Ten times what an evaluation may really cost: a record of the
 *  declared sizes in all its parts is rare, and a rule that a tenth of it does not stop is
 *  of use. docs/decisions/static-cost.md. */
enum { ACT_RULE_ESTIMATE_MAX = 10000000 };

/** cel_estimate() of @p, an expression of a rule of @kind, for records of 256 KiB of text
 *  and 10,000 entries; parts whose size Kubernetes bounds are smaller. ACT_ENOMEM. */
int act_rule_estimate(enum act_rule_kind kind, const cel_program *p, uint64_t *ret)
    ACT_NONNULL(2, 3) ACT_MUST_CHECK;

/** "estimated cost is N units, ..." for an estimate above the limit, in @room. */
enum { ACT_RULE_ESTIMATE_TEXT_MAX = 200 };
const char *act_rule_estimate_text(uint64_t units, char room[ACT_RULE_ESTIMATE_TEXT_MAX])
    ACT_NONNULL(2);

#endif
