/** @file
 *  Records made of tests/data with new ids, users, names and times, the same in every run:
 *  those of RECORDS_TENANTS tenants in thirty days, of which some have far more than
 *  others. For the programs of this folder: whatever fails ends the program. */
#ifndef ACT_BENCH_RECORDS_H
#define ACT_BENCH_RECORDS_H

#include "store/store.h"

enum { RECORDS_TENANTS = 100 };

/** A number that looks random, the same for the same @i. */
uint64_t records_mix(uint64_t i);
/** One of @n, of which the first is some twenty times as frequent as the mean. */
unsigned records_skewed(uint64_t random, unsigned n);

/** Insert @rows audit events, or activities, in blocks as the ingester would, several at
 *  a time; print the rate. */
void records_fill_audit(act_store *s, uint64_t rows) ACT_NONNULL(1);
void records_fill_activities(act_store *s, uint64_t rows) ACT_NONNULL(1);

/** Seconds that all threads of this process have worked: on a busy machine more telling
 *  than the clock. */
double records_cpu_seconds(void);

#endif
