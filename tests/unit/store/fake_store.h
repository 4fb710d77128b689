/** @file
 *  A store for tests that runs nothing: it notes statements and answers as it was told. */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include "store/store_backend.h"

typedef struct {
    act_store base;
    act_buf log; /* every executed statement and a line feed */
    size_t executed;
    size_t fail_at;        /* this statement (from 1) fails with ACT_EIO; 0: none */
    const act_str *pieces; /* what each query answers, piece by piece */
    size_t piece_count;
    int end; /* what comes after the last piece: 0 or an error */
    bool repeats_header;
    size_t open_queries;
} fake_store;

/* Caller's storage; act_store_free() ends it. */
int fake_store_init(fake_store *s);

/* Encoders of RowBinaryWithNamesAndTypes, for one short piece. */
void put_text(act_buf *b, const char *text);
void put_header(act_buf *b, size_t columns, const char *const *names_and_types);

#endif
