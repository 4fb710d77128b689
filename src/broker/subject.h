/** @file
 *  Subjects and patterns: which are well formed, and which pattern covers which. */
#ifndef ACT_SUBJECT_H
#define ACT_SUBJECT_H

#include "base/base.h"

/** Tokens of visible ASCII joined by dots, none empty; at most ACT_BROKER_SUBJECT_MAX
 *  bytes. A concrete subject has no token `*` or `>`, and no token contains them. */
bool act_subject_is_valid(act_str subject);
/** As above, with `*` as any token and `>` as the last one allowed. */
bool act_subject_pattern_is_valid(act_str pattern);
/** True when every subject that @narrow matches is matched by @wide too; both valid. */
bool act_subject_covers(act_str wide, act_str narrow);

#endif
