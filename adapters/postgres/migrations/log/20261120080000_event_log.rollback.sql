DROP VIEW log;
DROP TABLE snapshots;
DROP TABLE tracking;
DROP TABLE commands;
DROP TYPE stored_event_uuid;
DROP TABLE events;
