-- The log of one context. The columns of events, snapshots and tracking, and the type, are those of the Python library
-- `eventsourcing`, so that its own recorders can read and write beside ours.

CREATE TABLE events (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    notification_id bigserial,
    PRIMARY KEY (originator_id, originator_version)
);
CREATE UNIQUE INDEX events_notification_id_idx ON events (notification_id);
COMMENT ON COLUMN events.originator_id IS 'the stream';
COMMENT ON COLUMN events.originator_version IS 'place in the stream, from 1';
COMMENT ON COLUMN events.topic IS 'the tag: the stored name of the event';
COMMENT ON COLUMN events.state IS 'the envelope and the event as JSON';
COMMENT ON COLUMN events.notification_id IS 'position in the log; grows in commit order, with gaps';

CREATE TYPE stored_event_uuid AS (originator_id uuid, originator_version bigint, topic text, state bytea);

CREATE TABLE commands (
    caller text NOT NULL,
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint bytea NOT NULL,
    result bytea NOT NULL,
    versions bytea NOT NULL,
    position bigint,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (caller, scope, key)
);
CREATE INDEX commands_recorded_at_idx ON commands USING brin (recorded_at) WITH (pages_per_range = 16);
COMMENT ON TABLE commands IS 'commands that took effect, with their answers: a command that comes again answers the same';

CREATE TABLE tracking (
    application_name text PRIMARY KEY,
    notification_id bigint NOT NULL
) WITH (fillfactor = 50);
COMMENT ON TABLE tracking IS 'how far each follower came that saves what it decides in this context';
INSERT INTO tracking VALUES ('__migration__', 1); -- tells the library that this table has one row a follower

CREATE TABLE snapshots (
    originator_id uuid NOT NULL,
    originator_version bigint NOT NULL,
    topic text NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (originator_id, originator_version)
);
COMMENT ON COLUMN snapshots.topic IS 'the kind of stream and the shape of its state';

CREATE VIEW log AS
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
COMMENT ON VIEW log IS 'the events as plain columns, for people and reports';
