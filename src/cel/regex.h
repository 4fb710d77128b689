/** @file
 *  Regular expressions in RE2 syntax: linear time, limited in size. */
#ifndef CEL_REGEX_H
#define CEL_REGEX_H

#include "base/base.h"

enum {
    CEL_REGEX_GROUPS_MAX = 32,   /**< groups reported, the whole match included */
    CEL_REGEX_REPEAT_MAX = 1000, /**< of x{n,m}, whatever is asked for: RE2's own */
};

/** What a pattern may be and use. */
typedef struct {
    uint32_t codepoints; /**< of the pattern */
    uint32_t program;    /**< instructions */
    uint32_t repeat;     /**< of x{n,m}, up to CEL_REGEX_REPEAT_MAX */
    size_t memory_bytes; /**< program and state cache; searches go on without a cache */
} cel_regex_limits;

#define CEL_REGEX_LIMITS_INIT                                                              \
    ((cel_regex_limits){ .codepoints = 1000,                                               \
                         .program = 10000,                                                 \
                         .repeat = CEL_REGEX_REPEAT_MAX,                                   \
                         .memory_bytes = 1 << 20 })

/** A compiled pattern. Immutable to callers: any thread. */
typedef struct cel_regex cel_regex;

/** Compile @pattern; `.` excludes LF unless (?s), `^ $` are ends of text unless (?m).
 *  ACT_EPARSE with the reason in @reterr; ACT_ELIMIT past one of @limits; ACT_ENOMEM. The
 *  caller frees @ret. */
int cel_regex_compile(act_str pattern, const cel_regex_limits *limits, cel_regex **ret,
                      act_err *reterr) ACT_NONNULL(2, 3) ACT_MUST_CHECK;
void cel_regex_free(cel_regex *re); /**< NULL is a no-op. */

/** True when @re matches somewhere in @text. */
bool cel_regex_matches(const cel_regex *re, act_str text) ACT_NONNULL(1);

/** Instructions of the program. */
uint32_t cel_regex_size(const cel_regex *re) ACT_NONNULL(1);

/** Number of capturing groups, the whole match not counted. */
uint32_t cel_regex_groups(const cel_regex *re) ACT_NONNULL(1);

/** First match (leftmost-first) at or after byte @start of @text. group[0] is the match,
 *  group[i] group i, with ptr NULL when unset; @n at most CEL_REGEX_GROUPS_MAX. */
bool cel_regex_find(const cel_regex *re, act_str text, size_t start, act_str *group,
                    uint32_t n) ACT_NONNULL(1, 4);

/** Walks all matches as Go does: not overlapping, no empty match right behind a match. */
typedef struct {
    const cel_regex *re;
    act_str text;
    size_t at;       /**< where the next search starts */
    size_t last_end; /**< end of the last match; SIZE_MAX before the first */
} cel_regex_walk;

static inline cel_regex_walk cel_regex_walk_on(const cel_regex *re, act_str text)
{
    cel_regex_walk w = { re, text, 0, SIZE_MAX };
    return w;
}
/** Groups of the next match as in cel_regex_find(); false at the end. */
bool cel_regex_next(cel_regex_walk *w, act_str *group, uint32_t n) ACT_NONNULL(1, 2);
#endif
