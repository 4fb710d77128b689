/** @file
 *  From a parsed record to a row of its table in the store.
 *
 *  The rules are those of the tables' DEFAULT expressions (store/migrations), so that a row
 *  is the same whoever extracts its columns:
 *    text    the member if it is a JSON string, else empty
 *    list    its elements that are strings
 *    map     its members that are strings
 *    number  the member if it is a JSON integer within the column's range, else 0
 *    time    the first member that is RFC 3339 text of the years 1971 to 2259 with at most
 *            nine fraction digits, else 1970-01-01; cut to microseconds
 *    tenant  act_scope_of_audit(), act_scope_of_event()
 *  They differ only for JSON that the engine's own functions read otherwise: of duplicate
 *  keys it takes the first and we the last, and a document with a lone surrogate escape or
 *  an integer beyond 64 bits is no document to it.
 */
#ifndef ACT_ROWS_H
#define ACT_ROWS_H

#include "base/json.h"
#include "store/store.h"

#define ACT_TABLE_AUDIT "audit.audit_logs"
#define ACT_TABLE_ACTIVITIES "audit.activities"
#define ACT_TABLE_EVENTS "audit.k8s_events"

/** An empty block with all columns of the table. ACT_ENOMEM. */
int act_row_audit_block(act_store_block **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
int act_row_activity_block(act_store_block **ret) ACT_NONNULL(1) ACT_MUST_CHECK;
int act_row_event_block(act_store_block **ret) ACT_NONNULL(1) ACT_MUST_CHECK;

/** Append the row of one record to a block made by the function above. @raw is the record's
 *  text as it is to be stored, @record the same parsed. A row is added whole or not at all;
 *  a block that is out of memory says so when it is inserted. Lists are gathered in
 * @scratch and given back. ACT_ENOMEM. Events come in their events.k8s.io/v1 form;
 * @sequence is that of their message (0: none). */
int act_row_audit_add(act_store_block *b, act_arena *scratch, const act_json *record,
                      act_str raw) ACT_NONNULL(1, 2, 3) ACT_MUST_CHECK;
int act_row_activity_add(act_store_block *b, const act_json *record, act_str raw)
    ACT_NONNULL(1, 2) ACT_MUST_CHECK;
int act_row_event_add(act_store_block *b, const act_json *record, act_str raw,
                      uint64_t sequence) ACT_NONNULL(1, 2) ACT_MUST_CHECK;

/** By what two rows are one to the engine: the table's sorting key, and the version of
 *  which the highest counts. Views of the record. */
typedef struct {
    int64_t time_us;
    act_str id;       /**< auditID, uid, name */
    act_str part;     /**< stage; "deleted" of a deleted activity; else empty */
    uint64_t version; /**< 0 where rows of one key are all the same */
} act_row_key;
void act_row_audit_key(const act_json *record, act_row_key *ret) ACT_NONNULL(2);
void act_row_activity_key(const act_json *record, act_row_key *ret) ACT_NONNULL(2);
void act_row_event_key(const act_json *record, act_row_key *ret) ACT_NONNULL(2);

#endif
