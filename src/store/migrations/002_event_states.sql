-- What the Events APIs need of the states of an Event: which came last, and whether it says
-- that the Event was deleted. The sequence is the one of the message in the stream EVENTS; rows
-- of other writers have none (0). Kept beside the sorting key, as rows of one key are states
-- of which the engine keeps the one with the highest resource_version.

ALTER TABLE audit.k8s_events
    ADD COLUMN IF NOT EXISTS `deleted` UInt8
        DEFAULT JSONType(event_json, 'metadata', 'deletionTimestamp') = 'String'
        AFTER resource_version,
    ADD COLUMN IF NOT EXISTS `sequence` UInt64 DEFAULT 0 AFTER deleted;
