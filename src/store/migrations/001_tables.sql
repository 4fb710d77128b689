-- The three tables of records. Each holds the record's own JSON and typed columns taken out
-- of it. The ingester fills the columns; for any other writer, who may insert the JSON alone,
-- each has a DEFAULT that says the same (src/pipeline/rows.h, held together by a test).
-- Nothing depends on the time of insertion, so a record inserted twice is the same row twice.
-- Sorting keys end in a unique column; rows with the same key are states of one record.

CREATE DATABASE IF NOT EXISTS audit;

-- The words in which the defaults are said. They are written out in the tables that use them,
-- and dropped at the end.

-- The member of that path if it is a JSON string, else empty.
CREATE OR REPLACE FUNCTION activity_text1 AS (json, a) ->
    if(JSONType(json, a) = 'String', JSONExtractString(json, a), '');
CREATE OR REPLACE FUNCTION activity_text2 AS (json, a, b) ->
    if(JSONType(json, a, b) = 'String', JSONExtractString(json, a, b), '');
CREATE OR REPLACE FUNCTION activity_text3 AS (json, a, b, c) ->
    if(JSONType(json, a, b, c) = 'String', JSONExtractString(json, a, b, c), '');

-- There is a member of that path and it is not null.
CREATE OR REPLACE FUNCTION activity_has2 AS (json, a, b) -> JSONType(json, a, b) != 'Null';
CREATE OR REPLACE FUNCTION activity_has3 AS (json, a, b, c) -> JSONType(json, a, b, c) != 'Null';

-- The strings of the list of that path; other elements are left out.
CREATE OR REPLACE FUNCTION activity_strings AS (raw) ->
    arrayMap(x -> JSONExtractString(x), arrayFilter(x -> startsWith(x, '"'), raw));
CREATE OR REPLACE FUNCTION activity_texts1 AS (json, a) ->
    activity_strings(JSONExtractArrayRaw(json, a));
CREATE OR REPLACE FUNCTION activity_texts2 AS (json, a, b) ->
    activity_strings(JSONExtractArrayRaw(json, a, b));

-- The string that all elements of a list are, else empty.
CREATE OR REPLACE FUNCTION activity_common AS (json, a, b, c) ->
    if(arrayAll(x -> startsWith(x, '"'), JSONExtractArrayRaw(json, a, b, c))
        AND arrayUniq(activity_strings(JSONExtractArrayRaw(json, a, b, c))) = 1,
        JSONExtractString(json, a, b, c, 1), '');

-- An integer from 0 to @most, else 0.
CREATE OR REPLACE FUNCTION activity_number1 AS (json, a, most) ->
    if(JSONType(json, a) IN ('Int64', 'UInt64') AND JSONExtractInt(json, a) BETWEEN 0 AND most,
        JSONExtractInt(json, a), 0);
CREATE OR REPLACE FUNCTION activity_number2 AS (json, a, b, most) ->
    if(JSONType(json, a, b) IN ('Int64', 'UInt64')
        AND JSONExtractInt(json, a, b) BETWEEN 0 AND most,
        JSONExtractInt(json, a, b), 0);

-- Text of 1 to 19 digits as a number, else 0.
CREATE OR REPLACE FUNCTION activity_digits AS (text) ->
    toUInt64OrZero(extract(text, '^([0-9]{1,19})$'));

-- RFC 3339 of the years 1971 to 2259 with at most nine fraction digits, else NULL.
CREATE OR REPLACE FUNCTION activity_time AS (text) ->
    parseDateTime64BestEffortOrNull(if(match(text, concat(
        '^(19(7[1-9]|[89][0-9])|2[01][0-9][0-9]|22[0-5][0-9])-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])',
        'T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?',
        '(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$')), text, ''), 6, 'UTC');

-- The type of a tenant, lower case. A tag that makes no sense is the platform's, which no
-- tenant can see.
CREATE OR REPLACE FUNCTION activity_tenant AS (type, name) ->
    if(lower(type) IN ('organization', 'project', 'user') AND length(name) BETWEEN 1 AND 253,
        lower(type), 'platform');

-- One row per (audit id, stage). The time of one record never changes, so putting it first in
-- the key separates nothing that belongs together, and pages of the newest rows read in order.
CREATE TABLE IF NOT EXISTS audit.audit_logs
(
    `event_json` String CODEC(ZSTD(1)),
    `timestamp` DateTime64(6, 'UTC')
        DEFAULT coalesce(
            activity_time(activity_text1(event_json, 'requestReceivedTimestamp')),
            activity_time(activity_text1(event_json, 'stageTimestamp')),
            toDateTime64(0, 6, 'UTC'))
        CODEC(Delta, ZSTD(1)),
    `stage_timestamp` DateTime64(6, 'UTC')
        DEFAULT coalesce(
            activity_time(activity_text1(event_json, 'stageTimestamp')),
            activity_time(activity_text1(event_json, 'requestReceivedTimestamp')),
            toDateTime64(0, 6, 'UTC'))
        CODEC(Delta, ZSTD(1)),
    `audit_id` String
        DEFAULT activity_text1(event_json, 'auditID'),
    `stage` LowCardinality(String)
        DEFAULT activity_text1(event_json, 'stage'),
    `level` LowCardinality(String)
        DEFAULT activity_text1(event_json, 'level'),
    `scope_type` LowCardinality(String)
        DEFAULT multiIf(
            activity_has2(event_json, 'annotations', 'platform.miloapis.com/scope.type')
            OR activity_has2(event_json, 'annotations', 'platform.miloapis.com/scope.name'),
            activity_tenant(activity_text2(event_json, 'annotations', 'platform.miloapis.com/scope.type'),
                activity_text2(event_json, 'annotations', 'platform.miloapis.com/scope.name')),
            activity_has3(event_json, 'user', 'extra', 'iam.miloapis.com/parent-type')
            OR activity_has3(event_json, 'user', 'extra', 'iam.miloapis.com/parent-name'),
            activity_tenant(activity_common(event_json, 'user', 'extra', 'iam.miloapis.com/parent-type'),
                activity_common(event_json, 'user', 'extra', 'iam.miloapis.com/parent-name')),
            activity_has3(event_json, 'user', 'extra', 'project'),
            activity_tenant('project',
                activity_common(event_json, 'user', 'extra', 'project')),
            activity_has3(event_json, 'user', 'extra', 'organization'),
            activity_tenant('organization',
                activity_common(event_json, 'user', 'extra', 'organization')),
            'platform'),
    `scope_name` String
        DEFAULT if(scope_type = 'platform', '', multiIf(
            activity_has2(event_json, 'annotations', 'platform.miloapis.com/scope.type')
            OR activity_has2(event_json, 'annotations', 'platform.miloapis.com/scope.name'),
            activity_text2(event_json, 'annotations', 'platform.miloapis.com/scope.name'),
            activity_has3(event_json, 'user', 'extra', 'iam.miloapis.com/parent-type')
            OR activity_has3(event_json, 'user', 'extra', 'iam.miloapis.com/parent-name'),
            activity_common(event_json, 'user', 'extra', 'iam.miloapis.com/parent-name'),
            activity_has3(event_json, 'user', 'extra', 'project'),
            activity_common(event_json, 'user', 'extra', 'project'),
            activity_has3(event_json, 'user', 'extra', 'organization'),
            activity_common(event_json, 'user', 'extra', 'organization'),
            '')),
    `user` String
        DEFAULT activity_text2(event_json, 'user', 'username'),
    `user_uid` String
        DEFAULT activity_text2(event_json, 'user', 'uid'),
    `user_groups` Array(LowCardinality(String))
        DEFAULT activity_texts2(event_json, 'user', 'groups'),
    `impersonated_user` String
        DEFAULT activity_text2(event_json, 'impersonatedUser', 'username'),
    `user_agent` LowCardinality(String)
        DEFAULT activity_text1(event_json, 'userAgent'),
    `source_ips` Array(String)
        DEFAULT activity_texts1(event_json, 'sourceIPs'),
    `verb` LowCardinality(String)
        DEFAULT activity_text1(event_json, 'verb'),
    `api_group` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'objectRef', 'apiGroup'),
    `api_version` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'objectRef', 'apiVersion'),
    `resource` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'objectRef', 'resource'),
    `subresource` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'objectRef', 'subresource'),
    `namespace` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'objectRef', 'namespace'),
    `resource_name` String
        DEFAULT activity_text2(event_json, 'objectRef', 'name'),
    `status_code` UInt16
        DEFAULT activity_number2(event_json, 'responseStatus', 'code', 65535),

    INDEX idx_audit_id audit_id TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_scope_name scope_name TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_user user TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_user_uid user_uid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_namespace namespace TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_resource resource TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_resource_name resource_name TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_verb verb TYPE set(20) GRANULARITY 4,
    INDEX idx_status_code status_code TYPE set(100) GRANULARITY 4,

    PROJECTION by_scope
    (
        SELECT scope_type, scope_name, timestamp, _part_offset
        ORDER BY scope_type, scope_name, timestamp
    ),
    PROJECTION by_user
    (
        SELECT user, timestamp, _part_offset ORDER BY user, timestamp
    ),
    PROJECTION by_user_uid
    (
        SELECT user_uid, timestamp, _part_offset ORDER BY user_uid, timestamp
    )
)
ENGINE = ReplacingMergeTree
PARTITION BY toYYYYMM(timestamp)
PRIMARY KEY timestamp
ORDER BY (timestamp, audit_id, stage)
SETTINGS
    index_granularity = 8192,
    min_bytes_for_wide_part = 134217728,
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    deduplicate_merge_projection_mode = 'rebuild',
    ttl_only_drop_parts = 1;

-- One row per activity; of several with one name and time the highest version counts (a
-- re-evaluation writes versions above 0), and one marked deleted is gone.
CREATE TABLE IF NOT EXISTS audit.activities
(
    `activity_json` String CODEC(ZSTD(1)),
    `timestamp` DateTime64(6, 'UTC')
        DEFAULT coalesce(
            activity_time(activity_text2(activity_json, 'metadata', 'creationTimestamp')),
            toDateTime64(0, 6, 'UTC'))
        CODEC(Delta, ZSTD(1)),
    `name` String
        DEFAULT activity_text2(activity_json, 'metadata', 'name'),
    `version` UInt64
        DEFAULT activity_digits(activity_text3(activity_json,
            'metadata', 'annotations', 'activity.miloapis.com/reindex-version')),
    `deleted` UInt8
        DEFAULT JSONType(activity_json, 'metadata', 'deletionTimestamp') = 'String',
    `namespace` LowCardinality(String)
        DEFAULT activity_text2(activity_json, 'metadata', 'namespace'),
    `tenant_type` LowCardinality(String)
        DEFAULT activity_tenant(activity_text3(activity_json, 'spec', 'tenant', 'type'),
            activity_text3(activity_json, 'spec', 'tenant', 'name')),
    `tenant_name` String
        DEFAULT if(tenant_type = 'platform', '',
            activity_text3(activity_json, 'spec', 'tenant', 'name')),
    `origin_type` LowCardinality(String)
        DEFAULT activity_text3(activity_json, 'spec', 'origin', 'type'),
    `origin_id` String
        DEFAULT activity_text3(activity_json, 'spec', 'origin', 'id'),
    `change_source` LowCardinality(String)
        DEFAULT activity_text2(activity_json, 'spec', 'changeSource'),
    `actor_type` LowCardinality(String)
        DEFAULT activity_text3(activity_json, 'spec', 'actor', 'type'),
    `actor_name` String
        DEFAULT activity_text3(activity_json, 'spec', 'actor', 'name'),
    `actor_uid` String
        DEFAULT activity_text3(activity_json, 'spec', 'actor', 'uid'),
    `actor_email` String
        DEFAULT activity_text3(activity_json, 'spec', 'actor', 'email'),
    `api_group` LowCardinality(String)
        DEFAULT activity_text3(activity_json, 'spec', 'resource', 'apiGroup'),
    `api_version` LowCardinality(String)
        DEFAULT activity_text3(activity_json, 'spec', 'resource', 'apiVersion'),
    `resource_kind` LowCardinality(String)
        DEFAULT activity_text3(activity_json, 'spec', 'resource', 'kind'),
    `resource_name` String
        DEFAULT activity_text3(activity_json, 'spec', 'resource', 'name'),
    `resource_namespace` LowCardinality(String)
        DEFAULT activity_text3(activity_json, 'spec', 'resource', 'namespace'),
    `resource_uid` String
        DEFAULT activity_text3(activity_json, 'spec', 'resource', 'uid'),
    `summary` String
        DEFAULT activity_text2(activity_json, 'spec', 'summary'),

    INDEX idx_name name TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_tenant_name tenant_name TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_actor_name actor_name TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_actor_uid actor_uid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_api_group api_group TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_resource_kind resource_kind TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_resource_name resource_name TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_resource_namespace resource_namespace TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_resource_uid resource_uid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_change_source change_source TYPE set(10) GRANULARITY 4,
    INDEX idx_summary summary TYPE text(tokenizer = ngrams(3), preprocessor = lower(summary)),

    PROJECTION by_tenant
    (
        SELECT tenant_type, tenant_name, timestamp, _part_offset
        ORDER BY tenant_type, tenant_name, timestamp
    ),
    PROJECTION by_actor
    (
        SELECT actor_name, timestamp, _part_offset ORDER BY actor_name, timestamp
    ),
    PROJECTION by_actor_uid
    (
        SELECT actor_uid, timestamp, _part_offset ORDER BY actor_uid, timestamp
    )
)
ENGINE = ReplacingMergeTree(version)
PARTITION BY toMonday(timestamp)
PRIMARY KEY timestamp
ORDER BY (timestamp, name)
SETTINGS
    index_granularity = 8192,
    min_bytes_for_wide_part = 134217728,
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    deduplicate_merge_projection_mode = 'rebuild',
    ttl_only_drop_parts = 1;

-- One row per state of an Event: its last observed time moves with every repetition. Readers
-- want the newest state per uid: ORDER BY last_timestamp DESC, resource_version DESC LIMIT 1 BY uid.
CREATE TABLE IF NOT EXISTS audit.k8s_events
(
    `event_json` String CODEC(ZSTD(1)),
    `last_timestamp` DateTime64(6, 'UTC')
        DEFAULT coalesce(
            activity_time(activity_text2(event_json, 'series', 'lastObservedTime')),
            activity_time(activity_text1(event_json, 'deprecatedLastTimestamp')),
            activity_time(activity_text1(event_json, 'eventTime')),
            activity_time(activity_text1(event_json, 'deprecatedFirstTimestamp')),
            activity_time(activity_text2(event_json, 'metadata', 'creationTimestamp')),
            toDateTime64(0, 6, 'UTC'))
        CODEC(Delta, ZSTD(1)),
    `first_timestamp` DateTime64(6, 'UTC')
        DEFAULT coalesce(
            activity_time(activity_text1(event_json, 'eventTime')),
            activity_time(activity_text1(event_json, 'deprecatedFirstTimestamp')),
            activity_time(activity_text2(event_json, 'metadata', 'creationTimestamp')),
            activity_time(activity_text1(event_json, 'deprecatedLastTimestamp')),
            activity_time(activity_text2(event_json, 'series', 'lastObservedTime')),
            toDateTime64(0, 6, 'UTC'))
        CODEC(Delta, ZSTD(1)),
    `uid` String
        DEFAULT activity_text2(event_json, 'metadata', 'uid'),
    `resource_version` UInt64
        DEFAULT activity_digits(activity_text2(event_json, 'metadata', 'resourceVersion')),
    `scope_type` LowCardinality(String)
        DEFAULT multiIf(
            activity_has3(event_json, 'metadata', 'annotations', 'platform.miloapis.com/scope.type')
            OR activity_has3(event_json, 'metadata', 'annotations', 'platform.miloapis.com/scope.name'),
            activity_tenant(activity_text3(event_json, 'metadata', 'annotations', 'platform.miloapis.com/scope.type'),
                activity_text3(event_json, 'metadata', 'annotations', 'platform.miloapis.com/scope.name')),
            'platform'),
    `scope_name` String
        DEFAULT if(scope_type = 'platform', '', multiIf(
            activity_has3(event_json, 'metadata', 'annotations', 'platform.miloapis.com/scope.type')
            OR activity_has3(event_json, 'metadata', 'annotations', 'platform.miloapis.com/scope.name'),
            activity_text3(event_json, 'metadata', 'annotations', 'platform.miloapis.com/scope.name'),
            '')),
    `namespace` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'metadata', 'namespace'),
    `name` String
        DEFAULT activity_text2(event_json, 'metadata', 'name'),
    `regarding_api_version` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'regarding', 'apiVersion'),
    `regarding_api_group` LowCardinality(String)
        DEFAULT coalesce(nullIf(activity_text2(event_json, 'regarding', 'apiGroup'), ''),
            extract(activity_text2(event_json, 'regarding', 'apiVersion'), '(?s)^(.*)/')),
    `regarding_kind` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'regarding', 'kind'),
    `regarding_namespace` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'regarding', 'namespace'),
    `regarding_name` String
        DEFAULT activity_text2(event_json, 'regarding', 'name'),
    `regarding_uid` String
        DEFAULT activity_text2(event_json, 'regarding', 'uid'),
    `regarding_field_path` String
        DEFAULT activity_text2(event_json, 'regarding', 'fieldPath'),
    `related_api_version` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'related', 'apiVersion'),
    `related_kind` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'related', 'kind'),
    `related_namespace` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'related', 'namespace'),
    `related_name` String
        DEFAULT activity_text2(event_json, 'related', 'name'),
    `related_uid` String
        DEFAULT activity_text2(event_json, 'related', 'uid'),
    `reason` LowCardinality(String)
        DEFAULT activity_text1(event_json, 'reason'),
    `type` LowCardinality(String)
        DEFAULT activity_text1(event_json, 'type'),
    `action` LowCardinality(String)
        DEFAULT activity_text1(event_json, 'action'),
    `note` String
        DEFAULT activity_text1(event_json, 'note'),
    `series_count` Int32
        DEFAULT if(JSONType(event_json, 'series', 'count') IN ('Int64', 'UInt64'),
            activity_number2(event_json, 'series', 'count', 2147483647),
            activity_number1(event_json, 'deprecatedCount', 2147483647)),
    `source_component` LowCardinality(String)
        DEFAULT coalesce(nullIf(activity_text1(event_json, 'reportingController'), ''),
            activity_text2(event_json, 'deprecatedSource', 'component')),
    `source_host` String
        DEFAULT coalesce(nullIf(activity_text1(event_json, 'reportingInstance'), ''),
            activity_text2(event_json, 'deprecatedSource', 'host')),

    INDEX idx_uid uid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_scope_name scope_name TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_namespace namespace TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_name name TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_regarding_kind regarding_kind TYPE set(50) GRANULARITY 4,
    INDEX idx_regarding_name regarding_name TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_regarding_uid regarding_uid TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_related_name related_name TYPE bloom_filter(0.01) GRANULARITY 1,
    INDEX idx_reason reason TYPE set(100) GRANULARITY 4,
    INDEX idx_type type TYPE set(10) GRANULARITY 4,
    INDEX idx_source_component source_component TYPE set(50) GRANULARITY 4,
    INDEX idx_first_timestamp first_timestamp TYPE minmax GRANULARITY 4,

    PROJECTION by_scope
    (
        SELECT scope_type, scope_name, last_timestamp, _part_offset
        ORDER BY scope_type, scope_name, last_timestamp
    ),
    PROJECTION by_regarding
    (
        SELECT regarding_uid, last_timestamp, _part_offset
        ORDER BY regarding_uid, last_timestamp
    )
)
ENGINE = ReplacingMergeTree(resource_version)
PARTITION BY toMonday(last_timestamp)
PRIMARY KEY last_timestamp
ORDER BY (last_timestamp, uid)
SETTINGS
    index_granularity = 8192,
    min_bytes_for_wide_part = 134217728,
    default_compression_codec = 'ZSTD(1)',
    non_replicated_deduplication_window = 10000,
    fsync_after_insert = 1,
    fsync_part_directory = 1,
    deduplicate_merge_projection_mode = 'rebuild',
    ttl_only_drop_parts = 1;

DROP FUNCTION IF EXISTS activity_text1;
DROP FUNCTION IF EXISTS activity_text2;
DROP FUNCTION IF EXISTS activity_text3;
DROP FUNCTION IF EXISTS activity_has2;
DROP FUNCTION IF EXISTS activity_has3;
DROP FUNCTION IF EXISTS activity_strings;
DROP FUNCTION IF EXISTS activity_texts1;
DROP FUNCTION IF EXISTS activity_texts2;
DROP FUNCTION IF EXISTS activity_common;
DROP FUNCTION IF EXISTS activity_number1;
DROP FUNCTION IF EXISTS activity_number2;
DROP FUNCTION IF EXISTS activity_digits;
DROP FUNCTION IF EXISTS activity_time;
DROP FUNCTION IF EXISTS activity_tenant;
