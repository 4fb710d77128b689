/** @file
 *  One line a case: an environment with every library, and expressions run in it. */
#ifndef TEST_EVAL_HELPER_H
#define TEST_EVAL_HELPER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cel/cel.h"

/** Environment with all libraries and the variables of an audit rule (`audit`, `actor`,
 *  `kind`), a context with a sample event bound, and `unbound` declared only. */
typedef struct {
    cel_env *env;
    cel_ctx *ctx;
    act_arena *arena;
    act_json_parser *parser;
    cel_errors *errors;
} eval_bench;

void eval_bench_open(eval_bench *b, const cel_limits *limits, unsigned options);
void eval_bench_close(eval_bench *b);
/** The sample event; lives with @b. */
const act_json *eval_bench_sample(eval_bench *b);
/** Bind `audit` to @json. */
void eval_bench_event(eval_bench *b, const char *json);

/** What @source gives, checked and unchecked if it checks at all: JSON text of the value,
 * or "error: TEXT" (run time), or "refused: TEXT" (compile time). Valid until the next
 * call. */
const char *eval_text(eval_bench *b, const char *source);
/** The same with compile flags, one way only. */
const char *eval_text_flags(eval_bench *b, const char *source, unsigned flags);

/** Expressions over those variables: each op, each way to charge, each use of memory. None
 *  fails on the sample event. */
extern const char *const eval_samples[];
extern const size_t eval_sample_count;

typedef struct {
    const char *source;
    const char *want;
} eval_case;
/** Run all of them and fail with a list of those that differ. */
void eval_cases(eval_bench *b, const eval_case *cases, size_t count);

#endif
