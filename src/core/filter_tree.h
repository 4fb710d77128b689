/** @file
 *  The predicate that a filter comes down to, between its CEL tree and its SQL. */
#ifndef ACT_FILTER_TREE_H
#define ACT_FILTER_TREE_H

#include "base/arena.h"
#include "base/buf.h"
#include "cel/ast.h"
#include "core/filter.h"

enum act_pred_kind {
    ACT_PRED_CONST, /**< boolean */
    ACT_PRED_AND,
    ACT_PRED_OR,
    ACT_PRED_NOT,    /**< left only */
    ACT_PRED_CMP,    /**< field op constant */
    ACT_PRED_CMP2,   /**< field op other field of the same class */
    ACT_PRED_IN,     /**< field in strings */
    ACT_PRED_MEMBER, /**< string in list field */
    ACT_PRED_STARTS,
    ACT_PRED_ENDS,
    ACT_PRED_CONTAINS,
    ACT_PRED_MATCHES, /**< RE2 pattern, already compiled once */
    ACT_PRED_SIZE,    /**< size(field) op number */
    ACT_PRED_HAS,     /**< field differs from its absent value */
};

enum act_pred_op { ACT_OP_EQ, ACT_OP_NE, ACT_OP_LT, ACT_OP_LE, ACT_OP_GT, ACT_OP_GE };

/** What is done to a string field before it is compared. */
enum act_pred_case { ACT_CASE_NONE, ACT_CASE_LOWER, ACT_CASE_UPPER };

typedef struct act_pred act_pred;
/** Immutable once built; in the filter's arena. */
struct act_pred {
    enum act_pred_kind kind;
    const act_pred *left, *right;
    bool boolean;
    const act_filter_field *field, *other;
    enum act_pred_case letters, other_letters;
    enum act_pred_op op;
    act_str string; /**< string constants and patterns */
    int64_t i64;    /**< int constants; times in microseconds */
    const act_str *strings;
    size_t n_strings;
};

/** Predicate of a checked CEL tree. ACT_EINVAL with text and offset in @reterr (line and
 *  column are not set). */
int act_filter_build(const cel_env *env, enum act_filter_resource resource,
                     const cel_node *root, act_arena *a, const act_pred **ret,
                     uint64_t *fields, act_err *reterr)
    ACT_NONNULL(1, 3, 4, 5, 6) ACT_MUST_CHECK;

/** Emit SQL, fully parenthesised, and its parameters. ACT_ELIMIT, ACT_ENOMEM. */
int act_filter_emit(const act_pred *p, act_arena *a, act_filter *ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

#endif
