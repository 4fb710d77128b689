/** @file
 *  The three ways from the log into the store: which stream feeds which table, and how. */
#ifndef ACT_INGEST_TABLE_H
#define ACT_INGEST_TABLE_H

#include "core/translate.h"
#include "pipeline/rows.h"

enum act_lane_kind { ACT_LANE_AUDIT, ACT_LANE_EVENTS, ACT_LANE_ACTIVITIES };
enum { ACT_LANES = ACT_LANE_ACTIVITIES + 1 };

/** Constant. */
typedef struct {
    const char *name;
    const char *stream, *durable;
    enum act_rule_kind dead_letter;
    unsigned workers; /**< 2: one builds rows while the other inserts */
    int (*new_block)(act_store_block **ret);
    int (*add)(act_store_block *b, act_arena *scratch, const act_json *record, act_str raw,
               uint64_t sequence);
    void (*key)(const act_json *record, act_row_key *ret);
    /** A record that was this old when it was published may have been published before,
     *  longer ago than the stream remembers ids (half of its duplicate window). */
    int64_t late_us;
    /** Keys in the table, as time, id, part, version, of {ids} and between {from} and {to}.
     */
    const char *known_sql;
} act_ingest_table;

const act_ingest_table *act_ingest_table_of(enum act_lane_kind kind);

#endif
