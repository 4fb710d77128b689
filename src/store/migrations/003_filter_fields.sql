-- Columns that only filters ask for. They are read when a filter names them and otherwise cost
-- no query anything; rows from before are read out of their JSON.

-- The member of that path if it is a JSON string, else empty.
CREATE OR REPLACE FUNCTION activity_text1 AS (json, a) ->
    if(JSONType(json, a) = 'String', JSONExtractString(json, a), '');
CREATE OR REPLACE FUNCTION activity_text2 AS (json, a, b) ->
    if(JSONType(json, a, b) = 'String', JSONExtractString(json, a, b), '');

-- The strings of the list of that path; other elements are left out.
CREATE OR REPLACE FUNCTION activity_texts2 AS (json, a, b) ->
    arrayMap(x -> JSONExtractString(x),
        arrayFilter(x -> startsWith(x, '"'), JSONExtractArrayRaw(json, a, b)));

-- The members of the object of that path that are strings.
CREATE OR REPLACE FUNCTION activity_map AS (members) ->
    CAST(arrayMap(x -> (x.1, JSONExtractString(x.2)),
        arrayFilter(x -> startsWith(x.2, '"'), members)), 'Map(String, String)');

ALTER TABLE audit.audit_logs
    ADD COLUMN IF NOT EXISTS `request_uri` String
        DEFAULT activity_text1(event_json, 'requestURI'),
    ADD COLUMN IF NOT EXISTS `impersonated_uid` String
        DEFAULT activity_text2(event_json, 'impersonatedUser', 'uid'),
    ADD COLUMN IF NOT EXISTS `impersonated_groups` Array(LowCardinality(String))
        DEFAULT activity_texts2(event_json, 'impersonatedUser', 'groups'),
    ADD COLUMN IF NOT EXISTS `resource_uid` String
        DEFAULT activity_text2(event_json, 'objectRef', 'uid'),
    ADD COLUMN IF NOT EXISTS `status_reason` LowCardinality(String)
        DEFAULT activity_text2(event_json, 'responseStatus', 'reason'),
    ADD COLUMN IF NOT EXISTS `annotations` Map(String, String)
        DEFAULT activity_map(JSONExtractKeysAndValuesRaw(event_json, 'annotations'));

ALTER TABLE audit.activities
    ADD COLUMN IF NOT EXISTS `labels` Map(String, String)
        DEFAULT activity_map(JSONExtractKeysAndValuesRaw(activity_json, 'metadata', 'labels'));

ALTER TABLE audit.k8s_events
    ADD COLUMN IF NOT EXISTS `regarding_resource_version` String
        DEFAULT activity_text2(event_json, 'regarding', 'resourceVersion'),
    ADD COLUMN IF NOT EXISTS `related_field_path` String
        DEFAULT activity_text2(event_json, 'related', 'fieldPath'),
    ADD COLUMN IF NOT EXISTS `related_resource_version` String
        DEFAULT activity_text2(event_json, 'related', 'resourceVersion');

DROP FUNCTION IF EXISTS activity_text1;
DROP FUNCTION IF EXISTS activity_text2;
DROP FUNCTION IF EXISTS activity_texts2;
DROP FUNCTION IF EXISTS activity_map;
