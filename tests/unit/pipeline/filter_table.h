/** @file
 *  The tables of a real engine, filled with records, and filters asked of them. */
#ifndef FILTER_TABLE_H
#define FILTER_TABLE_H

#include "core/filter.h"
#include "pipeline/rows.h"

enum { FILTER_ROWS_MAX = 4096 };

/** Rows by the number that their record carries as its last member: `...,"row":17}`. */
typedef struct {
    bool has[FILTER_ROWS_MAX];
    size_t count;
} filter_rows;

typedef struct {
    char directory[40];
    act_store *store;
    act_filter_env *env;
    act_json_parser *parser;
    act_arena *arena;     /**< of records while they are inserted */
    act_arena *questions; /**< of one question; reset by the next */
    char sql[65536];      /**< of the last question, for messages */
} filter_table;

/* Assertions end the test when anything fails. */
void filter_table_open(filter_table *t);
void filter_table_close(filter_table *t);

/** One insert of @n records, as the ingester writes them. */
void filter_table_insert(filter_table *t, enum act_filter_resource resource,
                         const act_str *records, size_t n);
/** The rows that @filter selects. ACT_EINVAL: it was refused, with the first problem's
 *  words in @reterr; an error of the engine likewise. */
int filter_table_ask(filter_table *t, enum act_filter_resource resource, act_str filter,
                     filter_rows *ret, act_err *reterr);
/** The same as "1 4 7", or "! why", in a static buffer. */
const char *filter_table_found(filter_table *t, enum act_filter_resource resource,
                               const char *filter);
/** One number of the engine. */
uint64_t filter_table_number(filter_table *t, const char *sql);

#endif
