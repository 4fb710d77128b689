/** @file
 *  Filters asked of records in memory, for streams; the answer is the one that the filter's
 *  SQL gives of the record's row. */
#ifndef ACT_FILTER_MATCH_H
#define ACT_FILTER_MATCH_H

#include "base/json.h"
#include "core/filter.h"

/** A checked filter. Immutable: shared by threads. */
typedef struct act_filter_matcher act_filter_matcher;

/** Check @text as act_filter_translate() does and with its errors, problems to @problems.
 *  The environment may go before the matcher. */
int act_filter_matcher_new(const act_filter_env *e, enum act_filter_resource resource,
                           act_str text, act_problems *problems, act_str field,
                           act_filter_matcher **ret) ACT_NONNULL(1, 4, 6) ACT_MUST_CHECK;
void act_filter_matcher_free(act_filter_matcher *m); /**< NULL is a no-op. */
ACT_DEFINE_AUTO(act_filter_matcher)

/** Does the filter select @record (an audit event, an activity, an events.k8s.io/v1 Event)?
 *  Never fails: what a record lacks is empty. Allocates only where lowerAscii() or
 *  upperAscii() change letters (out of memory, the text is cut). */
bool act_filter_matches(const act_filter_matcher *m, const act_json *record)
    ACT_NONNULL(1, 2);

#endif
