/** @file
 *  The predicate that a filter comes down to, between its CEL tree and its SQL. */
#ifndef ACT_FILTER_TREE_H
#define ACT_FILTER_TREE_H

#include "base/arena.h"
#include "base/buf.h"
#include "cel/ast.h"
#include "cel/regex.h"
#include "core/filter.h"

enum act_pred_kind {
    ACT_PRED_CONST, /**< boolean */
    ACT_PRED_AND,
    ACT_PRED_OR,
    ACT_PRED_NOT,    /**< left only */
    ACT_PRED_SAME,   /**< left and right are equal, or with ACT_OP_NE are not */
    ACT_PRED_CMP,    /**< field op constant */
    ACT_PRED_CMP2,   /**< field op other field of the same class */
    ACT_PRED_IN,     /**< field in strings */
    ACT_PRED_MEMBER, /**< string in list field, or key of map field */
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

/** What a predicate is about: a field, or one entry of a map field. */
typedef struct {
    const act_filter_field *field;
    bool is_entry;
    act_str key; /**< of the entry */
    enum act_pred_case letters;
} act_pred_operand;

static inline enum act_filter_class act_pred_class(const act_pred_operand *o)
{
    return o->is_entry ? ACT_FILTER_STRING : o->field->class;
}

typedef struct act_pred act_pred;
/** Immutable once built; in the filter's arena. */
struct act_pred {
    enum act_pred_kind kind;
    const act_pred *left, *right;
    bool boolean;
    act_pred_operand of, other;
    enum act_pred_op op;
    act_str string; /**< string constants and patterns */
    int64_t i64;    /**< int constants; times in microseconds */
    const act_str *strings;
    size_t n_strings;
    cel_regex *regex;          /**< of the pattern, when they are kept */
    const act_pred *next_kept; /**< the next predicate with a regex */
};

/** A filter on its way from text to a predicate. */
typedef struct {
    const act_filter_env *env;
    enum act_filter_resource resource;
    act_arena *arena;   /**< of the predicate */
    bool keeps_regexes; /**< so that the predicate can be asked in memory */
    const act_pred *root;
    const act_pred *kept; /**< list of predicates with a regex; also after a failure */
    uint64_t fields;      /**< as in act_filter */
} act_filter_build;

/** Check @text and build its predicate; contract as act_filter_translate(). */
int act_filter_check(act_filter_build *b, act_str text, act_problems *problems,
                     act_str field) ACT_NONNULL(1, 3) ACT_MUST_CHECK;
void act_filter_free_kept(const act_filter_build *b) ACT_NONNULL(1);

/** Predicate of a checked CEL tree. ACT_EINVAL with text and offset in @reterr (line and
 *  column are not set). */
int act_filter_build_tree(act_filter_build *b, const cel_env *env, const cel_node *root,
                          act_err *reterr) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

/** Emit SQL, fully parenthesised, and its parameters. ACT_ELIMIT, ACT_ENOMEM. */
int act_filter_emit(const act_pred *p, act_arena *a, act_filter *ret)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

#endif
