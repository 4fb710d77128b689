-- Audit events and activities lie by day and tenant: what one tenant asks about is in one place,
-- however many others there are, and read in the order of time there. What the platform asks,
-- which is in the order of time alone, finds its rows by the projection by_time. Measured in
-- docs/decisions/days-of-tenants.md. Readers name the day beside the time, as the engine does
-- not infer one from the other where both are in the key.
--
-- Granules are of a MiB, not of ten: a page of a hundred records touches one or two.
--
-- A key cannot be changed, so the rows are copied. The copy is begun anew when it was cut off,
-- at whatever statement.

DROP TABLE IF EXISTS audit.audit_logs_copy SYNC;
CREATE TABLE audit.audit_logs_copy AS audit.audit_logs
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
PRIMARY KEY (toDate32(timestamp), scope_type, scope_name, timestamp)
ORDER BY (toDate32(timestamp), scope_type, scope_name, timestamp, audit_id, stage)
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
ALTER TABLE audit.audit_logs_copy
    DROP INDEX IF EXISTS idx_scope_name,
    DROP PROJECTION IF EXISTS by_scope,
    ADD PROJECTION IF NOT EXISTS by_time
    (
        SELECT timestamp, _part_offset ORDER BY timestamp
    );
INSERT INTO audit.audit_logs_copy SELECT * FROM audit.audit_logs
    SETTINGS max_partitions_per_insert_block = 0, max_insert_threads = 1;
EXCHANGE TABLES audit.audit_logs AND audit.audit_logs_copy;
DROP TABLE audit.audit_logs_copy SYNC;

DROP TABLE IF EXISTS audit.activities_copy SYNC;
CREATE TABLE audit.activities_copy AS audit.activities
ENGINE = ReplacingMergeTree(version)
PARTITION BY toMonday(timestamp)
PRIMARY KEY (toDate32(timestamp), tenant_type, tenant_name, timestamp)
ORDER BY (toDate32(timestamp), tenant_type, tenant_name, timestamp, name)
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
ALTER TABLE audit.activities_copy
    DROP INDEX IF EXISTS idx_tenant_name,
    DROP PROJECTION IF EXISTS by_tenant,
    ADD PROJECTION IF NOT EXISTS by_time
    (
        SELECT timestamp, _part_offset ORDER BY timestamp
    );
INSERT INTO audit.activities_copy SELECT * FROM audit.activities
    SETTINGS max_partitions_per_insert_block = 0, max_insert_threads = 1;
EXCHANGE TABLES audit.activities AND audit.activities_copy;
DROP TABLE audit.activities_copy SYNC;
