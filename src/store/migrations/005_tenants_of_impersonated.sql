-- The tenant of an impersonated request is that of the user as whom it ran
-- (docs/decisions/tenants-of-impersonated-requests.md). Rows that are there keep theirs.

-- Which user's extras say it.
CREATE OR REPLACE FUNCTION activity_who AS (json) ->
    if(JSONType(json, 'impersonatedUser') = 'Null', 'user', 'impersonatedUser');
CREATE OR REPLACE FUNCTION activity_has2 AS (json, a, b) -> JSONType(json, a, b) != 'Null';
CREATE OR REPLACE FUNCTION activity_has_extra AS (json, key) ->
    JSONType(json, activity_who(json), 'extra', key) != 'Null';
CREATE OR REPLACE FUNCTION activity_text2 AS (json, a, b) ->
    if(JSONType(json, a, b) = 'String', JSONExtractString(json, a, b), '');

-- The string that all elements of a list are, else empty.
CREATE OR REPLACE FUNCTION activity_common AS (raw) ->
    if(arrayAll(x -> startsWith(x, '"'), raw) AND arrayUniq(arrayMap(x -> JSONExtractString(x), raw)) = 1,
        JSONExtractString(raw[1]), '');
CREATE OR REPLACE FUNCTION activity_extra AS (json, key) ->
    activity_common(JSONExtractArrayRaw(json, activity_who(json), 'extra', key));

CREATE OR REPLACE FUNCTION activity_tenant AS (type, name) ->
    if(lower(type) IN ('organization', 'project', 'user') AND length(name) BETWEEN 1 AND 253,
        lower(type), 'platform');

ALTER TABLE audit.audit_logs
    MODIFY COLUMN `scope_type` LowCardinality(String)
        DEFAULT multiIf(
            activity_has2(event_json, 'annotations', 'platform.miloapis.com/scope.type')
            OR activity_has2(event_json, 'annotations', 'platform.miloapis.com/scope.name'),
            activity_tenant(activity_text2(event_json, 'annotations', 'platform.miloapis.com/scope.type'),
                activity_text2(event_json, 'annotations', 'platform.miloapis.com/scope.name')),
            activity_has_extra(event_json, 'iam.miloapis.com/parent-type')
            OR activity_has_extra(event_json, 'iam.miloapis.com/parent-name'),
            activity_tenant(activity_extra(event_json, 'iam.miloapis.com/parent-type'),
                activity_extra(event_json, 'iam.miloapis.com/parent-name')),
            activity_has_extra(event_json, 'project'),
            activity_tenant('project', activity_extra(event_json, 'project')),
            activity_has_extra(event_json, 'organization'),
            activity_tenant('organization', activity_extra(event_json, 'organization')),
            'platform'),
    MODIFY COLUMN `scope_name` String
        DEFAULT if(scope_type = 'platform', '', multiIf(
            activity_has2(event_json, 'annotations', 'platform.miloapis.com/scope.type')
            OR activity_has2(event_json, 'annotations', 'platform.miloapis.com/scope.name'),
            activity_text2(event_json, 'annotations', 'platform.miloapis.com/scope.name'),
            activity_has_extra(event_json, 'iam.miloapis.com/parent-type')
            OR activity_has_extra(event_json, 'iam.miloapis.com/parent-name'),
            activity_extra(event_json, 'iam.miloapis.com/parent-name'),
            activity_has_extra(event_json, 'project'),
            activity_extra(event_json, 'project'),
            activity_has_extra(event_json, 'organization'),
            activity_extra(event_json, 'organization'),
            ''));

DROP FUNCTION IF EXISTS activity_who;
DROP FUNCTION IF EXISTS activity_has2;
DROP FUNCTION IF EXISTS activity_has_extra;
DROP FUNCTION IF EXISTS activity_text2;
DROP FUNCTION IF EXISTS activity_common;
DROP FUNCTION IF EXISTS activity_extra;
DROP FUNCTION IF EXISTS activity_tenant;
