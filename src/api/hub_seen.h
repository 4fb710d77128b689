/** @file
 *  Which objects a watch with a selection has seen, and whether they were selected: what
 *  changes are to it depends on that. */
#ifndef ACT_API_HUB_SEEN_H
#define ACT_API_HUB_SEEN_H

#include "base/json.h"

enum { ACT_HUB_SEEN_MAX = 2048 }; /**< objects; past it the first ones are forgotten */

/** Plain data; a zero value has seen nothing. One thread. */
typedef struct {
    uint64_t *items; /* a ring: hash of the identity, the lowest bit says selected */
    size_t n, size, next;
} act_hub_seen;

void act_hub_seen_done(act_hub_seen *s) ACT_NONNULL(1);

/** What @change ("ADDED", "MODIFIED", "DELETED") of @object, which now is @selected or not,
 *  is to the watch; NULL: nothing. An object that it has not seen was as it is now:
 *
 *      was          now selected           now not
 *      selected     MODIFIED / DELETED     DELETED
 *      not          ADDED / nothing        nothing
 *      unknown      as it is               nothing */
const char *act_hub_seen_change(const act_hub_seen *s, const act_json *object,
                                const char *change, bool selected) ACT_NONNULL(1, 2, 3);
/** Remember it. Out of memory, it stays unknown. */
void act_hub_seen_note(act_hub_seen *s, const act_json *object, bool selected)
    ACT_NONNULL(1, 2);

#endif
