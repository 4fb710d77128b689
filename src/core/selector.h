/** @file
 *  Field and label selectors of the Kubernetes API: parsed once, matched against anything.
 */
#ifndef ACT_SELECTOR_H
#define ACT_SELECTOR_H

#include "base/arena.h"

enum act_selector_op {
    ACT_SEL_EQ, /**< =, == */
    ACT_SEL_NE, /**< != */
    ACT_SEL_IN,
    ACT_SEL_NOTIN,
    ACT_SEL_EXISTS,
    ACT_SEL_NOT_EXISTS,
    ACT_SEL_GT, /**< integers, labels only */
    ACT_SEL_LT,
};

/** One requirement; n is 1 for EQ, NE, GT, LT and 0 for the EXISTS pair. */
typedef struct {
    act_str key;
    enum act_selector_op op;
    const act_str *values;
    size_t n;
} act_requirement;

/** All requirements must hold; none matches everything. Plain data in an arena; a zero
 *  value selects everything. */
typedef struct {
    const act_requirement *items;
    size_t n;
} act_selector;

enum {
    ACT_SELECTOR_TEXT_MAX = 16384,
    ACT_SELECTOR_ITEMS_MAX = 256,
};

/** Read a field selector: terms joined by ',', each key then =, == or != then value; in
 *  values "\\", "\," and "\=" stand for the second character, any other backslash and a
 *  bare '=' are errors (apimachinery fields.ParseSelector). Blanks around keys and values
 * do not count, which Kubernetes has otherwise. Which keys exist is the caller's to check.
 *  ACT_EPARSE, ACT_ELIMIT, ACT_ENOMEM. The result lives in @a and views @text. */
int act_selector_parse_fields(act_arena *a, act_str text, act_selector *ret,
                              act_err *reterr) ACT_NONNULL(1, 3) ACT_MUST_CHECK;

/** Read a label selector: terms joined by ',': key, !key, key=v, key==v, key!=v, key in
 *  (a,b), key notin (a,b), key>1, key<1; keys and values must be valid label keys and
 *  values (apimachinery labels.Parse). Otherwise as above. */
int act_selector_parse_labels(act_arena *a, act_str text, act_selector *ret,
                              act_err *reterr) ACT_NONNULL(1, 3) ACT_MUST_CHECK;

/** Value of @key into @ret; false when there is none. */
typedef bool act_selector_lookup(void *ctx, act_str key, act_str *ret);

/** True when every requirement holds. A missing key satisfies NE, NOTIN and NOT_EXISTS
 *  only; callers for whom absent and empty are the same (fields) answer true with "". */
bool act_selector_matches(const act_selector *s, act_selector_lookup *lookup, void *ctx)
    ACT_NONNULL(1, 2);

/** The value that @key must equal by an EQ requirement (or an IN of one), for subjects and
 *  indexes; false when there is none. */
bool act_selector_exact(const act_selector *s, act_str key, act_str *ret) ACT_NONNULL(1, 3);

#endif
