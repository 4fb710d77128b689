/** @file
 *  Problems found in structured input: each with the path of its field, collected not
 * thrown. */
#ifndef ACT_PROBLEMS_H
#define ACT_PROBLEMS_H

#include "base/arena.h"

/* The kinds of Kubernetes' field validation (metav1.CauseType). */
#define ACT_PROBLEM_KINDS(X)                                                               \
    X(REQUIRED, "FieldValueRequired", "Required value")                                    \
    X(INVALID, "FieldValueInvalid", "Invalid value")                                       \
    X(DUPLICATE, "FieldValueDuplicate", "Duplicate value")                                 \
    X(NOT_SUPPORTED, "FieldValueNotSupported", "Unsupported value")                        \
    X(TOO_MANY, "FieldValueTooMany", "Too many")                                           \
    X(TOO_LONG, "FieldValueTooLong", "Too long")                                           \
    X(FORBIDDEN, "FieldValueForbidden", "Forbidden")                                       \
    /* The detail says it all: of an apply, and of a question about a state to come. */    \
    X(CONFLICT, "FieldManagerConflict", "")                                                \
    X(VERSION_TOO_LARGE, "ResourceVersionTooLarge", "")

enum act_problem_kind {
#define ACT_PROBLEM_ENUM(name, cause, text) ACT_PROBLEM_##name,
    ACT_PROBLEM_KINDS(ACT_PROBLEM_ENUM)
#undef ACT_PROBLEM_ENUM
};

typedef struct act_problem act_problem;
struct act_problem {
    enum act_problem_kind kind;
    act_str field;  /**< "spec.auditRules[1].match" */
    act_str value;  /**< the offending value as shown to people; ptr NULL: none to show */
    act_str detail; /**< what is wrong, may be empty */
    uint32_t line;  /**< place inside the value (an expression), 1-based; 0: none */
    uint32_t column;
    const act_problem *next;
};

enum { ACT_PROBLEMS_MAX = 100 };

/** A list in the order of finding; at most ACT_PROBLEMS_MAX are kept, all are counted.
 *  Plain data; texts are copied into the arena. One thread. */
typedef struct {
    act_arena *arena;
    const act_problem *first;
    act_problem *last;
    size_t count;
    int err; /**< ACT_ENOMEM once a problem could not be kept */
} act_problems;

static inline act_problems act_problems_in(act_arena *a)
{
    return (act_problems){ .arena = a };
}

/** Add one; @detail is a format. Returns the kept problem (to set line and column), NULL
 *  when it was only counted. */
act_problem *act_problems_add(act_problems *p, enum act_problem_kind kind, act_str field,
                              act_str value, const char *detail, ...) ACT_NONNULL(1)
    ACT_PRINTF(5, 6);

/** "FieldValueRequired" and "Required value" of a kind. */
const char *act_problem_cause(enum act_problem_kind kind);
const char *act_problem_text(enum act_problem_kind kind);

#endif
