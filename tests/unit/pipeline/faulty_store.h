/** @file
 *  A store for tests: passes everything on to a real one, or counts rows and knows none,
 * but fails where it is told to. */
#ifndef FAULTY_STORE_H
#define FAULTY_STORE_H

#include "store/store_backend.h"

#include <stdatomic.h>

typedef struct {
    act_store base;
    act_store *real;         /* NULL: none */
    atomic_size_t rows;      /* inserted without a real one */
    atomic_int down;         /* so many inserts fail with ACT_EIO and do nothing */
    atomic_int unsure;       /* then so many are done and fail with ACT_EIO */
    atomic_int missing;      /* then so many fail with ACT_ENOTFOUND */
    atomic_int query_down;   /* so many queries fail */
    const char *poison;      /* a block with this text in it is refused; NULL: none */
    atomic_int inserts;      /* that were asked for */
    atomic_int slow_ms;      /* every insert takes so much longer */
    atomic_int most_at_once; /* inserts under way */
    atomic_int at_once;
} faulty_store;

/* Caller's storage; @real stays the caller's. act_store_free() ends it. */
int faulty_store_init(faulty_store *s, act_store *real);

#endif
