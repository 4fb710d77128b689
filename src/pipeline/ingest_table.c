#include "pipeline/ingest_table.h"

#include "base/clock.h"
#include "pipeline/streams.h"

static int add_audit(act_store_block *b, act_arena *scratch, const act_json *record,
                     act_str raw, uint64_t sequence)
{
    (void)sequence;
    return act_row_audit_add(b, scratch, record, raw);
}

static int add_event(act_store_block *b, act_arena *scratch, const act_json *record,
                     act_str raw, uint64_t sequence)
{
    (void)scratch;
    return act_row_event_add(b, record, raw, sequence);
}

static int add_activity(act_store_block *b, act_arena *scratch, const act_json *record,
                        act_str raw, uint64_t sequence)
{
    (void)scratch;
    (void)sequence;
    return act_row_activity_add(b, record, raw);
}

#define SECONDS(n) ((n)*ACT_NS_PER_S / ACT_NS_PER_US)
/* The range of time is the primary key's; with it the ids need no index. @day: " AND "
 * after conditions on a day that the key begins with. */
#define KNOWN(columns, table, day, time, id)                                               \
    "SELECT " columns " FROM " table " WHERE " day time                                    \
    " BETWEEN {from:DateTime64(6, 'UTC')} AND {to:DateTime64(6, 'UTC')} AND " id           \
    " IN {ids:Array(String)} SETTINGS use_skip_indexes = 0"

#define DAY                                                                                \
    "toDate32(timestamp) BETWEEN toDate32({from:DateTime64(6, 'UTC')}) "                   \
    "AND toDate32({to:DateTime64(6, 'UTC')}) AND "

static const act_ingest_table tables[ACT_LANES] = {
    [ACT_LANE_AUDIT] = {
        .name = "audit",
        .stream = ACT_STREAM_AUDIT,
        .durable = ACT_DURABLE_INGEST,
        .dead_letter = ACT_RULE_AUDIT,
        .workers = 2,
        .new_block = act_row_audit_block,
        .add = add_audit,
        .key = act_row_audit_key,
        .late_us = SECONDS(300),
        .known_sql = KNOWN("timestamp, audit_id, stage, toUInt64(0)", ACT_TABLE_AUDIT,
                           DAY, "timestamp", "audit_id"),
    },
    [ACT_LANE_EVENTS] = {
        .name = "events",
        .stream = ACT_STREAM_EVENTS,
        .durable = ACT_DURABLE_INGEST_EVENTS,
        .dead_letter = ACT_RULE_EVENT,
        .workers = 1,
        .new_block = act_row_event_block,
        .add = add_event,
        .key = act_row_event_key,
        .late_us = SECONDS(30),
        .known_sql = KNOWN("last_timestamp, uid, '', resource_version", ACT_TABLE_EVENTS,
                           "", "last_timestamp", "uid"),
    },
    [ACT_LANE_ACTIVITIES] = {
        .name = "activities",
        .stream = ACT_STREAM_ACTIVITIES,
        .durable = ACT_DURABLE_INGEST,
        .dead_letter = ACT_RULE_EVENT,
        .workers = 1,
        .new_block = act_row_activity_block,
        .add = add_activity,
        .key = act_row_activity_key,
        .late_us = SECONDS(150),
        .known_sql = KNOWN("timestamp, name, if(deleted, 'deleted', ''), version",
                           ACT_TABLE_ACTIVITIES, DAY, "timestamp", "name"),
    },
};

const act_ingest_table *act_ingest_table_of(enum act_lane_kind kind)
{
    return &tables[kind];
}
