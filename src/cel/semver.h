/** @file
 *  Semantic versions (semver.org 2.0.0): reading, leniently if asked, and precedence. */
#ifndef CEL_SEMVER_H
#define CEL_SEMVER_H

#include "base/str.h"

enum {
    CEL_SEMVER_TEXT_MAX = 256, /**< bytes of input text */
    CEL_SEMVER_PRINT_MAX = 3 * 20 + 4 + CEL_SEMVER_TEXT_MAX,
};

/** Plain data; @pre and @build are views of the text that was parsed. */
typedef struct {
    int64_t major, minor, patch; /**< never negative */
    act_str pre;                 /**< behind '-', empty when there is none */
    act_str build;               /**< behind '+' */
} cel_semver;

/** Read all of @text. With @normalize one leading "v" and leading zeros of the three
 * numbers are dropped and missing minor and patch are 0 ("v1.02" is 1.2.0), unless a short
 * version has a pre-release or build part. Without it exactly the grammar of semver.org
 * holds. Errors: ACT_EPARSE; ACT_ELIMIT for too long a text or a number beyond int64.
 *  Source: the semver library of Kubernetes' CEL environment. */
int cel_semver_parse(act_str text, bool normalize, cel_semver *ret)
    ACT_NONNULL(3) ACT_MUST_CHECK;

/** Precedence: negative, 0 or positive. Build data does not count. */
int cel_semver_cmp(const cel_semver *a, const cel_semver *b) ACT_NONNULL(1, 2);

/** "1.2.3-pre+build"; returns the length. */
size_t cel_semver_print(const cel_semver *v, char out[CEL_SEMVER_PRINT_MAX])
    ACT_NONNULL(1, 2);

#endif
