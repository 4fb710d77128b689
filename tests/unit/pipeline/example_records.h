/** @file
 *  All policies of examples/policies, and all records of tests/data. */
#ifndef ACT_TEST_EXAMPLE_RECORDS_H
#define ACT_TEST_EXAMPLE_RECORDS_H

#include "core/translate.h"

enum { EXAMPLE_RECORDS_MAX = 1024, EXAMPLE_POLICIES_MAX = 64, EXAMPLE_PADDING = 64 };

typedef struct {
    enum act_rule_kind kind;
    act_str text; /**< EXAMPLE_PADDING bytes behind it, as the broker delivers them */
} example_record;

typedef struct {
    act_arena *arena;
    example_record records[EXAMPLE_RECORDS_MAX];
    size_t n_records;
    const act_json *policies[EXAMPLE_POLICIES_MAX];
    size_t n_policies;
} examples;

/** Read them all, or fail the test. */
void examples_read(examples *x);
void examples_free(examples *x);

#endif
