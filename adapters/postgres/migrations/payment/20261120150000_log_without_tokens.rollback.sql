CREATE OR REPLACE VIEW log AS
SELECT
    notification_id AS position,
    originator_id AS stream,
    originator_version AS version,
    topic AS tag,
    (envelope ->> 'recorded_at')::timestamptz AS recorded_at,
    (envelope ->> 'id')::uuid AS id,
    envelope ->> 'actor' AS actor,
    envelope ->> 'correlation_id' AS correlation_id,
    envelope ->> 'causation_id' AS causation_id,
    coalesce((envelope ->> 'schema')::int, 1) AS schema,
    (envelope -> 'event') - 'type' AS payload
FROM events
-- OFFSET 0 keeps the planner from parsing the JSON again for each column
CROSS JOIN LATERAL (SELECT convert_from(state, 'UTF8')::jsonb AS envelope OFFSET 0) AS parsed;
