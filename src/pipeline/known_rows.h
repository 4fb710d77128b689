/** @file
 *  Which of some rows are in the store already. */
#ifndef ACT_KNOWN_ROWS_H
#define ACT_KNOWN_ROWS_H

#include "pipeline/ingest_table.h"

/** A row asked about. */
typedef struct {
    act_row_key key;
    size_t message; /**< whose row it is; the caller's */
    bool known;     /**< answer: the table has it, or a newer version of it, or a question
                         before this one is about it */
} act_row_question;

/** Answer @n questions with one query of the rows in their range of time. Memory from @a.
 *  Errors as act_store_query() and act_rows_next(), with all answers false. */
int act_known_rows(act_store *s, const act_ingest_table *table, act_arena *a,
                   act_row_question *questions, size_t n, act_err *reterr)
    ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;

#endif
