#include "base/problems.h"

act_problem *act_problems_add(act_problems *p, enum act_problem_kind kind, act_str field,
                              act_str value, const char *detail, ...)
{
    p->count++;
    if (p->count > ACT_PROBLEMS_MAX)
        return NULL;
    act_problem *problem = act_arena_make(p->arena, act_problem);
    if (!problem) {
        p->err = ACT_ENOMEM;
        return NULL;
    }
    problem->kind = kind;
    va_list args;
    va_start(args, detail);
    int err = act_arena_vprintf(p->arena, &problem->detail, detail, args);
    va_end(args);
    if (!err)
        err = act_arena_str(p->arena, field, &problem->field);
    if (!err && value.ptr)
        err = act_arena_str(p->arena, value, &problem->value);
    if (err) {
        p->err = err;
        return NULL;
    }
    if (p->last)
        p->last->next = problem;
    else
        p->first = problem;
    p->last = problem;
    return problem;
}

const char *act_problem_cause(enum act_problem_kind kind)
{
    static const char *const cause[] = {
#define ACT_PROBLEM_CAUSE(name, cause, text) [ACT_PROBLEM_##name] = cause,
        ACT_PROBLEM_KINDS(ACT_PROBLEM_CAUSE)
#undef ACT_PROBLEM_CAUSE
    };
    return cause[kind];
}

const char *act_problem_text(enum act_problem_kind kind)
{
    static const char *const text[] = {
#define ACT_PROBLEM_TEXT(name, cause, text) [ACT_PROBLEM_##name] = text,
        ACT_PROBLEM_KINDS(ACT_PROBLEM_TEXT)
#undef ACT_PROBLEM_TEXT
    };
    return text[kind];
}
