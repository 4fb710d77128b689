/** @file
 *  Records that are odd on purpose: of tenants whose names are beginnings or patterns of
 *  others', with values that are empty, missing, long or mean something to SQL, many of one
 *  time. For comparing what the server answers with a plain evaluation. */
#ifndef ACT_TEST_ODD_RECORDS_H
#define ACT_TEST_ODD_RECORDS_H

#include "base/base.h"

enum odd_kind { ODD_AUDIT, ODD_ACTIVITY, ODD_EVENT, ODD_KINDS };
enum {
    ODD_RECORDS = 150, /**< of a kind */
    ODD_SLOTS = 7,     /**< fields with odd text */
    ODD_TENANTS = 15,
    ODD_SECONDS = 23, /**< in which all of them lie, of the first minute of 2026-03-01 */
};

/** The first one is the platform. */
typedef struct {
    const char *type, *name;
} odd_tenant;
extern const odd_tenant odd_tenants[ODD_TENANTS];
/** UIDs of who did it. */
extern const char *const odd_performers[];

/** A field with odd text: its name in filters, in selectors and in facets; NULL: none. */
typedef struct {
    const char *filter, *selector, *facet;
} odd_slot;
extern const odd_slot odd_slots[ODD_KINDS][ODD_SLOTS];

typedef struct {
    int second, tenant, performer;
    char id[16];
    const char *values[ODD_SLOTS]; /**< NULL: not there */
    const char *label;             /**< "k", of an activity; NULL: none */
} odd_record;
extern odd_record odd_records[ODD_KINDS][ODD_RECORDS];

/** What odd_roll() goes on from. */
extern uint64_t odd_seed;
/** A number from 0 to @below - 1. */
int odd_roll(int below);
/** Long ones only where there may be such. */
const char *odd_text(bool may_be_long);
/** Of that slot; "" when it is not there. */
const char *odd_value(const odd_record *r, int slot);

/** Make the records of that kind, publish them, and store them as several parts. */
void odd_send(int kind);

#endif
