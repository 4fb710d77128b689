-- Of an Event's states the newest is the one that came last into the log, whatever its time
-- (docs/decisions/newest-state-of-an-event.md). So the engine keeps all of them: the place in
-- the log is a part of the key. Rows of other writers have none (0), and of those of one time
-- it keeps the one with the highest resource_version, as before.
--
-- Readers look for states that are newer than those they have, which may be of any time: an
-- index of the least and most in a granule leaves out those that are too old. Where the log
-- is, which the pages of a question agree upon, is one row of a projection. Granules are of a
-- MiB, as in the other tables.
--
-- A key cannot be changed, so the rows are copied. The copy is begun anew when it was cut off,
-- at whatever statement.

DROP TABLE IF EXISTS audit.k8s_events_copy SYNC;
CREATE TABLE audit.k8s_events_copy AS audit.k8s_events
ENGINE = ReplacingMergeTree(resource_version)
PARTITION BY toMonday(last_timestamp)
PRIMARY KEY last_timestamp
ORDER BY (last_timestamp, uid, sequence)
SETTINGS
    index_granularity = 8192,
    index_granularity_bytes = 1048576,
    min_bytes_for_wide_part = 134217728,
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    deduplicate_merge_projection_mode = 'rebuild',
    ttl_only_drop_parts = 1;
ALTER TABLE audit.k8s_events_copy
    ADD INDEX IF NOT EXISTS idx_age (sequence, resource_version) TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS idx_deleted deleted TYPE minmax GRANULARITY 1,
    ADD PROJECTION IF NOT EXISTS last_sequence
    (
        SELECT max(sequence)
    );
INSERT INTO audit.k8s_events_copy SELECT * FROM audit.k8s_events
    SETTINGS max_partitions_per_insert_block = 0, max_insert_threads = 1;
EXCHANGE TABLES audit.k8s_events AND audit.k8s_events_copy;
DROP TABLE audit.k8s_events_copy SYNC;
